"""Values that were filed already computed (form Ⅱ-2): taken as they are, because no numerators are at hand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd

from balance_analysis.exact import as_filed
from balance_analysis.regimes.model import Indicator, Regime
from balance_analysis.terms import Stage

VALUES_GIVEN = "values_given"
"""Column that marks a row whose values were filed already computed."""
PER_HUNDRED = 100


def given_field(stage: str, indicator: Indicator) -> str:
    """The column that holds an already computed value, named by its basis so that regimes do not mix.

    ``primary_backbone_teachers_per_100_pupils``, ``junior_secondary_sports_area_per_pupil``.
    """
    basis = "per_100_pupils" if Fraction(indicator.scale) == PER_HUNDRED else "per_pupil"
    return f"{stage}_{indicator.id}_{basis}"


def has_values(row: Mapping[str, Any]) -> bool:
    """Whether a filed row holds values instead of numerators."""
    return row.get(VALUES_GIVEN) == 1


def given_parts(row: dict[str, Any], regime: Regime) -> Iterator[dict[str, Any]]:
    """One part per stage and indicator of a row that holds values; a blank value is missing and named."""
    for stage in Stage:
        pupils = row[f"{stage}_enrolment"]
        if pd.isna(pupils) or pupils <= 0:
            continue
        for indicator in regime.indicators:
            name = given_field(stage, indicator)
            value = row.get(name, np.nan)
            exact = None if pd.isna(value) else as_filed(float(value))
            yield {
                "row": row,
                "main": row["school_code"],
                "stage": stage,
                "indicator": indicator,
                "amount": None,
                "given": exact,
                "pupils": as_filed(float(pupils)),
                "weight": Fraction(1),
                "base": as_filed(float(pupils)),
                "missing": (name,) if exact is None else (),
            }
