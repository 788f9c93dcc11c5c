"""What a county's report costs: ours on one and two workers and on Dask, beside what a user would script.

    python benchmarks/batch.py [--runs 5] [--curve 10,100,1000] [--only ours,papermill,dask]

All of it in one run on the sample counties, medians of ``--runs``, CPU seconds of every process that takes part (this program adopts
orphans, so that the process from which workers are forked is counted). The baseline is the plain papermill command line on the same
notebook, nbconvert to HTML without code, and Chromium's print to PDF (nbconvert's webpdf does the same with a browser of its own download).
The curve is ours on one file of so many generated counties of four schools: CPU per county, the largest memory of one
process, and that of the run's own process while it goes on.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
SAMPLES = sorted((ROOT / "data" / "sample").glob("*.xlsx"))
CODES = {"桓台县": "370321", "襄汾县": "141023", "八公山区": "340405"}
REGIME = "quality_balance_2017"
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome") or "chromium"
PR_SET_CHILD_SUBREAPER = 36


def cost(work: Callable[[], None]) -> tuple[float, float]:
    """Wall and CPU seconds of everything that was started, orphans included."""
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    work()
    wall = time.monotonic() - begun
    while True:
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            break
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def quietly(command: Sequence[str | Path]) -> None:
    subprocess.run(list(map(str, command)), check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def ours(files: Sequence[Path], *options: str) -> Callable[[], None]:
    def work() -> None:
        with tempfile.TemporaryDirectory() as folder:
            command = [sys.executable, "-m", "balance_analysis.cli", "report", *files]
            quietly([*command, "--regime", REGIME, "-o", folder, "--run", "r", *options])

    return work


def papermill_and_browser() -> None:
    """One county after another, as the commands would be typed."""
    for path in SAMPLES:
        with tempfile.TemporaryDirectory() as folder:
            executed, page, pdf = (Path(folder) / f"report{end}" for end in (".ipynb", ".html", ".pdf"))
            given = ["-r", "files", path, "-r", "division_code", CODES[path.stem], "-r", "regime", REGIME]
            nothing = ["-y", "{year: null, target_year: null, overlays: [], plan: null}"]
            quietly(
                [
                    sys.executable, "-m", "papermill", ROOT / "notebooks" / "county_report.ipynb", executed,
                    *given, *nothing, "--cwd", ROOT / "notebooks",
                ]
            )  # fmt: skip
            quietly([sys.executable, "-m", "nbconvert", "--to", "html", "--no-input", executed])
            quietly(
                [
                    CHROMIUM,
                    "--headless",
                    "--no-sandbox",
                    "--disable-gpu",
                    f"--print-to-pdf={pdf}",
                    page.as_uri(),
                ]
            )
            assert pdf.stat().st_size > 10_000


def curve(sizes: Sequence[int]) -> None:
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            data, out = province(Path(folder), size), Path(folder) / "out"
            seen: list[tuple[int, float]] = []
            wall, cpu = cost(lambda data=data, out=out, seen=seen: watched(data, out, seen))
            peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
            each = f"{cpu / size:.2f} CPU-s and {wall / size:.2f} s each"
            print(
                f"{size:5d} counties of 4 schools in one file: {each}, largest process so far {peak:.0f} MB"
            )
            steps = [seen[round(part * (len(seen) - 1) / 10)] for part in range(11)] if seen else []
            print("      run's process, MB by counties done:", *(f"{done}: {mb:.0f}" for done, mb in steps))


def province(folder: Path, size: int) -> Path:
    """One workbook of so many counties of four schools."""
    from tests.county_tables import juniors, school, write_county

    rows = []
    for number in range(size):
        who = {"division_code": f"{110000 + number:06d}", "county": f"县{number}"}
        rows += [*(school(n, **who) for n in "12"), *juniors(**who)]
    return write_county(folder / "省.xlsx", *rows)


def watched(data: Path, out: Path, seen: list[tuple[int, float]]) -> None:
    """Our run of one file; ``seen`` gets the counties done and the memory (MB) of the run's own process every half second."""
    import psutil

    command = [sys.executable, "-m", "balance_analysis.cli", "report", data, "--regime", REGIME]
    with subprocess.Popen(
        list(map(str, [*command, "-o", out, "--run", "r", "--jobs", "2"])),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as run:
        journal = out / "r" / "journal.jsonl"
        while run.poll() is None:
            time.sleep(0.5)
            with contextlib.suppress(psutil.Error, OSError):
                done = journal.read_bytes().count(b"\n")
                if memory := psutil.Process(run.pid).memory_info().rss / 2**20:  # 0 when it has just ended
                    seen.append((done, memory))
    if run.returncode:
        raise subprocess.CalledProcessError(run.returncode, "report")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--curve", default="10,100")
    parser.add_argument("--only", default="ours,papermill,dask")
    options = parser.parse_args()
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)
    os.environ["PYTHONPATH"] = os.pathsep.join(
        [str(ROOT), *os.environ.get("PYTHONPATH", "").split(os.pathsep)]
    )
    ways: dict[str, Callable[[], None]] = {}
    if "papermill" in options.only:
        ways["papermill command line, nbconvert, Chromium"] = papermill_and_browser
    if "ours" in options.only:
        ways |= {
            "ours, one worker": ours(SAMPLES, "--jobs", "1"),
            "ours, two workers": ours(SAMPLES, "--jobs", "2"),
        }
    if "dask" in options.only:
        ways["ours, Dask, two workers"] = ours(SAMPLES, "--jobs", "2", "--scheduler", "local")
    costs: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
    for _ in range(options.runs):
        for name, work in ways.items():
            try:
                costs[name].append(cost(work))
            except subprocess.CalledProcessError as error:
                print(f"{name}: not run ({error})")
    first = None
    for name, found in costs.items():
        if not found:
            continue
        wall, cpu = (statistics.median(one[which] for one in found) / len(SAMPLES) for which in (0, 1))
        first = first or cpu
        print(
            f"{name:48s} {cpu:6.2f} CPU-s, {wall:6.2f} s a county; {first / cpu:5.2f} times cheaper than the first"
        )
    print(json.dumps({name: [[round(x, 2) for x in one] for one in found] for name, found in costs.items()}))
    curve([int(size) for size in options.curve.split(",") if size])


if __name__ == "__main__":
    main()
