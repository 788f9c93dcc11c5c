"""One cell to one typed value: every way a cell can be wrong has its own code."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from balance_analysis.workbook.layouts import MEASURED_TYPES, NUMBER_TYPES, Field
from balance_analysis.workbook.xlsx_cells import BadCell

BOOLEANS = {"是": True, "否": False}
FULL_WIDTH = str.maketrans("０１２３４５６７８９．－＋，", "0123456789.-+,")
NUMBER = re.compile(
    r"[-+]?(?:[0-9]+|[0-9]{1,3}(?:,[0-9]{3})+)(?:\.[0-9]*)?(?:[eE][-+]?[0-9]{1,4})?|[-+]?\.[0-9]+"
)
PLAIN_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)?")
LARGEST_FLOAT = Decimal("1e300")
NOT_FINITE = re.compile(r"[-+]?(?:nan|inf|infinity)", re.IGNORECASE)
DASHES = re.compile("[-—–－/／]+")
"""What published tables print where there is no figure."""
SCHOOL_YEAR = re.compile(r"([0-9]{4})(?:[-—–－~～至/]+([0-9]{2}|[0-9]{4}))?(?:学?年度?)?")
SCIENTIFIC = re.compile(r"[0-9]+\.[0-9]+|[0-9.]+[eE]\+?[0-9]+")
PLAIN_SIGN = re.compile("[ -~一-鿿、。！-～]")
"""ASCII, Chinese and full-width signs: what every terminal and the report's fonts can show as what it is."""
UNSEEN = frozenset(("Cc", "Cf", "Cs", "Cn", "Zl", "Zp"))
BREAKS: Mapping[str, str] = dict.fromkeys("\n\r\t\v\f\x85\u2028\u2029", " ")
"""Categories of characters that are not seen, and those among them that part words."""
RARE = re.compile("[\U00020000-\U0003fffd]")
"""The planes of the extensions B to H and of those to come."""
CODE_FIRST = re.compile(r"(?P<code>[0-9]{1,4})[-—–_.:、\s]*(?P<word>[^0-9\s].*)")
CODE_LAST = re.compile(r"(?P<word>[^0-9].*?)\s*\((?P<code>[0-9]{1,4})\)")
"""A code with its word, as exports write it."""
MALFORMED_CODE = "malformed_division_code"
DEVICES = frozenset(
    ["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"]
    + [f"{name}{digit}" for name in ("COM", "LPT") for digit in "0123456789¹²³"]
)
"""Names that are devices on Windows, whatever ending they have; no code and no file may have one."""
DOUBLE_DIGITS = 17
"""No program writes a double with more; what has more was never one."""
EXACT_DIGITS = 15
"""Excel keeps this many digits of a number; a longer code stored as a number has lost its end."""


@dataclass(frozen=True)
class Finding:
    """Why a cell was refused (or merely noted): code, what stood there, what should."""

    code: str
    found: str
    expected: str
    remedy: str


def is_blank(value: Any) -> bool:
    """Empty, or nothing but white space (also the full-width and zero-width kinds)."""
    return value is None or (isinstance(value, str) and not clean(value))


def clean(text: str) -> str:
    r"""Text as it is meant to be seen: line breaks are blanks, unseen signs go, white space around it too.

    Unseen are control characters, direction marks, joiners, byte-order marks and halves of a pair of surrogates. Signs
    of private use stay: they stand for a character of a name that some font had. So do the planes of rare Chinese
    characters, some of which are younger than the tables of this Python.

    >>> clean("\u3000第一\u202e小学\u200b ")
    '第一小学'
    >>> clean("第一\n小学")
    '第一 小学'
    """
    if text.isprintable() and text.isascii():
        return text.strip()
    return "".join(
        sign if unicodedata.category(sign) not in UNSEEN or RARE.fullmatch(sign) else BREAKS.get(sign, "")
        for sign in text
    ).strip()


def legible(text: str, longest: int = 40) -> str:
    r"""A text that can be shown anywhere: signs that are unseen or of other scripts are spelt out, a long one is cut.

    >>> legible("3703\n21\u202e")
    '3703\\n21\\u202e'
    """
    plain = "".join(
        sign if PLAIN_SIGN.fullmatch(sign) else sign.encode("unicode_escape").decode("ascii")
        for sign in text[: longest + 1]
    )
    return plain if len(plain) <= longest else f"{plain[:longest]}…"


def show(value: Any) -> str:
    """A cell as the person who filed it sees it.

    >>> show(480.0), show(True), show(date(2018, 9, 1))
    ('480', 'TRUE', '2018-09-01')
    """
    if isinstance(value, BadCell):
        return value.text
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float) and value.is_integer() and abs(value) < 10**EXACT_DIGITS:
        return str(int(value))
    if isinstance(value, datetime) and value.time() == time(0):
        return value.date().isoformat()
    return clean(str(value))


def brief(value: Any, longest: int = 60) -> str:
    """A cell as a message shows it: as the person who filed it sees it, but not at any length."""
    text = show(value)
    return text if len(text) <= longest else f"{text[:longest]}…"


def parse_cell(
    value: Any, field: Field, choices: dict[str, str], *, text_file: bool
) -> tuple[Any, Finding | None]:
    """Type one non-blank cell.

    Returns the value (None when refused) and what is to be said about it. ``text_file`` is true
    for CSV, where every number is text by nature and needs no note.
    """
    if isinstance(value, BadCell):
        if value.kind == PERCENT:
            return _percent(value, field, choices)
        if value.kind == SCALED:
            return _scaled(value, field, choices)
        if value.kind != "digits":
            return None, _bad(value, field)
        value = value.text if field.type in MEASURED_TYPES else float(value.text)
        text_file = True
    if field.type in NUMBER_TYPES:
        return _number(value, field, text_file)
    if field.type == "printed":
        return _printed(value, field)
    if field.type == "year":
        return _rewritten(value, *_year(value, field))
    if field.type == "choice":
        text = show(value).translate(FULL_WIDTH)
        if text in choices:
            return choices[text], _rewriting(value, text)
        word = code_and_word(text, choices)
        if word:
            return choices[word], _as_word(value, word)
        return None, Finding(
            "unknown_code", brief(value), "、".join(choices), "改为允许的代码之一（可用下拉列表选择）"
        )
    if field.type == "boolean":
        if isinstance(value, bool):
            return value, None
        text = show(value)
        words = {**BOOLEANS, **{word: meaning == "true" for word, meaning in choices.items()}}
        word = text if text in words else code_and_word(text, words)
        if word:
            return words[word], None if word == text else _as_word(value, word)
        return None, Finding("unknown_code", brief(text), "、".join(words), "改为“是”或“否”")
    if field.type == "date":
        return _rewritten(value, *_date(value))
    if field.type in ("code", "division_code"):
        return _code(value, field, text_file)
    text = show(value)
    return text or None, _rewriting(value, text)


def code_and_word(text: str, known: Mapping[str, Any]) -> str:
    """The word of a code written with its word (211-小学, 小学(211)); empty unless the word is known and the code agrees.

    >>> code_and_word("211-小学", {"211": "primary", "小学": "primary"}), code_and_word("211-初中", {"211": 1, "初中": 2})
    ('小学', '')
    """
    plain = unicodedata.normalize("NFKC", text)
    found = CODE_FIRST.fullmatch(plain) or CODE_LAST.fullmatch(plain)
    if found is None or found["word"] not in known:
        return ""
    word = found["word"]
    return word if known.get(found["code"], known[word]) == known[word] else ""


def _as_word(value: Any, word: str) -> Finding:
    return Finding("value_rewritten", brief(value), word, f"已读作“{word}”，无须更正")


def _rewriting(value: Any, text: str) -> Finding | None:
    """What is to be said where a text was not taken letter for letter."""
    if not isinstance(value, str) or value == text:
        return None
    if value.translate(FULL_WIDTH).strip() == text and clean(value) == value.strip():
        return Finding("value_rewritten", brief(value), text, f"已读作“{text}”，无须更正；建议改为这种写法")
    remedy = f"已读作“{legible(text)}”；请删去首尾空白、换行和看不见的符号"
    return Finding("text_cleaned", legible(value), "没有首尾空白和看不见的符号的文字", remedy)


def _rewritten(value: Any, found: Any, finding: Finding | None) -> tuple[Any, Finding | None]:
    """A year or date that was written in another form than the one it is kept in."""
    if finding is None and isinstance(value, str) and value != str(found):
        return found, Finding(
            "value_rewritten", value, str(found), f"已读作“{found}”，无须更正；建议改为这种写法"
        )
    return found, finding


def _percent(cell: BadCell, field: Field, choices: dict[str, str]) -> tuple[Any, Finding | None]:
    """A number shown as a percentage: what has a unit means a hundred times what is stored, a rate means what is stored."""
    number = float(cell.text)
    if field.type not in MEASURED_TYPES:
        return parse_cell(number, field, choices, text_file=True)
    value, refusal = (
        _printed(number, field) if field.type == "printed" else _number(number, field, text_file=True)
    )
    if refusal is not None and refusal.code != "wrong_type":
        return value, refusal
    shown = f"{Decimal(cell.text) * 100:f}"
    found = f"{shown.rstrip('0').rstrip('.') if '.' in shown else shown}%（存放的是{cell.text}）"
    if field.unit or refusal is not None:
        remedy = "把单元格格式改为“常规”，再核对数值"
        return None, Finding(
            PERCENT, found, f"不带百分号的{_kind(field)}（单位：{field.unit or '个'}）", remedy
        )
    return value, Finding(
        PERCENT, found, "小数形式，如0.95", f"已读作{cell.text}；核对数值，并把单元格格式改为“常规”"
    )


def _scaled(cell: BadCell, field: Field, choices: dict[str, str]) -> tuple[Any, Finding | None]:
    """A number that a format shows otherwise or hides: what is stored counts."""
    found, finding = parse_cell(float(cell.text), field, choices, text_file=True)
    if finding is not None or field.type not in NUMBER_TYPES:
        return found, finding
    unit = f"（单位：{field.unit}）" if field.unit else ""
    return found, Finding(
        SCALED, f"存放的是{cell.text}，显示的与此不同", f"显示的就是填报的{_kind(field)}{unit}",
        f"已读作{cell.text}；核对单位，并把单元格格式改为“常规”",
    )  # fmt: skip


def _bad(cell: BadCell, field: Field) -> Finding:
    kind = _kind(field) if field.type in NUMBER_TYPES else field.help
    if cell.kind == "formula":
        return Finding(
            "formula_without_value", cell.text, kind, "用Excel打开文件、保存一次再提交，或把公式改为数值"
        )
    if field.type in NUMBER_TYPES:
        return Finding("non_finite_value", cell.text, kind, "改正公式或直接填写数值；没有数据时留空")
    return Finding("wrong_type", cell.text, kind, "改正公式，或直接填写内容")


PERCENT, SCALED = "percent", "scaled"


def _kind(field: Field) -> str:
    return "非负整数" if field.type == "count" else "非负数"


def _number(value: Any, field: Field, text_file: bool) -> tuple[float | None, Finding | None]:
    kind = _kind(field)
    note: Finding | None = None
    if isinstance(value, bool | date | datetime | time | timedelta) or not isinstance(
        value, int | float | str
    ):
        remedy = f"改填数字（单位：{field.unit or '个'}），并把单元格格式改为“数值”"
        found = f"{show(value)}（{'是非值' if isinstance(value, bool) else '日期或时间'}）"
        return None, Finding("wrong_type", found, kind, remedy)
    if isinstance(value, str):
        text = clean(value).translate(FULL_WIDTH)
        if NOT_FINITE.fullmatch(text):
            return None, Finding("non_finite_value", brief(value), kind, "填写实际数值；没有数据时留空")
        if not NUMBER.fullmatch(text):
            remedy = "删去文字、单位和符号，只填数字；没有数据时留空，不要填“无”“—”"
            return None, Finding("wrong_type", brief(value), kind, remedy)
        filed = Decimal(text.replace(",", ""))
        note = _number_note(value, text, filed, kind, text_file)
    else:
        if not math.isfinite(value):
            return None, Finding("non_finite_value", str(value), kind, "填写实际数值；没有数据时留空")
        filed = Decimal(repr(value))
    exact = filed * Decimal(field.factor)
    result = float(exact)
    if exact < 0:
        return None, Finding("negative_value", brief(value), kind, "核对后改为不小于0的数")
    if field.largest and exact > Decimal(field.largest):
        largest = f"不大于{Decimal(field.largest):,f}{field.unit}（任何学校或区县都不会超过）"
        return None, Finding("impossible_value", brief(value), largest, "核对数值和单位后改正")
    if not math.isfinite(result):
        return None, Finding("non_finite_value", brief(value), kind, "填写实际数值；没有数据时留空")
    if exact and not result:
        remedy = "数值过小，程序只能记作0；核对后改正"
        return None, Finding("wrong_type", brief(value), kind, remedy)
    if field.type == "count" and exact != exact.to_integral_value():
        unit = f"（单位：{field.unit}）" if field.unit else ""
        return None, Finding("wrong_type", brief(value), kind, f"本列必须是整数{unit}，核对后改正")
    return abs(result), note


def _number_note(value: str, text: str, filed: Decimal, kind: str, text_file: bool) -> Finding | None:
    """What is to be said of a number that is written as a text; the most serious first."""
    digits = text.lstrip("+-").partition(".")[0]
    held = Decimal(repr(float(filed))) if abs(filed) < LARGEST_FLOAT else filed
    significant = "".join(map(str, filed.as_tuple().digits)).rstrip("0")
    if filed != held and len(significant) > DOUBLE_DIGITS:
        remedy = f"已读作最接近的{held}；核对后只保留有意义的位数"
        return Finding("rounded_number", brief(value), f"至多{DOUBLE_DIGITS}位有效数字", remedy)
    if len(digits) > 1 and digits.startswith("0"):
        remedy = f"已读作{held:f}；如误填了代码，请改正"
        return Finding("padded_number", brief(value), f"不以0开头的{kind}", remedy)
    if not text_file:
        remedy = "已按数值读取；建议把单元格格式改为“数值”"
        return Finding("number_as_text", brief(value), f"数值格式的{kind}", remedy)
    if not PLAIN_NUMBER.fullmatch(value):
        return Finding(
            "value_rewritten", brief(value), f"{held:f}", "已按数值读取；建议改为不带逗号、空格的半角数字"
        )
    return None


def _printed(value: Any, field: Field) -> tuple[str | None, Finding | None]:
    """A published decimal with every digit that was printed, a closing zero included; a dash is a blank."""
    if isinstance(value, str) and DASHES.fullmatch(clean(value)):
        return None, None
    found, finding = _number(value, field, text_file=True)
    if found is None:
        return None, finding
    text = clean(value).translate(FULL_WIDTH).replace(",", "") if isinstance(value, str) else show(value)
    return (
        f"{abs(Decimal(text)):f}",
        finding if finding is not None and finding.code == "padded_number" else None,
    )


def _year(value: Any, field: Field) -> tuple[int | None, Finding | None]:
    text = "".join(show(value).translate(FULL_WIDTH).split())
    match = SCHOOL_YEAR.fullmatch(text)
    if match:
        start, end = int(match[1]), match[2]
        follows = end is None or int(end) == (start + 1 if len(end) == 4 else (start + 1) % 100)
        if 1900 <= start <= 2100 and follows:
            return start, None
    return None, Finding(
        "wrong_type", brief(value), f"四位年份（{field.help}）", "改填四位数字的年份，如2023"
    )


def _date(value: Any) -> tuple[str | None, Finding | None]:
    if isinstance(value, datetime):
        return value.date().isoformat(), None
    if isinstance(value, date):
        return value.isoformat(), None
    match = re.fullmatch(
        r"([0-9]{4})[-./年]([0-9]{1,2})[-./月]([0-9]{1,2})日?", show(value).translate(FULL_WIDTH)
    )
    if match:
        try:
            return date(int(match[1]), int(match[2]), int(match[3])).isoformat(), None
        except ValueError:
            pass
    return None, Finding("wrong_type", brief(value), "日期，如2018-09-30", "改为日期格式")


def _code(value: Any, field: Field, text_file: bool) -> tuple[str | None, Finding | None]:
    expected = f"{field.pattern_words}的行政区划代码（文本）" if field.pattern else "文本格式的代码"
    if isinstance(value, str):
        # a county's code becomes part of file names: unseen signs in it are not passed over
        text = (value.strip("\u200b\ufeff \t\r\n\u3000") if field.pattern else clean(value)).translate(
            FULL_WIDTH
        )
        if SCIENTIFIC.fullmatch(text):
            return None, Finding(
                "wrong_type", text, expected, "代码被当作数字存放过；把单元格格式改为“文本”后重新填写"
            )
        if not _follows_rule(text, field):
            if field.type == "division_code" and re.fullmatch("[0-9]{1,5}", text):
                return None, Finding("leading_zeros_lost", text, expected, "按文本格式补足六位，如“010203”")
            return None, _malformed(text, field, expected)
        return text, _rewriting(value, text)
    if (
        isinstance(value, int | float)
        and not isinstance(value, bool)
        and float(value).is_integer()
        and value > 0
    ):
        text = show(float(value))
        if value >= 10**EXACT_DIGITS:
            remedy = "超过15位的代码按数字存放会丢失尾数；把单元格格式改为“文本”后重新填写"
            return None, Finding("wrong_type", text, expected, remedy)
        if field.type == "division_code" and len(text) < 6:
            remedy = "把单元格格式改为“文本”，补回前导零，如“010203”"
            return None, Finding("leading_zeros_lost", text, expected, remedy)
        if not _follows_rule(text, field):
            return None, _malformed(text, field, expected)
        remedy = "已按文本读取；请把单元格格式改为“文本”，以免丢失前导零"
        return text, Finding("number_as_text", text, "文本格式的代码", remedy)
    return None, Finding("wrong_type", brief(value), expected, "把单元格格式改为“文本”后重新填写")


def _follows_rule(text: str, field: Field) -> bool:
    """Whether a code is as its layout wants it; every code is where the layout has no rule for the column."""
    return not field.pattern or (
        re.fullmatch(field.pattern, text) is not None and text.upper() not in DEVICES
    )


def _malformed(text: str, field: Field, expected: str) -> Finding:
    remedy = f"改为该区县的行政区划代码：{field.pattern_words}，不含其他符号"
    return Finding(MALFORMED_CODE, legible(text), expected, remedy)
