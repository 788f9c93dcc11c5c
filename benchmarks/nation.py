"""A nation's schools: ten years of 240,000 filed rows, drawn from a seed, judged and compared with what others would run.

    python benchmarks/nation.py make DATASET.parquet [--counties 2895] [--years 10]
    python benchmarks/nation.py compare DATASET.parquet [--runs 5]

``make`` writes a dataset with the fields of the own template. ``compare`` times, on the same arrays in memory: bare
numpy doing the coefficients alone, our indicators, coefficients and verdicts, and in the same table what a user would
write instead: ``groupby.apply`` with the textbook formula (on a part, scaled up), DuckDB and polars doing the weighted
coefficient as a query. No contender reads a file in this table, ours neither: the rows lie in memory. Bare numpy and
ours run in one thread, so their CPU seconds are their seconds on an idle machine too; DuckDB and polars use both cores.
Neither of these two is a dependency of the project: install them beside pyarrow in an environment of their own
(``pip install duckdb polars pyarrow``); what is not installed is said to be left out. Then it runs ``balance-analysis
assess`` on the file (reading and judging, and writing in a second thread) and prints rows per second and peak memory.
Goals beside the figures.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

ROOT = Path(__file__).resolve().parents[1]
TYPES = np.array(
    [
        "primary_school",
        "junior_secondary_school",
        "teaching_site",
        "nine_year",
        "twelve_year",
        "complete_secondary",
    ]
)
SHARES = (0.5, 0.2, 0.15, 0.09, 0.02, 0.04)
AREAS = np.array(["111", "112", "121", "122", "123", "210", "220"])
REGIME = "quality_balance_2017"


def make(path: Path, counties: int, years: int, seed: int = 20_170_419) -> None:
    """Draw the dataset and write it, one row group per hundred counties."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    draw = np.random.default_rng(seed)
    sizes = np.clip(draw.lognormal(4.25, 0.55, counties), 12, 400).astype(np.int64)
    codes = np.array([f"{110000 + 230 * number:06d}" for number in range(counties)])
    writer = None
    for start in range(0, counties, 100):
        table = pa.Table.from_pandas(
            _rows(draw, codes[start : start + 100], sizes[start : start + 100], years), preserve_index=False
        )
        writer = writer or pq.ParquetWriter(path, table.schema, compression="zstd")
        writer.write_table(table)
    assert writer is not None
    writer.close()


def _rows(draw: np.random.Generator, codes: Any, sizes: Any, years: int) -> pd.DataFrame:
    schools = int(sizes.sum())
    place = np.repeat(np.arange(len(codes)), sizes)
    number = np.concatenate([np.arange(size) for size in sizes])
    kind = draw.choice(len(TYPES), schools, p=SHARES)
    kind[number == 0], kind[number == 1] = 0, 1
    size = np.clip(draw.lognormal(5.9, 0.8, schools), 20, 4000).astype(np.int64)
    size[kind == 2] = draw.choice((12, 31, 49, 50, 51, 75), int((kind == 2).sum()))
    campus = (draw.random(schools) < 0.06) & (number > 2) & np.isin(kind, (0, 2))
    columns: list[pd.DataFrame] = []
    school_code = np.char.add(codes[place], np.char.zfill(number.astype(str), 4))
    main = np.where(campus, np.char.add(codes[place], "0000"), "")
    names = np.char.add(np.char.add("第", number.astype(str)), "学校")
    for year in range(2016, 2016 + years):
        primary = np.where(np.isin(kind, (0, 2)), size, np.where(np.isin(kind, (3, 4)), size * 6 // 9, 0))
        junior = np.where(
            kind == 1, size, np.where(np.isin(kind, (3, 4)), size * 3 // 9, np.where(kind == 5, size // 2, 0))
        )
        senior = np.where(np.isin(kind, (4, 5)), size // 2, 0)
        pupils = primary + junior + senior
        frame: dict[str, Any] = {
            "school_year": np.full(schools, year), "division_code": codes[place], "county": np.char.add(codes[place], "县"),
            "school_code": school_code, "school_name": names, "school_type": TYPES[kind],
            "sponsor_type": np.where(draw.random(schools) < 0.08, "10", "7"), "urban_rural_code": AREAS[draw.integers(0, 7, schools)],
            "counted_as_school": ~campus, "main_school_code": np.where(campus, main, None),
            "primary_enrolment": primary, "junior_secondary_enrolment": junior, "senior_secondary_enrolment": senior,
            "teaching_and_auxiliary_area_m2": np.round(pupils * draw.uniform(3.5, 8, schools), 2),
            "indoor_sports_area_m2": np.where(pupils > 900, 600.5, 0.0),
            "sports_ground_area_m2": np.round(pupils * draw.uniform(5, 14, schools), 2),
            "teaching_equipment_value_wan_cny": np.round(pupils * draw.uniform(0.12, 0.4, schools), 4),
            "multimedia_classrooms": np.round(pupils * draw.uniform(0.015, 0.04, schools)),
        }  # fmt: skip
        for stage, learners in (("primary", primary), ("junior_secondary", junior)):
            frame[f"{stage}_teachers_associate"] = np.round(learners * draw.uniform(0.0, 0.02, schools))
            frame[f"{stage}_teachers_bachelor"] = np.round(learners * draw.uniform(0.03, 0.07, schools))
            frame[f"{stage}_teachers_master"] = np.round(learners * draw.uniform(0.0, 0.005, schools))
            frame[f"{stage}_teachers_doctor"] = np.zeros(schools)
            frame[f"{stage}_backbone_teachers"] = np.round(learners * draw.uniform(0.005, 0.02, schools))
            for subject in ("pe", "music", "fine_arts", "arts"):
                frame[f"{stage}_{subject}_teachers"] = np.round(learners * draw.uniform(0.0, 0.006, schools))
        del frame["junior_secondary_teachers_associate"]
        table = pd.DataFrame(frame)
        blank = draw.random(schools) < 0.001
        table.loc[blank, "teaching_and_auxiliary_area_m2"] = np.nan
        columns.append(table)
        size = np.clip(np.round(size * draw.uniform(0.95, 1.05, schools)), 1, None).astype(np.int64)
    return pd.concat(columns, ignore_index=True).sort_values(["division_code", "school_year"], kind="stable")


def bare_numpy(held_columns: list[Any], pupils: list[Any], group: Any, groups: int) -> list[Any]:
    """Coefficients alone by the formula of the regulation, sums by ``bincount``: the yardstick."""
    found = []
    for held, learners in zip(held_columns, pupils, strict=True):
        everyone = np.bincount(group, learners, groups)
        mean = np.bincount(group, held, groups) / everyone
        deviation = held / learners - mean[group]
        found.append(np.sqrt(np.bincount(group, learners * deviation**2, groups) / everyone) / mean)
    return found


def cpu(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds and CPU seconds of one call."""
    before, start = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
    work()
    after = resource.getrusage(resource.RUSAGE_SELF)
    return time.perf_counter() - start, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def textbook(group: pd.DataFrame) -> float:
    """The formula as one would write it for one group."""
    mean = group["held"].sum() / group["pupils"].sum()
    value = group["held"] / group["pupils"]
    return float(np.sqrt((group["pupils"] * (value - mean) ** 2).sum() / group["pupils"].sum()) / mean)


BARE, OURS = "bare numpy, coefficients alone", "ours: indicators, coefficients, verdicts"
APPLY = "pandas groupby.apply, coefficients alone"
QUERY = """
with means as (select place, sum(held) / sum(pupils) as mean, sum(pupils) as everyone from filed group by place)
select filed.place, sqrt(sum(pupils * power(held / pupils - mean, 2)) / any_value(everyone)) / any_value(mean) as cv
from filed join means using (place) group by filed.place
"""


def compare(path: Path, portions_read: int, runs: int) -> None:
    """Time ours and what others would run on the same rows, and print both goals and all ratios."""
    from balance_analysis.nation import coded, judge_portion
    from balance_analysis.reporting.nation_files import keep_freed_memory
    from balance_analysis.workbook.datasets import county_years, open_dataset, portions

    keep_freed_memory()  # as the command does; whatever is compared has it too
    dataset = open_dataset([path])
    counties = county_years(dataset)
    last_years = dict(zip(counties["division_code"], counties["last_year"].astype(int), strict=True))
    reading = portions(dataset, counties)
    schools = pd.concat([next(reading) for _ in range(portions_read)], ignore_index=True)
    portion = next(iter(judge_portion(schools, last_years, REGIME)))
    long = pd.concat([pd.DataFrame(columns) for columns in portion.indicators], ignore_index=True)
    long = long[long["resource"].notna()]
    keys = (
        long["division_code"].astype(str)
        + long["year"].astype(str)
        + long["stage"].astype(str)
        + long["indicator"].astype(str)
    )
    place = pd.factorize(keys)[0]
    held, pupils = long["resource"].to_numpy(), long["enrolment"].to_numpy()
    rows = pd.DataFrame({"place": place, "held": held, "pupils": pupils})
    part = rows[rows["place"] < rows["place"].max() // 20]
    known = coded(schools)  # bare numpy has its groups as numbers too
    contenders: dict[str, tuple[Callable[[], object], float]] = {
        BARE: (lambda: bare_numpy([held], [pupils], place, int(place.max()) + 1), 1.0),
        OURS: (lambda: list(judge_portion(known, last_years, REGIME)), 1.0),
        "ours, with the reading of texts": (lambda: list(judge_portion(schools, last_years, REGIME)), 1.0),
        APPLY: (lambda: part.groupby("place").apply(textbook), len(rows) / len(part)),
    }
    for name, query in (("DuckDB", _duckdb), ("polars", _polars)):
        try:
            contenders[f"{name} query, coefficients alone"] = query(rows), 1.0
        except ImportError:
            print(f"{name} is not installed and left out")
    spent = {  # each run after run, as portions follow each other
        name: statistics.median(cpu(work)[1] * factor for _ in range(runs))
        for name, (work, factor) in contenders.items()
    }
    ours = spent[OURS]
    print(
        f"{len(schools)} school rows, {len(rows)} values, {place.max() + 1} coefficients; medians of {runs}"
    )
    for name, seconds in spent.items():
        print(
            f"  {name:42} {seconds:9.3f} CPU-s   this ÷ bare {seconds / spent[BARE]:7.2f}   this ÷ ours {seconds / ours:7.2f}"
        )
    print(f"ours ÷ bare numpy: {ours / spent[BARE]:.1f} (goal: at most 3)")
    print(f"groupby.apply ÷ ours: {spent[APPLY] / ours:.0f} (goal: at least 50)")
    print(f"judged: {len(schools) / ours:,.0f} school rows per CPU-second")


def _duckdb(rows: pd.DataFrame) -> Callable[[], object]:
    import duckdb

    connection = duckdb.connect()
    connection.register("filed", rows)
    return lambda: connection.sql(QUERY).fetchall()


def _polars(rows: pd.DataFrame) -> Callable[[], object]:
    import polars

    table = polars.from_pandas(rows)
    mean = polars.col("held").sum().over("place") / polars.col("pupils").sum().over("place")
    deviation = polars.col("pupils") * (polars.col("held") / polars.col("pupils") - mean) ** 2
    spread = (polars.col("d").sum() / polars.col("pupils").sum()).sqrt() / polars.col("mean").first()
    return lambda: (
        table.with_columns(mean.alias("mean"), deviation.alias("d")).group_by("place").agg(spread.alias("cv"))
    )


def _rows_of(path: Path) -> int:
    from balance_analysis.workbook.datasets import open_dataset

    return int(open_dataset([path]).count_rows())


def main() -> None:
    """Make a dataset, or compare on one."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("action", choices=("make", "compare"))
    parser.add_argument("dataset", type=Path)
    parser.add_argument("--counties", type=int, default=2895)
    parser.add_argument("--years", type=int, default=10)
    parser.add_argument(
        "--portions", type=int, default=1, help="portions of the dataset that are compared on"
    )
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    if options.action == "make":
        make(options.dataset, options.counties, options.years)
        return
    compare(options.dataset, options.portions, options.runs)
    with tempfile.TemporaryDirectory() as out:
        command = [
            sys.executable,
            "-c",
            "import sys; from balance_analysis.cli import main; sys.exit(main())",
        ]
        done = [*command, "assess", str(options.dataset), "--regime", REGIME, "-o", out]
        seconds, _ = cpu(lambda: subprocess.run(done, check=True, cwd=ROOT))
        used, rows = resource.getrusage(resource.RUSAGE_CHILDREN), _rows_of(options.dataset)
        print(
            f"whole dataset, read, judged and written: {rows} rows in {seconds:.0f} s ({rows / seconds:,.0f} rows/s), "
            f"{used.ru_utime + used.ru_stime:.0f} CPU-s, peak {used.ru_maxrss / 1024:.0f} MiB (goal: below 2048)"
        )


if __name__ == "__main__":
    main()
