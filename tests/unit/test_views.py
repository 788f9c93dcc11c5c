"""What people look at: every id has its word, numbers are rounded once, nothing is left out of a table or figure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd
import pytest

from balance_analysis.assessment import CountyAssessment
from balance_analysis.errors import Issue, Place
from balance_analysis.terms import COMPOSITE, Outcome, Relation, SchoolType, Severity, Sponsor, Stage
from balance_analysis.views import figures, item_tables, report, tables
from balance_analysis.views.elements.display import Callout, ReportFigure, ReportTable
from balance_analysis.views.elements.style import figure_to_svg
from balance_analysis.views.regime_text import regime_lines
from balance_analysis.words import labels
from balance_analysis.workbook.layouts import own_fields
from tests.county_tables import (
    BLANK,
    COUNTY,
    IN_ANSHAN,
    YEAR,
    assess,
    juniors,
    regime_2012,
    regime_2017,
    school,
)

STRATA = {"urban": "城区", "town": "镇区", "rural": "乡村"}


@pytest.fixture(scope="module")
def county() -> CountyAssessment:
    """Two years, both stages, three areas: one school failing, one tolerable, one blank, one left out."""
    rows = []
    for year in (YEAR - 1, YEAR):
        rows += [
            school("1", school_year=year, school_name="城一小"),
            school("2", school_year=year, school_name="镇二小", urban_rural_code="121", multimedia_classrooms=1),
            school(
                "3", school_year=year, school_name="乡三小", urban_rural_code="210", primary_pe_teachers=0,
                primary_music_teachers=0, primary_arts_teachers=0.8,
            ),
            school("4", school_year=year, school_name="城四小", sports_ground_area_m2=BLANK),
            school("5", "teaching_site", school_year=year, school_name="小教学点", primary_enrolment=12),
            school("j", "junior_secondary_school", school_year=year, school_name="城一中"),
            school("k", "junior_secondary_school", school_year=year, school_name="乡二中", urban_rural_code="220"),
        ]  # fmt: skip
    of_anshan = (row | {"division_code": IN_ANSHAN} for row in rows)
    return assess(*of_anshan, regime=regime_2017("anshan"), target_year=YEAR + 2)


def text(element: Any) -> str:
    return str(element.to_text())


def cells(table: ReportTable) -> list[list[str]]:
    return [[cell.text for cell in row] for row in table.rows]  # type: ignore[attr-defined]


# --- words -------------------------------------------------------------------------------------------


def test_every_id_that_people_see_has_its_chinese_word(county: CountyAssessment) -> None:
    assert set(labels.OUTCOMES) >= set(Outcome) | {"no_limit"}
    assert set(labels.STAGES) >= set(Stage) | {"all"}
    assert set(labels.SCHOOL_TYPES) == set(SchoolType)
    assert set(labels.SPONSORS) == set(Sponsor)
    assert set(labels.SEVERITIES) == set(Severity)
    assert set(labels.RELATIONS) == set(Relation)
    assert set(county.verdicts["rule"]) <= set(labels.RULES)
    assert set(county.trends["measure"]) == set(labels.MEASURES)


def test_each_indicator_is_called_by_its_name_and_the_composite_by_its_own() -> None:
    regime = regime_2017()
    assert tables.indicator_label(regime, "sports_area").endswith("生均体育运动场馆面积")
    assert tables.indicator_label(regime, "sports_area", short=True).endswith("体育场馆")
    assert tables.indicator_label(regime, COMPOSITE) == "综合差异系数"


def test_a_regime_in_plain_text_names_every_entry_of_the_law() -> None:
    for regime in (regime_2012(), regime_2017("anshan")):
        printed = "\n".join(regime_lines(regime))
        for _, entry in regime.entries():
            assert entry.clause in printed
        for limit in regime.limits:
            assert f"{limit.key} {labels.RELATIONS[limit.relation]} {limit.value}" in printed
        assert regime.fingerprint in printed


# --- tables ------------------------------------------------------------------------------------------


def test_the_coefficient_table_gives_limit_outcome_or_reason_of_every_indicator(
    county: CountyAssessment,
) -> None:
    table = tables.coefficient_table(county.current("coefficients"), county.regime, "primary")
    rows = {row[0].split()[-1]: row for row in cells(table)}
    assert len(rows) == 8
    sports = rows["生均体育运动场馆面积"]
    assert "无法判定" in sports
    assert "1所学校缺少数据" in sports
    assert rows["生均教学及辅助用房面积"][3] == "0.000"
    assert rows["综合差异系数"][1] == "——"
    assert all("0.50" in row for row in rows.values())


def test_a_borderline_coefficient_is_remarked_and_explained() -> None:
    """0.5046 as in Huantai's plan: values in the ratio (1 − 0.5046) : (1 + 0.5046)."""
    one = assess(
        school("1", primary_enrolment=5000, primary_backbone_teachers=4954),
        school("2", primary_enrolment=5000, primary_backbone_teachers=15046),
    )
    table = tables.coefficient_table(one.current("coefficients"), one.regime, "primary")
    row = next(row for row in cells(table) if row[0].endswith("每百名学生拥有县级以上骨干教师数"))
    assert row[3] == "0.505"
    assert "临界" in row
    assert any("先舍入再与限值比较" in note for note in table.notes)
    assert any("0.5046与限值0.50非常接近" in item for item in report.key_findings(one).items)


def test_the_matrix_lists_every_school_of_the_stage_with_its_values_and_marks(
    county: CountyAssessment,
) -> None:
    table = tables.school_matrix(
        county.current("indicators"), county.current("schools"), county.regime, "primary", STRATA
    )
    rows = {row[1]: row for row in cells(table)}
    assert list(rows) == ["城一小", "镇二小", "乡三小", "城四小"]
    assert rows["镇二小"][2] == "镇区"
    by_name = {row[1].text: row for row in table.rows}  # type: ignore[attr-defined]
    assert by_name["镇二小"][-2].status == "not_met"  # type: ignore[attr-defined]
    assert by_name["乡三小"][6].text == "0.80"  # type: ignore[attr-defined]
    assert by_name["乡三小"][6].status == "tolerable"  # type: ignore[attr-defined]
    assert by_name["城四小"][8].text == "—"  # type: ignore[attr-defined]
    outcomes = {name: row[-1] for name, row in rows.items()}
    assert outcomes == {"城一小": "达标", "镇二小": "未达标", "乡三小": "达标", "城四小": "无法判定"}
    assert any("网络多媒体教室" in note or "多媒体教室≥2.3" in note for note in table.notes)


def test_the_problem_list_names_every_shortfall_with_limit_floor_and_gap(county: CountyAssessment) -> None:
    rows = cells(tables.problem_table(county.current("indicators"), county.regime, STRATA))
    assert [row[:4] for row in rows] == [
        ["小学", "乡三小", "乡村", "B3 体艺教师"],
        ["小学", "镇二小", "镇区", "B7 多媒体教室"],
    ] or [row[:4] for row in rows] == [
        ["小学", "镇二小", "镇区", "B7 多媒体教室"],
        ["小学", "乡三小", "乡村", "B3 体艺教师"],
    ]
    row = next(row for row in rows if row[1] == "镇二小")
    assert row[4:8] == ["1.00", "2.3", "1.955", "1.30"]


def test_a_county_without_shortfalls_has_an_empty_problem_list_that_says_so() -> None:
    good = assess(school("1"), school("2"))
    assert text(tables.problem_table(good.current("indicators"), good.regime, STRATA)).startswith(
        "未达标准值"
    )
    assert cells(tables.problem_table(good.current("indicators"), good.regime, STRATA)) == []


def test_the_summary_counts_schools_by_outcome(county: CountyAssessment) -> None:
    table = tables.school_summary_table(
        county.current("schools"), county.current("indicators"), county.regime
    )
    rows = cells(table)
    whole = next(row for row in rows if row[0] == "小学" and row[1] == "综合判定")
    assert whole[2:7] == ["4", "2", "0", "1", "1"]
    sports = next(row for row in rows if row[0] == "小学" and "体育场馆" in row[1])
    assert sports[2:7] == ["4", "3", "0", "0", "1"]


def test_the_gap_table_has_every_stratum_in_the_files_order_and_ratios_to_the_reference(
    county: CountyAssessment,
) -> None:
    table = tables.gap_table(county.current("gaps"), county.regime, "primary", STRATA, "城乡分类")
    assert [column.label for column in table.columns] == [
        "指标",
        "城区",
        "镇区",
        "乡村",
        "全县",
        "镇区",
        "乡村",
    ]
    assert {column.group for column in table.columns[5:]} == {"与城区之比"}
    row = next(row for row in cells(table) if "多媒体教室" in row[0])
    assert row[1:] == ["3.00", "1.00", "3.00", "2.50", "0.33", "1.00"]


def test_a_county_of_one_stratum_shows_no_gap() -> None:
    one = assess(school("1"), school("2"))
    assert list(report.gap_elements(one)) == []


def test_the_trend_table_shows_years_change_distance_and_pace(county: CountyAssessment) -> None:
    table = tables.trend_table(county.trends, county.regime, "primary", "schools_met_share")
    heads = [column.label for column in table.columns]
    assert heads[1:3] == [f"{YEAR - 1}学年", f"{YEAR}学年"]
    assert f"至{YEAR + 2}年每年需" in heads
    rows = {row[0].split()[-1]: row for row in cells(table)}
    assert rows["全部指标"][1:] == [
        "50.0%至75.0%",
        "50.0%至75.0%",
        "—",
        "100.0%",
        "未达到",
        "—",
    ]  # 2 of 4, 1 unknown
    assert "不算达标，也不剔除" in table.notes[-1]
    assert "2020学年的0.5至0.75" in figures.trends_alt(
        county.trends, county.regime, "primary", "schools_met_share"
    )


def test_a_single_indicator_has_no_share_to_reach_because_one_of_seven_may_fall_short(
    county: CountyAssessment,
) -> None:
    shares = county.trends[county.trends["measure"] == "schools_met_share"]
    single = shares[shares["indicator"] != "all"]
    assert len(single)
    assert single["limit"].isna().all()
    assert single["distance"].isna().all()
    assert set(single["relation"]) == {""}
    every = shares[shares["indicator"] == "all"]
    assert set(every["limit"]) == {1.0}
    table = tables.trend_table(county.trends, county.regime, "primary", "schools_met_share")
    row = next(row for row in cells(table) if row[0].endswith("多媒体教室"))
    assert row[1:4] == ["75.0%", "75.0%", "0.0%"]
    assert {*row[4:]} == {"—"}


def test_a_county_of_one_year_says_that_there_is_no_trend() -> None:
    (remark,) = report.trend_elements(assess(school("1"), school("2")))
    assert isinstance(remark, Callout)
    assert remark.title == "只有一个学年"
    assert "没有逐年变化可比" in remark.text


def test_blanks_are_listed_by_the_header_people_filed_and_schools_left_out_with_their_reason(
    county: CountyAssessment,
) -> None:
    headers = {name: field.header for name, field in own_fields().items()}
    blanks = cells(tables.missing_table(county.current("indicators"), county.regime, headers))
    assert blanks == [["小学", "B5 体育场馆", "运动场地面积", "1"]]
    left_out = cells(tables.excluded_table(county.excluded, YEAR))
    assert left_out == [["小教学点", "小学", "12", "学生数不足50人"]]


def test_issues_are_listed_with_cell_and_remedy_and_a_long_list_says_what_it_leaves_out() -> None:
    issue = Issue(
        "x",
        Severity.SOFT,
        Place("a.xlsx", "学校", "K5"),
        column="图书册数",
        found="9",
        remedy="核对",
        message="突变。",
    )
    note = Issue("y", Severity.NOTE, Place("a.xlsx"), message="提示。")
    table = tables.issue_table([issue, note] * 5, most=3)
    assert len(table.rows) == 3
    assert cells(table)[0] == ["疑问", "学校!K5", "图书册数", "突变。", "9", "核对"]
    assert table.notes == ("共5条，此处列出前3条；全部见 issues.csv。",)


def test_the_limits_of_the_regime_are_printed_with_clause_and_grade() -> None:
    rows = cells(tables.regime_table(regime_2017()))
    whole = [" ".join(row) for row in rows]
    assert any("4.2" in row and "B1" in row for row in whole)
    assert any("0.50" in row for row in whole)


def test_limits_of_both_stages_stand_on_one_line_and_a_stage_without_limit_says_so() -> None:
    table = tables.regime_table(regime_2017())
    assert [column.label for column in table.columns][2:4] == ["小学", "初中"]
    first = next(row for row in cells(table) if row[0].startswith("B1"))
    assert "4.2" in first[2]
    assert "5.3" in first[3]
    assert len([row for row in cells(table) if row[0].startswith("B1")]) == 1


def test_schools_with_the_same_finding_share_a_row_and_the_others_keep_their_own_finding() -> None:
    found = [("一小", "缺2间"), ("二小", "缺2间"), ("三小", "缺5间"), ("四小", "缺7间")]
    schools = pd.DataFrame(
        [{"item": "B10", "school_name": name, "stage": "all", "detail": text} for name, text in found]
    )
    items = pd.DataFrame({"item": ["B10"], "name": ["专用教室"]})
    assert cells(item_tables.item_school_table(schools, items)) == [
        ["B10 专用教室", "全校", "2", "缺2间", "一小、二小"],
        ["B10 专用教室", "全校", "2", "各校不同，见右栏", "三小（缺5间）、四小（缺7间）"],
    ]


def test_items_without_a_number_are_called_by_their_name_in_the_parts_of_the_regime() -> None:
    groups = pd.DataFrame(
        [
            {
                "group": "overall", "outcome": "not_assessable", "n_items": 2, "n_met": 0, "n_not_met": 1,
                "n_not_assessable": 1, "failing": "B10", "unknown": "satisfaction",
            }
        ]
    )  # fmt: skip
    items = pd.DataFrame({"item": ["B10", "satisfaction"], "name": ["专用教室", "公众满意度"]})
    assert cells(item_tables.group_table(groups, items))[0][-2:] == ["B10", "公众满意度"]


def test_years_below_the_trend_are_printed_in_full(county: CountyAssessment) -> None:
    ax = figures.plot_trends(county.trends, county.regime, "primary", "cv", target_year=None)
    assert [label.get_text() for label in ax.get_xticklabels()] == [str(YEAR - 1), str(YEAR)]
    assert ax.xaxis.get_major_formatter().get_offset() == ""


def test_a_value_just_below_its_limit_is_written_beyond_the_limit_line(county: CountyAssessment) -> None:
    frame = county.current("coefficients")
    frame = frame[frame["stage"] == "primary"].head(2).assign(cv=[0.49, 0.20], limit=0.50, outcome="met")
    ax = figures.plot_coefficients(frame, county.regime, "primary")
    starts = {text.get_text(): text.get_position()[0] for text in ax.texts}
    assert starts["0.490"] > 0.50
    assert 0.20 < starts["0.200"] < 0.25


# --- the report's elements ---------------------------------------------------------------------------


def test_the_verdict_names_what_fails_and_what_is_open(county: CountyAssessment) -> None:
    found = text(report.verdict(county))
    assert f"{COUNTY}{YEAR}—{YEAR + 1}学年" in found
    assert "未达标的有：小学各校（4所学校中2所达标）。" in found
    assert "无法判定的有：小学差异系数（B5 体育场馆）。" in found
    spread = assess(
        school("1", primary_backbone_teachers=1), school("2", primary_backbone_teachers=5), *juniors()
    )
    assert "未达标的有：小学差异系数（B2 骨干教师）。" in text(report.verdict(spread))


def test_the_verdict_of_a_county_without_a_stage_says_which_one_is_lacking() -> None:
    found = text(report.verdict(assess(school("1"), school("2"))))
    assert "没有发现未达标的规则。两个学段都符合要求才算达标：没有初中的数据，无法判定。" in found


def test_a_passing_county_and_an_open_one_say_so_in_other_words() -> None:
    passing = assess(*(school(code) for code in "12"), *juniors())
    assert "均符合要求" in text(report.verdict(passing))
    assert any(
        "没有发现未达标的规则" in item or "达标2所" in item for item in report.key_findings(passing).items
    )
    single = assess(school("1"))
    assert "没有发现未达标的规则" in text(report.verdict(single))
    assert "无法判定" in text(report.verdict(single))


def test_the_key_findings_count_schools_blanks_and_show_the_local_reading(county: CountyAssessment) -> None:
    items = report.key_findings(county).items
    assert "小学4所，达标2所，未达标1所，无法判定1所。" in items
    assert any("1个学校指标因数据空白或矛盾无法计算" in item for item in items)
    assert any("地方口径并列" in item for item in items)


def test_the_title_page_carries_the_stamp_of_what_was_assessed(county: CountyAssessment) -> None:
    page = report.title_page(county)
    assert page.simulated
    assert (page.division_code, page.county, page.target_year) == (IN_ANSHAN, COUNTY, YEAR + 2)
    assert page.stamp["year"] == str(YEAR)
    assert page.stamp["overlays"] == "anshan"
    assert page.stamp["outcome"] == county.outcome
    assert page.stamp["regime_sha256"] == county.regime.fingerprint


def elements(county: CountyAssessment) -> Iterator[report.Element]:
    yield from report.coefficient_elements(county)
    yield from report.school_elements(county)
    yield from report.gap_elements(county)
    yield from report.trend_elements(county)


@pytest.fixture(scope="module")
def drawn(county: CountyAssessment) -> list[report.Element]:
    return list(elements(county))


def test_every_figure_has_a_caption_and_says_what_it_shows(drawn: list[report.Element]) -> None:
    shown = [element for element in drawn if isinstance(element, ReportFigure)]
    assert len(shown) >= 8
    captions = [element.caption for element in shown]
    assert len(set(captions)) == len(captions)
    assert all(len(element.alt) > 8 and "nan" not in element.alt for element in shown)


def test_no_table_prints_a_python_value(drawn: list[report.Element], county: CountyAssessment) -> None:
    shown = [element for element in drawn if isinstance(element, ReportTable)]
    shown += [
        *report.problem_elements(county),
        *report.quality_elements(county),
        *report.basis_elements(county),
    ]
    for table in shown:
        for word in ("nan", "None", "True", "False", "Outcome.", "primary", "junior_secondary"):
            in_cells = [cell for row in cells(table) for cell in row if word == cell or f"{word} " in cell]
            assert in_cells == [], (table.title, word)


def test_the_same_figures_are_drawn_byte_for_byte_alike(
    drawn: list[report.Element], county: CountyAssessment
) -> None:
    first = [element.svg for element in drawn if isinstance(element, ReportFigure)][:2]
    again = [
        element.svg for element in report.coefficient_elements(county) if isinstance(element, ReportFigure)
    ]
    assert first == again[:2]
    assert "<text" in first[0]
    assert "体育场馆无法计算" in first[0]  # no bar can stand for it; the text alternative says so


def test_a_plot_uses_the_axes_it_is_given(county: CountyAssessment) -> None:
    from matplotlib import pyplot

    figure, ax = pyplot.subplots()
    frame = county.current("coefficients")
    assert figures.plot_coefficients(frame, county.regime, "primary", ax=ax) is ax
    assert figures.figure_of(ax) is figure
    assert "差异系数" in figure_to_svg(figure)
    pyplot.close(figure)


def test_the_alternative_text_of_the_coefficients_names_those_above_the_limit() -> None:
    one = assess(school("1", primary_backbone_teachers=1), school("2", primary_backbone_teachers=5))
    alt = figures.coefficients_alt(one.current("coefficients"), one.regime, "primary")
    assert "骨干教师" in alt
    assert "体育场馆" not in alt or alt.index("骨干教师") < alt.index("体育场馆")


def test_views_leave_the_frames_as_they_were(county: CountyAssessment) -> None:
    before = {
        name: getattr(county, name).copy() for name in ("indicators", "coefficients", "schools", "gaps")
    }
    list(report.problem_elements(county))
    tables.coefficient_table(county.coefficients, county.regime, "primary")
    for name, frame in before.items():
        pd.testing.assert_frame_equal(getattr(county, name), frame)
