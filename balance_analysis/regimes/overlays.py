"""Apply overlays to the national law: what they add, tighten, relax or set, in which order, and where they apply."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields, replace
from datetime import date
from decimal import Decimal
from typing import Any

from balance_analysis.errors import ParameterError
from balance_analysis.regimes.consistency import Entries, contradictions
from balance_analysis.regimes.files import Amendment, OverlayFile
from balance_analysis.regimes.model import (
    LEVELS,
    Change,
    Choice,
    Cited,
    Indicator,
    Item,
    Limit,
    LimitValue,
    Overlay,
    Parameter,
    Regime,
    Scope,
)
from balance_analysis.strict_toml import convert

ADDED = {"add_indicator": "indicator", "add_item": "item", "add": "limit"}
CITATION = tuple(item.name for item in fields(Cited))


def precedence(overlay: Overlay) -> tuple[int, str]:
    """The order in which overlays are applied and listed: by level, then by id."""
    return LEVELS.index(overlay.level), overlay.id


def require_place(regime: Regime, division_code: str, county: str = "") -> None:
    """Raise :class:`ParameterError` when an overlay of ``regime`` does not apply to that county.

    >>> from balance_analysis.regimes import load_regime
    >>> require_place(load_regime("quality_balance_2017", on=date(2020, 1, 1), overlays=["anshan"]), "210321")
    """
    problems = [
        f"补充规定 {overlay.id}（{overlay.name}）适用于{overlay.place}，不能用于{division_code}"
        f"{f'（{county}）' if county else ''}；请去掉 --overlay {overlay.id}"
        for overlay in regime.overlays
        if not overlay.covers(division_code)
    ]
    if problems:
        raise ParameterError("\n".join(problems))


def amend(entries: Entries, overlays: Iterable[OverlayFile], on: date) -> tuple[list[Change], list[str]]:
    """Change ``entries`` in place by what the overlays say on that day, in the order of precedence.

    Returns what was changed and the problems found: a target that does not exist, a "tighten" that is looser, a
    relaxation without the national clause that allows it, two overlays of one level that touch the same entry.
    """
    changes: list[Change] = []
    problems: list[str] = []
    touched: dict[tuple[str, str], str] = {}
    for overlay in sorted(overlays, key=precedence):
        for action, entry in overlay.actions():
            if not entry.in_force(on):
                continue
            where = f"{overlay.id}.toml [[{action}]] {entry.key}"
            entry = replace(entry, origin=overlay.id)
            before = len(problems)
            if action in ADDED:
                old, new = (
                    None,
                    _added(entries[ADDED[action]], entry, ADDED[action], entries, where, problems),
                )
            else:
                old, new = _amended(entries, entry, action, where, problems)
            if len(problems) > before:
                continue
            previous = touched.setdefault((overlay.level, entry.key), overlay.id)
            if previous != overlay.id:
                problems.append(
                    f"{where}：与同级补充规定 {previous} 都改动了这一条；同级之间没有先后，请只选其一"
                )
            changes.append(_change(action, entry, "（未设）" if old is None else _text(old), _text(new)))
    return changes, problems


def _added(
    known: dict[str, Any], entry: Any, kind: str, entries: Entries, where: str, problems: list[str]
) -> Any:
    problems.extend(f"{where}：{sentence}" for sentence in contradictions(kind, entry, entries))
    if entry.key in known:
        set_by = known[entry.key].origin
        whose = "国家规定" if set_by == "national" else f"补充规定 {set_by} 的规定"
        problems.append(f"{where}：已有{whose}；收紧请用 tighten，放宽请用 relax")
    return known.setdefault(entry.key, entry)


def _amended(
    entries: Entries, entry: Amendment, action: str, where: str, problems: list[str]
) -> tuple[Any, Any]:
    """The entry that is changed, before and after; a problem leaves it as it was."""
    if action == "relax" and not entry.permitted_by:
        problems.append(f"{where}：放宽必须写明所依据的国家条款（permitted_by）")
    if action == "tighten" and entry.permitted_by:
        problems.append(f"{where}：收紧不需要 permitted_by，请删去")
    kinds = ("limit", "parameter", "choice", "scope")
    kind = next((kind for kind in kinds if entry.target in entries[kind]), None)
    if kind is None:
        problems.append(f"{where}：没有可改动的条目 {entry.target}")
        return None, None
    old = entries[kind][entry.target]
    try:
        new = _replaced(old, entry)
    except ValueError as error:
        problems.append(f"{where}：value {error}")
        return old, old
    found = [problem] if (problem := _contradiction(action, old, new)) else contradictions(kind, new, entries)
    problems += [f"{where}：{sentence}" for sentence in found]
    entries[kind][entry.target] = old if found else new
    return old, new


def _replaced(old: Any, entry: Amendment) -> Any:
    citation = _citation(entry)
    if isinstance(old, Choice):
        if entry.value not in old.options:
            raise ValueError(f"应为 {'、'.join(old.options)} 之一，发现“{entry.value}”")
        return replace(old, value=entry.value, **citation)
    number: Decimal = convert(entry.value, Decimal if isinstance(old, Parameter) else LimitValue)
    if isinstance(old, Scope):
        return replace(old, minimum_enrolment=number, **citation)
    return replace(old, value=number, **citation)


def _contradiction(action: str, old: Any, new: Any) -> str:
    if isinstance(old, Limit) and isinstance(new, Limit):
        if action == "tighten" and new.is_looser_than(old):
            return f"收紧后的限值 {new.value} 比原限值 {old.value} 更宽松，拒绝采用"
        if action == "relax" and not new.is_looser_than(old):
            return f"放宽后的限值 {new.value} 并不比原限值 {old.value} 宽松，请改用 tighten"
        if action == "set":
            return "是限值，须用 tighten 或 relax 说明方向"
        return ""
    return "" if action in ("set", "relax") else "不是限值，请用 set 或 relax"


def _text(entry: Any) -> str:
    if isinstance(entry, Scope):
        return f"{entry.minimum_enrolment}人及以上计入"
    if isinstance(entry, Item):
        return entry.requirement
    if isinstance(entry, Indicator):
        return f"{entry.name}（{entry.unit}）"
    unit = f" {entry.unit}" if isinstance(entry, Limit | Parameter) and entry.unit != "1" else ""
    return f"{entry.value}{unit}"


def _citation(entry: Cited) -> Mapping[str, Any]:
    return {name: getattr(entry, name) for name in CITATION}


def _change(action: str, entry: Any, before: str, after: str) -> Change:
    return Change(
        overlay=entry.origin,
        action="add" if isinstance(entry, Indicator) else action,
        target=entry.key,
        before=before,
        after=after,
        permitted_by=getattr(entry, "permitted_by", ""),
        **_citation(entry),
    )
