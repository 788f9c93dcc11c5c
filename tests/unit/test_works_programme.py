"""The plan as a works programme: its margin, whole projects, round money, moves before ground, rooms and classes; saved plans refused."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from balance_analysis.errors import ParameterError
from balance_analysis.findings.case import Case
from balance_analysis.remediation import Plan, PlanStatus, breaches, load_costs, worth
from balance_analysis.remediation.county import CountyPlan, problem_of_county
from balance_analysis.remediation.projects import sites_of
from balance_analysis.remediation.saved import read_plan
from balance_analysis.reporting.forms import write_forms
from balance_analysis.reporting.saved_plans import saved_plan, write_plan
from balance_analysis.views.elements import ReportTable
from balance_analysis.views.remediation import page
from balance_analysis.words import tell
from tests.county_tables import assess, regime_2017, school
from tests.live_formulas import load
from tests.plan_counties import classes, costs_with, poor_county, sample_plan, solved

pytestmark = pytest.mark.xdist_group("plans of the samples")  # solved once, by one worker

MARGIN = Fraction(2, 100)
"""What the shipped file asks for (a planning assumption, issue of the works programme)."""


def test_the_county_after_the_plan_keeps_the_margin_below_every_limit_and_passes_its_items() -> None:
    plan = sample_plan("襄汾县")
    after = plan.planned_county
    assert after.outcome == "met"
    frame = after.current("coefficients")
    for row in frame[frame["limit"].notna()].to_dict("records"):
        assert row["cv"] <= row["limit"] - float(MARGIN) + 1e-12, row["indicator"]
    outcomes = after.items.set_index("item")["outcome"]
    assert [outcomes[item] for item in ("B10", "B11", "B12")] == ["met", "met", "met"]
    before = plan.county.items.set_index("item")["outcome"]
    assert [before[item] for item in ("B10", "B11", "B12")] == ["not_met"] * 3


def test_projects_are_whole_and_not_small_and_money_is_round() -> None:
    plan = sample_plan("襄汾县")
    actions = {action.id: action for action in plan.problem.settings.actions}
    assert plan.result.plan is not None
    for (name, _), quantity in plan.result.plan.done.items():
        assert quantity % actions[name].step == 0
        assert quantity >= actions[name].smallest
    tasks = plan.result.tasks()
    assert all(Fraction(str(cost)) % Fraction(1, 10) == 0 for cost in tasks["cost_wan_cny"].round(6))
    half = plan.result.plan.copy()
    key = next(key for key in half.done if key[0] == "build_sports_area")
    half.done[key] = Fraction(550)
    assert "smallest" in {breach.family for breach in breaches(plan.problem, half)}


def test_pupils_above_the_size_limit_move_first_and_to_schools_of_the_same_kind_with_free_places() -> None:
    plan = sample_plan("襄汾县")
    tasks = plan.result.tasks()
    moves = tasks[tasks["kind"] == "rezone"]
    assert moves["quantity"].sum() == 134  # 2 134 pupils, limit 2 000
    code = moves["school_code"].iloc[0]
    ground = tasks[(tasks["school_code"] == code) & (tasks["measure"] == "build_sports_area")]
    assert ground.index.min() > moves.index.max()
    strata = plan.county.current("schools").set_index("school_code")["stratum"]
    assert {strata[other] for other in moves["to_school"]} == {strata[code]}
    stays = plan.result.plan.copy() if plan.result.plan else Plan()
    stays.rezoned = {}
    assert "required_move" in {breach.family for breach in breaches(plan.problem, stays)}


def crowded_county(pupils: int) -> list[dict[str, object]]:
    """A school of so many pupils, every class full, beside a full one."""
    big = classes("primary", 45, b_41_to_45=50)
    small = classes("primary", 45, b_41_to_45=3)
    return [
        school("1", primary_enrolment=pupils, sports_ground_area_m2=3000, **big),
        school("2", primary_enrolment=135, sports_ground_area_m2=3000, **small),
    ]


def test_a_school_above_its_size_from_which_nobody_can_move_gets_no_ground() -> None:
    # The neighbour is no smaller than the law lets it be: it is frozen, so nobody can be sent there.
    settings = costs_with(top='frozen_schools = ["2"]')
    problem, open_points = problem_of_county(assess(*crowded_county(2001)), settings)
    assert problem.barred == {"1"}
    ground = next(action for action in problem.settings.actions if action.ground)
    assert sites_of(problem, ground) == []
    done = Plan({(ground.id, ("1", "")): Fraction(600)})
    assert "ground" in {breach.family for breach in breaches(problem, done)}
    assert any("不在该校增加用地" in tell(point) for point in open_points)
    plan = solved(*crowded_county(2001), settings=settings)
    assert plan.result.certificate.status is PlanStatus.INFEASIBLE
    assert any("分流之前不得增加用地" in tell(reason.message) for reason in plan.result.reasons)


def test_a_school_at_its_size_limit_is_free_to_build() -> None:
    settings = costs_with(top='frozen_schools = ["2"]')
    problem, _ = problem_of_county(assess(*crowded_county(2000)), settings)
    assert problem.barred == frozenset()
    assert problem.required == ()


def test_an_oversize_class_becomes_two_and_the_rooms_follow_the_classes() -> None:
    rows = [
        school("1", primary_enrolment=136, **classes("primary", 46, b_41_to_45=2, b_46_to_50=1)),
        school("2", primary_enrolment=135, **classes("primary", 45, b_41_to_45=3)),
    ]
    plan = solved(*rows)
    tasks = plan.result.tasks()
    opened = tasks[tasks["kind"] == "open_class"]
    assert list(zip(opened["school_code"], opened["quantity"], strict=True)) == [("1", 1.0)]
    assert plan.planned_county.items.set_index("item").loc["B12", "outcome"] == "met"


def test_without_a_margin_a_county_at_its_limit_has_a_plan_and_with_one_the_margin_is_the_reason() -> None:
    rows = poor_county()
    tight = replace(load_costs(), programme=replace(load_costs().programme, cv_margin=Fraction(499, 1000)))
    frozen = replace(tight, frozen_schools=frozenset({"0001"}))
    plan = solved(*rows, settings=frozen)
    assert plan.result.certificate.status is PlanStatus.INFEASIBLE
    assert [tell(reason.message) for reason in plan.result.reasons] == [
        "不留安全余量时有可行方案，留出0.499的安全余量后没有；请减小安全余量，或放宽上限、解除冻结"
    ]


def test_a_saved_plan_is_refused_in_one_sentence_for_another_year_law_or_county_or_when_it_is_none(
    tmp_path: Path,
) -> None:
    plan = solved(*poor_county())
    path = write_plan(plan, tmp_path / "plan.json")
    assert (
        read_plan(path, plan.county).result.certificate.cost_wan_cny == plan.result.certificate.cost_wan_cny
    )
    other_file = tuple(replace(source, sha256="1" * 64) for source in plan.county.tables.sources)
    for county, word in (
        (replace(plan.county, year=2019), "数据学年不同（方案为2020，当前为2019）"),
        (replace(plan.county, target_year=2025), "目标年不同"),
        (replace(plan.county, division_code="010204"), "行政区划代码不同"),
        (replace(plan.county, tables=replace(plan.county.tables, sources=other_file)), "填报数据不同"),
    ):
        with pytest.raises(ParameterError, match=word) as refused:
            read_plan(path, county)
        assert str(refused.value).count("。") == 0
        assert "\n" not in str(refused.value)
    content = json.loads(path.read_text(encoding="utf-8"))
    wrong: list[object] = [{}, [], content | {"tasks": [{"year": 1}]}, content | {"costs_text": "schema = 1"}]
    for broken in wrong:
        other = tmp_path / "other.json"
        other.write_text(json.dumps(broken), encoding="utf-8")
        with pytest.raises(ParameterError, match="不是本程序写出的整改方案"):
            read_plan(other, plan.county)


def test_a_plan_is_found_by_its_file_or_by_the_county_s_folder(tmp_path: Path) -> None:
    (tmp_path / "010203").mkdir()
    plan = tmp_path / "010203" / "plan.json"
    plan.write_text("{}", encoding="utf-8")
    assert saved_plan(plan, "999999") == str(plan)
    assert saved_plan(tmp_path, "010203") == str(plan)
    assert saved_plan(tmp_path, "010204") is None
    assert saved_plan(None, "010203") is None
    with pytest.raises(ParameterError, match="找不到整改方案"):
        saved_plan(tmp_path / "none", "010203")


def _adds_up(page: Any, plan: CountyPlan) -> None:
    """The note tells how the money of the listed problems adds up to the plan."""
    note = next(
        str(row[0].value) for row in page.iter_rows(min_row=4) if str(row[0].value).startswith("注：")
    )
    sums = note.partition("整改方案共需")[2].partition("。单价")[0]
    whole, *parts = (float(text.replace(",", "")) for text in re.findall(r"([\d,]+\.\d\d)万元", sums))
    assert whole == pytest.approx(plan.result.certificate.cost_wan_cny)
    assert sum(parts) == pytest.approx(whole)
    total = next(row for row in page.iter_rows(min_row=4) if row[0].value == "合计")
    assert total[8].value == pytest.approx(parts[0])


@pytest.mark.parametrize(
    ("grounds", "shares"), [((4500, 1000, 1000), {"sports_area": 1.0}), ((1200, 1000, 300), {})]
)
def test_the_table_of_measures_tells_what_only_a_coefficient_asks_for(
    grounds: tuple[int, ...], shares: dict[str, float]
) -> None:
    """Schools of equal size that all have 7.5 m² a pupil but spread too wide; and one that lacks ground in a county within the limit."""
    plan = solved(*(school(str(n), sports_ground_area_m2=area) for n, area in enumerate(grounds)))
    assert plan.found
    assert plan.result.totals()["measure"].tolist() == ["build_sports_area"]
    assert worth.beyond_standards(plan.result) == shares
    (table,) = page.measure_elements(plan)
    told = [note for note in table.notes if "超出各校达到标准所需" in note]
    assert told == (
        ["B5 体育场馆增加的总量有100%超出各校达到标准所需，用来把差异系数降到限值以下。"] if shares else []
    )


def test_a_school_of_two_stages_says_at_which_teachers_leave_and_arrive(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A teacher of the primary part goes to a primary school, one of a junior secondary school comes to the junior part."""
    monkeypatch.setattr(worth, "item_of_measures", lambda problem, regime: {})
    stages = [
        ("nine", "primary"),
        ("nine", "junior_secondary"),
        ("low", "primary"),
        ("high", "junior_secondary"),
    ]
    rows = [SimpleNamespace(school_code=code, stage=stage) for code, stage in stages]
    move = {
        "measure": "pe",
        "label": "交流体育教师",
        "kind": "move",
        "unit": "人",
        "quantity": 1.0,
        "cost_wan_cny": 1.2,
    }
    tasks = pd.DataFrame(
        [
            move | {"stage": "primary", "school_code": "nine", "to_school": "low"},
            move | {"stage": "junior_secondary", "school_code": "high", "to_school": "nine"},
        ]
    )
    result: Any = SimpleNamespace(problem=SimpleNamespace(rows=rows), tasks=lambda: tasks)
    found = worth.actions_by_school(result, regime_2017())
    assert list(zip(found["school_code"], found["label"], strict=True)) == [
        ("nine", "小学调出体育教师"), ("low", "调入体育教师"), ("high", "调出体育教师"), ("nine", "初中调入体育教师"),
    ]  # fmt: skip


def test_measures_stand_at_the_schools_in_report_list_and_sheets_and_nowhere_without_a_plan(
    tmp_path: Path,
) -> None:
    plan = solved(*poor_county())
    case = Case(plan.county, remediation=plan)
    (table,) = (one for one in page.by_school(case) if isinstance(one, ReportTable))
    assert len(table.rows) == 3
    tasks = plan.result.tasks()
    spent = tasks.loc[tasks["kind"] == "action", "cost_wan_cny"].sum()
    written = write_forms(plan.county, tmp_path / "with", remediation=plan)
    index = load(written[2], data_only=True)["目录"]
    total = next(row for row in index.iter_rows(min_row=4) if row[0].value == "合计")
    assert total[6].value == pytest.approx(spent)
    _adds_up(load(written[1], data_only=True)["学校问题"], plan)
    for name in written:
        for sheet in load(name, data_only=True).worksheets:
            for cell in (cell for row in sheet.iter_rows() for cell in row):
                assert ".#" not in cell.number_format, "a whole number would print its decimal point"
                if (
                    isinstance(cell.value, (int, float)) and '"' in cell.number_format
                ):  # an amount with its unit
                    unit = cell.number_format.split('"')[1]
                    shown = f"{cell.value:,.0f}" if float(cell.value).is_integer() else f"{cell.value:,.2f}"
                    room = sheet.column_dimensions[cell.column_letter].width
                    assert len(shown) + 2 * len(unit) < room, "wider than its column, it would print as ###"
    assert list(page.by_school(Case(plan.county))) == []
    impossible = solved(*poor_county(), settings=costs_with(top='frozen_schools = ["0002"]'))
    assert list(page.by_school(Case(impossible.county, remediation=impossible))) == []
    heads = [
        cell.value
        for cell in load(write_forms(plan.county, tmp_path / "none", remediation=impossible)[1])["学校问题"][
            3
        ]
    ]
    assert "投入\n（万元）" not in heads
