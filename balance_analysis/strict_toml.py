"""THE strict reader of our TOML files: bytes → text → tables → frozen records; nothing missing, unknown or unquoted.

A frozen dataclass says what a file or an entry looks like: a field without default is a required key, a field whose type is
a dataclass a nested table, a tuple of dataclasses the entries ``[[key]]``. Numbers are quoted text (``Decimal``,
``Fraction``); ``Annotated[type, rule]`` says what a value must be besides. What is wrong is collected as Chinese sentences
(place, finding, expectation), so that a file is told all its faults at once; no file, however hostile, ends in a traceback.
"""

from __future__ import annotations

import dataclasses
import re
import stat
import tomllib
import typing
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from functools import cache
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Annotated, Any, TypeVar

from balance_analysis.errors import BalanceAnalysisError, system_reason

Record = TypeVar("Record")
File = Path | Traversable
LABELS = ("id", "header", "subject", "target", "school_type", "method", "name", "table")
"""Keys by which a message names an entry, the first that is there; otherwise its number."""
WORDS: Mapping[Any, str] = {str: "文本", bool: " true 或 false", int: "整数"}
_NUMBER = re.compile(r"[+-]?[0-9]{1,15}(\.[0-9]{1,15})?")
_LARGEST = 10**9
LARGEST_FILE = 2**22
"""Bytes of a TOML file: a hundred times the longest that anybody has written by hand."""
_LACKING: Any = object()


def toml_key(name: str | None) -> Mapping[str, str | None]:
    """Metadata of a field that is called otherwise in the file; None for a field that no file may set."""
    return {"toml": name}


@dataclasses.dataclass(frozen=True)
class Rule:
    """What a value must be besides its type; ``expected`` follows 应为 in the message."""

    holds: Callable[[Any], bool]
    expected: str


def one_of(*known: str) -> Rule:
    """One of these words."""
    return Rule(lambda value: value in known, f" {'、'.join(known)} 之一")


POSITIVE = Rule(lambda number: number > 0, "大于 0 的数")
WHOLE = Rule(lambda number: number >= 0 and number == int(number), "不小于 0 的整数")
SHARE = Rule(lambda number: 0 < number <= 1, "大于 0、不大于 1 的数")
NOT_NEGATIVE = Rule(lambda number: number >= 0, "不小于 0 的数")
DISTINCT = Rule(lambda values: len(set(values)) == len(values), "没有重复的列表")
FILLED = Rule(bool, "至少有一个值的列表")
QUOTED_WHOLE = Rule(lambda number: number == int(number), "整数")
"""For an ``int`` that the file writes as quoted text, like every other number beside it."""


# --- bytes and text -----------------------------------------------------------------------------------------


def decode(content: bytes, where: str, *, error: type[BalanceAnalysisError]) -> str:
    """UTF-8 bytes as text with plain line ends, without a byte-order mark; other encodings are an ``error``."""
    try:
        return content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError:
        raise error(f"{where}：不是 UTF-8 文本；请另存为 UTF-8 编码") from None


def file_text(path: File, where: str, *, error: type[BalanceAnalysisError]) -> str:
    """The text of one file; what cannot be opened or decoded is an ``error`` in Chinese."""
    try:
        if isinstance(path, Path):
            about = path.stat()
            if not stat.S_ISREG(about.st_mode) or about.st_size > LARGEST_FILE:
                largest = f"{LARGEST_FILE // 2**20}MB"
                raise error(f"{where}：无法读取文件（不是普通文件，或大于{largest}），请检查路径和权限")
        content = path.read_bytes()
    except OSError as reason:
        raise error(f"{where}：无法读取文件（{system_reason(reason)}），请检查路径和权限") from None
    return decode(content, where, error=error)


def folder_texts(folder: File, *, error: type[BalanceAnalysisError]) -> dict[str, str]:
    """Text of every TOML file of a folder by its name without ending, sorted by name."""
    files = [item for item in folder.iterdir() if item.name.endswith(".toml")]
    return {
        item.name.removesuffix(".toml"): file_text(item, item.name, error=error)
        for item in sorted(files, key=lambda item: item.name)
    }


def read_toml(text: str, where: str, *, error: type[BalanceAnalysisError]) -> dict[str, Any]:
    """Parse TOML text; what is no TOML is raised as ``error`` with the file (``where``) and position in Chinese."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as reason:
        raise error(f"{where}：不是有效的 TOML：{reason}") from None
    except RecursionError:
        raise error(f"{where}：不是有效的 TOML：表或列表嵌套过深") from None
    except ValueError:  # an integer of more digits than Python converts
        raise error(f"{where}：不是有效的 TOML：数字过长，请写成加引号的文本") from None


# --- tables and records -------------------------------------------------------------------------------------


def parse_record(kind: type[Record], table: Any, where: str, problems: list[str]) -> Record | None:
    """Build one dataclass record from a TOML table, or note every problem and return None.

    ``where`` names the file and entry in messages.
    """
    before = len(problems)
    given = parse_fields(kind, table, where, problems)
    return kind(**given) if len(problems) == before else None


def parse_fields(kind: type[Any], table: Any, where: str, problems: list[str]) -> dict[str, Any]:
    """The field values that can be read for a record, as far as they are sound; the rest is noted in ``problems``.

    Of entries ``[[key]]`` the sound ones are kept, so that they can be checked further in the same run.
    """
    if not isinstance(table, Mapping):
        problems.append(f"{where}：应为一个表，发现{shown(table)}")
        return {}
    shape: Mapping[str, tuple[str, Any, bool]] = _shape(kind)  # type: ignore[arg-type]  # a class is hashable
    for key in table:
        if key not in shape:
            problems.append(f"{where}：不认识的键{shown(key)}；可用：{'、'.join(sorted(shape))}")
    given = {}
    for key, (name, hint, required) in shape.items():
        if key in table:
            given[name] = _value(table[key], hint, key, where, problems)
        elif required:
            problems.append(f"{where}：缺少“{key}”，请补上")
    return {name: value for name, value in given.items() if value is not _LACKING}


def entries(table: Any, key: str, where: str, problems: list[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The entries ``[[key]]`` of a list of tables with the place of each; anything else is noted as a problem."""
    if not isinstance(table, list) or not all(isinstance(one, dict) for one in table):
        problems.append(f"{where}：“{key}”应写成 [[{key}]]（可重复的一段），发现{shown(table)}")
        return
    for number, one in enumerate(table, start=1):
        names = (one[label] for label in LABELS if isinstance(one.get(label), str) and one[label])
        yield f"{where} [[{key}]] {next(names, f'第{number}条')}", one


@cache
def _shape(kind: type[Any]) -> Mapping[str, tuple[str, Any, bool]]:
    """TOML key → field, type and whether it is required."""
    hints = typing.get_type_hints(kind, include_extras=True)
    found = {}
    for item in dataclasses.fields(kind):
        key = item.metadata.get("toml", item.name)
        required = item.default is dataclasses.MISSING and item.default_factory is dataclasses.MISSING
        if key is not None:
            found[key] = (item.name, _without_none(hints[item.name]), required)
    return found


def _without_none(hint: Any) -> Any:
    parts = [part for part in typing.get_args(hint) if part is not type(None)]
    return parts[0] if len(parts) == 1 and type(None) in typing.get_args(hint) else hint


def _is_record(hint: Any) -> bool:
    return isinstance(hint, type) and dataclasses.is_dataclass(hint)


def _value(value: Any, hint: Any, key: str, where: str, problems: list[str]) -> Any:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if _is_record(hint):
        record = parse_record(hint, value, f"{where} [{key}]", problems)
        return _LACKING if record is None else record
    if origin is tuple and _is_record(arguments[0]):
        found = (
            parse_record(arguments[0], one, place, problems)
            for place, one in entries(value, key, where, problems)
        )
        return tuple(record for record in found if record is not None)
    if origin is Mapping:
        if not isinstance(value, dict):
            problems.append(f"{where}：“{key}”应为一个表，发现{shown(value)}")
            return _LACKING
        place = f"{where} [{key}]"
        return {name: _value(part, arguments[1], name, place, problems) for name, part in value.items()}
    try:
        return convert(value, hint)
    except ValueError as error:
        problems.append(f"{where}：“{key}”{error}")
        return _LACKING


def convert(value: Any, hint: Any) -> Any:
    """One TOML value to the type of its field; ValueError says what was expected.

    >>> convert("0.50", Decimal)
    Decimal('0.50')
    >>> convert(0.5, Decimal)
    Traceback (most recent call last):
        ...
    ValueError: 应为加引号的数字文本（如 "0.50"），发现 0.5
    """
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is Annotated:
        base, *rules = arguments
        found = convert(value, Decimal if QUOTED_WHOLE in rules else base)
        for rule in rules:
            if not rule.holds(found):
                raise ValueError(f"应为{rule.expected}，发现{shown(value)}")
        return base(found) if QUOTED_WHOLE in rules else found
    if origin in (tuple, frozenset):
        if not isinstance(value, list):
            raise ValueError(f"应为列表，发现{shown(value)}")
        return origin(convert(part, arguments[0]) for part in value)
    if hint is Fraction:
        return Fraction(convert(value, Decimal))
    if hint is Decimal:
        if not isinstance(value, str) or not _NUMBER.fullmatch(value):
            raise ValueError(f'应为加引号的数字文本（如 "0.50"），发现{shown(value)}')
        return Decimal(value)
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        if value not in tuple(hint):
            raise ValueError(f"应为 {'、'.join(hint)} 之一，发现{shown(value)}")
        return hint(value)
    if hint is date:
        if type(value) is not date:
            raise ValueError(f"应为日期（如 2017-04-19），发现{shown(value)}")
        return value
    if type(value) not in (arguments or (hint,)):  # bool is no int, and int | str takes either
        raise ValueError(f"应为{'或'.join(WORDS[one] for one in arguments or (hint,))}，发现{shown(value)}")
    if type(value) is int and abs(value) > _LARGEST:
        raise ValueError(f"应为不超过{_LARGEST}的整数，发现{shown(value)}")
    if type(value) is str and not value.strip():
        raise ValueError("不能为空")
    return value


def shown(value: Any) -> str:
    """A value of a file as a message prints it: short, and of whatever kind.

    >>> shown(0.95), shown("九十五"), shown(True), shown({"a": 1}), shown(10**5000)
    (' 0.95', '“九十五”', ' true', '一个表', '一个过长的整数')
    """
    if isinstance(value, dict | list):
        return "一个表" if isinstance(value, dict) else "一个列表"
    if isinstance(value, str):
        text = " ".join(value.split())
        return f"“{text if len(text) <= 60 else text[:60] + '…'}”"
    if type(value) is int and abs(value) > _LARGEST:
        return "一个过长的整数"
    return f" {str(value).lower() if isinstance(value, bool) else value}"
