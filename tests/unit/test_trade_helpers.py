"""Questionnaires, schools to visit, the archive index, a sheet per office: at their boundaries, and repeatable."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import date
from fractions import Fraction
from functools import cache
from pathlib import Path

import openpyxl
import pytest

from balance_analysis.assessment import CountyAssessment
from balance_analysis.cli import main
from balance_analysis.door import open_assessment
from balance_analysis.errors import ParameterError
from balance_analysis.programmes import load_plan, office_duties, plan_offices
from balance_analysis.programmes.archive import archive_index
from balance_analysis.programmes.questionnaires import MINIMUM, questionnaire_plan, sample_size
from balance_analysis.programmes.site_visits import allocate, draw_schools
from balance_analysis.regimes import Regime
from tests.county_tables import SAMPLE, juniors, records, regime_2017, row_of, school, write_county

FIVE, CERTAIN = Fraction(5, 100), 0.95


@cache
def county() -> CountyAssessment:
    return open_assessment(SAMPLE / "桓台县.xlsx", regime="quality_balance_2017", year=2017)


# --- questionnaires ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("population", "size"),
    [(100, 80), (500, 218), (1000, 278), (10_000, 370), (1_000_000, 384)],
)
def test_the_sizes_are_those_of_the_published_table(population: int, size: int) -> None:
    """Krejcie and Morgan (1970), 95 %, 5 %, print 80, 217, 278, 370 and 384; 217.5 is rounded up here."""
    assert sample_size(population, margin=FIVE, confidence=CERTAIN) == size


def test_no_more_questionnaires_than_people_and_a_narrower_margin_needs_more() -> None:
    assert sample_size(1, margin=FIVE, confidence=CERTAIN) == 1
    wide, narrow = (sample_size(5000, margin=Fraction(part, 100), confidence=CERTAIN) for part in (5, 3))
    assert narrow > wide


def test_parents_get_their_share_and_the_rest_is_spread_by_size() -> None:
    groups = {"家长": 1000, "教师": 3000, "学生": 6000}
    found = questionnaire_plan(
        groups, regime_2017(), parents="家长", parents_share=Fraction(6, 10), margin=FIVE, confidence=CERTAIN
    )
    rows = {row["group"]: row["questionnaires"] for row in records(found)}
    assert sum(rows.values()) == 370
    assert rows["家长"] == 222  # 0.6 × 370
    assert rows["学生"] == pytest.approx(2 * rows["教师"], abs=2)


def test_a_group_that_is_too_small_for_its_share_is_refused() -> None:
    with pytest.raises(ParameterError, match="家长的人数不够"):
        questionnaire_plan(
            {"家长": 100, "学生": 9900}, regime_2017(), parents="家长", parents_share=Fraction(6, 10),
            margin=FIVE, confidence=CERTAIN,
        )  # fmt: skip


def with_rule(number: str) -> Regime:
    law = regime_2017()
    rule = replace(
        law.parameters[0], id=MINIMUM, value=type(law.parameters[0].value)(number), clause="第九条"
    )
    return replace(law, parameters=(*law.parameters, rule))


@pytest.mark.parametrize(("rule", "total"), [("370", 370), ("371", 371), ("369", 370)])
def test_a_rule_counts_where_it_asks_for_more_than_statistics(rule: str, total: int) -> None:
    found = questionnaire_plan({"家长": 4000, "学生": 6000}, with_rule(rule), margin=FIVE, confidence=CERTAIN)
    assert found["questionnaires"].sum() == total
    assert (found.attrs["minimum"], found.attrs["clause"]) == (int(rule), "第九条")


def test_the_command_says_that_no_clause_is_known(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sample", "--group", "家长=4000", "--group", "学生=6000"]) == 0
    said = capsys.readouterr().out
    assert "合计370份" in said
    assert "没有查到规定最低份数的条款" in said
    for wrong in (["--group", "家长"], ["--group", "家长=0"], ["--group", "家长=9", "--margin", "1"]):
        assert main(["sample", *wrong]) == 2


# --- schools to visit ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [1, 8, 20, 48, 49])
def test_as_many_schools_are_drawn_as_asked_for(number: int) -> None:
    frame = draw_schools(county(), number=number, seed="2025-10-12")
    assert (len(frame), int(frame["drawn"].sum())) == (49, number)


def test_anybody_can_repeat_the_draw_from_seed_and_codes() -> None:
    frame = draw_schools(county(), number=12, seed="种子")
    for row in records(frame):
        assert row["key"] == hashlib.sha256(f"种子|{row['school_code']}".encode()).hexdigest()[:16]
    for _, group in frame.groupby(["school_type", "stratum"]):
        assert list(group["key"]) == sorted(group["key"])
        assert list(group["drawn"]) == sorted(group["drawn"], reverse=True)
    again = draw_schools(county(), number=12, seed="种子")
    assert list(again["drawn"]) == list(frame["drawn"])
    other = draw_schools(county(), number=12, seed="另一种子")
    assert set(other.loc[other["drawn"], "school_code"]) != set(frame.loc[frame["drawn"], "school_code"])


def test_every_kind_and_area_is_visited_where_the_number_allows() -> None:
    frame = draw_schools(county(), number=20, seed="x")
    assert frame.groupby(["school_type", "stratum"])["drawn"].any().all()


@pytest.mark.parametrize(("number", "seed"), [(0, "x"), (50, "x"), (5, " ")])
def test_too_few_too_many_and_no_seed_are_refused(number: int, seed: str) -> None:
    with pytest.raises(ParameterError):
        draw_schools(county(), number=number, seed=seed)


def test_no_cell_gets_more_than_it_has() -> None:
    assert allocate({"a": 1, "b": 9}, 10) == {"a": 1, "b": 9}
    assert allocate({"a": 1, "b": 1, "c": 98}, 3) == {"a": 1, "b": 1, "c": 1}


def test_the_protocol_names_seed_method_and_every_school(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["draw", str(SAMPLE / "桓台县.xlsx"), "--year", "2017", "--number", "8", "--seed", "甲"]) == 0
    said = capsys.readouterr().out
    assert "抽取种子：甲；计入评估的学校49所，抽取8所" in said
    assert (said.count("抽中"), said.count("未抽")) == (8, 41)


def test_a_file_of_several_counties_asks_for_one_of_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [
        row
        for code in ("010203", "010204")
        for row in (
            school("1", division_code=code, county=f"县{code}"),
            *juniors(division_code=code, county=f"县{code}"),
        )
    ]
    file = str(write_county(tmp_path / "两县.xlsx", *rows))
    assert main(["draw", file, "--number", "1", "--seed", "甲"]) == 2
    assert "--county" in capsys.readouterr().err
    assert main(["draw", file, "--number", "1", "--seed", "甲", "--county", "010204"]) == 0
    assert "县010204（010204）" in capsys.readouterr().out


# --- archive index and office sheets ---------------------------------------------------------------------------------


def test_every_evidence_item_has_a_row_for_each_year_and_a_gap_where_nothing_is_filed() -> None:
    index = archive_index(county(), years=[2017, 1999], plan=load_plan("huantai_2017"))
    evidence = {item.id for item in county().regime.items if item.kind in ("evidence", "veto")}
    assert evidence <= set(index.loc[index["year"] == 2017, "item"])
    old = index[index["year"] == 1999]
    assert set(old["document"]) == {""}
    row = row_of(old, item="B8")  # 县规划局、县教体局: annex 2 of the plan
    assert (row["office"], row["source"]) == ("县规划局、县教体局", "plan")
    assert row_of(old, item="V1")["source"] == "none"
    assert row_of(index[index["year"] == 2017], item="B8")["source"] == "sheet"


def test_a_plan_of_another_county_names_no_office() -> None:
    index = archive_index(county(), years=[1999], plan=load_plan("bagongshan_2020"))
    assert set(index["office"]) == {""}


def test_the_archive_index_is_written_as_excel(tmp_path: Path) -> None:
    path = tmp_path / "目录.xlsx"
    given = ["archive", str(SAMPLE / "桓台县.xlsx"), "--years", "2016-2017", "-o", str(path)]
    assert main(given) == 0
    page = openpyxl.load_workbook(path)["档案目录"]
    assert [cell.value for cell in page[2]][:4] == ["指标", "名称", "要求", "学年"]
    assert page.max_row == 2 + len(archive_index(county(), years=[2016, 2017]))
    assert main([*given[:3], "2017-2016", "-o", str(path)]) == 2


def test_each_office_of_a_plan_gets_its_sheet_with_all_its_duties(tmp_path: Path) -> None:
    path = tmp_path / "单位.xlsx"
    assert main(["programmes", "huantai_2017", "--sheets", str(path)]) == 0
    plan = load_plan("huantai_2017")
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == list(plan_offices(plan)["office"])
    for name in ("县财政局", "县残联"):
        duties = office_duties(plan, name)
        assert [row[8].value for row in book[name].iter_rows(min_row=3)] == list(duties["id"])
    assert date(2018, 9, 30).isoformat() in {row[0].value for row in book["县财政局"].iter_rows(min_row=3)}
