"""Whether a plan speaks of things that exist: the regime it works towards, its items and indicators, fields of the form."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from balance_analysis.errors import RegimeError
from balance_analysis.programmes.model import Commitment, MeasuredBy, PlanHead, Task, summed_fields
from balance_analysis.regimes import Regime, load_regime
from balance_analysis.terms import COMPOSITE
from balance_analysis.workbook.layouts import load_layout

RATIOS = {MeasuredBy.COUNTY_RATIO: "counties", MeasuredBy.SCHOOLS_COVERED: "schools"}
"""The ways of measuring that name fields of the form, and the sheet the fields stand in."""


def reference_problems(
    head: PlanHead, tasks: Iterable[Task], commitments: Iterable[Commitment], where: str
) -> list[str]:
    """Everything the plan refers to that does not exist, one Chinese sentence each.

    The law is that of the day of issue, with the plan's overlays.
    """
    try:
        regime = load_regime(head.regime, on=head.issued, overlays=head.overlays)
    except RegimeError as error:
        return [f"{where}：{line}" for line in str(error).splitlines()]
    items = [item.id for item in regime.items]
    problems = []
    for task in tasks:
        for item in task.items:
            if item not in items:
                problems.append(
                    f"{where} [[task]] {task.id}：评估办法 {regime.id} 没有项目 {item}；可用：{'、'.join(items)}"
                )
    for entry in commitments:
        place = f"{where} [[commitment]] {entry.id}"
        problems += [f"{place}：{problem}" for problem in _of_commitment(entry, regime, items)]
    return problems


def _of_commitment(entry: Commitment, regime: Regime, items: list[str]) -> Iterator[str]:
    indicators = [indicator.id for indicator in regime.indicators]
    if entry.measured_by in (MeasuredBy.ITEM, MeasuredBy.ITEM_FIGURE) and entry.subject not in items:
        yield f"评估办法 {regime.id} 没有项目 {entry.subject}；可用：{'、'.join(items)}"
    elif entry.measured_by is MeasuredBy.ITEM_FIGURE:
        figures = list(
            dict.fromkeys(limit.measure for limit in regime.limits if limit.subject == entry.subject)
        )
        if entry.figure not in figures:
            yield f"项目 {entry.subject} 没有数字 {entry.figure}；可用：{'、'.join(figures) or '（没有）'}"
    if entry.measured_by is MeasuredBy.COEFFICIENT and entry.subject not in (*indicators, COMPOSITE):
        yield f"评估办法 {regime.id} 没有指标 {entry.subject}；可用：{'、'.join((*indicators, COMPOSITE))}"
    if entry.measured_by is MeasuredBy.INDICATOR_SHARE and entry.subject not in indicators:
        yield f"评估办法 {regime.id} 没有指标 {entry.subject}；可用：{'、'.join(indicators)}"
    table = RATIOS.get(entry.measured_by)
    if table is not None:
        sheet = next(sheet for sheet in load_layout("own_template").sheets if sheet.table == table)
        fields = [field.name for field in sheet.fields if field.type in ("count", "quantity")]
        for name in (*summed_fields(entry.numerator), *summed_fields(entry.denominator)):
            if name not in fields:
                yield f"填报表“{sheet.name}”没有字段 {name}；可用：{'、'.join(fields)}"
