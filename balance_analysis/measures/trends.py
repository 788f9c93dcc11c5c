"""Year by year: values, changes, and how far it still is to the limit in the target year."""

from __future__ import annotations

import numpy as np
import pandas as pd

SERIES = ["division_code", "county", "stage", "indicator", "measure"]
AT_THE_LIMIT = 1e-12
"""Relative distance that is the last bits of a float and not a shortfall."""
COLUMNS = (
    *SERIES,
    "year",
    "value",
    "previous_year",
    "change",
    "limit",
    "relation",
    "distance",
    "target_year",
    "years_left",
    "pace_needed",
)


def compute_trends(series: pd.DataFrame, *, target_year: int | None) -> pd.DataFrame:
    """Changes and distances of yearly series.

    ``series`` has SERIES, ``year``, ``value``, ``limit``, ``relation`` (``at_least`` / ``at_most``,
    missing where there is no limit). ``change`` is against the previous *filed* year. ``distance``
    is what is still to go in the unit of the value (positive = not there yet, zero or negative =
    there); ``pace_needed`` is distance per remaining year, missing when the target year is past or
    none is given and the limit is not yet met, zero when it is.
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
    to_go = frame["distance"].clip(lower=0)
    pace = to_go / frame["years_left"].where(frame["years_left"] > 0)
    frame["pace_needed"] = pace.where(to_go > 0, to_go)
    return frame[list(COLUMNS)]
