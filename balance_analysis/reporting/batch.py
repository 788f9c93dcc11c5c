"""Many counties, one report each: a bad county is listed and does not stop the others."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from balance_analysis.assessment import CountyAssessment, require_schools
from balance_analysis.counties import files_without_counties, not_assessable
from balance_analysis.door import open_assessment
from balance_analysis.errors import (
    BalanceAnalysisError,
    Issue,
    ParameterError,
    RegimeError,
    ReportError,
    WorkbookError,
    must_be_corrected,
)
from balance_analysis.findings.case import Case, remember
from balance_analysis.parameters import named_plan
from balance_analysis.places import NOTEBOOKS
from balance_analysis.programmes import with_target_year_of
from balance_analysis.reporting.deliver import PDF, WORD, Order, deliver, texts_from_data
from balance_analysis.reporting.exports import write_assessment, write_diagnosis
from balance_analysis.reporting.files import half_made
from balance_analysis.reporting.journal import ReportNames, record, withdraw
from balance_analysis.reporting.manifest import file_sha256, write_manifest, write_summary
from balance_analysis.reporting.warm import CAN_FORK, allow_fork, die_with_parent
from balance_analysis.views.county.page import stamp
from balance_analysis.words import say
from balance_analysis.words.labels import OUTCOMES
from balance_analysis.workbook.reader import split_side_files
from balance_analysis.workbook.tables import SchoolTables


@dataclass(frozen=True)
class ReportRequest:
    """One county's report as plain data, fit to travel to another process or machine."""

    files: tuple[str, ...]
    division_code: str
    regime: str
    year: int | None = None
    overlays: tuple[str, ...] = ()
    target_year: int | None = None
    on: str | None = None
    plan: str | None = None
    issued_on: str | None = None
    issuing_office: str = ""
    notebook: str = str(NOTEBOOKS / "county_report.ipynb")
    formats: tuple[str, ...] = (PDF,)


@dataclass(frozen=True)
class ReportResult:
    """What became of one request: ``status`` is ``done`` or ``failed`` (then ``message`` says why).

    ``issues``: all of a county that could be assessed, those that stopped it of another.
    """

    request: ReportRequest | None
    division_code: str
    status: str
    county: str = ""
    year: int | None = None
    outcome: str = ""
    overall_outcome: str = ""
    pdf: str = ""
    pdf_sha256: str = ""
    docx: str = ""
    notebook: str = ""
    on: str = ""
    regime_sha256: str = ""
    message: str = ""
    seconds: float = 0.0
    soft_issues: int = 0
    issues: tuple[Issue, ...] = ()
    inputs: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class BatchResult:
    """All results of a run and where they lie."""

    folder: Path
    results: tuple[ReportResult, ...] = field(default=())

    @property
    def failed(self) -> tuple[ReportResult, ...]:
        """Requests without a report."""
        return tuple(result for result in self.results if result.status != "done")


def plan_requests(
    tables: SchoolTables,
    files: Sequence[Path],
    *,
    regime: str,
    overlays: Sequence[str] = (),
    year: int | None = None,
    target_year: int | None = None,
    on: date | None = None,
    plan: str | None = None,
    issued_on: date | None = None,
    issuing_office: str = "",
    notebook: Path | None = None,
    formats: Sequence[str] = (PDF,),
) -> tuple[list[ReportRequest], list[ReportResult]]:
    """One request per county of the files, and a failed result per file that nothing could be read from.

    ``files`` are those the tables were read from, in the same order; side files among them go with every
    county. A file given twice is no failure.
    """
    data, sides = split_side_files(files)
    by_name = {source.name: str(path.resolve()) for source, path in zip(tables.sources, data, strict=True)}
    answers = [str(path.resolve()) for path in sides]
    requests = []
    for code in tables.division_codes():
        of_county = {source.name for source in tables.restrict(code).sources}
        names = sorted(of_county & set(by_name))
        requests.append(
            ReportRequest(
                files=(*(by_name[name] for name in names), *answers),
                division_code=code,
                regime=regime,
                year=year,
                overlays=tuple(overlays),
                target_year=target_year,
                on=None if on is None else on.isoformat(),
                plan=plan,
                issued_on=None if issued_on is None else issued_on.isoformat(),
                issuing_office=issuing_office,
                notebook=str(notebook or NOTEBOOKS / "county_report.ipynb"),
                formats=tuple(formats),
            )
        )
    hashes = {source.name: source.sha256 for source in tables.sources}
    failures = [
        ReportResult(
            request=None,
            division_code="",
            status="failed",
            county=failure.county,
            issues=failure.issues,
            message=failure.text,
            inputs=((failure.county, hashes[failure.county]),),
        )
        for failure in files_without_counties(tables)
    ]
    return requests, failures


def produce_report(request: ReportRequest, folder: str) -> ReportResult:
    """Make one report: run the notebook, set the PDF, read it back, move both into place.

    The unit of work of the batch: self-contained, picklable, and the one place where any error
    becomes a line in the summary instead of an end of the run.
    """
    started = time.monotonic()
    known: dict[str, Any] = {"request": request, "division_code": request.division_code}
    inputs = tuple((Path(name).name, file_sha256(Path(name))) for name in request.files)
    try:
        county = open_assessment(
            list(request.files),
            division_code=request.division_code,
            year=request.year,
            regime=request.regime,
            overlays=request.overlays,
            target_year=request.target_year,
            on=None if request.on is None else date.fromisoformat(request.on),
        )
        county = with_target_year_of(named_plan(request.plan), county)
        known |= {
            "request": replace(request, target_year=county.target_year),
            "county": county.county,
            "year": county.year,
            "outcome": county.outcome,
            "overall_outcome": county.overall_outcome,
            "on": county.regime.on.isoformat(),
            "regime_sha256": county.regime.fingerprint,
            "soft_issues": sum(issue.severity == "soft" for issue in county.issues),
            "issues": county.issues,
        }
        require_schools(county)
        made = _deliver(request, county, Path(folder))
        return ReportResult(**known, **made, status="done", inputs=inputs, seconds=time.monotonic() - started)
    except Exception as error:  # noqa: BLE001 - the batch runner: one county must not stop the others
        return _failed(error, Path(folder), **known, inputs=inputs, seconds=time.monotonic() - started)


def _failed(error: BaseException, folder: Path, **known: Any) -> ReportResult:
    """One county's error as a line of the summary; an error nobody foresaw says so.

    What an earlier run of the same name left in ``folder`` for this county is taken away.
    """
    request: ReportRequest = known["request"]
    left = withdraw(folder, request.division_code, request.regime)
    issues = known.pop("issues", ())
    if isinstance(error, WorkbookError):
        issues, message = error.issues, must_be_corrected(error.issues)
    elif isinstance(error, BalanceAnalysisError):
        message = str(error)
        if (
            isinstance(error, ParameterError | RegimeError) and "county" not in known
        ):  # it was not even opened
            issues = (not_assessable(request.division_code, Path(request.files[0]).name, message),)
    else:
        message = say("door.unforeseen", error=f"{type(error).__name__}：{error}")
    if left:
        message += f"；以前的报告未能删除，已不可用：{'、'.join(left)}"
    return ReportResult(**known, status="failed", message=message, issues=issues)


def _deliver(request: ReportRequest, county: CountyAssessment, folder: Path) -> dict[str, Any]:
    names = ReportNames(request.division_code, county.year, request.regime)
    case = Case(
        county,
        plan=named_plan(request.plan),
        issued_on=None if request.issued_on is None else date.fromisoformat(request.issued_on),
        issuing_office=request.issuing_office,
    )
    cover = {"issued_on": request.issued_on, "issuing_office": request.issuing_office}

    def prepare(partial: Path) -> Order:
        data = partial / names.data
        write_assessment(county, data)
        write_diagnosis(case.diagnosis, data)
        record(names, data)
        parameters = {
            "files": list(request.files),
            "division_code": request.division_code,
            "year": county.year,
            "regime": request.regime,
            "overlays": list(request.overlays),
            "target_year": county.target_year,
            "on": county.regime.on.isoformat(),
            "plan": request.plan,
            **{name: value for name, value in cover.items() if value},
        }
        remember(parameters, case)
        return Order(
            notebook=Path(request.notebook),
            parameters=parameters,
            stamp=stamp(case),
            expected=[
                county.county,
                county.division_code,
                OUTCOMES[county.overall_outcome], *county.current("schools")["school_name"],
            ],
            known=texts_from_data(county),
            keywords=[county.county, county.division_code],
            simulated=county.tables.simulated,
            formats=request.formats,
        )  # fmt: skip

    delivery = deliver(prepare, folder, names.stem, replaces=(names.pdf, names.docx))
    made = {"pdf_sha256": delivery.pdf.sha256, "notebook": names.notebook}
    return made | {
        kind: name for kind, name in ((PDF, names.pdf), (WORD, names.docx)) if kind in request.formats
    }


def run_batch(
    requests: Sequence[ReportRequest],
    out: Path,
    *,
    failures: Sequence[ReportResult] = (),
    jobs: int | None = None,
    progress: bool = True,
) -> BatchResult:
    """Make every report into the folder ``out`` and write ``summary.csv`` and ``manifest.json`` there.

    ``failures`` are results known beforehand (unreadable files). ``jobs`` is the number of
    processes, by default one per core. Results keep the order of the requests.
    """
    from tqdm import tqdm

    with half_made(out, "trial"):
        pass  # a folder that cannot be written to is known before hours of work
    started = datetime.now(UTC)
    results: dict[int, ReportResult] = {}
    with tqdm(total=len(requests), desc="生成报告", unit="县", disable=not progress) as bar:
        for index, result in _results(requests, out, jobs):
            results[index] = result
            bar.set_postfix_str(result.county or result.division_code)
            bar.update()
    ordered = (*failures, *(results[index] for index in sorted(results)))
    write_summary(ordered, out / "summary.csv")
    write_manifest(ordered, out / "manifest.json", started=started, finished=datetime.now(UTC))
    return BatchResult(out, ordered)


def _await_orders() -> None:
    """In a worker: Ctrl-C is the parent's business, and its word to end clears away what is half made."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _stop)
    die_with_parent()
    allow_fork()


def _stop(*_: object) -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # a kernel that dies in mid-sentence has nothing more to say
    sys.exit(143)


@contextmanager
def _ended_together() -> Iterator[None]:
    """An interrupted run takes its workers with it."""
    try:
        yield
    except KeyboardInterrupt:
        for child in multiprocessing.active_children():
            child.terminate()
        raise


def _results(
    requests: Sequence[ReportRequest], out: Path, jobs: int | None
) -> Iterator[tuple[int, ReportResult]]:
    workers = min(jobs or os.cpu_count() or 1, len(requests))
    if workers <= 1:
        for index, request in enumerate(requests):
            yield index, produce_report(request, str(out))
        return
    lost: list[int] = []
    for index, result in _in_processes(requests, range(len(requests)), out, workers):
        if result is None:
            lost.append(index)
        else:
            yield index, result
    for index in lost:  # once more, one at a time, so that the one that ends its process is known
        for _, result in _in_processes(requests, [index], out, 1):
            if result is None:
                request = requests[index]
                error = ReportError(f"生成{request.division_code}的报告时进程两次意外终止，可能是内存不足")
                result = _failed(error, out, request=request, division_code=request.division_code)
            yield index, result


def _in_processes(
    requests: Sequence[ReportRequest], indices: Sequence[int], out: Path, workers: int
) -> Iterator[tuple[int, ReportResult | None]]:
    """The results of some requests, each made in a process of its own; None where a process was lost before it had answered.

    Processes are forked from one that has loaded everything and nothing else; where the system cannot fork they start anew.
    """
    context: Any = multiprocessing.get_context("forkserver" if CAN_FORK else "spawn")
    if CAN_FORK:
        context.set_forkserver_preload(["balance_analysis.reporting.preload"])
    with (
        ProcessPoolExecutor(
            max_workers=workers,
            mp_context=context,
            initializer=_await_orders,
            max_tasks_per_child=1 if CAN_FORK else None,
        ) as pool,
        _ended_together(),
    ):
        waiting: dict[Future[ReportResult], int] = {
            pool.submit(produce_report, requests[index], str(out)): index for index in indices
        }
        while waiting:
            done, _ = wait(waiting, return_when=FIRST_COMPLETED)
            for future in done:
                index, error = waiting.pop(future), future.exception()
                if error is None:
                    yield index, future.result()
                elif isinstance(error, BrokenProcessPool):
                    yield index, None
                else:
                    request = requests[index]
                    yield index, _failed(error, out, request=request, division_code=request.division_code)
