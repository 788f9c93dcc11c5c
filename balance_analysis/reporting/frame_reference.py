"""The reference of all frames and columns: ``docs/user/数据表.md``, made from ``words/frames/`` and the frames themselves."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence

from balance_analysis.words import say
from balance_analysis.words.columns import (
    INTERNAL,
    OWN_NAMES,
    ColumnName,
    column_names,
    frame_words,
    value_labels,
)


def reference_page() -> str:
    """The page: a list of the frames, then one table of columns for each."""
    words = frame_words()
    rows = [
        say("frame_reference.list_row", name=name, title=one.title, row=one.row, question=one.question)
        for name, one in words.items()
    ]
    lines = [
        say("frame_reference.heading"),
        say("frame_reference.introduction"),
        say("frame_reference.generated"),
        "\n".join([say("frame_reference.list"), *rows]),
    ]
    for name, one in words.items():
        lines.append(say("frame_reference.frame", name=name))
        lines.append(say("frame_reference.frame_head", title=one.title, question=one.question, row=one.row))
        lines.append("\n".join([say("frame_reference.columns"), *_columns(one.columns)]))
    return "\n\n".join(lines) + "\n"


def _columns(columns: Sequence[str]) -> list[str]:
    names: Mapping[str, ColumnName] = column_names()
    return [
        say("frame_reference.column", name=name, label=names[name].label, values=_values(names[name].kind))
        for name in columns
        if name not in INTERNAL
    ]


def _values(kind: str) -> str:
    if kind in OWN_NAMES:
        return say(f"frame_reference.{kind}")
    pairs = [say("frame_reference.pair", id=id, label=label) for id, label in value_labels(kind).items()]
    return say("frame_reference.ids", pairs=pairs)


if __name__ == "__main__":
    sys.stdout.write(reference_page())
