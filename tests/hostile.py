"""Codes that must never become a path or a pattern, in files of the layouts that they may come in."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

HOSTILE: Mapping[str, str] = {
    "a way up": "../../x",
    "an absolute path": "{folder}/evil",
    "the folder above": "..",
    "the folder itself": ".",
    "a class of digits": "[0-9][0-9]",
    "every name": "*",
    "a sign for any sign": "37032?",
    "a drive": "C:\\x",
    "a share": "\\\\host\\share",
    "a device": "CON",
    "a device in small letters": "lpt1",
    "a stream": "01:x",
    "a NUL": "01\0x",
    "a line break": "01\n02",
    "an escape sequence": "01\x1b[2J",
    "a turn of the reading direction": "01\u202e10",
    "a full-width path": "．．／x",
    "digits of another script": "٠١",
    "an over-long code": "0" * 300,
    "a home": "~",
    "a dot at the end": "01.",
    "markup": "<01>",
}
"""What it is → the code; ``{folder}`` stands for a folder of the test."""

COUNTY_OF_CODE = "敌意县"
OPEN_DATA_COLUMNS = (
    "school_year", "county_code", "county", "school_code", "school_name", "private", "remote_113", "students",
    "classes", "teachers", "staff",
)  # fmt: skip


def code_of(what: str, folder: Path) -> str:
    """The code of that kind, an absolute one into ``folder``."""
    return HOSTILE[what].replace("{folder}", str(folder))


def write_open_data(path: Path, counties: Mapping[str, str], *, year: int = 2020) -> Path:
    """Open data with two schools for each code → county name."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(OPEN_DATA_COLUMNS)
        for number, (code, county) in enumerate(counties.items(), start=1):
            for school in (1, 2):
                name = f"模拟{number}{school}國小"
                serial = f"{number:05d}{school}"
                writer.writerow((year, code, county, serial, name, 0, "general", 300, 12, 20 + school, 25))
    return path


def files_under(folder: Path, *, but: Sequence[Path] = ()) -> dict[str, bytes]:
    """Every file, link and folder below ``folder`` with its content; what lies in ``but`` is left out."""
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else b""
        for path in sorted(folder.rglob("*"))
        if not any(path == left or left in path.parents for left in but)
    }
