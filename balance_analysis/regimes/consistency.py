"""What well-formed entries may still get wrong: their words, their dates, what they point to, and on which day."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from balance_analysis.regimes.known import KINDS, known_choices, known_methods, known_parameters
from balance_analysis.regimes.model import Cited
from balance_analysis.resources import numerators
from balance_analysis.terms import ALL_STAGES, COMPOSITE, Relation, Stage

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
    check = {
        "limit": _limit,
        "indicator": _indicator,
        "parameter": _parameter,
        "choice": _choice,
        "stage_weight": _stage_weight,
        "item": _item,
    }.get(kind)
    return [] if check is None else list(check(record, entries))


def _limit(limit: Any, entries: Entries) -> Iterator[str]:
    if limit.subject not in {*entries["indicator"], *entries["item"], *GENERAL_SUBJECTS}:
        yield "subject 不是本办法的指标或项目"
    measures = _measures(limit.subject, entries)
    if measures is not None and limit.measure not in measures:
        listed = f"应为 {'、'.join(measures)} 之一" if measures else "不能设限（这一项目没有可设限的数值）"
        yield f"measure {listed}，发现“{limit.measure}”"
    if limit.measure == "school_value" and limit.relation is not Relation.AT_LEAST:
        yield "学校的指标值只能规定不低于（at_least）多少"
    if limit.measure == "cv" and (limit.relation is Relation.AT_LEAST or limit.value <= 0):
        yield "差异系数只能规定不高于（at_most）或低于（below）一个大于 0 的数"
    others = Stage if limit.stage == ALL_STAGES else (ALL_STAGES,)
    if any(f"{limit.subject}.{limit.measure}.{stage}" in entries["limit"] for stage in others):
        yield "既有分学段的限值，又有不分学段（all）的限值；请只留一种写法"


def _measures(subject: str, entries: Entries) -> tuple[str, ...] | None:
    """What of a subject can be limited; None where nothing computes it, so that nothing can be said."""
    if subject == COMPOSITE or subject in entries["indicator"]:
        return ("cv",) if subject == COMPOSITE else ("school_value", "cv")
    item = entries["item"].get(subject)
    method = None if item is None else known_methods().get(item.method)
    return None if method is None else method.measures


def _indicator(indicator: Any, entries: Entries) -> Iterator[str]:
    kind = numerators().get(indicator.method)
    if kind is None:
        yield f"method 应为 {'、'.join(numerators())} 之一，发现“{indicator.method}”"
        return
    judged = [
        one.id for one in entries["item"].values() if (one.kind, one.method) == ("resource", indicator.id)
    ]
    if judged and indicator.item not in judged:
        yield f"item 应为由这一指标判定的项目 {'、'.join(judged)}，发现“{indicator.item}”"
    asked = {"split_shared_resources"} if kind.shared else set()
    asked |= {kind.less_where} if kind.less else set()
    yield from (f"须有选项 {name}（choice）" for name in sorted(asked - set(entries["choice"])))


def _parameter(parameter: Any, entries: Entries) -> Iterator[str]:
    known = known_parameters().get(parameter.id)
    if known is None:
        yield f"没有这个参数；可用：{'、'.join(known_parameters())}"
    elif not KINDS[known.kind].holds(parameter.value):
        yield f"value 应为{KINDS[known.kind].expected}，发现“{parameter.value}”"
    elif parameter.id == "school.indicators_met_minimum" and parameter.value > len(entries["indicator"]):
        yield f"本办法只有{len(entries['indicator'])}项指标，不能要求{parameter.value}项达标"


def _choice(choice: Any, entries: Entries) -> Iterator[str]:
    if choice.value not in choice.options:
        yield f"value 应为 {'、'.join(choice.options)} 之一，发现“{choice.value}”"
    known = known_choices().get(choice.id)
    if known is None:
        yield f"没有这个选项；可用：{'、'.join(known_choices())}"
        return
    if not set(choice.options) <= set(known.options):
        yield f"options 应从 {'、'.join(known.options)} 中选，发现“{'、'.join(choice.options)}”"
    if choice.value == known.options[0]:
        yield from _lacking_parameters(known.parameters, entries)


def _stage_weight(weights: Any, entries: Entries) -> Iterator[str]:
    if not any((weights.primary, weights.junior_secondary, weights.senior_secondary)):
        yield "各学段的权重不能都是 0"


def _item(item: Any, entries: Entries) -> Iterator[str]:
    if item.kind in ("resource", "numeric", "check") and not item.method:
        yield f"kind 为 {item.kind} 的项目须写明计算方法（method）"
    elif item.kind == "resource":
        if item.method not in entries["indicator"]:
            yield f"method 应为本办法的指标，发现“{item.method}”"
    elif item.method:
        known = known_methods().get(item.method)
        if known is None:
            yield f"method 应为 {'、'.join(known_methods())} 之一，发现“{item.method}”"
        else:
            yield from _lacking_parameters(known.parameters, entries)


def _lacking_parameters(names: Iterable[str], entries: Entries) -> Iterator[str]:
    return (f"须有参数 {name}（parameter）" for name in names if name not in entries["parameter"])
