"""Rows of a frame by key, as positions: the same walk for coefficients, gaps and school verdicts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

from balance_analysis.exact import Mask, Whole

LARGEST_KEY = 2**62
"""Keys are put together up to here."""


def group_numbers(frame: pd.DataFrame, keys: Sequence[str]) -> tuple[Whole, Whole]:
    """The number of each row's group (in order of first appearance), and the position of each group's first row.

    A missing key is a key of its own.

    >>> numbers, first = group_numbers(pd.DataFrame({"stage": ["b", "a", "b"]}), ["stage"])
    >>> numbers.tolist(), first.tolist()
    ([0, 1, 0], [0, 1])
    """
    combined: Whole = np.zeros(len(frame), dtype=np.int64)
    most = 0
    for key in keys:
        codes, last = _keys(frame[key])
        if (most + 1) * (last + 1) > LARGEST_KEY:
            combined = numbered(combined)[0]
            most = len(combined)
        combined, most = combined * (last + 1) + codes, (most + 1) * (last + 1) - 1
    return numbered(combined)


def _keys(column: pd.Series[Any]) -> tuple[Whole, int]:
    """A whole number ≥ 0 for each entry that is the same where the entries are, missing ones included; the largest."""
    if column.dtype == np.int64 and len(column):
        values = column.to_numpy()
        return values - values.min(), int(values.max() - values.min())
    codes, known = coded(column)
    return codes + 1, len(known)


def coded(column: pd.Series[Any]) -> tuple[Whole, pd.Index[Any]]:
    """The position of each entry among the different ones, −1 where it is missing; a categorical has its own.

    >>> codes, known = coded(pd.Series(["b", None, "a", "b"], dtype="category"))
    >>> codes.tolist(), known.tolist()
    ([1, -1, 0, 1], ['a', 'b'])
    """
    if isinstance(column.dtype, pd.CategoricalDtype):
        return column.cat.codes.to_numpy().astype(np.int64), column.cat.categories
    codes, known = pd.factorize(column)
    return codes.astype(np.int64), pd.Index(known)


def numbered(keys: Whole) -> tuple[Whole, Whole]:
    """Each key's number in order of first appearance, and the first row of each number; a key is a whole number ≥ 0.

    Keys from a small range need no hash table, and keys that come up in ascending order no sorting. Neither is to be
    written to.

    >>> [part.tolist() for part in numbered(np.array([7, 3, 7, 5]))]
    [[0, 1, 0, 2], [0, 1, 3]]
    """
    if not len(keys):
        return keys, keys
    steps = np.diff(keys)
    if steps.min(initial=1) > 0:
        every: Whole = np.arange(len(keys))
        return every, every
    if steps.min() == 0:
        starts = np.concatenate([[True], steps > 0])
        return np.cumsum(starts) - 1, np.flatnonzero(starts)
    most = int(keys.max())
    if most >= 4 * len(keys):
        numbers = pd.factorize(keys)[0].astype(np.int64)
        return numbers, first_of(numbers)
    seen: Mask = np.zeros(most + 1, dtype=bool)
    seen[keys] = True
    highest = np.maximum.accumulate(keys)
    first = np.flatnonzero(np.concatenate([[True], highest[1:] > highest[:-1]]))
    if len(first) == np.count_nonzero(seen):  # whatever is not the highest so far was there before
        return (np.cumsum(seen) - 1).take(keys), first
    row_of: Whole = np.zeros(most + 1, dtype=np.int64)
    row_of[keys[::-1]] = np.arange(len(keys))[::-1]
    first = np.sort(row_of[seen])
    row_of[keys.take(first)] = np.arange(len(first))
    return row_of.take(keys), first


def first_of(numbers: Whole) -> Whole:
    """The position of the first row of each group; groups are numbered without a gap.

    >>> first_of(np.array([0, 1, 0, 2])).tolist()
    [0, 1, 3]
    """
    first: Whole = np.zeros(int(numbers.max()) + 1 if len(numbers) else 0, dtype=np.int64)
    first[numbers[::-1]] = np.arange(len(numbers))[::-1]
    return first


def positions(keys: Whole, wanted: Whole) -> Whole:
    """Where each wanted number stands among different keys, −1 where it does not.

    >>> positions(np.array([5, 2, 9]), np.array([9, 4, 5])).tolist()
    [2, -1, 0]
    """
    order = np.argsort(keys, kind="stable")
    place = order[np.minimum(np.searchsorted(keys, wanted, sorter=order), len(keys) - 1)]
    found: Whole = np.where(keys[place] == wanted, place, -1)
    return found


def groups(frame: pd.DataFrame, keys: Sequence[str]) -> Iterator[Whole]:
    """The row positions of each group, in order of first appearance."""
    numbers, first = group_numbers(frame, keys)
    order = np.argsort(numbers, kind="stable")
    yield from (
        np.split(order, np.cumsum(np.bincount(numbers, minlength=len(first)))[:-1]) if len(first) else ()
    )
