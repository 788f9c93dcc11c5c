"""The application form: cells, formats, live formulas, what is missing, safe names, fixed bytes.

Expected figures come from the frames of the assessment, whose own numbers are proved elsewhere, or from the small
counties written out below. Formulas are computed by ``tests/live_formulas.py``, which knows nothing of the program.
"""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from balance_analysis.assessment import CountyAssessment
from balance_analysis.door import open_assessment
from balance_analysis.reporting.forms import write_forms
from balance_analysis.reporting.forms.sheets import Book
from tests.county_tables import BLANK, IN_ANSHAN, SAMPLE, assess, regime_2012, regime_2017, school
from tests.live_formulas import Workbook, load

DARK = "FF404040"
VALUES = 6
"""Columns of Ⅱ-2 before the first indicator."""


@pytest.fixture(scope="module")
def huantai() -> CountyAssessment:
    return open_assessment(SAMPLE / "桓台县.xlsx", regime="quality_balance_2017")


@pytest.fixture(scope="module")
def huantai_form(huantai: CountyAssessment, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_forms(huantai, tmp_path_factory.mktemp("forms"))[0]


@pytest.fixture(scope="module")
def xiangfen() -> CountyAssessment:
    return open_assessment(SAMPLE / "襄汾县.xlsx", regime="basic_balance_2012")


@pytest.fixture(scope="module")
def xiangfen_form(xiangfen: CountyAssessment, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_forms(xiangfen, tmp_path_factory.mktemp("forms"))[0]


def form_of(county: CountyAssessment, folder: Path) -> Any:
    return load(write_forms(county, folder)[0])


def row_named(page: Any, name: str, after: int = 0) -> Any:
    """The first row below ``after`` with that text in its second cell."""
    return next(row for row in page.iter_rows(min_row=after + 1) if row[1].value == name)


def colour(cell: Any) -> str:
    return str(cell.fill.fgColor.rgb)


# --- the files ----------------------------------------------------------------------------------------


def test_three_workbooks_are_named_by_code_year_and_form(huantai: CountyAssessment, tmp_path: Path) -> None:
    written = write_forms(huantai, tmp_path / "new" / "folder")
    assert [path.name for path in written] == [
        "370321_2017_申报表.xlsx",
        "370321_2017_问题台账.xlsx",
        "370321_2017_一校一案.xlsx",
    ]
    assert sorted(written) == sorted((tmp_path / "new" / "folder").iterdir())  # and no partial file stays


def test_the_same_assessment_gives_the_same_bytes(huantai: CountyAssessment, tmp_path: Path) -> None:
    first, second = write_forms(huantai, tmp_path / "a"), write_forms(huantai, tmp_path / "b")
    for one, other in zip(first, second, strict=True):
        assert one.read_bytes() == other.read_bytes(), one.name


def test_frames_given_by_the_caller_take_the_place_of_the_assessment_s(
    huantai: CountyAssessment, tmp_path: Path
) -> None:
    changed = huantai.items.assign(detail="改过的结论")
    page = load(write_forms(huantai, tmp_path, items=changed)[0])["表Ⅳ"]
    assert page["G4"].value == "改过的结论"


@pytest.mark.parametrize("number", range(3))
def test_simulated_data_say_so_on_the_first_sheet_and_on_every_page(tmp_path: Path, number: int) -> None:
    county = assess(school("1", multimedia_classrooms=1), school("2"))
    book = load(write_forms(county, tmp_path)[number])
    first = [str(cell.value) for row in book.worksheets[0].iter_rows() for cell in row if cell.value]
    assert any("模拟数据" in text for text in first)
    for page in book.worksheets:
        assert page.oddHeader.right.text == "模拟数据"
        assert "模拟数据" in page.oddFooter.left.text
    assert book.properties.subject == "模拟数据"


def test_a_county_that_is_not_simulated_is_not_called_so() -> None:
    book = Book("题", county="甲&乙县", simulated=False)
    page = book.page("页", (10,))
    assert page.sheet.header == "&L甲&&乙县"  # a single & would start a code
    assert "模拟" not in page.sheet.footer


# --- Ⅰ -----------------------------------------------------------------------------------------------


def test_table_one_has_24_lines_with_counts_from_the_schools(huantai_form: Path) -> None:
    page = load(huantai_form)["表Ⅰ"]
    lines = {row[0].value: row for row in page.iter_rows(min_row=4) if str(row[0].value).startswith("L")}
    assert list(lines) == [f"L{number}" for number in range(1, 25)]
    numbers = {name: row[4].value for name, row in lines.items()}
    # Read off the sample's own sheets 区县 and 学校 (2017 rows, campuses not counted as schools left out).
    source = load(SAMPLE / "桓台县.xlsx", data_only=True)
    heads = [cell.value for cell in source["学校"][1]]
    filed = [
        dict(zip(heads, row, strict=True)) for row in source["学校"].iter_rows(min_row=2, values_only=True)
    ]
    filed = [row for row in filed if row["学年"] == 2017]
    for line, kind in zip(
        ("L9", "L10", "L11", "L12", "L13", "L14", "L15"),
        ("小学", "九年一贯制", "初中", "完全中学", "十二年一贯制", "特殊教育", "教学点"),
        strict=True,
    ):
        members = [row for row in filed if row["办学类型"] == kind and row["是否计校数"] != "否"]
        assert numbers[line] == len(members), line
    ordinary = [row for row in filed if row["办学类型"] not in ("特殊教育", "中等职业")]
    for line, head in (
        ("L17", "小学班级数"),
        ("L18", "初中班级数"),
        ("L19", "小学在校生数"),
        ("L20", "初中在校生数"),
    ):
        assert numbers[line] == sum(row[head] or 0 for row in ordinary), line
    assert (numbers["L1"], lines["L1"][4].number_format) == (50.42, "0.00")
    assert (numbers["L5"], lines["L5"][4].number_format) == (98640, "0")


def test_a_figure_of_table_one_that_nobody_filed_is_called_so_and_not_zero(tmp_path: Path) -> None:
    page = form_of(assess(school("1"), school("2", primary_full_time_teachers=BLANK)), tmp_path)["表Ⅰ"]
    lines = {row[0].value: row[4].value for row in page.iter_rows(min_row=4)}
    assert lines["L1"] == "未填报"  # no county sheet
    assert lines["L22"] == "1所未填报"
    assert lines["L19"] == 200


# --- Ⅱ -----------------------------------------------------------------------------------------------


def test_table_two_holds_every_school_primary_first_at_full_precision(
    huantai: CountyAssessment, huantai_form: Path
) -> None:
    page = load(huantai_form)["表Ⅱ-2"]
    rows = [row for row in page.iter_rows(min_row=5) if isinstance(row[0].value, (int, float))]
    schools = huantai.current("schools")
    assert [row[1].value for row in rows] == list(schools["school_name"])
    assert list(schools["stage"]) == sorted(schools["stage"], key=["primary", "junior_secondary"].index)
    values = huantai.current("indicators").set_index(["stage", "school_code", "indicator"])["value"]
    for row, record in zip(rows, schools.to_dict("records"), strict=True):
        assert row[3].value == record["enrolment"]
        for offset, indicator in enumerate(huantai.regime.indicators):
            cell = row[VALUES + offset]
            expected = values[record["stage"], record["school_code"], indicator.id]
            assert cell.value == pytest.approx(expected, rel=1e-15)
            assert cell.number_format == "0.00"


def test_a_campus_that_is_no_school_adds_pupils_and_classes_to_its_main_school(tmp_path: Path) -> None:
    main = school("1", primary_grades=6, primary_classes=8)
    campus = school("1a", counted_as_school=False, main_school_code="1", primary_grades=2, primary_classes=3)
    blank = school("2", primary_grades=6)
    book = form_of(assess(main, campus, blank), tmp_path)
    names = [
        row[1].value for row in book["表Ⅱ-2"].iter_rows(min_row=5) if isinstance(row[0].value, (int, float))
    ]
    assert names == ["模拟学校1", "模拟学校2"]
    assert [cell.value for cell in row_named(book["表Ⅱ-2"], "模拟学校1")[3:6]] == [200, 6, 11]
    assert row_named(book["表Ⅱ-2"], "模拟学校2")[5].value == "未填报"
    lines = {row[0].value: row[4].value for row in book["表Ⅰ"].iter_rows(min_row=4)}
    assert (lines["L9"], lines["L19"], lines["L17"]) == (2, 300, "1所未填报")


def test_what_fails_is_dark_and_white_and_named_in_the_remark(tmp_path: Path) -> None:
    # 2.4 and 1.9 m² of sports ground for 7.5 (85 %: 6.375); 0.8 teachers per 100 for 0.9 lies above 0.765.
    county = assess(
        school("1", sports_ground_area_m2=140, indoor_sports_area_m2=100),
        school("2", primary_enrolment=125, primary_pe_teachers=1, primary_music_teachers=0, multimedia_classrooms=9,
               sports_ground_area_m2=2000, teaching_equipment_value_wan_cny=90),
        school("3"),
    )  # fmt: skip
    page = form_of(county, tmp_path)["表Ⅱ-2"]
    first, second, third = (row_named(page, f"模拟学校{code}") for code in "123")
    rules = {
        str(area.sqref): [rule.formula[0] for rule in found]
        for area, found in page.conditional_formatting._cf_rules.items()
    }
    assert rules == {
        "G9:M11": ["AND(ISNUMBER(G9),G9<G$8)", "AND(ISNUMBER(G9),G9>=G$8,G9<G$7)", "ISTEXT(G9)"],
        "N9:N11": ['N9="未达标"', 'N9="无法判定"'],
    }
    cached = load(tmp_path / "010203_2020_申报表.xlsx", data_only=True)["表Ⅱ-2"]
    first, second, third = (row_named(cached, f"模拟学校{code}") for code in "123")
    assert (first[13].value, first[14].value) == ("未达标", "达标：①②③④⑥⑦；不足85%：⑤")
    assert second[8].value == pytest.approx(0.8)
    assert (second[13].value, second[14].value) == ("达标", "达标：①②④⑤⑥⑦；达到85%：③")
    assert (third[13].value, third[14].value) == ("达标", "7项全部达标")


def test_a_blank_figure_is_shown_as_such_and_its_counts_and_coefficient_are_text_with_the_reason(
    tmp_path: Path,
) -> None:
    county = assess(school("1"), school("2", multimedia_classrooms=BLANK), school("3"))
    book = form_of(county, tmp_path)
    cell = row_named(book["表Ⅱ-2"], "模拟学校2")[VALUES + 6]
    assert cell.value == "未填报"
    cached = load(tmp_path / "010203_2020_申报表.xlsx", data_only=True)
    assert "缺报：⑦" in row_named(cached["表Ⅱ-2"], "模拟学校2")[14].value
    assert cached["表Ⅲ"]["I8"].value == "无法判定"
    assert [cached["表Ⅱ-1"][cell].value for cell in ("O6", "P6")] == ["无法判定\n（1所缺报）", "无法判定"]
    assert "COUNTIF(" in book["表Ⅱ-1"]["O6"].value  # counted as soon as the blank is filled in
    reason = county.current("coefficients").query("indicator == 'multimedia_classrooms'")["reason"].iloc[0]
    assert cached["表Ⅲ"]["I5"].value == f"无法判定：{reason}"
    composite = county.current("coefficients").query("indicator == 'composite'")["reason"].iloc[0]
    assert cached["表Ⅲ"]["J6"].value == f"无法判定：{composite}"  # no composite without all seven
    assert all("=IF(" in book["表Ⅲ"][cell].value for cell in ("I5", "I6", "J6", "C6"))


def test_a_limit_is_printed_with_all_its_decimals(huantai_form: Path) -> None:
    page = load(huantai_form)["表Ⅱ-2"]
    floors = [row for row in page.iter_rows(min_row=5) if row[0].value == "标准值的85%"]
    assert (floors[1][VALUES].value, floors[1][VALUES].number_format) == (4.505, "0.000")
    assert (floors[0][VALUES + 3].value, floors[0][VALUES + 3].number_format) == (3.825, "0.000")


# --- live formulas ------------------------------------------------------------------------------------


def test_the_coefficients_are_live_formulas_over_table_two(huantai_form: Path) -> None:
    page = load(huantai_form)["表Ⅲ"]
    assert page["C5"].value == (
        "=IF(COUNT('表Ⅱ-2'!$G$9:$G$48)=ROWS('表Ⅱ-2'!$G$9:$G$48),"
        "SUMPRODUCT('表Ⅱ-2'!$G$9:$G$48,'表Ⅱ-2'!$D$9:$D$48)/SUM('表Ⅱ-2'!$D$9:$D$48),"
        "\"无法判定：\"&(ROWS('表Ⅱ-2'!$G$9:$G$48)-COUNT('表Ⅱ-2'!$G$9:$G$48))&\"所学校缺少数据\")"
    )
    assert page["C6"].value == (
        "=IF(ISNUMBER(C5),"
        "SQRT(SUMPRODUCT('表Ⅱ-2'!$D$9:$D$48,('表Ⅱ-2'!$G$9:$G$48-C5)^2)/SUM('表Ⅱ-2'!$D$9:$D$48))/C5,\"无法判定\")"
    )
    assert page["J5"].value == "——"
    assert page["J6"].value.startswith("=IF(COUNT(C6:I6)=COLUMNS(C6:I6),AVERAGE(C6:I6),")
    assert page["C6"].number_format == "0.000"


@pytest.mark.parametrize("form", ["huantai_form", "xiangfen_form"])
def test_every_formula_computed_anew_gives_its_cached_value(
    form: str, request: pytest.FixtureRequest
) -> None:
    book = Workbook(request.getfixturevalue(form))
    seen = 0
    for sheet, cell, formula, cached in book.live():
        assert book.compute(sheet, formula) == pytest.approx(cached, rel=1e-12, abs=1e-12), (
            sheet,
            cell,
            formula,
        )
        seen += 1
    assert (
        seen == {"huantai_form": 30 + 34 + 1 + 12, "xiangfen_form": 34 + 1}[form]
    )  # Ⅲ, Ⅱ-1, survey, shares of Ⅳ and Ⅴ


@pytest.mark.parametrize("county", ["huantai", "xiangfen"])
def test_the_cached_coefficients_and_means_are_the_program_s(
    county: str, request: pytest.FixtureRequest
) -> None:
    assessed = request.getfixturevalue(county)
    page = Workbook(request.getfixturevalue(f"{county}_form")).cached["表Ⅲ"]
    rows = assessed.current("coefficients").set_index(["stage", "indicator"])
    names = [*(indicator.id for indicator in assessed.regime.indicators), "composite"]
    for offset, stage in enumerate(assessed.stages):
        for column, name in enumerate(names, start=3):
            mean, cv = page.cell(5 + 4 * offset, column).value, page.cell(6 + 4 * offset, column).value
            assert cv == pytest.approx(rows.loc[(stage, name), "cv"], rel=1e-15)
            assert (
                mean == "——"
                if name == "composite"
                else mean == pytest.approx(rows.loc[(stage, name), "mean"])
            )


def test_a_changed_figure_moves_the_formulas(huantai_form: Path) -> None:
    book = Workbook(huantai_form)
    before = book.value("表Ⅲ", "E6")
    book.formulas["表Ⅱ-2"]["I9"].value *= 2
    assert not math.isclose(book.value("表Ⅲ", "E6"), before, rel_tol=1e-6)
    assert not math.isclose(book.value("表Ⅲ", "J6"), book.cached["表Ⅲ"]["J6"].value, rel_tol=1e-6)


def test_table_two_one_counts_the_schools_of_the_judged_frames(
    huantai: CountyAssessment, huantai_form: Path
) -> None:
    page = Workbook(huantai_form).cached["表Ⅱ-1"]
    judged = huantai.current("indicators")
    for row, stage in ((6, "primary"), (7, "junior_secondary")):
        schools = huantai.current("schools").query(f"stage == '{stage}'")
        for offset, indicator in enumerate(huantai.regime.indicators):
            chosen = judged[(judged["stage"] == stage) & (judged["indicator"] == indicator.id)]
            assert page.cell(row, 3 + 2 * offset).value == (chosen["outcome"] == "met").sum()
        assert page.cell(row, 17).value == (schools["outcome"] == "met").sum()
        assert page.cell(row, 18).value == pytest.approx((schools["outcome"] == "met").mean())
        assert page.cell(row, 18).number_format == "0.0%"


def test_the_verdicts_of_table_three_are_words_beside_dark_cells(
    huantai: CountyAssessment, huantai_form: Path
) -> None:
    page = load(huantai_form, data_only=True)["表Ⅲ"]
    assert [page.cell(8, column).value for column in range(3, 10)] == [
        "达标", "达标", "未达标", "达标", "未达标", "达标", "达标",
    ]  # fmt: skip
    fills = {
        str(area.sqref): [rule.formula[0] for rule in found]
        for area, found in page.conditional_formatting._cf_rules.items()
    }
    assert fills["E6"] == ["ISTEXT(E6)", 'E8="未达标"']
    assert fills["E8"] == ['E8="未达标"', 'E8="无法判定"']
    assert "0.505" in page["A14"].value  # the borderline coefficient is told in full
    rule = load(huantai_form)["表Ⅲ"]["A14"].value  # as long as it is that one: E6 is its cell
    assert rule.startswith("=IF(ISNUMBER(E6),IF(ABS(E6-0.50")
    assert "小学“体艺教师”：数据已改动" in rule


# --- Ⅳ, Ⅴ, Ⅵ, the annex, the 2012 regime -------------------------------------------------------------


def test_the_item_tables_have_15_and_9_items_with_sentence_and_verdict(
    huantai: CountyAssessment, huantai_form: Path
) -> None:
    book = load(huantai_form)
    items = huantai.items.set_index("item")
    for sheet, first, count in (("表Ⅳ", 8, 15), ("表Ⅴ", 23, 9)):
        rows = [row for row in book[sheet].iter_rows(min_row=4) if str(row[0].value).isdigit()]
        assert len(rows) == count
        for number, row in enumerate(rows, start=first):
            item = items.loc[f"B{number}"]
            assert row[1].value == f"{item['name']}（B{number}）"
            assert (row[2].value, row[6].value) == (item["requirement"], item["detail"])
            assert row[7].value == {"met": "达标", "not_met": "未达标"}[str(item["outcome"])]
            assert (colour(row[7]) == DARK) == (item["outcome"] == "not_met")


def test_a_share_stands_as_part_whole_and_a_live_per_cent(huantai_form: Path) -> None:
    live, cached = load(huantai_form)["表Ⅳ"], load(huantai_form, data_only=True)["表Ⅳ"]
    at = next(row[0].row for row in live.iter_rows(min_row=4) if row[1].value == "交流轮岗（B18）")
    # The sample's sheet 区县: 781 may rotate, 106 did, 28 of them backbone teachers.
    assert [[cached.cell(at + line, column).value for column in (4, 5)] for line in (0, 1)] == [
        [106, 781],
        [28, 106],
    ]
    assert live.cell(at, 6).value == f"=D{at}/E{at}"
    assert cached.cell(at, 6).value == pytest.approx(106 / 781)


def test_tables_two_and_three_number_their_columns_of_figures(huantai_form: Path) -> None:
    book = load(huantai_form)
    assert [book["表Ⅱ-2"].cell(5, column).value for column in range(4, 7)] == ["L1", "L2", "L3"]
    assert book["表Ⅱ-1"].cell(5, 2).value == "L1"
    assert [book["表Ⅲ"].cell(4, column).value for column in (3, 10)] == ["L1", "L8"]


def test_recognition_is_a_live_rate_over_the_survey_s_counts(huantai_form: Path) -> None:
    book = Workbook(huantai_form)
    assert book.formulas["表Ⅵ"]["D10"].value == "=MIN(D7/D6,D9/D8)"  # each must reach the limit
    assert book.value("表Ⅵ", "D10") == pytest.approx(
        993 / 1059
    )  # sheet 区县 of the sample; 160 ÷ 165 is more


@pytest.mark.parametrize(("filed", "shown"), [(0, 0), (719, 719), (BLANK, "未填报")])
def test_questionnaires_to_parents_are_taken_from_the_file(
    huantai: CountyAssessment, filed: Any, shown: Any, tmp_path: Path
) -> None:
    counties = huantai.tables.counties.assign(parent_questionnaires=filed)
    county = replace(huantai, tables=replace(huantai.tables, counties=counties))
    page = form_of(county, tmp_path)["表Ⅵ"]
    assert [page["B5"].value, page["D5"].value] == ["其中：家长问卷数", shown]


def test_the_annex_lists_entry_conditions_and_vetoes_and_speaks_no_identifier(huantai_form: Path) -> None:
    page = load(huantai_form)["附表"]
    texts = [str(cell.value) for row in page.iter_rows() for cell in row if cell.value is not None]
    assert {"基本均衡认定满三年", "弄虚作假", "教育经费三个增长"} <= set(texts)
    assert not [text for text in texts if "_" in text]


def test_the_2012_form_has_eight_indicators_no_school_verdicts_and_a_judged_composite(
    xiangfen: CountyAssessment, xiangfen_form: Path
) -> None:
    book = load(xiangfen_form, data_only=True)
    assert book.sheetnames == ["封面", "表Ⅰ", "表Ⅱ", "表Ⅲ", "表Ⅳ", "表Ⅴ", "附表"]
    assert [str(book["表Ⅱ"].cell(4, 7 + n).value)[0] for n in range(8)] == list("①②③④⑤⑥⑦⑧")
    assert book["表Ⅱ"].cell(3, 15).value == "备注"
    limit: dict[Any, float] = {"primary": 0.65, "junior_secondary": 0.55}
    for offset, stage in enumerate(xiangfen.stages):
        assert book["表Ⅲ"].cell(7 + 4 * offset, 11).value == limit[stage]
        assert book["表Ⅲ"].cell(8 + 4 * offset, 11).value in ("达标", "未达标")
        assert book["表Ⅲ"].cell(7 + 4 * offset, 3).value == "——"
    ratio = book["表Ⅱ"].cell(7, 12)
    assert ratio.number_format == "0.000"


def test_a_local_composite_rule_is_judged_beside_the_seven(tmp_path: Path) -> None:
    of_anshan = (
        school("1", division_code=IN_ANSHAN),
        school("2", division_code=IN_ANSHAN, primary_backbone_teachers=4),
    )
    county = assess(*of_anshan, regime=regime_2017("anshan"))
    form_of(county, tmp_path)
    page = load(next(tmp_path.glob("*申报表.xlsx")), data_only=True)["表Ⅲ"]
    assert (page["J7"].value, page["J7"].number_format, page["J8"].value) == (0.5, '"≤"0.00', "达标")
    assert page["C7"].value == 0.5


def test_a_single_school_has_a_mean_and_no_coefficient(tmp_path: Path) -> None:
    page = form_of(assess(school("1"), regime=regime_2012()), tmp_path)["表Ⅲ"]
    assert "SUMPRODUCT(" in page["C5"].value
    assert str(page["C6"].value).startswith("无法判定：")
