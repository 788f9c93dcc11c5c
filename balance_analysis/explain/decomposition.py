"""Where a coefficient comes from: between and within groups, and what changed from year to year.

With pupil shares p_g = N_g/N and group means x̄_g, the squared coefficient splits exactly::

    CV² = Σ_g p_g (x̄_g/x̄ − 1)²  +  Σ_g p_g σ_g² / x̄²
          between groups             within groups

The within part splits again by a second grouping inside the first, so nested groupings (sponsor within
stratum) give one contribution per level, and the levels sum to CV². The coefficient itself has no such
split: shares are always shares of CV².

A year-to-year change of CV² is split into four parts that sum to it: schools that left, schools that came,
and for the schools present in both years the part of the pupils and the part of the resources, each the
Shapley value of the two (the mean of the effect of changing it first and of changing it last). Because
CV₁ − CV₀ = (CV₁² − CV₀²)/(CV₁ + CV₀), the same parts divided by CV₁ + CV₀ sum to the change of the
coefficient. Decision record 0011.

Missing groups are groups of their own; cells with a missing resource are not assessable (NaN, ``reason``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from balance_analysis.explain.cells import Cell, Vector, cell_of, cells, key_columns, squared_cv

ADDS_UP_TO_TOTAL = "total"
BETWEEN_SCHOOLS = "school"
UNMATCHED = "no_matched_schools"
NOT_CONSECUTIVE = "year_missing_between"
BREAK = "break_in_series"

CHANGE_PARTS = ("enrolment_part", "resource_part", "entry_part", "exit_part")
"""The four parts of a change of CV²; with suffix ``_in_cv`` the same in units of the coefficient."""


def _group_rows(cell: Cell, by: Sequence[str], parents: Sequence[str]) -> pd.DataFrame:
    """Return one row per group of ``by`` with its means, and the mean of its parent group."""
    rows = cell.rows.assign(_resource=cell.resource, _pupils=cell.enrolment)
    pupils, resource = float(rows["_pupils"].sum()), float(rows["_resource"].sum())
    mean = resource / pupils
    parent_mean = pd.Series(mean, index=rows.index)
    if parents:
        groups = rows.groupby(list(parents), sort=False, dropna=False)
        parent_mean = groups["_resource"].transform("sum") / groups["_pupils"].transform("sum")
    rows = rows.assign(_parent_mean=parent_mean)
    records: list[dict[str, object]] = []
    for values, group in rows.groupby(list(by), sort=True, dropna=False):
        group_pupils, group_resource = float(group["_pupils"].sum()), float(group["_resource"].sum())
        group_mean = group_resource / group_pupils
        value = group["_resource"].to_numpy(np.float64) / group["_pupils"].to_numpy(np.float64)
        variance = (
            float((group["_pupils"].to_numpy(np.float64) * (value - group_mean) ** 2).sum()) / group_pupils
        )
        share = group_pupils / pupils
        records.append(
            {
                **dict(zip(by, values, strict=True)),
                "n_schools": len(group),
                "enrolment": group_pupils,
                "resource": group_resource,
                "mean": group_mean,
                "cv": variance**0.5 / group_mean if group_mean > 0 else float("nan"),
                "pupil_share": share,
                "resource_share": group_resource / resource,
                "mean_to_parent": group_mean - float(group["_parent_mean"].iloc[0]),
                "between_contribution": share
                * ((group_mean - float(group["_parent_mean"].iloc[0])) / mean) ** 2,
                "within_contribution": share * variance / mean**2,
            }
        )
    return pd.DataFrame.from_records(records)


def decompose_by_group(table: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """Return one row per cell and innermost group of ``by`` with its two contributions to CV².

    ``between_contribution`` measures the group's mean against its parent group (the county for the first
    grouping, the group of ``by[:-1]`` for a nested one); ``within_contribution`` is the spread of the
    schools inside the group. With one grouping both columns together sum to CV² (``cv_squared``). ``share``
    is their sum as a share of CV² (NaN where CV² = 0). Groups are visible when their label is missing
    (``group_is_missing``); ``mean_ratio`` is group mean ÷ county mean.

    Columns: cell key, ``by``, n_schools, enrolment, resource, mean, cv, pupil_share, resource_share,
    mean_to_parent, mean_ratio, between_contribution, within_contribution, share, cv_squared,
    group_is_missing, n_missing, reason. Cells that are not assessable have one row with ``reason``.

    >>> schools = pd.DataFrame({"stratum": ["urban", "urban", "rural"], "school_code": ["a", "b", "c"],
    ...                         "enrolment": [10.0, 10.0, 20.0], "resource": [10.0, 30.0, 40.0]})
    >>> decompose_by_group(schools, ["stratum"])[["stratum", "between_contribution", "within_contribution"]]
      stratum  between_contribution  within_contribution
    0   rural                   0.0                0.000
    1   urban                   0.0                0.125
    """
    frames = []
    for cell in cells(table):
        if cell.reason:
            frames.append(pd.DataFrame([{**cell.key, "n_missing": cell.n_missing, "reason": cell.reason}]))
            continue
        groups = _group_rows(cell, by, by[:-1])
        total = squared_cv(cell.resource, cell.enrolment)
        contribution = groups["between_contribution"] + groups["within_contribution"]
        groups = groups.assign(
            mean_ratio=groups["mean"] / (cell.resource.sum() / cell.enrolment.sum()),
            share=contribution / total if total > 0 else float("nan"),
            cv_squared=total,
            group_is_missing=groups[list(by)].isna().any(axis=1),
            n_missing=cell.n_missing,
            reason="",
            **cell.key,
        )
        frames.append(groups)
    columns = [
        *key_columns(table), *by, "n_schools", "enrolment", "resource", "mean", "cv", "pupil_share",
        "resource_share", "mean_to_parent", "mean_ratio", "between_contribution", "within_contribution",
        "share", "cv_squared", "group_is_missing", "n_missing", "reason",
    ]  # fmt: skip
    if not frames:
        return pd.DataFrame(columns=columns)
    return pd.concat(frames, ignore_index=True).reindex(columns=columns)


def decompose_coefficient(table: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """Return the levels of CV² for nested groupings ``by`` (outermost first), one row per cell and level.

    ``grouping`` names the level: each column of ``by`` (between its groups, inside the groups before it),
    then ``school`` (between the schools of the innermost groups), then ``total``. ``contribution`` of the
    levels sums to that of ``total``, which is CV²; ``share`` is contribution ÷ CV² (NaN where CV² = 0).

    Columns: cell key, level (0 …), grouping, n_groups, contribution, share, cv, n_missing, reason.
    """
    records: list[dict[str, object]] = []
    for cell in cells(table):
        base = {**cell.key, "n_missing": cell.n_missing, "reason": cell.reason}
        if cell.reason:
            records.append({**base, "level": 0, "grouping": ADDS_UP_TO_TOTAL})
            continue
        total = squared_cv(cell.resource, cell.enrolment)
        levels: list[tuple[str, int, float]] = []
        within = total
        for depth in range(len(by)):
            groups = _group_rows(cell, by[: depth + 1], by[:depth])
            levels.append((by[depth], len(groups), float(groups["between_contribution"].sum())))
            within = float(groups["within_contribution"].sum())
        levels.append((BETWEEN_SCHOOLS, len(cell.rows), within))
        levels.append((ADDS_UP_TO_TOTAL, 1, total))
        for level, (grouping, n_groups, contribution) in enumerate(levels):
            records.append(
                {
                    **base,
                    "level": level,
                    "grouping": grouping,
                    "n_groups": n_groups,
                    "contribution": contribution,
                    "share": contribution / total if total > 0 else float("nan"),
                    "cv": total**0.5,
                }
            )
    columns = [
        *key_columns(table), "level", "grouping", "n_groups", "contribution", "share", "cv",
        "n_missing", "reason",
    ]  # fmt: skip
    return pd.DataFrame.from_records(records, columns=columns)


@dataclass(frozen=True)
class ChangeOfCoefficient:
    """The parts of CV₁² − CV₀²; :attr:`total` is their sum."""

    enrolment_part: float
    resource_part: float
    entry_part: float
    exit_part: float

    @property
    def total(self) -> float:
        """The change of CV² as the sum of its parts."""
        return self.enrolment_part + self.resource_part + self.entry_part + self.exit_part


def split_change(before: pd.DataFrame, after: pd.DataFrame) -> ChangeOfCoefficient:
    """Split the change of CV² between two years; both frames are indexed by school, columns r and n.

    Columns ``resource`` and ``enrolment`` must be complete and pupils positive. Schools are matched by
    index. Order: first the schools that leave are taken out (``exit_part`` = CV² of the staying schools in
    the first year − CV² of all of them), then pupils and resources of the matched schools change (Shapley
    value of the two), then the new schools come in (``entry_part``). Raises ``ValueError`` where no school
    is in both years or the matched schools have no resource at all: then no such path exists.

    Pupils and resources are the arguments r_i and n_i of the formula: where a shared campus is split by
    pupils, a shift of pupils also moves its r_i between the stages, and that part counts as resource.
    """
    matched = before.index.intersection(after.index)
    if matched.empty:
        raise ValueError("no school is present in both years")

    def columns(frame: pd.DataFrame) -> tuple[Vector, Vector]:
        return frame["resource"].to_numpy(np.float64), frame["enrolment"].to_numpy(np.float64)

    resource_0, pupils_0 = columns(before.loc[matched])
    resource_1, pupils_1 = columns(after.loc[matched])
    if resource_0.sum() == 0 or resource_1.sum() == 0:
        raise ValueError("the matched schools have no resource in one of the years")
    start, end = squared_cv(resource_0, pupils_0), squared_cv(resource_1, pupils_1)
    pupils_first = squared_cv(resource_0, pupils_1)
    resource_first = squared_cv(resource_1, pupils_0)
    return ChangeOfCoefficient(
        enrolment_part=0.5 * ((pupils_first - start) + (end - resource_first)),
        resource_part=0.5 * ((resource_first - start) + (end - pupils_first)),
        entry_part=squared_cv(*columns(after)) - end,
        exit_part=start - squared_cv(*columns(before)),
    )


def decompose_change(table: pd.DataFrame, *, breaks: Sequence[int] = ()) -> pd.DataFrame:
    """Return the change of each coefficient from every year to the next, split into its four parts.

    ``breaks`` are years from which on the figures are not comparable with those before (merged codes,
    changed definitions): the change into such a year is not split. A year that is absent in between is not
    bridged either.

    Columns: division_code, county, stage, indicator (those present), previous_year, year, cv_previous, cv,
    change_cv, change_cv_squared, enrolment_part, resource_part, entry_part, exit_part (units of CV²), the
    same four with ``_in_cv`` (units of CV, summing to change_cv), n_matched, n_entering, n_leaving, reason.
    """
    series_keys = key_columns(table, ("division_code", "county", "stage", "indicator"))
    records: list[dict[str, object]] = []
    groups = table.groupby(series_keys, sort=True, dropna=False) if series_keys else [((), table)]
    for values, series in groups:
        key = dict(zip(series_keys, values, strict=True))
        by_year = {int(str(year)): cell_of(key, rows) for year, rows in series.groupby("year", sort=True)}
        years = list(by_year)
        for previous, year in pairwise(years):
            record: dict[str, object] = {**key, "previous_year": previous, "year": year}
            records.append({**record, **_change(by_year[previous], by_year[year], previous, year, breaks)})
    columns = [
        *series_keys, "previous_year", "year", "cv_previous", "cv", "change_cv", "change_cv_squared",
        *CHANGE_PARTS, *(f"{part}_in_cv" for part in CHANGE_PARTS),
        "n_matched", "n_entering", "n_leaving", "reason",
    ]  # fmt: skip
    return pd.DataFrame.from_records(records, columns=columns)


def _change(before: Cell, after: Cell, previous: int, year: int, breaks: Sequence[int]) -> dict[str, object]:
    first = before.rows.set_index("school_code")[["resource", "enrolment"]]
    second = after.rows.set_index("school_code")[["resource", "enrolment"]]
    matched = first.index.intersection(second.index)
    cv_0 = float("nan") if before.reason else squared_cv(before.resource, before.enrolment) ** 0.5
    cv_1 = float("nan") if after.reason else squared_cv(after.resource, after.enrolment) ** 0.5
    found: dict[str, object] = {
        "cv_previous": cv_0,
        "cv": cv_1,
        "n_matched": len(matched),
        "n_entering": len(second) - len(matched),
        "n_leaving": len(first) - len(matched),
        "reason": "",
    }
    if year in breaks:
        found["reason"] = BREAK
    elif year != previous + 1:
        found["reason"] = NOT_CONSECUTIVE
    elif before.reason or after.reason:
        found["reason"] = before.reason or after.reason
    elif first.loc[matched, "resource"].sum() == 0 or second.loc[matched, "resource"].sum() == 0:
        found["reason"] = UNMATCHED
    if found["reason"]:
        return found
    parts = split_change(first, second)
    change = cv_1**2 - cv_0**2
    scale = 1 / (cv_0 + cv_1) if cv_0 + cv_1 > 0 else 0.0
    found |= {"change_cv": cv_1 - cv_0, "change_cv_squared": change}
    found |= {part: getattr(parts, part) for part in CHANGE_PARTS}
    found |= {f"{part}_in_cv": getattr(parts, part) * scale for part in CHANGE_PARTS}
    return found
