"""What each school lacks, in whole natural units: teachers, rooms, hundredths of m², yuan. Exact throughout."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any, Final

import pandas as pd

from balance_analysis.assessment import CountyAssessment
from balance_analysis.exact import as_filed
from balance_analysis.regimes.model import Regime
from balance_analysis.resources import Numerator, numerator
from balance_analysis.terms import Outcome

COLUMNS: Final = (
    "stage",
    "indicator",
    "school_code",
    "school_name",
    "school_type",
    "enrolment",
    "value",
    "limit",
    "floor",
    "outcome",
    "tolerated",
    "shortfall",
    "shortfall_to_floor",
    "unit",
    "decimals",
    "whole_campus",
    "missing",
)


def share_text(regime: Regime) -> str:
    """The share of a limit that what is tolerated below it must reach, as ``85%``; empty where nothing is."""
    return "" if regime.school_rule is None else regime.school_rule.share_text


def resource_shortfalls(county: CountyAssessment) -> pd.DataFrame:
    """Every school, stage and indicator of the assessed year that is not met or not known (COLUMNS).

    ``shortfall`` is what must be added to reach the limit, ``shortfall_to_floor`` to reach the tolerated share of it
    (0 where the value is there already, missing where a figure is), both rounded up to whole teachers, rooms and
    yuan, or to 0.01 m²: after adding it the limit holds, with one unit less it does not. For a resource that
    several stages share the amount is that of the whole campus (``whole_campus``), since the stages are given their
    shares by weight. ``tolerated`` marks a value below the limit that a passing school may have. Regimes
    without school limits give no rows.
    """
    indicators = county.current("indicators")
    concerned = indicators[
        indicators["limit"].notna()
        & indicators["outcome"].isin([o.value for o in Outcome if o != Outcome.MET])
    ]
    passing = {
        (row["stage"], row["school_code"])
        for row in county.current("schools").to_dict("records")
        if row["outcome"] == Outcome.MET
    }
    rows = [_row(record, county, passing) for record in concerned.to_dict("records")]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _row(record: Any, county: CountyAssessment, passing: set[tuple[Any, Any]]) -> dict[str, Any]:
    indicator = county.regime.indicator(record["indicator"])
    unit = numerator(indicator.method)
    limit = county.regime.limit(indicator.id, "school_value", record["stage"])
    assert limit is not None
    exact_limit = Fraction(limit.value)
    rule = county.regime.school_rule
    exact_floor = exact_limit if rule is None else exact_limit * rule.share
    return {
        **{name: record[name] for name in COLUMNS if name in record},
        "limit": float(exact_limit),
        "floor": float(exact_floor),
        "tolerated": (record["stage"], record["school_code"]) in passing,
        "shortfall": units_to_reach(record, exact_limit, unit),
        "shortfall_to_floor": units_to_reach(record, exact_floor, unit),
        "unit": unit.natural_unit,
        "decimals": 0 if unit.natural_step == 1 else 2,
        "whole_campus": indicator.shared and record["stage_weight"] != 0 and _is_split(record),
    }


def units_to_reach(record: Any, bound: Fraction, unit: Numerator) -> float:
    """Natural units to add to one row of the indicators frame so that its value reaches ``bound``.

    30 of 36 teachers for 4 000 pupils at 0.9 per 100, six are missing:

    >>> row = {"exact_value": Fraction(3, 4), "amount": 30.0, "scale": 100.0, "stage_weight": 1.0,
    ...        "weighted_pupils": 4000.0}
    >>> units_to_reach(row, Fraction("0.9"), numerator("pe_arts_teachers"))
    6.0

    A value that was filed already computed (form Ⅱ-2) has no amount; pupils alone tell what is lacking:

    >>> units_to_reach(row | {"amount": math.nan}, Fraction("0.9"), numerator("pe_arts_teachers"))
    6.0
    """
    value = record["exact_value"]
    if not isinstance(value, Fraction):
        return math.nan
    if value >= bound:
        return 0.0
    if value > 0 and not math.isnan(record["amount"]):
        per_value = as_filed(record["amount"]) / value
    else:
        scale, weight = as_filed(record["scale"]), as_filed(record["stage_weight"])
        per_value = as_filed(record["weighted_pupils"]) / (scale * weight)
    lacking = (bound - value) * per_value * unit.natural_per_filed
    return float(math.ceil(lacking / unit.natural_step) * unit.natural_step)


def _is_split(record: Any) -> bool:
    return bool(record["weighted_pupils"] != record["enrolment"])
