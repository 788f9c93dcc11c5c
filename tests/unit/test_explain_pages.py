"""The pages that explain: a heading that says the finding, one status per row, figures on one scale, nothing silly with little data."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from matplotlib.patches import Rectangle

from balance_analysis.door import open_assessment
from balance_analysis.findings import CATALOGUE, Case
from balance_analysis.views.elements import ReportFigure, ReportTable, Section
from balance_analysis.views.explain import choices, figures, page, tables
from balance_analysis.words import labels, say
from tests.county_tables import BLANK, SAMPLE, SHARED_DATA, YEAR, assess, regime_2012, school

Page = Callable[[Case], Iterator[Any]]
BODY: tuple[Page, ...] = (
    page.areas,
    page.target,
    page.causes,
    page.actions,
    page.headroom,
    page.review,
    page.plausibility,
)
PAGES: tuple[Page, ...] = (*BODY, page.annexes)


@pytest.fixture(scope="module")
def huantai() -> Case:
    return Case(open_assessment(SAMPLE / "桓台县.xlsx", regime="quality_balance_2017", target_year=2020))


def text_of(elements: Iterator[Any]) -> str:
    return "\n".join(element.to_text() for element in elements)


def yearly(code: str, values: list[float], **given: Any) -> list[dict[str, Any]]:
    """One school through the years with so many PE teachers (music teachers none)."""
    first = YEAR - len(values) + 1
    return [
        school(code, school_year=first + number, primary_pe_teachers=value, primary_music_teachers=0, **given)
        for number, value in enumerate(values)
    ]


def of_years(number: int, **options: Any) -> Case:
    values: tuple[list[float], ...] = ([9, 8, 8, 7, 7, 6, 6], [1, 1, 2, 2, 3, 3, 3])
    rows = [
        row
        for code, many in zip(("0001", "0002"), values, strict=True)
        for row in yearly(code, many[-number:])
    ]
    return Case(assess(*rows, **options))


# --- the body -----------------------------------------------------------------------------------------------


def test_every_page_begins_with_a_heading_that_says_what_it_found(huantai: Case) -> None:
    headings = [next(iter(one(huantai))) for one in BODY]
    assert all(isinstance(heading, Section) for heading in headings)
    assert [heading.to_text() for heading in headings] == [
        "城区的学校拥挤，乡村的学校小而有缺",
        "照近年速度，到2020年不能全部达标",
        "差距主要在地区之间：以小学体育场馆为最大",
        "先做5件事，第一件：桓台县模拟第一小学增加20400平方米体育场馆",
        "1所达标学校几乎没有余量",
        "签字前须复核5个填报数",
        "数据筛查没有发现异常",
    ]


def test_no_page_of_the_body_prints_p_values_identifiers_file_names_or_values_that_turn_a_verdict(
    huantai: Case,
) -> None:
    body = "\n".join(text_of(one(huantai)) for one in BODY)
    assert not re.search(r"p 值|[a-z]+_[a-z]+|\.csv|\.toml|改为|就变为", body)
    assert not re.search(r"(?<!\d)-\d", body), "a minus sign is a true one"
    addresses = [address for address in huantai.diagnosis.turning["address"] if address]
    assert not any(address in body for address in addresses)
    annexes = text_of(page.annexes(huantai))
    assert any(address in annexes for address in addresses)
    assert "p 值" in annexes
    assert "基尼系数" in annexes
    values = huantai.diagnosis.turning["changed_to"].dropna()
    shown = [
        table for table in page.annexes(huantai) if isinstance(table, ReportTable) and "复核" in table.title
    ]
    cells = {cell.text for table in shown for row in table.rows for cell in row}  # type: ignore[attr-defined]
    assert not any(
        f"{value:g}" in cell for value in values for cell in cells if "万元" in cell or "平方米" in cell
    )


def test_a_row_of_the_target_table_has_one_status_and_no_forecast_beside_it(huantai: Case) -> None:
    table = tables.target_table(huantai, "primary")
    assert table is not None
    assert [column.label for column in table.columns] == [
        "项目",
        "现值",
        "限值",
        "尚差",
        "每年须靠近",
        "近年每年靠近",
        "到2020年",
    ]
    statuses = [row[-1].text for row in table.rows]  # type: ignore[attr-defined]
    assert set(statuses) <= set(labels.TARGET_STATUSES.values())
    by_name = {row[0].text: [cell.text for cell in row] for row in table.rows}  # type: ignore[attr-defined]
    assert by_name["B3 体艺教师"][1:] == [
        "0.505",
        "0.50",
        "0.005",
        "0.002",
        "0.026",
        "照近年速度能达到",
    ]
    assert by_name["各校达标比例"][3] == "42.5个百分点"


@pytest.mark.parametrize(("unknown", "now"), [(0, "50.0%"), (1, "33.3%至66.7%"), (2, "25.0%至75.0%")])
def test_the_target_table_gives_the_share_of_passing_schools_as_a_range_while_some_are_unknown(
    unknown: int, now: str
) -> None:
    """One school passes, one fails; enumerated by hand."""
    rows = [school("1"), school("2", multimedia_classrooms=1)]
    rows += [school(f"u{n}", sports_ground_area_m2=BLANK) for n in range(unknown)]
    table = tables.target_table(Case(assess(*rows, target_year=YEAR + 3)), "primary")
    assert table is not None
    shares = [row[1].text for row in table.rows if row[0].text == "各校达标比例"]  # type: ignore[attr-defined]
    assert shares == [now]


@pytest.mark.parametrize(
    ("years", "target", "classrooms", "shown"),
    [
        (
            1,
            YEAR + 3,
            3,
            False,
        ),  # nothing fails and nobody knows the pace: the table of coefficients says it all
        (1, YEAR + 3, 90, True),  # a distance to go
        (3, YEAR + 3, 3, True),  # a pace
        (3, YEAR, 90, False),  # the target year has come
        (3, None, 90, False),
    ],
)
def test_the_target_tables_stand_only_where_a_way_to_the_target_year_can_be_told(
    years: int, target: int | None, classrooms: int, shown: bool
) -> None:
    rows = [
        school(code, school_year=YEAR - back, multimedia_classrooms=number)
        for back in range(years) for code, number in (("0001", 3), ("0002", classrooms))
    ]  # fmt: skip
    made = Case(assess(*rows, target_year=target))
    tables_of_target = [one for one in page.target(made) if isinstance(one, ReportTable)]
    assert bool(tables_of_target) == shown


def test_a_note_explains_only_lines_that_are_drawn() -> None:
    (ahead,), (over,) = (
        [one for one in page.target(of_years(3, target_year=year)) if isinstance(one, ReportFigure)]
        for year in (YEAR + 1, YEAR)
    )
    assert "虚线为限值、点线为目标年" in ahead.note
    assert "虚线为限值；差异系数越小越均衡" in over.note


def test_with_four_years_the_status_carries_its_probability_and_the_annex_the_forecast() -> None:
    few, enough = (of_years(number, target_year=YEAR + 3) for number in (3, 4))
    assert "概率" not in text_of(iter([tables.target_table(few, "primary")])).partition("只有")[0]
    assert re.search(r"\t(\d+%|99%以上)\n", text_of(iter([tables.target_table(enough, "primary")])))
    assert tables.forecast_table(few, "primary") is None
    assert tables.forecast_table(enough, "primary") is not None


def test_a_forecast_is_drawn_from_four_years_on_and_no_trend_with_one() -> None:
    def drawn(number: int) -> list[ReportFigure]:
        return [
            one
            for one in page.target(of_years(number, target_year=YEAR + 3))
            if isinstance(one, ReportFigure)
        ]

    assert drawn(1) == []
    (three,), (four,) = drawn(3), drawn(4)
    assert "预测" not in three.alt
    assert "只有3个学年的数据，不画预测" in three.note
    assert f"{YEAR + 3}年预测" in four.alt
    assert "90%区间" in four.alt


def test_a_county_without_a_target_year_is_told_so_once_and_only_alone() -> None:
    bare = of_years(1)
    assert list(page.target(bare)) == []
    assert text_of(page.target(bare, alone=True)).count("没有设定目标年") == 1
    years = of_years(3)
    assert "没有设定目标年" not in text_of(page.target(years))
    assert "目标年" not in text_of(page.target(years)).replace("点线为目标年", "")


def test_districts_are_called_districts() -> None:
    district = Case(
        open_assessment(SAMPLE / "八公山区.xlsx", regime="quality_balance_2017", target_year=2023)
    )
    text = "\n".join(text_of(one(district)) for one in PAGES)
    assert "全区均值" in text
    assert not re.search("全县|县均值|本县", text)


# --- little data --------------------------------------------------------------------------------------------


def blank_school(code: str, **given: Any) -> dict[str, Any]:
    blank = {name: BLANK for name, value in school().items() if type(value) is int and name != "school_year"}
    return school(code, **blank | {"primary_enrolment": 100} | given)


LITTLE: dict[str, Callable[[], Case]] = {
    "2012 regime": lambda: Case(
        assess(school("0001"), school("0002", books=100), regime=regime_2012(), target_year=YEAR + 1)
    ),
    "one school": lambda: Case(assess(school("0001"), target_year=YEAR + 1)),
    "everything blank": lambda: Case(assess(blank_school("0001"), blank_school("0002"), target_year=YEAR + 1)),
    "no target year": lambda: Case(assess(school("0001"), school("0002", primary_enrolment=150))),
    "equal schools": lambda: Case(assess(school("0001"), school("0002"), target_year=YEAR + 1)),
    "nobody has any": lambda: Case(
        assess(school("0001", multimedia_classrooms=0), school("0002", multimedia_classrooms=0), target_year=YEAR + 1)
    ),
    "newest year blank": lambda: Case(
        assess(
            *yearly("0001", [9, 8, 8, 7, 7]), *yearly("0002", [1, 1, 2, 2]), school("0003", sports_ground_area_m2=BLANK),
            target_year=YEAR + 2,
        )
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", LITTLE)
def test_with_little_data_no_page_says_anything_silly(name: str) -> None:
    case = LITTLE[name]()
    for one in PAGES:
        text = text_of(one(case))
        assert not re.search(r"\bnan\b|None|NaN|inf\b|（）|，，|：。|；。", text), (one.__name__, text)
        for element in one(case):
            assert getattr(element, "rows", True), (one.__name__, "an empty table")


@pytest.mark.skipif(not SHARED_DATA.exists(), reason="../shared/data is not there: real records not reported")
@pytest.mark.parametrize("code", ["02", "20"])
def test_real_records_with_one_indicator_and_their_own_areas_make_plain_pages(code: str) -> None:
    """宜蘭縣 has general and remote schools, 嘉義市 a single area (public records, ROC years 109–113)."""
    case = Case(
        open_assessment(
            SHARED_DATA / "taiwan_elementary" / "schools_109_113.csv",
            division_code=code,
            regime="basic_balance_2012",
            target_year=2027,
        )
    )
    text = "\n".join(text_of(one(case)) for one in PAGES)
    assert not re.search(r"\bnan\b|None|城区|乡村", text)
    assert ("一般地区" in text) == (code == "02")
    assert ("不作地区比较" in text_of(page.areas(case, alone=True))) == (code == "20")


# --- figures ------------------------------------------------------------------------------------------------


def test_bars_total_and_limit_of_the_waterfall_stand_on_one_scale(huantai: Case) -> None:
    bars = huantai.diagnosis.waterfall("primary", "sports_area")
    axes = figures.plot_waterfall(bars, "全县", limit=0.5)
    widths = [patch.get_width() for patch in axes.patches if isinstance(patch, Rectangle)]
    assert len(widths) == 14  # twelve schools, the rest, the total
    assert sum(widths[:-1]) == pytest.approx(widths[-1], abs=1e-12)
    assert widths[-1] == pytest.approx(0.769**2, abs=1e-3)
    assert np.asarray(axes.lines[0].get_xdata()).tolist() == [0.25, 0.25]
    legend = axes.get_legend()
    assert legend is not None
    assert "限值0.50的平方（0.25）" in [text.get_text() for text in legend.get_texts()]
    assert axes.get_xlabel().startswith("差异系数的平方")
    alt = figures.waterfall_alt(bars, "全县", 0.5)
    assert alt.startswith("各校对差异系数0.769，限值0.50的贡献：")
    assert "其余28所学校" in alt


def test_a_trend_shows_its_limit_its_target_year_and_lines_that_differ_without_colour(huantai: Case) -> None:
    series = figures.named_series(
        huantai.county.trends, huantai.county.regime, "primary", ["sports_area", "pe_arts_teachers"]
    )
    axes = figures.plot_trend(series, forecasts={}, target_year=2020)
    first, second = axes.lines[:2]
    assert (first.get_marker(), first.get_linestyle()) != (second.get_marker(), second.get_linestyle())
    assert any(np.asarray(line.get_ydata()).tolist() == [0.5, 0.5] for line in axes.lines)
    assert any(np.asarray(line.get_xdata()).tolist() == [2020, 2020] for line in axes.lines)


def test_a_figure_drawn_twice_is_the_same_character_by_character(huantai: Case) -> None:
    first, second = (page.waterfall(huantai, "primary", "sports_area").svg for _ in range(2))
    assert first == second


# --- dropdowns ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def counties(huantai: Case) -> list[Any]:
    other = open_assessment(SAMPLE / "八公山区.xlsx", regime="quality_balance_2017", target_year=2023)
    return [huantai.county, other]


@pytest.mark.parametrize("chart", choices.CHARTS)
def test_every_dropdown_changes_the_picture(counties: list[Any], chart: str) -> None:
    shown = choices.CountyExplorer(counties, chart)
    pictures = [shown.picture.value]
    for name, value in (
        ("indicator", "equipment_value"),
        ("stage", "junior_secondary"),
        ("year", 2016),
        ("county", "340405"),
    ):
        shown.controls[name].value = value
        pictures.append(shown.picture.value)
    assert all("<svg" in picture for picture in pictures)
    assert len(set(pictures)) == len(pictures)
    assert shown.controls["year"].value == 2020  # the new county's own latest year
    assert shown.controls["stage"].value == "junior_secondary"  # what both have is kept


def test_the_first_year_has_no_year_before_and_says_so(counties: list[Any]) -> None:
    shown = choices.CountyExplorer(counties, "years")
    shown.controls["year"].value = 2015
    assert "所选学校没有这项数据" in shown.picture.value
    with pytest.raises(ValueError, match="没有这项数据"):
        shown.figure()


def test_the_static_figure_is_the_one_the_dropdowns_show(counties: list[Any]) -> None:
    shown = choices.CountyExplorer(counties, "balance").choose(stage="primary", indicator="sports_area")
    assert shown.figure().svg in shown.picture.value
    assert "application/vnd.jupyter.widget-view+json" in shown._repr_mimebundle_()


def test_simulated_counties_are_marked_in_the_dropdown(counties: list[Any]) -> None:
    plain = replace(counties[1], tables=replace(counties[1].tables, sources=()))
    options = choices.CountyExplorer([counties[0], plain], "areas").controls["county"].options
    assert [label for label, _ in options] == ["桓台县（模拟数据）", "八公山区"]


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

    models = {SHRUNKEN_DRIFT, SCHOOL_TRANSITIONS, COUNT_TRANSITIONS, RESAMPLED_YEARS}
    assert set(labels.METHODS) == set(METHODS) | models
    assert set(labels.FINDING_RULES) == {BUNCHING, HEAPING, IDENTICAL, JUMP, PARTS_EXCEED, PARTS_DIFFER}


def test_every_cause_that_may_come_first_has_a_heading() -> None:
    """Where no gap exceeds its limit the failing items or schools come first."""
    for kind in CATALOGUE.kinds:
        if kind.startswith("causes.") and kind.rpartition(".")[2] not in ("widened", "narrowed", "steady"):
            assert say(f"heading_{kind}", subject="小学图书")
