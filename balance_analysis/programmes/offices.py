"""Who has to do what by when: the duties of one office, and the offices of a plan."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from enum import StrEnum
from typing import NamedTuple

import pandas as pd

from balance_analysis.errors import ParameterError
from balance_analysis.programmes.model import Commitment, Plan, Task

DUTY_COLUMNS = (
    "kind",
    "id",
    "name",
    "role",
    "together_with",
    "section",
    "step",
    "belongs_to",
    "items",
    "start",
    "deadline",
    "promise",
    "unit",
    "relation",
    "quote",
    "note",
)
OFFICE_COLUMNS = ("office", "collective", "lead", "supporting", "first_deadline", "last_deadline")


class Role(StrEnum):
    """How a duty concerns an office.

    ``lead``: named as responsible; ``supporting``: named as helping; ``collective``: the sentence names a word for many
    bodies (各相关部门), and the document does not say whether this one is among them.
    """

    LEAD = "lead"
    SUPPORTING = "supporting"
    COLLECTIVE = "collective"


class _Named(NamedTuple):
    entry: Task | Commitment
    office: str
    role: Role


def office_duties(
    plan: Plan, office: str, *, division_code: str = "", due: date | None = None
) -> pd.DataFrame:
    """Every task and commitment that concerns one office, by deadline, those without one last.

    ``office`` is any name that the plan uses for it, or a part that only one office has. ``division_code`` chooses the
    county of a city's plan. ``due`` keeps what is due by that day; duties without a deadline are then left out.
    Columns: ``kind`` (``task`` / ``commitment``), ``id, name, role`` (:class:`Role`), ``together_with`` (the other
    offices, joined by ``、``), ``section, step`` (names), ``belongs_to`` (id of a task), ``items`` (joined by ``;``), ``start,
    deadline`` (timestamps, NaT where there is none), ``promise, unit, relation`` of commitments, ``quote, note``.
    Raises :class:`ParameterError` for an office that the plan does not name.

    >>> from balance_analysis.programmes.loader import load_plan
    >>> duties = office_duties(load_plan("huantai_2017"), "县残联")
    >>> list(duties.loc[duties["role"] == "lead", "id"])
    ['B24']
    """
    names = _names(plan)
    asked = known_office(plan, office)
    code = division_code or plan.head.division_code
    sections = {section.id: section.name for section in plan.sections}
    steps = {step.id: step.name for step in plan.steps}
    collective = {one.name for one in plan.offices if one.collective}
    rows = []
    for entry in _entries(plan, code):
        named = list(_named(entry, names))
        role = next((one.role for one in named if one.office == asked), None)
        if role is None and asked not in collective and any(one.office in collective for one in named):
            role = Role.COLLECTIVE
        deadline = plan.deadline_of(entry, code)
        if role is None or (due is not None and (deadline is None or deadline > due)):
            continue
        others = (one.office for one in named if one.office != asked)
        rows.append(
            {
                **dict.fromkeys(DUTY_COLUMNS, ""),
                "id": entry.id,
                "name": entry.name,
                "role": role.value,
                "together_with": "、".join(dict.fromkeys(others)),
                "section": sections.get(entry.section, ""),
                "start": entry.start,
                "deadline": deadline,
                "quote": entry.quote,
                "note": entry.note,
                **_particulars(entry, steps),
            }
        )
    frame = pd.DataFrame(rows, columns=list(DUTY_COLUMNS))
    for name in ("start", "deadline"):
        frame[name] = pd.to_datetime(frame[name])
    return frame.sort_values("deadline", kind="stable", na_position="last", ignore_index=True)


def _particulars(entry: Task | Commitment, steps: dict[str, str]) -> dict[str, str]:
    if isinstance(entry, Task):
        return {
            "kind": "task",
            "step": steps.get(entry.step, ""),
            "belongs_to": entry.belongs_to,
            "items": ";".join(entry.items),
        }
    return {
        "kind": "commitment",
        "promise": str(entry.value),
        "unit": entry.unit,
        "relation": entry.relation.value,
    }


def plan_offices(plan: Plan, *, division_code: str = "") -> pd.DataFrame:
    """The offices that a plan names in its tasks and commitments, in the order in which it first names them.

    Columns: ``office, collective`` (whether the name is a word for many), ``lead, supporting`` (how many duties),
    ``first_deadline, last_deadline`` (timestamps, NaT where no duty has one).
    """
    code = division_code or plan.head.division_code
    names = _names(plan)
    collective = {one.name for one in plan.offices if one.collective}
    found: dict[str, list[_Named]] = {}
    for entry in _entries(plan, code):
        for named in _named(entry, names):
            found.setdefault(named.office, []).append(named)
    rows = []
    for office, duties in found.items():
        deadlines = [day for one in duties if (day := plan.deadline_of(one.entry, code)) is not None]
        rows.append(
            {
                "office": office,
                "collective": office in collective,
                "lead": sum(one.role is Role.LEAD for one in duties),
                "supporting": sum(one.role is Role.SUPPORTING for one in duties),
                "first_deadline": min(deadlines, default=None),
                "last_deadline": max(deadlines, default=None),
            }
        )
    frame = pd.DataFrame(rows, columns=list(OFFICE_COLUMNS))
    for name in ("first_deadline", "last_deadline"):
        frame[name] = pd.to_datetime(frame[name])
    return frame


def known_office(plan: Plan, office: str) -> str:
    """The usual name of the office that is meant; :class:`ParameterError` that lists the offices where there is none or more."""
    names = _names(plan)
    used = {one.office for entry in _entries(plan, plan.head.division_code) for one in _named(entry, names)}
    asked = office.strip()
    usual = names.get(asked, asked)
    if usual in used:
        return usual
    spellings = {**names, **{name: name for name in used}}
    alike = {one for name, one in spellings.items() if asked and asked in name and one in used}
    if len(alike) == 1:
        return alike.pop()
    listed = "、".join(sorted(alike or used))
    raise ParameterError(
        f"方案 {plan.id} 没有责任单位“{asked}”；{'请写明是哪一个' if alike else '可用'}：{listed}"
    )


def _names(plan: Plan) -> dict[str, str]:
    """Every listed spelling of an office and the usual name."""
    return {name: office.name for office in plan.offices for name in (office.name, *office.also)}


def _entries(plan: Plan, division_code: str) -> Iterator[Task | Commitment]:
    yield from plan.tasks
    yield from plan.commitments_of(division_code)


def _named(entry: Task | Commitment, names: dict[str, str]) -> Iterator[_Named]:
    """The offices of one entry by their usual name, each once."""
    supporting = entry.supporting_offices if isinstance(entry, Task) else ()
    seen: set[str] = set()
    for offices, role in ((entry.offices, Role.LEAD), (supporting, Role.SUPPORTING)):
        for name in offices:
            usual = names.get(name, name)
            if usual not in seen:
                seen.add(usual)
                yield _Named(entry, usual, role)
