"""A cluster of processes with folders of their own: the same bytes as here, and a worker that is killed costs nothing but time."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from balance_analysis.errors import ReportError
from balance_analysis.reporting.batch import plan_requests
from balance_analysis.reporting.cluster import cluster
from balance_analysis.reporting.run import RunOptions, run_batch
from balance_analysis.workbook.reader import read_workbooks
from tests.county_tables import juniors, school, write_county
from tests.reports_here import InThisProcess

pytest.importorskip("distributed", reason="the extra dask is not installed: no cluster is tried")
pytestmark = pytest.mark.slow
CODES = ("010203", "010204", "010205", "010206")
QUIET = RunOptions(progress=False)


@pytest.fixture(scope="module")
def scheduler(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """A scheduler and two workers, each a process with a folder of its own, and the workers' processes."""
    folder = tmp_path_factory.mktemp("cluster")
    file = folder / "scheduler.json"
    server = _begin("scheduler", "--scheduler-file", str(file), "--port", "0", "--no-dashboard", cwd=folder)
    workers = []
    for name in "ab":
        own = folder / name
        own.mkdir()
        options = ("--nthreads", "1", "--no-nanny", "--no-dashboard", "--local-directory", str(own))
        workers.append(_begin("worker", "--scheduler-file", str(file), *options, cwd=own))
    try:
        from distributed import Client

        with Client(scheduler_file=str(file), timeout=60) as client:
            client.wait_for_workers(2, timeout=120)
            address = client.scheduler.address
        yield address, workers
    finally:
        for process in (*workers, server):
            process.kill()
            process.wait()


def _begin(what: str, *options: str, cwd: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", f"distributed.cli.dask_{what}", *options]
    quiet = subprocess.DEVNULL
    return subprocess.Popen(command, cwd=cwd, stdout=quiet, stderr=quiet)


def hashes(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.glob("*/**/*"))
        if path.is_file()
    }


@pytest.mark.nightly  # a minute for four processes and eight kernels on two cores
def test_a_cluster_makes_the_same_bytes_though_a_worker_is_killed(
    scheduler: tuple[str, list[subprocess.Popen[bytes]]], tmp_path: Path
) -> None:
    address, workers = scheduler
    rows = [
        row
        for code in CODES
        for row in (
            *(school(f"{n}", division_code=code, county=f"县{code}") for n in "12"),
            *juniors(division_code=code, county=f"县{code}"),
        )
    ]
    files = [write_county(tmp_path / "四县.xlsx", *rows)]
    tables = read_workbooks(files)
    requests, _ = plan_requests(tables, files, regime="quality_balance_2017")
    run_batch(requests, tmp_path / "here", tables=tables, options=QUIET, executor=InThisProcess())
    pid = os.fork()
    if pid == 0:  # in mid-run, when the first worker is at work
        child = psutil.Process(workers[0].pid)
        until = time.monotonic() + 120
        while time.monotonic() < until and len(child.children(recursive=True)) < 4:
            time.sleep(0.1)
        os.kill(workers[0].pid, signal.SIGKILL)
        os._exit(0)
    with cluster(address, QUIET) as executor:
        done = run_batch(requests, tmp_path / "there", tables=tables, options=QUIET, executor=executor)
    assert os.waitpid(pid, 0)[1] == 0
    assert [result.message for result in done.results if result.status != "done"] == []
    assert workers[0].wait(10) == -signal.SIGKILL
    there = hashes(tmp_path / "there")
    assert len([name for name in there if name.endswith(".pdf")]) == len(CODES)
    assert there == hashes(tmp_path / "here")


def test_a_scheduler_that_does_not_answer_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("balance_analysis.reporting.cluster.SECONDS_TO_CONNECT", 1)
    with (
        pytest.raises(ReportError, match="连接不上调度器 tcp"),
        cluster("tcp://127.0.0.1:9", QUIET),
    ):
        pass
