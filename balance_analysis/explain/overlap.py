"""Strata side by side, in both directions: gap, overlap of their distributions, and what chance would do.

Nothing here is called an advantage or a disadvantage: small rural schools often have *more* per pupil. A pair
of strata is (a, b) in the order of their names; ``higher_stratum`` says which has more.

School records are a full count, so there is no sampling error: the difference *is* the county's difference.
The permutation test answers another question: if the same schools had been allotted to the two strata at
random, how often would the gap be at least as wide? A large p-value means that the gap is of the size which
school-to-school differences alone would bring about. Decision record 0014.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import combinations
from math import comb

import numpy as np
import numpy.typing as npt
import pandas as pd

from balance_analysis.exact import as_filed
from balance_analysis.explain.cells import Vector, cells, key_columns

NO_SCHOOL_IN_STRATUM = "no_school_in_stratum"


def probability_of_superiority(value_a: Vector, pupils_a: Vector, value_b: Vector, pupils_b: Vector) -> float:
    """Return how often a random pupil of a is in a school with more than that of a random pupil of b.

    Ties count half, so 0.5 means that neither side has more; the two directions sum to 1.
    """
    order = np.argsort(value_b, kind="stable")
    ordered, weight = value_b[order], np.concatenate([[0.0], np.cumsum(pupils_b[order])])
    below = weight[np.searchsorted(ordered, value_a, side="left")]
    not_above = weight[np.searchsorted(ordered, value_a, side="right")]
    return float((pupils_a * (below + not_above)).sum() / (2 * pupils_a.sum() * pupils_b.sum()))


def overlap_of_distributions(value_a: Vector, pupils_a: Vector, value_b: Vector, pupils_b: Vector) -> float:
    """Return 1 − D, D the largest distance of the two pupil-weighted distribution functions.

    1: the same distribution; 0: completely apart. Needs no bins. Where the densities cross once (one stratum
    shifted against the other) it equals the common area under both; else it is an upper bound of that area.
    """
    points = np.unique(np.concatenate([value_a, value_b]))

    def distribution(value: Vector, pupils: Vector) -> Vector:
        order = np.argsort(value, kind="stable")
        weight = np.concatenate([[0.0], np.cumsum(pupils[order])]) / pupils.sum()
        result: Vector = weight[np.searchsorted(value[order], points, side="right")]
        return result

    return float(1 - np.abs(distribution(value_a, pupils_a) - distribution(value_b, pupils_b)).max())


@lru_cache(maxsize=64)
def _allotments(
    schools: int, first: int, permutations: int, seed: int, exact_up_to: int
) -> npt.NDArray[np.bool_]:
    """Return rows of who is in the first stratum: all allotments, or as many random ones."""
    if comb(schools, first) <= exact_up_to:
        chosen = np.array(list(combinations(range(schools), first)), dtype=np.int64)
    else:
        generator = np.random.default_rng(seed)
        chosen = generator.random((permutations, schools)).argsort(axis=1)[:, :first]
    member: npt.NDArray[np.bool_] = np.zeros((len(chosen), schools), dtype=bool)
    np.put_along_axis(member, chosen, True, axis=1)
    return member


def permutation_test(
    resource: Vector,
    enrolment: Vector,
    in_first: npt.NDArray[np.bool_],
    *,
    permutations: int = 1999,
    seed: int = 20_170_419,
    exact_up_to: int = 20_000,
) -> tuple[float, int, bool]:
    """Return (two-sided p-value, allotments looked at, whether these were all of them).

    Statistic: absolute difference of the two ratios of totals. With all allotments p is exact; with random
    ones it is (1 + hits)/(1 + drawn), which keeps the test valid. Same seed, same p.
    """
    first, number = int(in_first.sum()), len(resource)
    member = _allotments(number, first, permutations, seed, exact_up_to)
    exact = comb(number, first) <= exact_up_to
    total_resource, total_pupils = float(resource.sum()), float(enrolment.sum())

    def gaps(rows: npt.NDArray[np.bool_]) -> Vector:
        held, pupils = rows @ resource, rows @ enrolment
        result: Vector = np.abs(held / pupils - (total_resource - held) / (total_pupils - pupils))
        return result

    observed = float(gaps(in_first[None, :])[0])
    hits = int((gaps(member) >= observed * (1 - 1e-12)).sum())
    return (
        (hits / len(member), len(member), True)
        if exact
        else ((1 + hits) / (1 + len(member)), len(member), False)
    )


def compare_strata(
    table: pd.DataFrame, *, permutations: int = 1999, seed: int = 20_170_419, exact_up_to: int = 20_000
) -> pd.DataFrame:
    """Return one row per cell and pair of strata.

    Columns: cell key; stratum_a, stratum_b; n_schools_a/b, enrolment_a/b, n_missing_a/b; mean_a, mean_b
    (ratios of totals over schools with data), difference (a − b), ratio (a ÷ b, NaN at mean_b = 0),
    higher_stratum (empty when equal), superiority_a (chance that a pupil of a has more than a pupil of b),
    overlap; p_value, n_allotments, exact; full_count (always True: there is no sampling error);
    n_without_stratum (schools that belong to no stratum and stay out); reason (``no_school_in_stratum``
    where a stratum has no school with data).
    """
    keys, records = key_columns(table), list[dict[str, object]]()
    strata = sorted(table["stratum"].dropna().astype(str).unique())
    everywhere = {tuple(cell.key.values()): cell for cell in cells(table)}
    groups = table.groupby(keys, sort=True, dropna=False) if keys else [((), table)]
    for values, filed in groups:
        cell = everywhere[tuple(values)]
        counts = filed[filed["resource"].isna() | filed["enrolment"].isna()]["stratum"].value_counts()
        for a, b in combinations(strata, 2):
            record: dict[str, object] = {
                **cell.key, "stratum_a": a, "stratum_b": b, "full_count": True, "reason": "",
                "n_missing_a": int(counts.get(a, 0)), "n_missing_b": int(counts.get(b, 0)),
                "n_without_stratum": int(cell.rows["stratum"].isna().sum()),
            }  # fmt: skip
            both = cell.rows[cell.rows["stratum"].isin([a, b])]
            record |= _pair(both, a, b, permutations, seed, exact_up_to)
            records.append(record)
    columns = [
        *keys, "stratum_a", "stratum_b", "n_schools_a", "n_schools_b", "enrolment_a", "enrolment_b", "n_missing_a",
        "n_missing_b", "mean_a", "mean_b", "difference", "ratio", "higher_stratum", "superiority_a", "overlap",
        "p_value", "n_allotments", "exact", "full_count", "n_without_stratum", "reason",
    ]  # fmt: skip
    return pd.DataFrame.from_records(records, columns=columns)


def _pair(
    both: pd.DataFrame, a: str, b: str, permutations: int, seed: int, exact_up_to: int
) -> dict[str, object]:
    resource, enrolment = both["resource"].to_numpy(np.float64), both["enrolment"].to_numpy(np.float64)
    first = both["stratum"].to_numpy() == a
    found: dict[str, object] = {"n_schools_a": int(first.sum()), "n_schools_b": int((~first).sum())}
    if not first.any() or first.all():
        return found | {"reason": NO_SCHOOL_IN_STRATUM}
    value = resource / enrolment
    mean_a = float(resource[first].sum() / enrolment[first].sum())
    mean_b = float(resource[~first].sum() / enrolment[~first].sum())
    sides = (value[first], enrolment[first], value[~first], enrolment[~first])
    p_value, looked_at, exact = permutation_test(
        resource, enrolment, first, permutations=permutations, seed=seed, exact_up_to=exact_up_to
    )
    return found | {
        "enrolment_a": float(enrolment[first].sum()),
        "enrolment_b": float(enrolment[~first].sum()),
        "mean_a": mean_a,
        "mean_b": mean_b,
        "difference": mean_a - mean_b,
        "ratio": mean_a / mean_b if mean_b > 0 else float("nan"),
        "higher_stratum": a if mean_a > mean_b else b if mean_b > mean_a else "",
        "superiority_a": probability_of_superiority(*sides),
        "overlap": overlap_of_distributions(*sides),
        "p_value": p_value,
        "n_allotments": looked_at,
        "exact": exact,
    }


def share_below_limit(judged: pd.DataFrame) -> pd.DataFrame:
    """Return, per cell and stratum, the schools and pupils below the indicator's limit.

    At the limit is not below (decided on the decimals as filed). Columns: cell key, stratum (missing = no
    stratum known), n_schools (with a value), n_missing, enrolment (of schools with a value), n_schools_below,
    pupils_below, share_of_schools_below, share_of_pupils_below; shares are NaN without any value.
    """
    keys = key_columns(judged)
    records: list[dict[str, object]] = []
    for values, rows in judged[judged["limit"].notna()].groupby([*keys, "stratum"], sort=True, dropna=False):
        known = rows[rows["value"].notna() & (rows["enrolment"] > 0)]
        pairs = zip(known["value"], known["limit"], strict=True)
        below = np.array(
            [as_filed(float(value)) < as_filed(float(limit)) for value, limit in pairs], dtype=bool
        )
        pupils = known["enrolment"].to_numpy(np.float64)
        record = dict(zip([*keys, "stratum"], values, strict=True))
        record |= {
            "n_schools": len(known),
            "n_missing": len(rows) - len(known),
            "enrolment": float(pupils.sum()),
        }
        record |= {"n_schools_below": int(below.sum()), "pupils_below": float(pupils[below].sum())}
        if len(known):
            record["share_of_schools_below"] = float(below.mean())
            record["share_of_pupils_below"] = float(pupils[below].sum() / pupils.sum())
        records.append(record)
    columns = [
        *keys, "stratum", "n_schools", "n_missing", "enrolment", "n_schools_below", "pupils_below",
        "share_of_schools_below", "share_of_pupils_below",
    ]  # fmt: skip
    return pd.DataFrame.from_records(records, columns=columns)
