"""The resource items of an item table (B1–B7): each indicator judged over both stages, coefficient and schools together.

An item is met when its coefficient holds at every stage the county has and no school is below the limit, save where
the school's own rule tolerates that shortfall. This is the reading under which a county's own annex calls an item
不达标 as soon as 部分学校不达标. Outcomes come from the exact comparisons of
:mod:`balance_analysis.verdicts.resources`; nothing is compared here again.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction

import pandas as pd

from balance_analysis.exact import MOST_DIGITS, half_up, half_up_text
from balance_analysis.regimes.model import Indicator, Limit, Regime
from balance_analysis.terms import Outcome, Stage
from balance_analysis.verdicts.combine import combine
from balance_analysis.verdicts.resources import NO_SCHOOLS
from balance_analysis.verdicts.values import NO_LIMIT
from balance_analysis.verdicts.words import STAGES

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
_FEWEST_PLACES, _PLACES = 3, 4


def judge_resource_items(
    indicators: pd.DataFrame, schools: pd.DataFrame, coefficients: pd.DataFrame, regime: Regime
) -> dict[str, tuple[str, str]]:
    """Outcome and Chinese sentence of every resource item of the regime: item → (outcome, detail).

    Parameters: the judged frames of one county and one school year (``CountyAssessment.current``). ``outcome`` is
    ``met``, ``not_met`` or ``not_assessable``: one coefficient or school that certainly fails decides, otherwise one
    unknown leaves the item open, and so does a stage without schools. A shortfall is excused only where the school's own rule is certainly met, and
    open where missing figures could still turn that rule. A regime without resource items gives an empty mapping. Raises
    ``ValueError`` for frames that hold several counties or years.
    """
    _require_one_county_and_year(indicators, schools, coefficients)
    judged = resource_item_schools(indicators, schools, regime)
    result = {}
    for item in regime.items:
        if item.kind != "resource":
            continue
        entry = regime.indicator(item.method)
        of_item = coefficients[coefficients["indicator"] == entry.id].to_dict("records")
        rows = {str(row["stage"]): row for row in of_item}
        members = judged[judged["item"] == item.id]
        outcomes = [*(str(row["outcome"]) for row in rows.values()), *members["outcome"]]
        unseen = [stage for stage in rows if stage not in set(members["stage"])]
        outcomes += [Outcome.NOT_ASSESSABLE.value] * len(unseen)
        outcome = combine(found for found in outcomes if found != NO_LIMIT)
        sentence = _sentence(entry, rows, members, regime)
        result[item.id] = (outcome, f"{sentence}{NO_SCHOOLS}，无法逐校判定。" if unseen else sentence)
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


def _sentence(
    entry: Indicator, rows: Mapping[str, Mapping[object, object]], members: pd.DataFrame, regime: Regime
) -> str:
    figures, above = [], []
    unit = entry.unit.split("/")[0]
    decimals = 0 if unit == "元" else entry.decimals
    says = "达" if "学生" in entry.unit else "生均值为"
    for stage in Stage:
        row = rows.get(stage.value)
        if row is None:
            continue
        word = STAGES[stage.value]
        mean, coefficient = float(row["mean"]), float(row["cv"])  # type: ignore[arg-type]
        value = "均值无法计算" if math.isnan(mean) else f"{says}{half_up_text(mean, decimals)}{unit}"
        if math.isnan(coefficient):
            figures.append(f"{word}{value}，差异系数无法计算（{row['reason']}）")
            continue
        met = str(row["outcome"]) != Outcome.NOT_MET
        limit = regime.limit(entry.id, "cv", stage.value)
        figures.append(f"{word}{value}，差异系数为{_beside_limit(coefficient, limit, met=met)}")
        if limit is not None and not met:
            above.append((word, str(limit.value)))
    if not figures:
        return "没有学校数据。"
    sentences = ["；".join(figures)]
    if above:
        words, limits = ("、".join(parts) for parts in zip(*above, strict=True))
        sentences.append(f"{words}差异系数{'均' if len(above) > 1 else ''}不达标（限值{limits}）")
    failing = _counted(members, Outcome.NOT_MET)
    if failing:
        every = int((members["outcome"] != Outcome.NOT_MET).sum()) == 0
        sentences.append(f"{'各校均' if every else '部分学校'}不达标（{failing}）")
    lacking = _counted(members, Outcome.NOT_ASSESSABLE)
    if lacking:
        sentences.append(f"部分学校数据不全，无法判定（{lacking}）")
    excused = members[(members["outcome"] == Outcome.MET) & (members["value"] < members["limit"])]
    if len(excused) and not failing and not lacking:
        single = "单项" if regime.school_rule is not None and regime.school_rule.spared == 1 else ""
        sentences.append(f"{_counted(excused, Outcome.MET)}低于标准值，属于允许的{single}余项")
    return "。".join(sentences) + "。"


def _counted(members: pd.DataFrame, outcome: Outcome) -> str:
    counts = members.loc[members["outcome"] == outcome, "stage"].value_counts()
    return "、".join(f"{STAGES[stage]}{counts[stage]}所" for stage in STAGES if stage in counts)


def _beside_limit(coefficient: float, limit: Limit | None, *, met: bool) -> str:
    """A coefficient at three or four decimals, more where rounding would carry it across its limit.

    >>> _beside_limit(0.769, None, met=False), _beside_limit(0.50459, None, met=False)
    ('0.769', '0.5046')
    """
    places = _PLACES
    while limit is not None and places < MOST_DIGITS:
        if limit.holds(Fraction(half_up(coefficient, places))) == met:
            break
        places += 1
    text = half_up_text(coefficient, places)
    while text.endswith("0") and len(text.partition(".")[2]) > _FEWEST_PLACES:
        text = text[:-1]
    return text


def _require_one_county_and_year(*frames: pd.DataFrame) -> None:
    keys = {
        pair
        for frame in frames
        for pair in frame[["division_code", "year"]].drop_duplicates().itertuples(index=False, name=None)
    }
    if len(keys) > 1:
        raise ValueError(f"frames of one county and one year are needed, found {sorted(keys)}")
