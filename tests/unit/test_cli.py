"""The command line in Chinese: what each command prints, writes and returns (0 fine, 1 findings, 2 wrong use)."""

from __future__ import annotations

import json
import struct
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from balance_analysis import __version__
from balance_analysis.cli import main
from balance_analysis.door import open_assessment
from balance_analysis.regimes import list_overlays, list_regimes
from balance_analysis.workbook.reader import read_workbook
from tests.conftest import good_county
from tests.county_tables import CODE, ROOT, YEAR, juniors, school, write_county

Capture = pytest.CaptureFixture[str]

FILES = {
    "indicators.csv": "division_code,county,year,stage,indicator,school_code,value,enrolment,missing,limit,outcome",
    "coefficients.csv": "division_code,county,year,stage,indicator,mean,sd,cv,limit,outcome,borderline,n_schools,n_missing",
    "schools.csv": "division_code,county,year,stage,school_code,outcome,indicators_met,failing",
    "verdicts.csv": "division_code,county,year,stage,rule,indicator,value,limit,outcome,clause,source,grade,detail",
    "gaps.csv": "division_code,county,year,stage,indicator,stratum,mean,ratio_to_reference",
    "trends.csv": "division_code,county,stage,indicator,measure,year,value,change,distance,target_year",
    "issues.csv": "division_code,school_code,year,severity,code,file,sheet,cell,message,found,expected,remedy",
}
"""File → columns that scripts of users read (the project's contract)."""


def run(*arguments: str | Path) -> int:
    return main([str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_county(tmp_path_factory.mktemp("county") / "模拟县.xlsx", *good_county())


@pytest.fixture(scope="module")
def assessed(county: Path) -> Path:
    output = county.parent / "out"
    assert (
        run(
            "assess",
            county,
            "--regime",
            "quality_balance_2017",
            "--overlay",
            "district_entry_rule",
            "-o",
            output,
        )
        == 0
    )
    return output / CODE


# --- regimes -----------------------------------------------------------------------------------------


def test_regimes_lists_every_regime_and_overlay_with_its_chinese_name(capsys: Capture) -> None:
    assert run("regimes") == 0
    text = capsys.readouterr().out
    for name in (*list_regimes(), *(overlay.id for overlay in list_overlays())):
        assert name in text
    assert {"basic_balance_2012", "quality_balance_2017"} <= set(list_regimes())
    assert "县域义务教育优质均衡" in text
    assert "鞍山" in text


def test_regimes_show_prints_limits_with_clause_source_and_grade(capsys: Capture) -> None:
    assert run("regimes", "show", "quality_balance_2017", "--on", "2018-08-31") == 0
    text = capsys.readouterr().out
    assert "依据日期 2018-08-31" in text
    for part in ("4.2", "0.50", "0.45", "教督〔2017〕6号", "等级A", "九年一贯制 小学:初中:高中 = 1:1.1:0"):
        assert part in text


def test_regimes_show_with_an_overlay_lists_what_it_changes(capsys: Capture) -> None:
    assert run("regimes", "show", "quality_balance_2017", "--on", "2019-08-31", "--overlay", "anshan") == 0
    assert "补充规定的改动" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["regimes", "show", "quality_balance_2107"], "quality_balance_2107"),
        (["regimes", "show", "quality_balance_2017", "--on", "2011-01-01"], "2011-01-01"),
        (["regimes", "show", "quality_balance_2017", "--overlay", "nowhere"], "nowhere"),
    ],
)
def test_an_unknown_regime_date_or_overlay_is_wrong_use(
    arguments: list[str], part: str, capsys: Capture
) -> None:
    assert run(*arguments) == 2
    error = capsys.readouterr().err
    assert error.startswith("用法有误")
    assert part in error


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["nonsense"],
        ["assess", "x.xlsx"],
        ["regimes", "show", "quality_balance_2017", "--on", "31.8.2018"],
    ],
)
def test_a_wrong_command_line_returns_two(arguments: list[str], capsys: Capture) -> None:
    with pytest.raises(SystemExit) as stopped:
        run(*arguments)
    assert stopped.value.code == 2
    assert capsys.readouterr().err


def test_the_version_is_the_packages(capsys: Capture) -> None:
    with pytest.raises(SystemExit) as stopped:
        run("--version")
    assert stopped.value.code == 0
    assert capsys.readouterr().out == f"balance-analysis {__version__}\n"


# --- template and check ------------------------------------------------------------------------------


def test_template_writes_a_workbook_that_the_reader_knows(tmp_path: Path, capsys: Capture) -> None:
    target = tmp_path / "桓台县.xlsx"
    assert run("template", "-o", target) == 0
    assert str(target) in capsys.readouterr().out
    assert [source.layout for source in read_workbook(target).sources] == ["own_template"]
    written = target.read_bytes()
    assert run("template", "-o", target) == 2  # it may be filled in by now
    assert "没有覆盖" in capsys.readouterr().err
    assert target.read_bytes() == written


def test_template_refuses_another_kind_of_file(tmp_path: Path, capsys: Capture) -> None:
    assert run("template", "-o", tmp_path / "x.csv") == 2
    assert ".xlsx" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_check_of_a_clean_or_only_doubtful_file_returns_zero(
    county: Path, tmp_path: Path, capsys: Capture
) -> None:
    doubtful = write_county(
        tmp_path / "疑问.xlsx",
        school("1", teaching_and_auxiliary_area_m2=50, indoor_sports_area_m2=100),
        school("2"),
    )
    assert run("check", county, doubtful) == 0
    text = capsys.readouterr().out
    assert "[疑问" in text
    assert "2个文件：错误0条，疑问" in text


def test_check_of_a_file_with_a_hard_issue_says_where_what_and_what_to_do_and_returns_one(
    tmp_path: Path, capsys: Capture
) -> None:
    bad = write_county(tmp_path / "错误.xlsx", school("1", primary_enrolment=-5), school("2"))
    assert run("check", bad) == 1
    text = capsys.readouterr().out
    assert "[错误 negative_value] 错误.xlsx 学校!" in text
    for part in ("“小学在校生数”", "发现：-5", "应为：", "处理："):
        assert part in text


def test_check_of_an_unreadable_file_returns_one_and_does_not_stop_the_next(
    county: Path, tmp_path: Path, capsys: Capture
) -> None:
    bad = tmp_path / "坏.xlsx"
    bad.write_bytes(b"nothing")
    assert run("check", bad, county) == 1
    text = capsys.readouterr().out
    assert "[错误 unreadable_file] 坏.xlsx" in text
    assert "2个文件：错误1条" in text


def test_a_file_that_is_not_there_is_wrong_use(tmp_path: Path, capsys: Capture) -> None:
    for command in (["check"], ["assess", "--regime", "quality_balance_2017", "-o", tmp_path]):
        assert run(*command, tmp_path / "没有.xlsx") == 2
        assert "找不到文件" in capsys.readouterr().err


# --- assess ------------------------------------------------------------------------------------------


def test_assess_writes_every_file_of_the_contract_and_nothing_half_done(assessed: Path) -> None:
    names = {path.name for path in assessed.iterdir()}
    assert {*FILES, "assessment.json"} <= names
    assert not [name for name in names if name.startswith(".") or "partial" in name]


@pytest.mark.parametrize("name", list(FILES))
def test_each_file_has_the_columns_of_the_contract(assessed: Path, name: str) -> None:
    frame = pd.read_csv(assessed / name, dtype=str, keep_default_na=False)
    assert set(FILES[name].split(",")) <= set(frame.columns)
    if name != "issues.csv":
        assert len(frame) > 0
        assert set(frame["division_code"]) == {"010203"}
        assert list(frame.columns)[:2] == ["division_code", "county"]
    assert "exact_value" not in frame.columns
    assert not (assessed / name).read_bytes().startswith(b"\xef\xbb\xbf")


def test_codes_keep_their_leading_zeros(assessed: Path) -> None:
    for name in ("indicators.csv", "schools.csv"):
        frame = pd.read_csv(assessed / name, dtype=str)
        assert set(frame["school_code"]) == {"0001", "0002", "0003", "0004"}
    facts = json.loads((assessed / "assessment.json").read_text(encoding="utf-8"))
    assert facts["division_code"] == "010203"


@pytest.mark.parametrize(
    ("name", "columns"),
    [
        ("coefficients", ["mean", "sd", "cv", "margin"]),
        ("indicators", ["value", "resource", "stage_weight", "margin"]),
        ("gaps", ["mean", "cv", "ratio_to_county"]),
        ("trends", ["value", "change", "distance"]),
    ],
)
def test_figures_are_written_with_every_bit(
    county: Path, assessed: Path, name: str, columns: list[str]
) -> None:
    direct = getattr(
        open_assessment(county, regime="quality_balance_2017", overlays=["district_entry_rule"]), name
    )
    written = pd.read_csv(assessed / f"{name}.csv", dtype=str, keep_default_na=False)
    assert len(written) == len(direct)
    for column in columns:
        for text, value in zip(written[column], direct[column], strict=True):
            if text == "":
                assert pd.isna(value)
            else:
                assert struct.pack("<d", float(text)) == struct.pack("<d", value)


def test_stages_indicators_and_outcomes_are_written_with_their_ids(assessed: Path) -> None:
    frame = pd.read_csv(assessed / "coefficients.csv")
    assert set(frame["stage"]) == {"primary", "junior_secondary"}
    for part in (
        "above_standard_qualified_teachers", "backbone_teachers", "pe_arts_teachers", "teaching_area",
        "sports_area", "equipment_value", "multimedia_classrooms", "composite",
    ):  # fmt: skip
        assert frame["indicator"].str.contains(part).any()
    assert set(frame["outcome"]) <= {"met", "not_met", "not_assessable", "no_limit"}
    schools = pd.read_csv(assessed / "schools.csv", dtype=str, keep_default_na=False)
    failing = schools[(schools["school_code"] == "0004") & (schools["year"] == str(YEAR))]
    assert list(failing["outcome"]) == ["not_met"]
    assert list(failing["failing"]) == ["multimedia_classrooms"]


def test_the_head_facts_say_who_when_by_which_law_from_which_file(county: Path, assessed: Path) -> None:
    facts = json.loads((assessed / "assessment.json").read_text(encoding="utf-8"))
    assert (facts["county"], facts["year"], facts["years"]) == ("模拟县", YEAR, [YEAR - 1, YEAR])
    assert facts["outcome"] == "not_met"
    assert facts["regime"]["id"] == "quality_balance_2017"
    assert facts["regime"]["overlays"] == ["district_entry_rule"]
    assert facts["regime"]["on"] == f"{YEAR + 1}-08-31"
    assert facts["sources"][0]["simulated"] is True
    assert facts["version"] == __version__
    assert facts["excluded_schools"] == 1


def test_assess_of_one_year_writes_that_year_only_but_keeps_its_history_in_trends(
    county: Path, tmp_path: Path
) -> None:
    assert run("assess", county, "--regime", "quality_balance_2017", "--year", str(YEAR), "-o", tmp_path) == 0
    for name in ("indicators", "coefficients", "schools", "verdicts", "gaps"):
        assert set(pd.read_csv(tmp_path / CODE / f"{name}.csv")["year"]) == {YEAR}
    assert set(pd.read_csv(tmp_path / CODE / "trends.csv")["year"]) == {YEAR - 1, YEAR}


def test_assess_twice_gives_the_same_bytes(county: Path, assessed: Path, tmp_path: Path) -> None:
    options = ("--regime", "quality_balance_2017", "--overlay", "district_entry_rule")
    assert run("assess", county, *options, "-o", tmp_path) == 0
    written = [path for path in assessed.rglob("*") if path.is_file()]
    assert len(written) > 20
    for path in written:
        again = tmp_path / CODE / path.relative_to(assessed)
        assert again.read_bytes() == path.read_bytes(), path.name


def test_assess_lists_a_bad_county_and_goes_on_with_the_next(tmp_path: Path, capsys: Capture) -> None:
    bad = write_county(
        tmp_path / "错误县.xlsx",
        *(school(code, division_code="020304", county="错误县", books=-1) for code in "12"),
    )
    good = write_county(tmp_path / "模拟县.xlsx", school("1"), school("2"), *juniors())
    assert run("assess", bad, good, "--regime", "quality_balance_2017", "-o", tmp_path / "out") == 1
    captured = capsys.readouterr()
    assert "negative_value" in captured.err
    assert "模拟县（010203）2020—2021学年：资源配置达标" in captured.out
    assert [path.name for path in (tmp_path / "out").iterdir()] == [CODE]


def test_a_county_that_fails_in_assess_is_named_and_does_not_stop_the_next(
    tmp_path: Path, capsys: Capture
) -> None:
    """The first county has schools in no other year than the one before."""
    early = (school(code, division_code="000001", county="前县", school_year=YEAR - 1) for code in "12")
    first = write_county(tmp_path / "前县.xlsx", *early)
    second = write_county(tmp_path / "模拟县.xlsx", school("1"), school("2"), *juniors())
    options = ("--regime", "quality_balance_2017", "--year", YEAR, "-o", tmp_path / "out")
    assert run("assess", first, second, *map(str, options)) == 1
    captured = capsys.readouterr()
    assert f"000001：没有{YEAR}学年的数据；可选学年：{YEAR - 1}" in captured.err
    assert "模拟县（010203）" in captured.out
    assert [path.name for path in (tmp_path / "out").iterdir()] == [CODE]


def test_assess_takes_a_blank_figure_and_a_school_with_two_zeros(tmp_path: Path, capsys: Capture) -> None:
    """Where nothing turns a verdict no cell is named; the diagnosis is written all the same."""
    path = write_county(
        tmp_path / "模拟县.xlsx",
        school("1", multimedia_classrooms=None),
        school("2", primary_backbone_teachers=0, teaching_equipment_value_wan_cny=0),
        school("3"),
        *juniors(),
    )
    assert run("assess", path, "--regime", "quality_balance_2017", "-o", tmp_path / "out") == 0
    assert "资源配置未达标，总体未达标" in capsys.readouterr().out
    turning = pd.read_csv(
        tmp_path / "out" / CODE / "diagnosis" / "turning.csv", dtype=str, keep_default_na=False
    )
    schools = turning[(turning["subject"] == "school") & (turning["stage"] == "primary")]
    found = {row["school_code"]: (row["reason"], row["address"]) for row in schools.to_dict("records")}
    assert found["1"] == ("missing_numerator", "")
    assert found["2"] == ("no_single_figure", "")
    sheet, cell = found["3"][1].split("!")
    assert (found["3"][0], sheet) == ("", "学校")
    assert cell.endswith("4")  # the third school's row


@pytest.mark.parametrize(
    ("option", "value", "part"),
    [
        ("--output", "", "输出文件夹不能为空"),
        ("--output", "模拟县.xlsx", "是文件，不是文件夹"),
        ("--run", "../x", "应为一个文件夹名"),
        ("--jobs", "0", "应为不小于1的整数"),
        ("--issued-on", "2018年6月", "日期应写作 2018-08-31 的形式"),
    ],
)
def test_a_value_that_no_report_can_have_is_wrong_use_and_told_in_chinese(
    county: Path, tmp_path: Path, option: str, value: str, part: str, capsys: Capture
) -> None:
    given = {"--output": str(tmp_path / "out")} | {
        option: str(county.parent / value) if value.endswith(".xlsx") else value
    }
    words = [word for pair in given.items() for word in pair]
    with pytest.raises(SystemExit) as stopped:
        run("report", county, "--regime", "quality_balance_2017", *words)
    assert stopped.value.code == 2
    error = capsys.readouterr().err
    assert "用法有误" in error
    assert part in error
    assert list(tmp_path.iterdir()) == []


def test_a_time_limit_below_zero_is_wrong_use(county: Path, tmp_path: Path, capsys: Capture) -> None:
    with pytest.raises(SystemExit) as stopped:
        run("plan", county, "--regime", "quality_balance_2017", "-o", tmp_path / "out", "--seconds", "-5")
    assert stopped.value.code == 2
    assert "应为大于0的数" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("option", "value", "part"),
    [("--plan", "nowhere", "没有实施方案 nowhere"), ("--notebook", "nowhere.ipynb", "找不到笔记本")],
)
def test_a_plan_or_notebook_that_is_not_there_is_wrong_use_before_any_work(
    county: Path, tmp_path: Path, option: str, value: str, part: str, capsys: Capture
) -> None:
    arguments = ("--regime", "quality_balance_2017", "-o", tmp_path / "out", option, value)
    assert run("report", county, *arguments) == 2
    error = capsys.readouterr().err
    assert error.startswith("用法有误")
    assert part in error
    assert list(tmp_path.iterdir()) == []


def test_a_template_for_a_folder_that_is_not_there_is_wrong_use(tmp_path: Path, capsys: Capture) -> None:
    assert run("template", "-o", tmp_path / "没有" / "x.xlsx") == 2
    assert "不存在" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_assess_with_an_unknown_regime_is_wrong_use(county: Path, tmp_path: Path, capsys: Capture) -> None:
    assert run("assess", county, "--regime", "quality", "-o", tmp_path / "out") == 2
    assert "quality" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_the_command_is_installed_under_its_name() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "balance_analysis.cli", "regimes"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    assert done.returncode == 0
    assert "quality_balance_2017" in done.stdout
