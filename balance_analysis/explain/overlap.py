"""Strata side by side, in both directions: gap, overlap of their distributions, and what chance would do.

Nothing here is called an advantage or a disadvantage: small rural schools often have *more* per pupil. A pair
of strata is (a, b) in the order of their names; ``higher_stratum`` says which has more.

School records are a full count, so there is no sampling error: the difference *is* the county's difference.
The permutation test answers another question: if the same schools had been allotted to the two strata at
random, how often would the gap be at least as wide? A large p-value means that the gap is of the size which
school-to-school differences alone would bring about. Decision record 0014.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from math import comb
from typing import Any

import numpy as np
import pandas as pd

from balance_analysis.exact import Floats, Mask
from balance_analysis.explain.cells import Table, cells, key_columns

NO_SCHOOL_IN_STRATUM = "no_school_in_stratum"
PERMUTATIONS, SEED = 1999, 20_170_419
EXACT_UP_TO = 20_000
"""So many allotments are all looked at; of more, :data:`PERMUTATIONS` are drawn."""
_BLOCK = 1_000_000
_TIE = 1e-12
"""A gap shorter than the observed one by this share of the means is as wide: the same sums, added in another order.

The noise of a difference has the size of what is subtracted, not of the difference.
"""


def probability_of_superiority(value_a: Floats, pupils_a: Floats, value_b: Floats, pupils_b: Floats) -> float:
    """Return how often a random pupil of a is in a school with more than that of a random pupil of b.

    Ties count half, so 0.5 means that neither side has more; the two directions sum to 1.
    """
    order = np.argsort(value_b, kind="stable")
    ordered, weight = value_b[order], np.concatenate([[0.0], np.cumsum(pupils_b[order])])
    below = weight[np.searchsorted(ordered, value_a, side="left")]
    not_above = weight[np.searchsorted(ordered, value_a, side="right")]
    return float((pupils_a * (below + not_above)).sum() / (2 * pupils_a.sum() * pupils_b.sum()))


def overlap_of_distributions(value_a: Floats, pupils_a: Floats, value_b: Floats, pupils_b: Floats) -> float:
    """Return 1 − D, D the largest distance of the two pupil-weighted distribution functions.

    1: the same distribution; 0: completely apart. Needs no bins. Where the densities cross once (one stratum
    shifted against the other) it equals the common area under both; else it is an upper bound of that area.
    """
    points = np.unique(np.concatenate([value_a, value_b]))

    def distribution(value: Floats, pupils: Floats) -> Floats:
        order = np.argsort(value, kind="stable")
        weight = np.concatenate([[0.0], np.cumsum(pupils[order])]) / pupils.sum()
        result: Floats = weight[np.searchsorted(value[order], points, side="right")]
        return result

    return float(1 - np.abs(distribution(value_a, pupils_a) - distribution(value_b, pupils_b)).max())


def _allotments(schools: int, first: int) -> Iterator[Floats]:
    """Blocks of rows with 1 for who is in the first stratum: all allotments, or as many random ones."""
    rows = 64 * max(1, _BLOCK // (64 * schools))
    if comb(schools, first) <= EXACT_UP_TO:
        chosen = np.array(list(combinations(range(schools), first)), dtype=np.int64)
        for start in range(0, len(chosen), rows):
            block: Floats = np.zeros((len(chosen[start : start + rows]), schools))
            np.put_along_axis(block, chosen[start : start + rows], 1.0, axis=1)
            yield block
        return
    generator = np.random.default_rng(SEED)
    for start in range(0, PERMUTATIONS, rows):
        draws = generator.random((min(rows, PERMUTATIONS - start), schools))
        # the stratum is the schools with the smallest draws; two equal doubles at its edge do not occur
        yield (draws <= np.partition(draws, first - 1, axis=1)[:, first - 1 : first]).astype(np.float64)


def _gaps(rows: Floats, resource: Floats, enrolment: Floats) -> tuple[Floats, Floats]:
    """The absolute difference of the two ratios of totals, and the larger ratio, for every row of who is in the first."""
    held, pupils = rows @ resource, rows @ enrolment
    first, second = held / pupils, (resource.sum() - held) / (enrolment.sum() - pupils)
    return np.abs(first - second), np.maximum(first, second)


Sides = tuple[Floats, Floats, Mask]
"""Resource, enrolment and who is in the first stratum, of the schools of two strata."""


def permutation_tests(cases: Sequence[Sides]) -> list[tuple[float, int, bool]]:
    """Return for each case (two-sided p-value, allotments looked at, whether these were all of them).

    The cases have equally many schools in all and in the first stratum and share their allotments. Statistic: absolute
    difference of the two ratios of totals. With all allotments p is exact; with random ones it is
    (1 + hits)/(1 + drawn), which keeps the test valid. The draws are seeded: same schools, same p.
    """
    schools, first = len(cases[0][2]), int(cases[0][2].sum())
    observed = [float(_gaps(in_first[None, :].astype(np.float64), r, n)[0][0]) for r, n, in_first in cases]
    hits, drawn = np.zeros(len(cases), dtype=np.int64), 0
    for block in _allotments(schools, first):
        for place, (resource, enrolment, _) in enumerate(cases):
            gaps, means = _gaps(block, resource, enrolment)
            hits[place] += np.count_nonzero(gaps >= observed[place] - _TIE * means)
        drawn += len(block)
    if comb(schools, first) <= EXACT_UP_TO:
        return [(int(hit) / drawn, drawn, True) for hit in hits]
    return [((1 + int(hit)) / (1 + drawn), drawn, False) for hit in hits]


def compare_strata(table: Table) -> pd.DataFrame:
    """Return one row per cell and pair of strata.

    Columns: cell key; stratum_a, stratum_b; n_schools_a/b, enrolment_a/b, n_missing_a/b; mean_a, mean_b
    (ratios of totals over schools with data), difference (a − b), ratio (a ÷ b, NaN at mean_b = 0),
    higher_stratum (empty when equal), superiority_a (chance that a pupil of a has more than a pupil of b),
    overlap; p_value, n_allotments, exact; full_count (always True: there is no sampling error);
    n_without_stratum (schools that belong to no stratum and stay out); reason (``no_school_in_stratum``
    where a stratum has no school with data).
    """
    county, records = cells(table), list[dict[str, Any]]()
    tests: dict[tuple[int, int], list[tuple[dict[str, Any], Sides]]] = {}
    labels = pd.concat([county.frame["stratum"], *(cell.missing["stratum"] for cell in county)])
    strata = sorted(labels.dropna().astype(str).unique())
    for cell in county:
        stratum, missing = cell.rows["stratum"].to_numpy(dtype=object), list(cell.missing["stratum"])
        for a, b in combinations(strata, 2):
            record: dict[str, Any] = {
                **cell.key, "stratum_a": a, "stratum_b": b, "full_count": True, "reason": "",
                "n_missing_a": missing.count(a), "n_missing_b": missing.count(b),
                "n_without_stratum": int(cell.rows["stratum"].isna().sum()),
            }  # fmt: skip
            both = np.flatnonzero((stratum == a) | (stratum == b))
            sides = cell.resource[both], cell.enrolment[both], stratum[both] == a
            record |= _pair(*sides, a, b)
            records.append(record)
            if not record["reason"]:
                size = len(both), record["n_schools_a"]
                tests.setdefault(size, []).append((record, sides))
    for found in tests.values():
        for (record, _), test in zip(found, permutation_tests([sides for _, sides in found]), strict=True):
            record["p_value"], record["n_allotments"], record["exact"] = test
    columns = [
        *county.keys, "stratum_a", "stratum_b", "n_schools_a", "n_schools_b", "enrolment_a", "enrolment_b", "n_missing_a",
        "n_missing_b", "mean_a", "mean_b", "difference", "ratio", "higher_stratum", "superiority_a", "overlap",
        "p_value", "n_allotments", "exact", "full_count", "n_without_stratum", "reason",
    ]  # fmt: skip
    return pd.DataFrame.from_records(records, columns=columns)


def _pair(resource: Floats, enrolment: Floats, first: Mask, a: str, b: str) -> dict[str, Any]:
    found: dict[str, Any] = {"n_schools_a": int(first.sum()), "n_schools_b": int((~first).sum())}
    if not first.any() or first.all():
        return found | {"reason": NO_SCHOOL_IN_STRATUM}
    value = resource / enrolment
    mean_a = float(resource[first].sum() / enrolment[first].sum())
    mean_b = float(resource[~first].sum() / enrolment[~first].sum())
    sides = (value[first], enrolment[first], value[~first], enrolment[~first])
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
    }


def share_below_limit(judged: pd.DataFrame) -> pd.DataFrame:
    """Return, per cell and stratum, the schools and pupils below the indicator's limit.

    At the limit is not below: floats have the order of the decimals they stand for. Columns: cell key, stratum
    (missing = no stratum known), n_schools (with a value), n_missing, enrolment (of schools with a value), n_schools_below,
    pupils_below, share_of_schools_below, share_of_pupils_below; shares are NaN without any value.
    """
    keys = [*key_columns(judged), "stratum"]
    rows = judged[judged["limit"].notna()]
    known = rows["value"].notna() & (rows["enrolment"] > 0)
    below = known & (rows["value"] < rows["limit"])
    counted = rows[keys].assign(
        n_schools=known,
        n_missing=~known,
        enrolment=rows["enrolment"].where(known, 0.0),
        n_schools_below=below,
        pupils_below=rows["enrolment"].where(below, 0.0),
    )
    counted = counted.groupby(keys, sort=True, dropna=False).sum().reset_index()
    counted["share_of_schools_below"] = counted["n_schools_below"] / counted["n_schools"]
    counted["share_of_pupils_below"] = counted["pupils_below"] / counted["enrolment"]
    return counted
