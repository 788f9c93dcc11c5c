"""Frozen records of a county's plan: what it promises, by when, who answers for it, and the sentence that says so.

A plan is data. Every dated step, task and figure carries ``quote``, the clause of the document that it rests on, so that a
reader can find it there; what the wording leaves open is decided in ``note``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from balance_analysis.strict_toml import Rule, one_of
from balance_analysis.terms import ALL_STAGES, Relation, Stage

MULTIPLES = {"万": 10_000, "亿": 100_000_000}
"""Leading words of a unit that multiply: 6934 万元 are 69,340,000 元."""


def summed_fields(text: str) -> tuple[str, ...]:
    """The fields of a numerator or denominator.

    >>> summed_fields("primary_classes + junior_secondary_classes")
    ('primary_classes', 'junior_secondary_classes')
    """
    return tuple(part.strip() for part in text.split("+") if part.strip())


class MeasuredBy(StrEnum):
    """Where the present figure of a commitment comes from.

    ``item``: the outcome of a judged item (``subject``); ``item_figure``: a measured figure (``figure``) of a judged
    item (``subject``); ``coefficient``: the coefficient of one indicator or of ``composite``; ``every_coefficient``: the
    largest of all indicators' coefficients; ``schools_share``: percent of schools that pass the school rule;
    ``indicator_share``: percent of schools at the limit of one indicator (``subject``); ``schools_covered``: percent of
    schools whose ``numerator`` (fields of the school sheet, joined by ``+``) reaches their ``denominator``;
    ``county_ratio``: two fields of the county sheet, in percent; ``reported``: the data cannot tell, and ``reason`` says why.
    """

    ITEM = "item"
    ITEM_FIGURE = "item_figure"
    COEFFICIENT = "coefficient"
    EVERY_COEFFICIENT = "every_coefficient"
    SCHOOLS_SHARE = "schools_share"
    INDICATOR_SHARE = "indicator_share"
    SCHOOLS_COVERED = "schools_covered"
    COUNTY_RATIO = "county_ratio"
    REPORTED = "reported"


class DatePrecision(StrEnum):
    """How exactly a document dates itself: it may leave the day of its month blank, or give no date at all."""

    DAY = "day"
    MONTH = "month"
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True)
class PlanHead:
    """What a plan says about itself.

    ``division_code`` is the county's six-digit code, or the leading digits shared by the counties of a city's plan;
    ``regime`` the evaluation it works towards; ``number`` the document number, empty where it has none. A document
    without a date (``issued_precision`` unknown) still needs ``issued``: the day whose law it is read by.
    """

    id: str
    place: str
    division_code: str
    title: str
    issuer: str
    issued: date
    issued_precision: DatePrecision = DatePrecision.DAY
    number: str = ""
    regime: str
    overlays: tuple[str, ...] = ()
    note: str = ""

    @property
    def issued_text(self) -> str:
        """Date of issue as exact as the document: one that leaves the day blank gives the month, one without a date says so."""
        if self.issued_precision is DatePrecision.UNKNOWN:
            return "印发日期未注明"
        month = f"{self.issued.year}年{self.issued.month}月"
        return month if self.issued_precision is DatePrecision.MONTH else f"{month}{self.issued.day}日"


@dataclass(frozen=True, kw_only=True)
class Target:
    """One county's year of acceptance; ``division_code`` is empty where it is the plan's own county.

    ``decided_by`` names the evaluation that decides whether the target is reached; the county's own data then only show
    whether it meets the standards. Empty where meeting the standards is the target. ``partners`` are accepted together
    with the county (a development zone without a code of its own).
    """

    id: str
    place: str
    division_code: str = ""
    year: Annotated[int, Rule(lambda year: 1949 <= year <= 2100, "四位年份")]
    name: str
    decided_by: str = ""
    partners: tuple[str, ...] = ()
    quote: str
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Section:
    """A heading of the document under which tasks and commitments stand (六大工程); ``quote`` is the heading itself."""

    id: str
    name: str
    quote: str
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Office:
    """A body that the document names: its usual ``name`` there, and ``also`` its other names there.

    ``collective`` marks a word for many bodies (各相关部门) of which the document does not say who they are.
    """

    name: str
    also: tuple[str, ...] = ()
    collective: bool = False
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Step:
    """A dated stage of the timetable; ``part_of`` names the stage that it belongs to (实施步骤).

    Both ends are included; a month is taken from its first to its last day.
    """

    id: str
    name: str
    start: date
    end: date
    part_of: str = ""
    actions: tuple[str, ...] = ()
    offices: tuple[str, ...] = ()
    quote: str
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Task:
    """What somebody has to do: offices, judged items that show whether it is done, deadline where there is one.

    Offices are those of the sentence; ``offices_note`` says why there are none. ``due_at_target`` makes the end of each
    county's own target year the deadline; ``belongs_to`` names the task that this one is a part or a dated milestone of.
    """

    id: str
    name: str
    offices: tuple[str, ...] = ()
    offices_note: str = ""
    supporting_offices: tuple[str, ...] = ()
    items: tuple[str, ...] = ()
    section: str = ""
    step: str = ""
    belongs_to: str = ""
    start: date | None = None
    deadline: date | None = None
    due_at_target: bool = False
    quote: str
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Commitment:
    """A figure that was promised: value, relation, unit, due date, and where the present figure comes from.

    ``value`` and ``unit`` are those of the document (``6934`` 万元); ``base_unit`` is free of 万 and 亿. ``subject``,
    ``figure``, ``numerator`` and ``denominator`` say more about ``measured_by`` (see :class:`MeasuredBy`);
    ``due_at_target`` makes the end of each county's own target year the due date. ``whole_place`` is what a city promises
    for itself (one county by 2020): no single county owes it.
    """

    id: str
    name: str
    value: Decimal
    unit: str
    relation: Relation = Relation.AT_LEAST
    stage: Annotated[str, one_of(ALL_STAGES, *Stage)] = ALL_STAGES
    due: date | None = None
    due_at_target: bool = False
    start: date | None = None
    offices: tuple[str, ...] = ()
    offices_note: str = ""
    section: str = ""
    whole_place: bool = False
    measured_by: MeasuredBy
    subject: str = ""
    figure: str = ""
    numerator: str = ""
    denominator: str = ""
    reason: str = ""
    quote: str
    note: str = ""

    @property
    def base_unit(self) -> str:
        """The unit without 万 or 亿."""
        return self.unit[1:] if len(self.unit) > 1 and self.unit[0] in MULTIPLES else self.unit


@dataclass(frozen=True, kw_only=True)
class Plan:
    """One county's or city's plan: what :func:`balance_analysis.programmes.load_plan` returns."""

    head: PlanHead
    targets: tuple[Target, ...]
    steps: tuple[Step, ...]
    tasks: tuple[Task, ...]
    commitments: tuple[Commitment, ...]
    sections: tuple[Section, ...] = ()
    offices: tuple[Office, ...] = ()
    fingerprint: str = ""

    @property
    def id(self) -> str:
        """The plan's id (its file's name)."""
        return self.head.id

    @property
    def place(self) -> str:
        """Whose plan it is."""
        return self.head.place

    @property
    def citation(self) -> str:
        """The document as reports cite it."""
        number = f"（{self.head.number}）" if self.head.number else ""
        return f"《{self.head.title}》{number}，{self.head.issuer}，{self.head.issued_text}"

    @property
    def target_years(self) -> tuple[int, ...]:
        """Years of acceptance, ascending, each once."""
        return tuple(sorted({target.year for target in self.targets}))

    def covers(self, division_code: str) -> bool:
        """Whether the plan is that county's own, or its city's."""
        return division_code.startswith(self.head.division_code)

    def commitments_of(self, division_code: str) -> tuple[Commitment, ...]:
        """What one county owes: everything promised, but of a city's plan not what the city promises for itself."""
        whole = division_code == self.head.division_code
        return tuple(entry for entry in self.commitments if whole or not entry.whole_place)

    def targets_of(self, division_code: str) -> tuple[Target, ...]:
        """The targets that concern one county: its own where the plan names it, else those for the whole place."""
        own = tuple(target for target in self.targets if target.division_code == division_code)
        return own or tuple(target for target in self.targets if not target.division_code)

    def target_year(self, division_code: str) -> int | None:
        """The year in which that county is to be accepted; None where the plan does not say."""
        years = [target.year for target in self.targets_of(division_code)]
        return min(years) if years else None

    def deadline_of(self, entry: Task | Commitment, division_code: str) -> date | None:
        """The day by which a task or commitment is due in that county; None where the plan sets none."""
        if entry.due_at_target:
            year = self.target_year(division_code)
            return None if year is None else date(year, 12, 31)
        return entry.deadline if isinstance(entry, Task) else entry.due
