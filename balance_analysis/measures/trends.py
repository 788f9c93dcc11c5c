"""Year by year: values, changes, and how far it still is to the limit in the target year."""

from __future__ import annotations

import numpy as np
import pandas as pd

from balance_analysis.terms import Outcome, Relation

SERIES = ["division_code", "county", "stage", "indicator", "measure"]
AT_THE_LIMIT = 1e-12
"""Relative distance that is the last bits of a float and not a shortfall."""
COLUMNS = (
    *SERIES,
    "year",
    "value",
    "lowest",
    "highest",
    "n_schools",
    "n_known",
    "previous_year",
    "change",
    "limit",
    "relation",
    "outcome",
    "distance",
    "target_year",
    "years_left",
    "pace_needed",
)


def compute_trends(series: pd.DataFrame, *, target_year: int | None) -> pd.DataFrame:
    """Changes and distances of yearly series.

    ``series`` has SERIES, ``year``, ``value``, ``lowest``, ``highest``, ``n_schools``, ``n_known``, ``limit``,
    ``relation`` (a :class:`Relation`, empty where there is no limit). Where something is unknown ``value`` is missing
    and ``lowest`` to ``highest`` is what it can be, as far as that is known at all.

    ``change`` is against the previous *filed* year. ``outcome`` is met where the whole range holds the limit, not_met
    where none of it does, else not_assessable; empty without a limit. ``distance`` is what is still to go in the unit
    of the value (positive = not there yet, zero or negative = there; missing for a range); ``pace_needed`` is distance
    per remaining year, zero where the limit is met, missing when the target year is past or none is given.
    """
    frame = series.copy()
    frame["_first"] = pd.MultiIndex.from_frame(frame[SERIES]).factorize()[0]
    frame = frame.sort_values(["_first", "year"], ignore_index=True)
    grouped = frame.groupby(SERIES, sort=False)
    frame["previous_year"] = grouped["year"].shift()
    frame["change"] = frame["value"] - grouped["value"].shift()
    sign = frame["relation"].map({"at_least": 1.0, "at_most": -1.0, "below": -1.0}).astype("float64")
    frame["distance"] = (frame["limit"] - frame["value"]) * sign
    there = frame["distance"].abs() <= AT_THE_LIMIT * frame["limit"].abs()
    frame["distance"] = frame["distance"].mask(there, 0.0)
    frame["target_year"] = np.nan if target_year is None else float(target_year)
    frame["years_left"] = frame["target_year"] - frame["year"]
    frame["outcome"] = _outcomes(frame)
    pace = frame["distance"] / frame["years_left"].where(frame["years_left"] > 0)
    frame["pace_needed"] = pace.mask(frame["outcome"] == Outcome.MET, 0.0)
    return frame[list(COLUMNS)]


def _outcomes(frame: pd.DataFrame) -> pd.Series:
    """What the range says for certain; a value at the limit is met unless strictly below is asked for."""
    slack = AT_THE_LIMIT * frame["limit"].abs()
    upwards = frame["relation"] == Relation.AT_LEAST
    strict = frame["relation"] == Relation.BELOW
    worst = frame["lowest"].where(upwards, frame["highest"])
    best = frame["highest"].where(upwards, frame["lowest"])

    def holds(edge: pd.Series) -> pd.Series:
        ahead = (edge - frame["limit"]).where(upwards, frame["limit"] - edge)
        return (ahead > slack) | (~strict & (ahead >= -slack))

    outcome = pd.Series(Outcome.NOT_ASSESSABLE.value, index=frame.index, dtype="str")
    outcome = outcome.mask(best.notna() & ~holds(best), Outcome.NOT_MET.value)
    outcome = outcome.mask(worst.notna() & holds(worst), Outcome.MET.value)
    return outcome.mask(frame["limit"].isna() | (frame["relation"] == ""), "")
