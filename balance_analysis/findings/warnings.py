"""Which schools fail a rule of their own now, which pass with little room for more pupils, and which cannot be judged."""

from __future__ import annotations

from collections.abc import Iterator

from balance_analysis.explain.cohort_outlook import failing_by
from balance_analysis.explain.diagnosis import NARROW_HEADROOM_SHARE
from balance_analysis.findings.case import Case, once
from balance_analysis.findings.model import CATALOGUE, Finding, Kind, Tone
from balance_analysis.findings.parts import positions

CATALOGUE.add(
    Kind(
        id="warnings.no_rule",
        tone=Tone.OPEN,
        excludes=frozenset({"warnings.pass", "warnings.out", "warnings.narrow"}),
    ),
    Kind(id="warnings.pass", tone=Tone.PLAIN),
    Kind(id="warnings.out", tone=Tone.ADVERSE),
    Kind(id="warnings.narrow", tone=Tone.PLAIN),
    Kind(id="warnings.unknown", tone=Tone.OPEN),
    Kind(id="warnings.cohorts", tone=Tone.PLAIN),
)
LEVELS = {"out": "out", "narrow": "narrow", "not_assessable": "unknown"}


@once
def find(case: Case) -> Iterator[Finding]:
    """How many schools (by stage) keep all rules of their own, and how many are warned of, by level."""
    rows, warned = case.diagnosis.headroom, case.diagnosis.early_warning
    if rows.empty:
        yield Finding("warnings.no_rule")
        return
    passing = rows[rows["headroom"] >= 0]
    yield Finding(
        "warnings.pass", {"of": len(rows), "n": len(passing)}, frame="headroom", rows=positions(rows, passing)
    )
    for level, name in LEVELS.items():
        chosen = warned[warned["level"] == level]
        if len(chosen):
            figures = {"n": len(chosen), "names": list(chosen["school_name"]), "share": NARROW_HEADROOM_SHARE}
            place = positions(warned, chosen)
            yield Finding(f"warnings.{name}", figures, frame="early_warning", rows=place)
    yield from _cohorts(case)


def _cohorts(case: Case) -> Iterator[Finding]:
    """What newly fails at single schools by the target year if grades move up as they are."""
    scenario, year = case.cohorts, case.county.target_year
    if scenario is None or year is None:
        return
    failing = failing_by(scenario, year)
    if len(failing):
        kinds = [
            {"kind": kind, "n": len(rows), "names": list(rows["school_name"])}
            for kind, rows in failing.groupby("kind", sort=False)
        ]
        figures = {"year": year, "n": failing["school_code"].nunique(), "kinds": kinds}
        yield Finding("warnings.cohorts", figures, frame="cohorts", rows=tuple(range(len(failing))))
