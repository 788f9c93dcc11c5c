"""A regime, and the difference of two, as plain text for the terminal: every entry with its source and certainty."""

from __future__ import annotations

import pandas as pd

from balance_analysis.regimes import Regime
from balance_analysis.regimes.diff import excluded_codes
from balance_analysis.regimes.model import (
    Choice,
    Cited,
    Indicator,
    Item,
    Limit,
    Parameter,
    Scope,
    StageWeight,
)
from balance_analysis.statements import Statement
from balance_analysis.words import say, tell


def regime_lines(regime: Regime) -> list[str]:
    """The resolved law line by line, as ``balance-analysis regimes show`` prints it."""
    lines = [
        say("law_text.title", name=regime.name, id=regime.id, day=str(regime.on)),
        say("law_text.fingerprint", sha=regime.fingerprint),
        "",
        say("law_text.sources"),
    ]
    lines += [
        say("law_text.source", id=one.id, citation=one.citation, day=str(one.date), note=one.note)
        for one in regime.sources
    ]
    last = ""
    for kind, entry in regime.entries():
        if kind != last:
            lines += ["", say("law_text.heading", kind=kind)]
            last = kind
        cited = {"clause": entry.clause, "source": entry.source, "grade": str(entry.grade)}
        lines.append(say("law_text.entry", said=describe(entry), since=validity(entry), **cited))
    if regime.overlays:
        lines += ["", say("law_text.places")]
        lines += [
            say("law_text.place", id=one.id, name=one.name, place=str(one.place)) for one in regime.overlays
        ]
        lines += ["", say("law_text.changes")]
        lines += [
            say(
                "law_text.change",
                action=one.action,
                target=one.target,
                before=one.before,
                after=one.after,
                overlay=one.overlay,
                clause=one.clause,
            )
            for one in regime.changes
        ]
    return lines


def describe(entry: Cited) -> str:
    """One entry in one line, without its citation."""
    if isinstance(entry, Parameter):
        return f"{entry.id} = {entry.value} {'' if entry.unit == '1' else entry.unit}".rstrip()
    return tell(_described(entry))


def _described(entry: Cited) -> Statement:
    if isinstance(entry, Indicator):
        figures = {"item": entry.item, "id": entry.id, "name": entry.name, "unit": entry.unit}
        return Statement("law_text.indicator", figures)
    if isinstance(entry, Limit):
        value = str(entry.value) if entry.unit == "1" else f"{entry.value} {entry.unit}"
        return Statement("law_text.limit", {"key": entry.key, "relation": entry.relation, "value": value})
    if isinstance(entry, Choice):
        chosen = {"id": entry.id, "value": entry.value, "name": entry.name, "options": list(entry.options)}
        return Statement("law_text.choice", chosen)
    if isinstance(entry, Scope):
        return Statement(
            "law_text.scope",
            {
                "type": entry.school_type,
                "stages": list(entry.stages),
                "sponsors": list(entry.sponsors),
                "excluded": excluded_codes(entry),
                "minimum": entry.minimum_enrolment,
            },
        )
    if isinstance(entry, StageWeight):
        weights = {
            "primary": entry.primary,
            "junior": entry.junior_secondary,
            "senior": entry.senior_secondary,
        }
        return Statement("law_text.stage_weight", {"type": entry.school_type, **weights})
    assert isinstance(entry, Item)
    return Statement("law_text.item", {"id": entry.id, "name": entry.name, "requirement": entry.requirement})


def validity(entry: Cited) -> str:
    """From when to when an entry holds."""
    if entry.valid_to is None:
        return say("law_text.from", day=str(entry.valid_from))
    return say("law_text.from_to", day=str(entry.valid_from), last=str(entry.valid_to))


def difference_lines(difference: pd.DataFrame) -> list[str]:
    """What changes between two regimes, line by line."""
    if difference.empty:
        return [say("law_text.same")]
    nothing = say("law_text.nothing")
    return [
        say(
            "law_text.difference",
            kind=row["kind"],
            key=row["key"],
            before=tell(row["before"]) or nothing,
            after=tell(row["after"]) or nothing,
            clause=tell(row["clause"]),
            source=row["source"],
        )
        for row in difference.to_dict("records")
    ]
