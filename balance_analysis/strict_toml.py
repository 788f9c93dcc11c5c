"""THE strict reader of our TOML files: text → tables → frozen records; nothing missing, unknown or unquoted."""

from __future__ import annotations

import dataclasses
import tomllib
import typing
from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from fractions import Fraction
from typing import Any, TypeVar

from balance_analysis.errors import BalanceAnalysisError

Record = TypeVar("Record")


def read_toml(text: str, where: str, *, error: type[BalanceAnalysisError]) -> dict[str, Any]:
    """Parse TOML text; a syntax error is raised as ``error`` with the file (``where``) and position in Chinese."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as reason:
        raise error(f"{where}：不是有效的 TOML：{reason}") from None


def parse_record(
    kind: type[Record],
    table: Mapping[str, Any],
    where: str,
    problems: list[str],
    *,
    extra: Mapping[str, Any] | None = None,
) -> Record | None:
    """Build one dataclass record from a TOML table, or note every problem and return None.

    ``where`` names the file and entry in messages; ``extra`` are field values set by the loader
    (for example ``origin``) that the file may not set itself.
    """
    given = dict(extra or {})
    hints = typing.get_type_hints(kind)
    fields = {item.name: item for item in dataclasses.fields(kind)}  # type: ignore[arg-type]
    allowed = set(fields) - set(given)
    before = len(problems)
    for key in table:
        if key not in allowed:
            problems.append(f"{where}：不认识的键“{key}”；可用：{'、'.join(sorted(allowed))}")
    for name, item in fields.items():
        if name in given:
            continue
        required = item.default is dataclasses.MISSING and item.default_factory is dataclasses.MISSING
        if name not in table:
            if required:
                problems.append(
                    f"{where}：缺少“{name}”；每一条都须写明数值、单位、学段、条款、来源、等级和生效日期"
                )
            continue
        try:
            given[name] = convert(table[name], hints[name])
        except ValueError as error:
            problems.append(f"{where}：“{name}”{error}")
    return kind(**given) if len(problems) == before else None


def convert(value: Any, hint: Any) -> Any:
    """One TOML value to the type of its field; ValueError says what was expected.

    >>> convert("0.50", Decimal)
    Decimal('0.50')
    >>> convert(0.5, Decimal)
    Traceback (most recent call last):
        ...
    ValueError: 应为加引号的数字文本（如 "0.50"），发现 0.5
    """
    origin = typing.get_origin(hint)
    if origin is tuple:
        if not isinstance(value, list):
            raise ValueError(f"应为列表，发现 {value!r}")
        return tuple(convert(part, typing.get_args(hint)[0]) for part in value)
    if origin is not None:  # date | None
        return convert(value, next(part for part in typing.get_args(hint) if part is not type(None)))
    if hint is Fraction:
        return Fraction(convert(value, Decimal))
    if hint is Decimal:
        if not isinstance(value, str):
            raise ValueError(f'应为加引号的数字文本（如 "0.50"），发现 {value!r}')
        try:
            number = Decimal(value)
        except InvalidOperation:
            raise ValueError(f"应为数字文本，发现“{value}”") from None
        if not number.is_finite():
            raise ValueError(f"应为有限的数字，发现“{value}”")
        return number
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        try:
            return hint(value)
        except ValueError:
            raise ValueError(f"应为 {'、'.join(hint)} 之一，发现 {value!r}") from None
    if hint is date:
        if type(value) is not date:
            raise ValueError(f"应为日期（如 2017-04-19），发现 {value!r}")
        return value
    if type(value) is not hint:
        raise ValueError(f"应为 {hint.__name__} 类型，发现 {value!r}")
    if hint is str and not value.strip():
        raise ValueError("不能为空")
    return value
