"""What the size rules need of each school: pupils and classes, campuses included, with the regime's limits."""

from __future__ import annotations

import numpy as np
import pandas as pd

from balance_analysis.measures.counted import LARGEST_CLASS, may_have_seniors
from balance_analysis.measures.items.size import SEVERAL_STAGES
from balance_analysis.regimes.model import Regime
from balance_analysis.terms import ALL_STAGES, Stage


def school_places(schools: pd.DataFrame, regime: Regime, year: int) -> pd.DataFrame | None:
    """Pupils and classes per school and stage with the limits of the size rules.

    Columns: school_code, stage, size_pupils, size_limit, classes, class_limit, largest_class (that of the stage where
    it is filed, else that of the school unless it may have senior pupils). None where the regime has no size rules. A
    figure blank at any campus is missing for the school.
    """
    size, classes = regime.item_of("school_size"), regime.item_of("class_size")
    single, several = (
        regime.limit(size.id, measure, ALL_STAGES) if size else None
        for measure in ("enrolment_single_stage", "enrolment_nine_or_twelve_year")
    )
    if single is None or several is None:
        return None
    rows = schools[schools["school_year"] == year]
    campus = rows["counted_as_school"].map(lambda value: value is False) & rows["main_school_code"].notna()
    main = rows["main_school_code"].where(campus, rows["school_code"])
    figures = [f"{stage}_{name}" for name in ("enrolment", "classes") for stage in Stage]
    sums = rows[figures].groupby(main, sort=False).sum(min_count=1)
    sums = sums.mask(rows[figures].isna().groupby(main, sort=False).any())
    types = rows[~campus].drop_duplicates("school_code").set_index("school_code")["school_type"]
    of_several = types.reindex(sums.index).isin(SEVERAL_STAGES)
    named = [LARGEST_CLASS, *(f"{stage}_{LARGEST_CLASS}" for stage in Stage)]
    largest = rows.reindex(columns=named).astype("float64").groupby(main, sort=False).max()
    seniors = pd.Series(may_have_seniors(rows), index=rows.index).groupby(main, sort=False).any()
    of_school = largest[LARGEST_CLASS].mask(seniors)
    parts = []
    for stage in Stage:
        limit = regime.limit(classes.id, "class_size", stage) if classes else None
        columns = {
            "school_code": sums.index,
            "stage": str(stage),
            "size_pupils": sums[[f"{each}_enrolment" for each in Stage]].sum(axis=1, min_count=2),
            "size_limit": np.where(of_several, float(several.value), float(single.value)),
            "classes": sums[f"{stage}_classes"],
            "class_limit": float(limit.value) if limit is not None else float("nan"),
            "largest_class": largest[f"{stage}_{LARGEST_CLASS}"].combine_first(of_school),
        }
        parts.append(pd.DataFrame(columns).reset_index(drop=True))
    return pd.concat(parts, ignore_index=True)
