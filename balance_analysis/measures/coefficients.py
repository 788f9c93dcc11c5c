"""The coefficient of variation (差异系数) and its companions on the county table.

Definition (regulation §1): with x_i = r_i/n_i and x̄ = Σr/Σn, S = sqrt(Σ (n_i/N)(x_i − x̄)²) and
CV = S/x̄ — weighted by enrolment, population form.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from balance_analysis.exact import Floats, Mask, Whole, sums
from balance_analysis.measures.counted import SPONSOR_CODE
from balance_analysis.measures.grouping import group_numbers
from balance_analysis.statements import Statement
from balance_analysis.terms import COMPOSITE

GROUP = ["division_code", "county", "year", "stage"]
COLUMNS = (*GROUP, "indicator", "mean", "sd", "cv", "n_schools", "n_missing", "enrolment", "reason")


def coefficient_of_variation(resource: npt.ArrayLike, enrolment: npt.ArrayLike) -> float:
    """The enrolment-weighted coefficient of variation of ``resource / enrolment``.

    ``resource`` r_i and ``enrolment`` n_i are one-dimensional, one entry per school. NaN (not
    assessable) for fewer than two schools, any missing entry, a school without pupils, a mean of
    zero. Raises ValueError for arrays of different length or negative entries.

    The official teaching example (books of five schools, published 0.52):

    >>> round(coefficient_of_variation([279, 137, 935, 160, 402], [45, 37, 89, 76, 55]), 6)
    0.515257
    """
    return spread(resource, enrolment)[2]


def spread(resource: npt.ArrayLike, enrolment: npt.ArrayLike) -> tuple[float, float, float]:
    """County mean, standard deviation and coefficient of variation; NaN where not assessable.

    The mean is the ratio of totals. Sums are rounded once (``fsum``), so that the order in which files list the
    schools changes no digit. Errors as for :func:`coefficient_of_variation`.
    """
    totals = np.asarray(resource, dtype=np.float64)
    pupils = np.asarray(enrolment, dtype=np.float64)
    if totals.shape != pupils.shape or totals.ndim != 1:
        raise ValueError(
            f"resource and enrolment must be one-dimensional and of equal length, got {totals.shape} and {pupils.shape}"
        )
    if (totals < 0).any() or (pupils < 0).any():
        raise ValueError("resource and enrolment must not be negative")
    if not len(totals):
        return float("nan"), float("nan"), float("nan")
    start: Whole = np.zeros(1, dtype=np.int64)
    mean, sd, cv = spreads(totals, pupils, start, sums(pupils, start))
    return float(mean[0]), float(sd[0]), float(cv[0])


def spreads(
    resource: Floats, enrolment: Floats, start: Whole, pupils: Floats
) -> tuple[Floats, Floats, Floats]:
    """:func:`spread` of many groups at once: each is the rows from its ``start`` to the next, with ``pupils`` in all.

    The bits are those of each group by itself: every sum is rounded once.
    """
    sizes = np.diff(start, append=len(resource))
    whole: Mask = np.ones(len(start), dtype=bool)
    if len(resource) and not (resource.min() >= 0 and enrolment.min() > 0):
        usable = (resource >= 0) & (enrolment > 0)
        whole = np.logical_and.reduceat(usable, start)
        resource = np.where(usable, resource, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = sums(resource, start, float(resource.max(initial=0.0))) / pupils
        deviation = resource / enrolment
        deviation -= np.repeat(mean, sizes)
        deviation *= deviation
        deviation *= enrolment
        sd = np.sqrt(sums(deviation, start) / pupils)
        cv = sd / mean
    apart: Mask = ~(whole & (sizes > 1) & (mean != 0))
    mean[~whole], sd[apart], cv[apart] = np.nan, np.nan, np.nan
    return mean, sd, cv


def coefficient_columns(
    resource: Floats, enrolment: Floats, missing: Mask, without_sponsor: Mask, start: Whole, pupils: Floats
) -> dict[str, Any]:
    """Every column of the coefficients frame that is made of schools, for groups as in :func:`spreads`.

    ``missing`` are schools without a value, ``without_sponsor`` those of them whose sponsor is blank.
    """
    mean, sd, cv = spreads(resource, enrolment, start, pupils)
    sizes = np.diff(start, append=len(resource))
    lacking, unsaid = (_count(mask, start) for mask in (missing, without_sponsor))
    reason = np.full(len(start), "", dtype=object)
    for group in np.flatnonzero(np.isnan(cv) | (lacking > 0) | (unsaid > 0)).tolist():
        reason[group] = reason_of(
            int(sizes[group]), int(lacking[group]), int(unsaid[group]), float(mean[group]), float(cv[group])
        )
    return {
        "mean": mean, "sd": sd, "cv": cv, "n_schools": sizes, "n_missing": lacking, "enrolment": pupils,
        "reason": reason,
    }  # fmt: skip


def composite_columns(columns: Sequence[dict[str, Any]], n_schools: Whole, pupils: Floats) -> dict[str, Any]:
    """:func:`coefficient_columns` of the plain mean of these coefficients; ``n_missing`` counts coefficients."""
    cv = np.ascontiguousarray(np.array([column["cv"] for column in columns]).T)
    unknown: Whole = np.isnan(cv).sum(axis=1)
    nothing = np.full(len(cv), np.nan)
    reason = np.full(len(cv), "", dtype=object)
    for group in np.flatnonzero(unknown).tolist():
        reason[group] = unknown_coefficients(int(unknown[group]))
    return {
        "mean": nothing, "sd": nothing, "cv": cv.mean(axis=1), "n_schools": n_schools, "n_missing": unknown,
        "enrolment": pupils, "reason": reason,
    }  # fmt: skip


def interleaved(columns: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Columns of several indicators as one: the first group's row of each, then the next group's."""
    return {name: np.stack([column[name] for column in columns], axis=1).ravel() for name in columns[0]}


def _count(mask: Mask, start: Whole) -> Whole:
    """How many rows of each group are in the mask."""
    if not mask.any():
        return np.zeros(len(start), dtype=np.int64)
    counts: Whole = np.add.reduceat(mask, start, dtype=np.int64)
    return counts


def compute_coefficients(indicators: pd.DataFrame, indicator_ids: Sequence[str]) -> pd.DataFrame:
    """County mean, sd and CV per year, stage and indicator, and the composite of each stage.

    ``indicators`` as in ``docs/developer/frames.md``; ``indicator_ids`` in regime order (an
    indicator without any row still gets one, *not assessable*). Columns: see the same page.
    ``reason`` is a statement, and empty where the coefficient could be computed.
    """
    if indicators.empty:
        return pd.DataFrame(columns=list(COLUMNS))
    numbers, first = group_numbers(indicators, GROUP)
    filed = {name: indicators[name].to_numpy(np.float64) for name in ("value", "resource", "enrolment")}
    of_indicator = indicators["indicator"].to_numpy(dtype=object)
    no_sponsor = _names_sponsor(indicators)
    parts = []
    for indicator in indicator_ids:
        own = np.flatnonzero(of_indicator == indicator)
        own = own[np.argsort(numbers[own], kind="stable")]
        present, start = np.unique(numbers[own], return_index=True)
        value, resource, enrolment = (column[own] for column in filed.values())
        found = coefficient_columns(
            resource, enrolment, np.isnan(value), no_sponsor[own], start, sums(enrolment, start)
        )
        whole: dict[str, Any] = _nothing(len(first))
        for name, column in found.items():
            whole[name][present] = column
        parts.append(whole)
    school = pd.factorize(indicators["school_code"])[0]
    alone = np.sort(np.unique(numbers * (school.max() + 1) + school, return_index=True)[1])
    n_schools = np.bincount(numbers[alone], minlength=len(first)).astype(np.int64)
    pupils = np.bincount(numbers[alone], filed["enrolment"][alone], len(first)).astype(np.float64)
    columns = interleaved([*parts, composite_columns(parts, n_schools, pupils)])
    names = [*indicator_ids, COMPOSITE]
    frame = indicators.iloc[np.repeat(first, len(names))][GROUP].reset_index(drop=True)
    frame = frame.assign(indicator=pd.array(names * len(first), dtype="str"), **columns)
    return frame[list(COLUMNS)]


def _nothing(groups: int) -> dict[str, Any]:
    """:func:`coefficient_columns` of groups without a school."""
    none: Whole = np.zeros(groups, dtype=np.int64)
    unknown = np.full((3, groups), np.nan)
    return {
        "mean": unknown[0], "sd": unknown[1], "cv": unknown[2], "n_schools": none, "n_missing": none.copy(),
        "enrolment": np.zeros(groups), "reason": np.full(groups, reason_of(0, 0, 0, np.nan, np.nan), dtype=object),
    }  # fmt: skip


def _names_sponsor(indicators: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Rows without a value because the scope asks for a sponsor that is blank."""
    if "missing" not in indicators:
        return np.zeros(len(indicators), dtype=bool)
    texts = indicators["missing"].tolist()
    return np.array(
        [isinstance(text, str) and SPONSOR_CODE in text.split("、") for text in texts], dtype=bool
    )


def reason_of(
    n_schools: int, n_missing: int, n_without_sponsor: int, mean: float, cv: float
) -> Statement | str:
    """Why a coefficient could not be computed; empty where it could."""
    if n_schools == 0:
        return Statement("reason.no_school")
    if n_without_sponsor:
        if n_without_sponsor == n_schools:
            return Statement("reason.no_sponsor_at_all")
        return Statement("reason.no_sponsor", {"n": n_without_sponsor})
    if n_missing:
        return (
            Statement("reason.missing", {"n": n_missing})
            if n_missing < n_schools
            else Statement("reason.all_missing")
        )
    if n_schools == 1:
        return Statement("reason.single_school")
    if mean == 0:
        return Statement("reason.zero_mean")
    return Statement("reason.no_pupils") if np.isnan(cv) else ""


def unknown_coefficients(number: int) -> Statement | str:
    """Why a composite could not be computed: so many of its coefficients could not; empty for none."""
    return Statement("reason.unknown_coefficients", {"n": number}) if number else ""
