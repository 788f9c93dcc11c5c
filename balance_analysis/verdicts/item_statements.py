"""Why an item has its outcome: the statements with their figures; ``words/sentences/items.toml`` says them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from balance_analysis.exact import Mask
from balance_analysis.measures.items.context import (
    CAPPED,
    EXCEEDS_TOTAL,
    LARGEST_CLASS_CONTRADICTS,
    NO_PREVIOUS_YEAR,
    UNREADABLE_LEVEL,
    ZERO_DENOMINATOR,
    Context,
)
from balance_analysis.measures.records import WAN
from balance_analysis.statements import Quantity, Statement
from balance_analysis.terms import Outcome, Stage
from balance_analysis.verdicts.parts import EVIDENCE_ASKED_BY, JudgedSchools, Judgement, Part

Clauses = list[Statement]
NOTES: Mapping[str, Statement] = {
    note: Statement(f"notes.{note}")
    for note in (ZERO_DENOMINATOR, EXCEEDS_TOTAL, UNREADABLE_LEVEL, NO_PREVIOUS_YEAR)
}
"""What the notes of measures say by themselves."""
ROOMS = ("music_rooms", "art_rooms")
ASKED = ("questionnaires", "interviews")
NO_SCHOOL_DATA = Statement("items.no_school_data")
NO_DATA = Statement("items.no_data")


def explain_item(judgement: Judgement, context: Context, headers: Mapping[str, str]) -> Statement:
    """Why the item has its outcome: figures, schools concerned, what is missing, what the evidence says.

    ``headers`` are the names of the fields as filed, by which blanks are named.
    """
    if judgement.given_detail is not None:
        return judgement.given_detail
    clauses: Clauses = []
    by_school = BY_SCHOOL.get(judgement.item.method)
    if by_school is not None and judgement.schools is None:
        clauses.append(_no_school(judgement, context))
    elif by_school is not None and judgement.schools is not None:
        clauses += by_school(judgement, judgement.schools, context)
    else:
        county = judgement.parts
        if county and all(part.measure.note == NO_PREVIOUS_YEAR for part in county):
            clauses.append(NOTES[NO_PREVIOUS_YEAR])
        else:
            clauses += [_county_clause(part, context, headers) for part in county]
        if any(part.measure.note == CAPPED for part in county):
            clauses.append(Statement("items.capped"))
        if not county and judgement.schools is not None:
            clauses += _each_school(judgement.schools, judgement.failing)
        if not county and judgement.schools is None and judgement.item.method == "nearby_enrolment":
            clauses.append(
                Statement("items.no_nearby_school") if len(context.every_school) else NO_SCHOOL_DATA
            )
    clauses += _unknown_schools(judgement, headers)
    if judgement.evidence.conclusion or judgement.evidence_required:
        clauses.append(_evidence_clause(judgement))
    return _say("items.sentence", clauses=clauses)


def explain_school(part: Part) -> Statement:
    """What one school lacks."""
    measure = part.measure
    assert measure.exact is not None
    assert part.limit is not None
    if measure.measure in ROOMS:
        return _say(
            "school.room_short",
            room=measure.measure,
            short=_lacking(part),
            needed=part.limit,
            have=measure.exact,
        )
    if measure.measure == "oversize_classes":
        if measure.note == LARGEST_CLASS_CONTRADICTS:
            return _say("school.largest_class", pupils=measure.available or Fraction(0))
        return _say("school.oversize_classes", stage=str(measure.stage), n=measure.exact)
    if measure.measure == "operating_funds":
        pupils = measure.numerator or Fraction(0)
        return _say("school.funds", pupils=pupils, have=measure.exact / WAN, needed=part.limit / WAN)
    if measure.measure.startswith("enrolment_"):
        return _say("school.enrolment", pupils=measure.exact, limit=part.limit)
    return _say("school.figure", value=_value(part))


def why_missing(missing: Sequence[str], note: str, headers: Mapping[str, str]) -> Clauses:
    """Why a figure is not known: the blank fields by their names, what the note of its measure says."""
    lacking = [_say("items.lack", fields=[headers[name] for name in missing])] if missing else []
    return [*lacking, *([NOTES[note]] if note in NOTES else [])]


def _say(name: str, /, **figures: Any) -> Statement:
    return Statement(name, figures)


def _value(part: Part) -> Quantity:
    relation = "" if part.relation is None else part.relation.value
    return Quantity(part.measure.exact, part.measure.unit, relation, part.limit)


def _county_clause(part: Part, context: Context, headers: Mapping[str, str]) -> Statement:
    measure = part.measure
    subject = Statement(f"asked.{measure.subject}") if measure.subject in ASKED else measure.subject
    named = {"stage": str(measure.stage), "subject": subject}
    if measure.exact is None:
        without_schools = measure.note == ZERO_DENOMINATOR and not len(context.every_school)
        why = why_missing(measure.missing, "" if without_schools else measure.note, headers)
        why += [NO_SCHOOL_DATA] if without_schools else []
        known = "items.hopeless" if part.outcome == Outcome.NOT_MET else "items.unknown"
        name = _say(f"unmeasured.{measure.measure}", **named)
        return _say(known, name=name, why=why or [NO_DATA])
    if measure.measure == "rural_quota_share":
        return _rural_quota_clause(part)
    growth = None
    if measure.measure == "appropriation_growth" and part.limit is not None:
        growth = Quantity(part.limit, "%")
    figures = {**named, "part": measure.numerator, "whole": measure.denominator, "limit": growth}
    figure = _say(f"measured.{measure.measure}", **figures, value=_value(part))
    bare = growth is not None or part.limit is None or measure.holds is not None
    return _say("items.figure", figure=figure, limit=None if bare else _value(part))


def _rural_quota_clause(part: Part) -> Statement:
    assert part.limit is not None
    if part.limit == 0:
        return Statement("items.no_rural_pupils")
    filed = "" if part.measure.numerator is None else _say("items.people", n=part.measure.numerator)
    return _say("items.rural_quota", filed=filed, share=_value(part), limit=Quantity(part.limit, "%"))


def _no_school(judgement: Judgement, context: Context) -> Statement:
    if judgement.item.method != "small_school_funds" or not len(context.every_school):
        return NO_SCHOOL_DATA
    return _say("items.no_such_small_school", minimum=_small(context))


def _rooms(judgement: Judgement, schools: JudgedSchools, context: Context) -> Clauses:
    parameter = context.regime.parameter
    rule = _say(
        "schools.rooms_rule",
        classes=parameter("music_art_rooms.classes_per_room"),
        music=parameter("music_art_rooms.music_room_area"),
        art=parameter("music_art_rooms.art_room_area"),
    )
    every, failing = _schools(schools), {part.measure.school_code for part in judgement.failing}
    open_schools = _schools(schools, open_rows(schools))
    kept = [name for code, name in every.items() if code not in failing and code not in open_schools]
    conceded = len(_schools(schools, schools.rows.concession != ""))
    relaxed = [_say("schools.rooms_relaxed", n=conceded)] if conceded else []
    if not failing:
        return [_say("schools.rooms_met", n=len(kept), rule=rule), *relaxed] if kept else []
    short = dict.fromkeys(ROOMS, Fraction(0))
    for part in judgement.failing:
        short[part.measure.measure] += _lacking(part)
    return [
        _say("schools.rooms_not_met", n_all=len(every), n=len(failing), rule=rule),
        *relaxed,
        _say("schools.rooms_short", music=short["music_rooms"], art=short["art_rooms"]),
        _say("schools.rooms_kept", n=len(kept), schools=kept),
    ]


def _size(judgement: Judgement, schools: JudgedSchools, context: Context) -> Clauses:
    failing = judgement.failing
    if failing:
        listed = [
            _say("schools.size_over", **_pupils(part), limit=part.limit or Fraction(0)) for part in failing
        ]
        return [_say("schools.size_not_met", n=len(failing), schools=listed)]
    filed = schools.rows.exact
    known = np.flatnonzero(filed.known).tolist()
    if not known:
        return [NO_SCHOOL_DATA]
    most = max(filed.at(row) or Fraction(0) for row in known)
    largest = [schools.part(row) for row in known if filed.at(row) == most]
    named = [_say("schools.pupils", **_pupils(part)) for part in largest]
    return [_say("schools.size_met", n=len(known), largest=named)]


def _class_size(judgement: Judgement, schools: JudgedSchools, context: Context) -> Clauses:
    clauses, over, rows = [], [], schools.rows
    for stage in Stage:
        limit = context.regime.limit(judgement.item.id, "class_size", stage)
        mine = rows.stage == stage.value
        if limit is None or not mine.any():
            continue
        total = rows.exact.total(mine)
        if total > 0:
            over.append(_say("schools.classes_over", limit=limit.value, stage=stage.value, n=total))
        elif rows.exact.known[mine].all():
            clauses.append(_say("schools.classes_none", limit=limit.value, stage=stage.value))
    if over:
        failing = {part.measure.school_code: part.measure.school_name for part in judgement.failing}
        clauses.insert(0, _say("schools.classes_over_by_stage", parts=over))
        clauses.append(_say("schools.classes_schools", n=len(failing), schools=list(failing.values())))
    odd = np.flatnonzero(rows.note == LARGEST_CLASS_CONTRADICTS).tolist()
    if odd:
        listed = [
            _say("schools.pupils", school=rows.school_name[row], pupils=rows.available.at(row) or Fraction(0))
            for row in odd
        ]
        clauses.append(_say("schools.classes_contradict", schools=listed))
    return clauses


def _small_schools(judgement: Judgement, schools: JudgedSchools, context: Context) -> Clauses:
    minimum, failing = _small(context), judgement.failing
    head = _say("schools.small", minimum=minimum, n=len(schools.rows))
    if failing:
        listed = [
            _say("schools.shortfall", school=part.measure.school_name, what=explain_school(part))
            for part in failing
        ]
        return [_say("schools.small_not_met", head=head, n=len(failing), minimum=minimum, schools=listed)]
    if (schools.outcome == Outcome.MET).all():
        return [_say("schools.small_met", head=head, minimum=minimum)]
    return [head]


def _training_funds(judgement: Judgement, schools: JudgedSchools, context: Context) -> Clauses:
    limits, failing = np.flatnonzero(schools.limit.known), judgement.failing
    limit = schools.limit.at(int(limits[0])) if len(limits) else None
    if failing:
        listed = [
            _say("schools.training_value", school=part.measure.school_name, value=_value(part))
            for part in failing
        ]
        figures = {"n_all": len(schools.rows), "n": len(failing), "limit": limit, "schools": listed}
        return [_say("schools.training_not_met", **figures)]
    kept = int((schools.outcome == Outcome.MET).sum())
    return [_say("schools.training_met", n=kept, limit=limit)] if kept else []


BY_SCHOOL: Mapping[str, Callable[[Judgement, JudgedSchools, Context], Clauses]] = {
    "music_art_rooms": _rooms,
    "school_size": _size,
    "class_size": _class_size,
    "small_school_funds": _small_schools,
    "training_funds": _training_funds,
}
"""Methods whose schools are spoken of in their own way."""


def _each_school(schools: JudgedSchools, failing: list[Part]) -> Clauses:
    if failing:
        codes = {part.measure.school_code for part in failing}
        listed = [
            _say(
                "schools.value",
                school=part.measure.school_name,
                stage=str(part.measure.stage),
                value=_value(part),
            )
            for part in failing
        ]
        return [_say("schools.not_met", n=len(codes), schools=listed)]
    return [Statement("schools.met")] if (schools.outcome == Outcome.MET).all() else []


def open_rows(schools: JudgedSchools) -> Mask:
    """Rows that are open because of a blank or for a reason that a note gives."""
    rows = schools.rows
    noted: Mask = np.array([note in NOTES for note in rows.note], dtype=bool)
    found: Mask = (schools.outcome == Outcome.NOT_ASSESSABLE) & ((rows.missing.bits != 0) | noted)
    return found


def _unknown_schools(judgement: Judgement, headers: Mapping[str, str]) -> Clauses:
    schools = judgement.schools
    if judgement.outcome == Outcome.MET or schools is None or not (rows := open_rows(schools)).any():
        return []
    why = why_missing(schools.rows.missing_in(rows), "", headers)
    why += [NOTES[note] for note in dict.fromkeys(schools.rows.note[rows]) if note in NOTES]
    unknown = _schools(schools, rows)
    return [_say("schools.unknown", n=len(unknown), why=why, schools=list(unknown.values()))]


def _evidence_clause(judgement: Judgement) -> Statement:
    found = judgement.evidence
    if not found.conclusion:
        method = judgement.item.method
        return Statement(f"evidence.lacking_{method}" if method in EVIDENCE_ASKED_BY else "evidence.lacking")
    source = _say(
        "evidence.source" if found.reference else "evidence.no_source",
        reference=found.reference,
        office=found.responsible_office,
    )
    told = "evidence.veto" if judgement.item.kind == "veto" else "evidence.concluded"
    return _say(told, conclusion=found.conclusion, source=source)


def _small(context: Context) -> Fraction:
    return Fraction(context.regime.parameter("small_school_funds.enrolment_minimum"))


def _pupils(part: Part) -> dict[str, Any]:
    return {"school": part.measure.school_name, "pupils": part.measure.exact or Fraction(0)}


def _lacking(part: Part) -> Fraction:
    assert part.measure.exact is not None
    assert part.limit is not None
    return part.limit - part.measure.exact


def _schools(schools: JudgedSchools, which: Mask | slice = slice(None)) -> dict[str, str]:
    """Codes and names of the schools of some rows."""
    return dict(zip(schools.rows.school_code[which], schools.rows.school_name[which], strict=True))
