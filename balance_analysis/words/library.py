"""All sentences and table headings, read once from the TOML files of this folder.

``findings/*.toml``: one table ``[topic.name]`` per finding with ``when`` (when it is said, for the master list) and ``sentence``.
``sentences/*.toml``: ``name = "sentence"`` under ``[topic]``. ``tables/*.toml``: one table ``[topic.name]`` per report table with ``title``,
``columns`` and ``notes``. The id of each is ``topic.name``; ids are unique over all files. Sentences are written in the language of
:mod:`balance_analysis.words.render`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources as package_files
from typing import Any

from balance_analysis.errors import BalanceAnalysisError, ReportError
from balance_analysis.strict_toml import folder_texts, parse_record, read_toml
from balance_analysis.words import labels


@dataclass(frozen=True, kw_only=True)
class FindingWords:
    """When a finding is said, in words for the master list, and its sentence."""

    when: str
    sentence: str


@dataclass(frozen=True, kw_only=True)
class ColumnWords:
    """Heading of one table column and how its values print; see ``views.elements.cells.Column``."""

    id: str
    label: str
    unit: str = ""
    kind: str = "text"
    decimals: int | None = None
    align: str = ""
    group: str = ""


@dataclass(frozen=True, kw_only=True)
class TableWords:
    """Title, columns and named notes of one report table; title, labels and notes may have places for figures."""

    title: str
    columns: tuple[ColumnWords, ...]
    notes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Library:
    """Everything that can be said, by id."""

    findings: Mapping[str, FindingWords]
    sentences: Mapping[str, str]
    tables: Mapping[str, TableWords]


@cache
def library() -> Library:
    """Read all files; ``ReportError`` names every fault (a place of unknown kind, an id given twice)."""
    problems: list[str] = []
    findings: dict[str, FindingWords] = {}
    sentences: dict[str, str] = {}
    tables: dict[str, TableWords] = {}
    for name, one, where in _entries("findings"):
        words = parse_record(FindingWords, one, where, problems)
        if words is not None:
            _add(findings, name, words, where, problems)
            _add(sentences, name, words.sentence, where, problems)
    for name, one, where in _entries("sentences"):
        if isinstance(one, str):
            _add(sentences, name, one, where, problems)
        else:
            problems.append(f"{where}：应为一句话")
    for name, one, where in _entries("tables"):
        table = parse_record(TableWords, one, where, problems)
        if table is not None:
            _add(tables, name, table, where, problems)
    for name, sentence in sentences.items():
        problems += [f"{name}：{fault}" for fault in _faults(sentence, sentences)]
    if problems:
        raise ReportError("文字库有误：\n" + "\n".join(problems))
    return Library(findings, sentences, tables)


def plain_sentence(name: str) -> str:
    """A sentence without places, read without what the others need: nothing is loaded for it.

    For the door: an interrupt may come while a library is being loaded, which then cannot be loaded again.
    """
    return next(str(text) for key, text, _ in _entries("sentences") if key == name)


def _entries(folder: str) -> Iterator[tuple[str, Any, str]]:
    place = package_files.files("balance_analysis.words") / folder
    if not place.is_dir():
        return
    for name, text in folder_texts(place, error=BalanceAnalysisError).items():
        content = read_toml(text, f"{folder}/{name}.toml", error=BalanceAnalysisError)
        for topic, group in content.items():
            for key, one in group.items():
                yield f"{topic}.{key}", one, f"{folder}/{name}.toml [{topic}.{key}]"


def _add(known: dict[str, Any], name: str, value: object, where: str, problems: list[str]) -> None:
    if name in known:
        problems.append(f"{where}：代号 {name} 已经用过")
    known[name] = value


def _faults(sentence: str, sentences: Mapping[str, str]) -> Iterator[str]:
    from balance_analysis.words.render import KINDS, places

    for name, kind in places(sentence):
        if kind.startswith("each"):
            if kind.partition(" ")[2] not in sentences:
                yield f"{{{name}:{kind}}} 所指的句子不存在"
        elif kind and kind not in KINDS and kind not in labels.LABELS and not kind.startswith("."):
            yield f"{{{name}:{kind}}} 的种类未知"


def fill(text: str, figures: Mapping[str, object]) -> str:
    """A text with places (a heading, a note) with its figures."""
    from balance_analysis.words.render import (
        render,
    )  # brings NumPy, which the command line sets up before it comes

    return render(text, figures, library().sentences, labels.LABELS)


def say(sentence: str, /, **figures: object) -> str:
    """The sentence of an id with its figures.

    >>> say("target.none")
    '没有设定目标年，不能回答能否按期达标。'
    """
    return fill(library().sentences[sentence], figures)
