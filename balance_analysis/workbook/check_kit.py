"""What every check on typed tables needs: its record, its issues with their address, its wording."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from balance_analysis.errors import Issue, Place
from balance_analysis.terms import Severity
from balance_analysis.workbook.layouts import own_fields
from balance_analysis.workbook.tables import SchoolTables

Finder = Callable[[SchoolTables], Iterable[Issue]]

STAGE_LABELS = {"primary": "小学", "junior_secondary": "初中", "senior_secondary": "高中"}
ENROLMENT_COLUMNS = tuple(f"{stage}_enrolment" for stage in STAGE_LABELS)
CAMPUS_NUMERATORS = (
    "teaching_and_auxiliary_area_m2",
    "indoor_sports_area_m2",
    "sports_ground_area_m2",
    "other_on_site_sports_area_m2",
    "teaching_equipment_value_wan_cny",
    "multimedia_classrooms",
    "teaching_computers",
    "books",
)
"""Resources of the whole campus that are divided by its pupils."""


@dataclass(frozen=True)
class Check:
    """A check: stable code, severity, what it says in general, and how it looks."""

    code: str
    severity: Severity
    message: str
    find: Finder


def issue_at(
    tables: SchoolTables,
    index: int,
    column: str,
    *,
    found: str,
    expected: str,
    remedy: str,
    table: str = "schools",
    whole_file: bool = False,
) -> Issue:
    """An issue at one cell; code, severity and message are filled in from the :class:`Check`.

    ``whole_file`` leaves the county open: when the county code itself is in doubt, every county of
    the file is concerned.
    """
    line = tables.lines[table][index]
    place, header = tables.place(table, index, column) or (
        Place(line.file, line.sheet, f"第{line.row}行"),
        header_at(tables, line.file, column, table),
    )
    return Issue(
        code="",
        severity=Severity.SOFT,
        place=place if place.sheet or place.file != line.file else replace(place, sheet=line.sheet),
        column=header,
        found=found,
        expected=expected,
        remedy=remedy,
        division_code="" if whole_file else line.division_code,
        school_code=line.school_code,
        year=line.year,
    )


def header_at(tables: SchoolTables, file: str, column: str, table: str = "schools") -> str:
    """What the file itself calls a column; what our template calls it where the file lacks it."""
    found = tables.columns.get((file, table, column))
    return found[2] if found else label(column)


def cell_of(tables: SchoolTables, index: int, column: str) -> str:
    """The cell of a school's figure (``K5``; with file and sheet where it stands in another file), for a sentence."""
    address = tables.address("schools", index, column)
    return address if " " in address else address.rpartition("!")[2]


def label(column: str) -> str:
    """The header of our template for a field."""
    fields = own_fields()
    return fields[column].header if column in fields else column


def number(value: float) -> str:
    """A figure as a clerk writes it: no digits that were not filed, no exponent.

    >>> number(480.0), number(0.125), number(12345678.5)
    ('480', '0.125', '12345678.5')
    """
    return f"{value:.10g}" if abs(value) < 1e10 else f"{value:.0f}"


def text_or_blank(value: object) -> str:
    """A text, or the empty text for what is missing."""
    return value if isinstance(value, str) else ""


def where(mask: pd.Series[Any]) -> list[int]:
    """Index labels of the rows that are certainly true; an unknown comparison finds nothing."""
    labels: list[int] = mask.index[mask.to_numpy(dtype=bool, na_value=False)].tolist()
    return labels


def groups(frame: pd.DataFrame, *keys: str) -> dict[tuple[Any, ...], list[int]]:
    """Index labels of the rows by the given keys, in order; rows in which a key is missing are left out."""
    known = frame[list(keys)].dropna()
    found: dict[tuple[Any, ...], list[int]] = {}
    columns = (known[name].tolist() for name in keys)
    for label, key in zip(known.index.tolist(), zip(*columns, strict=True), strict=True):
        found.setdefault(key, []).append(label)
    return dict(sorted(found.items()))
