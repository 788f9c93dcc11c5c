"""What would turn a verdict: the smallest change of a single filed figure, for schools and coefficients.

A *filed figure* is the amount of one indicator at one school (``cell`` = ``amount``) or the pupils of one
school and stage (``cell`` = ``enrolment``). Changes are whole steps of what can be filed (one teacher,
0.01 m²: ``steps``), found in closed form and decided in exact fractions; figures of different kinds are
compared by ``relative_change`` = |change| ÷ filed. Only one figure moves, all others stay. Decision record 0012.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

import pandas as pd

from balance_analysis.errors import ParameterError
from balance_analysis.exact import Number, as_filed
from balance_analysis.explain.cells import Cell, cells, key_columns, with_amounts
from balance_analysis.explain.headroom import judged_rows, rule_of
from balance_analysis.explain.influence import SCHOOL_COLUMNS
from balance_analysis.explain.remedies import Limits, limit_of
from balance_analysis.explain.school_rule import FiledIndicator, Line
from balance_analysis.explain.turning_points import CoefficientCondition, FiledCell
from balance_analysis.terms import Outcome

NO_SINGLE_FIGURE = "no_single_figure"

_SCHOOL_KEYS = ("division_code", "county", "year", "stage", *SCHOOL_COLUMNS)
_TURNING = ("cell", "filed", "step", "change", "changed_to", "relative_change")


def _step(steps: Mapping[str, Number], indicator: str) -> Fraction:
    if indicator not in steps:
        raise ParameterError(
            f"没有给出指标“{indicator}”可填报的最小单位（steps），无法计算最小改动；请补上。"
        )
    return as_filed(steps[indicator])


def _turning(cell: FiledCell, filed: float, step: Fraction, number: int) -> dict[str, object]:
    change = step * number
    return {
        "cell": cell,
        "filed": filed,
        "step": float(step),
        "change": float(change),
        "changed_to": float(as_filed(filed) + change),
        "relative_change": abs(float(change)) / filed if filed > 0 else float("nan"),
    }


def _line(one: FiledIndicator, name: Line) -> dict[str, object]:
    value = one.line(name)
    return {"indicator": one.indicator, "line": name, "limit": None if value is None else float(value)}


def _ranked(frame: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Number the rows of each verdict by relative change; changes from zero (no ratio) come last."""
    if frame.empty:
        return frame.assign(rank=pd.Series(dtype=float))
    order = frame["relative_change"].where(frame["cell"].notna())
    grouped = order.groupby([frame[key] for key in keys], dropna=False) if keys else None
    ranks = grouped.rank(method="first", na_option="bottom") if grouped else order.rank(na_option="bottom")
    return frame.assign(rank=ranks.where(frame["cell"].notna()))


def school_turning_points(
    judged: pd.DataFrame, *, indicators_required: int, steps: Mapping[str, Number]
) -> pd.DataFrame:
    """Return, for every school and stage, each single filed figure that turns its verdict, and by how much.

    For a school that meets its rule the changes are losses of one amount, or pupils more; for one that does
    not, gains of one amount, or pupils fewer. Columns: school key, outcome (``met``/``not_met``/
    ``not_assessable``), indicator (for pupils: the one that binds), line (``limit`` or ``floor``), limit (the
    value of that line), cell, filed, step, change, changed_to, relative_change, rank (1 = smallest relative change), reason
    (``no_single_figure`` on the one row of a school that no single figure turns; why it is not assessable).
    """
    rows = judged_rows(judged)
    keys = key_columns(rows, _SCHOOL_KEYS)
    records: list[dict[str, object]] = []
    for values, school in rows.groupby(keys, sort=True, dropna=False):
        base: dict[str, object] = {**dict(zip(keys, values, strict=True)), "reason": ""}
        rule = rule_of(school, indicators_required)
        if rule is None:
            reason = school.loc[school["reason"] != "", "reason"].iloc[0]
            records.append({**base, "outcome": Outcome.NOT_ASSESSABLE.value, "reason": reason})
            continue
        base["outcome"] = (Outcome.MET if rule.holds else Outcome.NOT_MET).value
        found: list[dict[str, object]] = []
        for one in rule.indicators:
            step = _step(steps, one.indicator)
            if turned := rule.turning_amount(one, step):
                change = _turning("amount", float(one.amount), step, turned[0])
                found.append({**base, **_line(one, turned[1]), **change})
        if pupils := rule.turning_pupils():
            change = _turning("enrolment", float(rule.indicators[0].pupils), Fraction(1), pupils[0])
            binding = next(one for one in rule.indicators if one.indicator == pupils[1])
            found.append({**base, **_line(binding, pupils[2]), **change})
        records += found or [{**base, "reason": NO_SINGLE_FIGURE}]
    columns = [*keys, "outcome", "indicator", "line", "limit", *_TURNING, "reason"]
    return _ranked(pd.DataFrame.from_records(records, columns=columns), keys)


def coefficient_turning_points(
    table: pd.DataFrame, limits: Limits, *, steps: Mapping[str, Number], smallest: int | None = None
) -> pd.DataFrame:
    """Return, for every coefficient with a limit, the single filed figures that turn its verdict.

    One row per school and cell that can turn it, with the smaller of the changes up and down; ``smallest``
    keeps that many per coefficient. A changed amount of a shared campus counts with this stage's share.

    Columns: cell key, limit, outcome, school columns, cell, filed, step, change, changed_to, relative_change,
    rank, reason (``no_single_figure`` where none turns it; why the coefficient is not assessable).
    """
    records: list[dict[str, object]] = []
    keys = key_columns(table)
    for cell in cells(table):
        limit = limit_of(limits, cell)
        if limit is None:
            continue
        base: dict[str, object] = {**cell.key, "limit": float(as_filed(limit)), "reason": cell.reason}
        if cell.reason:
            records.append({**base, "outcome": Outcome.NOT_ASSESSABLE.value})
            continue
        condition = CoefficientCondition(cell.rows, limit)
        base["outcome"] = (Outcome.MET if condition.holds else Outcome.NOT_MET).value
        found = _turning_figures(cell, condition, _step(steps, str(cell.key.get("indicator", ""))))
        records += [{**base, **one} for one in found] or [{**base, "reason": NO_SINGLE_FIGURE}]
    columns = [*keys, "limit", "outcome", *key_columns(table, SCHOOL_COLUMNS), *_TURNING, "reason"]
    frame = _ranked(pd.DataFrame.from_records(records, columns=columns), keys)
    frame = frame.sort_values([*keys, "rank"], kind="stable").reset_index(drop=True)
    if smallest is not None:
        frame = frame[~(frame["rank"] > smallest)].reset_index(drop=True)
    return frame


def _turning_figures(cell: Cell, condition: CoefficientCondition, step: Fraction) -> list[dict[str, object]]:
    rows = with_amounts(cell.rows)
    schools = rows[[name for name in SCHOOL_COLUMNS if name in rows.columns]].to_dict("records")
    found: list[dict[str, object]] = []
    figures: tuple[tuple[FiledCell, Fraction], ...] = (("amount", step), ("enrolment", Fraction(1)))
    for position, school in enumerate(schools):
        for figure, unit in figures:
            changes = [
                number
                for number in condition.smallest_changes(position, figure, step=unit)
                if number is not None
            ]
            if changes:
                filed = float(rows[figure].iloc[position])
                turned = _turning(figure, filed, unit, min(changes, key=lambda number: (abs(number), number)))
                found.append({**{str(name): value for name, value in school.items()}, **turned})
    return found


def what_would_turn(
    judged: pd.DataFrame,
    limits: Limits,
    *,
    indicators_required: int,
    steps: Mapping[str, Number],
    schools_most: int | None = None,
) -> pd.DataFrame:
    """Return one list of the verdicts and the smallest single figure that turns each, the closest first.

    One row per school and stage (``subject`` = ``school``) and one per coefficient (``coefficient``):
    for a coefficient the school columns say where the figure is filed. ``schools_most`` keeps so many schools
    per county, year and stage. Columns: subject, division_code, county, year, stage, indicator, limit, school
    columns, outcome, outcome_then, line, cell, filed, step, change, changed_to, relative_change, reason.
    """
    schools = school_turning_points(judged, indicators_required=indicators_required, steps=steps)
    schools = schools[(schools["rank"] == 1) | schools["rank"].isna()].assign(subject="school")
    if schools_most is not None:
        keys = key_columns(schools, ("division_code", "county", "year", "stage"))
        schools = schools.sort_values([*keys, "relative_change"], kind="stable", na_position="last")
        schools = (
            schools.groupby(keys, dropna=False).head(schools_most) if keys else schools.head(schools_most)
        )
    coefficients = coefficient_turning_points(judged, limits, steps=steps, smallest=1)
    order = [
        "subject", *key_columns(judged), "limit", *key_columns(judged, SCHOOL_COLUMNS), "outcome",
        "outcome_then", "line", *_TURNING, "reason",
    ]  # fmt: skip
    parts = [part for part in (schools, coefficients.assign(subject="coefficient")) if not part.empty]
    if not parts:
        return pd.DataFrame(columns=order)
    frame = pd.concat([part.reindex(columns=order).astype(object) for part in parts], ignore_index=True)
    turned = {Outcome.MET.value: Outcome.NOT_MET.value, Outcome.NOT_MET.value: Outcome.MET.value}
    frame["outcome_then"] = frame["outcome"].map(turned).where(frame["cell"].notna())
    numbers = ["limit", "filed", "step", "change", "changed_to", "relative_change"]
    frame[numbers] = frame[numbers].astype(float)
    keys = [name for name in ("division_code", "year", "stage") if name in frame.columns]
    return frame.sort_values(
        [*keys, "relative_change", "subject"], kind="stable", na_position="last"
    ).reset_index(drop=True)
