"""Layouts as data: which sheet and header holds which field, in which type and unit."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any

from balance_analysis.errors import BalanceAnalysisError

FIELD_TYPES = (
    "text", "code", "division_code", "year", "count", "quantity", "choice", "boolean", "date",
)
NUMBER_TYPES = ("count", "quantity")


@dataclass(frozen=True)
class Field:
    """One column: ``name`` is the house's field, ``header`` what the file calls it."""

    name: str
    header: str
    type: str
    help: str
    required: bool = False
    unit: str = ""
    choices: str = ""
    group: str = ""
    factor: str = "1"


@dataclass(frozen=True)
class SheetLayout:
    """One sheet: the table it feeds, its fields, its key and constants for columns it lacks."""

    table: str
    name: str
    required: bool
    key: tuple[str, ...]
    help: str
    fields: tuple[Field, ...]
    constants: Mapping[str, Any] = field(default_factory=dict)

    def by_header(self) -> dict[str, Field]:
        """Fields by the header they stand under."""
        return {item.header: item for item in self.fields}


@dataclass(frozen=True)
class Stratification:
    """The file's own division of schools: its name, field, labels and the stratum compared with."""

    name: str
    field: str
    reference: str
    labels: Mapping[str, str]


@dataclass(frozen=True)
class Layout:
    """A file layout: our template, an export, an open-data CSV."""

    id: str
    name: str
    kind: str
    source: str
    sheets: tuple[SheetLayout, ...]
    choices: Mapping[str, Mapping[str, str]]
    stratification: Stratification
    severities: Mapping[str, str] = field(default_factory=dict)

    def sheet(self, table: str) -> SheetLayout | None:
        """The sheet that feeds a table, or None."""
        return next((item for item in self.sheets if item.table == table), None)


def list_layouts() -> tuple[str, ...]:
    """Ids of the shipped layouts."""
    return tuple(sorted(_texts()))


@cache
def load_layout(layout_id: str) -> Layout:
    """Read one layout strictly; an unknown id, key or type is an error.

    >>> load_layout("own_template").sheet("schools").name
    '学校'
    """
    texts = _texts()
    if layout_id not in texts:
        raise BalanceAnalysisError(f"没有版式 {layout_id}；可用：{'、'.join(sorted(texts))}")
    table = tomllib.loads(texts[layout_id])
    where = f"版式 {layout_id}"
    _only(table, {"id", "name", "kind", "source", "stratification", "choices", "sheet", "severities"}, where)
    sheets = tuple(_sheet(raw, table.get("choices", {}), where) for raw in table["sheet"])
    return Layout(
        id=table["id"],
        name=table["name"],
        kind=table["kind"],
        source=table["source"],
        sheets=sheets,
        choices=table.get("choices", {}),
        stratification=Stratification(**table["stratification"]),
        severities=table.get("severities", {}),
    )


def own_fields() -> dict[str, Field]:
    """Every field of the house by name, as our own template describes it (header, unit, help)."""
    return {item.name: item for sheet in load_layout("own_template").sheets for item in sheet.fields}


def _sheet(raw: dict[str, Any], choices: Mapping[str, Any], where: str) -> SheetLayout:
    place = f"{where} 工作表 {raw.get('name') or raw.get('table')}"
    _only(raw, {"table", "name", "required", "key", "help", "field", "constants"}, place)
    fields = tuple(Field(**item) for item in raw["field"])
    for item in fields:
        if item.type not in FIELD_TYPES:
            raise BalanceAnalysisError(f"{place} {item.header}：类型 {item.type} 不认识")
        if item.type == "choice" and item.choices not in choices:
            raise BalanceAnalysisError(f"{place} {item.header}：没有选项表 {item.choices}")
    headers = [item.header for item in fields]
    if len(set(headers)) != len(headers):
        raise BalanceAnalysisError(f"{place}：表头重复")
    return SheetLayout(
        table=raw["table"], name=raw["name"], required=raw["required"], key=tuple(raw["key"]),
        help=raw["help"], fields=fields, constants=raw.get("constants", {}),
    )


def _only(table: Mapping[str, Any], allowed: set[str], where: str) -> None:
    unknown = sorted(set(table) - allowed)
    if unknown:
        raise BalanceAnalysisError(f"{where}：不认识的键 {'、'.join(unknown)}")


@cache
def _texts() -> dict[str, str]:
    folder = resources.files("balance_analysis.workbook") / "layouts"
    return {
        item.name.removesuffix(".toml"): item.read_text(encoding="utf-8")
        for item in folder.iterdir()
        if item.name.endswith(".toml")
    }
