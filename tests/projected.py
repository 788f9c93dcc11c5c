"""The projection as a frame, with whatever series columns the trends have."""

from __future__ import annotations

from typing import Any

import pandas as pd

from balance_analysis.explain.cells import key_columns
from balance_analysis.explain.projection import SERIES_COLUMNS, project_series, projection_frame


def projected(trends: pd.DataFrame, **chosen: Any) -> pd.DataFrame:
    """One row per series."""
    return projection_frame(project_series(trends, **chosen), key_columns(trends, SERIES_COLUMNS))
