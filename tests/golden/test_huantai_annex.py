"""The sample of Huantai against annex 2 of 桓政发〔2017〕21号, item by item: verdicts, figures, deadlines, offices.

Every constant is copied from the annex and stands beside the sentence it comes from; where the seeds are on the machine,
the sentences are looked up in them. The sample is simulated so that these facts hold (decision 0004).
"""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal
from functools import cache

import pandas as pd
import pytest

from balance_analysis.assessment import CountyAssessment
from balance_analysis.door import open_assessment
from balance_analysis.programmes import break_down_tasks, load_plan
from balance_analysis.words import tell
from tests.county_tables import ROOT, SAMPLE, row_of

SEED = ROOT.parent / "shared" / "seeds" / "huantai_2017_quality.txt"
NOT_MET = {"B3", "B4", "B5", "B6", "B10", "B11", "B12"}
ALL_ITEMS = [f"B{number}" for number in range(1, 32)]

SENTENCES = {
    "B3": "不达标。小学达1.5人，差异系数为0.5046；初中达1.13人，差异系数为0.3029。部分学校不达标。",
    "B4": "不达标。小学生均值为5.26平方米，差异系数为0.4685；初中生均值为5.83平方米，差异系数为0.3483。部分学校不达标。",
    "B5": "不达标。小学达13.63平方米，差异系数为0.769；初中达17.21平方米，差异系数为0.674。差异系数均不达标。部分学校不达标。",
    "B6": "不达标。小学生均值为2084元，差异系数为0.31；初中生均值为2813元，差异系数为0.428。部分学校不达标。",
    "B10": "县实验学校、县城南学校、一中附属学校等三所新建学校的专用功能房面积能够达到标准。",
    "B11": "不达标。我县目前有4所小学、初中超过规模。",
    "B12": "不达标。超过45人的小学班级59个，超过50人的初中班级4个。",
}
"""The annex's own words on the items that are not met; its figures are read from them below."""
FIGURES = re.compile(
    r"小学(?:达|生均值为)([\d.]+)\D+?差异系数为([\d.]+)；初中(?:达|生均值为)([\d.]+)\D+?差异系数为([\d.]+)"
)

DEADLINES = {item: "2018-09-30" for item in ("B3", "B4", "B5", "B6", "B10", "B11")} | {"B12": "2020-12-31"}
OFFICES = {
    "B1": "县编办、县人社局、县教体局",
    "B3": "县编办、县人社局、县教体局",
    "B4": "县财政局、县住建局、县教体局、各镇政府",
    "B5": "县财政局、县教体局、各镇政府",
    "B6": "县财政局、县教体局",
    "B10": "县财政局、县住建局、县教体局、各镇政府",
    "B11": "县编办、县教体局（基教科）",
    "B12": "县发改局、县国土局、县住建局、县规划局、县财政局、县教体局",
    "B22": "县教体局、县妇联、团县委",
    "B24": "县教体局、县残联",
}


@cache
def county() -> CountyAssessment:
    return open_assessment(SAMPLE / "桓台县.xlsx", year=2017, regime="quality_balance_2017")


@cache
def annex() -> pd.DataFrame:
    frame = break_down_tasks(county(), county().items, county().item_schools, plan=load_plan("huantai_2017"))
    return frame.assign(present_state=[tell(state) for state in frame["present_state"]])


def as_printed(text: str, like: str) -> Decimal:
    """A figure of ours rounded to the decimals that the annex prints."""
    return Decimal(text).quantize(Decimal(1).scaleb(-len(like.partition(".")[2])), ROUND_HALF_UP)


def test_the_table_has_one_row_for_each_of_b1_to_b31_in_order() -> None:
    assert list(annex()["item"]) == ALL_ITEMS


@pytest.mark.parametrize("item", ALL_ITEMS)
def test_the_verdict_is_the_annexs(item: str) -> None:
    row = row_of(annex(), item=item)
    assert row["outcome"] == ("not_met" if item in NOT_MET else "met")
    assert row["present_state"].startswith("未达标。" if item in NOT_MET else "达标。")


@pytest.mark.parametrize("item", ["B3", "B4", "B5", "B6"])
def test_the_sentence_gives_the_annexs_means_and_coefficients(item: str) -> None:
    state = row_of(annex(), item=item)["present_state"]
    wanted, found = FIGURES.search(SENTENCES[item]), FIGURES.search(state)
    assert wanted is not None
    assert found is not None
    indicator = next(entry.id for entry in county().regime.indicators if entry.item == item)
    coefficients = county().current("coefficients")
    for number, stage in enumerate(("primary", "junior_secondary")):
        mean, cv = (2 * number + 1, 2 * number + 2)
        assert as_printed(found[mean], wanted[mean]) == Decimal(wanted[mean])
        unrounded = str(row_of(coefficients, stage=stage, indicator=indicator)["cv"])
        assert as_printed(unrounded, wanted[cv]) == Decimal(wanted[cv])
        assert Decimal(found[cv]) == as_printed(
            unrounded, "0.000"
        )  # the house prints three decimals everywhere
    assert "部分学校不达标" in state


def test_b3_is_worded_like_the_annex_up_to_the_decimals() -> None:
    state = row_of(annex(), item="B3")["present_state"]
    assert state.startswith("未达标。小学达1.50人，差异系数为0.505；初中达1.13人，差异系数为0.303。")


def test_the_primary_coefficient_of_b3_fails_although_two_decimals_would_hide_it() -> None:
    """The annex prints 0.5046 without a word on it; 0.5046 > 0.50 (小学均小于或等于0.50)."""
    assert "小学差异系数不达标（限值0.50）" in row_of(annex(), item="B3")["present_state"]


def test_b5_fails_at_both_stages() -> None:
    assert "小学、初中差异系数均不达标" in row_of(annex(), item="B5")["present_state"]


@pytest.mark.parametrize("item", ["B4", "B6"])
def test_where_the_coefficients_hold_the_schools_alone_fail_the_item(item: str) -> None:
    state = row_of(annex(), item=item)["present_state"]
    assert "差异系数不达标" not in state
    assert "差异系数均不达标" not in state


def test_b10_names_the_three_schools_with_rooms_of_full_size() -> None:
    state = row_of(annex(), item="B10")["present_state"]
    for name in ("县实验学校", "县城南学校", "一中附属学校"):
        assert name in state
    assert "达到要求的学校3所" in state


def test_b11_counts_the_four_schools_above_size() -> None:
    row = row_of(annex(), item="B11")
    assert "有4所学校超过规模" in row["present_state"]
    assert row["n_schools"] == 4


def test_b12_counts_59_primary_and_4_junior_classes() -> None:
    assert "超过45人的小学班级59个，超过50人的初中班级4个" in row_of(annex(), item="B12")["present_state"]


@pytest.mark.parametrize("item", ALL_ITEMS)
def test_only_items_that_are_not_met_have_a_deadline_and_it_is_the_annexs(item: str) -> None:
    deadline = row_of(annex(), item=item)["deadline"]
    found = None if pd.isna(deadline) else deadline.date().isoformat()
    assert found == DEADLINES.get(item)


@pytest.mark.parametrize("item", sorted(OFFICES))
def test_the_responsible_offices_are_the_annexs(item: str) -> None:
    assert row_of(annex(), item=item)["responsible_offices"] == OFFICES[item]


@pytest.mark.parametrize("item", ALL_ITEMS)
def test_the_plan_alone_names_the_same_offices_and_deadlines_as_the_sheet(item: str) -> None:
    task = next(task for task in load_plan("huantai_2017").tasks if task.items == (item,))
    row = row_of(annex(), item=item)
    assert "、".join(task.offices) == row["responsible_offices"]
    assert (task.deadline is None) == bool(pd.isna(row["deadline"]))


@pytest.mark.skipif(not SEED.is_file(), reason="the seed documents are not on this machine (../shared/seeds)")
@pytest.mark.parametrize("item", sorted(SENTENCES))
def test_the_birth_certificates_stand_in_the_document(item: str) -> None:
    text = re.sub(r"\s+", "", SEED.read_text(encoding="utf-8"))
    assert SENTENCES[item] in text


@pytest.mark.skipif(not SEED.is_file(), reason="the seed documents are not on this machine (../shared/seeds)")
def test_the_documents_own_verdicts_are_the_ones_expected_here() -> None:
    """After each requirement of the annex stands 达标 or 不达标."""
    text = re.sub(r"\s+", "", SEED.read_text(encoding="utf-8")).split(
        "附件2义务教育优质均衡发展创建任务分解表"
    )[1]
    parts = re.split(r"(?<!\d)(?=B\d{1,2}(?:\D))", text)
    verdicts = {
        found[0]: "不达标。" in part for part in parts if (found := re.match(r"B\d{1,2}", part)) is not None
    }
    assert [item for item, failed in verdicts.items() if failed] == sorted(
        NOT_MET, key=lambda item: int(item[1:])
    )
    assert list(verdicts) == ALL_ITEMS
