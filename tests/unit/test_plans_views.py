"""Plans in tables and in the roadmap picture: words, order, marks, and a text for those who cannot see."""

from __future__ import annotations

from datetime import date
from functools import cache

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.dates import date2num
from matplotlib.patches import Rectangle

from balance_analysis.assessment import CountyAssessment, open_assessment
from balance_analysis.programmes import (
    Plan,
    ProgressStatus,
    break_down_tasks,
    list_plans,
    load_plan,
    measure_progress,
    plan_timetable,
    plans_overview,
    roadmap_rows,
)
from balance_analysis.views import plan_views, roadmap
from balance_analysis.views.elements.display import ReportFigure, ReportTable
from balance_analysis.views.elements.style import report_style
from balance_analysis.views.plan_words import ITEM_WORDS, PROGRESS_STYLES
from tests.county_tables import SAMPLE

ON = date(2018, 8, 31)


@cache
def county() -> CountyAssessment:
    return open_assessment(SAMPLE / "桓台县.xlsx", year=2017, regime="quality_balance_2017")


@cache
def progress() -> pd.DataFrame:
    return measure_progress(load_plan("huantai_2017"), county(), county().items, on=ON)


def bars(ax: Axes) -> list[Rectangle]:
    """Bars of stages are lower than a row; the band of a target year is as high as the picture (1)."""
    return [patch for patch in ax.patches if isinstance(patch, Rectangle)]


def texts(table: ReportTable, column: str) -> list[str]:
    position = [entry.id for entry in table.columns].index(column)
    return [str(row[position].text) for row in table.rows]  # type: ignore[attr-defined]


def test_every_status_has_its_own_symbol_word_and_mark() -> None:
    assert set(PROGRESS_STYLES) == set(ProgressStatus)
    for part in ("symbol", "word", "marker"):
        assert len({getattr(style, part) for style in PROGRESS_STYLES.values()}) == len(PROGRESS_STYLES)
    assert len({(style.fill, style.hatch) for style in PROGRESS_STYLES.values()}) == len(PROGRESS_STYLES)


def test_the_list_names_every_plan_with_document_and_target_years() -> None:
    table = plan_views.plan_list_table(plans_overview(list_plans()))
    assert "《桓台县创建“全国义务教育优质均衡发展县”实施方案》（桓政发〔2017〕21号）" in texts(table, "title")
    assert "2020、2021、2022、2023" in texts(table, "years")
    assert "2018年7月" in texts(table, "issued")


@pytest.mark.parametrize("plan", list_plans(), ids=lambda plan: plan.id)
def test_a_plan_prints_its_targets_stages_tasks_and_promises(plan: Plan) -> None:
    tables = plan_views.plan_elements(plan_timetable(plan), plan)
    assert [len(table.rows) for table in tables] == [
        len(plan.targets),
        len(plan.steps),
        len(plan.tasks),
        len(plan.commitments),
    ]
    assert all(plan.head.title in table.source for table in tables)
    assert "nan" not in "".join(table.to_text() for table in tables)


def test_no_identifier_is_shown_to_readers() -> None:
    plans = list_plans()
    tables = [plan_views.plan_list_table(plans_overview(plans))]
    for plan in plans:
        tables += plan_views.plan_elements(plan_timetable(plan), plan)
    printed = "".join(table.to_text() for table in tables)
    assert "basic_balance" not in printed
    assert not [item for item in ITEM_WORDS if item in printed]
    assert "三个增长、B6、B13、B15" in printed
    assert "社会认可度、B1—B31" in printed


def test_a_promise_prints_as_in_the_document() -> None:
    plan = load_plan("shanting_2017")
    table = plan_views.commitments_table(plan_timetable(plan), plan)
    assert "≥ 6934万元" in texts(table, "promise")
    plan = load_plan("xiangfen_2017")
    assert "≤ 0.65" in texts(plan_views.commitments_table(plan_timetable(plan), plan), "promise")


def test_the_overview_counts_every_line_once() -> None:
    table = plan_views.progress_summary_table(progress(), load_plan("huantai_2017"), on=ON)
    assert sum(int(text) for text in texts(table, "total")) == len(progress())
    assert texts(table, "late") == ["0", "0", "0", "1"]


def test_progress_prints_status_in_symbol_and_word_with_figure() -> None:
    table = plan_views.progress_table(progress(), load_plan("huantai_2017"), "commitment", on=ON)
    line = [str(cell.text) for cell in table.rows[3]]  # type: ignore[attr-defined]
    assert line[:2] == ["生均教学仪器设备值达标的学校", "≥ 100%"]
    assert "× 逾期未完成" in line
    assert "49所学校中27所达标，55.1% < 100%" in line


def test_a_task_that_is_done_names_its_items_and_one_that_is_not_says_why() -> None:
    table = plan_views.progress_table(progress(), load_plan("huantai_2017"), "task", on=ON)
    said = dict(zip(texts(table, "name"), texts(table, "figure"), strict=True))
    assert said["推进学校信息化教学"] == "B7达标"
    assert said["操场改造、稳妥合班并校、调整片区，使各校场馆面积达标"].startswith(
        "B5：小学生均值为13.63平方米"
    )


def test_the_breakdown_prints_31_rows_and_blank_where_nothing_is_known() -> None:
    frame = break_down_tasks(county(), county().items, county().item_schools, plan=load_plan("huantai_2017"))
    table = plan_views.breakdown_table(frame, plan=load_plan("huantai_2017"))
    assert len(table.rows) == 31
    assert texts(table, "deadline")[:3] == ["", "", "2018-09-30"]
    assert texts(table, "investment")[3] == "1260.0"


def test_the_section_leaves_out_what_the_plan_does_not_have() -> None:
    plan = load_plan("huantai_2017")
    elements = plan_views.progress_elements(
        progress(), roadmap_rows(progress()), plan, plan.target_years, on=ON
    )
    titles = [element.title for element in elements if isinstance(element, ReportTable)]
    assert titles == [
        "方案进展一览（2018年8月31日）",
        "目标进展（2018年8月31日）",
        "阶段进展（2018年8月31日）",
        "任务进展（2018年8月31日）",
        "承诺指标进展（2018年8月31日）",
    ]
    assert sum(isinstance(element, ReportFigure) for element in elements) == 1


def test_the_roadmap_shades_the_target_year_and_draws_the_day() -> None:
    with report_style():
        ax = roadmap.plot_roadmap(roadmap_rows(progress()), (2018,), on=ON)
    first, last = (date2num(day) for day in (date(2018, 1, 1), date(2018, 12, 31)))
    assert [bar.get_width() for bar in bars(ax) if (bar.get_x(), bar.get_height()) == (first, 1)] == [
        last - first
    ]
    assert date2num(ON) in [np.asarray(line.get_xdata())[0] for line in ax.lines]
    shown = [label.get_text().replace("\n", "") for label in ax.get_yticklabels()]
    assert shown == [label if kind != "part" else f"· {label}" for label, kind in zip(
        roadmap_rows(progress())["label"], roadmap_rows(progress())["kind"], strict=True
    )]  # fmt: skip
    plt.close()


def test_stages_are_as_long_as_they_last() -> None:
    with report_style():
        ax = roadmap.plot_roadmap(roadmap_rows(plan_timetable(load_plan("bagongshan_2020"))), (2022,))
    widths = [bar.get_width() for bar in bars(ax) if bar.get_height() < 0.9]
    assert widths == [244, 122, 365, 365, 181, 123, 61, 365]  # days, both ends included; 2020 has 366
    plt.close()


def test_the_text_alternative_tells_every_row_with_its_status() -> None:
    rows = roadmap_rows(progress())
    alt = roadmap.roadmap_alt(rows, (2018,), on=ON)
    assert alt.startswith("路线图，截至2018年8月31日，目标年2018：")
    assert "推进阶段2018年1月1日至2018年9月30日，当期应办" in alt
    assert "B3、B4、B5、B6、B10、B11（2018年9月30日，当期应办）" in alt
    assert all(label in alt for label in rows["label"])


def test_the_text_alternative_tells_each_countys_year() -> None:
    alt = roadmap.roadmap_alt(
        roadmap_rows(plan_timetable(load_plan("anshan_2018"))), (2020, 2021, 2022, 2023)
    )
    assert "海城市：报请省评估验收（2023年）" in alt


def test_labels_break_after_punctuation_and_never_inside_a_number() -> None:
    lines = roadmap.wrapped("铁东区（千山风景区）：报请省评估验收", 17)
    assert "".join(lines) == "铁东区（千山风景区）：报请省评估验收"
    assert lines[0].endswith("：")
    assert roadmap.wrapped("扩建2018201920202021202220232024年学校", 17)[0] == "扩建"
    assert roadmap.wrapped("短", 17) == ["短"]
