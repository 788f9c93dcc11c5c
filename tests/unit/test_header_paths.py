"""Columns are found by header path: merged cells filled, marks and brackets cleaned, ambiguity never guessed away."""

from __future__ import annotations

import pytest

from balance_analysis.workbook.excel import Grid
from balance_analysis.workbook.header_paths import ColumnPath, clean_level, match_path, read_header


def column(index: int, path: str, unit: str = "") -> ColumnPath:
    return ColumnPath(index, tuple(path.split("/")), unit, 0)


def paths(grid: Grid) -> list[str]:
    return [found.text for found in read_header(grid).columns]


MERGED = Grid(
    "Sheet1",
    [
        ["2023/2024学年初", "", "", "", ""],
        ["学校名称", "在校生数", "", "专任教师", ""],
        ["", "合计", "#女", "#按学历分", "计"],
        ["", "", "", "本科", ""],
        ["第一小学", 500.0, 240.0, 20.0, 30.0],
    ],
    (((0, 0), (0, 4)), ((1, 0), (3, 0)), ((1, 1), (1, 2)), ((2, 1), (3, 1)), ((2, 2), (3, 2)), ((1, 3), (1, 4)), ((2, 4), (3, 4))),
)  # fmt: skip


def test_merged_cells_are_filled_down_and_right_and_the_title_is_no_level() -> None:
    assert paths(MERGED) == [
        "学校名称",
        "在校生数/计",
        "在校生数/女",
        "专任教师/按学历分/本科",
        "专任教师/计",
    ]
    assert read_header(MERGED).first_data_row == 4
    assert read_header(MERGED).texts[0] == (0, 0, "2023/2024学年初")


def test_an_export_that_lost_its_merged_ranges_gives_the_same_paths() -> None:
    assert paths(Grid("Sheet1", MERGED.rows)) == paths(MERGED)


def test_a_row_of_column_numbers_is_neither_header_nor_school() -> None:
    rows = [*MERGED.rows[:4], ["甲", 1.0, 2.0, 3.0, 4.0], MERGED.rows[4]]
    grid = Grid("Sheet1", rows, MERGED.merged)
    assert paths(grid) == paths(MERGED)
    assert read_header(grid).first_data_row == 5


@pytest.mark.parametrize(
    "written",
    ["#体育与健康", "＃体育与健康", "体育与\n健康", " 体育与健康　", "其中：体育与健康", "①体育与健康"],
)
def test_marks_line_breaks_and_width_make_no_difference(written: str) -> None:
    assert clean_level(written)[0] == "体育与健康"


def test_a_unit_in_brackets_is_taken_off_and_any_other_bracket_stays() -> None:
    assert clean_level("教学仪器设备资产值（万元）") == ("教学仪器设备资产值", "万元")
    assert clean_level("县级以上骨干教师（初中）") == ("县级以上骨干教师(初中)", "")


def test_the_whole_path_beats_a_longer_one_that_ends_in_it() -> None:
    columns = [column(1, "随迁子女/在校生数/计"), column(2, "在校生数/计")]
    assert [found.index for found in match_path("在校生数/合计", columns)] == [2]


def test_a_suffix_is_enough_when_one_column_has_it() -> None:
    columns = [column(1, "基本情况/在校生数/计"), column(2, "基本情况/班数/计")]
    assert [found.index for found in match_path("在校生数/合计", columns)] == [1]


def test_two_columns_that_fit_equally_well_are_both_returned() -> None:
    columns = [column(1, "上学年/在校生数/计"), column(2, "本学年/在校生数/计")]
    assert [found.index for found in match_path("在校生数/合计", columns)] == [1, 2]


def test_a_group_without_its_total_is_not_its_parts() -> None:
    columns = [column(1, "在校生数/男"), column(2, "在校生数/女")]
    assert match_path("在校生数/合计", columns) == ()


def test_a_column_without_a_level_for_its_total_is_the_total() -> None:
    assert [found.index for found in match_path("在校生数/合计", [column(1, "在校生数")])] == [1]
    assert [found.index for found in match_path("室内体育用房", [column(1, "校舍/室内体育用房/计")])] == [1]


def test_further_levels_between_are_tolerated() -> None:
    columns = [column(1, "专任教师/在编/按学历分/本科"), column(2, "专任教师/在编/按学历分/专科")]
    assert [found.index for found in match_path("专任教师/#按学历分/本科", columns)] == [1]


def test_a_column_in_another_unit_is_not_the_one_asked_for() -> None:
    columns = [column(1, "室内体育用房", "间"), column(2, "室内体育用房", "平方米")]
    assert [found.index for found in match_path("室内体育用房", columns, unit="平方米")] == [2]


def test_the_total_of_a_part_is_not_the_total_of_the_whole() -> None:
    columns = [column(1, "专任教师/按授课课程分/艺术/计"), column(2, "专任教师/按学历分/本科")]
    assert match_path("专任教师/合计", columns) == ()
    assert [found.index for found in match_path("专任教师/#按授课课程分/艺术/计", columns)] == [1]
