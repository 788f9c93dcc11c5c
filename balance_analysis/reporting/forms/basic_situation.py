"""Table Ⅰ: L1–L24, the county's own figures and what is counted from the school table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from balance_analysis.assessment import CountyAssessment
from balance_analysis.measures.records import Record, rows_of_year
from balance_analysis.reporting.forms.sheets import Book
from balance_analysis.reporting.forms.styles import NOT_FILED, WAN, WHOLE
from balance_analysis.words import say

SITE_MINIMUM = 50
"""The form asks for teaching sites with at least so many pupils in a line of its own (L16)."""
ORDINARY_TYPES = (
    "primary_school",
    "teaching_site",
    "junior_secondary_school",
    "nine_year",
    "complete_secondary",
    "twelve_year",
)
COUNTY_LINES = (
    ("自然情况", "人口总数", "万人", "population_wan"),
    ("自然情况", "农业人口数", "万人", "rural_population_wan"),
    ("自然情况", "乡镇数", "个", "towns"),
    ("自然情况", "行政村数", "个", "villages"),
    ("经济情况", "年人均国内生产总值", "元", "gdp_per_capita_cny"),
    ("经济情况", "年人均地方财政收入", "元", "local_revenue_per_capita_cny"),
    ("经济情况", "农民年人均纯收入", "元", "rural_income_per_capita_cny"),
    ("经济情况", "城镇居民年人均可支配收入", "元", "urban_income_per_capita_cny"),
)
SCHOOL_LINES = (
    ("普通中小学校数", "小学", "所", "primary_school"),
    ("普通中小学校数", "九年一贯制学校", "所", "nine_year"),
    ("普通中小学校数", "初中", "所", "junior_secondary_school"),
    ("普通中小学校数", "完全中学", "所", "complete_secondary"),
    ("普通中小学校数", "十二年一贯制学校", "所", "twelve_year"),
    ("特殊教育学校数", "特殊教育学校", "所", "special_education"),
    ("小学教学点数", "合计", "个", "teaching_site"),
)
STAGE_LINES = (
    ("教学班数", "小学", "个", "primary_classes"),
    ("教学班数", "初中", "个", "junior_secondary_classes"),
    ("在校学生数", "小学", "人", "primary_enrolment"),
    ("在校学生数", "初中", "人", "junior_secondary_enrolment"),
    ("小学教职工数", "合计", "人", "primary_staff"),
    ("小学教职工数", "其中专任教师数", "人", "primary_full_time_teachers"),
    ("初中教职工数", "合计", "人", "junior_secondary_staff"),
    ("初中教职工数", "其中专任教师数", "人", "junior_secondary_full_time_teachers"),
)


@dataclass(frozen=True)
class Line:
    """One numbered line: group, name, unit, value (None where not known) and why it is not known."""

    number: str
    group: str
    name: str
    unit: str
    value: Fraction | None
    reason: str = ""


def basic_situation(county: CountyAssessment) -> list[Line]:
    """L1–L24 of one county and year, over all its ordinary schools whatever the regime's scope.

    A sum with a blank among its parts is not known; its reason says how many schools left the cell blank. Staff fewer
    than their teachers are not all staff (a file may count those who do not teach only): the total is not filed. Campuses
    不计校数 add pupils, classes and teachers, but no school.
    """
    filed = rows_of_year(county.tables.counties, county.year)
    record = filed[0] if filed else Record({})
    rows = rows_of_year(county.tables.schools, county.year)
    found = [(group, name, unit, *_of_county(record, field)) for group, name, unit, field in COUNTY_LINES]
    for group, name, unit, kind in SCHOOL_LINES:
        schools = [
            row
            for row in rows
            if row.text("school_type") == kind and row.flag("counted_as_school") is not False
        ]
        found.append((group, name, unit, Fraction(len(schools)), ""))
        if kind == "teaching_site":
            found.append((group, say("table_form.large_sites", n=SITE_MINIMUM), unit, *_large_sites(schools)))
    ordinary = [row for row in rows if row.text("school_type") in ORDINARY_TYPES]
    totals = {field: _total(ordinary, field) for _, _, _, field in STAGE_LINES}
    for stage in ("primary", "junior_secondary"):
        staff, teachers = (totals[f"{stage}_{whom}"][0] for whom in ("staff", "full_time_teachers"))
        if staff is not None and teachers is not None and staff < teachers:
            totals[f"{stage}_staff"] = (None, NOT_FILED)
    found += [(group, name, unit, *totals[field]) for group, name, unit, field in STAGE_LINES]
    return [Line(f"L{number}", *line) for number, line in enumerate(found, start=1)]


def _of_county(record: Record, field: str) -> tuple[Fraction | None, str]:
    value = record.number(field)
    return value, "" if value is not None else NOT_FILED


def _large_sites(sites: Sequence[Record]) -> tuple[Fraction | None, str]:
    pupils = [site.number("primary_enrolment") for site in sites]
    if None in pupils:
        return None, say("forms.missing_pupils", n=pupils.count(None))
    return Fraction(sum(1 for number in pupils if number is not None and number >= SITE_MINIMUM)), ""


def _total(rows: Sequence[Record], field: str) -> tuple[Fraction | None, str]:
    stage = field.split("_")[0]
    enrolment = "primary_enrolment" if stage == "primary" else "junior_secondary_enrolment"
    concerned = [row for row in rows if (row.number(enrolment) or 0) > 0 or field == enrolment]
    numbers = [row.number(field) for row in concerned]
    blank = sum(number is None for number in numbers)
    if blank:
        return None, NOT_FILED if blank == len(numbers) else say("forms.missing_total", n=blank)
    return sum((number for number in numbers if number is not None), Fraction(0)), ""


def write_basic_situation(book: Book, county: CountyAssessment, *, name: str, title: str) -> None:
    """Write Ⅰ as one line per figure; populations in 万 with two decimals, everything else whole."""
    page = book.page(name, (8, 20, 32, 10, 20), footer=title)
    page.text(0, 0, title, "title", until=page.last_column)
    page.height(0, 30)
    page.text(
        1,
        0,
        say("forms.county_place", county=county.county, code=county.division_code, year=county.year),
        "caption",
        until=4,
    )
    for column, head in enumerate(("代码", "类别", "项目", "单位", "数值")):
        page.text(2, column, head, "head")
    page.height(2, 24)
    page.repeat_rows(2, 2)
    lines = basic_situation(county)
    start = 0
    for number, line in enumerate(lines):
        row = 3 + number
        page.text(row, 0, line.number, "centre")
        page.text(row, 2, line.name, "text")
        page.text(row, 3, line.unit, "centre")
        if line.value is None:
            page.text(row, 4, line.reason, "unknown")
        else:
            page.number(row, 4, float(line.value), WAN if line.unit == "万人" else WHOLE)
        page.height(row, 24)
        if number + 1 == len(lines) or lines[number + 1].group != line.group:
            page.block(3 + start, 1, row, 1, line.group, "centre")
            start = number + 1
    lines_below = (say("table_form.basic_sources"), say("table_form.basic_stages"))
    notes = say("forms.note", text="\n　　".join(lines_below))
    page.text(3 + len(lines), 0, notes, "note", until=page.last_column)
