"""What each concession does: the failures it removes, and the coefficients it makes worse (more schools counted, more spread)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pandas as pd

from balance_analysis.assessment import CONCESSION_LEVEL, CountyAssessment, assess_without
from balance_analysis.exact import NEAR
from balance_analysis.terms import Outcome
from balance_analysis.verdicts.items import verdicts_resting_on_concessions

JUDGED: Final = ("schools", "verdicts", "items")
REMOVED_COLUMNS: Final = (
    "overlays", "frame", "stage", "school_code", "school_name", "rule", "indicator", "item", "outcome", "outcome_without",
)  # fmt: skip
WORSENED_COLUMNS: Final = (
    "overlay", "stage", "indicator", "cv", "cv_without", "limit", "outcome", "outcome_without",
)  # fmt: skip


@dataclass(frozen=True)
class ConcessionEffects:
    """What concessions remove and what they worsen.

    ``removed``: verdicts that are better with a concession (REMOVED_COLUMNS; ``overlays`` joined by ``;``, several where only
    together they remove the failure). ``worsened``: limited coefficients that are larger with it (WORSENED_COLUMNS).
    """

    removed: pd.DataFrame
    worsened: pd.DataFrame


def concession_effects(county: CountyAssessment) -> ConcessionEffects:
    """Judge again without each concession the report uses, and without all; empty frames where none is used.

    Rows of ``removed`` are schools, items, and coefficients of a stage (``rule`` ``coefficient``); parts and totals that
    follow from them are left out.
    """
    used = [overlay.id for overlay in county.regime.overlays if overlay.level == CONCESSION_LEVEL]
    removed: list[pd.DataFrame] = []
    worsened: list[dict[str, object]] = []
    for overlay in used:
        without = assess_without(county, [overlay])
        removed.append(_removed(county, without).assign(overlays=overlay))
        worsened += [{"overlay": overlay} | row for row in _worsened(county, without)]
    if len(used) > 1:
        removed.append(_removed(county, assess_without(county, used)).assign(overlays=";".join(used)))
    frame = (
        pd.concat([part for part in removed if len(part)] or removed, ignore_index=True)
        if removed
        else pd.DataFrame()
    )
    keys = [name for name in ("frame", "stage", "school_code", "rule", "indicator", "item") if name in frame]
    frame = frame.drop_duplicates(keys).reindex(
        columns=list(REMOVED_COLUMNS)
    )  # one alone is named before all together
    return ConcessionEffects(frame, pd.DataFrame(worsened, columns=list(WORSENED_COLUMNS)))


def _removed(with_: CountyAssessment, without: CountyAssessment) -> pd.DataFrame:
    parts = []
    for name in JUDGED:
        better = verdicts_resting_on_concessions(with_.current(name), without.current(name))
        if name == "verdicts":
            better = better[better["rule"] == "coefficient"]
        failed = better[better["outcome_without"] == Outcome.NOT_MET]
        parts.append(failed.assign(frame=name))
    return pd.concat(parts, ignore_index=True)


def _worsened(with_: CountyAssessment, without: CountyAssessment) -> list[dict[str, object]]:
    keys = ["stage", "indicator"]
    both = with_.current("coefficients").merge(
        without.current("coefficients")[[*keys, "cv", "outcome"]], on=keys, suffixes=("", "_without")
    )
    larger = both[(both["cv"] > both["cv_without"] * (1 + NEAR)) & both["limit"].notna()]
    return [
        {str(name): row[name] for name in WORSENED_COLUMNS if name != "overlay"}
        for row in larger.to_dict("records")
    ]
