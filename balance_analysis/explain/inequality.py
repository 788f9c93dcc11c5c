"""Companions of the coefficient of variation: Theil T, mean logarithmic deviation and Gini, by pupils.

Every pupil counts once, with the per-pupil value of the pupil's school. With pupil shares p_i = n_i/N and
resource shares s_i = r_i/R::

    Theil T = Σ s_i ln(s_i/p_i)        0·ln 0 = 0: a school with nothing is part of the inequality
    MLD     = Σ p_i ln(p_i/s_i)        infinite as soon as one school with pupils has nothing
    Gini    = Σ_i Σ_j p_i p_j |x_i − x_j| / (2x̄)

They are shown beside the coefficient and never judged. What each does
with zeros differs between programs: here Theil T keeps them, MLD is NaN with the reason ``zero_resource``,
and ``mld_without_zeros`` is the variant of the programs that drop such schools. Decision record 0011.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from balance_analysis.exact import Floats
from balance_analysis.explain.cells import Table, cells

ZERO_RESOURCE = "zero_resource"


def theil_t(resource: Floats, enrolment: Floats) -> float:
    """Return Theil's T, 0 (all equal) … ln(N/n_min) (one school has everything); zeros are kept.

    >>> float(round(theil_t(np.array([279.0, 137.0, 935.0, 160.0, 402.0]),
    ...                     np.array([45.0, 37.0, 89.0, 76.0, 55.0])), 12))
    0.143629554797
    """
    resource_share, pupil_share = resource / resource.sum(), enrolment / enrolment.sum()
    held = resource_share > 0
    return float((resource_share[held] * np.log(resource_share[held] / pupil_share[held])).sum())


def mean_log_deviation(resource: Floats, enrolment: Floats, *, drop_zeros: bool = False) -> float:
    """Return the mean logarithmic deviation (Theil's L); NaN where a school has no resource at all.

    With ``drop_zeros`` such schools and their pupils are left out first, as several programs do without
    saying so; the result then describes another, smaller county.
    """
    held = resource > 0
    if drop_zeros:
        resource, enrolment = resource[held], enrolment[held]
    elif not held.all():
        return float("nan")
    resource_share, pupil_share = resource / resource.sum(), enrolment / enrolment.sum()
    return float((pupil_share * np.log(pupil_share / resource_share)).sum())


def gini(resource: Floats, enrolment: Floats) -> float:
    """Return the pupil-weighted Gini coefficient, 0 … 1, population form (no n/(n−1)).

    Computed from the Lorenz curve with the schools ordered by value, which equals the mean absolute
    difference form; ties need no care.
    """
    order = np.argsort(resource / enrolment, kind="stable")
    pupil_share = enrolment[order] / enrolment.sum()
    lorenz = np.concatenate([[0.0], np.cumsum(resource[order]) / resource.sum()])
    return float(1 - (pupil_share * (lorenz[1:] + lorenz[:-1])).sum())


def companion_measures(table: Table) -> pd.DataFrame:
    """Return Theil T, MLD and Gini of every cell.

    Columns: cell key, n_schools, n_missing, n_zero (schools with pupils and nothing of the resource),
    zero_pupil_share (share of the pupils in them), theil_t, mld, mld_without_zeros, gini, mld_reason
    (``zero_resource`` or empty), reason (why the whole cell is not assessable).
    """
    county, records = cells(table), list[dict[str, Any]]()
    for cell in county:
        record: dict[str, Any] = {
            **cell.key,
            "n_schools": cell.n_schools,
            "n_missing": cell.n_missing,
            "reason": cell.reason,
            "mld_reason": "",
        }
        if not cell.reason:
            resource, enrolment = cell.resource, cell.enrolment
            nothing = resource == 0
            record |= {
                "n_zero": int(nothing.sum()),
                "zero_pupil_share": float(enrolment[nothing].sum() / enrolment.sum()),
                "theil_t": theil_t(resource, enrolment),
                "mld": mean_log_deviation(resource, enrolment),
                "mld_without_zeros": mean_log_deviation(resource, enrolment, drop_zeros=True),
                "gini": gini(resource, enrolment),
                "mld_reason": ZERO_RESOURCE if nothing.any() else "",
            }
        records.append(record)
    columns = [
        *county.keys, "n_schools", "n_missing", "n_zero", "zero_pupil_share", "theil_t", "mld",
        "mld_without_zeros", "gini", "mld_reason", "reason",
    ]  # fmt: skip
    return pd.DataFrame.from_records(records, columns=columns)
