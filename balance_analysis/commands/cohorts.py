"""``balance-analysis cohorts``: grades moved up to a later year, as a scenario, with what it does to schools and coefficients."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from balance_analysis.commands.one_county import add_county_options, county_of
from balance_analysis.terms import LAST_COHORT_YEAR

if TYPE_CHECKING:
    from balance_analysis.explain.cohorts import CohortScenario

FRAMES = ("enrolment", "classes", "coefficients", "warnings", "intake")


def add_cohorts(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command and its options."""
    parser = commands.add_parser(
        "cohorts", help="分年级推算：各校在校生、班数、差异系数和预警（情景，不是预测）"
    )
    add_county_options(parser)
    parser.add_argument(
        "--to", type=int, default=LAST_COHORT_YEAR, help=f"推算到的学年（默认{LAST_COHORT_YEAR}）"
    )
    parser.add_argument("--target-year", type=int, default=None, help="目标年，在打印的结果中列出")
    parser.add_argument("-o", "--output", type=Path, default=None, help="输出 CSV 的文件夹")
    parser.set_defaults(run=_cohorts)


def _cohorts(options: argparse.Namespace) -> int:
    from balance_analysis.explain.cohorts import cohort_scenario
    from balance_analysis.reporting.exports import write_cohorts
    from balance_analysis.words import say

    county = county_of(options)
    scenario = cohort_scenario(county, last_year=max(options.to, options.target_year or 0))
    print("\n".join(_lines(scenario, options.target_year)))
    if options.output is not None:
        write_cohorts(scenario, options.output, names=FRAMES)
        print(say("cohorts.written", path=str(options.output)))
    return 0


def _lines(scenario: CohortScenario, target_year: int | None) -> Iterator[str]:
    from balance_analysis.views.explain.cohorts import assumptions, warning_text
    from balance_analysis.words import say

    county, pupils = scenario.county, scenario.enrolment
    yield say("cohorts.title", county=county.county, year=county.year, last=scenario.last_year)
    yield from assumptions(scenario)
    wanted = {county.year, target_year, scenario.last_year}
    for year in sorted(year for year in wanted if year is not None and county.year <= year):
        totals = pupils[pupils["year"] == year].groupby("stage", sort=False)["enrolment"].sum()
        parts = [say("cohorts.pupils", stage=stage, n=(float(n), 0)) for stage, n in totals.items()]
        yield say("cohorts.year", year=year, parts=parts)
    found = scenario.warnings.to_dict("records")
    yield say("cohorts.warnings", n=len(found)) if found else say("cohorts.no_warnings")
    yield from (f"  {warning_text(row, county.regime)}" for row in found)
