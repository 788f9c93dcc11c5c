"""What people read about a least-cost plan: bounds rounded to the true side, prices called assumptions, nothing left out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from balance_analysis.findings import remediation as topic
from balance_analysis.remediation import PlanStatus
from balance_analysis.remediation.county import CountyPlan
from balance_analysis.remediation.naive import LIFT_EVERY_SCHOOL, LIFT_THEN_REPAIR, OPTIMUM
from balance_analysis.remediation.plan import FAMILIES as PLAN_FAMILIES
from balance_analysis.views.elements import ReportFigure, ReportTable
from balance_analysis.views.remediation import page as views
from balance_analysis.views.remediation.page import Explorer
from balance_analysis.words import labels, tell
from tests.conftest import HOSTILE_NAME
from tests.plan_counties import costs_with, poor_county, sample_plan, solved

pytestmark = pytest.mark.xdist_group("plans of the samples")  # solved once, by one worker


@pytest.fixture(scope="module")
def plan() -> CountyPlan:
    return sample_plan("桓台县")


@pytest.fixture(scope="module")
def small() -> CountyPlan:
    return solved(*poor_county())


def certified(plan: CountyPlan, **changes: Any) -> CountyPlan:
    """The same plan with another certificate."""
    search = plan.result.search
    certificate = replace(search.certificate, **changes)
    return replace(plan, result=replace(plan.result, search=replace(search, certificate=certificate)))


def without_plan(plan: CountyPlan, status: PlanStatus, **changes: Any) -> CountyPlan:
    changed = certified(plan, status=status, cost_wan_cny=None, gap=None, **changes)
    result = replace(changed.result, search=replace(changed.result.search, plan=None), tasks_by_year=())
    return replace(changed, result=result, comparison=None, prices=None)


def every_element(plan: CountyPlan) -> Iterator[Any]:
    yield views.title_page(plan)
    yield from views.certificate_elements(plan)
    yield from views.measure_elements(plan)
    yield from views.comparison_elements(plan)
    yield from views.coefficient_elements(plan)
    yield from views.staircase_elements(plan)
    if plan.found:
        yield from views.school_elements(plan)
    yield from views.price_elements(plan)
    yield from views.assumption_elements(plan)


def text(element: Any) -> str:
    return str(element.to_text())


def table(elements: Iterator[Any], title: str) -> list[list[str]]:
    (found,) = (one for one in elements if isinstance(one, ReportTable) and one.title == title)
    return [[cell.text for cell in row] for row in found.rows]  # type: ignore[attr-defined]


# --- words ------------------------------------------------------------------------------------------------


def test_every_status_variant_and_family_has_its_word() -> None:
    assert set(labels.PLAN_STATUSES) == set(PlanStatus)
    assert set(labels.VARIANTS) == {LIFT_EVERY_SCHOOL, LIFT_THEN_REPAIR, OPTIMUM}
    assert set(labels.FAMILIES) == {*PLAN_FAMILIES, "time"}


# --- elements ---------------------------------------------------------------------------------------------


def test_wherever_money_stands_the_prices_are_called_assumptions(plan: CountyPlan) -> None:
    with_money = [
        one
        for one in every_element(plan)
        if "万元" in str(one.to_json()) and "逐校措施" not in str(one.to_json())
    ]
    assert len(with_money) >= 8
    missing = [text(one).split("\n")[0] for one in with_money if "规划假设" not in str(one.to_json())]
    assert set(missing) <= {"分年度安排", "与逐校达标法比较"}  # their figures beside them say it


def test_the_measures_add_up_in_the_last_row(plan: CountyPlan) -> None:
    rows = table(views.measure_elements(plan), "整改措施汇总")
    assert rows[-1][0] == "合计"
    assert sum(float(row[2]) for row in rows[:-1]) == pytest.approx(float(rows[-1][2]))
    assert float(rows[-1][2]) == pytest.approx(plan.result.certificate.cost_wan_cny)


def test_the_comparison_names_the_variant_that_still_fails(plan: CountyPlan) -> None:
    rows = {row[0]: row for row in table(views.comparison_elements(plan), "与逐校达标法比较")}
    assert rows["逐校逐项补到标准值"][-1] == "1项差异系数超限"
    assert rows["逐校补齐后再降差异系数"][-1] == "达标"
    assert rows["最低成本整改方案"][3] == "1.00"
    assert "为整改方案的1." in "".join(tell(one) for one in topic.of_plan(plan))


def test_figures_have_alternatives_that_tell_every_number_drawn(plan: CountyPlan) -> None:
    figures = [one for one in every_element(plan) if isinstance(one, ReportFigure)]
    assert [one.caption for one in figures] == [
        "桓台县2017—2018学年三种做法所需资金", "桓台县2017—2018学年小学差异系数：整改前后",
        "桓台县2017—2018学年初中差异系数：整改前后", "桓台县2017—2018学年起分年度资金和进展",
    ]  # fmt: skip
    costs, primary, _, stairs = figures
    assert plan.comparison is not None
    for cost in plan.comparison.costs["cost_wan_cny"]:
        assert f"{cost:.0f}万元" in costs.alt
        assert f"{cost:.0f}万元" in costs.svg
    assert len(re.findall(r"由\d\.\d{3}到\d\.\d{3}（限值0\.50）", primary.alt)) == 7
    for row in plan.result.staircase().to_dict("records"):
        assert f"{row['year']}年累计{row['cumulative_cost_wan_cny']:.0f}万元" in stairs.alt
    assert "全部达标" in stairs.svg


def test_a_coefficient_above_its_limit_is_marked_before_and_not_after(plan: CountyPlan) -> None:
    (found,) = (one for one in views.coefficient_elements(plan) if isinstance(one, ReportTable))
    before = [row[2].status for row in found.rows]  # type: ignore[attr-defined]
    after = {row[3].status for row in found.rows}  # type: ignore[attr-defined]
    assert before.count("not_met") == 3
    assert after == {"met"}


def test_every_school_with_a_measure_stands_in_the_list_and_the_dearest_comes_first(
    small: CountyPlan,
) -> None:
    elements = list(views.school_elements(small))
    rows = table(iter(elements), "逐校措施")
    assert rows[0][0] == "模拟学校0002"
    assert "购置教学仪器设备5.00万元" in rows[0][1]
    assert "调入体育、艺术教师2人" in rows[0][1]
    assert {row[0] for row in rows} >= {"模拟学校0002", HOSTILE_NAME}


def test_every_price_used_is_listed_with_basis_and_grade(small: CountyPlan) -> None:
    (found,) = views.assumption_elements(small)
    settings = small.problem.settings
    assert len(found.rows) == len(settings.actions) + len(settings.profiles) + 1
    assert {row[-1].text for row in found.rows} == {"C"}  # type: ignore[attr-defined]
    assert "资金上限：未设。" in found.notes
    limited = solved(*poor_county(), settings=costs_with('\n[budget]\ntotal_wan_cny = "90"\n'))
    (found,) = views.assumption_elements(limited)
    assert "资金上限：90.0万元。" in found.notes


def test_the_price_of_a_hundredth_is_what_the_minimum_exceeds_the_plan_by(plan: CountyPlan) -> None:
    rows = [
        row
        for row in table(views.price_elements(plan), "差异系数再低0.01的代价")
        if row[0].startswith("小学 B5")
    ]
    assert rows[0][4] == "—"
    priced = [row for row in rows if row[4] != "—"]
    assert priced
    for row in priced:
        hundredths = (float(rows[0][1]) - float(row[1])) * 100
        assert float(row[4]) == pytest.approx((float(row[2]) - float(rows[0][3])) / hundredths, abs=0.011)


def test_coefficients_that_cost_nothing_are_told_in_words() -> None:
    (callout,) = views.price_elements(sample_plan("襄汾县"))
    assert "没有增加所需资金" in text(callout)


def test_without_a_plan_the_reasons_stand_and_no_table_pretends_to_be_a_plan() -> None:
    plan = solved(*poor_county(), settings=costs_with(top='frozen_schools = ["0002"]'))
    shown = list(every_element(plan))
    told = "".join(map(text, shown))
    assert "没有可行的整改方案" in told
    assert "该校被列为冻结学校" in told
    titles = [one.title for one in shown if isinstance(one, ReportTable)]
    assert titles == ["测算所用的单价和规则"]
    assert not [one for one in shown if isinstance(one, ReportFigure)]


def test_a_plan_without_years_has_no_staircase_figure(small: CountyPlan) -> None:
    (found,) = views.staircase_elements(small)
    assert found.rows[0][0].text == "不分年度"  # type: ignore[union-attr]


# --- sliders ----------------------------------------------------------------------------------------------


def test_the_sliders_show_cost_measures_and_figure_and_solve_only_what_is_not_known(
    small: CountyPlan, monkeypatch: pytest.MonkeyPatch
) -> None:
    solved: list[tuple[int | None, Any]] = []
    ordinary = CountyPlan.explore

    def counted(plan: CountyPlan, *, budget_wan_cny: int | None, cv_limit: Any, seconds: float) -> Any:
        solved.append((budget_wan_cny, cv_limit))
        return ordinary(plan, budget_wan_cny=budget_wan_cny, cv_limit=cv_limit, seconds=seconds)

    monkeypatch.setattr(CountyPlan, "explore", counted)
    sliders = Explorer(small)
    assert "状态：已证明" in sliders.answer.value  # the plan itself, before anything moves
    sliders.budget.value = 3  # without a limit on money
    assert solved == []
    sliders.unlimited.value = False  # 3万元: below the proven minimum of 8.90
    assert "3.0万元不够" in sliders.answer.value
    assert "至少需要8.9万元" in sliders.answer.value
    sliders.budget.value = 9  # above the plan's cost
    assert solved == []
    sliders.unlimited.value = True
    sliders.limit.value = 0.45
    assert len(solved) == 1
    answer = sliders.answer.value
    cost = float(re.findall(r"整改方案需要([\d,.]+)万元（单价为规划假设）", answer)[0].replace(",", ""))
    assert cost >= (small.result.certificate.cost_wan_cny or 0)
    assert "任何可行方案至少需要" in answer
    assert answer.count("<figure") == 1
    assert answer.count("<table") == 2
    sliders.limit.value = sliders.limit.max
    sliders.limit.value = 0.45
    assert len(solved) == 1


def test_the_sliders_never_loosen_a_limit_of_the_law(small: CountyPlan) -> None:
    loose = small.explore(budget_wan_cny=None, cv_limit=None, seconds=5)
    assert loose.certificate.cost_wan_cny == pytest.approx(small.result.certificate.cost_wan_cny)
    limits = pd.Series([rule.cv_limit for rule in small.problem.rules.values()])
    assert Explorer(small).limit.max == float(limits.max())
