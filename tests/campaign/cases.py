"""Seeded mutations: what is done to a good input, and what must be seen of it.

``told``: the run must say something that it does not say of the good input, or fail. ``same``: the figures must be
those of the good input. ``noticed``: if the figures differ, something must be said. ``any``: nothing but a decent end.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

TOLD, SAME, NOTICED, ANY = "told", "same", "noticed", "any"


@dataclass
class Case:
    """One input of the program: its files, its arguments (file names stand for themselves), and what must be seen."""

    name: str
    files: dict[str, bytes]
    arguments: list[str]
    expected: str
    base: str = ""
    details: str = field(default="")


def write(case: Case, folder: Path) -> None:
    """Lay a case's files out in a folder."""
    for name, content in case.files.items():
        (folder / name).write_bytes(content)
