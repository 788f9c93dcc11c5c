"""What a run leaves behind beside its reports: a summary for people, a manifest for programs."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from balance_analysis import __version__
from balance_analysis.reporting.files import write_whole
from balance_analysis.reporting.results import ReportResult
from balance_analysis.words.inert import inert
from balance_analysis.words.labels import OUTCOMES

SUMMARY_COLUMNS = (
    "division_code",
    "county",
    "year",
    "regime",
    "status",
    "outcome",
    "outcome_label",
    "overall_outcome",
    "overall_label",
    "soft_issues",
    "hard_issues",
    "pdf",
    "docx",
    "notebook",
    "seconds",
    "message",
)


def file_sha256(path: Path) -> str:
    """Hash of a file; empty when it cannot be read (the reader reports why)."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""


def write_summary(results: Sequence[ReportResult], path: Path) -> None:
    """One line per county with SUMMARY_COLUMNS; UTF-8."""
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, SUMMARY_COLUMNS, lineterminator="\n")
    writer.writeheader()
    for result in results:
        writer.writerow(
            {
                "division_code": inert(result.division_code),
                "county": inert(result.county),
                "year": "" if result.year is None else result.year,
                "regime": "" if result.request is None else result.request.regime,
                "status": result.status,
                "outcome": result.outcome if result.status == "done" else "",
                "outcome_label": OUTCOMES[result.outcome] if result.status == "done" else "",
                "overall_outcome": result.overall_outcome if result.status == "done" else "",
                "overall_label": OUTCOMES[result.overall_outcome] if result.status == "done" else "",
                "soft_issues": result.soft_issues,
                "hard_issues": sum(issue.severity == "hard" for issue in result.issues),
                "pdf": result.pdf,
                "docx": result.docx,
                "notebook": result.notebook,
                "seconds": f"{result.seconds:.2f}",
                "message": inert(result.message),
            }
        )
    write_whole(path, buffer.getvalue())


def write_manifest(
    results: Sequence[ReportResult], path: Path, *, started: datetime, finished: datetime
) -> None:
    """Hashes of inputs, regime and package version, times and status of every report, as JSON."""
    content: dict[str, Any] = {
        "program": "balance-analysis",
        "version": __version__,
        "started": started.isoformat(timespec="seconds"),
        "finished": finished.isoformat(timespec="seconds"),
        "inputs": [
            {"file": name, "sha256": digest}
            for name, digest in dict.fromkeys(pair for result in results for pair in result.inputs)
        ],
        "reports": [_entry(result) for result in results],
    }
    write_whole(path, json.dumps(content, ensure_ascii=False, indent=2) + "\n")


def _entry(result: ReportResult) -> dict[str, Any]:
    request = result.request
    return {
        "division_code": result.division_code,
        "county": result.county,
        "year": result.year,
        "status": result.status,
        "outcome": result.outcome,
        "overall_outcome": result.overall_outcome,
        "regime": None
        if request is None
        else {
            "id": request.regime,
            "on": result.on,
            "overlays": list(request.overlays),
            "sha256": result.regime_sha256,
        },
        "target_year": None if request is None else request.target_year,
        "inputs": [{"file": name, "sha256": digest} for name, digest in result.inputs],
        "pdf": result.pdf,
        "pdf_sha256": result.pdf_sha256,
        "docx": result.docx,
        "notebook": result.notebook,
        "seconds": round(result.seconds, 2),
        "message": result.message,
        "issues": [str(issue) for issue in result.issues],
    }
