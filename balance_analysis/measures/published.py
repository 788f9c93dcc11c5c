"""County means and coefficients as published (form table Ⅲ), where there are no schools to compute them from.

A published figure is a decimal as printed: it is taken exactly, and half a unit in its last place is how far the
unrounded figure may lie from it. The composite is taken as published, and is the plain mean of the published coefficients
where none is. Source: regulation §1, §7; decision record 0028.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd

from balance_analysis.exact import NEAR, as_filed, printed_reach
from balance_analysis.measures.coefficients import COLUMNS, GROUP
from balance_analysis.measures.gaps import COLUMNS as GAP_COLUMNS
from balance_analysis.measures.grouping import groups
from balance_analysis.regimes.model import Regime
from balance_analysis.regimes.names import indicator_ids, plain_name
from balance_analysis.statements import Statement
from balance_analysis.terms import COMPOSITE

Stages = set[tuple[int, str]]
"""(school year, stage) pairs of one county."""
WHOLE = ("n_schools", "n_missing")
PRINTED, AVERAGED = "printed", "averaged"
"""Where a coefficient comes from: printed itself, or the mean of printed ones."""
NOT_PUBLISHED = Statement("reason.not_published")


@dataclass(frozen=True)
class Difference:
    """A printed figure of row ``index`` that is not what the schools' records give, beyond its rounding."""

    index: int
    column: str
    printed: str
    computed: float


def stages_of(frame: pd.DataFrame) -> Stages:
    """The school years and stages that a frame of measures has rows for."""
    return set(zip(frame["year"].astype(int), frame["stage"].astype(str), strict=True))


def published_coefficients(published: pd.DataFrame, regime: Regime, *, without: Stages) -> pd.DataFrame:
    """Means and coefficients of every indicator of the regime, and the composite, as one county published them.

    ``published`` has the fields of the layout ``published_coefficients``; ``without`` are the years and stages that have
    schools and are left out, as are stages of which no row is an indicator of the regime. Columns as in
    ``compute_coefficients``, further ``exact_value`` (the coefficient as a fraction, None where missing), ``reach``
    (how far its rounding may have moved it) and ``basis`` (``printed``, ``averaged``, empty). ``sd`` is not published;
    ``n_schools`` and ``enrolment`` are missing where they are not.
    """
    rows: list[dict[str, Any]] = []
    for head, named, foreign in _stage_tables(published, regime, without=without):
        entries = [_entry(named.get(indicator.id)) for indicator in regime.indicators]
        size = {
            name: next((row[name] for row in named.values() if pd.notna(row[name])), None)
            for name in ("n_schools", "enrolment")
        }
        for indicator, entry in zip(regime.indicators, entries, strict=True):
            rows.append({**head, **size, "indicator": indicator.id, **entry})
        composite = _composite(named.get(COMPOSITE), entries, foreign=foreign)
        rows.append({**head, **size, "indicator": COMPOSITE, **composite})
    frame = pd.DataFrame(rows, columns=[*COLUMNS, "exact_value", "reach", "basis"])
    kinds = {"mean": "float64", "sd": "float64", "cv": "float64", "enrolment": "float64"}
    return frame.astype(kinds | dict.fromkeys(WHOLE, "Int64"))


def _stage_tables(
    published: pd.DataFrame, regime: Regime, *, without: Stages
) -> Iterator[tuple[dict[str, Any], dict[str, dict[Any, Any]], bool]]:
    """Head, county rows by indicator id, and whether there are indicators of another law, by year and stage."""
    ids = indicator_ids(regime)
    usable = _usable(published, without)
    county = usable[usable["stratum"].isna()].rename(columns={"school_year": "year"})
    county = county.reset_index(names="index")
    for group in groups(county, GROUP):
        records = county.iloc[group].to_dict("records")
        named = {
            ids[name]: record for record in records if (name := plain_name(str(record["indicator"]))) in ids
        }
        if named:
            head = {name: records[0][name] for name in GROUP}
            yield {**head, "year": int(head["year"])}, named, len(named) < len(records)


def _usable(published: pd.DataFrame, without: Stages) -> pd.DataFrame:
    rows = published.dropna(subset=["school_year", "stage", "indicator"])
    free = [
        (int(year), str(stage)) not in without
        for year, stage in zip(rows["school_year"], rows["stage"], strict=True)
    ]
    return rows[np.array(free, dtype=bool)]


def _entry(row: Mapping[Any, Any] | None) -> dict[str, Any]:
    """Figures of one published row; without a coefficient the reason."""
    mean = None if row is None else _printed(row["mean"])
    cv = None if row is None else _printed(row["cv"])
    known = {
        name: row[name] for name in ("n_schools", "enrolment") if row is not None and pd.notna(row[name])
    }
    return {
        **known,
        "mean": None if mean is None else float(mean),
        "cv": None if cv is None else float(cv),
        "n_missing": 0,
        "reason": NOT_PUBLISHED if cv is None else "",
        "exact_value": cv,
        "reach": None if cv is None or row is None else printed_reach(row["cv"]),
        "basis": "" if cv is None else PRINTED,
    }


def _composite(
    row: Mapping[Any, Any] | None, entries: Sequence[Mapping[str, Any]], *, foreign: bool
) -> dict[str, Any]:
    found = _entry(row) | {"mean": None}
    if found["basis"] == PRINTED and not foreign:
        return found
    unknown = sum(entry["exact_value"] is None for entry in entries)
    if unknown:
        other = foreign and found["basis"] == PRINTED
        reason = (
            Statement("reason.other_indicators")
            if other
            else Statement("reason.unpublished_coefficients", {"n": unknown})
        )
        blank = {"cv": None, "exact_value": None, "reach": None, "basis": ""}
        return found | blank | {"n_missing": unknown, "reason": reason}
    value, reach = (
        sum((entry[name] for entry in entries), Fraction(0)) / len(entries)
        for name in ("exact_value", "reach")
    )
    return found | {
        "cv": float(value), "exact_value": value, "reach": reach, "basis": AVERAGED, "reason": "",
    }  # fmt: skip


def published_gaps(
    published: pd.DataFrame, regime: Regime, *, reference: str, without: Stages
) -> pd.DataFrame:
    """Published means of strata beside the county's and the reference stratum's (columns of ``compute_gaps``).

    How many pupils are below a limit is not known without schools.
    """
    ids = indicator_ids(regime)
    usable = _usable(published, without).rename(columns={"school_year": "year"})
    usable = usable.assign(indicator=[ids.get(plain_name(name), "") for name in usable["indicator"]])
    rows: list[dict[str, Any]] = []
    for group in groups(usable, [*GROUP, "indicator"]):
        records = usable.iloc[group].to_dict("records")
        if records[0]["indicator"] in ("", COMPOSITE):
            continue
        means = {
            "" if pd.isna(record["stratum"]) else str(record["stratum"]): _printed(record["mean"])
            for record in records
        }
        strata = {str(record["stratum"]): record for record in records if pd.notna(record["stratum"])}
        for stratum, record in sorted(strata.items()):
            mean, county, compared = means[stratum], means.get(""), means.get(reference)
            cv = _printed(record["cv"])
            rows.append(
                {
                    **{name: record[name] for name in (*GROUP, "indicator", "n_schools", "enrolment")},
                    "year": int(record["year"]),
                    "stratum": stratum,
                    "n_missing": 0,
                    "mean": None if mean is None else float(mean),
                    "cv": None if cv is None else float(cv),
                    "county_mean": None if county is None else float(county),
                    "ratio_to_county": _ratio(mean, county),
                    "reference_stratum": reference,
                    "difference_to_reference": None
                    if mean is None or compared is None
                    else float(mean - compared),
                    "ratio_to_reference": _ratio(mean, compared),
                    "share_of_pupils_below_limit": None,
                }
            )
    frame = pd.DataFrame(rows, columns=list(GAP_COLUMNS))
    numbers = [name for name in GAP_COLUMNS[8:] if name != "reference_stratum"]
    return frame.astype(dict.fromkeys(numbers, "float64") | dict.fromkeys(WHOLE, "Int64"))


def _ratio(value: Fraction | None, other: Fraction | None) -> float | None:
    return None if value is None or not other else float(value / other)


def differences(published: pd.DataFrame, coefficients: pd.DataFrame, regime: Regime) -> list[Difference]:
    """Printed county figures that the coefficients computed from the schools contradict.

    ``coefficients`` of one county; a figure agrees within half a unit of its last printed place. Where either side is
    missing there is nothing to compare.
    """
    computed = {
        (int(row["year"]), str(row["stage"]), str(row["indicator"])): row
        for row in coefficients.to_dict("records")
    }
    found = []
    for head, named, foreign in _stage_tables(published, regime, without=set()):
        for indicator, row in named.items():
            own = computed.get((head["year"], str(head["stage"]), indicator))
            if own is None or (foreign and indicator == COMPOSITE):
                continue
            for column in ("mean", "cv"):
                printed, value = _printed(row[column]), float(own[column])
                if printed is None or pd.isna(value):
                    continue
                allowed = printed_reach(row[column]) + Fraction(NEAR) * printed
                if abs(as_filed(value) - printed) > allowed:
                    found.append(Difference(int(row["index"]), column, str(row[column]), value))
    return found


def _printed(text: Any) -> Fraction | None:
    return as_filed(text) if isinstance(text, str) else None
