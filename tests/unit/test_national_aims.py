"""Dated facts beside the law: aims in each document's words, the checking steps, the funding standard of 2025."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from importlib import resources

import pandas as pd
import pytest

from balance_analysis.assessment import CountyAssessment, assess_county
from balance_analysis.cli import main
from balance_analysis.errors import RegimeError
from balance_analysis.findings import Case
from balance_analysis.programmes import ledger_state, load_plan, no_ledger
from balance_analysis.programmes.aims import aims_of_county
from balance_analysis.regimes import load_regime
from balance_analysis.regimes.aims import checking_steps, national_aims, parse_aims
from balance_analysis.views.elements import ReportTable, Section
from balance_analysis.views.programme.page import annexes
from balance_analysis.views.programme.page import national_aims as page
from balance_analysis.words import say
from tests.county_tables import CODE, COUNTY, SAMPLE, YEAR, regime_2017, row_of, school, tables_of

REGIME = "quality_balance_2017"
TEXT = (resources.files("balance_analysis.regimes") / "aims.toml").read_text(encoding="utf-8")
ON = date(2025, 8, 31)


def county(enrolled: float) -> CountyAssessment:
    """100 disabled children, of whom ``enrolled`` go to school; the law is that of the day of the aims."""
    fields = {"disabled_children": 100.0, "disabled_children_enrolled": enrolled}
    head = {"school_year": YEAR, "division_code": CODE, "county": COUNTY, "source_file": "模拟.xlsx"}
    tables = replace(tables_of(school("0001"), school("0002")), counties=pd.DataFrame([{**head, **fields}]))
    return assess_county(tables, regime_2017(), division_code=CODE)


@pytest.mark.parametrize(("enrolled", "outcome"), [(97, "met"), (96, "not_met"), (98, "met")])
def test_disabled_enrolment_is_set_beside_the_aim_of_97_percent(enrolled: int, outcome: str) -> None:
    """适龄残疾儿童义务教育入学率保持在97%以上 (2027); item B24 itself says 95 %."""
    assessed = county(enrolled)
    aims = aims_of_county(assessed, on=ON)
    row = row_of(aims, id="disabled_enrolment_2027")
    assert (row["outcome"], row["promise"], row["due"].date()) == (outcome, "97", date(2027, 12, 31))
    assert row_of(assessed.items, item="B24")["outcome"] == "met"


def test_both_wordings_of_2035_stand_with_their_documents() -> None:
    aims = aims_of_county(county(97), on=ON)
    of_2035 = aims[aims["due"].dt.year == 2035]
    assert len(set(of_2035["wording"])) == len(set(of_2035["source"])) == 2
    assert {"全面实现", "绝大多数县"} == {
        word for word in ("全面实现", "绝大多数县") if of_2035["wording"].str.contains(word).any()
    }
    assert set(of_2035["outcome"]) == {""}


@pytest.mark.parametrize(("on", "known"), [(date(2023, 8, 29), False), (date(2023, 8, 30), True)])
def test_an_aim_is_known_from_the_day_of_its_document(on: date, known: bool) -> None:
    assert ("disabled_enrolment_2027" in {aim.id for aim in national_aims(on)}) is known


def test_the_five_steps_are_those_of_2025_and_of_this_evaluation_only() -> None:
    assert [step.number for step in checking_steps(REGIME, ON)] == [1, 2, 3, 4, 5]
    assert checking_steps(REGIME, date(2024, 12, 31)) == ()
    assert checking_steps("basic_balance_2012", ON) == ()


@pytest.mark.parametrize(("year", "steps"), [(2025, 5), (2024, 0)])
def test_a_plan_with_a_later_target_tracks_the_steps_in_its_ledger(year: int, steps: int) -> None:
    plan = load_plan("huantai_2017")
    plan = replace(plan, targets=(replace(plan.targets[0], year=year),))
    state = ledger_state(plan, no_ledger(), division_code="370321", on=ON)
    assert (state["kind"] == "checking_step").sum() == steps


def test_the_funding_standard_of_2025_moves_no_limit_unless_asked_for_and_says_that_it_is_inferred() -> None:
    plain = load_regime(REGIME, on=ON).limit("B14", "funds_per_pupil", "all")
    assert plain is not None
    asked = load_regime(REGIME, on=ON, overlays=["special_education_7000"])
    limit = asked.limit("B14", "funds_per_pupil", "all")
    assert limit is not None
    assert (str(plain.value), str(limit.value), limit.grade) == ("6000", "7000", "C")
    assert "没有依据" in limit.note
    with pytest.raises(RegimeError, match="不适用于 2025-01-31"):
        load_regime(REGIME, on=date(2025, 1, 31), overlays=["special_education_7000"])
    with pytest.raises(RegimeError, match="同级之间没有先后"):
        load_regime(REGIME, on=ON, overlays=["special_education_7000", "special_education_8000"])


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('source = "expansion_2023"', 'source = "nowhere"', "来源“nowhere”没有在 [[source]] 中列出"),
        ('figure = "enrolment_rate"\n', "", "须一起填写或都不填"),
        ('value = "97"', "value = 97", "应为加引号的数字文本"),
        ('wording = "到2035年全面实现"\n', "", "缺少“wording”"),
    ],
)
def test_a_mistake_in_the_file_is_named(old: str, new: str, message: str) -> None:
    assert old in TEXT
    with pytest.raises(RegimeError) as caught:
        parse_aims(TEXT.replace(old, new, 1))
    assert message in str(caught.value)


def test_the_view_sets_every_aim_beside_the_county_and_says_that_it_decides_nothing() -> None:
    assessed = county(96.0)
    _, table = page(aims_of_county(assessed, on=date(2024, 1, 1)), assessed.county)
    assert isinstance(table, ReportTable)
    assert len(table.rows) == len(national_aims(date(2024, 1, 1)))
    assert "不参与判定" in table.title


@pytest.mark.parametrize(("on", "shown"), [(date(2021, 12, 31), False), (date(2022, 1, 1), True)])
def test_the_annex_has_the_aims_from_the_day_of_the_first_document(on: date, shown: bool) -> None:
    """The notice of 2022 is the first that names 2035."""
    assessed = county(96.0)
    case = Case(replace(assessed, regime=replace(assessed.regime, on=on)))
    headings = [element.heading for element in annexes(case) if isinstance(element, Section)]
    assert (say("progress.aims_heading") in headings) is shown


def test_the_command_prints_the_aims_of_a_day_and_says_when_there_are_none(
    capsys: pytest.CaptureFixture[str],
) -> None:
    told = ["aims", str(SAMPLE / "桓台县.xlsx"), "--year", "2017"]
    assert main([*told, "--on", "2025-12-31"]) == 0
    assert "适龄残疾儿童义务教育入学率" in capsys.readouterr().out
    assert main(told) == 0
    assert capsys.readouterr().out.strip() == "2018年8月31日没有已宣布的国家目标"
