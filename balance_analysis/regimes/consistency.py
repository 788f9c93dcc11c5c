"""What well-formed entries may still get wrong: their words, their dates, what they point to, and on which day."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from balance_analysis.regimes.model import Cited
from balance_analysis.resources import numerators
from balance_analysis.terms import COMPOSITE

GENERAL_SUBJECTS = (COMPOSITE, "school", "county")
Entries = dict[str, dict[str, Any]]
"""Kind as in the file → key → the record in force."""


def in_force(every: Mapping[str, Iterable[Any]], on: date) -> Entries:
    """The entries of each kind that hold on that day, by key."""
    return {
        kind: {entry.key: entry for entry in records if entry.in_force(on)} for kind, records in every.items()
    }


def boundaries(entries: Iterable[Cited], start: date, end: date | None) -> list[date]:
    """The first day, and every later day up to ``end`` on which an entry begins to hold or no longer does."""
    days = {start}
    for entry in entries:
        days.add(entry.valid_from)
        if entry.valid_to is not None and entry.valid_to < date.max:
            days.add(entry.valid_to + timedelta(days=1))
    return sorted(day for day in days if start <= day and (end is None or day <= end))


def entry_problems(entry: Any, kind: str, sources: set[str], where: str) -> Iterator[str]:
    """What one entry gets wrong by itself: a source that is not listed, an end before its beginning."""
    place = f"{where} [[{kind}]] {entry.key}"
    if entry.source not in sources:
        yield f"{place}：来源“{entry.source}”没有在 [[source]] 中列出"
    if entry.valid_to is not None and entry.valid_to < entry.valid_from:
        yield f"{place}：终止日期 {entry.valid_to} 早于生效日期 {entry.valid_from}"


def law_problems(
    every: Mapping[str, Sequence[Any]], start: date, end: date | None, where: str
) -> Iterator[str]:
    """What the entries of a regime get wrong together, on any day from ``start`` to ``end``.

    Two that hold on one day under one key; one that contradicts itself or points to what does not hold that day.
    """
    for kind, records in every.items():
        for position, entry in enumerate(records):
            if any(entry.key == other.key and entry.overlaps(other) for other in records[:position]):
                yield f"{where} [[{kind}]] {entry.key}：有两条在同一天有效的规定；请用 valid_to 结束旧的一条"
    found: dict[str, date] = {}
    for day in boundaries((entry for records in every.values() for entry in records), start, end):
        entries = in_force(every, day)
        for kind, of_kind in entries.items():
            for key, record in of_kind.items():
                for sentence in contradictions(kind, record, entries):
                    found.setdefault(f"{where} [[{kind}]] {key}：{sentence}", day)
    yield from (f"{text}（自 {day} 起）" if day > start else text for text, day in found.items())


def contradictions(kind: str, record: Any, entries: Entries) -> list[str]:
    """Problems of one entry (``kind`` as in the file) seen together with the ``entries`` that hold on the same day.

    Returns Chinese sentences; an empty list when the entry is sound.
    """
    found: list[str] = []
    if kind == "limit":
        if record.subject not in {*entries["indicator"], *entries["item"], *GENERAL_SUBJECTS}:
            found.append("subject 不是本办法的指标或项目")
    elif kind == "indicator" and record.method not in numerators():
        found.append(f"method 应为 {'、'.join(numerators())} 之一，发现“{record.method}”")
    elif kind == "choice" and record.value not in record.options:
        found.append(f"value 应为 {'、'.join(record.options)} 之一，发现“{record.value}”")
    elif kind == "item":
        if record.kind in ("resource", "numeric", "check") and not record.method:
            found.append(f"kind 为 {record.kind} 的项目须写明计算方法（method）")
        elif record.kind == "resource" and record.method not in entries["indicator"]:
            found.append(f"method 应为本办法的指标，发现“{record.method}”")
    return found
