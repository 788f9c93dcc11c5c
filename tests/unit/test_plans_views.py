"""Plans in tables and in the roadmap picture: words, order, marks, and a text for those who cannot see."""

from __future__ import annotations

import re
from datetime import date
from functools import cache

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.dates import date2num
from matplotlib.patches import Rectangle

from balance_analysis.assessment import CountyAssessment
from balance_analysis.door import open_assessment
from balance_analysis.findings import Case
from balance_analysis.programmes import (
    Plan,
    ProgressStatus,
    list_plans,
    load_plan,
    measure_progress,
    plan_timetable,
    plans_overview,
    roadmap_rows,
)
from balance_analysis.views.elements import Paragraph, ReportTable
from balance_analysis.views.elements.style import report_style
from balance_analysis.views.programme import figures, page, tables
from balance_analysis.views.programme.tables import PROGRESS_STYLES
from balance_analysis.words import labels
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
    assert set(labels.PROGRESS) == set(ProgressStatus)
    assert len(set(labels.PROGRESS.values())) == len(ProgressStatus)
    for part in ("symbol", "marker"):
        assert len({getattr(style, part) for style in PROGRESS_STYLES.values()}) == len(PROGRESS_STYLES)
    assert len({(style.fill, style.hatch) for style in PROGRESS_STYLES.values()}) == len(PROGRESS_STYLES)


def test_the_list_names_every_plan_with_document_and_target_years() -> None:
    table = tables.plan_list_table(plans_overview(list_plans()))
    assert "《桓台县创建“全国义务教育优质均衡发展县”实施方案》（桓政发〔2017〕21号）" in texts(table, "title")
    assert "2020、2021、2022、2023" in texts(table, "years")
    assert "2018年7月" in texts(table, "issued")


@pytest.mark.parametrize("plan", list_plans(), ids=lambda plan: plan.id)
def test_a_plan_prints_its_targets_stages_tasks_and_promises(plan: Plan) -> None:
    found = tables.plan_elements(plan_timetable(plan), plan)
    assert [len(table.rows) for table in found] == [
        len(plan.targets),
        len(plan.steps),
        len(plan.tasks),
        len(plan.commitments),
    ]
    assert all(plan.head.title in table.source for table in found)
    assert "nan" not in "".join(table.to_text() for table in found)


def test_no_identifier_is_shown_to_readers() -> None:
    plans = list_plans()
    found = [tables.plan_list_table(plans_overview(plans))]
    for plan in plans:
        found += tables.plan_elements(plan_timetable(plan), plan)
    printed = "".join(table.to_text() for table in found)
    assert "basic_balance" not in printed
    assert not [item for item in labels.ITEMS if item in printed]
    assert "三个增长、B6、B13、B15" in printed
    assert "社会认可度、B1—B31" in printed


def test_a_promise_prints_as_in_the_document() -> None:
    for name, promised in (("shanting_2017", "≥ 6934万元"), ("xiangfen_2017", "≤ 0.65")):
        plan = load_plan(name)
        assert promised in texts(tables.plan_elements(plan_timetable(plan), plan)[-1], "promise")


@cache
def case() -> Case:
    return Case(county(), plan=load_plan("huantai_2017"))


def annex(title: str) -> ReportTable:
    (table,) = (
        one for one in page.annexes(case()) if isinstance(one, ReportTable) and one.title.startswith(title)
    )
    return table


def test_the_overview_counts_every_line_once_and_explains_what_it_shows() -> None:
    table = annex("方案进展一览")
    assert sum(int(text) for text in texts(table, "total")) == len(progress())
    assert texts(table, "outdated") == ["0", "0", "0", "1"]
    assert texts(table, "to_verify") == ["0", "0", "24", "0"]
    assert "late" not in [column.id for column in table.columns]
    assert [note[:3] for note in table.notes] == ["已完成", "相关指", "当期应", "未到期", "期限已", "无法判"]


def test_progress_prints_status_in_symbol_and_word_with_figure_and_reason() -> None:
    table = annex("方案各项进展")
    place = texts(table, "name").index("生均教学仪器设备值达标的学校")
    line = [str(cell.text) for cell in table.rows[place]]  # type: ignore[attr-defined]
    assert line[1] == "≥ 100%"
    assert line[4] == "◎ 期限已过、数据较早"
    assert line[5].startswith("49所学校中27所达标，55.1% < 100%；数据为2017年9月1日的，早于期限")


def test_a_task_stands_in_the_breakdown_or_in_the_progress_never_in_both_and_what_nobody_can_show_is_one_line() -> (
    None
):
    """One date and one status per line: 98 tasks, of which 31 are about one item each; six of the others are due now, 61 cannot be shown."""
    frame, breakdown, listed = case().progress, annex("任务分解表"), annex("方案各项进展")
    assert frame is not None
    tasks = frame[frame["kind"] == "task"]
    by_item = {name.split()[0]: place for place, name in enumerate(texts(breakdown, "item"))}
    named = texts(listed, "name")
    for row in tasks.to_dict("records"):
        assert (row["name"] in named) == (row["items"] == "" and row["status"] == "due"), row["name"]
        if row["items"]:
            place = by_item[row["items"]]
            assert texts(breakdown, "status")[place] == tables.status_cell(row["status"])
            assert texts(breakdown, "deadline")[place] == tables.deadline(row)
    told = [one.to_text() for one in page.annexes(case()) if isinstance(one, Paragraph)]
    assert told == ["没有数据可以说明的67项不逐项列出，请对照工作台账查证。"]


def test_a_task_with_something_of_its_own_to_say_is_listed_beside_the_breakdown() -> None:
    frame = case().progress
    assert frame is not None
    first = frame.index[(frame["kind"] == "task") & (frame["items"] != "")][0]
    assert first not in tables.own_lines(frame, case().tasks).index
    reported = frame.assign(reported=["completed" if row == first else "" for row in frame.index])
    assert first in tables.own_lines(reported, case().tasks).index


def test_the_breakdown_prints_31_rows_and_blank_where_nothing_is_known() -> None:
    table = annex("任务分解表")
    assert len(table.rows) == 31
    assert texts(table, "deadline")[:3] == ["", "", "2018年9月30日"]
    assert texts(table, "investment")[3] == "1260.0"


def test_without_a_plan_the_annex_holds_the_countys_own_tasks_only() -> None:
    found = list(page.annexes(Case(county())))
    assert [type(one).__name__ for one in found] == ["Section", "ReportTable"]
    assert "status" not in [column.id for column in found[1].columns]  # type: ignore[union-attr]


def test_the_section_says_who_must_do_what_next_and_leaves_the_rest_to_the_annex() -> None:
    head, told, agenda = page.progress(case())
    assert head.to_text() == "实施方案：没有查出逾期，17项期限已过、没有可用的数据，14项近期到期"
    assert "67项没有数据可以说明（其中期限已过16项）" in told.to_text()
    assert isinstance(agenda, ReportTable)
    assert len(agenda.rows) == 14
    offices = [text for text in texts(agenda, "office") if text]
    assert len(offices) == len(set(offices))
    assert texts(agenda, "figure").count("B3未达标") == 1


def test_the_agenda_keeps_to_its_page_and_counts_what_it_leaves_out() -> None:
    frame = case().progress
    assert frame is not None
    one = frame[frame["status"] == "due"].head(1).assign(now="")
    for many, noted in ((tables.SHOWN, False), (tables.SHOWN + 1, True)):
        table = tables.agenda_table(pd.concat([one] * many), load_plan("huantai_2017"), on=ON)
        assert len(table.rows) == tables.SHOWN
        assert ("其余1项见附录" in "".join(table.notes)) == noted


def test_a_section_with_nothing_to_say_yields_nothing() -> None:
    assert list(page.progress(Case(county()))) == []


def test_the_section_prints_no_identifier() -> None:
    elements = [*page.progress(case()), *page.annexes(case())]
    printed = "".join(one.to_text() for one in elements)
    assert not re.search(r"[a-z]+_[a-z]+", printed)
    assert "nan" not in printed


def test_the_roadmap_shades_the_target_year_and_draws_the_day() -> None:
    with report_style():
        ax = figures.plot_roadmap(roadmap_rows(progress()), (2018,), on=ON)
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
        ax = figures.plot_roadmap(roadmap_rows(plan_timetable(load_plan("bagongshan_2020"))), (2022,))
    widths = [bar.get_width() for bar in bars(ax) if bar.get_height() < 0.9]
    assert widths == [244, 122, 365, 365, 181, 123, 61, 365]  # days, both ends included; 2020 has 366
    plt.close()


def test_the_text_alternative_tells_every_row_with_its_status() -> None:
    rows = roadmap_rows(progress())
    alt = figures.roadmap_alt(rows, (2018,), on=ON)
    assert alt.startswith("路线图，截至2018年8月31日，目标年2018：")
    assert "推进阶段2018年1月1日至2018年9月30日，当期应办" in alt
    assert "B3、B4、B5、B6、B10、B11（2018年9月30日，当期应办）" in alt
    assert all(label in alt for label in rows["label"])


def test_the_text_alternative_tells_each_countys_year() -> None:
    alt = figures.roadmap_alt(
        roadmap_rows(plan_timetable(load_plan("anshan_2018"))), (2020, 2021, 2022, 2023)
    )
    assert "海城市：报请省评估验收（2023年）" in alt


def test_labels_break_after_punctuation_and_never_inside_a_number() -> None:
    lines = figures.wrapped("铁东区（千山风景区）：报请省评估验收", 17)
    assert "".join(lines) == "铁东区（千山风景区）：报请省评估验收"
    assert lines[0].endswith("：")
    assert figures.wrapped("扩建2018201920202021202220232024年学校", 17)[0] == "扩建"
    assert figures.wrapped("短", 17) == ["短"]
