"""A mistake in a shipped file of the law is refused when the file is read, with the file and the entry named.

Each case is one edit that a hand could make: a misspelt name, a figure out of range, an entry too many or too few.
"""

# ruff: noqa: E501  (a case is a line)

from __future__ import annotations

import re
import shutil
from datetime import date
from importlib import resources
from pathlib import Path

import pytest

from balance_analysis.errors import RegimeError
from balance_analysis.measures.items import METHODS
from balance_analysis.regimes import load_regime
from balance_analysis.regimes.files import regime_file, texts
from balance_analysis.regimes.known import known_choices, known_methods, known_parameters
from tests.third_regime import CHOICES, PARAMETERS

NATIONAL, LOCAL, AREAS = "quality_balance_2017", "anshan", "area_codes"
CITED = 'clause = "第九条"\nsource = "{source}"\ngrade = "B"\nvalid_from = 2035-01-01\n'
LIMIT = '[[{kind}]]\nsubject = "{subject}"\nmeasure = "{measure}"\nstage = "{stage}"\nrelation = "{relation}"\nvalue = "0.3"\nunit = "1"\n'
AMENDED = '[[{action}]]\ntarget = "{target}"\nvalue = "{value}"\n'


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("law")
    for part in ("national", "local"):
        shutil.copytree(Path(str(resources.files("balance_analysis.regimes"))) / part, folder / part)
    return folder


def refusal(folder: Path, name: str, text: str) -> str:
    """What the loader says of the shipped law with another text of one file."""
    path = next(folder.glob(f"*/{name}.toml"))
    kept = path.read_text(encoding="utf-8")
    path.write_text(text, encoding="utf-8")
    try:
        with pytest.raises(RegimeError) as caught:
            load_regime(NATIONAL, on=date(2027, 1, 1), overlays=[LOCAL], folder=folder)
    finally:
        path.write_text(kept, encoding="utf-8")
    return str(caught.value)


def original(folder: Path, name: str) -> str:
    return next(folder.glob(f"*/{name}.toml")).read_text(encoding="utf-8")


def limit(measure: str, stage: str, *, kind: str = "limit", subject: str, relation: str = "at_most") -> str:
    return LIMIT.format(kind=kind, subject=subject, measure=measure, stage=stage, relation=relation)


FIRST_COEFFICIENT = 'measure = "cv"\nrelation = "at_most"\nvalue = { primary = "0.50"'


@pytest.mark.parametrize(
    ("name", "old", "new", "place", "sentence"),
    [
        (NATIONAL, 'measure = "class_size"', 'measure = "class_sizes"', "[[limit]] B12.class_sizes.primary", "measure 应为 class_size 之一，发现“class_sizes”"),
        (NATIONAL, 'measure = "school_value"\nrelation = "at_least"', 'measure = "school_value"\nrelation = "at_most"', "[[limit]] above_standard_qualified_teachers.school_value.primary", "只能规定不低于"),
        (NATIONAL, FIRST_COEFFICIENT, FIRST_COEFFICIENT.replace("at_most", "at_least"), "[[limit]] backbone_teachers.cv.primary", "只能规定不高于"),
        (NATIONAL, FIRST_COEFFICIENT, FIRST_COEFFICIENT.replace("0.50", "0"), "[[limit]] backbone_teachers.cv.primary", "一个大于 0 的数"),
        (NATIONAL, 'value = { primary = "4.2"', 'value = { primary = "-4.2"', "[[limit]] above_standard_qualified_teachers", "“value”应为不小于 0 的数，发现“-4.2”"),
        (NATIONAL, 'scale = "100"', 'scale = "0"', "[[indicator]] above_standard_qualified_teachers", "“scale”应为大于 0 的数，发现“0”"),
        (NATIONAL, 'item = "B1"', 'item = "B77"', "[[indicator]] above_standard_qualified_teachers", "由这一指标判定的项目 B1，发现“B77”"),
        (NATIONAL, 'value = "6"', 'value = "8"', "[[parameter]] school.indicators_met_minimum", "本办法只有7项指标，不能要求8项达标"),
        (NATIONAL, 'value = "6"', 'value = "6.5"', "[[parameter]] school.indicators_met_minimum", "value 应为不小于 0 的整数，发现“6.5”"),
        (NATIONAL, 'value = "0.85"', 'value = "1.01"', "[[parameter]] school.tolerated_share", "value 应为大于 0、不大于 1 的数，发现“1.01”"),
        (NATIONAL, 'id = "school.tolerated_share"', 'id = "school.tolerated_shares"', "[[parameter]] school.tolerated_shares", "没有这个参数；可用："),
        (NATIONAL, 'id = "music_art_rooms.classes_per_room"', 'id = "small_school_funds.enrolment_minimum"', "[[item]] B10", "须有参数 music_art_rooms.classes_per_room"),
        (NATIONAL, 'id = "concession.older_rooms.built_until"', 'id = "concession.school_size.single_stage"', "[[parameter]] concession.school_size.single_stage", "有两条在同一天有效的规定"),
        (NATIONAL, 'id = "split_shared_resources"', 'id = "split_shared_resource"', "[[indicator]] teaching_area", "须有选项 split_shared_resources"),
        (NATIONAL, 'id = "split_shared_resources"', 'id = "split_shared_resource"', "[[choice]] split_shared_resource", "没有这个选项；可用："),
        (NATIONAL, 'value = "on"\noptions = ["on", "off"]', 'value = "yes"\noptions = ["yes", "no"]', "[[choice]] deduct_indoor_sports_from_teaching_area", "options 应从 on、off 中选，发现“yes、no”"),
        (NATIONAL, 'stages = ["primary"]', "stages = []", "[[scope]] primary_school", "“stages”应为至少有一个值的列表"),
        (NATIONAL, 'stages = ["primary"]', 'stages = ["primary", "primary"]', "[[scope]] primary_school", "“stages”应为没有重复的列表"),
        (NATIONAL, 'method = "class_size"', 'method = "class_sizes"', "[[item]] B12", "method 应为 funding_base、"),
        (NATIONAL, "[[source]]", '[[source]]\nid = "jiaodu_2017_6"\ntitle = "又"\nnumber = "又"\ndate = 2017-04-19\n\n[[source]]', "[[source]] jiaodu_2017_6", "来源重复；请只留一条"),
        (AREAS, '["111", "112"]', '["11", "112"]', "[[area]] 第1条", "应为三位数字的城乡分类代码，发现“11”"),
        (AREAS, '["111", "112"]', '["111", "111"]', "[[area]] 第1条", "“codes”应为没有重复的列表"),
        (AREAS, '["111", "112"]', "[]", "[[area]] 第1条", "“codes”应为至少有一个值的列表"),
        (AREAS, 'stratum = "urban"', 'stratum = "suburban"', "[[area]] 第1条", "应为 urban、town、rural 之一，发现“suburban”"),
        (LOCAL, "valid_from = 2018-07-01", "valid_from = 2016-07-01", "", "生效日期 2016-07-01 早于所依附的 quality_balance_2017（2017-04-19）"),
    ],
)  # fmt: skip
def test_one_edit_of_a_shipped_file_is_refused_at_its_place(
    shipped: Path, name: str, old: str, new: str, place: str, sentence: str
) -> None:
    text = original(shipped, name)
    assert old in text
    told = refusal(shipped, name, text.replace(old, new, 1))
    assert any(
        line.startswith(f"{name}.toml {place}".rstrip()) and sentence in line for line in told.splitlines()
    ), told


@pytest.mark.parametrize(
    ("name", "entry", "place", "sentence"),
    [
        (NATIONAL, limit("cv", "all", subject="teaching_area"), "[[limit]] teaching_area.cv.all", "既有分学段的限值，又有不分学段（all）的限值"),
        (NATIONAL, limit("cvv", "primary", subject="teaching_area"), "[[limit]] teaching_area.cvv.primary", "measure 应为 school_value、cv 之一，发现“cvv”"),
        (NATIONAL, limit("rooms", "all", subject="B10"), "[[limit]] B10.rooms.all", "measure 不能设限"),
        (LOCAL, limit("class_size", "all", kind="add", subject="B12"), "[[add]] B12.class_size.all", "既有分学段的限值"),
        (LOCAL, limit("enrolment", "all", kind="add", subject="B11"), "[[add]] B11.enrolment.all", "measure 应为 enrolment_single_stage、"),
        (LOCAL, AMENDED.format(action="set", target="teaching_site", value="-5"), "[[set]] teaching_site", "value 应为不小于 0 的数，发现“-5”"),
        (LOCAL, AMENDED.format(action="set", target="school.tolerated_share", value="1.5"), "[[set]] school.tolerated_share", "大于 0、不大于 1 的数"),
        (LOCAL, AMENDED.format(action="set", target="school.indicators_met_minimum", value="8"), "[[set]] school.indicators_met_minimum", "本办法只有7项指标"),
        (LOCAL, AMENDED.format(action="tighten", target="B11.enrolment_single_stage.all", value="-5"), "[[tighten]] B11.enrolment_single_stage.all", "value 应为不小于 0 的数"),
        (LOCAL, AMENDED.format(action="tighten", target="teaching_area.cv.primary", value="0"), "[[tighten]] teaching_area.cv.primary", "一个大于 0 的数"),
    ],
)  # fmt: skip
def test_an_entry_of_years_to_come_is_refused_at_its_place(
    shipped: Path, name: str, entry: str, place: str, sentence: str
) -> None:
    text = original(shipped, name)
    source = re.search(r'\[\[source\]\]\nid = "(\w+)"', text)
    assert source is not None
    told = refusal(shipped, name, f"{text}\n{entry}{CITED.format(source=source[1])}")
    assert any(
        line.startswith(f"{name}.toml {place}：") and sentence in line for line in told.splitlines()
    ), told
    assert "（自 2035-01-01 起）" in told or "不小于 0" in told


def test_weights_that_split_nothing_are_refused(shipped: Path) -> None:
    text = original(shipped, NATIONAL)
    head, weights = text.split("[[stage_weight]]", 1)
    first = re.sub(r'((?:primary|junior_secondary|senior_secondary) = )"[\d.]+"', r'\1"0"', weights, count=3)
    told = refusal(shipped, NATIONAL, f"{head}[[stage_weight]]{first}")
    assert "各学段的权重不能都是 0" in told


def test_what_the_loader_knows_is_what_the_code_computes_and_the_law_uses() -> None:
    law = regime_file(NATIONAL, texts(None, "national")[NATIONAL])
    old = regime_file("basic_balance_2012", texts(None, "national")["basic_balance_2012"])
    assert set(known_methods()) == set(METHODS)
    assert set(known_parameters()) == {one.id for one in law.parameter}
    assert set(known_choices()) == {one.id for one in (*law.choice, *old.choice)}
    assert set(PARAMETERS) <= set(known_parameters())
    assert set(CHOICES) <= set(known_choices())
