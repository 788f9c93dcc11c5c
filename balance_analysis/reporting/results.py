"""What a report is asked by and what became of it, as plain data that travels between processes and machines and into the journal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from balance_analysis.errors import Issue, Place
from balance_analysis.places import NOTEBOOKS
from balance_analysis.terms import Severity

REPORT: Final = NOTEBOOKS / "county_report.ipynb"


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
    remediation: str | None = None
    ledger: tuple[str, ...] = ()
    with_remediation: bool = False
    notebook: str = str(REPORT)
    formats: tuple[str, ...] = ("pdf",)


@dataclass(frozen=True)
class ReportResult:
    """What became of one request: ``status`` is ``done``, ``failed`` (then ``message`` says why) or ``pending`` (the run was interrupted).

    ``issues``: all of a county that could be assessed, those that stopped it of another. ``verdict`` is the finding on the whole in words.
    """

    request: ReportRequest | None
    division_code: str
    status: str
    county: str = ""
    year: int | None = None
    outcome: str = ""
    overall_outcome: str = ""
    verdict: str = ""
    failing_items: tuple[str, ...] = ()
    pdf: str = ""
    pdf_sha256: str = ""
    notebook: str = ""
    docx: str = ""
    on: str = ""
    regime_sha256: str = ""
    message: str = ""
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    soft_issues: int = 0
    issues: tuple[Issue, ...] = ()
    inputs: tuple[tuple[str, str], ...] = ()

    @property
    def paper(self) -> str:
        """The report by its path in the run's folder: the PDF, the Word file where no PDF was asked for, empty where there is none."""
        return self.pdf or self.docx

    @property
    def regime(self) -> str:
        """Id of the regime; empty for a file without counties."""
        return "" if self.request is None else self.request.regime

    def failed_with(self, message: str, issues: tuple[Issue, ...] = ()) -> ReportResult:
        """The same without a report, and why."""
        return replace(
            self, status="failed", message=message, issues=issues, pdf="", pdf_sha256="", notebook="", docx=""
        )


@dataclass(frozen=True)
class BatchResult:
    """All results of a run and where they lie; ``unchanged`` of them were there already, ``earlier`` are other counties' of earlier runs."""

    folder: Path
    results: tuple[ReportResult, ...] = field(default=())
    unchanged: int = 0
    earlier: tuple[ReportResult, ...] = ()

    @property
    def failed(self) -> tuple[ReportResult, ...]:
        """Requests without a report."""
        return tuple(result for result in self.results if result.status != "done")


def result_to_json(result: ReportResult) -> dict[str, Any]:
    """A result as JSON data."""
    return asdict(result)


def result_from_json(content: Mapping[str, Any]) -> ReportResult:
    """The result again; ``KeyError``, ``TypeError`` or ``ValueError`` where the data is none."""
    given = dict(content)
    request = given["request"]
    if request is not None:
        given["request"] = ReportRequest(
            **{
                **request,
                "files": tuple(request["files"]),
                "overlays": tuple(request["overlays"]),
                "ledger": tuple(request.get("ledger", ())),
                "formats": tuple(request["formats"]),
            }
        )
    given["issues"] = tuple(
        Issue(**{**issue, "place": Place(**issue["place"]), "severity": Severity(issue["severity"])})
        for issue in given["issues"]
    )
    given["inputs"] = tuple((str(name), str(sha256)) for name, sha256 in given["inputs"])
    given["failing_items"] = tuple(given["failing_items"])
    return ReportResult(**given)
