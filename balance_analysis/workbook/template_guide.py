"""Sheet 填报说明 of the fill-in workbook: the nature of the data, the rules and every field.

Also the looks that all sheets of the workbook share: fonts, group colours, print set-up.
"""

from __future__ import annotations

from collections.abc import Iterable
from copy import copy
from typing import Any, Final, cast

from openpyxl.cell import Cell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from balance_analysis.workbook.layouts import Field, Layout

GUIDE_SHEET: Final = "填报说明"
NATURE_LABEL: Final = "数据性质"
SIMULATED: Final = "模拟数据"
FILED: Final = "填报数据"

FONT: Final = "宋体"
REQUIRED_FILL: Final = PatternFill("solid", fgColor="F4B183")
_THIN = Side(style="thin", color="BFBFBF")
BORDER: Final = Border(left=_THIN, right=_THIN, top=_THIN, bottom=_THIN)
_TITLE_FILL = PatternFill("solid", fgColor="1F4E79")
_GROUP_COLOURS = ("DDEBF7", "E2EFDA", "FFF2CC", "EDE3F5", "D9F0F0", "FBE3EC", "E7E6E6", "E3E9D3")
TYPE_LABELS: Final = {
    "text": "文本",
    "code": "文本代码",
    "division_code": "六位数字文本",
    "year": "四位年份",
    "count": "非负整数",
    "quantity": "非负数",
    "printed": "公布的数字（文本）",
    "choice": "下拉选择",
    "boolean": "是/否",
    "date": "日期（年-月-日）",
}
_RULES = (
    ("颜色", "橙色表头为必填列（下表以★标出），其他颜色区分字段分组。表头文字不得改动，列的先后不限。"),
    ("空与零", "确实没有的填0，暂时缺报的留空。留空不按0计算，相应指标判为“无法判定”。"),
    ("行", "“学校”表每所学校（校区）每学年一行，一个工作簿可放多个学年；其余各表见字段说明。"),
    ("代码", "行政区划代码、学校标识码等按文本填写，保留前导零。"),
    ("单位", "仪器设备值和学校经费按万元填报，面积按平方米填报，生均值由程序计算。"),
    ("多学段学校", "教师按学段分开填；用房、场地、设备、多媒体教室填全校合计，由程序按学段拆分。"),
)
_HEADS = ("工作表", "分组", "字段", "必填", "类型", "单位", "可选值", "说明")
_WIDTHS = (9, 14, 30, 6, 15, 9, 36, 60)


def write_guide(page: Worksheet, layout: Layout, *, county_name: str | None, simulated: bool) -> None:
    """Fill the sheet; a simulated workbook says ``数据性质 | 模拟数据`` in columns A and B."""
    title = _text(page, 1, 1, f"{county_name or '县（市、区）'}义务教育均衡数据填报说明", size=16, bold=True)
    title.alignment = Alignment(vertical="center")
    page.row_dimensions[1].height = 30
    facts = [
        ("区县名称", county_name or "（填报时写明）"),
        (NATURE_LABEL, SIMULATED if simulated else FILED),
        ("版式", layout.name),
        ("口径来源", layout.source),
        *(layout.rules.items() or _RULES),
    ]
    if simulated:
        facts.append(("声明", "本工作簿的学校、人数和金额均由程序生成，不是任何学校的真实记录。"))
    for row, (label, text) in enumerate(facts, start=2):
        marked = simulated and label in {NATURE_LABEL, "声明"}
        _text(page, row, 1, label, bold=True)
        _text(page, row, 2, text, bold=marked, colour="C00000" if marked else "000000")
        page.merge_cells(start_row=row, start_column=2, end_row=row, end_column=len(_HEADS))
    head_row = len(facts) + 3
    for column, text in enumerate(_HEADS, start=1):
        cell = _text(page, head_row, column, text, bold=True, colour="FFFFFF")
        cell.fill, cell.border = _TITLE_FILL, BORDER
        cell.alignment = Alignment(horizontal="center", vertical="center")
    _write_fields(page, layout, head_row)
    page.column_dimensions["A"].width = 12
    for letter, width in zip("BCDEFGH", _WIDTHS[1:], strict=True):
        page.column_dimensions[letter].width = width
    page.freeze_panes = f"A{head_row + 1}"
    page.print_title_rows = f"{head_row}:{head_row}"
    page.sheet_view.showGridLines = False
    set_up_print(page, f"{GUIDE_SHEET}{f'　{SIMULATED}' if simulated else ''}", pages_wide=1)


def _write_fields(page: Worksheet, layout: Layout, head_row: int) -> None:
    row = head_row
    looks: dict[
        tuple[int, str, bool], Any
    ] = {}  # a style set anew is compared with every style of the workbook
    for sheet in layout.sheets:
        colours = group_colours(sheet.fields)
        for field in sheet.fields:
            row += 1
            choices = "、".join(layout.choices[field.choices]) if field.type == "choice" else ""
            required = "★" if field.required else ""
            kind = TYPE_LABELS[field.type]
            texts = (sheet.name, field.group, field.header, required, kind, field.unit, choices, field.help)
            for column, text in enumerate(texts, start=1):
                look = (
                    column,
                    colours[field.group] if column in {2, 3} else "",
                    bool(required) and column == 4,
                )
                cell = _text(page, row, column, text, look=looks.get(look))
                if look not in looks:
                    looks[look] = _framed(cell, *look)
            lines = max(
                -(-display_width(text) // (width - 2)) for text, width in zip(texts, _WIDTHS, strict=True)
            )
            page.row_dimensions[row].height = 15 * max(lines, 1)


def _framed(cell: Any, column: int, colour: str, required: bool) -> Any:
    """Give a field's cell its frame, its fill and its place; return the look for the cells like it."""
    cell.border = BORDER
    if colour:
        cell.fill = PatternFill("solid", fgColor=colour)
    if column in {4, 6}:
        cell.alignment = Alignment(horizontal="center", vertical="center")
    if required:
        cell.fill = REQUIRED_FILL
    return cell._style


def _text(
    page: Worksheet,
    row: int,
    column: int,
    text: str,
    *,
    size: int = 10,
    bold: bool = False,
    colour: str = "000000",
    look: Any = None,
) -> Cell:
    cell = page.cell(row=row, column=column)
    assert isinstance(cell, Cell)
    if text:
        cell.value = text
        cell.data_type = "s"
    if look is not None:
        cast(Any, cell)._style = copy(look)
        return cell
    cell.font = Font(name=FONT, size=size, bold=bold, color=colour)
    cell.alignment = Alignment(wrap_text=True, vertical="center")
    return cell


def group_colours(fields: Iterable[Field]) -> dict[str, str]:
    """One header colour per field group of a sheet, in order of appearance."""
    groups = dict.fromkeys(field.group for field in fields)
    return {group: _GROUP_COLOURS[index % len(_GROUP_COLOURS)] for index, group in enumerate(groups)}


def display_width(text: str) -> int:
    """Width of a text in half-width characters.

    >>> display_width("B3学校")
    6
    """
    return sum(2 if ord(character) > 0x2E7F else 1 for character in text)


def set_up_print(page: Worksheet, footer: str, *, pages_wide: int) -> None:
    """A4 landscape, scaled to ``pages_wide`` pages across, page numbers in the footer."""
    page.page_setup.orientation = "landscape"
    page.page_setup.paperSize = 9
    page.page_setup.fitToWidth = pages_wide
    page.page_setup.fitToHeight = 0
    page.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    page.page_margins.left = page.page_margins.right = 0.4
    page.page_margins.top, page.page_margins.bottom, page.page_margins.footer = 0.5, 0.7, 0.3
    line = page.oddFooter
    assert line is not None
    line.left.text, line.right.text = footer, "第 &P 页，共 &N 页"
