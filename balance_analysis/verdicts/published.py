"""Published coefficients × limits: decided on the digits as printed, and said where their rounding could turn it."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from fractions import Fraction
from typing import Any

import pandas as pd

from balance_analysis.exact import half_up_text
from balance_analysis.measures.published import AVERAGED
from balance_analysis.regimes.model import Limit, Regime
from balance_analysis.statements import Beside, Statement
from balance_analysis.terms import COMPOSITE, Outcome
from balance_analysis.verdicts.resources import CITED, citation_of, turned_by_rounding
from balance_analysis.verdicts.values import NO_LIMIT, display_places

INTERNAL = ("exact_value", "reach", "basis")


def judge_published(coefficients: pd.DataFrame, regime: Regime) -> pd.DataFrame:
    """Judge the frame of ``published_coefficients`` (a copy without its columns of fractions).

    Adds ``limit, outcome, margin, borderline, clause, source, grade`` as ``judge_coefficients`` does, and ``sentence``,
    the detail of the verdict (a statement). ``borderline`` is also set where the limit lies within the rounding of the printed digits.
    """
    places = set(display_places(regime, "coefficient"))
    rows = [
        _judged(row, regime.limit(row["indicator"], "cv", row["stage"]), places)
        for row in coefficients.to_dict("records")
    ]
    names = ["limit", "outcome", "margin", "borderline", *CITED, "sentence"]
    added = pd.DataFrame(rows, columns=names, index=coefficients.index)
    kept = coefficients.drop(columns=list(INTERNAL))
    return pd.concat([kept, added.astype({"limit": "float64", "margin": "float64"})], axis=1)


def _judged(row: Mapping[Hashable, Any], limit: Limit | None, places: set[int]) -> tuple[Any, ...]:
    value: Fraction | None = row["exact_value"]
    unknown = Outcome.NOT_ASSESSABLE.value
    if limit is None:
        return None, unknown if value is None else NO_LIMIT, None, False, "", "", "", ""
    citation = tuple(citation_of(limit).values())
    if value is None:
        said = Statement("published.unknown", {"why": row["reason"]})
        return float(limit.value), unknown, None, False, *citation, said
    met = limit.holds(value)
    low, high = max(value - row["reach"], Fraction(0)), value + row["reach"]
    open_end = limit.holds(low) != limit.holds(high)
    doubts = turned_by_rounding(value, limit, places, met=met)
    said = _statement(row, limit, doubts, (low, high) if open_end else None)
    outcome = (Outcome.MET if met else Outcome.NOT_MET).value
    margin = float(Fraction(limit.value) - value)
    return float(limit.value), outcome, margin, open_end or bool(doubts), *citation, said


def _statement(
    row: Mapping[Hashable, Any],
    limit: Limit,
    doubts: list[Statement],
    ends: tuple[Fraction, Fraction] | None,
) -> Statement:
    value: Fraction = row["exact_value"]
    met = limit.holds(value)

    def beside(number: Fraction) -> Beside:
        return Beside(number, limit.relation.value, Fraction(limit.value))

    if ends is not None:
        other = (Outcome.NOT_MET if met else Outcome.MET).value
        low, high = map(beside, ends)
        doubts = [*doubts, Statement("published.unrounded", {"low": low, "high": high, "other": other})]
    figures = {
        "name": Statement(
            "published.composite" if row["indicator"] == COMPOSITE else "published.coefficient"
        ),
        "outcome": (Outcome.MET if met else Outcome.NOT_MET).value,
        "limit": limit.value,
        "doubts": doubts,
    }
    if row["basis"] == AVERAGED:
        return Statement("published.averaged", {**figures, "value": beside(value)})
    printed = half_up_text(value, _digits(row["reach"]))
    return Statement("published.printed", {**figures, "printed": printed})


def _digits(reach: Fraction) -> int:
    """Printed decimals of a figure whose rounding reaches half a unit of the last one."""
    return len(str(1 / (2 * reach))) - 1
