"""Pages on the cohort scenario: what is assumed, enrolment and classes by year, coefficients, early warnings.

To be called where the annexes are put together (:func:`cohorts`), for counties that file grades.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from typing import Any

import pandas as pd

from balance_analysis.explain.cohorts import CohortScenario
from balance_analysis.regimes import Regime
from balance_analysis.terms import COMPOSITE, Relation, Stage
from balance_analysis.views.elements import Paragraph, ReportTable, Section, worded_table
from balance_analysis.words import labels, numbers, say
from balance_analysis.words.subjects import indicator_label

SHOWN = 30
"""Warnings that one table names."""
YEARS_SHOWN = 6
"""Years beside each other in the table of coefficients."""
VALUE_DECIMALS = 2

Row = Mapping[Hashable, Any]


def cohorts(scenario: CohortScenario) -> Iterator[Section | Paragraph | ReportTable]:
    """The whole section."""
    yield Section(say("cohorts.heading", last=scenario.last_year))
    yield Paragraph(" ".join(assumptions(scenario)))
    yield enrolment_table(scenario)
    yield coefficient_table(scenario)
    if len(scenario.warnings):
        yield warning_table(scenario)
    else:
        yield Paragraph(say("cohorts.no_warnings"))


def assumptions(scenario: CohortScenario) -> Iterator[str]:
    """What is assumed, what the intake rests on, and who stays as it is."""
    yield say("cohorts.assumption")
    graded = set(scenario.enrolment.loc[scenario.enrolment["with_grades"], "stage"])
    if Stage.JUNIOR_SECONDARY not in graded:
        yield say("cohorts.no_next_stage")
    for basis, of_basis in scenario.intake.groupby("basis", sort=False):
        yield say(f"cohorts.intake_{basis}", years=_spans([int(year) for year in of_basis["year"]]))
    if scenario.without_grades:
        named = [f"{name}{labels.STAGES[stage]}" for name, stage in scenario.without_grades]
        yield say("cohorts.without_grades", n=len(named), names="、".join(named[:SHOWN]))
    yield say("cohorts.no_forecast")


def enrolment_table(scenario: CohortScenario) -> ReportTable:
    """Pupils, needed classes and mean class size of each stage by year."""
    rows = []
    for year in range(scenario.base_year, scenario.last_year + 1):
        cells: list[object] = [str(year)]
        for stage in Stage:
            pupils, classes = (
                frame[(frame["year"] == year) & (frame["stage"] == str(stage))]
                for frame in (scenario.enrolment, scenario.classes)
            )
            known = len(classes) > 0 and bool(classes["needed"].notna().all())
            size = classes["enrolment"].sum() / classes["classes"].sum() if len(classes) else None
            cells += [
                numbers.fixed(float(pupils["enrolment"].sum()), 0),
                numbers.fixed(float(classes["needed"].sum()), 0) if known else "",
                "" if size is None else numbers.fixed(float(size), 1),
            ]
        rows.append(cells)
    return worded_table(
        "cohorts.enrolment", rows, figures={"county": scenario.county.county}, notes=["classes"]
    )


def coefficient_table(scenario: CohortScenario) -> ReportTable:
    """The coefficient of every indicator in a few years from the base year to the last."""
    years = _years(scenario)
    frame = scenario.coefficients
    rows: list[list[object]] = []
    for (stage, indicator), of_one in frame.groupby(["stage", "indicator"], sort=False):
        by_year = of_one.set_index("year")
        limit = by_year["limit"].iloc[0]
        cells: list[object] = [
            labels.STAGES[str(stage)],
            _name(scenario.county.regime, str(indicator)),
            "" if pd.isna(limit) else numbers.limit_text(limit),
        ]
        for year in years:
            cv = by_year["cv"].get(year)
            cells.append(_cv(cv, limit))
        rows.append(cells)
    county = scenario.county.county
    repeat = {"year": [{"year": str(year)} for year in years]}
    return worded_table("cohorts.coefficients", rows, figures={"county": county}, repeat=repeat)


def warning_table(scenario: CohortScenario) -> ReportTable:
    """The early warnings, the earliest first."""
    found = scenario.warnings.to_dict("records")
    rows: list[list[object]] = [
        [str(row["year"]), warning_text(row, scenario.county.regime).partition("：")[2]]
        for row in found[:SHOWN]
    ]
    if len(found) > SHOWN:
        rows.append(["", say("cohorts.more", n=len(found) - SHOWN)])
    return worded_table("cohorts.warnings", rows, figures={"county": scenario.county.county})


def warning_text(row: Row, regime: Regime) -> str:
    """One early warning as a sentence."""
    kind = str(row["kind"])
    if kind == "coefficient":
        value, limit = _cv(row["value"], row["limit"]), numbers.limit_text(row["limit"])
    elif kind == "indicator":
        value = numbers.beside(
            row["value"], VALUE_DECIMALS, relation=Relation.AT_LEAST.value, limit=row["limit"]
        )
        limit = numbers.plain(row["limit"])
    else:
        value, limit = (
            numbers.fixed(float(row[name]), 0) if row[name] == row[name] else ""
            for name in ("value", "limit")
        )
    name = _name(regime, str(row["indicator"])) if row["indicator"] else ""
    figures = {"year": row["year"], "school": row["school_name"], "stage": row["stage"], "indicator": name}
    return say(f"cohort_warning.{kind}", **figures, value=value, limit=limit)


def _name(regime: Regime, indicator: str) -> str:
    return (
        labels.COMPOSITE_NAME
        if indicator == COMPOSITE
        else indicator_label(regime, indicator, short=True, numbered=False)
    )


def _cv(value: Any, limit: Any) -> str:
    bound = None if pd.isna(limit) else limit
    known = float("nan") if value is None else float(value)
    return numbers.beside(known, numbers.CV_DECIMALS, relation=Relation.AT_MOST.value, limit=bound)


def _spans(years: list[int]) -> str:
    """Years as people write them: 2019—2021、2023."""
    runs: list[list[int]] = []
    for year in years:
        if runs and year == runs[-1][-1] + 1:
            runs[-1].append(year)
        else:
            runs.append([year])
    return "、".join(str(run[0]) if len(run) == 1 else f"{run[0]}—{run[-1]}" for run in runs)


def _years(scenario: CohortScenario) -> list[int]:
    base, last = scenario.base_year, scenario.last_year
    step = max(1, -(-(last - base) // (YEARS_SHOWN - 1)))
    years = {*range(base, last, step), last}
    if scenario.county.target_year is not None and base < scenario.county.target_year <= last:
        years.add(scenario.county.target_year)
    return sorted(years)
