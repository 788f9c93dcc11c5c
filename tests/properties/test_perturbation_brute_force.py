"""The perturbation band against every error tried one by one through the measure, on small counties."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import pytest

from balance_analysis.explain.diagnosis import Diagnosis
from balance_analysis.explain.perturbation import ONE_PERCENT, ONE_STEP, SITE_PUPILS
from tests.county_tables import assess, records, regime_2017, school
from tests.filed_cells import HUNDREDTHS, Cell, filed_cells, judge_variants
from tests.properties.test_turning_brute_force import OTHER, drawn_county


def errors(rows: list[dict[str, Any]]) -> Iterator[tuple[str, Cell]]:
    """Every error of the three kinds in every filled cell."""
    for number, field, filed in filed_cells(rows):
        step = 0.01 if field in HUNDREDTHS else 1.0
        steps = math.floor(filed / step / 100 + 0.5)
        for kind, size in ((ONE_STEP, 1), (ONE_PERCENT, steps)):
            for sign in (1, -1):
                value = round(filed + sign * size * step, 2)
                if size and value >= 0:
                    yield kind, (number, field, value)
        if (
            rows[number]["school_type"] == "teaching_site"
            and field == "primary_enrolment"
            and 40 <= filed <= 60
        ):
            yield from (
                (SITE_PUPILS, (number, field, float(pupils))) for pupils in range(45, 56) if pupils != filed
            )


@pytest.mark.parametrize("seed", [1, 5, 6])
def test_the_band_counts_every_error_that_turns_a_verdict_and_no_other(seed: int) -> None:
    """County 6 under the concession; turned errors and the reach of every coefficient are compared, kind by kind."""
    rows = drawn_county(seed)
    regime = regime_2017("concession_2019_pe_arts_teachers") if seed % 3 == 0 else regime_2017()
    band = Diagnosis(assess(*rows, regime=regime)).perturbation
    tried = list(errors(rows))
    nothing = filed_cells(rows)[0]
    outcomes, figures = judge_variants(rows, regime, [nothing, *(cell for _, cell in tried)], county=True)
    now, then = outcomes[0], outcomes[1:]
    reached = figures[figures["indicator"] != "composite"].set_index(["stage", "indicator", "variant"])["cv"]
    reached = reached.sort_index()
    for row in records(band):
        verdict = {
            "coefficient": ("coefficient", row["stage"], row["indicator"]),
            "schools": ("schools", row["stage"]),
            "county": ("county",),
        }[row["subject"]]
        assert row["outcome"] == now[verdict]
        turned = sum(
            after.get(verdict) == OTHER.get(now[verdict])
            for (kind, _), after in zip(tried, then, strict=True)
            if kind == row["kind"]
        )
        assert row["n_turned"] == turned, row
        if row["subject"] == "coefficient" and row["n_errors"]:
            own = reached[row["stage"], row["indicator"]]
            of_kind = [
                own[number]
                for number, (kind, _) in enumerate(tried, 1)
                if kind == row["kind"] and number in own
            ]
            moved = [cv for cv in of_kind if not math.isnan(cv) and abs(cv - own[0]) > 1e-12]
            assert row["cv_lowest"] <= min(moved, default=math.inf) * (1 + 1e-9)
            assert row["cv_highest"] >= max(moved, default=0.0) * (1 - 1e-9)
            for reached_cv in (row["cv_lowest"], row["cv_highest"]):
                assert any(cv == pytest.approx(reached_cv, rel=1e-9, abs=1e-9) for cv in of_kind)


def test_two_schools_of_one_cell_each_are_counted_by_hand() -> None:
    """Rooms at two primary schools: 2 cells of rooms and 2 of pupils, one step each way: 8 errors, 4 of them of 1 %.

    3 and 3 rooms of 100 pupils: CV 0; 3 and 4: mean 3.5, CV 1/7; 3 and 2: mean 2.5, CV 1/5.
    """
    band = Diagnosis(assess(school("0001"), school("0002"))).perturbation
    rows = band[(band["subject"] == "coefficient") & (band["indicator"] == "multimedia_classrooms")]
    by_kind = {row["kind"]: row for row in records(rows)}
    assert (by_kind[ONE_STEP]["n_errors"], by_kind[ONE_PERCENT]["n_errors"]) == (8, 4)
    assert by_kind[ONE_STEP]["cv_highest"] == pytest.approx(1 / 5)
    assert (by_kind[ONE_STEP]["n_turned"], by_kind[ONE_STEP]["share_turned"]) == (0, 0.0)
    assert (by_kind[SITE_PUPILS]["n_errors"], math.isnan(by_kind[SITE_PUPILS]["share_turned"])) == (0, True)


def test_beside_a_school_that_cannot_be_judged_no_error_makes_all_schools_pass() -> None:
    """One school is a teacher short of its rule, another left a column blank: mended, the first leaves it open."""
    short = school("0001", primary_teachers_bachelor=3)
    blank = school("0002", primary_backbone_teachers=math.nan)
    for rows, turned in (((short, blank), 0), ((short, school("0002")), 1)):
        band = Diagnosis(assess(*rows)).perturbation
        (row,) = records(band[(band["subject"] == "schools") & (band["kind"] == ONE_STEP)])
        assert row["outcome"] == "not_met"
        assert bool(row["n_turned"]) == bool(turned)


def test_a_campus_without_pupils_of_a_stage_needs_no_figures_of_it() -> None:
    """The campus, first in the file, has juniors only and its primary columns are blank."""
    campus = school("0003", "junior_secondary_school", counted_as_school=False, main_school_code="0001")
    rows = (campus, school("0001", "nine_year"), school("0002", "nine_year"))
    band = Diagnosis(assess(*rows)).perturbation
    assert "not_assessable" not in set(band.loc[band["stage"] == "primary", "outcome"])


@pytest.mark.parametrize(("pupils", "turned"), [(50, 5), (49, 6), (39, 0)])
def test_a_site_beside_its_minimum_turns_the_coefficient_on_one_side_of_it(pupils: int, turned: int) -> None:
    """A rich site counts from 50 pupils: of 45–55 five (45–49) leave it out, six (50–55) take it in; 39 is too far."""
    rich = school("0003", "teaching_site", primary_enrolment=pupils, teaching_equipment_value_wan_cny=150)
    band = Diagnosis(assess(school("0001"), school("0002"), rich)).perturbation
    rows = band[(band["indicator"] == "equipment_value") & (band["kind"] == SITE_PUPILS)]
    assert rows["n_turned"].tolist() == [turned]
    assert rows["n_errors"].tolist() == [10 if turned else 0]
