"""The loader refuses every kind of incompleteness, in words; and the national files say what the law says."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from balance_analysis.errors import RegimeError
from balance_analysis.regimes import list_regimes, load_regime, regime_head
from balance_analysis.regimes.model import Limit
from balance_analysis.terms import Grade, Relation
from tests.small_law import AREA, HEAD, ITEM, LIMIT, ON, SOURCE, WHOLE, Law


def test_a_complete_file_loads(law: Law) -> None:
    regime = load_regime("test", on=ON, folder=law())
    assert (regime.name, len(regime.limits), regime.area_codes) == ("测试办法", 1, {"111": "urban"})
    assert regime.limit("B1", "share", "primary") == regime.limits[0]


@pytest.mark.parametrize(
    "key", ["value", "unit", "stage", "relation", "clause", "source", "grade", "valid_from"]
)
def test_a_limit_without_any_one_of_its_parts_is_refused(law: Law, key: str) -> None:
    lines = [line for line in LIMIT.splitlines() if not line.startswith(f"{key} =")]
    with pytest.raises(RegimeError, match=rf"test\.toml \[\[limit\]\] B1：缺少“{key}”，请补上"):
        load_regime("test", on=ON, folder=law(HEAD + SOURCE + ITEM + "\n".join(lines)))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('value = "95"', "value = 0.95", "“value”应为加引号的数字文本（如 \"0.50\"），发现 0.95"),
        ('value = "95"', 'value = "九十五"', "“value”应为加引号的数字文本（如 \"0.50\"），发现“九十五”"),
        ('value = "95"', 'value = "NaN"', "“value”应为加引号的数字文本（如 \"0.50\"），发现“NaN”"),
        ('value = "95"', 'value = "95"\nvalue_max = "96"', "不认识的键“value_max”；可用："),
        ('relation = "at_least"', 'relation = "more_than"', "“relation”应为 at_least、at_most、below 之一，发现“more_than”"),
        ('stage = "all"', 'stage = "小学"', "“stage”应为 primary、junior_secondary、all 之一，发现“小学”"),
        ('subject = "B1"', 'subject = "B99"', "subject 不是本办法的指标或项目"),
        ('unit = "%"', 'unit = " "', "“unit”不能为空"),
        ('grade = "A"', 'grade = "D"', "“grade”应为 A、B、C 之一，发现“D”"),
        ('clause = "第一条"', 'origin = "national"\nclause = "第一条"', "不认识的键“origin”"),
        ("valid_from = 2017-01-01", 'valid_from = "2017-01-01"', "“valid_from”应为日期（如 2017-04-19），发现“2017-01-01”"),
        ('source = "law"', 'source = "hearsay"', "来源“hearsay”没有在 [[source]] 中列出"),
        ('kind = "evidence"', 'kind = "rumour"', "“kind”应为 resource、numeric、evidence、veto、check 之一，发现“rumour”"),
        ('kind = "evidence"', 'kind = "numeric"', "kind 为 numeric 的项目须写明计算方法（method）"),
        ('kind = "evidence"', 'kind = "resource"\nmethod = "books"', "method 应为本办法的指标，发现“books”"),
        ('value = "on"', 'value = "maybe"', "value 应为 on、off 之一，发现“maybe”"),
        ('options = ["on", "off"]', 'options = "on"', "“options”应为列表，发现“on”"),
        ('school_type = "primary_school"', 'school_type = "小学"', "“school_type”应为 primary_school、"),
        ('stages = ["primary"]', 'stages = ["kindergarten"]', "应为 primary、junior_secondary 之一，发现“kindergarten”"),
        ('[[item]]', '[[itme]]', "不认识的键“itme”；可用：choice、id、indicator、item、limit"),
        ('name = "测试办法"\n', "", "test.toml：缺少“name”"),
        ('id = "test"', 'id = "other"', "id 是 other，应与文件名一致"),
        ('number = "某〔2017〕1号"\n', "", "[[source]] law：缺少“number”"),
        ('short_name = "测试"', "short_name = 测试", "不是有效的 TOML"),
    ],
)  # fmt: skip
def test_a_mistake_is_refused_with_the_sentence_that_says_what_is_wrong(
    law: Law, old: str, new: str, message: str
) -> None:
    assert old in WHOLE
    text = WHOLE.replace(old, new, 1) if old != 'source = "law"' else WHOLE.replace(old, new)
    with pytest.raises(RegimeError) as caught:
        load_regime("test", on=ON, folder=law(text))
    assert message in str(caught.value)


def test_an_entry_that_ends_before_it_begins_is_refused_although_it_is_never_in_force(law: Law) -> None:
    backwards = LIMIT.replace("valid_from = 2017-01-01", "valid_from = 2017-01-01\nvalid_to = 2016-12-31")
    with pytest.raises(RegimeError, match="终止日期 2016-12-31 早于生效日期 2017-01-01"):
        load_regime("test", on=ON, folder=law(WHOLE.replace(LIMIT, backwards)))


def test_all_mistakes_are_reported_at_once(law: Law) -> None:
    text = WHOLE.replace('value = "95"', "value = 95").replace('grade = "A"', 'grade = "Z"')
    with pytest.raises(RegimeError) as caught:
        load_regime("test", on=ON, folder=law(text))
    assert len(str(caught.value).splitlines()) >= 5


def test_two_entries_for_the_same_day_are_refused_and_consecutive_ones_are_not(law: Law) -> None:
    with pytest.raises(
        RegimeError, match=r"B1\.share\.all：有两条在同一天有效的规定；请用 valid_to 结束旧的一条"
    ):
        load_regime("test", on=ON, folder=law(WHOLE + LIMIT))
    old = LIMIT.replace("valid_from = 2017-01-01", "valid_from = 2017-01-01\nvalid_to = 2018-12-31")
    new = LIMIT.replace("valid_from = 2017-01-01", "valid_from = 2019-01-01").replace('"95"', '"98"')
    folder = law(WHOLE.replace(LIMIT, old) + new)
    assert load_regime("test", on=date(2018, 12, 31), folder=folder).limits[0].value == Decimal("95")
    assert load_regime("test", on=date(2019, 1, 1), folder=folder).limits[0].value == Decimal("98")


def test_a_day_before_the_regime_is_refused_with_a_way_out(law: Law) -> None:
    with pytest.raises(RegimeError, match="自 2017-01-01 起有效，不适用于 2016-12-31；请改用当时有效的办法"):
        load_regime("test", on=date(2016, 12, 31), folder=law())
    ended = WHOLE.replace("valid_from = 2017-01-01", "valid_from = 2017-01-01\nvalid_to = 2018-12-31", 1)
    with pytest.raises(RegimeError, match="自 2017-01-01 至 2018-12-31有效，不适用于 2020-01-01"):
        load_regime("test", on=ON, folder=law(ended))


def test_an_unknown_regime_is_refused_with_the_known_ones(law: Law) -> None:
    with pytest.raises(RegimeError, match="没有评估办法 nothing；可用：test"):
        load_regime("nothing", on=ON, folder=law())
    with pytest.raises(RegimeError, match="没有评估办法 area_codes"):
        load_regime("area_codes", on=ON, folder=law())


@pytest.mark.parametrize(
    ("areas", "message"),
    [
        (AREA.replace('clause = "第一条"\n', ""), r"area_codes.toml [[area]] 第1条：缺少“clause”"),
        (AREA + AREA.removeprefix(SOURCE), "城乡分类代码 111 重复"),
        (AREA.replace('source = "law"', 'source = "else"'), "来源“else”没有在 [[source]] 中列出"),
        (AREA + "\n[[region]]\nid = 1\n", "不认识的键“region”；可用：area、source"),
    ],
)
def test_the_area_codes_are_as_strict(law: Law, areas: str, message: str) -> None:
    with pytest.raises(RegimeError) as caught:
        load_regime("test", on=ON, folder=law(areas=areas))
    assert message in str(caught.value)


def test_area_codes_end_when_they_are_replaced(law: Law) -> None:
    areas = AREA.replace("valid_from = 2017-01-01", "valid_from = 2017-01-01\nvalid_to = 2018-12-31")
    assert load_regime("test", on=ON, folder=law(areas=areas)).area_codes == {}


def test_asking_for_what_is_not_there_is_an_error_and_lists_what_is() -> None:
    regime = load_regime("quality_balance_2017", on=ON)
    for ask in (regime.parameter, regime.choice, regime.indicator, regime.item):
        with pytest.raises(RegimeError, match=r"没有.* nothing；已有："):
            ask("nothing")
    with pytest.raises(RegimeError, match="没有来源 nothing"):
        regime.source("nothing")
    assert regime.limit("B8", "share", "all") is None
    assert not regime.has_choice("nothing", "on")


# --- the law itself: figures as in the regulation (§2, §3.1, §3.4) -------------------------------------

QUALITY_2017 = {
    "above_standard_qualified_teachers": ("4.2", "5.3"), "backbone_teachers": ("1", "1"), "pe_arts_teachers": ("0.9", "0.9"),
    "teaching_area": ("4.5", "5.8"), "sports_area": ("7.5", "10.2"), "equipment_value": ("2000", "2500"),
    "multimedia_classrooms": ("2.3", "2.4"),
}  # fmt: skip
FLOORS = {
    "above_standard_qualified_teachers": ("3.57", "4.505"), "backbone_teachers": ("0.85", "0.85"),
    "pe_arts_teachers": ("0.765", "0.765"), "teaching_area": ("3.825", "4.93"), "sports_area": ("6.375", "8.67"),
    "equipment_value": ("1700", "2125"), "multimedia_classrooms": ("1.955", "2.04"),
}  # fmt: skip


def limit_of(
    subject: str, measure: str, stage: str = "all", *, regime: str = "quality_balance_2017"
) -> Limit:
    found = load_regime(regime, on=ON).limit(subject, measure, stage)
    assert found is not None
    return found


@pytest.mark.parametrize("indicator", QUALITY_2017)
def test_the_seven_limits_and_their_85_percent_floors_are_those_of_the_regulation(indicator: str) -> None:
    share = load_regime("quality_balance_2017", on=ON).parameter("school.tolerated_share")
    for stage, limit, floor in zip(
        ("primary", "junior_secondary"), QUALITY_2017[indicator], FLOORS[indicator], strict=True
    ):
        value = limit_of(indicator, "school_value", stage).value
        assert str(value) == limit
        assert value * share == Decimal(floor)


def test_the_coefficients_of_2017_bind_every_indicator_and_those_of_2012_the_composite() -> None:
    for indicator in QUALITY_2017:
        assert [str(limit_of(indicator, "cv", stage).value) for stage in ("primary", "junior_secondary")] == [
            "0.50",
            "0.45",
        ]
    assert load_regime("quality_balance_2017", on=ON).limit("composite", "cv", "primary") is None
    composite = [
        limit_of("composite", "cv", stage, regime="basic_balance_2012")
        for stage in ("primary", "junior_secondary")
    ]
    assert [str(limit.value) for limit in composite] == ["0.65", "0.55"]


@pytest.mark.parametrize(
    ("subject", "measure", "stage", "relation", "value"),
    [
        ("B11", "enrolment_single_stage", "all", "at_most", "2000"),
        ("B11", "enrolment_nine_or_twelve_year", "all", "at_most", "2500"),
        ("B12", "class_size", "primary", "at_most", "45"), ("B12", "class_size", "junior_secondary", "at_most", "50"),
        ("B14", "funds_per_pupil", "all", "at_least", "6000"), ("B15", "pay_ratio", "all", "at_least", "100"),
        ("B16", "completion_share", "all", "at_least", "100"), ("B18", "rotation_share", "all", "at_least", "10"),
        ("B18", "backbone_share", "all", "at_least", "20"), ("B19", "certified_share", "all", "at_least", "100"),
        ("B20", "nearby_share", "primary", "at_least", "100"), ("B20", "nearby_share", "junior_secondary", "at_least", "95"),
        ("B21", "quota_share", "all", "at_least", "50"), ("B22", "public_or_purchased_share", "all", "at_least", "85"),
        ("B23", "retention_rate", "all", "at_least", "95"), ("B24", "enrolment_rate", "all", "at_least", "95"),
        ("B26", "training_share", "all", "at_least", "5"), ("B31", "achievement_level", "all", "at_least", "3"),
        ("B31", "inter_school_difference_rate", "all", "below", "0.15"),
        ("recognition", "recognition_share", "all", "at_least", "85"),
    ],
)  # fmt: skip
def test_the_limits_of_the_items_are_those_of_the_regulation(
    subject: str, measure: str, stage: str, relation: str, value: str
) -> None:
    limit = limit_of(subject, measure, stage)
    assert (limit.relation, str(limit.value)) == (relation, value)


def test_the_regime_of_2017_has_31_items_in_three_groups_and_that_of_2012_eight_indicators() -> None:
    items = load_regime("quality_balance_2017", on=ON).items
    numbered = [item for item in items if re.fullmatch(r"B\d+", item.id)]
    assert [item.id for item in numbered] == [f"B{number}" for number in range(1, 32)]
    sizes = [
        sum(item.group == group for item in numbered)
        for group in ("resource_allocation", "government_guarantee", "education_quality")
    ]
    assert sizes == [7, 15, 9]
    assert len(load_regime("basic_balance_2012", on=ON).indicators) == 8


def test_every_entry_of_the_shipped_law_names_clause_source_grade_and_date() -> None:
    for name in list_regimes():
        regime = load_regime(name, on=ON)
        for kind, entry in regime.entries():
            assert entry.clause, (kind, entry)
            assert regime.source(entry.source).citation
            assert entry.grade in Grade
            assert entry.valid_from <= ON
        assert regime_head(name).id == name


def test_limits_compare_exactly() -> None:
    limit = limit_of("B31", "inter_school_difference_rate")
    assert not limit.holds(Fraction(15, 100))
    assert limit.holds(Fraction(15, 100) - Fraction(1, 10**30))
    floor = limit_of("sports_area", "school_value", "primary")
    assert floor.relation is Relation.AT_LEAST
    assert floor.holds(Decimal("7.5"))
    assert not floor.holds(Decimal("7.4999999999999999999999999999"))


def test_the_fingerprint_changes_with_the_law_and_with_nothing_else(law: Law) -> None:
    first = load_regime("test", on=ON, folder=law()).fingerprint
    assert load_regime("test", on=date(2021, 1, 1), folder=law()).fingerprint == first
    assert load_regime("test", on=ON, folder=law(WHOLE.replace('"95"', '"96"'))).fingerprint != first
