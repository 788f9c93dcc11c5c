"""How many small mistakes in the middle of the house the tests would notice.

    python benchmarks/mutants.py [--sample 200] [--seed 1] [--rooms measures verdicts explain assessment.py]

Draws mutants from a seed (a comparison, a sign, a whole number, a boolean operator changed in one place), puts each into
a copy of the project and runs the tests that import the changed module, fastest first. Prints the survivors and the
share killed by room; exit code 1 below ``--least``. A mutant whose tests do not end in ``--timeout`` is listed as
undecided and counts as alive. Meant for the nightly run: a mutant costs 5–60 CPU seconds.
"""

from __future__ import annotations

import argparse
import ast
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

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
BROAD = (
    "tests/golden/test_sample_counties.py", "tests/golden/test_huantai_annex.py", "tests/unit/test_assessment.py",
    "tests/unit/test_diagnosis.py",
)  # fmt: skip
"""Tests that look at whole counties: tried after those that name the module."""


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


def tests_for(path: Path) -> list[str]:
    """Test files that import the module or bear its name, smallest first, then those of its room, then the broad ones."""
    module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    room = ".".join(path.relative_to(ROOT).parts[:2]).removesuffix(".py")
    named = re.compile(
        rf"\b{re.escape(module)}\b|from {re.escape(module.rpartition('.')[0])} import [^\n]*\b{path.stem}\b"
    )
    folders = (ROOT / "tests" / folder for folder in ("unit", "properties", "golden"))
    tests = sorted(
        (test for folder in folders for test in folder.glob("test_*.py")),
        key=lambda test: test.stat().st_size,
    )
    texts = {str(test.relative_to(ROOT)): _with_helpers(test) for test in tests}
    own = [test for test, text in texts.items() if path.stem in Path(test).stem or named.search(text)]
    near = [test for test, text in texts.items() if re.search(rf"\b{re.escape(room)}\b", text)]
    return list(dict.fromkeys([*own, *near, *BROAD]))


def _with_helpers(test: Path) -> str:
    """The text of a test file and of the helpers in ``tests`` that it imports."""
    text = test.read_text(encoding="utf-8")
    helpers = (ROOT / "tests" / f"{name}.py" for name in re.findall(r"^from tests\.(\w+) import", text, re.M))
    return "\n".join([text, *(helper.read_text(encoding="utf-8") for helper in helpers if helper.exists())])


def killed(mutant: Mutant, copy: Path, timeout: float) -> bool | None:
    """Whether the tests notice, None where they did not end in time; the copy is put back as it was."""
    target = copy / mutant.path.relative_to(ROOT)
    target.write_text(mutant.source, encoding="utf-8")
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-x",
        "-q",
        "-n0",
        "-p",
        "no:cacheprovider",
        "-m",
        "not slow",
        *tests_for(mutant.path),
    ]
    try:
        return (
            subprocess.run(
                command, cwd=copy, capture_output=True, timeout=timeout, check=False, env=_environment(copy)
            ).returncode
            != 0
        )
    except subprocess.TimeoutExpired:
        return None
    finally:
        shutil.copyfile(mutant.path, target)


def _environment(copy: Path) -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"}


def main(arguments: Sequence[str] | None = None) -> int:
    """Draw, try, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sample", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--least", type=float, default=0.95)
    parser.add_argument("--timeout", type=float, default=300.0)
    parser.add_argument(
        "--rooms", nargs="+", default=["measures", "verdicts", "explain", "assessment.py", "exact.py"]
    )
    options = parser.parse_args(arguments)
    rooms_of = [ROOT / PACKAGE / room for room in options.rooms]
    files = [file for room in rooms_of for file in ([room] if room.is_file() else sorted(room.rglob("*.py")))]
    everything = [place for file in files for place in places_of(file)]
    drawn_places = random.Random(options.seed).sample(everything, min(options.sample, len(everything)))
    chosen = [mutant_at(*place) for place in drawn_places]
    alive: list[Mutant] = []
    rooms: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        for part in (PACKAGE, "tests", "data", "pyproject.toml", "install.py", "notebooks", "README.md"):
            if (ROOT / part).is_dir():
                shutil.copytree(ROOT / part, copy / part, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(ROOT / part, copy / part)
        for number, mutant in enumerate(chosen, start=1):
            room = mutant.path.relative_to(ROOT / PACKAGE).parts[0]
            rooms[room] += 1
            noticed = killed(mutant, copy, options.timeout)
            if not noticed:
                alive.append(mutant)
                state = "undecided" if noticed is None else "alive"
                print(
                    f"{number:4} {state}  {mutant.path.relative_to(ROOT)}:{mutant.line}  {mutant.before}  →  {mutant.after}",
                    flush=True,
                )
    lost = Counter(mutant.path.relative_to(ROOT / PACKAGE).parts[0] for mutant in alive)
    for room, drawn in sorted(rooms.items()):
        print(f"{room:16} {drawn - lost[room]:4} of {drawn:4} killed ({1 - lost[room] / drawn:.0%})")
    share = 1 - len(alive) / len(chosen)
    print(
        f"all              {len(chosen) - len(alive):4} of {len(chosen):4} killed ({share:.1%}); {len(everything)} mutants exist"
    )
    return 0 if share >= options.least else 1


if __name__ == "__main__":
    sys.exit(main())
