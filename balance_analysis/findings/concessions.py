"""Concessions: each failure that one removed is named, and each coefficient that one worsens."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from balance_analysis.findings.case import Case
from balance_analysis.findings.model import CATALOGUE, Finding, Kind, Tone
from balance_analysis.findings.verdict import coefficient, named
from balance_analysis.statements import Statement

KINDS = (
    Kind(id="concessions.removed", tone=Tone.OPEN),
    Kind(id="concessions.worsened", tone=Tone.ADVERSE),
    Kind(id="concessions.unused", tone=Tone.PLAIN),
)
CATALOGUE.add(*KINDS)


def find(case: Case) -> Iterator[Finding]:
    """Failures removed, coefficients worsened, and concessions that change no verdict and worsen nothing."""
    overlays = {
        overlay.id: overlay for overlay in case.county.regime.overlays if overlay.level == "concession"
    }
    effects = case.concessions
    for place, row in enumerate(effects.removed.to_dict("records")):
        used = [overlays[name] for name in row["overlays"].split(";")]
        figures = {"what": _what(case, row), "outcome": row["outcome"], "names": [one.name for one in used]}
        yield Finding(
            id="concessions.removed",
            subject="/".join(str(row[key]) for key in ("stage", "school_code", "indicator", "item") if _known(row[key])),
            figures=figures, frame="removed", rows=(place,), clause=_clause(case, row["overlays"].split(";")),
        )  # fmt: skip
    for place, row in enumerate(effects.worsened.to_dict("records")):
        relation = case.county.regime.limit(row["indicator"], "cv", row["stage"])
        sign = "" if relation is None else relation.relation.value
        figures = {
            "name": overlays[row["overlay"]].name,
            "what": coefficient(case, row | {"cv": float("nan")}),
            "without": (row["cv_without"], sign, row["limit"]),
            "cv": (row["cv"], sign, row["limit"]),
            "outcome": row["outcome"] if row["outcome"] != row["outcome_without"] else "",
        }
        yield Finding(
            id="concessions.worsened", subject=f"{row['overlay']}/{row['stage']}/{row['indicator']}", figures=figures,
            frame="worsened", rows=(place,), clause=_clause(case, [row["overlay"]]),
        )  # fmt: skip
    working = {name for names in effects.removed["overlays"] for name in names.split(";")} | set(
        effects.worsened["overlay"]
    )
    idle = [overlay.name for name, overlay in overlays.items() if name not in working]
    if idle:
        yield Finding(id="concessions.unused", figures={"names": idle})


def _what(case: Case, row: Any) -> Statement:
    if row["frame"] == "items":
        return named(case, row["item"])
    if row["frame"] == "schools":
        return Statement("county.school_stage", {"name": row["school_name"], "stage": row["stage"]})
    found = case.county.current("coefficients")
    same = found[(found["stage"] == row["stage"]) & (found["indicator"] == row["indicator"])]
    return coefficient(case, same.iloc[0].to_dict())


def _clause(case: Case, overlays: list[str]) -> str:
    clauses = [change.clause for change in case.county.regime.changes if change.overlay in overlays]
    return "；".join(dict.fromkeys(clauses))


def _known(value: object) -> bool:
    return isinstance(value, str) and bool(value)
