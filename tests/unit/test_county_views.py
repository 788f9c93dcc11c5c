"""The county report's pages: every id has its word, values never touch a limit they miss, empty sections are left out."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pandas as pd
import pytest

from balance_analysis.assessment import CountyAssessment
from balance_analysis.door import open_assessment
from balance_analysis.errors import Issue, Place
from balance_analysis.findings import Case
from balance_analysis.terms import COMPOSITE, Outcome, Relation, SchoolType, Severity, Sponsor, Stage
from balance_analysis.views.basis import tables as basis
from balance_analysis.views.county import figures, page, tables
from balance_analysis.views.elements import Paragraph, ReportFigure, ReportTable, Section
from balance_analysis.views.elements.style import STATUS_STYLES, figure_to_svg
from balance_analysis.words import labels
from balance_analysis.words.law import regime_lines
from balance_analysis.words.subjects import change_subject, indicator_label
from tests.county_tables import (
    BLANK,
    COUNTY,
    IN_ANSHAN,
    SAMPLE,
    YEAR,
    assess,
    juniors,
    regime_2012,
    regime_2017,
    school,
)


def test_a_part_without_items_has_no_counts_and_one_with_items_has_them() -> None:
    parts = tables.group_table(assess(school("1"), school("2"), regime=regime_2012()))
    resources, others = parts.rows[0], parts.rows[-1]
    assert {getattr(cell, "text", cell) for cell in resources[2:6]} == {"—"}
    assert "—" not in {getattr(cell, "text", cell) for cell in others[2:6]}


STRATA = {"urban": "城区", "town": "镇区", "rural": "乡村"}


@pytest.fixture(scope="module")
def case() -> Case:
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
    county = assess(*of_anshan, regime=regime_2017("anshan"), target_year=YEAR + 2)
    return Case(county, issued_on=date(2021, 9, 1), issuing_office="区教育局")


@pytest.fixture
def county(case: Case) -> CountyAssessment:
    return case.county


def plain_county() -> Case:
    return Case(assess(school("1"), school("2"), *juniors()))


def cells(table: ReportTable) -> list[list[str]]:
    return [[cell.text for cell in row] for row in table.rows]  # type: ignore[attr-defined]


def headings(elements: Iterator[Any]) -> list[str]:
    return [one.heading for one in elements if isinstance(one, Section)]


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


def test_an_outcome_has_one_word_in_tables_and_marks() -> None:
    assert {name: style.word for name, style in STATUS_STYLES.items()} == {
        name: labels.OUTCOMES[name] for name in STATUS_STYLES
    }


def test_each_indicator_is_called_by_its_name_and_the_composite_by_its_own() -> None:
    regime = regime_2017()
    assert indicator_label(regime, "sports_area").endswith("生均体育运动场馆面积")
    assert indicator_label(regime, "sports_area", short=True).endswith("体育场馆")
    assert indicator_label(regime, COMPOSITE) == "综合差异系数"


def test_a_change_of_an_overlay_is_called_by_the_laws_own_names() -> None:
    regime = regime_2017("anshan", "special_education_8000")
    assert change_subject(regime, "composite.cv.primary") == "小学综合差异系数"
    assert change_subject(regime, "B14.funds_per_pupil.all") == "B14 特殊教育生均公用经费"
    assert change_subject(regime, regime.choices[0].id) == regime.choices[0].name


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
    table = tables.coefficient_table(county, "primary", {})
    rows = {row[0].split()[-1]: row for row in cells(table)}
    assert len(rows) == 8
    sports = rows["体育场馆"]
    assert "无法判定" in sports
    assert "1所学校缺少数据" in sports
    assert rows["教学用房"][3] == "0.000"
    assert rows["综合差异系数"][1] == ""
    assert all("0.50" in row for row in rows.values())


@pytest.mark.parametrize(
    ("name", "whole"), [("示例县", "全县均值"), ("示例区", "全区均值"), ("示例市", "全市均值")]
)
def test_a_district_and_a_city_are_called_what_they_are(name: str, whole: str) -> None:
    county = assess(*(row | {"county": name} for row in (school("1"), school("2"), *juniors())))
    county = CountyAssessment(**{**vars(county), "county": name})
    table = tables.coefficient_table(county, "primary", {})
    assert table.columns[1].label == whole
    assert whole in table.notes[0]


def test_the_decimals_that_would_reverse_a_comparison_stand_beside_the_coefficient() -> None:
    """0.5046 as in Huantai's plan: values in the ratio (1 − 0.5046) : (1 + 0.5046)."""
    one = assess(
        school("1", primary_enrolment=5000, primary_backbone_teachers=4954),
        school("2", primary_enrolment=5000, primary_backbone_teachers=15046),
        *juniors(),
    )
    found = [element for element in page.balance(Case(one)) if isinstance(element, ReportTable)]
    row = next(row for row in cells(found[0]) if row[0].endswith("骨干教师"))
    assert row[3] == "0.505"
    assert row[-1] == "临界（两位小数）"
    assert any("只有舍入到所示位数" in note for note in found[0].notes)
    assert not any("临界" in cell for row in cells(found[1]) for cell in row)
    assert not any("临界" in note for note in found[1].notes)


@pytest.mark.parametrize(
    ("value", "outcome", "printed"),
    [
        (4.9297, "not_met", "4.9297"),  # the floor is 4.93
        (4.93, "tolerable", "4.93"),
        (5.7999, "tolerable", "5.7999"),  # the limit is 5.8
        (5.8, "met", "5.80"),
        (4.5, "not_met", "4.50"),
    ],
)
def test_a_value_is_never_printed_equal_to_the_limit_or_floor_that_it_misses(
    value: float, outcome: str, printed: str
) -> None:
    """5.8 m² in junior secondary schools, 85 % of it 4.93 (2017 regime, B4)."""
    row = {"value": value, "limit": 5.8, "floor": 4.93, "outcome": outcome}
    assert tables.value_cell(row, 2).text == printed


def test_the_matrix_lists_every_school_of_the_stage_with_its_values_and_marks(
    county: CountyAssessment,
) -> None:
    table = tables.school_matrix(county, "primary")
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
    assert "多媒体教室≥2.3" in table.notes[0]


def test_the_summary_of_schools_counts_them_by_outcome(county: CountyAssessment) -> None:
    rows = cells(tables.school_count_table(county))
    whole = next(row for row in rows if row[0] == "小学" and row[1] == "综合判定")
    assert whole[2:7] == ["4", "2", "0", "1", "1"]
    sports = next(row for row in rows if row[0] == "小学" and "体育场馆" in row[1])
    assert sports[2:7] == ["4", "3", "0", "0", "1"]
    # 2 of 4 and the unknown one, 3 of 4 and the unknown one: neither left out nor passed
    assert (whole[7], sports[7]) == ("50.0%至75.0%", "75.0%至100.0%")
    assert {row[7] for row in rows if row[6] == "0"} <= {"100.0%", "75.0%", "50.0%", "25.0%", "0.0%"}


def test_the_gap_table_has_every_stratum_in_the_files_order_and_ratios_to_the_reference(
    county: CountyAssessment,
) -> None:
    table = tables.gap_table(county, "primary")
    assert [column.label for column in table.columns] == ["指标", *STRATA.values(), "全县", "镇区", "乡村"]
    assert {column.group for column in table.columns[5:]} == {"与城区之比"}
    row = next(row for row in cells(table) if "多媒体教室" in row[0])
    assert row[1:] == ["3.00", "1.00", "3.00", "2.50", "0.33", "1.00"]
    assert (table.title, len(table.notes)) == ("小学分地区均值与比值（城区为1）", 2)


def test_a_county_without_the_area_that_others_are_compared_with_has_no_ratios() -> None:
    table = tables.gap_table(
        assess(*(school(f"{n:04}", urban_rural_code=area) for n, area in enumerate(("121", "210")))),
        "primary",
    )
    assert [column.label for column in table.columns] == ["指标", "镇区", "乡村", "全县"]
    assert (table.title, table.notes) == ("小学分地区均值", ("按城乡分类划分；均值为总量之比。",))


def test_the_trend_table_shows_years_change_distance_and_pace(county: CountyAssessment) -> None:
    table = tables.trend_table(county, "primary", "schools_met_share")
    heads = [column.label for column in table.columns]
    assert heads[1:3] == [f"{YEAR - 1}学年", f"{YEAR}学年"]
    assert f"至{YEAR + 2}年每年需" in heads
    rows = {row[0].split()[-1]: row for row in cells(table)}
    assert rows["全部指标"][1:] == ["50.0%至75.0%", "50.0%至75.0%", "—", "100.0%", "未达标", "—"]
    assert rows["多媒体教室"][1:] == ["75.0%", "75.0%", "0.0个百分点", "—", "—", "—"]
    assert "不算达标，也不剔除" in table.notes[2]


def test_without_a_target_year_no_pace_is_asked_for() -> None:
    years = [school(code, school_year=year) for code in "12" for year in (YEAR - 1, YEAR)]
    table = tables.trend_table(assess(*years, *juniors()), "primary", "cv")
    assert [column.label for column in table.columns[-2:]] == ["限值", "尚差"]
    assert "每年需" not in "".join(table.notes)


def test_a_single_indicator_has_no_share_to_reach_because_one_of_seven_may_fall_short(
    county: CountyAssessment,
) -> None:
    shares = county.trends[county.trends["measure"] == "schools_met_share"]
    single = shares[shares["indicator"] != "all"]
    assert len(single)
    assert single["limit"].isna().all()
    assert single["distance"].isna().all()
    assert set(single["relation"]) == {""}
    assert set(shares.loc[shares["indicator"] == "all", "limit"]) == {1.0}


def test_blanks_are_listed_by_the_header_people_filed_and_schools_left_out_with_their_reason(
    case: Case,
) -> None:
    shown = {one.title: cells(one) for one in page.quality(case) if isinstance(one, ReportTable)}
    assert shown["因数据缺失或矛盾而无法判定的指标"] == [["小学", "体育场馆", "运动场地面积", "1", "城四小"]]
    assert shown["未计入的学校"] == [["小教学点", "小学", "12", "学生数不足50人"]]


def test_issues_are_listed_with_cell_and_remedy_and_a_long_list_says_what_it_leaves_out() -> None:
    place = Place("a.xlsx", "学校", "K5")
    issue = Issue("x", Severity.SOFT, place, column="图书册数", found="9", remedy="核对", message="突变。")
    note = Issue("y", Severity.NOTE, Place("a.xlsx"), message="提示。")
    table = basis.issue_table([issue, note] * 5, most=3)
    assert len(table.rows) == 3
    assert cells(table)[0] == ["疑问", "学校!K5", "图书册数", "突变。", "9", "核对"]
    assert table.notes[0].startswith("共5条，此处列出前3条")
    assert basis.issue_table([issue] * 3, most=3).notes == ()


def test_limits_of_both_stages_stand_on_one_line_and_a_stage_without_limit_is_left_out() -> None:
    table = basis.limit_table(regime_2017())
    assert [column.label for column in table.columns] == ["指标", "内容", "小学", "初中", "条款", "依据等级"]
    (first,) = [row for row in cells(table) if row[0].startswith("B1 ")]
    assert "4.2" in first[2]
    assert "5.3" in first[3]
    assert any("0.50" in row[2] and row[0] == "各项指标（7项）" for row in cells(table))


def test_readings_name_no_id_of_ours() -> None:
    regime = regime_2017("anshan", "special_education_8000", "concession_2019_pe_arts_teachers")
    text = "".join(cell for row in cells(basis.reading_table(regime)) for cell in row)
    assert "_" not in text
    assert "concession" not in text


def test_items_without_a_number_are_called_by_their_name_in_the_parts_of_the_regime() -> None:
    items = pd.DataFrame({"item": ["B10", "satisfaction"], "name": ["专用教室", "公众满意度"]})
    assert tables.item_labels("B10;satisfaction", items) == ["B10", "公众满意度"]
    assert tables.item_labels("", items) == []


# --- the report's sections -----------------------------------------------------------------------------


def test_the_cover_has_date_and_office_and_no_hash_and_the_stamp_what_was_assessed(case: Case) -> None:
    cover = page.cover(case)
    printed = cover.to_text()
    assert cover.simulated
    assert (cover.division_code, cover.county, cover.target_year) == (IN_ANSHAN, COUNTY, YEAR + 2)
    assert "2021年9月1日" in printed
    assert "区教育局" in printed
    assert case.county.regime.fingerprint not in printed
    assert case.county.tables.sources[0].sha256 not in printed
    assert cover.stamp["year"] == str(YEAR)
    assert cover.stamp["overlays"] == "anshan"
    assert cover.stamp["outcome"] == case.county.outcome
    assert cover.stamp["overall_outcome"] == case.county.overall_outcome
    assert cover.stamp["regime_sha256"] == case.county.regime.fingerprint
    assert "verdict.not_met" in cover.stamp["findings"].split(",")
    assert "problems.item@B7" in cover.stamp["findings"].split(",")


def test_hashes_stand_on_the_last_page_only(case: Case) -> None:
    sections = (page.summary, page.problem_list, page.balance, page.items, page.annexes)
    printed = "".join(element.to_text() for section in sections for element in section(case))
    hashes = [
        basis.halved(one) for one in (case.county.regime.fingerprint, case.county.tables.sources[0].sha256)
    ]
    assert not any(half in printed for one in hashes for half in one.split("\n"))
    _, table = page.provenance(case)
    last = "".join(row[2].text for row in table.rows)  # type: ignore[union-attr]
    assert all(one in last for one in hashes)


def test_page_two_leaves_out_questions_without_an_answer() -> None:
    county = open_assessment(SAMPLE / "八公山区.xlsx", regime="quality_balance_2017")
    *_, table = page.summary(Case(county))
    asked = [row[0] for row in cells(table)]  # type: ignore[arg-type]
    assert asked[:2] == ["未达标项目", "未达标学校"]
    assert "宽限条款" not in asked
    assert "至少投入" not in asked


def test_the_heading_of_the_problem_list_says_how_many_schools_and_which_first(case: Case) -> None:
    assert headings(page.problem_list(case)) == ["1所学校有未达标的项目，最严重的是镇二小"]
    assert list(page.problem_list(plain_county())) == []


def test_the_problem_list_has_a_row_for_each_item_and_each_school(case: Case) -> None:
    items, schools, tolerated = (one for one in page.problem_list(case) if isinstance(one, ReportTable))
    assert [row[:3] for row in cells(items)] == [["B7 多媒体教室", "1", "缺多媒体教室2间"]]
    assert cells(schools) == [["1", "镇二小", "1", "缺多媒体教室2间"]]
    assert [row[:6] for row in cells(tolerated)] == [
        ["乡三小", "小学", "B3 体艺教师", "0.80", "0.9", "0.765"]
    ]


def test_the_balance_says_what_is_above_the_limit_or_what_is_nearest() -> None:
    rows = [school("1", primary_backbone_teachers=1), school("2", primary_backbone_teachers=5)]
    (above,) = headings(page.balance(Case(assess(*rows, *juniors()))))
    assert above == "小学骨干教师差异系数0.667超限"
    assert headings(page.balance(plain_county())) == ["各项差异系数都没有超限"]
    said = [one.to_text() for one in page.balance(plain_county()) if isinstance(one, Paragraph)]
    assert said[0].startswith("小学没有超限的差异系数，离限值最近的是")
    blank = Case(assess(school("1", primary_backbone_teachers=BLANK), school("2"), *juniors()))
    assert headings(page.balance(blank)) == ["差异系数"]  # of a stage with a blank nothing is said together


def test_the_items_section_is_left_out_where_every_item_is_met() -> None:
    met = open_assessment(SAMPLE / "桓台县.xlsx", year=2017, regime="basic_balance_2012")
    assert list(page.items(Case(met))) == []
    assert len(headings(page.items(plain_county()))) == 1


def test_areas_and_years_are_left_out_of_the_annex_where_there_is_one_of_them(case: Case) -> None:
    assert {"分地区均值", "逐年数值"} <= set(headings(page.annexes(case)))
    assert not {"分地区均值", "逐年数值"} & set(headings(page.annexes(plain_county())))


def test_areas_are_compared_with_the_reference_only_where_it_has_schools() -> None:
    """The reference is urban: a county of towns and villages has means and no ratios."""
    town, rural = {"urban_rural_code": "121"}, {"urban_rural_code": "210"}
    for codes, groups in ((({}, rural), {"均值", "与城区之比"}), ((town, rural), {"均值"})):
        table = tables.gap_table(assess(*(school(str(n), **code) for n, code in enumerate(codes))), "primary")
        assert {column.group for column in table.columns} - {""} == groups
        assert ("比值大于1" in "".join(table.notes)) == (len(groups) == 2)


def test_a_law_without_limits_for_schools_has_values_and_no_verdicts_of_schools() -> None:
    for regime, judged in ((regime_2012(), False), (regime_2017(), True)):
        county = assess(school("1"), school("2"), *juniors(), regime=regime)
        table = tables.school_matrix(county, "primary")
        assert table.title == f"小学逐校{'达标情况' if judged else '数值'}"
        assert ("结论" in [column.label for column in table.columns]) == judged
        assert (tables.rule_table(county).columns[-1].label == "条款") == judged


@pytest.mark.parametrize(
    ("regime", "heading"), [("2012", "综合差异系数没有超限"), ("2017", "各项差异系数都没有超限")]
)
def test_what_has_no_limit_is_not_said_to_keep_one(regime: str, heading: str) -> None:
    """By the law of 2012 the composite alone has a limit."""
    law = regime_2012() if regime == "2012" else regime_2017()
    assert headings(page.balance(Case(assess(school("1"), school("2"), *juniors(), regime=law)))) == [heading]


def test_a_report_by_the_law_of_2012_speaks_no_rule_of_2017() -> None:
    county = open_assessment(SAMPLE / "桓台县.xlsx", year=2017, regime="basic_balance_2012")
    sections = (page.summary, page.problem_list, page.balance, page.items, page.annexes)
    printed = "".join(element.to_text() for section in sections for element in section(Case(county)))
    for words in ("优质均衡", "允许下限", "容许短板", "各校达标", "余项", "B1"):
        assert words not in printed, words


# --- figures -------------------------------------------------------------------------------------------


def test_every_figure_has_a_caption_with_its_year_and_says_what_it_shows(case: Case) -> None:
    shown = [one for one in (*page.balance(case), *page.annexes(case)) if isinstance(one, ReportFigure)]
    assert len(shown) == 2
    captions = [one.caption for one in shown]
    assert len(set(captions)) == len(captions)
    assert all(str(YEAR) in caption for caption in captions)
    assert all(len(one.alt) > 8 and "nan" not in one.alt for one in shown)
    assert "体育场馆无法计算" in shown[0].alt  # no bar can stand for it


def test_no_table_prints_a_python_value_or_an_id(case: Case) -> None:
    sections = (page.summary, page.problem_list, page.balance, page.items, page.annexes)
    shown = [one for section in sections for one in section(case) if isinstance(one, ReportTable)]
    assert len(shown) > 12
    for table in shown:
        for word in ("nan", "None", "True", "False", "Outcome.", "primary", "junior_secondary", "<"):
            in_cells = [cell for row in cells(table) for cell in row if word == cell or f"{word} " in cell]
            assert in_cells == [], (table.title, word)


def test_a_value_just_below_its_limit_is_written_beyond_the_limit_line(county: CountyAssessment) -> None:
    frame = county.current("coefficients")
    frame = frame[frame["stage"] == "primary"].head(2).assign(cv=[0.49, 0.20], limit=0.50, outcome="met")
    ax = figures.plot_coefficients(frame, county.regime, "primary")
    starts = {text.get_text(): text.get_position()[0] for text in ax.texts}
    assert starts["0.490"] > 0.50
    assert 0.20 < starts["0.200"] < 0.25


def test_the_same_figures_are_drawn_byte_for_byte_alike(case: Case) -> None:
    first, again = (
        [one.svg for one in page.balance(case) if isinstance(one, ReportFigure)] for _ in range(2)
    )
    assert first == again
    assert "<text" in first[0]


def test_a_plot_uses_the_axes_it_is_given(county: CountyAssessment) -> None:
    from matplotlib import pyplot

    figure, ax = pyplot.subplots()
    frame = county.current("coefficients")
    assert figures.plot_coefficients(frame, county.regime, "primary", ax=ax) is ax
    assert figures.figure_of(ax) is figure
    assert "差异系数" in figure_to_svg(figure)
    pyplot.close(figure)


def test_views_leave_the_frames_as_they_were(case: Case) -> None:
    names = ("indicators", "coefficients", "schools", "gaps", "items")
    before = {name: getattr(case.county, name).copy() for name in names}
    for section in (page.summary, page.problem_list, page.balance, page.items, page.annexes):
        list(section(case))
    for name, frame in before.items():
        pd.testing.assert_frame_equal(getattr(case.county, name), frame)


@pytest.mark.parametrize(
    ("stages", "heading"), [(2, "各项差异系数都没有超限"), (1, "小学各项差异系数都没有超限")]
)
def test_a_county_without_one_stage_is_not_called_within_every_limit(stages: int, heading: str) -> None:
    one = assess(school("1"), school("2"), *(juniors() if stages == 2 else ()))
    first = next(page.balance(Case(one)))
    assert isinstance(first, Section)
    assert first.heading == heading
