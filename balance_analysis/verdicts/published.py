"""Published coefficients × limits: decided on the digits as printed, and said where their rounding could turn it."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from fractions import Fraction
from typing import Any

import pandas as pd

from balance_analysis.exact import digits_beside, half_up_text, rounding_turns
from balance_analysis.measures.published import AVERAGED
from balance_analysis.regimes.model import Limit, Regime
from balance_analysis.terms import COMPOSITE, Outcome
from balance_analysis.verdicts.values import NO_LIMIT, display_places
from balance_analysis.verdicts.wording import near_limit

INTERNAL = ("exact_value", "reach", "basis")
PLACES = 4
"""Decimals at which an averaged composite is written, more where they would say otherwise than the figure."""


def judge_published(coefficients: pd.DataFrame, regime: Regime) -> pd.DataFrame:
    """Judge the frame of ``published_coefficients`` (a copy without its columns of fractions).

    Adds ``limit, outcome, margin, borderline, clause, source, grade`` as ``judge_coefficients`` does, and ``sentence``,
    the detail of the verdict. ``borderline`` is also set where the limit lies within the rounding of the printed digits.
    """
    places = set(display_places(regime, "coefficient"))
    rows = [
        _judged(row, regime.limit(row["indicator"], "cv", row["stage"]), places)
        for row in coefficients.to_dict("records")
    ]
    names = ["limit", "outcome", "margin", "borderline", "clause", "source", "grade", "sentence"]
    added = pd.DataFrame(rows, columns=names, index=coefficients.index)
    kept = coefficients.drop(columns=list(INTERNAL))
    return pd.concat([kept, added.astype({"limit": "float64", "margin": "float64"})], axis=1)


def _judged(row: Mapping[Hashable, Any], limit: Limit | None, places: set[int]) -> tuple[Any, ...]:
    value: Fraction | None = row["exact_value"]
    unknown = Outcome.NOT_ASSESSABLE.value
    if limit is None:
        return None, unknown if value is None else NO_LIMIT, None, False, "", "", "", ""
    citation = (limit.clause, limit.source, str(limit.grade))
    if value is None:
        sentence = f"差异系数无法判定：{row['reason']}。"
        return float(limit.value), unknown, None, False, *citation, sentence
    met = limit.holds(value)
    low, high = max(value - row["reach"], Fraction(0)), value + row["reach"]
    open_end = limit.holds(low) != limit.holds(high)
    turned = rounding_turns(value, limit.holds, {*places, limit.decimals})
    sentence = _sentence(row, limit, (low, high) if open_end else None, turned=turned)
    outcome = (Outcome.MET if met else Outcome.NOT_MET).value
    margin = float(Fraction(limit.value) - value)
    return float(limit.value), outcome, margin, open_end or turned, *citation, sentence


def _sentence(
    row: Mapping[Hashable, Any], limit: Limit, ends: tuple[Fraction, Fraction] | None, *, turned: bool
) -> str:
    value: Fraction = row["exact_value"]
    name = "综合差异系数" if row["indicator"] == COMPOSITE else "差异系数"
    text = half_up_text(value, digits_beside(value, limit.holds, PLACES))
    if row["basis"] == AVERAGED:
        head = f"{name}没有公布，按公布的各项差异系数平均为{text}"
    else:
        digits = _digits(row["reach"])
        head = f"公布的{name}为{half_up_text(value, digits)}"
    met = limit.holds(value)
    said = [f"{head}，{'不高于' if met else '高于'}限值{limit.value}"]
    if turned:
        said.append(near_limit(value, limit))
    if ends is not None:
        low, high = (half_up_text(end, digits_beside(end, limit.holds, PLACES + 1)) for end in ends)
        other = "高于" if met else "不高于"
        said.append(f"临界：公布数已舍入，未舍入的数在{low}至{high}之间，可能{other}限值")
    return f"{said[0]}（{'；'.join(said[1:])}）。" if said[1:] else f"{said[0]}。"


def _digits(reach: Fraction) -> int:
    """Printed decimals of a figure whose rounding reaches half a unit of the last one."""
    return len(str(1 / (2 * reach))) - 1
