"""The progress ledger beside the data: in progress, findings, roadmap, task breakdown, issue list, and a batch's tasks.

The county is made by hand (school year 2020: its data speak until 31 August 2021); 70 % of the quota are filed.
"""

from __future__ import annotations

import io
from collections.abc import Hashable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from balance_analysis.assessment import CountyAssessment
from balance_analysis.cli import main
from balance_analysis.errors import ParameterError
from balance_analysis.findings import CATALOGUE, Case, Finding
from balance_analysis.findings import progress as topic
from balance_analysis.parameters import ledger_of, parameters_key, with_reports
from balance_analysis.programmes import Ledger, Plan, county_ledger, measure_progress, no_ledger, read_ledger
from balance_analysis.programmes.ledger import ledger_layout
from balance_analysis.reporting.batch import Tasks, plan_requests
from balance_analysis.reporting.forms.issue_list import issue_list
from balance_analysis.reporting.ledger_file import write_ledger
from balance_analysis.reporting.run import task_key
from balance_analysis.terms import Severity
from balance_analysis.views.programme.tables import progress_table, report_text
from balance_analysis.words import labels, tell
from balance_analysis.workbook.reader import read_workbooks
from tests.county_tables import CODE, SAMPLE, row_of
from tests.programme_counties import commitment, county, plain_county, plan_of, task

PROOF = {"completed_on": "2021-03-20", "proof": "县教字〔2021〕9号"}
BEFORE_THE_DATA = {**PROOF, "completed_on": "2020-08-31"}
"""The data are of 1 September 2020."""


def report(
    name: str = "promise", status: str = "已完成", as_of: str = "2021-03-31", **given: Any
) -> dict[str, Any]:
    """One row of the sheet as its fields."""
    return {"division_code": CODE, "id": name, "status": status, "as_of": as_of, **given}


def ledger_of_rows(folder: Path, *rows: dict[str, Any]) -> Ledger:
    headers = {field.name: field.header for field in ledger_layout()[1].fields}
    lines = [",".join(headers.values())]
    lines += [",".join(str(row.get(name, "")) for name in headers) for row in rows]
    path = folder / "进展.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return read_ledger(path)


def measured(
    plan: Plan, ledger: Ledger, on: date, of: CountyAssessment | None = None, kind: str = "commitment"
) -> dict[Hashable, Any]:
    assessed = of or plain_county()
    row = row_of(measure_progress(plan, assessed, assessed.items, on=on, ledger=ledger), kind=kind)
    return {name: "；".join(map(tell, value)) if name == "reason" else value for name, value in row.items()}


def found(plan: Plan, ledger: Ledger, on: date, of: CountyAssessment | None = None) -> dict[str, Finding]:
    assessed = of or plain_county()
    assessed = replace(assessed, regime=replace(assessed.regime, on=on))
    case = Case(assessed, plan=plan, ledger=ledger)
    said = CATALOGUE.settle(topic.find(case), overall=assessed.overall_outcome)
    return {one.id.removeprefix("progress."): one for one in said}


UNSEEN = {
    "measured_by": '"reported"',
    "subject": "",
    "figure": "",
    "reason": '"没有招聘人数"',
    "due": "2021-06-30",
}


# --- a line with its report ------------------------------------------------------------------------------------


def test_a_proved_report_closes_what_no_data_show(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, commitment(**UNSEEN))
    row = measured(plan, ledger_of_rows(tmp_path, report(**PROOF)), date(2021, 7, 1))
    assert (row["status"], row["basis"], row["evidence"], row["closed_by"]) == (
        "done",
        "reported",
        "reported",
        "report",
    )
    assert report_text(row) == "已完成（2021年3月20日完成，截至2021年3月31日），县教字〔2021〕9号"


@pytest.mark.parametrize("lacking", ["completed_on", "proof"])
def test_a_report_without_day_or_document_is_not_done_and_says_so(tmp_path: Path, lacking: str) -> None:
    plan = plan_of(tmp_path, commitment(**UNSEEN))
    ledger = ledger_of_rows(tmp_path, report(**{**PROOF, lacking: ""}))
    row = measured(plan, ledger, date(2021, 7, 1))
    assert (row["status"], row["basis"]) == ("not_assessable", "none")
    assert "填报已完成，没有完成日期或佐证材料，不能销号" in row["reason"]
    assert "unproved" in found(plan, ledger, date(2021, 7, 1))


@pytest.mark.parametrize(
    ("promised", "status", "contradicts"), [('"70"', "done", False), ('"70.1"', "open", True)]
)
def test_a_report_is_contradicted_just_above_the_measured_figure_and_not_at_it(
    tmp_path: Path, promised: str, status: str, contradicts: bool
) -> None:
    plan = plan_of(tmp_path, commitment(value=promised))
    ledger = ledger_of_rows(tmp_path, report(**BEFORE_THE_DATA))
    row = measured(plan, ledger, date(2021, 8, 31))
    assert (row["status"], row["contradicts"], row["evidence"]) == (status, contradicts, "both")
    said = found(plan, ledger, date(2021, 8, 31))
    assert ("contradicted" in said) == contradicts
    if contradicts:
        assert (
            tell(said["contradicted"])
            == "填报已完成而2020—2021学年数据没有达到的1项，不计作完成，请核对：承诺（填报已完成，数据显示70.0% < 70.1%）。"
        )
        assert "done" not in said


@pytest.mark.parametrize(("completed", "contradicts"), [("2020-09-01", True), ("2020-09-02", False)])
def test_data_do_not_contradict_what_was_finished_after_the_day_they_were_taken_on(
    tmp_path: Path, completed: str, contradicts: bool
) -> None:
    plan = plan_of(tmp_path, commitment(value='"75"'))
    row = measured(
        plan,
        ledger_of_rows(tmp_path, report(as_of="2020-09-10", completed_on=completed, proof="x")),
        date(2021, 10, 1),
    )
    assert (row["contradicts"], row["closed_by"], row["status"]) == (contradicts, "", "open")
    assert ("数据为2020年9月1日的，早于完成日期" in row["reason"]) is not contradicts


@pytest.mark.parametrize(("as_of", "status"), [("2021-07-01", "late"), ("2021-06-30", "not_assessable")])
def test_unfinished_after_its_deadline_is_late_and_on_its_day_is_not(
    tmp_path: Path, as_of: str, status: str
) -> None:
    plan = plan_of(tmp_path, commitment(**UNSEEN))
    ledger = ledger_of_rows(tmp_path, report(status="进行中", as_of=as_of))
    assert measured(plan, ledger, date(2021, 7, 1))["status"] == status
    said = found(plan, ledger, date(2021, 7, 1))
    assert ("late" in said) == (status == "late")
    if status == "late":
        assert tell(said["late"]) == "逾期未达到1项：承诺（2021年6月30日，填报进行中（截至2021年7月1日））。"


@pytest.mark.parametrize(("status", "expected"), [("进行中", "open"), ("", "to_verify")])
def test_a_task_with_met_items_that_is_under_way_is_not_up_for_verification(
    tmp_path: Path, status: str, expected: str
) -> None:
    plan = plan_of(tmp_path, task(items='["B18"]', deadline="2022-12-31"))
    ledger = ledger_of_rows(tmp_path, report("work", status=status))
    assert measured(plan, ledger, date(2021, 6, 1), kind="task")["status"] == expected


def test_a_stage_is_late_with_a_task_that_is_reported_unfinished(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, task(step='"first"', deadline="2021-03-31"))
    ledger = ledger_of_rows(tmp_path, report("work", status="未启动", as_of="2021-04-01"))
    assert measured(plan, ledger, date(2021, 6, 1), kind="step")["status"] == "late"


def test_the_ledger_outweighs_the_sheet_of_tasks(tmp_path: Path) -> None:
    of = county(tasks=[{"item": "B18", "present_state": "已完成"}])
    plan = plan_of(tmp_path, task(items='["B18"]', deadline="2022-12-31"))
    ledger = ledger_of_rows(tmp_path, report("work", status="进行中"))
    row = measured(plan, ledger, date(2021, 6, 1), of, kind="task")
    assert (row["status"], row["reported"]) == ("open", "under_way")


def test_what_is_done_is_counted_with_what_rests_on_reports(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, commitment(), commitment(**{**UNSEEN, "id": '"recruits"'}))
    ledger = ledger_of_rows(tmp_path, report("recruits", **PROOF))
    told = tell(found(plan, ledger, date(2021, 7, 1))["done"])
    assert told == "共2项任务和承诺指标，有完成依据的2项（其中1项依据填报）。"


def test_the_table_has_a_column_for_reports_only_where_there_are_some(tmp_path: Path) -> None:
    plan, of = plan_of(tmp_path, commitment(**UNSEEN)), plain_county()
    for rows, shown in (((), False), ((report(**PROOF),), True)):
        frame = measure_progress(
            plan, of, of.items, on=date(2021, 7, 1), ledger=ledger_of_rows(tmp_path, *rows)
        )
        table = progress_table(frame, plan, on=date(2021, 7, 1))
        assert ("填报" in [column.label for column in table.columns]) is shown


def test_the_words_of_a_report_are_those_of_the_sheet() -> None:
    words = {value: word for word, value in ledger_layout()[0].choices["status"].items()}
    assert words == labels.REPORTED


# --- issues ------------------------------------------------------------------------------------------------------


def test_a_contradiction_is_among_the_countys_issues(tmp_path: Path) -> None:
    plan, of = plan_of(tmp_path, commitment(value='"75"')), plain_county()
    said = with_reports(of, plan, ledger_of_rows(tmp_path, report(**BEFORE_THE_DATA)))
    (issue,) = [one for one in said.issues if one.code == "ledger_contradicted"]
    assert issue.message == "承诺：填报已完成，数据显示 70.0% < 75%。不能销号。"
    assert (issue.severity, issue.place.sheet == "") == (Severity.SOFT, True)
    assert with_reports(of, plan, no_ledger()) is of


def test_a_ledger_of_others_is_noted_and_not_taken(tmp_path: Path) -> None:
    ledger_of_rows(tmp_path, {**report(**PROOF), "division_code": "370322"})
    ledger = county_ledger(CODE, [tmp_path / "进展.csv"])
    assert [issue.code for issue in ledger.issues if issue.code != "absent_column"] == ["ledger_of_others"]
    assert ledger.rows.empty


def test_a_ledger_without_a_plan_is_wrong_use(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="须与实施方案同用"):
        ledger_of(plain_county(), None, [], [tmp_path / "进展.csv"])
    with pytest.raises(ParameterError, match="找不到文件"):
        ledger_of(plain_county(), plan_of(tmp_path), [], [tmp_path / "进展.csv"])


# --- roadmap, breakdown, forms ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rows", "reported", "closed"),
    [
        ((), "", False),
        ((report("a", **PROOF),), "", False),
        ((report("a", **PROOF), report("b", status="进行中")), "under_way", False),
        ((report("a", **PROOF), report("b", **PROOF)), "completed", True),
    ],
)
def test_an_items_tasks_are_as_far_as_the_least_of_them(
    tmp_path: Path, rows: tuple[dict[str, Any], ...], reported: str, closed: bool
) -> None:
    plan = plan_of(tmp_path, task(id='"a"', items='["B18"]'), task(id='"b"', items='["B18"]'))
    case = Case(plain_county(), plan=plan, ledger=ledger_of_rows(tmp_path, *rows))
    row = row_of(case.tasks, item="B18")
    assert (row["reported"], row["closed"], row["contradicts"]) == (reported, closed, False)


@pytest.mark.parametrize(
    ("item", "status", "word", "closed"),
    [
        ("B18", "进行中", "进行中", ""),
        ("B18", "未启动", "未启动", ""),
        ("B18", "已完成", "待核对", ""),
        ("B16", "已完成", "已完成", "是"),
        ("B16", "进行中", "进行中", ""),
    ],
)
def test_the_issue_list_says_how_far_an_item_is(
    tmp_path: Path, item: str, status: str, word: str, closed: str
) -> None:
    """19 of 200 eligible teachers are below 10 %: B18 fails, so completion is to be checked; of B16 no data are filed."""
    of = county(rotated_teachers=19.0)
    plan = plan_of(tmp_path, task(items=f'["{item}"]'))
    case = Case(
        of, plan=plan, ledger=ledger_of_rows(tmp_path, report("work", status=status, **BEFORE_THE_DATA))
    )
    book = openpyxl.load_workbook(io.BytesIO(issue_list(case)))
    for name in ("县级问题", "整改任务") if item == "B18" else ("整改任务",):
        rows = list(book[name].values)
        progress, closing = rows[2].index("整改进展"), rows[2].index("销号")
        line = next(row for row in rows if any(f"（{item}）" in str(cell) for cell in row))
        assert (line[progress], line[closing]) == (word, closed), name
        assert any("取自进展填报" in str(row[0]) for row in rows), name


def test_the_roadmap_marks_what_is_reported_against_the_data(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, commitment(value='"75"', due="2021-12-31"))
    for rows, number in (((), 0), ((report(**PROOF),), 0), ((report(**BEFORE_THE_DATA),), 1)):
        roadmap = Case(plain_county(), plan=plan, ledger=ledger_of_rows(tmp_path, *rows)).roadmap
        assert roadmap is not None
        assert row_of(roadmap, kind="commitment")["contradicted"] == number


# --- reports -------------------------------------------------------------------------------------------------------


def huantai_ledger(path: Path, status: str) -> Path:
    row = {
        "division_code": "370321",
        "id": "recruits",
        "kind": "commitment",
        "status": status,
        "as_of": date(2018, 8, 1),
    }
    headers = {field.name: None for field in ledger_layout()[1].fields}
    return write_ledger(path, [{**headers, **row}], place="桓台县")


def test_a_task_carries_the_reports_and_a_changed_ledger_is_another_report(tmp_path: Path) -> None:
    files, given = [SAMPLE / "桓台县.xlsx"], tmp_path / "六月.xlsx"
    tables, keys = read_workbooks(files), []
    for status in ("进行中", "已完成"):
        huantai_ledger(given, status)
        (request,), _ = plan_requests(
            tables, files, regime="quality_balance_2017", plan="huantai_2017", ledger=[given]
        )
        made = Tasks(tables).of(request)
        assert made.ledger is not None
        assert list(made.ledger.rows["id"]) == ["recruits"]
        keys.append(task_key(made))
    assert keys[0] != keys[1]


def test_the_key_of_a_notebook_changes_with_the_content_of_its_ledger(tmp_path: Path) -> None:
    given = {
        "files": [str(SAMPLE / "桓台县.xlsx")],
        "plan": "huantai_2017",
        "ledger": [str(tmp_path / "a.xlsx")],
    }
    keys = []
    for status in ("进行中", "已完成"):
        huantai_ledger(tmp_path / "a.xlsx", status)
        keys.append(parameters_key(given))
    assert keys[0] != keys[1]
    assert parameters_key({**given, "ledger": []}) == parameters_key({**given, "ledger": ""})


def test_the_command_refuses_a_ledger_without_a_plan(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ledger = huantai_ledger(tmp_path / "a.xlsx", "进行中")
    told = ["report", str(SAMPLE / "桓台县.xlsx"), "--regime", "quality_balance_2017", "-o", str(tmp_path)]
    assert main([*told, "--ledger", str(ledger)]) == 2
    assert "须与实施方案同用" in capsys.readouterr().err
