"""Run cases through the public door, each in a child with limits, and count how they end.

``python -m tests.campaign.run --cases 10000 --first 0 --jobs 2`` prints the counts and every case that ended badly;
``--show 17`` runs one case and prints what it said. The parent has everything imported, has read the program's own data by
running the good inputs itself, and forks, so that a case costs what its input costs and not the start of the program.
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import gc
import hashlib
import io
import os
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import TypeVar

import balance_analysis.explain.screening
import balance_analysis.remediation
import balance_analysis.reporting.exports
import balance_analysis.reporting.forms
import balance_analysis.views.remediation.page  # noqa: F401 - imported once, before the forks
from balance_analysis.cli import main
from balance_analysis.reporting import plan_files
from tests.campaign.cases import NOTICED, SAME, TOLD, Case, write
from tests.campaign.mutations import good_inputs, make_case

Key = TypeVar("Key")
SECONDS = 20
MEBIBYTES = 1024
FINE, TOLD_END = "fine", "told"
BAD = (
    "traceback", "internal error", "abort", "hang", "explosion", "silent difference", "false difference", "input overwritten",
)  # fmt: skip
FIGURES = ("indicators.csv", "coefficients.csv", "schools.csv", "items.csv")


@dataclass(frozen=True)
class End:
    """How a run ended: exit code or signal, memory, what it said (without its file names) and its figures."""

    code: int
    mebibytes: int
    hung: bool
    said: frozenset[str]
    text: str
    figures: str
    overwritten: bool = False


@dataclass(frozen=True)
class Outcome:
    """A case, the class of its end and what it said."""

    number: int
    case: Case
    kind: str
    end: End


def judge(case: Case, end: End, good: Mapping[str, End]) -> str:
    """The class of an end; the oracle knows what was done to the input."""
    if end.hung:
        return "hang"
    if end.mebibytes > MEBIBYTES:
        return "explosion"
    if end.code < 0 or "panicked" in end.text or "memory allocation" in end.text:
        return "abort"
    if "Traceback" in end.text:
        return "traceback"
    if "程序内部错误" in end.text:
        return "internal error"
    if end.overwritten:
        return "input overwritten"
    if case.base:
        like = good[case.base]
        told = end.code not in (0, like.code) or bool(end.said - like.said)
        differs = end.figures != like.figures
        if (case.expected == TOLD and not told) or (case.expected == NOTICED and differs and not told):
            return "silent difference"
        if case.expected == SAME and (differs or end.code != like.code):
            return "false difference"
    return FINE if end.code == 0 else TOLD_END


def warm() -> None:
    """Run the good inputs in this process, whose forks then share what was imported and read; they collect no garbage."""
    here = Path.cwd()
    for case in good_inputs().values():
        with tempfile.TemporaryDirectory() as name:
            write(case, Path(name))
            os.chdir(name)
            try:
                with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
                    main(case.arguments)
            finally:
                os.chdir(here)
    vars(plan_files)["deliver"] = _delivered
    gc.collect()
    gc.freeze()


def _delivered(prepare: Callable[[Path], object], folder: Path, *_: object, **__: object) -> SimpleNamespace:
    """A plan's data and workbooks without its notebook and PDF, which cost ten seconds a case."""
    folder.mkdir(parents=True)
    prepare(folder)
    return SimpleNamespace(names=())


def run_cases(cases: Iterable[tuple[int, Case]], jobs: int) -> list[Outcome]:
    """Run all cases, ``jobs`` at a time."""
    warm()
    good = {name: end for name, end in _ends(good_inputs().items(), jobs)}
    spoilt = [f"{name}: {end.text}" for name, end in good.items() if end.code != 0]
    if spoilt:
        raise RuntimeError("the good inputs are not good: " + "; ".join(spoilt))
    done: list[Outcome] = []
    kept: dict[int, Case] = {}

    def named() -> Iterator[tuple[int, Case]]:
        for number, case in cases:
            kept[number] = case
            yield number, case

    for number, end in _ends(named(), jobs):
        case = kept.pop(number)
        done.append(Outcome(number, case, judge(case, end, good), end))
    return sorted(done, key=lambda outcome: outcome.number)


def _ends(cases: Iterable[tuple[Key, Case]], jobs: int) -> Iterator[tuple[Key, End]]:
    waiting: dict[int, tuple[Key, Case, Path, float]] = {}
    queue = iter(cases)
    more = True
    with tempfile.TemporaryDirectory() as root:
        while more or waiting:
            while more and len(waiting) < jobs:
                following = next(queue, None)
                if following is None:
                    more = False
                    break
                key, case = following
                folder = Path(tempfile.mkdtemp(dir=root))
                write(case, folder)
                waiting[_start(case, folder)] = (key, case, folder, time.monotonic())
            for process, (key, case, folder, began) in list(waiting.items()):
                hung = time.monotonic() - began > SECONDS
                if hung:
                    os.killpg(process, signal.SIGKILL)
                found, status, usage = os.wait4(process, 0 if hung else os.WNOHANG)
                if found:
                    del waiting[process]
                    yield (
                        key,
                        _end(case, folder, os.waitstatus_to_exitcode(status), usage.ru_maxrss // 1024, hung),
                    )
                    shutil.rmtree(folder, ignore_errors=True)
            time.sleep(0.002)


def _start(case: Case, folder: Path) -> int:
    process = os.fork()
    if process:
        return process
    code = 70
    try:
        gc.disable()
        os.setsid()
        os.chdir(folder)
        for number, name in ((1, "said"), (2, "errors")):
            os.dup2(os.open(folder / f".{name}", os.O_WRONLY | os.O_CREAT, 0o600), number)
        sys.stdout = os.fdopen(1, "w", encoding="utf-8", closefd=False)
        sys.stderr = os.fdopen(2, "w", encoding="utf-8", closefd=False)
        try:
            code = main(case.arguments)
        except SystemExit as stop:
            code = stop.code if isinstance(stop.code, int) else 1
        sys.stdout.flush()
        sys.stderr.flush()
    except BaseException as error:  # noqa: BLE001 - a child must never go on as its parent
        os.write(2, f"Traceback: {type(error).__name__} {error}".encode(errors="replace"))
    finally:
        os._exit(code)


def _end(case: Case, folder: Path, code: int, mebibytes: int, hung: bool) -> End:
    text = "".join((folder / f".{name}").read_text("utf-8", "replace") for name in ("said", "errors"))
    listed = [path.read_text("utf-8") for path in sorted(folder.glob("out/*/issues.csv"))]
    lines = "\n".join([text, *listed]).splitlines()
    found = hashlib.sha256()
    for path in sorted(folder.glob("out/*/*.csv")):
        if path.name in FIGURES:
            found.update(_without_names(path.read_text("utf-8")).encode())
    spoilt = any((folder / name).read_bytes() != case.files[name] for name in case.inputs())
    return End(code, mebibytes, hung, frozenset(lines), text, found.hexdigest(), spoilt)


def _without_names(text: str) -> str:
    """Figures do not depend on what a school is called; sentences that name it do."""
    head, *rows = csv.reader(io.StringIO(text))
    kept = [number for number, name in enumerate(head) if name not in ("school_name", "detail", "missing")]
    return "\n".join(",".join(row[number] for number in kept) for row in (head, *rows))


def report(outcomes: list[Outcome]) -> str:
    """Counts by class, and every bad end with its case."""
    counts = Counter(outcome.kind for outcome in outcomes)
    lines = [f"{kind:<18}{counts[kind]:>6}" for kind in (FINE, TOLD_END, *BAD)]
    for outcome in outcomes:
        if outcome.kind in BAD:
            last = " | ".join(outcome.end.text.strip().splitlines()[-2:])[:300]
            lines.append(
                f"{outcome.number} {outcome.kind}: {outcome.case.name} {outcome.case.details} → {last}"
            )
    return "\n".join(lines)


def command() -> int:
    """The command line of the campaign."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--cases", type=int, default=500)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--show", type=int, default=None)
    options = parser.parse_args()
    numbers = range(options.first, options.first + options.cases) if options.show is None else [options.show]
    outcomes = run_cases(((number, make_case(number)) for number in numbers), options.jobs)
    if options.show is not None:
        print(outcomes[0].case.name, outcomes[0].case.arguments, outcomes[0].kind)
        print(outcomes[0].end.text)
    print(report(outcomes))
    return 1 if any(outcome.kind in BAD for outcome in outcomes) else 0


if __name__ == "__main__":
    sys.exit(command())
