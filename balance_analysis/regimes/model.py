"""Frozen records of the law: what a regime says, with the source of every figure.

A :class:`Regime` is the *resolved* law on one date: the national facts valid that day with the
chosen overlays applied. Values stay :class:`~decimal.Decimal`, read from quoted text, so that
``0.50`` keeps its two decimals and ``4.2 × 0.85`` is exactly ``3.57``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Annotated

from balance_analysis.errors import RegimeError
from balance_analysis.resources import numerator
from balance_analysis.strict_toml import DISTINCT, FILLED, NOT_NEGATIVE, POSITIVE, Rule, one_of, toml_key
from balance_analysis.terms import ALL_STAGES, Grade, Relation, SchoolType, Sponsor, Stage

LEVELS = ("concession", "national", "province", "prefecture", "county")
"""Order of precedence of overlays, what stands later is applied later: concessions, later national supplements, then
the places from large to small."""
LimitValue = Annotated[Decimal, NOT_NEGATIVE]
SchoolTypeId = Annotated[str, one_of(*SchoolType)]
SponsorCode = Annotated[str, one_of(*(str(code) for code in range(1, 11)))]
PLACES = Rule(lambda places: 0 <= places <= 6, " 0 至 6 的整数")
DIVISION_PREFIX = Rule(
    lambda text: 2 <= len(text) <= 6 and text.isascii() and text.isdigit(), "行政区划代码的前 2 至 6 位数字"
)


@dataclass(frozen=True, kw_only=True)
class Source:
    """A document that facts are cited from."""

    id: str
    title: str
    number: str
    date: date
    note: str = ""

    @property
    def citation(self) -> str:
        """``《title》（number）`` as printed in reports."""
        return f"《{self.title}》（{self.number}）" if self.number else f"《{self.title}》"


@dataclass(frozen=True, kw_only=True)
class Cited:
    """What every entry of the law carries: where it stands, how sure it is, when it holds."""

    clause: str
    source: str
    grade: Grade
    valid_from: date
    valid_to: date | None = None
    note: str = ""
    origin: str = field(default="national", metadata=toml_key(None))

    def in_force(self, on: date) -> bool:
        """Whether the entry holds on that day (both ends included)."""
        return self.valid_from <= on and (self.valid_to is None or on <= self.valid_to)

    def overlaps(self, other: Cited) -> bool:
        """Whether there is a day on which both hold."""
        return (self.valid_to is None or other.valid_from <= self.valid_to) and (
            other.valid_to is None or self.valid_from <= other.valid_to
        )


@dataclass(frozen=True, kw_only=True)
class Indicator(Cited):
    """One resource indicator.

    ``method`` names the numerator in :mod:`balance_analysis.resources`; ``scale`` is
    100 for "per 100 pupils" and 10000 where 万元 become yuan; ``decimals`` is the official display rounding.
    """

    id: str
    item: str
    name: str
    short_name: str
    unit: str
    method: str
    scale: Annotated[Decimal, POSITIVE]
    decimals: Annotated[int, PLACES]

    @property
    def key(self) -> str:
        """Identity among dated entries."""
        return self.id

    @property
    def shared(self) -> bool:
        """Whether the numerator belongs to the whole campus and is split between stages."""
        return numerator(self.method).shared


@dataclass(frozen=True, kw_only=True)
class Limit(Cited):
    """A number that a value is compared with (标准值/限值).

    ``subject`` is an indicator id, an item id or ``composite``; ``measure`` says which value of
    it is compared (``school_value``, ``cv``, ``share`` …); ``stage`` is a stage or ``all``.
    """

    subject: str
    measure: str
    stage: Annotated[str, one_of(*Stage, ALL_STAGES)]
    relation: Relation
    value: LimitValue
    unit: str

    @property
    def key(self) -> str:
        """``subject.measure.stage``: how overlays address the limit."""
        return f"{self.subject}.{self.measure}.{self.stage}"

    @property
    def decimals(self) -> int:
        """Decimals the limit is printed with: 0.50 → 2."""
        exponent = self.value.as_tuple().exponent
        return max(0, -exponent) if isinstance(exponent, int) else 0

    def holds(self, value: Fraction | Decimal | int) -> bool:
        """Whether an exact value satisfies the limit; equality counts unless strictly below."""
        exact, limit = Fraction(value), Fraction(self.value)
        if self.relation is Relation.AT_LEAST:
            return exact >= limit
        return exact < limit if self.relation is Relation.BELOW else exact <= limit

    def is_looser_than(self, other: Limit) -> bool:
        """Whether this limit admits values that ``other`` refuses."""
        if self.relation is Relation.AT_LEAST:
            return self.value < other.value
        if self.value == other.value:
            return self.relation is Relation.AT_MOST and other.relation is Relation.BELOW
        return self.value > other.value


@dataclass(frozen=True, kw_only=True)
class Parameter(Cited):
    """A number the method needs that is not itself compared (6 of 7, the 85 % floor, weights)."""

    id: str
    value: Decimal
    unit: str

    @property
    def key(self) -> str:
        """Identity among dated entries."""
        return self.id


@dataclass(frozen=True, kw_only=True)
class Choice(Cited):
    """A switchable reading of the text; ``options`` lists what it may be set to."""

    id: str
    name: str
    value: str
    options: tuple[str, ...]

    @property
    def key(self) -> str:
        """Identity among dated entries."""
        return self.id


@dataclass(frozen=True, kw_only=True)
class Scope(Cited):
    """Which schools of one type are counted, with which stages.

    ``excluded_sponsor_codes`` are 举办者类型 whose schools are not counted although their sponsor is one of ``sponsors``.
    """

    school_type: SchoolTypeId
    stages: Annotated[tuple[Stage, ...], FILLED, DISTINCT]
    sponsors: Annotated[tuple[Sponsor, ...], FILLED, DISTINCT]
    minimum_enrolment: LimitValue
    excluded_sponsor_codes: tuple[SponsorCode, ...] = ()

    @property
    def key(self) -> str:
        """Identity among dated entries."""
        return self.school_type


@dataclass(frozen=True, kw_only=True)
class StageWeight(Cited):
    """Weights by which a several-stage school's shared resources are split."""

    school_type: SchoolTypeId
    primary: Annotated[Decimal, NOT_NEGATIVE]
    junior_secondary: Annotated[Decimal, NOT_NEGATIVE]
    senior_secondary: Annotated[Decimal, NOT_NEGATIVE]

    @property
    def key(self) -> str:
        """Identity among dated entries."""
        return self.school_type


@dataclass(frozen=True, kw_only=True)
class Item(Cited):
    """One judged item of the regime (B1–B31, entry conditions, vetoes …).

    ``kind`` is ``resource``, ``numeric``, ``evidence``, ``veto`` or ``check`` (computed and shown,
    but deciding nothing); ``method`` names the computation in :mod:`balance_analysis.measures.items`
    for numeric items and checks, and an additional one for evidence items that also have a figure. It is the
    item's role: code asks for it (:meth:`Regime.item_of`), never for an id.
    """

    id: str
    group: str
    name: str
    requirement: str
    kind: Annotated[str, one_of("resource", "numeric", "evidence", "veto", "check")]
    method: str = ""

    @property
    def key(self) -> str:
        """Identity among dated entries."""
        return self.id


@dataclass(frozen=True, kw_only=True)
class Change(Cited):
    """One thing an overlay did to the law, as the report lists it."""

    overlay: str
    action: str
    target: str
    before: str
    after: str
    permitted_by: str = ""


@dataclass(frozen=True, kw_only=True)
class Overlay:
    """A local or temporary set of facts on top of a national regime.

    It applies to the counties whose code begins with ``division_prefix``; to all where that is empty. ``expiry_unstated``
    marks a concession of which no source says when it ends.
    """

    id: str
    name: str
    base: str
    level: Annotated[str, one_of(*LEVELS)]
    division_prefix: Annotated[str, DIVISION_PREFIX] = ""
    valid_from: date
    valid_to: date | None = None
    expiry_unstated: bool = False
    sources: tuple[Source, ...] = field(default=(), metadata=toml_key("source"))

    @property
    def place(self) -> str:
        """Where it applies, in words.

        >>> Overlay(id="x", name="x", base="x", level="county", division_prefix="2103", valid_from=date(2018, 7, 1)).place
        '行政区划代码以2103开头的区县'
        """
        return f"行政区划代码以{self.division_prefix}开头的区县" if self.division_prefix else "各区县"

    def covers(self, division_code: str) -> bool:
        """Whether it applies to that county."""
        return division_code.startswith(self.division_prefix)


@dataclass(frozen=True)
class SchoolRule:
    """When a school passes: ``needed`` of its ``indicators`` at the limit, the rest not below ``share`` of it."""

    indicators: int
    needed: int
    share: Fraction

    @property
    def spared(self) -> int:
        """How many indicators may stay below the limit."""
        return self.indicators - self.needed

    @property
    def share_text(self) -> str:
        """The share as ``85%``; empty where nothing below the limit is tolerated."""
        percent = Decimal(100) * self.share.numerator / self.share.denominator
        return "" if self.share == 1 else f"{percent.normalize():f}%"


@dataclass(frozen=True, kw_only=True)
class Regime:
    """The resolved law on one date: what :func:`balance_analysis.regimes.load_regime` returns."""

    id: str
    name: str
    short_name: str
    on: date
    valid_from: date
    valid_to: date | None
    sources: tuple[Source, ...]
    indicators: tuple[Indicator, ...]
    limits: tuple[Limit, ...]
    parameters: tuple[Parameter, ...]
    choices: tuple[Choice, ...]
    scope: tuple[Scope, ...]
    stage_weights: tuple[StageWeight, ...]
    items: tuple[Item, ...]
    area_codes: dict[str, str]
    overlays: tuple[Overlay, ...] = ()
    changes: tuple[Change, ...] = field(default=())
    fingerprint: str = ""

    def limit(self, subject: str, measure: str, stage: str) -> Limit | None:
        """The limit on that value, or None where the regime sets none."""
        return next(
            (
                entry
                for entry in self.limits
                if entry.subject == subject and entry.measure == measure and entry.stage in (stage, "all")
            ),
            None,
        )

    def parameter(self, name: str) -> Decimal:
        """A parameter's value; an unknown name is an error, not a default."""
        for entry in self.parameters:
            if entry.id == name:
                return entry.value
        raise self._unknown("参数", name, [entry.id for entry in self.parameters])

    def has_parameter(self, name: str) -> bool:
        """Whether the regime sets that parameter."""
        return any(entry.id == name for entry in self.parameters)

    @property
    def school_rule(self) -> SchoolRule | None:
        """The rule that a school passes or fails by; None where the regime judges no school.

        >>> from balance_analysis.regimes import load_regime
        >>> rule = load_regime("quality_balance_2017", on=date(2018, 1, 1)).school_rule
        >>> rule.indicators, rule.needed, rule.spared, rule.share_text
        (7, 6, 1, '85%')
        """
        if not self.has_parameter("school.indicators_met_minimum"):
            return None
        share = "school.tolerated_share"
        return SchoolRule(
            len(self.indicators),
            int(self.parameter("school.indicators_met_minimum")),
            Fraction(self.parameter(share)) if self.has_parameter(share) else Fraction(1),
        )

    def choice(self, name: str) -> str:
        """The value of a switchable reading; an unknown name is an error."""
        for entry in self.choices:
            if entry.id == name:
                return entry.value
        raise self._unknown("选项", name, [entry.id for entry in self.choices])

    def has_choice(self, name: str, value: str) -> bool:
        """Whether the regime knows that reading and it is set to ``value``."""
        return any(entry.id == name and entry.value == value for entry in self.choices)

    def indicator(self, name: str) -> Indicator:
        """An indicator by id."""
        for entry in self.indicators:
            if entry.id == name:
                return entry
        raise self._unknown("指标", name, [entry.id for entry in self.indicators])

    def item(self, name: str) -> Item:
        """A judged item by id."""
        for entry in self.items:
            if entry.id == name:
                return entry
        raise self._unknown("项目", name, [entry.id for entry in self.items])

    def item_of(self, method: str) -> Item | None:
        """The item that is judged by this method (its role, such as ``class_size``), or None."""
        return next((entry for entry in self.items if entry.method == method), None)

    def source(self, name: str) -> Source:
        """A cited document by id."""
        for entry in self.sources:
            if entry.id == name:
                return entry
        raise RegimeError(f"评估办法 {self.id} 没有来源 {name}")

    def _unknown(self, kind: str, name: str, known: list[str]) -> RegimeError:
        return RegimeError(f"评估办法 {self.id} 没有{kind} {name}；已有：{'、'.join(known)}")

    @property
    def late_overlays(self) -> tuple[Overlay, ...]:
        """Overlays without a stated end that are used after the year in which they begin."""
        return tuple(
            one for one in self.overlays if one.expiry_unstated and self.on.year > one.valid_from.year
        )

    def entries(self) -> Iterator[tuple[str, Cited]]:
        """Every entry of the resolved law with its kind, in the order of the file."""
        for kind, entries in (
            ("indicator", self.indicators),
            ("limit", self.limits),
            ("parameter", self.parameters),
            ("choice", self.choices),
            ("scope", self.scope),
            ("stage_weight", self.stage_weights),
            ("item", self.items),
        ):
            for entry in entries:
                yield kind, entry
