"""No file for officials says what only programmers understand; the check itself is tried on what it must find."""

from __future__ import annotations

from pathlib import Path

import pytest

from balance_analysis.door import open_assessment
from balance_analysis.reporting.forms import write_forms
from balance_analysis.reporting.plan_workbook import plan_workbook
from tests.county_tables import SAMPLE
from tests.plain_words import refused, workbook_text
from tests.plan_counties import poor_county, solved

REGIMES = {"quality_balance_2017": "桓台县", "basic_balance_2012": "襄汾县"}


@pytest.mark.parametrize(
    "text",
    [
        "指标 teaching_area 未达标",
        "见 issues.csv",
        "单价文件 costs.toml",
        "请在 [[rezoning]] 中写明",
        "由 HiGHS 求解",
        "本次运行的文件夹",
        "差额—0.05",
        "下降——12.5",
        "变化 -0.3",
        "(Statement(id='rules.schools', figures={}),)",
        "<rules.schools>",
    ],
)
def test_what_no_official_reads_is_found(text: str) -> None:
    assert len(refused(text)) >= 1


@pytest.mark.parametrize(
    "text",
    [
        "2017—2018学年",
        "2018-08-31",
        "教督〔2017〕6号",
        "差额−0.05",
        "数据缺失记作“—”",
        "CV=0.505",
        "B10 音乐、美术专用教室",
        "文件校验值 3f786850e387550fdab836ed7e6dc881de23001b3f786850e387550fdab836ed",
        "3—5所",
    ],
)
def test_plain_text_is_not(text: str) -> None:
    assert refused(text) == []


@pytest.mark.parametrize("regime", REGIMES)
def test_the_forms_speak_plainly(regime: str, tmp_path: Path) -> None:
    county = open_assessment(SAMPLE / f"{REGIMES[regime]}.xlsx", regime=regime)
    for path in write_forms(county, tmp_path):
        assert refused(workbook_text(path)) == [], path.name


def test_the_works_programme_speaks_plainly(tmp_path: Path) -> None:
    plan = solved(*poor_county())
    path = tmp_path / "plan.xlsx"
    path.write_bytes(plan_workbook(plan))
    assert refused(workbook_text(path)) == []
