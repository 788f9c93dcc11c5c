"""``balance-analysis report``: every county's report, on this machine, by parts or on a cluster; again only what is missing or changed."""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from balance_analysis.errors import ParameterError, system_reason
from balance_analysis.options import (
    add_plan_options,
    add_remediation_options,
    add_run_options,
    counted,
    existing_files,
    formats,
    known_plan,
    parse_day,
    plain_name,
    positive,
    positive_number,
    require_known_regime,
)
from balance_analysis.terms import Severity
from balance_analysis.words import say

if TYPE_CHECKING:
    from balance_analysis.reporting.results import BatchResult, ReportRequest
    from balance_analysis.workbook.boundaries import Boundaries

CODE_COLUMNS = ("division_code", "行政区划代码")


def add_report(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command ``report``."""
    report = commands.add_parser("report", help="每个区县生成一份 PDF 报告")
    add_run_options(report, required=False)
    report.add_argument("--target-year", type=int, default=None, help="目标年，如 2020")
    add_plan_options(report)
    report.add_argument(
        "--issued-on", type=parse_day, default=None, help="封面日期，如 2018-06-30（默认不印）"
    )
    report.add_argument("--office", default="", help="封面上的编制单位（默认不印）")
    add_remediation_options(report)
    report.add_argument(
        "--run", dest="run_name", type=plain_name, default=None,
        help="本次运行的文件夹名（默认按时间命名）；同名再次运行时只做缺少的和有变化的",
    )  # fmt: skip
    report.add_argument("--force", action="store_true", help="已完成且未变化的也重新生成")
    report.add_argument("--only", default=None, help="只做这些行政区划代码，用逗号分隔，如 210300,370321")
    report.add_argument("--counties", type=Path, default=None, help="只做这份 CSV 中列出的行政区划代码")
    report.add_argument("--jobs", type=positive, default=None, help="同时运行的进程数（默认每核一个）")
    report.add_argument(
        "--county-timeout", type=positive_number, default=None, help="每个区县的时限（秒，默认1800）"
    )
    report.add_argument(
        "--memory-limit", type=positive_number, default=None, help="每个区县的内存上限（兆字节，默认不限）"
    )
    report.add_argument(
        "--shard", type=part_of, default=None, help="分几部分运行时的第几部分，如 2/10；输出在共享磁盘上"
    )
    report.add_argument(
        "--collect", type=Path, default=None, metavar="RUN", help="汇总分部分运行的文件夹，不生成报告"
    )
    report.add_argument(
        "--boundaries",
        type=Path,
        default=None,
        help="区县边界（GeoJSON，属性中有六位代码；或以代码命名的文件的文件夹），汇总页上画地图",
    )
    report.add_argument(
        "--scheduler", default=None, help="在 Dask 集群上运行：tcp://主机:8786，或 local（本机集群）"
    )
    report.add_argument(
        "--format",
        dest="formats",
        type=formats,
        default=("pdf",),
        help="pdf（默认）、docx（Word）或 pdf,docx",
    )
    report.add_argument("--notebook", type=Path, default=None, help="改用其他参数化笔记本")
    report.set_defaults(run=_report)


def part_of(text: str) -> tuple[int, int]:
    """Which part of how many: ``2/10``."""
    numbers = text.split("/")
    if len(numbers) != 2 or not all(one.isdecimal() for one in numbers):
        raise argparse.ArgumentTypeError(say("batch.part", text=text))
    part, parts = map(int, numbers)
    if not 1 <= part <= parts:
        raise argparse.ArgumentTypeError(say("batch.part", text=text))
    return part, parts


def _report(options: argparse.Namespace) -> int:
    if options.collect is not None:
        return _collect(options.collect, options.boundaries)
    wanted = {"files": options.files, "--regime": options.regime, "-o/--output": options.output}
    lacking = [name for name, value in wanted.items() if not value]
    if lacking:
        raise ParameterError(f"缺少必需的参数：{'、'.join(lacking)}")
    from balance_analysis.counties import every_issue
    from balance_analysis.parameters import require_plan_of_ledger
    from balance_analysis.reporting.batch import plan_requests
    from balance_analysis.reporting.files import inside
    from balance_analysis.reporting.notebook import require_notebook
    from balance_analysis.reporting.run import COUNTY_SECONDS, RunOptions, run_batch
    from balance_analysis.workbook.reader import read_workbooks

    files = existing_files([*options.files, *options.side])
    require_known_regime(options)
    if options.plan is not None:
        options.plan = known_plan(options.plan)
    if options.notebook is not None and not options.notebook.is_file():
        raise ParameterError(f"找不到笔记本 {options.notebook}")
    if options.notebook is not None:
        require_notebook(options.notebook)
        options.notebook = options.notebook.resolve()
    options.ledger = existing_files(options.ledger)
    require_plan_of_ledger(options.ledger, options.plan)
    tables = read_workbooks(files)
    requests, failures = plan_requests(
        tables,
        files,
        regime=options.regime,
        overlays=options.overlay,
        year=options.year,
        target_year=options.target_year,
        on=options.on,
        notebook=options.notebook,
        plan=options.plan,
        issued_on=options.issued_on,
        issuing_office=options.office.strip(),
        remediation=options.remediation,
        ledger=options.ledger,
        with_remediation=options.with_remediation,
        formats=options.formats,
    )
    requests = _chosen(requests, options)
    name = options.run_name or datetime.now().strftime("%Y%m%d-%H%M%S")
    how = RunOptions(
        jobs=options.jobs,
        county_seconds=options.county_timeout or COUNTY_SECONDS,
        county_megabytes=options.memory_limit,
        part=options.shard,
        force=options.force,
        boundaries=_boundaries(options.boundaries, requests),
    )
    folder = inside(options.output, name)
    given: dict[str, Any] = {"tables": tables, "failures": failures, "options": how, "tell": print}
    if options.scheduler is None:
        batch = run_batch(requests, folder, **given)
    else:
        from balance_analysis.reporting.cluster import cluster

        with cluster(options.scheduler, how) as executor:
            batch = run_batch(requests, folder, executor=executor, **given)
    _tell(batch)
    done = len(batch.results) - len(batch.failed)
    if options.shard is None:
        path = str(batch.folder / "summary.csv")
        print(say("commands.reports_done", n=len(batch.results), done=done, path=path))
    else:
        print(say("batch.part_done", i=options.shard[0], n=options.shard[1]))
    found = every_issue(tables, (issue for result in batch.results for issue in result.issues))
    print(counted(len(files), found, [options.regime]))
    return 1 if batch.failed else 0


def _collect(folder: Path, boundaries: Path | None) -> int:
    from balance_analysis.reporting.run import collect_run

    if not folder.is_dir():
        raise ParameterError(f"找不到文件夹 {folder}")
    batch = collect_run(folder, _boundaries(boundaries))
    done = len(batch.results) - len(batch.failed)
    print(say("batch.collected", n=len(batch.results), done=done, path=str(folder / "summary.csv")))
    return 1 if batch.failed else 0


def _boundaries(path: Path | None, requests: Iterable[ReportRequest] = ()) -> Boundaries | None:
    from balance_analysis.workbook.boundaries import read_boundaries

    return None if path is None else read_boundaries(path, (one.division_code for one in requests))


def _tell(batch: BatchResult) -> None:
    for result in batch.results:
        if result.status == "done":
            told = say(
                "commands.reported",
                county=result.county,
                code=result.division_code,
                year=result.year,
                outcome=result.outcome,
                overall=result.overall_outcome,
                path=str(batch.folder / result.paper),
            )
            print(told, result.verdict, sep="\n")
        else:
            name = result.county or result.division_code
            print(say("commands.not_reported", county=name, why=result.message), file=sys.stderr)
            for issue in result.issues:
                if issue.severity is Severity.HARD:
                    print(f"  {issue}", file=sys.stderr)


def _chosen(requests: Sequence[ReportRequest], options: argparse.Namespace) -> list[ReportRequest]:
    """The requests of the counties that were asked for, all where none were; unknown codes are wrong use."""
    codes = [] if options.only is None else [code.strip() for code in options.only.split(",") if code.strip()]
    if options.counties is not None:
        codes += _listed(options.counties)
    if options.only is None and options.counties is None:
        return list(requests)
    unknown = sorted(set(codes) - {request.division_code for request in requests})
    if unknown or not codes:
        raise ParameterError(say("batch.unknown_counties", codes="、".join(unknown) or str(options.only)))
    return [request for request in requests if request.division_code in codes]


def _listed(path: Path) -> list[str]:
    """The codes of a CSV with a column of codes."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except OSError as error:
        raise ParameterError(f"打不开 {path}：{system_reason(error)}") from None
    except (UnicodeDecodeError, csv.Error):
        rows = []
    column = next((name for name in CODE_COLUMNS if rows and name in rows[0]), None)
    codes = [] if column is None else [str(row[column] or "").strip() for row in rows]
    if not any(codes):
        raise ParameterError(say("batch.no_counties_listed", file=str(path)))
    return [code for code in codes if code]
