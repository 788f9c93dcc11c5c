"""The resource items of an item table (B1–B7): each indicator judged over both stages, coefficient and schools together.

An item is met when its coefficient holds at every stage the county has and no school is below the limit, save where
the school's own rule tolerates that shortfall. This is the reading under which a county's own annex calls an item
不达标 as soon as 部分学校不达标. Outcomes come from the exact comparisons of
:mod:`balance_analysis.verdicts.resources`; nothing is compared here again.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import pandas as pd

from balance_analysis.regimes.model import Indicator, Limit, Regime
from balance_analysis.statements import Beside, Quantity, Statement
from balance_analysis.terms import Outcome, Stage
from balance_analysis.verdicts.combine import combine
from balance_analysis.verdicts.resources import NO_SCHOOLS
from balance_analysis.verdicts.values import NO_LIMIT

SCHOOL_COLUMNS = (
    "item",
    "indicator",
    "stage",
    "school_code",
    "school_name",
    "value",
    "limit",
    "outcome",
)


def judge_resource_items(
    indicators: pd.DataFrame, schools: pd.DataFrame, coefficients: pd.DataFrame, regime: Regime
) -> dict[str, tuple[str, Statement]]:
    """Outcome and statement of every resource item of the regime: item → (outcome, detail).

    Parameters: the judged frames of one county and one school year (``CountyAssessment.current``). ``outcome`` is
    ``met``, ``not_met`` or ``not_assessable``: one coefficient or school that certainly fails decides, otherwise one
    unknown leaves the item open, and so does a stage without schools. A shortfall is excused only where the school's own rule is certainly met, and
    open where missing figures could still turn that rule. A regime without resource items gives an empty mapping. Raises
    ``ValueError`` for frames that hold several counties or years.
    """
    _require_one_county_and_year(indicators, schools, coefficients)
    judged = resource_item_schools(indicators, schools, regime)
    result = {}
    expected = {stage.value for scope in regime.scope for stage in scope.stages}
    for item in regime.items:
        if item.kind != "resource":
            continue
        entry = regime.indicator(item.method)
        of_item = coefficients[coefficients["indicator"] == entry.id].to_dict("records")
        rows = {str(row["stage"]): row for row in of_item}
        members = judged[judged["item"] == item.id]
        outcomes = [*(str(row["outcome"]) for row in rows.values()), *members["outcome"]]
        unseen = [stage for stage in rows if stage not in set(members["stage"])]
        absent = [
            stage.value
            for stage in Stage
            if stage in expected - set(rows) and regime.limit(entry.id, "cv", stage.value) is not None
        ]
        outcomes += [Outcome.NOT_ASSESSABLE.value] * (len(unseen) + len(absent))
        outcome = combine(found for found in outcomes if found != NO_LIMIT)
        result[item.id] = (outcome, _statement(entry, rows, members, regime, absent, unseen=bool(unseen)))
    return result


def resource_item_schools(indicators: pd.DataFrame, schools: pd.DataFrame, regime: Regime) -> pd.DataFrame:
    """What every school does to every resource item, one row per item, school and stage.

    ``outcome``: ``met`` at or above the limit, or below it where the school's rule tolerates that;
    ``not_met``; ``not_assessable`` where the value, or whether its shortfall is tolerated, is unknown. Columns: ``item,
    indicator, stage, school_code, school_name, value, limit, outcome``.
    """
    items = {item.method: item.id for item in regime.items if item.kind == "resource"}
    rules = schools[["stage", "school_code", "outcome"]].rename(columns={"outcome": "rule"})
    rows = indicators[indicators["indicator"].isin(items)].reset_index(drop=True)
    rule = rows[["stage", "school_code"]].merge(
        rules, how="left", on=["stage", "school_code"], validate="m:1"
    )["rule"]
    excused = rule.where(rule != NO_LIMIT, Outcome.NOT_MET.value)
    outcome = rows["outcome"].where(rows["outcome"] != Outcome.TOLERABLE, excused)
    return rows.assign(item=rows["indicator"].map(items), outcome=outcome)[list(SCHOOL_COLUMNS)]


def _statement(
    entry: Indicator,
    rows: Mapping[str, Mapping[object, object]],
    members: pd.DataFrame,
    regime: Regime,
    absent: Sequence[str],
    *,
    unseen: bool,
) -> Statement:
    limits = {stage: regime.limit(entry.id, "cv", stage) for stage in rows}
    figures = [_figure(entry, rows[stage], limits[stage]) for stage in Stage if stage in rows]
    if not figures:
        figures = [Statement("resource.no_school_data")]
        members = members.iloc[:0]
    above = [
        stage.value
        for stage in Stage
        if stage in rows and limits[stage] is not None and str(rows[stage]["outcome"]) == Outcome.NOT_MET
    ]
    said: dict[str, object] = dict.fromkeys(("above", "failing", "lacking", "excused"), "")
    said["figures"] = figures
    said["absent"] = Statement("resource.absent", {"stages": list(absent)}) if absent else ""
    said["unseen"] = Statement("rules.no_school_verdicts", {"why": NO_SCHOOLS}) if unseen else ""
    if above:
        told = {"stages": above, "limits": [str(getattr(limits[stage], "value", "")) for stage in above]}
        said["above"] = Statement("resource.above_all" if len(above) > 1 else "resource.above", told)
    failing, lacking = (_counted(members, one) for one in (Outcome.NOT_MET, Outcome.NOT_ASSESSABLE))
    if failing:
        every = bool((members["outcome"] == Outcome.NOT_MET).all())
        name = "resource.failing_all" if every else "resource.failing"
        said["failing"] = Statement(name, {"schools": failing})
    if lacking:
        said["lacking"] = Statement("resource.lacking", {"schools": lacking})
    excused = members[(members["outcome"] == Outcome.MET) & (members["value"] < members["limit"])]
    if len(excused) and not failing and not lacking:
        single = regime.school_rule is not None and regime.school_rule.spared == 1
        name = "resource.excused_single" if single else "resource.excused"
        said["excused"] = Statement(name, {"schools": _counted(excused, Outcome.MET)})
    return Statement("resource.sentence", said)


def _figure(entry: Indicator, row: Mapping[object, object], limit: Limit | None) -> Statement:
    """Mean and coefficient of one stage."""
    mean, coefficient = float(row["mean"]), float(row["cv"])  # type: ignore[arg-type]
    told = "resource.mean_of_pupils" if "/" in entry.unit else "resource.mean"
    value = Quantity(mean, entry.unit.split("/")[0], decimals=entry.decimals)
    said = {
        "stage": row["stage"],
        "mean": Statement("resource.no_mean") if math.isnan(mean) else Statement(told, {"value": value}),
    }
    if math.isnan(coefficient):
        return Statement("resource.unknown_figure", {**said, "why": row["reason"]})
    beside = Beside(coefficient, *(("", None) if limit is None else (limit.relation.value, limit.value)))
    return Statement("resource.figure", {**said, "cv": beside})


def _counted(members: pd.DataFrame, outcome: Outcome) -> list[dict[str, object]]:
    counts = members.loc[members["outcome"] == outcome, "stage"].value_counts()
    return [{"stage": stage.value, "n": int(counts[stage])} for stage in Stage if stage in counts]


def _require_one_county_and_year(*frames: pd.DataFrame) -> None:
    keys = {
        pair
        for frame in frames
        for pair in frame[["division_code", "year"]].drop_duplicates().itertuples(index=False, name=None)
    }
    if len(keys) > 1:
        raise ValueError(f"frames of one county and one year are needed, found {sorted(keys)}")
