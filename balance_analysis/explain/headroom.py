"""How far a school is from failing: pupils it may still take, units it may lose, and the year it falls out.

All numbers are whole and exact at the boundary: with the headroom the rule still holds, with one more it does
not. Negative headroom means that the rule fails already, and by how much. Only this stage of a shared campus
is looked at. Limits and floors are columns of the judged indicator table; the number of indicators required,
school-size and class-size limits are arguments.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from math import floor
from typing import Any

import pandas as pd

from balance_analysis.errors import ParameterError
from balance_analysis.exact import Number, as_filed
from balance_analysis.explain.cells import MISSING_NUMERATOR, key_columns, with_amounts
from balance_analysis.explain.school_rule import SchoolRule, filed_indicator

NO_PUPILS = "no_pupils"

_SCHOOL_KEYS = (
    "division_code",
    "county",
    "year",
    "stage",
    "school_code",
    "school_name",
    "stratum",
    "sponsor",
)
_PLACE_COLUMNS = ("size_pupils", "size_limit", "classes", "class_limit", "largest_class")
_CONSTRAINTS = {
    "indicators": "indicator_headroom",
    "school_size": "size_headroom",
    "class_size": "class_headroom",
}


def judged_rows(judged: pd.DataFrame) -> pd.DataFrame:
    """Return the rows that carry a limit, with amounts complete and a ``reason`` where no value exists."""
    rows = with_amounts(judged[judged["limit"].notna()].reset_index(drop=True))
    if "floor" not in rows.columns:
        rows["floor"] = float("nan")
    rows["reason"] = ""
    rows.loc[rows["enrolment"] == 0, "reason"] = NO_PUPILS
    unknown = rows["amount"].isna() | rows["resource"].isna() | rows["enrolment"].isna()
    rows.loc[unknown & (rows["reason"] == ""), "reason"] = MISSING_NUMERATOR
    return rows


def _schools(rows: pd.DataFrame) -> list[tuple[dict[str, object], pd.DataFrame]]:
    keys = key_columns(rows, _SCHOOL_KEYS)
    return [
        (dict(zip(keys, values, strict=True)), school)
        for values, school in rows.groupby(keys, sort=True, dropna=False)
    ]


def rule_of(school: pd.DataFrame, indicators_required: int) -> SchoolRule | None:
    """Return the rule of one school's judged rows; None where an indicator is missing."""
    if (school["reason"] != "").any():
        return None
    return SchoolRule([filed_indicator(row) for _, row in school.iterrows()], indicators_required)


def indicator_headroom(
    judged: pd.DataFrame, *, indicators_required: int, unit_sizes: Mapping[str, Number]
) -> pd.DataFrame:
    """Return one row per school, stage, indicator with a limit: distance to limit, floor and rule.

    ``pupils_to_limit``/``pupils_to_floor``: pupils the stage may take before the value falls below the line
    (negative: it lies below; so many fewer pupils would be needed). ``slack_to_limit``/``slack_to_floor``:
    the amount that may go, in the filed unit, not rounded; ``units_to_limit``/``units_to_floor``: the same in
    whole units of ``unit_sizes``. ``units_to_rule``: units of this indicator that may go before the school
    fails its rule, all else equal (``rule_line`` names the line that then counts; both missing where the
    rule fails whatever this indicator is, or does not depend on it). ``reason`` for rows without a value;
    where another indicator of the school is missing, only the rule columns are missing.
    """
    records: list[dict[str, object]] = []
    for key, school in _schools(judged_rows(judged)):
        rule = rule_of(school, indicators_required)
        for position, (_, row) in enumerate(school.iterrows()):
            record: dict[str, object] = {**key, "indicator": row["indicator"], "reason": row["reason"]}
            record |= {name: row[name] for name in ("enrolment", "amount", "limit", "floor")}
            if not row["reason"]:
                one = rule.indicators[position] if rule else filed_indicator(row)
                unit = _unit(unit_sizes, one.indicator)
                record["value"] = float(one.value)
                for name in ("limit", "floor"):
                    line = one.limit if name == "limit" else one.floor
                    if line is not None:
                        slack = one.slack_to(line)
                        record[f"pupils_to_{name}"] = one.pupils_to(line)
                        record[f"slack_to_{name}"] = float(slack)
                        record[f"units_to_{name}"] = floor(slack / unit)
                if rule and (rule_line := rule.line_that_holds(one)):
                    line = one.line(rule_line)
                    if line is not None:
                        record["rule_line"] = rule_line
                        record["units_to_rule"] = floor(one.slack_to(line) / unit)
            records.append(record)
    columns = [
        *key_columns(judged, _SCHOOL_KEYS), "indicator", "enrolment", "amount", "value", "limit", "floor",
        "pupils_to_limit", "pupils_to_floor", "slack_to_limit", "slack_to_floor", "units_to_limit",
        "units_to_floor", "units_to_rule", "rule_line", "reason",
    ]  # fmt: skip
    return pd.DataFrame.from_records(records, columns=columns)


def _unit(unit_sizes: Mapping[str, Number], indicator: str) -> Fraction:
    if indicator not in unit_sizes:
        raise ParameterError(f"没有给出指标“{indicator}”的单位大小（unit_sizes），无法计算余量；请补上。")
    return as_filed(unit_sizes[indicator])


def school_headroom(
    judged: pd.DataFrame, *, indicators_required: int, places: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Return one row per school and stage: the pupils it may take before one of its rules fails.

    ``places`` adds what the size rules need, per school (and year, stage): ``size_pupils``, ``size_limit``
    (the pupils and limit of the size rule) and ``classes`` with ``class_limit`` and, if known,
    ``largest_class``. Seats are classes × limit − pupils, the most that even filling allows; a class above
    its limit makes the class headroom negative by its excess.

    Columns: school key, enrolment, indicator_headroom, size_headroom, class_headroom, ``headroom`` (the
    smallest known of them; missing as soon as the indicators' is), ``headroom_share`` (÷ enrolment),
    ``binding`` (``indicators``, ``school_size``, ``class_size``), ``binding_indicator`` and ``binding_line``
    (limit or floor) of the indicators' headroom, n_indicators, n_missing, reason.
    """
    records: list[dict[str, object]] = []
    for key, school in _schools(judged_rows(judged)):
        missing = school["reason"] != ""
        record: dict[str, object] = {
            **key,
            "enrolment": school["enrolment"].iloc[0],
            "n_indicators": len(school),
            "n_missing": int(missing.sum()),
            "reason": school.loc[missing, "reason"].iloc[0] if missing.any() else "",
        }
        rule = rule_of(school, indicators_required)
        if rule:
            if not 0 < indicators_required <= len(school):
                raise ParameterError(
                    f"要求达标的指标数为 {indicators_required}，但学校“{key.get('school_code', '')}”只有 "
                    f"{len(school)} 项有标准值的指标；请核对评估办法或数据。"
                )
            pupils, indicator, line = rule.pupils_headroom()
            record |= {"indicator_headroom": pupils, "binding_indicator": indicator, "binding_line": line}
        records.append(record)
    keys = key_columns(judged, _SCHOOL_KEYS)
    columns = [
        *keys, "enrolment", "indicator_headroom", "binding_indicator", "binding_line", "n_indicators",
        "n_missing", "reason",
    ]  # fmt: skip
    frame = _with_places(pd.DataFrame.from_records(records, columns=columns), places)
    bounds = frame[list(_CONSTRAINTS.values())].astype(float)
    assessable = bounds["indicator_headroom"].notna()
    frame["headroom"] = bounds.min(axis=1).where(assessable)
    frame["headroom_share"] = frame["headroom"] / frame["enrolment"].where(frame["enrolment"] > 0)
    names = {column: name for name, column in _CONSTRAINTS.items()}
    binding = pd.Series(None, index=frame.index, dtype=object)
    if assessable.any():
        binding[assessable] = bounds[assessable].idxmin(axis=1).map(names)
    frame["binding"] = binding
    order = [
        *keys, "enrolment", "indicator_headroom", "size_headroom", "class_headroom", "headroom",
        "headroom_share", "binding", "binding_indicator", "binding_line", "n_indicators", "n_missing",
        "reason",
    ]  # fmt: skip
    return frame[order]


def _with_places(frame: pd.DataFrame, places: pd.DataFrame | None) -> pd.DataFrame:
    if places is None:
        return frame.assign(size_headroom=float("nan"), class_headroom=float("nan"))
    keys = [
        name for name in ("division_code", "year", "stage", "school_code") if name in places and name in frame
    ]
    known = places.reindex(columns=[*keys, *_PLACE_COLUMNS])
    joined = frame.merge(known, on=keys, how="left", validate="many_to_one")
    seats = joined["classes"] * joined["class_limit"] - joined["enrolment"]
    excess = joined["class_limit"] - joined["largest_class"]
    crowded = joined["largest_class"].notna() & (excess < 0)
    joined["class_headroom"] = seats.where(~crowded, pd.concat([seats, excess], axis=1).min(axis=1))
    joined["size_headroom"] = joined["size_limit"] - joined["size_pupils"]
    return joined.drop(columns=list(_PLACE_COLUMNS))


def early_warning(
    headroom: pd.DataFrame, *, narrow_share: float, cohorts: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Return the schools to watch, the most urgent first, from the frame of :func:`school_headroom`.

    ``cohorts`` holds, per school (and stage), the coming ``school_year``s with ``entering`` and ``leaving``
    pupils; resources are held where they are. ``falls_out_in`` is the first coming school year in which the
    growth exceeds the headroom, ``pupils_then`` the stage's pupils in it, ``covered_until`` the last year the
    cohorts reach without a gap. ``level``: ``out`` (fails now), ``dated`` (falls out in a known year),
    ``narrow`` (headroom ≤ ``narrow_share`` of its pupils), ``not_assessable``. Schools with none of these
    are left out.
    """
    rows: list[dict[str, object]] = []
    for values in headroom.to_dict("records"):
        record: dict[str, Any] = {str(name): value for name, value in values.items()}
        row = record | _future(record, cohorts)
        if pd.isna(record["headroom"]):
            row["level"] = "not_assessable"
        elif record["headroom"] < 0:
            row["level"] = "out"
        elif not pd.isna(row["falls_out_in"]):
            row["level"] = "dated"
        elif record["headroom_share"] <= narrow_share:
            row["level"] = "narrow"
        else:
            continue
        rows.append(row)
    columns = [*headroom.columns, "falls_out_in", "pupils_then", "covered_until", "level"]
    frame = pd.DataFrame.from_records(rows, columns=columns)
    urgency = frame["level"].map({"out": 0, "dated": 1, "narrow": 2, "not_assessable": 3})
    order = frame.assign(_level=urgency).sort_values(
        ["_level", "falls_out_in", "headroom_share", "school_code"], kind="stable", na_position="last"
    )
    return order.drop(columns="_level").reset_index(drop=True)


def _future(record: Mapping[str, Any], cohorts: pd.DataFrame | None) -> dict[str, object]:
    nothing: dict[str, object] = {
        "falls_out_in": float("nan"),
        "pupils_then": float("nan"),
        "covered_until": float("nan"),
    }
    if cohorts is None or pd.isna(record["headroom"]):
        return nothing
    own = cohorts[cohorts["school_code"] == record["school_code"]]
    for column in ("stage", "division_code"):
        if column in cohorts and column in record:
            own = own[own[column] == record[column]]
    pupils = start = float(record["enrolment"])
    expected = int(record["year"]) + 1
    for year, entering, leaving in own.sort_values("school_year")[
        ["school_year", "entering", "leaving"]
    ].to_numpy():
        if year < expected:
            continue
        if year > expected or pd.isna(entering) or pd.isna(leaving):
            break
        pupils += entering - leaving
        nothing["covered_until"] = int(year)
        if pupils - start > float(record["headroom"]):
            return nothing | {"falls_out_in": int(year), "pupils_then": pupils}
        expected += 1
    return nothing
