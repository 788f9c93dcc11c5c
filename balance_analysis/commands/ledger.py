"""``balance-analysis ledger``: what is reported on a plan beside what the data show, and next month's sheet."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from balance_analysis.terms import Severity

if TYPE_CHECKING:
    import pandas as pd

    from balance_analysis.assessment import CountyAssessment
    from balance_analysis.programmes import Plan


COUNTY_DIGITS = 6


def add_ledger(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command and its options."""
    parser = commands.add_parser("ledger", help="核对方案进展台账（销号台账），生成下月填报表")
    parser.add_argument("plan", help="方案代号或自编方案文件")
    parser.add_argument("files", nargs="*", type=Path, help="区县填报文件；有工作表“进展”的一并读取")
    parser.add_argument("--ledger", action="append", type=Path, default=[], help="单独的进展填报表，可重复")
    parser.add_argument("--county", default="", help="市级方案中的区县代码（六位）")
    parser.add_argument("--year", type=int, default=None, help="学年起始年（默认最近一年）")
    parser.add_argument("--on", default=None, help="核对之日，如 2018-06-30 或 2018-06（默认今天）")
    parser.add_argument("-o", "--output", type=Path, required=True, help="下月填报表（.xlsx）")
    parser.set_defaults(run=_ledger)


def _ledger(options: argparse.Namespace) -> int:
    from balance_analysis.commands.programmes import due_day
    from balance_analysis.errors import ParameterError
    from balance_analysis.programmes import (
        check_ledger,
        ledger_rows,
        ledger_state,
        load_plan,
        measure_progress,
        no_ledger,
        read_ledger,
    )
    from balance_analysis.programmes.status import statistics_day
    from balance_analysis.reporting.files import workbook_to_write
    from balance_analysis.reporting.ledger_file import write_ledger
    from balance_analysis.words import say, tell

    workbook_to_write(options.output, "下月填报表", [*options.files, *options.ledger])
    absent = [str(path) for path in (*options.files, *options.ledger) if not path.is_file()]
    if absent:
        raise ParameterError(f"找不到文件：{'、'.join(absent)}")
    try:
        on = date.today() if options.on is None else due_day(options.on)
    except argparse.ArgumentTypeError as error:
        raise ParameterError(str(error)) from None
    plan = load_plan(options.plan)
    county = _county(plan, options)
    if county is None and len(options.county or plan.head.division_code) != COUNTY_DIGITS:
        raise ParameterError(f"{plan.place}的方案包括多个区县，请用 --county 写明六位区县代码")
    code = options.county or (county.division_code if county else plan.head.division_code)
    ledger = sum((read_ledger(path) for path in options.ledger), no_ledger())
    ledger = sum((read_ledger(path, of_its_own=False) for path in options.files), ledger)
    progress, tasks, taken = None, None, None
    if county is not None:
        progress = measure_progress(plan, county, county.items, on=on)
        tasks, taken = county.tables.tasks, statistics_day(county.year)
    state = ledger_state(plan, ledger, division_code=code, on=on, progress=progress, tasks=tasks, say=tell)
    issues = check_ledger(plan, ledger, state, division_code=code, on=on, data_of=taken, tasks=tasks)
    for issue in issues:
        print(issue)
    write_ledger(options.output, ledger_rows(state, division_code=code), place=plan.place)
    print("\n".join(_summary(state, on)))
    print(say("commands.ledger_written", path=str(options.output)))
    return 1 if any(issue.severity is Severity.HARD for issue in issues) else 0


def _county(plan: Plan, options: argparse.Namespace) -> CountyAssessment | None:
    """The county of the files that the plan is about; None where no files are given."""
    from balance_analysis.counties import FailedCounty, assess_counties
    from balance_analysis.errors import ParameterError, ReportError, WorkbookError
    from balance_analysis.workbook.reader import read_workbooks

    if not options.files:
        return None
    tables = read_workbooks(options.files)
    if not tables.division_codes():
        raise WorkbookError(tables.hard_issues)
    codes = [code for code in tables.division_codes() if plan.covers(code)]
    chosen = [code for code in codes if options.county in ("", code)]
    if len(chosen) != 1:
        raise ParameterError(
            f"方案 {plan.id} 属于{plan.place}（{plan.head.division_code}），文件中应有且只有它的一个区县"
            f"（用 --county 指定），发现：{'、'.join(chosen or tables.division_codes())}"
        )
    (county,) = assess_counties(
        tables,
        regime=plan.head.regime,
        overlays=plan.head.overlays,
        year=options.year,
        division_code=chosen[0],
    )
    if isinstance(county, FailedCounty):
        raise ReportError(f"{county.division_code}：{county.text}")
    return county


def _summary(state: pd.DataFrame, on: date) -> Iterator[str]:
    from balance_analysis.words import say

    by = state["closed_by"].value_counts()
    yield say(
        "commands.ledger", n=len(state), on=on.isoformat(), closed=int(state["closed"].sum()),
        by_data=int(by.get("data", 0)), by_report=int(by.get("report", 0)), overdue=int(state["overdue"].sum()),
        contradicting=int(state["contradicts"].sum()),
    )  # fmt: skip
