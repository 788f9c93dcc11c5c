"""Urban, town and rural (or any strata) side by side: means, ratios, differences, pupils below the limit."""

from __future__ import annotations

from typing import Any

import pandas as pd

from balance_analysis.measures.coefficients import GROUP, spread

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
    for keys, group in indicators.groupby([*GROUP, "indicator"], sort=False):
        known = group[group["value"].notna()]
        county_mean = spread(known["resource"], known["enrolment"])[0]
        rows_of_group: list[dict[str, Any]] = []
        for stratum, schools in group.assign(stratum=group["stratum"].fillna("")).groupby(
            "stratum", sort=True
        ):
            filled = schools[schools["value"].notna()]
            mean, _, cv = spread(filled["resource"], filled["enrolment"])
            rows_of_group.append(
                {
                    **dict(zip([*GROUP, "indicator"], keys, strict=True)),
                    "stratum": stratum,
                    "n_schools": len(schools),
                    "n_missing": len(schools) - len(filled),
                    "enrolment": float(schools["enrolment"].sum()),
                    "mean": mean,
                    "cv": cv,
                    "county_mean": county_mean,
                    "ratio_to_county": _ratio(mean, county_mean),
                    "reference_stratum": reference,
                    "share_of_pupils_below_limit": _below(filled),
                }
            )
        reference_mean = next(
            (row["mean"] for row in rows_of_group if row["stratum"] == reference), float("nan")
        )
        for row in rows_of_group:
            row["difference_to_reference"] = row["mean"] - reference_mean
            row["ratio_to_reference"] = _ratio(row["mean"], reference_mean)
        rows += rows_of_group
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _ratio(value: float, other: float) -> float:
    return value / other if other else float("nan")


def _below(schools: pd.DataFrame) -> float:
    if "limit" not in schools or schools.empty or schools["limit"].isna().any():
        return float("nan")
    return float(schools.loc[schools["outcome"] != "met", "enrolment"].sum() / schools["enrolment"].sum())
