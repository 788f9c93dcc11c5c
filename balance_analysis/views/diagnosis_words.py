"""Small words of the diagnosis: figures, amounts and subjects as people say them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from balance_analysis.explain.diagnosis import Diagnosis
from balance_analysis.regimes import Regime
from balance_analysis.resources import numerator
from balance_analysis.views.tables import indicator_label
from balance_analysis.words import labels, numbers

Row = Mapping[Any, Any]


def subject(regime: Regime, row: Row) -> str:
    """Stage and indicator, as in ``小学体育场馆``."""
    name = indicator_label(regime, str(row["indicator"]), short=True)
    return f"{labels.STAGES[row['stage']]}{name.split(' ', 1)[-1]}"


def amount(regime: Regime, indicator: str, number: float, *, named: bool = True) -> str:
    """So much of what an indicator counts: ``2名体艺教师``, ``46700平方米体育场馆``."""
    entry = numerator(regime.indicator(indicator).method)
    return f"{numbers.plain(number)}{entry.counter}{entry.name if named else ''}"


def counted(diagnosis: Diagnosis, row: Row) -> tuple[str, str]:
    """What the cell of a turning figure counts: the word behind a number of it, and what the file calls it."""
    name = diagnosis.county.tables.header("schools", str(row["field"]))
    if row["cell"] == "enrolment":
        return "人", name
    return numerator(diagnosis.county.regime.indicator(str(row["indicator"])).method).counter, name


def per_pupil(regime: Regime, indicator: str, value: float) -> str:
    """A value of an indicator in words: ``生均3.56平方米``, ``每百名学生0.63人``."""
    entry = regime.indicator(indicator)
    number = numbers.fixed(float(value), entry.decimals)
    counter, _, base = entry.unit.partition("/")
    return f"每{base}{number}{counter}" if base else f"生均{number}{counter}"


def of(frame: pd.DataFrame, row: Row) -> pd.DataFrame:
    """The rows of the same stage and indicator."""
    same: pd.Series[bool] = (frame["stage"] == row["stage"]) & (frame["indicator"] == row["indicator"])
    return frame[same]


def strata_names(diagnosis: Diagnosis) -> Mapping[str, str]:
    """Labels of the file's strata."""
    return diagnosis.county.tables.stratification.labels
