"""A run: many counties through an executor into one folder. A bad county is listed and stops nobody; what is there already is not made again."""

from __future__ import annotations

import json
import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Final

import balance_analysis
from balance_analysis.errors import ReportError
from balance_analysis.reporting.batch import CountyTask, Made, Tasks, failed, make_report, unpack
from balance_analysis.reporting.files import files_below
from balance_analysis.reporting.journal import journals
from balance_analysis.reporting.processes import OneProcessEach, ProcessEndedError
from balance_analysis.reporting.results import BatchResult, ReportRequest, ReportResult
from balance_analysis.reporting.run_folder import RunFolder
from balance_analysis.reporting.site import write_run
from balance_analysis.typefaces import font_files, weights_file
from balance_analysis.words import say
from balance_analysis.workbook.boundaries import Boundaries
from balance_analysis.workbook.tables import SchoolTables

ATTEMPTS: Final = 2
"""So often a county is tried whose process or worker was lost."""
COUNTY_SECONDS: Final = 1800.0
"""A county that is not ready after so long hangs, unless told otherwise."""


@dataclass(frozen=True)
class RunOptions:
    """How a run is done: none of it changes a byte of a report.

    ``jobs`` is the number of processes (one per core), ``county_seconds`` and ``county_megabytes`` are the limits of one county,
    ``part`` is (i, n) of a run by parts, ``force`` makes everything anew, ``boundaries`` are drawn as a map on the run's page.
    """

    jobs: int | None = None
    county_seconds: float | None = COUNTY_SECONDS
    county_megabytes: float | None = None
    part: tuple[int, int] | None = None
    force: bool = False
    progress: bool = True
    boundaries: Boundaries | None = None


@dataclass(frozen=True)
class Elsewhere:
    """An executor whose workers share no disk with us; ``ahead`` counties are handed to it before the first comes back."""

    executor: Executor
    ahead: int = 64


def run_batch(
    requests: Sequence[ReportRequest],
    out: Path,
    *,
    tables: SchoolTables | None = None,
    failures: Sequence[ReportResult] = (),
    options: RunOptions | None = None,
    executor: Executor | Elsewhere | None = None,
    tell: Callable[[str], None] | None = None,
) -> BatchResult:
    """Make every report into the folder ``out`` and write ``summary.csv``, ``manifest.json`` and ``index.html`` there.

    ``tables`` are those of the requests' files where they have been read; ``failures`` are results known beforehand (unreadable files).
    Results keep the order of the requests. The default executor runs each county in a process of its own on this machine. Reports
    that lie there, made under the same key, are kept. An interrupt (Ctrl-C) ends the processes, leaves a true summary, and is raised again.
    Raises :class:`ReportError` where the folder is held by another run or cannot be written to.
    """
    options = options or RunOptions()
    own = (
        range(len(requests))
        if options.part is None
        else range(options.part[0] - 1, len(requests), options.part[1])
    )
    tasks, started = Tasks(tables), datetime.now(UTC)
    results: dict[int, ReportResult] = {}
    with RunFolder(out, options.part) as run:
        keys: dict[int, str] = {}
        for index in own:
            try:
                keys[index] = task_key(tasks.of(requests[index]))
            except Exception as error:  # noqa: BLE001 - one county must not stop the others
                results[index] = run.keep(failed(requests[index], error), None, "")
                continue
            known = None if options.force else run.finished(keys[index])
            if known is not None:
                results[index] = known
        unchanged = sum(result.status == "done" for result in results.values())
        todo = [index for index in own if index not in results]
        if tell is not None and unchanged:
            tell(say("batch.planned", unchanged=unchanged, todo=len(todo)))
        workers = max(1, min(options.jobs or os.cpu_count() or 1, len(todo)))
        pool = executor or local_executor(workers, options)
        try:
            for index, made in _made(pool, todo, tasks, requests, run.work, workers, options.progress):
                result, folder = _received(requests[index], made, run.work)
                results[index] = run.keep(result, folder, keys[index])
        finally:
            if isinstance(pool, OneProcessEach):
                pool.stop()
            ordered = (
                *failures,
                *(results.get(index) or _pending(requests[index]) for index in own),
            )
            taken = {(request.division_code, request.regime) for request in requests}
            earlier = tuple(run.others(taken))
            if options.part is None:
                write_run(
                    (*ordered, *earlier), out, started=started, finished=datetime.now(UTC), boundaries=options.boundaries
                )  # fmt: skip
    return BatchResult(out, ordered, unchanged, earlier)


def local_executor(workers: int, options: RunOptions) -> Executor:
    """Processes of this machine."""
    return OneProcessEach(workers, seconds=options.county_seconds, megabytes=options.county_megabytes)


def collect_run(folder: Path, boundaries: Boundaries | None = None) -> BatchResult:
    """Write summary, manifest and overview of a run by parts from its journals, without making anything.

    Raises :class:`ReportError` where a part is still at work or there is no journal.
    """
    if not journals(folder):
        raise ReportError(say("batch.nothing_to_collect", folder=str(folder)))
    started = datetime.now(UTC)
    with RunFolder(folder) as run:
        found = tuple(
            sorted(run.others(set()), key=lambda one: (one.division_code, one.regime, one.year or 0))
        )
        write_run(found, folder, started=started, finished=datetime.now(UTC), boundaries=boundaries)
    return BatchResult(folder, found)


def task_key(task: CountyTask) -> str:
    """What a report depends on, as one hash: its request, the hashes of its files and plan, law, notebook, package and fonts."""
    content = {
        "request": asdict(task.request),
        "hashes": dict(task.hashes),
        "sources": [source.sha256 for source in (*task.tables.sources, *task.tables.supplements)],
        "law": task.law.fingerprint,
        "overlays": [overlay.id for overlay in task.law.overlays],
        "notebook": sha256(task.notebook).hexdigest(),
        "package": package_sha256(),
    }
    return sha256(json.dumps(content, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


@cache
def package_sha256() -> str:
    """A hash of everything in the package and of the report's fonts."""
    found, root = sha256(), Path(balance_analysis.__file__).parent
    own = [path for path in files_below(root) if path.suffix != ".pyc"]
    for path in (*own, *font_files(), weights_file()):
        found.update(path.name.encode() + b"\0" + sha256(path.read_bytes()).digest())
    return found.hexdigest()


def _pending(request: ReportRequest) -> ReportResult:
    return ReportResult(request, request.division_code, "pending", message=say("batch.pending"))


def _received(
    request: ReportRequest, made: Made | BaseException, work: Path
) -> tuple[ReportResult, Path | None]:
    """A county's result and the folder with its files, if it has any."""
    if isinstance(made, ProcessEndedError):
        return failed(request, ReportError(say(f"batch.ended_{made.reason}", limit=made.limit))), None
    if isinstance(made, OSError):
        return failed(request, made), None
    if isinstance(made, BaseException):
        return failed(request, ReportError(say("batch.lost_twice", code=request.division_code))), None
    if made.content:
        try:
            return made.result, unpack(made.content, work)
        except (ReportError, OSError) as error:
            return failed(request, error, made.result), None
    return made.result, Path(made.folder) if made.folder else None


def _made(
    pool: Executor | Elsewhere,
    todo: Sequence[int],
    tasks: Tasks,
    requests: Sequence[ReportRequest],
    work: Path,
    workers: int,
    progress: bool,
) -> Iterator[tuple[int, Made | BaseException]]:
    """What becomes of each county, as they come; one whose process was lost is tried :data:`ATTEMPTS` times.

    Only so many are handed out as keep the workers busy, so that memory does not grow with the number of counties.
    """
    from tqdm import tqdm

    executor, shared, ahead = (
        (pool.executor, False, pool.ahead) if isinstance(pool, Elsewhere) else (pool, True, workers + 1)
    )
    waiting: dict[Future[Made], tuple[int, int]] = {}
    turn = deque((index, 1) for index in todo)
    with tqdm(total=len(todo), unit="县", desc="生成报告", disable=not progress) as bar:
        while turn or waiting:
            while turn and len(waiting) < ahead and not any(future.done() for future in waiting):
                index, attempt = turn.popleft()
                place = work / f"{index}-{attempt}"
                if shared:
                    place.mkdir(exist_ok=True)
                task = tasks.of(requests[index])
                waiting[executor.submit(make_report, task, str(place) if shared else None)] = index, attempt
            done, _ = wait(waiting, return_when=FIRST_COMPLETED)
            for future in done:
                index, attempt = waiting.pop(future)
                error = future.exception()
                if error is not None and not isinstance(error, ProcessEndedError) and attempt < ATTEMPTS:
                    turn.append((index, attempt + 1))
                    continue
                made = future.result() if error is None else error
                bar.set_postfix_str(made.result.county if isinstance(made, Made) else "")
                bar.update()
                yield index, made
