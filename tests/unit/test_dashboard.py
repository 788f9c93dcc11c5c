"""The dashboard without a browser: listed tables, what is said of another year, the notebook with somebody's files."""

from __future__ import annotations

import csv
import os
import time
from pathlib import Path

import pytest

import balance_analysis as ba
from balance_analysis.reporting.dashboard import write_dashboard
from balance_analysis.views.elements import Column, ReportTable, aside
from balance_analysis.views.elements.listing import ListedTable
from balance_analysis.views.explain import dashboard
from tests.county_tables import SAMPLE


def listed() -> ListedTable:
    """Three schools, one value missing, one name that begins a formula."""
    shown = ListedTable()
    columns = [Column("school", "学校"), Column("value", "数值", unit="平方米", kind="number", decimals=1)]
    rows: list[list[object]] = [["=乙校", 10.04], ["甲校", 9.96], ["丙校", None]]
    shown.show(ReportTable("表", columns, rows), rows, name="表")
    return shown


@pytest.mark.parametrize(
    ("column", "falling", "words", "order"),
    [
        ("", False, "", [0, 1, 2]),
        ("value", False, "", [1, 0, 2]),  # 10.04 and 9.96 both print 10.0: the unrounded value decides
        ("value", True, "", [0, 1, 2]),  # missing values stay last
        ("value", False, "校 10.0", [1, 0]),  # every word, in what is printed
        ("school", False, "没有这样的学校", []),
    ],
)
def test_a_listed_table_is_sorted_by_unrounded_values_and_filtered_by_words(
    column: str, falling: bool, words: str, order: list[int]
) -> None:
    shown = listed()
    shown.column.value, shown.falling.value, shown.words.value = column, falling, words
    assert shown.order() == order
    assert f"列出{len(order)}行，共3行" in shown.rows.value


def test_the_saved_table_holds_unrounded_values_and_no_formula() -> None:
    assert list(csv.reader(listed().csv_text().splitlines())) == [
        ["学校", "数值（平方米）"], ["'=乙校", "10.04"], ["甲校", "9.96"], ["丙校", ""],
    ]  # fmt: skip


def test_of_another_year_the_whole_outcome_is_not_said_and_nothing_reassures() -> None:
    county = ba.open_county(
        SAMPLE / "桓台县.xlsx",
        regime="quality_balance_2017",
        division_code="370321",
        year=2017,
        target_year=2020,
    )
    shown = ba.dashboard(county)
    assert "总体结论见该学年" not in shown.sentences.value
    shown.choose(year=2016)
    said = list(dashboard.sentences(shown.choice))
    assert said[0].startswith("2016—2017学年资源配置")
    assert "总体结论见该学年" in said[0]
    assert {panel.picture.value[:7] for panel in shown.panels.values()} == {"<figure"}
    assert all("2016" in panel.picture.value for panel in shown.panels.values())


def test_the_served_notebook_holds_the_parameters_and_no_outputs(tmp_path: Path) -> None:
    path = write_dashboard(tmp_path, {"files": ["/数据/甲县.xlsx"], "division_code": "010203"})
    text = path.read_text(encoding="utf-8")
    assert '"010203' in text.replace("\\", "")
    assert '"outputs": []' in text
    assert [one.name for one in tmp_path.iterdir()] == ["dashboard.ipynb"]


# --- work on the other cores -------------------------------------------------------------------------------


@pytest.mark.skipif(aside.CORES == 1, reason="one core, or a system whose libraries do not survive a fork")
@pytest.mark.parametrize("fault", ["", "fails", "hangs"])
def test_work_done_in_copies_gives_what_it_gives_here_even_where_a_copy_fails_or_hangs(
    fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(aside, "PATIENCE_SECONDS", 0.3)
    monkeypatch.setattr(aside.Aside, "reliable", True)
    here = os.getpid()

    def work(name: str) -> list[object]:
        copied = os.getpid() != here
        if copied and fault == "fails":
            raise ValueError
        if copied and fault == "hangs":
            time.sleep(60)
        return [name, copied]

    found = aside.Aside({name: lambda name=name: work(name) for name in "abcd"}, own=1, cores=2).results()  # type: ignore[misc]
    assert list(found) == list("abcd")
    assert [given[0] for given in found.values()] == list("abcd")
    assert [given[1] for given in found.values()] == ([False] * 4 if fault else [True, False, True, False])
    again = aside.Aside(
        {"a": lambda: os.getpid(), "b": lambda: os.getpid()}, cores=2
    ).results()  # nobody waits for a failing copy twice
    assert (again["b"] == here) == bool(fault)
