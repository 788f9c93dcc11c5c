"""Patterns in filed figures that an honest county seldom shows: findings *to be checked*, never verdicts.

Six rules, each with an id: values bunched just above a limit, last digits heaped, identical rows, floor areas
that jump without building, parts that exceed their whole, and parts that do not sum to it. The first two and the
jumps are exact tests; their p-values are held against a level that keeps the chance of *any* finding in an
honest county below :data:`FALSE_ALARM_RATE`: each testing rule may spend three tenths of it, divided by the number
of tests it makes in that county over all years at hand (Bonferroni). The rest is for the counting rules, which
honest figures trip only by coincidence. Measured on simulated honest counties by
``benchmarks/plausibility_false_alarms.py``; decision record 0014.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

import numpy as np
import pandas as pd
from scipy import special

from balance_analysis.exact import Floats, Mask, as_filed
from balance_analysis.explain.cells import exact_column, key_columns
from balance_analysis.resources import class_bands

BUNCHING = "bunching_above_limit"
HEAPING = "last_digit_heaping"
IDENTICAL = "identical_rows"
JUMP = "area_jump_without_building"
PARTS_EXCEED = "parts_exceed_whole"
PARTS_DIFFER = "parts_differ_from_whole"

TO_BE_CHECKED = "to_be_checked"
FINDING_COLUMNS = (
    "rule", "status", "division_code", "county", "year", "stage", "indicator", "field", "school_codes", "n_schools",
    "n", "count", "expected", "p_value", "level",
)  # fmt: skip
_COUNTY = ("division_code", "county", "school_year")
_TESTING_RULES_SHARE = 0.3


@dataclass(frozen=True)
class Identity:
    """``parts`` add up to at most (``exceed``) or exactly (``differ``) their ``whole``; ids are field names."""

    whole: str
    parts: tuple[str, ...]
    kind: Literal["exceed", "differ"] = "exceed"
    stage: str = ""


def _stage_identities(stage: str, degrees: Sequence[str]) -> list[Identity]:
    teachers = f"{stage}_full_time_teachers"
    subjects = ("pe_teachers", "music_teachers", "fine_arts_teachers", "arts_teachers")
    return [
        Identity(teachers, tuple(f"{stage}_{name}" for name in subjects), "exceed", stage),
        Identity(teachers, tuple(f"{stage}_teachers_{name}" for name in degrees), "exceed", stage),
        Identity(teachers, (f"{stage}_backbone_teachers",), "exceed", stage),
        Identity(teachers, (f"{stage}_intermediate_title_teachers",), "exceed", stage),
        Identity(f"{stage}_classes", tuple(band.field(stage) for band in class_bands()), "differ", stage),
    ]


IDENTITIES: tuple[Identity, ...] = (
    *_stage_identities("primary", ("associate", "bachelor", "master", "doctor")),
    *_stage_identities("junior_secondary", ("bachelor", "master", "doctor")),
    Identity("teaching_and_auxiliary_area_m2", ("indoor_sports_area_m2",)),
    Identity("operating_funds_budget_wan_cny", ("teacher_training_budget_wan_cny",)),
)
"""What must add up in the own template."""

AREA_FIELDS = ("teaching_and_auxiliary_area_m2", "sports_ground_area_m2")
DIGIT_FIELDS = (*AREA_FIELDS, "indoor_sports_area_m2", "books")
ROW_FIELDS = (
    "primary_enrolment", "junior_secondary_enrolment", "primary_full_time_teachers",
    "junior_secondary_full_time_teachers", *DIGIT_FIELDS, "teaching_equipment_value_wan_cny",
    "multimedia_classrooms", "teaching_computers", "operating_funds_actual_wan_cny",
)  # fmt: skip
"""Fields of the own template that are grown by building, have digits to look at, or make a row."""


FALSE_ALARM_RATE = 0.01
"""How often an honest county may be troubled."""
WINDOW_SHARE, HONEST_SHARE_ABOVE = Fraction(1, 20), 0.6
"""Half-width of the window around a limit as a share of it, and the most that a smoothly rising honest distribution puts into its upper half."""
DIGITS_FROM = 100
"""Digits are looked at in whole numbers of at least this size."""
INFORMATIVE_FIELDS = 4
"""So many equal figures of three or more digits make two rows identical."""
JUMP_FACTOR, JUMP_RATE, DOUBLING_FACTOR = 1.25, 0.02, 2.0
"""Yearly growth of an area that counts as a jump, how often honest schools show one, and growth that is a finding by itself."""


def bunching_above_limit(judged: pd.DataFrame) -> pd.DataFrame:
    """Test, per cell, whether more schools lie just above the limit than just below.

    In the window limit·(1 ± :data:`WINDOW_SHARE`), the limit itself above: ``n`` schools, ``count`` at or above,
    exact one-sided binomial against :data:`HONEST_SHARE_ABOVE`. Every cell with schools in its window has a row.
    """
    keys, records = key_columns(judged), list[dict[str, Any]]()
    known = judged[[*keys, "school_code", "value", "limit"]].dropna(subset=["value", "limit"])
    value, limit = (known[name].to_numpy(dtype=np.float64) for name in ("value", "limit"))
    inside, above = (np.zeros(len(known), dtype=bool) for _ in range(2))
    for line in np.unique(limit):
        rows, exact = np.flatnonzero(limit == line), as_filed(float(line))
        within = _reaches(value[rows], exact * (1 - WINDOW_SHARE)) & ~_reaches(
            value[rows], exact * (1 + WINDOW_SHARE)
        )
        inside[rows], above[rows] = within, within & _reaches(value[rows], exact)
    close = known[inside].assign(above=above[inside])
    for values, cell in close.groupby(keys, sort=True, dropna=False):
        number, count = len(cell), int(cell["above"].sum())
        p_value = _at_least(count, number, HONEST_SHARE_ABOVE)
        record = dict(zip(keys, values, strict=True)) | {"rule": BUNCHING, "n": number, "count": count}
        record |= {"expected": number * HONEST_SHARE_ABOVE, "p_value": p_value}
        records.append(record | _schools(cell.loc[cell["above"], "school_code"]))
    return _with_levels(records)


def _reaches(values: Floats, line: Fraction) -> Mask:
    """Whether the decimals that the values stand for are at the line or above it.

    They have the order of the values; only the float nearest to the line may lie on either side of it.
    """
    nearest = float(line)
    reached: Mask = values > nearest
    return reached | (values == nearest) if as_filed(nearest) >= line else reached


def last_digit_heaping(schools: pd.DataFrame, fields: Sequence[str]) -> pd.DataFrame:
    """Test, per county, year and field, whether one last digit, or 0 and 5 together, come too often.

    Whole numbers of at least :data:`DIGITS_FROM`. p = 2·min(10·P(Bin(n, 0.1) ≥ most frequent),
    P(Bin(n, 0.2) ≥ zeros and fives)), at most 1: exact tails with Bonferroni, valid for any n. ``count`` and
    ``expected`` are those of the stronger of the two.
    """
    records: list[dict[str, Any]] = []
    for key, rows in _county_years(schools, fields):
        for field in key_columns(rows, fields):
            value = rows[field].to_numpy(dtype=np.float64)
            usable = (value >= DIGITS_FROM) & (value % 1 == 0)
            if not usable.any():
                continue
            digit = (value[usable] % 10).astype(int)
            counts, number = np.bincount(digit, minlength=10), len(digit)
            single, fives = int(counts.max()), int(counts[0] + counts[5])
            p_single = 10 * _at_least(single, number, 0.1)
            p_fives = _at_least(fives, number, 0.2)
            by_single = p_single <= p_fives
            heaped = digit == int(counts.argmax()) if by_single else np.isin(digit, [0, 5])
            record = key | {"rule": HEAPING, "field": field, "n": number}
            record |= {
                "count": single if by_single else fives,
                "expected": number * (0.1 if by_single else 0.2),
            }
            record |= {"p_value": min(1.0, 2 * min(p_single, p_fives))}
            records.append(record | _schools(rows["school_code"][usable][heaped]))
    return _with_levels(records)


def identical_rows(schools: pd.DataFrame, fields: Sequence[str]) -> pd.DataFrame:
    """Find schools of one county and year whose ``fields`` are all equal.

    Only rows with at least :data:`INFORMATIVE_FIELDS` figures of three or more digits (or with decimals) count:
    two tiny sites may well both have five teachers. ``n`` schools compared, ``count`` equal ones.
    """
    present = [field for field in fields if field in schools.columns]
    records: list[dict[str, Any]] = []
    for key, rows in _county_years(schools, fields):
        figures = rows[present]
        informative = ((figures >= 100) | (figures % 1 > 0)).sum(axis=1) >= INFORMATIVE_FIELDS
        compared = rows[informative]
        repeated = compared[compared.duplicated(present, keep=False)]
        for _, equal in repeated.groupby(present, dropna=False, sort=True):
            record = key | {"rule": IDENTICAL, "n": len(compared), "count": len(equal)}
            records.append(record | _schools(equal["school_code"]))
    return _findings(records)


def area_jumps(schools: pd.DataFrame, fields: Sequence[str]) -> pd.DataFrame:
    """Find areas that grew from one year to the next though the year of building on file stayed the same.

    Growth by :data:`DOUBLING_FACTOR` or more is a finding for that school. Growth by :data:`JUMP_FACTOR` or more is
    counted over the county's schools and tested: exact binomial tail against :data:`JUMP_RATE`.
    """
    records, counted = list[dict[str, Any]](), list[dict[str, Any]]()
    years = {
        tuple(key.values()): (key, rows) for key, rows in _county_years(schools, ("built_year", *fields))
    }
    for (*place, year), (key, rows) in years.items():
        if (*place, year - 1) not in years:
            continue
        before = years[(*place, year - 1)][1]
        pairs = rows.merge(before, on="school_code", suffixes=("", "_before"))
        if "built_year" in pairs:
            same = (pairs["built_year"] == pairs["built_year_before"]) | (
                pairs["built_year"].isna() & pairs["built_year_before"].isna()
            )
            pairs = pairs[same]
        for field in fields:
            if f"{field}_before" not in pairs:
                continue
            usable = pairs[pairs[field].notna() & (pairs[f"{field}_before"] > 0)]
            growth = usable[field] / usable[f"{field}_before"]
            doubled = usable.loc[growth >= DOUBLING_FACTOR, "school_code"]
            base = key | {"rule": JUMP, "field": field, "n": len(usable)}
            if len(doubled):
                records.append(base | {"count": len(doubled)} | _schools(doubled))
            jumped = usable.loc[growth >= JUMP_FACTOR, "school_code"]
            if len(usable):
                tested = {"count": len(jumped), "expected": len(usable) * JUMP_RATE}
                tested["p_value"] = _at_least(len(jumped), len(usable), JUMP_RATE)
                counted.append(base | tested | _schools(jumped))
    parts = [part.astype(object) for part in (_findings(records), _with_levels(counted)) if len(part)]
    return pd.concat(parts, ignore_index=True) if parts else _findings([])


def broken_identities(schools: pd.DataFrame, identities: Sequence[Identity]) -> pd.DataFrame:
    """Find schools whose parts exceed their whole, or differ from it; only rows in which all are filed.

    ``field`` names the whole, ``n`` the rows looked at, ``count`` the rows that break it. Compared on the
    decimals as filed.
    """
    records: list[dict[str, Any]] = []
    asked = dict.fromkeys(name for identity in identities for name in (identity.whole, *identity.parts))
    for key, rows in _county_years(schools, asked):
        for identity in identities:
            names = [identity.whole, *identity.parts]
            if not set(names) <= set(rows.columns):
                continue
            figures = [rows[name].to_numpy(dtype=np.float64) for name in names]
            filed = ~np.logical_or.reduce([np.isnan(column) for column in figures])
            (whole, places), *parts = (exact_column(column[filed]) for column in figures)
            most = max(places, *(digits for _, digits in parts))
            excess = sum(
                (part * 10 ** (most - digits) for part, digits in parts), -whole * 10 ** (most - places)
            )
            broken: Mask = excess > 0 if identity.kind == "exceed" else excess != 0
            if broken.any():
                rule = PARTS_EXCEED if identity.kind == "exceed" else PARTS_DIFFER
                record = key | {"rule": rule, "field": identity.whole, "stage": identity.stage}
                record |= {"n": len(whole), "count": int(broken.sum())}
                records.append(record | _schools(rows["school_code"][filed][broken]))
    return _findings(records)


def screen(
    judged: pd.DataFrame,
    schools: pd.DataFrame,
    *,
    digit_fields: Sequence[str] = DIGIT_FIELDS,
    area_fields: Sequence[str] = AREA_FIELDS,
    row_fields: Sequence[str] = ROW_FIELDS,
    identities: Sequence[Identity] = IDENTITIES,
) -> pd.DataFrame:
    """Return every finding of the six rules, sorted by county, year and rule; empty for a plain county.

    ``judged``: indicator table with value and limit; ``schools``: the filed table (``school_year``,
    ``school_code``, ``division_code`` …, numbers as filed, missing as NaN). Columns: rule, status
    (``to_be_checked``), division_code, county, year, stage, indicator, field, school_codes (joined by ``;``),
    n_schools, n, count, expected, p_value (NaN for counting rules), level (what p is held against).
    """
    tested = [
        bunching_above_limit(judged),
        last_digit_heaping(schools, digit_fields),
        area_jumps(schools, area_fields),
    ]
    parts = [table[table["p_value"].isna() | (table["p_value"] <= table["level"])] for table in tested]
    parts += [identical_rows(schools, row_fields), broken_identities(schools, identities)]
    filled = [part.astype(object) for part in parts if not part.empty]
    if not filled:
        return pd.DataFrame(columns=list(FINDING_COLUMNS))
    found = pd.concat(filled, ignore_index=True)
    numbers = ["n_schools", "n", "count", "expected", "p_value", "level"]
    found[numbers] = found[numbers].astype(float)
    return found.sort_values(["division_code", "year", "rule", "field"], kind="stable").reset_index(drop=True)


def _at_least(count: int, number: int, share: float) -> float:
    """The chance of at least ``count`` of ``number`` independent cases of probability ``share``."""
    return 1.0 if count == 0 else float(special.betainc(count, number - count + 1, share))


def _county_years(schools: pd.DataFrame, fields: Iterable[str]) -> list[tuple[dict[str, Any], pd.DataFrame]]:
    """The codes and these fields of the schools by county and year."""
    keys = key_columns(schools, _COUNTY)
    asked = [*keys, *key_columns(schools, ("school_code", *fields))]
    groups = schools[asked].groupby(keys, sort=True, dropna=False)
    return [(_clean(dict(zip(keys, values, strict=True))), rows) for values, rows in groups]


def _clean(key: dict[str, Any]) -> dict[str, Any]:
    renamed = {("year" if name == "school_year" else name): value for name, value in key.items()}
    return renamed | {"year": int(str(renamed["year"]).removesuffix(".0"))}


def _schools(codes: pd.Series) -> dict[str, Any]:
    return {"school_codes": ";".join(codes.astype(str)), "n_schools": len(codes)}


def _findings(records: list[dict[str, Any]]) -> pd.DataFrame:
    rows = [{"status": TO_BE_CHECKED, **record} for record in records]
    return pd.DataFrame.from_records(rows, columns=list(FINDING_COLUMNS))


def _with_levels(records: list[dict[str, Any]]) -> pd.DataFrame:
    """Give every test its level: the rule's share of the false alarms, divided among its tests."""
    table = _findings(records)
    if table.empty:
        return table
    tests = table.groupby("division_code", dropna=False)["rule"].transform("size")
    return table.assign(level=FALSE_ALARM_RATE * _TESTING_RULES_SHARE / tests)
