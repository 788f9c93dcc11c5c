"""A run's folder: one run at a time, half-made things in one place, each county in place by one rename and in the journal after it.

    RUN/index.html summary.csv manifest.json journal.jsonl
    RUN/<code>_<year>_<regime>/   the report, the executed notebook, data/, report.json
    RUN/.work RUN/.lock           only while a run is at work; what a killed run left the next one clears away

A run by parts (``--shard i/n``) has one lock, one working folder and one journal per part.
"""

from __future__ import annotations

import os
import sys
from contextlib import ExitStack, suppress
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from balance_analysis.errors import ReportError
from balance_analysis.reporting.files import clear_away, files_below, inside, safe_name, writing
from balance_analysis.reporting.journal import (
    JOURNAL,
    Entries,
    Entry,
    append_entry,
    enter,
    own_names,
    read_journals,
    withdraw,
)
from balance_analysis.reporting.manifest import file_sha256
from balance_analysis.reporting.results import ReportResult
from balance_analysis.words import say

LOCK: Final = ".lock"
WORK: Final = ".work"


class RunFolder:
    """The folder ``folder``, held by this process while the context lasts; ``part`` is (i, n) of a run by parts.

    Raises :class:`ReportError` where another run holds it or it cannot be written to.
    """

    def __init__(self, folder: Path, part: tuple[int, int] | None = None) -> None:
        self.folder = folder
        self._name = "" if part is None else f"-{part[0]}-of-{part[1]}"
        self._stack = ExitStack()
        self.work = folder / f"{WORK}{self._name}"
        self.entries: Entries = {}

    def __enter__(self) -> Self:
        existed = self.folder.exists()
        with ExitStack() as stack:
            if not existed:
                stack.callback(_remove_if_empty, self.folder)
            stack.enter_context(writing(self.folder))
            self.folder.mkdir(parents=True, exist_ok=True)
            stack.callback(_lock(self.folder / LOCK, shared=bool(self._name)))
            if self._name:
                stack.callback(_lock(self.folder / f"{LOCK}{self._name}"))
            inside(self.folder, self.work.name)
            clear_away(self.work)
            self.work.mkdir()
            stack.callback(clear_away, self.work)
            self.entries = read_journals(self.folder)
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.__exit__(kind, error, trace)

    def finished(self, key: str) -> ReportResult | None:
        """The report that was made under this key, if it lies there as it was made: every file with its recorded hash."""
        for entry in self.entries.values():
            if entry.key == key and entry.result.status == "done":
                return entry.result if self._untouched(entry) else None
        return None

    def keep(self, result: ReportResult, made: Path | None, key: str) -> ReportResult:
        """Put a finished report in place by one rename and write it down; one that failed takes its earlier reports away.

        Returns the result, a failed one where it could not be put in place.
        """
        files: dict[str, str] = {}
        if result.status == "done" and made is not None:
            try:
                files = hashes(made)
                with writing(self.folder):
                    self._place(made)
            except ReportError as error:
                result = result.failed_with(str(error))
        if result.status != "done":
            left = withdraw(self.folder, result.division_code, result.regime)
            if left:
                result = result.failed_with(
                    result.message + say("batch.not_withdrawn", names="、".join(left)), result.issues
                )
        entry = Entry(key, result, files, datetime.now(UTC).isoformat())
        append_entry(self.folder / self._name.join(JOURNAL), entry)
        enter(self.entries, entry)
        return result

    def others(self, taken: set[tuple[str, str]]) -> list[ReportResult]:
        """What earlier runs wrote down of counties (code, regime) that are not ``taken``, as far as it still lies there."""
        return [
            entry.result
            for entry in self.entries.values()
            if (entry.result.division_code, entry.result.regime) not in taken
            and (entry.result.status != "done" or (self.folder / entry.result.paper).is_file())
        ]

    def _place(self, made: Path) -> None:
        place = inside(self.folder, safe_name(made.name))
        before = self.work / f"{made.name}.before"
        if place.exists():
            os.rename(place, before)
        os.rename(made, place)
        if before.exists():
            for path in before.iterdir():  # what somebody else has put there stays
                if path.name not in own_names(made.name) and not (place / path.name).exists():
                    os.replace(path, place / path.name)
            clear_away(before)

    def _untouched(self, entry: Entry) -> bool:
        try:
            place = inside(self.folder, Path(entry.result.paper).parent.name)
        except ReportError:
            return False
        return all(file_sha256(place / name) == sha256 for name, sha256 in entry.files.items())


def hashes(folder: Path) -> dict[str, str]:
    """The SHA-256 of every file of a folder by its path in it."""
    return {path.relative_to(folder).as_posix(): file_sha256(path) for path in files_below(folder)}


def _remove_if_empty(folder: Path) -> None:
    with suppress(OSError):
        folder.rmdir()


def _lock(path: Path, *, shared: bool = False) -> Any:
    """Hold a lock that ends with this process; returns what gives it back. ``ReportError`` where somebody else holds it."""
    while True:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            _take(handle, shared)
        except OSError:
            os.close(handle)
            raise ReportError(say("batch.locked", folder=str(path.parent))) from None
        with suppress(OSError):
            if os.path.samestat(os.fstat(handle), os.stat(path)):
                break
        os.close(handle)  # somebody has just given back and deleted the file we hold

    def give_back() -> None:
        with suppress(OSError):
            if not shared:
                path.unlink()
        os.close(handle)

    return give_back


def _take(handle: int, shared: bool) -> None:
    if sys.platform == "win32":
        import msvcrt

        if not shared:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        return
    import fcntl

    fcntl.flock(handle, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
