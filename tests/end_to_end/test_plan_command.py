"""From a county's workbook to its least-cost plan on disk, read back as a suspicious reader would."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from balance_analysis.cli import main
from balance_analysis.door import open_assessment
from balance_analysis.errors import ReportError
from balance_analysis.remediation.costs import DEFAULT_COSTS_PATH
from balance_analysis.reporting import plan_files
from balance_analysis.reporting.plan_files import PlanOutcome, run_plan
from balance_analysis.reporting.readback import normalise, read_back
from balance_analysis.words import numbers
from tests.conftest import HOSTILE_NAME
from tests.county_tables import CODE, SAMPLE, YEAR, school, write_county
from tests.plan_counties import poor_county, solved

from .jupyterlab import CHROMIUM, ROOT, browser_page, jupyterlab, open_notebook, output_texts, run_all

pytestmark = pytest.mark.slow
REGIME = "quality_balance_2017"
XIANGFEN = "141023"
ALL_FILES = ["plan.json", "plan.pdf", "plan.xlsx", "planned.xlsx"]


def plan_json(outcome: PlanOutcome) -> Any:
    assert outcome.folder is not None
    return json.loads((outcome.folder / "plan.json").read_text(encoding="utf-8"))


def pages(outcome: PlanOutcome) -> list[str]:
    assert outcome.folder is not None
    return read_back(outcome.folder / "plan.pdf")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> PlanOutcome:
    """A sample county with the shipped assumptions."""
    out = tmp_path_factory.mktemp("plan")
    (outcome,) = run_plan(
        [SAMPLE / "襄汾县.xlsx"],
        regime=REGIME,
        year=2017,
        target_year=2020,
        seconds=30,
        out=out,
        progress=False,
    )
    return outcome


def test_the_plan_is_found_and_all_its_files_lie_in_the_countys_folder(run: PlanOutcome) -> None:
    assert (run.status, run.division_code, run.outcome_before, run.outcome_after) == (
        "found", XIANGFEN, "not_met", "met",
    )  # fmt: skip
    assert run.folder is not None
    assert sorted(path.name for path in run.folder.iterdir()) == ALL_FILES
    assert sorted(run.files) == sorted(run.folder.iterdir())
    assert [path.name for path in run.folder.parent.iterdir()] == [XIANGFEN]


def test_the_planned_workbook_passes_the_ordinary_command(run: PlanOutcome, tmp_path: Path) -> None:
    assert run.folder is not None
    planned = run.folder / "planned.xlsx"
    assert main(["check", str(planned)]) == 0
    assert main(["assess", str(planned), "--regime", REGIME, "-o", str(tmp_path)]) == 0
    written = "".join(path.read_text(encoding="utf-8") for path in (tmp_path / XIANGFEN).glob("*.csv"))
    assert "not_met" in written  # the items that are no resources stay as they were
    schools = (tmp_path / XIANGFEN / "schools.csv").read_text(encoding="utf-8-sig").splitlines()
    assert len(schools) > 20
    assert all(",met," in line for line in schools[1:])


def test_json_workbook_and_report_tell_one_cost_and_one_bound(run: PlanOutcome) -> None:
    content = plan_json(run)
    certificate = content["certificate"]
    assert certificate["status"] == "optimal"
    assert certificate["checked"] is True
    assert certificate["cost_wan_cny"] == run.cost_wan_cny
    assert sum(task["cost_wan_cny"] for task in content["tasks"]) == pytest.approx(run.cost_wan_cny)
    assert run.folder is not None
    book = openpyxl.load_workbook(run.folder / "plan.xlsx")
    overview = "".join(
        str(v) for row in book["总览"].iter_rows(values_only=True) for v in row if v is not None
    )
    report = "".join(pages(run))
    assert run.cost_wan_cny is not None
    shown = numbers.money(run.cost_wan_cny)
    assert shown in overview
    assert normalise(shown) in report
    for text in ("至少需要", "规划假设", "逐校逐项补到标准值"):
        assert text in overview + "".join(str(book[name]["A2"].value) for name in book.sheetnames)
        assert normalise(text) in report


def test_every_page_says_that_the_data_are_simulated_and_shows_no_machine_path(run: PlanOutcome) -> None:
    texts = pages(run)
    assert len(texts) >= 6
    assert all("模拟数据" in text for text in texts)
    assert not [text for text in texts if ".partial" in text or "/tmp" in text]


def test_every_school_with_a_task_stands_in_the_report(run: PlanOutcome) -> None:
    report = "".join(pages(run))
    names = {task["school_name"] for task in plan_json(run)["tasks"]}
    assert len(names) > 5
    assert [name for name in names if normalise(name) not in report] == []


def test_an_impossible_county_gets_its_reasons_and_an_older_plan_does_not_stay_beside_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_county(tmp_path / "模拟县.xlsx", *poor_county())
    (first,) = run_plan([path], regime=REGIME, target_year=YEAR + 2, out=tmp_path / "out")
    assert first.status == "found"
    told = capsys.readouterr().err
    assert "第1轮：至少需要" in told
    assert "已有方案8.90万元" in told
    assert normalise(HOSTILE_NAME) in "".join(pages(first))
    costs = tmp_path / "costs.toml"
    text = DEFAULT_COSTS_PATH.read_text(encoding="utf-8")
    costs.write_text(text.replace("schema = 1", 'schema = 1\nfrozen_schools = ["0002"]', 1), encoding="utf-8")
    (second,) = run_plan([path], regime=REGIME, costs=costs, out=tmp_path / "out", progress=False)
    assert second.status == "infeasible"
    assert second.folder == first.folder
    assert sorted(file.name for file in tmp_path.joinpath("out", CODE).iterdir()) == ALL_FILES[:3]
    assert {code for reason in second.reasons for code in reason.school_codes} == {"0002"}
    report = "".join(pages(second))
    assert normalise("该校被列为冻结学校") in report
    assert plan_json(second)["reasons"][0]["school_codes"] == ["0002"]
    assert "tasks" not in plan_json(second)


def test_one_county_that_cannot_be_planned_does_not_stop_the_others(tmp_path: Path) -> None:
    good = write_county(tmp_path / "模拟县.xlsx", *poor_county())
    rows = [
        school(code, division_code="020304", county="缺数县", multimedia_classrooms=None) for code in "12"
    ]
    bad = write_county(tmp_path / "缺数县.xlsx", *rows)
    broken = tmp_path / "坏文件.xlsx"
    broken.write_bytes(b"this is no workbook")
    none, first, second = run_plan(
        [bad, good, broken, good], regime=REGIME, out=tmp_path / "out", progress=False
    )
    assert (none.county, none.status) == ("坏文件.xlsx", "blocked")
    assert (first.division_code, first.status, second.division_code, second.status) == (
        CODE, "found", "020304", "blocked",
    )  # fmt: skip
    assert "网络多媒体教室：数值缺失" in second.message
    assert [path.name for path in (tmp_path / "out").iterdir()] == [CODE]


def test_a_plan_whose_workbook_would_not_pass_is_not_delivered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = solved(*poor_county())
    path = write_county(tmp_path / "模拟县.xlsx", *poor_county())
    monkeypatch.setattr(plan_files, "objections_of", lambda schools, regime: ["3所学校中2所达标。"])
    with pytest.raises(ReportError, match="方案不予输出：3所学校中2所达标"):
        plan_files.deliver_plan(plan, tmp_path / "out" / CODE, files=[path])
    assert list((tmp_path / "out").iterdir()) == []


def test_the_same_plan_gives_the_same_files_byte_for_byte(tmp_path: Path) -> None:
    plan = solved(*poor_county())
    path = write_county(tmp_path / "模拟县.xlsx", *poor_county())
    solved_once = replace(plan, county=open_assessment(path, regime=REGIME))
    first, second = (
        plan_files.deliver_plan(solved_once, tmp_path / name / CODE, files=[path]) for name in ("a", "b")
    )
    assert len(first.files) == 4
    for one, other in zip(first.files, second.files, strict=True):
        assert one.name == other.name
        assert one.read_bytes() == other.read_bytes(), one.name


@pytest.mark.skipif(CHROMIUM is None, reason="没有安装 Chromium，未在浏览器中试用滑块")
def test_an_analyst_moves_a_slider_in_jupyterlab_and_reads_the_new_cost(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "notebooks", tmp_path / "notebooks")
    shutil.copytree(ROOT / "data" / "sample", tmp_path / "data" / "sample")
    with jupyterlab(tmp_path) as address, browser_page() as page:
        open_notebook(page, address, "notebooks/06_remediation.ipynb")
        run_all(page)
        assert "Error" not in output_texts(page)
        page.evaluate(
            """() => { const cells = window.jupyterapp.shell.currentWidget.content;
                       cells.activeCellIndex = cells.widgets.length - 1;
                       cells.scrollToItem(cells.widgets.length - 1) }"""
        )
        page.wait_for_selector(".widget-hslider .noUi-handle")
        answers = page.locator(".widget-html-content")
        given = answers.last.text_content()  # the notebook's own plan comes first
        page.locator(".noUi-handle").nth(1).focus()
        page.keyboard.press("ArrowLeft")
        page.wait_for_function(
            """given => { const told = [...document.querySelectorAll('.widget-html-content')].at(-1).textContent;
                          return told !== given && !told.includes('正在测算') }""",
            arg=given,
        )
        answer = answers.last.text_content()
    assert "方案需要" in given
    assert "任何可行方案至少需要" in answer
    assert "单价为规划假设" in answer
