"""Areas in both directions, room for pupils and figures to look at again: each sentence on both sides of its boundary."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from balance_analysis.door import open_assessment
from balance_analysis.findings import CATALOGUE, Case, Finding, areas, closeness, warnings
from balance_analysis.words import tell
from tests.county_tables import BLANK, SAMPLE, assess, juniors, regime_2012, school

RURAL: dict[str, Any] = {"urban_rural_code": "210"}


@pytest.fixture(scope="module")
def huantai() -> Case:
    return Case(open_assessment(SAMPLE / "桓台县.xlsx", regime="quality_balance_2017", target_year=2020))


def said(found: Any, name: str) -> list[Finding]:
    return [one for one in found if one.id == name]


def two_areas(urban: int, **rural: Any) -> Case:
    """One urban school of so many pupils and one rural one of 100; the urban one lacks classrooms from 131 pupils on (3 of them)."""
    return Case(assess(school("0001", primary_enrolment=urban), school("0002", **RURAL, **rural)))


# --- areas ------------------------------------------------------------------------------------------------


def test_a_county_of_one_area_compares_none() -> None:
    (only,) = areas.find(Case(assess(school("0001"), school("0002"))))
    assert tell(only) == "全县学校属于同一类地区或没有填报地区，不作地区比较。"


PLENTY: dict[str, Any] = {
    "teaching_and_auxiliary_area_m2": 9000, "sports_ground_area_m2": 9000, "teaching_equipment_value_wan_cny": 90,
    "primary_teachers_bachelor": 90, "primary_backbone_teachers": 90, "primary_pe_teachers": 90,
}  # fmt: skip
SMALL: dict[str, Any] = {**RURAL, "primary_enrolment": 60}


def urban(pupils: int, **rural: Any) -> list[Finding]:
    """What is said where one urban school of so many pupils has plenty of all but classrooms (3), and two rural ones 60 pupils each."""
    rows = (
        school("0001", primary_enrolment=pupils, **PLENTY),
        school("0002", **SMALL),
        school("0003", **SMALL | rural),
    )
    return list(areas.find(Case(assess(*rows))))


@pytest.mark.parametrize(("pupils", "below"), [(130, False), (131, True)])
def test_a_crowded_area_is_named_as_soon_as_a_school_of_it_lies_below_a_limit(
    pupils: int, below: bool
) -> None:
    """2.3 classrooms per 100 pupils: 3 are enough for 130 pupils (2.308), not for 131 (2.290), which 85 % tolerates."""
    found = urban(pupils)
    assert bool(said(found, "areas.crowded")) == below
    assert bool(said(found, "areas.none_below")) == (not below)
    if below:
        assert tell(said(found, "areas.crowded")[0]) == (
            "小学城区的学校拥挤：平均每校131人（全县84人），100%的学生在多媒体教室低于标准值的学校（1所中1所，其中1所属容许短板），其他地区乡村0%。"
        )


@pytest.mark.parametrize(
    ("blank", "told"), [(BLANK, "，1所学校数据不全，不在其内。"), (3.0, "都没有学校低于标准值。")]
)
def test_that_no_school_lies_below_a_limit_is_said_of_what_is_known(blank: float, told: str) -> None:
    (found,) = said(urban(120, multimedia_classrooms=blank), "areas.none_below")
    assert tell(found).endswith(told)


@pytest.mark.parametrize(("pupils", "crowded"), [(150, True), (149, False)])
def test_an_area_is_called_crowded_from_a_fifth_more_pupils_on(pupils: int, crowded: bool) -> None:
    """With a rural school of 100 the mean is 125 for 150 pupils, 120 % of it are 150; 124.5 for 149."""
    made = Case(assess(school("0001", primary_enrolment=pupils, **PLENTY), school("0002", **RURAL)))
    found = list(areas.find(made))
    assert bool(said(found, "areas.crowded")) == crowded
    if not crowded:
        text = tell(said(found, "areas.short")[0])
        assert text.startswith("小学城区（平均每校149人，全县125人）有100%的学生在多媒体教室低于标准值的学校")


def test_large_schools_are_not_called_crowded_where_small_ones_lack_more_often() -> None:
    """Half of the urban pupils, all rural ones lack classrooms: no crowding explains that."""
    rows = [school(f"{n}", primary_enrolment=300, **PLENTY, multimedia_classrooms=n) for n in (3, 30)]
    made = Case(assess(*rows, school("0003", **RURAL, multimedia_classrooms=1)))
    found = list(areas.find(made))
    assert not said(found, "areas.crowded")
    assert "小学乡村（平均每校100人，全县233人）有100%的学生在多媒体教室" in tell(
        said(found, "areas.short")[0]
    )


@pytest.mark.parametrize(("urban", "more"), [(140, True), (139, False)])
def test_small_schools_have_more_per_pupil_only_where_they_are_smaller(urban: int, more: bool) -> None:
    """100 pupils are a sixth fewer than 120, the mean of 140 and 100."""
    found = said(areas.find(two_areas(urban)), "areas.small_have_more")
    assert bool(found) == more
    if more:
        assert "乡村平均每校100人，7项指标中有" in tell(found[0])
        assert "人少，均值自然高，不等于条件好。" in tell(found[0])


def test_fewer_than_half_of_the_indicators_higher_is_not_called_more() -> None:
    less: dict[str, Any] = {
        "multimedia_classrooms": 0,
        "teaching_equipment_value_wan_cny": 1,
        "sports_ground_area_m2": 0,
        "primary_pe_teachers": 0,
    }
    poor = two_areas(300, **less, primary_music_teachers=0, indoor_sports_area_m2=0)
    assert said(areas.find(poor), "areas.small_have_more") == []


@pytest.mark.parametrize(("teachers", "none"), [(0, True), (1, False)])
def test_a_school_without_any_teacher_of_a_kind_is_named(teachers: int, none: bool) -> None:
    made = two_areas(200, primary_pe_teachers=teachers, primary_music_teachers=0)
    found = said(areas.find(made), "areas.have_none")
    assert bool(found) == none
    if none:
        assert tell(found[0]) == "小学乡村有1所学校完全没有体艺教师，涉及该地区100%的学生：模拟学校0002。"


def test_both_directions_stand_first_and_nobody_is_called_disadvantaged(huantai: Case) -> None:
    found = list(areas.find(huantai))
    assert [one.id for one in found[:2]] == ["areas.crowded", "areas.small_have_more"]
    text = "".join(tell(one) for one in found)
    for word in ("劣势", "落后", "薄弱", "弱势", "优势", "显著", "p 值"):
        assert word not in text


# --- room for pupils --------------------------------------------------------------------------------------


def levels(*rows: str) -> Case:
    """A county whose two schools are warned of at these levels (by hand)."""
    made = Case(assess(school("0001"), school("0002")))
    made.diagnosis.__dict__["early_warning"] = made.diagnosis.headroom.head(len(rows)).assign(
        level=list(rows)
    )
    return made


@pytest.mark.parametrize(
    ("rows", "ids"),
    [
        ((), ["warnings.pass"]),
        (("out",), ["warnings.pass", "warnings.out"]),
        (("narrow",), ["warnings.pass", "warnings.narrow"]),
        (("not_assessable", "out"), ["warnings.pass", "warnings.out", "warnings.unknown"]),
    ],
)
def test_each_level_of_warning_is_said_where_a_school_has_it(rows: tuple[str, ...], ids: list[str]) -> None:
    assert [one.id for one in warnings.find(levels(*rows))] == ids


@pytest.mark.parametrize(("share", "narrow"), [(0.05, True), (0.0501, False)])
def test_room_of_five_per_cent_is_narrow(share: float, narrow: bool) -> None:
    made = Case(assess(school("0001")))
    made.diagnosis.__dict__["headroom"] = made.diagnosis.headroom.assign(headroom=5.0, headroom_share=share)
    assert bool(said(warnings.find(made), "warnings.narrow")) == narrow


def test_a_law_without_rules_for_schools_leaves_no_room_to_tell() -> None:
    (only,) = warnings.find(Case(assess(school("0001"), regime=regime_2012())))
    assert tell(only) == "本办法不设逐校标准值，没有逐校余量可算。"


# --- figures to look at again -----------------------------------------------------------------------------


def turning(change: float) -> Case:
    made = Case(assess(school("0001"), school("0002")))
    frame = made.diagnosis.turning.head(1).assign(relative_change=change)
    made.diagnosis.__dict__["turning"] = frame
    return made


@pytest.mark.parametrize(("change", "name"), [(0.05, "closeness.figure"), (0.0501, "closeness.no_figure")])
def test_a_figure_is_listed_up_to_a_change_of_five_per_cent(change: float, name: str) -> None:
    assert [one.id for one in closeness.figures(turning(change))] == [name]


def test_no_figure_that_could_turn_anything_leaves_nothing_to_say() -> None:
    assert list(closeness.figures(turning(float("nan")))) == []


def test_no_sentence_names_the_value_at_which_a_verdict_turns(huantai: Case) -> None:
    """The file holds 447.31; at 444.68 the verdict would turn (tests of turning): the second must not be printed."""
    texts = [tell(one) for one in closeness.figures(huantai)]
    assert (
        texts[0]
        == "一中附属学校（模拟）的教学仪器设备值（填报447.31万元）：变动1%就会改变该校初中部分的结论。"
    )
    rows = closeness.review_rows(huantai)
    assert len(texts) == len(rows) == 5
    for text, row in zip(texts, rows.to_dict("records"), strict=True):
        assert f"{row['changed_to']:g}" not in text
        assert row["address"] not in text
        assert "改为" not in text


FRAMES: dict[str, tuple[str, Callable[[pd.DataFrame], pd.DataFrame]]] = {
    "closeness.one_school": ("hanging_on_one_school", lambda frame: frame.iloc[:0]),
    "closeness.tolerated": ("hanging_on_tolerance", lambda frame: frame.iloc[:0]),
}


@pytest.mark.parametrize("name", FRAMES)
def test_what_hangs_on_one_school_or_on_tolerance_is_said_only_where_something_does(
    huantai: Case, name: str
) -> None:
    frame, emptied = FRAMES[name]
    assert said(closeness.find(huantai), name)
    made = Case(huantai.county)
    made.diagnosis.__dict__.update(
        {key: value for key, value in huantai.diagnosis.__dict__.items() if key != "county"}
    )
    made.diagnosis.__dict__[frame] = emptied(getattr(huantai.diagnosis, frame))
    assert not said(closeness.find(made), name)


def test_one_school_is_not_called_any_of_several(huantai: Case) -> None:
    made = Case(huantai.county)
    made.diagnosis.__dict__["hanging_on_one_school"] = huantai.diagnosis.hanging_on_one_school.head(1)
    (alone,) = closeness.one_school(made)
    assert tell(alone).endswith("但不计桓台县模拟第一小学，结论就不同。")
    (several,) = closeness.one_school(huantai)
    assert "（8所中的任何一所）" in tell(several)


@pytest.mark.parametrize(("turns", "left_out", "expected"), [(True, 1, 1), (True, 0, 0), (False, 1, 0)])
def test_another_size_of_sites_is_told_only_where_it_turns_a_verdict(
    turns: bool, left_out: int, expected: int
) -> None:
    made = Case(assess(school("0001"), school("0002"), *juniors()))
    frame = made.diagnosis.site_sizes.head(1).assign(turns=turns, n_left_out=left_out)
    made.diagnosis.__dict__["site_sizes"] = frame
    assert [one.id for one in closeness.sites(made)] == ["closeness.sites"] * expected


def test_patterns_are_a_request_never_an_accusation() -> None:
    calm = Case(assess(school("0001"), school("0002", primary_enrolment=150)))
    calm.diagnosis.__dict__["plausibility"] = calm.diagnosis.plausibility.iloc[:0]
    assert closeness.pattern(calm).id == "closeness.no_pattern"
    calm.diagnosis.__dict__["plausibility"] = pd.DataFrame({"rule": ["identical_rows"]})
    assert tell(closeness.pattern(calm)) == "有1处数据建议核对；只是提请核对，不表示数据有误。"


def test_all_findings_of_the_sample_live_together(huantai: Case) -> None:
    for name in ("areas", "closeness", "warnings"):
        assert any(kind.startswith(f"{name}.") for kind in CATALOGUE.kinds)
    assert CATALOGUE.settle(huantai.findings, overall="not_met")
