"""What would turn a verdict: the smallest change of a single filed figure, for schools and coefficients.

A *filed figure* is the amount of one indicator at one school (``cell`` = ``amount``) or the pupils of one
school and stage (``cell`` = ``enrolment``). Changes are whole steps of what can be filed (one teacher,
0.01 m²: ``steps``), found in closed form and decided exactly; figures of different kinds are
compared by ``relative_change`` = |change| ÷ filed. Only one figure moves, all others stay. Decision record 0012.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd

from balance_analysis.errors import ParameterError
from balance_analysis.exact import Floats, Number, Whole, as_filed
from balance_analysis.explain.cells import Cell, Table, cells, key_columns
from balance_analysis.explain.condition import CoefficientCondition, FiledCell, Limits, limit_of
from balance_analysis.explain.school_rules import SchoolRules
from balance_analysis.terms import Outcome

NO_SINGLE_FIGURE = "no_single_figure"
_TURNING = ("cell", "filed", "step", "change", "changed_to", "relative_change")


def _step(steps: Mapping[str, Number], indicator: str) -> Fraction:
    if indicator not in steps:
        raise ParameterError(
            f"没有给出指标“{indicator}”可填报的最小单位（steps），无法计算最小改动；请补上。"
        )
    return as_filed(steps[indicator])


def _turning(cell: FiledCell, filed: float, step: Fraction, number: int) -> dict[str, Any]:
    change = step * number
    return {
        "cell": cell,
        "filed": filed,
        "step": float(step),
        "change": float(change),
        "changed_to": float(as_filed(filed) + change),
        "relative_change": abs(float(change)) / filed if filed > 0 else float("nan"),
    }


def _relative(numbers: Floats, sizes: Floats, filed: Floats) -> Floats:
    """|change| ÷ filed; ``sizes`` holds numerators and denominators of the steps. NaN for changes from zero."""
    relative: Floats = np.full(numbers.shape, np.nan)
    np.divide(np.abs(numbers) * sizes[0] / sizes[1], filed, out=relative, where=filed > 0)
    return relative


def _ranks(relative_change: Floats, group: Whole) -> Floats:
    """Number the figures of each verdict by relative change; changes from zero (no ratio) come last."""
    order = np.lexsort((relative_change, group))
    ranks: Floats = np.empty(len(order))
    ranks[order] = np.arange(len(order)) - np.searchsorted(group, group[order]) + 1
    return ranks


def school_turning_points(
    rules: SchoolRules, *, steps: Mapping[str, Number], smallest: int | None = None
) -> pd.DataFrame:
    """Return, for every school and stage, each single filed figure that turns its verdict, and by how much.

    For a school that meets its rule the changes are losses of one amount, or pupils more; for one that does
    not, gains of one amount, or pupils fewer; ``smallest`` keeps that many per school. Columns: school key, outcome
    (``met``/``not_met``/``not_assessable``), indicator (for pupils: the one that binds), line (``limit`` or
    ``floor``), limit (the value of that line), cell, filed, step, change, changed_to, relative_change, rank (1 =
    smallest relative change), reason (``no_single_figure`` on the one row of a school that no single figure turns;
    why it is not assessable).
    """
    turned = rules.turning_figures(steps)
    sizes = np.array([[size.numerator, size.denominator] for size in turned["step"]], dtype=np.float64)
    relative = _relative(turned["number"].to_numpy(), sizes.reshape(-1, 2).T, turned["filed"].to_numpy())
    turned = turned.assign(rank=_ranks(relative, turned["school"].to_numpy()))
    if smallest is not None:
        turned = turned[turned["rank"] <= smallest]
    records = [
        {**row, **_turning(row["cell"], row["filed"], row["step"], int(row["number"]))}
        for row in turned.to_dict("records")
    ]
    found = pd.DataFrame.from_records(records, columns=[*turned.columns, *_TURNING[3:]])
    columns = [*rules.keys, "outcome", "indicator", "line", "limit", *_TURNING, "reason", "rank"]
    schools = rules.schools.assign(school=np.arange(len(rules.schools)))
    outcome = np.where(rules.holds, Outcome.MET.value, Outcome.NOT_MET.value)
    schools["outcome"] = np.where(rules.complete, outcome, Outcome.NOT_ASSESSABLE.value)
    schools["reason"] = rules.reason
    frame = schools.merge(found, on="school", how="left")
    nothing = frame["cell"].isna() & (frame["reason"] == "")
    frame["reason"] = frame["reason"].mask(nothing, NO_SINGLE_FIGURE)
    return frame[columns]


def coefficient_turning_points(
    table: Table, limits: Limits, *, steps: Mapping[str, Number], smallest: int | None = None
) -> pd.DataFrame:
    """Return, for every coefficient with a limit, the single filed figures that turn its verdict.

    One row per school and cell that can turn it, with the smaller of the changes up and down; ``smallest``
    keeps that many per coefficient. A changed amount of a shared campus counts with this stage's share.

    Columns: cell key, limit, outcome, school columns, cell, filed, step, change, changed_to, relative_change,
    rank, reason (``no_single_figure`` where none turns it; why the coefficient is not assessable).
    """
    county, records = cells(table), list[dict[str, Any]]()
    for cell in county:
        limit = limit_of(limits, cell)
        if limit is None:
            continue
        base: dict[str, Any] = {**cell.key, "limit": float(as_filed(limit)), "reason": cell.reason}
        if cell.reason:
            records.append({**base, "outcome": Outcome.NOT_ASSESSABLE.value})
            continue
        condition = CoefficientCondition(cell.rows, limit)
        base["outcome"] = (Outcome.MET if condition.holds else Outcome.NOT_MET).value
        found = _turning_figures(cell, condition, _step(steps, str(cell.key.get("indicator", ""))), smallest)
        records += [{**base, **one} for one in found] or [{**base, "reason": NO_SINGLE_FIGURE}]
    columns = [*county.keys, "limit", "outcome", *county.school_columns, *_TURNING, "reason", "rank"]
    return pd.DataFrame.from_records(records, columns=columns)


def _turning_figures(
    cell: Cell, condition: CoefficientCondition, step: Fraction, smallest: int | None
) -> list[dict[str, Any]]:
    """The figures that turn one coefficient, by relative change; of equals the first school's, amounts first."""
    figures: tuple[tuple[FiledCell, Fraction], ...] = (("amount", step), ("enrolment", Fraction(1)))
    numbers: Floats = np.empty((len(cell.rows), len(figures)))
    filed: Floats = np.column_stack([cell.column(figure) for figure, _ in figures])
    for place, (figure, size) in enumerate(figures):
        up, down = condition.smallest_changes(figure, step=size)
        numbers[:, place] = np.where((up < -down) | np.isnan(down), up, down)
    sizes = np.array([[size.numerator, size.denominator] for _, size in figures], dtype=np.float64).T
    relative = _relative(numbers, sizes, filed)
    order = np.argsort(relative, axis=None, kind="stable")
    order = order[~np.isnan(numbers.ravel()[order])][:smallest]
    schools = cell.schools()
    found = []
    for rank, (position, place) in enumerate(zip(*np.unravel_index(order, numbers.shape), strict=True), 1):
        figure, size = figures[place]
        turned = _turning(figure, float(filed[position, place]), size, int(numbers[position, place]))
        school = {str(name): value for name, value in schools.iloc[position].items()}
        found.append({**school, **turned, "rank": rank})
    return found


def what_would_turn(
    rules: SchoolRules,
    table: Table,
    limits: Limits,
    *,
    steps: Mapping[str, Number],
    schools_most: int | None = None,
) -> pd.DataFrame:
    """Return one list of the verdicts and the smallest single figure that turns each, the closest first.

    One row per school and stage (``subject`` = ``school``) and one per coefficient of ``table``
    (``coefficient``): for a coefficient the school columns say where the figure is filed. ``schools_most`` keeps so
    many schools per county, year and stage. Columns: subject, division_code, county, year, stage, indicator, limit,
    school columns, outcome, outcome_then, line, cell, filed, step, change, changed_to, relative_change, reason.
    """
    schools = school_turning_points(rules, steps=steps, smallest=1).assign(subject="school")
    if schools_most is not None:
        keys = key_columns(schools, ("division_code", "county", "year", "stage"))
        schools = schools.sort_values([*keys, "relative_change"], kind="stable", na_position="last")
        schools = (
            schools.groupby(keys, dropna=False).head(schools_most) if keys else schools.head(schools_most)
        )
    county = cells(table)
    coefficients = coefficient_turning_points(county, limits, steps=steps, smallest=1)
    order = [
        "subject", *county.keys, "limit", *county.school_columns, "outcome",
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
