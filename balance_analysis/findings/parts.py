"""Parts of sentences that several findings share: a subject, an amount, a value per pupil, by id and unrounded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from balance_analysis.assessment import CountyAssessment
from balance_analysis.regimes import Regime
from balance_analysis.resources import numerator
from balance_analysis.statements import Statement
from balance_analysis.terms import COMPOSITE, Relation

Row = Mapping[Any, Any]


def subject(regime: Regime, row: Row) -> Statement:
    """Stage and indicator of a row, the composite by its own name."""
    if row["indicator"] == COMPOSITE:
        return Statement("part.composite", {"stage": row["stage"]})
    name = regime.indicator(str(row["indicator"])).short_name
    return Statement("part.subject", {"stage": row["stage"], "name": name})


def amount(regime: Regime, indicator: str, number: float) -> Statement:
    """So much of what an indicator counts, in the unit it is filed in."""
    entry = numerator(regime.indicator(indicator).method)
    return Statement("part.amount", {"number": number, "counter": entry.counter, "thing": entry.name})


def per_pupil(regime: Regime, indicator: str, value: float) -> Statement:
    """A value of an indicator: per pupil, or per as many pupils as the indicator's unit says."""
    entry = regime.indicator(indicator)
    counter, _, base = entry.unit.partition("/")
    figures = {"value": (value, entry.decimals), "counter": counter, "base": base}
    return Statement("part.per_so_many" if base else "part.per_pupil", figures)


def beside_limit(row: Row) -> tuple[Any, str, Any]:
    """A coefficient with the limit it is printed beside (none where the row has none)."""
    return row["cv"], Relation.AT_MOST.value, row["limit"]


def of(frame: pd.DataFrame, row: Row) -> pd.DataFrame:
    """The rows of the same stage and indicator."""
    same: pd.Series[bool] = (frame["stage"] == row["stage"]) & (frame["indicator"] == row["indicator"])
    return frame[same]


def positions(frame: pd.DataFrame, chosen: pd.DataFrame) -> tuple[int, ...]:
    """Where the rows of ``chosen`` stand in ``frame``."""
    return tuple(int(place) for place in frame.index.get_indexer(chosen.index))


def key(row: Row) -> str:
    """Stage and indicator as the subject of a finding."""
    return f"{row['stage']}/{row['indicator']}"


def area_names(county: CountyAssessment) -> Mapping[str, str]:
    """Labels of the file's areas, in its order."""
    return county.tables.stratification.labels
