"""The door of the program: no traceback, whatever the streams, the signals, the memory and the folders are like."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from balance_analysis.errors import ReportError
from balance_analysis.guard import guarded
from balance_analysis.places import NOTEBOOKS
from balance_analysis.reporting.notebook import require_notebook
from tests.broken_workbooks import write_county
from tests.county_tables import ROOT

REGIME = ("--regime", "quality_balance_2017")


def shell(command: str, folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a shell line in which BALANCE stands for the program."""
    program = f"{shlex.quote(sys.executable)} -m balance_analysis.cli"
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **variables}
    done = subprocess.run(
        ["bash", "-c", command.replace("BALANCE", program)], cwd=folder, env=environment, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert "Traceback" not in done.stdout + done.stderr
    assert "Exception ignored" not in done.stderr
    return done


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("door")
    write_county(path / "县.xlsx")
    return path


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux has a device that is always full")
@pytest.mark.parametrize(
    ("command", "code", "told"),
    [
        ("BALANCE check 县.xlsx >/dev/full", 1, "磁盘已满"),
        ("BALANCE regimes >/dev/full", 1, "磁盘已满"),
        ("BALANCE check 没有.xlsx 2>/dev/full", 2, ""),
        ("BALANCE check 县.xlsx >&-", 0, ""),
        ("BALANCE check 县.xlsx >&- 2>&- <&-", 0, ""),
        ("BALANCE regimes | head -1; exit ${PIPESTATUS[0]}", 0, ""),
        ("BALANCE --help | head -1; exit ${PIPESTATUS[0]}", 0, ""),
        ("PYTHONIOENCODING=ascii BALANCE check 没有.xlsx", 2, "\\u627e\\u4e0d\\u5230"),
        (f"BALANCE assess 县.xlsx {' '.join(REGIME)} -o /proc/x", 1, "不能写入 /proc/x"),
        (f"BALANCE report 县.xlsx {' '.join(REGIME)} -o out --notebook 县.xlsx", 1, "不是 Jupyter 笔记本"),
        ("ulimit -v 400000; BALANCE check 县.xlsx", 0, ""),
        ("ulimit -f 0; BALANCE template -o 模板.xlsx", 1, ""),
    ],
)
def test_streams_and_folders_that_refuse_are_one_sentence(
    folder: Path, command: str, code: int, told: str
) -> None:
    done = shell(command, folder)
    assert done.returncode == code, done.stderr
    assert told in done.stderr
    assert len(done.stderr.splitlines()) <= 1


def test_nothing_large_is_loaded_before_the_guard_stands(folder: Path) -> None:
    """A Ctrl-C while NumPy or pandas load would be a traceback, and the guard sets NumPy up for little memory."""
    lines = "import sys, balance_analysis.cli; print({'numpy', 'pandas'} & set(sys.modules))"
    assert shell(f"{shlex.quote(sys.executable)} -c {shlex.quote(lines)}", folder).stdout.strip() == "set()"


@pytest.mark.parametrize("kibibytes", [100_000, 200_000])
def test_too_little_memory_is_one_sentence_and_no_waiting(folder: Path, kibibytes: int) -> None:
    command = f'ulimit -v {kibibytes}; exec "{sys.executable}" -m balance_analysis.cli assess 县.xlsx {" ".join(REGIME)} -o out'
    done = subprocess.run(
        ["/bin/sh", "-c", command], cwd=folder, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True,
        text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("内存不足")
    assert len(done.stderr.splitlines()) == 1


def interrupted(folder: Path) -> tuple[int, str]:
    """A plan begun and interrupted: its exit code and what it said."""
    process = subprocess.Popen(
        [sys.executable, "-m", "balance_analysis.cli", "plan", "县.xlsx", *REGIME, "-o", "out"], cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)}, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    for _ in range(400):  # until the command is at work: what is large is loaded behind the guard only
        maps = Path(f"/proc/{process.pid}/maps")
        if not maps.exists() or "numpy" in maps.read_text():
            break
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    return process.returncode, errors


def test_ctrl_c_is_130_and_one_sentence(folder: Path) -> None:
    # a command that was done before the interrupt reached it shows nothing; nor does one that CPython swallowed in a destructor
    runs = (interrupted(folder) for _ in range(5))
    code, errors = next(run for run in runs if run[0] != 0)
    # CPython 3.11 ends a ``-m`` program by the signal itself (a shell shows 130 for that too) when the interrupt passed
    # through an exec'd string (dataclass, namedtuple) anywhere, though the program told it and returned 130
    assert code in {130, -signal.SIGINT}
    assert "已按 Ctrl-C 停止" in errors
    assert "Traceback" not in errors
    assert not list(folder.glob("out/.partial-*"))


@pytest.mark.parametrize(
    ("error", "code", "told"),
    [
        (ReportError("不行"), 1, "不行"),
        (MemoryError(), 1, "内存不足"),
        (PermissionError(13, "Permission denied", "x"), 1, "读写 x 时出错：没有权限"),
        (OSError(28, "No space left on device"), 1, "读写时出错：磁盘已满"),  # the standard output has no name
        (KeyboardInterrupt(), 130, "已按 Ctrl-C"),
        (ZeroDivisionError("division"), 1, "程序内部错误，请将数据文件和这一行一并反馈：ZeroDivisionError：division（test_guard.py"),
        (BrokenPipeError(), 0, ""),
    ],
)  # fmt: skip
def test_every_error_is_a_sentence_and_a_code(
    capsys: pytest.CaptureFixture[str], error: BaseException, code: int, told: str
) -> None:
    def run() -> int:
        raise error

    assert guarded(run) == code
    assert told in capsys.readouterr().err


def test_only_a_notebook_is_a_notebook(tmp_path: Path) -> None:
    require_notebook(NOTEBOOKS / "county_report.ipynb")
    for name, content in {
        "a.ipynb": b"\xff\xfe", "b.ipynb": b"{}", "c.ipynb": b"[" * 100_000, "d.ipynb": b'{"cells": 3, "nbformat": 4}',
        "e.txt": (NOTEBOOKS / "county_report.ipynb").read_bytes(), "f.ipynb": b'"secret"',
    }.items():  # fmt: skip
        (tmp_path / name).write_bytes(content)
        with pytest.raises(ReportError, match="不是 Jupyter 笔记本") as caught:
            require_notebook(tmp_path / name)
        assert "secret" not in str(caught.value)
