"""Evaluate the few formulas of our forms from the cells of a workbook: an independent reading, without a spreadsheet.

Only what the forms use is known; any other function or sign is an error, so that a new formula cannot go unread.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
from openpyxl.utils.cell import range_boundaries

REFERENCE = re.compile(
    r"(?:'(?P<sheet>(?:[^']|'')+)'!)?(?P<cells>\$?[A-Z]{1,3}\$?\d+(?::\$?[A-Z]{1,3}\$?\d+)?)"
)
CRITERION = re.compile(r'"(?P<sign>>=|<=|<|>)"&(?P<cell>CELL\(\d+\))')
GUARDED = re.compile(
    r"=IF\((?:COUNT\((?P<range>[^()]+)\)=(?:ROWS|COLUMNS)\((?P=range)\)|ISNUMBER\((?P<cell>[A-Z]+\d+)\)|"
    r'COUNTIF\((?P<words>[^()]+),"无法判定"\)=0),(?P<figure>[^"]*(?:"(?:[<>]=?|达标)"[^"]*)?),".*\)'
)
"""A figure that is given only where the cells it rests on hold numbers, or no verdict is open; what stands instead are words."""
FUNCTIONS = {"SUMPRODUCT", "SUM", "MIN", "SQRT", "AVERAGE", "COUNTIF", "ROWS"}


def load(path: Path, **options: Any) -> Any:
    """A workbook without its declared types, which allow far more than our forms hold."""
    return openpyxl.load_workbook(path, **options)


class Workbook:
    """A written form: formulas with their cached values, and a way to compute them anew."""

    def __init__(self, path: Path) -> None:
        self.formulas = load(path)
        self.cached = load(path, data_only=True)

    def live(self) -> Iterator[tuple[str, str, str, Any]]:
        """Sheet, cell, formula and cached value of every formula that gives a figure; those that give words LibreOffice is asked."""
        for page in self.formulas.worksheets:
            for row in page.iter_rows():
                for cell in row:
                    if cell.data_type == "f" and not isinstance(
                        self.cached[page.title][cell.coordinate].value, str
                    ):
                        yield (
                            page.title,
                            cell.coordinate,
                            cell.value,
                            self.cached[page.title][cell.coordinate].value,
                        )

    def value(self, sheet: str, coordinate: str) -> Any:
        """A cell's value, computed where it holds a formula."""
        cell = self.formulas[sheet][coordinate]
        if isinstance(word := self.cached[sheet][coordinate].value, str):
            return word
        return self.compute(sheet, cell.value) if cell.data_type == "f" else cell.value

    def compute(self, sheet: str, formula: str) -> float:
        """The value of one formula."""
        if guarded := GUARDED.fullmatch(formula):
            rests_on = self.compute_cells(sheet, guarded["range"] or guarded["cell"] or guarded["words"])
            assert "无法判定" not in [str(value) for value in rests_on], formula
            assert guarded["words"] or all(isinstance(value, int | float) for value in rests_on), formula
            return self.compute(sheet, guarded["figure"])
        found: list[Any] = []

        def refer(match: re.Match[str]) -> str:
            name = match["sheet"].replace("''", "'") if match["sheet"] else sheet
            found.append(self._cells(name, match["cells"].replace("$", "")))
            return f"CELL({len(found) - 1})"

        text = REFERENCE.sub(refer, formula.removeprefix("="))
        text = CRITERION.sub(r'("\g<sign>", \g<cell>)', text).replace("^", "**")
        unknown = set(re.findall(r"[A-Z]+", text)) - FUNCTIONS - {"CELL"}
        assert not unknown, f"{formula}: {unknown}"
        names = {
            "CELL": lambda number: found[number],
            "SUMPRODUCT": lambda *arrays: np.prod(np.array(arrays, dtype=float), axis=0).sum(),
            "SUM": np.sum,
            "MIN": min,
            "SQRT": np.sqrt,
            "AVERAGE": np.mean,
            "COUNTIF": _count,
            "ROWS": len,
        }
        return float(eval(text, {"__builtins__": {}}, names))

    def compute_cells(self, sheet: str, text: str) -> list[Any]:
        """The values of the cells that a reference names."""
        match = REFERENCE.fullmatch(text)
        assert match, text
        name = match["sheet"].replace("''", "'") if match["sheet"] else sheet
        return [*np.atleast_1d(self._cells(name, match["cells"].replace("$", ""))).tolist()]

    def _cells(self, sheet: str, cells: str) -> Any:
        if ":" not in cells:
            return self.value(sheet, cells)
        left, top, right, bottom = (int(bound or 0) for bound in range_boundaries(cells))
        page = self.formulas[sheet]
        values = [
            self.value(sheet, page.cell(row, column).coordinate)
            for row in range(top, bottom + 1)
            for column in range(left, right + 1)
        ]
        return np.array(values)


def _count(values: Any, criterion: Any) -> int:
    if isinstance(criterion, str):
        return sum(value == criterion for value in values)
    sign, bound = criterion
    compare = {">=": np.greater_equal, "<=": np.less_equal, "<": np.less, ">": np.greater}[sign]
    return int(compare(values.astype(float), bound).sum())
