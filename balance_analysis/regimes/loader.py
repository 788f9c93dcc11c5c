"""Read regimes and overlays: strict TOML to the resolved law on a date."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterable, Sequence
from datetime import date
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from balance_analysis.errors import RegimeError
from balance_analysis.regimes.consistency import contradictions, date_contradictions
from balance_analysis.regimes.model import (
    AreaCodes,
    Choice,
    Indicator,
    Item,
    Limit,
    Overlay,
    Parameter,
    Regime,
    RegimeHead,
    Scope,
    Source,
    StageWeight,
)
from balance_analysis.regimes.overlays import ACTIONS, LEVELS, OverlayFile, apply_overlays
from balance_analysis.strict_toml import parse_record

ENTRY_KINDS: dict[str, type[Any]] = {
    "indicator": Indicator,
    "limit": Limit,
    "parameter": Parameter,
    "choice": Choice,
    "scope": Scope,
    "stage_weight": StageWeight,
    "item": Item,
}
REGIME_HEAD = {"id", "name", "short_name", "valid_from", "valid_to"}
OVERLAY_HEAD = {"id", "name", "base", "level", "division_prefix", "valid_from", "valid_to"}


def load_regime(
    regime_id: str,
    *,
    on: date,
    overlays: Sequence[str] = (),
    folder: Path | None = None,
) -> Regime:
    """The law ``regime_id`` as it stands on the day ``on``, with ``overlays`` applied.

    ``folder`` replaces the shipped ``regimes`` folder (it has ``national/`` and ``local/``).
    Raises :class:`RegimeError`, listing every problem, for an unknown id, a day on which the
    regime or an overlay is not in force, an entry without value, unit, clause, source, grade or
    dates, an unknown key, two entries that hold on the same day, or a contradiction.

    >>> regime = load_regime("quality_balance_2017", on=date(2018, 1, 1))
    >>> str(regime.limit("sports_area", "school_value", "primary").value)
    '7.5'
    """
    texts = _texts(folder, "national")
    path = f"{regime_id}.toml"
    if path not in texts or regime_id == "area_codes":
        raise RegimeError(f"没有评估办法 {regime_id}；可用：{'、'.join(list_regimes(folder=folder))}")
    table = _parse(texts[path], path)
    problems: list[str] = []
    head = parse_record(RegimeHead, _take(table, REGIME_HEAD), path, problems)
    sources = _sources(table.pop("source", []), path, problems)
    entries = _entries(table, path, on, problems)
    if head is not None and head.id != regime_id:
        problems.append(f"{path}：id 是 {head.id}，应与文件名一致")
    codes = _area_codes(texts["area_codes.toml"], on, problems)
    _check_references(entries, sources, path, problems)
    if problems or head is None:
        raise RegimeError("\n".join(problems))
    _require_in_force(f"评估办法 {regime_id}", head.valid_from, head.valid_to, on)
    files = [_load_overlay(name, regime_id, on, folder) for name in dict.fromkeys(overlays)]
    changes = apply_overlays(entries, files, on)
    every_source = (*sources, *(source for file in files for source in file.head.sources))
    digest = hashlib.sha256()
    for name, text in [(path, texts[path]), ("area_codes.toml", texts["area_codes.toml"])]:
        digest.update(f"{name}\n{text}".encode())
    for name, text in sorted(_texts(folder, "local").items()):
        if name.removesuffix(".toml") in overlays:
            digest.update(f"{name}\n{text}".encode())
    return Regime(
        id=regime_id,
        name=head.name,
        short_name=head.short_name,
        on=on,
        valid_from=head.valid_from,
        valid_to=head.valid_to,
        sources=every_source,
        indicators=tuple(entries["indicator"].values()),
        limits=tuple(entries["limit"].values()),
        parameters=tuple(entries["parameter"].values()),
        choices=tuple(entries["choice"].values()),
        scope=tuple(entries["scope"].values()),
        stage_weights=tuple(entries["stage_weight"].values()),
        items=tuple(entries["item"].values()),
        area_codes=codes,
        overlays=tuple(sorted((file.head for file in files), key=_precedence)),
        changes=changes,
        fingerprint=digest.hexdigest(),
    )


def list_regimes(*, folder: Path | None = None) -> tuple[str, ...]:
    """Ids of the national regimes, sorted."""
    names = set(_texts(folder, "national")) - {"area_codes.toml"}
    return tuple(sorted(name.removesuffix(".toml") for name in names))


def list_overlays(*, folder: Path | None = None) -> tuple[Overlay, ...]:
    """Heads of all overlays, sorted by precedence and id."""
    files = [_read_overlay(name.removesuffix(".toml"), folder) for name in _texts(folder, "local")]
    return tuple(sorted((file.head for file in files), key=_precedence))


def regime_head(regime_id: str, *, folder: Path | None = None) -> dict[str, Any]:
    """The head of a regime file (id, names, validity) without resolving it."""
    table = _parse(_texts(folder, "national")[f"{regime_id}.toml"], regime_id)
    return {key: value for key, value in table.items() if key in REGIME_HEAD}


def _precedence(head: Overlay) -> tuple[int, str]:
    return LEVELS.index(head.level), head.id


@cache
def _shipped(part: str) -> dict[str, str]:
    folder = resources.files("balance_analysis.regimes") / part
    files = [item for item in folder.iterdir() if item.name.endswith(".toml")]
    return {item.name: item.read_text(encoding="utf-8") for item in sorted(files, key=lambda item: item.name)}


def _texts(folder: Path | None, part: str) -> dict[str, str]:
    if folder is None:
        return _shipped(part)
    return {path.name: path.read_text(encoding="utf-8") for path in sorted((folder / part).glob("*.toml"))}


def _parse(text: str, where: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise RegimeError(f"{where}：不是有效的 TOML：{error}") from None


def _sources(tables: Iterable[dict[str, Any]], where: str, problems: list[str]) -> tuple[Source, ...]:
    records = [
        parse_record(Source, table, f"{where} [[source]] {table.get('id', number)}", problems)
        for number, table in enumerate(tables, start=1)
    ]
    return tuple(record for record in records if record is not None)


def _entries(table: dict[str, Any], where: str, on: date, problems: list[str]) -> dict[str, dict[str, Any]]:
    entries: dict[str, dict[str, Any]] = {kind: {} for kind in ENTRY_KINDS}
    for kind in sorted(set(table) - set(ENTRY_KINDS)):
        problems.append(f"{where}：不认识的部分“{kind}”；可用：{'、'.join(ENTRY_KINDS)}")
    for kind, record_type in ENTRY_KINDS.items():
        seen: dict[str, list[Any]] = {}
        for number, raw in enumerate(table.get(kind, []), start=1):
            label = raw.get("id") or raw.get("subject") or raw.get("school_type") or number
            place = f"{where} [[{kind}]] {label}"
            record = parse_record(record_type, raw, place, problems, extra={"origin": "national"})
            if record is None:
                continue
            problems.extend(f"{place}：{sentence}" for sentence in date_contradictions(record))
            for other in seen.setdefault(record.key, []):
                if _overlap(record, other):
                    problems.append(
                        f"{place}：{record.key} 有两条在同一天有效的规定；请用 valid_to 结束旧的一条"
                    )
            seen[record.key].append(record)
            if record.in_force(on):
                entries[kind][record.key] = record
    return entries


def _overlap(one: Any, other: Any) -> bool:
    return bool(
        (one.valid_to is None or other.valid_from <= one.valid_to)
        and (other.valid_to is None or one.valid_from <= other.valid_to)
    )


def _check_references(
    entries: dict[str, dict[str, Any]], sources: Sequence[Source], where: str, problems: list[str]
) -> None:
    known = {source.id for source in sources}
    for kind, records in entries.items():
        for key, record in records.items():
            if record.source not in known:
                problems.append(f"{where} [[{kind}]] {key}：来源“{record.source}”没有在 [[source]] 中列出")
            problems.extend(contradictions(kind, record, entries, f"{where} [[{kind}]] {key}"))


def _area_codes(text: str, on: date, problems: list[str]) -> dict[str, str]:
    table = _parse(text, "area_codes.toml")
    sources = {source.id for source in _sources(table.pop("source", []), "area_codes.toml", problems)}
    codes: dict[str, str] = {}
    for number, raw in enumerate(table.pop("area", []), start=1):
        where = f"area_codes.toml [[area]] {number}"
        area = parse_record(AreaCodes, raw, where, problems, extra={"origin": "national"})
        if area is None or not area.in_force(on):
            continue
        if area.source not in sources:
            problems.append(f"{where}：来源“{area.source}”没有在 [[source]] 中列出")
        for code in area.codes:
            if code in codes:
                problems.append(f"{where}：城乡分类代码 {code} 重复")
            codes[code] = area.stratum
    for key in sorted(table):
        problems.append(f"area_codes.toml：不认识的部分“{key}”；可用：source、area")
    return codes


def _take(table: dict[str, Any], keys: set[str]) -> dict[str, Any]:
    return {key: table.pop(key) for key in list(table) if key in keys}


def _require_in_force(what: str, start: date, end: date | None, on: date) -> None:
    if on < start or (end is not None and end < on):
        until = f"至 {end}" if end else "起"
        raise RegimeError(
            f"{what} 自 {start} {until}有效，不适用于 {on}；请改用当时有效的办法，或用 --on 指定依据日期"
        )


def _read_overlay(overlay_id: str, folder: Path | None) -> OverlayFile:
    texts = _texts(folder, "local")
    where = f"{overlay_id}.toml"
    if where not in texts:
        known = "、".join(sorted(name.removesuffix(".toml") for name in texts))
        raise RegimeError(f"没有地方补充规定 {overlay_id}；可用：{known}")
    table = _parse(texts[where], where)
    problems: list[str] = []
    raw_head = _take(table, OVERLAY_HEAD)
    sources = _sources(table.pop("source", []), where, problems)
    head = parse_record(Overlay, raw_head, where, problems, extra={"sources": sources})
    for key in sorted(set(table) - set(ACTIONS)):
        problems.append(f"{where}：不认识的部分“{key}”；可用：{'、'.join(ACTIONS)}")
    if head is not None and head.id != overlay_id:
        problems.append(f"{where}：id 是 {head.id}，应与文件名一致")
    if head is not None and head.level not in LEVELS:
        problems.append(f"{where}：level 应为 {'、'.join(LEVELS)} 之一，发现“{head.level}”")
    known_sources = {source.id for source in sources}
    actions = tuple((action, item) for action in ACTIONS for item in table.get(action, []))
    if not actions:
        problems.append(f"{where}：没有任何规定；请写明 {'、'.join(ACTIONS)} 之一")
    for action, item in actions:
        if item.get("source") not in known_sources:
            problems.append(f"{where} [[{action}]]：来源“{item.get('source')}”没有在 [[source]] 中列出")
    if problems or head is None:
        raise RegimeError("\n".join(problems))
    return OverlayFile(head=head, actions=actions, where=where)


def _load_overlay(overlay_id: str, regime_id: str, on: date, folder: Path | None) -> OverlayFile:
    file = _read_overlay(overlay_id, folder)
    if file.head.base != regime_id:
        raise RegimeError(f"补充规定 {overlay_id} 依附于 {file.head.base}，不能用于 {regime_id}")
    _require_in_force(f"补充规定 {overlay_id}", file.head.valid_from, file.head.valid_to, on)
    return file
