"""Make the workbook that a county fills in, guarded and explained, from the layout data.

The layout (``own_template``, or another whose headers stand in the first row) decides every sheet, header, type, unit and choice; this module only
turns it into an Excel file: headers exactly as declared, drop-downs and number checks with Chinese
messages, text format where leading zeros matter, and a sheet 填报说明 that explains each field.
The same input gives the same bytes: document times and archive times are fixed.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd
from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from balance_analysis.errors import ParameterError
from balance_analysis.workbook.layouts import Field, Layout, SheetLayout, load_layout
from balance_analysis.workbook.template_guide import (
    BORDER,
    FILED,
    FONT,
    GUIDE_SHEET,
    REQUIRED_FILL,
    SIMULATED,
    TYPE_LABELS,
    display_width,
    group_colours,
    set_up_print,
    write_guide,
)

GUARDED_ROWS = 5000
"""Rows of each sheet that carry formats and input checks."""

FIXED_TIME = datetime(2017, 1, 1)
_NUMBER_FORMATS = {
    "text": "@",
    "code": "@",
    "division_code": "@",
    "choice": "@",
    "boolean": "@",
    "year": "0",
    "count": "0",
    "quantity": "General",
    "printed": "@",
    "date": "yyyy-mm-dd",
}
_FORMULA_STARTS = ("=", "+", "-", "@")
_LONG_TEXTS = {"present_state", "measure", "reference", "responsible_offices"}

Rows = Sequence[Mapping[str, Any]] | pd.DataFrame


def template_bytes(
    *,
    rows: Mapping[str, Rows] | None = None,
    county_name: str | None = None,
    simulated: bool = False,
    layout_id: str = "own_template",
    folder: Path | None = None,
    more: Sequence[Layout] = (),
) -> bytes:
    """The fill-in workbook of a layout as the content of an ``.xlsx`` file.

    ``rows`` maps a table id (``schools``, ``counties``, ``evidence``, ``tasks``) to a list of
    mappings or a frame whose columns are *field names* of the layout; without it the sheets hold
    headers only. Choices may be given by id or by label, ``True``/``False`` become 是/否, ``None``
    and ``NaN`` stay blank cells (never zero). A text that begins with ``=``, ``+``, ``-`` or ``@``
    is stored as text. ``simulated`` writes ``数据性质 | 模拟数据`` into sheet 填报说明 and 模拟数据
    into the document properties, which is where the reader and the report take it from. ``folder`` holds layouts other
    than the shipped ones.

    Equal arguments give equal bytes.

    ``more`` are layouts whose sheets follow, without rows. Raises :class:`~balance_analysis.errors.ParameterError` for a
    table or field the layout does not know.
    """
    layout = load_layout(layout_id, folder=folder)
    tables = dict(rows or {})
    unknown = sorted(set(tables) - {sheet.table for sheet in layout.sheets})
    if unknown:
        known = "、".join(sheet.table for sheet in layout.sheets)
        raise ParameterError(f"模板没有数据表 {'、'.join(unknown)}；可用的数据表：{known}")
    book = Workbook()
    guide = book.active
    assert isinstance(guide, Worksheet)
    guide.title = GUIDE_SHEET
    write_guide(guide, layout, county_name=county_name, simulated=simulated)
    for sheet in layout.sheets:
        footer = "　".join(filter(None, (county_name, sheet.name, SIMULATED if simulated else "")))
        page = book.create_sheet(sheet.name)
        _write_sheet(page, sheet, layout, _records(tables.get(sheet.table, ())), footer=footer)
    for other in more:
        for sheet in other.sheets:
            footer = "　".join(filter(None, (county_name, sheet.name, SIMULATED if simulated else "")))
            _write_sheet(book.create_sheet(sheet.name), sheet, other, [], footer=footer)
    properties = book.properties
    properties.creator = "balance-analysis"
    properties.title = f"{county_name or ''}义务教育均衡数据填报表"
    properties.subject = SIMULATED if simulated else FILED
    properties.keywords = SIMULATED if simulated else None
    properties.created = FIXED_TIME
    buffer = io.BytesIO()
    book.save(buffer)
    return _with_fixed_times(buffer.getvalue())


def _records(rows: Rows) -> list[dict[str, Any]]:
    if isinstance(rows, pd.DataFrame):
        return [{str(name): value for name, value in record.items()} for record in rows.to_dict("records")]
    return [dict(row) for row in rows]


def _write_sheet(
    page: Worksheet,
    sheet: SheetLayout,
    layout: Layout,
    records: Sequence[Mapping[str, Any]],
    *,
    footer: str,
) -> None:
    known = {field.name for field in sheet.fields}
    unknown = sorted({key for record in records for key in record} - known)
    if unknown:
        raise ParameterError(f"数据表 {sheet.table} 没有字段 {'、'.join(unknown)}")
    colours = group_colours(sheet.fields)
    for number, field in enumerate(sheet.fields, start=1):
        letter = get_column_letter(number)
        head = page.cell(row=1, column=number, value=field.header)
        head.font = Font(name=FONT, bold=True, size=10)
        colour = PatternFill("solid", fgColor=colours[field.group])
        head.fill = REQUIRED_FILL if field.required else colour
        head.alignment = Alignment(wrap_text=True, horizontal="center", vertical="center")
        head.border = BORDER
        head.comment = _header_comment(field, layout)
        page.column_dimensions[letter].number_format = _NUMBER_FORMATS[field.type]
        _guard(page, field, layout, f"{letter}2:{letter}{GUARDED_ROWS + 1}")
        values = [_cell_value(record.get(field.name), field, layout) for record in records]
        width = page.column_dimensions[letter].width = _column_width(field, values)
        for row, value in enumerate(values, start=2):
            _write_value(page, row, number, value, field)
            if field.name in _LONG_TEXTS and value is not None:
                lines = -(-display_width(str(value)) // int(width - 2))
                page.row_dimensions[row].height = max(page.row_dimensions[row].height or 15, 15 * lines)
    page.row_dimensions[1].height = 58
    names = [field.name for field in sheet.fields]
    frozen = names.index("school_name") + 2 if "school_name" in names else 2
    page.freeze_panes = f"{get_column_letter(frozen)}2"
    page.auto_filter.ref = f"A1:{get_column_letter(len(sheet.fields))}{max(len(records), 1) + 1}"
    set_up_print(page, footer, pages_wide=max(1, round(len(sheet.fields) / 16)))
    page.print_title_rows = "1:1"
    page.print_title_cols = f"A:{get_column_letter(frozen - 1)}"


def _write_value(page: Worksheet, row: int, column: int, value: Any, field: Field) -> None:
    if value is None:
        return
    cell = page.cell(row=row, column=column, value=value)
    if isinstance(value, str):
        cell.data_type = "s"
        if value.startswith(_FORMULA_STARTS):
            cell.quotePrefix = True
    if field.name in _LONG_TEXTS:
        cell.alignment = Alignment(wrap_text=True, vertical="center")
    elif field.type not in {"text", "count", "quantity"}:
        cell.alignment = Alignment(horizontal="center", vertical="center")
    else:
        cell.alignment = Alignment(vertical="center")
    cell.number_format = _NUMBER_FORMATS[field.type]


def _cell_value(value: Any, field: Field, layout: Layout) -> Any:
    """The Excel value of one field; ``None`` is a blank cell."""
    if value is None or (not isinstance(value, str) and pd.isna(value)):
        return None
    if isinstance(value, str) and field.type != "choice":
        return value
    if field.type == "boolean":
        return "是" if value else "否"
    if isinstance(value, (int, float)) and float(value).is_integer():
        value = int(value)
    if field.type == "choice":
        labels = {identifier: label for label, identifier in layout.choices[field.choices].items()}
        return labels.get(str(value), str(value))
    return str(value) if field.type in {"text", "code", "division_code", "printed"} else value


def _guard(page: Worksheet, field: Field, layout: Layout, cells: str) -> None:
    """Input check of one column; the message says what is expected and what to do."""
    title = field.header[:30]
    unit = f"（{field.unit}）" if field.unit else ""
    if field.type in {"choice", "boolean"}:
        labels = list(layout.choices[field.choices]) if field.type == "choice" else ["是", "否"]
        check = DataValidation(type="list", formula1='"' + ",".join(labels) + '"')
        message = f"只能填：{'、'.join(labels)}。请从下拉列表选择。"
    elif field.type == "count":
        check = DataValidation(type="whole", operator="greaterThanOrEqual", formula1="0")
        message = f"应为不小于0的整数{unit}。没有的填0，暂缺的留空，不要填文字。"
    elif field.type == "quantity":
        check = DataValidation(type="decimal", operator="greaterThanOrEqual", formula1="0")
        message = f"应为不小于0的数{unit}。没有的填0，暂缺的留空，不要填文字，注意单位。"
    elif field.type == "year":
        check = DataValidation(type="whole", operator="between", formula1="1900", formula2="2100")
        message = "应为四位年份，如2017。"
    elif field.type == "division_code":
        check = DataValidation(type="textLength", operator="equal", formula1="6")
        message = "应为六位行政区划代码，按文本填写，保留前导零。"
    elif field.type == "date":
        check = DataValidation(type="date", operator="greaterThanOrEqual", formula1="36526")
        message = "应为日期，如2018-09-30。"
    else:
        return
    check.allow_blank = not field.required
    check.errorTitle = title
    check.error = message[:220]
    check.errorStyle = "stop"
    check.showErrorMessage = True
    check.add(cells)
    page.add_data_validation(check)


def _header_comment(field: Field, layout: Layout) -> Comment:
    lines = [f"{'★必填' if field.required else '选填'}　{TYPE_LABELS[field.type]}"]
    if field.unit:
        lines.append(f"单位：{field.unit}")
    if field.type == "choice":
        lines.append(f"可选：{'、'.join(layout.choices[field.choices])}")
    if field.help:
        lines.append(field.help)
    comment = Comment("\n".join(lines), "balance-analysis")
    comment.width, comment.height = 260, 40 + 20 * len(lines) + 14 * (len(field.help) // 18)
    return comment


def _column_width(field: Field, values: Sequence[Any]) -> float:
    """Wide enough for the data and for a header wrapped over three lines."""
    header = -(-display_width(field.header) // 3) + 4
    if _NUMBER_FORMATS[field.type] != "@":
        return float(max(header, 12 if field.type == "date" else 9))
    longest = max((display_width(str(value)) for value in values if value is not None), default=0)
    return float(min(max(header, longest + 2, 9), 50))


def _with_fixed_times(content: bytes) -> bytes:
    """The same archive with the document's and the members' times fixed."""
    stamp = FIXED_TIME.strftime("%Y-%m-%dT%H:%M:%SZ").encode()
    result = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(result, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name == "docProps/core.xml":
                data = re.sub(rb"(<dcterms:modified[^>]*>)[^<]*", rb"\g<1>" + stamp, data)
            member = zipfile.ZipInfo(name, date_time=FIXED_TIME.timetuple()[:6])
            member.compress_type = zipfile.ZIP_DEFLATED
            member.external_attr = 0o644 << 16
            member.create_system = 3
            new.writestr(member, data)
    return result.getvalue()
