"""Which schools fail a rule of their own now, which pass with little room for more pupils, and which cannot be judged."""

from __future__ import annotations

from collections.abc import Iterator

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
