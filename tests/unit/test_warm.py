"""Warm kernels: a kernel of its own that knows what its parent knew, keeps nothing for the next, and never outlives it."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from balance_analysis.reporting import warm
from tests.county_tables import ROOT

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not warm.CAN_FORK, reason="the system cannot fork: kernels start as ever"),
]

RUN = """
import os, sys, nbformat, papermill
from balance_analysis.reporting import warm
known = ["what the parent knows"]
sys.modules["known"] = type(sys)("known"); sys.modules["known"].known = known

def run(cell):
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell)])
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(notebook, "in.ipynb")
    with warm.warm_kernels():
        done = papermill.execute_notebook("in.ipynb", "out.ipynb", progress_bar=False)
    return done.cells[0].outputs[0]["text"].strip()
"""


def in_a_process(folder: Path, script: str) -> str:
    """What a fresh process prints that runs this script after RUN; it may fork, the test's own process may not."""
    done = subprocess.run(
        [sys.executable, "-c", RUN + textwrap.dedent(script)],
        cwd=folder, capture_output=True, text=True, check=False, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def test_a_warm_kernel_is_a_child_that_knows_what_its_parent_knew(tmp_path: Path) -> None:
    told = in_a_process(
        tmp_path,
        """
        warm.allow_fork(); warm.prepare_kernel()
        print(run("import os, known; print(os.getppid(), known.known[0])"), os.getpid())
        """,
    )
    parent, *knows, process = told.split()
    assert parent == process
    assert " ".join(knows) == "what the parent knows"


def test_what_a_kernel_does_stays_in_it(tmp_path: Path) -> None:
    told = in_a_process(
        tmp_path,
        """
        import random, matplotlib
        def state():
            files = {os.readlink(f"/proc/self/fd/{one}") for one in os.listdir("/proc/self/fd") if os.path.exists(f"/proc/self/fd/{one}")}
            own = {name for name in files if not name.startswith(("socket:", "pipe:", "anon_inode:", "/proc"))}
            return known[:], dict(os.environ), os.getcwd(), random.getstate(), dict(matplotlib.rcParams), random.shuffle, own
        before = state()
        warm.allow_fork(); warm.prepare_kernel()
        told = run('''
        import os, random, known, matplotlib
        known.known.append("leaked"); os.environ["LEAKED"] = "1"; os.chdir("/"); random.seed(1)
        matplotlib.rcParams["font.size"] = 99; random.shuffle = len; kept = open("/etc/hostname"); print(os.getppid())
        ''')
        print(told == str(os.getpid()), [one == other for one, other in zip(before, state(), strict=True)])
        """,
    )
    assert told.strip() == f"True {[True] * 7}"


def test_a_process_forks_once_and_only_when_it_was_allowed(tmp_path: Path) -> None:
    told = in_a_process(
        tmp_path,
        """
        warm.prepare_kernel(); print(len(warm._waiting), end=" ")
        warm.allow_fork(); warm.prepare_kernel(); warm.prepare_kernel(); print(len(warm._waiting), end=" ")
        warm.discard_kernels(); print(len(warm._waiting))
        """,
    )
    assert told.split() == ["0", "1", "0"]


def test_a_process_with_a_thread_forks_no_kernel_and_its_notebook_runs_all_the_same(tmp_path: Path) -> None:
    told = in_a_process(
        tmp_path,
        """
        import threading
        stop = threading.Event(); threading.Thread(target=stop.wait).start()
        warm.allow_fork(); warm.prepare_kernel(); print(len(warm._waiting), end=" ")
        print(run("print('ran')")); stop.set()
        """,
    )
    assert told.split() == ["0", "ran"]


def test_a_waiting_kernel_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    told = in_a_process(
        tmp_path,
        """
        import signal, time
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            warm.allow_fork(); warm.prepare_kernel()
            os.write(writer, str(warm._waiting[0].pid).encode()); time.sleep(60)
        kernel = int(os.read(reader, 20)); os.kill(child, signal.SIGKILL); os.waitpid(child, 0)
        for _ in range(100):
            try:
                os.kill(kernel, 0)
            except ProcessLookupError:
                break
            if open(f"/proc/{kernel}/stat").read().split()[2] == "Z":
                break
            time.sleep(0.05)
        else:
            print("still there")
        """,
    )
    assert told == ""


def test_the_process_that_forks_has_loaded_what_every_report_needs() -> None:
    """Imports that nothing there uses look superfluous; without them each county pays for them anew."""
    needed = ("papermill.execute", "ipykernel.kernelapp", "matplotlib.backends.backend_svg", "nbclient")
    code = (
        "import sys, threading, balance_analysis.reporting.preload\n"
        f"print([name for name in {needed} if name not in sys.modules], threading.active_count())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["[]", "1"]
