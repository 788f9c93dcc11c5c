"""One county's report as the unit of work of every batch: asked for as plain data, made anywhere, handed back whole."""

from __future__ import annotations

import io
import os
import sys
import time
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import date
from functools import cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory

from balance_analysis.assessment import CountyAssessment, assess_county, law_of_county, require_schools
from balance_analysis.counties import files_without_counties, not_assessable
from balance_analysis.door import worded
from balance_analysis.errors import (
    BalanceAnalysisError,
    ParameterError,
    RegimeError,
    WorkbookError,
    must_be_corrected,
)
from balance_analysis.explain.screening import screened
from balance_analysis.findings.case import Case, remember
from balance_analysis.findings.verdict import overall
from balance_analysis.parameters import named_plan, require_plan_of_ledger, vouch, with_reports
from balance_analysis.places import NOTEBOOKS
from balance_analysis.programmes import (
    Ledger,
    Plan,
    county_ledger,
    read_ledger,
    with_target_year_of,
    workbooks_of,
)
from balance_analysis.regimes import Regime
from balance_analysis.remediation.saved import read_plan
from balance_analysis.reporting.deliver import PDF, WORD, Order, deliver, texts_from_data
from balance_analysis.reporting.exports import write_assessment, write_diagnosis
from balance_analysis.reporting.files import files_below, inside, write_whole
from balance_analysis.reporting.journal import DATA, ReportNames, record
from balance_analysis.reporting.manifest import file_sha256
from balance_analysis.reporting.processes import ProcessLostError
from balance_analysis.reporting.results import REPORT, ReportRequest, ReportResult
from balance_analysis.reporting.saved_plans import SAVED, plan_of_report, saved_plan
from balance_analysis.terms import Outcome
from balance_analysis.views.county.page import stamp
from balance_analysis.views.county.short import is_short
from balance_analysis.words import say, tell
from balance_analysis.words.labels import OUTCOMES
from balance_analysis.workbook.reader import read_workbooks, split_side_files
from balance_analysis.workbook.tables import SchoolTables

SHORT = NOTEBOOKS / "short_report.ipynb"
"""For a county whose data give one indicator at most."""


@dataclass(frozen=True)
class CountyTask:
    """All that one report is made from; nothing of it is looked up on the disk of the machine that makes it.

    ``hashes`` are those of the request's files and plans by their path; ``remediation`` is the content of a plan.json, ``ledger``
    what the county reports on its plan.
    """

    request: ReportRequest
    tables: SchoolTables
    law: Regime
    plan: Plan | None
    notebook: bytes
    hashes: Mapping[str, str]
    remediation: bytes | None = None
    ledger: Ledger | None = None

    @property
    def inputs(self) -> tuple[tuple[str, str], ...]:
        """Names and hashes of the county's files."""
        return tuple((Path(name).name, self.hashes[name]) for name in self.request.files)


@dataclass(frozen=True)
class Made:
    """A result with its files: in a folder that is ready to be put in place, or as bytes (a ZIP) from a machine that shares no disk."""

    result: ReportResult
    folder: str = ""
    content: bytes = b""


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
    remediation: Path | None = None,
    ledger: Sequence[Path] = (),
    with_remediation: bool = False,
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
                remediation=saved_plan(remediation, code),
                ledger=tuple(str(path.resolve()) for path in ledger),
                with_remediation=with_remediation,
                notebook=str(notebook or REPORT),
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


class Tasks:
    """Makes tasks of requests; what many counties share (tables, plan, notebook) is read once.

    ``tables`` are those of all the requests' files; without them each request's files are read for it.
    """

    def __init__(self, tables: SchoolTables | None = None) -> None:
        self._tables = tables
        self._plan, self._notebook, self._hash = cache(named_plan), cache(_content), cache(file_sha256)
        self._ledger = cache(read_ledger)

    def of(self, request: ReportRequest) -> CountyTask:
        """The task; raises as :func:`balance_analysis.assessment.assess_by_law`, and ``OSError`` for a notebook that is not there."""
        tables = read_workbooks(request.files) if self._tables is None else self._tables
        code, day = request.division_code, request.on
        law = law_of_county(
            tables, request.regime, division_code=code, overlays=request.overlays, year=request.year,
            on=None if day is None else date.fromisoformat(day),
        )  # fmt: skip
        part, plan = tables.part(code), self._plan(request.plan)
        hashes = {name: self._hash(Path(name)) for name in request.files}
        if plan is not None and request.plan is not None:
            hashes[request.plan] = plan.fingerprint
        saved = None
        if request.remediation is not None:
            saved, hashes[request.remediation] = (
                _content(request.remediation),
                self._hash(Path(request.remediation)),
            )
        ledger = None
        require_plan_of_ledger(request.ledger, plan)
        if plan is not None and plan.covers(code):
            hashes |= {name: self._hash(Path(name)) for name in request.ledger}
            own = workbooks_of(request.files, part)
            ledger = county_ledger(code, request.ledger, own, read=self._ledger)
        return CountyTask(request, part, law, plan, self._notebook(request.notebook), hashes, saved, ledger)


def _content(path: str) -> bytes:
    return Path(path).read_bytes()


def make_report(task: CountyTask, work: str | None = None) -> Made:
    """Make one report in the folder ``work``, or as bytes where none is named.

    The unit of work of the batch: self-contained, picklable, and the one place where any error becomes a line in the summary instead of an
    end of the run. Raises :class:`ProcessLostError` only (its kernel has died), so that the batch may try once more.
    """
    started, request = time.monotonic(), task.request
    known = ReportResult(request, request.division_code, "failed", inputs=task.inputs)
    with ExitStack() as stack:
        place = Path(work or stack.enter_context(TemporaryDirectory(prefix="balance-analysis-")))
        stack.enter_context(_kernel_files_in(place))
        try:
            assessed = assess_county(
                task.tables, task.law, division_code=request.division_code, year=request.year,
                target_year=request.target_year,
            )  # fmt: skip
            county = worded(screened(assessed))
            county = with_reports(with_target_year_of(task.plan, county), task.plan, task.ledger)
            items = county.items
            known = replace(
                known,
                request=replace(request, target_year=county.target_year),
                county=county.county,
                year=county.year,
                outcome=county.outcome,
                overall_outcome=county.overall_outcome,
                verdict=tell(overall(Case(county))),
                failing_items=tuple(
                    f"{item} {name}"
                    for item, name in items.loc[items["outcome"] == Outcome.NOT_MET, ["item", "name"]].values
                ),
                on=county.regime.on.isoformat(),
                regime_sha256=county.regime.fingerprint,
                soft_issues=sum(issue.severity == "soft" for issue in county.issues),
                issues=county.issues,
            )
            require_schools(county)
            names, sha256 = _deliver(task, county, place)
            result = replace(
                known, status="done", pdf_sha256=sha256 if PDF in request.formats else "", notebook=names.notebook,
                pdf=names.pdf if PDF in request.formats else "", docx=names.docx if WORD in request.formats else "",
                seconds=time.monotonic() - started, cpu_seconds=_cpu_seconds(),
            )  # fmt: skip
            folder = place / names.stem
            return Made(result, str(folder)) if work else Made(result, content=packed(folder))
        except ProcessLostError:
            raise
        except Exception as error:  # noqa: BLE001 - the batch runner: one county must not stop the others
            return Made(failed(request, error, replace(known, seconds=time.monotonic() - started)))


def failed(
    request: ReportRequest | None, error: BaseException, known: ReportResult | None = None
) -> ReportResult:
    """One county's error as a line of the summary; an error nobody foresaw says so."""
    known = known or ReportResult(request, "" if request is None else request.division_code, "failed")
    issues = known.issues
    if isinstance(error, WorkbookError):
        issues, message = error.issues, must_be_corrected(error.issues)
    elif isinstance(error, BalanceAnalysisError):
        message = str(error)
        if isinstance(error, ParameterError | RegimeError) and request is not None and not known.county:
            issues = (not_assessable(known.division_code, Path(request.files[0]).name, message),)
    else:
        message = say("door.unforeseen", error=f"{type(error).__name__}：{error}")
    return known.failed_with(message, issues)


def _deliver(task: CountyTask, county: CountyAssessment, place: Path) -> tuple[ReportNames, str]:
    names = ReportNames(task.request.division_code, county.year, task.request.regime)
    with TemporaryDirectory(prefix="notebook-", dir=place) as own:
        prepare = partial(_prepare, task, county, names, Path(own))
        return names, deliver(prepare, place / names.stem, names.stem).pdf.sha256


def _prepare(
    task: CountyTask, county: CountyAssessment, names: ReportNames, own: Path, folder: Path
) -> Order:
    """Write a report's data into ``folder`` and say what to run; a remediation plan lies for the notebook in ``own`` as later beside it."""
    request, plan_name = task.request, f"{DATA}/{SAVED}"
    case = Case(
        county,
        plan=task.plan,
        ledger=task.ledger,
        issued_on=None if request.issued_on is None else date.fromisoformat(request.issued_on),
        issuing_office=request.issuing_office,
    )
    optional: dict[str, object] = {
        "issued_on": request.issued_on,
        "issuing_office": request.issuing_office,
        "ledger": [] if task.ledger is None else list(request.ledger),
    }
    hashes = dict(task.hashes)
    write_assessment(county, folder / DATA)
    write_diagnosis(case.diagnosis, folder / DATA)
    record(names, folder)
    solved = plan_of_report(county, own / DATA, task.remediation, solve=request.with_remediation)
    if solved is not None:
        case = replace(case, remediation=read_plan(solved, county))
        write_whole(folder / DATA / SAVED, solved.read_bytes())
        optional["remediation"], hashes[plan_name] = plan_name, file_sha256(solved)
    parameters = {
        "files": list(request.files),
        "division_code": request.division_code,
        "year": county.year,
        "regime": request.regime,
        "overlays": list(request.overlays),
        "target_year": county.target_year,
        "on": county.regime.on.isoformat(),
        "plan": request.plan,
        **{name: value for name, value in optional.items() if value},
    }
    vouch(hashes)
    remember(parameters, case)
    short = is_short(county)
    path, content = Path(request.notebook), task.notebook
    if short and content == REPORT.read_bytes():
        path, content = SHORT, SHORT.read_bytes()
    if solved is not None or not path.is_file() or path.read_bytes() != content:
        path = own / path.name  # its own file is used where it can be, so that what lies beside it is found
        write_whole(path, content)
    return Order(
        notebook=path,
        parameters=parameters,
        stamp=stamp(case),
        expected=[
            county.county,
            county.division_code,
            OUTCOMES[county.overall_outcome],
            *([] if short else county.current("schools")["school_name"]),
        ],
        known=[*texts_from_data(county), *([] if task.ledger is None else task.ledger.texts)],
        keywords=[county.county, county.division_code],
        simulated=county.tables.simulated,
        formats=request.formats,
    )


@contextmanager
def _kernel_files_in(place: Path) -> Iterator[None]:
    """Let kernels keep their connection files in a folder that is cleared away with everything half made."""
    name = "JUPYTER_RUNTIME_DIR"
    before = os.environ.get(name)
    os.environ[name] = str(place / "runtime")
    try:
        yield
    finally:
        os.environ.pop(name)
        if before is not None:
            os.environ[name] = before


def _cpu_seconds() -> float:
    """What this process and its ended children (the kernel) have used; 0 where the system does not say."""
    if sys.platform == "win32":
        return 0.0
    import resource

    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def packed(folder: Path) -> bytes:
    """A folder's files as bytes that can travel."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for path in files_below(folder):
            archive.write(path, path.relative_to(folder.parent).as_posix())
    return buffer.getvalue()


def unpack(content: bytes, place: Path) -> Path:
    """The folder again, in ``place``; :class:`ReportError` where a name in it leads elsewhere."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for name in archive.namelist():
            path = inside(place, *name.split("/"))
            path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(path, archive.read(name))
        return place / archive.namelist()[0].split("/")[0]
