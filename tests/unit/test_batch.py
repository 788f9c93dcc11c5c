"""One county's failure stays its own: nothing half-written, every failure a line, also those nobody foresaw."""

from __future__ import annotations

import csv
import os
import pickle
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import nbformat
import pytest

from balance_analysis.door import open_assessment
from balance_analysis.errors import ReportError
from balance_analysis.findings import Case
from balance_analysis.reporting import deliver, run
from balance_analysis.reporting.batch import CountyTask, Made, plan_requests
from balance_analysis.reporting.results import ReportRequest, ReportResult
from balance_analysis.reporting.run import RunOptions, run_batch
from balance_analysis.views.county import page
from balance_analysis.workbook.reader import read_workbooks
from tests.county_tables import CODE, COUNTY, YEAR, juniors, school, write_county
from tests.reports_here import InThisProcess, produce_report

QUIET = RunOptions(progress=False)
TWO = RunOptions(jobs=2, progress=False)
RUN_FILES = ["index.html", "journal.jsonl", "manifest.json", "summary.csv"]
STEM = f"{CODE}_{YEAR}_quality_balance_2017"


@pytest.fixture
def workbook(tmp_path: Path) -> Path:
    return write_county(tmp_path / "模拟县.xlsx", school("1"), school("2"), *juniors())


@pytest.fixture
def request_(workbook: Path) -> ReportRequest:
    return ReportRequest(files=(str(workbook),), division_code=CODE, regime="quality_balance_2017")


@pytest.fixture
def no_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    """A notebook run without a kernel: the elements of title, verdict and schools, as a cell would show them."""

    def run(source: Path, parameters: dict[str, Any]) -> Any:
        county = open_assessment(
            parameters["files"],
            division_code=parameters["division_code"],
            regime=parameters["regime"],
            overlays=parameters["overlays"],
            on=date.fromisoformat(parameters["on"]),
        )
        case = Case(county)
        elements = [page.cover(case), page.verdict(case), *page.annexes(case), *page.provenance(case)]
        outputs = [
            nbformat.v4.new_output("display_data", data=element._repr_mimebundle_()) for element in elements
        ]
        cells = [
            nbformat.v4.new_markdown_cell("## 结果"),
            nbformat.v4.new_code_cell("show()", outputs=outputs),
        ]
        return nbformat.v4.new_notebook(cells=cells)

    monkeypatch.setattr(deliver, "run_notebook", run)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def fail(error: BaseException) -> Any:
    def raise_it(*arguments: object, **options: object) -> None:
        raise error

    return raise_it


@pytest.mark.usefixtures("no_kernel")
def test_a_report_appears_with_its_notebook_and_nothing_else(request_: ReportRequest, tmp_path: Path) -> None:
    result = produce_report(request_, str(tmp_path / "out"))
    assert (result.status, result.outcome, result.message) == ("done", "met", "")
    assert result.overall_outcome == "not_assessable"  # the items of the whole regime are not filed here
    assert names(tmp_path / "out") == [STEM, "journal.jsonl"]
    assert names(tmp_path / "out" / STEM) == [f"{STEM}.ipynb", f"{STEM}.pdf", "data", "report.json"]
    assert "coefficients.csv" in names(tmp_path / "out" / STEM / "data")
    assert (result.pdf, result.notebook) == (f"{STEM}/{STEM}.pdf", f"{STEM}/{STEM}.ipynb")


@pytest.mark.usefixtures("no_kernel")
def test_a_county_that_now_fails_loses_the_report_of_an_earlier_run(
    request_: ReportRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    produce_report(request_, str(tmp_path / "out"))
    monkeypatch.setattr(deliver, "verify_pdf", fail(ReportError("缺字：龘")))
    assert produce_report(request_, str(tmp_path / "out")).status == "failed"
    assert names(tmp_path / "out") == ["journal.jsonl"]


@pytest.mark.usefixtures("no_kernel")
@pytest.mark.parametrize(
    "step",
    [
        "notebook_to_pdf",
        *(
            pytest.param(one, marks=pytest.mark.nightly)
            for one in ("verify_pdf", "compare_stamp", "read_stamp")
        ),
    ],
)
def test_a_step_that_fails_leaves_nothing_behind(
    step: str, request_: ReportRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliver, step, fail(ReportError("缺字：龘")))
    result = produce_report(request_, str(tmp_path / "out"))
    assert (result.status, result.message, result.pdf) == ("failed", "缺字：龘", "")
    assert (result.county, result.year) == (COUNTY, YEAR)
    assert names(tmp_path / "out") == ["journal.jsonl"]


@pytest.mark.usefixtures("no_kernel")
def test_a_pdf_broken_off_in_the_middle_of_writing_is_not_seen(
    request_: ReportRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def half(node: object, path: Path, **options: object) -> None:
        path.write_bytes(b"%PDF-1.7 half")
        raise KeyboardInterrupt

    monkeypatch.setattr(deliver, "notebook_to_pdf", half)
    with pytest.raises(KeyboardInterrupt):
        produce_report(request_, str(tmp_path / "out"))
    assert names(tmp_path / "out") == []


@pytest.mark.usefixtures("no_kernel")
def test_a_pdf_that_lacks_a_school_is_not_delivered(
    request_: ReportRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page, "annexes", lambda case: iter([]))
    result = produce_report(request_, str(tmp_path / "out"))
    assert result.status == "failed"
    assert "缺少“模拟学校1”" in result.message
    assert "缺少“模拟学校2”" in result.message
    assert names(tmp_path / "out") == ["journal.jsonl"]


@pytest.mark.usefixtures("no_kernel")
def test_an_error_nobody_foresaw_is_a_line_of_the_summary_and_not_the_end(
    request_: ReportRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliver, "notebook_to_pdf", fail(ZeroDivisionError("division by zero")))
    done = run_batch([request_, request_], tmp_path / "out", options=QUIET, executor=InThisProcess())
    assert [result.status for result in done.results] == ["failed", "failed"]
    assert "程序内部错误" in done.results[0].message
    assert "ZeroDivisionError：division by zero" in done.results[0].message
    assert names(tmp_path / "out") == RUN_FILES
    assert "ZeroDivisionError" in (tmp_path / "out" / "summary.csv").read_text(encoding="utf-8")


def die(task: CountyTask, work: str) -> Made:
    if task.request.on == "2021-01-01":
        os._exit(9)
    request = task.request
    return Made(
        ReportResult(request, request.division_code, "done", outcome="met", overall_outcome="not_met")
    )


@pytest.mark.slow
def test_a_process_that_dies_twice_is_a_failure_of_its_county_and_of_no_other(
    request_: ReportRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "make_report", die)
    doomed = replace(request_, on="2021-01-01")
    done = run_batch([request_, doomed, *[request_] * 4], tmp_path / "out", options=TWO)
    assert [result.status for result in done.results] == ["done", "failed", *["done"] * 4]
    assert "两次意外终止" in done.results[1].message
    assert names(tmp_path / "out") == RUN_FILES


def test_a_county_with_hard_issues_fails_with_them_and_is_never_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = write_county(tmp_path / "错误.xlsx", school("1", primary_enrolment=-5), school("2"))
    monkeypatch.setattr(deliver, "run_notebook", fail(AssertionError("must not run")))
    result = produce_report(
        ReportRequest(files=(str(bad),), division_code=CODE, regime="quality_balance_2017"),
        str(tmp_path / "out"),
    )
    assert result.status == "failed"
    assert result.message == f"有{len(result.issues)}处错误必须先改正"
    assert {issue.code for issue in result.issues} >= {"negative_value"}
    assert len(result.inputs[0][1]) == 64


def test_a_request_is_plain_data_that_can_travel(request_: ReportRequest) -> None:
    assert pickle.loads(pickle.dumps(request_)) == request_
    assert all(
        isinstance(value, str | int | tuple | None)
        for value in (getattr(request_, name) for name in request_.__dataclass_fields__)
    )


def test_requests_name_only_the_files_of_their_county(tmp_path: Path) -> None:
    first = write_county(tmp_path / "a.xlsx", school("1"), school("2"))
    second = write_county(
        tmp_path / "b.xlsx", *(school(code, division_code="040506", county="乙县") for code in "12")
    )
    broken = tmp_path / "c.xlsx"
    broken.write_bytes(b"nothing")
    files = [second, first, broken]
    requests, failures = plan_requests(
        read_workbooks(files), files, regime="quality_balance_2017", on=date(2021, 1, 1), target_year=2030
    )
    assert [(request.division_code, request.files) for request in requests] == [
        (CODE, (str(first),)),
        ("040506", (str(second),)),
    ]
    assert {(request.on, request.target_year) for request in requests} == {("2021-01-01", 2030)}
    assert [(failure.county, failure.status) for failure in failures] == [("c.xlsx", "failed")]
    assert failures[0].message


def test_date_and_office_of_the_cover_reach_the_notebook_only_where_they_are_given(
    tmp_path: Path, workbook: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A notebook without these parameters runs as before; one that is asked for them must have them."""
    seen: list[dict[str, Any]] = []

    def run(source: Path, parameters: dict[str, Any]) -> None:
        seen.append(parameters)
        raise ReportError("enough")

    monkeypatch.setattr("balance_analysis.reporting.deliver.run_notebook", run)
    options: list[dict[str, Any]] = [
        {}, {"issued_on": date(2021, 9, 1), "issuing_office": "某某区教育局"},
    ]  # fmt: skip
    for given in options:
        requests, _ = plan_requests(
            read_workbooks([workbook]), [workbook], regime="quality_balance_2017", **given
        )
        assert produce_report(requests[0], str(tmp_path / "out")).message == "enough"
    assert not {"issued_on", "issuing_office"} & set(seen[0])
    assert (seen[1]["issued_on"], seen[1]["issuing_office"]) == ("2021-09-01", "某某区教育局")


def test_files_of_one_name_in_two_folders_are_not_mixed_up(tmp_path: Path) -> None:
    (tmp_path / "甲").mkdir()
    (tmp_path / "乙").mkdir()
    first = write_county(tmp_path / "甲" / "学校.xlsx", school("1"), school("2"))
    second = write_county(
        tmp_path / "乙" / "学校.xlsx", *(school(code, division_code="040506", county="乙县") for code in "12")
    )
    files = [first, second]
    requests, failures = plan_requests(read_workbooks(files), files, regime="quality_balance_2017")
    assert [request.files for request in requests] == [(str(first),), (str(second),)]
    assert failures == []


def test_a_file_given_twice_is_read_once_and_is_no_failure(tmp_path: Path) -> None:
    first = write_county(tmp_path / "a.xlsx", school("1"), school("2"))
    copy = tmp_path / "b.xlsx"
    copy.write_bytes(first.read_bytes())
    files = [first, copy]
    requests, failures = plan_requests(read_workbooks(files), files, regime="quality_balance_2017")
    assert [request.files for request in requests] == [(str(first),)]
    assert failures == []


def test_results_keep_the_order_of_the_requests_with_known_failures_first(
    tmp_path: Path, request_: ReportRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "make_report", die)
    codes = ["040503", "040501", "040502"]
    rows = [school(n, division_code=code, county=f"县{code}") for code in sorted(codes) for n in ("1", "2")]
    files = (str(write_county(tmp_path / "三县.xlsx", *rows)),)
    others = [ReportRequest(files=files, division_code=code, regime=request_.regime) for code in codes]
    known = ReportResult(request=None, division_code="", status="failed", county="c.xlsx")
    done = run_batch(others, tmp_path / "out", failures=[known], options=QUIET, executor=InThisProcess())
    assert [result.division_code for result in done.results] == ["", *codes]
    assert done.failed == (known,)


def test_a_county_that_the_files_do_not_have_is_a_failure_in_its_place_and_is_never_run(
    tmp_path: Path, request_: ReportRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "make_report", die)
    absent = replace(request_, division_code="3")
    done = run_batch([absent, request_], tmp_path / "out", options=QUIET, executor=InThisProcess())
    assert [(one.division_code, one.status) for one in done.results] == [("3", "failed"), (CODE, "done")]
    assert done.failed[0].message == f"数据中没有行政区划代码 3；可选：{CODE}"


def test_the_summary_gives_the_overall_outcome_beside_that_on_resources(
    tmp_path: Path, request_: ReportRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "make_report", die)
    failed = ReportResult(request=None, division_code="", status="failed", county="c.xlsx")
    run_batch([request_], tmp_path / "out", failures=[failed], options=QUIET, executor=InThisProcess())
    with (tmp_path / "out" / "summary.csv").open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    names_ = ("outcome", "outcome_label", "overall_outcome", "overall_label")
    assert [tuple(line[name] for name in names_) for line in lines] == [
        ("", "", "", ""),
        ("met", "达标", "not_met", "未达标"),
    ]
