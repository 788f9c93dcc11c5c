"""What is said of a region, on both sides of every boundary."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from balance_analysis.counties import FailedCounty
from balance_analysis.errors import ReportError
from balance_analysis.findings.model import CATALOGUE, Finding
from balance_analysis.findings.region import KINDS, find, overall_outcome, region_findings
from balance_analysis.overview import RegionAssessment, assess_region, read_schedule
from balance_analysis.terms import Outcome
from balance_analysis.words import tell
from tests.county_tables import YEAR, school, tables_of


def region(*counties: tuple[str, str, dict[str, Any]], **options: Any) -> RegionAssessment:
    """Counties of three schools each; the last with these changes."""
    rows = [
        school(number, division_code=code, county=name, **(changes if number == "3" else {}))
        for code, name, changes in counties
        for number in "123"
    ]
    return assess_region(tables_of(*rows), regime="quality_balance_2017", **options)


def everything(region: RegionAssessment, outcome: Outcome) -> RegionAssessment:
    """The same region in which every county is ``outcome`` all in all."""
    assessed = []
    for county in region.assessed:
        groups, items = county.groups.copy(), county.items.copy()
        groups.loc[groups["group"] == "overall", "outcome"] = outcome.value
        if outcome is Outcome.MET:
            items["outcome"] = outcome.value
        assessed.append(replace(county, groups=groups, items=items))
    counties = region.counties.assign(overall_outcome=outcome.value)
    return replace(region, assessed=tuple(assessed), counties=counties)


def ids(found: Any) -> list[str]:
    return [one.id.partition(".")[2] for one in found]


def said(region: RegionAssessment, kind: str) -> str:
    return next(tell(one) for one in find(region) if one.id == f"region.{kind}")


SAME: tuple[str, str, dict[str, Any]] = ("010101", "甲县", {})
POOR = ("010102", "乙县", {"multimedia_classrooms": 1})


def test_every_county_met_is_said_only_where_every_county_is_met_and_assessed() -> None:
    met = everything(region(SAME), Outcome.MET)
    assert overall_outcome(met) == Outcome.MET
    assert said(met, "all_met") == "1个县的全部评估项目均达标。"
    failed = FailedCounty("010103", "丙县", "有1处错误", ())
    partly = replace(met, failed=(failed,))
    assert overall_outcome(partly) == Outcome.NOT_ASSESSABLE
    assert "all_met" not in ids(region_findings(partly))
    assert "some_met" in ids(region_findings(partly))


def test_a_county_that_is_met_by_a_concession_alone_is_named_in_the_headline() -> None:
    rows: dict[str, Any] = {
        "sports_ground_area_m2": 0, "indoor_sports_area_m2": 0, "leased_sports_area_m2": 900,
        "central_district_of_large_city": True,
    }  # fmt: skip
    found = region(("010102", "乙县", rows), overlays=["concession_2019_sports_grounds"])
    assert said(everything(found, Outcome.MET), "all_met") == (
        "1个县的全部评估项目均达标，其中乙县有项目靠有期限的宽限条款。"
    )


def test_what_the_law_only_looks_at_is_no_missed_item() -> None:
    found = region(SAME)
    kinds = found.assessed[0].items["kind"] == "check"
    assert kinds.any()
    for decides, missed in ((False, False), (True, True)):
        items = found.assessed[0].items.assign(outcome="met")
        items.loc[kinds if not decides else ~kinds, "outcome"] = "not_met"
        one = replace(found, assessed=(replace(found.assessed[0], items=items),))
        assert ("items_missed" in ids(find(one))) == missed


def test_a_region_is_not_met_as_soon_as_one_county_is_not() -> None:
    assert overall_outcome(everything(region(SAME, POOR), Outcome.NOT_MET)) == Outcome.NOT_MET
    assert said(everything(region(SAME, POOR), Outcome.NOT_MET), "none_met") == (
        "全部评估项目：没有一个县达标，未达标2个（甲县、乙县）。"
    )


def test_all_met_beside_a_coefficient_above_its_limit_is_refused() -> None:
    """Should a frame ever contradict itself, no report leaves the house."""
    met = everything(region(SAME), Outcome.MET)
    over = Finding("region.coefficients_over", {}, subject="")
    with pytest.raises(ReportError, match="自相矛盾"):
        CATALOGUE.settle([*find(met), over], overall=Outcome.MET)


def test_counties_above_a_limit_are_named_from_the_worst_and_those_at_it_are_not() -> None:
    far = ("010103", "丙县", {"multimedia_classrooms": 30})
    text = said(region(SAME, POOR, far), "coefficients_over")
    assert text.startswith("小学网络多媒体教室差异系数高于限值0.50的有1个县：丙县") or "丙县" in text
    assert "甲县" not in text
    assert "coefficients_over" not in ids(find(region(SAME)))


def test_a_composite_above_its_limit_is_called_one_and_at_the_limit_nothing_is_said() -> None:
    """Under the law of 2012 the composite alone has a limit; it must not read as the coefficient of something."""
    found = region(SAME)
    league = found.league.copy()
    whole = (league["indicator"] == "composite") & (league["stage"] == "primary")
    assert whole.sum() == 1
    league.loc[whole, "value"], league.loc[whole, "limit"] = 0.66, 0.65
    league.loc[whole, "outcome"] = "not_met"
    text = said(replace(found, league=league), "composite_over")
    assert text == "小学综合差异系数高于限值0.65的有1个县：甲县0.660。"
    league.loc[whole, "value"] = 0.65
    league.loc[whole, "outcome"] = "met"
    assert "composite_over" not in ids(find(replace(found, league=league)))


def test_due_counties_are_said_by_what_is_known_of_them() -> None:
    due = region(SAME, schedule={"010101": YEAR - 1})
    assert "due_unknown" in ids(find(due))
    assert "due_unknown" not in ids(find(region(SAME, schedule={"010101": YEAR})))
    late = region(POOR, schedule={"010102": YEAR})
    table = late.schedule_table.assign(status="late")
    assert "没有达标的有1个县：乙县" in said(replace(late, schedule_table=table), "due_not_met")
    assert "planned_without_data" in ids(find(region(SAME, schedule={"丁县": 2020})))
    assert "planned_without_data" not in ids(find(region(SAME, schedule={"甲县": 2020})))


def test_a_plan_for_another_evaluation_is_called_not_comparable_and_nobody_late() -> None:
    of_another = region(("141023", "襄汾县", {}), schedule=read_schedule("xiangfen_2017"))
    assert "不可比" in said(of_another, "not_comparable")
    assert not {"due_not_met", "due_unknown"} & set(ids(find(of_another)))


def test_items_are_named_with_the_number_of_counties_and_vetoes_without_a_number() -> None:
    text = said(region(SAME, POOR), "items_unknown")
    assert "（2个县）" in text
    assert "V1" not in text


def test_the_counties_of_the_data_are_counted_with_those_that_could_not_be_assessed() -> None:
    found = region(SAME, POOR)
    assert said(found, "all_assessed") == "数据中有2个县（市、区），全部作了评估。"
    partly = replace(found, failed=(FailedCounty("010103", "丙县", "有1处错误", ()),))
    assert "all_assessed" not in ids(find(partly))
    assert "丙县的数据有误，没有评估" in said(partly, "some_failed")


def test_a_file_in_which_no_county_was_found_is_counted_beside_the_counties() -> None:
    found = region(SAME)
    assert "files_unread" not in ids(find(found))
    unread = replace(found, failed=(FailedCounty("", "坏文件.xlsx", "读不了", ()),))
    assert said(unread, "files_unread").startswith("另有1个文件没有读出任何县的数据")


def test_a_region_of_nothing_but_failures_says_so() -> None:
    empty = replace(region(SAME), assessed=(), league=pd.DataFrame())
    assert ids(find(empty))[0] == "nothing_assessed"
    assert "resources" not in ids(find(empty))


def test_every_kind_of_the_region_is_said_in_some_test_or_by_some_status() -> None:
    from balance_analysis.words import finding_words

    assert {kind.id for kind in KINDS} == {name for name in finding_words() if name.startswith("region.")}
