"""The assessment as files for scripts: CSV with full precision and one JSON of the head facts.

File and column names are a contract (issue list of the project); UTF-8 without a byte-order mark.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd

from balance_analysis import __version__
from balance_analysis.assessment import FRAMES, CountyAssessment
from balance_analysis.errors import Issue
from balance_analysis.explain.cohorts import CohortScenario
from balance_analysis.explain.diagnosis import Diagnosis
from balance_analysis.reporting.files import write_whole
from balance_analysis.words.columns import INTERNAL
from balance_analysis.words.inert import inert

ISSUE_COLUMNS = (
    "division_code",
    "school_code",
    "year",
    "severity",
    "code",
    "file",
    "sheet",
    "cell",
    "field",
    "message",
    "found",
    "expected",
    "remedy",
)


def write_assessment(county: CountyAssessment, folder: Path, *, year: int | None = None) -> list[Path]:
    """Write one county's frames, issues and head facts into ``folder`` (created when needed).

    With ``year`` the frames hold that year only (``trends`` keeps its history). Each file appears
    whole or not at all.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name in FRAMES:
        frame: pd.DataFrame = getattr(county, name)
        if year is not None and name != "trends":
            frame = frame[frame["year"] == year]
        written.append(write_whole(folder / f"{name}.csv", csv_text(frame)))
    written.append(write_whole(folder / "issues.csv", csv_text(issues_frame(county.issues))))
    facts = json.dumps(assessment_facts(county), ensure_ascii=False, indent=2, allow_nan=False)
    written.append(write_whole(folder / "assessment.json", facts + "\n"))
    return written


def write_diagnosis(diagnosis: Diagnosis, folder: Path) -> list[Path]:
    """Write every explanatory frame of the assessed year as ``<name>.csv`` beside the assessment's own."""
    folder.mkdir(parents=True, exist_ok=True)
    return [
        write_whole(folder / f"{name}.csv", csv_text(frame)) for name, frame in diagnosis.frames().items()
    ]


def write_cohorts(scenario: CohortScenario, folder: Path, *, names: Iterable[str]) -> list[Path]:
    """Write frames of a cohort scenario as ``cohort_<name>.csv``."""
    folder.mkdir(parents=True, exist_ok=True)
    return [write_whole(folder / f"cohort_{name}.csv", csv_text(getattr(scenario, name))) for name in names]


def csv_text(frame: pd.DataFrame) -> str:
    """A frame as CSV, without internal columns; texts that a spreadsheet would take for a formula begin with an apostrophe."""
    kept = frame.drop(columns=[name for name in INTERNAL if name in frame])
    texts: dict[str, Any] = {
        str(name): column.map(lambda value: inert(value) if isinstance(value, str) else value)
        for name, column in kept.items()
        if not pd.api.types.is_numeric_dtype(column)
    }
    return kept.assign(**texts).to_csv(index=False, lineterminator="\n")


def issues_frame(issues: Iterable[Issue]) -> pd.DataFrame:
    """Issues as a frame with ISSUE_COLUMNS, in the given order."""
    rows = [
        {
            "division_code": issue.division_code,
            "school_code": issue.school_code,
            "year": issue.year,
            "severity": issue.severity.value,
            "code": issue.code,
            "file": issue.place.file,
            "sheet": issue.place.sheet,
            "cell": issue.place.cell,
            "field": issue.column,
            "message": issue.message,
            "found": issue.found,
            "expected": issue.expected,
            "remedy": issue.remedy,
        }
        for issue in issues
    ]
    return pd.DataFrame(rows, columns=list(ISSUE_COLUMNS)).astype({"year": "Int64"})


def assessment_facts(county: CountyAssessment) -> dict[str, Any]:
    """Head facts of an assessment: who, when, by which law, from which files, with which outcome."""
    regime = county.regime
    schools = county.current("schools")
    return {
        "division_code": county.division_code,
        "county": county.county,
        "year": county.year,
        "years": list(county.years),
        "target_year": county.target_year,
        "regime": {
            "id": regime.id,
            "name": regime.name,
            "on": regime.on.isoformat(),
            "sha256": regime.fingerprint,
            "overlays": [overlay.id for overlay in regime.overlays],
            "changes": [
                {
                    "overlay": c.overlay,
                    "action": c.action,
                    "target": c.target,
                    "before": c.before,
                    "after": c.after,
                    "clause": c.clause,
                }
                for c in regime.changes
            ],
            "choices": {choice.id: choice.value for choice in regime.choices},
        },
        "sources": [
            {
                "file": s.name,
                "sha256": s.sha256,
                "layout": s.layout,
                "origin": s.origin,
                "simulated": s.simulated,
            }
            for s in county.tables.sources
        ],
        "version": __version__,
        "outcome": county.outcome,
        "schools": {
            str(stage): {str(k): int(v) for k, v in group["outcome"].value_counts().items()}
            for stage, group in schools.groupby("stage", sort=False)
        },
        "issues": {
            kind: sum(issue.severity == kind for issue in county.issues) for kind in ("hard", "soft", "note")
        },
        "excluded_schools": int((county.excluded["year"] == county.year).sum()),
    }
