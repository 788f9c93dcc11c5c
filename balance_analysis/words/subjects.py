"""What indicators are called: the law's own names, the composite and the row that stands for all of them."""

from __future__ import annotations

from balance_analysis.regimes.model import Regime
from balance_analysis.terms import ALL_STAGES, COMPOSITE
from balance_analysis.words import labels


def indicator_label(regime: Regime, indicator: str, *, short: bool = False, numbered: bool = True) -> str:
    """Name of an indicator as the law has it, with the number of its item unless ``numbered`` is False."""
    if indicator == COMPOSITE:
        return labels.COMPOSITE_NAME
    if indicator == ALL_STAGES:
        return labels.EVERY_INDICATOR
    entry = regime.indicator(indicator)
    name = entry.short_name if short else entry.name
    return f"{entry.item} {name}" if numbered else name
