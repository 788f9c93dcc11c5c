"""The law as data: national regimes, local overlays and the strict loader."""

from balance_analysis.regimes.diff import diff_regimes, load_reference
from balance_analysis.regimes.loader import (
    list_overlays,
    list_regimes,
    load_regime,
    newest_regime,
    overlay_ids,
    regime_head,
)
from balance_analysis.regimes.model import Indicator, Item, Limit, Overlay, Regime, Source
from balance_analysis.regimes.overlays import require_place
from balance_analysis.regimes.own_rules import forget_rules, use_rules

__all__ = [
    "Indicator",
    "Item",
    "Limit",
    "Overlay",
    "Regime",
    "Source",
    "diff_regimes",
    "forget_rules",
    "list_overlays",
    "list_regimes",
    "load_reference",
    "load_regime",
    "newest_regime",
    "overlay_ids",
    "regime_head",
    "require_place",
    "use_rules",
]
