"""Counties side by side: exact ranks, who is not ranked, who is due, and the nation's figures with their status."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from balance_analysis.assessment import CountyAssessment, assess_county
from balance_analysis.door import worded
from balance_analysis.errors import BalanceAnalysisError, ParameterError, RegimeError
from balance_analysis.overview import (
    assess_region,
    distances,
    league_table,
    load_national_context,
    open_region_from_parameters,
    rank_exactly,
    read_schedule,
    schedule_table,
    unranked,
)
from balance_analysis.overview.national import CONTEXT_FILE
from balance_analysis.views.region import page, tables
from balance_analysis.words import tell
from tests.county_tables import (
    BLANK,
    SHARED_DATA,
    YEAR,
    assess,
    records,
    regime_2012,
    regime_2017,
    row_of,
    school,
    tables_of,
    write_county,
)

ANSHAN = ("210302", "210304", "210311", "210321", "210303", "210381", "210323")
"""铁东、立山、千山、台安、铁西、海城、岫岩."""


def county(code: str, name: str, *rows: dict[str, Any], **options: Any) -> CountyAssessment:
    """The assessment of these schools as one county of that code."""
    placed = [{**row, "division_code": code, "county": name} for row in rows]
    return worded(assess_county(tables_of(*placed), regime_2017(), division_code=code, **options))


def two_schools(**second: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    return school("1"), school("2", **second)


def ranks(league: pd.DataFrame, indicator: str, measure: str, stage: str = "primary") -> dict[str, Any]:
    rows = league[
        (league["indicator"] == indicator) & (league["measure"] == measure) & (league["stage"] == stage)
    ]
    return {row["county"]: None if pd.isna(row["rank"]) else int(row["rank"]) for row in records(rows)}


# --- ranks -------------------------------------------------------------------------------------------


def exact(*values: str) -> list[Any]:
    return [lambda text=text: Fraction(text) for text in values]


def test_equal_values_share_the_rank_and_the_next_rank_is_left_out() -> None:
    assert rank_exactly([3.0, 1.0, 3.0, 2.0], exact("3", "1", "3", "2")) == [1, 4, 1, 3]
    assert rank_exactly([3.0, 1.0, 3.0, 2.0], exact("3", "1", "3", "2"), lower_is_better=True) == [3, 1, 3, 2]


def test_a_last_binary_digit_breaks_no_tie() -> None:
    assert 0.1 + 0.2 != 0.3
    assert rank_exactly([0.1 + 0.2, 0.3], exact("0.3", "0.3")) == [1, 1]


def test_values_that_print_alike_but_differ_exactly_have_different_ranks() -> None:
    assert rank_exactly([0.1700000001, 0.17], exact("0.1700000001", "0.17")) == [1, 2]
    assert rank_exactly([0.17, 0.17], exact("0.17", "0.170000000000000000001")) == [2, 1]


def test_nobody_to_rank_gives_no_ranks() -> None:
    assert rank_exactly([], []) == []


def test_more_is_better_for_means_and_shares_and_less_for_coefficients() -> None:
    rich = county("010101", "富县", *two_schools(multimedia_classrooms=9))
    plain = county("010102", "平县", *two_schools())
    poor = county("010103", "贫县", *two_schools(multimedia_classrooms=2))
    league = league_table([rich, plain, poor])
    # Means 6, 3, 2.5; the two schools differ by 6, 0, 1 around them: CV 1/2, 0, 1/5.
    assert ranks(league, "multimedia_classrooms", "mean") == {"富县": 1, "平县": 2, "贫县": 3}
    assert ranks(league, "multimedia_classrooms", "cv") == {"平县": 1, "贫县": 2, "富县": 3}
    assert ranks(league, "multimedia_classrooms", "schools_met_share") == {"富县": 1, "平县": 1, "贫县": 3}
    assert row_of(league, county="贫县", indicator="multimedia_classrooms", measure="cv")[
        "value"
    ] == pytest.approx(0.2)
    tied = row_of(league, county="富县", indicator="multimedia_classrooms", measure="schools_met_share")
    assert (tied["tied"], tied["direction"], tied["n_ranked"]) == (True, "higher", 3)


def test_two_counties_whose_schools_stand_in_another_order_tie_in_everything() -> None:
    one = [
        school("1", primary_enrolment=97),
        school("2", primary_enrolment=331),
        school("3", primary_enrolment=59),
    ]
    league = league_table([county("010101", "甲县", *one), county("010102", "乙县", *reversed(one))])
    assert len(league) > 20
    assert set(league["rank"]) == {1}
    assert league["tied"].all()


def test_a_county_with_a_blank_is_not_ranked_and_never_last() -> None:
    good = county("010101", "甲县", *two_schools())
    blank = county("010102", "乙县", *two_schools(multimedia_classrooms=BLANK))
    league = league_table([blank, good])
    for measure in ("mean", "cv", "schools_met_share"):
        assert ranks(league, "multimedia_classrooms", measure) == {"甲县": 1, "乙县": None}, measure
    assert ranks(league, "composite", "cv") == {"甲县": 1, "乙县": None}
    apart = records(unranked(league))
    assert {row["county"] for row in apart} == {"乙县"}
    shares = [tell(row["reason"]) for row in apart if row["measures"] == "schools_met_share"]
    assert "2所学校中1所无法判定（已知达标1所，达标比例在50.0%与100.0%之间）" in shares
    assert row_of(league, county="甲县", indicator="multimedia_classrooms", measure="mean")["n_ranked"] == 1


def test_a_county_without_a_stage_is_listed_apart_in_that_stage() -> None:
    both = county(
        "010101", "甲县", *two_schools(), school("3", "junior_secondary_school"), school("4", "nine_year")
    )
    one = county("010102", "乙县", *two_schools())
    league = league_table([both, one])
    assert ranks(league, "teaching_area", "mean", "junior_secondary") == {"甲县": 1, "乙县": None}
    reasons = {tell(row["reason"]) for row in records(unranked(league)) if row["county"] == "乙县"}
    assert reasons == {"没有本学段的学校"}


def test_a_regime_without_limits_on_schools_has_no_ranking_of_passing_schools() -> None:
    league = league_table([assess(*two_schools(), regime=regime_2012())])
    assert set(league["measure"]) == {"mean", "cv"}


def test_the_league_repeats_the_coefficients_and_outcomes_of_the_county_reports() -> None:
    one = county("010101", "甲县", *two_schools(multimedia_classrooms=12))
    league = league_table([one])
    for row in records(one.current("coefficients")):
        found = row_of(league, indicator=row["indicator"], measure="cv", stage=row["stage"])
        assert (found["value"], found["outcome"] or "no_limit") == (row["cv"], row["outcome"])


def test_no_county_at_all_gives_an_empty_league() -> None:
    assert league_table([]).empty
    assert unranked(league_table([]), [("010101", "坏县", "有1处错误")])["county"].tolist() == ["坏县"]


def cell(table: Any, county_name: str, column: str) -> str:
    names = [one.id for one in table.columns]
    row = next(row for row in table.rows if row[1].text == county_name)
    return str(row[names.index(column)].text)


def test_the_matrix_writes_ranks_beside_the_values_ties_alike_and_none_where_there_is_none() -> None:
    counties = [
        county("010101", "富县", *two_schools(multimedia_classrooms=9)),
        county("010102", "缺县", *two_schools(multimedia_classrooms=BLANK)),
        county("010103", "平县", *two_schools()),
        county("010104", "同县", *two_schools()),
    ]
    table = tables.matrix_table(league_table(counties), regime_2017(), "cv")
    assert table is not None
    assert cell(table, "平县", "multimedia_classrooms").endswith("（1）")
    assert cell(table, "同县", "multimedia_classrooms").endswith("（1）")
    assert cell(table, "富县", "multimedia_classrooms").endswith("（3）")
    assert cell(table, "缺县", "multimedia_classrooms") == "—"
    shares = tables.matrix_table(league_table(counties), regime_2017(), "schools_met_share")
    assert shares is not None
    assert cell(shares, "缺县", "all") == "—"


def test_there_is_no_matrix_where_nobody_has_a_rank() -> None:
    blank = county("010102", "缺县", *two_schools(multimedia_classrooms=BLANK))
    league = league_table([blank])
    nothing = league[league["indicator"].isin(["multimedia_classrooms", "composite"])]
    assert tables.matrix_table(nothing, regime_2017(), "cv") is None


# --- years of acceptance -----------------------------------------------------------------------------


def test_anshans_schedule_is_that_of_its_annex() -> None:
    # 鞍山市推进县域义务教育优质均衡发展实施方案, annex: 铁东、立山 2020; 千山 2021; 台安、铁西 2022; 海城、岫岩 2023.
    entries = read_schedule("anshan_2018").entries
    assert {entry.division_code: entry.year for entry in entries} == dict(
        zip(ANSHAN, (2020, 2020, 2021, 2022, 2022, 2023, 2023), strict=True)
    )


def anshan_statuses(counties: Sequence[CountyAssessment], **options: Any) -> dict[str, str]:
    table = schedule_table(counties, read_schedule("anshan_2018"), **options)
    return {row["division_code"]: row["status"] for row in records(table)}


def test_every_planned_county_and_every_county_of_the_data_stands_in_the_schedule_once() -> None:
    counties = [county("210302", "铁东区", *two_schools()), county("999999", "别县", *two_schools())]
    table = schedule_table(counties, read_schedule("anshan_2018"), failed=[("210311", "千山区", "有1处错误")])
    assert sorted(table["division_code"]) == sorted([*ANSHAN, "999999"])
    statuses = dict(zip(table["division_code"], table["status"], strict=True))
    assert statuses.pop("210311") == "failed"
    assert statuses.pop("999999") == "unscheduled"
    assert statuses.pop("210302") != "no_data"
    assert set(statuses.values()) == {"no_data"}
    assert table["planned_year"].dropna().is_monotonic_increasing
    assert table.iloc[-1]["division_code"] == "999999"


@pytest.mark.parametrize(
    ("code", "planned", "status"),
    [("210302", 2020, "outdated"), ("210311", 2021, "open"), ("210381", 2023, "open")],
)
def test_data_of_september_accuse_no_county_of_the_year_they_were_taken_in(
    code: str, planned: int, status: str
) -> None:
    failing = county(code, "某县", *two_schools(multimedia_classrooms=1))
    assert failing.year == YEAR == 2020
    assert failing.overall_outcome == "not_met"
    row = row_of(schedule_table([failing], read_schedule("anshan_2018")), division_code=code)
    assert (row["planned_year"], row["years_left"], row["status"]) == (planned, planned - 2020, status)
    assert row["limits_not_met"] >= 1
    assert row["items_not_met"] != ""


@pytest.mark.parametrize(("planned", "status"), [(YEAR - 1, "late"), (YEAR, "outdated")])
def test_a_county_is_late_by_data_taken_after_its_planned_year(planned: int, status: str) -> None:
    """Statistics of 2020 are those of 1 September 2020: after the end of 2019, before that of 2020."""
    failing = county("210302", "铁东区", *two_schools(multimedia_classrooms=1))
    table = schedule_table([failing], read_schedule({"210302": planned}))
    assert table["status"].tolist() == [status]


def test_a_due_county_that_cannot_be_judged_is_neither_there_nor_late() -> None:
    unknown = county("210302", "铁东区", *two_schools())
    assert (unknown.outcome, unknown.overall_outcome) == ("not_assessable", "not_assessable")
    table = schedule_table([unknown], read_schedule({"210302": YEAR - 1}))
    assert table["status"].tolist() == ["unknown"]
    assert anshan_statuses([county("210321", "台安县", *two_schools())])["210321"] == "open"


def test_older_data_say_nothing_about_a_planned_year_that_is_over() -> None:
    rows = [
        {**row, "division_code": "210311", "county": "千山区"} for row in two_schools(multimedia_classrooms=1)
    ]
    later = regime_2017().__class__(**{**vars(regime_2017()), "on": date(2022, 1, 1)})
    late_look = worded(assess_county(tables_of(*rows), later, division_code="210311"))
    assert anshan_statuses([late_look])["210311"] == "outdated"
    last_day = regime_2017().__class__(**{**vars(regime_2017()), "on": date(2021, 12, 31)})
    assert (
        anshan_statuses([worded(assess_county(tables_of(*rows), last_day, division_code="210311"))])["210311"]
        == "open"
    )


def test_a_schedule_may_name_counties_by_code_or_by_name_and_the_target_year_fills_the_rest() -> None:
    counties = [
        county(code, name, *two_schools())
        for code, name in (("010101", "甲县"), ("010102", "乙县"), ("010103", "丙县"))
    ]
    table = schedule_table(counties, read_schedule({"010101": 2021, "乙县": 2022}), target_year=2025)
    planned = dict(zip(table["county"], zip(table["planned_year"], table["basis"], strict=True), strict=True))
    assert planned == {
        "甲县": (2021, "参数 schedule"),
        "乙县": (2022, "参数 schedule"),
        "丙县": (2025, "参数 target_year"),
    }


@pytest.mark.parametrize("wrong", [{"010101": "2020"}, {"010101": True}, {10101: 2020}, {" ": 2020}])
def test_a_schedule_that_is_no_mapping_of_text_to_years_is_refused(wrong: Any) -> None:
    with pytest.raises(ParameterError, match="验收计划"):
        read_schedule(wrong)


def test_an_unknown_plan_is_refused() -> None:
    with pytest.raises(RegimeError, match="nowhere_2018"):
        read_schedule("nowhere_2018")


def test_a_plan_for_another_evaluation_makes_no_county_late() -> None:
    """Xiangfen's plan of 2017 works towards basic balance (2012); a judgement by the rules of 2017 is no answer to it."""
    failing = two_schools(multimedia_classrooms=1)
    one = county("141023", "襄汾县", *failing)
    assert row_of(schedule_table([one], read_schedule("xiangfen_2017")))["status"] == "not_comparable"
    placed = [{**row, "division_code": "141023", "county": "襄汾县"} for row in failing]
    same = assess(*placed, regime=regime_2012())
    assert row_of(schedule_table([same], read_schedule("xiangfen_2017")))["status"] != "not_comparable"
    assert distances([one], read_schedule("xiangfen_2017"))["pace_needed"].dropna().eq(0).all()


def test_distances_are_positive_until_the_limit_is_reached_and_shared_out_over_the_years_left() -> None:
    wide = county("010101", "甲县", *two_schools(multimedia_classrooms=21))
    rows = distances([wide], read_schedule({"010101": 2022}))
    # 3 and 21 classrooms per 100 pupils: mean 12, CV 9/12 = 0.75 against the limit 0.50.
    over = row_of(rows, indicator="multimedia_classrooms")
    assert (over["value"], over["distance"]) == (pytest.approx(0.75), pytest.approx(0.25))
    assert over["pace_needed"] == pytest.approx(0.125)
    within = row_of(rows, indicator="teaching_area")
    assert within["distance"] < 0
    assert within["pace_needed"] == 0
    late = row_of(distances([wide], read_schedule({"010101": 2020})), indicator="multimedia_classrooms")
    assert pd.isna(late["pace_needed"])
    assert pd.isna(
        row_of(distances([wide], read_schedule(None)), indicator="multimedia_classrooms")["planned_year"]
    )


def test_the_distance_to_every_school_passing_is_the_number_of_schools_that_do_not() -> None:
    one = county("010101", "甲县", *two_schools(multimedia_classrooms=1), school("3"))
    row = row_of(distances([one], read_schedule({"010101": 2021})), rule="schools")
    assert (row["value"], row["limit"], row["distance"], row["pace_needed"]) == (2, 3, 1, 1)


def test_schools_that_cannot_be_judged_make_the_distance_a_range_and_no_pace() -> None:
    """One of three fails, one cannot be judged: one or two do not pass."""
    unknown = school("3", sports_ground_area_m2=BLANK, multimedia_classrooms=2)
    one = county("010101", "甲县", *two_schools(multimedia_classrooms=1), unknown)
    found = distances([one], read_schedule({"010101": 2021}))
    row = row_of(found, rule="schools")
    assert (row["distance_lowest"], row["distance_highest"], row["outcome"]) == (1, 2, "not_met")
    assert pd.isna(row["distance"])
    assert pd.isna(row["pace_needed"])
    table = tables.pace_table(found, one.regime, ["010101"])
    told = {str(row[2].text): str(row[5].text) for row in table.rows}  # type: ignore[attr-defined]
    assert told["达标学校数"] == "1至2"
    values = {str(row[2].text): str(row[3].text) for row in table.rows}  # type: ignore[attr-defined]
    assert values["达标学校数"] == "1至2"  # of three
    assert told["B5 体育场馆差异系数"] == "未知"
    assert "B4 教学用房差异系数" not in told
    known = row_of(found, indicator="teaching_area")
    assert known["distance"] == known["distance_lowest"] == known["distance_highest"]


# --- the region --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def region_files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """A good county of two years, one with a negative number, and a file that is no workbook."""
    folder = tmp_path_factory.mktemp("region")
    good = [school(code, school_year=year) for code in "12" for year in (YEAR - 1, YEAR)]
    other = [school(code, division_code="010304", county="乙县", school_year=YEAR - 1) for code in "12"]
    bad = [school(code, division_code="010305", county="错误县", primary_enrolment=-5) for code in "12"]
    unreadable = folder / "坏文件.xlsx"
    unreadable.write_bytes(b"this is no workbook")
    names = {"甲.xlsx": good, "乙.xlsx": other, "错.xlsx": bad}
    return [*(write_county(folder / name, *rows) for name, rows in names.items()), unreadable]


def test_a_faulty_county_and_an_unreadable_file_are_listed_and_stop_nobody(region_files: list[Path]) -> None:
    region = assess_region(region_files, regime="quality_balance_2017", target_year=2025)
    assert [county.county for county in region.assessed] == ["模拟县", "乙县"]
    assert {failure.county for failure in region.failed} == {"错误县", "坏文件.xlsx"}
    assert all(failure.issues for failure in region.failed)
    assert len(region.counties) == 4
    assert region.counties["status"].value_counts().to_dict() == {"assessed": 2, "failed": 2}
    assert set(region.league["n_ranked"]) == {2}
    assert region.unranked.iloc[-1]["county"] == "错误县"
    assert row_of(region.schedule_table, county="错误县")["status"] == "failed"
    assert region.name == "模拟县等3个县（市、区）"
    assert region.simulated


def test_each_county_stands_in_its_own_latest_year_unless_one_is_asked_for(region_files: list[Path]) -> None:
    own = assess_region(region_files[:2], regime="quality_balance_2017")
    assert {county.county: county.year for county in own.assessed} == {"模拟县": YEAR, "乙县": YEAR - 1}
    assert [law.on for law in own.regimes] == [date(YEAR + 1, 8, 31), date(YEAR, 8, 31)]
    same = assess_region(region_files[:2], regime="quality_balance_2017", year=YEAR - 1)
    assert same.years == (YEAR - 1,)
    later = assess_region(region_files[:2], regime="quality_balance_2017", year=YEAR)
    assert [failure.county for failure in later.failed] == ["乙县"]
    assert "没有2020学年的数据" in later.failed[0].message


def test_a_region_in_which_nothing_can_be_assessed_still_lists_everything(region_files: list[Path]) -> None:
    region = assess_region(region_files[2:], regime="quality_balance_2017", target_year=2025)
    assert (region.assessed, region.stages, region.regimes) == ((), (), ())
    assert set(region.counties["county"]) == {"错误县", "坏文件.xlsx"}
    assert region.schedule_table["status"].tolist() == ["failed"]
    assert region.schedule_table["outcome"].tolist() == [""]
    for elements in (
        page.counties,
        page.league,
        page.schedule,
    ):
        assert isinstance(list(elements(region)), list), elements
    assert region.name == "错误县"


def test_the_common_prefix_is_cut_to_a_level_of_the_code(region_files: list[Path]) -> None:
    region = assess_region(region_files, regime="quality_balance_2017")
    assert sorted(code for code in region.counties["division_code"] if code) == ["010203", "010304", "010305"]
    assert region.code_prefix == "01"


def test_an_unknown_regime_or_overlay_is_wrong_use_and_not_a_failure_of_every_county(
    region_files: list[Path],
) -> None:
    for options in ({"regime": "quality"}, {"regime": "quality_balance_2017", "overlays": ["nowhere"]}):
        with pytest.raises(RegimeError):
            assess_region(region_files, **options)


def test_the_findings_name_the_failed_county_and_count_it_apart(region_files: list[Path]) -> None:
    region = assess_region(
        region_files, regime="quality_balance_2017", schedule={"丁县": 2020, "模拟县": 2020}
    )
    text = "".join(page.summary(region).items)
    for part in (
        "有3个县（市、区），评估了2个",
        "错误县的数据有误",
        "另有1个文件",
        "没有数据的有1个县：丁县",
    ):
        assert part in text, part


def test_notebook_parameters_are_matched_exactly(region_files: list[Path]) -> None:
    given: dict[str, Any] = {
        "files": [str(path) for path in region_files[:1]],
        "region_name": "某市",
        "year": None,
        "regime": "quality_balance_2017",
        "overlays": [],
        "target_year": 2025,
        "schedule": {"010203": 2024},
        "on": None,
    }
    region = open_region_from_parameters(given)
    assert (region.name, region.schedule_table["planned_year"].tolist()) == ("某市", [2024])
    assert open_region_from_parameters({**given, "schedule": "anshan_2018"}).schedule.entries != ()
    for wrong in ({"shedule": None}, {"schedule": 2024}, {"target_year": "2025"}):
        with pytest.raises(ParameterError, match="参数有误"):
            open_region_from_parameters({**given, **wrong})
    with pytest.raises(ParameterError, match="缺少参数 region_name"):
        open_region_from_parameters({name: value for name, value in given.items() if name != "region_name"})


# --- the nation --------------------------------------------------------------------------------------

PUBLISHED = SHARED_DATA / "published"
needs_published = pytest.mark.skipif(
    not PUBLISHED.exists(), reason="../shared/data is not there: figures not compared"
)


def figure(series: str, year: str, area: str = "total") -> dict[str, Any]:
    return row_of(load_national_context().figures, series=series, year=year, area=area)


def test_every_figure_has_a_status_and_a_source() -> None:
    figures = load_national_context().figures
    assert set(figures["status"]) == {"原文", "推算", "未见原文"}
    assert (figures["source"].str.len() > 0).all()


def test_what_was_not_read_is_not_called_read() -> None:
    assert figure("basic_balance_cumulative", "2021")["status"] == "未见原文"
    assert figure("basic_balance_cumulative", "2016")["status"] == "推算"
    assert figure("basic_balance_new", "2014")["status"] == "推算"
    assert figure("quality_balance_cumulative", "2025第一批")["status"] == "推算"


def test_floor_areas_of_urban_town_and_rural_add_up_to_the_total() -> None:
    areas = load_national_context().figures
    areas = areas[areas["series"].str.startswith("primary_")]
    for series, group in areas.groupby("series"):
        parts = group.set_index("area")["value"]
        assert parts[["urban", "town", "rural"]].sum() == pytest.approx(parts["total"], abs=0.02), series
    shares = areas.loc[areas["area"] != "total"].groupby("series")["share_of_total"].sum()
    assert shares.tolist() == pytest.approx([1.0] * 4)


def test_the_total_is_that_of_the_bulletin_of_2021() -> None:
    # 2021年全国教育事业发展统计公报: 小学共有校舍建筑面积 87128.98 万平方米.
    assert round(figure("primary_floor_area", "2021")["value_wan_m2"], 2) == 87128.98


def test_new_counties_add_up_to_the_cumulative_figures_but_for_the_two_years_that_the_notes_explain() -> None:
    gaps = {}
    for year in range(2014, 2020):
        before, new, after = (
            figure(f"basic_balance_{name}", str(of_year))["value"]
            for name, of_year in (("cumulative", year - 1), ("new", year), ("cumulative", year))
        )
        gaps[year] = after - before - new
    assert {year: gap for year, gap in gaps.items() if gap} == {2017: -5, 2019: -19}
    assert "少5" in figure("basic_balance_cumulative", "2017")["note"]
    assert "减少19" in figure("basic_balance_cumulative", "2019")["note"]


@needs_published
def test_the_retyped_figures_are_those_of_the_published_tables() -> None:
    compared = 0
    for prefix in ("basic_balance", "quality_balance"):
        with (PUBLISHED / f"{prefix}_counties.csv").open(encoding="utf-8-sig") as file:
            for row in csv.DictReader(file):
                year = "2022及以前" if row["year"] == "≤2022" else row["year"]
                for name, column in (("new", "newly_certified"), ("cumulative", f"cumulative_{prefix}")):
                    if row[column]:
                        assert figure(f"{prefix}_{name}", year)["value"] == float(row[column]), (year, name)
                        compared += 1
                if row.get("share_pct_published"):
                    assert figure(f"{prefix}_share", year)["value"] == float(row["share_pct_published"])
                    compared += 1
    names = {
        "总计": "floor_area",
        "一、教学及辅助用房": "teaching_area",
        "室内体育用房": "indoor_sports_area",
        "三、生活用房": "living_area",
    }
    with (PUBLISHED / "national_primary_buildings.csv").open(encoding="utf-8-sig") as file:
        for row in csv.DictReader(file):
            if row["项目"] in names:
                for area, column in (
                    ("total", "合计_m2"),
                    ("urban", "城区"),
                    ("town", "镇区"),
                    ("rural", "乡村"),
                ):
                    assert figure(f"primary_{names[row['项目']]}", "2021", area)["value"] == float(
                        row[column]
                    )
                    compared += 1
    assert compared == len(load_national_context().figures) == 46


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        (",原文,", ",据说,", "status 应为 原文"),
        ("basic_balance_new,2013", "basic_balance_gone,2013", "series 应为"),
        (",293,", ",约三百,", "value 应为数字"),
        ("basic_balance_new,2015,total", "basic_balance_new,2014,total", "重复"),
        ("series,year", "serie,year", "列应为"),
    ],
)
def test_a_faulty_file_of_national_figures_is_refused(
    tmp_path: Path, before: str, after: str, message: str
) -> None:
    text = CONTEXT_FILE.read_text(encoding="utf-8")
    assert before in text
    broken = tmp_path / "national.csv"
    broken.write_text(text.replace(before, after, 1), encoding="utf-8")
    with pytest.raises(BalanceAnalysisError, match=message):
        load_national_context(broken)
    with pytest.raises(BalanceAnalysisError, match="读不了"):
        load_national_context(tmp_path / "absent.csv")


@pytest.mark.parametrize(
    ("n", "end"), [(12, "县10、县11，共12个县（市、区）"), (13, "县10、县11等13个县（市、区）")]
)
def test_the_cover_says_once_how_many_counties_there_are(n: int, end: str) -> None:
    text = page.counties_named([f"县{place}" for place in range(n)])
    assert text.endswith(end)
    assert text.count("个县") == 1
