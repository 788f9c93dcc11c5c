"""How long a county takes, from the workbook to the last explanatory frame, and how that grows with its schools.

    python benchmarks/measures.py [--schools 100 300 1000 3000] [--runs 5]

Each step runs in a process of its own; figures are medians of ``--runs`` in CPU seconds (user + system), beyond
imports. First come figures that do not depend on the machine: the growth from the smallest to the largest county (1 =
in proportion) and each step in units of a yardstick, plain Python that adds up 100,000 fractions on the same machine.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
STEPS = ("reading and checks", "assessment", "diagnosis")
MEASURE = """
import json, resource, sys, time
from fractions import Fraction

def cpu():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime

start = cpu()
from balance_analysis.assessment import assess_by_law
from balance_analysis.workbook.reader import read_workbooks
imported = cpu() - start
heavy = sorted({"scipy.stats", "seaborn", "matplotlib"} & set(sys.modules))
from balance_analysis.explain.diagnosis import Diagnosis
if len(sys.argv) > 3:  # what is imported on first use is no part of a step
    warm = read_workbooks([sys.argv[3]])
    Diagnosis(assess_by_law(warm, sys.argv[2], division_code=warm.division_codes()[0])).frames()
marks = [cpu()]
tables = read_workbooks([sys.argv[1]])
marks.append(cpu())
county = assess_by_law(tables, sys.argv[2], division_code=tables.division_codes()[0])
marks.append(cpu())
Diagnosis(county).frames()
marks.append(cpu())
sum(Fraction(number, 7) for number in range(100_000))
marks.append(cpu())
spent = [after - before for before, after in zip(marks, marks[1:])]
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({"imported": imported, "heavy": heavy, "spent": spent, "peak": peak}))
"""


def draw(path: Path, schools: int) -> Path:
    """A county of one year with every sheet filled."""
    make = (
        "import sys; from pathlib import Path; from tests.generated_counties import county, write_workbook;"
        "write_workbook(Path(sys.argv[1]), county(1, schools=int(sys.argv[2])))"
    )
    subprocess.run([sys.executable, "-c", make, str(path), str(schools)], check=True, cwd=ROOT)
    return path


def measure(path: Path, regime: str, warm: Path, runs: int) -> tuple[list[float], float, float, list[str]]:
    """Medians of the steps and of the yardstick, of the imports and of the peak memory (MiB)."""
    found = []
    for _ in range(runs):
        command = [sys.executable, "-c", MEASURE, str(path), regime, str(warm)]
        done = subprocess.run(command, check=True, cwd=ROOT, capture_output=True, text=True)
        found.append(json.loads(done.stdout.splitlines()[-1]))
    steps = [statistics.median(run["spent"][number] for run in found) for number in range(4)]
    return (
        steps,
        statistics.median(run["imported"] for run in found),
        statistics.median(run["peak"] for run in found),
        found[0]["heavy"],
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--schools", type=int, nargs="+", default=[100, 300, 1000, 3000])
    parser.add_argument("--regime", default="quality_balance_2017")
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        warm = draw(Path(folder, "warm.xlsx"), 12)
        results = {}
        for schools in options.schools:
            path = draw(Path(folder, f"{schools}.xlsx"), schools)
            results[schools] = measure(path, options.regime, warm, options.runs)
    fewest, most = min(results), max(results)
    times = most / fewest
    print(f"growth from {fewest} to {most} schools (1 = in proportion to the schools)")
    for number, step in enumerate(STEPS):
        print(f"  {step:20} {results[most][0][number] / results[fewest][0][number] / times:8.2f}")
    print(f"  {'peak memory':20} {results[most][2] / results[fewest][2] / times:8.2f}")
    print("in units of the yardstick (100,000 fractions added up)")
    for schools, (steps, _, _, _) in results.items():
        print(
            f"  {schools:5} schools  "
            + "  ".join(f"{name} {value / steps[3]:7.2f}" for name, value in zip(STEPS, steps, strict=False))
        )
    print("CPU seconds, medians")
    for schools, (steps, imported, peak, heavy) in results.items():
        told = "  ".join(f"{name} {value:7.3f}" for name, value in zip(STEPS, steps, strict=False))
        print(
            f"  {schools:5} schools  {told}  imports {imported:.2f}  peak {peak:.0f} MiB  heavy imports: {heavy or 'none'}"
        )


if __name__ == "__main__":
    main()
