"""Official files as they are: every way of writing the same county reads as the same figures; what is in doubt is said once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest

from balance_analysis.counties import FailedCounty, assess_counties
from balance_analysis.errors import Issue
from balance_analysis.measures.counted import count_schools
from balance_analysis.terms import Severity, Stage
from balance_analysis.workbook.reader import read_workbook, read_workbooks, split_side_files
from balance_analysis.workbook.tables import PROVENANCE, SchoolTables
from tests.county_tables import regime_2017
from tests.official_files import CODE, COUNTY, EXPORTS, SCHOOLS, Way, write_exports
from tests.official_forms import FORMS, Sheet, write_table
from tests.unit.test_indicators import with_choice


def figures(tables: SchoolTables) -> pd.DataFrame:
    """The schools without the place of their rows, by name."""
    frame = tables.schools.drop(columns=[*PROVENANCE], errors="ignore")
    return frame[sorted(frame.columns)].sort_values("school_name", ignore_index=True)


def only(tables: SchoolTables, code: str) -> Issue:
    (issue,) = [one for one in tables.issues if one.code == code]
    return issue


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> SchoolTables:
    """The county in the platform's own way of writing."""
    return read_workbooks(write_exports(tmp_path_factory.mktemp("plain"), Way()))


@pytest.fixture(scope="module")
def plain_table(tmp_path_factory: pytest.TempPathFactory) -> SchoolTables:
    """The table with the form's own header and nothing else."""
    return read_workbook(write_table(tmp_path_factory.mktemp("plain") / "申报表.xlsx", [Sheet()]))


@pytest.mark.parametrize("way", EXPORTS)
def test_an_export_reads_the_same_however_it_is_written(
    tmp_path: Path, plain: SchoolTables, way: str
) -> None:
    other = read_workbooks(write_exports(tmp_path, EXPORTS[way]))
    assert other.hard_issues == ()
    assert (other.division_codes(), other.years(CODE)) == ((CODE,), (2023,))
    assert plain.schools["primary_enrolment"].sum() == 800 + 60 + 500
    pd.testing.assert_frame_equal(figures(other), figures(plain))


@pytest.mark.parametrize("form", FORMS)
def test_table_two_two_reads_the_same_however_it_is_written(
    tmp_path: Path, plain_table: SchoolTables, form: str
) -> None:
    other = read_workbook(write_table(tmp_path / "申报表.xlsx", FORMS[form]))
    assert other.hard_issues == ()
    assert len(plain_table.schools) == 3
    pd.testing.assert_frame_equal(figures(other), figures(plain_table))


def test_a_table_of_totals_under_short_names_is_not_taken_for_values(tmp_path: Path) -> None:
    def total(value: Any) -> Any:
        return value * 500 if isinstance(value, float) else value

    tables = read_workbook(
        write_table(tmp_path / "申报表.xlsx", [Sheet(heads=FORMS["short names"][0].heads, cell=total)])
    )
    assert {issue.code for issue in tables.hard_issues} == {"values_are_totals"}
    assert "像是各校的总数" in tables.hard_issues[0].message


def test_a_school_on_both_sheets_keeps_the_cell_of_each_stage(tmp_path: Path) -> None:
    tables = read_workbook(write_table(tmp_path / "申报表.xlsx", FORMS["two sheets by stage"]))
    index = int(tables.schools.index[tables.schools["school_name"] == "实验学校"][0])
    assert tables.address("schools", index, "primary_enrolment") == "小学!D5"
    assert tables.address("schools", index, "junior_secondary_enrolment") == "初中!D5"


def test_a_row_that_only_begins_like_a_code_row_stays_a_school(tmp_path: Path) -> None:
    numbered = Sheet(
        blocks=(
            ("小学", ((1, "1", 2, 2, 3, 4, 4.5, 1.0, 0.9, 4.8, 7.6, 2100, 2.4),)),
            ("初中", FORMS["short names"][0].blocks[1][1]),
        )
    )
    assert "1" in set(read_workbook(write_table(tmp_path / "申报表.xlsx", [numbered])).schools["school_name"])


def attached(kind: str, stage_of_rows: str, host: str, pupils: tuple[int, int, int]) -> Any:
    """Schools by stage: a host in its own file, its attached classes in another one under the same code."""
    row = ("3137000109", "第三中学", host, 7, "121", *pupils)

    def schools(stage: str) -> tuple[tuple[Any, ...], ...]:
        own = row if stage != stage_of_rows else (row[0], row[1], kind, *row[3:])
        return (*SCHOOLS, own)

    return schools


@pytest.mark.parametrize("kind", ["附设小学班", "219-附设小学班"])
def test_attached_primary_classes_are_a_part_of_the_junior_school_that_houses_them(
    tmp_path: Path, kind: str
) -> None:
    schools = attached(kind, "小学", "初级中学", (90, 600, 0))
    tables = read_workbooks(write_exports(tmp_path, Way(), schools))
    assert tables.hard_issues == ()
    row = tables.schools.set_index("school_name").loc["第三中学"]
    assert (row["school_type"], row["attached_stage"]) == ("nine_year", "primary")
    assert (row["primary_enrolment"], row["junior_secondary_enrolment"]) == (90, 600)
    note = only(tables, "attached_classes")
    assert (note.severity, "第三中学" in note.found, "等级C" in note.expected) == (Severity.NOTE, True, True)


def test_junior_classes_attached_to_a_senior_school_bring_it_into_the_evaluation(tmp_path: Path) -> None:
    schools = attached("附设初中班", "初中", "高级中学", (0, 120, 900))
    tables = read_workbooks(write_exports(tmp_path, Way(), schools))
    row = tables.schools.set_index("school_name").loc["第三中学"]
    assert (row["school_type"], row["senior_secondary_enrolment"]) == ("complete_secondary", 900)


def test_a_senior_school_without_attached_classes_is_left_out_by_name(tmp_path: Path) -> None:
    high = ("3137000108", "模拟县高级中学", "高级中学", 7, "111", 0, 0, 900)
    tables = read_workbooks(write_exports(tmp_path, Way(), lambda stage: (*SCHOOLS, high)))
    assert "模拟县高级中学" not in set(tables.schools["school_name"])
    assert only(tables, "school_left_out").found == "1所：模拟县高级中学（高级中学）"


def test_attached_classes_without_their_school_are_a_question(tmp_path: Path) -> None:
    alone = ("3137000107", "县职教中心", "附设初中班", 7, "121", 0, 90, 0)
    tables = read_workbooks(write_exports(tmp_path, Way(), lambda stage: (*SCHOOLS, alone)))
    assert only(tables, "attached_host_lacking").severity is Severity.SOFT
    assert (
        tables.schools.set_index("school_name").loc["县职教中心", "school_type"] == "junior_secondary_school"
    )


def test_attached_classes_count_unless_the_choice_leaves_them_out(tmp_path: Path) -> None:
    schools = attached("附设小学班", "小学", "初级中学", (90, 600, 0))
    rows = read_workbooks(write_exports(tmp_path, Way(), schools)).schools
    for value, expected in (("on", True), ("off", False)):
        counted = count_schools(rows, with_choice(regime_2017(), "attached_classes", value))
        names = counted.of_heads("school_name").tolist()
        assert bool(counted.counts[Stage.PRIMARY][names.index("第三中学")]) is expected
        assert bool(counted.counts[Stage.JUNIOR_SECONDARY][names.index("第三中学")]) is True


def test_reform_schools_are_excluded_by_name_and_special_schools_are_no_mainstream_schools(
    tmp_path: Path,
) -> None:
    more = (
        ("3137000111", "启明学校", "其他特教学校", 7, "111", 40, 20, 0),
        ("3137000112", "工读学校", "工读学校", 7, "111", 0, 50, 0),
    )
    tables = read_workbooks(write_exports(tmp_path, Way(), lambda stage: (*SCHOOLS, *more)))
    assert tables.hard_issues == ()
    assert only(tables, "school_left_out").found.startswith("1所：工读学校（工读学校，")
    assert tables.schools.set_index("school_name").loc["启明学校", "school_type"] == "special_education"


def test_a_county_without_a_code_is_named_once_and_stops_no_neighbour(tmp_path: Path) -> None:
    def two_counties(stage: str) -> tuple[tuple[Any, ...], ...]:
        return (
            *SCHOOLS,
            *((code.replace("31370001", "31370002"), f"乙县{name}", *rest) for code, name, *rest in SCHOOLS),
        )

    way = replace(Way(), titles=lambda stage: [f"{stage}　2023/2024学年"], extra=(("行政区划代码", CODE),))
    paths = write_exports(tmp_path, way, two_counties)
    _without_code(paths)
    tables = read_workbooks(paths)
    issue = only(tables, "division_code_unknown")
    assert "乙县" in issue.found
    assert all(path.name in issue.found for path in paths)
    found = {one.division_code: one for one in assess_counties(tables, regime="quality_balance_2017")}
    assert not isinstance(found[CODE], FailedCounty)
    assert isinstance(found["乙县"], FailedCounty)
    assert [one.code for one in found["乙县"].issues] == ["division_code_unknown"]


def _without_code(paths: list[Path]) -> None:
    """Take the county's code out of the rows of 乙县 and write its name."""
    for path in paths:
        book = openpyxl.load_workbook(path)
        for row in book.worksheets[0].iter_rows(min_row=3):
            if str(row[0].value).startswith("乙县"):
                row[2].value, row[5].value = "乙县", None
        book.save(path)


def test_the_same_doubt_in_many_rows_is_said_once_with_its_cells(tmp_path: Path) -> None:
    def spoil(head: str, value: Any) -> Any:
        return "小学校" if head == "办学类型" else value

    tables = read_workbooks(write_exports(tmp_path, Way(cell=spoil)))
    found = [issue.found for issue in tables.hard_issues if issue.place.file == "小学.xlsx"]
    assert found == ["小学校（共3处：D6、D7、D8）"]


def test_a_dash_in_an_export_is_blank_and_said_once(tmp_path: Path) -> None:
    def dash(head: str, value: Any) -> Any:
        return "—" if "博士" in head else value

    tables = read_workbooks(write_exports(tmp_path, Way(cell=dash)))
    found = [issue for issue in tables.issues if issue.code == "dash_read_as_blank"]
    assert [issue.severity for issue in found] == [Severity.SOFT, Severity.SOFT]
    assert tables.schools["primary_teachers_doctor"].isna().all()


@pytest.mark.parametrize("name", ["答复.csv", "answers 2.csv", "a.xlsx"])
def test_a_side_file_may_have_any_name(tmp_path: Path, name: str) -> None:
    way = replace(Way(), titles=lambda stage: [f"{stage}　2023/2024学年"])
    paths = write_exports(tmp_path, way)
    side = tmp_path / name
    answer = [["区县名称", "行政区划代码"], [COUNTY, CODE]]
    if side.suffix == ".csv":
        side.write_text("\n".join(",".join(row) for row in answer), encoding="utf-8-sig")
    else:
        book = openpyxl.Workbook()
        for row in answer:
            book.worksheets[0].append(row)
        book.save(side)
    assert {issue.code for issue in read_workbooks(paths).hard_issues} == {"division_code_unknown"}
    tables = read_workbooks([*paths, side])
    assert (tables.hard_issues, tables.division_codes()) == ((), (CODE,))


def test_a_list_of_schools_is_no_side_file(tmp_path: Path) -> None:
    schools = tmp_path / "学校.csv"
    schools.write_text(
        "学年,行政区划代码,学校标识码,学校名称,办学类型\n2023,370399,1,甲,小学\n", encoding="utf-8-sig"
    )
    assert split_side_files([schools]) == ([schools], [])
