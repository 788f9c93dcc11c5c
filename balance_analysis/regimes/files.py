"""What the files of the law look like: national regimes, local overlays and area codes as parsed records.

Every dated entry is read, whether in force or not; what is in force on a day is cut out by the loader.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Annotated, Any

from balance_analysis.errors import RegimeError
from balance_analysis.regimes.consistency import entry_problems, law_problems
from balance_analysis.regimes.model import (
    Choice,
    Cited,
    Indicator,
    Item,
    Limit,
    Overlay,
    Parameter,
    Scope,
    Source,
    StageWeight,
)
from balance_analysis.regimes.own_rules import own_texts
from balance_analysis.regimes.repeated import expand_limits
from balance_analysis.resources import Numerator, register_numerators
from balance_analysis.strict_toml import (
    DISTINCT,
    FILLED,
    Rule,
    folder_texts,
    one_of,
    parse_fields,
    read_toml,
    toml_key,
)

AREA_CODES = "area_codes"
STRATA = ("urban", "town", "rural")
AreaCode = Annotated[
    str, Rule(lambda code: re.fullmatch("[0-9]{3}", code) is not None, "三位数字的城乡分类代码")
]
KINDS = ("indicator", "limit", "parameter", "choice", "scope", "stage_weight", "item")
ACTIONS = ("add_indicator", "add_item", "add", "tighten", "relax", "set")


@dataclass(frozen=True, kw_only=True)
class AreaCodes(Cited):
    """城乡分类代码 that belong to one stratum."""

    codes: Annotated[tuple[AreaCode, ...], FILLED, DISTINCT]
    stratum: Annotated[str, one_of(*STRATA)]

    @property
    def key(self) -> str:
        """The codes, as a message names the entry."""
        return "、".join(self.codes)


@dataclass(frozen=True, kw_only=True)
class RegimeHead:
    """What a national file says about itself."""

    id: str
    name: str
    short_name: str
    valid_from: date
    valid_to: date | None = None


@dataclass(frozen=True, kw_only=True)
class Amendment(Cited):
    """What an overlay does to one entry of the law: ``target`` is its key, ``value`` the text that replaces its value.

    ``permitted_by`` is the national clause that allows it (required to relax).
    """

    target: str
    value: str
    permitted_by: str = ""

    @property
    def key(self) -> str:
        """The key of the entry that is changed."""
        return self.target


@dataclass(frozen=True, kw_only=True)
class RegimeFile(RegimeHead):
    """A national file: its head and every dated entry."""

    sources: tuple[Source, ...] = field(metadata=toml_key("source"))
    indicator: tuple[Indicator, ...] = ()
    limit: tuple[Limit, ...] = ()
    parameter: tuple[Parameter, ...] = ()
    choice: tuple[Choice, ...] = ()
    scope: tuple[Scope, ...] = ()
    stage_weight: tuple[StageWeight, ...] = ()
    item: tuple[Item, ...] = ()
    numerator: tuple[Numerator, ...] = ()


@dataclass(frozen=True, kw_only=True)
class OverlayFile(Overlay):
    """A local file: its head, the numerators that it brings along, and every dated action."""

    numerator: tuple[Numerator, ...] = ()
    add_indicator: tuple[Indicator, ...] = ()
    add_item: tuple[Item, ...] = ()
    add: tuple[Limit, ...] = ()
    tighten: tuple[Amendment, ...] = ()
    relax: tuple[Amendment, ...] = ()
    set: tuple[Amendment, ...] = ()

    def actions(self) -> Iterator[tuple[str, Any]]:
        """Every action with its name, in the order in which they are carried out."""
        return ((action, entry) for action in ACTIONS for entry in getattr(self, action))


@dataclass(frozen=True, kw_only=True)
class AreaFile:
    """The file of the 城乡分类代码."""

    sources: tuple[Source, ...] = field(metadata=toml_key("source"))
    area: tuple[AreaCodes, ...] = ()


def texts(folder: Path | None, part: str) -> Mapping[str, str]:
    """Text of every file of ``national`` or ``local`` by its id: shipped ones and one's own (:mod:`own_rules`).

    ``folder`` replaces them all.
    """
    if folder is not None:
        return folder_texts(folder / part, error=RegimeError)
    own = own_texts(part)
    return {**_shipped(part), **own} if own else _shipped(part)


def shipped_ids() -> set[str]:
    """Ids of all shipped files."""
    return {name for part in ("national", "local") for name in _shipped(part)}


@cache
def _shipped(part: str) -> Mapping[str, str]:
    return folder_texts(resources.files("balance_analysis.regimes") / part, error=RegimeError)


@cache
def regime_file(regime_id: str, text: str) -> RegimeFile:
    """A national file, checked for every day on which it is in force; RegimeError tells every problem."""
    where = f"{regime_id}.toml"
    parts, problems = _parse(RegimeFile, text, where, limits="limit")
    problems += register_numerators(parts.get("numerator", ()), where)
    every = {kind: parts.get(kind, ()) for kind in KINDS}
    problems += _head_problems(parts, regime_id, where)
    for kind in KINDS:
        problems += _entry_problems(every[kind], kind, parts, where)
    if not problems:  # what could not be read would be missed where others point to it
        problems += law_problems(every, parts["valid_from"], parts.get("valid_to"), where)
    _raise(problems)
    return RegimeFile(**parts)


@cache
def overlay_file(overlay_id: str, text: str) -> OverlayFile:
    """A local file, checked by itself; what it does to its regime is checked where it is applied."""
    where = f"{overlay_id}.toml"
    parts, problems = _parse(OverlayFile, text, where, limits="add")
    problems += register_numerators(parts.get("numerator", ()), where)
    problems += _head_problems(parts, overlay_id, where)
    if not problems and not any(parts.get(action) for action in ACTIONS):
        problems.append(f"{where}：没有任何规定；请写明 {'、'.join(ACTIONS)} 之一")
    for action in ACTIONS:
        problems += _entry_problems(parts.get(action, ()), action, parts, where)
    _raise(problems)
    return OverlayFile(**parts)


@cache
def area_file(text: str) -> AreaFile:
    """The area codes; RegimeError for a code that belongs to two strata on one day."""
    where = f"{AREA_CODES}.toml"
    parts, problems = _parse(AreaFile, text, where)
    areas = parts.get("area", ())
    problems += _source_problems(parts, where)
    problems += _entry_problems(areas, "area", parts, where)
    seen: dict[str, list[AreaCodes]] = {}
    for code, area in ((code, one) for one in areas for code in one.codes):
        if any(area.overlaps(other) for other in seen.setdefault(code, [])):
            problems.append(f"{where} [[area]]：城乡分类代码 {code} 重复；请用 valid_to 结束旧的一条")
        seen[code].append(area)
    _raise(problems)
    return AreaFile(**parts)


def _parse(kind: type[Any], text: str, where: str, *, limits: str = "") -> tuple[dict[str, Any], list[str]]:
    problems: list[str] = []
    table = read_toml(text, where, error=RegimeError)
    if limits in table:
        table[limits] = expand_limits(table[limits], limits, where, problems)
    return parse_fields(kind, table, where, problems), problems


def _head_problems(parts: Mapping[str, Any], expected_id: str, where: str) -> Iterator[str]:
    if parts.get("id", expected_id) != expected_id:
        yield f"{where}：id 是 {parts['id']}，应与文件名一致"
    start, end = parts.get("valid_from"), parts.get("valid_to")
    if start is not None and end is not None and end < start:
        yield f"{where}：终止日期 {end} 早于生效日期 {start}"
    yield from _source_problems(parts, where)


def _source_problems(parts: Mapping[str, Any], where: str) -> Iterator[str]:
    names = Counter(source.id for source in parts.get("sources", ()))
    yield from (
        f"{where} [[source]] {name}：来源重复；请只留一条" for name, times in names.items() if times > 1
    )


def _entry_problems(found: Iterable[Cited], kind: str, parts: Mapping[str, Any], where: str) -> list[str]:
    sources = {source.id for source in parts.get("sources", ())}
    return [problem for entry in found for problem in entry_problems(entry, kind, sources, where)]


def _raise(problems: Iterable[str]) -> None:
    sentences = list(dict.fromkeys(problems))
    if sentences:
        raise RegimeError("\n".join(sentences))
