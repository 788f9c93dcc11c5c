"""Reading published tables: CSV and template, digits as printed, a broken sample for every finding, every command."""

from __future__ import annotations

import json
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from balance_analysis.cli import main
from balance_analysis.errors import ParameterError
from balance_analysis.regimes.names import indicator_ids, indicator_sets, known_indicators
from balance_analysis.reporting.template_file import write_template
from balance_analysis.workbook.layouts import PUBLISHED, load_layout
from balance_analysis.workbook.reader import check_workbook, read_workbook
from tests import broken_workbooks
from tests.broken_workbooks import only, serious
from tests.county_tables import regime_2012, regime_2017
from tests.published_tables import BASIC, COMPOSITE, EIGHT, QUALITY, SEVEN, row, table, write_table

Capture = pytest.CaptureFixture[str]

FILED = {
    "school_year": 2013,
    "division_code": "010203",
    "county": "某县",
    "stage": "primary",
    "indicator": COMPOSITE,
    "cv": "0.650",
}


def test_the_template_asks_for_published_figures_and_is_read_with_every_printed_digit(tmp_path: Path) -> None:
    path = write_template(tmp_path / "表Ⅲ.xlsx", rows={"published": [FILED]}, layout_id=PUBLISHED)
    tables = read_workbook(path)
    assert tables.issues == ()
    assert tables.published.loc[0, "cv"] == "0.650"
    assert tables.address("published", 0, "cv") == "表Ⅲ!G2"
    assert tables.division_codes() == ("010203",)
    assert tables.years("010203") == (2013,)
    assert tables.county_name("010203") == "某县"
    assert tables.schools.empty
    guide = openpyxl.load_workbook(path)["填报说明"]
    texts = [str(cell.value) for line in guide.iter_rows() for cell in line if cell.value]
    assert any("末尾的0也要填" in text for text in texts)
    assert not any("教师按学段分开填" in text for text in texts)


def test_a_number_cell_of_excel_has_the_digits_that_excel_kept(tmp_path: Path) -> None:
    path = write_template(tmp_path / "表Ⅲ.xlsx", rows={"published": [FILED]}, layout_id=PUBLISHED)
    book = openpyxl.load_workbook(path)
    book["表Ⅲ"]["G2"], book["表Ⅲ"]["F2"] = 0.650, 11
    book.save(path)
    tables = read_workbook(path)
    assert (tables.published.loc[0, "cv"], tables.published.loc[0, "mean"]) == ("0.65", "11")
    assert tables.issues == ()


@pytest.mark.parametrize(
    ("filed", "kept"),
    [("0.50", "0.50"), ("０．５０４６", "0.5046"), ("1,229.0", "1229.0"), (" 5 ", "5"), ("1e-2", "0.01")],
)
def test_a_printed_figure_keeps_its_digits(tmp_path: Path, filed: str, kept: str) -> None:
    tables = read_workbook(write_table(tmp_path / "表Ⅲ.csv", [row("图书", "0.3", filed)]))
    assert tables.published.loc[0, "mean"] == kept


@pytest.mark.parametrize("dash", ["——", "—", "-", "/", "／", ""])
def test_a_dash_is_no_figure(tmp_path: Path, dash: str) -> None:
    tables = read_workbook(write_table(tmp_path / "表Ⅲ.csv", [row(COMPOSITE, "0.3", dash)]))
    assert tables.issues == ()
    assert tables.published["mean"].isna().all()


def test_names_are_known_with_and_without_brackets_and_commas() -> None:
    ids = indicator_ids(regime_2017())
    assert ids["每百名学生拥有体育艺术专任教师数"] == "pe_arts_teachers"
    assert ids["体艺教师"] == ids["pe_arts_teachers"] == "pe_arts_teachers"
    assert ids[COMPOSITE] == indicator_ids(regime_2012())[COMPOSITE] == "composite"
    # the same teachers per hundred pupils and per pupil: one name belongs to one law only
    assert "生均高于规定学历教师数" not in ids
    assert {"生均高于规定学历教师数", "每百名学生拥有高于规定学历教师数"} <= set(known_indicators())
    assert {len(complete) for _, complete in indicator_sets()} == {7, 8}


# --- broken samples ------------------------------------------------------------------------------------


def line(folder: Path, *rows: dict[str, str]) -> str:
    """The one hard or soft issue of a table, as printed."""
    return str(only(serious(write_table(folder / "表Ⅲ.csv", rows))))


def test_an_indicator_that_no_law_has_stops_the_county(tmp_path: Path) -> None:
    assert line(tmp_path, row("图书", "0.3"), row("生均操场面积", "0.3")) == (
        "[错误 unknown_indicator] 表Ⅲ.csv E3 “指标”：不认识的指标。　发现：生均操场面积；"
        "应为：评估办法中的指标名称、简称或代号，或“综合差异系数”；处理：改为评估办法中的名称（见 balance-analysis regimes show）"
    )


@pytest.mark.parametrize("again", ["图书", "生均图书册数", "books"])
def test_an_indicator_published_twice_stops_the_county_whatever_it_is_called(
    tmp_path: Path, again: str
) -> None:
    said = line(tmp_path, row("图书", "0.3"), row(again, "0.3"))
    assert "[错误 duplicate_published] 表Ⅲ.csv E3 “指标”：同一指标公布了两次。" in said
    assert f"发现：{again}，与 表Ⅲ.csv E2 重复；应为：每个区县、学年、学段、地区的每项指标只有一行" in said


@pytest.mark.parametrize("other", [{"地区": "乡村"}, {"学段": "初中"}, {"学年": "2014"}])
def test_another_stratum_stage_or_year_is_no_repetition(tmp_path: Path, other: dict[str, str]) -> None:
    assert serious(write_table(tmp_path / "表Ⅲ.csv", [row("图书", "0.3"), row("图书", "0.4", **other)])) == []


def test_the_same_county_in_two_files_is_published_twice(tmp_path: Path) -> None:
    first = write_table(tmp_path / "甲.csv", [row("图书", "0.3")])
    second = write_table(tmp_path / "乙.csv", [row("图书", "0.31")])
    issue = only(serious(first, second))
    assert (issue.code, issue.place.file, issue.found) == (
        "duplicate_published", "乙.csv", "图书，与 甲.csv E2 重复",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("broken", "code", "cell"),
    [
        (row("图书", "-0.3"), "negative_value", "G2"),
        (row("图书", "0.3", "-15"), "negative_value", "F2"),
        (row("图书", "30.2%"), "wrong_type", "G2"),
        (row("图书", "nan"), "non_finite_value", "G2"),
        (row("图书", "0.3", 学段="高中"), "unknown_code", "D2"),
        (row("图书", "0.3", 地区="郊区"), "unknown_code", "J2"),
        (row("图书", "0.3", 学校数="12.5"), "wrong_type", "H2"),
        (row("", "0.3"), "missing_value", "E2"),
    ],
)
def test_a_cell_that_cannot_be_meant_stops_the_county(
    tmp_path: Path, broken: dict[str, str], code: str, cell: str
) -> None:
    issue = only(serious(write_table(tmp_path / "表Ⅲ.csv", [broken])))
    assert (issue.code, issue.severity.value, issue.place.cell) == (code, "hard", cell)


@pytest.mark.parametrize(
    ("printed", "differs"),
    # eight coefficients of 0.300, each printed to half a thousandth, and so is the composite: 0.299 to 0.301
    [("0.300", False), ("0.301", False), ("0.299", False), ("0.302", True), ("0.298", True), ("0.3", False),
     ("0.3010", True), ("0.30", False), ("0.3005", False)],
)  # fmt: skip
def test_a_composite_is_held_against_the_mean_of_its_parts_within_the_printed_rounding(
    tmp_path: Path, printed: str, differs: bool
) -> None:
    found = serious(
        write_table(tmp_path / "表Ⅲ.csv", [*table(EIGHT, ["0.300"] * 8), row(COMPOSITE, printed)])
    )
    assert [issue.code for issue in found] == (["composite_differs"] if differs else [])
    if differs:
        more = "0.3000000" if len(printed) > 5 else "0.300000"
        assert str(found[0]) == (
            f"[疑问 composite_differs] 表Ⅲ.csv G10 “差异系数”：综合差异系数与各项差异系数不符。　发现：公布的综合差异系数为"
            f"{printed}，8项差异系数的平均为{more}；应为：综合差异系数等于各项差异系数的算术平均；"
            "处理：核对公布的表格，改正抄录错误或说明原因"
        )


def test_a_composite_of_seven_is_held_against_seven_and_one_of_a_part_against_nothing(tmp_path: Path) -> None:
    seven = [*table(SEVEN, ["0.30"] * 7), row(COMPOSITE, "0.40")]
    assert [issue.code for issue in serious(write_table(tmp_path / "七.csv", seven))] == ["composite_differs"]
    part = [*table(EIGHT[:4], ["0.30"] * 4), row(COMPOSITE, "0.40")]
    assert serious(write_table(tmp_path / "四.csv", part)) == []


def test_a_table_without_its_telling_columns_is_no_published_table(tmp_path: Path) -> None:
    path = tmp_path / "别的.csv"
    path.write_text("学年,行政区划代码,区县名称,均值\n2013,010203,某县,0.3\n", "utf-8")
    issue = only(check_workbook(path))
    assert issue.code == "unknown_layout"
    assert "公布的差异系数表（表Ⅲ）" in issue.expected


def test_a_malformed_county_code_stops_its_county_and_its_neighbour_goes_on(tmp_path: Path) -> None:
    rows = [
        row(COMPOSITE, "0.3"), row(COMPOSITE, "0.3", 行政区划代码="01/204", 区县名称="邻县"),
    ]  # fmt: skip
    tables = read_workbook(write_table(tmp_path / "表Ⅲ.csv", rows))
    assert tables.restrict("010203").hard_issues == ()
    assert [issue.code for issue in tables.restrict("01/204").hard_issues] == ["malformed_division_code"]


def test_the_published_template_knows_no_schools() -> None:
    with pytest.raises(ParameterError, match="模板没有数据表 schools；可用的数据表：published"):
        write_template("x.xlsx", rows={"schools": []}, layout_id=PUBLISHED)
    assert load_layout(PUBLISHED).sheet("published") is not None


# --- commands ------------------------------------------------------------------------------------------


def run(*arguments: str | Path) -> int:
    return main([str(argument) for argument in arguments])


def test_check_lists_what_is_wrong_and_passes_what_is_right(tmp_path: Path, capsys: Capture) -> None:
    good = write_table(tmp_path / "好.csv", [row(COMPOSITE, "0.3")])
    assert run("check", good) == 0
    assert "错误0条，疑问0条" in capsys.readouterr().out
    assert run("check", write_table(tmp_path / "坏.csv", [row("操场", "0.3")])) == 1
    assert "unknown_indicator" in capsys.readouterr().out


def test_check_holds_a_published_table_against_the_schools(tmp_path: Path, capsys: Capture) -> None:
    schools = broken_workbooks.write_county(tmp_path / "某县.xlsx")
    # 8404.5 m² / 1548 pupils = 5.42926: see tests/unit/test_published.py
    published = write_table(tmp_path / "表Ⅲ.csv", [row("教学用房", "", "5.42", 学年="2017")])
    assert run("check", schools, published) == 0
    assert "小学教学用房公布为5.42，按学校数据计算为5.42926" in capsys.readouterr().out


def test_assess_writes_every_frame_of_a_published_county(tmp_path: Path, capsys: Capture) -> None:
    rows = [*table(EIGHT, ["0.300"] * 8), row(COMPOSITE, "0.300"), row(COMPOSITE, "0.551", 学段="初中")]
    path = write_table(tmp_path / "表Ⅲ.csv", rows)
    assert run("assess", path, "--regime", BASIC, "-o", tmp_path / "out") == 0
    assert "某县（010203）2013—2014学年：资源配置未达标，总体未达标" in capsys.readouterr().out
    folder = tmp_path / "out" / "010203"
    coefficients = pd.read_csv(folder / "coefficients.csv", dtype=str)
    assert list(coefficients.columns[-7:]) == [
        "limit", "outcome", "margin", "borderline", "clause", "source", "grade",
    ]  # fmt: skip
    composites = coefficients[coefficients["indicator"] == "composite"]
    assert list(composites["outcome"]) == ["met", "not_met"]
    assert composites["n_schools"].isna().all()
    facts = json.loads((folder / "assessment.json").read_text("utf-8"))
    assert (facts["outcome"], facts["schools"]) == ("not_met", {})
    assert (folder / "diagnosis" / "influence.csv").read_text("utf-8").count("\n") == 1


@pytest.mark.parametrize("command", ["report", "forms", "plan"])
def test_what_needs_schools_says_so_in_one_sentence(tmp_path: Path, command: str, capsys: Capture) -> None:
    path = write_table(tmp_path / "表Ⅲ.csv", [row("体艺教师", "0.3", 学年="2018")])
    assert run(command, path, "--regime", QUALITY, "-o", tmp_path / "out") == 1
    said = capsys.readouterr().err
    assert "2018学年小学只有公布的差异系数表，没有学校数据；报告、申报表和整改方案需要逐校数据" in said
    assert "Traceback" not in said
    assert "内部错误" not in said
    assert not list((tmp_path / "out").rglob("*.pdf"))
    assert not list((tmp_path / "out").rglob("*.xlsx"))


def test_the_template_command_writes_the_table_to_be_filled_in(tmp_path: Path, capsys: Capture) -> None:
    assert run("template", "--published", "-o", tmp_path / "表.xlsx") == 0
    assert openpyxl.load_workbook(tmp_path / "表.xlsx").sheetnames == ["填报说明", "表Ⅲ"]
    assert "已生成填报模板" in capsys.readouterr().out


@pytest.mark.slow
def test_an_overview_sets_published_counties_side_by_side(tmp_path: Path, capsys: Capture) -> None:
    rows = [
        row(COMPOSITE, cv, 行政区划代码=code, 区县名称=name, 学段=stage)
        for code, name, cv in (("010203", "某县", "0.30"), ("010204", "邻县", "0.66"))
        for stage in ("小学", "初中")
    ]
    path = write_table(tmp_path / "表Ⅲ.csv", rows)
    assert run("overview", path, "--regime", BASIC, "-o", tmp_path / "out") == 0
    counties = pd.read_csv(tmp_path / "out" / "counties.csv", dtype=str)
    assert list(counties["outcome"]) == ["met", "not_met"]
    assert counties["primary_schools"].isna().all()
