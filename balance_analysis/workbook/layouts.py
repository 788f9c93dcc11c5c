"""Layouts as data: which sheet and header holds which field, in which type and unit."""

from __future__ import annotations

import dataclasses
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from balance_analysis.errors import BalanceAnalysisError
from balance_analysis.terms import Severity, Stage

FIELD_TYPES = ("text", "code", "division_code", "year", "count", "quantity", "choice", "boolean", "date")
NUMBER_TYPES = ("count", "quantity")
KINDS = ("excel", "csv")
READINGS = ("exact_headers", "statistics_export", "application_form")
"""How a layout's sheets are read: exact headers in the first row, or header paths (one school a row, or table Ⅱ-2)."""
STAGES = ("", *map(str, Stage), "senior_secondary")
TABLE_NAMES = ("schools", "counties", "evidence", "tasks")
DIVISION_CODE = "division_code"
CODE_RULE = re.compile(r"(?:\[(?=[^\]])(?:A-Z)?(?:a-z)?(?:0-9)?-?\]\{[0-9]{1,2}(?:,[0-9]{1,2})?\})+")
"""How a layout may state the rule of its county codes: letters, digits and hyphens, each with a count; nothing else
can become part of a file name."""
LONGEST_CODE = 40


@dataclass(frozen=True)
class Field:
    """One column: ``name`` is the house's field, ``header`` what the file calls it.

    ``factor`` turns the filed number into the house's unit; ``width`` is the number of digits of a
    code (0 where it is free), by which a code that Excel took for a number is seen to be cut.

    Header paths only: ``also`` are other paths, tried in order where ``header`` finds nothing;
    ``contained_in`` names the field whose figure already holds this one where it has no column of its
    own; ``lenient`` makes an unknown code a question instead of an error; ``leading_digits`` keeps the first
    digits of a longer code.

    ``pattern`` and ``pattern_words`` are not a column's own: the loader gives the county code those of its layout.
    """

    name: str
    header: str
    type: str
    help: str
    required: bool = False
    unit: str = ""
    choices: str = ""
    group: str = ""
    factor: str = "1"
    width: int = 0
    also: tuple[str, ...] = ()
    contained_in: str = ""
    lenient: bool = False
    leading_digits: int = 0
    pattern: str = ""
    pattern_words: str = ""


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
    """A file layout: our template, an export, an open-data CSV.

    ``reading`` says how sheets are read; ``stage`` is the stage of a statistics export; ``blanks`` are words
    that stand for an empty cell; ``left_out`` maps a field to values whose rows are no schools of
    compulsory education.
    """

    id: str
    name: str
    kind: str
    source: str
    sheets: tuple[SheetLayout, ...]
    choices: Mapping[str, Mapping[str, str]]
    stratification: Stratification
    severities: Mapping[str, str] = field(default_factory=dict)
    reading: str = "exact_headers"
    stage: str = ""
    blanks: tuple[str, ...] = ()
    left_out: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def sheet(self, table: str) -> SheetLayout | None:
        """The sheet that feeds a table, or None."""
        return next((item for item in self.sheets if item.table == table), None)


def list_layouts() -> tuple[str, ...]:
    """Ids of the shipped layouts."""
    return tuple(sorted(_texts(None)))


@cache
def load_layout(layout_id: str, *, folder: Path | None = None) -> Layout:
    """Read one layout strictly; ``folder`` holds layouts other than the shipped ones.

    Raises :class:`BalanceAnalysisError` for an unknown id, a key that is unknown or lacking, an
    unknown type or table of choices, a header or field that stands twice, a key field that no
    column fills.

    >>> load_layout("own_template").sheet("schools").name
    '学校'
    """
    texts = _texts(folder)
    if layout_id not in texts:
        raise BalanceAnalysisError(f"没有版式 {layout_id}；可用：{'、'.join(sorted(texts))}")
    where = f"版式 {layout_id}"
    try:
        table = tomllib.loads(texts[layout_id])
    except tomllib.TOMLDecodeError as error:
        raise BalanceAnalysisError(f"{where}：不是正确的 TOML（{error}）") from None
    head = {"id", "name", "kind", "source", "division_code", "stratification", "sheet"}
    _keys(table, head, {"choices", "severities", "reading", "stage", "blanks", "left_out"}, where)
    if table["id"] != layout_id:
        raise BalanceAnalysisError(f"{where}：文件名与 id {table['id']} 不一致")
    _one_of(table["kind"], KINDS, f"{where} kind")
    _one_of(table.get("reading", READINGS[0]), READINGS, f"{where} reading")
    _one_of(table.get("stage", ""), STAGES, f"{where} stage")
    for severity in table.get("severities", {}).values():
        _one_of(severity, [str(item) for item in Severity], f"{where} severities")
    choices = table.get("choices", {})
    rule = _code_rule(table["division_code"], where)
    sheets = tuple(_with_rule(_sheet(raw, choices, where), rule) for raw in table["sheet"])
    if not any(sheet.required for sheet in sheets):
        raise BalanceAnalysisError(f"{where}：没有必需的工作表")
    _unique((sheet.table for sheet in sheets), f"{where}：数据表")
    return Layout(
        id=table["id"],
        name=table["name"],
        kind=table["kind"],
        source=table["source"],
        sheets=sheets,
        choices=choices,
        stratification=_stratification(table["stratification"], sheets, where),
        severities=table.get("severities", {}),
        reading=table.get("reading", READINGS[0]),
        stage=table.get("stage", ""),
        blanks=tuple(table.get("blanks", ())),
        left_out={name: tuple(values) for name, values in table.get("left_out", {}).items()},
    )


def own_fields() -> dict[str, Field]:
    """Every field of the house by name, as our own template describes it (header, unit, help)."""
    return {item.name: item for sheet in load_layout("own_template").sheets for item in sheet.fields}


def _code_rule(raw: Mapping[str, Any], where: str) -> dict[str, str]:
    """The layout's rule for county codes, as values of the field; letters, digits and hyphens of a bounded length."""
    place = f"{where} division_code"
    _keys(raw, {"pattern", "words"}, set(), place)
    pattern, words = raw["pattern"], raw["words"]
    if not isinstance(words, str) or not words.strip():
        raise BalanceAnalysisError(f"{place}：words 应为说明写法的文字")
    longest = (
        sum(int(part) for part in re.findall(r"([0-9]+)\}", pattern))
        if isinstance(pattern, str) and CODE_RULE.fullmatch(pattern)
        else 0
    )
    if not 0 < longest <= LONGEST_CODE:
        raise BalanceAnalysisError(
            f"{place}：pattern {pattern} 应由 [A-Za-z0-9-] 之类的字符组和次数组成，至多{LONGEST_CODE}位"
        )
    return {"pattern": pattern, "pattern_words": words}


def _with_rule(sheet: SheetLayout, rule: Mapping[str, str]) -> SheetLayout:
    """The rule on the column of the county code."""
    fields = tuple(
        dataclasses.replace(item, **rule) if DIVISION_CODE in (item.name, item.type) else item  # type: ignore[arg-type]
        for item in sheet.fields
    )
    return dataclasses.replace(sheet, fields=fields)


def _sheet(raw: dict[str, Any], choices: Mapping[str, Any], where: str) -> SheetLayout:
    place = f"{where} 工作表 {raw.get('name') or raw.get('table')}"
    _keys(raw, {"table", "name", "required", "key", "help", "field"}, {"constants"}, place)
    _one_of(raw["table"], TABLE_NAMES, f"{place} table")
    fields = tuple(_field(item, choices, place) for item in raw["field"])
    _unique((item.header for item in fields), f"{place}：表头")
    _unique((item.name for item in fields), f"{place}：字段")
    for name in raw["key"]:
        if name not in {item.name for item in fields}:
            raise BalanceAnalysisError(f"{place}：主键字段 {name} 没有对应的列")
    return SheetLayout(
        table=raw["table"],
        name=raw["name"],
        required=raw["required"],
        key=tuple(raw["key"]),
        help=raw["help"],
        fields=fields,
        constants=raw.get("constants", {}),
    )


def _field(raw: dict[str, Any], choices: Mapping[str, Any], place: str) -> Field:
    place = f"{place} {raw.get('header') or raw.get('name')}"
    known = dataclasses.fields(Field)
    needed = {item.name for item in known if item.default is dataclasses.MISSING}
    of_layout = {"pattern", "pattern_words"}
    _keys(raw, needed, {item.name for item in known} - needed - of_layout, place)
    values: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in raw.items()
    }
    result = Field(**values)
    _one_of(result.type, FIELD_TYPES, f"{place}：类型")
    if result.type == "choice" and result.choices not in choices:
        raise BalanceAnalysisError(f"{place}：没有选项表 {result.choices}")
    try:
        factor = Decimal(result.factor)
    except InvalidOperation:
        factor = Decimal(0)
    if not factor.is_finite() or factor <= 0:
        raise BalanceAnalysisError(f"{place}：换算系数 {result.factor} 不是正数")
    return result


def _stratification(raw: dict[str, Any], sheets: Iterable[SheetLayout], where: str) -> Stratification:
    place = f"{where} stratification"
    _keys(raw, {"name", "field", "reference", "labels"}, set(), place)
    if raw["reference"] not in raw["labels"]:
        raise BalanceAnalysisError(f"{place}：参照地区 {raw['reference']} 没有名称")
    if raw["field"] not in {item.name for sheet in sheets for item in sheet.fields}:
        raise BalanceAnalysisError(f"{place}：字段 {raw['field']} 没有对应的列")
    return Stratification(**raw)


def _keys(table: Mapping[str, Any], needed: set[str], allowed: set[str], where: str) -> None:
    unknown = sorted(set(table) - needed - allowed)
    if unknown:
        raise BalanceAnalysisError(f"{where}：不认识的键 {'、'.join(unknown)}")
    lacking = sorted(needed - set(table))
    if lacking:
        raise BalanceAnalysisError(f"{where}：缺少键 {'、'.join(lacking)}")


def _one_of(value: str, known: Iterable[str], where: str) -> None:
    if value not in known:
        raise BalanceAnalysisError(f"{where} {value} 不认识；可用：{'、'.join(known)}")


def _unique(names: Iterable[str], what: str) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise BalanceAnalysisError(f"{what}重复：{name}")
        seen.add(name)


@cache
def _texts(folder: Path | None) -> dict[str, str]:
    place: Traversable | Path = folder or resources.files("balance_analysis.workbook") / "layouts"
    return {
        item.name.removesuffix(".toml"): item.read_text(encoding="utf-8")
        for item in place.iterdir()
        if item.name.endswith(".toml")
    }
