"""Filed rows one by one, read exactly: the row of a county, a row of evidence.

A record answers with exact fractions, and with None for a blank: nothing here turns a blank into zero.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import pandas as pd

from balance_analysis.exact import as_filed

WAN = 10000
"""Yuan in one 万元."""


@dataclass(frozen=True)
class Sum:
    """A sum of filed numbers: ``value`` is None when a part was blank, ``missing`` names the blank fields."""

    value: Fraction | None
    missing: tuple[str, ...] = ()

    @classmethod
    def of(cls, parts: Iterable[tuple[str, Fraction | None]]) -> Sum:
        """Add named parts.

        >>> Sum.of([("graduates", Fraction(3)), ("deaths_three_years", None)])
        Sum(value=None, missing=('deaths_three_years',))
        """
        listed = list(parts)
        missing = tuple(dict.fromkeys(name for name, value in listed if value is None))
        if missing:
            return cls(None, missing)
        return cls(sum((value for _, value in listed if value is not None), Fraction(0)))


@dataclass(frozen=True)
class Record:
    """One filed row, read exactly."""

    row: Mapping[str, Any]

    def number(self, field: str) -> Fraction | None:
        """The decimal that was filed, or None where the cell is blank or the column absent."""
        value = self.row.get(field)
        return None if value is None or pd.isna(value) else as_filed(float(value))

    def text(self, field: str) -> str:
        """Text without surrounding blanks; empty where the cell is blank."""
        value = self.row.get(field)
        return value.strip() if isinstance(value, str) else ""

    def flag(self, field: str) -> bool | None:
        """是 / 否, or None where the cell is blank.

        >>> [Record({"boarding": filed}).flag("boarding") for filed in (True, False, None, float("nan"))]
        [True, False, None, None]
        """
        value = self.row.get(field)
        return None if value is None or pd.isna(value) else bool(value)

    def total(self, *fields: str) -> Sum:
        """Sum of several fields of the row."""
        return Sum.of((field, self.number(field)) for field in fields)


def rows_of_year(frame: pd.DataFrame, year: int) -> list[Record]:
    """The rows of one school year, in file order."""
    if frame.empty:
        return []
    rows = frame[frame["school_year"].astype("float64") == year]
    return [Record({str(key): value for key, value in row.items()}) for row in rows.to_dict("records")]
