"""Reading a county's workbook: every way a cell, a header or a sheet can be wrong, with its address.

The samples are one small valid county with one thing changed; addresses are counted from the layout.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from balance_analysis.errors import BalanceAnalysisError, Issue
from balance_analysis.reporting.template_file import write_template
from balance_analysis.terms import Severity
from balance_analysis.workbook.layouts import load_layout
from balance_analysis.workbook.reader import check_workbook, read_workbook, read_workbooks
from balance_analysis.workbook.sheet_xml import column_letter
from tests.broken_workbooks import CODES, cell, county_row, notes, only, primary_school, serious, write_county

CSV_HEADER = "school_year,county_code,county,school_code,school_name,private,remote_113,students,classes,teachers,staff"


def edited(path: Path, edit: Callable[[Worksheet], None], sheet: str = "学校") -> Path:
    book = openpyxl.load_workbook(path)
    edit(book[sheet])
    book.save(path)
    return path


def csv_file(folder: Path, *rows: str, header: str = CSV_HEADER) -> Path:
    path = folder / "开放数据.csv"
    path.write_text("\n".join([header, *rows]) + "\n", "utf-8")
    return path


def sentence(issue: Issue, *, code: str, address: str, column: str, sheet: str = "学校") -> str:
    assert (issue.code, issue.place.sheet, issue.place.cell, issue.column) == (
        code,
        sheet,
        address,
        column,
    ), str(issue)
    line = str(issue)
    for part in (issue.place.file, address, column, issue.found, issue.expected, issue.remedy, issue.message):
        assert part in line
    return line


# --- one cell --------------------------------------------------------------------------------------

BROKEN_CELLS: list[tuple[str, str, Any, str, str, str, str]] = [
    ("text in a count", "books", "约12000", "wrong_type", "图书册数", "约12000", "非负整数"),
    ("date in a number", "books", date(2018, 9, 1), "wrong_type", "图书册数", "2018-09-01（日期或时间）", "非负整数"),
    ("fraction in a count", "primary_pe_teachers", 2.5, "wrong_type", "小学体育教师数", "2.5", "非负整数"),
    ("negative", "sports_ground_area_m2", -20.5, "negative_value", "运动场地面积", "-20.5", "非负数"),
    ("error value", "sports_ground_area_m2", "#DIV/0!", "non_finite_value", "运动场地面积", "#DIV/0!（公式错误值）", "非负数"),
    ("infinity as text", "sports_ground_area_m2", "inf", "non_finite_value", "运动场地面积", "inf", "非负数"),
    ("formula", "books", "=6000*2", "formula_without_value", "图书册数", "公式，没有计算结果", "非负整数"),
    ("unknown type", "school_type", "高级中学", "unknown_code", "办学类型", "高级中学", "小学、教学点、初中"),
    ("unknown area code", "urban_rural_code", "130", "unknown_code", "城乡分类代码", "130", "111、112、121"),
    ("unknown sponsor", "sponsor_type", 11, "unknown_code", "举办者类型", "11", "1、2、3"),
    ("unknown yes or no", "boarding", "有", "unknown_code", "是否寄宿制", "有", "是、否"),
    ("wrong year", "built_year", "八十年代", "wrong_type", "建成年份", "八十年代", "四位年份"),
    ("county code as a number", "division_code", 10203, "leading_zeros_lost", "行政区划代码", "10203", "六位数字"),
    ("county code too short", "division_code", "10203", "leading_zeros_lost", "行政区划代码", "10203", "六位数字"),
    ("county code of letters", "division_code", "某县", "malformed_division_code", "行政区划代码", "某县", "六位数字"),
    ("school code as a number", "school_code", 12345672, "leading_zeros_lost", "学校标识码", "12345672", "10位文本代码"),
    ("blank name", "school_name", None, "missing_value", "学校名称", "（空）", "学校或校区全称"),
    ("blank pupils", "primary_enrolment", None, "missing_value", "小学在校生数", "（空）", "非负整数（"),
    ("white space only", "county", "　 ", "missing_value", "区县名称", "（空）", "区县全称"),
]  # fmt: skip


@pytest.mark.parametrize(("why", "name", "value", "code", "header", "found", "expected"), BROKEN_CELLS)
def test_a_broken_cell_is_one_hard_issue_at_its_address(
    tmp_path: Path, why: str, name: str, value: Any, code: str, header: str, found: str, expected: str
) -> None:
    issue = only(serious(write_county(tmp_path / "某县.xlsx", cells={cell(name, 3): value})))
    line = sentence(issue, code=code, address=cell(name, 3), column=header)
    assert issue.severity is Severity.HARD, why
    assert issue.found == found
    assert issue.expected.startswith(expected)
    assert f"某县.xlsx 学校!{cell(name, 3)} “{header}”" in line
    assert issue.year == 2017
    assert issue.division_code == ("" if name == "division_code" else "010203")
    assert issue.school_code == (CODES[1] if name != "school_code" else "12345672")


def test_a_broken_cell_is_missing_in_the_table_and_never_zero(tmp_path: Path) -> None:
    path = write_county(tmp_path / "某县.xlsx", cells={cell("books", 3): "无"})
    books = read_workbook(path).schools["books"]
    assert books.isna().tolist() == [False, True, False]


def test_a_broken_cell_of_the_county_sheet_names_that_sheet(tmp_path: Path) -> None:
    path = write_county(
        tmp_path / "某县.xlsx", cells={cell("population_wan", 2, "counties"): "三十万"}, sheet="区县"
    )
    line = sentence(
        only(serious(path)), code="wrong_type", address=cell("population_wan", 2, "counties"), column="人口总数", sheet="区县"
    )  # fmt: skip
    assert "某县.xlsx 区县!" in line


def test_numbers_stored_as_text_are_read_and_noted_once_per_column(tmp_path: Path) -> None:
    cells = {cell("books", 2): "12,000", cell("books", 4): " １３０００ "}
    path = write_county(tmp_path / "某县.xlsx", cells=cells)
    assert serious(path) == []
    note = only(notes(path))
    assert sentence(note, code="number_as_text", address=cell("books", 2), column="图书册数")
    assert note.found == f"12,000（共2处，首处 {cell('books', 2)}）"
    assert read_workbook(path).schools["books"].tolist() == [12000.0, 12000.0, 13000.0]


def test_a_full_length_code_stored_as_a_number_is_read_and_noted(tmp_path: Path) -> None:
    path = write_county(tmp_path / "某县.xlsx", cells={cell("school_code", 2): 2137039001})
    assert serious(path) == []
    assert only(notes(path)).code == "number_as_text"
    assert read_workbook(path).schools["school_code"][0] == "2137039001"


def test_a_code_cut_before_it_was_made_text_is_seen_beside_the_others(tmp_path: Path) -> None:
    issue = only(serious(write_county(tmp_path / "某县.xlsx", cells={cell("school_code", 4): "12345673"})))
    sentence(issue, code="leading_zeros_lost", address=cell("school_code", 4), column="学校标识码")
    assert "如“0012345673”" in issue.remedy


def test_codes_of_the_county_s_own_kind_and_length_are_left_alone(tmp_path: Path) -> None:
    codes = ("A1", "B22", "1001")
    cells = {cell("school_code", row): code for row, code in enumerate(codes, start=2)}
    assert check_workbook(write_county(tmp_path / "某县.xlsx", cells=cells)) == []


def test_zeros_lost_from_a_csv_are_seen_by_the_width_of_the_code(tmp_path: Path) -> None:
    path = csv_file(tmp_path, "2020,2,宜蘭縣,21310,甲國小,0,general,371,13,22,4")
    assert [(issue.code, issue.place.cell, issue.found) for issue in serious(path)] == [
        ("leading_zeros_lost", "B2", "2"),
        ("leading_zeros_lost", "D2", "21310"),
    ]


def test_a_blank_in_a_merged_cell_says_so(tmp_path: Path) -> None:
    area = f"{cell('county', 2)}:{cell('county', 4)}"
    path = edited(write_county(tmp_path / "某县.xlsx"), lambda page: page.merge_cells(area))
    issues = serious(path)
    assert [issue.place.cell for issue in issues] == [cell("county", 3), cell("county", 4)]
    assert {issue.found for issue in issues} == {f"（空，在合并单元格 {area} 内）"}
    assert "取消合并" in issues[0].remedy


def test_an_optional_number_that_a_program_could_not_store_is_asked_about(tmp_path: Path) -> None:
    path = write_county(
        tmp_path / "某县.xlsx", cells={cell("books", 3): float("inf"), cell("books", 4): float("nan")}
    )
    issue = only(serious(path))
    sentence(issue, code="non_finite_value", address=cell("books", 3), column="图书册数")
    assert issue.severity is Severity.SOFT
    assert "共2处" in issue.found
    required = write_county(tmp_path / "乙.xlsx", cells={cell("primary_enrolment", 3): float("nan")})
    assert [(issue.code, issue.severity) for issue in serious(required)] == [
        ("non_finite_value", Severity.HARD)
    ]


def test_text_years_are_read_as_the_year_they_begin_in(tmp_path: Path) -> None:
    path = write_county(tmp_path / "某县.xlsx", cells={cell("school_year", 3): "2017-2018学年"})
    assert [(issue.code, issue.found, issue.expected) for issue in check_workbook(path)] == [
        ("value_rewritten", "2017-2018学年", "2017")
    ]
    assert read_workbook(path).schools["school_year"].tolist() == [2017, 2017, 2017]


# --- headers ---------------------------------------------------------------------------------------


def test_a_missing_required_column_is_named(tmp_path: Path) -> None:
    path = write_county(tmp_path / "某县.xlsx")
    edited(path, lambda page: page.delete_cols(page[cell("urban_rural_code", 1)].column))
    issue = only(serious(path))
    sentence(issue, code="missing_column", address="第1行", column="城乡分类代码")
    assert issue.found == "没有这一列"
    assert issue.expected == "表头“城乡分类代码”"


def test_a_misspelt_required_column_is_found_nearby(tmp_path: Path) -> None:
    path = write_county(tmp_path / "某县.xlsx", cells={cell("primary_enrolment", 1): "小学在校学生数"})
    issue = only([issue for issue in serious(path) if issue.severity is Severity.HARD])
    sentence(issue, code="missing_column", address=cell("primary_enrolment", 1), column="小学在校生数")
    assert "“小学在校学生数”" in issue.found


def test_an_unknown_column_is_noted_with_the_nearest_header_and_its_absence_told(tmp_path: Path) -> None:
    address = cell("teaching_equipment_value_wan_cny", 1)
    path = write_county(
        tmp_path / "某县.xlsx", cells={address: "教学仪器设备值（万元）", "DD1": "备注", "DD2": "好"}
    )
    assert serious(path) == []
    unknown = {issue.place.cell: issue for issue in notes(path) if issue.code == "unknown_column"}
    assert set(unknown) == {address, "DD1"}
    assert unknown[address].expected == "“教学仪器设备值”？"
    assert "请改正表头" in unknown[address].remedy
    assert unknown["DD1"].expected == "模板中的表头"
    absent = only([issue for issue in notes(path) if issue.code == "absent_column"])
    assert absent.found == "缺少1列：教学仪器设备值"


def test_white_space_and_line_breaks_in_headers_do_not_matter(tmp_path: Path) -> None:
    cells = {cell("primary_enrolment", 1): " 小学\n在校生数　", cell("books", 1): "图书 册数"}
    assert check_workbook(write_county(tmp_path / "某县.xlsx", cells=cells)) == []


def test_a_header_that_stands_twice_is_hard_at_the_second(tmp_path: Path) -> None:
    path = write_county(tmp_path / "某县.xlsx", cells={"DD1": "图书册数", "DD2": 5})
    issue = only(serious(path))
    sentence(issue, code="duplicate_column", address="DD1", column="图书册数")
    assert issue.found == f"{cell('books', 1)} 和 DD1 都是“图书册数”"


@pytest.mark.parametrize(("title_rows", "above"), [(1, "第1行"), (2, "第1—2行"), (4, "第1—4行")])
def test_a_title_above_the_header_is_explained_once_per_required_column(
    tmp_path: Path, title_rows: int, above: str
) -> None:
    def push_down(page: Worksheet) -> None:
        page.insert_rows(1, title_rows)
        page["A1"] = "某县2017年学校基本情况"
        page.merge_cells("A1:H1")

    issues = serious(edited(write_county(tmp_path / "某县.xlsx"), push_down))
    assert {issue.code for issue in issues} == {"missing_column"}
    required = [field for field in load_layout("own_template").sheets[0].fields if field.required]
    assert [issue.column for issue in issues] == [field.header for field in required]
    for issue, field in zip(issues, required, strict=True):
        assert issue.place.cell == cell(field.name, title_rows + 1)
        assert issue.found == f"表头不在第1行，而在第{title_rows + 1}行"
        assert f"删去表头上方的{above}（标题等）" in issue.remedy


def test_a_header_without_rows_is_no_data(tmp_path: Path) -> None:
    issue = only(serious(write_template(tmp_path / "空表.xlsx")))
    assert (issue.code, issue.place.sheet, issue.place.cell) == ("no_data_rows", "学校", "第2行")
    assert "填入数据后重新提交" in str(issue)


def test_blank_rows_between_and_below_are_skipped_and_addresses_stay_true(tmp_path: Path) -> None:
    path = write_county(tmp_path / "某县.xlsx", cells={cell("books", 4): "无"})

    def spread(page: Worksheet) -> None:
        page.insert_rows(3, 2)
        page.append([None] * 5 + ["　"])

    edited(path, spread)
    assert only(serious(path)).place.cell == cell("books", 6)
    assert read_workbook(path).schools["source_row"].tolist() == [2, 5, 6]


# --- sheets and layouts ----------------------------------------------------------------------------


def test_a_renamed_school_sheet_is_missing_and_recognised(tmp_path: Path) -> None:
    path = edited(write_county(tmp_path / "某县.xlsx"), lambda page: setattr(page, "title", "学校表"))
    issue = only(serious(path))
    assert (issue.code, issue.severity, issue.place.sheet) == ("missing_sheet", Severity.HARD, "学校")
    assert "填报说明、学校表、区县、佐证、任务" in issue.found
    assert "“学校表”的表头与它相同，请把名称改为“学校”" in issue.remedy


def test_a_deleted_school_sheet_is_missing(tmp_path: Path) -> None:
    path = write_county(tmp_path / "某县.xlsx")
    book = openpyxl.load_workbook(path)
    del book["学校"]
    book.save(path)
    issue = only(serious(path))
    assert (issue.code, issue.expected) == ("missing_sheet", "工作表“学校”")


def test_a_file_of_no_known_layout_names_the_known_ones(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.save(tmp_path / "账.xlsx")
    issue = only(serious(tmp_path / "账.xlsx"))
    assert (issue.code, issue.found) == ("unknown_layout", "工作表：Sheet")
    assert "本系统填报模板" in issue.expected
    text = tmp_path / "账.csv"
    text.write_text("日期,金额\n1,2\n", "utf-8")
    assert only(serious(text)).found == "第1行：日期、金额"


def test_only_the_school_sheet_is_needed_and_the_absent_ones_are_noted(tmp_path: Path) -> None:
    path = write_county(tmp_path / "某县.xlsx")
    book = openpyxl.load_workbook(path)
    for name in ("区县", "佐证", "任务", "填报说明"):
        del book[name]
    book.save(path)
    assert serious(path) == []
    assert [(issue.code, issue.place.sheet) for issue in notes(path)] == [
        ("absent_sheet", "任务"),
        ("absent_sheet", "佐证"),
        ("absent_sheet", "区县"),
    ]


def test_an_empty_optional_sheet_is_as_good_as_absent(tmp_path: Path) -> None:
    path = edited(write_county(tmp_path / "某县.xlsx"), lambda page: page.delete_rows(1, 5), sheet="区县")
    assert serious(path) == []
    assert [issue.place.sheet for issue in notes(path) if issue.code == "empty_sheet"] == ["区县"]


def test_an_extra_sheet_with_data_is_noted_and_a_hidden_school_sheet_is_read(tmp_path: Path) -> None:
    path = write_county(tmp_path / "某县.xlsx")
    book = openpyxl.load_workbook(path)
    book.create_sheet("草稿")["B2"] = "未定"
    book.create_sheet("空表")
    book["学校"].sheet_state = "hidden"
    book.save(path)
    assert only(serious(path)).code == "hidden_sheet"
    note = only([issue for issue in notes(path) if issue.code != "empty_sheet"])
    assert (note.code, note.place.sheet) == ("unknown_sheet", "草稿")
    assert len(read_workbook(path).schools) == 3


def test_hidden_rows_and_columns_count_and_are_said(tmp_path: Path) -> None:
    path = write_county(tmp_path / "某县.xlsx")
    assert serious(path) == []
    book = openpyxl.load_workbook(path)
    page = book["学校"]
    page.row_dimensions[3].hidden = page.row_dimensions[9].hidden = True  # the ninth row is blank
    page.column_dimensions["L"].hidden = True
    page["ZZ1"] = ""
    page.column_dimensions["ZZ"].hidden = True  # holds nothing that is read
    book["佐证"].sheet_state = "veryHidden"
    book.save(path)
    found = {issue.code: (issue.place.sheet, issue.found) for issue in serious(path)}
    assert found == {
        "hidden_rows": ("学校", "第3行被隐藏或被筛选掉（共1行）"),
        "hidden_columns": ("学校", "L列被隐藏（共1列）"),
        "hidden_sheet": ("佐证", "工作表“佐证”被隐藏（深度隐藏，只能用宏编辑器取消）"),
    }
    assert len(read_workbook(path).schools) == 3


def test_figures_of_merged_cells_count_once_and_that_is_said(tmp_path: Path) -> None:
    path = write_county(tmp_path / "某县.xlsx")
    book = openpyxl.load_workbook(path)
    page = book["学校"]
    headers = [cell.value for cell in page[1]]
    books = headers.index("图书册数") + 1
    page.merge_cells(start_row=2, end_row=4, start_column=books, end_column=books)
    book.save(path)
    found = only([issue for issue in serious(path) if issue.code == "merged_figures"])
    letter = column_letter(books - 1)
    assert (found.place.cell, found.found) == (f"{letter}2", f"{letter}2:{letter}4（共1处）")
    assert read_workbook(path).schools["books"].isna().tolist() == [False, True, True]


def test_content_without_a_header_is_said(tmp_path: Path) -> None:
    row = "2020,02,宜蘭縣,021310,甲國小,0,general,371,13,22,4"
    assert serious(csv_file(tmp_path, row + ",,")) == []
    found = only(serious(csv_file(tmp_path, row + ",,7")))
    assert (found.code, found.place.cell, found.found) == ("cells_without_header", "M2", "M2等1格有内容")


def test_one_bad_file_among_several_does_not_hide_the_others(tmp_path: Path) -> None:
    (tmp_path / "坏.xlsx").write_bytes(b"")
    good = csv_file(tmp_path, "2020,02,宜蘭縣,021310,甲國小,0,general,371,13,22,4")
    tables = read_workbooks([tmp_path / "坏.xlsx", good])
    assert tables.stratification == load_layout("taiwan_elementary").stratification
    assert [issue.code for issue in tables.hard_issues] == ["unreadable_file"]
    assert len(tables.schools) == 1


def test_files_of_different_strata_are_not_mixed(tmp_path: Path) -> None:
    other = csv_file(tmp_path, "2020,02,宜蘭縣,021310,甲國小,0,general,371,13,22,4")
    with pytest.raises(BalanceAnalysisError, match="地区划分不同"):
        read_workbooks([write_county(tmp_path / "某县.xlsx"), other])


def test_csv_of_gb18030_and_with_byte_order_mark_are_read_alike(tmp_path: Path) -> None:
    text = csv_file(tmp_path, "2020,02,宜蘭縣,021310,甲國小,0,general,1371,13,22,4").read_text("utf-8")
    frames = []
    for encoding in ("utf-8", "utf-8-sig", "gb18030", "utf-16"):
        path = tmp_path / f"{encoding}.csv"
        path.write_bytes(text.encode(encoding))
        assert serious(path) == []
        frames.append(read_workbook(path).schools.drop(columns="source_file"))
    for frame in frames[1:]:
        assert frame.equals(frames[0])
    assert frames[0]["division_code"].tolist() == ["02"]
    assert frames[0]["school_code"].tolist() == ["021310"]
    assert frames[0]["primary_enrolment"].tolist() == [1371.0]


def test_every_figure_keeps_the_address_it_came_from(tmp_path: Path) -> None:
    tables = read_workbook(write_county(tmp_path / "某县.xlsx", years=(2016, 2017)))
    assert tables.address("schools", 4, "books") == f"学校!{cell('books', 6)}"
    assert tables.address("counties", 1, "population_wan") == f"区县!{cell('population_wan', 3, 'counties')}"
    assert tables.address("schools", 4, "source_row") == ""


# --- speed -----------------------------------------------------------------------------------------


def big_county(path: Path, schools: int = 300) -> Path:
    rows = []
    for number in range(schools):
        row = primary_school(number % 3, 2017)
        row.update(school_code=f"00123{number:05d}", school_name=f"第{number + 1}小学", books=12000 + number)
        rows.append(row)
    return write_template(path, rows={"schools": rows, "counties": [county_row(2017)]})


@pytest.mark.parametrize("formulas", [False, True], ids=["plain", "with uncalculated formulas"])
def test_a_workbook_of_300_schools_is_read_and_checked_in_about_a_second(
    tmp_path: Path, formulas: bool
) -> None:
    path = big_county(tmp_path / "大县.xlsx")
    if formulas:
        edited(path, lambda page: page.__setitem__(cell("books", 301), "=1+1"))
    began = time.process_time()
    issues = check_workbook(path)
    seconds = time.process_time() - began
    codes = [issue.code for issue in issues if issue.code != "empty_sheet"]
    assert codes == (["formula_without_value"] if formulas else [])
    assert seconds < 2.0  # about 0.3 s on the slow shared machine this was written on


def test_reading_does_not_load_openpyxl(tmp_path: Path) -> None:
    path = write_county(tmp_path / "某县.xlsx", cells={cell("books", 2): "=1+1"})
    program = (
        "import sys; from balance_analysis.workbook.reader import check_workbook; "
        f"print(len(check_workbook({str(path)!r})), 'openpyxl' in sys.modules)"
    )
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=root, check=True
    )
    assert done.stdout.split() == ["1", "False"]
