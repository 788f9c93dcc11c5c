"""The overview of a region as files: executed notebook, PDF, frames and a manifest, all or nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from balance_analysis import __version__
from balance_analysis.door import worded_frame
from balance_analysis.errors import ReportError
from balance_analysis.overview import RegionAssessment, assess_region
from balance_analysis.overview.schedule import ScheduleSource
from balance_analysis.places import NOTEBOOKS
from balance_analysis.reporting.deliver import Order, deliver, texts_of_issues
from balance_analysis.reporting.exports import csv_text, issues_frame
from balance_analysis.reporting.files import write_whole
from balance_analysis.reporting.manifest import file_sha256
from balance_analysis.reporting.pdf import PdfInfo
from balance_analysis.views.region.page import stamp

OVERVIEW_NOTEBOOK = NOTEBOOKS / "region_overview.ipynb"
REGION_FRAMES = ("counties", "composition", "league", "unranked", "schedule_table", "distances")


@dataclass(frozen=True)
class OverviewResult:
    """What was written where; ``region`` holds the frames and the counties that could not be assessed."""

    folder: Path
    pdf: Path
    notebook: Path
    pdf_sha256: str
    region: RegionAssessment


def write_overview(
    files: Sequence[Path],
    out: Path,
    *,
    regime: str,
    overlays: Sequence[str] = (),
    year: int | None = None,
    target_year: int | None = None,
    schedule: ScheduleSource = None,
    on: date | None = None,
    region_name: str = "",
    notebook: Path | None = None,
) -> OverviewResult:
    """Assess the counties of ``files`` together and write their overview into the folder ``out``.

    Written are ``region_overview_<regime>.pdf`` and ``.ipynb``, one CSV per frame (REGION_FRAMES, unrounded),
    ``issues.csv`` and ``overview.json``. Nothing is written when the notebook fails, ran something else than was
    ordered, or the PDF does not read back (:class:`ReportError`). Counties that cannot be assessed do not fail the
    overview: they are in it, and in ``result.region.failed``. Other errors as in
    :func:`balance_analysis.overview.assess_region`; with no county at all to assess, :class:`ReportError`.
    """
    paths = [str(Path(path).resolve()) for path in files]
    plan = _portable(schedule)
    region = assess_region(
        paths,
        regime=regime,
        overlays=overlays,
        year=year,
        target_year=target_year,
        schedule=plan,
        on=on,
        name=region_name,
    )
    if not region.assessed:
        reasons = "；".join(f"{failure.county}：{failure.message}" for failure in region.failed)
        raise ReportError(f"没有可以评估的区县，不生成区域概览。{reasons}")
    stem = f"region_overview_{regime}"

    def prepare(partial: Path) -> Order:
        _write_frames(region, partial)
        return Order(
            notebook=notebook or OVERVIEW_NOTEBOOK,
            parameters={
                "files": paths,
                "region_name": region_name,
                "year": year,
                "regime": regime,
                "overlays": list(overlays),
                "target_year": target_year,
                "schedule": plan,
                "on": None if on is None else on.isoformat(),
            },
            stamp=stamp(region),
            expected=[region.name, *(str(name) for name in region.counties["county"])],
            known=[
                *(source.name for source in region.sources),
                *(
                    text
                    for failure in region.failed
                    for text in (failure.message, *texts_of_issues(failure.issues))
                ),
            ],
            keywords=[region.name, regime],
            simulated=region.simulated,
        )

    def conclude(partial: Path, pdf: PdfInfo) -> None:
        facts = _facts(region, paths, f"{stem}.pdf", pdf.sha256)
        text = json.dumps(facts, ensure_ascii=False, indent=2, allow_nan=False)
        write_whole(partial / "overview.json", text + "\n")

    info = deliver(prepare, out, stem, conclude=conclude).pdf
    return OverviewResult(out, out / f"{stem}.pdf", out / f"{stem}.ipynb", info.sha256, region)


def _portable(schedule: ScheduleSource) -> list[str] | dict[str, int] | None:
    """The schedule as a notebook parameter; a plan's file by its full path, because the notebook runs elsewhere."""
    if schedule is None:
        return None
    if isinstance(schedule, Mapping):
        return dict(schedule)
    names = [schedule] if isinstance(schedule, str | Path) else list(schedule)
    return [str(Path(name).resolve()) if Path(name).is_file() else str(name) for name in names]


def _write_frames(region: RegionAssessment, out: Path) -> None:
    for name in REGION_FRAMES:
        frame = getattr(region, name)
        write_whole(out / f"{name.removesuffix('_table')}.csv", csv_text(worded_frame(frame)))
    issues = dict.fromkeys(issue for county in region.assessed for issue in county.issues)
    issues |= dict.fromkeys(issue for failure in region.failed for issue in failure.issues)
    write_whole(out / "issues.csv", csv_text(issues_frame(issues)))


def _facts(region: RegionAssessment, paths: Sequence[str], pdf: str, digest: str) -> dict[str, Any]:
    return {
        "program": "balance-analysis",
        "version": __version__,
        "region": region.name,
        "regime": {
            "id": region.regime_id,
            "overlays": list(region.overlays),
            "read_for": {law.on.isoformat(): law.fingerprint for law in region.regimes},
            "same_limits": region.same_limits,
        },
        "year": region.year,
        "target_year": region.target_year,
        "schedule": {
            "documents": list(region.schedule.documents),
            "years": {entry.division_code or entry.place: entry.year for entry in region.schedule.entries},
        },
        "counties": [
            {"division_code": c.division_code, "county": c.county, "year": c.year, "outcome": c.outcome}
            for c in region.assessed
        ],
        "failed": [
            {"division_code": failure.division_code, "county": failure.county, "message": failure.message}
            for failure in region.failed
        ],
        "inputs": [{"file": Path(name).name, "sha256": file_sha256(Path(name))} for name in paths],
        "pdf": pdf,
        "pdf_sha256": digest,
    }
