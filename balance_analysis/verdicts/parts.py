"""One item at a time: its measured parts against their limits, its evidence, and what they say together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property

import numpy as np

from balance_analysis.exact import Mask, Objects, holds
from balance_analysis.measures.columns import Column
from balance_analysis.measures.items import measures_of
from balance_analysis.measures.items.context import ZERO_DENOMINATOR, Context, Measure, SchoolMeasures
from balance_analysis.measures.items.monitoring import evidence_rows
from balance_analysis.regimes.model import Item, Limit
from balance_analysis.statements import Statement
from balance_analysis.terms import Outcome, Relation
from balance_analysis.verdicts.combine import combine

EVIDENCE_KINDS = ("evidence", "veto")
EVIDENCE_ASKED_BY = {
    "teacher_pay": ("teacher_pay.performance_pay", "required"),
    "migrant_children": ("migrant_children.left_behind_evidence", "required"),
    "senior_school_quota": ("senior_school_quota.rural_preference", "evidence"),
}
"""Methods of which a part is known by evidence only, and the choice and value by which a regime asks for it."""
HEADLINE_ORDER = (Outcome.NOT_MET, Outcome.NOT_ASSESSABLE, Outcome.MET)
SETTLED_BY_FIGURE = ("years_since_basic_balance",)
"""Methods of evidence items whose figure, where it is known, needs no conclusion beside it."""
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
class JudgedSchools:
    """The schools' rows of one item with their limits; ``entry`` is the regime's limit behind each, if one is.

    ``relation`` and ``outcome`` hold plain texts; the relation is empty where none is known.
    """

    rows: SchoolMeasures
    limit: Column
    relation: Objects
    entry: Objects
    outcome: Objects
    decides: Mask

    def parts(self, which: Mask) -> list[Part]:
        """Some of the rows one by one."""
        return [self.part(row) for row in np.flatnonzero(which).tolist()]

    def part(self, row: int) -> Part:
        """One row by itself."""
        relation = Relation(self.relation[row]) if self.relation[row] else None
        return Part(self.rows.at(row), str(self.outcome[row]), self.limit.at(row), relation, self.entry[row])

    def tightest(self, which: Mask) -> int:
        """The first of these rows whose figure is worst in proportion to its limit; unknown or without limit counts 0."""
        places = np.flatnonzero(which)
        rows, limits = self.rows.exact[places], self.limit[places]
        near = rows.known & limits.known & (limits.top != 0)
        whole = np.where(near, limits.top * rows.bottom, 1)
        above = np.where(near, rows.top * limits.bottom - whole, 0)
        upwards = self.relation[places] == Relation.AT_LEAST
        margins = list(zip(np.where(upwards, above, -above).tolist(), whole.tolist(), strict=True))
        best = 0
        for place, (margin, of) in enumerate(margins):
            if margin * margins[best][1] < margins[best][0] * of:
                best = place
        return int(places[best])


@dataclass(frozen=True)
class Judgement:
    """An item judged: outcome, the parts it was judged on, its evidence, and whether evidence was asked for.

    ``parts`` are the county's figures, ``schools`` those of its schools.
    """

    item: Item
    outcome: str
    parts: tuple[Part, ...]
    evidence: Evidence
    evidence_required: bool
    given_detail: Statement | None = None
    schools: JudgedSchools | None = None

    @cached_property
    def failing(self) -> list[Part]:
        """Rows of schools below the limit: those that decide, or those behind a county figure that fails."""
        if self.schools is None:
            return []
        below = self.schools.outcome == Outcome.NOT_MET.value
        return self.schools.parts(below if self.outcome == Outcome.NOT_MET else below & self.schools.decides)

    @cached_property
    def headline(self) -> Part | None:
        """The figure to show: the worst that fails, else one that is unknown, else the tightest."""
        rows = self.schools
        if rows is not None and rows.decides.any():
            found = (rows.decides & (rows.outcome == outcome.value) for outcome in HEADLINE_ORDER)
            return next((rows.part(rows.tightest(which)) for which in found if which.any()), None)
        deciding = [part for part in self.parts if part.measure.decides] or self.parts
        chosen = ([part for part in deciding if part.outcome == outcome] for outcome in HEADLINE_ORDER)
        return next((min(parts, key=margin_of) for parts in chosen if parts), None)


def margin_of(part: Part) -> Fraction:
    """Distance from the limit in proportion to it, positive where it is kept; 0 where there is none to speak of."""
    exact, limit = part.measure.exact, part.limit
    if exact is None or limit is None or limit == 0:
        return Fraction(0)
    return (exact - limit if part.relation is Relation.AT_LEAST else limit - exact) / abs(limit)


def judge_item(
    item: Item, context: Context, resources: Mapping[str, tuple[str, Statement]] | None = None
) -> Judgement:
    """Judge one item.

    Every deciding part and the evidence, where it is filed or asked for, must hold: one failure fails, one unknown
    leaves the item open. Resource items are passed through from ``resources`` (item → outcome, statement). A ratio
    whose whole is zero is open unless the evidence sheet settles it. Evidence on the leaning of the senior school quota
    stands above the comparison of shares, which only stands in for it.
    """
    if item.kind == "resource":
        unknown = (Outcome.NOT_ASSESSABLE.value, Statement("items.no_resources"))
        outcome, detail = (resources or {}).get(item.id, unknown)
        return Judgement(item, str(outcome), (), Evidence(), False, detail)
    evidence = find_evidence(item, context)
    required = _evidence_required(item, context)
    county, measured = measures_of(item, context)
    parts = [part for measure in county if (part := judge_part(measure, context)) is not None]
    schools = None if measured is None else judge_rows(measured, context)
    if evidence.conclusion in (Outcome.MET, Outcome.NOT_MET):
        parts = [_explains_only(part) if _settled_by_evidence(part) else part for part in parts]
        if schools is not None:
            schools = replace(schools, decides=schools.decides & ~_without_whole(schools))
    outcomes = {part.outcome for part in parts if part.measure.decides}
    if schools is not None:
        outcomes |= set(schools.outcome[schools.decides])
    if item.method in SETTLED_BY_FIGURE and parts:
        required = False
    if evidence.conclusion or required:
        outcomes.add(evidence.conclusion or Outcome.NOT_ASSESSABLE.value)
    if not outcomes and item.method in MAY_CONCERN_NOBODY and len(context.every_school):
        outcomes.add(Outcome.MET.value)
    return Judgement(item, combine(outcomes), tuple(parts), evidence, required, schools=schools)


def judge_rows(rows: SchoolMeasures, context: Context) -> JudgedSchools | None:
    """Compare rows of schools with their limits; rows are left out, and None given, where the regime sets none."""
    number = len(rows)
    relation, entry = np.full(number, rows.relation or "", dtype=object), np.full(number, None, dtype=object)
    limit, limited = rows.needed, rows.needed.known
    for measure, stage in dict.fromkeys(zip(rows.measure, rows.stage, strict=True)):
        found = context.regime.limit(rows.item, measure, stage)
        if found is not None:
            mine = (rows.measure == measure) & (rows.stage == stage)
            relation[mine], entry[mine] = found.relation.value, found
            national = Column.constant(Fraction(found.value), number).where_known(mine)
            limit, limited = limit.or_else(national), limited | mine
    kept = limited | ~rows.exact.known
    if not kept.any():
        return None
    rows, limit, relation, entry = rows[kept], limit[kept], relation[kept], entry[kept]
    outcome = np.full(len(rows), Outcome.NOT_ASSESSABLE.value, dtype=object)
    compared = rows.exact.known & limit.known & (relation != "")
    above, below = rows.exact.above(limit), rows.exact.below(limit)
    fails = np.where(
        relation == Relation.AT_LEAST, below, np.where(relation == Relation.BELOW, ~below, above)
    ).astype(bool)
    outcome[compared] = np.where(fails, Outcome.NOT_MET.value, Outcome.MET.value)[compared]
    return JudgedSchools(rows, limit, relation, entry, outcome, np.full(len(rows), rows.decides))


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
    asked_by = EVIDENCE_ASKED_BY.get(item.method)
    return asked_by is not None and context.regime.has_choice(*asked_by)


def _settled_by_evidence(part: Part) -> bool:
    measure = part.measure
    without_whole = part.outcome == Outcome.NOT_ASSESSABLE and measure.note == ZERO_DENOMINATOR
    return measure.measure == "rural_quota_share" or (without_whole and not measure.missing)


def _without_whole(schools: JudgedSchools) -> Mask:
    """Rows whose ratio has a whole of zero, with nothing left blank."""
    unknown = schools.outcome == Outcome.NOT_ASSESSABLE.value
    found: Mask = unknown & (schools.rows.note == ZERO_DENOMINATOR) & (schools.rows.missing.bits == 0)
    return found


def _explains_only(part: Part) -> Part:
    return replace(part, measure=replace(part.measure, decides=False))


def _outcome(kept: bool) -> str:
    return (Outcome.MET if kept else Outcome.NOT_MET).value
