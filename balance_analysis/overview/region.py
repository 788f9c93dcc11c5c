"""Files and a regime in, the overview of a region out: no county of the files is ever lost on the way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from balance_analysis.assessment import CountyAssessment
from balance_analysis.counties import FailedCounty, assess_counties, files_without_counties, require_known
from balance_analysis.overview.league import league_table, unranked
from balance_analysis.overview.schedule import (
    Schedule,
    ScheduleSource,
    distances,
    read_schedule,
    schedule_table,
)
from balance_analysis.parameters import (
    check_parameters,
    find_file,
    find_rule,
    namespace_parameters,
    overlays_of,
    parse_date,
)
from balance_analysis.regimes import Regime
from balance_analysis.terms import Stage
from balance_analysis.workbook.reader import read_workbooks
from balance_analysis.workbook.tables import SchoolTables, SourceFile

REGION_PARAMETERS: Mapping[str, tuple[type, ...]] = {
    "files": (str, list),
    "region_name": (str,),
    "year": (int, type(None)),
    "regime": (str,),
    "overlays": (list, str),
    "target_year": (int, type(None)),
    "schedule": (str, list, dict, type(None)),
    "on": (str, type(None)),
}
"""Every notebook parameter of a region overview and the types it may have."""

COUNTY_COLUMNS = (
    "division_code",
    "county",
    "year",
    "status",
    "outcome",
    "overall_outcome",
    "on",
    "primary_schools",
    "primary_enrolment",
    "junior_secondary_schools",
    "junior_secondary_enrolment",
    "hard_issues",
    "soft_issues",
    "message",
)
COMPOSITION_COLUMNS = (
    "stage",
    "division_code",
    "county",
    "year",
    "stratum",
    "n_schools",
    "enrolment",
    "share",
)


@dataclass(frozen=True)
class RegionAssessment:
    """Many counties, each assessed in its own year: what :func:`assess_region` returns.

    ``counties`` has one row per county of the files, assessed or failed (COUNTY_COLUMNS); ``composition`` one per stage,
    county and stratum (labels in ``strata``, as the files name them; COMPOSITION_COLUMNS); ``league`` and
    ``unranked``: :mod:`balance_analysis.overview.league`; ``schedule_table`` and ``distances``:
    :mod:`balance_analysis.overview.schedule`. ``year`` is what was asked for (None: each county's latest).
    """

    name: str
    regime_id: str
    overlays: tuple[str, ...]
    year: int | None
    target_year: int | None
    on: date | None
    schedule: Schedule
    assessed: tuple[CountyAssessment, ...]
    failed: tuple[FailedCounty, ...]
    sources: tuple[SourceFile, ...]
    strata: Mapping[str, str]
    counties: pd.DataFrame
    composition: pd.DataFrame
    league: pd.DataFrame
    unranked: pd.DataFrame
    schedule_table: pd.DataFrame
    distances: pd.DataFrame

    @property
    def simulated(self) -> bool:
        """Whether any source calls itself simulated."""
        return any(source.simulated for source in self.sources)

    @property
    def code_prefix(self) -> str:
        """What all division codes begin with, cut to whole levels (province 2, prefecture 4); may be empty."""
        codes = [code for code in self.counties["division_code"] if code]
        lengths = [size for size in (6, 4, 2) if len({code[:size] for code in codes}) == 1]
        return str(codes[0][: lengths[0]]) if lengths else ""

    @property
    def years(self) -> tuple[int, ...]:
        """School years that the counties were assessed in, ascending, each once."""
        return tuple(sorted({county.year for county in self.assessed}))

    @property
    def stages(self) -> tuple[str, ...]:
        """Stages that any assessed county has, primary first."""
        present = {stage for county in self.assessed for stage in county.stages}
        return tuple(stage.value for stage in Stage if stage in present)

    @property
    def regimes(self) -> tuple[Regime, ...]:
        """The law as applied, one per day that it was read for, latest first."""
        by_day = {county.regime.on: county.regime for county in self.assessed}
        return tuple(by_day[on] for on in sorted(by_day, reverse=True))

    @property
    def same_limits(self) -> bool:
        """Whether every county was held to the same limits (a law may change between their years)."""
        return len({county.regime.limits for county in self.assessed}) <= 1


def assess_region(
    files: SchoolTables | str | Path | Sequence[str | Path],
    *,
    regime: str,
    overlays: Sequence[str] = (),
    year: int | None = None,
    target_year: int | None = None,
    schedule: Schedule | ScheduleSource = None,
    on: date | None = None,
    name: str = "",
) -> RegionAssessment:
    """Assess every county of the files and set them side by side.

    Each county is assessed in ``year``, by default in its own latest school year, by the law of ``on``, by default of
    that school year's last day. A county with hard issues, without that year, without schools in scope or out of the
    regime's time is listed in ``failed`` with the reason; so is a file in which no county was found. The others go on.

    Raises :class:`RegimeError` for an unknown regime, overlay or plan, :class:`ParameterError` for a faulty
    schedule, :class:`~balance_analysis.errors.BalanceAnalysisError` for files of different strata.
    """
    require_known(regime, overlays)
    years = schedule if isinstance(schedule, Schedule) else read_schedule(schedule)
    if not isinstance(files, SchoolTables):
        files = read_workbooks([files] if isinstance(files, str | Path) else list(files))
    found = list(
        assess_counties(files, regime=regime, overlays=overlays, year=year, target_year=target_year, on=on)
    )
    assessed = [county for county in found if isinstance(county, CountyAssessment)]
    failed = [
        *files_without_counties(files),
        *(county for county in found if isinstance(county, FailedCounty)),
    ]
    heads = [failure.head for failure in failed if failure.division_code]
    league = league_table(assessed)
    return RegionAssessment(
        name=name or _default_name(assessed, failed),
        regime_id=regime,
        overlays=tuple(overlays),
        year=year,
        target_year=target_year,
        on=on,
        schedule=years,
        assessed=tuple(assessed),
        failed=tuple(failed),
        sources=files.sources,
        strata=files.stratification.labels,
        counties=_counties_frame(assessed, failed),
        composition=_composition_frame(assessed),
        league=league,
        unranked=unranked(league, heads),
        schedule_table=schedule_table(assessed, years, failed=heads, target_year=target_year),
        distances=distances(assessed, years, target_year=target_year),
    )


def _default_name(assessed: Sequence[CountyAssessment], failed: Sequence[FailedCounty]) -> str:
    names = [county.county for county in assessed] + [
        failure.county for failure in failed if failure.division_code
    ]
    if not names:
        return "未命名区域"
    return names[0] if len(names) == 1 else f"{names[0]}等{len(names)}个县（市、区）"


def _counties_frame(assessed: Sequence[CountyAssessment], failed: Sequence[FailedCounty]) -> pd.DataFrame:
    rows: list[dict[str, Any]] = []
    for county in assessed:
        row: dict[str, Any] = {
            "division_code": county.division_code,
            "county": county.county,
            "year": county.year,
            "status": "assessed",
            "outcome": county.outcome,
            "overall_outcome": county.overall_outcome,
            "on": county.regime.on.isoformat(),
            "hard_issues": 0,
            "soft_issues": sum(issue.severity == "soft" for issue in county.issues),
            "message": "",
        }
        for stage in Stage:
            row[f"{stage}_schools"], row[f"{stage}_enrolment"] = county.size(stage)
        rows.append(row)
    for failure in failed:
        rows.append(
            {
                "division_code": failure.division_code,
                "county": failure.county,
                "status": "failed",
                "outcome": "",
                "overall_outcome": "",
                "on": "",
                "hard_issues": len(failure.issues),
                "message": failure.message,
            }
        )
    frame = pd.DataFrame(rows, columns=list(COUNTY_COLUMNS))
    whole = ["year", "primary_schools", "junior_secondary_schools", "hard_issues", "soft_issues"]
    pupils = ["primary_enrolment", "junior_secondary_enrolment"]
    return frame.astype(dict.fromkeys(whole, "Int64") | dict.fromkeys(pupils, "float64"))


def _composition_frame(assessed: Sequence[CountyAssessment]) -> pd.DataFrame:
    """Schools and pupils by stage, county and stratum; a school without a stratum has the empty one."""
    rows: list[dict[str, Any]] = []
    for stage in Stage:
        for county in assessed:
            schools = county.current("schools")
            of_stage = schools[schools["stage"] == stage]
            whole = float(of_stage["enrolment"].sum())
            for stratum, group in of_stage.groupby(of_stage["stratum"].fillna(""), sort=True):
                pupils = float(group["enrolment"].sum())
                rows.append(
                    {
                        "stage": stage.value,
                        "division_code": county.division_code,
                        "county": county.county,
                        "year": county.year,
                        "stratum": str(stratum),
                        "n_schools": len(group),
                        "enrolment": pupils,
                        "share": pupils / whole if whole else float("nan"),
                    }
                )
    return pd.DataFrame(rows, columns=list(COMPOSITION_COLUMNS))


def open_region_from_parameters(namespace: Mapping[str, Any]) -> RegionAssessment:
    """Check a notebook's parameters and assess the region they name: the one call of the overview notebook.

    Raises :class:`ParameterError` with every missing, unknown or ill-typed parameter at once.
    """
    given = check_parameters(
        namespace_parameters(namespace, expected=REGION_PARAMETERS), expected=REGION_PARAMETERS
    )
    files = [given["files"]] if isinstance(given["files"], str) else given["files"]
    schedule = given["schedule"] or None
    return assess_region(
        [find_file(name) for name in files],
        regime=find_rule(given["regime"]),
        overlays=overlays_of(given["overlays"]),
        year=given["year"],
        target_year=given["target_year"],
        schedule=[schedule] if isinstance(schedule, str) else schedule,
        on=parse_date(given["on"]),
        name=given["region_name"],
    )
