"""Small words of the diagnosis: figures, amounts and subjects as people say them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from balance_analysis.explain.diagnosis import Diagnosis
from balance_analysis.regimes import Regime
from balance_analysis.resources import numerator
from balance_analysis.views import labels
from balance_analysis.views.cells import format_number
from balance_analysis.views.tables import indicator_label

Row = Mapping[Any, Any]


def plain(value: float) -> str:
    """A filed figure without trailing zeros, at most two decimals.

    >>> plain(46700.0), plain(447.31), plain(0.5)
    ('46700', '447.31', '0.5')
    """
    text = format_number(float(value), 2)
    return text.rstrip("0").rstrip(".") if "." in text else text


def percent(value: float) -> str:
    """A share in whole per cent; what is there but rounds to nothing, or is not all but rounds to all, says so.

    >>> percent(0.594), percent(0.0), percent(0.002), percent(0.998), percent(1.0)
    ('59%', '0%', '不到1%', '99%以上', '100%')
    """
    if 0 < value < 0.005:
        return "不到1%"
    return "99%以上" if 0.995 <= value < 1 else format_number(float(value), 0, percent=True)


def coefficient(value: float) -> str:
    """A coefficient with three decimals."""
    return format_number(float(value), 3)


def limit_text(value: float) -> str:
    """A limit of a coefficient as the law writes it, with two decimals."""
    return format_number(float(value), 2)


def small(value: float) -> str:
    """A small change with as many decimals as it needs to show two figures, no sign.

    >>> small(-0.000462), small(0.0173), small(0.0)
    ('0.00046', '0.017', '0')
    """
    size = abs(float(value))
    if size == 0:
        return "0"
    decimals = next((number for number in range(2, 9) if size >= 10.0 ** (1 - number)), 9)
    return format_number(size, decimals)


def subject(regime: Regime, row: Row) -> str:
    """Stage and indicator, as in ``小学体育场馆``."""
    name = indicator_label(regime, str(row["indicator"]), short=True)
    return f"{labels.STAGES[row['stage']]}{name.split(' ', 1)[-1]}"


def amount(regime: Regime, indicator: str, number: float, *, named: bool = True) -> str:
    """So much of what an indicator counts: ``2名体艺教师``, ``46700平方米体育场馆``."""
    entry = numerator(regime.indicator(indicator).method)
    return f"{plain(number)}{entry.counter}{entry.name if named else ''}"


def counted(diagnosis: Diagnosis, row: Row) -> tuple[str, str]:
    """What the cell of a turning figure counts: the word behind a number of it, and what the file calls it."""
    name = diagnosis.county.tables.header("schools", str(row["field"]))
    if row["cell"] == "enrolment":
        return "人", name
    return numerator(diagnosis.county.regime.indicator(str(row["indicator"])).method).counter, name


def per_pupil(regime: Regime, indicator: str, value: float) -> str:
    """A value of an indicator in words: ``生均3.56平方米``, ``每百名学生0.63人``."""
    entry = regime.indicator(indicator)
    number = format_number(float(value), entry.decimals)
    counter, _, base = entry.unit.partition("/")
    return f"每{base}{number}{counter}" if base else f"生均{number}{counter}"


def of(frame: pd.DataFrame, row: Row) -> pd.DataFrame:
    """The rows of the same stage and indicator."""
    same: pd.Series[bool] = (frame["stage"] == row["stage"]) & (frame["indicator"] == row["indicator"])
    return frame[same]


def strata_names(diagnosis: Diagnosis) -> Mapping[str, str]:
    """Labels of the file's strata."""
    return diagnosis.county.tables.stratification.labels
