"""The application form (申报表) of one county: cover, tables Ⅰ to Ⅵ, and an annex."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from balance_analysis.assessment import CountyAssessment
from balance_analysis.reporting.forms.basic_situation import write_basic_situation
from balance_analysis.reporting.forms.coefficient_table import judged_cells, write_coefficient_table
from balance_analysis.reporting.forms.item_tables import (
    verdict_cell,
    write_item_table,
    write_overview,
    write_recognition,
)
from balance_analysis.reporting.forms.school_table import (
    SchoolTable,
    plan_school_table,
    write_school_table,
)
from balance_analysis.reporting.forms.sheets import Book
from balance_analysis.reporting.forms.styles import SIMULATED
from balance_analysis.reporting.forms.summary_table import write_summary_table
from balance_analysis.terms import COMPOSITE, Outcome
from balance_analysis.words import say
from balance_analysis.words.numbers import school_year

RECOGNITION_METHOD = "social_recognition"


@dataclass(frozen=True)
class FormNames:
    """How a form's sheets and titles are called; ``item_tables`` maps groups of items to (sheet, title)."""

    basic: tuple[str, str]
    summary: tuple[str, str]
    schools: tuple[str, str]
    coefficients: tuple[str, str]
    item_tables: tuple[tuple[tuple[str, ...], str, str], ...]
    recognition: tuple[str, str]
    overview: tuple[str, str]


SCHOOL_LIMITS = FormNames(
    basic=("表Ⅰ", "表Ⅰ　县域义务教育基本情况"),
    summary=("表Ⅱ-1", "表Ⅱ-1　各学段学校资源配置达标情况汇总"),
    schools=("表Ⅱ-2", "表Ⅱ-2　学校资源配置达标情况"),
    coefficients=("表Ⅲ", "表Ⅲ　县域义务教育校际均衡情况"),
    item_tables=(
        (("government_guarantee",), "表Ⅳ", "表Ⅳ　政府保障程度"),
        (("education_quality",), "表Ⅴ", "表Ⅴ　教育质量"),
    ),
    recognition=("表Ⅵ", "表Ⅵ　社会认可度调查情况"),
    overview=("附表", "附表　自评结论一览"),
)
COEFFICIENTS_ONLY = FormNames(
    basic=("表Ⅰ", "表Ⅰ　县域义务教育基本情况"),
    summary=("", ""),
    schools=("表Ⅱ", "表Ⅱ　学校办学条件情况"),
    coefficients=("表Ⅲ", "表Ⅲ　县域义务教育校际均衡情况"),
    item_tables=((("school_standards", "government_work"), "表Ⅳ", "表Ⅳ　办学基本标准和政府推进工作评估"),),
    recognition=("表Ⅴ", "表Ⅴ　公众满意度调查情况"),
    overview=("附表", "附表　自评结论一览"),
)
"""Names where the regime limits every school, and where it limits coefficients only."""
COVERED_ELSEWHERE = ("resource_allocation",)


def application_form(county: CountyAssessment, items: pd.DataFrame) -> bytes:
    """The workbook's bytes.

    ``items`` as from :func:`balance_analysis.verdicts.items.judge_items`. Ⅱ-1 is written only where the regime sets
    limits for schools. Nothing is rounded but by number formats, nothing missing is written as zero.
    """
    limited = bool(county.current("indicators")["limit"].notna().any())
    names = SCHOOL_LIMITS if limited else COEFFICIENTS_ONLY
    title = say("cover_form.application", law=county.regime.name)
    book = Book(f"{county.county}{title}", county=county.county, simulated=county.tables.simulated)
    plan = plan_school_table(county, names.schools[0])
    recognition = items[items["item"].isin(_recognition_items(county))]
    contents = [names.basic, names.schools, names.coefficients, *(entry[1:] for entry in names.item_tables)]
    if limited:
        contents.insert(1, names.summary)
    if not recognition.empty:
        contents.append(names.recognition)
    contents.append(names.overview)
    write_cover(book, county, title, [title_of_sheet for _, title_of_sheet in contents])
    write_basic_situation(book, county, name=names.basic[0], title=names.basic[1])
    if limited:
        write_summary_table(book, county, plan, name=names.summary[0], title=names.summary[1])
    write_school_table(book, county, plan, names.schools[1])
    write_coefficient_table(book, county, plan, name=names.coefficients[0], title=names.coefficients[1])
    for groups, sheet, heading in names.item_tables:
        write_item_table(book, county, items[items["group"].isin(groups)], name=sheet, title=heading)
    for record in recognition.to_dict("records")[:1]:
        write_recognition(book, county, record, name=names.recognition[0], title=names.recognition[1])
    shown = {group for groups, _, _ in names.item_tables for group in groups}
    shown |= set(recognition["group"]) | set(COVERED_ELSEWHERE)
    judged = _judged(county, plan, names.coefficients[0]) if limited else {}
    for record in recognition.to_dict("records"):
        if (items["group"] == record["group"]).sum() == 1:
            met = int(record["outcome"] == Outcome.MET)
            judged[str(record["group"])] = {verdict_cell(names.recognition[0]): met}
    rest = [group for group in dict.fromkeys(items["group"]) if group not in shown]
    write_overview(book, county, items, rest, name=names.overview[0], title=names.overview[1], judged=judged)
    return book.content()


def _judged(county: CountyAssessment, plan: SchoolTable, coefficients: str) -> dict[str, dict[str, int]]:
    """The verdict cells that 资源配置 rests on; none where the law's outcome is not the worst of them, as with a stage of one school."""
    found, outcomes = {}, set()
    frame = county.current("coefficients")
    frame = frame[frame["indicator"] != COMPOSITE]
    for block in plan.blocks:
        judged = frame.loc[frame["stage"] == block.stage, "outcome"]
        for cells, rows in (
            (plan.outcomes(block.stage), block.schools["outcome"]),
            (judged_cells(plan, coefficients, block.stage), judged),
        ):
            found[cells] = int((rows == Outcome.MET).sum())
            outcomes |= set(rows)
    worst = next((one for one in (Outcome.NOT_MET, Outcome.NOT_ASSESSABLE) if one in outcomes), Outcome.MET)
    return {"resource_allocation": found} if worst == county.outcome else {}


def _recognition_items(county: CountyAssessment) -> list[str]:
    return [item.id for item in county.regime.items if item.method == RECOGNITION_METHOD]


def write_cover(book: Book, county: CountyAssessment, title: str, contents: list[str]) -> None:
    """Write the first sheet: what this is, for whom, by which law, from which files, and where to sign."""
    page = book.page("封面", (4, 22, 58, 4), footer="封面")
    page.text(1, 0, title, "cover_title", until=3)
    page.height(1, 90)
    row = 3
    if book.simulated:
        page.text(row, 1, say("cover_form.demonstration", simulated=SIMULATED), "cover_mark", until=2)
        page.height(row, 40)
    facts = [
        ("申报县（市、区）", county.county),
        ("行政区划代码", county.division_code),
        ("学年", school_year(county.year)),
        ("评估办法", say("cover_form.law", name=county.regime.name, day=county.regime.on)),
        ("地方补充规定", "；".join(overlay.name for overlay in county.regime.overlays) or "无"),
    ]
    for offset, (label, text) in enumerate(facts):
        row = 5 + offset
        page.text(row, 1, label, "cover_label")
        page.text(row, 2, text, "cover_text")
        page.height(row, 30)
    row += 2
    page.text(row, 1, "目　录", "cover_label")
    for text in contents:
        page.text(row, 2, text, "cover_line")
        page.height(row, 19)
        row += 1
    row += 2
    for text in ("县（市、区）人民政府（盖章）", "填报日期：　　　　　年　　　月　　　日"):
        page.text(row, 1, text, "cover_sign", until=2)
        page.height(row, 34)
        row += 1
