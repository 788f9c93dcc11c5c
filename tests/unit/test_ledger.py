"""The progress ledger: true, false and contradictory reports, what closes a line, and next month's sheet."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest

from balance_analysis.cli import main
from balance_analysis.errors import Issue
from balance_analysis.programmes import (
    Ledger,
    check_ledger,
    ledger_rows,
    ledger_state,
    list_plans,
    load_plan,
    no_ledger,
    read_ledger,
)
from balance_analysis.programmes.ledger import ledger_layout
from balance_analysis.reporting.ledger_file import write_ledger
from balance_analysis.terms import Severity
from tests.county_tables import SAMPLE, row_of

PLAN = load_plan("huantai_2017")
CODE = "370321"
ON = date(2018, 6, 30)
HEADERS = {field.name: field.header for field in ledger_layout()[1].fields}
COMPLETED = {
    "状态": "已完成",
    "截至日期": "2018-06-25",
    "完成日期": "2018-06-20",
    "佐证材料": "桓教字〔2018〕9号",
}
UNDER_WAY = {"状态": "进行中", "截至日期": "2018-06-01"}


def ledger_file(folder: Path, *rows: dict[str, str]) -> Path:
    """A ledger as CSV; each row's keys are headers."""
    headers = list(HEADERS.values())
    filed = [{"行政区划代码": CODE, **row} for row in rows]
    lines = [",".join(headers), *(",".join(row.get(name, "") for name in headers) for row in filed)]
    path = folder / "进展.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def promise(name: str = "recruits", **given: str) -> dict[str, str]:
    return {"任务编号": name, **given}


def progress(
    name: str = "recruits", *, kind: str = "commitment", outcome: str, figure: str = "", value: Any = None
) -> pd.DataFrame:
    """What :func:`measure_progress` says of one line."""
    status = {"met": "done", "not_met": "late"}.get(outcome, "not_assessable")
    row = {
        "kind": kind, "id": name, "outcome": outcome, "figure": figure, "value": value, "status": status, "basis": "county",
    }  # fmt: skip
    return pd.DataFrame([row]).astype({"value": float})


def judged(
    ledger: Ledger, shown: pd.DataFrame | None = None, *, on: date = ON, data_of: date | None = None
) -> tuple[pd.DataFrame, dict[str, Issue]]:
    state = ledger_state(PLAN, ledger, division_code=CODE, on=on, progress=shown)
    issues = check_ledger(PLAN, ledger, state, division_code=CODE, on=on, data_of=data_of)
    return state, {issue.code: issue for issue in issues if issue.code != "absent_column"}


# --- what closes a line ----------------------------------------------------------------------------------------


def test_a_report_with_day_and_document_closes_what_the_data_cannot_tell(tmp_path: Path) -> None:
    ledger = read_ledger(ledger_file(tmp_path, promise(**COMPLETED, 实际值="110")))
    state, issues = judged(ledger, progress(outcome="not_assessable"))
    row = row_of(state, id="recruits")
    assert (row["closed"], row["closed_by"], row["evidence"]) == (True, "report", "reported")
    assert (row["reported_value"], row["completed_on"]) == (110, date(2018, 6, 20))
    assert issues == {}


@pytest.mark.parametrize("lacking", ["完成日期", "佐证材料"])
def test_a_report_without_day_or_document_closes_nothing(tmp_path: Path, lacking: str) -> None:
    ledger = read_ledger(ledger_file(tmp_path, promise(**{**COMPLETED, lacking: ""})))
    state, issues = judged(ledger)
    assert not row_of(state, id="recruits")["closed"]
    assert issues["ledger_no_proof"].column == lacking
    assert issues["ledger_no_proof"].severity is Severity.SOFT


def test_the_data_close_a_line_without_any_report() -> None:
    state, _ = judged(no_ledger(), progress("equipment", outcome="met", figure="100.0% ≥ 100%", value=100))
    row = row_of(state, id="equipment")
    assert (row["closed_by"], row["evidence"], row["reported"]) == ("data", "computed", "")


def test_a_report_that_the_data_contradict_closes_nothing_and_is_an_issue(tmp_path: Path) -> None:
    """0.5046 > 0.50: 小学 coefficient of B3 in annex 2 of the plan."""
    shown = progress("coefficients_primary", outcome="not_met", figure="0.5046 > 0.50", value=0.5046)
    ledger = read_ledger(ledger_file(tmp_path, promise("coefficients_primary", **COMPLETED)))
    state, issues = judged(ledger, shown)
    row = row_of(state, id="coefficients_primary")
    assert (row["closed"], row["contradicts"], row["evidence"]) == (False, True, "both")
    issue = issues["ledger_contradicted"]
    assert issue.message == "小学各项指标校际差异系数：填报已完成，数据显示 0.5046 > 0.50。不能销号。"
    assert (issue.place.cell, issue.column, issue.severity) == ("L2", "状态", Severity.SOFT)


@pytest.mark.parametrize(
    ("data_of", "severity"), [(date(2018, 6, 20), Severity.SOFT), (date(2018, 6, 19), Severity.NOTE)]
)
def test_data_of_the_day_contradict_a_report_and_older_data_do_not_speak_of_it(
    tmp_path: Path, data_of: date, severity: Severity
) -> None:
    shown = progress("equipment", outcome="not_met", figure="55.1% < 100%", value=55.1)
    ledger = read_ledger(ledger_file(tmp_path, promise("equipment", **COMPLETED)))
    state, issues = judged(ledger, shown, data_of=data_of)
    assert issues["ledger_contradicted"].severity is severity
    assert issues["ledger_contradicted"].expected.endswith(f"（数据为2018年6月{data_of.day}日的）")
    assert not row_of(state, id="equipment")["closed"]


def test_a_task_whose_item_is_met_is_closed_by_the_data_only_where_they_show_it_done(tmp_path: Path) -> None:
    shown = progress("B7", kind="task", outcome="met").assign(status="open")
    assert not row_of(judged(no_ledger(), shown)[0], kind="task", id="B7")["closed"]
    ledger = read_ledger(ledger_file(tmp_path, promise("B7", **COMPLETED)))
    assert row_of(judged(ledger, shown)[0], kind="task", id="B7")["closed_by"] == "report"


def test_a_report_of_less_than_the_data_show_is_noted(tmp_path: Path) -> None:
    shown = progress("equipment", outcome="met", figure="100.0% ≥ 100%", value=100)
    ledger = read_ledger(ledger_file(tmp_path, promise("equipment", **UNDER_WAY)))
    _, issues = judged(ledger, shown)
    assert issues["ledger_already_met"].severity is Severity.NOTE
    assert "填报进行中，数据显示已达到（100.0% ≥ 100%）" in issues["ledger_already_met"].message


# --- values and days ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("value", "short"), [("110", False), ("109", True), ("111", False)])
def test_completed_with_fewer_than_promised_is_an_issue(tmp_path: Path, value: str, short: bool) -> None:
    """2018年计划招聘教师110名."""
    ledger = read_ledger(ledger_file(tmp_path, promise(**COMPLETED, 实际值=value)))
    assert ("ledger_value_short" in judged(ledger)[1]) is short


def test_a_promise_of_at_most_is_missed_by_more(tmp_path: Path) -> None:
    row = promise("first_grades", **COMPLETED, 实际值="1")
    assert "ledger_value_short" in judged(read_ledger(ledger_file(tmp_path, row)))[1]
    row["实际值"] = "0"
    assert "ledger_value_short" not in judged(read_ledger(ledger_file(tmp_path, row)))[1]


@pytest.mark.parametrize(
    ("value", "differs"), [("55.1", False), ("55.10", False), ("55", False), ("55.2", True)]
)
def test_a_value_is_compared_at_the_digits_that_were_filed(tmp_path: Path, value: str, differs: bool) -> None:
    shown = progress("equipment", outcome="not_met", figure="55.1% < 100%", value=55.102)
    ledger = read_ledger(ledger_file(tmp_path, promise("equipment", **UNDER_WAY, 实际值=value)))
    assert ("ledger_value_differs" in judged(ledger, shown)[1]) is differs


@pytest.mark.parametrize(("on", "counts"), [(date(2018, 6, 25), True), (date(2018, 6, 24), False)])
def test_a_report_counts_from_its_day_on(tmp_path: Path, on: date, counts: bool) -> None:
    state, issues = judged(read_ledger(ledger_file(tmp_path, promise(**COMPLETED))), on=on)
    assert bool(row_of(state, id="recruits")["closed"]) is counts
    assert ("ledger_future_date" in issues) is not counts


@pytest.mark.parametrize(("on", "overdue"), [(date(2018, 9, 30), False), (date(2018, 10, 1), True)])
def test_an_open_line_is_overdue_the_day_after_its_deadline(on: date, overdue: bool) -> None:
    assert row_of(judged(no_ledger(), on=on)[0], id="recruits")["overdue"] == overdue


def test_the_latest_report_counts_and_a_step_back_is_an_issue(tmp_path: Path) -> None:
    later = {"状态": "进行中", "截至日期": "2018-06-28", "佐证材料": "重新核定"}
    state, issues = judged(read_ledger(ledger_file(tmp_path, promise(**later), promise(**COMPLETED))))
    assert row_of(state, id="recruits")["reported"] == "under_way"
    assert "截至2018-06-25填报的“已完成”" in issues["ledger_back_step"].expected
    forward = judged(
        read_ledger(
            ledger_file(tmp_path, promise(**{**later, "截至日期": "2018-06-01"}), promise(**COMPLETED))
        )
    )
    assert "ledger_back_step" not in forward[1]


def test_two_reports_of_one_day_are_an_error(tmp_path: Path) -> None:
    _, issues = judged(read_ledger(ledger_file(tmp_path, promise(**COMPLETED), promise(**COMPLETED))))
    assert issues["ledger_same_day"].severity is Severity.HARD
    assert "第2行已有同日的填报" in issues["ledger_same_day"].expected


def test_a_row_without_status_is_named_and_a_row_without_anything_is_silent(tmp_path: Path) -> None:
    _, issues = judged(
        read_ledger(ledger_file(tmp_path, promise(实际值="95", 截至日期="2018-06-01"), promise("quota")))
    )
    assert list(issues) == ["ledger_no_status"]


def test_an_unknown_line_is_an_error_with_what_is_alike(tmp_path: Path) -> None:
    _, issues = judged(read_ledger(ledger_file(tmp_path, promise("recruit", **COMPLETED))))
    assert issues["ledger_unknown_entry"].severity is Severity.HARD
    assert "recruits" in issues["ledger_unknown_entry"].expected


def test_a_city_promises_for_itself_what_no_county_can_report() -> None:
    plan = load_plan("anshan_2018")
    of_county = ledger_state(plan, no_ledger(), division_code="210321", on=ON)
    assert "first_county_2020" not in set(of_county["id"])
    assert "first_county_2020" in set(ledger_state(plan, no_ledger(), division_code="2103", on=ON)["id"])
    assert set(of_county.loc[of_county["kind"] == "commitment", "deadline"].dt.year) == {2022}


def test_rows_of_another_county_are_left_out(tmp_path: Path) -> None:
    rows = [promise("recognition", **COMPLETED, 行政区划代码=code) for code in ("210321", "210303")]
    ledger = read_ledger(ledger_file(tmp_path, rows[1]))
    plan = load_plan("anshan_2018")
    state = ledger_state(plan, ledger, division_code="210321", on=ON)
    assert row_of(state, id="recognition")["reported"] == ""
    state = ledger_state(plan, ledger, division_code="210303", on=ON)
    assert row_of(state, id="recognition")["reported"] == "completed"


# --- reading and writing -----------------------------------------------------------------------------------------


def test_a_wrong_cell_is_named_with_its_address(tmp_path: Path) -> None:
    ledger = read_ledger(ledger_file(tmp_path, promise(状态="办结", 截至日期="2018-06-31")))
    hard = {(issue.column, issue.place.cell) for issue in ledger.issues if issue.severity is Severity.HARD}
    assert {column for column, _ in hard} == {"状态", "截至日期"}


def test_a_file_without_the_sheet_is_an_error_of_a_ledger_and_no_matter_in_a_workbook(tmp_path: Path) -> None:
    book = openpyxl.load_workbook(SAMPLE / "桓台县.xlsx")
    book.remove(book["进展"])
    path = tmp_path / "桓台县.xlsx"
    book.save(path)
    assert [issue.code for issue in read_ledger(path).issues] == ["missing_sheet"]
    found = read_ledger(path, of_its_own=False)
    assert (len(found.rows), found.issues) == (0, ())


def test_next_months_sheet_has_the_open_lines_first_by_deadline_and_reads_back_closed(tmp_path: Path) -> None:
    ledger = read_ledger(ledger_file(tmp_path, promise(**COMPLETED, 实际值="110", 填报人单位="县人社局")))
    state, _ = judged(ledger)
    rows = ledger_rows(state, division_code=CODE)
    closed = [row["id"] for row in rows if row["status"]]
    assert closed == ["recruits"] == [rows[-1]["id"]]
    dated = [row["deadline"] for row in rows[:-1] if row["deadline"]]
    assert dated == sorted(dated)
    path = write_ledger(tmp_path / "七月.xlsx", rows, place=PLAN.place)
    again = read_ledger(path)
    assert [issue for issue in again.issues if issue.severity is Severity.HARD] == []
    assert list(again.rows["id"]) == ["recruits"]
    assert row_of(judged(again)[0], id="recruits")["closed_by"] == "report"


def test_an_open_line_shows_the_last_report_and_asks_anew(tmp_path: Path) -> None:
    given = {"状态": "进行中", "截至日期": "2018-05-31", "实际值": "95"}
    state, _ = judged(read_ledger(ledger_file(tmp_path, promise(**given))))
    row = next(row for row in ledger_rows(state, division_code=CODE) if row["id"] == "recruits")
    assert row["last_report"] == "进行中，95，截至2018年5月31日"
    assert (row["status"], row["actual_value"], row["as_of"]) == (None, None, None)
    assert row["promise"] == "110名"


def test_the_command_writes_the_sheet_and_says_what_contradicts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The sample of Huantai: equipment of 27 of 49 schools reaches the limit in school year 2017."""
    filed = ledger_file(tmp_path, promise("equipment", **COMPLETED), promise(**COMPLETED))
    out = tmp_path / "next.xlsx"
    given = ["ledger", "huantai_2017", str(SAMPLE / "桓台县.xlsx"), "--year", "2017", "--ledger", str(filed)]
    assert main([*given, "--on", "2018-08", "-o", str(out)]) == 0
    said = capsys.readouterr().out
    assert "填报已完成，数据显示 49所学校中27所达标，55.1% < 100%" in said
    assert "填报与数据矛盾1项" in said
    page = openpyxl.load_workbook(out)["进展"]
    assert [cell.value for cell in page[1]] == list(HEADERS.values())


def test_the_command_refuses_a_county_of_another_plan_and_a_file_that_is_not_there(tmp_path: Path) -> None:
    out = str(tmp_path / "next.xlsx")
    assert main(["ledger", "xiangfen_2017", str(SAMPLE / "桓台县.xlsx"), "-o", out]) == 2
    assert main(["ledger", "huantai_2017", "--ledger", str(tmp_path / "none.csv"), "-o", out]) == 2
    assert main(["ledger", "huantai_2017", "-o", str(tmp_path / "next.csv")]) == 2
    assert main(["ledger", "huantai_2017", "--on", "2018-13", "-o", out]) == 2


def test_the_sheet_in_the_countys_workbook_is_read_too_and_an_empty_one_reports_nothing(
    tmp_path: Path,
) -> None:
    book = openpyxl.load_workbook(SAMPLE / "桓台县.xlsx")
    page = book["进展"]
    headers = [str(cell.value) for cell in page[1]]
    assert set(HEADERS.values()) <= set(headers)
    path = tmp_path / "桓台县.xlsx"
    assert read_ledger(SAMPLE / "桓台县.xlsx", of_its_own=False).rows.empty
    row = promise(**COMPLETED, 行政区划代码=CODE)
    for column, header in enumerate(headers, start=1):
        page.cell(2, column, row.get(header))
    book.save(path)
    found = read_ledger(path, of_its_own=False)
    assert [(found.rows["id"][0], found.rows["source_sheet"][0], found.rows["source_row"][0])] == [
        ("recruits", "进展", 2)
    ]


# --- what the table of inputs asks for (截至日期 or 学年, 已销号, units) --------------------------------------------------


def test_a_school_year_alone_counts_as_its_last_day(tmp_path: Path) -> None:
    given = {name: value for name, value in COMPLETED.items() if name != "截至日期"}
    ledger = read_ledger(ledger_file(tmp_path, promise(**given, 学年="2017")))
    assert ledger.rows["as_of"][0] == date(2018, 8, 31)
    state, issues = judged(ledger)
    assert row_of(state, id="recruits")["closed"]
    assert issues == {}


def test_a_report_without_day_and_year_is_an_error(tmp_path: Path) -> None:
    given = {name: value for name, value in COMPLETED.items() if name != "截至日期"}
    state, issues = judged(read_ledger(ledger_file(tmp_path, promise(**given))))
    assert issues["ledger_no_day"].severity is Severity.HARD
    assert not row_of(state, id="recruits")["closed"]


def test_closed_by_the_county_needs_the_same_proof_as_completed(tmp_path: Path) -> None:
    closed = {**COMPLETED, "状态": "已销号"}
    assert row_of(judged(read_ledger(ledger_file(tmp_path, promise(**closed))))[0], id="recruits")["closed"]
    _, issues = judged(read_ledger(ledger_file(tmp_path, promise(**{**closed, "佐证材料": ""}))))
    assert issues["ledger_no_proof"].message.endswith("填报已销号，没有佐证材料，不能销号。")


@pytest.mark.parametrize(("completed", "late"), [("2018-09-30", False), ("2018-10-01", True)])
def test_a_completion_after_the_deadline_is_noted_and_counts(
    tmp_path: Path, completed: str, late: bool
) -> None:
    row = promise(**{**COMPLETED, "完成日期": completed, "截至日期": "2018-10-31"})
    state, issues = judged(read_ledger(ledger_file(tmp_path, row)), on=date(2018, 10, 31))
    assert ("ledger_completed_late" in issues) is late
    assert row_of(state, id="recruits")["closed"]


@pytest.mark.parametrize(
    ("value", "unit", "code"),
    [
        ("6934", "", None),
        ("6934", "万元", None),
        ("69340000", "元", None),
        ("0.6934", "亿元", None),
        ("6934", "元", "ledger_value_short"),
        ("6934", "处", "ledger_wrong_unit"),
    ],
)
def test_a_value_may_stand_in_another_multiple_of_the_promised_unit(
    tmp_path: Path, value: str, unit: str, code: str | None
) -> None:
    """投资6934万元."""
    plan = load_plan("shanting_2017")
    row = promise("weak_schools_investment", **COMPLETED, 实际值=value, 单位=unit, 行政区划代码="370406")
    ledger = read_ledger(ledger_file(tmp_path, row))
    state = ledger_state(plan, ledger, division_code="370406", on=ON)
    found = check_ledger(plan, ledger, state, division_code="370406", on=ON)
    codes = [issue.code for issue in found if issue.code in ("ledger_value_short", "ledger_wrong_unit")]
    assert codes == ([] if code is None else [code])


def test_an_id_of_a_task_and_a_commitment_asks_for_the_kind(tmp_path: Path) -> None:
    twin = replace(PLAN.commitments[0], id="B7")
    plan = replace(PLAN, commitments=(*PLAN.commitments, twin))

    def issues(**given: str) -> list[str]:
        ledger = read_ledger(ledger_file(tmp_path, promise("B7", **COMPLETED, **given)))
        state = ledger_state(plan, ledger, division_code=CODE, on=ON)
        return [issue.code for issue in check_ledger(plan, ledger, state, division_code=CODE, on=ON)]

    assert "ledger_ambiguous_entry" in issues()
    assert "ledger_ambiguous_entry" not in issues(类别="任务")


def test_no_shipped_plan_has_one_id_for_a_task_and_a_commitment() -> None:
    for plan in list_plans():
        assert not {task.id for task in plan.tasks} & {entry.id for entry in plan.commitments}, plan.id


def test_the_countys_own_tasks_are_lines_where_the_plan_has_none() -> None:
    tasks = pd.DataFrame(
        [
            {"item": item, "measure": "本县措施", "deadline": "2018-08-31", "present_state": None,
             "responsible_offices": "县教体局", "investment_wan_cny": float("nan")}
            for item in ("B3", "E2")
        ]
    )  # fmt: skip
    state = ledger_state(PLAN, no_ledger(), division_code=CODE, on=ON, tasks=tasks)
    assert list(state.loc[state["kind"] == "own_task", "id"]) == ["E2"]
