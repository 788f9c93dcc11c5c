"""Seeded mutations: what is done to a good input, and what must be seen of it.

``told``: the run must say something that it does not say of the good input, or fail. ``same``: the figures must be
those of the good input. ``noticed``: if the figures differ, something must be said. ``any``: nothing but a decent end.
"""

from __future__ import annotations

from collections.abc import Mapping
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
    links: Mapping[str, str] = field(default_factory=dict)

    def inputs(self) -> list[str]:
        """The files that the arguments name as something to be read."""
        ways = zip(["", *self.arguments], self.arguments, strict=False)
        return [word for before, word in ways if word in self.files and before not in ("-o", "--output")]


def write(case: Case, folder: Path) -> None:
    """Lay a case's files out in a folder."""
    for name, content in case.files.items():
        (folder / name).write_bytes(content)
    for name, target in case.links.items():
        (folder / name).symlink_to(target)
