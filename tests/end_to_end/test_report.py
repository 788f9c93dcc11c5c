"""From files to typeset reports through the command line: a good county, a bad one, an unreadable file.

The PDF is read back as a suspicious reader would; the real records of five counties take the same way.
"""

from __future__ import annotations

import csv
import hashlib
import json
from datetime import datetime
from pathlib import Path
from typing import Any

import nbformat
import pytest

from balance_analysis import __version__
from balance_analysis.cli import main
from balance_analysis.reporting.files import files_below
from balance_analysis.reporting.lean import unpacked
from balance_analysis.reporting.manifest import SUMMARY_COLUMNS
from balance_analysis.reporting.notebook import read_stamp
from balance_analysis.reporting.readback import normalise, read_back
from balance_analysis.reporting.results import REPORT
from balance_analysis.words.labels import OUTCOMES
from tests.conftest import HOSTILE_NAME, REPORT_OPTIONS, CommandRun, ReportRun, good_county, run_command
from tests.county_tables import CODE, COUNTY, SAMPLE, SHARED_DATA, YEAR
from tests.pdf_tools import embedded_fonts, too_small

pytestmark = pytest.mark.slow
STEM = f"{CODE}_{YEAR}_quality_balance_2017"


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def summary(folder: Path) -> list[dict[str, str]]:
    with (folder / "summary.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def manifest(folder: Path) -> Any:
    return json.loads((folder / "manifest.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def pages(report_run: ReportRun) -> list[str]:
    return read_back(report_run.folder / STEM / f"{STEM}.pdf")


def test_no_page_has_type_smaller_than_people_read(report_run: ReportRun) -> None:
    """Text 10 points, tables 9, annexes 8.5, inside pictures 7.5: read off the PDF as it is seen."""
    folder = report_run.folder / STEM
    whole = unpacked(nbformat.read(folder / f"{STEM}.ipynb", as_version=4))
    assert too_small(folder / f"{STEM}.pdf", whole) == []
    bare: dict[str, Any] = {"cells": []}  # the picture's own words are then too small for a table
    assert {one.size for one in too_small(folder / f"{STEM}.pdf", bare)} >= {7.5, 8.0}


# --- the batch ---------------------------------------------------------------------------------------


def test_one_bad_county_turns_the_exit_code_and_does_not_stop_the_others(report_run: ReportRun) -> None:
    assert report_run.code == 1
    names = sorted(path.name for path in report_run.folder.iterdir())
    assert names == [STEM, "index.html", "journal.jsonl", "manifest.json", "summary.csv"]
    inside = sorted(path.name for path in (report_run.folder / STEM).iterdir())
    assert inside == [f"{STEM}.ipynb", f"{STEM}.pdf", "data", "report.json"]


def test_the_bad_county_and_the_unreadable_file_are_listed_with_their_issues(report_run: ReportRun) -> None:
    assert "错误县" in report_run.err
    assert "negative_value" in report_run.err
    assert "学校!" in report_run.err
    assert "坏文件.xlsx" in report_run.err
    assert f"{COUNTY}（{CODE}）" in report_run.out
    assert "共3个，完成1个" in report_run.out


def test_a_progress_bar_counts_the_counties(report_run: ReportRun) -> None:
    assert "生成报告" in report_run.err
    assert "2/2" in report_run.err


def test_the_summary_has_one_line_per_county_and_file(report_run: ReportRun) -> None:
    rows = {row["county"]: row for row in summary(report_run.folder)}
    assert set(rows) == {COUNTY, "坏文件.xlsx", ""} or set(rows) == {COUNTY, "坏文件.xlsx", "错误县"}
    good = rows[COUNTY]
    assert tuple(good) == SUMMARY_COLUMNS
    assert (good["division_code"], good["status"], good["outcome"]) == (CODE, "done", "not_met")
    assert (good["outcome_label"], good["pdf"], good["notebook"]) == (
        "未达标",
        f"{STEM}/{STEM}.pdf",
        f"{STEM}/{STEM}.ipynb",
    )
    assert (good["year"], good["regime"], good["message"]) == (str(YEAR), "quality_balance_2017", "")
    bad = next(row for row in summary(report_run.folder) if row["division_code"] == "020304")
    assert (bad["status"], bad["pdf"], bad["notebook"], bad["outcome"]) == ("failed", "", "", "")
    assert int(bad["hard_issues"]) >= 2
    assert "错误" in bad["message"]
    assert rows["坏文件.xlsx"]["status"] == "failed"
    assert len(rows) == 3


def test_the_manifest_holds_hashes_of_inputs_regime_and_reports_with_times_and_status(
    report_run: ReportRun,
) -> None:
    content = manifest(report_run.folder)
    assert content["version"] == __version__
    assert datetime.fromisoformat(content["started"]) <= datetime.fromisoformat(content["finished"])
    files = {entry["file"]: entry["sha256"] for entry in content["inputs"]}
    for path in (report_run.good, report_run.bad, report_run.unreadable):
        assert files[path.name] == sha256(path)
    reports = {entry["division_code"]: entry for entry in content["reports"]}
    good = reports[CODE]
    assert (good["status"], good["year"], good["target_year"]) == ("done", YEAR, YEAR + 3)
    assert good["pdf_sha256"] == sha256(report_run.folder / good["pdf"])
    assert good["regime"]["id"] == "quality_balance_2017"
    assert good["regime"]["overlays"] == ["district_entry_rule"]
    assert len(good["regime"]["sha256"]) == 64
    assert good["regime"]["on"] == f"{YEAR + 1}-08-31"
    assert good["seconds"] > 0
    bad = reports["020304"]
    assert (bad["status"], bad["pdf"], bad["pdf_sha256"]) == ("failed", "", "")
    assert any("negative_value" in issue for issue in bad["issues"])


def test_the_executed_notebook_beside_the_pdf_ran_the_county_that_was_ordered(report_run: ReportRun) -> None:
    notebook = nbformat.read(report_run.folder / STEM / f"{STEM}.ipynb", as_version=4)
    injected = [cell for cell in notebook.cells if "injected-parameters" in cell.metadata.get("tags", [])]
    assert len(injected) == 1
    assert f'division_code = "{CODE}"' in injected[0].source
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    assert not [output for output in outputs if output.output_type == "error"]
    assert not [output for output in outputs if output.output_type == "stream"]


def test_two_runs_give_the_same_files_byte_for_byte_whatever_else_was_made(
    report_run: ReportRun, tmp_path: Path
) -> None:
    again = run_command(
        ["report", report_run.good, *REPORT_OPTIONS, "-o", tmp_path, "--run", "second", "--jobs", "1"],
        tmp_path / "second",
    )
    assert again.code == 0
    first, second = (
        {path.relative_to(folder): path.read_bytes() for path in files_below(folder / STEM)}
        for folder in (report_run.folder, again.folder)
    )
    assert first == second
    assert {Path(STEM, f"{STEM}.pdf"), Path(STEM, f"{STEM}.ipynb"), Path(STEM, "data", "items.csv")} <= set(
        first
    )


def test_an_unknown_regime_is_wrong_use_and_writes_nothing(
    report_run: ReportRun, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["report", str(report_run.good), "--regime", "quality", "-o", str(tmp_path / "out")]
    assert main(arguments) == 2
    assert main([*arguments[:3], "quality_balance_2017", "--overlay", "nowhere", *arguments[4:]]) == 2
    assert "用法有误" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


# --- the PDF -----------------------------------------------------------------------------------------


def test_the_cover_names_county_year_regime_and_target_and_no_identifier(pages: list[str]) -> None:
    title = pages[0]
    for part in (COUNTY, f"{YEAR}—{YEAR + 1}学年", "县域义务教育优质均衡", f"{YEAR + 3}年"):
        assert normalise(part) in title, part
    for part in (CODE, "SHA", "模拟县.xlsx"):
        assert part not in title
    for part in (OUTCOMES["not_met"], "区级申报条件"):
        assert normalise(part) in "".join(pages)


def test_the_pdf_lists_every_school_by_its_literal_name(pages: list[str]) -> None:
    whole = "".join(pages)
    names = {row["school_name"] for row in good_county()}
    assert HOSTILE_NAME in names
    assert len(names) == 5
    for name in names:
        assert normalise(name) in whole, name
    assert normalise("学生数不足50人") in whole


def test_simulated_data_is_marked_on_every_page(pages: list[str]) -> None:
    assert len(pages) >= 5
    assert [number for number, page in enumerate(pages, start=1) if "模拟数据" not in page] == []


def test_the_pdf_shows_no_code_no_prompt_and_no_path(pages: list[str], report_run: ReportRun) -> None:
    whole = "".join(pages)
    for part in (
        "In[1]",
        "Out[",
        "report.show",
        "open_from_parameters",
        "division_code=",
        "Traceback",
        "nan",
    ):
        assert part not in whole, part
    assert normalise(str(report_run.good.parent)) not in whole


def test_every_font_of_the_pdf_is_embedded_as_a_subset(report_run: ReportRun) -> None:
    fonts = embedded_fonts(report_run.folder / STEM / f"{STEM}.pdf")
    assert fonts
    assert all(fonts.values()), fonts


def test_the_local_reading_stands_beside_the_national_one(pages: list[str]) -> None:
    assert normalise("综合差异系数") in "".join(pages)


# --- the same command on real records of five counties -----------------------------------------------

TAIWAN = SHARED_DATA / "taiwan_elementary" / "schools_109_113.csv"
needs_records = pytest.mark.skipif(
    not TAIWAN.exists(), reason="../shared/data is not there: real records not run"
)
COUNTIES = {"02": "宜蘭縣", "13": "屏東縣", "15": "花蓮縣", "17": "基隆市", "20": "嘉義市"}


@needs_records
def test_assess_runs_on_all_five_counties_and_says_what_the_columns_do_not_allow(tmp_path: Path) -> None:
    run = run_command(
        ["assess", TAIWAN, "--regime", "quality_balance_2017", "-o", tmp_path / "out"], tmp_path / "out"
    )
    assert run.code == 0
    assert sorted(path.name for path in run.folder.iterdir()) == sorted(COUNTIES)
    for code, county in COUNTIES.items():
        facts = json.loads((run.folder / code / "assessment.json").read_text(encoding="utf-8"))
        assert (facts["county"], facts["years"]) == (county, [2020, 2021, 2022, 2023, 2024])
        assert facts["outcome"] == "not_assessable"
        assert facts["sources"][0]["simulated"] is False
        with (run.folder / code / "coefficients.csv").open(encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        assert {row["outcome"] for row in rows} == {"not_assessable"}
        assert {row["stage"] for row in rows} == {"primary"}
        assert {row["reason"] for row in rows} == {"各校均缺少数据", "7项指标的差异系数无法计算"}


@needs_records
def test_under_2012_the_teacher_pupil_ratio_is_assessable_and_matches_the_golden_cells(
    tmp_path: Path,
) -> None:
    """The private schools are out of the 2012 scope, so only counties without any can be compared."""
    run = run_command(
        ["assess", TAIWAN, "--regime", "basic_balance_2012", "--on", "2016-08-31", "-o", tmp_path], tmp_path
    )
    assert run.code == 0
    with (SHARED_DATA / "taiwan_elementary" / "golden_cv.csv").open(encoding="utf-8") as file:
        golden = {
            (row["slice"], row["group"], int(row["n"])): float(row["cv_exact20"])
            for row in csv.DictReader(file)
            if row["level"] == "group" and row["indicator"] == "teachers_per_100"
        }
    compared = 0
    for code, county in COUNTIES.items():
        with (run.folder / code / "coefficients.csv").open(encoding="utf-8") as file:
            for row in csv.DictReader(file):
                key = (str(int(row["year"]) - 1911), county, int(row["n_schools"]))
                if row["indicator"] == "teacher_pupil_ratio" and key in golden:
                    assert float(row["cv"]) == pytest.approx(golden[key], rel=1e-12)
                    compared += 1
    assert compared >= 5


@pytest.fixture(scope="module")
def one_real_county(tmp_path_factory: pytest.TempPathFactory) -> CommandRun:
    """The report of 宜蘭縣: the same file cut to its rows, under the regime whose sixth indicator it can fill."""
    folder = tmp_path_factory.mktemp("real")
    lines = TAIWAN.read_text(encoding="utf-8-sig").splitlines(keepends=True)
    path = folder / "宜蘭縣.csv"
    path.write_text("".join([lines[0], *(line for line in lines if ",02,宜蘭縣," in line)]), encoding="utf-8")
    options = ("--regime", "basic_balance_2012", "--on", "2016-08-31", "--target-year", "2030")
    return run_command(["report", path, *options, "-o", folder, "--run", "r"], folder / "r")


@needs_records
def test_a_real_county_with_one_indicator_gets_its_short_report_and_nothing_called_simulated(
    one_real_county: CommandRun,
) -> None:
    """Two pages: what is known, what is not, and the schools at both ends, as an independent reading of the file finds them."""
    assert one_real_county.code == 0, one_real_county.err
    pages = read_back(
        one_real_county.folder / "02_2024_basic_balance_2012" / "02_2024_basic_balance_2012.pdf"
    )
    whole = "".join(pages)
    assert len(pages) == 2
    for part in ("宜蘭縣（行政区划代码 02）", "无法判定", "可以测算的指标只有A6师生比", "教育部統計處"):
        assert normalise(part) in whole, part
    for part in ("城区", "镇区", "乡村", "模拟数据", "nan"):
        assert part not in whole, part
    with TAIWAN.open(encoding="utf-8-sig", newline="") as file:
        rows = [
            row
            for row in csv.DictReader(file)
            if (row["school_year_roc"], row["county"]) == ("113", "宜蘭縣")
        ]
    public = [row for row in rows if row["private"] == "0" and int(row["students"]) > 0]
    ratios = {row["school_name"]: int(row["teachers"]) / int(row["students"]) for row in public}
    assert len(ratios) > 70
    ranked = sorted(ratios, key=lambda name: ratios[name])
    for name in (*ranked[:5], *ranked[-5:]):
        assert normalise(name) in whole, name
    assert sum(normalise(name) in whole for name in ranked[15:-15]) == 0


@needs_records
def test_the_full_report_of_a_real_county_has_its_own_strata_and_every_school(
    one_real_county: CommandRun, tmp_path: Path
) -> None:
    """Asked for by its notebook: no real county with several indicators is at hand, and strata are in the full report only."""
    notebook = tmp_path / "full.ipynb"
    notebook.write_bytes(REPORT.read_bytes() + b"\n")
    path = one_real_county.folder.parent / "宜蘭縣.csv"
    options = ("--regime", "basic_balance_2012", "--on", "2016-08-31", "--target-year", "2030")
    run = run_command(
        ["report", path, *options, "--notebook", notebook, "-o", tmp_path, "--run", "r"], tmp_path / "r"
    )
    assert run.code == 0, run.err
    stem = "02_2024_basic_balance_2012"
    whole = "".join(read_back(run.folder / stem / f"{stem}.pdf"))
    for part in ("宜蘭縣", "偏远地区", "一般地区", "师生比"):
        assert normalise(part) in whole, part
    for part in ("城区", "镇区", "乡村", "模拟数据", "nan"):
        assert part not in whole, part
    with TAIWAN.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.DictReader(file)
        names = [
            row["school_name"] for row in rows if (row["school_year_roc"], row["county"]) == ("113", "宜蘭縣")
        ]
    assert len(names) > 70
    for name in names:
        assert normalise(name) in whole, name


@pytest.mark.nightly  # a whole report; its parts are tested in test_plans_views and test_papers_agree
def test_a_plan_without_a_target_year_sets_it_everywhere(tmp_path: Path) -> None:
    """到2018年底 stands in the plan of Huantai; --target-year is not given."""
    files = [str(SAMPLE / "桓台县.xlsx"), "--regime", "quality_balance_2017", "--year", "2017"]
    options = ["--plan", "huantai_2017", "-o", str(tmp_path), "--run", "run"]
    assert main(["report", *files, *options]) == 0
    folder, stem = tmp_path / "run", "370321_2017_quality_balance_2017"
    node = nbformat.read(folder / stem / "370321_2017_quality_balance_2017.ipynb", as_version=4)
    assert read_stamp(node)["target_year"] == "2018"
    assert {run["target_year"] for run in manifest(folder)["reports"]} == {2018}
    printed = normalise("".join(read_back(folder / stem / "370321_2017_quality_balance_2017.pdf")))
    assert "没有设定目标年" not in printed
    assert "2018年" in printed
