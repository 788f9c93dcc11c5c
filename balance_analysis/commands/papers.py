"""Papers of a county to hand in (``self-assessment`` in Word, ``forms`` in Excel), and notebooks that somebody edited and ran (``docx``, ``pdf``)."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from balance_analysis.assessment import CountyAssessment
    from balance_analysis.errors import Issue
    from balance_analysis.findings.case import Case

EachCounty = Callable[
    [argparse.Namespace, Callable[["CountyAssessment", Path], "Sequence[Issue] | None"]], int
]


def add_papers(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
    add_county_options: Callable[[argparse.ArgumentParser], None],
    add_plan_options: Callable[[argparse.ArgumentParser], None],
    add_remediation_options: Callable[[argparse.ArgumentParser], None],
    each_county: EachCounty,
) -> None:
    """Add the four commands; ``each_county`` assesses the counties of the files and hands each over with a folder."""
    paper = commands.add_parser(
        "self-assessment", help="自评报告（Word）：各项情况和结论由数据生成，留出填报单位补充处"
    )
    forms = commands.add_parser("forms", help="生成申报表、问题台账和一校一案（Excel）")
    for parser, run in ((paper, _self_assessment), (forms, _forms)):
        add_county_options(parser)
        parser.add_argument(
            "--target-year", type=int, default=None, help="目标年，如 2020；有 --plan 的取自方案"
        )
        add_plan_options(parser)
        add_remediation_options(parser)
        parser.set_defaults(run=partial(run, each_county))
    paper.add_argument("--issued-on", default=None, help="填报日期，如 2018-06-30（默认留空）")
    paper.add_argument("--office", default="", help="填报单位（默认留空）")
    for kind, name in (("docx", "Word"), ("pdf", "PDF")):
        parser = commands.add_parser(kind, help=f"把改过并已执行的笔记本排成{name}")
        parser.add_argument("notebook", type=Path, help="已执行的笔记本（.ipynb），使用报告元素和封面")
        parser.add_argument(
            "-o", "--output", type=Path, default=None, help=f"输出的 .{kind} 文件（默认与笔记本同名）"
        )
        parser.set_defaults(run=partial(_typeset, kind))


def _self_assessment(each_county: EachCounty, options: argparse.Namespace) -> int:
    from balance_analysis.parameters import parse_date
    from balance_analysis.reporting.self_assessment import write_self_assessment

    day, office = parse_date(options.issued_on), options.office.strip()

    def write(case: Case, folder: Path) -> None:
        write_self_assessment(replace(case, issued_on=day, issuing_office=office), folder)

    return _each_case(each_county, options, write)


def _forms(each_county: EachCounty, options: argparse.Namespace) -> int:
    from balance_analysis.reporting.forms import write_forms

    def write(case: Case, folder: Path) -> None:
        write_forms(case.county, folder, remediation=case.remediation, plan=case.plan, ledger=case.ledger)

    return _each_case(each_county, options, write)


def _each_case(
    each_county: EachCounty, options: argparse.Namespace, write: Callable[[Case, Path], object]
) -> int:
    """Write a paper of every county with its programme, its ledger and its remediation plan."""
    from balance_analysis.findings.case import Case
    from balance_analysis.parameters import ledger_of, named_plan, with_reports
    from balance_analysis.programmes import with_target_year_of
    from balance_analysis.reporting.saved_plans import plan_of_county

    plan = named_plan(options.plan)

    def write_one(county: CountyAssessment, folder: Path) -> Sequence[Issue]:
        known = with_target_year_of(plan, county)
        ledger = ledger_of(known, plan, options.files, options.ledger)
        remediation = plan_of_county(known, options.remediation, solve=options.with_remediation)
        write(Case(known, plan=plan, ledger=ledger, remediation=remediation), folder)
        return with_reports(known, plan, ledger).issues[len(known.issues) :]

    return each_county(options, write_one)


def _typeset(kind: str, options: argparse.Namespace) -> int:
    """Set an executed notebook; what is refused raises ``ReportError``."""
    import nbformat

    from balance_analysis.errors import ParameterError
    from balance_analysis.reporting.deliver import AUTHOR
    from balance_analysis.reporting.notebook import require_notebook
    from balance_analysis.words import say

    path = options.output or options.notebook.with_suffix(f".{kind}")
    if path.suffix.lower() != f".{kind}" or not path.resolve().parent.is_dir():
        raise ParameterError(f"应保存为已有文件夹中的 .{kind} 文件，收到 {path}")
    require_notebook(options.notebook)
    node = nbformat.reads(options.notebook.read_text(encoding="utf-8"), as_version=4)  # type: ignore[no-untyped-call]
    if kind == "docx":
        from balance_analysis.reporting.word import notebook_to_docx

        notebook_to_docx(node, path, author=AUTHOR)
    else:
        from balance_analysis.reporting.pdf import notebook_to_pdf

        notebook_to_pdf(node, path, author=AUTHOR)
    print(say("commands.typeset", path=str(path)))
    return 0
