"""How far a school is from failing: pupils it may still take, and units it may lose.

All numbers are whole and exact at the boundary: with the headroom the rule still holds, with one more it does
not. Negative headroom means that the rule fails already, and by how much. Only this stage of a shared campus
is looked at. Limits and floors are columns of the judged indicator table; the number of indicators required,
school-size and class-size limits are arguments.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from balance_analysis.exact import Floats, Number
from balance_analysis.explain.campus_headroom import CampusHeadroom
from balance_analysis.explain.school_rules import FLOOR, LIMIT, SchoolRules

_PLACE_COLUMNS = ("size_pupils", "size_limit", "classes", "class_limit", "largest_class")
_CONSTRAINTS = {
    "indicators": "indicator_headroom",
    "school_size": "size_headroom",
    "class_size": "class_headroom",
}
_NOT_FILLED = ("falls_out_in", "pupils_then", "covered_until")
"""Columns of the file of ``assess`` that others may read by name."""


def _counts(values: Floats) -> pd.Series:
    """A column of whole numbers; floats where some are missing."""
    return pd.Series(values if np.isnan(values).any() else values.astype(np.int64))


def indicator_headroom(
    rules: SchoolRules, *, unit_sizes: Mapping[str, Number], merged: CampusHeadroom | None = None
) -> pd.DataFrame:
    """Return one row per school, stage, indicator with a limit: distance to limit, floor and rule.

    ``pupils_to_limit``/``pupils_to_floor``: pupils the stage may take before the value falls below the line
    (negative: it lies below; so many fewer pupils would be needed). ``slack_to_limit``/``slack_to_floor``:
    the amount that may go, in the filed unit, not rounded; ``units_to_limit``/``units_to_floor``: the same in
    whole units of ``unit_sizes``. ``units_to_rule``: units of this indicator that may go before the school
    fails its rule, all else equal (``rule_line`` names the line that then counts; both missing where the
    rule fails whatever this indicator is, or does not depend on it). ``reason`` for rows without a value;
    where another indicator of the school is missing, only the rule columns are missing. ``merged`` states the figures of
    schools whose campuses split what they share differently: each is that of the campus where it is smallest;
    ``campus`` names the one of ``pupils_to_limit`` (the school itself where its campuses do not matter).
    """
    sizes = rules.sizes(unit_sizes)
    frame = rules.rows[[*rules.keys, "indicator", "enrolment", "amount", "limit", "floor", "reason"]].copy()
    frame["value"] = rules.value
    for name, line in ((LIMIT, rules.limit), (FLOOR, rules.floor)):
        frame[f"pupils_to_{name}"], frame[f"slack_to_{name}"] = _counts(line.pupils), line.slack
        frame[f"units_to_{name}"] = _counts(line.units(sizes))
    frame["campus"] = frame["school_code"]
    if merged is not None:
        merged.fill_indicators(frame, sizes)
    to_rule: Floats = np.full(len(frame), np.nan)
    frame["rule_line"] = pd.Series(None, index=frame.index, dtype=object)
    for name, rows in rules.needs.items():
        to_rule[rows] = frame.loc[rows, f"units_to_{name}"]
        frame.loc[rows, "rule_line"] = name
    frame["units_to_rule"] = _counts(to_rule)
    columns = [
        *rules.keys, "indicator", "enrolment", "amount", "value", "limit", "floor",
        "pupils_to_limit", "pupils_to_floor", "slack_to_limit", "slack_to_floor", "units_to_limit",
        "units_to_floor", "units_to_rule", "rule_line", "campus", "reason",
    ]  # fmt: skip
    return frame[columns]


def school_headroom(
    rules: SchoolRules, *, places: pd.DataFrame | None = None, merged: CampusHeadroom | None = None
) -> pd.DataFrame:
    """Return one row per school and stage: the pupils it may take before one of its rules fails.

    ``places`` adds what the size rules need, per school (and year, stage): ``size_pupils``, ``size_limit``
    (the pupils and limit of the size rule) and ``classes`` with ``class_limit`` and, if known,
    ``largest_class``. Seats are classes × limit − pupils, the most that even filling allows; a class above
    its limit makes the class headroom negative by its excess. ``merged`` states the indicators' headroom of schools
    whose campuses split what they share differently: the pupils that may come to any one campus, or by how many
    fewer at one campus the school would meet its rule.

    Columns: school key, enrolment, indicator_headroom, size_headroom, class_headroom, ``headroom`` (the
    smallest known of them; missing as soon as the indicators' is), ``headroom_share`` (÷ enrolment),
    ``binding`` (``indicators``, ``school_size``, ``class_size``), ``binding_indicator`` and ``binding_line``
    (limit or floor) of the indicators' headroom, ``campus`` (where the pupils come or go: the school itself where its
    campuses do not matter), n_indicators, n_missing, reason.
    """
    pupils, row, floor_binds = rules.binding
    complete = rules.complete
    indicator = rules.rows["indicator"].to_numpy(dtype=object)[row]
    frame = rules.schools.assign(
        enrolment=rules.rows["enrolment"].to_numpy(np.float64)[rules.starts],
        indicator_headroom=_counts(np.where(complete, pupils, np.nan)),
        binding_indicator=pd.Series(indicator).where(complete),
        binding_line=pd.Series(np.where(floor_binds, FLOOR, LIMIT)).where(complete),
        n_indicators=np.diff(rules.starts, append=len(rules.rows)),
        n_missing=rules.n_missing,
        reason=rules.reason,
    )
    frame["campus"] = frame["school_code"]
    if merged is not None:
        merged.fill_schools(frame)
    frame = _with_places(frame, places)
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
        *rules.keys, "enrolment", "indicator_headroom", "size_headroom", "class_headroom", "headroom",
        "headroom_share", "binding", "binding_indicator", "binding_line", "campus", "n_indicators",
        "n_missing", "reason",
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


def early_warning(headroom: pd.DataFrame, *, narrow_share: float) -> pd.DataFrame:
    """Return the schools to watch, the most urgent first, from the frame of :func:`school_headroom`.

    ``level``: ``out`` (fails now), ``narrow`` (headroom ≤ ``narrow_share`` of its pupils), ``not_assessable``; schools
    with none of these are left out. ``falls_out_in``, ``pupils_then`` and ``covered_until`` are empty: the year in which a
    school falls out is told by :mod:`balance_analysis.explain.cohorts`.
    """
    levels = {
        "out": headroom["headroom"] < 0,
        "narrow": headroom["headroom_share"] <= narrow_share,
        "not_assessable": headroom["headroom"].isna(),
    }
    urgency = np.select(list(levels.values()), range(len(levels)), default=len(levels))
    frame = headroom.assign(**dict.fromkeys(_NOT_FILLED, float("nan")), _level=urgency)
    frame["level"] = np.array([*levels, ""], dtype=object)[urgency]
    order = ["_level", "headroom_share", "school_code"]
    watched = frame[frame["level"] != ""].sort_values(order, kind="stable", na_position="last")
    return watched.drop(columns="_level").reset_index(drop=True)
