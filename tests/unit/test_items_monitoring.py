"""B31, social recognition and the scores of 2012 at, just inside and just outside their limits."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from balance_analysis.regimes import load_regime
from tests.item_frames import all_evidence, choosing, county, evidence, item, monitoring

COMBINED = choosing("recognition.formula", "combined")


@pytest.mark.parametrize(
    ("rate", "outcome"), [(0.15, "not_met"), (0.1499, "met"), (0.1501, "not_met"), (0.0, "met")]
)
def test_the_difference_rate_must_be_strictly_below_15_percent(rate: float, outcome: str) -> None:
    assert item("B31", found=[monitoring(rate=rate)])["outcome"] == outcome


@pytest.mark.parametrize(
    ("level", "outcome"),
    [("Ⅲ", "met"), ("Ⅲ级", "met"), ("III", "met"), ("3", "met"), ("三级", "met"), ("Ⅳ级", "met"), ("Ⅱ级", "not_met"),
     ("II", "not_met"), ("2级", "not_met"), ("一级", "not_met"), ("Ⅲ级及以上", "met"), ("良好", "not_assessable"),
     (None, "not_assessable")],
)  # fmt: skip
def test_the_level_is_read_from_how_people_write_it(level: str | None, outcome: str) -> None:
    assert item("B31", found=[monitoring(level=level)])["outcome"] == outcome


def test_every_subject_must_hold() -> None:
    row = item("B31", found=[monitoring("语文"), monitoring("数学", rate=0.16), monitoring("科学", "Ⅱ级")])
    assert row["outcome"] == "not_met"
    assert "数学校际差异率0.160（标准：低于0.15）" in row["detail"]
    assert "科学学业水平Ⅱ级（标准：Ⅲ级以上）" in row["detail"]


def test_a_rate_that_rounds_onto_its_limit_is_printed_apart_from_it() -> None:
    assert "0.1499999" in item("B31", found=[monitoring(rate=0.1499999)])["detail"]


def test_an_unreadable_level_asks_for_one_of_the_four() -> None:
    assert "应填写Ⅰ—Ⅳ级" in item("B31", found=[monitoring(level="良好")])["detail"]


def test_a_conclusion_alone_does_not_stand_for_the_figures() -> None:
    row = item("B31", found=[evidence("B31")])
    assert (row["outcome"], row["missing"]) == (
        "not_assessable",
        "achievement_level、inter_school_difference_rate",
    )
    assert item("B31", found=[])["outcome"] == "not_assessable"


def test_figures_that_hold_do_not_outvote_a_conclusion() -> None:
    assert item("B31", found=[monitoring(conclusion="not_met")])["outcome"] == "not_met"
    assert item("B31", found=[monitoring(conclusion="not_assessable")])["outcome"] == "not_assessable"


@pytest.mark.parametrize(("satisfied", "outcome"), [(765, "met"), (766, "met"), (764, "not_met")])
def test_85_percent_of_the_questionnaires_must_be_satisfied(satisfied: int, outcome: str) -> None:
    row = item("recognition", counties=[county(satisfied_questionnaires=satisfied)])  # 765 ÷ 900 = 85 %
    assert row["outcome"] == outcome
    assert f"问卷：有效调查900人次，满意{satisfied}人次" in row["detail"]
    assert "走访：有效调查100人次，满意95人次" in row["detail"]


@pytest.mark.parametrize(("satisfied", "outcome"), [(85, "met"), (86, "met"), (84, "not_met")])
def test_85_percent_of_the_interviews_must_be_satisfied_by_themselves(satisfied: int, outcome: str) -> None:
    counties = [county(satisfied_interviews=satisfied)]
    assert item("recognition", counties=counties)["outcome"] == outcome
    assert item("recognition", counties=counties, law=COMBINED)["outcome"] == "met"  # (850 + s) ÷ 1000


@pytest.mark.parametrize(("satisfied", "outcome"), [(755, "met"), (756, "met"), (754, "not_met")])
def test_the_other_reading_takes_questionnaires_and_interviews_together(satisfied: int, outcome: str) -> None:
    row = item("recognition", counties=[county(satisfied_questionnaires=satisfied)], law=COMBINED)
    assert row["outcome"] == outcome  # (s + 95) ÷ (900 + 100) ≥ 85 %
    assert f"有效调查1000人次，满意{satisfied + 95}人次" in row["detail"]


def test_without_interviews_the_interviews_are_open_until_the_evidence_settles_them() -> None:
    counties = [county(interviews=0, satisfied_interviews=0)]
    row = item("recognition", counties=counties)
    assert row["outcome"] == "not_assessable"
    assert "走访：社会认可度无法计算：分母为0" in row["detail"]
    settled = [*all_evidence(), evidence("recognition")]
    assert item("recognition", counties=counties, found=settled)["outcome"] == "met"


def test_blank_interviews_are_not_no_interviews() -> None:
    row = item("recognition", counties=[county(interviews=np.nan)])
    assert (row["outcome"], row["missing"]) == ("not_assessable", "interviews")


def test_more_satisfied_than_asked_contradicts_itself() -> None:
    row = item("recognition", counties=[county(satisfied_questionnaires=950)])
    assert row["outcome"] == "not_assessable"
    assert "填报相互矛盾" in row["detail"]


# --- 2012 ----------------------------------------------------------------------------------------------

BASIC = load_regime("basic_balance_2012", on=date(2017, 1, 1))


@pytest.mark.parametrize(
    ("name", "field"),
    [("school_standards", "school_standards_score"), ("government_work", "government_work_score")],
)
@pytest.mark.parametrize(
    ("score", "outcome"), [(85, "met"), (85.01, "met"), (84.99, "not_met"), (np.nan, "not_assessable")]
)
def test_both_scores_of_2012_need_85_points(name: str, field: str, score: float, outcome: str) -> None:
    assert item(name, counties=[county(**{field: score})], law=BASIC)["outcome"] == outcome


def test_a_score_just_below_85_is_not_printed_as_85() -> None:
    row = item("government_work", counties=[county(government_work_score=84.99)], law=BASIC)
    assert row["detail"] == "得分84.99分（标准：不低于85分）。"


@pytest.mark.parametrize(("satisfied", "outcome"), [(765, "met"), (764, "not_met")])
def test_satisfaction_of_2012_is_computed_like_recognition(satisfied: int, outcome: str) -> None:
    assert (
        item("satisfaction", counties=[county(satisfied_questionnaires=satisfied)], law=BASIC)["outcome"]
        == outcome
    )
