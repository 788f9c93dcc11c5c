"""Statistics exports: what is joined, what is asked for, what a side file answers. Each doubt has its broken sample."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from balance_analysis.errors import Issue
from balance_analysis.terms import Severity
from balance_analysis.workbook.reader import check_workbooks, read_workbook, read_workbooks
from balance_analysis.workbook.side_answers import side_template
from balance_analysis.workbook.tables import SchoolTables
from tests.county_tables import school
from tests.workbook_generators import (
    STAGE_WORDS,
    export_columns,
    write_export,
    write_side_file,
)

TITLE = "{word}校级数据　2020/2021学年初"
SIDE = [{"区县名称": "模拟县", "行政区划代码": "010203"}]
Change = Callable[[dict[str, dict[str, Any]]], None]

PRIMARY = school("3101000001", school_name="第一小学")
NINE_YEAR = school("3101000002", "nine_year", school_name="实验学校", primary_enrolment=300.0)
TWELVE_YEAR = school("3101000003", "twelve_year", school_name="附属学校", senior_secondary_enrolment=90.0)
JUNIOR = school("3101000004", "junior_secondary_school", school_name="第一中学")


def rows_of(stage: str, *schools: dict[str, Any]) -> list[dict[str, Any]]:
    return [dict(record) for record in schools if record.get(f"{stage}_enrolment", 0) > 0]


def county(
    folder: Path,
    *,
    change: Callable[[str, list[dict[str, Any]]], None] | None = None,
    without: tuple[str, ...] = (),
    title: str = TITLE,
    schools: tuple[dict[str, Any], ...] = (PRIMARY, NINE_YEAR, TWELVE_YEAR, JUNIOR),
    **options: Any,
) -> list[Path]:
    """Three exports of four schools; ``change`` edits one stage's rows, ``without`` leaves out columns."""
    paths = []
    for stage, word in STAGE_WORDS.items():
        rows = rows_of(stage, *schools)
        if change is not None:
            change(stage, rows)
        columns = [pair for pair in export_columns(stage) if pair[0] not in without]
        path = folder / f"{word}.xlsx"
        titles = [title.format(word=word)] if title else []
        paths.append(write_export(path, rows, columns, titles=titles, **options))
    return paths


def answered(folder: Path, files: list[Path], *more: dict[str, str]) -> SchoolTables:
    return read_workbooks(files, side=write_side_file(folder / "answers.csv", [*SIDE, *more]))


def hard(tables: SchoolTables) -> list[Issue]:
    return list(tables.hard_issues)


def only(issues: list[Issue], code: str) -> Issue:
    found = [issue for issue in issues if issue.code == code]
    assert len(found) == 1, "\n".join(map(str, issues))
    return found[0]


def row_of(tables: SchoolTables, name: str) -> pd.Series:
    found = tables.schools[tables.schools["school_name"] == name]
    assert len(found) == 1
    return found.iloc[0]


def test_a_school_of_three_stages_becomes_one_row_with_the_pupils_of_each_file(tmp_path: Path) -> None:
    tables = answered(tmp_path, county(tmp_path))
    assert hard(tables) == []
    row = row_of(tables, "附属学校")
    assert (
        row["primary_enrolment"],
        row["junior_secondary_enrolment"],
        row["senior_secondary_enrolment"],
    ) == (100, 100, 90)
    assert len(tables.schools) == 4


def test_shared_resources_are_taken_once(tmp_path: Path) -> None:
    tables = answered(tmp_path, county(tmp_path))
    assert row_of(tables, "附属学校")["teaching_and_auxiliary_area_m2"] == 700


def test_every_figure_of_a_joined_row_keeps_its_own_file_and_cell(tmp_path: Path) -> None:
    tables = answered(tmp_path, county(tmp_path))
    index = int(tables.schools.index[tables.schools["school_name"] == "附属学校"][0])
    assert tables.address("schools", index, "primary_enrolment") == "Sheet1!H8"
    assert tables.address("schools", index, "junior_secondary_enrolment") == "初中.xlsx Sheet1!H7"
    assert tables.address("schools", index, "senior_secondary_enrolment") == "高中.xlsx Sheet1!H5"
    assert tables.address("schools", index, "division_code") == "answers.csv B2"
    assert {source.name for source in tables.restrict("010203").sources} == {
        "小学.xlsx",
        "初中.xlsx",
        "高中.xlsx",
    }


def test_stages_that_a_type_cannot_have_are_zero(tmp_path: Path) -> None:
    tables = answered(tmp_path, county(tmp_path))
    assert row_of(tables, "第一小学")["junior_secondary_enrolment"] == 0
    assert row_of(tables, "实验学校")["senior_secondary_enrolment"] == 0


def test_two_files_that_differ_on_a_shared_figure_are_a_hard_issue_with_both_cells(tmp_path: Path) -> None:
    def change(stage: str, rows: list[dict[str, Any]]) -> None:
        if stage == "junior_secondary":
            rows[0]["teaching_and_auxiliary_area_m2"] = 701

    issue = only(hard(answered(tmp_path, county(tmp_path, change=change))), "joined_files_differ")
    assert issue.place.file == "小学.xlsx"
    assert issue.place.cell.endswith("7")
    assert "700" in issue.found
    assert "初中.xlsx Sheet1!" in issue.found
    assert "701" in issue.found


def test_without_a_code_column_the_exact_name_joins(tmp_path: Path) -> None:
    tables = answered(tmp_path, county(tmp_path, without=("学校标识码",)))
    assert hard(tables) == []
    assert row_of(tables, "附属学校")["school_code"] == "附属学校"
    assert len(tables.schools) == 4


def test_a_part_of_a_name_never_joins(tmp_path: Path) -> None:
    def change(stage: str, rows: list[dict[str, Any]]) -> None:
        if stage == "junior_secondary":
            rows[0]["school_name"] = "实验学校初中部"

    tables = answered(tmp_path, county(tmp_path, change=change, without=("学校标识码",)))
    codes = [issue.code for issue in hard(tables)]
    assert codes == ["stage_file_lacking", "stage_file_lacking"]
    assert {issue.found.split("：")[0] for issue in hard(tables)} == {"实验学校", "实验学校初中部"}


def test_codes_that_differ_between_files_are_told_with_the_other_cell(tmp_path: Path) -> None:
    def change(stage: str, rows: list[dict[str, Any]]) -> None:
        if stage == "junior_secondary":
            rows[0]["school_code"] = "3101000099"

    issues = hard(answered(tmp_path, county(tmp_path, change=change)))
    assert {issue.code for issue in issues} == {"stage_file_lacking"}
    assert any("代码为3101000099" in issue.found and "初中.xlsx" in issue.found for issue in issues)


def test_the_same_name_in_two_counties_is_two_schools(tmp_path: Path) -> None:
    other = school("3101000009", school_name="第一小学", county="别县")
    files = county(tmp_path, without=("学校标识码",), schools=(PRIMARY, other))
    side = write_side_file(tmp_path / "a.csv", [*SIDE, {"区县名称": "别县", "行政区划代码": "010204"}])
    tables = read_workbooks(files[:1], side=side)
    assert hard(tables) == []
    assert tables.division_codes() == ("010203", "010204")


def test_a_name_that_stands_twice_in_one_file_without_codes_is_a_duplicate(tmp_path: Path) -> None:
    twin = school("3101000009", school_name="第一小学")
    files = county(tmp_path, without=("学校标识码",), schools=(PRIMARY, twin))
    assert {issue.code for issue in hard(answered(tmp_path, files[:1]))} == {"duplicate_school_year"}


def test_a_stage_file_that_was_not_handed_in_is_a_question_and_leaves_the_share_unknown(
    tmp_path: Path,
) -> None:
    tables = answered(tmp_path, county(tmp_path)[:2])
    assert hard(tables) == []
    issue = only([i for i in tables.issues if i.severity is Severity.SOFT], "stage_file_lacking")
    assert "没有提交高中文件" in issue.found
    assert pd.isna(row_of(tables, "附属学校")["senior_secondary_enrolment"])


def test_a_side_file_can_say_that_a_school_has_no_pupils_of_a_stage_yet(tmp_path: Path) -> None:
    def change(stage: str, rows: list[dict[str, Any]]) -> None:
        if stage == "junior_secondary":
            rows[:] = [row for row in rows if row["school_name"] != "实验学校"]

    files = county(tmp_path, change=change)
    assert [issue.code for issue in hard(answered(tmp_path, files))] == ["stage_file_lacking"]
    assert hard(answered(tmp_path, files, {"学校名称": "实验学校", "初中在校生数": "0"})) == []


def test_a_campus_without_a_main_school_is_answered_by_the_side_file(tmp_path: Path) -> None:
    campus = school("3101000005", school_name="第一小学东校区", counted_as_school=False)
    files = county(tmp_path, schools=(PRIMARY, campus))[:1]
    issue = only(hard(answered(tmp_path, files)), "campus_without_main_school")
    assert "补充信息" in issue.remedy
    tables = answered(tmp_path, files, {"学校名称": "第一小学东校区", "主校名称": "第一小学"})
    assert hard(tables) == []
    assert row_of(tables, "第一小学东校区")["main_school_code"] == "3101000001"


def test_a_main_school_that_nobody_has_is_named(tmp_path: Path) -> None:
    campus = school("3101000005", school_name="东校区", counted_as_school=False)
    files = county(tmp_path, schools=(PRIMARY, campus))[:1]
    tables = answered(tmp_path, files, {"学校名称": "东校区", "主校名称": "第一"})
    issue = only(hard(tables), "main_school_unknown")
    assert (issue.place.file, issue.place.cell) == ("answers.csv", "D3")


def test_without_any_answer_county_code_and_year_are_asked_for_and_nothing_is_guessed(tmp_path: Path) -> None:
    tables = read_workbooks(county(tmp_path, title="")[:1])
    assert {issue.code for issue in hard(tables)} == {"division_code_unknown", "school_year_unknown"}
    assert all("补充信息.csv" in issue.remedy for issue in hard(tables))


def test_the_side_template_asks_for_what_is_open_and_reads_back(tmp_path: Path) -> None:
    campus = school("3101000005", school_name="东校区", counted_as_school=False)
    files = county(tmp_path, schools=(PRIMARY, campus))[:1]
    lines = side_template(read_workbooks(files)).lstrip("\ufeff").splitlines()
    assert lines[0].startswith("区县名称,学年,行政区划代码,学校标识码,学校名称")
    assert lines[1].startswith("模拟县,2020,,")
    assert lines[2].startswith("模拟县,,,3101000005,东校区,")
    filled = "\n".join(
        [lines[0], lines[1].replace("2020,", "2020,010203", 1), "模拟县,,,3101000005,东校区,3101000001"]
    )
    (tmp_path / "补充信息.csv").write_text(filled, "utf-8")
    assert hard(read_workbooks(files)) == []


def test_a_side_file_beside_the_workbooks_is_found_and_said(tmp_path: Path) -> None:
    files = county(tmp_path)
    write_side_file(tmp_path / "补充信息.csv", SIDE)
    tables = read_workbooks(files)
    assert hard(tables) == []
    assert [source.name for source in tables.supplements] == ["补充信息.csv"]
    assert "side_file_used" in {issue.code for issue in tables.issues}


def test_a_side_file_in_toml_answers_the_same(tmp_path: Path) -> None:
    campus = school("3101000005", school_name="东校区", counted_as_school=False)
    files = county(tmp_path, schools=(PRIMARY, campus))[:1]
    text = '"学年" = 2020\n"行政区划代码" = "010203"\n[["学校"]]\n"学校名称" = "东校区"\n"主校名称" = "第一小学"\n'
    (tmp_path / "补充信息.toml").write_text(text, "utf-8")
    tables = read_workbooks(files)
    assert hard(tables) == []
    assert row_of(tables, "东校区")["main_school_code"] == "3101000001"


def test_a_side_file_that_contradicts_the_data_stops_and_names_both_cells(tmp_path: Path) -> None:
    tables = answered(tmp_path, county(tmp_path), {"学校名称": "第一小学", "小学在校生数": "101"})
    issue = only(hard(tables), "side_contradiction")
    assert (issue.place.file, "100；answers.csv D3为101") == ("小学.xlsx", issue.found)


def test_a_side_row_for_a_school_that_does_not_exist_is_an_error_not_silence(tmp_path: Path) -> None:
    tables = answered(tmp_path, county(tmp_path), {"学校名称": "第一小", "主校名称": "第一小学"})
    assert only(hard(tables), "side_row_unmatched").found == "第一小"


def test_a_code_that_lost_its_zeros_in_the_side_file_is_refused(tmp_path: Path) -> None:
    side = write_side_file(tmp_path / "a.csv", [{"行政区划代码": "10203"}])
    issues = hard(read_workbooks(county(tmp_path), side=side))
    assert only(issues, "leading_zeros_lost").place.file == "a.csv"


def test_the_division_code_is_never_taken_from_a_school_s_own_code(tmp_path: Path) -> None:
    record = school("3370321001", school_name="第一小学")
    tables = read_workbooks(county(tmp_path, schools=(record,))[:1])
    assert tables.division_codes() == ()


def test_a_twelve_digit_area_code_gives_its_first_six(tmp_path: Path) -> None:
    columns = [*export_columns("primary"), ("学校驻地地域码", "area")]
    path = write_export(
        tmp_path / "小学.xlsx",
        [PRIMARY | {"area": "010203001002"}],
        columns,
        titles=[TITLE.format(word="小学")],
    )
    assert read_workbook(path).division_codes() == ("010203",)


def test_title_and_file_name_that_name_two_years_are_a_conflict(tmp_path: Path) -> None:
    path = tmp_path / "小学2019-2020学年.xlsx"
    write_export(path, [PRIMARY], export_columns("primary"), titles=[TITLE.format(word="小学")])
    side = write_side_file(tmp_path / "a.csv", SIDE)
    assert "context_conflict" in {issue.code for issue in hard(read_workbook(path, side=side))}


def test_a_calendar_year_is_not_taken_for_a_school_year(tmp_path: Path) -> None:
    tables = read_workbooks(county(tmp_path, title="{word}2020年数据")[:1])
    assert "school_year_unknown" in {issue.code for issue in hard(tables)}


def test_a_file_that_says_another_stage_than_its_columns_is_a_conflict(tmp_path: Path) -> None:
    path = tmp_path / "初中.xlsx"
    write_export(path, [PRIMARY], export_columns("primary"), titles=["2020/2021学年"])
    issue = only(check_workbooks([path]), "stage_unknown")
    assert issue.found == "表头：小学；文件名：初中"


def test_three_sheets_of_one_workbook_are_read_as_three_files_would_be(tmp_path: Path) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for path in county(tmp_path):
        source = openpyxl.load_workbook(path).worksheets[0]
        target = book.create_sheet(path.stem)
        for line in source.iter_rows():
            for cell in line:
                if cell.value is not None:
                    target[cell.coordinate] = cell.value
        for area in source.merged_cells.ranges:
            target.merge_cells(str(area))
    book.save(tmp_path / "全县.xlsx")
    tables = answered(tmp_path, [tmp_path / "全县.xlsx"])
    assert hard(tables) == []
    assert len(tables.schools) == 4
    index = int(tables.schools.index[tables.schools["school_name"] == "第一中学"][0])
    assert tables.address("schools", index, "junior_secondary_enrolment").startswith("初中!")


# --- columns and rows of an export -------------------------------------------------------------------


def one_file(
    folder: Path,
    change: Callable[[Any], None] | None = None,
    columns: list[tuple[str, str]] | None = None,
    **options: Any,
) -> SchoolTables:
    path = folder / "小学.xlsx"
    second = school("3101000002", school_name="第二小学", primary_enrolment=200.0)
    titles = ["模拟县（010203）小学校级数据　2020—2021学年"]
    write_export(
        path, [PRIMARY | {"primary_enrolment": 100.0}, second], columns or export_columns("primary"),
        titles=titles, change=change, **options,
    )  # fmt: skip
    return read_workbook(path)


def test_county_code_and_year_in_the_title_are_enough(tmp_path: Path) -> None:
    tables = one_file(tmp_path)
    assert hard(tables) == []
    assert (tables.division_codes(), tables.years("010203")) == (("010203",), (2020,))


def test_totals_notes_and_blank_rows_become_no_schools(tmp_path: Path) -> None:
    def blank_row(sheet: Any) -> None:
        sheet.insert_rows(7)

    tables = one_file(tmp_path, blank_row, totals=True, notes=["注：以上数据来自年报", "填表人：某某"])
    assert list(tables.schools["school_name"]) == ["第一小学", "第二小学"]
    assert hard(tables) == []


def test_a_total_that_the_schools_do_not_add_up_to_is_a_question(tmp_path: Path) -> None:
    def wrong(sheet: Any) -> None:
        sheet.cell(8, 1, "合计")
        sheet.cell(8, 8, 301)

    issues = [issue for issue in one_file(tmp_path, wrong).issues if issue.severity is Severity.SOFT]
    assert only(issues, "total_mismatch").found == "合计301，各校之和300（2所）"


def test_equipment_filed_in_yuan_is_turned_into_wan_yuan_because_the_header_says_so(tmp_path: Path) -> None:
    columns = [
        (
            path.replace("教学仪器设备资产值(万元)", "教学仪器设备资产值（元）").replace(
                "总值(万元)", "总值"
            ),
            field,
        )
        for path, field in export_columns("primary")
    ]
    tables = one_file(tmp_path, columns=columns)
    assert list(tables.schools["teaching_equipment_value_wan_cny"]) == [0.003, 0.003]
    assert "unit_converted" in {issue.code for issue in tables.issues}


def test_music_and_art_under_arts_are_not_counted_twice(tmp_path: Path) -> None:
    columns = [
        (
            path.replace("授课课程分/音乐", "授课课程分/艺术/音乐").replace(
                "授课课程分/美术", "授课课程分/艺术/美术"
            ),
            field,
        )
        for path, field in export_columns("primary")
    ]
    order = sorted(columns, key=lambda pair: "艺术" in pair[0])
    first = {
        **PRIMARY,
        "primary_arts_teachers": 3.0,
        "primary_music_teachers": 1.0,
        "primary_fine_arts_teachers": 2.0,
    }
    path = write_export(tmp_path / "小学.xlsx", [first], order, titles=["模拟县（010203）小学2020—2021学年"])
    row = read_workbook(path).schools.iloc[0]
    taught = row[["primary_music_teachers", "primary_fine_arts_teachers", "primary_arts_teachers"]]
    assert taught.sum() == 3


def test_arts_alone_hold_music_and_art(tmp_path: Path) -> None:
    columns = [pair for pair in export_columns("primary") if not pair[0].endswith(("音乐", "美术"))]
    tables = one_file(tmp_path, columns=columns)
    assert list(tables.schools["primary_music_teachers"]) == [0, 0]
    assert "contained_column" in {issue.code for issue in tables.issues}


def test_two_columns_for_one_figure_stop_with_both_named(tmp_path: Path) -> None:
    columns = [*export_columns("primary"), ("独立/运动场地面积", "sports_ground_area_m2")]
    issue = only(hard(one_file(tmp_path, columns=columns)), "ambiguous_column")
    assert issue.column == "运动场地面积"
    assert "占地面积/运动场地面积" in issue.found
    assert "独立/运动场地面积" in issue.found


def test_a_missing_required_column_names_its_path(tmp_path: Path) -> None:
    columns = [pair for pair in export_columns("primary") if not pair[0].startswith("在校生数")]
    issue = only(hard(one_file(tmp_path, columns=columns)), "missing_column")
    assert issue.column == "在校生数/合计"


def test_a_missing_optional_column_is_missing_and_not_zero(tmp_path: Path) -> None:
    columns = [pair for pair in export_columns("primary") if "骨干" not in pair[0]]
    assert one_file(tmp_path, columns=columns).schools["primary_backbone_teachers"].isna().all()


def test_text_in_a_figure_is_refused_with_its_cell(tmp_path: Path) -> None:
    def spoil(sheet: Any) -> None:
        sheet["H6"] = "约100"

    issue = only(hard(one_file(tmp_path, spoil)), "wrong_type")
    assert (issue.place.cell, issue.column, issue.found) == ("H6", "在校生数/合计", "约100")


def test_a_senior_school_is_left_out_and_said(tmp_path: Path) -> None:
    def senior(sheet: Any) -> None:
        sheet["D7"] = "高级中学"

    tables = one_file(tmp_path, senior)
    assert list(tables.schools["school_name"]) == ["第一小学"]
    assert "school_left_out" in {issue.code for issue in tables.issues}


def test_an_unknown_type_is_refused_and_an_unknown_sponsor_only_asked_about(tmp_path: Path) -> None:
    def strange(sheet: Any) -> None:
        sheet["D7"] = "讲习所"
        sheet["E7"] = "某单位"

    tables = one_file(tmp_path, strange)
    assert [(issue.code, issue.place.cell) for issue in hard(tables)] == [("unknown_code", "D7")]
    soft = [issue for issue in tables.issues if issue.severity is Severity.SOFT]
    assert ("unknown_code", "E7") in {(issue.code, issue.place.cell) for issue in soft}


@pytest.mark.parametrize(("word", "counted"), [(0, False), (1, True), ("否", False), ("是", True)])
def test_counted_as_a_school_is_read_as_the_platform_writes_it(
    tmp_path: Path, word: Any, counted: bool
) -> None:
    def write(sheet: Any) -> None:
        sheet["G6"] = word

    assert one_file(tmp_path, write).schools["counted_as_school"].iloc[0] is counted
