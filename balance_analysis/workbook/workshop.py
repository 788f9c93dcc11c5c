"""Rows of exports and forms as records while they are completed and joined."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from balance_analysis.errors import Issue, Place
from balance_analysis.terms import Severity
from balance_analysis.workbook.check_kit import label, number, text_or_blank
from balance_analysis.workbook.tables import PROVENANCE, SchoolTables

FILE_STAGE = "file_stage"
COMPLETED = "completed"
FORM_NUMBER = "form_number"
"""Column that marks rows of layouts to be completed and joined; ``file_stage`` holds the stage of an export, ``form_number``
the number of the 教基 form that a row was read from."""


@dataclass
class Workshop:
    """Records with the address of what was moved, and what is to be said about them."""

    tables: SchoolTables
    records: list[dict[str, Any]]
    elsewhere: dict[tuple[str, str, int, str], tuple[str, str, str, str]]
    issues: list[Issue] = field(default_factory=list)
    handed_in: set[tuple[str, ...]] = field(default_factory=set)
    """Stage, school year and county of every row as it was handed in."""
    left_out: set[tuple[str, str, int]] = field(default_factory=set)
    """File, sheet and row of schools that are left out: what was said of their cells is not said."""

    def place(self, record: Mapping[str, Any], name: str) -> tuple[Place, str]:
        """Place and header of a record's figure; its row where no file has it."""
        file, sheet, row = (record[part] for part in PROVENANCE)
        moved = self.elsewhere.get((file, sheet, int(row), name))
        if moved is not None:
            return Place(*moved[:3]), moved[3]
        found = self.tables.columns.get((file, "schools", name))
        if found is None:
            return Place(file, sheet, f"第{int(row)}行"), label(name)
        return Place(file, found[0], f"{found[1]}{int(row)}"), found[2]

    def move(self, record: Mapping[str, Any], name: str, place: Place, header: str) -> None:
        """Remember that a figure of a record stands at another place."""
        key = (record["source_file"], record["source_sheet"], int(record["source_row"]), name)
        self.elsewhere[key] = (place.file, place.sheet, place.cell, header)

    def issue(
        self,
        code: str,
        severity: Severity,
        record: Mapping[str, Any],
        name: str,
        *,
        found: str,
        expected: str,
        remedy: str,
        message: str,
    ) -> None:
        """An issue at one figure of a record."""
        place, header = self.place(record, name)
        year = record.get("school_year")
        self.issues.append(
            Issue(
                code,
                severity,
                place,
                header,
                found,
                expected,
                remedy,
                message,
                division_code=text_or_blank(record.get("division_code")),
                school_code=text_or_blank(record.get("school_code")),
                year=None if is_missing(year) else int(str(year)),
            )
        )


def is_missing(value: Any) -> bool:
    """None or a missing value of any frame; an empty text and False are values."""
    return value is None or (not isinstance(value, str | bool) and pd.isna(value))


def key_text(value: Any) -> str:
    """A value as part of a key; empty where it is missing."""
    return "" if is_missing(value) else str(value)


def shown(value: Any) -> str:
    """A value as a clerk writes it."""
    if isinstance(value, bool):
        return "是" if value else "否"
    return number(float(value)) if isinstance(value, int | float) else str(value)


def records_by(records: Iterable[dict[str, Any]], *names: str) -> dict[tuple[str, ...], list[dict[str, Any]]]:
    """Records by the texts of some fields, each list in the order of the records."""
    found: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for record in records:
        found.setdefault(tuple(key_text(record[name]) for name in names), []).append(record)
    return found


def take_over(work: Workshop, base: dict[str, Any], other: Mapping[str, Any]) -> None:
    """What another row of the same school has, with its place; a figure that both have must be the same."""
    for name, value in other.items():
        if name in (*PROVENANCE, FILE_STAGE, FORM_NUMBER, COMPLETED) or is_missing(value):
            continue
        if is_missing(base.get(name)):
            base[name] = value
            place, header = work.place(other, name)
            work.move(base, name, place, header)
        elif base[name] != value and name != "sponsor":
            _difference(work, base, other, name)


def _difference(work: Workshop, base: Mapping[str, Any], other: Mapping[str, Any], name: str) -> None:
    place, _ = work.place(other, name)
    same_name = name in ("school_name", "main_school_name")
    work.issue(
        "joined_files_differ", Severity.SOFT if same_name else Severity.HARD, base, name,
        found=f"{base['school_name']}：{shown(base[name])}；{place}为{shown(other[name])}",
        expected="同一学校在各学段文件中一致（共用的校舍、设备只计一次）", remedy="核对后改正其中一处，使两处相同",
        message="同一学校在两个文件中的数据不一致。",
    )  # fmt: skip
