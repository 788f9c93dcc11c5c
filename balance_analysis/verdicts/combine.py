"""How several outcomes become one: the only place where they are combined."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from balance_analysis.exact import Whole
from balance_analysis.terms import Outcome
from balance_analysis.verdicts.values import MET, NOT_MET, TOLERABLE, UNKNOWN, Codes


def combine(outcomes: Iterable[str]) -> str:
    """All must be met: one failure fails, one unknown leaves it open, nothing to judge is unknown.

    >>> combine(["met", "not_assessable"]), combine(["not_met", "not_assessable"]), combine([])
    ('not_assessable', 'not_met', 'not_assessable')
    """
    seen = set(outcomes)
    if seen & {Outcome.NOT_MET.value, Outcome.TOLERABLE.value}:
        return Outcome.NOT_MET.value
    return Outcome.MET.value if seen == {Outcome.MET.value} else Outcome.NOT_ASSESSABLE.value


def combine_codes(codes: Codes, group: Whole, groups: int) -> Codes:
    """:func:`combine` of whole columns: the outcome code of each group, −1 where it has nothing to judge.

    >>> combine_codes(np.array([2, 3, 2, 0], dtype=np.int8), np.array([0, 0, 1, 2]), 4).tolist()
    [3, 2, 0, -1]
    """
    found: Codes = np.full(groups, -1, dtype=np.int8)
    found[group] = MET
    found[group[codes == UNKNOWN]] = UNKNOWN
    found[group[(codes == NOT_MET) | (codes == TOLERABLE)]] = NOT_MET
    return found
