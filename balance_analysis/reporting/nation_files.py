"""A nation's dataset judged into Parquet files, portion by portion, whole files or none."""

from __future__ import annotations

import ctypes
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from balance_analysis.nation import Portion, judge_portion
from balance_analysis.reporting.files import half_made, inside
from balance_analysis.terms import ALL_STAGES
from balance_analysis.words import tell
from balance_analysis.workbook.datasets import county_years, faulty_counties, open_dataset, portions

FILES = ("indicators", "coefficients", "schools", "counties", "left_out")
NAME = "nation"
MAP_FROM, TRIM_FROM = -3, -1
"""``M_MMAP_THRESHOLD`` and ``M_TRIM_THRESHOLD`` of the GNU C library."""
KEPT_BYTES = 2**30
"""Blocks up to this size are kept and handed out anew."""


@dataclass
class NationSummary:
    """What became of a dataset: counties judged and left out, and their outcomes in their latest year."""

    folder: Path
    counties: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    left_out: dict[str, str] = field(default_factory=dict)


def assess_dataset(
    paths: Sequence[Path], out: Path, *, regime: str, overlays: Sequence[str] = (), on: date | None = None
) -> NationSummary:
    """Judge every county of the dataset into ``out/nation``: one Parquet file per frame of :class:`Portion`.

    ``left_out.parquet`` names the counties that could not be judged (``division_code``, ``reason``). Memory is that of
    one portion, whatever the size of the dataset. Raises :class:`ParameterError` for what is no such dataset.
    """
    keep_freed_memory()
    dataset = open_dataset(paths)
    counties = county_years(dataset)
    last_years = {
        str(code): int(year)
        for code, year in zip(counties["division_code"], counties["last_year"], strict=True)
    }
    summary = NationSummary(inside(out, NAME))
    out.mkdir(parents=True, exist_ok=True)
    with half_made(out, NAME) as partial, _Writers(partial) as writers, ThreadPoolExecutor(1) as beside:
        written: Future[None] | None = None
        for schools in portions(dataset, counties):
            faulty = faulty_counties(schools)
            summary.left_out |= faulty
            sound = schools[~schools["division_code"].isin(list(faulty))] if faulty else schools
            for portion in judge_portion(sound, last_years, regime, overlays=overlays, on=on):
                _count(summary, portion, last_years)
                if written is not None:
                    written.result()  # one portion is written while the next is judged, and no more than that
                written = beside.submit(_write, writers, portion)
        if written is not None:
            written.result()
        rows = pd.DataFrame(
            {"division_code": list(summary.left_out), "reason": list(summary.left_out.values())}, dtype="str"
        )
        writers.write("left_out", rows)
        writers.close()
        summary.folder.mkdir(exist_ok=True)
        for name in FILES:
            if (partial / f"{name}.parquet").exists():
                (partial / f"{name}.parquet").replace(inside(summary.folder, f"{name}.parquet"))
    return summary


def keep_freed_memory() -> None:
    """Let the C library of Linux keep what columns gave back for the next columns, which else are new pages each time.

    A fifth of the judging was the kernel handing out pages. The peak is that of a portion as before. Does nothing
    where the library has no such setting.
    """
    try:
        set_option = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):  # another C library
        return
    for option in (MAP_FROM, TRIM_FROM):
        set_option(option, KEPT_BYTES)


def _write(writers: _Writers, portion: Portion) -> None:
    writers.texts.clear()
    for columns in portion.indicators:
        writers.write("indicators", columns)
    for name in ("coefficients", "schools", "counties"):
        writers.write(name, getattr(portion, name))


def _count(summary: NationSummary, portion: Portion, last_years: dict[str, int]) -> None:
    whole = portion.counties[portion.counties["stage"] == ALL_STAGES]
    latest = whole[whole["year"] == whole["division_code"].map(last_years)]
    summary.counties += len(latest)
    summary.outcomes.update(latest["resources"].astype(str).tolist())


class _Writers:
    """One open Parquet file per frame, its columns those of the first rows written to it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.open: dict[str, Any] = {}
        self.texts: dict[int, tuple[pd.Index[Any], Any]] = {}
        """Categories that were worded already, by identity: the columns of a portion share them."""

    def __enter__(self) -> _Writers:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def write(self, name: str, rows: Mapping[str, Any] | pd.DataFrame) -> None:
        """Append rows; texts and statements are written as the texts of their categories, and no index survives."""
        import pyarrow
        import pyarrow.parquet

        table = pyarrow.table({str(column): self._array(values) for column, values in rows.items()})
        if name not in self.open:
            texts = [one.name for one in table.schema if not pyarrow.types.is_floating(one.type)]
            self.open[name] = pyarrow.parquet.ParquetWriter(
                self.folder / f"{name}.parquet",
                table.schema,
                compression="zstd",
                use_dictionary=texts,
                store_schema=False,
            )
        self.open[name].write_table(table)

    def _array(self, values: Any) -> Any:
        """A column for pyarrow: a missing number or text is null."""
        import pyarrow

        values = getattr(values, "array", values)
        if not isinstance(values, pd.Categorical):
            return pyarrow.array(
                np.asarray(values) if hasattr(values, "to_numpy") else values, from_pandas=True
            )
        known = values.categories
        if id(known) not in self.texts:
            self.texts[id(known)] = known, pyarrow.array(map(tell, known), type=pyarrow.string())
        codes = pyarrow.array(values.codes.astype(np.int32), mask=values.codes < 0)
        return pyarrow.DictionaryArray.from_arrays(codes, self.texts[id(known)][1])

    def close(self) -> None:
        """Finish every file."""
        while self.open:
            self.open.popitem()[1].close()
