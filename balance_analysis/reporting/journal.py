"""What reports left in a run's folder: the record inside each report's own folder, and the run's journal.

The record only permits: what may be deleted are the names that its code, year and regime give, never a name or a pattern that someone wrote
into a file. The journal (JSON lines, appended county by county, each flushed to the disk after the county's folder is in place) says under
which key a report was made and which hash each of its files has; a line that is torn or of something else counts for nothing.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from balance_analysis.errors import ReportError
from balance_analysis.reporting.files import (
    entries_named,
    inside,
    remove_folder,
    safe_name,
    write_whole,
    writing,
)
from balance_analysis.reporting.results import ReportResult, result_from_json, result_to_json

RECORD: Final = "report.json"
DATA: Final = "data"
PROGRAM: Final = "balance-analysis"
JOURNAL: Final = ("journal", ".jsonl")
"""How the name of a run's journal begins and ends; between stands the part, if it is a run by parts."""


@dataclass(frozen=True)
class ReportNames:
    """The names of one county's report in a run's folder; :class:`ReportError` where they would not be plain names."""

    division_code: str
    year: int
    regime: str

    @property
    def stem(self) -> str:
        """The report's folder, and what its PDF and notebook are called."""
        return safe_name(f"{safe_name(self.division_code)}_{self.year}_{safe_name(self.regime)}")

    @property
    def pdf(self) -> str:
        """The report."""
        return f"{self.stem}/{self.stem}.pdf"

    @property
    def docx(self) -> str:
        """The report in Word, where it was asked for."""
        return f"{self.stem}/{self.stem}.docx"

    @property
    def notebook(self) -> str:
        """The executed notebook."""
        return f"{self.stem}/{self.stem}.ipynb"

    @property
    def data(self) -> str:
        """The folder of the tables it rests on."""
        return f"{self.stem}/{DATA}"


def own_names(stem: str) -> tuple[str, ...]:
    """What a report's folder holds of ours, the record last."""
    return (f"{stem}.pdf", f"{stem}.docx", f"{stem}.ipynb", DATA, RECORD)


def record(names: ReportNames, folder: Path) -> None:
    """Write into a report's folder whose it is."""
    content = {
        "program": PROGRAM,
        "division_code": names.division_code,
        "year": names.year,
        "regime": names.regime,
    }
    write_whole(folder / RECORD, json.dumps(content, ensure_ascii=False, indent=2) + "\n")


def withdraw(folder: Path, division_code: str, regime: str) -> tuple[str, ...]:
    """Delete what a run recorded for this county and regime; the names of what could not be deleted.

    What has no well-formed record under its own name stays, and so does everything that is not ours.
    """
    left: list[str] = []
    for names in _recorded(folder):
        if (names.division_code, names.regime) != (division_code, regime):
            continue
        for name in own_names(names.stem):
            try:
                path = inside(folder, names.stem, name)
                if path.is_dir() and name == DATA:
                    remove_folder(path)
                elif path.is_file():
                    path.unlink()
            except (ReportError, OSError):
                left.append(f"{names.stem}/{name}")
        with suppress(OSError):  # what somebody else has put there stays
            (folder / names.stem).rmdir()
    return tuple(left)


def _recorded(folder: Path) -> Iterator[ReportNames]:
    """The reports of a folder by their records; a record that does not fit the name of its folder counts for nothing."""
    for place in sorted(folder.iterdir()) if folder.is_dir() else ():
        if place.is_symlink() or not place.is_dir():
            continue
        names = _read(place / RECORD)
        if names is not None and place.name == names.stem:
            yield names


def _read(path: Path) -> ReportNames | None:
    try:
        content = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return None
    if not isinstance(content, dict) or content.get("program") != PROGRAM:
        return None
    code, year, regime = (content.get(name) for name in ("division_code", "year", "regime"))
    if not isinstance(code, str) or type(year) is not int or not isinstance(regime, str):
        return None
    names = ReportNames(code, year, regime)
    try:
        safe_name(names.stem)
    except ReportError:
        return None
    return names


# --- the run's journal --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Entry:
    """One line of the journal: what became of a county under a key, when, and the hashes of its files by their path in its folder."""

    key: str
    result: ReportResult
    files: dict[str, str] = field(default_factory=dict)
    at: str = ""


Entries = dict[tuple[str, str, int | None], Entry]
"""The last word on each county: by code, regime and school year; without a year where it failed."""


def enter(entries: Entries, entry: Entry) -> None:
    """Let an entry take the place of those that it makes untrue: a failure that of all the county's years, as its reports are gone."""
    code, regime = entry.result.division_code, entry.result.regime
    done = entry.result.status == "done"
    for place in [one for one in entries if one[:2] == (code, regime) and (not done or one[2] is None)]:
        del entries[place]
    entries[code, regime, entry.result.year if done else None] = entry


def append_entry(path: Path, entry: Entry) -> None:
    """Add a line and wait until the disk has it; :class:`ReportError` where the system does not let it."""
    content = {
        "program": PROGRAM,
        "key": entry.key,
        "at": entry.at,
        "result": result_to_json(entry.result),
        "files": entry.files,
    }
    line = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "backslashreplace")
    with writing(path), path.open("ab+") as stream:
        if stream.tell() and _torn(stream):
            line = b"\n" + line
        stream.write(line + b"\n")
        stream.flush()
        os.fsync(stream.fileno())


def _torn(stream: Any) -> bool:
    stream.seek(-1, os.SEEK_END)
    return bool(stream.read(1) != b"\n")


def journals(folder: Path) -> list[Path]:
    """The journals of a run's folder: its own and those of its parts."""
    return entries_named(folder, *JOURNAL)


def read_journals(folder: Path) -> Entries:
    """The last word on each county by all journals of a run's folder, those of its parts included, in the order of time."""
    found = [entry for path in journals(folder) for entry in _entries(path)]
    entries: Entries = {}
    for entry in sorted(found, key=lambda one: one.at):
        enter(entries, entry)
    return entries


def _entries(path: Path) -> Iterator[Entry]:
    try:
        lines = path.read_bytes().splitlines() if not path.is_symlink() else []
    except OSError:
        return
    for line in lines:
        with suppress(ValueError, KeyError, TypeError, AttributeError, RecursionError):
            content = json.loads(line)
            if content["program"] == PROGRAM:
                files = {str(name): str(sha256) for name, sha256 in content["files"].items()}
                yield Entry(
                    str(content["key"]), result_from_json(content["result"]), files, str(content["at"])
                )
