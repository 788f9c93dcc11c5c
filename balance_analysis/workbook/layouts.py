"""Layouts as data: which sheet and header holds which field, in which type and unit."""

from __future__ import annotations

import dataclasses
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pandas as pd

from balance_analysis.errors import BalanceAnalysisError
from balance_analysis.strict_toml import (
    Rule,
    convert,
    folder_texts,
    one_of,
    parse_record,
    read_toml,
    toml_key,
)
from balance_analysis.terms import Severity, Stage

FIELD_TYPES = (
    "text",
    "code",
    "division_code",
    "year",
    "count",
    "quantity",
    "printed",
    "choice",
    "boolean",
    "date",
)
"""``printed`` is a published decimal: kept as text, because how many digits were printed says how it was rounded."""
NUMBER_TYPES = ("count", "quantity")
MEASURED_TYPES = (*NUMBER_TYPES, "printed")
HOME = "own_template"
DTYPES: Mapping[str, Any] = {"year": "Int64", "boolean": object, **dict.fromkeys(NUMBER_TYPES, np.float64)}
"""How a column of a type is kept; every other type is text."""
READINGS = ("exact_headers", "statistics_export", "application_form", "statistics_forms")
"""How a layout's sheets are read: exact headers in the first row, header paths (one school a row, or table Ⅱ-2), or cells
of numbered forms (one school a workbook)."""


PUBLISHED = "published_coefficients"
"""The layout of county means and coefficients without schools."""
DIVISION_CODE = "division_code"
CODE_RULE = re.compile(r"(?:\[(?=[^\]])(?:A-Z)?(?:a-z)?(?:0-9)?-?\]\{[0-9]{1,2}(?:,[0-9]{1,2})?\})+")
"""How a layout may state the rule of its county codes: letters, digits and hyphens, each with a count; nothing else
can become part of a file name."""
LONGEST_CODE = 40


def _is_code_rule(pattern: str) -> bool:
    longest = sum(int(part) for part in re.findall(r"([0-9]+)\}", pattern))
    return CODE_RULE.fullmatch(pattern) is not None and 0 < longest <= LONGEST_CODE


def _is_positive(text: str) -> bool:
    try:
        return bool(convert(text, Decimal) > 0)
    except ValueError:
        return False


@dataclass(frozen=True)
class Field:
    """One column: ``name`` is the house's field, ``header`` what the file calls it.

    ``factor`` turns the filed number into the house's unit; ``width`` is the number of digits of a
    code (0 where it is free), by which a code that Excel took for a number is seen to be cut.

    Header paths only: ``also`` are other paths, tried in order where ``header`` finds nothing;
    ``contained_in`` names the field whose figure already holds this one where it has no column of its
    own; ``lenient`` makes an unknown code a question instead of an error; ``leading_digits`` keeps the first
    digits of a longer code. ``largest`` is what no school or county exceeds, in the house's unit (otherwise
    whatever its sheet says for the unit). ``pattern`` (in words ``pattern_words``) is the layout's rule for county codes.
    """

    name: str
    header: str
    type: Annotated[str, one_of(*FIELD_TYPES)]
    help: str
    required: bool = False
    unit: str = ""
    choices: str = ""
    group: str = ""
    factor: Annotated[str, Rule(_is_positive, "正的数字文本")] = "1"
    width: int = 0
    also: tuple[str, ...] = ()
    contained_in: str = ""
    lenient: bool = False
    leading_digits: int = 0
    largest: Annotated[str, Rule(_is_positive, "正的数字文本")] = ""
    pattern: str = field(default="", metadata=toml_key(None))
    pattern_words: str = field(default="", metadata=toml_key(None))


@dataclass(frozen=True, kw_only=True)
class SheetLayout:
    """One sheet: the table it feeds, its name (none in a CSV), fields, key and constants for columns it lacks.

    ``largest``: by unit, what no figure of the sheet exceeds; ``largest_mean``: by field, what the mean of its rows does not.
    """

    table: Annotated[str, one_of("schools", "counties", "evidence", "tasks", "published", "progress")]
    name: str = ""
    required: bool
    key: tuple[str, ...]
    help: str
    fields: tuple[Field, ...] = field(metadata=toml_key("field"))
    constants: Mapping[str, str | int | bool] = field(default_factory=dict)
    largest: Mapping[str, Annotated[str, Rule(_is_positive, "正的数字文本")]] = field(default_factory=dict)
    largest_mean: Mapping[str, Annotated[str, Rule(_is_positive, "正的数字文本")]] = field(
        default_factory=dict
    )

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
class CodeRule:
    """How county codes of a file are written: a regular expression that they match whole, and the rule in words."""

    pattern: Annotated[
        str, Rule(_is_code_rule, f"由 [A-Za-z0-9-] 之类的字符组和次数组成、至多{LONGEST_CODE}位的写法")
    ]
    words: str


@dataclass(frozen=True, kw_only=True)
class Layout:
    """A file layout: our template, an export, an open-data CSV.

    ``reading`` says how sheets are read; ``stage`` is the stage of a statistics export; ``blanks`` are words
    that stand for an empty cell; ``left_out`` maps a field to values whose rows are no schools of
    compulsory education. A file without one of the sheets by name is of this layout only where a row holds every
    header of ``told_by``. ``rules`` are what the template's guide says of filling it in, by heading.
    """

    id: str
    name: str
    kind: Annotated[str, one_of("excel", "csv", "any")]
    source: str
    division_code: CodeRule
    sheets: tuple[SheetLayout, ...] = field(metadata=toml_key("sheet"))
    choices: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    choices_of: str = ""
    stratification: Stratification
    severities: Mapping[str, Severity] = field(default_factory=dict)
    reading: Annotated[str, one_of(*READINGS)] = "exact_headers"
    stage: Annotated[str, one_of(*Stage, "senior_secondary")] = ""
    blanks: tuple[str, ...] = ()
    left_out: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    told_by: tuple[str, ...] = ()
    rules: Mapping[str, str] = field(default_factory=dict)

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
    problems: list[str] = []
    table = read_toml(texts[layout_id], where, error=BalanceAnalysisError)
    layout = parse_record(Layout, table, where, problems)
    if layout is not None and layout.choices_of:
        shared = load_layout(layout.choices_of, folder=folder).choices
        layout = dataclasses.replace(layout, choices={**shared, **layout.choices})
    if layout is not None:
        problems += _contradictions(layout, layout_id, where)
    if problems or layout is None:
        raise BalanceAnalysisError("\n".join(problems))
    layout = dataclasses.replace(layout, sheets=tuple(_with_rule(sheet, layout) for sheet in layout.sheets))
    problems += _unbounded(layout, where)
    if problems:
        raise BalanceAnalysisError("\n".join(problems))
    return layout


def _with_rule(sheet: SheetLayout, layout: Layout) -> SheetLayout:
    """The rule of county codes on the columns that hold one, the largest possible figure on the others."""
    home = {} if layout.id == HOME else own_fields()
    rule = layout.division_code

    def ruled(item: Field) -> Field:
        if DIVISION_CODE in (item.name, item.type):
            return dataclasses.replace(item, pattern=rule.pattern, pattern_words=rule.words)
        if item.type not in MEASURED_TYPES or item.largest:
            return item
        known = home[item.name].largest if item.name in home else ""
        return dataclasses.replace(item, largest=sheet.largest.get(item.unit, known))

    return dataclasses.replace(sheet, fields=tuple(map(ruled, sheet.fields)))


def _unbounded(layout: Layout, where: str) -> Iterator[str]:
    """Figures for which neither the layout nor our template says what is possible."""
    for sheet in layout.sheets:
        for item in sheet.fields:
            if item.type in MEASURED_TYPES and not item.largest:
                yield f"{where} 工作表 {sheet.name or sheet.table} {item.header}：没有上限（largest）"


def own_fields() -> dict[str, Field]:
    """Every field of the house by name, as our own template describes it (header, unit, help)."""
    return {item.name: item for sheet in load_layout(HOME).sheets for item in sheet.fields}


@cache
def own_headers() -> Mapping[str, str]:
    """The Chinese header of every field of the house."""
    return {name: item.header for name, item in own_fields().items()}


def home_sheet(table: str) -> SheetLayout:
    """The sheet that says which fields a table has, whatever file it is read from."""
    sheets = (load_layout(name).sheet(table) for name in (HOME, PUBLISHED))
    return next(sheet for sheet in sheets if sheet is not None)


def complete_frame(frame: pd.DataFrame, table: str) -> pd.DataFrame:
    """Give a frame every field of its table; what the file lacks is missing throughout."""
    missing = {
        item.name: pd.Series(None, index=frame.index, dtype=DTYPES.get(item.type, "str"))
        for item in home_sheet(table).fields
        if item.name not in frame
    }
    return pd.concat([frame, pd.DataFrame(missing, index=frame.index)], axis=1)


def empty_frame(table: str) -> pd.DataFrame:
    """A table without rows, with every field and the three columns that say where a row stands."""
    return complete_frame(
        pd.DataFrame(
            {
                "source_file": pd.Series([], dtype="str"),
                "source_sheet": pd.Series([], dtype="str"),
                "source_row": pd.Series([], dtype=np.int64),
            }
        ),
        table,
    )


def _contradictions(layout: Layout, layout_id: str, where: str) -> Iterator[str]:
    if layout.id != layout_id:
        yield f"{where}：文件名与 id {layout.id} 不一致"
    if not any(sheet.required for sheet in layout.sheets):
        yield f"{where}：没有必需的工作表"
    yield from _repeated((sheet.table for sheet in layout.sheets), f"{where}：数据表")
    for sheet in layout.sheets:
        place = f"{where} 工作表 {sheet.name or sheet.table}"
        yield from _repeated((item.header for item in sheet.fields), f"{place}：表头")
        yield from _repeated((item.name for item in sheet.fields), f"{place}：字段")
        for name in sheet.key:
            if name not in {item.name for item in sheet.fields}:
                yield f"{place}：主键字段 {name} 没有对应的列"
        for item in sheet.fields:
            if item.type == "choice" and item.choices not in layout.choices:
                yield f"{place} {item.header}：没有选项表 {item.choices}"
    strata = layout.stratification
    if strata.reference not in strata.labels:
        yield f"{where} stratification：参照地区 {strata.reference} 没有名称"
    of_schools = [item.name for sheet in layout.sheets if sheet.table == "schools" for item in sheet.fields]
    if layout.sheet("schools") is not None and strata.field not in of_schools:
        yield f"{where} stratification：字段 {strata.field} 没有对应的列"


def _repeated(names: Iterable[str], what: str) -> Iterator[str]:
    return (f"{what}重复：{name}" for name, times in Counter(names).items() if times > 1)


@cache
def _texts(folder: Path | None) -> dict[str, str]:
    return folder_texts(
        folder or resources.files("balance_analysis.workbook") / "layouts", error=BalanceAnalysisError
    )
