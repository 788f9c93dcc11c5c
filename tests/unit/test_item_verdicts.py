"""How parts, evidence and groups become three-valued verdicts, and the frames they are handed over in."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from balance_analysis.errors import RegimeError
from balance_analysis.measures.items import METHODS, county_measures
from balance_analysis.regimes import load_regime
from balance_analysis.statements import Statement
from balance_analysis.verdicts.items import (
    SCHOOL_COLUMNS,
    judge_groups,
    judge_items,
)
from balance_analysis.words.numbers import plain, quantity
from balance_analysis.words.render import names
from balance_analysis.workbook.layouts import own_headers
from tests.item_frames import (
    YEAR,
    all_evidence,
    county,
    evidence,
    item,
    judged,
    junior,
    primary,
    regime,
    tables,
)

MET_RESOURCES = {
    f"B{number}": ("met", Statement("rules.schools", {"n": 1, "passing": 1, "unknown": 0}))
    for number in range(1, 8)
}


def test_the_sample_county_meets_every_item() -> None:
    frame = judged(resources=MET_RESOURCES)
    failing = frame[(frame["outcome"] != "met") & (frame["kind"] != "check")]
    assert failing.empty, failing["detail"].to_dict()
    assert judge_groups(frame).set_index("group").loc["overall", "outcome"] == "met"


def test_every_item_of_both_regimes_gets_one_row_in_the_order_of_the_regime() -> None:
    for law in (regime(), load_regime("basic_balance_2012", on=date(2017, 1, 1))):
        frame = judged(law=law)
        assert list(frame["item"]) == [entry.id for entry in law.items]
        assert frame.loc[:, "item":"grade"].shape[1] == frame.shape[1] == 20
        assert frame["detail"].str.endswith("。").all()
        assert frame[["clause", "source", "grade"]].notna().all(axis=None)


def test_empty_frames_give_rows_that_are_not_assessable_and_none_that_is_met() -> None:
    frame = judged([], [], [])
    assert set(frame["outcome"]) == {"not_assessable"}
    assert set(judged([], [], [], law=load_regime("basic_balance_2012", on=date(2017, 1, 1)))["outcome"]) == {
        "not_assessable"
    }


@pytest.mark.parametrize(
    "name", ["B8", "B9", "B17", "B25", "B27", "B28", "B29", "B30", "E1", "E2", "V1", "V6"]
)
@pytest.mark.parametrize("conclusion", ["met", "not_met", "not_assessable"])
def test_an_evidence_item_says_what_its_conclusion_says(name: str, conclusion: str) -> None:
    row = item(name, found=[evidence(name, conclusion)])
    assert (row["outcome"], row["evidence"], row["responsible_office"]) == (
        conclusion,
        f"{name}文件",
        "教育局",
    )


@pytest.mark.parametrize("name", ["B8", "B17", "E1", "V1"])
def test_an_evidence_item_without_a_conclusion_is_never_met(name: str) -> None:
    assert item(name, found=[evidence(name, None)])["outcome"] == "not_assessable"
    row = item(name, found=[])
    assert row["outcome"] == "not_assessable"
    assert "没有填报佐证结论，请在“佐证”表填写结论和依据" in row["detail"]


@pytest.mark.parametrize(
    ("day", "outcome", "said"),
    [
        ("2017-01-01", "met", "自基本均衡认定之日起满3年"),  # the law of 2020-01-01: three years to the day
        ("2017-01-02", "not_met", "自基本均衡认定之日起满2年"),
        ("2020-06-01", "not_met", "自基本均衡认定之日起满0年"),
    ],
)
def test_the_entry_condition_is_computed_from_the_day_of_recognition(
    day: str, outcome: str, said: str
) -> None:
    row = item("E1", counties=[county(basic_balance_recognised_on=day)], found=[])
    assert (row["outcome"], said in row["detail"], "没有填报" in row["detail"]) == (outcome, True, False)


def test_evidence_against_the_entry_condition_stands_beside_the_day_of_recognition() -> None:
    row = item(
        "E1",
        counties=[county(basic_balance_recognised_on="2013-01-01")],
        found=[evidence("E1", "not_met")],
    )
    assert row["outcome"] == "not_met"


def test_a_veto_that_is_met_means_that_nothing_happened() -> None:
    assert "未发现该情形，依据为V2文件，责任单位为教育局" in item("V2")["detail"]
    assert "发现该情形" in item("V2", found=[evidence("V2", "not_met")])["detail"]


def test_several_rows_on_one_item_must_all_hold() -> None:
    rows = [evidence("B8"), evidence("b8", "not_met", reference="整改通知", responsible_office="规划局")]
    row = item("B8", found=rows)
    assert (row["outcome"], row["evidence"], row["responsible_office"]) == (
        "not_met",
        "B8文件；整改通知",
        "教育局、规划局",
    )


def test_evidence_of_another_year_is_no_evidence() -> None:
    assert item("B8", found=[evidence("B8", school_year=YEAR - 1)])["outcome"] == "not_assessable"


@pytest.mark.parametrize(
    ("conclusion", "pay", "outcome"),
    [("met", 90000, "met"), ("not_met", 90000, "not_met"), ("not_assessable", 90000, "not_assessable"),
     ("met", 80000, "not_met"), ("not_assessable", 80000, "not_met"), ("met", np.nan, "not_assessable"),
     ("not_met", np.nan, "not_met")],
)  # fmt: skip
def test_a_figure_and_a_conclusion_must_both_hold(conclusion: str, pay: float, outcome: str) -> None:
    found = [*all_evidence(), evidence("B15", conclusion)]
    assert item("B15", counties=[county(teacher_mean_pay_cny=pay)], found=found)["outcome"] == outcome


def test_resource_items_are_passed_through_from_outside() -> None:
    row = item(
        "B3", resources={"B3": ("not_met", Statement("rules.schools", {"n": 60, "passing": 1, "unknown": 0}))}
    )
    assert (row["outcome"], row["detail"]) == ("not_met", "60所学校中1所达标。")
    assert item("B3")["outcome"] == "not_assessable"


# --- groups ---------------------------------------------------------------------------------------------


def outcome_of(frame_args: dict[str, Any], group: str = "overall", **named: str) -> str:
    groups = judge_groups(judged(**frame_args), **named)
    return str(groups.set_index("group").loc[group, "outcome"])


def test_one_failing_item_fails_its_group_and_the_county() -> None:
    args: dict[str, Any] = {
        "resources": MET_RESOURCES,
        "schools": [primary(primary_enrolment=2001), junior()],
    }
    assert outcome_of(args, "government_guarantee") == "not_met"
    assert outcome_of(args, "education_quality") == "met"
    assert outcome_of(args) == "not_met"


def test_one_unknown_item_leaves_the_county_open() -> None:
    args: dict[str, Any] = {"resources": MET_RESOURCES, "found": all_evidence(leaving_out=["V3"])}
    assert outcome_of(args, "veto") == "not_assessable"
    assert outcome_of(args) == "not_assessable"
    groups = judge_groups(judged(**args)).set_index("group")
    assert [groups.loc["veto", name] for name in ("n_items", "n_met", "unknown")] == [6, 5, "V3"]


def test_the_countys_verdict_on_resources_stands_in_for_its_items() -> None:
    assert outcome_of({"resources": MET_RESOURCES}, resource_outcome="not_met") == "not_met"
    assert outcome_of({}, resource_outcome="met") == "met"


def test_a_regime_without_resource_items_takes_the_verdict_on_resources() -> None:
    law = load_regime("basic_balance_2012", on=date(2017, 1, 1))
    assert outcome_of({"law": law}, resource_outcome="met") == "met"
    assert outcome_of({"law": law}, resource_outcome="not_met") == "not_met"


def test_the_three_growths_are_shown_and_decide_nothing() -> None:
    frame = judged(resources=MET_RESOURCES)
    assert frame.loc["three_growths", "outcome"] == "not_assessable"
    assert "funding_growth" not in set(judge_groups(frame)["group"])


# --- frames ---------------------------------------------------------------------------------------------


def test_measures_are_handed_over_with_their_exact_values() -> None:
    (found,) = [one for one in county_measures(*tables(), regime(), year=YEAR) if one.item == "B22"]
    assert [found.exact, found.numerator, found.denominator] == [Fraction(90), Fraction(90), Fraction(100)]


def test_failing_schools_are_listed_with_their_shortfall() -> None:
    schools = [
        primary(primary_enrolment=2001, primary_catchment_enrolment=2001, certified_full_time_teachers=28)
    ]
    _, frame = judge_items(*tables(schools), regime(), year=YEAR, headers=own_headers())
    assert list(frame.columns) == list(SCHOOL_COLUMNS)
    assert frame[["item", "school_code", "shortfall", "unit"]].values.tolist() == [
        ["B11", "P1", 1.0, "人"], ["B19", "P1", 2.0, "人"],
    ]  # fmt: skip


def test_no_failing_school_gives_an_empty_frame_with_its_columns() -> None:
    _, frame = judge_items(*tables(), regime(), year=YEAR, headers=own_headers())
    assert (len(frame), list(frame.columns)) == (0, list(SCHOOL_COLUMNS))


def test_an_item_whose_method_does_not_exist_is_an_error_that_lists_the_methods() -> None:
    law = regime()
    items = tuple(replace(entry, method="guess") if entry.id == "B14" else entry for entry in law.items)
    with pytest.raises(
        RegimeError, match="项目 B14 的计算方法“guess”不存在；可用：funding_base、music_art_rooms"
    ):
        judged(law=replace(law, items=items))


def test_every_method_of_both_regimes_exists_and_every_method_is_used() -> None:
    used = {
        entry.method
        for law in (regime(), load_regime("basic_balance_2012", on=date(2017, 1, 1)))
        for entry in law.items
        if entry.method and entry.kind != "resource"
    }
    assert used == set(METHODS)


def test_a_better_figure_never_worsens_a_verdict() -> None:
    order = {"not_met": 0, "met": 1}
    outcomes = [
        order[item("B24", counties=[county(disabled_children_enrolled=number)])["outcome"]]
        for number in range(90, 101)
    ]
    assert outcomes == sorted(outcomes)
    assert set(outcomes) == {0, 1}


def test_figures_in_sentences_are_written_as_people_write_them() -> None:
    assert plain(Fraction(2, 3)) == "0.67"
    assert quantity(Fraction(945, 10), "%") == "94.5%"
    assert names([f"学校{n}" for n in range(12)]).endswith("等12所")


def test_the_order_of_rows_and_columns_does_not_change_the_verdicts() -> None:
    schools, counties, found = tables()
    shuffled = judged(
        schools.iloc[::-1, ::-1].to_dict("records"),
        counties.to_dict("records"),
        found.iloc[::-1].to_dict("records"),
    )
    assert shuffled["outcome"].to_dict() == judged()["outcome"].to_dict()


def test_a_missing_column_is_a_blank() -> None:
    schools = [{key: value for key, value in primary().items() if key != "teachers_trained_360_hours"}]
    row = item("B16", schools)
    assert (row["outcome"], row["missing"]) == ("not_assessable", "teachers_trained_360_hours")


def test_years_are_not_mixed() -> None:
    schools = [primary(), primary(school_year=YEAR - 1, primary_enrolment=9999)]
    assert item("B11", schools)["outcome"] == "met"
