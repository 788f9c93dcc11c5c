"""The coefficient of variation (差异系数) and its companions on the county table.

Definition (regulation §1): with x_i = r_i/n_i and x̄ = Σr/Σn, S = sqrt(Σ (n_i/N)(x_i − x̄)²) and
CV = S/x̄ — weighted by enrolment, population form.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import fsum
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from balance_analysis.exact import Floats, Whole
from balance_analysis.measures.counted import SPONSOR_CODE
from balance_analysis.measures.grouping import groups
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
    mean, sd, cv = spreads(totals, pupils, np.array([0, len(totals)]))
    return float(mean[0]), float(sd[0]), float(cv[0])


def spreads(resource: Floats, enrolment: Floats, bounds: Whole) -> tuple[Floats, Floats, Floats]:
    """:func:`spread` of many groups at once: group k are the rows from ``bounds[k]`` to ``bounds[k + 1]``.

    The bits are those of each group by itself: every sum is rounded once.
    """
    mean, sd, cv = (np.full(len(bounds) - 1, np.nan) for _ in range(3))
    sizes = np.diff(bounds)
    faulty = np.concatenate([[0], np.cumsum(~((resource >= 0) & (enrolment > 0)))])
    whole = np.flatnonzero((sizes > 0) & (faulty[bounds[1:]] == faulty[bounds[:-1]]))
    spans = list(zip(bounds[whole].tolist(), bounds[whole + 1].tolist(), strict=True))

    def totals(column: Floats) -> Floats:
        listed = column.tolist()
        return np.array([fsum(listed[start:end]) for start, end in spans], dtype=np.float64)

    pupils = totals(enrolment)
    mean[whole] = totals(resource) / pupils
    with np.errstate(divide="ignore", invalid="ignore"):
        spread_of = enrolment * (resource / enrolment - np.repeat(mean, sizes)) ** 2
        deviation = np.sqrt(totals(spread_of) / pupils)
        several = (sizes[whole] > 1) & (mean[whole] != 0)
        sd[whole[several]] = deviation[several]
        cv[whole[several]] = deviation[several] / mean[whole[several]]
    return mean, sd, cv


def compute_coefficients(indicators: pd.DataFrame, indicator_ids: Sequence[str]) -> pd.DataFrame:
    """County mean, sd and CV per year, stage and indicator, and the composite of each stage.

    ``indicators`` as in ``docs/developer/frames.md``; ``indicator_ids`` in regime order (an
    indicator without any row still gets one, *not assessable*). Columns: see the same page.
    ``reason`` is a statement, and empty where the coefficient could be computed.
    """
    rows: list[dict[str, Any]] = []
    columns = {name: indicators[name].to_numpy(np.float64) for name in ("value", "resource", "enrolment")}
    of_indicator = indicators["indicator"].to_numpy(dtype=object)
    codes = indicators["school_code"].to_numpy(dtype=object)
    no_sponsor = _names_sponsor(indicators)
    heads = {name: indicators[name].tolist() for name in GROUP}
    for group in groups(indicators, GROUP):
        head = {name: heads[name][group[0]] for name in GROUP}
        cvs = []
        for indicator in indicator_ids:
            own = group[of_indicator[group] == indicator]
            value, resource, enrolment = (columns[name][own] for name in ("value", "resource", "enrolment"))
            missing = int(np.isnan(value).sum())
            mean, sd, cv = spread(resource, enrolment)
            cvs.append(cv)
            rows.append(
                {
                    **head,
                    "indicator": indicator,
                    "mean": mean,
                    "sd": sd,
                    "cv": cv,
                    "n_schools": len(own),
                    "n_missing": missing,
                    "enrolment": float(enrolment.sum()),
                    "reason": reason_of(len(own), missing, int(no_sponsor[own].sum()), mean, cv),
                }
            )
        unknown = int(np.isnan(cvs).sum())
        schools, first = np.unique(codes[group].astype(str), return_index=True)
        rows.append(
            {
                **head,
                "indicator": COMPOSITE,
                "mean": float("nan"),
                "sd": float("nan"),
                "cv": float(np.mean(cvs)),
                "n_schools": len(schools),
                "n_missing": unknown,
                "enrolment": float(columns["enrolment"][group[first]].sum()),
                "reason": unknown_coefficients(unknown),
            }
        )
    return pd.DataFrame(rows, columns=list(COLUMNS))


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
