"""Expensive runs that several tests look at: each kernel is started once per session."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from balance_analysis.cli import main
from tests.county_tables import YEAR, school, write_county
from tests.small_law import law, place

__all__ = ["law", "place"]

HOSTILE_NAME = "模拟*一*小 #第_1_校 $x$"
"""A school's name full of characters that Markdown, TeX and typst would take as markup."""


@dataclass(frozen=True)
class CommandRun:
    """One run of the command line: exit code, both streams and the folder it wrote to."""

    code: int
    out: str
    err: str
    folder: Path


def run_command(arguments: Sequence[str | Path], folder: Path) -> CommandRun:
    """Run ``balance-analysis`` in this process."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main([str(argument) for argument in arguments])
    return CommandRun(code, out.getvalue(), err.getvalue(), folder)


def good_county() -> list[dict[str, Any]]:
    """Two years, both stages, three areas; one school fails, one is too small to count."""
    rows: list[dict[str, Any]] = []
    for year in (YEAR - 1, YEAR):
        rows += [
            school("0001", school_name=HOSTILE_NAME, school_year=year),
            school("0002", urban_rural_code="121", school_year=year, primary_enrolment=180 + year - YEAR),
            school("0003", "nine_year", urban_rural_code="210", school_year=year),
            school(
                "0004", "junior_secondary_school", school_year=year, multimedia_classrooms=1 + YEAR - year
            ),
            school("0005", "teaching_site", urban_rural_code="220", school_year=year, primary_enrolment=9),
        ]
    return rows


@dataclass(frozen=True)
class ReportRun(CommandRun):
    """The run with one good county, one with a hard issue and one unreadable file."""

    good: Path
    bad: Path
    unreadable: Path


REPORT_OPTIONS = (
    "--regime",
    "quality_balance_2017",
    "--overlay",
    "district_entry_rule",
    "--target-year",
    str(YEAR + 3),
)


@pytest.fixture(scope="session")
def report_run(tmp_path_factory: pytest.TempPathFactory) -> ReportRun:
    """``balance-analysis report`` over three files, as an analyst would start it."""
    folder = tmp_path_factory.mktemp("report")
    good = write_county(folder / "模拟县.xlsx", *good_county())
    bad = write_county(
        folder / "错误县.xlsx",
        *(school(code, division_code="020304", county="错误县", primary_enrolment=-5) for code in "12"),
    )
    unreadable = folder / "坏文件.xlsx"
    unreadable.write_bytes(b"this is no workbook")
    run = run_command(
        ["report", bad, good, unreadable, *REPORT_OPTIONS, "-o", folder / "reports", "--run", "first"],
        folder / "reports" / "first",
    )
    return ReportRun(run.code, run.out, run.err, run.folder, good, bad, unreadable)
