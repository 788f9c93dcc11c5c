"""Apply overlays to the national law: what they add, tighten, relax or set, and in which order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from decimal import Decimal
from typing import Any

from balance_analysis.errors import RegimeError
from balance_analysis.regimes.consistency import contradictions
from balance_analysis.regimes.model import Change, Choice, Cited, Item, Limit, Overlay, Parameter, Scope
from balance_analysis.strict_toml import convert, parse_record

LEVELS = ("concession", "national", "province", "prefecture", "county")
"""Order of precedence: what stands later is applied later.

Concessions come first, then later national supplements, then the places from large to small.
"""

ACTIONS = ("add_item", "add", "tighten", "relax", "set")
ADDED = {"add_item": Item, "add": Limit}
CITATION = tuple(item.name for item in fields(Cited) if item.name != "origin")


@dataclass(frozen=True)
class OverlayFile:
    """An overlay as read: its head and its raw action tables."""

    head: Overlay
    actions: tuple[tuple[str, Mapping[str, Any]], ...]
    where: str


def apply_overlays(
    entries: dict[str, dict[str, Any]], overlays: Sequence[OverlayFile], on: date
) -> tuple[Change, ...]:
    """Change ``entries`` (kind → key → record) in place, in the order of precedence.

    Raises :class:`RegimeError` with every problem at once: a target that does not exist, a
    "tighten" that is looser, a relaxation without the national clause that allows it, two
    overlays of one level that touch the same entry.
    """
    changes: list[Change] = []
    problems: list[str] = []
    touched: dict[tuple[str, str], str] = {}
    for overlay in sorted(overlays, key=lambda item: (LEVELS.index(item.head.level), item.head.id)):
        for number, (action, table) in enumerate(overlay.actions, start=1):
            where = f"{overlay.where} 第{number}项（{action}）"
            start, end = table.get("valid_from"), table.get("valid_to")
            if isinstance(start, date) and isinstance(end, date) and end < start:
                problems.append(f"{where}：终止日期 {end} 早于生效日期 {start}")
            if not _in_force(table, on):
                continue
            change = (_add if action in ADDED else _modify)(entries, overlay, action, table, where, problems)
            if change is None:
                continue
            previous = touched.setdefault((overlay.head.level, change.target), overlay.head.id)
            if previous != overlay.head.id:
                problems.append(
                    f"{where}：与同级补充规定 {previous} 都改动了 {change.target}；"
                    "同级之间没有先后，请只选其一"
                )
            changes.append(change)
    if problems:
        raise RegimeError("\n".join(problems))
    return tuple(changes)


def _in_force(table: Mapping[str, Any], on: date) -> bool:
    start, end = table.get("valid_from"), table.get("valid_to")
    return not (isinstance(start, date) and on < start) and not (isinstance(end, date) and end < on)


def _add(
    entries: dict[str, dict[str, Any]],
    overlay: OverlayFile,
    action: str,
    table: Mapping[str, Any],
    where: str,
    problems: list[str],
) -> Change | None:
    kind = "limit" if action == "add" else "item"
    record = parse_record(ADDED[action], table, where, problems, extra={"origin": overlay.head.id})
    if record is None:
        return None
    before = len(problems)
    problems.extend(contradictions(kind, record, entries, where))
    if record.key in entries[kind]:
        set_by = entries[kind][record.key].origin
        whose = "国家规定" if set_by == "national" else f"补充规定 {set_by} 的规定"
        problems.append(f"{where}：{record.key} 已有{whose}；收紧请用 tighten，放宽请用 relax")
    if len(problems) > before:
        return None
    entries[kind][record.key] = record
    return _change(overlay, action, record.key, "（未设）", _text(record), record)


def _modify(
    entries: dict[str, dict[str, Any]],
    overlay: OverlayFile,
    action: str,
    table: Mapping[str, Any],
    where: str,
    problems: list[str],
) -> Change | None:
    before = len(problems)
    allowed = {"target", "value", *CITATION, *(("permitted_by",) if action in ("relax", "set") else ())}
    for key in sorted(set(table) - allowed):
        problems.append(f"{where}：不认识的键“{key}”；可用：{'、'.join(sorted(allowed))}")
    for key in ("target", "value"):
        if not isinstance(table.get(key), str) or not table[key].strip():
            problems.append(f"{where}：缺少“{key}”（须为加引号的文本）")
    cited = parse_record(
        Cited,
        {k: v for k, v in table.items() if k in CITATION},
        where,
        problems,
        extra={"origin": overlay.head.id},
    )
    if action == "relax" and not str(table.get("permitted_by", "")).strip():
        problems.append(f"{where}：放宽必须写明所依据的国家条款（permitted_by）")
    if cited is None or len(problems) > before:
        return None
    target = str(table["target"])
    kind = next((kind for kind in ("limit", "parameter", "choice", "scope") if target in entries[kind]), None)
    if kind is None:
        problems.append(f"{where}：没有可改动的条目 {target}")
        return None
    old = entries[kind][target]
    citation = {name: getattr(cited, name) for name in (*CITATION, "origin")}
    try:
        new = _replaced(old, str(table["value"]), citation)
    except ValueError as error:
        problems.append(f"{where}：{target} 的 value {error}")
        return None
    problem = _contradiction(action, old, new)
    if problem:
        problems.append(f"{where}：{target} {problem}")
        return None
    entries[kind][target] = new
    return _change(overlay, action, target, _text(old), _text(new), new, str(table.get("permitted_by", "")))


def _replaced(old: Any, value: str, citation: Mapping[str, Any]) -> Any:
    if isinstance(old, Choice):
        if value not in old.options:
            raise ValueError(f"应为 {'、'.join(old.options)} 之一，发现“{value}”")
        return replace(old, value=value, **citation)
    number: Decimal = convert(value, Decimal)
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
    unit = f" {entry.unit}" if isinstance(entry, Limit | Parameter) and entry.unit != "1" else ""
    return f"{entry.value}{unit}"


def _change(
    overlay: OverlayFile, action: str, target: str, before: str, after: str, cited: Cited, permitted: str = ""
) -> Change:
    citation = {name: getattr(cited, name) for name in (*CITATION, "origin")}
    return Change(
        overlay=overlay.head.id,
        action=action,
        target=target,
        before=before,
        after=after,
        permitted_by=permitted,
        **citation,
    )
