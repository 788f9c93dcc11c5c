"""How many small mistakes in the middle of the house the tests would notice.

    python benchmarks/mutants.py [--sample 200] [--seed 1] [--rooms measures verdicts explain assessment.py] [--folder DIR]

Draws mutants from a seed: a comparison, a sign, a whole number, a boolean operator changed in one place. The tests run once
on the unchanged project, which tells what each of them costs and which lines it passes. Then every mutant is tried in a fork
that has the libraries loaded: the tests that pass its line, first those of its module, then those of cheap files, up to the
first failure and to ``--seconds`` in all. Prints the survivors and the share killed by room; exit code 1 below ``--least``.
A mutant with which the tests do not end (60 CPU seconds and five times their cost) is noticed too, and listed.

``--folder`` keeps the copy of the project, the lines of the tests and a journal there: the same command goes on where it was
ended. A mutant costs 2–10 CPU seconds, a survivor up to some minutes.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import json
import os
import random
import re
import resource
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate
from pathlib import Path
from types import FrameType
from typing import Any, NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = "balance_analysis"
COMPARISONS = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip
OPERATORS = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Add,
    ast.Div: ast.Mult,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
}
ROOMS = ("measures", "verdicts", "explain", "assessment.py", "exact.py")
LIBRARIES = (
    "numpy",
    "pandas",
    "scipy.stats",
    "openpyxl",
    "python_calamine",
    "hypothesis",
    "statsmodels.api",
    "matplotlib.pyplot",
)
NOT_COPIED = shutil.ignore_patterns(".*", "__pycache__", "reports", "build")


class Mutant(NamedTuple):
    """One changed place."""

    path: Path
    line: int
    before: str
    after: str
    source: str


def places_of(path: Path) -> list[tuple[Path, int]]:
    """Every place of one file that has a mutant; docstrings, imports and annotations are left alone."""
    nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    return [(path, position) for position, _ in enumerate(filter(_changed, nodes))]


def mutant_at(path: Path, position: int) -> Mutant:
    """The mutant of one place."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    chosen = [node for node in ast.walk(tree) if _changed(node)][position]
    before, change = ast.unparse(chosen), _changed(chosen)
    assert change is not None
    for name, value in change.items():
        setattr(chosen, name, value)
    source = ast.unparse(ast.fix_missing_locations(tree))
    return Mutant(path, chosen.lineno, before, ast.unparse(chosen), source)  # type: ignore[attr-defined]


def _changed(node: ast.AST) -> dict[str, object] | None:
    """The fields of a node's mutant, None for a node that has none."""
    if isinstance(node, ast.Compare) and type(node.ops[0]) in COMPARISONS:
        return {"ops": [COMPARISONS[type(node.ops[0])](), *node.ops[1:]]}
    if isinstance(node, ast.BinOp) and type(node.op) in OPERATORS and not _is_text(node):
        return {"op": OPERATORS[type(node.op)]()}
    if isinstance(node, ast.BoolOp):
        return {"op": ast.And() if isinstance(node.op, ast.Or) else ast.Or()}
    if isinstance(node, ast.Constant) and type(node.value) is int and 0 <= node.value <= 100:
        return {"value": node.value + 1}
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return {"op": ast.UAdd()}
    return None


def _is_text(node: ast.BinOp) -> bool:
    """Text put together, or types joined by ``|``: no arithmetic."""
    sides = (node.left, node.right)
    text = any(isinstance(side, ast.Constant) and isinstance(side.value, str) for side in sides)
    return text or any(isinstance(side, ast.Name) and side.id[:1].isupper() for side in sides) or (
        isinstance(node.op, ast.BitOr) and isinstance(node.right, ast.Constant)
    )  # fmt: skip


class Passed(NamedTuple):
    """What the tests did on the unchanged project."""

    seconds: dict[str, float]
    """CPU seconds of each test that passed."""
    lines: dict[str, list[str]]
    """Place (``balance_analysis/exact.py:12``) → the tests that passed it."""


def test_files(copy: Path) -> list[str]:
    """The test files of the middle, and the rooms themselves for their doctests.

    They name a room (or have a helper that does) and nothing above it, or bear the name of one of its modules.
    """
    rooms = "|".join(room.removesuffix(".py") for room in ROOMS)
    above = "views|reporting|remediation|programmes|overview|findings|cli"
    named, higher = (re.compile(rf"\b{PACKAGE}(\.| import [^\n]*\b)({names})\b") for names in (rooms, above))
    modules = {
        path.stem
        for room in ROOMS
        for path in (copy / PACKAGE).glob(room if room.endswith(".py") else f"{room}/*.py")
    }
    folders = (copy / "tests" / folder for folder in ("unit", "properties", "golden"))
    chosen = [
        test
        for test in sorted(test for folder in folders for test in folder.rglob("test_*.py"))
        if named.search(_with_helpers(test, copy))
        and (
            test.stem.removeprefix("test_") in modules or not higher.search(test.read_text(encoding="utf-8"))
        )
    ]
    return [str(test.relative_to(copy)) for test in chosen] + [f"{PACKAGE}/{room}" for room in ROOMS]


def _with_helpers(test: Path, copy: Path) -> str:
    """The text of a test file and of the helpers in ``tests`` that it imports."""
    text = test.read_text(encoding="utf-8")
    helpers = (copy / "tests" / f"{name}.py" for name in re.findall(r"^from tests\.(\w+) import", text, re.M))
    return "\n".join([text, *(helper.read_text(encoding="utf-8") for helper in helpers if helper.exists())])


class LineWriter:
    """A pytest plugin that notes which lines of the rooms each test passes.

    What a fixture passes counts for every test of its file: it may have been set up for another one.
    """

    def __init__(self, copy: Path) -> None:
        self.rooms = tuple(str(copy / PACKAGE / room) for room in ROOMS)
        self.copy = copy
        self.seconds: dict[str, float] = {}
        self.by_test: dict[str, set[tuple[str, int]]] = defaultdict(set)
        self.by_file: dict[str, set[tuple[str, int]]] = defaultdict(set)
        self.passing: set[tuple[str, int]] = set()

    def _enter(self, frame: FrameType, _event: str, _value: Any) -> Callable[..., Any] | None:
        return self._line if frame.f_code.co_filename.startswith(self.rooms) else None

    def _line(self, frame: FrameType, _event: str, _value: Any) -> Callable[..., Any]:
        self.passing.add((frame.f_code.co_filename, frame.f_lineno))
        return self._line

    @contextlib.contextmanager
    def _watched(self, lines: set[tuple[str, int]]) -> Iterator[None]:
        self.passing = lines
        sys.settrace(self._enter)
        try:
            yield
        finally:
            sys.settrace(None)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Iterator[None]:
        with self._watched(self.by_file[item.nodeid.partition("::")[0]]):
            return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Iterator[None]:
        start = time.process_time()
        with self._watched(self.by_test[item.nodeid]):
            result = yield
        self.seconds[item.nodeid] = time.process_time() - start
        return result

    def passed(self) -> Passed:
        """The lines of every test that passed, told by place."""
        places: dict[str, list[str]] = defaultdict(list)
        for test in self.seconds:
            for file, line in self.by_test[test] | self.by_file[test.partition("::")[0]]:
                places[f"{Path(file).relative_to(self.copy)}:{line}"].append(test)
        return Passed(self.seconds, places)


class Chooser:
    """A pytest plugin that runs the tests of a mutant in the order given, and nothing else."""

    def __init__(self, tests: Sequence[str]) -> None:
        self.order = {test: number for number, test in enumerate(tests)}

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = sorted(
            (item for item in items if item.nodeid in self.order), key=lambda item: self.order[item.nodeid]
        )


class ChangedModule(importlib.abc.MetaPathFinder, importlib.machinery.SourceFileLoader):
    """Imports one module of the copy from the source of a mutant; the file stays as it is."""

    def __init__(self, mutant: Mutant, copy: Path) -> None:
        file = mutant.path.relative_to(copy)
        name = ".".join(file.with_suffix("").parts).removesuffix(".__init__")
        importlib.machinery.SourceFileLoader.__init__(self, name, str(copy / file))
        self.changed = mutant.source

    def find_spec(
        self, fullname: str, path: object, target: object = None
    ) -> importlib.machinery.ModuleSpec | None:
        return (
            importlib.util.spec_from_file_location(fullname, self.path, loader=self)
            if fullname == self.name
            else None
        )

    def get_code(self, fullname: str) -> Any:
        return compile(self.changed, self.path, "exec")


def tests_of(mutant: Mutant, copy: Path, passed: Passed, most_seconds: float) -> list[str]:
    """The tests that pass the mutant's statement, those of its module before those of cheap files, as the seconds allow.

    A statement that only runs when the module is imported belongs to every test of the module.
    """
    file = mutant.path.relative_to(copy)
    passing = {test for line in statement_lines(mutant) for test in passed.lines.get(f"{file}:{line}", ())}
    if not passing:
        passing = {
            test for place, tests in passed.lines.items() if place.startswith(f"{file}:") for test in tests
        }
    cost: Counter[str] = Counter()
    for test in passing:
        cost[test.partition("::")[0]] += passed.seconds[test]  # type: ignore[assignment]
    own = f"test_{mutant.path.stem}"

    def turn(test: str) -> tuple[bool, float, str, float]:
        of_file = test.partition("::")[0]
        return not Path(of_file).stem.startswith(own), cost[of_file], of_file, passed.seconds[test]

    ordered = sorted(passing, key=turn)
    spent = accumulate(passed.seconds[test] for test in ordered)
    return [test for test, seconds in zip(ordered, spent, strict=True) if seconds <= most_seconds]


def statement_lines(mutant: Mutant) -> range:
    """The lines of the innermost statement around the mutant's place, of a compound one its head."""
    tree = ast.parse(mutant.path.read_text(encoding="utf-8"))
    around = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.stmt) and node.lineno <= mutant.line <= (node.end_lineno or 0)
    ]
    inner = max(around, key=lambda node: (node.lineno, -(node.end_lineno or 0)))
    body = getattr(inner, "body", None)
    return range(inner.lineno, body[0].lineno if body else (inner.end_lineno or inner.lineno) + 1)


def in_fork(copy: Path, work: Callable[[], int], cpu_seconds: float | None) -> int:
    """The exit code of some work in a child that has the libraries loaded; minus the signal that ended it."""
    child = os.fork()
    if child == 0:
        os.chdir(copy)
        os.environ["PYTHONPATH"] = str(copy)
        sys.path[:] = [str(copy), *(entry for entry in sys.path if Path(entry or ".").resolve() != ROOT)]
        with open(copy.parent / "last.log", "w", encoding="utf-8") as log:
            os.dup2(log.fileno(), 1)
            os.dup2(log.fileno(), 2)
        if cpu_seconds is not None:
            resource.setrlimit(resource.RLIMIT_CPU, (int(cpu_seconds), int(cpu_seconds) + 5))
        code = 99
        try:
            code = work()
        finally:
            sys.stdout.flush()
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def run_tests(arguments: Sequence[str], plugin: object) -> int:
    """Run pytest in this process."""
    options = [
        "-q",
        "--tb=line",
        "-p",
        "no:cacheprovider",
        "--continue-on-collection-errors",
        "-n0",
        "-m",
        "not slow and not nightly",
        "--hypothesis-seed=0",
    ]
    return int(pytest.main([*options, *arguments], plugins=[plugin]))


def passed_of(copy: Path) -> Passed:
    """What the tests do on the unchanged project; read where it was written before."""
    file = copy.parent / "passed.json"

    def work() -> int:
        writer = LineWriter(copy)
        run_tests(test_files(copy), writer)
        if not writer.seconds:
            return 1
        file.write_text(json.dumps(writer.passed()), encoding="utf-8")
        return 0

    if not file.exists() and in_fork(copy, work, None) != 0:
        raise SystemExit(f"the tests do not run on the unchanged project: {copy.parent / 'last.log'}")
    return Passed(*json.loads(file.read_text(encoding="utf-8")))


def state_of(mutant: Mutant, copy: Path, passed: Passed, most_seconds: float) -> str:
    """``killed``, ``endless`` or ``alive``."""
    tests = tests_of(mutant, copy, passed, most_seconds)

    def work() -> int:
        sys.meta_path.insert(0, ChangedModule(mutant, copy))
        return run_tests(["-x", *dict.fromkeys(test.partition("::")[0] for test in tests)], Chooser(tests))

    if not tests:
        return "alive"
    code = in_fork(copy, work, 60 + 5 * sum(passed.seconds[test] for test in tests))
    if code in (pytest.ExitCode.USAGE_ERROR, pytest.ExitCode.NO_TESTS_COLLECTED):
        raise SystemExit(f"the tests of {mutant.path} were not found: {copy.parent / 'last.log'}")
    return "alive" if code == 0 else "endless" if code in (-signal.SIGXCPU, -signal.SIGKILL) else "killed"


def copy_project(copy: Path) -> None:
    """Put what the tests need beside the journal; what lies there already stays."""
    if copy.exists():
        return
    shutil.copytree(ROOT, copy, ignore=NOT_COPIED)
    if (ROOT.parent / "shared").exists():
        (copy.parent / "shared").symlink_to(ROOT.parent / "shared")


def main(arguments: Sequence[str] | None = None) -> int:
    """Draw, try, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sample", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--least", type=float, default=0.95)
    parser.add_argument("--seconds", type=float, default=90.0, help="CPU seconds of tests a mutant may cost")
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--rooms", nargs="+", default=list(ROOMS))
    options = parser.parse_args(arguments)
    os.environ |= {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MPLBACKEND": "agg"}
    for library in LIBRARIES:
        importlib.import_module(library)
    with tempfile.TemporaryDirectory() as temporary:
        folder = (options.folder or Path(temporary)).resolve()
        copy_project(folder / "project")
        return try_all(options, folder)


def try_all(options: argparse.Namespace, folder: Path) -> int:
    """Every mutant drawn from the copy; what the journal knows is not tried again."""
    copy = folder / "project"
    journal = folder / "journal.jsonl"
    known = {}
    if journal.exists():
        known = {
            line["mutant"]: line["state"]
            for line in map(json.loads, journal.read_text(encoding="utf-8").splitlines())
        }
    paths = [copy / PACKAGE / room for room in options.rooms]
    files = [file for path in paths for file in ([path] if path.is_file() else sorted(path.rglob("*.py")))]
    everything = [place for file in files for place in places_of(file)]
    drawn = random.Random(options.seed).sample(everything, min(options.sample, len(everything)))
    passed = passed_of(copy)
    states: dict[str, Counter[str]] = defaultdict(Counter)
    for number, place in enumerate(drawn, start=1):
        mutant = mutant_at(*place)
        name = f"{mutant.path.relative_to(copy)}:{mutant.line}  {mutant.before}  →  {mutant.after}"
        if name not in known:
            known[name] = state_of(mutant, copy, passed, options.seconds)
            with journal.open("a", encoding="utf-8") as lines:
                lines.write(json.dumps({"mutant": name, "state": known[name]}, ensure_ascii=False) + "\n")
        states[mutant.path.relative_to(copy / PACKAGE).parts[0]][known[name]] += 1
        if known[name] != "killed":
            print(f"{number:4} {known[name]}  {name}", flush=True)
    for room, counted in sorted(states.items()):
        total = counted.total()
        print(
            f"{room:16} {total - counted['alive']:4} of {total:4} killed ({1 - counted['alive'] / total:.0%})"
        )
    alive = sum(counted["alive"] for counted in states.values())
    share = 1 - alive / len(drawn)
    print(
        f"all              {len(drawn) - alive:4} of {len(drawn):4} killed ({share:.1%}); {len(everything)} mutants exist"
    )
    return 0 if share >= options.least else 1


if __name__ == "__main__":
    sys.exit(main())
