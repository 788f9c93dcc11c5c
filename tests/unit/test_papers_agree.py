"""One county's papers laid side by side: report, self-evaluation, forms and plan say the same of every school, item, date and amount.

Nothing here is computed: what one paper prints is looked for in the others. The forms hold figures at full precision, so a figure
agrees where the printed one is its rounding (half up, as the law's texts round).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest

from balance_analysis.findings.case import Case
from balance_analysis.reporting.forms import write_forms
from balance_analysis.reporting.forms.basic_situation import basic_situation
from balance_analysis.views.county import page as county_page
from balance_analysis.views.elements import Callout, Paragraph, ReportTable, Section, Verdict
from balance_analysis.views.remediation import page as remediation_page
from balance_analysis.views.self_assessment.page import elements
from tests.county_tables import juniors
from tests.live_formulas import load
from tests.plan_counties import poor_county, sample_plan, solved

pytestmark = pytest.mark.xdist_group("plans of the samples")  # solved once, by one worker

VALUES, STAGES = slice(6, 13), ("小学", "初中")


@dataclass(frozen=True)
class Papers:
    """The elements of the two papers to read and the three workbooks."""

    report: list[Any]
    own: list[Any]
    form: Any
    problems: Any
    schools: Any
    plan: Any


@pytest.fixture(scope="module", params=["small", pytest.param("襄汾县", marks=pytest.mark.nightly)])
def papers(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Papers:
    """A county of five schools, and the sample of 24 with its task sheet."""
    plan = solved(*poor_county(), *juniors()) if request.param == "small" else sample_plan(request.param)
    case = Case(plan.county, remediation=plan)
    basics = [
        (line.number, line.group, line.name, line.unit, line.value) for line in basic_situation(case.county)
    ]
    report = [
        *county_page.problem_list(case), *county_page.balance(case), *county_page.items(case), *county_page.annexes(case),
        *remediation_page.section(case), *remediation_page.by_school(case),
    ]  # fmt: skip
    written = write_forms(plan.county, tmp_path_factory.mktemp("papers"), remediation=plan)
    form, problems, schools = (load(path, data_only=True) for path in written)
    return Papers(report, [*elements(case, basics)], form, problems, schools, plan)


def table(paper: list[Any], title: str) -> list[list[str]]:
    """The rows of a table as texts."""
    found = next(one for one in paper if isinstance(one, ReportTable) and one.title.endswith(title))
    return [[str(getattr(cell, "text", cell)) for cell in row] for row in found.rows]


def sentences(paper: list[Any]) -> Iterator[str]:
    for one in paper:
        if isinstance(one, Callout):
            yield from one.items
        elif isinstance(one, Paragraph | Verdict | Section):
            yield str(getattr(one, "text", "") or getattr(one, "sentence", "") or getattr(one, "heading", ""))


def filed_rows(page: Any, first: int = 4) -> Iterator[list[Any]]:
    """Rows of a form that begin with a number."""
    for row in page.iter_rows(min_row=first):
        if str(row[0].value).isdigit():
            yield [cell.value for cell in row]


def same(printed: str, held: float) -> bool:
    """Whether a printed figure is the rounding of the one a form holds."""
    shown = Decimal(printed.replace(",", ""))
    return Decimal(repr(float(held))).quantize(shown, ROUND_HALF_UP) == shown


def schools_of_form(papers: Papers, stage: str) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    here = ""
    for row in papers.form["表Ⅱ-2"].iter_rows(min_row=5):
        head = str(row[0].value)
        here = next((name for name in STAGES if head.startswith(name)), here)
        if isinstance(row[0].value, int | float) and here == stage:
            found[str(row[1].value)] = [cell.value for cell in row]
    return found


@pytest.mark.parametrize("stage", STAGES)
def test_every_school_has_the_same_figures_and_the_same_verdict(papers: Papers, stage: str) -> None:
    held = schools_of_form(papers, stage)
    for paper in (papers.report, papers.own):
        rows = table(paper, f"{stage}逐校达标情况")
        assert [row[1] for row in rows] == list(held)
        for row in rows:
            mine = held[row[1]]
            assert int(row[3]) == mine[3]
            assert all(same(shown, value) for shown, value in zip(row[4:11], mine[VALUES], strict=True)), row
            assert row[11] == mine[13]


@pytest.mark.parametrize("number", range(2))
def test_means_and_coefficients_are_the_same(papers: Papers, number: int) -> None:
    sheet, top = papers.form["表Ⅲ"], 5 + 4 * number
    for paper in (papers.report, papers.own):
        for column, row in enumerate(table(paper, f"{STAGES[number]}校际差异系数")[:7], start=3):
            mean, cv, limit, verdict = (sheet.cell(top + line, column).value for line in range(4))
            assert same(row[1], mean), row
            assert same(row[3], cv), row
            assert (float(row[4]), row[5]) == (limit, verdict), row


def test_every_item_has_the_same_verdict(papers: Papers) -> None:
    def outcomes(paper: list[Any]) -> dict[str, str]:
        return {
            str(getattr(row[0], "text", row[0])): str(getattr(row[3], "text", row[3]))
            for one in paper
            if isinstance(one, ReportTable) and [column.label for column in one.columns][1] == "要求"
            for row in one.rows
        }

    told, own = outcomes(papers.report), outcomes(papers.own)
    assert {item: own[item] for item in told} == told
    filed = {}
    for name in ("表Ⅳ", "表Ⅴ"):
        for row in filed_rows(papers.form[name]):
            filed["{1} {0}".format(*re.split(r"[（）]", row[1])[:2])] = row[7]
    assert len(filed) == 24  # B8–B31
    assert {item: told[item] for item in filed} == filed
    assert papers.form["表Ⅵ"]["D11"].value == told["社会认可度"]


def test_every_item_to_be_put_right_has_the_same_schools_offices_and_date(papers: Papers) -> None:
    told = table(papers.report, "未达标的项目、短缺合计和责任单位")
    assert table(papers.own, "未达标的项目、短缺合计和责任单位") == told
    heads = [cell.value for cell in papers.problems["整改任务"][3]]
    place = {name: heads.index(name) for name in ("指标", "责任单位", "完成时限")}
    tasks = {
        re.split(r"[（）]", row[place["指标"]])[-2]: row for row in filed_rows(papers.problems["整改任务"])
    }
    whole_county = [str(row[2]) for row in filed_rows(papers.problems["县级问题"])]
    for item, schools, _, offices, day in told:
        if (code := item.split(" ")[0]) not in tasks:  # entry conditions are no tasks of the annex
            assert any(code in name for name in whole_county), item
            continue
        mine = tasks[code]
        due = mine[place["完成时限"]]
        assert (int(schools or 0), offices) == (mine[3], mine[place["责任单位"]] or ""), item
        assert day == (f"{due.year}年{due.month}月{due.day}日" if due else ""), item
    listed = list(filed_rows(papers.problems["学校问题"]))
    for row in listed:
        mine = tasks[re.split(r"[（）]", row[3])[-2]]
        assert row[9] == mine[place["责任单位"]], row
    names = [row[1] for row in table(papers.report, "有未达标项目的学校，最严重的在前")]
    assert sorted(names) == sorted({row[1] for row in listed if row[6] == "须整改"})


def test_measures_and_amounts_are_the_same_everywhere(papers: Papers) -> None:
    sheets = {page["A1"].value.partition("：")[2]: page for page in papers.schools.worksheets[1:]}
    index = {row[1]: row[6] for row in filed_rows(papers.schools["目录"])}
    rows = table(papers.report, "逐校整改措施和投入")
    assert rows
    for name, measures, cost in rows:
        assert float(cost.replace(",", "") or 0) == pytest.approx(0 if index[name] == "——" else index[name])
        lines = [[cell.value for cell in row] for row in sheets[name].iter_rows()]
        begin = next(number for number, row in enumerate(lines) if row[0] == "整改安排") + 2
        done = [row for row in lines[begin:] if isinstance(row[3], int | float)]
        assert {row[1] for row in done} == {re.sub(r"[\d,.]+\D*$", "", text) for text in measures.split("；")}
        for row in done:
            shown = next(text for text in measures.split("；") if text.startswith(row[1]))
            assert same(re.findall(r"[\d,.]+", shown[len(row[1]) :])[0], row[3]), shown
    whole = papers.plan.result.certificate.cost_wan_cny
    sums = table(papers.report, "整改措施汇总")
    assert table(papers.own, "整改措施汇总") == sums
    assert same(sums[-1][2], whole)
    for paper in (papers.report, papers.own):
        assert any(f"{whole:.0f}万元" in text for text in sentences(paper))
    for page in (papers.problems["学校问题"], papers.problems["整改任务"], papers.schools["目录"]):
        texts = [
            str(cell.value) for row in page.iter_rows() for cell in row if str(cell.value).startswith("注：")
        ]
        assert f"整改方案共需{whole:.2f}万元" in texts[0]
