"""Published means and coefficients without schools: outcomes on printed digits, composite, gaps, trends, school records.

Limits: composite 0.65 / 0.55 (教督〔2012〕3号), every coefficient 0.50 / 0.45 (教督〔2017〕6号); the other figures are made up.
"""

from __future__ import annotations

import math
from pathlib import Path

import pandas as pd
import pytest

from balance_analysis.assessment import FRAMES, CountyAssessment
from balance_analysis.door import open_assessment
from balance_analysis.errors import ParameterError
from balance_analysis.explain import diagnosis
from balance_analysis.explain.diagnosis import Diagnosis
from balance_analysis.overview import assess_region
from balance_analysis.parameters import open_from_parameters
from balance_analysis.words import tell
from tests import broken_workbooks
from tests.county_tables import ROOT, row_of, school, write_county
from tests.published_tables import (
    BASIC,
    COMPOSITE,
    EIGHT,
    QUALITY,
    SEVEN,
    assess,
    row,
    table,
    write_table,
)

TURNED = "临界：取2位小数再比较会得出相反结论"
TURNED_TWICE = "临界：取2、3位小数再比较会得出相反结论"


def composite(county: CountyAssessment) -> dict[str, object]:
    return row_of(county.coefficients, stage="primary", indicator="composite")


def verdict(county: CountyAssessment, **where: object) -> dict[str, object]:
    return row_of(county.verdicts, **where)


# --- printed digits beside a limit ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("printed", "outcome", "borderline", "said"),
    [
        ("0.649", "met", False, "不高于限值0.65。"),
        # at the limit, and anything from 0.6495 to 0.6505 before it was rounded
        ("0.650", "met", True, "不高于限值0.65（临界：公布数已舍入，未舍入的数在0.64950至0.65050之间，可能高于限值）。"),
        ("0.65", "met", True, "不高于限值0.65（临界：公布数已舍入，未舍入的数在0.64500至0.65500之间，可能高于限值）。"),
        # above; 0.65 at two decimals would pass, but 0.6505 at least stood behind it
        ("0.651", "not_met", True, f"高于限值0.65（{TURNED}）。"),
        ("0.654", "not_met", True, f"高于限值0.65（{TURNED}）。"),
        ("0.655", "not_met", False, "高于限值0.65。"),
        ("0.6501", "not_met", True, f"高于限值0.65（{TURNED_TWICE}）。"),
        # one decimal: 0.7 may have been 0.65, 0.6 at most 0.65
        ("0.7", "not_met", True, "高于限值0.65（临界：公布数已舍入，未舍入的数在0.65000至0.75000之间，可能不高于限值）。"),
        ("0.6", "met", False, "不高于限值0.65。"),
        ("0.70", "not_met", False, "高于限值0.65。"),
        # no decimals at all: half of one either way, and never below zero
        ("0", "met", False, "不高于限值0.65。"),
        ("1", "not_met", True, "高于限值0.65（临界：公布数已舍入，未舍入的数在0.50000至1.50000之间，可能不高于限值）。"),
    ],
)  # fmt: skip
def test_a_printed_composite_is_decided_as_printed_and_says_where_its_rounding_leaves_it_open(
    tmp_path: Path, printed: str, outcome: str, borderline: bool, said: str
) -> None:
    county = assess(tmp_path, [row(COMPOSITE, printed)])
    found = composite(county)
    assert (found["outcome"], found["borderline"]) == (outcome, borderline)
    detail = str(verdict(county, rule="coefficient")["detail"])
    assert detail == f"公布的综合差异系数为{printed}，{said}"


@pytest.mark.parametrize(
    ("stage", "printed", "outcome"),
    [("小学", "0.50", "met"), ("小学", "0.501", "not_met"), ("初中", "0.45", "met"), ("初中", "0.451", "not_met")],
)  # fmt: skip
def test_every_coefficient_is_judged_by_the_limit_of_its_stage(
    tmp_path: Path, stage: str, printed: str, outcome: str
) -> None:
    county = assess(tmp_path, [row("体艺教师", printed, 学段=stage, 学年="2018")], QUALITY)
    assert row_of(county.coefficients, indicator="pe_arts_teachers")["outcome"] == outcome


def test_the_figure_behind_a_printed_zero_is_not_below_zero(tmp_path: Path) -> None:
    county = assess(tmp_path, [row("体艺教师", "0", 学段="初中", 学年="2018")], QUALITY)
    detail = verdict(county, indicator="pe_arts_teachers")["detail"]
    assert detail == (
        "公布的差异系数为0，不高于限值0.45（临界：公布数已舍入，未舍入的数在0.00000至0.50000之间，可能高于限值）。"
    )


# --- the composite -------------------------------------------------------------------------------------


def test_a_composite_that_was_not_published_is_the_plain_mean_of_the_coefficients(tmp_path: Path) -> None:
    # (4 × 0.60 + 4 × 0.70) / 8 = 0.65 exactly, each printed to half a hundredth
    county = assess(tmp_path, table(EIGHT, ["0.60"] * 4 + ["0.70"] * 4))
    found = composite(county)
    assert (found["cv"], found["outcome"], found["margin"], found["borderline"]) == (0.65, "met", 0.0, True)
    assert verdict(county, rule="coefficient")["detail"] == (
        "综合差异系数没有公布，按公布的各项差异系数平均为0.650，不高于限值0.65"
        "（临界：公布数已舍入，未舍入的数在0.64500至0.65500之间，可能高于限值）。"
    )


def test_a_mean_of_coefficients_just_above_the_limit_is_not_met(tmp_path: Path) -> None:
    # one hundredth more in one of eight: 0.65125
    found = composite(assess(tmp_path, table(EIGHT, ["0.60"] * 4 + ["0.70"] * 3 + ["0.71"])))
    assert (found["cv"], found["outcome"]) == (0.65125, "not_met")


def test_a_published_composite_is_taken_as_published(tmp_path: Path) -> None:
    rows = [*table(EIGHT, ["0.301"] * 8), row(COMPOSITE, "0.302")]
    assert composite(assess(tmp_path, rows))["cv"] == 0.302


def test_without_one_coefficient_there_is_no_mean_of_eight(tmp_path: Path) -> None:
    county = assess(tmp_path, [*table(EIGHT[:7], ["0.3"] * 7), row(EIGHT[7], "", "0.05")])
    found = composite(county)
    assert (found["outcome"], found["reason"]) == ("not_assessable", "1项指标没有公布差异系数")
    assert verdict(county, rule="coefficient")["detail"] == "差异系数无法判定：1项指标没有公布差异系数。"
    assert row_of(county.coefficients, indicator="intermediate_title_teachers")["mean"] == 0.05


def test_a_composite_of_another_law_s_indicators_is_not_taken(tmp_path: Path) -> None:
    rows = [*table(SEVEN, ["0.3"] * 7, 学年="2018"), row(COMPOSITE, "0.3", 学年="2018")]
    found = composite(assess(tmp_path, rows, BASIC))
    assert (found["outcome"], found["reason"]) == (
        "not_assessable",
        "公布的综合差异系数含有本办法以外的指标，不能采用",
    )


def test_a_local_composite_rule_stands_beside_the_national_one(tmp_path: Path) -> None:
    head = {"学年": "2018", "行政区划代码": "210311"}
    rows = [*table(SEVEN, ["0.30"] * 6 + ["0.51"], **head), row(COMPOSITE, "0.330", **head)]
    county = assess(tmp_path, rows, QUALITY, overlays=["anshan"])
    assert verdict(county, rule="stage_coefficients", stage="primary")["outcome"] == "not_met"
    assert verdict(county, rule="stage_coefficients_composite", stage="primary")["outcome"] == "met"
    # its schools are as unknown to the local reading as to the national one
    assert verdict(county, rule="stage_resources_composite", stage="primary")["outcome"] == "not_assessable"


# --- what needs schools --------------------------------------------------------------------------------


def both_stages(primary: str, junior: str) -> list[dict[str, str]]:
    return [
        *table(SEVEN, [primary] * 7, 学年="2018"),
        *table(SEVEN, [junior] * 7, 学年="2018", 学段="初中"),
    ]


def test_coefficients_that_all_hold_leave_open_what_needs_schools(tmp_path: Path) -> None:
    county = assess(tmp_path, both_stages("0.300", "0.300"), QUALITY)
    needed = "只有公布的差异系数表，需要学校数据"
    for stage in ("primary", "junior_secondary"):
        assert verdict(county, rule="stage_coefficients", stage=stage)["outcome"] == "met"
        for rule, detail in (
            ("schools", f"{needed}，无法逐校判定。"),
            ("stage_resources", f"各校达标且差异系数符合要求：无法判定，{needed}。"),
        ):
            found = verdict(county, rule=rule, stage=stage)
            assert (found["outcome"], found["detail"]) == ("not_assessable", detail)
    whole = verdict(county, rule="county_resources")
    assert (whole["outcome"], whole["detail"]) == (
        "not_assessable",
        f"两个学段都符合要求才算达标：无法判定，{needed}。",
    )
    assert set(county.items["outcome"]) == {"not_assessable"}
    assert county.overall_outcome == "not_assessable"
    for method in ("class_size", "teacher_certificates", "three_year_retention"):
        item = county.regime.item_of(method)
        assert item is None or "需要逐校数据才能判定" in row_of(county.items, item=item.id)["detail"]
    resource = row_of(county.items, item=county.regime.indicator("sports_area").item)
    assert resource["detail"].endswith(f"{needed}，无法逐校判定。")


def test_one_coefficient_above_its_limit_decides_without_any_school(tmp_path: Path) -> None:
    county = assess(tmp_path, both_stages("0.300", "0.451"), QUALITY)
    assert verdict(county, rule="stage_resources", stage="primary")["outcome"] == "not_assessable"
    failing = verdict(county, rule="stage_resources", stage="junior_secondary")
    assert failing["outcome"] == "not_met"
    assert failing["detail"] == "各校达标且差异系数符合要求：未达标，公布的差异系数已高于限值。"
    assert county.outcome == "not_met"
    assert row_of(county.items, item=county.regime.indicator("sports_area").item)["outcome"] == "not_met"


def test_where_the_law_judges_no_school_the_composite_decides(tmp_path: Path) -> None:
    rows = [row(COMPOSITE, "0.30"), row(COMPOSITE, "0.30", 学段="初中")]
    county = assess(tmp_path, rows)
    assert county.outcome == "met"
    assert verdict(county, rule="stage_resources", stage="primary")["detail"] == "差异系数符合要求：达标。"
    assert "schools" not in set(county.verdicts["rule"])


def test_frames_of_schools_are_empty_and_keep_their_columns(tmp_path: Path) -> None:
    county = assess(tmp_path, both_stages("0.300", "0.451"), QUALITY, target_year=2020)
    whole = open_assessment(ROOT / "data" / "sample" / "八公山区.xlsx", regime=QUALITY, target_year=2023)
    for name in FRAMES:
        own = getattr(county, name)
        assert [column for column in own if column != "sentence"] == list(getattr(whole, name)), name
        assert (len(own) == 0) == (name in ("indicators", "schools", "gaps", "item_schools")), name
    mine, theirs = Diagnosis(county), Diagnosis(whole)
    for name in diagnosis.FRAMES:
        own = getattr(mine, name)
        assert [column for column in own if column != "sentence"] == list(getattr(theirs, name)), name
        assert (len(own) == 0) == (name not in ("focus", "rounding", "readings", "projection", "joint")), name
    assert set(mine.rounding["stage"]) == {"junior_secondary"}


def test_a_table_without_any_indicator_of_the_law_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="没有属于评估范围的学校"):
        assess(tmp_path, [row("骨干教师", "0.3")], BASIC)


def test_a_notebook_on_a_published_table_says_in_one_sentence_that_it_needs_schools(tmp_path: Path) -> None:
    path = write_table(tmp_path / "表Ⅲ.csv", [row(COMPOSITE, "0.30")])
    given: dict[str, object] = {
        "files": str(path), "division_code": None, "year": None, "regime": BASIC, "overlays": [],
        "target_year": None, "on": None, "plan": None,
    }  # fmt: skip
    with pytest.raises(ParameterError) as caught:
        open_from_parameters(given)
    assert str(caught.value) == (
        "010203 2013学年小学只有公布的差异系数表，没有学校数据；报告、申报表和整改方案需要逐校数据，"
        "请提交填报模板或统计平台导出表"
    )


# --- strata and years ----------------------------------------------------------------------------------


def test_means_of_strata_give_the_gaps(tmp_path: Path) -> None:
    rows = [
        row("生均图书册数", "0.30", "15.0"),
        row("生均图书册数", "", "12.0", 地区="城区", 学校数="4", 在校生数="2000"),
        row("生均图书册数", "0.21", "18.0", 地区="乡村"),
        row(COMPOSITE, "0.30", "", 地区="乡村"),
    ]
    gaps = assess(tmp_path, rows).gaps
    assert list(gaps["stratum"]) == ["rural", "urban"]
    urban, rural = (row_of(gaps, stratum=name) for name in ("urban", "rural"))
    assert (urban["n_schools"], urban["enrolment"], urban["ratio_to_county"]) == (4, 2000.0, 0.8)
    assert (rural["mean"], rural["county_mean"], rural["difference_to_reference"]) == (18.0, 15.0, 6.0)
    assert rural["ratio_to_reference"] == 1.5
    assert rural["cv"] == 0.21
    assert math.isnan(urban["cv"])
    assert pd.isna(rural["n_schools"])
    assert math.isnan(rural["share_of_pupils_below_limit"])


def test_without_the_reference_stratum_there_is_nothing_to_compare_with(tmp_path: Path) -> None:
    gaps = assess(tmp_path, [row("图书", "", "15.0"), row("图书", "", "18.0", 地区="乡村")]).gaps
    rural = row_of(gaps, stratum="rural")
    assert rural["ratio_to_county"] == 1.2
    assert math.isnan(rural["ratio_to_reference"])


def test_several_years_make_a_trend(tmp_path: Path) -> None:
    rows = [row(COMPOSITE, "0.70", 学年="2013"), row(COMPOSITE, "0.66", 学年="2015")]
    county = assess(tmp_path, rows, target_year=2016)
    last = row_of(county.trends, indicator="composite", year=2015)
    assert (last["previous_year"], last["change"]) == (2013, pytest.approx(-0.04))
    assert last["distance"] == pytest.approx(0.01)
    assert county.years == (2013, 2015)


# --- beside school records -----------------------------------------------------------------------------

BESIDE = {"学年": "2017"}
"""The year of the county of ``tests/broken_workbooks``: three primary schools of 510, 516 and 522 pupils whose rooms, less
200 m² for sports, have 2800.5, 2801.5 and 2802.5 m²: 8404.5 / 1548 = 5.42926 per pupil."""


@pytest.mark.parametrize(
    ("printed", "differs"),
    [("5.43", False), ("5.42", True), ("5.429", False), ("5.428", True), ("5.4293", False), ("5", False)],
)
def test_a_published_mean_is_compared_with_the_schools_within_its_printed_rounding(
    tmp_path: Path, printed: str, differs: bool
) -> None:
    schools = broken_workbooks.write_county(tmp_path / "某县.xlsx")
    published = write_table(tmp_path / "表Ⅲ.csv", [row("教学用房", "", printed, **BESIDE)])
    county = open_assessment([schools, published], regime=QUALITY)
    found = [issue for issue in county.issues if issue.code == "published_differs"]
    assert bool(found) == differs
    if differs:
        more = {"5.42": "5.42926", "5.428": "5.429264"}[printed]
        assert str(found[0]) == (
            "[疑问 published_differs] 表Ⅲ.csv F2 “均值”：公布的数字与按学校数据计算的结果不一致。"
            f"　发现：小学教学用房公布为{printed}，按学校数据计算为{more}；应为：两者在舍入范围内一致；"
            "处理：核对学校数据和公布的表格；评估采用学校数据"
        )
    # whatever was printed, the schools' own figure stands in the frames
    mean = row_of(county.coefficients, indicator="teaching_area")["mean"]
    assert mean == pytest.approx(8404.5 / 1548, rel=1e-12)
    assert county.size("primary") == (3, 1548.0)


def test_a_year_without_schools_is_taken_from_the_table_and_joins_the_trend(tmp_path: Path) -> None:
    schools = broken_workbooks.write_county(tmp_path / "某县.xlsx")
    published = write_table(tmp_path / "表Ⅲ.csv", [row("教学用房", "0.5", "5.40", 学年="2016")])
    county = open_assessment([published, schools], regime=QUALITY)
    assert (county.year, county.years) == (2017, (2016, 2017))
    trend = row_of(county.trends, indicator="teaching_area", measure="mean", year=2017)
    assert trend["change"] == pytest.approx(8404.5 / 1548 - 5.40)
    assert county.schools["year"].unique().tolist() == [2017]


def test_a_stage_that_was_only_published_keeps_the_county_open(tmp_path: Path) -> None:
    schools = broken_workbooks.write_county(tmp_path / "某县.xlsx")
    rows = [row(name, "0.30", "1.00", 学段="初中", **BESIDE) for name in SEVEN]
    county = open_assessment([schools, write_table(tmp_path / "表Ⅲ.csv", rows)], regime=QUALITY)
    assert set(county.stages) == {"primary", "junior_secondary"}
    assert verdict(county, rule="schools", stage="primary")["outcome"] != "not_assessable"
    assert verdict(county, rule="schools", stage="junior_secondary")["outcome"] == "not_assessable"
    assert county.size("junior_secondary") == (None, None)


# --- side by side --------------------------------------------------------------------------------------


def test_published_counties_are_ranked_and_equal_figures_share_a_rank(tmp_path: Path) -> None:
    rows = [
        row(COMPOSITE, cv, 行政区划代码=code, 区县名称=f"{code}县", 学校数=number)
        for code, cv, number in (("010203", "0.30", "12"), ("010204", "0.300", ""), ("010205", "0.31", ""))
    ]
    region = assess_region(write_table(tmp_path / "表Ⅲ.csv", rows), regime=BASIC)
    ranks = region.league[region.league["indicator"] == "composite"]
    assert dict(zip(ranks["division_code"], ranks["rank"], strict=True)) == {
        "010203": 1, "010204": 1, "010205": 3,
    }  # fmt: skip
    assert list(ranks["tied"]) == [True, True, False]
    sizes = dict(zip(region.counties["division_code"], region.counties["primary_schools"], strict=True))
    assert sizes["010203"] == 12
    assert pd.isna(sizes["010204"])
    assert region.counties["primary_enrolment"].isna().all()


def test_a_published_mean_and_a_computed_one_share_a_rank_where_they_are_equal(tmp_path: Path) -> None:
    # two schools of 100 pupils with 700 m² of rooms, 100 of them for sports: 6 per pupil each, spread 0
    one = school("0001", teaching_and_auxiliary_area_m2=700, indoor_sports_area_m2=100)
    other = school("0002", teaching_and_auxiliary_area_m2=700, indoor_sports_area_m2=100)
    schools = write_county(tmp_path / "模拟县.xlsx", one, other)
    head = {"学年": "2020", "行政区划代码": "010299", "区县名称": "邻县"}
    published = write_table(tmp_path / "表Ⅲ.csv", [row("教学用房", "0.000", "6.00", **head)])
    league = assess_region([schools, published], regime=QUALITY).league
    for measure in ("mean", "cv"):
        rows = league[(league["indicator"] == "teaching_area") & (league["measure"] == measure)]
        assert list(rows["rank"]) == [1, 1], measure
    share = league[(league["indicator"] == "all") & (league["division_code"] == "010299")]
    assert list(map(tell, share["reason"])) == ["只有公布的差异系数表，需要学校数据"]
