"""Layouts are data, and the loader refuses data that is incomplete, unknown or contradictory."""

from __future__ import annotations

from pathlib import Path

import pytest

from balance_analysis.errors import BalanceAnalysisError
from balance_analysis.reporting.template_file import write_template
from balance_analysis.workbook.layouts import list_layouts, load_layout, own_fields

GOOD = """
id = "trial"
name = "试用版式"
kind = "csv"
source = "测试"
[severities]
zero_enrolment_with_numerator = "soft"
[division_code]
pattern = "[0-9]{6}"
words = "六位数字"
[stratification]
name = "地区"
field = "area"
reference = "near"
labels = { near = "近", far = "远" }
[choices.area]
"近" = "near"
"远" = "far"
[[sheet]]
table = "schools"
required = true
key = ["school_code"]
help = "每校一行"
constants = { school_type = "primary_school" }
[[sheet.field]]
name = "school_code"
header = "代码"
type = "code"
required = true
help = "代码"
[[sheet.field]]
name = "area"
header = "地区"
type = "choice"
choices = "area"
help = "地区"
"""


def load(folder: Path, text: str) -> object:
    (folder / "trial.toml").write_text(text, "utf-8")
    return load_layout("trial", folder=folder)


def test_a_good_layout_of_another_folder_loads(tmp_path: Path) -> None:
    (tmp_path / "trial.toml").write_text(GOOD, "utf-8")
    layout = load_layout("trial", folder=tmp_path)
    sheet = layout.sheet("schools")
    assert sheet is not None
    assert list(sheet.by_header()) == ["代码", "地区"]
    assert layout.sheet("tasks") is None
    assert dict(layout.severities) == {"zero_enrolment_with_numerator": "soft"}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            'source = "测试"',
            'source = "测试"\ncolour = "red"',
            "版式 trial：不认识的键“colour”；可用：blanks、choices",
        ),
        ('name = "试用版式"\n', "", "版式 trial：缺少“name”，请补上"),
        ('kind = "csv"', 'kind = "word"', "“kind”应为 excel、csv、any 之一，发现“word”"),
        ('id = "trial"', 'id = "other"', "文件名与 id other 不一致"),
        ('id = "trial"', 'id = "trial', "不是有效的 TOML"),
        (
            '= "soft"',
            '= "mild"',
            "[severities]：“zero_enrolment_with_numerator”应为 hard、soft、note 之一，发现“mild”",
        ),
        ('reference = "near"', 'reference = "middle"', "参照地区 middle 没有名称"),
        ('field = "area"', 'field = "zone"', "字段 zone 没有对应的列"),
        ("labels =", "titles =", "[stratification]：不认识的键“titles”"),
        (
            'table = "schools"',
            'table = "pupils"',
            "“table”应为 schools、counties、evidence、tasks、published、progress 之一，发现“pupils”",
        ),
        ("required = true\nkey", "required = false\nkey", "没有必需的工作表"),
        ('key = ["school_code"]', 'key = ["year"]', "主键字段 year 没有对应的列"),
        ('help = "每校一行"', 'help = "每校一行"\nunits = "个"', "[[sheet]] schools：不认识的键“units”"),
        ('type = "code"', 'type = "serial"', "[[field]] 代码：“type”应为 text、code、"),
        ('type = "code"', 'type = "code"\nlength = 3', "[[field]] 代码：不认识的键“length”"),
        ('type = "code"\n', "", "[[field]] 代码：缺少“type”，请补上"),
        ('type = "code"', 'type = "code"\nfactor = "0"', "“factor”应为正的数字文本，发现“0”"),
        ('type = "code"', 'type = "code"\nfactor = "ten"', "“factor”应为正的数字文本，发现“ten”"),
        ('type = "code"', 'type = "code"\npattern = ".*"', "不认识的键“pattern”"),
        ('[division_code]\npattern = "[0-9]{6}"\nwords = "六位数字"\n', "", "缺少“division_code”"),
        ('words = "六位数字"', "", "缺少“words”"),
        ('words = "六位数字"', 'words = " "', "“words”不能为空"),
        ('words = "六位数字"', 'words = "六位数字"\nlength = 6', "不认识的键“length”"),
        ('"[0-9]{6}"', '".*"', "“pattern”应为由"),
        ('"[0-9]{6}"', '"[0-9]+"', "“pattern”应为由"),
        ('"[0-9]{6}"', '"[0-9]{6}|.{3}"', "“pattern”应为由"),
        ('"[0-9]{6}"', '"[--0-9]{6}"', "“pattern”应为由"),
        ('"[0-9]{6}"', '"[0-9./]{6}"', "“pattern”应为由"),
        ('"[0-9]{6}"', '"[0-9]{1,41}"', "至多40位"),
        ('"[0-9]{6}"', '"[0-9]{21}[A-Z]{20}"', "至多40位"),
        ('"[0-9]{6}"', '"[0-9]{0}"', "“pattern”应为由"),
        ('"[0-9]{6}"', '"[]{6}"', "“pattern”应为由"),
        ('"[0-9]{6}"', "6", "“pattern”应为文本"),
        ('choices = "area"', 'choices = "zone"', "地区：没有选项表 zone"),
        ('header = "地区"', 'header = "代码"', "表头重复：代码"),
        ('name = "area"\nheader', 'name = "school_code"\nheader', "字段重复：school_code"),
    ],
)
def test_a_layout_with_one_fault_is_refused_and_the_fault_named(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    assert GOOD.count(old) >= 1
    with pytest.raises(BalanceAnalysisError, match="版式 trial") as caught:
        load(tmp_path, GOOD.replace(old, new, 1))
    assert said in str(caught.value)


def test_an_unknown_layout_names_the_known_ones() -> None:
    with pytest.raises(
        BalanceAnalysisError, match=r"没有版式 nowhere；可用：.*own_template.*taiwan_elementary"
    ):
        load_layout("nowhere")


def test_every_shipped_layout_loads_and_feeds_the_schools_or_the_published_figures() -> None:
    assert {"own_template", "taiwan_elementary", "published_coefficients"} <= set(list_layouts())
    without = [name for name in list_layouts() if load_layout(name).sheet("schools") is None]
    assert without == ["published_coefficients"]
    assert load_layout("published_coefficients").sheet("published") is not None


def test_a_layout_without_schools_needs_no_column_for_the_strata(tmp_path: Path) -> None:
    text = GOOD.replace('table = "schools"', 'table = "published"').replace(
        'field = "area"', 'field = "zone"'
    )
    assert load(tmp_path, text).sheet("schools") is None  # type: ignore[attr-defined]


def test_headers_hold_no_white_space_since_the_reader_ignores_it() -> None:
    for name in ("own_template", "taiwan_elementary"):
        for sheet in load_layout(name).sheets:
            assert [
                field.header for field in sheet.fields if field.header != "".join(field.header.split())
            ] == []


def test_own_fields_know_every_field_of_the_house_once_by_name(tmp_path: Path) -> None:
    fields = own_fields()
    assert fields["primary_enrolment"].header == "小学在校生数"
    assert fields["teaching_equipment_value_wan_cny"].unit == "万元"
    assert fields["school_code"].width == 10
    write_template(tmp_path / "表.xlsx", rows={"schools": [{"school_code": "0012345678"}]})
