"""Who has to do what by when: the duties of one office, and the command that prints them."""

from __future__ import annotations

import argparse
from dataclasses import replace
from datetime import date

import pandas as pd
import pytest

from balance_analysis.cli import main
from balance_analysis.commands.programmes import due_day
from balance_analysis.errors import ParameterError
from balance_analysis.programmes import list_plans, load_plan, office_duties, plan_offices
from balance_analysis.programmes.offices import known_office
from tests.county_tables import records, row_of

HUANTAI = load_plan("huantai_2017")


def ids(frame: pd.DataFrame, **chosen: str) -> list[str]:
    for name, value in chosen.items():
        frame = frame[frame[name] == value]
    return list(frame["id"])


def test_the_finance_bureau_of_huantai_leads_what_annex_2_gives_it() -> None:
    """县财政局 stands in the column 责任单位 of B4, B5, B6, B9, B10, B12–B15 and B26."""
    duties = office_duties(HUANTAI, "县财政局")
    led = ids(duties, kind="task", role="lead")
    assert {name for name in led if name.startswith("B")} == {
        "B4", "B5", "B6", "B9", "B10", "B12", "B13", "B14", "B15", "B26"
    }  # fmt: skip
    assert set(ids(duties, kind="commitment", role="lead")) == {"equipment", "new_school"}


@pytest.mark.parametrize(
    ("due", "kept"), [(date(2018, 6, 30), True), (date(2018, 6, 29), False), (date(2018, 7, 1), True)]
)
def test_what_is_due_on_the_day_is_kept_and_a_day_later_is_not(due: date, kept: bool) -> None:
    assert ("equipment" in ids(office_duties(HUANTAI, "县财政局", due=due))) is kept


def test_a_duty_without_deadline_is_not_due_by_any_day_and_stands_last_otherwise() -> None:
    duties = office_duties(HUANTAI, "县财政局")
    undated = duties["deadline"].isna()
    assert undated.any()
    assert undated.is_monotonic_increasing
    assert not office_duties(HUANTAI, "县财政局", due=date(2099, 1, 1))["deadline"].isna().any()


def test_a_word_for_many_offices_is_shown_apart_and_not_to_itself() -> None:
    """各镇、各相关部门要认真学习领会: whether 县残联 is meant, the text does not say."""
    row = row_of(office_duties(HUANTAI, "县残联"), id="training")
    assert (row["role"], row["together_with"]) == ("collective", "各镇、各相关部门")
    assert row_of(office_duties(HUANTAI, "各相关部门"), id="training")["role"] == "lead"
    assert row_of(office_duties(HUANTAI, "县残联"), id="B24")["role"] == "lead"


def test_an_office_is_found_by_each_of_its_names_and_by_a_part_that_is_its_own() -> None:
    plan = load_plan("shanting_2017")
    assert {known_office(plan, name) for name in ("区教育局", "区教育部门", "教育部门", " 教育局 ")} == {
        "区教育局"
    }
    assert known_office(plan, "督查局") == "区督查局"
    assert ids(office_duties(plan, "区财政局")) == ids(office_duties(plan, "财政部门"))


def test_a_section_of_an_office_counts_as_the_office() -> None:
    """B11 names 县教体局（基教科）."""
    assert "B11" in ids(office_duties(HUANTAI, "县教体局"), role="lead")


def test_an_unknown_office_and_a_part_of_several_are_refused_with_the_offices() -> None:
    with pytest.raises(ParameterError, match=r"没有责任单位“县气象局”；可用：.*县财政局"):
        office_duties(HUANTAI, "县气象局")
    with pytest.raises(ParameterError, match=r"请写明是哪一个：.*县妇联.*") as caught:
        office_duties(HUANTAI, "联")
    assert "县财政局" not in str(caught.value)


def test_a_supporting_office_is_told_apart() -> None:
    """配合部门：市教育局."""
    duties = office_duties(load_plan("anshan_2018"), "市教育局", division_code="210321")
    assert set(duties["role"]) == {"supporting"}
    assert len(duties) == 31
    assert set(duties["deadline"].dt.year) == {2022}  # 台安县 2022年
    assert office_duties(load_plan("anshan_2018"), "市教育局")["deadline"].isna().all()


def test_what_a_city_promises_for_itself_is_no_countys_duty() -> None:
    plan = load_plan("anshan_2018")
    mine = replace(
        plan,
        commitments=tuple(
            replace(entry, offices=("市政府",), offices_note="")
            for entry in plan.commitments
            if entry.whole_place
        ),
    )
    assert len(office_duties(mine, "市政府")) == 2
    assert office_duties(mine, "市政府", division_code="210321").empty


@pytest.mark.parametrize("plan", list_plans(), ids=lambda plan: plan.id)
def test_every_office_of_a_plan_has_the_duties_that_its_line_counts(plan) -> None:
    for row in records(plan_offices(plan)):
        duties = office_duties(plan, str(row["office"]))
        assert (len(ids(duties, role="lead")), len(ids(duties, role="supporting"))) == (
            row["lead"],
            row["supporting"],
        )
        assert row["lead"] + row["supporting"] > 0


def test_the_command_prints_the_duties_due_by_the_end_of_a_month(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["programmes", "huantai_2017", "--office", "县财政局", "--due", "2018-06"]) == 0
    said = capsys.readouterr().out
    assert "县财政局到2018-06-30为止的任务和承诺指标" in said
    assert "2018-06-30　责任　承诺指标　生均教学仪器设备值达标的学校（≥ 100%）" in said
    assert "原文：确保6月底所有学校生均教学仪器设备值达标" in said
    assert "B12" not in said


def test_the_command_lists_offices_and_refuses_an_office_without_a_plan(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["programmes", "bagongshan_2020", "--offices"]) == 0
    said = capsys.readouterr().out
    assert "区财政局：责任" in said
    assert "印发日期未注明" in said.splitlines()[0]
    assert main(["programmes", "--office", "县财政局"]) == 2
    assert main(["programmes", "huantai_2017", "--due", "2018-06"]) == 2


@pytest.mark.parametrize("text", ["2018-13", "2018", "6月", "2018-06-31"])
def test_a_month_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="2018-06"):
        due_day(text)


@pytest.mark.parametrize(("text", "day"), [("2020-02", date(2020, 2, 29)), ("2018-06-15", date(2018, 6, 15))])
def test_a_month_lasts_to_its_last_day(text: str, day: date) -> None:
    assert due_day(text) == day
