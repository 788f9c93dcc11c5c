"""What frames and their columns are called: ``words/frames/*.toml``, the one dictionary behind displays and the reference."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources as package_files
from typing import Final, cast

from balance_analysis.errors import BalanceAnalysisError, ReportError
from balance_analysis.strict_toml import parse_record, read_toml
from balance_analysis.words import labels

INTERNAL: Final = ("exact_value", "sentence")
"""Columns that carry what no person reads: left out wherever a frame is shown or written."""
OWN_NAMES: Final = ("indicator", "area")
"""Kinds of ids whose labels the law and the file bring, not :data:`balance_analysis.words.labels.LABELS`."""


@dataclass(frozen=True)
class ColumnName:
    """The Chinese label of a column and, where its values are ids, by which maps they are labelled (names with spaces between)."""

    label: str
    kind: str = ""


@dataclass(frozen=True, kw_only=True)
class FrameWords:
    """Title of a frame, what one row stands for, the question that it answers, and its columns in order."""

    title: str
    row: str
    question: str
    columns: tuple[str, ...]


def value_labels(kind: str) -> Mapping[str, str]:
    """Labels of the ids of a column's kind; of several kinds together where it names several."""
    known = {**_values(), **labels.LABELS}
    return {id: label for one in kind.split() for id, label in known.get(one, {}).items()}


@cache
def _values() -> Mapping[str, Mapping[str, str]]:
    return cast(Mapping[str, Mapping[str, str]], _table("values"))


def _table(name: str) -> Mapping[str, object]:
    place = package_files.files("balance_analysis.words") / "frames" / f"{name}.toml"
    content: Mapping[str, object] = read_toml(
        place.read_text(encoding="utf-8"), f"frames/{name}.toml", error=BalanceAnalysisError
    )[name]
    return content


@cache
def column_names() -> Mapping[str, ColumnName]:
    """Label and kind of every column; ``ReportError`` for a kind that nothing labels."""
    found = {
        name: ColumnName(*value) if isinstance(value, list) else ColumnName(str(value))
        for name, value in _table("columns").items()
    }
    kinds = {kind for one in found.values() for kind in one.kind.split()}
    unknown = sorted(kinds - {*labels.LABELS, *_values(), *OWN_NAMES})
    if unknown:
        raise ReportError(f"列名表中的种类未知：{'、'.join(unknown)}")
    return found


@cache
def frame_words() -> Mapping[str, FrameWords]:
    """The words of every frame by name, in the order of the questions."""
    problems: list[str] = []
    found = {
        name: words
        for name, entry in _table("frames").items()
        if (words := parse_record(FrameWords, entry, f"frames.toml [{name}]", problems)) is not None
    }
    if problems:
        raise ReportError("数据表的文字有误：\n" + "\n".join(problems))
    return found
