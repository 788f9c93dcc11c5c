"""What the size rules need of each school: pupils and classes, campuses included, with the regime's limits."""

from __future__ import annotations

import numpy as np
import pandas as pd

from balance_analysis.exact import Floats
from balance_analysis.measures.columns import Column, SchoolColumns, schools_of_year
from balance_analysis.measures.counted import LARGEST_CLASS
from balance_analysis.measures.items.size import SEVERAL_STAGES
from balance_analysis.regimes.model import Regime
from balance_analysis.terms import ALL_STAGES, Stage


def school_places(schools: pd.DataFrame, regime: Regime, year: int) -> pd.DataFrame | None:
    """Pupils and classes per school and stage with the limits of the size rules.

    Columns: school_code, stage, size_pupils, size_limit, classes, class_limit, largest_class (that of the stage where
    it is filed, else that of the school unless it may have senior pupils). None where the regime has no size rules. A
    figure that a campus should have filed and left blank is missing for the school.
    """
    size, classes = regime.item_of("school_size"), regime.item_of("class_size")
    single, several = (
        regime.limit(size.id, measure, ALL_STAGES) if size else None
        for measure in ("enrolment_single_stage", "enrolment_nine_or_twelve_year")
    )
    if single is None or several is None:
        return None
    counted = schools_of_year(schools, regime, year=year)
    those = SchoolColumns(counted, counted.counts)
    of_several = np.isin(those.school_type.astype(str), SEVERAL_STAGES)
    of_school = np.where(those.may_have_seniors, np.nan, those.most(LARGEST_CLASS))
    parts = []
    for stage in Stage:
        limit = regime.limit(classes.id, "class_size", stage) if classes else None
        largest = those.most(f"{stage}_{LARGEST_CLASS}")
        columns = {
            "school_code": those.code,
            "stage": str(stage),
            "size_pupils": _floats(those.pupils),
            "size_limit": np.where(of_several, float(several.value), float(single.value)),
            "classes": _floats(those.number(f"{stage}_classes")),
            "class_limit": float(limit.value) if limit is not None else float("nan"),
            "largest_class": np.where(np.isnan(largest), of_school, largest),
        }
        parts.append(pd.DataFrame(columns))
    return pd.concat(parts, ignore_index=True)


def _floats(column: Column) -> Floats:
    """The numbers of a column; NaN where they are not known."""
    found: Floats = np.full(len(column), np.nan)
    found[column.known] = (column.top / column.bottom)[column.known].astype(np.float64)
    return found
