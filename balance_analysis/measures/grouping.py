"""Rows of a frame by key, as positions: the same walk for coefficients, gaps and school verdicts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from balance_analysis.exact import Whole


def group_numbers(frame: pd.DataFrame, keys: Sequence[str]) -> tuple[Whole, Whole]:
    """The number of each row's group (in order of first appearance), and the position of each group's first row.

    A missing key is a key of its own.

    >>> numbers, first = group_numbers(pd.DataFrame({"stage": ["b", "a", "b"]}), ["stage"])
    >>> numbers.tolist(), first.tolist()
    ([0, 1, 0], [0, 1])
    """
    combined: Whole = np.zeros(len(frame), dtype=np.int64)
    for key in keys:
        codes, unique = pd.factorize(frame[key], use_na_sentinel=False)
        combined = pd.factorize(combined * len(unique) + codes)[0].astype(np.int64)
    first = np.unique(combined, return_index=True)[1]
    return combined, first.astype(np.int64)


def groups(frame: pd.DataFrame, keys: Sequence[str]) -> Iterator[Whole]:
    """The row positions of each group, in order of first appearance."""
    numbers, first = group_numbers(frame, keys)
    order = np.argsort(numbers, kind="stable")
    yield from (
        np.split(order, np.cumsum(np.bincount(numbers, minlength=len(first)))[:-1]) if len(first) else ()
    )
