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
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from balance_analysis.exact import Floats, Whole
from balance_analysis.explain.cells import Cell, Cells, Table, cells, squared_cv

ADDS_UP_TO_TOTAL = "total"
BETWEEN_SCHOOLS = "school"
UNMATCHED = "no_matched_schools"
NOT_CONSECUTIVE = "year_missing_between"

CHANGE_PARTS = ("enrolment_part", "resource_part", "entry_part", "exit_part")
"""The four parts of a change of CV²; with suffix ``_in_cv`` the same in units of the coefficient."""


class _Grouping:
    """The groups of nested columns ``by`` in all cells, with the mean of the group around each of them."""

    def __init__(self, county: Cells, by: Sequence[str]) -> None:
        self._by, self._codes = list(by), county.codes(by)
        self._parent_codes = county.codes(by[:-1])
        self._labels = {name: county.frame[name].to_numpy(dtype=object) for name in by}

    def _parent_means(self, cell: Cell) -> Floats:
        """The mean of the group around each school."""
        codes = self._parent_codes[cell.place]
        resource = pd.Series(cell.resource).groupby(codes, sort=False).transform("sum")
        pupils = np.bincount(codes, weights=cell.enrolment)[codes]
        means: Floats = resource.to_numpy(np.float64) / pupils
        return means

    def rows(self, cell: Cell) -> list[dict[str, Any]]:
        """One row per group of the cell: its means and its two contributions to CV²."""
        pupils, resource = float(cell.enrolment.sum()), float(cell.resource.sum())
        mean = resource / pupils
        codes = self._codes[cell.place]
        parents = self._parent_means(cell) if len(self._by) > 1 else np.full(len(codes), mean)
        records = []
        for code in np.unique(codes):
            at = np.flatnonzero(codes == code)
            held, number = cell.resource[at], cell.enrolment[at]
            group_pupils, group_resource = float(number.sum()), float(held.sum())
            group_mean = group_resource / group_pupils
            variance = float((number * (held / number - group_mean) ** 2).sum()) / group_pupils
            share = group_pupils / pupils
            parent = float(parents[at[0]])
            records.append(
                {
                    **{name: labels[cell.place][at[0]] for name, labels in self._labels.items()},
                    "n_schools": len(at),
                    "enrolment": group_pupils,
                    "resource": group_resource,
                    "mean": group_mean,
                    "cv": variance**0.5 / group_mean if group_mean > 0 else float("nan"),
                    "pupil_share": share,
                    "resource_share": group_resource / resource,
                    "mean_to_parent": group_mean - parent,
                    "mean_ratio": group_mean / mean,
                    "between_contribution": share * ((group_mean - parent) / mean) ** 2,
                    "within_contribution": share * variance / mean**2,
                }
            )
        return records


def decompose_by_group(table: Table, by: Sequence[str]) -> pd.DataFrame:
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
    county, records = cells(table), list[dict[str, Any]]()
    grouping = _Grouping(county, by)
    for cell in county:
        base = {**cell.key, "n_missing": cell.n_missing, "reason": cell.reason}
        if cell.reason:
            records.append(base)
            continue
        for row in grouping.rows(cell):
            contribution = row["between_contribution"] + row["within_contribution"]
            share = contribution / cell.squared if cell.squared > 0 else float("nan")
            missing = any(pd.isna(row[name]) for name in by)
            records.append(
                {**base, **row, "share": share, "cv_squared": cell.squared, "group_is_missing": missing}
            )
    columns = [
        *county.keys, *by, "n_schools", "enrolment", "resource", "mean", "cv", "pupil_share",
        "resource_share", "mean_to_parent", "mean_ratio", "between_contribution", "within_contribution",
        "share", "cv_squared", "group_is_missing", "n_missing", "reason",
    ]  # fmt: skip
    return pd.DataFrame.from_records(records, columns=columns)


def decompose_coefficient(table: Table, by: Sequence[str]) -> pd.DataFrame:
    """Return the levels of CV² for nested groupings ``by`` (outermost first), one row per cell and level.

    ``grouping`` names the level: each column of ``by`` (between its groups, inside the groups before it),
    then ``school`` (between the schools of the innermost groups), then ``total``. ``contribution`` of the
    levels sums to that of ``total``, which is CV²; ``share`` is contribution ÷ CV² (NaN where CV² = 0).

    Columns: cell key, level (0 …), grouping, n_groups, contribution, share, cv, n_missing, reason.
    """
    county, records = cells(table), list[dict[str, Any]]()
    groupings = {depth: _Grouping(county, by[:depth]) for depth in range(1, len(by) + 1)}
    for cell in county:
        base = {**cell.key, "n_missing": cell.n_missing, "reason": cell.reason}
        if cell.reason:
            records.append({**base, "level": 0, "grouping": ADDS_UP_TO_TOTAL})
            continue
        total = within = cell.squared
        levels: list[tuple[str, int, float]] = []
        for depth, grouping in groupings.items():
            groups = grouping.rows(cell)
            between, within = (
                float(np.array([group[f"{part}_contribution"] for group in groups]).sum())
                for part in ("between", "within")
            )
            levels.append((by[depth - 1], len(groups), between))
        levels += [(BETWEEN_SCHOOLS, cell.n_schools, within), (ADDS_UP_TO_TOTAL, 1, total)]
        for level, (name, n_groups, contribution) in enumerate(levels):
            share = contribution / total if total > 0 else float("nan")
            row = {"level": level, "grouping": name, "n_groups": n_groups, "contribution": contribution}
            records.append({**base, **row, "share": share, "cv": total**0.5})
    columns = [
        *county.keys, "level", "grouping", "n_groups", "contribution", "share", "cv",
        "n_missing", "reason",
    ]  # fmt: skip
    return pd.DataFrame.from_records(records, columns=columns)


def decompose_change(table: Table) -> pd.DataFrame:
    """Return the change of each coefficient from every year to the next, split into its four parts.

    A year that is absent in between is not bridged. Schools that leave are taken out first (``exit_part``), then pupils and resources of the matched
    schools change (Shapley value of the two), then the new schools come in (``entry_part``); without a matched
    school, or without resource in the matched schools, no such path exists. Where a shared campus is split by
    pupils, a shift of pupils also moves its r_i between the stages, and that part counts as resource.

    Columns: division_code, county, stage, indicator (those present), previous_year, year, cv_previous, cv,
    change_cv, change_cv_squared, enrolment_part, resource_part, entry_part, exit_part (units of CV²), the
    same four with ``_in_cv`` (units of CV, summing to change_cv), n_matched, n_entering, n_leaving, reason.
    """
    county = cells(table)
    code = county.codes(["school_code"])
    series_keys = [name for name in county.keys if name != "year"]
    series: dict[tuple[Any, ...], list[Cell]] = {}
    for cell in county:
        series.setdefault(tuple(cell.key[name] for name in series_keys), []).append(cell)
    records: list[dict[str, Any]] = []
    for values in sorted(series):
        for before, after in pairwise(series[values]):
            years = {"previous_year": int(before.key["year"]), "year": int(after.key["year"])}
            key = dict(zip(series_keys, values, strict=True))
            records.append({**key, **years, **_change(before, after, code)})
    columns = [
        *series_keys, "previous_year", "year", "cv_previous", "cv", "change_cv", "change_cv_squared",
        *CHANGE_PARTS, *(f"{part}_in_cv" for part in CHANGE_PARTS),
        "n_matched", "n_entering", "n_leaving", "reason",
    ]  # fmt: skip
    return pd.DataFrame.from_records(records, columns=columns)


def _change(before: Cell, after: Cell, code: Whole) -> dict[str, Any]:
    matched, first, second = np.intersect1d(
        code[before.place], code[after.place], assume_unique=True, return_indices=True
    )
    cv_0, cv_1 = (float("nan") if cell.reason else cell.squared**0.5 for cell in (before, after))
    found: dict[str, Any] = {
        "cv_previous": cv_0,
        "cv": cv_1,
        "n_matched": len(matched),
        "n_entering": after.n_schools - len(matched),
        "n_leaving": before.n_schools - len(matched),
        "reason": "",
    }
    resource = before.resource[first], after.resource[second]
    pupils = before.enrolment[first], after.enrolment[second]
    if after.key["year"] != before.key["year"] + 1:
        found["reason"] = NOT_CONSECUTIVE
    elif before.reason or after.reason:
        found["reason"] = before.reason or after.reason
    elif resource[0].sum() == 0 or resource[1].sum() == 0:
        found["reason"] = UNMATCHED
    if found["reason"]:
        return found
    start, end = squared_cv(resource[0], pupils[0]), squared_cv(resource[1], pupils[1])
    pupils_first, resource_first = squared_cv(resource[0], pupils[1]), squared_cv(resource[1], pupils[0])
    parts = (
        0.5 * ((pupils_first - start) + (end - resource_first)),
        0.5 * ((resource_first - start) + (end - pupils_first)),
        after.squared - end,
        start - before.squared,
    )
    scale = 1 / (cv_0 + cv_1) if cv_0 + cv_1 > 0 else 0.0
    found |= {"change_cv": cv_1 - cv_0, "change_cv_squared": cv_1**2 - cv_0**2}
    found |= dict(zip(CHANGE_PARTS, parts, strict=True))
    return found | {f"{name}_in_cv": part * scale for name, part in zip(CHANGE_PARTS, parts, strict=True)}
