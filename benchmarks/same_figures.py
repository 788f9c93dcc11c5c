"""Compare every file that ``assess`` writes with another revision's, digit by digit.

    python benchmarks/same_figures.py --base REVISION [--counties 200] [--files data/sample/*.xlsx …]

Draws counties from seeds (``tests/generated_counties.py``), lets both revisions assess them and the given files, and
lists each file and column that differs with the largest relative difference. Exit code 1 where anything differs.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pandas as pd

ROOT = Path(__file__).resolve().parents[1]
RUN = """
import contextlib, io, json, sys
from balance_analysis.cli import main
for arguments, log in json.load(sys.stdin):
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        try:
            code = main(arguments)
        except Exception as error:
            code = f"crashed: {type(error).__name__}: {error}"
    open(log, "w", encoding="utf-8").write(f"{code}\\n{said.getvalue()}")
"""
FLAT = ("assessment.json",)
"""Files that may differ in the version and in the hash of the law; their other keys are compared."""
FREE_KEYS = ("version", "sha256", "choices")


def jobs(inputs: Path, files: Sequence[Path]) -> list[dict[str, Any]]:
    """What is assessed: the drawn counties and the given files under both regimes."""
    found = json.loads((inputs / "index.json").read_text(encoding="utf-8"))
    listed = [
        {**entry, "path": str(inputs / entry["file"]), "name": Path(entry["file"]).stem} for entry in found
    ]
    for path in files:
        for regime in ("quality_balance_2017", "basic_balance_2012"):
            name = f"{path.stem}_{regime}"
            listed.append(
                {"path": str(path), "name": name, "regime": regime, "overlays": [], "target_year": 2023}
            )
    return listed


def arguments(job: dict[str, Any], out: Path) -> list[str]:
    """The command line of one job."""
    overlays = [part for overlay in job["overlays"] for part in ("--overlay", overlay)]
    target = [] if job["target_year"] is None else ["--target-year", str(job["target_year"])]
    return [
        "assess",
        job["path"],
        "--regime",
        job["regime"],
        *overlays,
        *target,
        "-o",
        str(out / job["name"]),
    ]


def run(checkout: Path, work: Sequence[dict[str, Any]], out: Path, processes: int) -> None:
    """Let one checkout assess everything into ``out``; jobs that lie there already are not run again."""
    out.mkdir(parents=True, exist_ok=True)
    todo = [(arguments(job, out), str(out / f"{job['name']}.log")) for job in work]
    todo = [(given, log) for given, log in todo if not Path(log).exists()]
    parts = [part for part in (todo[number::processes] for number in range(processes)) if part]

    def start(part: Any) -> None:
        environment = os.environ | {"PYTHONPATH": str(checkout)}
        given = json.dumps(part)
        subprocess.run(
            [sys.executable, "-c", RUN], input=given, text=True, check=True, env=environment, cwd=checkout
        )

    with ThreadPoolExecutor(processes) as pool:
        list(pool.map(start, parts))


def differences(one: Path, other: Path) -> Iterator[tuple[str, str, float]]:
    """File, column and relative size of everything that differs between two output folders."""
    names = sorted(
        {path.relative_to(folder) for folder in (one, other) for path in folder.rglob("*") if path.is_file()}
    )
    for name in names:
        pair = one / name, other / name
        if not all(path.exists() for path in pair):
            yield name.name, "(only in one)", 1.0
        elif pair[0].read_bytes() != pair[1].read_bytes():
            yield from (
                _of_facts(name.name, *pair) if name.name in FLAT else
                _of_frames(name.name, *pair) if name.suffix == ".csv" else [(name.suffix, "(text)", 1.0)]
            )  # fmt: skip


def _of_facts(name: str, one: Path, other: Path) -> Iterator[tuple[str, str, float]]:
    def flat(value: Any, key: str = "") -> Iterator[tuple[str, Any]]:
        if isinstance(value, dict):
            for inner, part in value.items():
                if inner not in FREE_KEYS or "source" in key:
                    yield from flat(part, f"{key}.{inner}")
        else:
            yield key, value

    left, right = (dict(flat(json.loads(path.read_text(encoding="utf-8")))) for path in (one, other))
    yield from ((name, key, 1.0) for key in left.keys() | right.keys() if left.get(key) != right.get(key))


def _of_frames(name: str, one: Path, other: Path) -> Iterator[tuple[str, str, float]]:
    left, right = (
        pd.read_csv(path, dtype=str, keep_default_na=False) if path.stat().st_size > 1 else pd.DataFrame()
        for path in (one, other)
    )
    if list(left.columns) != list(right.columns) or len(left) != len(right):
        yield name, f"(shape {left.shape} against {right.shape})", 1.0
        return
    for column in left.columns:
        changed = left[column] != right[column]
        if changed.any():
            numbers = [pd.to_numeric(frame.loc[changed, column], errors="coerce") for frame in (left, right)]
            size = ((numbers[0] - numbers[1]).abs() / numbers[1].abs().clip(lower=1e-300)).max()
            whole = numbers[0].isna().any() or numbers[1].isna().any()
            yield name, column, 1.0 if whole else float(size)


def main() -> int:
    """Run both checkouts and print what differs."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--base", default="", help="revision to compare with")
    parser.add_argument("--base-outputs", type=Path, help="outputs of the base kept from an earlier run")
    parser.add_argument("--counties", type=int, default=200)
    parser.add_argument(
        "--files", type=Path, nargs="*", default=[], help="files assessed under both regimes besides"
    )
    parser.add_argument("--inputs", type=Path, help="drawn counties kept from an earlier run")
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        inputs = options.inputs or Path(temporary, "inputs")
        if not (inputs / "index.json").exists():
            draw = [
                sys.executable,
                "-m",
                "tests.generated_counties",
                str(inputs),
                "--counties",
                str(options.counties),
            ]
            subprocess.run(draw, check=True, cwd=ROOT)
        work = jobs(inputs, [path.resolve() for path in options.files])
        base = options.base_outputs or Path(temporary, "base")
        if options.base:
            checkout = Path(temporary, "checkout")
            subprocess.run(
                ["git", "worktree", "add", "--detach", str(checkout), options.base], check=True, cwd=ROOT
            )
            try:
                run(checkout, work, base, options.processes)
            finally:
                subprocess.run(["git", "worktree", "remove", "--force", str(checkout)], check=True, cwd=ROOT)
        now = Path(temporary, "now")
        run(ROOT, work, now, options.processes)
        found: dict[tuple[str, str], list[tuple[float, str]]] = defaultdict(list)
        for job in work:
            folders = base / job["name"], now / job["name"]
            pair = base / f"{job['name']}.log", now / f"{job['name']}.log"
            said = [
                path.read_text(encoding="utf-8").replace(str(folder), "")
                for path, folder in zip(pair, folders, strict=True)
            ]
            if said[0] != said[1]:
                found["(messages)", said[1][:200]].append((1.0, job["name"]))
            for file, column, size in differences(*folders):
                found[file, column].append((size, job["name"]))
    print(f"{len(work)} assessments compared; {len(found)} columns differ")
    for (file, column), cases in sorted(found.items()):
        size, name = max(cases)
        print(f"{file:28} {column:40} {len(cases):4} cases, largest {size:.3g} ({name})")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
