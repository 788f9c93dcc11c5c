"""A broken sample for every finding on a county's workbook; the whole sentence is read.

Each sample is the same valid small county with one thing changed. Addresses are counted from the
layout by ``tests.broken_workbooks.cell``, independently of the reader.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from balance_analysis.cli import main
from balance_analysis.errors import Issue
from balance_analysis.terms import Severity
from balance_analysis.workbook.checks import CHECKS
from balance_analysis.workbook.layouts import list_layouts, load_layout
from balance_analysis.workbook.part_checks import COUNTY_PAIRS, SCHOOL_PAIRS
from balance_analysis.workbook.reader import check_workbook, read_workbooks
from tests.broken_workbooks import CODES, cell, notes, only, serious, write_county

ROOT = Path(__file__).resolve().parents[2]
OPEN_DATA = ROOT.parent / "shared" / "data" / "taiwan_elementary" / "schools_109_113.csv"

Rows = list[dict[str, Any]]


def read_sentence(
    issue: Issue, *, code: str, address: str, column: str, severity: Severity, sheet: str = "学校"
) -> str:
    """Compare place and code; the printed line must hold every part, so that the caller reads the rest."""
    assert (issue.code, issue.severity) == (code, severity), str(issue)
    assert (issue.place.sheet, issue.place.cell, issue.column) == (sheet, address, column), str(issue)
    line = str(issue)
    for part in (issue.place.file, f"{sheet}!{address}", column, issue.found, issue.expected, issue.remedy):
        assert part, line
        assert part in line
    return line


def broken(folder: Path, change: Callable[[Rows], None], **options: Any) -> Issue:
    return only(serious(write_county(folder / "某县.xlsx", change=change, **options)))


def test_a_valid_county_of_two_years_has_nothing_to_say(tmp_path: Path) -> None:
    assert check_workbook(write_county(tmp_path / "某县.xlsx", years=(2016, 2017))) == []


@pytest.mark.parametrize("name", ["桓台县", "八公山区", "襄汾县"])
def test_a_sample_county_has_no_finding_of_these_checks(name: str) -> None:
    assert check_workbook(ROOT / "data" / "sample" / f"{name}.xlsx") == []


def test_open_data_raise_only_questions_that_the_records_bear_out() -> None:
    if not OPEN_DATA.exists():
        pytest.skip("shared/data is not here")
    issues = [issue for issue in check_workbook(OPEN_DATA) if issue.severity is not Severity.NOTE]
    assert {issue.severity for issue in issues} == {Severity.SOFT}
    assert {issue.code for issue in issues} == {"year_on_year_jump", "school_vanished"}
    lines = OPEN_DATA.read_text("utf-8-sig").splitlines()
    for issue in issues:
        filed = lines[int(issue.place.cell[1:]) - 1].split(",")
        assert issue.school_code == filed[5], str(issue)
        letter = {"school_code": "F", "students": "J", "teachers": "P"}[issue.column]
        assert issue.place.cell[0] == letter
        if issue.code == "year_on_year_jump":
            before = next(
                line.split(",")
                for line in lines
                if line.split(",")[5] == filed[5] and line.split(",")[1] == str(int(filed[1]) - 1)
            )
            old, new = int(before[ord(letter) - 65]), int(filed[ord(letter) - 65])
            assert max(old, new) > 1.5 * min(old, new)
            assert f"上一学年{old}，本学年{new}" in issue.found


# --- hard ------------------------------------------------------------------------------------------


def test_a_school_twice_in_a_year_is_named_at_both_rows(tmp_path: Path) -> None:
    path = write_county(tmp_path / "某县.xlsx", change=lambda rows: rows[2].update(school_code=CODES[0]))
    issues = serious(path)
    assert [issue.place.cell for issue in issues] == [cell("school_code", 2), cell("school_code", 4)]
    for issue in issues:
        line = read_sentence(
            issue,
            code="duplicate_school_year",
            address=issue.place.cell,
            column="学校标识码",
            severity=Severity.HARD,
        )
        assert f"{CODES[0]} 在2017学年出现2次（第2、4行）" in line
        assert "每校每学年一行" in line
        assert (issue.division_code, issue.school_code, issue.year) == ("010203", CODES[0], 2017)


def test_the_same_school_in_two_years_is_no_duplicate(tmp_path: Path) -> None:
    assert serious(write_county(tmp_path / "某县.xlsx", years=(2016, 2017))) == []


def test_a_school_twice_in_two_files_names_both_files(tmp_path: Path) -> None:
    first = write_county(tmp_path / "甲.xlsx", change=lambda rows: rows.__delitem__(2))
    second = write_county(tmp_path / "乙.xlsx", change=lambda rows: rows.__delitem__(slice(0, 1)))
    issues = [issue for issue in serious(first, second) if issue.code == "duplicate_school_year"]
    assert {(issue.place.file, issue.place.cell) for issue in issues} == {
        ("甲.xlsx", cell("school_code", 3)),
        ("乙.xlsx", cell("school_code", 2)),
    }
    assert all("甲.xlsx 第3行；乙.xlsx 第2行" in issue.found for issue in issues)


def test_two_counties_may_number_their_schools_alike(tmp_path: Path) -> None:
    def move(rows: Rows) -> None:
        for row in rows:
            row.update(division_code="010204", county="邻县", teaching_equipment_value_wan_cny=99.5)

    first = write_county(tmp_path / "甲.xlsx")
    second = write_county(
        tmp_path / "乙.xlsx", change=move, cells={"B2": "010204", "C2": "邻县"}, sheet="区县"
    )
    assert [issue.code for issue in serious(first, second)] == []


def test_files_of_one_name_in_two_folders_are_told_apart(tmp_path: Path) -> None:
    paths = []
    for folder, pupils in (("甲", -1), ("乙", -2)):
        (tmp_path / folder).mkdir()
        path = tmp_path / folder / "某县.xlsx"
        paths.append(write_county(path, cells={cell("primary_enrolment", 2): pupils}))
    found = {issue.place.file for issue in serious(*paths) if issue.code == "negative_value"}
    assert found == {"甲/某县.xlsx", "乙/某县.xlsx"}


def test_a_file_given_twice_is_read_once_and_noted(tmp_path: Path) -> None:
    first = write_county(tmp_path / "甲.xlsx")
    second = tmp_path / "乙.xlsx"
    second.write_bytes(first.read_bytes())
    assert len(read_workbooks([first, second]).schools) == 3
    assert serious(first, second) == []
    note = only(notes(first, second))
    assert (note.code, note.place.file) == ("repeated_file", "乙.xlsx")
    assert "甲.xlsx" in note.found


def test_a_county_twice_in_a_year_is_hard(tmp_path: Path) -> None:
    extra = {"A3": 2017, "B3": "010203", "C3": "某县"}
    issues = serious(write_county(tmp_path / "某县.xlsx", cells=extra, sheet="区县"))
    assert [issue.place.cell for issue in issues] == ["B2", "B3"]
    for issue in issues:
        line = read_sentence(
            issue,
            code="duplicate_county_year",
            address=issue.place.cell,
            column="行政区划代码",
            severity=Severity.HARD,
            sheet="区县",
        )
        assert "出现2次（第2、3行）" in line


def test_two_conclusions_on_one_item_are_hard_and_two_documents_are_not(tmp_path: Path) -> None:
    row = {"A": 2017, "B": "010203", "C": "B9", "D": "达标"}
    cells = {f"{letter}{number}": value for number in (2, 3) for letter, value in row.items()}
    cells["E3"] = "另一文件"
    assert serious(write_county(tmp_path / "某县.xlsx", cells=cells, sheet="佐证")) == []
    issues = serious(write_county(tmp_path / "乙.xlsx", cells={**cells, "D3": "不达标"}, sheet="佐证"))
    assert [issue.code for issue in issues] == ["contradictory_evidence"] * 2
    line = read_sentence(
        issues[0],
        code="contradictory_evidence",
        address="D2",
        column="结论",
        severity=Severity.HARD,
        sheet="佐证",
    )
    assert "B9 在2017学年出现2次（第2、3行）" in line


def test_a_school_of_another_county_than_the_county_sheet_is_hard_for_the_whole_file(tmp_path: Path) -> None:
    issue = broken(tmp_path, lambda rows: rows[1].update(division_code="010204"))
    line = read_sentence(
        issue,
        code="county_code_mismatch",
        address=cell("division_code", 3),
        column="行政区划代码",
        severity=Severity.HARD,
    )
    assert "发现：010204；应为：工作表“区县”2017学年的代码：010203" in line
    assert (issue.division_code, issue.school_code, issue.year) == ("", CODES[1], 2017)


def test_a_wrong_code_also_stops_the_county_that_lost_the_school(tmp_path: Path) -> None:
    path = write_county(tmp_path / "某县.xlsx", change=lambda rows: rows[1].update(division_code="010204"))
    tables = read_workbooks([path])
    assert [issue.code for issue in tables.restrict("010203").hard_issues] == ["county_code_mismatch"]


def test_a_county_has_its_own_rows_its_own_issues_and_those_of_its_files_in_order(tmp_path: Path) -> None:
    def two_counties(rows: list[dict[str, Any]]) -> None:
        for row, code in zip(rows, ("010204", "010203", "010204"), strict=True):
            row.update(division_code=code, indoor_sports_area_m2=9000)

    def of_another_file(rows: list[dict[str, Any]]) -> None:
        for row, code in zip(rows, CODES, strict=True):
            row.update(division_code="010205", school_code=f"9{code}", books=-1)

    paths = [
        write_county(tmp_path / "甲.xlsx", change=two_counties),
        write_county(tmp_path / "乙.xlsx", change=of_another_file),
    ]
    tables = read_workbooks(paths)
    files = {"010203": "甲.xlsx", "010204": "甲.xlsx", "010205": "乙.xlsx"}
    assert tables.division_codes() == tuple(files)
    for code, file in files.items():
        county = tables.restrict(code)
        own = tables.schools[tables.schools["division_code"] == code]
        assert county.schools.equals(own.reset_index(drop=True))
        assert county.counties["division_code"].tolist() == (["010203"] * 2 if code == "010203" else [])
        assert [source.name for source in county.sources][-1:] == [file]
        assert county.issues == tuple(
            issue
            for issue in tables.issues
            if issue.division_code == code or (not issue.division_code and issue.place.file == file)
        )
    assert len(tables.restrict("010203").hard_issues) == 2 + 2  # two doubted codes of 甲; the county twice
    assert (tables.years("010204"), tables.years("999999")) == ((2017,), ())


def test_a_wrong_code_in_the_county_sheet_is_reported_there_once(tmp_path: Path) -> None:
    path = write_county(tmp_path / "某县.xlsx", cells={"B2": "010209"}, sheet="区县")
    line = read_sentence(
        only(serious(path)),
        code="county_code_mismatch",
        address="B2",
        column="行政区划代码",
        severity=Severity.HARD,
        sheet="区县",
    )
    assert "发现：010209；应为：工作表“学校”2017学年的代码：010203" in line


def test_without_a_county_sheet_one_name_with_two_codes_is_hard(tmp_path: Path) -> None:
    path = write_county(tmp_path / "某县.xlsx", change=lambda rows: rows[1].update(division_code="010204"))
    book = openpyxl.load_workbook(path)
    del book["区县"]
    book.save(path)
    issue = only(serious(path))
    assert (issue.code, issue.place.cell) == ("county_code_mismatch", cell("division_code", 3))
    assert "010204（某县）" in issue.found


def test_one_code_with_two_names_is_hard(tmp_path: Path) -> None:
    issue = broken(tmp_path, lambda rows: rows[0].update(county="某县城"))
    line = read_sentence(
        issue,
        code="county_code_mismatch",
        address=cell("county", 2),
        column="区县名称",
        severity=Severity.HARD,
    )
    assert "某县城（代码 010203）" in line


def test_a_county_file_does_not_judge_the_schools_of_another_file(tmp_path: Path) -> None:
    def move(rows: Rows) -> None:
        for number, row in enumerate(rows):
            row.update(division_code="010204", county="邻县", school_code=f"009999999{number}", books=7)

    first = write_county(tmp_path / "甲.xlsx")
    second = write_county(tmp_path / "乙.xlsx", change=move)
    book = openpyxl.load_workbook(second)
    del book["区县"]
    book.save(second)
    assert [issue.code for issue in serious(first, second)] == []


@pytest.mark.parametrize(
    ("kind", "column", "header", "stage"),
    [
        ("primary_school", "junior_secondary_enrolment", "初中在校生数", "初中"),
        ("teaching_site", "senior_secondary_enrolment", "高中在校生数", "高中"),
        ("nine_year", "senior_secondary_enrolment", "高中在校生数", "高中"),
    ],
)
def test_pupils_of_a_stage_that_the_type_cannot_have_are_hard(
    tmp_path: Path, kind: str, column: str, header: str, stage: str
) -> None:
    issue = broken(tmp_path, lambda rows: rows[1].update({"school_type": kind, column: 30}))
    line = read_sentence(
        issue, code="stage_not_allowed", address=cell(column, 3), column=header, severity=Severity.HARD
    )
    assert f"发现：30人；应为：0（该办学类型没有{stage}）" in line
    assert issue.school_code == CODES[1]


def test_primary_pupils_of_a_junior_secondary_school_are_hard(tmp_path: Path) -> None:
    issue = broken(tmp_path, lambda rows: rows[0].update(school_type="junior_secondary_school"))
    assert (issue.code, issue.place.cell) == ("stage_not_allowed", cell("primary_enrolment", 2))


def test_teachers_and_rooms_without_pupils_are_hard_and_listed_with_their_cells(tmp_path: Path) -> None:
    issues = serious(
        write_county(tmp_path / "某县.xlsx", change=lambda rows: rows[2].update(primary_enrolment=0))
    )
    issue = only([issue for issue in issues if issue.severity is Severity.HARD])
    line = read_sentence(
        issue,
        code="zero_enrolment_with_numerator",
        address=cell("primary_enrolment", 4),
        column="小学在校生数",
        severity=Severity.HARD,
    )
    assert f"0人，却有小学专任教师数32（{cell('primary_full_time_teachers', 4)}）" in line


def test_rooms_without_any_pupil_are_hard(tmp_path: Path) -> None:
    def close(rows: Rows) -> None:
        kept = {name: value for name, value in rows[0].items() if not name.startswith("primary_")}
        rows[0].clear()
        rows[0].update(kept, primary_enrolment=0)

    issue = broken(tmp_path, close)
    assert (issue.code, issue.place.cell) == ("zero_enrolment_with_numerator", cell("primary_enrolment", 2))
    assert "教学及辅助用房面积3000.5" in issue.found


def _sports_ground(rows: Rows, **changes: Any) -> None:
    """The third school becomes a campus of the first with nothing but a sports ground."""
    figures = {
        name: 0
        for name, value in rows[2].items()
        if isinstance(value, float | int) and name not in ("school_year", "boarding", "counted_as_school")
    }
    rows[2].update(figures, sports_ground_area_m2=800.5, counted_as_school=False, main_school_code=CODES[0])
    rows[2].update(changes)


def test_what_a_campus_without_pupils_has_is_noted_as_added_to_its_main_school(tmp_path: Path) -> None:
    path = write_county(tmp_path / "某县.xlsx", change=_sports_ground)
    assert serious(path) == []
    (note,) = [issue for issue in notes(path) if issue.code == "empty_campus_joined"]
    line = read_sentence(
        note,
        code="empty_campus_joined",
        address=cell("counted_as_school", 4),
        column="是否计校数",
        severity=Severity.NOTE,
    )
    assert f"运动场地面积800.5（{cell('sports_ground_area_m2', 4)}）" in line
    assert f"已并入主校第一小学（{CODES[0]}）计算" in line


@pytest.mark.parametrize(
    "changes",
    [{"primary_full_time_teachers": 1}, {"counted_as_school": True, "main_school_code": None}],
    ids=["teachers without pupils", "a school of its own"],
)
def test_teachers_of_an_empty_campus_and_resources_of_an_empty_school_stay_hard(
    tmp_path: Path, changes: dict[str, Any]
) -> None:
    path = write_county(tmp_path / "某县.xlsx", change=lambda rows: _sports_ground(rows, **changes))
    issue = only(serious(path))
    assert (issue.code, issue.severity) == ("zero_enrolment_with_numerator", Severity.HARD)


def test_a_campus_of_a_school_without_pupils_joins_nobody(tmp_path: Path) -> None:
    def close(rows: Rows) -> None:
        _sports_ground(rows)
        zeros = {name: 0 for name in rows[2] if name in rows[0] and rows[2][name] == 0}
        rows[0].update(zeros, sports_ground_area_m2=0, counted_as_school=True, boarding=False)

    issue = only(serious(write_county(tmp_path / "某县.xlsx", change=close)))
    assert (issue.code, issue.school_code) == ("zero_enrolment_with_numerator", CODES[2])


def test_a_closed_school_with_zeros_throughout_passes(tmp_path: Path) -> None:
    def close(rows: Rows) -> None:
        rows[0].update(
            {
                name: 0
                for name, value in rows[0].items()
                if isinstance(value, float | int) and name != "school_year"
            }
        )
        rows[0].update(boarding=False, counted_as_school=True)

    assert serious(write_county(tmp_path / "某县.xlsx", change=close)) == []


def test_a_vocational_school_with_blank_senior_enrolment_is_not_called_empty(tmp_path: Path) -> None:
    def retype(rows: Rows) -> None:
        kept = {name: value for name, value in rows[0].items() if not name.startswith("primary_")}
        rows[0].clear()
        rows[0].update(
            kept, school_type="secondary_vocational", primary_enrolment=0, senior_secondary_enrolment=None
        )

    assert serious(write_county(tmp_path / "某县.xlsx", change=retype)) == []


@pytest.mark.parametrize(
    ("main", "shown"), [(None, "（空）"), ("0099999999", "0099999999"), (CODES[2], CODES[2])],
    ids=["blank", "unknown", "itself a campus"],
)  # fmt: skip
def test_a_campus_without_a_main_school_is_hard(tmp_path: Path, main: str | None, shown: str) -> None:
    issue = broken(tmp_path, lambda rows: rows[2].update(counted_as_school=False, main_school_code=main))
    line = read_sentence(
        issue,
        code="campus_without_main_school",
        address=cell("main_school_code", 4),
        column="主校标识码",
        severity=Severity.HARD,
    )
    assert f"发现：{shown}；应为：2017学年计校数学校的学校标识码" in line


def test_a_campus_with_its_main_school_passes(tmp_path: Path) -> None:
    path = write_county(
        tmp_path / "某县.xlsx",
        change=lambda rows: rows[2].update(counted_as_school=False, main_school_code=CODES[0]),
    )
    assert serious(path) == []


# --- soft ------------------------------------------------------------------------------------------


SOFT_SAMPLES: list[tuple[str, dict[str, Any], str, str, str]] = [
    (
        "degrees_exceed_teachers",
        {"primary_teachers_bachelor": 26},
        "primary_full_time_teachers",
        "小学专任教师数",
        "专任教师31人，学历合计33人",
    ),
    (
        "subjects_exceed_teachers",
        {"primary_pe_teachers": 28},
        "primary_full_time_teachers",
        "小学专任教师数",
        "专任教师31人，体育艺术合计32人",
    ),
    (
        "indoor_exceeds_teaching_area",
        {"indoor_sports_area_m2": 3001.6},
        "indoor_sports_area_m2",
        "室内体育用房面积",
        "3001.6平方米",
    ),
    (
        "class_bands_mismatch",
        {"primary_classes": 13},
        "primary_classes",
        "小学班级数",
        "班级数13个，班额段合计12个",
    ),
    (
        "class_size_contradiction",
        {"primary_enrolment": 541},
        "primary_enrolment",
        "小学在校生数",
        "541人",
    ),
    (
        "class_size_contradiction",  # 11 × 41 + 51 = 502: one pupil short of the fewest possible
        {"primary_enrolment": 501, "primary_classes_41_to_45": 11, "primary_classes_51_to_55": 1},
        "primary_enrolment",
        "小学在校生数",
        "501人",
    ),
    (
        "class_size_contradiction",
        {"largest_class_size": 40},
        "primary_enrolment",
        "小学在校生数",
        "516人（12个班，最大班额40人）",
    ),
    (
        "unit_suspected",
        {"teaching_equipment_value_wan_cny": 1_212_500},
        "teaching_equipment_value_wan_cny",
        "教学仪器设备值",
        "1212500万元，折合生均23,500,000元",
    ),
    (
        "unit_suspected",
        {"operating_funds_budget_wan_cny": 0.0045},
        "operating_funds_budget_wan_cny",
        "公用经费预算总额",
        "0.0045万元，折合生均0.08721元",
    ),
]


@pytest.mark.parametrize(
    ("code", "change", "column", "header", "found"),
    SOFT_SAMPLES,
    ids=[f"{s[0]}-{s[4]}" for s in SOFT_SAMPLES],
)
def test_a_figure_that_asks_for_an_explanation(
    tmp_path: Path, code: str, change: dict[str, Any], column: str, header: str, found: str
) -> None:
    issue = broken(tmp_path, lambda rows: rows[1].update(change))
    line = read_sentence(issue, code=code, address=cell(column, 3), column=header, severity=Severity.SOFT)
    assert f"发现：{found}" in line
    assert (issue.division_code, issue.school_code, issue.year) == ("010203", CODES[1], 2017)


def test_a_figure_left_blank_where_the_school_has_pupils_is_asked_for_once_per_column(tmp_path: Path) -> None:
    def clear(rows: Rows) -> None:
        for row in rows[1:]:
            row["multimedia_classrooms"] = None

    issue = broken(tmp_path, clear)
    line = read_sentence(
        issue,
        code="blank_figures",
        address=cell("multimedia_classrooms", 3),
        column="网络多媒体教室数",
        severity=Severity.SOFT,
    )
    assert (
        "发现：2017学年2所学校（校区）未填：第二小学、第三小学；应为：有学生的学校都填写；确实为零的填0"
        in line
    )
    assert "处理：补填；不补填则依赖它的指标和差异系数无法判定" in line
    assert (issue.division_code, issue.school_code, issue.year) == ("010203", CODES[1], 2017)


def test_a_blank_of_a_stage_is_asked_for_and_each_year_for_itself(tmp_path: Path) -> None:
    def clear(rows: Rows) -> None:
        for row in (rows[1], rows[4]):
            row["primary_backbone_teachers"] = None

    issues = serious(write_county(tmp_path / "某县.xlsx", change=clear, years=(2016, 2017)))
    assert [(issue.code, issue.year, issue.place.cell) for issue in issues] == [
        ("blank_figures", 2016, cell("primary_backbone_teachers", 3)),
        ("blank_figures", 2017, cell("primary_backbone_teachers", 6)),
    ]


def test_a_blank_of_a_school_without_pupils_and_a_refused_cell_are_not_asked_for(tmp_path: Path) -> None:
    def close(rows: Rows) -> None:
        kept = {name: value for name, value in rows[0].items() if isinstance(value, str)}
        rows[0].clear()
        rows[0].update(kept, school_year=2017, boarding=False, counted_as_school=True)
        rows[0].update(
            {f"{stage}_enrolment": 0 for stage in ("primary", "junior_secondary", "senior_secondary")}
        )

    assert serious(write_county(tmp_path / "某县.xlsx", change=close)) == []
    refused = write_county(tmp_path / "乙.xlsx", cells={cell("multimedia_classrooms", 3): "无"})
    assert [issue.code for issue in serious(refused)] == ["wrong_type"]


@pytest.mark.parametrize("pupils", [492, 540], ids=["fewest", "most"])
def test_pupils_at_the_ends_of_the_bands_pass(tmp_path: Path, pupils: int) -> None:
    path = write_county(tmp_path / "某县.xlsx", change=lambda rows: rows[1].update(primary_enrolment=pupils))
    assert serious(path) == []


def test_a_blank_band_is_told_and_not_taken_for_zero(tmp_path: Path) -> None:
    issue = broken(
        tmp_path, lambda rows: rows[1].update(primary_classes_41_to_45=9, primary_classes_51_to_55=None)
    )
    assert issue.code == "class_bands_mismatch"
    assert issue.found == "班级数12个，班额段合计9个，其中1段空白"
    assert "没有班级的班额段填0" in issue.remedy


def test_a_whole_county_filed_in_yuan_is_questioned_school_by_school(tmp_path: Path) -> None:
    def inflate(rows: Rows) -> None:
        for row in rows:
            row["teaching_equipment_value_wan_cny"] *= 10_000

    issues = serious(write_county(tmp_path / "某县.xlsx", change=inflate))
    assert [issue.code for issue in issues] == ["unit_suspected"] * 3


def test_a_tiny_school_with_dear_equipment_is_not_questioned(tmp_path: Path) -> None:
    def shrink(rows: Rows) -> None:
        tiny = {
            name: 1 if name == "primary_full_time_teachers" else 0 if "teachers" in name else value
            for name, value in rows[0].items()
            if "classes" not in name
        }
        rows[0].clear()
        rows[0].update(
            tiny, primary_enrolment=5, school_type="teaching_site", operating_funds_budget_wan_cny=1.0
        )

    assert (
        serious(write_county(tmp_path / "某县.xlsx", change=shrink)) == []
    )  # 24万元 a pupil, median 0.25万元


def test_a_year_on_year_jump_names_both_figures(tmp_path: Path) -> None:
    issue = broken(tmp_path, lambda rows: rows[4].update(sports_ground_area_m2=7500.5), years=(2016, 2017))
    line = read_sentence(
        issue,
        code="year_on_year_jump",
        address=cell("sports_ground_area_m2", 6),
        column="运动场地面积",
        severity=Severity.SOFT,
    )
    assert "上一学年5000，本学年7500.5（+50%）" in line
    assert (issue.school_code, issue.year) == (CODES[1], 2017)


def test_a_growth_by_exactly_half_passes(tmp_path: Path) -> None:
    path = write_county(
        tmp_path / "某县.xlsx",
        change=lambda rows: rows[4].update(sports_ground_area_m2=7500),
        years=(2016, 2017),
    )
    assert serious(path) == []


def test_two_schools_with_identical_figures_name_each_other(tmp_path: Path) -> None:
    def copy(rows: Rows) -> None:
        rows[2].update({name: value for name, value in rows[0].items() if isinstance(value, float | int)})

    issue = broken(tmp_path, copy)
    line = read_sentence(
        issue,
        code="identical_rows",
        address=cell("school_name", 4),
        column="学校名称",
        severity=Severity.SOFT,
    )
    assert f"第三小学 与 第一小学（{cell('school_name', 2)}）" in line
    assert issue.school_code == CODES[2]


def test_one_figure_apart_is_not_identical(tmp_path: Path) -> None:
    def copy(rows: Rows) -> None:
        rows[2].update({name: value for name, value in rows[0].items() if isinstance(value, float | int)})
        rows[2]["books"] += 1

    assert serious(write_county(tmp_path / "某县.xlsx", change=copy)) == []


def test_a_school_that_vanishes_is_named_where_it_was_last_seen(tmp_path: Path) -> None:
    issue = broken(tmp_path, lambda rows: rows.__delitem__(4), years=(2016, 2017))
    line = read_sentence(
        issue,
        code="school_vanished",
        address=cell("school_code", 3),
        column="学校标识码",
        severity=Severity.SOFT,
    )
    assert f"第二小学（{CODES[1]}）：2016学年有，2017学年没有" in line
    assert (issue.school_code, issue.year) == (CODES[1], 2016)


def test_a_new_school_is_not_a_vanished_one(tmp_path: Path) -> None:
    assert (
        serious(
            write_county(tmp_path / "某县.xlsx", change=lambda rows: rows.__delitem__(1), years=(2016, 2017))
        )
        == []
    )


@pytest.mark.parametrize("sheet", ["佐证", "任务"])
def test_a_row_that_stands_twice_is_said(tmp_path: Path, sheet: str) -> None:
    path = write_county(tmp_path / "某县.xlsx")
    row = [2017, "010203", "B8", "达标", "文件"] if sheet == "佐证" else ["B8", "缺", "补", None, "局", 3]
    other = [*row[:2], "B9", *row[3:]] if sheet == "佐证" else ["B9", *row[1:]]
    book = openpyxl.load_workbook(path)
    for line in (row, other):
        book[sheet].append(line)
    book.save(path)
    assert serious(path) == []
    book[sheet].append(row)
    book.save(path)
    issue = only(serious(path))
    assert (issue.code, issue.place.sheet) == ("repeated_row", sheet)
    assert issue.found.startswith(f"与 {sheet}!")


def test_two_rows_that_differ_only_in_what_is_blank_are_two(tmp_path: Path) -> None:
    rows = {"A2": "B1", "C2": "补", "F2": 3, "A3": "B1", "C3": "补", "F4": 3, "C4": "补", "A4": "B1"}
    assert serious(write_county(tmp_path / "某县.xlsx", cells=rows, sheet="任务")) == []
    same = {**rows, "F3": 3, "B2": None, "B3": None, "B4": None}
    assert [issue.code for issue in serious(write_county(tmp_path / "乙.xlsx", cells=same, sheet="任务"))] == [
        "repeated_row", "repeated_row",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("table", "part", "whole"),
    [("schools", part, whole) for part, whole in SCHOOL_PAIRS]
    + [("counties", part, whole) for part, whole in COUNTY_PAIRS],
)
def test_a_part_may_equal_its_whole_and_not_exceed_it(
    tmp_path: Path, table: str, part: str, whole: str
) -> None:
    name = {"schools": "学校", "counties": "区县"}[table]
    cells: dict[str, Any] = {cell(whole, 2, table): 40, cell(part, 2, table): 40}
    if part.startswith("junior_secondary") or whole.startswith("junior_secondary"):
        cells[cell("junior_secondary_enrolment", 2)] = 100
        cells[cell("school_type", 2)] = "九年一贯制"
    equal = write_county(tmp_path / "甲.xlsx", cells=cells, sheet=name)
    assert [issue for issue in serious(equal) if issue.code == "part_exceeds_whole"] == []
    above = write_county(tmp_path / "乙.xlsx", cells={**cells, cell(part, 2, table): 41}, sheet=name)
    issue = only([issue for issue in serious(above) if issue.code == "part_exceeds_whole"])
    assert (issue.place.cell, issue.found) == (cell(part, 2, table), "41")
    assert f"40（{cell(whole, 2, table)}）" in issue.expected


@pytest.mark.parametrize("name", ["第\ue000小学", "\U00031350校", "🏫小学"])
def test_a_name_that_no_font_prints_is_asked_about_once(tmp_path: Path, name: str) -> None:
    """Private use, extension H, an emoji; 𠮷 of extension B has a font."""

    def named(rows: Rows) -> None:
        rows[0].update(school_name="𠮷田小学")
        rows[1].update(school_name=name)
        rows[2].update(school_name=name)

    found = [issue for issue in serious(write_county(tmp_path / "某县.xlsx", change=named))]
    issue = only([issue for issue in found if issue.code == "rare_character"])
    assert issue.place.cell == cell("school_name", 3)
    rare = next(sign for sign in name if sign not in "第小学校")
    assert issue.found == f"“{name}”中的U+{ord(rare):04X}"


def test_what_cannot_be_assessed_is_an_error_of_the_check_too(tmp_path: Path) -> None:
    def private(rows: Rows) -> None:
        for row in rows:
            row.update(sponsor_type="10")

    path = write_county(tmp_path / "某县.xlsx", change=private)
    assert serious(path) == []  # nothing is wrong with the file itself
    options = ["--regime", "quality_balance_2017"]
    assert main(["check", str(path)]) == main(["assess", str(path), *options, "-o", str(tmp_path / "out")])


# --- the whole -------------------------------------------------------------------------------------


def test_grades_that_do_not_add_up_to_the_pupils_are_a_question(tmp_path: Path) -> None:
    def grades(rows: Rows) -> None:
        for grade in range(1, 7):
            rows[0][f"grade_{grade}_pupils"] = rows[0]["primary_enrolment"] // 6 + 1

    issue = broken(tmp_path, grades)
    assert (issue.code, issue.column, issue.severity) == ("grades_mismatch", "一年级学生数", Severity.SOFT)
    assert "各年级合计" in issue.found


def test_every_check_has_its_broken_sample_here_or_beside_the_published_tables() -> None:
    files = (Path(__file__), Path(__file__).with_name("test_published_reading.py"))
    text = "".join(file.read_text("utf-8") for file in files)
    assert [entry.code for entry in CHECKS if f'"{entry.code}"' not in text] == []
    assert len({entry.code for entry in CHECKS}) == len(CHECKS)


def test_a_layout_softens_only_checks_that_exist() -> None:
    softened = {code for name in list_layouts() for code in load_layout(name).severities}
    assert softened <= {entry.code for entry in CHECKS}


def test_all_issues_come_at_once_hard_ones_first(tmp_path: Path) -> None:
    def spoil(rows: Rows) -> None:
        rows[0].update(primary_teachers_bachelor=99)
        rows[1].update(junior_secondary_enrolment=3)

    path = write_county(tmp_path / "某县.xlsx", change=spoil, cells={cell("books", 4): "无"})
    codes = [(issue.severity, issue.code) for issue in check_workbook(path)]
    assert codes == [
        (Severity.HARD, "stage_not_allowed"),
        (Severity.HARD, "wrong_type"),
        (Severity.SOFT, "degrees_exceed_teachers"),
    ]


def test_files_of_different_strata_are_checked_apart(tmp_path: Path) -> None:
    other = tmp_path / "开放数据.csv"
    other.write_text(
        "school_year,county_code,county,school_code,school_name,private,remote_113,students,classes,teachers,staff\n"
        "2020,02,宜蘭縣,021310,甲國小,0,general,-3,6,10,1\n",
        "utf-8",
    )
    issue = only(serious(write_county(tmp_path / "某县.xlsx"), other))
    assert (issue.code, issue.place.file, issue.place.cell) == ("negative_value", "开放数据.csv", "H2")


def test_the_command_ends_with_0_1_or_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    clean = write_county(tmp_path / "甲.xlsx")
    soft = write_county(
        tmp_path / "乙.xlsx", change=lambda rows: rows[0].update(primary_teachers_bachelor=99)
    )
    hard = write_county(tmp_path / "丙.xlsx", cells={cell("books", 2): -1})
    assert main(["check", str(clean)]) == 0
    assert "错误0条，疑问0条，提示0条" in capsys.readouterr().out
    assert main(["check", str(soft)]) == 0
    assert "[疑问 degrees_exceed_teachers] 乙.xlsx 学校!" in capsys.readouterr().out
    assert main(["check", str(hard)]) == 1
    printed = capsys.readouterr().out
    assert f"[错误 negative_value] 丙.xlsx 学校!{cell('books', 2)} “图书册数”" in printed
    assert main(["check", str(tmp_path / "没有.xlsx")]) == 2
    assert "没有.xlsx" in capsys.readouterr().err
