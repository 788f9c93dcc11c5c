"""The command line: ``balance-analysis <command>``. Exit 0 fine, 1 findings or failures, 2 wrong use."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from balance_analysis import __version__
from balance_analysis.errors import (
    Issue,
    ParameterError,
    ReportError,
    WorkbookError,
    limit_issues,
)
from balance_analysis.guard import guarded
from balance_analysis.terms import Severity

if TYPE_CHECKING:
    from balance_analysis.assessment import CountyAssessment


SIDE_HELP = "补充信息表（CSV 或 TOML），补充导出文件没有的信息；可重复"


LISTED = 20
"""Counties left out of a dataset that are named one by one."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; every message is Chinese and on one of the two streams."""

    def run() -> int:
        options = build_parser().parse_args(arguments)
        return int(options.run(options))

    return guarded(run)


ARGPARSE_TEXTS = {
    "usage: ": "用法：",
    "positional arguments": "参数",
    "options": "选项",
    "show this help message and exit": "显示帮助并退出",
    "show program's version number and exit": "显示版本并退出",
    "the following arguments are required: %s": "缺少必需的参数：%s",
    "unrecognized arguments: %s": "不认识的参数：%s",
    "invalid %(type)s value: %(value)r": "不是有效的值：%(value)r",
    "invalid choice: %(value)r (choose from %(choices)s)": "没有这个命令：%(value)r（可用：%(choices)s）",
    "argument %(argument_name)s: %(message)s": "参数 %(argument_name)s：%(message)s",
    "expected one argument": "需要一个值",
    "expected at least one argument": "至少需要一个值",
    "%(prog)s: error: %(message)s\n": "用法有误：%(message)s\n",
}
"""What argparse says, in the language of those who read it."""


def build_parser() -> argparse.ArgumentParser:
    """All commands with their options and Chinese help."""
    # argparse asks gettext for its sentences through this name; it has no other door for translations
    vars(argparse)["_"] = lambda text: ARGPARSE_TEXTS.get(text, text)
    parser = argparse.ArgumentParser(prog="balance-analysis", description="县域义务教育均衡分析")
    parser.add_argument("--version", action="version", version=f"balance-analysis {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="命令")

    regimes = commands.add_parser("regimes", help="列出、查看、比较评估办法")
    regimes.set_defaults(run=_list_regimes)
    parts = regimes.add_subparsers(dest="part", metavar="子命令")
    show = parts.add_parser("show", help="打印一个办法在某日的全部条目")
    show.add_argument("id")
    show.add_argument("--on", type=_date, default=None, help="依据日期，如 2018-08-31（默认今天）")
    show.add_argument("--overlay", action="append", default=[], help="地方补充规定代号，可重复")
    show.set_defaults(run=_show_regime)
    diff = parts.add_parser(
        "diff", help="比较两个办法，如 quality_balance_2017 与 quality_balance_2017@2019-01-01+anshan"
    )
    diff.add_argument("a", help="代号[@日期][+补充规定…]")
    diff.add_argument("b", help="代号[@日期][+补充规定…]")
    diff.set_defaults(run=_diff_regimes)

    template = commands.add_parser("template", help="生成填报模板")
    template.add_argument("-o", "--output", type=Path, required=True, help="输出的 .xlsx 文件")
    template.add_argument(
        "--published", action="store_true", help="改为公布的差异系数表（表Ⅲ）的模板，没有学校数据时用"
    )
    template.set_defaults(run=_template)

    check = commands.add_parser("check", help="检查填报文件，一次列出全部问题")
    check.add_argument("files", nargs="+", type=Path)
    check.add_argument("--side", action="append", type=Path, default=[], help=SIDE_HELP)
    check.add_argument(
        "--write-side", type=Path, default=None, help="把尚待补充的信息写成一张可填写的CSV（如 补充信息.csv）"
    )
    check.add_argument("--regime", default="quality_balance_2017", help="统计筛查所对照标准值的评估办法")
    check.set_defaults(run=_check)

    plans = commands.add_parser("plans", help="列出或查看已收录的区县实施方案")
    plans.add_argument("id", nargs="?", default=None, help="方案代号或自编方案文件；省略则列出全部")
    plans.set_defaults(run=_plans)

    forms = commands.add_parser("forms", help="生成申报表、问题台账和一校一案（Excel）")
    _add_run_options(forms)
    forms.set_defaults(run=_forms)

    assess = commands.add_parser("assess", help="计算并判定，输出 CSV 和 JSON")
    _add_run_options(assess)
    assess.add_argument("--target-year", type=int, default=None, help="目标年，用于趋势和预测")
    assess.set_defaults(run=_assess)

    plan = commands.add_parser("plan", help="测算最低成本整改方案，附证明")
    _add_run_options(plan)
    plan.add_argument(
        "--costs", type=Path, default=None, help="单价与规则（costs.toml；默认用附带的规划假设）"
    )
    plan.add_argument("--target-year", type=int, default=None, help="目标年，分年度安排到该年")
    plan.add_argument(
        "--seconds", type=_positive_number, default=60.0, help="每个区县的求解时限（秒，默认60）"
    )
    plan.add_argument("--gap", type=_share, default=0.005, help="允许与下界的相对差距（默认0.005）")
    plan.set_defaults(run=_plan)

    overview = commands.add_parser("overview", help="多个区县的区域总览（PDF、CSV）")
    _add_run_options(overview)
    overview.add_argument("--target-year", type=int, default=None, help="目标年，如 2023")
    overview.add_argument(
        "--schedule", action="append", default=[], help="验收计划：方案代号或 .toml 文件，可重复"
    )
    overview.add_argument("--name", default="", help="区域名称，如 鞍山市")
    overview.set_defaults(run=_overview)

    report = commands.add_parser("report", help="每个区县生成一份 PDF 报告")
    _add_run_options(report)
    report.add_argument("--target-year", type=int, default=None, help="目标年，如 2020")
    report.add_argument(
        "--plan", default=None, help="对照的实施方案：代号（见 balance-analysis plans）或自编方案文件"
    )
    report.add_argument(
        "--run", dest="run_name", type=_plain_name, default=None, help="本次运行的文件夹名（默认按时间命名）"
    )
    report.add_argument("--jobs", type=_positive, default=None, help="同时运行的进程数（默认每核一个）")
    report.add_argument("--notebook", type=Path, default=None, help="改用其他参数化笔记本")
    report.set_defaults(run=_report)
    return parser


def _add_run_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--side", action="append", type=Path, default=[], help=SIDE_HELP)
    parser.add_argument("--regime", required=True, help="评估办法代号，见 balance-analysis regimes")
    parser.add_argument("--overlay", action="append", default=[], help="地方补充规定代号，可重复")
    parser.add_argument("--year", type=int, default=None, help="学年起始年（默认最近一年）")
    parser.add_argument("--on", type=_date, default=None, help="依据日期（默认学年最后一天）")
    parser.add_argument("-o", "--output", type=_folder, required=True, help="输出文件夹")


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"日期应写作 2018-08-31 的形式，收到 {text}") from None


def _folder(text: str) -> Path:
    if not text.strip():
        raise argparse.ArgumentTypeError("输出文件夹不能为空")
    path = Path(text)
    for part in (path, *path.parents):
        if part.is_file():
            raise argparse.ArgumentTypeError(f"{part} 是文件，不是文件夹")
    return path


def _plain_name(text: str) -> str:
    from balance_analysis.reporting.files import safe_name

    try:
        return safe_name(text)
    except ReportError as error:
        raise argparse.ArgumentTypeError(f"应为一个文件夹名，不含路径；{error}") from None


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"应为不小于1的整数，收到“{text}”")
    return int(text)


def _share(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number < 1:
        raise argparse.ArgumentTypeError(f"应为0至1之间的小数，收到“{text}”")
    return number


def _positive_number(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number < float("inf"):
        raise argparse.ArgumentTypeError(f"应为大于0的数，收到“{text}”")
    return number


def _list_regimes(options: argparse.Namespace) -> int:
    from balance_analysis.regimes import list_overlays, list_regimes, regime_head

    print("国家评估办法：")
    for name in list_regimes():
        head = regime_head(name)
        until = f"至 {head.valid_to}" if head.valid_to else "起有效"
        print(f"  {name:<36}{head.name}（{head.valid_from} {until}）")
    print("地方补充规定和宽限条款：")
    for overlay in list_overlays():
        until = f"至 {overlay.valid_to}" if overlay.valid_to else "起有效"
        print(
            f"  {overlay.id:<36}{overlay.name}（用于 {overlay.base}，{overlay.place}，{overlay.valid_from} {until}）"
        )
    return 0


def _show_regime(options: argparse.Namespace) -> int:
    from balance_analysis.regimes import load_regime
    from balance_analysis.views.regime_text import regime_lines

    regime = load_regime(options.id, on=options.on or date.today(), overlays=options.overlay)
    print("\n".join(regime_lines(regime)))
    return 0


def _diff_regimes(options: argparse.Namespace) -> int:
    from balance_analysis.regimes.diff import diff_regimes, load_reference
    from balance_analysis.views.regime_text import difference_lines

    one, other = (load_reference(text, on=date.today()) for text in (options.a, options.b))
    print("\n".join(difference_lines(diff_regimes(one, other))))
    return 0


def _template(options: argparse.Namespace) -> int:
    from balance_analysis.reporting.template_file import write_template
    from balance_analysis.workbook.layouts import PUBLISHED

    if options.output.suffix.lower() != ".xlsx":
        raise ParameterError(f"模板应保存为 .xlsx 文件，收到 {options.output}")
    if not options.output.resolve().parent.is_dir():
        raise ParameterError(f"文件夹 {options.output.resolve().parent} 不存在，请先建立")
    write_template(options.output, layout_id=PUBLISHED if options.published else "own_template")
    print(f"已生成填报模板：{options.output}")
    return 0


def _existing(files: Sequence[Path]) -> list[Path]:
    absent = [str(path) for path in files if not path.is_file()]
    if absent:
        raise ParameterError(f"找不到文件：{'、'.join(absent)}")
    return list(dict.fromkeys(path.resolve() for path in files))


def _check(options: argparse.Namespace) -> int:
    from balance_analysis.explain.screening import check_and_screen

    files = _existing([*options.files, *options.side])
    issues = check_and_screen(files, options.regime)
    _print_issues(issues)
    if options.write_side is not None:
        from balance_analysis.reporting.files import write_whole
        from balance_analysis.workbook.reader import read_workbooks
        from balance_analysis.workbook.side_answers import side_template

        text = side_template(read_workbooks(files))
        if text:
            write_whole(options.write_side, text)
        print(f"已写出补充信息表：{options.write_side}" if text else "没有需要补充的信息，未写补充信息表。")
    counts = {kind: sum(issue.severity is kind for issue in issues) for kind in Severity}
    print(
        f"共{len(files)}个文件：错误{counts[Severity.HARD]}条，疑问{counts[Severity.SOFT]}条，提示{counts[Severity.NOTE]}条。"
    )
    return 1 if counts[Severity.HARD] else 0


def _print_issues(issues: Sequence[Issue], stream: TextIO | None = None) -> None:
    for issue in limit_issues(issues, every_county=False):
        print(issue, file=stream)


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
    from balance_analysis.views.labels import OUTCOMES

    _require_known_regime(options)
    summary = assess_dataset(
        options.files, options.output, regime=options.regime, overlays=options.overlay, on=options.on
    )
    for code, reason in list(summary.left_out.items())[:LISTED]:
        print(f"{code}：未评估。{reason}", file=sys.stderr)
    if len(summary.left_out) > LISTED:
        print(f"另有{len(summary.left_out) - LISTED}个区县未评估，见 left_out.parquet", file=sys.stderr)
    said = "，".join(f"{OUTCOMES[name]}{count}个" for name, count in sorted(summary.outcomes.items()))
    print(f"已评估{summary.counties}个区县（最近学年资源配置：{said or '无'}），已写入 {summary.folder}")
    return 1 if summary.left_out else 0


def _for_each_county(options: argparse.Namespace, write: Callable[[CountyAssessment, Path], None]) -> int:
    """Assess every county of the files and hand each to ``write`` with its folder ``DIR/<code>``."""
    from balance_analysis.counties import FailedCounty, assess_counties, failed_county, files_without_counties
    from balance_analysis.reporting.files import deliver_files, half_made, inside
    from balance_analysis.views.labels import OUTCOMES, school_year
    from balance_analysis.workbook.reader import read_workbooks

    _require_known_regime(options)
    tables = read_workbooks(_existing([*options.files, *options.side]))
    if not tables.division_codes():
        raise WorkbookError(tables.hard_issues)
    failures = files_without_counties(tables)
    _print_issues([issue for failure in failures for issue in failure.issues], sys.stderr)
    found = assess_counties(
        tables, regime=options.regime, overlays=options.overlay, year=options.year, on=options.on,
        target_year=getattr(options, "target_year", None),
    )  # fmt: skip
    for county in found:
        if not isinstance(county, FailedCounty):
            try:
                folder = inside(options.output, county.division_code)
                with half_made(options.output, county.division_code) as partial:
                    write(county, partial)
                    deliver_files(partial, folder)
            except (WorkbookError, ParameterError, ReportError) as error:
                county = failed_county(tables, county.division_code, error)
        if isinstance(county, FailedCounty):
            print(f"{county.division_code}：{county.text}", file=sys.stderr)
            failures.append(county)
            continue
        print(
            f"{county.county}（{county.division_code}）{school_year(county.year)}：资源配置{OUTCOMES[county.outcome]}，"
            f"总体{OUTCOMES[county.overall_outcome]}，已写入 {folder}"
        )
    return 1 if failures else 0


def _plans(options: argparse.Namespace) -> int:
    from balance_analysis.programmes import list_plans, load_plan, plan_timetable, plans_overview
    from balance_analysis.views.plan_views import plan_elements, plan_list_table

    if options.id is None:
        print(plan_list_table(plans_overview(list_plans())).to_text())
        return 0
    plan = load_plan(options.id)
    print(f"{plan.head.title}（{plan.head.number}，{plan.head.issued}）")
    for element in plan_elements(plan_timetable(plan), plan):
        print()
        print(element.to_text())
    return 0


def _forms(options: argparse.Namespace) -> int:
    from balance_analysis.reporting.forms import write_forms

    def write(county: CountyAssessment, folder: Path) -> None:
        write_forms(county, folder)

    return _for_each_county(options, write)


def _report(options: argparse.Namespace) -> int:
    from balance_analysis.reporting.batch import plan_requests, run_batch
    from balance_analysis.reporting.files import inside
    from balance_analysis.reporting.notebook import require_notebook
    from balance_analysis.views.labels import OUTCOMES
    from balance_analysis.workbook.reader import read_workbooks

    files = _existing([*options.files, *options.side])
    _require_known_regime(options)
    if options.plan is not None:
        options.plan = _known_plan(options.plan)
    if options.notebook is not None and not options.notebook.is_file():
        raise ParameterError(f"找不到笔记本 {options.notebook}")
    if options.notebook is not None:
        require_notebook(options.notebook)
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
    )
    name = options.run_name or datetime.now().strftime("%Y%m%d-%H%M%S")
    batch = run_batch(requests, inside(options.output, name), failures=failures, jobs=options.jobs)
    for result in batch.results:
        if result.status == "done":
            print(
                f"{result.county}（{result.division_code}）{result.year}学年：资源配置{OUTCOMES[result.outcome]}，"
                f"总体{OUTCOMES[result.overall_outcome]}　{batch.folder / result.pdf}"
            )
        else:
            print(f"{result.county or result.division_code}：没有生成报告。{result.message}", file=sys.stderr)
            for issue in result.issues:
                print(f"  {issue}", file=sys.stderr)
    print(
        f"共{len(batch.results)}个，完成{len(batch.results) - len(batch.failed)}个；汇总见 {batch.folder / 'summary.csv'}"
    )
    return 1 if batch.failed else 0


def _plan(options: argparse.Namespace) -> int:
    from balance_analysis.reporting.plan_files import run_plan

    files = _existing([*options.files, *options.side])
    _require_known_regime(options)
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
        out=options.output,
    )
    for outcome in outcomes:
        found = outcome.status == "found"
        print(
            f"{outcome.county}（{outcome.division_code}）：{outcome.message}",
            file=sys.stdout if found else sys.stderr,
        )
        for reason in outcome.reasons:
            print(f"  {reason.message}", file=sys.stderr)
        for issue in outcome.issues:
            print(f"  {issue}", file=sys.stderr)
        for path in outcome.files:
            print(f"  {path}")
    return 0 if all(outcome.status == "found" for outcome in outcomes) else 1


def _overview(options: argparse.Namespace) -> int:
    from balance_analysis.reporting.overview_report import write_overview

    files = _existing([*options.files, *options.side])
    _require_known_regime(options)
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
        print(f"{failure.county}：未计入总览。{failure.message}", file=sys.stderr)
        for issue in failure.issues:
            print(f"  {issue}", file=sys.stderr)
    print(f"区域总览（{len(result.region.assessed)}个区县）：{result.folder / result.pdf}")
    return 1 if result.region.failed else 0


def _known_plan(text: str) -> str:
    """A shipped plan's id, or the full path of a plan file; anything else is wrong use."""
    from balance_analysis.programmes import list_plans, load_plan

    known = [plan.id for plan in list_plans()]
    if text in known:
        return text
    if not Path(text).is_file():
        raise ParameterError(f"没有实施方案 {text}；可用：{'、'.join(known)}，或自编方案文件的路径")
    load_plan(Path(text))
    return str(Path(text).resolve())


def _require_known_regime(options: argparse.Namespace) -> None:
    from balance_analysis.counties import require_known

    require_known(options.regime, options.overlay)


if __name__ == "__main__":
    sys.exit(main())
