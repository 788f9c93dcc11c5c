"""A least-cost plan per county as files: plan.json, plan.xlsx, planned.xlsx and plan.pdf.

Nothing is delivered that does not pass: the planned county is written as a fill-in workbook, read back and assessed like
any other before the plan appears.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TextIO

from balance_analysis.assessment import CountyAssessment, require_schools
from balance_analysis.counties import FailedCounty, assess_counties, failed_county, files_without_counties
from balance_analysis.door import open_assessment, worded
from balance_analysis.errors import Issue, ParameterError, ReportError, WorkbookError
from balance_analysis.findings import Case
from balance_analysis.findings.remediation import headline, treated_items
from balance_analysis.places import NOTEBOOKS
from balance_analysis.remediation.certificate import PlanStatus, Reason
from balance_analysis.remediation.costs import load_costs, with_cv_margin
from balance_analysis.remediation.county import CountyPlan, solve_county, year_rows
from balance_analysis.remediation.row_judge import objections_of
from balance_analysis.reporting.deliver import Order, deliver, texts_from_data
from balance_analysis.reporting.files import inside, write_whole
from balance_analysis.reporting.plan_workbook import plan_workbook
from balance_analysis.reporting.saved_plans import SAVED, write_plan
from balance_analysis.reporting.template_file import write_template
from balance_analysis.statements import Statement
from balance_analysis.terms import Outcome
from balance_analysis.views.county.page import stamp
from balance_analysis.words import tell
from balance_analysis.workbook.layouts import load_layout
from balance_analysis.workbook.reader import read_workbooks

NOTEBOOK = NOTEBOOKS / "06_remediation.ipynb"
PLANNED_LABEL = "（方案测算，非填报数据）"
FILES = (SAVED, "plan.xlsx", "plan.pdf", "planned.xlsx")
FOUND, INFEASIBLE, TIME, BLOCKED = "found", "infeasible", "time", "blocked"


@dataclass(frozen=True)
class PlanOutcome:
    """What became of one county.

    ``status``: ``found`` (a plan that passes), ``infeasible`` (proven: ``reasons`` name family and schools), ``time``
    (neither within the time) or ``blocked`` (the data or the law allow no search, or its files do not pass
    their own check: ``message`` says why). ``folder`` is
    ``None`` for a blocked county. ``outcome_after`` is the resource outcome of planned.xlsx, assessed from the file.
    """

    division_code: str
    county: str
    status: str
    message: str
    year: int | None = None
    folder: Path | None = None
    files: tuple[Path, ...] = ()
    reasons: tuple[Reason, ...] = ()
    issues: tuple[Issue, ...] = ()
    cost_wan_cny: float | None = None
    lower_bound_wan_cny: float | None = None
    gap: float | None = None
    seconds: float | None = None
    outcome_before: str = ""
    outcome_after: str = ""
    open_points: tuple[Statement | str, ...] = field(default=())


def run_plan(
    paths: Sequence[Path],
    *,
    regime: str,
    overlays: Sequence[str] = (),
    division_code: str | None = None,
    year: int | None = None,
    on: date | None = None,
    costs: Path | None = None,
    target_year: int | None = None,
    seconds: float = 60.0,
    gap: float = 0.005,
    margin: float | None = None,
    out: Path,
    progress: bool = True,
) -> list[PlanOutcome]:
    """Plan every county of the files (or the one named) into ``out/<code>/``; one outcome each.

    ``margin`` replaces the safety margin of the costs file. Outcomes come in order of the codes, after one per file that no
    county could be read from.

    Written per county: ``plan.json`` and ``plan.xlsx`` (also when there is no plan: then with the reasons), ``plan.pdf``,
    and ``planned.xlsx`` when there is a plan. Progress goes to the error stream. Raises
    :class:`ParameterError` or ``RegimeError`` for wrong use: an unknown code, regime, overlay or costs file.
    """
    settings = with_cv_margin(load_costs(costs), margin)
    tables = read_workbooks([Path(path) for path in paths])
    codes = tables.division_codes()
    if division_code is not None and division_code not in codes:
        raise ParameterError(
            f"数据中没有行政区划代码 {division_code}；可选：{'、'.join(codes) or '（没有）'}"
        )
    if not codes:
        raise WorkbookError(tables.hard_issues)
    files = [Path(path).resolve() for path in paths]
    outcomes = [_blocked(failure) for failure in files_without_counties(tables)]
    found = assess_counties(
        tables,
        regime=regime,
        overlays=overlays,
        year=year,
        on=on,
        target_year=target_year,
        division_code=division_code,
    )
    for county in found:
        if isinstance(county, FailedCounty):
            outcomes.append(_blocked(county))
            continue
        try:
            require_schools(county)
            folder = inside(out, county.division_code)
            told = _Told(county.county, sys.stderr) if progress else None
            plan = solve_county(worded(county), settings, seconds=seconds, gap=gap, progress=told)
            if told is not None:
                told.finish()
            outcomes.append(deliver_plan(plan, folder, files=files, costs=costs))
        except (ParameterError, WorkbookError, ReportError) as error:
            outcomes.append(_blocked(failed_county(tables, county.division_code, error)))
    return outcomes


def _blocked(failure: FailedCounty) -> PlanOutcome:
    return PlanOutcome(failure.division_code, failure.county, BLOCKED, failure.text, issues=failure.issues)


def deliver_plan(
    plan: CountyPlan, folder: Path, *, files: Sequence[Path], costs: Path | None = None
) -> PlanOutcome:
    """Write all files of one county's plan into ``folder`` at once, or nothing.

    ``files`` are the workbooks the county was read from, ``costs`` the prices (default: the shipped assumptions).
    Raises :class:`ReportError` when the planned workbook, read back, does not pass or the report does not read back.
    """
    county = plan.county
    after = ""

    def prepare(partial: Path) -> Order:
        nonlocal after
        if plan.found:
            after = _write_planned(plan, partial / "planned.xlsx")
        write_whole(partial / "plan.xlsx", plan_workbook(plan))
        return _order(plan, write_plan(plan, partial / SAVED), files, costs)

    delivery = deliver(prepare, folder, "plan", replaces=FILES)
    certificate = plan.result.certificate
    status = FOUND if plan.found else INFEASIBLE if certificate.status is PlanStatus.INFEASIBLE else TIME
    return PlanOutcome(
        county.division_code,
        county.county,
        status,
        tell(headline(plan)),
        year=county.year,
        folder=folder,
        files=tuple(folder / name for name in sorted(delivery.names)),
        reasons=plan.result.reasons,
        cost_wan_cny=certificate.cost_wan_cny,
        lower_bound_wan_cny=certificate.lower_bound_wan_cny,
        gap=certificate.gap,
        seconds=certificate.seconds,
        outcome_before=county.outcome,
        outcome_after=after,
        open_points=tuple(tell(point) for point in plan.open_points),
    )


def write_planned_workbook(plan: CountyPlan, path: Path) -> Path:
    """The county with the plan carried out as a fill-in workbook, named as a projection; data stay simulated if they were."""
    county = plan.county
    known = {
        sheet.table: {entry.name for entry in sheet.fields} for sheet in load_layout("own_template").sheets
    }
    frames = {
        "schools": plan.planned_schools(),
        "counties": county.tables.counties,
        "evidence": county.tables.evidence,
    }
    rows = {
        table: frame[[name for name in frame.columns if name in known[table]]]
        for table, frame in frames.items()
    }
    return write_template(
        path, rows=rows, county_name=f"{county.county}{PLANNED_LABEL}", simulated=county.tables.simulated
    )


def _write_planned(plan: CountyPlan, path: Path) -> str:
    """Write the planned workbook, assess it from the file, and give its resource outcome."""
    county = plan.county
    write_planned_workbook(plan, path)
    again = open_assessment(
        path,
        division_code=county.division_code,
        year=county.year,
        regime=county.regime.id,
        overlays=[overlay.id for overlay in county.regime.overlays],
        on=county.regime.on,
    )
    objections = objections_of(year_rows(again), again.regime) + _untreated(plan, again)
    if objections:
        raise ReportError(
            "方案写回填报表后重新判定没有通过，方案不予输出：" + "；".join(map(tell, objections))
        )
    return again.outcome


def _untreated(plan: CountyPlan, again: CountyAssessment) -> list[str]:
    """Items that the plan treats, by its own county, and that are not met in the workbook."""
    met = set(again.items.loc[again.items["outcome"] == Outcome.MET, "item"])
    return [f"{one['item']} {one['name']}" for one in treated_items(plan) if one["item"] not in met]


def _order(plan: CountyPlan, solved: Path, files: Sequence[Path], costs: Path | None) -> Order:
    county: CountyAssessment = plan.county
    return Order(
        notebook=NOTEBOOK,
        parameters={
            "files": [str(path) for path in files],
            "division_code": county.division_code,
            "year": county.year,
            "regime": county.regime.id,
            "overlays": [overlay.id for overlay in county.regime.overlays],
            "target_year": county.target_year,
            "on": county.regime.on.isoformat(),
            "costs": None if costs is None else str(costs.resolve()),
            "solved": str(solved.resolve()),
        },
        stamp=stamp(Case(county)),
        expected=[county.county, *(sorted(set(plan.result.tasks()["school_name"])) if plan.found else [])],
        known=texts_from_data(county),
        keywords=[county.county, county.division_code],
        simulated=county.tables.simulated,
        keep_notebook=False,
    )


class _Told:
    """A line on the error stream that shows bound and incumbent while the search runs."""

    def __init__(self, county: str, stream: TextIO) -> None:
        self.county, self.stream, self.width = county, stream, 0

    def __call__(self, bound: float, incumbent: float, seconds: float, number: int) -> None:
        best = "尚无可行方案" if math.isinf(incumbent) else f"已有方案{incumbent:,.2f}万元"
        gap = (
            "" if math.isinf(incumbent) or incumbent == 0 else f"，差距{(incumbent - bound) / incumbent:.2%}"
        )
        text = f"{self.county} 第{number}轮：至少需要{bound:,.2f}万元，{best}{gap}（{seconds:.0f}秒）"
        if self.stream.isatty():
            self.stream.write("\r" + text.ljust(self.width))
            self.width = len(text)
        else:
            self.stream.write(text + "\n")
        self.stream.flush()

    def finish(self) -> None:
        """End the line; what follows the search takes a while longer."""
        if self.stream.isatty():
            self.stream.write("\n")
        self.stream.write(f"{self.county}：求解结束，正在复核并写出文件……\n")
        self.stream.flush()
