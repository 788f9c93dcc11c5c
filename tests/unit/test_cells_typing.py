"""One cell at a time: what is read, what is noted, what is refused, and with which words."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from datetime import date, datetime, time
from typing import Any

import pytest

from balance_analysis.workbook.cells import clean, is_blank, parse_cell, show
from balance_analysis.workbook.layouts import Field
from balance_analysis.workbook.xlsx_cells import BadCell

COUNT = Field("pupils", "学生数", "count", "学生数", unit="人")
QUANTITY = Field("area", "面积", "quantity", "建筑面积", unit="平方米")
YUAN_TO_WAN = Field("value", "设备值", "quantity", "设备值", unit="元", factor="0.0001")
YEAR = Field("school_year", "学年", "year", "学年开始的年份")
BUILT = Field("built_year", "建成年份", "year", "学校建成的年份")
CHOICE = Field("type", "类型", "choice", "类型", choices="type")
BOOLEAN = Field("boarding", "是否寄宿制", "boolean", "是否寄宿")
DATE = Field("deadline", "完成时限", "date", "期限")
CODE = Field("school_code", "学校标识码", "code", "标识码", width=10)
DIVISION = Field(
    "division_code", "行政区划代码", "division_code", "六位代码", pattern="[0-9]{6}", pattern_words="六位数字"
)
TEXT = Field("name", "学校名称", "text", "名称")
CHOICES = {"小学": "primary_school", "121": "121"}


def read(value: Any, field: Field, *, text_file: bool = False) -> tuple[Any, str]:
    result, finding = parse_cell(value, field, CHOICES, text_file=text_file)
    return result, finding.code if finding else ""


@pytest.mark.parametrize(
    ("value", "field", "expected"),
    [
        (480.0, COUNT, 480.0),
        (480, COUNT, 480.0),
        (0.0, COUNT, 0.0),
        (-0.0, COUNT, 0.0),
        (3000.55, QUANTITY, 3000.55),
        (12345.0, YUAN_TO_WAN, 1.2345),
        (2017.0, YEAR, 2017),
        ("２０１７／18", YEAR, None),  # the full-width slash is no separator
        (1902.0, BUILT, 1902),
        (121.0, CHOICE, "121"),
        ("是", BOOLEAN, True),
        ("否", BOOLEAN, False),
        (False, BOOLEAN, False),
        (date(2018, 9, 30), DATE, "2018-09-30"),
        (datetime(2018, 9, 30, 8), DATE, "2018-09-30"),
        ("0012345678", CODE, "0012345678"),
        ("S-01甲", CODE, "S-01甲"),
        ("010203", DIVISION, "010203"),
        (3.0, TEXT, "3"),
    ],
)
def test_what_is_right_is_read_as_it_is(value: Any, field: Field, expected: Any) -> None:
    result, code = read(value, field)
    assert result == expected
    assert code == ("" if expected is not None else "wrong_type")
    assert not (isinstance(result, float) and math.copysign(1, result) < 0)


@pytest.mark.parametrize(
    ("value", "field", "expected", "code"),
    [
        ("2017-2018学年", YEAR, 2017, "value_rewritten"),
        ("2017—2018 学年度", YEAR, 2017, "value_rewritten"),
        ("2017/18", YEAR, 2017, "value_rewritten"),
        ("1999-00", YEAR, 1999, "value_rewritten"),
        ("2017学年", YEAR, 2017, "value_rewritten"),
        (" 小学　", CHOICE, "primary_school", "value_rewritten"),
        ("１２１", CHOICE, "121", "value_rewritten"),
        ("2018年9月30日", DATE, "2018-09-30", "value_rewritten"),
        ("\u200b0012345678 ", CODE, "0012345678", "text_cleaned"),
        ("０１０２０３", DIVISION, "010203", "value_rewritten"),
        ("第一\u202e小学", TEXT, "第一小学", "text_cleaned"),
        ("第一\n小学\x07", TEXT, "第一 小学", "text_cleaned"),
    ],
)
def test_what_is_written_otherwise_is_read_and_said(
    value: Any, field: Field, expected: Any, code: str
) -> None:
    assert read(value, field) == (expected, code)
    assert read(expected if field is not CHOICE else "121", field)[1] == ""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("480", 480.0), (" 480 ", 480.0), ("1,234", 1234.0), ("1,234,567", 1234567.0), ("１２３４", 1234.0),
        ("１，２３４", 1234.0), ("480.0", 480.0), ("4.8e2", 480.0), ("+5", 5.0),
    ],
)  # fmt: skip
def test_a_number_stored_as_text_is_read_and_noted_in_a_workbook_and_read_in_a_csv(
    text: str, expected: float
) -> None:
    assert read(text, COUNT) == (expected, "number_as_text")
    plain = re.fullmatch(r"[0-9]+(\.[0-9]+)?", text)
    assert read(text, COUNT, text_file=True) == (expected, "" if plain else "value_rewritten")


@pytest.mark.parametrize(
    ("text", "expected", "code"),
    [
        ("0012", 12.0, "padded_number"),
        ("0", 0.0, ""),
        ("0.5", 0.5, ""),
        ("00.5", 0.5, "padded_number"),
        ("1.00000000000000000", 1.0, ""),  # eighteen digits that say no more than one does
        ("0.30000000000000004", 0.30000000000000004, ""),  # what 0.1 + 0.2 is written as
        ("0.123456789012345678", 0.12345678901234568, "rounded_number"),
        ("1e-400", None, "wrong_type"),
        ("1e-300", 1e-300, "value_rewritten"),
        ("1000", 1000.0, ""),
        ("1000.1", None, "impossible_value"),
        ("1e300", None, "impossible_value"),
        ("9" * 5000, None, "impossible_value"),
    ],
)
def test_a_number_is_held_as_filed_or_said(text: str, expected: float | None, code: str) -> None:
    bounded = replace(QUANTITY, largest="1000")
    assert read(text, bounded, text_file=True) == (expected, code)
    assert read(BadCell("digits", text), bounded) == (expected, code)
    assert read("1e300", QUANTITY, text_file=True)[0] == 1e300  # what is refused is refused by the bound


@pytest.mark.parametrize(
    ("stored", "field", "expected", "found"),
    [
        ("0.95", QUANTITY, None, "95%（存放的是0.95）"),
        ("1", COUNT, None, "100%（存放的是1）"),
        ("0.5", replace(QUANTITY, unit=""), 0.5, "50%（存放的是0.5）"),
    ],
)
def test_a_percentage_is_never_taken_for_a_figure_with_a_unit(
    stored: str, field: Field, expected: float | None, found: str
) -> None:
    value, finding = parse_cell(BadCell("percent", stored), field, {}, text_file=False)
    assert (value, finding and (finding.code, finding.found)) == (expected, ("percent", found))


@pytest.mark.parametrize(
    "text",
    [
        "无",
        "—",
        "约480",
        "480人",
        "12,5",
        "1,2,3",
        "1_000",
        "12 5",
        "85%",
        "0x10",
        "4 80",
        "、",
        "1e",
        "sNaN",
    ],
)
def test_text_in_a_number_is_refused_and_never_guessed(text: str) -> None:
    value, finding = parse_cell(text, QUANTITY, {}, text_file=True)
    assert value is None
    assert finding is not None
    assert (finding.code, finding.found, finding.expected) == ("wrong_type", text, "非负数")
    assert "只填数字" in finding.remedy
    assert "没有数据时留空" in finding.remedy


@pytest.mark.parametrize(
    ("value", "field", "code", "found"),
    [
        (12.5, COUNT, "wrong_type", "12.5"),
        ("12.5", COUNT, "wrong_type", "12.5"),
        (date(2018, 9, 1), COUNT, "wrong_type", "2018-09-01（日期或时间）"),
        (datetime(2018, 9, 1), QUANTITY, "wrong_type", "2018-09-01（日期或时间）"),
        (time(8, 30), QUANTITY, "wrong_type", "08:30:00（日期或时间）"),
        (True, COUNT, "wrong_type", "TRUE（是非值）"),
        (-1.0, COUNT, "negative_value", "-1"),
        ("－1", COUNT, "negative_value", "－1"),
        (-0.5, QUANTITY, "negative_value", "-0.5"),
        (math.inf, COUNT, "non_finite_value", "inf"),
        (math.nan, QUANTITY, "non_finite_value", "nan"),
        ("NaN", QUANTITY, "non_finite_value", "NaN"),
        ("-Infinity", QUANTITY, "non_finite_value", "-Infinity"),
        ("1e999", QUANTITY, "non_finite_value", "1e999"),
        (BadCell("error", "#DIV/0!"), QUANTITY, "non_finite_value", "#DIV/0!"),
        (BadCell("error", "#N/A"), TEXT, "wrong_type", "#N/A"),
        (BadCell("formula", "公式"), QUANTITY, "formula_without_value", "公式"),
        ("初级小学", CHOICE, "unknown_code", "初级小学"),
        (110.0, CHOICE, "unknown_code", "110"),
        ("有", BOOLEAN, "unknown_code", "有"),
        (1.0, BOOLEAN, "unknown_code", "1"),
        ("2017-2019", YEAR, "wrong_type", "2017-2019"),
        (2017.5, YEAR, "wrong_type", "2017.5"),
        (17.0, YEAR, "wrong_type", "17"),
        (datetime(2017, 9, 1), YEAR, "wrong_type", "2017-09-01"),
        ("2018-13-01", DATE, "wrong_type", "2018-13-01"),
        (10203.0, DIVISION, "leading_zeros_lost", "10203"),
        ("10203", DIVISION, "leading_zeros_lost", "10203"),
        (1010203.0, DIVISION, "malformed_division_code", "1010203"),
        ("某县", DIVISION, "malformed_division_code", "某县"),
        ("3703\n21", DIVISION, "malformed_division_code", "3703\\n21"),
        ("2.13704E+09", CODE, "wrong_type", "2.13704E+09"),
        (1234.5, CODE, "wrong_type", "1234.5"),
        (1234567890123456789.0, CODE, "wrong_type", "1.2345678901234568e+18"),
    ],
)
def test_what_is_wrong_is_refused_with_what_stood_there(
    value: Any, field: Field, code: str, found: str
) -> None:
    result, finding = parse_cell(value, field, CHOICES, text_file=False)
    assert result is None
    assert finding is not None
    assert (finding.code, finding.found) == (code, found)
    assert finding.expected
    assert finding.remedy


def test_a_code_stored_as_a_number_is_read_and_noted() -> None:
    assert read(2137039001.0, CODE) == ("2137039001", "number_as_text")
    assert read(370321.0, DIVISION) == ("370321", "number_as_text")


def test_the_sentence_on_a_wrong_year_is_that_of_its_own_field() -> None:
    _, finding = parse_cell("民国", BUILT, {}, text_file=False)
    assert finding is not None
    assert finding.expected == "四位年份（学校建成的年份）"


def test_a_wrong_choice_lists_the_allowed_ones() -> None:
    _, finding = parse_cell("中学", CHOICE, CHOICES, text_file=False)
    assert finding is not None
    assert finding.expected == "小学、121"


@pytest.mark.parametrize("value", [None, "", " ", "\u3000", "\xa0", "\u200b", "\n"])
def test_white_space_of_any_kind_is_blank(value: Any) -> None:
    assert is_blank(value)


@pytest.mark.parametrize("value", [0, 0.0, False, "0", BadCell("error", "#N/A")])
def test_zero_false_and_errors_are_not_blank(value: Any) -> None:
    assert not is_blank(value)


def test_cells_are_shown_as_excel_shows_them() -> None:
    shown = [
        show(value) for value in (480.0, 480.25, True, date(2018, 9, 1), datetime(2018, 9, 1, 8, 30), "　甲 ")
    ]
    assert shown == ["480", "480.25", "TRUE", "2018-09-01", "2018-09-01 08:30:00", "甲"]
    assert clean("甲\u200b乙") == "甲乙"
    assert clean("甲\U00031350乙") == "甲\U00031350乙"  # extension H, younger than the tables of Python 3.11
