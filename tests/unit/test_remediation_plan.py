"""The least-cost plan on small counties: each rule tight and broken, honest ends, exact re-check, frames."""

import json
import math
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest

from balance_analysis.errors import ParameterError
from balance_analysis.remediation import (
    Plan,
    PlanStatus,
    breaches,
    compare_with_naive,
    plan_remediation,
    planned_indicators,
    price_of_coefficient,
    problem_from_indicators,
)
from balance_analysis.remediation.plan import cost_of
from balance_analysis.remediation.settings import Ceiling, RezoningLink
from balance_analysis.words import tell
from benchmarks.remediation import INDICATORS, county_problem, seeded_county
from tests.remediation_counties import LIMITS, bare_costs, plain_settings, primary_county, searched

TEACHERS = "above_standard_qualified_teachers"
ROOMS = "multimedia_classrooms"


def optimum(problem):
    found = searched(problem, gap=0.0)
    assert found.certificate.status is PlanStatus.OPTIMAL, found.certificate
    assert breaches(problem, found.plan) == ()
    return found


def test_a_county_that_passes_costs_nothing_and_is_certified():
    found = optimum(primary_county([100, 100], {TEACHERS: [5, 5], ROOMS: [3, 3]}))
    assert found.plan == Plan()
    assert (found.certificate.cost_wan_cny, found.certificate.lower_bound_wan_cny, found.certificate.gap) == (
        0,
        0,
        0,
    )


def test_a_value_exactly_at_its_limit_is_met_and_one_unit_less_is_not():
    # 4.2 per 100 for 500 pupils is exactly 21 teachers; all indicators must be met
    at = primary_county([500, 500], {TEACHERS: [21, 21]}, minimum_met=1)
    below = primary_county([500, 500], {TEACHERS: [21, 20]}, minimum_met=1)
    assert optimum(at).certificate.cost_wan_cny == 0
    assert optimum(below).plan.done == {("hire_teacher", ("S1", "primary")): 1}


def test_one_shortfall_is_tolerated_down_to_its_floor_and_the_dearer_one_is_chosen():
    # both short: 3.57 ≤ 4.0 < 4.2 teachers, 2.0 ≥ 1.955 rooms; one teacher costs 12, two rooms 8 → rooms are built
    problem = primary_county([200, 200], {TEACHERS: [8, 9], ROOMS: [4, 5]})
    assert optimum(problem).plan.done == {("equip_multimedia_classroom", ("S0", "")): 1}


def test_the_tolerated_indicator_still_reaches_its_floor_of_85_percent():
    # 3.57 per 100 for 1000 pupils is 35.7, hence 36 teachers; the limit would ask for 42
    problem = primary_county([1000, 1000], {TEACHERS: [30, 42], ROOMS: [23, 23]})
    assert optimum(problem).plan.done == {("hire_teacher", ("S0", "primary")): 6}


def test_a_coefficient_exactly_at_the_limit_holds_and_a_tighter_one_costs():
    # equal schools with 30 and 10 rooms: mean 20, deviation 10, coefficient exactly 0.5
    rooms = {ROOMS: [30, 10]}
    assert optimum(primary_county([400, 400], rooms)).certificate.cost_wan_cny == 0
    assert optimum(primary_county([400, 400], rooms, cv_limit="0.499")).certificate.cost_wan_cny == 4


def test_a_dry_county_with_rules_about_schools_only_has_no_coefficient_to_pay_for():
    frame = planned_indicators(primary_county([400, 400], {ROOMS: [90, 10]}), Plan())
    problem = problem_from_indicators(
        frame,
        limits={("primary", ROOMS): "2.3"},
        floors={("primary", ROOMS): "1.955"},
        cv_limits={},
        minimum_met=1,
        settings=plain_settings(),
    )
    assert optimum(problem).certificate.cost_wan_cny == 0


def nine_year_county(rooms):
    """One nine-year school (100 primary, 100 junior pupils) beside a primary and a junior school of 100."""
    weighted = 100 + 1.1 * 100
    rows = [
        ("primary", "N", rooms, 1.0, weighted),
        ("junior_secondary", "N", rooms, 1.1, weighted),
        ("primary", "P", 3.0, 1.0, 100.0),
        ("junior_secondary", "J", 3.0, 1.0, 100.0),
    ]
    frame = pd.DataFrame(
        [
            {"stage": s, "school_code": c, "school_name": c, "indicator": ROOMS, "amount": a, "scale": 100, "stage_weight": w,
             "weighted_pupils": p, "enrolment": 100}
            for s, c, a, w, p in rows
        ]
    )  # fmt: skip
    limits = {("primary", ROOMS): "2.3", ("junior_secondary", ROOMS): "2.4"}
    return problem_from_indicators(
        frame,
        limits=limits,
        floors=limits,
        cv_limits=dict.fromkeys(limits, "0.5"),
        minimum_met=1,
        settings=plain_settings(),
    )


def test_a_shared_campus_is_one_decision_that_serves_both_stages_by_weight():
    # primary part: 100·A/210 ≥ 2.3 asks A ≥ 4.83; junior part: 110·A/210 ≥ 2.4 asks A ≥ 4.58; so five rooms in all
    problem = nine_year_county(3.0)
    assert len(problem.holdings) == 3
    found = optimum(problem)
    assert found.plan.done == {("equip_multimedia_classroom", ("N", "")): 2}
    values = planned_indicators(problem, found.plan).set_index(["school_code", "stage"])["value"]
    assert values["N", "primary"] == pytest.approx(100 * 5 / 210)
    assert values["N", "junior_secondary"] == pytest.approx(110 * 5 / 210)


ROTATING = replace(bare_costs(), within=())
STAFF = {TEACHERS: [60, 35, 42], "backbone_teachers": [20, 10, 10], "pe_arts_teachers": [12, 12, 12]}


def test_teachers_move_from_surplus_where_that_is_cheaper_and_a_fifth_of_them_are_backbone():
    problem = primary_county([1000, 1000, 1000], STAFF, settings=ROTATING, minimum_met=3)
    found = optimum(problem)
    # seven are wanted at S1: two of them (≥ 20 %) backbone at 1.5 and five others at 1.2
    assert found.plan.done == {}
    assert found.certificate.cost_wan_cny == pytest.approx(2 * 1.5 + 5 * 1.2)
    result = plan_remediation(problem, gap=0.0)
    assert result.moves()["teachers"].sum() == 7
    assert set(result.moves()["from_school"]) == {"S0"}


def test_no_school_gives_below_its_own_need_so_the_rest_is_hired():
    staff = {**STAFF, TEACHERS: [45, 35, 42]}
    found = optimum(primary_county([1000, 1000, 1000], staff, settings=ROTATING, minimum_met=3))
    assert found.plan.done == {("hire_teacher", ("S1", "primary")): 4}
    assert sum(found.plan.moved_out.values()) == 3


def test_the_exact_judge_objects_to_each_broken_rule_of_rotation():
    problem = primary_county([1000, 1000, 1000], STAFF, settings=ROTATING, minimum_met=3)
    give, take = ("rotate_teacher", ("S0", "primary")), ("rotate_teacher", ("S1", "primary"))
    families = {breach.family for breach in breaches(problem, Plan(moved_in={take: 7}, moved_out={give: 7}))}
    assert families == {"rotation"}  # seven moved, none of them backbone
    assert "rotation" in {b.family for b in breaches(problem, Plan(moved_in={take: 7}))}  # nobody sent them
    drained = Plan(moved_in={take: 19}, moved_out={give: 19})
    assert "donor_need" in {b.family for b in breaches(problem, drained)}


def test_backbone_teachers_come_from_the_school_s_own_teachers():
    settings = replace(bare_costs(), profiles=())
    county = {TEACHERS: [5, 5], "backbone_teachers": [0, 5]}
    problem = primary_county([100, 100], county, settings=settings, minimum_met=1, cv_limit="0.01")
    families = [
        b.family
        for b in breaches(problem, Plan({("develop_backbone_teacher", ("S0", "primary")): Fraction(6)}))
    ]
    assert "within" in families
    assert optimum(problem).plan.done == {("develop_backbone_teacher", ("S0", "primary")): 5}


def test_a_frozen_school_that_misses_a_limit_is_the_named_reason():
    problem = primary_county(
        [500, 500], {TEACHERS: [10, 30]}, settings=plain_settings(frozen_schools=frozenset({"S0"}))
    )
    result = plan_remediation(problem)
    assert result.plan is None
    assert result.certificate.status is PlanStatus.INFEASIBLE
    assert [(reason.family, reason.school_codes) for reason in result.reasons] == [("school_need", ("S0",))]
    assert "小学0（S0）" in tell(result.reasons[0].message)
    assert "冻结" in tell(result.reasons[0].message)
    assert json.loads(json.dumps(result.to_dict(), default=tell))["reasons"]


def test_a_ceiling_binds_exactly_and_below_the_need_it_is_the_reason():
    def county(most):
        ceiling = Ceiling("S0", "equip_multimedia_classroom", Fraction(most))
        return primary_county(
            [500, 500], {ROOMS: [5, 12]}, settings=plain_settings(ceilings=(ceiling,)), minimum_met=1
        )

    assert optimum(county(7)).plan.done == {("equip_multimedia_classroom", ("S0", "")): 7}
    reasons = plan_remediation(county(6)).reasons
    assert [(reason.family, reason.school_codes) for reason in reasons] == [("school_need", ("S0",))]
    assert "上限" in tell(reasons[0].message)


def test_a_coefficient_that_nobody_may_repair_is_the_reason():
    frozen = plain_settings(frozen_schools=frozenset({"S0", "S1"}))
    result = plan_remediation(primary_county([400, 400], {ROOMS: [90, 10]}, settings=frozen))
    assert [(reason.family, reason.indicator) for reason in result.reasons] == [("coefficient", ROOMS)]


def test_a_budget_exactly_large_enough_suffices_and_one_yuan_less_names_the_least_cost():
    def county(budget):
        settings = plain_settings(budget_total=Fraction(budget))
        return primary_county([500, 500], {TEACHERS: [10, 30]}, settings=settings, minimum_met=1)

    assert optimum(county("132")).certificate.cost_wan_cny == 132
    result = plan_remediation(county("131.9999"))
    assert result.plan is None
    assert [reason.family for reason in result.reasons] == ["budget"]
    assert "至少需要132.00万元" in tell(result.reasons[0].message)


def test_large_classes_are_relieved_by_opening_classes():
    classes = {("primary", "S0"): 10, ("primary", "S1"): 10}
    problem = primary_county(
        [451, 450], {TEACHERS: [30, 30]}, classes=classes, class_size_limits={"primary": 45}
    )  # fmt: skip
    assert {b.family for b in breaches(problem, Plan())} == {"class_size"}
    assert optimum(problem).plan.opened == {0: 1}


def test_a_school_too_large_needs_a_neighbour_and_says_so_without_one():
    link = RezoningLink("primary", "S0", "S1", 300, Fraction(1, 100))
    sizes = {"S0": 2000, "S1": 2000}
    amounts = {TEACHERS: [120, 120]}
    alone = plan_remediation(primary_county([2100, 1800], amounts, school_size_limits=sizes))
    assert [(reason.family, reason.school_codes) for reason in alone.reasons] == [("school_size", ("S0",))]
    assert "划片调整" in tell(alone.reasons[0].message)
    problem = primary_county(
        [2100, 1800], amounts, school_size_limits=sizes, settings=plain_settings(rezoning=(link,))
    )
    assert optimum(problem).plan.rezoned == {0: 100}


def test_time_that_is_over_gives_the_plan_in_hand_or_none_and_a_bound_that_is_true():
    problem = county_problem(seeded_county(40, 5, 0.6), bare_costs())
    known = searched(problem, gap=0.01, seconds=60)
    hasty = searched(problem, gap=0.0, seconds=0.4)
    assert hasty.certificate.status in (PlanStatus.FEASIBLE, PlanStatus.NO_PLAN_IN_TIME)
    assert hasty.certificate.lower_bound_wan_cny <= known.certificate.cost_wan_cny
    if hasty.plan is not None:
        assert hasty.certificate.gap > 0
        assert breaches(problem, hasty.plan) == ()
    nothing = plan_remediation(problem, seconds=0.0)
    assert nothing.certificate.status is PlanStatus.NO_PLAN_IN_TIME
    assert [reason.family for reason in nothing.reasons] == ["time"]


def test_a_plan_the_second_judge_objects_to_is_never_returned():
    problem = primary_county([500, 500], {TEACHERS: [10, 30]})
    seen = []

    def judge(indicators):
        seen.append(indicators)
        return ["复核不通过"]

    result = plan_remediation(problem, check=judge)
    assert result.plan is None
    assert "复核不通过" in tell(result.reasons[0].message)
    assert seen[0].loc[seen[0].school_code == "S0", "amount"].item() > 10


def test_progress_reports_a_rising_bound_and_a_falling_cost():
    seen = []
    searched(county_problem(seeded_county(12, 1), bare_costs()), progress=lambda *step: seen.append(step))
    bounds, costs = [step[0] for step in seen], [step[1] for step in seen]
    assert bounds == sorted(bounds)
    assert costs == sorted(costs, reverse=True)
    assert all(bound <= cost for bound, cost in zip(bounds, costs, strict=True))


@pytest.fixture(scope="module")
def county():
    problem = county_problem(seeded_county(14, 3), bare_costs())
    return problem, plan_remediation(problem, gap=0.002, years=[2026, 2027, 2028])


def test_the_planned_county_passes_by_the_textbook_formula_too(county):
    problem, result = county
    assert result.certificate.status is PlanStatus.OPTIMAL
    cv_limits = {"primary": 0.5, "junior_secondary": 0.45}
    frame = planned_indicators(problem, result.plan)
    for _, group in frame.groupby(["stage", "indicator"]):
        share = group["enrolment"] / group["enrolment"].sum()
        mean = (share * group["value"]).sum()
        deviation = np.sqrt((share * (group["value"] - mean) ** 2).sum())
        assert deviation / mean <= cv_limits[group["stage"].iloc[0]] + 1e-12
    limits = {
        (s, k): float(v[1][i])
        for k, v in INDICATORS.items()
        for i, s in enumerate(["primary", "junior_secondary"])
    }
    frame["limit"] = [limits[key] for key in zip(frame["stage"], frame["indicator"], strict=True)]
    met = (frame["value"] >= frame["limit"] - 1e-9).groupby([frame["stage"], frame["school_code"]]).sum()
    assert met.min() >= 6
    assert (frame["value"] >= 0.85 * frame["limit"] - 1e-9).all()


def test_whole_things_are_whole_and_the_money_adds_up(county):
    problem, result = county
    tasks = result.tasks()
    whole = tasks[tasks["unit"].isin(["人", "间", "平方米"])]
    assert (whole["quantity"] == whole["quantity"].round()).all()
    assert tasks["cost_wan_cny"].sum() == pytest.approx(result.certificate.cost_wan_cny)
    assert result.totals()["cost_wan_cny"].sum() == pytest.approx(result.certificate.cost_wan_cny)
    assert cost_of(problem, result.plan) == sum(task.cost for task in result.tasks_by_year)


def test_the_staircase_ends_in_a_county_that_passes_and_never_overspends(county):
    _, result = county
    stairs = result.staircase()
    assert list(stairs["year"]) == [2026, 2027, 2028]
    share = result.certificate.cost_wan_cny / 3
    assert (stairs["cumulative_cost_wan_cny"] <= share * np.arange(1, 4) + 1e-9).all()
    assert list(stairs.iloc[-1][["schools_below_rule", "coefficients_above_limit"]]) == [0, 0]
    assert stairs["schools_below_rule"].is_monotonic_decreasing


def test_yearly_budgets_of_the_costs_file_bind_and_carry_over(county):
    problem, result = county
    cost = Fraction(result.certificate.cost_wan_cny).limit_denominator(100)
    yearly = ((2026, cost / 10), (2027, cost))
    staged = plan_remediation(
        problem.with_settings(replace(problem.settings, budget_yearly=yearly)), gap=0.002
    )
    stairs = staged.staircase()
    assert stairs["cost_wan_cny"].iloc[0] <= float(cost / 10)
    assert stairs["cost_wan_cny"].sum() <= float(cost * Fraction(11, 10))


def test_moves_are_told_as_pairs_that_balance_and_never_stay_at_home(county):
    _, result = county
    moves = result.moves()
    assert len(moves) > 0
    assert (moves["from_school"] != moves["to_school"]).all()
    assert (
        moves["teachers"].sum() == sum(result.plan.moved_in.values()) == sum(result.plan.moved_out.values())
    )


def test_the_json_holds_every_frame(county):
    _, result = county
    told = json.loads(json.dumps(result.to_dict(), ensure_ascii=False, default=tell))
    assert told["certificate"]["status"] == "optimal"
    assert {"tasks", "totals", "schools", "moves", "coefficients", "staircase", "settings"} <= set(told)
    assert len(told["schools"]) == len(result.problem.cells)


def test_the_usual_plan_costs_more_and_may_leave_coefficients_open():
    # S2 is so rich that lifting the others to the standard leaves the coefficient above 0.5
    problem = primary_county([400, 400, 400], {ROOMS: [4, 8, 60], TEACHERS: [17, 17, 17]})
    table = compare_with_naive(problem, optimum(problem)).costs.set_index("variant").to_dict("index")
    assert table["lift_every_school"]["cost_wan_cny"] == 4 * (6 + 2)
    assert table["lift_every_school"]["coefficients_above_limit"] == 1
    assert table["lift_then_repair"]["coefficients_above_limit"] == 0
    assert table["lift_then_repair"]["ratio_to_optimum"] >= 1


def test_the_price_of_a_lower_coefficient_is_at_most_what_the_cheapest_plans_differ_by():
    problem = primary_county([400, 400, 400], {ROOMS: [10, 10, 40]})
    cost = {
        limit: searched(
            problem.with_cv_limit("primary", ROOMS, Fraction(limit)), gap=0.0, seconds=20
        ).certificate
        for limit in ("0.6", "0.5", "0.4")
    }
    prices = price_of_coefficient(problem, "primary", ROOMS, list(cost), plan=cost["0.6"])
    assert list(prices["cv_limit"]) == [0.6, 0.5, 0.4]
    least = [one.cost_wan_cny for one in cost.values()]
    assert all(prices["lower_bound_wan_cny"] <= np.array(least) + 1e-6)
    assert all(prices["cost_wan_cny"] >= np.array(least) - 1e-6)
    told = prices["price_per_hundredth_wan_cny"]
    assert math.isnan(told[0])
    for row, hundredths in ((1, 10), (2, 20)):
        assert told[row] == pytest.approx((prices["lower_bound_wan_cny"][row] - least[0]) / hundredths)
        assert 0 < told[row] <= (least[row] - least[0]) / hundredths + 1e-6


def test_a_missing_amount_is_refused_by_name_and_never_read_as_zero():
    with pytest.raises(ParameterError, match="小学1（S1）小学网络多媒体教室：数值缺失"):
        primary_county([100, 100], {ROOMS: [3, float("nan")]})


def test_rows_without_pupils_take_no_part_and_are_listed():
    frame = planned_indicators(primary_county([100, 100], {ROOMS: [3, 3]}), Plan())
    frame.loc[1, ["enrolment", "weighted_pupils"]] = 0
    limits = {("primary", ROOMS): LIMITS[ROOMS]}
    problem = problem_from_indicators(
        frame, limits=limits, floors=limits, cv_limits={}, minimum_met=1, settings=plain_settings()
    )
    assert problem.left_out == ("S1 primary",)
    assert len(problem.rows) == 1


def test_a_stage_of_one_school_has_no_coefficient_to_break():
    assert optimum(primary_county([100], {ROOMS: [1]}, minimum_met=1)).plan.done == {
        ("equip_multimedia_classroom", ("S0", "")): 2
    }
