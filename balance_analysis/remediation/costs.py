"""Strict TOML → frozen settings of the least-cost plan: prices, budgets, ceilings, rotation, re-zoning.

Numbers are quoted text and become exact fractions, so that 0.35 stays 0.35. Unknown keys, missing
keys and contradictions are all collected and raised together as one :class:`RegimeError` in Chinese.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Set
from fractions import Fraction
from pathlib import Path
from typing import Any

from balance_analysis.errors import RegimeError
from balance_analysis.remediation.settings import (
    Action,
    Ceiling,
    RemediationSettings,
    Resource,
    RezoningLink,
    RotationProfile,
    Within,
)
from balance_analysis.terms import Stage

DEFAULT_COSTS_PATH = Path(__file__).resolve().parent / "default_costs.toml"


class _Reader:
    """Takes keys out of nested tables and remembers every finding, so that all are told at once."""

    def __init__(self, origin: str) -> None:
        self.origin = origin
        self.findings: list[str] = []

    def tell(self, place: str, finding: str) -> None:
        self.findings.append(f"{self.origin} {place}：{finding}")

    def table(
        self, raw: Any, place: str, required: Set[str], optional: Set[str] = frozenset()
    ) -> dict[str, Any]:
        if not isinstance(raw, Mapping):
            self.tell(place, "应为一个表")
            return {}
        for key in sorted(set(raw) - required - optional):
            self.tell(place, f"不认识的项“{key}”；可用的项：{'、'.join(sorted(required | optional))}")
        for key in sorted(required - set(raw)):
            self.tell(place, f"缺少“{key}”，请补上")
        return dict(raw)

    def tables(self, raw: Any, place: str) -> list[Any]:
        if raw is None:
            return []
        if not isinstance(raw, list):
            self.tell(place, "应为 [[…]] 形式的若干个表")
            return []
        return raw

    def text(self, table: Mapping[str, Any], key: str, place: str, default: str = "") -> str:
        value = table.get(key, default)
        if not isinstance(value, str):
            self.tell(f"{place}.{key}", f"应为文本，发现 {value!r}")
            return default
        return value

    def flag(self, table: Mapping[str, Any], key: str, place: str, default: bool = False) -> bool:
        value = table.get(key, default)
        if not isinstance(value, bool):
            self.tell(f"{place}.{key}", f"应为 true 或 false，发现 {value!r}")
            return default
        return value

    def number(self, table: Mapping[str, Any], key: str, place: str, *, positive: bool = False) -> Fraction:
        value = table.get(key, "0")
        fallback = Fraction(1) if positive else Fraction(0)
        if key not in table:
            return fallback
        if not isinstance(value, str):
            self.tell(f"{place}.{key}", f'数值须写成带引号的文本（如 "0.35"），发现 {value!r}')
            return fallback
        try:
            number = Fraction(value)
        except (ValueError, ZeroDivisionError):
            self.tell(f"{place}.{key}", f"不是十进制数：{value!r}")
            return fallback
        if number < 0 or (positive and number == 0):
            self.tell(f"{place}.{key}", f"应{'大于' if positive else '不小于'} 0，发现 {value}")
            return fallback
        return number

    def names(self, table: Mapping[str, Any], key: str, place: str) -> tuple[str, ...]:
        value = table.get(key, [])
        if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
            self.tell(f"{place}.{key}", "应为文本列表")
            return ()
        if len(set(value)) != len(value):
            self.tell(f"{place}.{key}", "列表中有重复")
        return tuple(value)

    def stage(self, table: Mapping[str, Any], key: str, place: str, *, optional: bool = False) -> str:
        value = self.text(table, key, place)
        if value not in set(Stage) and not (optional and value == ""):
            self.tell(f"{place}.{key}", f"学段应为 {'、'.join(Stage)}，发现 {value!r}")
        return value


def _read_budget(reader: _Reader, raw: Any) -> tuple[Fraction | None, tuple[tuple[int, Fraction], ...]]:
    if raw is None:
        return None, ()
    table = reader.table(raw, "[budget]", set(), {"total_wan_cny", "yearly"})
    total = reader.number(table, "total_wan_cny", "[budget]") if "total_wan_cny" in table else None
    yearly: list[tuple[int, Fraction]] = []
    for position, entry in enumerate(reader.tables(table.get("yearly"), "[[budget.yearly]]"), start=1):
        place = f"[[budget.yearly]] 第{position}项"
        row = reader.table(entry, place, {"year", "wan_cny"})
        year = row.get("year", 0)
        if not isinstance(year, int) or isinstance(year, bool):
            reader.tell(f"{place}.year", f"应为年份整数，发现 {year!r}")
            continue
        yearly.append((year, reader.number(row, "wan_cny", place)))
    years = [year for year, _ in yearly]
    if years and years != list(range(years[0], years[0] + len(years))):
        reader.tell("[[budget.yearly]]", f"年份须逐年连续、由先到后，发现 {years}")
    return total, tuple(yearly)


def _read_actions(reader: _Reader, raw: Any, known: set[str]) -> tuple[Action, ...]:
    actions: list[Action] = []
    for position, entry in enumerate(reader.tables(raw, "[[actions]]"), start=1):
        place = f"[[actions]] 第{position}项"
        keys = {"id", "label", "unit", "adds", "unit_cost_wan_cny", "step", "whole"}
        row = reader.table(entry, place, keys, {"basis"})
        adds = reader.names(row, "adds", place)
        for name in adds:
            if name not in known:
                reader.tell(f"{place}.adds", f"[resources] 中没有“{name}”")
        whole = reader.flag(row, "whole", place)
        step = reader.number(row, "step", place, positive=True)
        if whole and step != 1:
            reader.tell(f"{place}.step", 'whole = true 时 step 须为 "1"')
        cost = reader.number(row, "unit_cost_wan_cny", place, positive=True)
        name = reader.text(row, "id", place)
        actions.append(
            Action(
                name,
                reader.text(row, "label", place),
                reader.text(row, "unit", place),
                adds,
                cost,
                step,
                whole,
                reader.text(row, "basis", place),
            )
        )
    return tuple(actions)


def _read_rotation(
    reader: _Reader, raw: Any, known: set[str]
) -> tuple[tuple[RotationProfile, ...], Fraction]:
    if raw is None:
        return (), Fraction(0)
    table = reader.table(raw, "[rotation]", {"enabled", "minimum_backbone_share"}, {"profiles"})
    share = reader.number(table, "minimum_backbone_share", "[rotation]")
    if share > 1:
        reader.tell("[rotation].minimum_backbone_share", "不应大于 1")
    profiles: list[RotationProfile] = []
    for position, entry in enumerate(reader.tables(table.get("profiles"), "[[rotation.profiles]]"), start=1):
        place = f"[[rotation.profiles]] 第{position}项"
        row = reader.table(entry, place, {"id", "label", "moves", "unit_cost_wan_cny", "backbone"})
        moves = reader.names(row, "moves", place)
        for name in moves:
            if name not in known:
                reader.tell(f"{place}.moves", f"[resources] 中没有“{name}”")
        profiles.append(
            RotationProfile(
                reader.text(row, "id", place),
                reader.text(row, "label", place),
                moves,
                reader.number(row, "unit_cost_wan_cny", place, positive=True),
                reader.flag(row, "backbone", place),
            )
        )
    return (tuple(profiles) if reader.flag(table, "enabled", "[rotation]") else ()), share


def _read_places(
    reader: _Reader, raw: Mapping[str, Any], actions: set[str]
) -> tuple[tuple[Ceiling, ...], tuple[RezoningLink, ...]]:
    ceilings: list[Ceiling] = []
    for position, entry in enumerate(reader.tables(raw.get("ceilings"), "[[ceilings]]"), start=1):
        place = f"[[ceilings]] 第{position}项"
        row = reader.table(entry, place, {"school_code", "action", "at_most"}, {"stage"})
        action = reader.text(row, "action", place)
        if action not in actions:
            reader.tell(f"{place}.action", f"[[actions]] 中没有“{action}”")
        ceilings.append(
            Ceiling(
                reader.text(row, "school_code", place),
                action,
                reader.number(row, "at_most", place),
                reader.stage(row, "stage", place, optional=True),
            )
        )
    links: list[RezoningLink] = []
    for position, entry in enumerate(reader.tables(raw.get("rezoning"), "[[rezoning]]"), start=1):
        place = f"[[rezoning]] 第{position}项"
        row = reader.table(
            entry, place, {"stage", "from_school", "to_school", "at_most", "unit_cost_wan_cny"}
        )
        pupils = reader.number(row, "at_most", place)
        if pupils.denominator != 1:
            reader.tell(f"{place}.at_most", "学生人数须为整数")
        start, end = reader.text(row, "from_school", place), reader.text(row, "to_school", place)
        if start == end:
            reader.tell(place, "from_school 与 to_school 不应是同一所学校")
        links.append(
            RezoningLink(
                reader.stage(row, "stage", place),
                start,
                end,
                int(pupils),
                reader.number(row, "unit_cost_wan_cny", place),
            )
        )
    return tuple(ceilings), tuple(links)


_REQUIRED = {"schema", "title", "grade", "source", "resources", "actions"}
_OPTIONAL = {"rotation", "within", "classes", "budget", "ceilings", "frozen_schools", "rezoning"}


def settings_from_toml(text: str, *, origin: str = "costs.toml") -> RemediationSettings:
    """Read the settings from TOML text; every fault of the file is told in one :class:`RegimeError`.

    >>> settings_from_toml("schema = 1")  # doctest: +IGNORE_EXCEPTION_DETAIL
    Traceback (most recent call last):
    balance_analysis.errors.RegimeError: …
    """
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise RegimeError(f"{origin}：不是有效的 TOML：{error}") from error
    reader = _Reader(origin)
    root = reader.table(raw, "顶层", _REQUIRED, _OPTIONAL)
    if "schema" in root and root["schema"] != 1:
        reader.tell("顶层.schema", f"应为 1，发现 {root['schema']!r}")
    resources: list[Resource] = []
    raw_resources = root.get("resources", {})
    for indicator, entry in raw_resources.items() if isinstance(raw_resources, Mapping) else ():
        place = f"[resources.{indicator}]"
        row = reader.table(entry, place, {"label", "unit", "shared"})
        resources.append(
            Resource(
                indicator,
                reader.text(row, "label", place),
                reader.text(row, "unit", place),
                reader.flag(row, "shared", place),
            )
        )
    known = {resource.indicator for resource in resources}
    shared = {resource.indicator for resource in resources if resource.shared}
    actions = _read_actions(reader, root.get("actions"), known)
    profiles, share = _read_rotation(reader, root.get("rotation"), known)
    for action in actions:
        if len({name in shared for name in action.adds}) > 1:
            reader.tell(f"措施 {action.id}", "adds 不能同时含全校共用与按学段持有的指标")
    for profile in profiles:
        if any(name in shared for name in profile.moves):
            reader.tell(f"交流 {profile.id}", "moves 只能是按学段持有的指标")
    identifiers = [action.id for action in actions] + [profile.id for profile in profiles]
    for name in sorted({name for name in identifiers if identifiers.count(name) > 1}):
        reader.tell("措施与交流", f"编号“{name}”重复")
    within: list[Within] = []
    for position, entry in enumerate(reader.tables(root.get("within"), "[[within]]"), start=1):
        place = f"[[within]] 第{position}项"
        row = reader.table(entry, place, {"inner", "outer"})
        pair = Within(reader.text(row, "inner", place), reader.text(row, "outer", place))
        if not {pair.inner, pair.outer} <= known - shared:
            reader.tell(place, "inner 与 outer 须是按学段持有的指标")
        within.append(pair)
    total, yearly = _read_budget(reader, root.get("budget"))
    ceilings, links = _read_places(reader, root, {action.id for action in actions})
    classes = reader.table(root.get("classes", {}), "[classes]", set(), {"unit_cost_wan_cny"})
    settings = RemediationSettings(
        title=reader.text(root, "title", "顶层"),
        grade=reader.text(root, "grade", "顶层"),
        source=reader.text(root, "source", "顶层"),
        resources=tuple(resources),
        actions=actions,
        profiles=profiles,
        minimum_backbone_share=share,
        within=tuple(within),
        class_cost=reader.number(classes, "unit_cost_wan_cny", "[classes]"),
        budget_total=total,
        budget_yearly=yearly,
        ceilings=ceilings,
        rezoning=links,
        frozen_schools=frozenset(reader.names(root, "frozen_schools", "顶层")),
    )
    if reader.findings:
        raise RegimeError("单价与规则文件有误，请逐条改正：\n" + "\n".join(reader.findings))
    return settings


def load_costs(path: Path | str | None = None) -> RemediationSettings:
    """Read a costs file; without a path the stated defaults of the package.

    >>> load_costs().actions[0].id
    'hire_teacher'
    """
    source = Path(path) if path is not None else DEFAULT_COSTS_PATH
    try:
        text = source.read_text(encoding="utf-8")
    except OSError as error:
        raise RegimeError(f"{source}：无法读取单价与规则文件（{error.strerror}），请检查路径") from error
    return settings_from_toml(text, origin=source.name)
