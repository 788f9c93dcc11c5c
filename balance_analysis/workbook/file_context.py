"""What a file says outside its columns: school year, county and division code in titles, stage in names.

Only statements that can mean one thing are read: two years that follow each other with 学年, a county with its
six-digit code in brackets, a labelled name. Nothing is derived from a school's own code, whose digits name
school kind and province, not the county.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from balance_analysis.errors import Issue, Place
from balance_analysis.terms import Severity
from balance_analysis.workbook.excel import Grid
from balance_analysis.workbook.grids import RawFile
from balance_analysis.workbook.header_paths import Header, clean_level
from balance_analysis.workbook.sheet_xml import column_letter

COUNTY = r"[一-鿿]{1,14}?(?:自治县|自治旗|县|区|市|旗)"
SCHOOL_YEAR = re.compile(r"(?<![0-9])((?:19|20)[0-9]{2})(?:[-/~至]((?:19|20)?[0-9]{2}))?学年")
COUNTY_WITH_CODE = re.compile(rf"({COUNTY})\(([0-9]{{6}})\)")
NO_COUNTY = re.compile(r".*(?:学年初?|年度?|情况|统计|数据|导出|名单|小学|初中|高中|中学|单位|各校|学校|表)")
"""What may stand before a county's name in a title without a blank between them."""
LABELLED_CODE = re.compile(r"行政区划代码[::]([0-9]{6})(?![0-9])")
LABELLED_COUNTY = re.compile(rf"(?:县\(市、区\)(?:名称)?|区县名称|区县|统计三级)[::]({COUNTY})(?![一-鿿])")
STAGE_WORDS = {"小学": "primary", "初中": "junior_secondary", "高中": "senior_secondary"}
STAGE_OF_WORD = {"初级中学": "初中", "高级中学": "高中"}


@dataclass(frozen=True)
class Statement:
    """A value and where it is said; ``cell`` is empty for a sheet's or a file's name."""

    value: str | int
    sheet: str
    cell: str
    text: str


Context = dict[str, Statement]
"""Field (school_year, division_code, county) → what the file says about all its rows."""


def read_context(raw: RawFile, grid: Grid, header: Header) -> tuple[Context, list[Issue]]:
    """School year, division code and county as the captions, the sheet's and the file's name give them.

    What is said twice in different ways is a hard issue and is not used.
    """
    said: dict[str, list[Statement]] = {}
    for sheet, cell, text in _texts(raw, grid, header):
        for name, value in _statements(text):
            said.setdefault(name, []).append(Statement(value, sheet, cell, text))
    context: Context = {}
    issues: list[Issue] = []
    for name, found in said.items():
        if len({statement.value for statement in found}) == 1:
            context[name] = found[0]
            continue
        first = found[0]
        label = {"school_year": "学年", "division_code": "行政区划代码", "county": "区县名称"}[name]
        places = "；".join(f"{item.value}（{item.cell or '名称'}：{item.text}）" for item in found)
        issues.append(
            Issue(
                "context_conflict",
                Severity.HARD,
                Place(raw.name, grid.name, first.cell),
                label,
                places,
                f"标题、工作表名和文件名中的{label}一致",
                "改正其中一处，或删去错误的一处",
                f"{label}前后矛盾。",
            )
        )
    return context, issues


def normal(text: str) -> str:
    """Half-width, without white space, every dash the same."""
    plain = unicodedata.normalize("NFKC", "".join(text.split()))
    return re.sub(r"[—–~～]+", "-", plain)


def _texts(raw: RawFile, grid: Grid, header: Header) -> Iterator[tuple[str, str, str]]:
    for row, column, text in header.texts:
        yield grid.name, f"{column_letter(column)}{row + 1}", normal(text)
    yield grid.name, "", normal(grid.name)
    yield "", "", normal(raw.name)


def _statements(text: str) -> Iterator[tuple[str, str | int]]:
    for found in SCHOOL_YEAR.finditer(text):
        start, end = int(found[1]), found[2]
        if end is None or int(end) == (start + 1 if len(end) == 4 else (start + 1) % 100):
            yield "school_year", start
    for found in COUNTY_WITH_CODE.finditer(text):
        yield "county", NO_COUNTY.sub("", found[1]) or found[1]
        yield "division_code", found[2]
    for found in LABELLED_CODE.finditer(text):
        yield "division_code", found[1]
    for found in LABELLED_COUNTY.finditer(text):
        yield "county", found[1]


def stages_named(text: str) -> set[str]:
    """The stages that a name or header speaks of; 中小学 speaks of none.

    >>> sorted(stages_named("2023学年初中校级数据")), stages_named("全县中小学")
    (['junior_secondary'], set())
    """
    plain = normal(text)
    for word, short in STAGE_OF_WORD.items():
        plain = plain.replace(word, short)
    plain = plain.replace("中小学", "")
    return {stage for word, stage in STAGE_WORDS.items() if word in plain}


def stage_of(raw: RawFile, grid: Grid, header: Header) -> tuple[str, list[Issue]]:
    """The stage that a statistics sheet is about, from its backbone-teacher column, names and titles.

    Each source that names exactly one stage has a say; two that disagree, or none at all, are a hard issue.
    """
    backbone = [path.levels[-1] for path in header.columns if "骨干教师(" in path.levels[-1]]
    titles = [text for _, _, text in header.texts if len(text) > 4 and not _is_level(text, header)]
    sources: Sequence[tuple[str, Iterable[str]]] = (
        ("表头", backbone),
        ("工作表名", [grid.name]),
        ("标题", titles),
        ("文件名", [raw.name.rpartition("/")[2]]),
    )
    votes = {}
    for name, texts in sources:
        named = {stage for text in texts for stage in stages_named(text)}
        if len(named) == 1:
            votes[name] = named.pop()
    stages = set(votes.values())
    if len(stages) == 1:
        return stages.pop(), []
    words = {stage: word for word, stage in STAGE_WORDS.items()}
    found = (
        "；".join(f"{name}：{words[stage]}" for name, stage in votes.items())
        or "表头、标题和名称中都没有学段"
    )
    issue = Issue(
        "stage_unknown", Severity.HARD, Place(raw.name, grid.name), "学段", found, "小学、初中、高中三者之一",
        "在文件名中写明学段，如“小学.xlsx”，并使表头、标题与之一致", "不知道这是哪个学段的导出表。",
    )  # fmt: skip
    return "", [issue]


def _is_level(text: str, header: Header) -> bool:
    """A column's own header text, not a title."""
    name = clean_level(text)[0]
    return any(name in path.levels for path in header.columns)
