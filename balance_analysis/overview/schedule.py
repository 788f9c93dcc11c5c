"""Counties against their year of acceptance: who is due, who is there, how far it still is to every limit."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from balance_analysis.assessment import CountyAssessment
from balance_analysis.errors import ParameterError
from balance_analysis.programmes.loader import load_plan
from balance_analysis.programmes.model import Plan
from balance_analysis.programmes.status import statistics_day
from balance_analysis.terms import Outcome, Relation
from balance_analysis.verdicts.items import OVERALL

ScheduleSource = str | Path | Sequence[str | Path] | Mapping[str, int] | None
"""Plan ids or files, or division code (or name) → planned year."""

SCHEDULE_COLUMNS = (
    "division_code",
    "county",
    "place",
    "planned_year",
    "basis",
    "year",
    "years_left",
    "status",
    "outcome",
    "overall_outcome",
    "limits_judged",
    "limits_not_met",
    "limits_unknown",
    "items_not_met",
    "items_unknown",
)
DISTANCE_COLUMNS = (
    "division_code",
    "county",
    "year",
    "planned_year",
    "years_left",
    "stage",
    "rule",
    "indicator",
    "value",
    "limit",
    "relation",
    "outcome",
    "borderline",
    "distance",
    "distance_lowest",
    "distance_highest",
    "pace_needed",
)
JUDGED_RULES = ("schools", "coefficient")
_NOT_JUDGED = dict.fromkeys(("outcome", "overall_outcome", "items_not_met", "items_unknown"), "")


class AcceptanceStatus(StrEnum):
    """Where a county stands against its planned year of acceptance.

    The data of a school year are taken on 1 September (:func:`~balance_analysis.programmes.progress.statistics_day`) and
    speak for planned years that were over by then. ``met``: everything the regime judges is met, due or not; ``late``: due and not
    met; ``unknown``: due and not assessable; ``outdated``: the planned year was over on the day of the law, but the
    data are older; ``open``: not due; ``failed``: the county's data could not be assessed; ``no_data``: in the
    schedule, in none of the files; ``unscheduled``: assessed, without a planned year; ``not_comparable``: the plan works
    towards another evaluation than this one, so that its year says nothing about this one's outcome.
    """

    MET = "met"
    LATE = "late"
    UNKNOWN = "unknown"
    OUTDATED = "outdated"
    OPEN = "open"
    FAILED = "failed"
    NO_DATA = "no_data"
    UNSCHEDULED = "unscheduled"
    NOT_COMPARABLE = "not_comparable"


@dataclass(frozen=True)
class ScheduleEntry:
    """One county's planned year; ``division_code`` is empty where only the name is known.

    ``regime`` is the evaluation that the year is planned for, empty where the source does not say.
    """

    place: str
    division_code: str
    year: int
    basis: str
    regime: str = ""

    def names(self, division_code: str, county: str) -> bool:
        """Whether this entry is about that county: by code, else by name without what stands in brackets.

        >>> ScheduleEntry("铁东区（千山风景区）", "", 2020, "").names("210302", "铁东区")
        True
        """
        if self.division_code:
            return self.division_code == division_code
        return re.sub(r"[（(].*?[）)]", "", self.place).strip() == county


@dataclass(frozen=True)
class Schedule:
    """Planned years of acceptance and the documents they come from."""

    entries: tuple[ScheduleEntry, ...] = ()
    documents: tuple[str, ...] = ()

    def entry_of(self, division_code: str, county: str) -> ScheduleEntry | None:
        """The entry about that county, None where the schedule does not name it."""
        return next((entry for entry in self.entries if entry.names(division_code, county)), None)


def read_schedule(source: ScheduleSource) -> Schedule:
    """A schedule from plan ids or files, or from a mapping of division code or name to planned year.

    Raises :class:`ParameterError` for years that are no whole numbers and for a county planned twice,
    :class:`~balance_analysis.errors.RegimeError` for an unknown or faulty plan.

    >>> read_schedule({"210302": 2020}).entries[0].year
    2020
    """
    if source is None:
        return Schedule()
    if isinstance(source, Mapping):
        entries = tuple(_mapped_entry(name, year) for name, year in source.items())
        schedule = Schedule(entries)
    else:
        plans = [load_plan(name) for name in ([source] if isinstance(source, str | Path) else source)]
        schedule = Schedule(
            tuple(entry for plan in plans for entry in _plan_entries(plan)),
            tuple(_document(plan) for plan in plans),
        )
    seen: dict[str, ScheduleEntry] = {}
    for entry in schedule.entries:
        key = entry.division_code or entry.place
        if key in seen and seen[key].year != entry.year:
            raise ParameterError(f"验收计划中{entry.place}有两个年份：{seen[key].year} 和 {entry.year}")
        seen[key] = entry
    return Schedule(tuple(seen.values()), schedule.documents)


def _mapped_entry(name: object, year: object) -> ScheduleEntry:
    if not isinstance(name, str) or not name.strip():
        raise ParameterError(f"验收计划的键应为行政区划代码或区县名称的文本，收到 {name!r}")
    if not isinstance(year, int) or isinstance(year, bool):
        raise ParameterError(f"验收计划中 {name} 的年份应为整数，收到 {year!r}")
    code = name if re.fullmatch(r"\d+", name) else ""
    return ScheduleEntry(name, code, year, "参数 schedule")


def _plan_entries(plan: Plan) -> list[ScheduleEntry]:
    code = plan.head.division_code if len(plan.head.division_code) == 6 else ""
    return [
        ScheduleEntry(
            target.place, target.division_code or code, target.year, plan.head.title, plan.head.regime
        )
        for target in plan.targets
    ]


def _document(plan: Plan) -> str:
    number = f"（{plan.head.number}）" if plan.head.number else ""
    return f"{plan.head.issuer}《{plan.head.title}》{number}"


def schedule_table(
    counties: Sequence[CountyAssessment],
    schedule: Schedule,
    *,
    failed: Sequence[tuple[str, str, str]] = (),
    target_year: int | None = None,
) -> pd.DataFrame:
    """One row per county of the data or of the schedule, by planned year and code; without a year last.

    ``target_year`` is the planned year of counties that the schedule does not name. ``failed``: (code, county,
    message) of counties without an assessment. ``years_left`` counts from the assessed school year (as the trends
    do). ``limits_*`` count the rules on schools and coefficients of both stages; ``items_not_met`` and
    ``items_unknown`` are item ids joined by ``;``. Columns: SCHEDULE_COLUMNS.
    """
    rows = [_assessed_row(county, schedule, target_year) for county in counties]
    for code, name, _ in failed:
        entry = schedule.entry_of(code, name)
        head = _planned(entry, target_year)
        status = {"status": AcceptanceStatus.FAILED.value}
        rows.append({"division_code": code, "county": name, **head, **_NOT_JUDGED, **status})
    known = [(str(row["division_code"]), str(row["county"])) for row in rows]
    for entry in schedule.entries:
        if not any(entry.names(code, name) for code, name in known):
            head = {"division_code": entry.division_code, "county": entry.place, **_planned(entry, None)}
            rows.append({**head, **_NOT_JUDGED, "status": AcceptanceStatus.NO_DATA.value})
    frame = pd.DataFrame(rows, columns=list(SCHEDULE_COLUMNS))
    for name in ("planned_year", "year", "years_left", "limits_judged", "limits_not_met", "limits_unknown"):
        frame[name] = frame[name].astype("Int64")
    return frame.sort_values(["planned_year", "division_code", "county"], ignore_index=True)


def _planned(entry: ScheduleEntry | None, target_year: int | None) -> dict[str, Any]:
    if entry is not None:
        return {"place": entry.place, "planned_year": entry.year, "basis": entry.basis}
    basis = "" if target_year is None else "参数 target_year"
    return {"place": "", "planned_year": target_year, "basis": basis}


def _assessed_row(county: CountyAssessment, schedule: Schedule, target_year: int | None) -> dict[str, Any]:
    entry = schedule.entry_of(county.division_code, county.county)
    head = _planned(entry, target_year)
    planned = head["planned_year"]
    judged = county.current("verdicts")
    judged = judged[judged["rule"].isin(JUDGED_RULES)]
    overall = county.groups[county.groups["group"] == OVERALL].iloc[0]
    return {
        "division_code": county.division_code,
        "county": county.county,
        **head,
        "year": county.year,
        "years_left": None if planned is None else planned - county.year,
        "status": _status(county, planned, entry).value,
        "outcome": county.outcome,
        "overall_outcome": county.overall_outcome,
        "limits_judged": len(judged),
        "limits_not_met": int((judged["outcome"] == Outcome.NOT_MET).sum()),
        "limits_unknown": int((judged["outcome"] == Outcome.NOT_ASSESSABLE).sum()),
        "items_not_met": str(overall["failing"]),
        "items_unknown": str(overall["unknown"]),
    }


def _comparable(county: CountyAssessment, entry: ScheduleEntry | None) -> bool:
    """Whether a planned year is one of the evaluation that the county was judged by."""
    return entry is None or entry.regime in ("", county.regime.id)


def _status(county: CountyAssessment, planned: int | None, entry: ScheduleEntry | None) -> AcceptanceStatus:
    if planned is None:
        return AcceptanceStatus.UNSCHEDULED
    if not _comparable(county, entry):
        return AcceptanceStatus.NOT_COMPARABLE
    if county.overall_outcome == Outcome.MET:
        return AcceptanceStatus.MET
    last_day = date(planned, 12, 31)
    if county.regime.on <= last_day:
        return AcceptanceStatus.OPEN
    if statistics_day(county.year) <= last_day:
        return AcceptanceStatus.OUTDATED
    unknown = county.overall_outcome == Outcome.NOT_ASSESSABLE
    return AcceptanceStatus.UNKNOWN if unknown else AcceptanceStatus.LATE


def distances(
    counties: Sequence[CountyAssessment], schedule: Schedule, *, target_year: int | None = None
) -> pd.DataFrame:
    """How far every county is from every limit on schools and coefficients (DISTANCE_COLUMNS).

    ``distance`` is positive while there is still something to go (schools that do not pass; coefficient above its
    limit) and zero or negative once there. Where schools cannot be judged it is missing, and ``distance_lowest`` (none
    of them fails) to ``distance_highest`` (all of them do) is what it can be; elsewhere both equal it.
    ``pace_needed`` is distance per remaining year, zero when there, missing when no year remains, none is planned or
    the distance is. Planned years as in :func:`schedule_table`; one that is planned for another evaluation counts as none.
    """
    rows: list[dict[str, Any]] = []
    for county in counties:
        entry = schedule.entry_of(county.division_code, county.county)
        planned = _planned(entry, target_year)["planned_year"] if _comparable(county, entry) else None
        left = np.nan if planned is None else float(planned - county.year)
        verdicts, schools = county.current("verdicts"), county.current("schools")
        unknown = schools.loc[schools["outcome"] == Outcome.NOT_ASSESSABLE, "stage"].value_counts()
        for record in verdicts[verdicts["rule"].isin(JUDGED_RULES)].to_dict("records"):
            sign = 1.0 if record["relation"] == Relation.AT_LEAST else -1.0
            most = (record["limit"] - record["value"]) * sign
            least = most - (unknown.get(record["stage"], 0) if record["rule"] == "schools" else 0)
            distance = most if least == most else np.nan
            to_go = max(distance, 0.0) if not np.isnan(distance) else np.nan
            pace = to_go if to_go == 0 else (to_go / left if left > 0 else np.nan)
            head = {"planned_year": planned, "years_left": left, "distance": distance, "pace_needed": pace}
            head |= {"distance_lowest": least, "distance_highest": most}
            rows.append({**{str(name): value for name, value in record.items()}, **head})
    frame = pd.DataFrame(rows, columns=list(DISTANCE_COLUMNS))
    frame["planned_year"] = frame["planned_year"].astype("Int64")
    return frame
