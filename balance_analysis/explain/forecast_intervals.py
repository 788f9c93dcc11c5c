"""The band around a forecast, year by year up to the target year: what the stated probability looks like drawn.

The same Student distribution that gives the probability of :mod:`balance_analysis.explain.projection`
(decision record 0013), so that a band which reaches the limit and a probability below one tell the same story.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

from balance_analysis.explain.cells import key_columns
from balance_analysis.explain.projection import NATURAL_BOUNDS, SERIES_COLUMNS, CutOffs, widened


def forecast_intervals(
    projection: pd.DataFrame, *, level: float, minimum_origins: int = CutOffs().minimum_origins
) -> pd.DataFrame:
    """Return one row per series and year after the last figure, the target year included.

    ``projection`` is the frame of :func:`balance_analysis.explain.projection.project_trends`. Columns:
    series columns, ``year``, ``centre``, ``low``, ``high``. The band is that of ``probability_method``: its
    one-year back-test error, widened over the years, Student's t with as many degrees of freedom as origins,
    two-sided at ``level``, cut off at what the measure can be. The centre runs straight from the last
    value to the forecast. Series with fewer than ``minimum_origins`` back-test origins, without a value or
    without years left have no rows: no band is better than an invented one.

    >>> series = {"measure": "cv", "last_year": 2020, "years_left": 1, "last_value": 0.5, "n_origins": 4,
    ...           "error_scale": 0.02, "probability_method": "last_value", "forecast_last_value": 0.5}
    >>> forecast_intervals(pd.DataFrame([series]), level=0.9).round(4).to_dict("records")
    [{'measure': 'cv', 'year': 2021, 'centre': 0.5, 'low': 0.4523, 'high': 0.5477}]
    """
    keys = key_columns(projection, SERIES_COLUMNS)
    records: list[dict[str, object]] = []
    for row in projection.to_dict("records"):
        if not row["n_origins"] >= minimum_origins or not row["years_left"] > 0:
            continue
        ahead, origins = int(row["years_left"]), int(row["n_origins"])
        last, aim = float(row["last_value"]), float(row[f"forecast_{row['probability_method']}"])
        bounds = NATURAL_BOUNDS.get(str(row.get("measure", "")), (-float("inf"), float("inf")))
        spread = float(stats.t.ppf((1 + level) / 2, origins))
        for years in range(1, ahead + 1):
            centre = last + (aim - last) * years / ahead
            half = spread * widened(float(row["error_scale"]), years, origins)
            low, high = (float(np.clip(edge, *bounds)) for edge in (centre - half, centre + half))
            record = {str(name): row[name] for name in keys}
            records.append(
                {**record, "year": int(row["last_year"]) + years, "centre": centre, "low": low, "high": high}
            )
    return pd.DataFrame.from_records(records, columns=[*keys, "year", "centre", "low", "high"])
