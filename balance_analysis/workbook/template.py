"""Write the workbook that a county fills in, guarded and explained, from the layout data.

The layout ``own_template`` decides every sheet, header, type, unit and choice; this module only
turns it into an Excel file: headers exactly as declared, drop-downs and number checks with Chinese
messages, text format where leading zeros matter, and a sheet 填报说明 that explains each field.
The same input gives the same bytes: document times and archive times are fixed.
"""

from __future__ import annotations

import io
import os
import re
import tempfile
import zipfile
from collections.abc import Hashable, Iterable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from balance_analysis.errors import ParameterError
from balance_analysis.workbook.layouts import Field, Layout, SheetLayout, load_layout

GUIDE_SHEET = "填报说明"
NATURE_LABEL = "数据性质"
SIMULATED = "模拟数据"
FILED = "填报数据"
GUARDED_ROWS = 5000
"""Rows of each sheet that carry formats and input checks."""

FIXED_TIME = datetime(2017, 1, 1)
_REQUIRED_FILL = PatternFill("solid", fgColor="F4B183")
_PLAIN_GROUP_COLOUR = "DDEBF7"
_GROUP_COLOURS = ("DDEBF7", "E2EFDA", "FFF2CC", "EDE3F5", "D9F0F0", "FBE3EC", "E7E6E6", "E3E9D3")
_TITLE_FILL = PatternFill("solid", fgColor="1F4E79")
_THIN = Side(style="thin", color="BFBFBF")
_BORDER = Border(left=_THIN, right=_THIN, top=_THIN, bottom=_THIN)
_FONT = "宋体"
_TYPE_LABELS = {
    "text": "文本",
    "code": "文本代码",
    "division_code": "六位数字文本",
    "year": "四位年份",
    "count": "非负整数",
    "quantity": "非负数",
    "choice": "下拉选择",
    "boolean": "是/否",
    "date": "日期（年-月-日）",
}
_NUMBER_FORMATS = {
    "text": "@",
    "code": "@",
    "division_code": "@",
    "choice": "@",
    "boolean": "@",
    "year": "0",
    "count": "0",
    "quantity": "General",
    "date": "yyyy-mm-dd",
}
_FORMULA_STARTS = ("=", "+", "-", "@")


Rows = Sequence[Mapping[str, Any]] | pd.DataFrame


def write_template(
    path: str | Path,
    *,
    rows: Mapping[str, Rows] | None = None,
    county_name: str | None = None,
    simulated: bool = False,
) -> Path:
    """Write the fill-in workbook to ``path`` and return that path.

    ``rows`` maps a table id (``schools``, ``counties``, ``evidence``, ``tasks``) to a list of
    mappings or a frame whose columns are *field names* of the layout; without it the sheets hold
    headers only. Choices may be given by id or by label, ``True``/``False`` become 是/否, ``None``
    and ``NaN`` stay blank cells (never zero). A text that begins with ``=``, ``+``, ``-`` or ``@``
    is stored as text. ``simulated`` writes ``数据性质 | 模拟数据`` into sheet 填报说明 and 模拟数据
    into the document properties, which is where the reader and the report take it from.

    The file appears at once or not at all, and equal arguments give equal bytes.

    Raises :class:`~balance_analysis.errors.ParameterError` for a table or field the layout does
    not know.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_template(Path(folder) / "空表.xlsx").name
    '空表.xlsx'
    """
    layout = load_layout("own_template")
    tables = dict(rows or {})
    unknown = sorted(set(tables) - {sheet.table for sheet in layout.sheets})
    if unknown:
        known = "、".join(sheet.table for sheet in layout.sheets)
        raise ParameterError(f"模板没有数据表 {'、'.join(unknown)}；可用的数据表：{known}")
    book = Workbook()
    guide = book.active
    assert isinstance(guide, Worksheet)
    guide.title = GUIDE_SHEET
    _write_guide(guide, layout, county_name=county_name, simulated=simulated)
    for sheet in layout.sheets:
        _write_sheet(book.create_sheet(sheet.name), sheet, layout, _records(tables.get(sheet.table, ())))
    properties = book.properties
    properties.creator = "balance-analysis"
    properties.title = f"{county_name or ''}义务教育均衡数据填报表"
    properties.subject = SIMULATED if simulated else FILED
    properties.keywords = SIMULATED if simulated else None
    properties.created = FIXED_TIME
    buffer = io.BytesIO()
    book.save(buffer)
    target = Path(path)
    _replace_file(target, _with_fixed_times(buffer.getvalue()))
    return target


def _records(rows: Rows) -> list[Mapping[Hashable, Any]]:
    if isinstance(rows, pd.DataFrame):
        return list(rows.to_dict("records"))
    return [dict(row) for row in rows]


def _write_sheet(
    page: Worksheet, sheet: SheetLayout, layout: Layout, records: Sequence[Mapping[Hashable, Any]]
) -> None:
    known = {field.name for field in sheet.fields}
    unknown = sorted({str(key) for record in records for key in record} - known)
    if unknown:
        raise ParameterError(f"数据表 {sheet.table} 没有字段 {'、'.join(unknown)}")
    colours = _group_colours(sheet.fields)
    for number, field in enumerate(sheet.fields, start=1):
        letter = get_column_letter(number)
        page.column_dimensions[letter].width = _column_width(field, records)
        head = page.cell(row=1, column=number, value=field.header)
        head.font = Font(name=_FONT, bold=True, size=10)
        colour = PatternFill("solid", fgColor=colours[field.group])
        head.fill = _REQUIRED_FILL if field.required else colour
        head.alignment = Alignment(wrap_text=True, horizontal="center", vertical="center")
        head.border = _BORDER
        head.comment = _header_comment(field, layout)
        number_format = _NUMBER_FORMATS[field.type]
        page.column_dimensions[letter].number_format = number_format
        _guard(page, field, layout, f"{letter}2:{letter}{GUARDED_ROWS + 1}")
        for offset, record in enumerate(records, start=2):
            _write_value(
                page, offset, number, _cell_value(record.get(field.name), field, layout), number_format
            )
    page.row_dimensions[1].height = 58
    names = [field.name for field in sheet.fields]
    frozen = names.index("school_name") + 2 if "school_name" in names else 2
    page.freeze_panes = f"{get_column_letter(frozen)}2"
    page.auto_filter.ref = f"A1:{get_column_letter(len(sheet.fields))}{max(len(records), 1) + 1}"
    _set_up_print(page, f"{sheet.name}（{SIMULATED}以“{GUIDE_SHEET}”所注为准）")
    page.print_title_rows = "1:1"
    page.print_title_cols = f"A:{get_column_letter(frozen - 1)}"


def _write_value(page: Worksheet, row: int, column: int, value: Any, number_format: str) -> None:
    if value is None:
        return
    cell = page.cell(row=row, column=column, value=value)
    if isinstance(value, str):
        cell.data_type = "s"
        if value.startswith(_FORMULA_STARTS):
            cell.quotePrefix = True
    cell.number_format = number_format


def _cell_value(value: Any, field: Field, layout: Layout) -> Any:
    """The Excel value of one field; ``None`` is a blank cell."""
    if value is None or (not isinstance(value, (str, date)) and pd.isna(value)):
        return None
    if field.type == "boolean":
        return value if isinstance(value, str) else ("是" if value else "否")
    if field.type == "choice":
        labels = {identifier: label for label, identifier in layout.choices[field.choices].items()}
        return labels.get(str(value), str(value))
    if field.type in {"text", "code", "division_code"}:
        return str(value)
    if field.type in {"count", "year"} and not isinstance(value, str) and float(value).is_integer():
        return int(value)
    return value


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
    lines = [f"{'★必填' if field.required else '选填'}　{_TYPE_LABELS[field.type]}"]
    if field.unit:
        lines.append(f"单位：{field.unit}")
    if field.type == "choice":
        lines.append(f"可选：{'、'.join(layout.choices[field.choices])}")
    if field.help:
        lines.append(field.help)
    comment = Comment("\n".join(lines), "balance-analysis")
    comment.width, comment.height = 260, 40 + 20 * len(lines) + 14 * (len(field.help) // 18)
    return comment


def _write_guide(page: Worksheet, layout: Layout, *, county_name: str | None, simulated: bool) -> None:
    """Sheet 填报说明: title, the nature of the data in A3:B3, the rules, then one row per field."""
    _text(
        page,
        1,
        1,
        f"{county_name or '县（市、区）'}义务教育均衡数据填报说明",
        Font(name=_FONT, bold=True, size=16),
    )
    page.row_dimensions[1].height = 30
    facts = [
        ("区县名称", county_name or "（填报时写明）"),
        (NATURE_LABEL, SIMULATED if simulated else FILED),
        ("版式", layout.name),
        ("口径来源", layout.source),
        ("颜色", "橙色表头为必填列（本表以★标出），其他颜色区分字段分组；表头文字不得改动，列的先后不限。"),
        ("空与零", "确实没有的填0；暂时缺报的留空。留空不按0计算，相应指标判为“无法判定”。"),
        ("行", "“学校”表每所学校（校区）每学年一行，一个工作簿可放多个学年；其余各表按各自主键一行。"),
        ("代码", "行政区划代码、学校标识码等按文本填写，保留前导零。"),
        ("单位", "仪器设备值和经费按万元填报，生均值由程序换算为元；面积为平方米。"),
        ("多学段学校", "教师按学段分开填；用房、场地、设备、多媒体教室填全校合计，由程序按学段拆分。"),
    ]
    if simulated:
        facts.append(("声明", "本工作簿的学校、人数和金额均为程序生成的模拟数据，不是任何学校的真实记录。"))
    for row, (label, text) in enumerate(facts, start=2):
        _text(page, row, 1, label, Font(name=_FONT, bold=True, size=10))
        marked = label in {NATURE_LABEL, "声明"} and simulated
        _text(
            page, row, 2, text, Font(name=_FONT, size=10, bold=marked, color="C00000" if marked else "000000")
        )
        page.merge_cells(start_row=row, start_column=2, end_row=row, end_column=8)
    head_row = len(facts) + 3
    heads = ("工作表", "分组", "字段", "必填", "类型", "单位", "可选值", "说明")
    for column, text in enumerate(heads, start=1):
        cell = _text(page, head_row, column, text, Font(name=_FONT, bold=True, size=10, color="FFFFFF"))
        cell.fill, cell.border = _TITLE_FILL, _BORDER
        cell.alignment = Alignment(horizontal="center", vertical="center")
    row = head_row
    for sheet in layout.sheets:
        colours = _group_colours(sheet.fields)
        for field in sheet.fields:
            row += 1
            choices = "、".join(layout.choices[field.choices]) if field.type == "choice" else ""
            texts = (sheet.name, field.group, field.header, "★" if field.required else "",
                     _TYPE_LABELS[field.type], field.unit, choices, field.help)  # fmt: skip
            for column, text in enumerate(texts, start=1):
                cell = _text(page, row, column, text or None, Font(name=_FONT, size=10))
                cell.border = _BORDER
                if column in {2, 3}:
                    cell.fill = PatternFill("solid", fgColor=colours[field.group])
            if field.required:
                page.cell(row=row, column=4).fill = _REQUIRED_FILL
    for letter, width in zip("ABCDEFGH", (12, 14, 30, 6, 15, 9, 34, 56), strict=True):
        page.column_dimensions[letter].width = width
    page.freeze_panes = f"A{head_row + 1}"
    page.print_title_rows = f"{head_row}:{head_row}"
    page.sheet_view.showGridLines = False
    _set_up_print(page, GUIDE_SHEET + (f"　{SIMULATED}" if simulated else ""))


def _text(page: Worksheet, row: int, column: int, text: str | None, font: Font) -> Any:
    cell = page.cell(row=row, column=column, value=text)
    if text is not None:
        cell.data_type = "s"
    cell.font = font
    cell.alignment = Alignment(wrap_text=column > 1 or row > 1, vertical="center")
    if row == 1:
        cell.alignment = Alignment(vertical="center")
    return cell


def _group_colours(fields: Iterable[Field]) -> dict[str, str]:
    groups = list(dict.fromkeys(field.group for field in fields))
    return {
        group: _GROUP_COLOURS[index % len(_GROUP_COLOURS)] if group else _PLAIN_GROUP_COLOUR
        for index, group in enumerate(groups)
    }


def _display_width(text: str) -> int:
    return sum(2 if ord(character) > 0x2E7F else 1 for character in text)


def _column_width(field: Field, records: Sequence[Mapping[Hashable, Any]]) -> float:
    """Wide enough for the data and for a header wrapped over three lines."""
    header = -(-_display_width(field.header) // 3) + 3
    if field.type not in {"text", "code", "division_code", "choice"}:
        return float(max(header, 9))
    longest = max((_display_width(str(record.get(field.name) or "")) for record in records), default=0)
    return float(min(max(header, longest + 3, 11), 48))


def _set_up_print(page: Worksheet, footer: str) -> None:
    page.page_setup.orientation = "landscape"
    page.page_setup.paperSize = 9
    page.page_setup.fitToWidth = 1 if page.title == GUIDE_SHEET else 0
    page.page_setup.fitToHeight = 0
    page.sheet_properties.pageSetUpPr.fitToPage = page.title == GUIDE_SHEET
    page.page_margins.left = page.page_margins.right = 0.4
    page.page_margins.top = page.page_margins.bottom = 0.6
    page.oddFooter.left.text = footer
    page.oddFooter.right.text = "第 &P 页，共 &N 页"


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


def _replace_file(target: Path, content: bytes) -> None:
    handle, name = tempfile.mkstemp(prefix=".template-", suffix=".xlsx", dir=target.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
        temporary.chmod(0o644)
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)
