"""What a concession removes and what it worsens: judged again without it, like the assessment does.

Birth certificate of the figures: Huantai's primary PE and arts teachers have CV 0.5046 (its plan, annex 1); the sample is calibrated to it.
"""

from __future__ import annotations

from datetime import date

import pytest

from balance_analysis.assessment import CountyAssessment
from balance_analysis.door import open_assessment
from balance_analysis.explain.concession_effects import ConcessionEffects, concession_effects
from tests.county_tables import SAMPLE

TEACHERS, SIZE = "concession_2019_pe_arts_teachers", "concession_2019_school_size"


def huantai(*overlays: str) -> CountyAssessment:
    return open_assessment(
        SAMPLE / "桓台县.xlsx",
        year=2017,
        regime="quality_balance_2017",
        overlays=overlays,
        on=date(2021, 1, 1),
    )


@pytest.fixture(scope="module")
def effects() -> ConcessionEffects:
    return concession_effects(huantai(TEACHERS, SIZE))


def test_a_failure_that_a_concession_removed_is_named_with_the_concession(effects: ConcessionEffects) -> None:
    size = effects.removed[effects.removed["item"] == "B11"]
    assert size[["overlays", "outcome", "outcome_without"]].to_numpy().tolist() == [[SIZE, "met", "not_met"]]
    schools = effects.removed[effects.removed["frame"] == "schools"]
    assert set(schools["overlays"]) == {TEACHERS}


def test_every_removed_failure_rests_on_the_concessions_by_the_assessments_own_account(
    effects: ConcessionEffects,
) -> None:
    resting = huantai(TEACHERS, SIZE).resting_on_concessions
    failed = resting[resting["outcome_without"] == "not_met"]
    assert set(effects.removed["item"].dropna()) == set(failed.loc[failed["frame"] == "items", "item"])
    schools = failed[failed["frame"] == "schools"]
    assert set(effects.removed["school_code"].dropna()) == set(schools["school_code"])


def test_a_coefficient_that_a_concession_makes_larger_is_named_with_both_figures(
    effects: ConcessionEffects,
) -> None:
    (row,) = effects.worsened.to_dict("records")
    assert (row["overlay"], row["stage"], row["indicator"]) == (TEACHERS, "primary", "pe_arts_teachers")
    without = huantai().current("coefficients")
    assert row["cv_without"] == without.loc[without["cv"].between(0.50455, 0.50465), "cv"].iloc[0]
    assert row["cv"] > row["cv_without"]


def test_a_county_without_concessions_has_no_effects_of_them() -> None:
    found = concession_effects(huantai())
    assert found.removed.empty
    assert found.worsened.empty
