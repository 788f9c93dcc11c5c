"""Kills at random moments: whatever is killed, nothing stays behind that is half, nothing goes on, and the next run ends where one run would have."""

from __future__ import annotations

import csv
import hashlib
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from tests.county_tables import juniors, school, write_county

pytestmark = [
    pytest.mark.nightly,
    pytest.mark.skipif(sys.platform != "linux", reason="parent-death signals are Linux's"),
    pytest.mark.skipif(
        "BALANCE_ANALYSIS_KILLS" not in os.environ,
        reason="BALANCE_ANALYSIS_KILLS says how often to kill (nightly: 50); not set",
    ),
]
KILLS = int(os.environ.get("BALANCE_ANALYSIS_KILLS", "0"))
COUNTIES = 6
RUN_FILES = {"index.html", "journal.jsonl", "manifest.json", "summary.csv"}


def begin(data: Path, out: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "balance_analysis.cli", "report", str(data)]
    options = ["--regime", "quality_balance_2017", "-o", str(out), "--run", "r", "--jobs", "2"]
    quiet = subprocess.DEVNULL
    return subprocess.Popen([*command, *options], stdout=quiet, stderr=quiet, start_new_session=True)


def session(pid: int) -> list[psutil.Process]:
    """All living processes of a run, whatever has become of their parents."""
    found = []
    for process in psutil.process_iter():
        try:
            if os.getsid(process.pid) == pid and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except (psutil.Error, ProcessLookupError):
            pass
    return found


def content(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.parent != folder
    }


def complete(folder: Path, whole: dict[str, str]) -> None:
    """Every county's folder that lies there is as the uninterrupted run has made it."""
    stems = {name.partition("/")[0] for name in whole}
    for place in folder.iterdir() if folder.is_dir() else ():
        if place.is_dir() and place.name != ".work":
            assert place.name in stems, place.name
            here = {f"{place.name}/{name}": sha256 for name, sha256 in content_of(place).items()}
            assert here == {
                name: sha256 for name, sha256 in whole.items() if name.startswith(f"{place.name}/")
            }


def content_of(place: Path) -> dict[str, str]:
    return {
        path.relative_to(place).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in place.rglob("*")
        if path.is_file()
    }


def test_a_run_that_is_killed_again_and_again_ends_as_one_that_was_not(tmp_path: Path) -> None:
    rows = [
        row
        for number in range(COUNTIES)
        for row in (
            *(school(n, division_code=f"0102{number:02d}", county=f"县{number}") for n in "12"),
            *juniors(division_code=f"0102{number:02d}", county=f"县{number}"),
        )
    ]
    data = write_county(tmp_path / "六县.xlsx", *rows)
    assert begin(data, tmp_path / "whole").wait() == 0
    whole = content(tmp_path / "whole" / "r")
    draw = random.Random(2_017)
    folder = tmp_path / "out" / "r"
    done = 0
    while done < KILLS:
        run = begin(data, tmp_path / "out")
        time.sleep(draw.uniform(3, 25))
        there = session(run.pid)
        if not there:  # it was ready before: take away what gives the next one something to do
            shutil.rmtree(draw.choice(sorted(path for path in folder.iterdir() if path.is_dir())))
            continue
        victim = draw.choice([run.pid, draw.choice(there).pid])
        try:
            os.kill(victim, signal.SIGKILL)
        except ProcessLookupError:
            continue
        done += 1
        if victim == run.pid:
            run.wait()
            until = time.monotonic() + 15
            while session(run.pid) and time.monotonic() < until:
                time.sleep(0.1)
            assert session(run.pid) == []
        else:
            assert run.wait(300) in (0, 1)
        complete(folder, whole)
    assert begin(data, tmp_path / "out").wait() == 0
    assert content(folder) == whole
    places = {path.name for path in folder.iterdir()}
    assert places == RUN_FILES | {name.partition("/")[0] for name in whole}
    with (folder / "summary.csv").open(encoding="utf-8", newline="") as file:
        assert [row["status"] for row in csv.DictReader(file)] == ["done"] * COUNTIES
