"""Urban, town and rural (or any strata) side by side: means, ratios, differences, pupils below the limit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from balance_analysis.exact import Floats, Whole
from balance_analysis.measures.coefficients import GROUP, spread
from balance_analysis.measures.grouping import groups
from balance_analysis.terms import Outcome

COLUMNS = (
    *GROUP,
    "indicator",
    "stratum",
    "n_schools",
    "n_missing",
    "enrolment",
    "mean",
    "cv",
    "county_mean",
    "ratio_to_county",
    "reference_stratum",
    "difference_to_reference",
    "ratio_to_reference",
    "share_of_pupils_below_limit",
)


def compute_gaps(indicators: pd.DataFrame, *, reference: str) -> pd.DataFrame:
    """Mean of every stratum beside the county's and beside the reference stratum's.

    ``indicators`` with an optional ``limit`` column (then the share of pupils in schools below it
    is given). Means are ratios of totals over schools *with* data (``n_missing`` counts the rest).
    A ratio above 1 says that the stratum has *more* per pupil than the reference; small rural
    schools often do. Schools without a stratum appear under the empty stratum. Columns as in
    ``docs/developer/frames.md``.
    """
    rows: list[dict[str, Any]] = []
    columns = {name: indicators[name].to_numpy(np.float64) for name in ("value", "resource", "enrolment")}
    below = _below_limit(indicators)
    strata = indicators["stratum"].fillna("").to_numpy(dtype=object)
    heads = {name: indicators[name].tolist() for name in (*GROUP, "indicator")}
    for group in groups(indicators, [*GROUP, "indicator"]):
        filled = group[~np.isnan(columns["value"][group])]
        county_mean = _mean_and_cv(columns, filled)[0]
        parts = {stratum: group[strata[group] == stratum] for stratum in sorted(set(strata[group]))}
        known = {stratum: part[~np.isnan(columns["value"][part])] for stratum, part in parts.items()}
        figures = {stratum: _mean_and_cv(columns, part) for stratum, part in known.items()}
        compared = figures[reference][0] if reference in figures else float("nan")
        for stratum, part in parts.items():
            mean, cv = figures[stratum]
            rows.append(
                {
                    **{name: values[group[0]] for name, values in heads.items()},
                    "stratum": stratum,
                    "n_schools": len(part),
                    "n_missing": len(part) - len(known[stratum]),
                    "enrolment": float(columns["enrolment"][part].sum()),
                    "mean": mean,
                    "cv": cv,
                    "county_mean": county_mean,
                    "ratio_to_county": _ratio(mean, county_mean),
                    "reference_stratum": reference,
                    "difference_to_reference": mean - compared,
                    "ratio_to_reference": _ratio(mean, compared),
                    "share_of_pupils_below_limit": _share(below, columns["enrolment"], known[stratum]),
                }
            )
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _mean_and_cv(columns: Mapping[str, Floats], rows: Whole) -> tuple[float, float]:
    mean, _, cv = spread(columns["resource"][rows], columns["enrolment"][rows])
    return mean, cv


def _ratio(value: float, other: float) -> float:
    return value / other if other else float("nan")


def _below_limit(indicators: pd.DataFrame) -> Floats:
    """1 where a value is below its limit, 0 where it is not, NaN where there is no limit."""
    if "limit" not in indicators:
        return np.full(len(indicators), np.nan)
    below = (indicators["outcome"] != Outcome.MET).to_numpy(np.float64)
    return np.where(indicators["limit"].isna(), np.nan, below)


def _share(below: Floats, enrolment: Floats, rows: Whole) -> float:
    if not len(rows) or np.isnan(below[rows]).any():
        return float("nan")
    return float(enrolment[rows][below[rows] == 1].sum() / enrolment[rows].sum())
