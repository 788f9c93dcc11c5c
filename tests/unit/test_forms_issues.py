"""Issue list and school sheets: what is lacking, in whole natural units, exactly.

Every expected shortfall is worked out by hand in the comment beside it: after adding it the limit holds, with one
unit less it does not.
"""

from __future__ import annotations

from datetime import datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from openpyxl.utils import get_column_letter

from balance_analysis.assessment import CountyAssessment
from balance_analysis.door import open_assessment
from balance_analysis.explain.shortfalls import resource_shortfalls
from balance_analysis.findings.case import Case
from balance_analysis.reporting.forms import write_forms
from balance_analysis.reporting.forms.issue_rows import school_rows
from balance_analysis.reporting.forms.school_sheets import sheet_name
from tests.county_tables import BLANK, SAMPLE, assess, regime_2012, school
from tests.live_formulas import load

FIELD_OF = {
    "above_standard_qualified_teachers": "primary_teachers_bachelor",
    "backbone_teachers": "primary_backbone_teachers",
    "pe_arts_teachers": "primary_pe_teachers",
    "teaching_area": "teaching_and_auxiliary_area_m2",
    "sports_area": "sports_ground_area_m2",
    "equipment_value": "teaching_equipment_value_wan_cny",
    "multimedia_classrooms": "multimedia_classrooms",
}
POOR: dict[str, Any] = {
    "primary_enrolment": 1234,
    "primary_teachers_bachelor": 40,
    "primary_backbone_teachers": 9,
    "primary_pe_teachers": 9,
    "primary_music_teachers": 1,
    "teaching_and_auxiliary_area_m2": 4000.5,
    "indoor_sports_area_m2": 100,
    "sports_ground_area_m2": 8000.25,
    "teaching_equipment_value_wan_cny": 200.123,
    "multimedia_classrooms": 20,
}


@pytest.fixture(scope="module")
def huantai() -> CountyAssessment:
    return open_assessment(SAMPLE / "桓台县.xlsx", regime="quality_balance_2017")


@pytest.fixture(scope="module")
def huantai_forms(huantai: CountyAssessment, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return write_forms(huantai, tmp_path_factory.mktemp("forms"))


def lacks(county: CountyAssessment, code: str = "1", stage: str = "primary") -> dict[str, Any]:
    frame = resource_shortfalls(county)
    chosen = frame[(frame["school_code"] == code) & (frame["stage"] == stage)]
    return {str(row["indicator"]): row for row in chosen.to_dict("records")}


def test_the_lack_is_counted_in_whole_teachers_rooms_yuan_and_hundredths_of_square_metres() -> None:
    found = lacks(assess(school("1", **POOR), school("2")))
    assert {name: (row["shortfall"], row["unit"]) for name, row in found.items()} == {
        "above_standard_qualified_teachers": (12.0, "人"),  # 4.2 × 12.34 = 51.828; 52 − 40
        "backbone_teachers": (4.0, "人"),  # 12.34; 13 − 9
        "pe_arts_teachers": (2.0, "人"),  # 0.9 × 12.34 = 11.106; 12 − 10
        "teaching_area": (1652.5, "平方米"),  # 4.5 × 1234 = 5553; 5553 − 3900.5
        "sports_area": (1154.75, "平方米"),  # 7.5 × 1234 = 9255; 9255 − 8100.25
        "equipment_value": (466770.0, "元"),  # 2000 × 1234 = 2 468 000; − 2 001 230
        "multimedia_classrooms": (9.0, "间"),  # 2.3 × 12.34 = 28.382; 29 − 20
    }
    assert {name: row["shortfall_to_floor"] for name, row in found.items()} == {
        "above_standard_qualified_teachers": 5.0,  # 3.57 × 12.34 = 44.0538; 45 − 40
        "backbone_teachers": 2.0,  # 10.489; 11 − 9
        "pe_arts_teachers": 0.0,  # 9.4401 is there already
        "teaching_area": 819.55,  # 3.825 × 1234 = 4720.05
        "sports_area": 0.0,  # 7866.75
        "equipment_value": 96570.0,  # 2 097 800 − 2 001 230
        "multimedia_classrooms": 5.0,  # 24.1247; 25 − 20
    }


@pytest.mark.parametrize("indicator", FIELD_OF)
def test_with_the_lack_added_the_limit_holds_and_with_one_unit_less_it_does_not(indicator: str) -> None:
    row = lacks(assess(school("1", **POOR), school("2")))[indicator]
    step = {"平方米": Fraction(1, 100)}.get(row["unit"], Fraction(1))
    per_filed = 10000 if row["unit"] == "元" else 1
    for units, held in (
        (Fraction(str(row["shortfall"])), True),
        (Fraction(str(row["shortfall"])) - step, False),
    ):
        amount = float(Fraction(str(POOR[FIELD_OF[indicator]])) + units / per_filed)
        after = lacks(assess(school("1", **{**POOR, FIELD_OF[indicator]: amount}), school("2")))
        assert (indicator not in after) == held


def test_at_the_limit_nothing_is_lacking_and_just_below_one_unit_is() -> None:
    at = school("1", primary_enrolment=1000, primary_backbone_teachers=10, teaching_and_auxiliary_area_m2=4600,
                sports_ground_area_m2=9000, primary_teachers_bachelor=50, primary_pe_teachers=9,
                teaching_equipment_value_wan_cny=200, multimedia_classrooms=23)  # fmt: skip
    assert lacks(assess(at, school("2"))) == {}
    below = lacks(
        assess(at | {"primary_backbone_teachers": 9, "teaching_and_auxiliary_area_m2": 4599.99}, school("2"))
    )
    assert {name: row["shortfall"] for name, row in below.items()} == {
        "backbone_teachers": 1.0,
        "teaching_area": 0.01,
    }


def test_a_school_without_a_single_teacher_of_a_kind_lacks_them_all() -> None:
    found = lacks(assess(school("1", primary_pe_teachers=0, primary_music_teachers=0), school("2")))
    assert found["pe_arts_teachers"]["shortfall"] == 1.0  # 0.9 for 100 pupils
    found = lacks(assess(school("1", multimedia_classrooms=0), school("2")))
    assert found["multimedia_classrooms"]["shortfall"] == 3.0  # 2.3 for 100 pupils


def test_what_several_stages_share_is_lacking_on_the_whole_campus() -> None:
    # 200 primary and 100 junior pupils weigh 200 + 110 = 310; junior: 1.1 · A / 310 ≥ 5.8 needs A = 1634.55 (rounded up).
    row = school("1", "nine_year", primary_enrolment=200, junior_secondary_enrolment=100,
                 teaching_and_auxiliary_area_m2=1500, indoor_sports_area_m2=0)  # fmt: skip
    county = assess(row, school("2"), school("3", "junior_secondary_school"))
    found = lacks(county, stage="junior_secondary")["teaching_area"]
    assert found["shortfall"] == 134.55  # 5.8 · 310 / 1.1 = 1634.5454…
    assert found["whole_campus"]
    # Without a room at all the weights alone say how many: 1.1 · 100 · A / 310 ≥ 2.4 needs 6.76…
    county = assess(row | {"multimedia_classrooms": 0}, school("2"), school("3", "junior_secondary_school"))
    assert lacks(county, stage="junior_secondary")["multimedia_classrooms"]["shortfall"] == 7.0


def test_the_school_sheet_says_that_the_lack_of_a_shared_resource_is_the_campus_s(tmp_path: Path) -> None:
    rows = [
        school("1", "nine_year", teaching_and_auxiliary_area_m2=300, sports_ground_area_m2=9000),
        school("2", teaching_and_auxiliary_area_m2=300),
        school("3", "junior_secondary_school"),
    ]
    book = load(write_forms(assess(*rows), tmp_path)[2])
    notes = {
        page.title: [cell.value for cell in page["A"] if str(cell.value).startswith("注：")]
        for page in book.worksheets[1:]
    }
    assert [len(found) for found in notes.values()] == [1, 0, 0]
    assert "取较大者，不相加" in notes["001模拟学校1"][0]


def test_a_missing_figure_is_no_problem_but_is_listed_apart_with_the_blank_cell(tmp_path: Path) -> None:
    county = assess(school("1", teaching_equipment_value_wan_cny=BLANK), school("2"))
    case = Case(county)
    assert not [row for row in school_rows(case, case.problems) if row["item"] == "B6"]
    page = load(write_forms(county, tmp_path)[1])["待补报"]
    row = next(row for row in page.iter_rows(min_row=4) if "（B6）" in str(row[3].value))
    assert (row[1].value, row[2].value) == ("模拟学校1", "小学")
    assert row[4].value.startswith("缺报：")


def test_a_school_whose_music_or_art_rooms_are_blank_is_named_and_one_that_filed_them_is_not(
    tmp_path: Path,
) -> None:
    """Two classes ask for one room of each kind; classes are filed at both schools, rooms at the second alone."""
    filed: dict[str, Any] = {"music_rooms_96_and_above": 1, "art_rooms_90_and_above": 1}
    county = assess(school("1", primary_classes=2), school("2", primary_classes=2, **filed))
    paths = write_forms(county, tmp_path)
    open_rooms = [
        (row[1].value, row[4].value)
        for row in load(paths[1])["待补报"].iter_rows(min_row=4)
        if "（B10）" in str(row[3].value) and row[1].value != "全县"
    ]
    assert open_rooms == [("模拟学校1", "缺报：音乐教室96平米及以上间数、美术教室90平米及以上间数。")]
    book = load(paths[2])
    blank = {
        name: [row[1].value for row in book[name].iter_rows() if "（B10）" in str(row[0].value)]
        for name in ("001模拟学校1", "002模拟学校2")
    }
    assert blank == {"001模拟学校1": [open_rooms[0][1]], "002模拟学校2": []}
    assert "县级问题" not in load(paths[1]).sheetnames  # nothing of the county fails: no empty page


def test_the_one_tolerated_shortfall_of_a_passing_school_is_marked_and_asks_for_no_work(
    tmp_path: Path,
) -> None:
    # 0.8 per 100 lies between 0.765 and 0.9; everything else of the school is met.
    tolerable = school("1", primary_enrolment=125, primary_pe_teachers=1, primary_music_teachers=0,
                       sports_ground_area_m2=2000, teaching_equipment_value_wan_cny=90)  # fmt: skip
    county = assess(tolerable, school("2"))
    nothing = county.item_schools.iloc[:0]
    paths = write_forms(county, tmp_path, item_schools=nothing)
    ledger = load(paths[1])
    assert [cell.value for cell in ledger["容许短板"][4]][1:] == [
        "模拟学校1", "小学", "每百名学生拥有体育、艺术（美术、音乐）专任教师数（B3）", "0.80（≥0.9）",
    ]  # fmt: skip
    assert ledger["学校问题"]["A4"].value == "没有须整改的学校问题。"
    book = load(paths[2])
    assert [book["目录"][f"D{row}"].value for row in (4, 5)] == [0, 0]  # nothing to do but file what is blank


def test_every_school_and_item_below_its_limit_is_in_the_list_once(huantai: CountyAssessment) -> None:
    case = Case(huantai)
    failing = case.problems[case.problems["outcome"] != "tolerable"]
    rows = school_rows(case, failing)
    places = [(row["school_code"], row["item"]) for row in rows]
    assert len(set(places)) == len(places)
    assert set(places) == set(zip(failing["school_code"], failing["item"], strict=True))
    # The annex: 4 schools above size, 3 schools of 49 with rooms of full size; both kinds of rooms stand in one row.
    assert sum(item == "B11" for _, item in places) == 4
    assert sum(item == "B10" for _, item in places) == 46
    rooms = next(row for row in rows if row["item"] == "B10")
    assert "音乐教室" in rooms["found"]
    assert "美术教室" in rooms["found"]
    assert list(dict.fromkeys(row["school_code"] for row in rows)) == [
        code
        for code in dict.fromkeys(huantai.current("schools")["school_code"])
        if code in set(failing["school_code"])
    ]


def test_the_county_sheet_lists_the_coefficients_and_items_that_fail(huantai_forms: list[Path]) -> None:
    page = load(huantai_forms[1])["县级问题"]
    rows = [
        [cell.value for cell in row]
        for row in page.iter_rows(min_row=4)
        if isinstance(row[0].value, (int, float))
    ]
    assert [(row[1], row[2][-4:], row[3]) for row in rows] == [
        ("小学", "（B3）", "0.505（≤0.50）"), ("小学", "（B5）", "0.769（≤0.50）"), ("初中", "（B5）", "0.674（≤0.45）"),
    ]  # fmt: skip


def test_measures_deadlines_and_offices_come_from_the_county_s_own_task_sheet(
    huantai_forms: list[Path],
) -> None:
    page = load(huantai_forms[1])["整改任务"]
    row = next(row for row in page.iter_rows(min_row=4) if row[1].value == "音乐、美术专用教室（B10）")
    assert row[3].value == 46
    assert row[4].value == "利用寒暑假改扩建音乐、美术专用教室，2018年9月底前全部完成。"
    assert row[6].value == "县财政局、县住建局、县教体局、各镇政府"
    assert (row[8].value, row[8].number_format) == (datetime(2018, 9, 30), "yyyy-m-d")


def test_the_money_of_the_tasks_is_summed_by_a_live_formula(
    huantai: CountyAssessment, huantai_forms: list[Path]
) -> None:
    live, cached = load(huantai_forms[1])["整改任务"], load(huantai_forms[1], data_only=True)["整改任务"]
    total = next(row for row in live.iter_rows(min_row=4) if row[0].value == "合计")
    assert str(total[5].value).startswith("=SUM(F4:")
    tasks = Case(huantai).tasks
    failing = tasks[tasks["outcome"] != "met"]
    assert cached[total[5].coordinate].value == pytest.approx(failing["investment_wan_cny"].sum())


def test_there_is_room_for_who_answers_how_far_it_is_and_when_it_was_closed(
    huantai_forms: list[Path],
) -> None:
    book = load(huantai_forms[1])
    for name in ("县级问题", "学校问题", "整改任务"):
        heads = [cell.value for cell in book[name][3]]
        assert {"责任人", "整改进展", "销号"} <= set(heads), name
        assert book[name].data_validations.count, name


def test_the_school_list_says_figure_limit_and_lack_and_has_a_filter(huantai_forms: list[Path]) -> None:
    page = load(huantai_forms[1])["学校问题"]
    row = next(row for row in page.iter_rows(min_row=4) if row[3].value == "生均教学及辅助用房面积（B4）")
    # Read off the sample: 7 501.29 m² of rooms for 2 286 pupils; 2 785.71 are lacking to 4.5 × 2 286 = 10 287.
    assert (row[4].value, row[5].value, row[6].value) == (
        "3.28（≥4.5）",
        "缺教学及辅助用房2785.71平方米",
        "须整改",
    )
    first = {
        row[3].value: row[4].value
        for row in page.iter_rows(min_row=4)
        if row[1].value == "桓台县模拟第一小学"
    }
    # Read off the sample: 52 classes without a music or art room (one of each per 12), 15 of them above 45 pupils.
    assert first["学校规模（B11）"] == "在校生2286人（≤2000人）"
    assert first["班额（B12）"] == "超标班级15个（不应有）"
    assert first["音乐、美术专用教室（B10）"] == "音乐教室0间（≥5间）\n美术教室0间（≥5间）"
    last = max(cell.row for cell in page["A"] if isinstance(cell.value, (int, float)))
    assert page.auto_filter.ref == f"A3:{get_column_letter(13)}{last}"


def test_a_county_that_filed_no_tasks_gets_blanks_to_fill_in(tmp_path: Path) -> None:
    county = assess(school("1", sports_ground_area_m2=100), school("2"))
    page = load(write_forms(county, tmp_path)[1])["学校问题"]
    assert {page[f"{column}4"].value for column in "IJKLM"} <= {None, ""}


def test_the_regime_without_school_limits_lists_no_school(tmp_path: Path) -> None:
    county = assess(school("1"), school("2", primary_enrolment=300), regime=regime_2012())
    assert resource_shortfalls(county).empty
    page = load(write_forms(county, tmp_path)[2])["目录"]
    assert "不对单所学校设资源标准" in page["A4"].value


# --- one sheet per school -----------------------------------------------------------------------------


def test_sheet_names_are_safe_unique_and_short_enough() -> None:
    names = ["甲" * 60, "[a]:*?/\\", "'引'", "同名", "同名", "=1", "𠀀" * 40]
    made = [sheet_name(number, name) for number, name in enumerate(names, start=1)]
    assert len(set(made)) == len(made)
    assert made[1] == "002a"
    for name in made:
        assert len(name.encode("utf-16-le")) // 2 <= 31
        assert not set(name) & set("[]:*?/\\")
        assert not name.startswith("'")
        assert not name.endswith("'")


def test_every_school_that_needs_work_has_a_sheet_and_a_link_to_it(
    huantai: CountyAssessment, huantai_forms: list[Path]
) -> None:
    book = load(huantai_forms[2])
    problems = Case(huantai).problems
    needing = problems.loc[problems["outcome"] != "tolerable", "school_code"].nunique()
    assert len(book.sheetnames) == needing + 1
    index = book["目录"]
    for number, name in enumerate(book.sheetnames[1:], start=4):
        link = index.cell(number, 2)
        assert link.hyperlink.location == f"'{name}'!A1"
        assert name.startswith(f"{number - 3:03d}")
        assert book[name]["A1"].value == f"一校一案：{link.value}"


def test_a_school_sheet_shows_values_limits_lacks_measures_and_a_line_to_sign(
    huantai_forms: list[Path],
) -> None:
    page = load(huantai_forms[2]).worksheets[1]
    texts = [cell.value for row in page.iter_rows() for cell in row if isinstance(cell.value, str)]
    assert "资源配置（小学）" in texts
    assert any("至少还须使3项达到标准值" in text for text in texts)
    assert any(text.startswith("校长（签字）") for text in texts)
    area = next(row for row in page.iter_rows() if row[0].value == "生均教学及辅助用房面积（B4）")
    # Read off the sample: 7 501.29 m² of rooms for 2 286 pupils; 2 785.71 are lacking to 4.5 × 2 286 = 10 287.
    assert area[1].value * 2286 + area[3].value == pytest.approx(10287, abs=0.01)
    assert (area[2].value, area[5].value, area[6].value) == (4.5, "平方米", "未达标")


def test_schools_of_one_name_and_of_a_long_name_get_sheets_of_their_own(tmp_path: Path) -> None:
    poor: dict[str, Any] = {
        "sports_ground_area_m2": 10,
        "indoor_sports_area_m2": 0,
        "teaching_and_auxiliary_area_m2": 600,
    }
    rows = [
        school(code, school_name=name, **poor)
        for code, name in (("1", "同名"), ("2", "同名"), ("3", "长" * 50))
    ]
    book = load(write_forms(assess(*rows), tmp_path)[2])
    assert book.sheetnames == ["目录", "001同名", "002同名", "003" + "长" * 28]
