"""From an assessed county to its least-cost plan and back into the county's own rows and files.

Numbers come from the regulation (§3.1: 4.2 and 0.9 teachers per hundred pupils, 2000 yuan, 85 %, one tolerated shortfall) and
from counting by hand in counties of schools with 100 pupils.
"""

from __future__ import annotations

import copy
import io
import math
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest

from balance_analysis.door import open_assessment
from balance_analysis.errors import ParameterError
from balance_analysis.measures.indicators import compute_indicators
from balance_analysis.remediation import Plan, PlanStatus, load_costs, plan_remediation
from balance_analysis.remediation.county import (
    judge_of,
    plan_years,
    problem_of_county,
    year_rows,
)
from balance_analysis.remediation.plan import carry_out, values_of
from balance_analysis.remediation.row_judge import objections_of
from balance_analysis.remediation.saved import plan_from_dict, plan_to_dict
from balance_analysis.remediation.worth import prices_of, spending_by_school
from balance_analysis.reporting.plan_files import PLANNED_LABEL, run_plan, write_planned_workbook
from balance_analysis.reporting.plan_workbook import plan_workbook
from balance_analysis.words import tell
from tests.conftest import HOSTILE_NAME
from tests.county_tables import BLANK, assess, records, regime_2012, school, tables_of, write_county
from tests.plan_counties import FORMULA_NAME, cell, costs_with, poor_county, sample_plan, solved

pytestmark = pytest.mark.xdist_group("plans of the samples")  # solved once, by one worker

# --- the law as the problem's limits ----------------------------------------------------------------------


def test_limits_floors_and_counts_are_the_regimes_own_numbers_exactly() -> None:
    problem, _ = problem_of_county(assess(*poor_county()), load_costs())
    rule = problem.rules["primary", "above_standard_qualified_teachers"]
    assert (rule.limit, rule.floor, rule.cv_limit) == (Fraction("4.2"), Fraction("3.57"), Fraction("0.5"))
    assert problem.minimum_met == {"primary": 6}
    assert problem.class_size_limits["primary"] == 45
    assert set(problem.school_size_limits.values()) == {2000}


def test_a_regime_without_limits_for_schools_has_no_such_plan() -> None:
    county = assess(*poor_county(), regime=regime_2012())
    with pytest.raises(ParameterError, match="没有逐校标准值"):
        problem_of_county(county, load_costs())


def test_a_blank_figure_stops_the_plan_and_names_the_school() -> None:
    county = assess(*poor_county(multimedia_classrooms=BLANK))
    with pytest.raises(ParameterError, match="模拟学校0002（0002）小学网络多媒体教室：数值缺失"):
        problem_of_county(county, load_costs())


def test_a_school_above_its_size_is_named_and_may_not_grow_unless_pupils_may_leave() -> None:
    big = school("0009", school_name="模拟大校", primary_enrolment=2001)
    county = assess(*poor_county(), big)
    problem, open_points = problem_of_county(county, load_costs())
    assert problem.school_size_limits["0009"] == 2001
    assert any("模拟大校（2001人，上限2000人）" in tell(text) for text in open_points)
    link = '\n[[rezoning]]\nstage = "primary"\nfrom_school = "0009"\nto_school = "0001"\nat_most = "9"\nunit_cost_wan_cny = "0"\n'
    problem, open_points = problem_of_county(county, costs_with(link))
    assert problem.school_size_limits["0009"] == 2000
    assert not any("模拟大校" in tell(text) for text in open_points)


def test_years_run_from_the_year_after_the_data_to_the_target_year_and_a_passed_one_leaves_none() -> None:
    county = assess(*poor_county(), target_year=2023)
    assert plan_years(county, load_costs()) == (2021, 2022, 2023)
    assert plan_years(replace(county, target_year=None), load_costs()) == ()
    assert plan_years(replace(county, target_year=2020), load_costs()) == ()


# --- the planned county before the ordinary judge ---------------------------------------------------------


def test_the_ordinary_judge_names_what_fails_and_is_silent_when_everything_passes() -> None:
    county = assess(*poor_county())
    schools, coefficient = map(tell, objections_of(year_rows(county), county.regime))
    assert schools == "3所学校中2所达标。"
    assert "差异系数" in coefficient
    assert objections_of(tables_of(school("0001"), school("0002")).schools, county.regime) == []


def test_a_stage_of_one_school_has_no_coefficient_and_that_is_no_objection() -> None:
    county = assess(school("0001"))
    assert objections_of(year_rows(county), county.regime) == []


def test_the_plan_of_a_small_county_moves_three_teachers_and_buys_up_to_the_floor() -> None:
    """Counted by hand: the schools have 6, 0 and 4 PE and arts teachers and 30, 12 and 30 万元 of equipment.

    One shortfall may stay, so equipment goes from 12 to its floor 17 (85 % of 20): 5 万元. One PE teacher moved leaves
    5, 1, 4 with CV 0.51 > 0.50; two are needed (2 × 1.2), and of all who move at least 20 % are backbone
    teachers (1.5). Hiring one PE teacher alone would cost 12.5.
    """
    plan = solved(*poor_county())
    assert plan.result.certificate.status is PlanStatus.OPTIMAL
    after = plan.planned_schools()
    assert cell(after, "0002", "teaching_equipment_value_wan_cny") == 17
    assert plan.result.certificate.cost_wan_cny == pytest.approx(5 + 2 * 1.2 + 1.5)
    assert objections_of(after, plan.county.regime) == []
    assert len(judge_of(plan.county, plan.problem)(Plan())) == 2


def test_whole_classrooms_on_two_campuses_that_fall_short_of_their_proportion_are_made_up_for() -> None:
    """A nine-year school with a nine-year campus: rooms shared in proportion cannot be cut, so the model's cheapest plan fails.

    The county still gets a plan that passes, one classroom (4 万元) above the bound, and the gap is told as it is.
    """
    many = {
        f"{stage}_{name}": 900
        for stage in ("primary", "junior_secondary")
        for name in ("full_time_teachers", "teachers_bachelor", "backbone_teachers", "pe_teachers")
    } | {"teaching_and_auxiliary_area_m2": 9000, "sports_ground_area_m2": 9000}

    def part(code: str, primary: int, junior: int, rooms: int, value: int, **given: Any) -> dict[str, Any]:
        pupils = {"primary_enrolment": primary, "junior_secondary_enrolment": junior}
        held = {"multimedia_classrooms": rooms, "teaching_equipment_value_wan_cny": value}
        return school(code, "nine_year", **many, **pupils, **held, **given)

    rows = [
        part("0001", 39, 217, 2, 5),
        part("0002", 144, 203, 1, 4, counted_as_school=False, main_school_code="0001"),
    ]
    county = assess(*rows)
    problem, open_points = problem_of_county(county, load_costs())
    assert any("多个校区" in tell(text) for text in open_points)
    judge = judge_of(county, problem)
    assert plan_remediation(problem, seconds=5, check_plan=judge).plan is None
    assert judge.shortfalls
    plan = solved(*rows)
    certificate = plan.result.certificate
    assert certificate.status is PlanStatus.FEASIBLE
    assert objections_of(plan.planned_schools(), county.regime) == []
    assert certificate.cost_wan_cny is not None
    assert certificate.lower_bound_wan_cny is not None
    assert certificate.cost_wan_cny - certificate.lower_bound_wan_cny == pytest.approx(4, abs=0.02)


@pytest.mark.parametrize("county", [pytest.param("桓台县", marks=pytest.mark.nightly), "襄汾县"])
def test_the_rows_carried_out_give_exactly_the_values_the_plan_promises(county: str) -> None:
    """Two ways to one number: the solver's own arithmetic, and the indicators computed again from the school table."""
    plan = sample_plan(county)
    assert plan.result.plan is not None
    promised = values_of(plan.problem, carry_out(plan.problem, plan.result.plan))
    tables = replace(plan.county.tables, schools=plan.planned_schools())
    again = compute_indicators(tables, plan.county.regime)
    found = {
        (row["stage"], row["school_code"], row["indicator"]): row["exact_value"]
        for row in again.to_dict("records")
    }
    assert len(found) == len(plan.problem.cells)
    for one, value in zip(plan.problem.cells, promised, strict=True):
        row = plan.problem.rows[one.row]
        assert float(found[row.stage, row.school_code, one.indicator]) == pytest.approx(
            float(value), rel=1e-12
        )


@pytest.mark.parametrize("county", ["桓台县", "襄汾县"])
def test_the_planned_workbook_of_a_sample_county_is_assessed_and_passes(county: str, tmp_path: Path) -> None:
    plan = sample_plan(county)
    assert plan.county.outcome == "not_met"
    path = write_planned_workbook(plan, tmp_path / "planned.xlsx")
    again = open_assessment(path, regime="quality_balance_2017", year=2017)
    assert again.outcome == "met"
    assert set(again.schools["outcome"]) == {"met"}
    assert [issue for issue in again.issues if issue.severity == "hard"] == []
    guide = openpyxl.load_workbook(path)["填报说明"]
    texts = [str(value) for row in guide.iter_rows(max_row=6, values_only=True) for value in row if value]
    assert any(PLANNED_LABEL in text for text in texts)
    assert "模拟数据" in texts


def test_money_by_school_adds_up_to_the_plan_without_the_moves() -> None:
    plan = sample_plan("桓台县")
    tasks = plan.result.tasks()
    spending = spending_by_school(plan.result, plan.county.regime)
    assert spending["cost_wan_cny"].sum() == pytest.approx(
        tasks.loc[tasks["kind"].isin(["action", "open_class"]), "cost_wan_cny"].sum()
    )
    assert spending["share"].sum() == pytest.approx(1)
    assert list(spending["cost_wan_cny"]) == sorted(spending["cost_wan_cny"], reverse=True)
    moved = tasks.loc[tasks["kind"] == "move", "quantity"].sum()
    for word in ("调出", "调入"):
        counted = sum(
            number for measures in spending["measures"] for label, number, _ in measures if word in label
        )
        assert counted == moved


def test_the_usual_plan_is_dearer_and_the_bound_lies_below_every_variant_that_passes() -> None:
    plan = sample_plan("桓台县")
    assert plan.comparison is not None
    costs = {row["variant"]: row for row in records(plan.comparison.costs)}
    assert costs["lift_every_school"]["coefficients_above_limit"] > 0
    assert costs["lift_then_repair"]["ratio_to_optimum"] > 1.2
    bound = costs["optimum"]["lower_bound_wan_cny"]
    assert all(costs[name]["cost_wan_cny"] >= bound for name in ("lift_then_repair", "optimum"))
    assert plan.prices is not None
    of_sports = plan.prices[(plan.prices["stage"] == "primary") & (plan.prices["indicator"] == "sports_area")]
    assert list(of_sports["cv_limit"]) == [0.48, 0.47, 0.46, 0.43]
    assert of_sports["cost_wan_cny"].is_monotonic_increasing


def test_a_rise_in_cost_that_is_not_proven_gets_no_price() -> None:
    """A plan dearer than what the next tighter limit needs at least, by what its own gap leaves open: no rise is proven there."""
    plan = sample_plan("桓台县")
    assert plan.prices is not None
    tighter = float(plan.prices["lower_bound_wan_cny"].iloc[1])
    certificate = replace(plan.result.certificate, cost_wan_cny=tighter + 1)
    worse = replace(plan.result, search=replace(plan.result.search, certificate=certificate))
    first = records(prices_of(worse, seconds=60))[:3]
    assert [math.isnan(row["price_per_hundredth_wan_cny"]) for row in first] == [True, True, False]


# --- saved and read again ---------------------------------------------------------------------------------


def test_a_saved_plan_reads_back_as_the_same_plan() -> None:
    plan = solved(*poor_county())
    content = plan_to_dict(plan)
    again = plan_from_dict(content, plan.county, load_costs())
    assert again.read_from_file
    assert plan_to_dict(again) == content
    pd.testing.assert_frame_equal(again.planned_schools(), plan.planned_schools())


def test_a_saved_plan_is_refused_for_other_prices_other_data_or_with_a_task_changed() -> None:
    plan = solved(*poor_county())
    content = plan_to_dict(plan)
    with pytest.raises(ParameterError, match="单价与规则不同"):
        plan_from_dict(content, plan.county, costs_with(top='frozen_schools = ["0003"]'))
    with pytest.raises(ParameterError, match="数据学年不同（方案为2020，当前为2019）"):
        plan_from_dict(content, replace(plan.county, year=2019), load_costs())
    less = copy.deepcopy(content)
    bought = next(task for task in less["tasks"] if task["measure"] == "buy_equipment")
    bought["quantity"] -= 0.01
    with pytest.raises(ParameterError, match="已不能通过复核"):
        plan_from_dict(less, plan.county, load_costs())
    old = {**content, "schema": 0}
    with pytest.raises(ParameterError, match="版本"):
        plan_from_dict(old, plan.county, load_costs())


def test_a_county_without_a_plan_is_saved_with_its_reasons() -> None:
    frozen = costs_with(top='frozen_schools = ["0002"]')
    plan = solved(*poor_county(), settings=frozen)
    assert not plan.found
    assert plan.result.certificate.status is PlanStatus.INFEASIBLE
    again = plan_from_dict(plan_to_dict(plan), plan.county, frozen)
    assert again.result.reasons == plan.result.reasons
    assert {code for reason in again.result.reasons for code in reason.school_codes} == {"0002"}
    with pytest.raises(ParameterError):
        again.planned_schools()


# --- plan.xlsx --------------------------------------------------------------------------------------------

SHEETS = [
    "总览", "措施汇总", "分年度", "任务分解", "任务表", "一校一案", "逐校措施", "教师交流", "差异系数",
    "与逐校达标法比较", "每0.01差异系数的代价",
]  # fmt: skip


def open_book(content: bytes) -> Any:
    """Without openpyxl's types: a cell may hold anything."""
    return openpyxl.load_workbook(io.BytesIO(content))


def test_the_workbook_has_its_sheets_holds_no_formula_and_is_the_same_twice() -> None:
    plan = solved(*poor_county())
    content = plan_workbook(plan)
    assert content == plan_workbook(plan)
    book = open_book(content)
    assert book.sheetnames == SHEETS
    cells = [cell for page in book for row in page.iter_rows() for cell in row]
    assert [cell.coordinate for cell in cells if cell.data_type == "f"] == []
    texts = {cell.value for cell in cells}
    assert {FORMULA_NAME, HOSTILE_NAME} <= texts
    assert all("模拟数据" in page.oddFooter.left.text for page in book)


def test_tasks_totals_and_years_of_the_workbook_add_up_to_the_certificate() -> None:
    plan = sample_plan("桓台县")
    book = open_book(plan_workbook(plan))
    cost = plan.result.certificate.cost_wan_cny
    assert cost is not None
    totals = [row for row in book["措施汇总"].iter_rows(min_row=4, values_only=True) if row[1]]
    assert totals[-1][1] == "合计"
    assert sum(float(row[4]) for row in totals[:-1]) == pytest.approx(cost)
    tasks = [row for row in book["任务分解"].iter_rows(min_row=4, values_only=True) if row[0]]
    assert sum(float(row[9]) for row in tasks) == pytest.approx(cost)
    assert all(float(row[6]) * float(row[8]) == pytest.approx(float(row[9])) for row in tasks)
    years = [row for row in book["分年度"].iter_rows(min_row=4, values_only=True) if row[0]]
    assert [row[0] for row in years] == ["2018年", "2019年", "2020年"]
    assert float(years[-1][2]) == pytest.approx(cost)
    assert years[-1][3:5] == (0, 0)
    form = [row for row in book["任务表"].iter_rows(min_row=4, values_only=True) if row[0]]
    assert sum(float(row[5]) for row in form) == pytest.approx(cost)


def test_the_task_sheet_has_the_headers_of_the_fill_in_template(tmp_path: Path) -> None:
    book = open_book(plan_workbook(solved(*poor_county())))
    template = openpyxl.load_workbook(write_county(tmp_path / "x.xlsx", school()))["任务"]
    known = {cell.value for cell in next(template.iter_rows(max_row=1))}
    heads = {cell.value for cell in next(book["任务表"].iter_rows(min_row=3, max_row=3))}
    assert heads <= known


def test_every_price_used_stands_in_the_overview_with_basis_and_grade() -> None:
    plan = solved(*poor_county())
    rows = list(open_book(plan_workbook(plan))["总览"].iter_rows(values_only=True))
    for action in plan.problem.settings.actions:
        assert (action.label, f"每{action.unit}", float(action.unit_cost), action.basis, "C") in rows
    for profile in plan.problem.settings.profiles:
        assert any(row[0] == profile.label and row[2] == float(profile.unit_cost) for row in rows)
    text = "".join(str(value) for row in rows for value in row if value)
    assert "任何可行方案至少需要" in text
    assert "规划假设" in text


def test_a_county_without_a_plan_gets_an_overview_with_the_reasons_and_no_other_sheet() -> None:
    plan = solved(*poor_county(), settings=costs_with('\n[budget]\ntotal_wan_cny = "1"\n'))
    book = open_book(plan_workbook(plan))
    assert book.sheetnames == ["总览"]
    text = "".join(str(value) for row in book["总览"].iter_rows(values_only=True) for value in row if value)
    assert "没有方案的原因预算：预算不足" in text
    assert "至少需要8.90万元" in text


def test_a_county_that_passes_already_needs_nothing() -> None:
    plan = solved(school("0001"), school("0002"))
    assert plan.result.certificate.cost_wan_cny == 0
    book = open_book(plan_workbook(plan))
    assert book["措施汇总"]["A4"].value == "（无）"
    assert "不需要新的措施" in book["总览"]["A2"].value


# --- wrong use --------------------------------------------------------------------------------------------


def test_a_county_that_cannot_be_planned_is_listed_with_the_reason_and_leaves_no_folder(
    tmp_path: Path,
) -> None:
    path = write_county(tmp_path / "模拟县.xlsx", *poor_county(multimedia_classrooms=None))
    (outcome,) = run_plan([path], regime="quality_balance_2017", out=tmp_path / "out", progress=False)
    assert (outcome.status, outcome.folder, outcome.files) == ("blocked", None, ())
    assert "数值缺失" in outcome.message
    assert not (tmp_path / "out").exists()


def test_an_unknown_county_is_wrong_use(tmp_path: Path) -> None:
    path = write_county(tmp_path / "模拟县.xlsx", *poor_county())
    with pytest.raises(ParameterError, match="没有行政区划代码 999999"):
        run_plan([path], regime="quality_balance_2017", division_code="999999", out=tmp_path)
