"""How many questionnaires: by statistics, and by rule where a rule is known."""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction
from statistics import NormalDist

import pandas as pd

from balance_analysis.errors import ParameterError
from balance_analysis.programmes.site_visits import allocate
from balance_analysis.regimes import Regime

MINIMUM = "recognition.questionnaires_minimum"
"""The parameter by which a regime of one's own may ask for a number of questionnaires."""
HALF = Fraction(1, 2)
"""The share at which a sample of given size is least exact."""


def sample_size(population: int, *, margin: Fraction, confidence: float) -> int:
    """Questionnaires needed so that a share is known to within ``margin`` with that confidence, whatever the share is.

    Simple random sampling with the correction for finite populations (Cochran, Sampling Techniques, §4.4).

    >>> sample_size(10**9, margin=Fraction(5, 100), confidence=0.95), sample_size(500, margin=Fraction(5, 100), confidence=0.95)
    (385, 218)
    """
    if population < 1 or not 0 < margin < 1 or not 0 < confidence < 1:
        raise ParameterError("总体人数应不小于1，误差和置信水平应在0与1之间")
    deviate = NormalDist().inv_cdf((1 + confidence) / 2)
    infinite = deviate**2 * float(HALF * (1 - HALF)) / float(margin) ** 2
    return min(population, math.ceil(infinite / (1 + (infinite - 1) / population)))


def questionnaire_plan(
    groups: Mapping[str, int],
    regime: Regime,
    *,
    parents: str = "",
    parents_share: Fraction = Fraction(0),
    margin: Fraction,
    confidence: float,
) -> pd.DataFrame:
    """How many questionnaires go to each group (家长, 教师, …) of the given sizes.

    The total is the larger of what statistics asks for and what the regime's parameter ``recognition.questionnaires_minimum``
    does; ``parents`` is the group that must have ``parents_share`` of it. Columns: ``group, population, questionnaires,
    share`` (of the total, Fraction). ``attrs``: ``needed`` (by statistics), ``minimum`` (by rule, None where no rule is
    known), ``clause`` (of the rule, empty where none). Raises :class:`ParameterError` where a group is too small.
    """
    if not groups or any(size < 1 for size in groups.values()):
        raise ParameterError("请写明各类对象的人数（不小于1）")
    if parents and parents not in groups:
        raise ParameterError(f"没有“{parents}”这类对象；已写明：{'、'.join(groups)}")
    needed = sample_size(sum(groups.values()), margin=margin, confidence=confidence)
    rule = next((entry for entry in regime.parameters if entry.id == MINIMUM), None)
    total = max(needed, math.ceil(rule.value) if rule else 0)
    found = allocate(groups, min(total, sum(groups.values())))
    least = math.ceil(total * parents_share) if parents else 0
    if parents and found[parents] < least:
        others = {name: size for name, size in groups.items() if name != parents}
        rest = allocate(others, min(total - least, sum(others.values()))) if others and total > least else {}
        found = {name: least if name == parents else rest.get(name, 0) for name in groups}
    short = [name for name, count in found.items() if count > groups[name]]
    if short or sum(found.values()) < total:
        raise ParameterError(
            f"{'、'.join(short) or '各类对象'}的人数不够：共需{total}份，其中{parents or '家长'}不少于{least}份"
        )
    frame = pd.DataFrame(
        [
            {
                "group": name,
                "population": size,
                "questionnaires": found[name],
                "share": Fraction(found[name], total),
            }
            for name, size in groups.items()
        ]
    )
    frame.attrs = {
        "needed": needed,
        "minimum": None if rule is None else int(rule.value),
        "clause": "" if rule is None else rule.clause,
    }
    return frame
