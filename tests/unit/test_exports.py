"""Files for scripts: whole or not at all, every finding a row, missing as blank."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pandas as pd

from balance_analysis.assessment import FRAMES
from balance_analysis.errors import Issue, Place
from balance_analysis.reporting.exports import ISSUE_COLUMNS, issues_frame, write_assessment
from balance_analysis.reporting.files import write_whole
from balance_analysis.terms import Severity
from tests.county_tables import BLANK, CODE, YEAR, assess, records, school

ISSUE = Issue(
    "negative_value", Severity.SOFT, Place("县.xlsx", "学校", "K5"), column="图书册数", found="-1", expected="非负整数",
    remedy="核对", message="出现负数。", division_code=CODE, school_code="0001", year=YEAR,
)  # fmt: skip


def test_every_frame_issue_list_and_head_facts_are_written(tmp_path: Path) -> None:
    written = write_assessment(assess(school("1"), school("2")), tmp_path / "deep" / CODE)
    names = [path.name for path in written]
    assert names == [*(f"{frame}.csv" for frame in FRAMES), "issues.csv", "assessment.json"]
    assert sorted(names) == sorted(path.name for path in (tmp_path / "deep" / CODE).iterdir())


def test_an_issue_is_a_row_with_its_cell_finding_and_remedy() -> None:
    frame = issues_frame([ISSUE, replace(ISSUE, year=None, severity=Severity.HARD)])
    first, second = records(frame)
    assert tuple(frame.columns) == ISSUE_COLUMNS
    assert (first["file"], first["sheet"], first["cell"], first["field"]) == (
        "县.xlsx",
        "学校",
        "K5",
        "图书册数",
    )
    assert (first["division_code"], first["school_code"], first["year"]) == (CODE, "0001", YEAR)
    assert (first["severity"], first["found"], first["expected"], first["remedy"]) == (
        "soft",
        "-1",
        "非负整数",
        "核对",
    )
    assert second["severity"] == "hard"
    assert pd.isna(second["year"])


def test_no_issue_gives_the_columns_and_no_row() -> None:
    assert issues_frame([]).to_csv(index=False) == ",".join(ISSUE_COLUMNS) + "\n"


def test_missing_values_are_blank_cells_and_zeros_are_zeros(tmp_path: Path) -> None:
    county = assess(school("1", primary_backbone_teachers=BLANK), school("2", primary_backbone_teachers=0))
    write_assessment(county, tmp_path)
    frame = pd.read_csv(tmp_path / "indicators.csv", dtype=str, keep_default_na=False)
    values = frame[frame["indicator"] == "backbone_teachers"].set_index("school_code")["value"].to_dict()
    assert values == {"1": "", "2": "0.0"}


def test_the_head_facts_count_schools_by_outcome_and_issues_by_severity(tmp_path: Path) -> None:
    county = assess(school("1"), school("2", multimedia_classrooms=0), school("3"))
    county = replace(county, tables=replace(county.tables, issues=(ISSUE,)))
    write_assessment(county, tmp_path)
    facts = json.loads((tmp_path / "assessment.json").read_text(encoding="utf-8"))
    assert facts["schools"] == {"primary": {"met": 2, "not_met": 1}}
    assert facts["issues"] == {"hard": 0, "soft": 1, "note": 0}
    assert facts["outcome"] == "not_met"


def test_the_switchable_readings_and_the_changes_of_overlays_are_recorded(tmp_path: Path) -> None:
    from tests.county_tables import IN_ANSHAN, regime_2017

    of_anshan = (school(code, division_code=IN_ANSHAN) for code in ("1", "2"))
    write_assessment(assess(*of_anshan, regime=regime_2017("anshan")), tmp_path)
    law = json.loads((tmp_path / "assessment.json").read_text(encoding="utf-8"))["regime"]
    assert law["choices"]["split_shared_resources"] == "on"
    assert {change["target"] for change in law["changes"]} == {
        "composite.cv.primary",
        "composite.cv.junior_secondary",
    }
    assert all(change["overlay"] == "anshan" and change["clause"] for change in law["changes"])


def test_text_is_utf_8_with_plain_line_ends_on_every_system(tmp_path: Path) -> None:
    assert write_whole(tmp_path / "x.csv", "县\n").read_bytes() == "县\n".encode()
