"""How several outcomes become one: the only place where they are combined."""

from __future__ import annotations

from collections.abc import Iterable

from balance_analysis.terms import Outcome


def combine(outcomes: Iterable[str]) -> str:
    """All must be met: one failure fails, one unknown leaves it open, nothing to judge is unknown.

    >>> combine(["met", "not_assessable"]), combine(["not_met", "not_assessable"]), combine([])
    ('not_assessable', 'not_met', 'not_assessable')
    """
    seen = set(outcomes)
    if seen & {Outcome.NOT_MET.value, Outcome.TOLERABLE.value}:
        return Outcome.NOT_MET.value
    return Outcome.MET.value if seen == {Outcome.MET.value} else Outcome.NOT_ASSESSABLE.value
