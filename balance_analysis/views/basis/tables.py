"""What a report rests on, as tables: blanks, schools left out, findings of the checks, limits, readings, provenance."""

from __future__ import annotations

from collections.abc import Sequence

from balance_analysis.assessment import CountyAssessment
from balance_analysis.errors import Issue
from balance_analysis.findings.model import Finding
from balance_analysis.regimes import Regime
from balance_analysis.views.elements import Cell, ReportTable, worded_table
from balance_analysis.words import fill, labels, say
from balance_analysis.words.subjects import change_subject, choice_value, indicator_label

ISSUES_SHOWN = 60


def missing_table(blanks: Sequence[Finding]) -> ReportTable:
    """Which blanks make which indicators not assessable, and at which schools."""
    rows = [
        [
            labels.STAGES[str(one.figures["stage"])],
            one.figures["name"],
            fill("{fields:list}", one.figures),
            one.figures["n"],
            fill("{schools:list}", one.figures),
        ]
        for one in blanks
    ]
    return worded_table("county.missing", rows, notes=["blank"], compact=True)


def excluded_table(county: CountyAssessment) -> ReportTable:
    """Schools left out of the regime's scope and why."""
    excluded = county.excluded
    rows = [
        [row["school_name"], labels.STAGES[row["stage"]], row["enrolment"], row["reason"]]
        for row in excluded[excluded["year"] == county.year].to_dict("records")
    ]
    return worded_table("county.excluded", rows)


def issue_table(issues: Sequence[Issue], *, most: int = ISSUES_SHOWN) -> ReportTable:
    """Findings of the checks that need an explanation (notes are left out), with cell and remedy."""
    shown = [issue for issue in issues if issue.severity != "note"]
    rows = [
        [
            labels.SEVERITIES[issue.severity],
            f"{issue.place.sheet}!{issue.place.cell}" if issue.place.sheet else issue.place.cell,
            issue.column,
            issue.message,
            issue.found,
            issue.remedy,
        ]
        for issue in shown[:most]
    ]
    notes = ["more"] if len(shown) > most else []
    figures = {"n": len(shown), "most": most}
    return worded_table("county.issues", rows, figures=figures, notes=notes, compact=True)


def limit_table(regime: Regime) -> ReportTable:
    """What the law was taken to say: limits with clause and certainty."""
    kinds = {"school_value": say("county.school_limit"), "cv": say("county.cv_limit")}
    values: dict[tuple[str, ...], dict[str, str]] = {}
    for limit in regime.limits:
        if limit.measure in kinds:
            unit = "" if limit.unit == "1" else f" {limit.unit}"
            subject = indicator_label(regime, limit.subject, short=True)
            of = values.setdefault((subject, kinds[limit.measure], limit.clause, limit.grade.value), {})
            of[limit.stage] = f"{labels.RELATIONS[limit.relation]} {limit.value}{unit}"
    stages = ("primary", "junior_secondary", "all")
    groups: dict[tuple[str, ...], list[str]] = {}
    for (subject, kind, clause, grade), of in values.items():
        groups.setdefault((kind, *(of.get(stage, "") for stage in stages), clause, grade), []).append(subject)
    every = len(regime.indicators)
    rows = [
        [say("county.every_indicator", n=every) if len(names) == every else "、".join(names), *key]
        for key, names in groups.items()
    ]
    cited = {limit.source for limit in regime.limits}
    return worded_table(
        "county.limits", rows, figures={"regime": regime.short_name}, notes=["grades"],
        without=[name for place, name in enumerate(stages, start=2) if not any(row[place] for row in rows)],
        source="；".join(source.citation for source in regime.sources if source.id in cited),
    )  # fmt: skip


def reading_table(regime: Regime) -> ReportTable:
    """Switchable readings and local changes that this report rests on."""
    names = {overlay.id: overlay.name for overlay in regime.overlays}
    rows: list[list[object]] = [
        [
            choice.name,
            labels.CHOICE_VALUES[choice.value],
            choice.clause,
            choice.grade.value,
            say("county.national"),
        ]
        for choice in regime.choices
    ]
    rows += [
        [
            say("county.change", action=change.action, target=change_subject(regime, change.target)),
            say("county.changed", before=choice_value(change.before), after=choice_value(change.after)),
            say("county.permitted", clause=change.clause, by=change.permitted_by or ""),
            change.grade.value,
            names.get(change.overlay, change.overlay),
        ]
        for change in regime.changes
    ]
    return worded_table("county.readings", rows)


def halved(digest: str) -> str:
    r"""A hash on two lines, so that its table stays upright.

    >>> halved("0123")
    '01\n23'
    """
    middle = len(digest) // 2
    return f"{digest[:middle]}\n{digest[middle:]}"


def provenance_table(county: CountyAssessment, version: str) -> ReportTable:
    """Files, law and program with their hashes: the last page."""
    named = say("provenance.county_code", county=county.county, code=county.division_code)
    rows: list[list[object]] = [[say("provenance.county"), named, ""]]
    rows += [
        [
            say("provenance.file"),
            say("provenance.named", name=source.name, origin=source.origin),
            halved(source.sha256),
        ]
        for source in county.tables.sources
    ]
    rows.append([say("provenance.law"), county.regime.name, halved(county.regime.fingerprint)])
    rows += [[say("provenance.overlay"), overlay.name, ""] for overlay in county.regime.overlays]
    rows.append([say("provenance.program"), say("provenance.version", version=version), ""])
    rows = [[Cell("") if value == "" else value for value in row] for row in rows]
    return worded_table("county.provenance", rows, compact=True)
