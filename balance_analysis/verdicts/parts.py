"""One item at a time: its measured parts against their limits, its evidence, and what they say together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

from balance_analysis.exact import holds
from balance_analysis.measures.items import measures_of
from balance_analysis.measures.items.context import ZERO_DENOMINATOR, Context, Measure
from balance_analysis.measures.items.monitoring import evidence_rows
from balance_analysis.regimes.model import Item, Limit
from balance_analysis.terms import Outcome, Relation
from balance_analysis.verdicts.resources import combine

EVIDENCE_KINDS = ("evidence", "veto")
MAY_CONCERN_NOBODY = ("small_school_funds", "nearby_enrolment")
"""Methods whose rule is kept when no school of the county is concerned by it."""


@dataclass(frozen=True)
class Part:
    """A measured thing with its limit and outcome; ``entry`` is the regime's limit where one is behind it."""

    measure: Measure
    outcome: str
    limit: Fraction | None
    relation: Relation | None
    entry: Limit | None


@dataclass(frozen=True)
class Evidence:
    """What the evidence sheet says about an item; ``conclusion`` is empty where it says nothing."""

    conclusion: str = ""
    reference: str = ""
    responsible_office: str = ""


@dataclass(frozen=True)
class Judgement:
    """An item judged: outcome, the parts it was judged on, its evidence, and whether evidence was asked for."""

    item: Item
    outcome: str
    parts: tuple[Part, ...]
    evidence: Evidence
    evidence_required: bool
    given_detail: str = ""

    @property
    def deciding(self) -> list[Part]:
        """The parts that the outcome rests on."""
        return [part for part in self.parts if part.measure.decides]

    def failing_schools(self) -> list[Part]:
        """Parts of single schools below the limit: those that decide, or those behind a county figure that fails."""
        failed = self.outcome == Outcome.NOT_MET
        return [
            part
            for part in self.parts
            if part.measure.school_code
            and part.outcome == Outcome.NOT_MET
            and (part.measure.decides or failed)
        ]


def judge_item(
    item: Item, context: Context, resources: Mapping[str, tuple[str, str]] | None = None
) -> Judgement:
    """Judge one item.

    Every deciding part and the evidence, where it is filed or asked for, must hold: one failure fails, one unknown
    leaves the item open. Resource items are passed through from ``resources`` (item → outcome, sentence). A ratio
    whose whole is zero is open unless the evidence sheet settles it. Evidence on B21 stands above the comparison of
    shares, which only stands in for it.
    """
    if item.kind == "resource":
        outcome, detail = (resources or {}).get(
            item.id, (Outcome.NOT_ASSESSABLE.value, "没有资源配置测算结果。")
        )
        return Judgement(item, str(outcome), (), Evidence(), False, detail)
    evidence = find_evidence(item, context)
    required = _evidence_required(item, context)
    parts = [
        part for measure in measures_of(item, context) if (part := judge_part(measure, context)) is not None
    ]
    settled = evidence.conclusion in (Outcome.MET, Outcome.NOT_MET)
    if settled:
        parts = [_explains_only(part) if _settled_by_evidence(part) else part for part in parts]
    outcomes = [part.outcome for part in parts if part.measure.decides]
    if evidence.conclusion or required:
        outcomes.append(evidence.conclusion or Outcome.NOT_ASSESSABLE.value)
    if not outcomes and item.method in MAY_CONCERN_NOBODY and context.every_school:
        outcomes.append(Outcome.MET.value)
    return Judgement(item, combine(outcomes), tuple(parts), evidence, required)


def judge_part(measure: Measure, context: Context) -> Part | None:
    """Compare one measured thing with its limit; None where the regime sets none."""
    entry = context.regime.limit(measure.item, measure.measure, measure.stage)
    if entry is None and measure.needed is None and measure.holds is None and measure.exact is not None:
        return None
    limit = (
        measure.needed if measure.needed is not None else Fraction(entry.value) if entry is not None else None
    )
    relation = measure.relation if entry is None else entry.relation
    if measure.holds is not None:
        return Part(measure, _outcome(measure.holds), limit, relation, entry)
    if limit is None or relation is None:
        return Part(measure, Outcome.NOT_ASSESSABLE.value, limit, relation, entry)
    if measure.exact is not None:
        return Part(measure, _outcome(holds(measure.exact, relation, limit)), limit, relation, entry)
    hopeless = measure.best_case is not None and not holds(measure.best_case, relation, limit)
    outcome = Outcome.NOT_MET.value if hopeless else Outcome.NOT_ASSESSABLE.value
    return Part(measure, outcome, limit, relation, entry)


def find_evidence(item: Item, context: Context) -> Evidence:
    """The rows of the evidence sheet on one item, taken together."""
    rows = evidence_rows(context, item.id)
    if not rows:
        return Evidence()
    conclusions = [row.text("conclusion") or Outcome.NOT_ASSESSABLE.value for row in rows]
    return Evidence(
        conclusion=combine(conclusions),
        reference="；".join(dict.fromkeys(text for row in rows if (text := row.text("reference")))),
        responsible_office="、".join(
            dict.fromkeys(text for row in rows if (text := row.text("responsible_office")))
        ),
    )


def _evidence_required(item: Item, context: Context) -> bool:
    if item.kind in EVIDENCE_KINDS:
        return True
    if item.method == "migrant_children":
        return context.regime.has_choice("migrant_children.left_behind_evidence", "required")
    return item.method == "senior_school_quota" and context.regime.has_choice(
        "senior_school_quota.rural_preference", "evidence"
    )


def _settled_by_evidence(part: Part) -> bool:
    measure = part.measure
    without_whole = part.outcome == Outcome.NOT_ASSESSABLE and measure.note == ZERO_DENOMINATOR
    return measure.measure == "rural_quota_share" or (without_whole and not measure.missing)


def _explains_only(part: Part) -> Part:
    return replace(part, measure=replace(part.measure, decides=False))


def _outcome(kept: bool) -> str:
    return (Outcome.MET if kept else Outcome.NOT_MET).value
