"""The command line: ``balance-analysis <command>``. Exit 0 fine, 1 findings or failures, 2 wrong use."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from balance_analysis import __version__, listings
from balance_analysis.commands.aims import add_aims
from balance_analysis.commands.cohorts import add_cohorts
from balance_analysis.commands.dashboard import add_dashboard
from balance_analysis.commands.helpers import add_helpers
from balance_analysis.commands.ledger import add_ledger
from balance_analysis.commands.papers import add_papers
from balance_analysis.commands.programmes import add_programmes
from balance_analysis.commands.rules import RULES_HELP, add_rules, late_lines, settle_rules
from balance_analysis.errors import ParameterError, ReportError, WorkbookError
from balance_analysis.guard import guarded
from balance_analysis.options import (
    ARGPARSE_TEXTS,
    SIDE_HELP,
    add_law_options,
    add_plan_options,
    add_remediation_options,
    add_run_options,
    counted,
    existing_files,
    parse_day,
    positive_number,
    print_issues,
    require_known_regime,
    share_below_one,
)
from balance_analysis.report import add_report
from balance_analysis.terms import Severity
from balance_analysis.words import say, tell

if TYPE_CHECKING:
    from balance_analysis.assessment import CountyAssessment
    from balance_analysis.errors import Issue


LISTED = 20
"""Counties left out of a dataset that are named one by one."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; every message is Chinese and on one of the two streams."""

    def run() -> int:
        options = build_parser().parse_args(arguments)
        settle_rules(options)
        return int(options.run(options))

    return guarded(run)


def build_parser() -> argparse.ArgumentParser:
    """All commands with their options and Chinese help."""
    # argparse asks gettext for its sentences through this name; it has no other door for translations
    vars(argparse)["_"] = lambda text: ARGPARSE_TEXTS.get(text, text)
    parser = argparse.ArgumentParser(prog="balance-analysis", description="县域义务教育均衡分析")
    parser.add_argument(
        "--version", action="version", version=f"balance-analysis {__version__}", help="显示版本并退出"
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="命令")

    regimes = commands.add_parser("regimes", help="列出、查看、比较评估办法")
    regimes.add_argument("--rules", action="append", default=[], help=RULES_HELP)
    regimes.set_defaults(run=listings.list_law)
    parts = regimes.add_subparsers(dest="part", metavar="子命令")
    show = parts.add_parser("show", help="打印一个办法在某日的全部条目")
    show.add_argument("id")
    show.add_argument("--on", type=parse_day, default=None, help="依据日期，如 2018-08-31（默认今天）")
    show.add_argument("--overlay", action="append", default=[], help="地方补充规定代号，可重复")
    show.set_defaults(run=listings.show_regime)
    diff = parts.add_parser(
        "diff", help="比较两个办法，如 quality_balance_2017 与 quality_balance_2017@2019-01-01+anshan"
    )
    diff.add_argument("a", help="代号[@日期][+补充规定…]")
    diff.add_argument("b", help="代号[@日期][+补充规定…]")
    diff.set_defaults(run=listings.compare_regimes)

    template = commands.add_parser("template", help="生成填报模板")
    template.add_argument("-o", "--output", type=Path, required=True, help="输出的 .xlsx 文件")
    published = "改为公布的差异系数表（表Ⅲ）的模板，没有学校数据时用"
    template.add_argument("--published", action="store_true", help=published)
    template.set_defaults(run=_template)

    check = commands.add_parser("check", help="检查填报文件，一次列出全部问题")
    check.add_argument("files", nargs="+", type=Path)
    check.add_argument("--side", action="append", type=Path, default=[], help=SIDE_HELP)
    check.add_argument(
        "--write-side", type=Path, default=None, help="把尚待补充的信息写成一张可填写的CSV（如 补充信息.csv）"
    )
    check.add_argument(
        "--regime", default=None, help="评估办法代号或 .toml 文件（默认各区县学年末施行的最新国家办法）"
    )
    add_law_options(check)
    check.set_defaults(run=_check)

    findings = commands.add_parser("findings", help="列出报告可能印出的全部结论句和条件")
    findings.set_defaults(run=listings.list_findings)

    add_programmes(commands)
    add_ledger(commands)
    add_rules(commands)
    add_helpers(commands)
    add_cohorts(commands)
    add_aims(commands, add_law_options)
    add_dashboard(commands, add_law_options)
    add_papers(commands, add_run_options, add_plan_options, add_remediation_options, _for_each_county)

    assess = commands.add_parser("assess", help="计算并判定，输出 CSV 和 JSON")
    add_run_options(assess)
    assess.add_argument("--target-year", type=int, default=None, help="目标年，用于趋势和预测")
    assess.set_defaults(run=_assess)

    plan = commands.add_parser("plan", help="测算最低成本整改方案，附证明")
    add_run_options(plan)
    plan.add_argument(
        "--costs", type=Path, default=None, help="单价与规则（costs.toml；默认用附带的规划假设）"
    )
    plan.add_argument("--target-year", type=int, default=None, help="目标年，分年度安排到该年")
    seconds = "每个区县的求解时限（秒，默认60）"
    plan.add_argument("--seconds", type=positive_number, default=60.0, help=seconds)
    plan.add_argument("--gap", type=share_below_one, default=0.005, help="允许与下界的相对差距（默认0.005）")
    plan.add_argument(
        "--margin", type=share_below_one, default=None,
        help="各项差异系数整改后比限值至少低多少（默认按单价文件，附带文件为0.02）",
    )  # fmt: skip
    plan.set_defaults(run=_plan)

    overview = commands.add_parser("overview", help="多个区县的区域总览（PDF、CSV）")
    add_run_options(overview)
    overview.add_argument("--target-year", type=int, default=None, help="目标年，如 2023")
    overview.add_argument(
        "--schedule", action="append", default=[], help="验收计划：方案代号或 .toml 文件，可重复"
    )
    overview.add_argument("--name", default="", help="区域名称，如 鞍山市")
    overview.set_defaults(run=_overview)

    add_report(commands)
    return parser


def _template(options: argparse.Namespace) -> int:
    from balance_analysis.reporting.template_file import write_template
    from balance_analysis.workbook.layouts import PUBLISHED

    if options.output.suffix.lower() != ".xlsx":
        raise ParameterError(f"模板应保存为 .xlsx 文件，收到 {options.output}")
    if not options.output.resolve().parent.is_dir():
        raise ParameterError(f"文件夹 {options.output.resolve().parent} 不存在，请先建立")
    if options.output.exists():  # it may be filled in already
        raise ParameterError(f"已有文件 {options.output}，没有覆盖；请改用另一个文件名")
    write_template(options.output, layout_id=PUBLISHED if options.published else "own_template")
    print(say("commands.template", path=str(options.output)))
    return 0


def _check(options: argparse.Namespace) -> int:
    from balance_analysis.counties import check_counties
    from balance_analysis.workbook.reader import in_order, read_groups, read_workbooks

    files = existing_files([*options.files, *options.side])
    if options.regime is not None or options.overlay:
        require_known_regime(options)
    law = {"overlays": options.overlay, "year": options.year, "on": options.on}
    looked_at = [check_counties(group, regime=options.regime, **law) for group in read_groups(files)]
    issues = in_order(dict.fromkeys(issue for found, _ in looked_at for issue in found))
    print_issues(issues)
    if options.write_side is not None:
        from balance_analysis.reporting.files import write_whole
        from balance_analysis.workbook.side_answers import side_template

        text = side_template(read_workbooks(files))
        if text:
            write_whole(options.write_side, text)
        written = say("commands.side_written", path=str(options.write_side))
        print(written if text else say("commands.side_nothing"))
    print(counted(len(files), issues, dict.fromkeys(name for _, names in looked_at for name in names)))
    return 1 if any(issue.severity is Severity.HARD for issue in issues) else 0


def _assess(options: argparse.Namespace) -> int:
    from balance_analysis.explain.diagnosis import Diagnosis
    from balance_analysis.reporting.exports import write_assessment, write_diagnosis
    from balance_analysis.reporting.files import inside
    from balance_analysis.workbook.datasets import is_dataset

    if all(is_dataset(path) for path in options.files):
        return _assess_dataset(options)

    def write(county: CountyAssessment, folder: Path) -> None:
        write_assessment(county, folder, year=options.year)
        write_diagnosis(Diagnosis(county), inside(folder, "diagnosis"))

    return _for_each_county(options, write)


def _assess_dataset(options: argparse.Namespace) -> int:
    """Judge a Parquet dataset: every county, every year, Parquet out."""
    from balance_analysis.reporting.nation_files import assess_dataset

    require_known_regime(options)
    summary = assess_dataset(
        options.files, options.output, regime=options.regime, overlays=options.overlay, on=options.on
    )
    for code, reason in list(summary.left_out.items())[:LISTED]:
        print(say("commands.left_out", code=code, reason=reason), file=sys.stderr)
    if len(summary.left_out) > LISTED:
        print(say("commands.more_left_out", n=len(summary.left_out) - LISTED), file=sys.stderr)
    outcomes = [
        say("commands.outcome_count", outcome=name, n=count)
        for name, count in sorted(summary.outcomes.items())
    ] or [say("commands.none")]
    print(say("commands.dataset", n=summary.counties, outcomes=outcomes, folder=str(summary.folder)))
    return 1 if summary.left_out else 0


def _for_each_county(
    options: argparse.Namespace, write: Callable[[CountyAssessment, Path], Sequence[Issue] | None]
) -> int:
    """Assess every county of the files and hand each to ``write`` with its folder ``DIR/<code>``; it may find further issues."""
    from balance_analysis.counties import (
        FailedCounty,
        assess_counties,
        every_issue,
        failed_county,
        files_without_counties,
    )
    from balance_analysis.door import worded
    from balance_analysis.findings.case import Case
    from balance_analysis.findings.verdict import overall
    from balance_analysis.reporting.files import deliver_files, half_made, inside
    from balance_analysis.words import tell
    from balance_analysis.workbook.reader import read_workbooks

    require_known_regime(options)
    files = existing_files([*options.files, *options.side])
    tables = read_workbooks(files)
    failures = files_without_counties(tables)
    issues = [issue for failure in failures for issue in failure.issues]
    stopping = () if tables.division_codes() else tables.hard_issues  # also those of side files
    print_issues(list(dict.fromkeys((*stopping, *issues))), sys.stderr)
    found = assess_counties(
        tables, regime=options.regime, overlays=options.overlay, year=options.year, on=options.on,
        target_year=getattr(options, "target_year", None),
    )  # fmt: skip
    for county in found:
        issues += county.issues
        if not isinstance(county, FailedCounty):
            try:
                folder = inside(options.output, county.division_code)
                with half_made(options.output, county.division_code) as partial:
                    further = write(worded(county), partial) or ()
                    deliver_files(partial, folder)
                print_issues(further)
                issues += further
            except (WorkbookError, ParameterError, ReportError) as error:
                county = failed_county(tables, county.division_code, error)
        if isinstance(county, FailedCounty):
            print(say("commands.failed", code=county.division_code, why=county.text), file=sys.stderr)
            failures.append(county)
            continue
        print(say("commands.assessed", **_named(county), folder=str(folder)))
        print(tell(overall(Case(county))))
        for line in late_lines(county.regime):
            print(line)
    print(counted(len(files), every_issue(tables, issues), [options.regime]))
    return 1 if failures else 0


def _named(found: Any) -> dict[str, Any]:
    """Who, when and with what outcome: of an assessment or of a report."""
    return {
        "county": found.county,
        "code": found.division_code,
        "year": found.year,
        "outcome": found.outcome,
        "overall": found.overall_outcome,
    }


def _plan(options: argparse.Namespace) -> int:
    from balance_analysis.reporting.plan_files import run_plan

    files = existing_files([*options.files, *options.side])
    require_known_regime(options)
    outcomes = run_plan(
        files,
        regime=options.regime,
        overlays=options.overlay,
        year=options.year,
        on=options.on,
        costs=options.costs,
        target_year=options.target_year,
        seconds=options.seconds,
        gap=options.gap,
        margin=options.margin,
        out=options.output,
    )
    for outcome in outcomes:
        found = outcome.status == "found"
        print(
            say("commands.planned", county=outcome.county, code=outcome.division_code, why=outcome.message),
            file=sys.stdout if found else sys.stderr,
        )
        for reason in outcome.reasons:
            print(f"  {tell(reason.message)}", file=sys.stderr)
        for issue in outcome.issues:
            print(f"  {issue}", file=sys.stderr)
        for path in outcome.files:
            print(f"  {path}")
    return 0 if all(outcome.status == "found" for outcome in outcomes) else 1


def _overview(options: argparse.Namespace) -> int:
    from balance_analysis.reporting.overview_report import write_overview

    files = existing_files([*options.files, *options.side])
    require_known_regime(options)
    result = write_overview(
        files,
        options.output,
        regime=options.regime,
        overlays=options.overlay,
        year=options.year,
        target_year=options.target_year,
        schedule=options.schedule or None,
        on=options.on,
        region_name=options.name,
    )
    for failure in result.region.failed:
        told = say("commands.not_in_overview", county=failure.county, why=failure.message)
        print(told, file=sys.stderr)
        for issue in failure.issues:
            print(f"  {issue}", file=sys.stderr)
    pdf = str(result.pdf)
    print(say("commands.overview", n=len(result.region.assessed), path=pdf))
    return 1 if result.region.failed else 0


if __name__ == "__main__":
    sys.exit(main())
