"""The law is sound on every day, also on days to come; an overlay applies where it says; a repeated limit is its parts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest

from balance_analysis.cli import main
from balance_analysis.door import open_assessment
from balance_analysis.errors import ParameterError, RegimeError
from balance_analysis.regimes import list_overlays, list_regimes, load_regime, regime_head, require_place
from balance_analysis.regimes.files import KINDS, overlay_file, regime_file, texts
from tests.county_tables import IN_ANSHAN, SAMPLE, YEAR, assess, regime_2017, school, write_county
from tests.small_law import ADD, AREA, CITED, ITEM, LIMIT, ON, SOURCE, TIGHTEN, WHOLE, Law, Place

FUTURE = date(2035, 1, 1)
LATER = LIMIT.replace('"share"', '"other_share"').replace("2017-01-01", str(FUTURE))


def refusal(load: Callable[[], object]) -> str:
    with pytest.raises(RegimeError) as caught:
        load()
    return str(caught.value)


# --- days to come ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        (LATER.replace('"law"', '"hearsay"'), "[[limit]] B1.other_share.all：来源“hearsay”没有在 [[source]] 中列出"),
        (LATER.replace('clause = "第一条"\n', ""), "[[limit]] B1：缺少“clause”，请补上"),
        (LATER.replace('"B1"', '"B99"'), "[[limit]] B99.other_share.all：subject 不是本办法的指标或项目（自 2035-01-01 起）"),
        (LATER + "valid_to = 2034-12-31\n", "终止日期 2034-12-31 早于生效日期 2035-01-01"),
    ],
)  # fmt: skip
def test_an_entry_of_years_to_come_is_checked_today(law: Law, entry: str, message: str) -> None:
    folder = law(WHOLE + LATER)
    assert load_regime("test", on=ON, folder=folder).limit("B1", "other_share", "all") is None
    assert load_regime("test", on=FUTURE, folder=folder).limit("B1", "other_share", "all") is not None
    assert message in refusal(lambda: load_regime("test", on=ON, folder=law(WHOLE + entry)))


def test_an_item_that_ends_while_its_limit_goes_on_is_found_with_the_day(law: Law) -> None:
    ended = ITEM.replace("valid_from = 2017-01-01", "valid_from = 2017-01-01\nvalid_to = 2029-12-31")
    text = refusal(lambda: load_regime("test", on=ON, folder=law(WHOLE.replace(ITEM, ended))))
    assert text == "test.toml [[limit]] B1.share.all：subject 不是本办法的指标或项目（自 2030-01-01 起）"


def test_an_area_code_of_years_to_come_is_checked_today(law: Law) -> None:
    later = AREA.removeprefix(SOURCE).replace("2017-01-01", str(FUTURE))
    ended = AREA.replace("valid_from = 2017-01-01", "valid_from = 2017-01-01\nvalid_to = 2034-12-31")
    folder = law(areas=ended + later.replace('"urban"', '"town"'))
    assert [load_regime("test", on=day, folder=folder).area_codes["111"] for day in (ON, FUTURE)] == [
        "urban",
        "town",
    ]
    hearsay = law(areas=ended + later.replace('"law"', '"hearsay"'))
    assert "[[area]] 111：来源“hearsay”没有在" in refusal(lambda: load_regime("test", on=ON, folder=hearsay))
    overlapping = law(areas=AREA + later)
    assert "城乡分类代码 111 重复" in refusal(lambda: load_regime("test", on=ON, folder=overlapping))


def test_an_area_file_that_is_not_there_is_named(law: Law) -> None:
    folder = law()
    (folder / "national" / "area_codes.toml").unlink()
    assert "没有 area_codes.toml" in refusal(lambda: load_regime("test", on=ON, folder=folder))


@pytest.mark.parametrize(
    ("action", "message"),
    [
        (TIGHTEN.replace('"law"', '"hearsay"'), "[[tighten]] B1.share.all：来源“hearsay”没有在 [[source]] 中列出"),
        (TIGHTEN.replace('clause = "第一条"\n', ""), "缺少“clause”，请补上"),
        (TIGHTEN.replace('"96"', '"94"'), "收紧后的限值 94 比原限值 95 更宽松，拒绝采用（自 2035-01-01 起）"),
        (TIGHTEN.replace("share", "none"), "没有可改动的条目 B1.none.all（自 2035-01-01 起）"),
        (ADD.replace('"B1"', '"B7"'), "subject 不是本办法的指标或项目（自 2035-01-01 起）"),
    ],
)  # fmt: skip
def test_an_action_of_years_to_come_is_checked_today(place: Place, action: str, message: str) -> None:
    later = action.replace("valid_from = 2017-01-01", f"valid_from = {FUTURE}")
    folder = place("here", "county", later)
    assert message in refusal(lambda: load_regime("test", on=ON, overlays=["here"], folder=folder))


def boundary_days() -> list[tuple[str, str, date]]:
    """Every shipped regime with every overlay (or none) and each day on which anything begins, ends, or is a day off it."""
    cases = []
    for regime in list_regimes():
        law_file = regime_file(regime, texts(None, "national")[regime])
        overlays = [one for one in list_overlays() if one.base == regime]
        files = [overlay_file(one.id, texts(None, "local")[one.id]) for one in overlays]
        dated = [law_file, *files, *(entry for kind in KINDS for entry in getattr(law_file, kind))]
        dated += [entry for file in files for _, entry in file.actions()]
        days = {one.valid_from for one in dated} | {one.valid_to for one in dated if one.valid_to}
        around = {day + timedelta(days=step) for day in days for step in (-1, 0, 1)}
        cases += [
            (regime, overlay, day)
            for overlay in ("", *(one.id for one in overlays))
            for day in sorted(around)
        ]
    return cases


def test_each_shipped_regime_loads_on_both_sides_of_every_boundary_with_and_without_each_overlay() -> None:
    heads = {one.id: one for one in list_overlays()} | {name: regime_head(name) for name in list_regimes()}
    loaded = 0
    for regime, overlay, day in boundary_days():
        used = [regime, *([overlay] if overlay else [])]
        lasts = all(heads[name].valid_from <= day <= (heads[name].valid_to or date.max) for name in used)
        if lasts:
            resolved = load_regime(regime, on=day, overlays=used[1:])
            assert all(entry.in_force(day) and entry.clause for _, entry in resolved.entries())
            loaded += 1
        else:
            assert "不适用于" in refusal(lambda: load_regime(regime, on=day, overlays=used[1:]))  # noqa: B023
    assert loaded > len(list_overlays())
    assert {day for _, _, day in boundary_days()} >= {date(2012, 1, 19), date(2012, 1, 20), date(2016, 5, 31),
                                                      date(2016, 6, 1), date(2018, 12, 31), date(2019, 1, 1)}  # fmt: skip


# --- places ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "applies"), [("210300", True), ("210399", True), ("210299", False), ("210400", False)]
)
def test_an_overlay_applies_to_the_counties_whose_code_begins_as_it_says(code: str, applies: bool) -> None:
    if applies:
        require_place(regime_2017("anshan"), code)
        return
    with pytest.raises(ParameterError, match=f"不能用于{code}；请去掉 --overlay anshan"):
        require_place(regime_2017("anshan"), code)


def test_an_overlay_without_a_place_and_a_concession_apply_everywhere() -> None:
    apart = ("district_entry_rule", "special_education_7000")  # touch what another touches, or begin later
    names = [one.id for one in list_overlays() if not one.division_prefix and one.id not in apart]
    assert any(one.level == "concession" for one in list_overlays() if one.id in names)
    require_place(load_regime("quality_balance_2017", on=date(2021, 8, 31), overlays=names), "370321")


def test_anshans_rule_is_refused_in_huantai_with_both_places_named() -> None:
    with pytest.raises(ParameterError) as caught:
        open_assessment(
            SAMPLE / "桓台县.xlsx", regime="quality_balance_2017", overlays=["anshan"], on=date(2018, 8, 31)
        )
    assert str(caught.value) == (
        "补充规定 anshan（鞍山市推进县域义务教育优质均衡发展实施方案）适用于行政区划代码以2103开头的区县，"
        "不能用于370321（桓台县）；请去掉 --overlay anshan"
    )


def test_anshans_rule_is_accepted_in_anshan() -> None:
    rows = (school(code, division_code=IN_ANSHAN) for code in ("1", "2"))
    assert assess(*rows, regime=regime_2017("anshan")).division_code == IN_ANSHAN


def test_of_two_counties_the_one_of_another_place_is_refused_and_the_other_assessed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [
        school(code, division_code=division, county=name)
        for division, name in (("010203", "模拟县"), (IN_ANSHAN, "千山区"))
        for code in ("0001", "0002")
    ]
    path = write_county(tmp_path / "两县.xlsx", *rows)
    options = ["--regime", "quality_balance_2017", "--overlay", "anshan", "-o", str(tmp_path / "out")]
    assert main(["assess", str(path), "--year", str(YEAR), *options]) == 1
    assert "不能用于010203" in capsys.readouterr().err
    assert [one.name for one in (tmp_path / "out").iterdir()] == [IN_ANSHAN]


@pytest.mark.parametrize(("prefix", "accepted"), [("2", False), ("21", True), ("210311", True), ("2103110", False),
                                                  ("21O3", False), ("２１０３", False)])  # fmt: skip
def test_a_place_is_two_to_six_digits(place: Place, prefix: str, accepted: bool) -> None:
    folder = place("here", "county", TIGHTEN, f'division_prefix = "{prefix}"\n')
    if accepted:
        assert load_regime("test", on=ON, overlays=["here"], folder=folder).overlays[0].covers("210311")
        return
    text = refusal(lambda: load_regime("test", on=ON, overlays=["here"], folder=folder))
    assert f"“division_prefix”应为行政区划代码的前 2 至 6 位数字，发现“{prefix}”" in text


def test_regimes_list_and_show_say_where_an_overlay_applies(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["regimes"]) == 0
    lines = {line.split()[0]: line for line in capsys.readouterr().out.splitlines() if line.startswith("  ")}
    assert "行政区划代码以2103开头的区县" in lines["anshan"]
    assert "各区县" in lines["special_education_8000"]
    assert main(["regimes", "show", "quality_balance_2017", "--on", "2020-01-01", "--overlay", "anshan"]) == 0
    assert "行政区划代码以2103开头的区县" in capsys.readouterr().out


# --- repeated limits ------------------------------------------------------------------------------------

REPEATED = f"""
[[limit]]
subject = ["B1", "B2"]
measure = "rate"
relation = "at_most"
value = {{ primary = "0.50", junior_secondary = "0.45" }}
unit = "1"
{CITED}"""
SECOND_ITEM = ITEM.replace('"B1"', '"B2"')


def test_a_limit_of_several_subjects_and_stages_is_read_as_its_parts_in_order(law: Law) -> None:
    regime = load_regime("test", on=ON, folder=law(WHOLE + SECOND_ITEM + REPEATED))
    assert [(limit.key, str(limit.value)) for limit in regime.limits[1:]] == [
        ("B1.rate.primary", "0.50"),
        ("B1.rate.junior_secondary", "0.45"),
        ("B2.rate.primary", "0.50"),
        ("B2.rate.junior_secondary", "0.45"),
    ]
    assert {limit.clause for limit in regime.limits} == {"第一条"}


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('measure = "rate"', 'measure = "rate"\nstage = "all"', "value 已分学段写明，不能再写 stage"),
        ('["B1", "B2"]', '["B1", "B1"]', "subject 的列表应为各不相同的指标或项目"),
        ('["B1", "B2"]', "[]", "subject 的列表应为各不相同的指标或项目"),
        ('["B1", "B2"]', '["B1", 2]', "“subject”应为文本，发现 2"),
        ('["B1", "B2"]', '["B1", "B9"]', "B9.rate.primary：subject 不是本办法的指标或项目"),
        ("primary =", "kindergarten =", "value 分学段时应写成"),
        ('{ primary = "0.50", junior_secondary = "0.45" }', "{}", "value 分学段时应写成"),
        ('"0.50"', "0.50", "“value”应为加引号的数字文本（如 \"0.50\"），发现 0.5"),
        ('{ primary = "0.50", junior_secondary = "0.45" }', '"0.50"', "缺少“stage”，请补上"),
        (f"\n{CITED}", f"\n{CITED}{REPEATED}", "B1.rate.primary：有两条在同一天有效的规定"),
    ],
)  # fmt: skip
def test_a_repeated_limit_that_contradicts_itself_is_refused(
    law: Law, old: str, new: str, message: str
) -> None:
    assert old in REPEATED
    folder = law(WHOLE + SECOND_ITEM + REPEATED.replace(old, new, 1))
    assert message in refusal(lambda: load_regime("test", on=ON, folder=folder))


def test_an_overlay_may_add_a_repeated_limit_too(place: Place) -> None:
    added = REPEATED.replace("[[limit]]", "[[add]]").replace('["B1", "B2"]', '"B1"')
    folder = place("here", "county", added)
    regime = load_regime("test", on=ON, overlays=["here"], folder=folder)
    assert [change.target for change in regime.changes] == ["B1.rate.primary", "B1.rate.junior_secondary"]
