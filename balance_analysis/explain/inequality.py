"""Companions of the coefficient of variation: Theil T, mean logarithmic deviation and Gini, by pupils.

Every pupil counts once, with the per-pupil value of the pupil's school. With pupil shares p_i = n_i/N and
resource shares s_i = r_i/R::

    Theil T = Σ s_i ln(s_i/p_i)        0·ln 0 = 0: a school with nothing is part of the inequality
    MLD     = Σ p_i ln(p_i/s_i)        infinite as soon as one school with pupils has nothing
    Gini    = Σ_i Σ_j p_i p_j |x_i − x_j| / (2x̄)

They are shown beside the coefficient and never judged. Theil T and MLD split exactly into between and
within groups; the Gini does not (ranges of groups overlap), so no split of it is offered. What each does
with zeros differs between programs: here Theil T keeps them, MLD is NaN with the reason ``zero_resource``,
and ``mld_without_zeros`` is the variant of the programs that drop such schools. Decision record 0011.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from balance_analysis.explain.cells import Vector, cells, key_columns

ZERO_RESOURCE = "zero_resource"
_TERMS = ["group", "pupil_share", "resource_share", "between", "within"]


def theil_t(resource: Vector, enrolment: Vector) -> float:
    """Return Theil's T, 0 (all equal) … ln(N/n_min) (one school has everything); zeros are kept.

    >>> float(round(theil_t(np.array([279.0, 137.0, 935.0, 160.0, 402.0]),
    ...                     np.array([45.0, 37.0, 89.0, 76.0, 55.0])), 12))
    0.143629554797
    """
    resource_share, pupil_share = resource / resource.sum(), enrolment / enrolment.sum()
    held = resource_share > 0
    return float((resource_share[held] * np.log(resource_share[held] / pupil_share[held])).sum())


def mean_log_deviation(resource: Vector, enrolment: Vector, *, drop_zeros: bool = False) -> float:
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


def gini(resource: Vector, enrolment: Vector) -> float:
    """Return the pupil-weighted Gini coefficient, 0 … 1, population form (no n/(n−1)).

    Computed from the Lorenz curve with the schools ordered by value, which equals the mean absolute
    difference form; ties need no care.
    """
    order = np.argsort(resource / enrolment, kind="stable")
    pupil_share = enrolment[order] / enrolment.sum()
    lorenz = np.concatenate([[0.0], np.cumsum(resource[order]) / resource.sum()])
    return float(1 - (pupil_share * (lorenz[1:] + lorenz[:-1])).sum())


def decompose_theil_t(resource: Vector, enrolment: Vector, group: npt.NDArray[np.object_]) -> pd.DataFrame:
    """Split Theil T: T = Σ s_g ln(s_g/p_g) + Σ s_g T_g; one row per group, ``between`` and ``within``.

    Missing group labels form their own group (label ``None``). Columns: group, pupil_share, resource_share,
    between, within. A group without any resource contributes 0 to both (0·ln 0 = 0).
    """
    records = []
    for label, pupils, amount in _grouped(resource, enrolment, group):
        pupil_share, resource_share = pupils.sum() / enrolment.sum(), amount.sum() / resource.sum()
        between = resource_share * np.log(resource_share / pupil_share) if resource_share > 0 else 0.0
        within = resource_share * theil_t(amount, pupils) if resource_share > 0 else 0.0
        records.append((label, float(pupil_share), float(resource_share), float(between), float(within)))
    return pd.DataFrame.from_records(records, columns=_TERMS)


def decompose_mean_log_deviation(
    resource: Vector, enrolment: Vector, group: npt.NDArray[np.object_]
) -> pd.DataFrame:
    """Split MLD: L = Σ p_g ln(p_g/s_g) + Σ p_g L_g; columns as :func:`decompose_theil_t`.

    NaN in both columns of a group that holds nothing, NaN within a group where one school holds nothing.
    """
    records = []
    for label, pupils, amount in _grouped(resource, enrolment, group):
        pupil_share, resource_share = pupils.sum() / enrolment.sum(), amount.sum() / resource.sum()
        known = resource_share > 0
        between = pupil_share * np.log(pupil_share / resource_share) if known else float("nan")
        within = pupil_share * mean_log_deviation(amount, pupils) if known else float("nan")
        records.append((label, float(pupil_share), float(resource_share), float(between), float(within)))
    return pd.DataFrame.from_records(records, columns=_TERMS)


def _grouped(
    resource: Vector, enrolment: Vector, group: npt.NDArray[np.object_]
) -> list[tuple[object, Vector, Vector]]:
    codes, labels = pd.factorize(pd.Series(group, dtype=object), sort=True, use_na_sentinel=True)
    found: list[tuple[object, Vector, Vector]] = []
    for code in sorted(set(codes.tolist()), key=lambda number: (number < 0, number)):
        inside = codes == code
        found.append((labels[code] if code >= 0 else None, enrolment[inside], resource[inside]))
    return found


def companion_measures(table: pd.DataFrame) -> pd.DataFrame:
    """Return Theil T, MLD and Gini of every cell.

    Columns: cell key, n_schools, n_missing, n_zero (schools with pupils and nothing of the resource),
    zero_pupil_share (share of the pupils in them), theil_t, mld, mld_without_zeros, gini, mld_reason
    (``zero_resource`` or empty), reason (why the whole cell is not assessable).
    """
    records: list[dict[str, object]] = []
    for cell in cells(table):
        record: dict[str, object] = {
            **cell.key,
            "n_schools": len(cell.rows),
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
        *key_columns(table), "n_schools", "n_missing", "n_zero", "zero_pupil_share", "theil_t", "mld",
        "mld_without_zeros", "gini", "mld_reason", "reason",
    ]  # fmt: skip
    return pd.DataFrame.from_records(records, columns=columns)


def decompose_companions(table: pd.DataFrame, by: str) -> pd.DataFrame:
    """Return, per cell, Theil T and MLD split between and within the groups of column ``by``.

    Columns: cell key, grouping, n_groups (a missing label is a group), theil_t, theil_t_between,
    theil_t_within, mld, mld_between, mld_within (NaN where a school holds nothing), reason.
    """
    records: list[dict[str, object]] = []
    for cell in cells(table):
        record: dict[str, object] = {**cell.key, "grouping": by, "reason": cell.reason}
        if not cell.reason:
            group = cell.rows[by].to_numpy(dtype=object)
            for name, split in (
                ("theil_t", decompose_theil_t(cell.resource, cell.enrolment, group)),
                ("mld", decompose_mean_log_deviation(cell.resource, cell.enrolment, group)),
            ):
                between, within = split["between"].sum(skipna=False), split["within"].sum(skipna=False)
                record |= {name: between + within, f"{name}_between": between, f"{name}_within": within}
                record["n_groups"] = len(split)
        records.append(record)
    columns = [
        *key_columns(table), "grouping", "n_groups", "theil_t", "theil_t_between", "theil_t_within", "mld",
        "mld_between", "mld_within", "reason",
    ]  # fmt: skip
    return pd.DataFrame.from_records(records, columns=columns)
