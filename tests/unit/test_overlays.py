"""Overlays: what they may do, in which order, and what differs between two resolved regimes."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest

from balance_analysis.door import worded_frame
from balance_analysis.errors import RegimeError
from balance_analysis.regimes import Regime, diff_regimes, list_overlays, load_reference, load_regime
from tests.small_law import ADD, ADD_ITEM, ON, TIGHTEN, Place, action

NATIONAL = "quality_balance_2017"


def share_limit(folder: Path, *overlays: str) -> Decimal:
    limit = load_regime("test", on=ON, overlays=overlays, folder=folder).limit("B1", "share", "all")
    assert limit is not None
    return limit.value


# --- precedence ---------------------------------------------------------------------------------------


def test_the_smaller_place_is_applied_later_whatever_order_it_is_asked_for(place: Place) -> None:
    place("of_county", "county", action("tighten", "B1.share.all", "99"))
    place("of_prefecture", "prefecture", action("tighten", "B1.share.all", "98"))
    folder = place("of_province", "province", action("tighten", "B1.share.all", "97"))
    for order in (
        ("of_county", "of_province", "of_prefecture"),
        ("of_province", "of_prefecture", "of_county"),
    ):
        regime = load_regime("test", on=ON, overlays=order, folder=folder)
        assert [overlay.id for overlay in regime.overlays] == ["of_province", "of_prefecture", "of_county"]
        assert [(change.before, change.after) for change in regime.changes] == [
            ("95 %", "97 %"),
            ("97 %", "98 %"),
            ("98 %", "99 %"),
        ]
        assert regime.limits[0].value == Decimal("99")
        assert regime.limits[0].origin == "of_county"


def test_a_county_may_not_fall_behind_its_province(place: Place) -> None:
    place("of_province", "province", action("tighten", "B1.share.all", "98"))
    folder = place("of_county", "county", action("tighten", "B1.share.all", "97"))
    assert share_limit(folder, "of_county") == Decimal("97")
    with pytest.raises(RegimeError, match="收紧后的限值 97 比原限值 98 更宽松，拒绝采用"):
        share_limit(folder, "of_county", "of_province")


def test_two_overlays_of_one_level_may_not_touch_the_same_entry(place: Place) -> None:
    place("one", "county", TIGHTEN)
    folder = place("other", "county", action("tighten", "B1.share.all", "97"))
    with pytest.raises(RegimeError, match=r"与同级补充规定 one 都改动了这一条；同级之间没有先后，请只选其一"):
        share_limit(folder, "one", "other")
    assert share_limit(folder, "one", "one") == Decimal("96")


# --- actions ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("value", "accepted"), [("95.01", True), ("95", True), ("94.99", False)])
def test_tightening_may_not_loosen(place: Place, value: str, accepted: bool) -> None:
    folder = place("here", "county", action("tighten", "B1.share.all", value))
    if accepted:
        assert share_limit(folder, "here") == Decimal(value)
        return
    with pytest.raises(
        RegimeError,
        match=r"here\.toml \[\[tighten\]\] B1\.share\.all：收紧后的限值 94.99 比原限值 95 更宽松",
    ):
        share_limit(folder, "here")


def test_a_relaxation_names_the_national_clause_that_allows_it(place: Place) -> None:
    bare = place("bare", "county", action("relax", "B1.share.all", "90"))
    with pytest.raises(RegimeError, match="放宽必须写明所依据的国家条款（permitted_by）"):
        share_limit(bare, "bare")
    allowed = place("allowed", "county", action("relax", "B1.share.all", "90", 'permitted_by = "第九条"\n'))
    assert share_limit(allowed, "allowed") == Decimal("90")
    not_looser = place(
        "not_looser", "county", action("relax", "B1.share.all", "95", 'permitted_by = "第九条"\n')
    )
    with pytest.raises(RegimeError, match="并不比原限值 95 宽松，请改用 tighten"):
        share_limit(not_looser, "not_looser")


@pytest.mark.parametrize(
    ("actions", "message"),
    [
        (action("set", "B1.share.all", "96"), "是限值，须用 tighten 或 relax 说明方向"),
        (action("tighten", "attached_classes", "off"), "不是限值，请用 set 或 relax"),
        (action("set", "attached_classes", "perhaps"), "value 应为 on、off 之一，发现“perhaps”"),
        (action("tighten", "B1.share.primary", "96"), "没有可改动的条目 B1.share.primary"),
        (action("tighten", "B1.share.all", "many"), 'value 应为加引号的数字文本（如 "0.50"），发现“many”'),
        (
            action("tighten", "B1.share.all", "96", 'permitted_by = "第九条"\n'),
            "收紧不需要 permitted_by，请删去",
        ),
        (TIGHTEN.replace('clause = "第一条"\n', ""), "缺少“clause”"),
        (TIGHTEN.replace('source = "law"', 'source = "hearsay"'), "来源“hearsay”没有在 [[source]] 中列出"),
        (TIGHTEN + "valid_to = 2016-12-31\n", "终止日期 2016-12-31 早于生效日期 2017-01-01"),
        (TIGHTEN.replace('value = "96"\n', ""), "缺少“value”，请补上"),
        (
            TIGHTEN.replace("[[tighten]]", "[[harden]]"),
            "不认识的键“harden”；可用：add、add_indicator、add_item",
        ),
        ("", "没有任何规定"),
    ],
)
def test_an_action_that_makes_no_sense_is_refused_in_words(place: Place, actions: str, message: str) -> None:
    with pytest.raises(RegimeError) as caught:
        share_limit(place("here", "county", actions), "here")
    assert message in str(caught.value)


def test_an_added_limit_and_an_added_item_are_listed_as_changes(place: Place) -> None:
    folder = place("here", "county", ADD.replace('subject = "B1"', 'subject = "B2"') + ADD_ITEM)
    regime = load_regime("test", on=ON, overlays=["here"], folder=folder)
    assert [(change.action, change.target, change.after) for change in regime.changes] == [
        ("add_item", "B2", "本地要求"), ("add", "B2.count.all", "3 个"),
    ]  # fmt: skip
    assert regime.item("B2").origin == "here"


@pytest.mark.parametrize(
    ("actions", "message"),
    [
        (ADD.replace("count", "share"), "B1.share.all：已有国家规定；收紧请用 tighten，放宽请用 relax"),
        (ADD.replace('subject = "B1"', 'subject = "B7"'), "subject 不是本办法的指标或项目"),
        (ADD_ITEM.replace('"B2"', '"B1"'), "B1：已有国家规定"),
        (ADD_ITEM.replace("evidence", "numeric"), "kind 为 numeric 的项目须写明计算方法（method）"),
    ],
)
def test_what_is_added_must_be_new_and_sound(place: Place, actions: str, message: str) -> None:
    with pytest.raises(RegimeError) as caught:
        load_regime("test", on=ON, overlays=["here"], folder=place("here", "county", actions))
    assert message in str(caught.value)


def test_an_addition_on_an_addition_says_whose_it_is(place: Place) -> None:
    place("of_province", "province", ADD)
    folder = place("of_county", "county", ADD)
    with pytest.raises(RegimeError, match=r"B1\.count\.all：已有补充规定 of_province 的规定"):
        load_regime("test", on=ON, overlays=["of_county", "of_province"], folder=folder)


def test_an_action_acts_only_while_it_is_in_force(place: Place) -> None:
    later = TIGHTEN.replace("valid_from = 2017-01-01", "valid_from = 2020-01-02")
    folder = place("here", "county", later)
    assert share_limit(folder, "here") == Decimal("95")
    assert load_regime("test", on=date(2020, 1, 2), overlays=["here"], folder=folder).limits[
        0
    ].value == Decimal("96")


@pytest.mark.parametrize(
    ("head", "level", "message"),
    [
        ("", "village", "“level”应为 concession、national、province、prefecture、county 之一，发现“village”"),
        ("colour = 1\n", "county", "不认识的键“colour”"),
        ('division_prefix = ""\n', "county", "“division_prefix”不能为空"),
    ],
)
def test_the_head_of_an_overlay_is_checked(place: Place, head: str, level: str, message: str) -> None:
    with pytest.raises(RegimeError) as caught:
        share_limit(place("here", level, TIGHTEN, head), "here")
    assert message in str(caught.value)


def test_an_overlay_of_another_name_base_or_time_is_refused(place: Place) -> None:
    folder = place("here", "county", TIGHTEN)
    with pytest.raises(RegimeError, match="没有地方补充规定 there；可用：here"):
        share_limit(folder, "there")
    with pytest.raises(RegimeError, match="补充规定 here 自 2018-01-01 起有效，不适用于 2017-06-01"):
        load_regime("test", on=date(2017, 6, 1), overlays=["here"], folder=folder)
    with pytest.raises(
        RegimeError, match="补充规定 anshan 依附于 quality_balance_2017，不能用于 basic_balance_2012"
    ):
        load_regime("basic_balance_2012", on=ON, overlays=["anshan"])
    path = folder / "local" / "here.toml"
    path.write_text(
        path.read_text(encoding="utf-8").replace('id = "here"', 'id = "elsewhere"'), encoding="utf-8"
    )
    with pytest.raises(RegimeError, match="id 是 elsewhere，应与文件名一致"):
        share_limit(folder, "here")


# --- the shipped overlays -------------------------------------------------------------------------------


def test_every_shipped_overlay_loads_on_its_national_regime() -> None:
    for head in list_overlays():
        regime = load_regime(head.base, on=max(ON, head.valid_from), overlays=[head.id])
        assert regime.changes, head.id
        assert all(regime.source(change.source).citation for change in regime.changes)


def test_anshan_adds_the_composite_rule_beside_the_national_one() -> None:
    regime = load_regime(NATIONAL, on=ON, overlays=["anshan"])
    limits = [regime.limit("composite", "cv", stage) for stage in ("primary", "junior_secondary")]
    assert [str(limit.value) for limit in limits if limit] == ["0.50", "0.45"]
    assert regime.limit("sports_area", "cv", "primary") is not None


def test_an_example_province_counts_sites_from_a_hundred_pupils() -> None:
    regime = load_regime(NATIONAL, on=ON, overlays=["example_province_small_sites"])
    assert (
        next(entry.minimum_enrolment for entry in regime.scope if entry.school_type == "teaching_site") == 100
    )
    assert "示例" in regime.overlays[0].name


def test_the_district_rule_adds_an_entry_condition_and_cannot_be_mixed_with_another_composite_rule() -> None:
    regime = load_regime(NATIONAL, on=ON, overlays=["district_entry_rule"])
    assert regime.item("E3").group == "entry_condition"
    with pytest.raises(RegimeError, match=r"composite\.cv\.primary：已有补充规定 anshan 的规定"):
        load_regime(NATIONAL, on=ON, overlays=["anshan", "district_entry_rule"])


def test_concession_and_place_overlays_are_applied_together_concessions_first() -> None:
    names = [
        "anshan",
        "special_education_8000",
        "concession_2019_older_rooms",
        "example_province_small_sites",
    ]
    regime = load_regime(NATIONAL, on=ON, overlays=names)
    assert [overlay.level for overlay in regime.overlays] == [
        "concession",
        "national",
        "province",
        "prefecture",
    ]


# --- differences ----------------------------------------------------------------------------------------


def said_differences(one: Regime, other: Regime) -> pd.DataFrame:
    """The difference in words."""
    return worded_frame(diff_regimes(one, other))


def test_a_regime_does_not_differ_from_itself() -> None:
    regime = load_regime(NATIONAL, on=ON)
    frame = said_differences(regime, regime)
    assert frame.empty
    assert list(frame.columns) == ["kind", "key", "before", "after", "clause", "source"]


def test_the_difference_an_overlay_makes_is_one_row_with_its_citation() -> None:
    frame = said_differences(
        load_reference(NATIONAL, on=ON), load_reference(f"{NATIONAL}+special_education_8000", on=ON)
    )
    assert frame.values.tolist() == [
        ["limit", "B14.funds_per_pupil.all", "≥ 6000 元", "≥ 8000 元", "申报表Ⅳ第7项：特殊教育学校生均公用经费不低于8000元",
         "《县域义务教育优质均衡发展督导评估申报表（后期版本）》（申报表）"]
    ]  # fmt: skip


def test_what_is_only_in_one_of_two_regimes_is_blank_on_the_other_side() -> None:
    with_, without = load_reference(f"{NATIONAL}+anshan", on=ON), load_reference(NATIONAL, on=ON)
    assert said_differences(without, with_)[["before", "after"]].values.tolist() == [
        ["", "≤ 0.50"],
        ["", "≤ 0.45"],
    ]
    assert said_differences(with_, without)[["before", "after"]].values.tolist() == [
        ["≤ 0.50", ""],
        ["≤ 0.45", ""],
    ]


def test_another_day_can_be_another_law() -> None:
    frame = said_differences(
        load_reference(f"{NATIONAL}@2018-12-31", on=ON), load_reference(f"{NATIONAL}@2019-01-01", on=ON)
    )
    assert set(frame["kind"]) == {"parameter"}
    assert frame["key"].str.startswith("concession.").all()
    assert (frame["before"] == "").all()


def test_the_two_documents_differ_in_every_kind_of_entry() -> None:
    frame = said_differences(load_reference("basic_balance_2012", on=ON), load_reference(NATIONAL, on=ON))
    assert {"indicator", "limit", "parameter", "choice", "scope", "item"} <= set(frame["kind"])
    row = frame[(frame["kind"] == "scope") & (frame["key"] == "teaching_site")].iloc[0]
    assert (row["before"], row["after"]) == ("", "小学；公办、民办；50人及以上计入")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("优质均衡", "无法识别“优质均衡”；应写成 办法编号"),
        (f"{NATIONAL}@2019", "无法识别"),
        (f"{NATIONAL}@2019-02-30", "2019-02-30 不存在"),
        (f"{NATIONAL}+", "无法识别"),
        (f"{NATIONAL}+nowhere", "没有地方补充规定 nowhere"),
    ],
)
def test_a_reference_that_cannot_be_read_is_refused_in_words(text: str, message: str) -> None:
    with pytest.raises(RegimeError) as caught:
        load_reference(text, on=ON)
    assert message in str(caught.value)
