"""From several files to one overview: notebook, PDF and frames; sample counties, a faulty one, and real records."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import nbformat
import pandas as pd
import pytest

from balance_analysis.errors import ReportError
from balance_analysis.overview import assess_region
from balance_analysis.reporting.collect import collect_report
from balance_analysis.reporting.overview_report import OVERVIEW_NOTEBOOK, OverviewResult, write_overview
from balance_analysis.reporting.readback import normalise, read_back
from tests.county_tables import SAMPLE, SHARED_DATA, school, write_county
from tests.pdf_tools import embedded_fonts

pytestmark = pytest.mark.slow
TAIWAN = SHARED_DATA / "taiwan_elementary" / "schools_109_113.csv"
needs_records = pytest.mark.skipif(
    not TAIWAN.exists(), reason="../shared/data is not there: real records not run"
)


@pytest.fixture(scope="module")
def overview(tmp_path_factory: pytest.TempPathFactory) -> OverviewResult:
    """The three sample counties and a faulty one against a schedule."""
    folder = tmp_path_factory.mktemp("overview")
    bad = write_county(
        folder / "错误县.xlsx",
        *(school(code, division_code="020304", county="错误县", primary_enrolment=-5) for code in "12"),
    )
    return write_overview(
        [*sorted(SAMPLE.glob("*.xlsx")), bad],
        folder / "out",
        regime="quality_balance_2017",
        schedule={"370321": 2016, "八公山区": 2022, "020304": 2020, "丁县": 2019},
        region_name="样例市",
    )


@pytest.fixture(scope="module")
def text(overview: OverviewResult) -> str:
    return "".join(read_back(overview.pdf))


def test_the_pdf_names_region_counties_years_and_schedule(text: str) -> None:
    for part in (
        "样例市",
        "桓台县",
        "襄汾县",
        "八公山区",
        "2017—2018学年、2020—2021学年",
        "已到计划验收年而没有达标的有1个县：桓台县",
        "列入计划而没有数据的有1个县：丁县",
        "看名次之前",
        "名次按未舍入的数值从低到高排",
        "名次相同的数值完全相等",
    ):
        assert normalise(part) in text, part


def test_the_faulty_county_is_listed_with_its_issues_and_stops_nobody(
    overview: OverviewResult, text: str
) -> None:
    assert [failure.county for failure in overview.region.failed] == ["错误县"]
    for part in ("错误县的数据有误，没有评估", "错误县.xlsx学校!", "没有评估的县和文件"):
        assert normalise(part) in text, part


def test_national_figures_stand_beside_their_status(text: str) -> None:
    for part in ("1824推算", "2767原文", "572推算", "87129.0"):
        assert part in text, part
    assert "2895" not in text  # in the file it is marked as read by nobody: nothing from memory is printed


def test_simulated_data_is_marked_on_every_page_and_fonts_are_embedded(overview: OverviewResult) -> None:
    pages = read_back(overview.pdf)
    assert len(pages) >= 10
    assert [number for number, page in enumerate(pages, start=1) if "模拟数据" not in page] == []
    assert all(embedded_fonts(overview.pdf).values())


def test_no_code_and_no_machine_path_reach_the_pdf(overview: OverviewResult, text: str) -> None:
    for part in ("report.show", "open_region", "Traceback", "nan", "<NA>", str(overview.folder.parent)):
        assert normalise(part) not in text, part


def test_frames_and_manifest_lie_beside_the_pdf(overview: OverviewResult) -> None:
    names = {path.name for path in overview.folder.iterdir()}
    assert names == {
        "region_overview_quality_balance_2017.pdf",
        "region_overview_quality_balance_2017.ipynb",
        *(f"{name}.csv" for name in ("counties", "composition", "league", "unranked", "schedule", "distances")),
        "issues.csv",
        "overview.json",
    }  # fmt: skip
    league = pd.read_csv(overview.folder / "league.csv", dtype={"division_code": str})
    huantai = league[(league["division_code"] == "370321") & (league["stage"] == "primary")]
    cv = huantai[(huantai["indicator"] == "pe_arts_teachers") & (huantai["measure"] == "cv")]
    # Huantai's plan prints 0.5046 for the primary PE and arts teachers; the sample is calibrated to it.
    assert round(cv["value"].iloc[0], 4) == 0.5046
    facts = json.loads((overview.folder / "overview.json").read_text(encoding="utf-8"))
    assert facts["pdf_sha256"] == overview.pdf_sha256
    assert [entry["county"] for entry in facts["failed"]] == ["错误县"]
    assert len(facts["inputs"]) == 4


@pytest.mark.nightly  # equal bytes are tested on a county's report
def test_the_same_order_gives_the_same_bytes(overview: OverviewResult, tmp_path: Path) -> None:
    files = [overview.folder.parent / "错误县.xlsx"]
    again = write_overview(
        [*sorted(SAMPLE.glob("*.xlsx")), *files],
        tmp_path,
        regime="quality_balance_2017",
        schedule={"370321": 2016, "八公山区": 2022, "020304": 2020, "丁县": 2019},
        region_name="样例市",
    )
    assert again.pdf.read_bytes() == overview.pdf.read_bytes()


def test_without_any_county_to_assess_there_is_no_overview(overview: OverviewResult, tmp_path: Path) -> None:
    with pytest.raises(ReportError, match=r"没有可以评估的区县.*错误县"):
        write_overview(
            [overview.folder.parent / "错误县.xlsx"], tmp_path / "none", regime="quality_balance_2017"
        )
    assert not (tmp_path / "none").exists()


def test_the_committed_notebook_can_be_typeset_as_it_is() -> None:
    notebook = nbformat.read(OVERVIEW_NOTEBOOK, as_version=4)
    report = collect_report(notebook)
    assert report["title_page"]["simulated"] is True
    kinds = [block["type"] for block in report["blocks"]]
    assert kinds.count("figure") == 5
    assert all(block["alt"].strip() for block in report["blocks"] if block["type"] == "figure")


@needs_records
def test_five_real_counties_are_ranked_by_what_their_file_allows(tmp_path: Path) -> None:
    result = write_overview(
        [TAIWAN], tmp_path, regime="basic_balance_2012", on=date(2016, 8, 31), region_name="五个县市"
    )
    league = result.region.league
    cvs = league[(league["measure"] == "cv") & league["rank"].notna()]
    assert list(cvs["indicator"].unique()) == ["teacher_pupil_ratio"]
    assert list(cvs["county"]) == ["嘉義市", "基隆市", "宜蘭縣", "屏東縣", "花蓮縣"]
    whole = "".join(read_back(result.pdf))
    for part in ("一般地区", "偏远地区", "未参加排名", "各校均缺少数据", "没有验收计划", "教育部統計處"):
        assert normalise(part) in whole, part
    for part in ("城区学生", "模拟数据", "初中总体排名"):
        assert normalise(part) not in whole, part


@needs_records
def test_real_counties_without_the_columns_of_2017_are_all_listed_apart() -> None:
    region = assess_region(TAIWAN, regime="quality_balance_2017")
    assert region.league["rank"].isna().all()
    assert set(region.unranked["county"]) == {"嘉義市", "基隆市", "宜蘭縣", "屏東縣", "花蓮縣"}
    assert set(region.counties["outcome"]) == {"not_assessable"}
    assert region.strata == {"general": "一般地区", "remote": "偏远地区"}
