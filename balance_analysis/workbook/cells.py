"""One cell to one typed value: every way a cell can be wrong has its own code."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from balance_analysis.workbook.layouts import Field

BOOLEANS = {"是": True, "否": False}
FULL_WIDTH = str.maketrans("０１２３４５６７８９．－，", "0123456789.-,")
SCHOOL_YEAR = re.compile(r"(\d{4})\s*(?:[-—–－~至/]\s*(\d{2,4}))?\s*(?:学年)?(?:度)?")


@dataclass(frozen=True)
class Finding:
    """Why a cell was refused (or merely noted): code, what stood there, what should."""

    code: str
    found: str
    expected: str
    remedy: str


def is_blank(value: Any) -> bool:
    """Empty, or nothing but white space (also the full-width kind)."""
    return value is None or (isinstance(value, str) and not value.strip())


def show(value: Any) -> str:
    """A cell as the person who filed it sees it."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value)


def parse_cell(value: Any, field: Field, choices: dict[str, str], *, text_file: bool) -> tuple[Any, Finding | None]:
    """Type one non-blank cell.

    Returns the value (None when refused) and what is to be said about it. ``text_file`` is true
    for CSV, where every number is text by nature and needs no note.
    """
    if field.type in ("count", "quantity"):
        return _number(value, field, text_file)
    if field.type == "year":
        return _year(value)
    if field.type == "choice":
        text = show(value).strip()
        if text in choices:
            return choices[text], None
        return None, Finding("unknown_code", text, "、".join(choices), "改为允许的代码之一（可用下拉列表选择）")
    if field.type == "boolean":
        if isinstance(value, bool):
            return value, None
        text = show(value).strip()
        if text in BOOLEANS:
            return BOOLEANS[text], None
        return None, Finding("unknown_code", text, "是、否", "改为“是”或“否”")
    if field.type == "date":
        return _date(value)
    if field.type in ("code", "division_code"):
        return _code(value, field)
    return show(value).strip(), None


def _number(value: Any, field: Field, text_file: bool) -> tuple[float | None, Finding | None]:
    kind = "非负整数" if field.type == "count" else "非负数"
    note: Finding | None = None
    if isinstance(value, bool) or isinstance(value, date | datetime) or not isinstance(value, int | float | str):
        return None, Finding("wrong_type", show(value), kind, f"改填数字（单位：{field.unit or '个'}），不能是日期或是非值")
    if isinstance(value, str):
        text = value.strip().translate(FULL_WIDTH).replace(",", "")
        if text.lower() in ("nan", "inf", "-inf", "infinity", "-infinity"):
            return None, Finding("non_finite_value", value.strip(), kind, "填写实际数值；没有数据时留空")
        try:
            exact = Decimal(text)
        except InvalidOperation:
            return None, Finding("wrong_type", value.strip(), kind, "删去文字和单位，只填数字；没有数据时留空，不要填“无”")
        if not text_file:
            note = Finding("number_as_text", value.strip(), f"数值格式的{kind}", "已按数值读取；建议把单元格格式改为“数值”")
    else:
        if not math.isfinite(value):
            return None, Finding("non_finite_value", str(value), kind, "填写实际数值；没有数据时留空")
        exact = Decimal(repr(float(value)))
    exact *= Decimal(field.factor)
    if exact < 0:
        return None, Finding("negative_value", show(value), kind, "核对后改为不小于0的数")
    if field.type == "count" and exact != exact.to_integral_value():
        return None, Finding("wrong_type", show(value), kind, "人数、间数、台数等必须是整数，核对后改正")
    return float(exact), note


def _year(value: Any) -> tuple[int | None, Finding | None]:
    text = show(value).strip().translate(FULL_WIDTH)
    match = SCHOOL_YEAR.fullmatch(text)
    if match:
        start, end = int(match[1]), match[2]
        if 1950 <= start <= 2100 and (end is None or int(end) % 100 == (start + 1) % 100):
            return start, None
    return None, Finding("wrong_type", text, "四位年份，如2023", "填写学年开始的年份，如2023—2024学年填2023")


def _date(value: Any) -> tuple[str | None, Finding | None]:
    if isinstance(value, datetime):
        return value.date().isoformat(), None
    if isinstance(value, date):
        return value.isoformat(), None
    match = re.fullmatch(r"(\d{4})[-./年](\d{1,2})[-./月](\d{1,2})日?", show(value).strip())
    if match:
        try:
            return date(int(match[1]), int(match[2]), int(match[3])).isoformat(), None
        except ValueError:
            pass
    return None, Finding("wrong_type", show(value), "日期，如2018-09-30", "改为日期格式")


def _code(value: Any, field: Field) -> tuple[str | None, Finding | None]:
    if isinstance(value, str):
        text = value.strip().translate(FULL_WIDTH)
        if field.type == "division_code" and not re.fullmatch(r"\d{6}", text):
            code = "leading_zeros_lost" if re.fullmatch(r"\d{1,5}", text) else "unknown_code"
            return None, Finding(code, text, "六位数字的行政区划代码", "按文本格式补足六位，如“010203”")
        return text, None
    if isinstance(value, float) and value.is_integer() and value > 0:
        text = str(int(value))
        if field.type == "division_code" and len(text) != 6:
            return None, Finding("leading_zeros_lost", text, "六位文本代码", "把单元格格式改为“文本”，补回前导零，如“010203”")
        return text, Finding("number_as_text", text, "文本格式的代码", "已按文本读取；请把单元格格式改为“文本”，以免丢失前导零")
    return None, Finding("wrong_type", show(value), "文本格式的代码", "把单元格格式改为“文本”后重新填写")
