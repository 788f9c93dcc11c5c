"""A run into a folder: nothing twice, nothing half, one holder at a time; what hangs, swells or dies is named and harms no other."""

from __future__ import annotations

import csv
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest

from balance_analysis.cli import main
from balance_analysis.errors import ReportError
from balance_analysis.reporting import run as reporting_run
from balance_analysis.reporting.batch import CountyTask, Made, plan_requests
from balance_analysis.reporting.journal import DATA, ReportNames, record
from balance_analysis.reporting.processes import OneProcessEach, ProcessLostError
from balance_analysis.reporting.results import BatchResult, ReportRequest, ReportResult
from balance_analysis.reporting.run import Elsewhere, RunOptions, collect_run, run_batch
from balance_analysis.reporting.run_folder import RunFolder
from balance_analysis.workbook.reader import read_workbooks
from balance_analysis.workbook.tables import SchoolTables
from tests.county_tables import YEAR, school, write_county
from tests.reports_here import InThisProcess

CODES = ("010203", "010204", "010205")
REGIME = "quality_balance_2017"
HANGS, SWELLS, DIES, FAILS = (f"某市{what}局" for what in ("甲", "乙", "丙", "丁"))
"""Offices on the cover: what the stand-in for a report does then."""


def quick(task: CountyTask, work: str | None = None) -> Made:
    """A report of three small files without a kernel, or what its office stands for."""
    request, office = task.request, task.request.issuing_office
    if office == HANGS:
        time.sleep(60)
    if office == SWELLS:
        swollen = bytearray(300 << 20)
        time.sleep(60)
        del swollen
    if office == DIES:
        os.kill(os.getpid(), signal.SIGKILL)
    known = ReportResult(request, request.division_code, "failed", county="县", year=YEAR)
    if office == FAILS or work is None:
        return Made(known.failed_with("缺字：龘"))
    names = ReportNames(request.division_code, YEAR, request.regime)
    folder = Path(work) / names.stem
    (folder / DATA).mkdir(parents=True)
    (folder / DATA / "schools.csv").write_text(f"{task.hashes}", encoding="utf-8")
    (folder / f"{names.stem}.pdf").write_text(
        request.issuing_office + request.division_code, encoding="utf-8"
    )
    record(names, folder)
    done: dict[str, Any] = {
        "outcome": "met",
        "overall_outcome": "met",
        "pdf": names.pdf,
        "notebook": names.notebook,
    }
    return Made(replace(known, status="done", **done), str(folder))


@pytest.fixture(autouse=True)
def stand_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reporting_run, "make_report", quick)


def province(folder: Path, *, more: str = "") -> tuple[list[ReportRequest], SchoolTables]:
    """Three counties, each in a file of its own; ``more`` changes the second."""
    files = []
    for code in CODES:
        rows = [school(n, division_code=code, county=f"县{code}") for n in "12"]
        if more and code == CODES[1]:
            rows[0]["school_name"] = more
        files.append(write_county(folder / f"{code}.xlsx", *rows))
    tables = read_workbooks(files)
    return plan_requests(tables, files, regime=REGIME)[0], tables


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[ReportRequest], SchoolTables]:
    return province(tmp_path_factory.mktemp("province"))


def run(
    planned: tuple[list[ReportRequest], SchoolTables],
    out: Path,
    told: list[str] | None = None,
    *,
    apart: bool = False,
    **options: object,
) -> BatchResult:
    requests, tables = planned
    how = RunOptions(progress=False, **options)  # type: ignore[arg-type]
    executor = None if apart else InThisProcess()
    return run_batch(
        requests,
        out,
        tables=tables,
        options=how,
        executor=executor,
        tell=(told if told is not None else []).append,
    )


def with_office(
    planned: tuple[list[ReportRequest], SchoolTables], office: str
) -> tuple[list[ReportRequest], SchoolTables]:
    """The same with the office on the second county's cover."""
    requests, tables = planned
    return [requests[0], replace(requests[1], issuing_office=office), requests[2]], tables


def stem(code: str) -> str:
    return f"{code}_{YEAR}_{REGIME}"


def summary(out: Path) -> dict[str, str]:
    with (out / "summary.csv").open(encoding="utf-8", newline="") as file:
        return {row["division_code"]: row["status"] for row in csv.DictReader(file)}


def written(out: Path) -> dict[str, float]:
    return {path.parent.name: path.stat().st_mtime_ns for path in out.glob("*/*.pdf")}


RUN_FILES = ["index.html", "journal.jsonl", "manifest.json", "summary.csv"]


# --- again ------------------------------------------------------------------------------------------------


def test_the_same_run_again_makes_nothing_and_says_so(
    planned: tuple[list[ReportRequest], SchoolTables], tmp_path: Path
) -> None:
    told: list[str] = []
    run(planned, tmp_path, told)
    before = written(tmp_path)
    again = run(planned, tmp_path, told)
    assert told == ["3个已完成且未变化，重做0个"]
    assert (written(tmp_path), again.unchanged, len(again.failed)) == (before, 3, 0)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([*map(stem, CODES), *RUN_FILES])


def test_force_makes_everything_anew(
    planned: tuple[list[ReportRequest], SchoolTables], tmp_path: Path
) -> None:
    run(planned, tmp_path)
    before = written(tmp_path)
    run(planned, tmp_path, force=True)
    assert not set(before.values()) & set(written(tmp_path).values())


def test_only_the_county_whose_file_changed_is_made_again(tmp_path: Path) -> None:
    told: list[str] = []
    run(province(tmp_path), tmp_path / "out")
    before = written(tmp_path / "out")
    run(province(tmp_path, more="新名小学"), tmp_path / "out", told)
    changed = {name for name, at in written(tmp_path / "out").items() if before[name] != at}
    assert (told, changed) == (["2个已完成且未变化，重做1个"], {stem(CODES[1])})


@pytest.mark.parametrize("harm", ["changed", "deleted", "data deleted"])
def test_a_report_that_is_no_longer_as_it_was_made_is_made_again(
    harm: str, planned: tuple[list[ReportRequest], SchoolTables], tmp_path: Path
) -> None:
    told: list[str] = []
    run(planned, tmp_path)
    place = tmp_path / stem(CODES[0])
    if harm == "changed":
        (place / f"{stem(CODES[0])}.pdf").write_text("half", encoding="utf-8")
    elif harm == "deleted":
        shutil.rmtree(place)
    else:
        (place / DATA / "schools.csv").unlink()
    run(planned, tmp_path, told)
    assert told == ["2个已完成且未变化，重做1个"]
    assert (place / f"{stem(CODES[0])}.pdf").read_text(encoding="utf-8") == CODES[0]


@pytest.mark.parametrize("part", ["package_sha256"])
def test_another_version_of_the_package_makes_everything_again(
    part: str,
    planned: tuple[list[ReportRequest], SchoolTables],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told: list[str] = []
    run(planned, tmp_path)
    monkeypatch.setattr(reporting_run, part, lambda: "other")
    assert run(planned, tmp_path, told).unchanged == 0
    assert told == []


def test_a_torn_line_of_the_journal_costs_its_county_and_no_other(
    planned: tuple[list[ReportRequest], SchoolTables], tmp_path: Path
) -> None:
    run(planned, tmp_path)
    journal = tmp_path / "journal.jsonl"
    journal.write_bytes(journal.read_bytes()[:-40])  # the last line is cut
    told: list[str] = []
    run(planned, tmp_path, told)
    run(planned, tmp_path, told)
    assert told == ["2个已完成且未变化，重做1个", "3个已完成且未变化，重做0个"]


def test_a_run_of_some_counties_lists_the_others_that_lie_there(
    planned: tuple[list[ReportRequest], SchoolTables], tmp_path: Path
) -> None:
    run(planned, tmp_path)
    run((planned[0][:1], planned[1]), tmp_path)
    assert summary(tmp_path) == dict.fromkeys(CODES, "done")
    shutil.rmtree(tmp_path / stem(CODES[2]))
    run((planned[0][:1], planned[1]), tmp_path)
    assert summary(tmp_path) == dict.fromkeys(CODES[:2], "done")


def test_what_somebody_else_put_beside_a_report_stays_when_it_is_replaced(
    planned: tuple[list[ReportRequest], SchoolTables], tmp_path: Path
) -> None:
    run(planned, tmp_path)
    note = tmp_path / stem(CODES[0]) / "批注.txt"
    note.write_text("用户自己的文件", encoding="utf-8")
    run(planned, tmp_path, force=True)
    assert note.read_text(encoding="utf-8") == "用户自己的文件"


# --- faults -----------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize(
    "office, said, options",
    [
        (HANGS, "超过每县时限2秒", {"county_seconds": 2.0}),
        (SWELLS, "占用内存超过200兆字节", {"county_megabytes": 200.0}),
        (DIES, f"生成{CODES[1]}的报告时进程两次意外终止", {}),
    ],
)
def test_a_county_that_hangs_swells_or_dies_is_named_and_the_others_are_made(
    office: str,
    said: str,
    options: dict[str, Any],
    planned: tuple[list[ReportRequest], SchoolTables],
    tmp_path: Path,
) -> None:
    begun = time.monotonic()
    done = run(with_office(planned, office), tmp_path, apart=True, jobs=2, **options)
    assert [result.status for result in done.results] == ["done", "failed", "done"]
    assert said in done.results[1].message
    assert time.monotonic() - begun < 50
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        [stem(CODES[0]), stem(CODES[2]), *RUN_FILES]
    )


def test_a_process_that_is_lost_once_costs_one_retry(
    planned: tuple[list[ReportRequest], SchoolTables], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lost: list[str] = []

    def once(task: CountyTask, work: str) -> Made:
        if not lost:
            lost.append(task.request.division_code)
            raise ProcessLostError
        return quick(task, work)

    monkeypatch.setattr(reporting_run, "make_report", once)
    done = run(planned, tmp_path)
    assert (lost, [result.status for result in done.results]) == ([CODES[0]], ["done"] * 3)


def test_a_county_that_now_fails_loses_its_earlier_report_and_the_summary_knows(
    planned: tuple[list[ReportRequest], SchoolTables], tmp_path: Path
) -> None:
    run(planned, tmp_path)
    run(with_office(planned, FAILS), tmp_path)
    assert summary(tmp_path) == dict(zip(CODES, ("done", "failed", "done"), strict=True))
    assert sorted(written(tmp_path)) == [stem(CODES[0]), stem(CODES[2])]


def test_an_interrupted_run_keeps_what_is_finished_and_says_what_is_not(
    planned: tuple[list[ReportRequest], SchoolTables], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def second_interrupts(task: CountyTask, work: str) -> Made:
        if task.request.division_code == CODES[1]:
            raise KeyboardInterrupt
        return quick(task, work)

    monkeypatch.setattr(reporting_run, "make_report", second_interrupts)
    with pytest.raises(KeyboardInterrupt):
        run(planned, tmp_path)
    assert summary(tmp_path) == dict(zip(CODES, ("done", "pending", "pending"), strict=True))
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([stem(CODES[0]), *RUN_FILES])
    monkeypatch.setattr(reporting_run, "make_report", quick)
    told: list[str] = []
    run(planned, tmp_path, told)
    assert told == ["1个已完成且未变化，重做2个"]


def test_two_runs_into_one_folder_do_not_touch_each_other(
    planned: tuple[list[ReportRequest], SchoolTables], tmp_path: Path
) -> None:
    run(planned, tmp_path)
    before = written(tmp_path)
    with RunFolder(tmp_path), pytest.raises(ReportError, match="另一次运行正在写入"):
        run(with_office(planned, FAILS), tmp_path)
    assert (written(tmp_path), summary(tmp_path)) == (before, dict.fromkeys(CODES, "done"))
    assert run(planned, tmp_path).unchanged == 3


def test_a_run_clears_away_what_a_killed_one_left(
    planned: tuple[list[ReportRequest], SchoolTables], tmp_path: Path
) -> None:
    (tmp_path / ".work" / "0-1" / stem(CODES[0])).mkdir(parents=True)
    (tmp_path / ".lock").touch()
    run(planned, tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([*map(stem, CODES), *RUN_FILES])


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="parent-death signals are Linux's")
def test_no_process_outlives_a_killed_parent(tmp_path: Path) -> None:
    program = (
        "import sys, time; from balance_analysis.reporting.processes import call_apart;"
        "from tests.unit.test_run import say_and_sleep;"
        "call_apart(say_and_sleep, (sys.argv[1],))"
    )
    pid_file = tmp_path / "pid"
    parent = subprocess.Popen([sys.executable, "-c", program, str(pid_file)])
    for _ in range(600):
        if pid_file.exists() and pid_file.read_text():
            break
        time.sleep(0.1)
    parent.kill()
    parent.wait()
    child = int(pid_file.read_text())
    for _ in range(100):
        if not runs(child):
            break
        time.sleep(0.1)
    assert not runs(child)


def runs(pid: int) -> bool:
    return bool(psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)


def say_and_sleep(path: str) -> None:
    Path(path).write_text(str(os.getpid()), encoding="utf-8")
    time.sleep(60)


@pytest.mark.slow
def test_a_call_s_error_comes_back_and_the_pool_goes_on() -> None:
    pool = OneProcessEach(2)
    try:
        wrong, right = pool.submit(int, "x"), pool.submit(int, "7")
        assert isinstance(wrong.exception(), ValueError)
        assert right.result() == 7
    finally:
        pool.stop()


# --- parts ------------------------------------------------------------------------------------------------


def test_parts_share_the_counties_and_a_last_call_collects_them(
    planned: tuple[list[ReportRequest], SchoolTables], tmp_path: Path
) -> None:
    run(planned, tmp_path / "whole")
    first = run(planned, tmp_path / "parts", part=(1, 2))
    assert [result.division_code for result in first.results] == [CODES[0], CODES[2]]
    assert not (tmp_path / "parts" / "summary.csv").exists()  # it would not be true yet
    run(planned, tmp_path / "parts", part=(2, 2))
    collected = collect_run(tmp_path / "parts")
    assert [result.status for result in collected.results] == ["done"] * 3
    assert summary(tmp_path / "parts") == summary(tmp_path / "whole")
    for code in CODES:
        one, other = (
            (tmp_path / kind / stem(code) / f"{stem(code)}.pdf").read_bytes() for kind in ("whole", "parts")
        )
        assert one == other


def test_a_part_that_is_at_work_is_neither_begun_twice_nor_collected(
    planned: tuple[list[ReportRequest], SchoolTables], tmp_path: Path
) -> None:
    with RunFolder(tmp_path, (1, 2)):
        with pytest.raises(ReportError, match="另一次运行"):
            run(planned, tmp_path, part=(1, 2))
        run(planned, tmp_path, part=(2, 2))
        with pytest.raises(ReportError, match="另一次运行"):
            collect_run(tmp_path)


def test_a_folder_without_a_journal_is_not_collected(tmp_path: Path) -> None:
    with pytest.raises(ReportError, match="没有运行记录"):
        collect_run(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_workers_that_share_no_disk_are_given_no_folder(
    planned: tuple[list[ReportRequest], SchoolTables], tmp_path: Path
) -> None:
    """The stand-in fails where it is given none; the real one sends bytes (``test_cluster.py``)."""
    requests, tables = planned
    done = run_batch(
        requests,
        tmp_path,
        tables=tables,
        options=RunOptions(progress=False),
        executor=Elsewhere(InThisProcess()),
    )
    assert {result.message for result in done.results} == {"缺字：龘"}


# --- the command ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "options, said",
    [
        (["--only", "999999"], "数据中没有行政区划代码 999999"),
        (["--counties", "list.csv"], "list.csv 中没有行政区划代码"),
        (["--counties", "nowhere.csv"], "打不开 nowhere.csv"),
        (["--shard", "3/2"], "应写作 2/10 的形式，收到“3/2”"),
        (["--shard", "0/2"], "应写作 2/10 的形式"),
        (["--collect", "nowhere"], "找不到文件夹 nowhere"),
    ],
)
def test_wrong_use_is_one_sentence_and_nothing_is_written(
    options: list[str],
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "list.csv").write_text("县\n甲县\n", encoding="utf-8")
    data = write_county(tmp_path / "a.xlsx", school("1"), school("2"))
    command = ["report", str(data), "--regime", REGIME, "-o", "out", *options]
    try:
        code = main(command)
    except SystemExit as stopped:
        code = int(stopped.code or 0)
    assert code == 2
    assert said in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_list_of_counties_is_read_with_its_header_and_byte_order_mark(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reporting_run, "local_executor", lambda *given: InThisProcess())
    province(tmp_path)
    (tmp_path / "list.csv").write_text(f"区县,行政区划代码\n乙县,{CODES[1]}\n", encoding="utf-8-sig")
    files = [str(tmp_path / f"{code}.xlsx") for code in CODES]
    options = ["--regime", REGIME, "-o", str(tmp_path / "out"), "--run", "r"]
    assert main(["report", *files, *options, "--counties", str(tmp_path / "list.csv")]) == 0
    assert summary(tmp_path / "out" / "r") == {CODES[1]: "done"}
    assert "共1个，完成1个" in capsys.readouterr().out
