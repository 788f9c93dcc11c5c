"""What a report left in a run's folder, so that it can be taken away again, and nothing else with it.

Each report keeps a record in its own ``_data`` folder. The record only permits: what may be deleted are the four
names that its code, year and regime give, never a name or a pattern that someone wrote into a file.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from balance_analysis.errors import ReportError
from balance_analysis.reporting.files import inside, safe_name, write_whole

RECORD = "journal.json"
PROGRAM = "balance-analysis"


@dataclass(frozen=True)
class ReportNames:
    """The names of one county's report in a run's folder; :class:`ReportError` where they would not be plain names."""

    division_code: str
    year: int
    regime: str

    @property
    def stem(self) -> str:
        """What all names begin with."""
        return safe_name(f"{safe_name(self.division_code)}_{self.year}_{safe_name(self.regime)}")

    @property
    def pdf(self) -> str:
        """The report."""
        return f"{self.stem}.pdf"

    @property
    def docx(self) -> str:
        """The report in Word, where it was asked for."""
        return f"{self.stem}.docx"

    @property
    def notebook(self) -> str:
        """The executed notebook."""
        return f"{self.stem}.ipynb"

    @property
    def data(self) -> str:
        """The folder of the tables it rests on, and of the record."""
        return f"{self.stem}_data"


def record(names: ReportNames, data: Path) -> None:
    """Write into a report's data folder whose it is."""
    content = {
        "program": PROGRAM,
        "division_code": names.division_code,
        "year": names.year,
        "regime": names.regime,
    }
    write_whole(data / RECORD, json.dumps(content, ensure_ascii=False, indent=2) + "\n")


def withdraw(folder: Path, division_code: str, regime: str) -> tuple[str, ...]:
    """Delete what a run recorded for this county and regime; the names of what could not be deleted.

    What has no well-formed record under its own name stays, and so does everything outside ``folder``.
    """
    left: list[str] = []
    for names in _recorded(folder):
        if (names.division_code, names.regime) != (division_code, regime):
            continue
        for name in (names.pdf, names.docx, names.notebook, names.data):  # the record goes last
            try:
                path = inside(folder, name)
                if path.is_dir() and name == names.data:
                    shutil.rmtree(path)
                elif path.is_file():
                    path.unlink()
            except (ReportError, OSError):
                left.append(name)
    return tuple(left)


def _recorded(folder: Path) -> Iterator[ReportNames]:
    """The reports of a folder by their records; a record that does not fit the name of its folder counts for nothing."""
    for data in sorted(folder.iterdir()) if folder.is_dir() else ():
        if data.is_symlink() or not data.is_dir():
            continue
        names = _read(data / RECORD)
        if names is not None and data.name == names.data:
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
        safe_name(names.data)
    except ReportError:
        return None
    return names
