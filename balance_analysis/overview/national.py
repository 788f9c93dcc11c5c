"""Published national figures from the project's own file, each with its status and its source."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from balance_analysis.errors import BalanceAnalysisError, system_reason
from balance_analysis.places import NATIONAL_CONTEXT

CONTEXT_FILE = NATIONAL_CONTEXT
"""The file of the figures."""

COLUMNS = ("series", "year", "area", "value", "unit", "status", "source", "url", "note")
STATUSES = ("原文", "推算", "未见原文")
"""Read in a document (or a copy of one); computed from such figures; neither."""

SERIES = (
    "basic_balance_new",
    "basic_balance_cumulative",
    "basic_balance_share",
    "quality_balance_new",
    "quality_balance_cumulative",
    "primary_floor_area",
    "primary_teaching_area",
    "primary_indoor_sports_area",
    "primary_living_area",
)
AREAS = ("total", "urban", "town", "rural")


@dataclass(frozen=True)
class NationalContext:
    """Figures as in the file (COLUMNS, ``value`` as float) with two columns added.

    ``share_of_total``: an area's part of its series' total; ``value_wan_m2``: floor areas in 万平方米; both NaN
    elsewhere.
    """

    figures: pd.DataFrame

    def series(self, *names: str) -> pd.DataFrame:
        """Rows of these series in the file's order."""
        return self.figures[self.figures["series"].isin(names)].reset_index(drop=True)

    def years(self, *names: str) -> tuple[str, ...]:
        """Years (as printed: a range or a batch may be one) of these series in the file's order, each once."""
        return tuple(dict.fromkeys(self.series(*names)["year"]))


def load_national_context(path: Path = CONTEXT_FILE) -> NationalContext:
    """Read the figures; everything wrong with the file is said at once.

    Refused are unknown columns, series, areas and statuses, values that are no numbers, a figure without a
    source, and the same figure twice (:class:`BalanceAnalysisError`).
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise BalanceAnalysisError(f"读不了全国背景数据 {path.name}：{system_reason(error)}") from None
    rows = list(csv.DictReader(text.splitlines()))
    if not rows or tuple(rows[0]) != COLUMNS:
        raise BalanceAnalysisError(f"{path.name}：列应为 {'、'.join(COLUMNS)}")
    problems = _problems(rows)
    if problems:
        raise BalanceAnalysisError("\n".join(f"{path.name} {problem}" for problem in problems))
    figures = pd.DataFrame(rows, columns=list(COLUMNS))
    figures["value"] = figures["value"].astype("float64")
    totals = figures[figures["area"] == "total"].set_index(["series", "year"])["value"]
    whole = totals.reindex(pd.MultiIndex.from_frame(figures[["series", "year"]])).to_numpy()
    figures["share_of_total"] = (figures["value"] / whole).where(figures["area"] != "total")
    figures["value_wan_m2"] = (figures["value"] / 10_000).where(figures["unit"] == "m²")
    return NationalContext(figures)


def _problems(rows: Sequence[dict[str, str]]) -> list[str]:
    problems, seen = [], set()
    for number, row in enumerate(rows, start=2):
        for name, allowed in (("series", SERIES), ("area", AREAS), ("status", STATUSES)):
            if row[name] not in allowed:
                problems.append(f"第{number}行：{name} 应为 {'、'.join(allowed)} 之一，发现“{row[name]}”")
        try:
            float(row["value"])
        except ValueError:
            problems.append(f"第{number}行：value 应为数字，发现“{row['value']}”")
        if not row["source"].strip():
            problems.append(f"第{number}行：缺少 source（出处）")
        key = (row["series"], row["year"], row["area"])
        if key in seen:
            problems.append(f"第{number}行：与前面的行重复（{'，'.join(key)}）")
        seen.add(key)
    return problems
