"""What a county reports on a line of its plan, set beside what its data show: the two are kept apart, and data outweigh a report."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from balance_analysis.programmes.status import FINISHED, Evidence, ProgressStatus, ReportedStatus
from balance_analysis.statements import Said, Statement
from balance_analysis.terms import Outcome

NOTHING: Mapping[str, object] = {
    "reported": "",
    "reported_value": None,
    "as_of": None,
    "completed_on": None,
    "proof": "",
    "reporter": "",
    "evidence": Evidence.NONE.value,
    "contradicts": False,
    "closed_by": "",
}
"""Columns of a line on which nothing is reported and which no data show."""
UNTOLD = (ProgressStatus.NOT_ASSESSABLE, ProgressStatus.OUTDATED, ProgressStatus.TO_VERIFY)
"""Where the data leave open whether a line is done, so that a report of unfinished work says it."""


def closing(outcome: str, report: Mapping[Hashable, Any], *, shown: bool) -> str:
    """What closes a line: ``data`` that show it done, or a ``report`` with day and document that no data contradict."""
    if shown:
        return "data"
    proved = report.get("status") in FINISHED and report["completed_on"] is not None and report["proof"]
    return "report" if proved and outcome != Outcome.NOT_MET else ""


def evidence_of(outcome: object, reported: object) -> Evidence:
    """What a line rests on, by its computed outcome and the status that is reported of it."""
    computed = outcome in (Outcome.MET, Outcome.NOT_MET)
    if computed and reported:
        return Evidence.BOTH
    return Evidence.COMPUTED if computed else Evidence.REPORTED if reported else Evidence.NONE


@dataclass(frozen=True)
class Clock:
    """The days a report is judged by: today, how near is near, and the day the data were taken on."""

    on: date
    soon_days: int
    data_of: date

    def unfinished(self, deadline: date | None, as_of: date) -> ProgressStatus | None:
        """Where a line stands that is reported unfinished on a day; None where the report is no later than a passed deadline."""
        if deadline is None:
            return ProgressStatus.OPEN
        if self.on <= deadline:
            soon = deadline <= self.on + timedelta(days=self.soon_days)
            return ProgressStatus.DUE if soon else ProgressStatus.OPEN
        return ProgressStatus.LATE if as_of > deadline else None


def with_report(row: Mapping[str, object], report: Mapping[Hashable, Any], clock: Clock) -> dict[str, object]:
    """A line of progress with its latest report.

    A proved report closes what the data cannot tell; one that they contradict closes nothing, and ``contradicts`` says so unless
    the work was finished after the data end. Unfinished work past its deadline is late where the data could not tell.
    """
    outcome, status = row["outcome"], str(report["status"])
    finished = status in FINISHED
    closed_by = closing(str(outcome), report, shown=row["status"] == ProgressStatus.DONE)
    later = (report["completed_on"] or report["as_of"]) > clock.data_of
    refuted = finished and outcome == Outcome.NOT_MET
    found: dict[str, object] = {
        **row,
        "reported": status,
        "reported_value": report["actual_value"],
        "evidence": evidence_of(outcome, status).value,
        "contradicts": refuted and not later,
        "closed_by": closed_by,
        **{name: report[name] for name in ("as_of", "completed_on", "proof", "reporter")},
    }
    said = ""
    if closed_by == "report":
        found |= {"status": ProgressStatus.DONE.value, "basis": "reported"}
    elif refuted:
        said = "progress.reported_before_data" if later else "progress.reported_against_data"
    elif finished and not closed_by:
        said = "progress.reported_unproved"
    elif closed_by and not finished:
        said = "progress.reported_less"
    elif not finished:
        deadline = row["deadline"]
        assert deadline is None or isinstance(deadline, date)
        known = clock.unfinished(deadline, report["as_of"]) if row["status"] in UNTOLD else None
        if known is not None:
            found["status"] = known.value
        if known is not None or row["basis"] == "none":
            found["basis"] = "reported"
    reason = row["reason"]
    told: Said = reason if isinstance(reason, tuple) else ()
    word = {"status": status, "day": clock.data_of}
    return {**found, "reason": (Statement(said, word), *told) if said else told}


def with_sheet_report(row: Mapping[str, object], text: str) -> dict[str, object]:
    """A task with what the county's sheet 任务 says of it as done; figures that show otherwise outweigh it."""
    outcome = row["outcome"]
    refuted = outcome == Outcome.NOT_MET
    reason = row["reason"]
    told = Statement("progress.reported_only" if refuted else "progress.reported", {"text": text})
    found: dict[str, object] = {
        **row,
        "reported": ReportedStatus.COMPLETED.value,
        "evidence": evidence_of(outcome, "completed").value,
        "contradicts": refuted,
        "reason": (told, *(reason if isinstance(reason, tuple) else ())),
    }
    return found if refuted else {**found, "status": ProgressStatus.DONE.value, "basis": "reported"}
