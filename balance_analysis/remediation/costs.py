"""Strict TOML → frozen settings of the least-cost plan: prices, budgets, ceilings, rotation, re-zoning.

Numbers are quoted text and become exact fractions, so that 0.35 stays 0.35. Unknown keys, missing
keys and contradictions are all collected and raised together as one :class:`RegimeError` in Chinese.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import Annotated

from balance_analysis.errors import RegimeError
from balance_analysis.exact import Number, as_filed
from balance_analysis.remediation.settings import (
    NO_PROGRAMME,
    PRICE_KEY,
    Action,
    Amount,
    Ceiling,
    Names,
    Programme,
    RemediationSettings,
    Resource,
    RezoningLink,
    RotationProfile,
    Within,
)
from balance_analysis.strict_toml import Rule, file_text, parse_record, read_toml, toml_key

ROOMS = ("music_rooms", "art_rooms")
"""What ``room`` may name: the measures of the item on music and art rooms."""
DEFAULT_COSTS_PATH = Path(__file__).resolve().parent / "default_costs.toml"


@dataclass(frozen=True)
class _Held:
    label: str
    unit: str
    shared: bool


@dataclass(frozen=True)
class _Rotation:
    enabled: bool
    minimum_backbone_share: Annotated[Fraction, Rule(lambda share: 0 <= share <= 1, " 0 至 1 的数")]
    profiles: tuple[RotationProfile, ...] = ()


@dataclass(frozen=True)
class _Classes:
    unit_cost: Amount = field(default=Fraction(0), metadata=PRICE_KEY)
    adds: Names = ()
    unit_adds: Amount = Fraction(0)
    basis: str = ""


@dataclass(frozen=True)
class _Year:
    year: int
    wan_cny: Amount


@dataclass(frozen=True)
class _Budget:
    total: Amount | None = field(default=None, metadata=toml_key("total_wan_cny"))
    yearly: tuple[_Year, ...] = ()


@dataclass(frozen=True)
class _CostsFile:
    schema: Annotated[int, Rule(lambda number: number == 1, " 1")]
    title: str
    grade: str
    source: str
    resources: Mapping[str, _Held]
    actions: tuple[Action, ...]
    rotation: _Rotation = _Rotation(False, Fraction(0))
    within: tuple[Within, ...] = ()
    classes: _Classes = _Classes()
    programme: Programme | None = None
    budget: _Budget = _Budget()
    ceilings: tuple[Ceiling, ...] = ()
    frozen_schools: frozenset[str] = frozenset()
    rezoning: tuple[RezoningLink, ...] = ()


def settings_from_toml(text: str, *, origin: str = "costs.toml") -> RemediationSettings:
    """Read the settings from TOML text; every fault of the file is told in one :class:`RegimeError`.

    >>> settings_from_toml("schema = 1")  # doctest: +IGNORE_EXCEPTION_DETAIL
    Traceback (most recent call last):
    balance_analysis.errors.RegimeError: …
    """
    problems: list[str] = []
    file = parse_record(_CostsFile, read_toml(text, origin, error=RegimeError), origin, problems)
    if file is not None:
        problems += [f"{origin} {problem}" for problem in _contradictions(file)]
    if problems or file is None:
        raise RegimeError("单价与规则文件有误，请逐条改正：\n" + "\n".join(problems))
    programme = file.programme or NO_PROGRAMME
    return _in_round_money(
        RemediationSettings(
            title=file.title,
            grade=file.grade,
            source=file.source,
            resources=tuple(
                Resource(name, held.label, held.unit, held.shared) for name, held in file.resources.items()
            ),
            actions=file.actions,
            profiles=file.rotation.profiles if file.rotation.enabled else (),
            minimum_backbone_share=file.rotation.minimum_backbone_share,
            within=file.within,
            class_cost=file.classes.unit_cost,
            class_adds=file.classes.adds,
            class_unit_adds=file.classes.unit_adds,
            class_basis=file.classes.basis,
            programme=programme,
            budget_total=file.budget.total,
            budget_yearly=tuple((one.year, one.wan_cny) for one in file.budget.yearly),
            ceilings=file.ceilings,
            rezoning=file.rezoning,
            frozen_schools=file.frozen_schools,
            text=text,
        )
    )


def _in_round_money(settings: RemediationSettings) -> RemediationSettings:
    """Every price such that one step costs a multiple of the programme's money step: sums of a plan need no rounding."""
    if settings.programme is NO_PROGRAMME:
        return settings
    unit = settings.programme.money_step

    def up(price: Fraction, step: Fraction = Fraction(1)) -> Fraction:
        return -(-price * step // unit) * unit / step

    return replace(
        settings,
        actions=tuple(replace(one, unit_cost=up(one.unit_cost, one.step)) for one in settings.actions),
        profiles=tuple(replace(one, unit_cost=up(one.unit_cost)) for one in settings.profiles),
        rezoning=tuple(replace(one, unit_cost=up(one.unit_cost)) for one in settings.rezoning),
        class_cost=up(settings.class_cost),
        programme=replace(settings.programme, unit_cost=up(settings.programme.unit_cost)),
    )


def _contradictions(file: _CostsFile) -> Iterator[str]:
    """What well-formed entries get wrong together: names that lead nowhere, mixed holders, years with a hole."""
    shared = {name for name, held in file.resources.items() if held.shared}
    for action in file.actions:
        place = f"[[actions]] {action.id}"
        yield from _unknown(action.adds, file.resources, f"{place}：adds")
        if action.room and (action.step != 1 or not action.whole):
            yield f'{place}：专用教室须逐间建设（whole = true，step = "1"）'
        if len({name in shared for name in action.adds}) > 1:
            yield f"{place}：adds 不能同时含全校共用与按学段持有的指标"
    for profile in file.rotation.profiles:
        place = f"[[rotation.profiles]] {profile.id}"
        yield from _unknown(profile.moves, file.resources, f"{place}：moves")
        if shared & set(profile.moves):
            yield f"{place}：moves 只能是按学段持有的指标"
    identifiers = [one.id for one in file.actions] + [one.id for one in file.rotation.profiles]
    for name in sorted({name for name in identifiers if identifiers.count(name) > 1}):
        yield f"措施与交流：编号“{name}”重复"
    yield from _unknown(file.classes.adds, file.resources, "[classes]：adds")
    if not set(file.classes.adds) <= shared:
        yield "[classes]：adds 只能是全校共用的指标"
    for room in sorted({one.room for one in file.actions if one.room}):
        if room not in ROOMS or sum(one.room == room for one in file.actions) > 1:
            yield f"[[actions]]：room 只能是 {'、'.join(ROOMS)}，各写一次"
    for pair in file.within:
        if not {pair.inner, pair.outer} <= set(file.resources) - shared:
            yield f"[[within]] {pair.inner}：inner 与 outer 须是按学段持有的指标"
    years = [one.year for one in file.budget.yearly]
    if years and years != list(range(years[0], years[0] + len(years))):
        yield f"[[budget.yearly]]：年份须逐年连续、由先到后，发现 {years}"
    for ceiling in file.ceilings:
        if ceiling.action not in {action.id for action in file.actions}:
            yield f"[[ceilings]] {ceiling.school_code}：[[actions]] 中没有“{ceiling.action}”"
    for link in file.rezoning:
        if link.from_school == link.to_school:
            yield f"[[rezoning]] {link.from_school}：from_school 与 to_school 不应是同一所学校"


def _unknown(names: tuple[str, ...], known: Mapping[str, _Held], place: str) -> Iterator[str]:
    return (f"{place} 中的“{name}”没有在 [resources] 中列出" for name in names if name not in known)


def load_costs(path: Path | str | None = None) -> RemediationSettings:
    """Read a costs file; without a path the stated defaults of the package.

    A file that says nothing of the programme gets the shipped one.

    >>> load_costs().actions[0].id
    'hire_teacher'
    """
    source = Path(path) if path is not None else DEFAULT_COSTS_PATH
    return costs_from_text(file_text(source, source.name, error=RegimeError), origin=source.name)


def costs_from_text(text: str, *, origin: str = "costs.toml") -> RemediationSettings:
    """As :func:`load_costs` from the text of a file."""
    settings = settings_from_toml(text, origin=origin)
    if settings.programme is NO_PROGRAMME:
        return _in_round_money(replace(settings, programme=load_costs().programme))
    return settings


def with_cv_margin(settings: RemediationSettings, margin: Number | None) -> RemediationSettings:
    """The same settings with another safety margin below the limits of coefficients; ``None`` changes nothing."""
    if margin is None:
        return settings
    return replace(settings, programme=replace(settings.programme, cv_margin=as_filed(margin)))
