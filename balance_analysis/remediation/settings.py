"""The frozen settings of a least-cost plan: what may be done, what it costs, and what binds it (money in 万元)."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Annotated

from balance_analysis.strict_toml import DISTINCT, NOT_NEGATIVE, POSITIVE, QUOTED_WHOLE, one_of, toml_key
from balance_analysis.terms import STAGE_NAMES, Stage

Amount = Annotated[Fraction, NOT_NEGATIVE]
Names = Annotated[tuple[str, ...], DISTINCT]
StageId = Annotated[str, one_of(*Stage)]
PRICE_KEY = toml_key("unit_cost_wan_cny")


@dataclass(frozen=True)
class Resource:
    """What one indicator counts, and whether a campus of several stages holds it once (``shared``)."""

    indicator: str
    label: str
    unit: str
    shared: bool


@dataclass(frozen=True)
class Action:
    """A measure: one unit adds ``unit_adds`` to every indicator in ``adds`` and costs ``unit_cost`` 万元.

    It is done in multiples of ``step``; with ``whole`` the search itself decides in whole steps. ``smallest`` is the least that
    is done at one school if anything is. ``ground`` marks land, which no school above its size limit gets. ``room`` names the
    room of the item on music and art rooms that a unit is: such a measure is done for that item only.
    """

    id: str
    label: str
    unit: str
    adds: Names
    unit_cost: Annotated[Fraction, POSITIVE] = field(metadata=PRICE_KEY)
    step: Annotated[Fraction, POSITIVE]
    whole: bool
    basis: str = ""
    unit_adds: Annotated[Fraction, POSITIVE] = Fraction(1)
    smallest: Amount = Fraction(0)
    ground: bool = False
    room: str = ""

    @property
    def least(self) -> Fraction:
        """The smallest project: whole steps, and at least ``smallest``."""
        return max(-(-self.smallest // self.step), 1) * self.step


@dataclass(frozen=True)
class RotationProfile:
    """A kind of teacher who moves between two schools of a stage; counts in every indicator of ``moves``."""

    id: str
    label: str
    moves: Names
    unit_cost: Annotated[Fraction, POSITIVE] = field(metadata=PRICE_KEY)
    backbone: bool


@dataclass(frozen=True)
class Within:
    """After the plan no school holds more ``inner`` than ``outer``; where it did before, ``inner`` does not grow."""

    inner: str
    outer: str


@dataclass(frozen=True)
class Ceiling:
    """At most this many units of an action at one school (at one stage of it, where ``stage`` is given)."""

    school_code: str
    action: str
    at_most: Amount
    stage: StageId = ""


@dataclass(frozen=True)
class RezoningLink:
    """Up to ``at_most`` pupils of a stage may be zoned from one school to a named neighbour."""

    stage: StageId
    from_school: str
    to_school: str
    at_most: Annotated[int, QUOTED_WHOLE, NOT_NEGATIVE]
    unit_cost: Amount = field(metadata=PRICE_KEY)


@dataclass(frozen=True)
class Programme:
    """What makes a plan a works programme, beyond the law's own limits.

    ``cv_margin``: every coefficient ends so much below its limit. ``money_step_wan_cny``: what one step of a measure costs is
    rounded up to it. ``move_pupils``: pupils above a school's size limit move to the schools of the same stage and kind of area with
    most free places, in groups of at least ``smallest_group``, at ``unit_cost`` each.
    """

    cv_margin: Amount
    money_step: Annotated[Fraction, POSITIVE] = field(metadata=toml_key("money_step_wan_cny"))
    move_pupils: bool
    smallest_group: Annotated[int, QUOTED_WHOLE, NOT_NEGATIVE]
    unit_cost: Amount = field(metadata=PRICE_KEY)
    basis: str


NO_PROGRAMME = Programme(Fraction(0), Fraction(1, 10**9), False, 0, Fraction(0), "")
"""The bare model: the law's limits, prices as they are, no pupils moved but along named links."""


@dataclass(frozen=True)
class RemediationSettings:
    """Everything a plan may do and what it costs (万元); see ``remediation/default_costs.toml`` for the meaning."""

    title: str
    grade: str
    source: str
    resources: tuple[Resource, ...]
    actions: tuple[Action, ...]
    profiles: tuple[RotationProfile, ...] = ()
    minimum_backbone_share: Fraction = Fraction(0)
    within: tuple[Within, ...] = ()
    class_cost: Fraction = Fraction(0)
    class_adds: tuple[str, ...] = ()
    class_unit_adds: Fraction = Fraction(0)
    class_basis: str = ""
    programme: Programme = NO_PROGRAMME
    budget_total: Fraction | None = None
    budget_yearly: tuple[tuple[int, Fraction], ...] = ()
    ceilings: tuple[Ceiling, ...] = ()
    frozen_schools: frozenset[str] = frozenset()
    rezoning: tuple[RezoningLink, ...] = ()
    text: str = field(default="", repr=False, compare=False)
    """The costs file that said all this, so that a saved plan can be read without it."""

    @property
    def budget(self) -> Fraction | None:
        """What may be spent until the target year: the tighter of the total and the sum of the years.

        >>> RemediationSettings("", "C", "", (), (), budget_total=Fraction(9),
        ...                     budget_yearly=((2026, Fraction(3)), (2027, Fraction(4)))).budget
        Fraction(7, 1)
        """
        yearly = (
            sum((amount for _, amount in self.budget_yearly), Fraction(0)) if self.budget_yearly else None
        )
        known = [amount for amount in (self.budget_total, yearly) if amount is not None]
        return min(known) if known else None

    def resource(self, indicator: str) -> Resource:
        """The resource behind an indicator; ``KeyError`` when the file does not name it."""
        for resource in self.resources:
            if resource.indicator == indicator:
                return resource
        raise KeyError(indicator)

    def words(self, stage: str, indicator: str = "") -> str:
        """What a person calls one indicator of one stage; what has no name stays as it is written.

        >>> from balance_analysis.remediation import load_costs
        >>> load_costs().words("primary", "sports_area")
        '小学体育运动场馆'
        """
        labels = {resource.indicator: resource.label for resource in self.resources}
        return STAGE_NAMES.get(stage, stage) + labels.get(indicator, indicator)
