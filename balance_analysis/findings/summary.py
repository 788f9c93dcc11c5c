"""The page that answers the four questions, and everything that is said of a county: which findings, in which order."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from importlib import import_module
from importlib.util import find_spec

from balance_analysis.findings import concessions, data, problems, verdict
from balance_analysis.findings.case import Case
from balance_analysis.findings.model import CATALOGUE, Finding
from balance_analysis.findings.parts import key
from balance_analysis.terms import Outcome

Findings = tuple[Finding, ...]
ELSEWHERE = (
    "causes", "target", "areas", "actions", "closeness", "warnings", "progress", "remediation",
)  # fmt: skip
"""Topics of other modules of this room, in the order of the report."""


@dataclass(frozen=True)
class Summary:
    """What page 2 says, part by part; an empty part is left out."""

    overall: Finding
    verdict: Findings
    items: Findings
    schools: Findings
    missing: Findings
    concessions: Findings
    causes: Findings
    target: Findings
    areas: Findings
    cost: Findings
    actions: Findings


def summary(case: Case) -> Summary:
    """The findings of page 2, settled against each other."""
    said = case.findings
    chosen = partial(_chosen, said)
    return Summary(
        overall=next(one for one in said if one.id in ("verdict.met", "verdict.not_met", "verdict.open")),
        verdict=chosen(
            "verdict.only_resources_met",
            *([] if chosen("data.blanks_together") else ["verdict.coefficients_open"]),
            "verdict.schools_met",
            "verdict.coefficients_within",
            "verdict.rounding_turns",
            "verdict.composite_differs",
        ),
        items=tuple(one for one in said if one.id in ("problems.item", "problems.county_item")),
        schools=chosen("problems.schools"),
        missing=chosen("data.stage_without_schools", "data.blanks_together", "data.open_together"),
        concessions=chosen("concessions.removed", "concessions.worsened"),
        causes=_causes(case)[:3],
        target=_of(said, "target")[:2],
        areas=_of(said, "areas")[:2],
        cost=(*_of(said, "remediation")[:1], *chosen("remediation.scope", "remediation.scope_open")),
        actions=_of(said, "actions")[:5],
    )


def _causes(case: Case) -> Findings:
    """Why; of a county that is not met only what is behind something that fails: a gap within its limit is no cause."""
    found = _of(case.findings, "causes")
    if case.county.overall_outcome != Outcome.NOT_MET:
        return found
    focus = case.diagnosis.focus
    composite = {stage for stage in case.county.stages if verdict.over_composite(case, stage)}
    rows = focus[(focus["standing"] == "failing") | focus["stage"].isin(composite)]
    failing = {key(row) for row in rows.to_dict("records")} | composite
    return tuple(one for one in found if not one.subject or one.subject in failing)


def all_findings(case: Case) -> Findings:
    """Everything said of the county, checked by the catalogue (``ReportError`` where two contradict each other)."""
    said = [*verdict.find(case), *problems.find(case), *concessions.find(case), *data.find(case)]
    for topic in ELSEWHERE:
        said += elsewhere(topic, case)
    return CATALOGUE.settle(said, overall=case.county.overall_outcome)


def elsewhere(topic: str, case: Case) -> Findings:
    """The findings of another module of this room by its name; none while there is no such module."""
    name = f"balance_analysis.findings.{topic}"
    return tuple(import_module(name).find(case)) if find_spec(name) else ()


def _chosen(said: Findings, *ids: str) -> Findings:
    return tuple(one for wanted in ids for one in said if one.id == wanted)


def _of(said: Findings, topic: str) -> Findings:
    return tuple(one for one in said if one.id.partition(".")[0] == topic)
