"""Rows of a frame by key, as positions: the same walk for coefficients, gaps and school verdicts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

from balance_analysis.exact import Whole

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
    numbers = numbered(combined)[0]
    return numbers, first_of(numbers)


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
    """Each key's number in order of first appearance, and the keys by number; a key is a whole number ≥ 0.

    Keys in ascending order and keys from a small range need no hash table.

    >>> [part.tolist() for part in numbered(np.array([7, 3, 7, 5]))]
    [[0, 1, 0, 2], [7, 3, 5]]
    """
    if not len(keys):
        return keys, keys
    steps = np.diff(keys)
    if (steps >= 0).all():
        starts = np.concatenate([[True], steps > 0])
        return np.cumsum(starts) - 1, keys[starts]
    if keys.max() < 4 * len(keys):
        row_of: Whole = np.zeros(int(keys.max()) + 1, dtype=np.int64)
        row_of[keys[::-1]] = np.arange(len(keys))[::-1]
        first = row_of.take(keys)
        starts = first == np.arange(len(keys))
        return (np.cumsum(starts) - 1).take(first), keys[starts]
    numbers, unique = pd.factorize(keys)
    return numbers.astype(np.int64), unique


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
