"""``balance-analysis programmes``: the plans that are carried as data, one plan, and what an office has to do by when."""

from __future__ import annotations

import argparse
import calendar
import re
from collections.abc import Hashable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from balance_analysis.programmes import Plan

ROLES = {"lead": "责任", "supporting": "配合", "collective": "共同"}
COLLECTIVE_NOTE = "“共同”：原文写的是各有关部门一类的统称，是否包括本单位以原文为准。"


def add_programmes(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command and its options; ``plans`` is its older name."""
    parser = commands.add_parser(
        "programmes", aliases=["plans"], help="列出或查看已收录的区县实施方案，或按责任单位列出任务"
    )
    parser.add_argument("id", nargs="?", default=None, help="方案代号或自编方案文件；省略则列出全部")
    parser.add_argument("--office", default=None, help="只列出这一责任单位的任务和承诺指标，如 县财政局")
    parser.add_argument("--offices", action="store_true", help="列出方案写明的全部责任单位")
    parser.add_argument(
        "--due", type=due_day, default=None, help="只列出到这一天（或这个月末）为止应完成的，如 2018-06"
    )
    parser.add_argument("--county", default="", help="市级方案中的区县代码（六位），决定目标年")
    parser.add_argument("--sheets", type=Path, default=None, help="写出 Excel：每个责任单位一张任务清单")
    parser.set_defaults(run=_programmes)


def due_day(text: str) -> date:
    """``2018-06`` is the last day of the month, ``2018-06-15`` that day.

    >>> due_day("2018-06")
    datetime.date(2018, 6, 30)
    """
    try:
        if re.fullmatch(r"\d{4}-\d{2}", text):
            year, month = int(text[:4]), int(text[5:])
            return date(year, month, calendar.monthrange(year, month)[1])
        return date.fromisoformat(text)
    except (ValueError, calendar.IllegalMonthError):
        raise argparse.ArgumentTypeError(f"日期应写作 2018-06 或 2018-06-30 的形式，收到 {text}") from None


def _programmes(options: argparse.Namespace) -> int:
    from balance_analysis.errors import ParameterError
    from balance_analysis.programmes import (
        list_plans,
        load_plan,
        office_duties,
        plan_offices,
        plan_timetable,
        plans_overview,
    )
    from balance_analysis.programmes.offices import known_office
    from balance_analysis.views.programme.tables import plan_elements, plan_list_table

    if options.id is None:
        if options.office or options.offices or options.due:
            raise ParameterError(
                "按责任单位或时限列出时请写明方案，如 programmes huantai_2017 --office 县财政局"
            )
        print(plan_list_table(plans_overview(list_plans())).to_text())
        return 0
    plan = load_plan(options.id)
    print(plan.citation)
    if options.sheets is not None:
        _write_sheets(options.sheets, plan, options.county)
    elif options.office is not None:
        duties = office_duties(plan, options.office, division_code=options.county, due=options.due)
        print("\n".join(_duty_lines(duties, known_office(plan, options.office), options.due)))
    elif options.offices:
        print("\n".join(_office_lines(plan_offices(plan, division_code=options.county))))
    elif options.due:
        raise ParameterError("--due 与 --office 一起使用")
    else:
        for element in plan_elements(plan_timetable(plan), plan):
            print()
            print(element.to_text())
    return 0


def _write_sheets(path: Path, plan: Plan, division_code: str) -> None:
    from balance_analysis.reporting.files import workbook_to_write
    from balance_analysis.reporting.plan_lists import write_office_lists

    workbook_to_write(path, "任务清单", [])
    write_office_lists(path, plan, division_code=division_code)
    print(f"已写出各责任单位任务清单：{path}")


def _duty_lines(duties: pd.DataFrame, office: str, due: date | None) -> Iterator[str]:
    until = f"到{due.isoformat()}为止" if due else ""
    yield f"{office}{until}的任务和承诺指标，共{len(duties)}项"
    for row in duties.to_dict("records"):
        yield duty_line(row)
        yield f"    原文：{row['quote']}"
        if row["together_with"]:
            yield f"    共同单位：{row['together_with']}"
    if "collective" in set(duties["role"]):
        yield COLLECTIVE_NOTE


def duty_line(row: Mapping[Hashable, Any]) -> str:
    """``2018-09-30　责任　任务 B4　…``: one duty in one line."""
    from balance_analysis.words.labels import RELATIONS

    deadline = f"{row['deadline']:%Y-%m-%d}" if row["deadline"] == row["deadline"] else "没有期限　"
    unit = "" if row["unit"] == "1" else row["unit"]
    promise = f"（{RELATIONS[row['relation']]} {row['promise']}{unit}）" if row["promise"] else ""
    kind = "承诺指标" if row["kind"] == "commitment" else "任务"
    return f"{deadline}　{ROLES[row['role']]}　{kind}　{row['name']}{promise}"


def _office_lines(offices: pd.DataFrame) -> Iterator[str]:
    for row in offices.to_dict("records"):
        until = (
            f"，最早期限{row['first_deadline']:%Y-%m-%d}"
            if row["first_deadline"] == row["first_deadline"]
            else ""
        )
        kind = "（统称）" if row["collective"] else ""
        yield f"{row['office']}{kind}：责任{row['lead']}项，配合{row['supporting']}项{until}"
