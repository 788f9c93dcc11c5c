"""What the diagnosis says: true against brute force, neutral, and never silly where there is little to say."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.patches import Rectangle

from balance_analysis.assessment import open_assessment
from balance_analysis.explain.diagnosis import Diagnosis
from balance_analysis.measures.coefficients import coefficient_of_variation
from balance_analysis.views import diagnosis_figures as figures
from balance_analysis.views import diagnosis_outlook as outlook
from balance_analysis.views import diagnosis_report as sections
from balance_analysis.views import diagnosis_sentences as say
from balance_analysis.views import diagnosis_tables as tables
from balance_analysis.views import diagnosis_words as words
from balance_analysis.views import explorer, outlook_tables
from balance_analysis.views.elements.display import ReportFigure
from balance_analysis.words import labels, numbers
from tests.county_tables import BLANK, SAMPLE, SHARED_DATA, YEAR, assess, records, regime_2012, school

SECTIONS: tuple[Callable[[Diagnosis], Iterator[Any]], ...] = (
    sections.source_elements,
    sections.action_elements,
    sections.headroom_elements,
    sections.robustness_elements,
    sections.target_elements,
    sections.area_elements,
    sections.plausibility_elements,
)


@pytest.fixture(scope="module")
def huantai() -> Diagnosis:
    return Diagnosis(open_assessment(SAMPLE / "桓台县.xlsx", regime="quality_balance_2017", target_year=2020))


def text_of(elements: Iterator[Any]) -> str:
    return "\n".join(element.to_text() for element in elements)


def everything(diagnosis: Diagnosis) -> str:
    return "\n".join(text_of(section(diagnosis)) for section in SECTIONS)


def yearly(code: str, values: list[float], **given: Any) -> list[dict[str, Any]]:
    """One school through the years with so many PE teachers (music teachers none)."""
    first = YEAR - len(values) + 1
    return [
        school(code, school_year=first + number, primary_pe_teachers=value, primary_music_teachers=0, **given)
        for number, value in enumerate(values)
    ]


# --- the analysts' two questions ------------------------------------------------------------------------------


def test_the_school_to_act_on_first_for_sports_area_and_what_it_brings_stand_in_the_report(
    huantai: Diagnosis,
) -> None:
    """Checked by brute force: 100 m² added to every school in turn, the definition of the coefficient, nothing else."""
    rows = huantai.known[
        (huantai.known["stage"] == "primary") & (huantai.known["indicator"] == "sports_area")
    ]
    resource, pupils = rows["resource"].to_numpy(), rows["enrolment"].to_numpy()
    before = coefficient_of_variation(resource, pupils)
    per_amount = rows["stage_weight"] * rows["enrolment"] / rows["weighted_pupils"]
    after = [
        coefficient_of_variation(resource + 100 * share * (np.arange(len(rows)) == place), pupils)
        for place, share in enumerate(per_amount)
    ]
    best = int(np.argmin(after))
    text = text_of(sections.action_elements(huantai))
    (sentence,) = [line for line in text.splitlines() if line.startswith("· 小学体育场馆")]
    assert f"最先抓{rows['school_name'].iloc[best]}（{int(pupils[best])}人" in sentence
    assert f"增加100平方米体育场馆，差异系数即下降{numbers.small(before - after[best])}" in sentence
    assert "只靠一所学校达不到限值" in sentence
    assert "共需86000平方米体育场馆" in sentence


def test_so_much_spread_over_the_named_schools_reaches_the_limit_and_one_step_less_does_not(
    huantai: Diagnosis,
) -> None:
    focus = {"stage": "primary", "indicator": "sports_area"}
    rows = words.of(huantai.known, focus).set_index("school_code")
    units = words.of(huantai.remedies, focus).set_index("school_code")["units"]
    assert units.sum() * 100 == 86000

    def cv(given: pd.Series) -> float:
        added = given.reindex(rows.index, fill_value=0) * 100
        return coefficient_of_variation((rows["resource"] + added).to_numpy(), rows["enrolment"].to_numpy())

    assert cv(units) <= 0.5
    fewer = units.copy()
    fewer.iloc[0] -= 1
    assert cv(fewer) > 0.5


def test_whether_the_county_makes_it_by_the_target_year_is_the_first_sentence(huantai: Diagnosis) -> None:
    first = next(iter(sections.target_elements(huantai))).to_text().splitlines()[1]
    assert first.startswith("照近年的平均速度，到2020年不能全部达标：小学体育场馆差异系数、")
    assert "只有3个学年的数据，年数不足，不能给出达标概率" in first


# --- the target year in other circumstances -------------------------------------------------------------------


def test_without_a_target_year_the_answer_says_how_to_get_one(huantai: Diagnosis) -> None:
    assert "没有设定目标年" in outlook.target_sentence(Diagnosis(replace(huantai.county, target_year=None)))


def test_with_years_enough_a_probability_is_stated_and_the_band_is_drawn() -> None:
    rows = yearly("0001", [9, 8, 8, 7, 7, 6, 6]) + yearly("0002", [1, 1, 2, 2, 3, 3, 3])
    county = Diagnosis(assess(*rows, target_year=YEAR + 3))
    assert re.search(
        r"达标概率\d+%", outlook.target_sentence(county)
    ) or "很可能全部达标" in outlook.target_sentence(county)
    assert "用本县自己的往年数据检验" in outlook.method_sentence(county)
    assert outlook.joint_sentence(county) == (
        f"{YEAR + 3}年各项差异系数和各校全部达标的联合概率不能给出（没有学校）。"
    )  # primary schools only
    drawn = next(element for element in sections.target_elements(county) if isinstance(element, ReportFigure))
    assert "区间" in drawn.alt
    assert not drawn.note
    table = outlook_tables.target_table(county, "primary")
    assert table is not None
    assert "不能给出" not in table.to_text()


def test_the_joint_probability_of_a_county_of_both_stages_stands_in_the_outlook() -> None:
    values = [3.0, 4, 3, 4, 3, 4, 3]
    rows = yearly("0001", values) + yearly("0002", values[::-1])
    rows += [
        school(code, "junior_secondary_school", school_year=YEAR - back)
        for back in range(7)
        for code in ("0003", "0004")
    ]
    county = Diagnosis(assess(*rows, target_year=YEAR + 3))
    said = outlook.joint_sentence(county)
    joint = county.joint.iloc[-1]
    assert f"联合概率为{numbers.share(joint['probability'])}" in said
    assert said in text_of(sections.target_elements(county))
    assert outlook.joint_sentence(Diagnosis(replace(county.county, target_year=YEAR))) == ""


def test_a_blank_in_the_newest_year_stands_in_the_table_with_its_reason_and_without_a_forecast() -> None:
    rows = yearly("0001", [9, 8, 8, 7, 7, 6, 6]) + yearly("0002", [1, 1, 2, 2, 3, 3, 3])
    newest = max(row["school_year"] for row in rows)
    blank = next(row for row in rows if row["school_year"] == newest)
    blank["sports_ground_area_m2"] = BLANK
    county = Diagnosis(assess(*rows, target_year=YEAR + 3))
    table = outlook_tables.target_table(county, "primary")
    assert table is not None
    assert any("小学体育场馆差异系数" in note and "最近一个学年没有数值" in note for note in table.notes)
    assert "很可能全部达标" not in outlook.target_sentence(county)
    drawn = next(element for element in sections.target_elements(county) if isinstance(element, ReportFigure))
    assert "体育场馆" not in drawn.alt
    few = [row for row in rows if row["school_year"] > newest - 3]
    short = outlook.target_sentence(Diagnosis(assess(*few, target_year=YEAR + 3)))
    assert "小学体育场馆差异系数" in short
    assert "最近一个学年没有数值，不作预测" in short


def test_a_target_year_that_has_come_is_answered_by_what_is_not_what_may_be(huantai: Diagnosis) -> None:
    text = outlook.target_sentence(Diagnosis(replace(huantai.county, target_year=2017)))
    assert text.startswith("目标年2017年已到：小学体艺教师差异系数、小学体育场馆差异系数、小学达标学校比例")
    assert text.endswith("没有达到。")


def test_two_years_show_no_direction() -> None:
    rows = yearly("0001", [9, 9]) + yearly("0002", [1, 1])
    text = outlook.target_sentence(Diagnosis(assess(*rows, target_year=YEAR + 2)))
    assert text.startswith(f"到{YEAR + 2}年能否达标还不能判断：目前小学体艺教师差异系数")
    assert "只有2个学年的数据" in text


# --- neutral and exact words ----------------------------------------------------------------------------------


def test_areas_are_compared_in_both_directions_and_nobody_is_called_disadvantaged(huantai: Diagnosis) -> None:
    text = text_of(sections.area_elements(huantai))
    assert "乡村较高的有6项，城区较高的有1项" in text
    assert "没有抽样误差" in text
    for word in ("劣势", "落后", "薄弱", "弱势", "优势", "显著"):
        assert word not in text


def test_the_shares_of_a_gap_are_named_only_where_there_are_groups_to_tell_apart() -> None:
    one_area = Diagnosis(assess(school("0001"), school("0002", multimedia_classrooms=9)))
    (row,) = records(one_area.focus)
    assert say.shares(one_area, row) == {"school": pytest.approx(1.0)}
    assert "100%来自学校之间的差别" in say.source_sentence(one_area, row)
    assert "公办" not in say.source_sentence(one_area, row)
    two = Diagnosis(assess(school("0001"), school("0002", multimedia_classrooms=9, urban_rural_code="210")))
    (row,) = records(two.focus)
    assert say.shares(two, row) == {"stratum": pytest.approx(1.0), "school": pytest.approx(0.0, abs=1e-12)}


def test_a_coefficient_that_fails_and_one_that_is_only_the_nearest_are_worded_differently() -> None:
    fails = Diagnosis(assess(school("0001"), school("0002", multimedia_classrooms=90)))
    near = Diagnosis(assess(school("0001"), school("0002", multimedia_classrooms=4)))
    failing, nearest = (say.action_sentence(each, records(each.focus)[0]) for each in (fails, near))
    assert "高于限值0.50" in failing
    assert "最先抓" in failing
    assert "均未超限" in nearest
    assert "若要继续缩小差距" in nearest
    assert "共需" not in nearest


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.000462, "0.00046"), (0.0173, "0.017"), (-0.25, "0.25"), (0.0, "0"), (0.00000012, "0.00000012")],
)
def test_a_small_change_shows_two_figures_and_no_sign(value: float, text: str) -> None:
    assert numbers.small(value) == text


# --- little data ----------------------------------------------------------------------------------------------


def blank_school(code: str, **given: Any) -> dict[str, Any]:
    numbers: dict[str, Any] = {
        name: BLANK for name, value in school().items() if type(value) is int and name != "school_year"
    }
    return school(code, **numbers | {"primary_enrolment": 100} | given)


LITTLE: dict[str, Callable[[], Diagnosis]] = {
    "2012 regime": lambda: Diagnosis(
        assess(school("0001"), school("0002", books=100), regime=regime_2012(), target_year=YEAR + 1)
    ),
    "one school": lambda: Diagnosis(assess(school("0001"), target_year=YEAR + 1)),
    "everything blank": lambda: Diagnosis(
        assess(blank_school("0001"), blank_school("0002"), target_year=YEAR + 1)
    ),
    "no target year": lambda: Diagnosis(assess(school("0001"), school("0002", primary_enrolment=150))),
    "equal schools": lambda: Diagnosis(assess(school("0001"), school("0002"), target_year=YEAR + 1)),
    "nobody has any": lambda: Diagnosis(
        assess(
            school("0001", multimedia_classrooms=0),
            school("0002", multimedia_classrooms=0),
            target_year=YEAR + 1,
        )
    ),
}


@pytest.mark.parametrize("name", LITTLE)
def test_with_little_data_every_section_says_something_and_nothing_silly(name: str) -> None:
    diagnosis = LITTLE[name]()
    for section in SECTIONS:
        elements = list(section(diagnosis))
        assert elements, section.__name__
        text = "\n".join(element.to_text() for element in elements)
        assert not re.search(r"\bnan\b|None|NaN|inf\b|（）|，，|：。", text), (section.__name__, text)
        for element in elements:
            assert getattr(element, "rows", True), (section.__name__, "an empty table")


@pytest.mark.skipif(not SHARED_DATA.exists(), reason="../shared/data is not there: real records not reported")
@pytest.mark.parametrize("code", ["02", "20"])
def test_real_records_with_one_indicator_and_their_own_areas_make_a_plain_report(code: str) -> None:
    """宜蘭縣 has general and remote schools, 嘉義市 a single area (public records, ROC years 109–113)."""
    diagnosis = Diagnosis(
        open_assessment(
            SHARED_DATA / "taiwan_elementary" / "schools_109_113.csv",
            division_code=code,
            regime="basic_balance_2012",
            target_year=2027,
        )
    )
    text = everything(diagnosis)
    assert not re.search(r"\bnan\b|None|城区|乡村", text)
    assert ("一般地区" in text) == (code == "02")
    assert ("不作地区比较" in text) == (code == "20")


def test_long_lists_are_cut_and_name_the_file_with_the_rest(huantai: Diagnosis) -> None:
    table = tables.shortfall_table(huantai)
    assert table is not None
    assert len(table.rows) == tables.SHOWN_SCHOOLS
    assert any("headroom.csv" in note for note in table.notes)
    assert tables.left_out(3, 10, "x") == []


# --- figures --------------------------------------------------------------------------------------------------


def test_the_bars_of_the_waterfall_start_at_zero_and_end_at_the_square_of_the_coefficient(
    huantai: Diagnosis,
) -> None:
    bars = huantai.waterfall("primary", "sports_area")
    axes = figures.plot_waterfall(bars, huantai.county.regime, limit=0.5)
    widths = [patch.get_width() for patch in axes.patches if isinstance(patch, Rectangle)]
    assert len(widths) == 14  # twelve schools, the rest, the total
    assert sum(widths[:-1]) == pytest.approx(widths[-1], abs=1e-12)
    assert widths[-1] == pytest.approx(0.769**2, abs=1e-3)
    alt = figures.waterfall_alt(bars, 0.5)
    assert alt.startswith("各校对差异系数0.769，限值0.50的贡献：")
    assert "其余28所学校" in alt


def test_a_figure_drawn_twice_is_the_same_character_by_character(huantai: Diagnosis) -> None:
    first, second = (sections.waterfall_figure(huantai, "primary", "sports_area").svg for _ in range(2))
    assert first == second


# --- dropdowns ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def counties(huantai: Diagnosis) -> list[Any]:
    other = open_assessment(SAMPLE / "八公山区.xlsx", regime="quality_balance_2017", target_year=2023)
    return [huantai.county, other]


@pytest.mark.parametrize("chart", explorer.CHARTS)
def test_every_dropdown_changes_the_picture(counties: list[Any], chart: str) -> None:
    shown = explorer.CountyExplorer(counties, chart)
    pictures = [shown.picture.value]
    for control, value in (
        (shown.indicator, "sports_area"),
        (shown.stage, "junior_secondary"),
        (shown.year, 2016),
        (shown.county, "340405"),
    ):
        control.value = value
        pictures.append(shown.picture.value)
    assert all("<svg" in picture for picture in pictures)
    assert len(set(pictures)) == len(pictures)
    assert shown.year.value == 2020  # the new county's own latest year
    assert shown.stage.value == "junior_secondary"  # what both have is kept


def test_the_first_year_has_no_year_before_and_says_so(counties: list[Any]) -> None:
    shown = explorer.CountyExplorer(counties, "years")
    shown.year.value = 2015
    assert explorer.NOTHING in shown.picture.value
    with pytest.raises(ValueError, match="没有这项数据"):
        shown.figure()


def test_the_static_figure_is_the_one_the_dropdowns_show(counties: list[Any]) -> None:
    shown = explorer.CountyExplorer(counties, "balance").choose(stage="primary", indicator="sports_area")
    assert shown.figure().svg in shown.picture.value
    assert "application/vnd.jupyter.widget-view+json" in shown._repr_mimebundle_()


def test_a_county_given_twice_is_offered_once(counties: list[Any]) -> None:
    calls: list[Any] = []

    def opener(namespace: Any) -> Any:
        calls.append((namespace["files"], namespace["division_code"]))
        return counties[len(calls) > 2]

    found = explorer.open_counties(opener, {"files": "a", "division_code": "370321"}, ["a", "b"])
    assert [county.division_code for county in found] == ["370321", "340405"]
    assert calls == [("a", "370321"), ("a", None), ("b", None)]


def test_simulated_counties_are_marked_in_the_dropdown(counties: list[Any]) -> None:
    options = explorer.CountyExplorer(counties, "areas").county.options
    assert [label for label, _ in options] == ["桓台县（模拟数据）", "八公山区（模拟数据）"]


def test_every_id_that_the_measures_hand_out_has_a_label() -> None:
    from balance_analysis.explain.forecasting import METHODS, SHRUNKEN_DRIFT
    from balance_analysis.explain.joint import RESAMPLED_YEARS
    from balance_analysis.explain.passing import COUNT_TRANSITIONS, SCHOOL_TRANSITIONS
    from balance_analysis.explain.plausibility import (
        BUNCHING,
        HEAPING,
        IDENTICAL,
        JUMP,
        PARTS_DIFFER,
        PARTS_EXCEED,
    )
    from balance_analysis.explain.projection import Course, Outlook

    assert set(labels.COURSES) == {course.value for course in Course}
    assert set(labels.OUTLOOKS) == {outlook.value for outlook in Outlook}
    models = {SHRUNKEN_DRIFT, SCHOOL_TRANSITIONS, COUNT_TRANSITIONS, RESAMPLED_YEARS}
    assert set(labels.METHODS) == set(METHODS) | models
    assert set(labels.FINDING_RULES) == {BUNCHING, HEAPING, IDENTICAL, JUMP, PARTS_EXCEED, PARTS_DIFFER}
