"""The looks of the forms: one table of cell styles, shared by every sheet.

Failing cells are dark with white bold text; each table also says it in a word, so that a grey copy reads the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

FONT: Final = "宋体"
HEADING_FONT: Final = "黑体"
SIMULATED: Final = "模拟数据"
FORMULA_STARTS: Final = ("=", "+", "-", "@")

WHOLE: Final = "0"
WAN: Final = "0.00"
PERCENT_SHARE: Final = "0.0%"
DATE: Final = "yyyy-m-d"

_GRID: Final[Mapping[str, Any]] = {"border": 1, "valign": "vcenter", "font_size": 10}
_TEXT: Final[Mapping[str, Any]] = {**_GRID, "align": "left", "text_wrap": True}
_CENTRED: Final[Mapping[str, Any]] = {**_GRID, "align": "center", "text_wrap": True}

STYLES: Final[Mapping[str, Mapping[str, Any]]] = {
    "title": {"font_name": HEADING_FONT, "font_size": 16, "align": "center", "valign": "vcenter"},
    "cover_title": {
        "font_name": HEADING_FONT,
        "font_size": 24,
        "align": "center",
        "valign": "vcenter",
        "text_wrap": True,
    },
    "cover_mark": {
        "font_name": HEADING_FONT,
        "font_size": 16,
        "align": "center",
        "valign": "vcenter",
        "bold": True,
        "border": 2,
    },
    "cover_label": {"font_size": 13, "align": "distributed", "valign": "vcenter"},
    "cover_text": {
        "font_size": 13,
        "align": "left",
        "indent": 1,
        "valign": "vcenter",
        "text_wrap": True,
        "bottom": 1,
    },
    "cover_sign": {"font_size": 13, "align": "center", "valign": "vcenter"},
    "cover_line": {"font_size": 11, "align": "left", "indent": 1, "valign": "vcenter"},
    "caption": {"font_size": 10, "align": "left", "valign": "vcenter"},
    "caption_right": {"font_size": 10, "align": "right", "valign": "vcenter"},
    "note": {"font_size": 10, "align": "left", "valign": "top", "text_wrap": True},
    "sign": {"font_size": 11, "align": "left", "valign": "bottom"},
    "head": {**_CENTRED, "bold": True, "bg_color": "#E7E6E6"},
    "code": {**_CENTRED, "font_size": 9, "bg_color": "#F2F2F2"},
    "band": {**_TEXT, "bold": True, "bg_color": "#D9E2F3", "text_wrap": False},
    "label": {**_TEXT, "bold": True},
    "text": _TEXT,
    "centre": _CENTRED,
    "link": {**_TEXT, "underline": 1, "font_color": "#0563C1"},
    "number": {**_GRID, "align": "right"},
    "figure": {**_GRID, "align": "right", "text_wrap": True},
    "number_centre": {**_GRID, "align": "center"},
    "limit": {**_GRID, "align": "right", "italic": True, "bg_color": "#F2F2F2"},
    "limit_text": {**_TEXT, "italic": True, "bg_color": "#F2F2F2"},
    "fail": {**_GRID, "align": "right", "bg_color": "#404040", "font_color": "#FFFFFF", "bold": True},
    "fail_word": {**_CENTRED, "bg_color": "#404040", "font_color": "#FFFFFF", "bold": True},
    "tolerable": {**_GRID, "align": "right", "bg_color": "#7F7F7F", "font_color": "#FFFFFF", "bold": True},
    "unknown": {**_CENTRED, "bg_color": "#FFF2CC", "bold": True},
}
"""Style name → properties; a number format is added where a number is written."""

VALUE_STYLES: Final[Mapping[str, str]] = {
    "met": "number",
    "no_limit": "number",
    "tolerable": "tolerable",
    "not_met": "fail",
    "not_assessable": "unknown",
}
"""Style of a figure by its outcome."""

WORD_STYLES: Final[Mapping[str, str]] = {
    "met": "centre",
    "no_limit": "centre",
    "tolerable": "fail_word",
    "not_met": "fail_word",
    "not_assessable": "unknown",
}
"""Style of an outcome's word."""

OUTCOME_WORDS: Final[Mapping[str, str]] = {
    "met": "达标",
    "tolerable": "未达标",
    "not_met": "未达标",
    "not_assessable": "无法判定",
    "no_limit": "——",
}
DASH: Final = "——"
NOT_FILED: Final = "未填报"
UNKNOWN: Final = "无法判定"
CIRCLED: Final = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"


def amount_format(value: float, unit: str = "") -> str:
    """Format of an amount: whole numbers without decimals (``#.##`` would print their point), others with two.

    >>> amount_format(17050.0, "平方米"), amount_format(12.5)
    ('#,##0"平方米"', '#,##0.00')
    """
    return ("#,##0" if float(value).is_integer() else "#,##0.00") + (f'"{unit}"' if unit else "")


def decimals(places: int) -> str:
    """Number format with so many decimals.

    >>> decimals(0), decimals(3)
    ('0', '0.000')
    """
    return "0" if places == 0 else "0." + "0" * places
