"""Which stratum (城区/镇区/乡村, or the file's own division) each school belongs to."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

URBAN_RURAL_FIELD = "urban_rural_code"
URBAN_AND_TOWN = ("urban", "town")
RURAL = "rural"


def assign_strata(schools: pd.DataFrame, field: str, area_codes: Mapping[str, str]) -> pd.Series:
    """Stratum id per school; missing where the file does not say.

    The statistical code is translated by the regime's dated ``area_codes``; any other field
    already holds the file's own strata and is taken as it is.
    """
    column = schools[field] if field in schools else pd.Series(None, index=schools.index, dtype="str")
    if field == URBAN_RURAL_FIELD:
        column = column.map(area_codes)
    return column.astype("str")
