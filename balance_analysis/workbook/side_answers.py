"""Answers of side files applied to the rows they concern, what stays open, and a side file to fill in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from balance_analysis.errors import Issue, Place
from balance_analysis.terms import Severity
from balance_analysis.workbook.check_kit import text_or_blank
from balance_analysis.workbook.side_file import CONTEXT, KEYS, SideFile, SideRow, write_answers
from balance_analysis.workbook.tables import SchoolTables
from balance_analysis.workbook.workshop import Workshop, is_missing, shown

SIDE_HEADERS = (
    "区县名称", "学年", "行政区划代码", "学校标识码", "学校名称", "主校标识码", "主校名称", "城乡分类代码", "举办者类型",
    "小学在校生数", "初中在校生数", "高中在校生数",
)  # fmt: skip
SIDE_REMEDY = "写在与数据文件同一文件夹的“补充信息.csv”中"


def note_side(work: Workshop, side: SideFile) -> None:
    """Say that a side file was used."""
    found = f"{len(side.rows)}行"
    work.issues.append(
        Issue(
            "side_file_used", Severity.NOTE, Place(side.source.name), "", found, "补充信息表", "无需处理",
            "已读取补充信息表。",
        )
    )  # fmt: skip


def answer_context(work: Workshop, rows: Sequence[SideRow]) -> None:
    """County rows: year, code and name for all schools, or for those of the county that the row names."""
    positions: dict[str, list[int]] = {}
    for position, record in enumerate(work.records):
        positions.setdefault(text_or_blank(record["county"]), []).append(position)
    for row in rows:
        if row.about_school:
            continue
        county, code = row.text("county"), row.text("division_code")
        known = {name for name, found in positions.items() if name and found}
        if county and known and county not in known and "" not in positions:
            work.issues.append(unmatched(row, county, "数据中的区县名称：" + "、".join(sorted(known))))
            continue
        concerned: Sequence[int] = range(len(work.records))
        if county:
            concerned = positions[county] = sorted([*positions.get(county, ()), *positions.pop("", ())])
        for position in concerned:
            record = work.records[position]
            if not county and code and text_or_blank(record["division_code"]) not in ("", code):
                continue
            for name in row.values:
                _fill(work, record, row, name)


def answer_schools(work: Workshop, rows: Sequence[SideRow]) -> None:
    """School rows: matched by code, or by exact name, within the county and year that the row names."""
    positions: dict[tuple[str, str], list[int]] = {}
    for position, record in enumerate(work.records):
        for name in KEYS:
            positions.setdefault((name, text_or_blank(record[name])), []).append(position)
    for row in rows:
        if not row.about_school:
            continue
        keys = [(name, row.text(name)) for name in KEYS if row.text(name)]
        near = sorted({position for key in keys for position in positions.get(key, ())})
        concerned = [position for position in near if _concerns(row, work.records[position])]
        found = [work.records[position] for position in concerned]
        name = row.text("school_code") or row.text("school_name")
        if not found:
            work.issues.append(unmatched(row, name, "数据中有的学校标识码或学校全称"))
            continue
        places = {(record["division_code"], record["county"]) for record in found}
        if len(places) > 1:
            counties = "、".join(sorted(str(county) for _, county in places))
            work.issues.append(
                unmatched(row, f"{name}（{counties}都有）", "只对应一个区县的学校；请填写区县名称")
            )
            continue
        for record in found:
            for name in row.values:
                if name not in (*KEYS, *CONTEXT) or is_missing(record.get(name)):
                    _fill(work, record, row, name)
        for key in keys:
            positions.setdefault(key, []).extend(concerned)


def _concerns(row: SideRow, record: Mapping[str, Any]) -> bool:
    code, name = row.text("school_code"), row.text("school_name")
    own_code, own_name = text_or_blank(record["school_code"]), text_or_blank(record["school_name"])
    same = code == own_code if code and own_code else bool(name) and name == own_name
    return same and all(
        name not in row.values or is_missing(record[name]) or record[name] == row.values[name]
        for name in CONTEXT
    )


def _fill(work: Workshop, record: dict[str, Any], row: SideRow, name: str) -> None:
    value, (cell, header) = row.values[name], row.cells[name]
    place = Place(row.place.file, row.place.sheet, cell)
    filed = record.get(name)
    if is_missing(filed):
        record[name] = value
        work.move(record, name, place, header)
        if name == "sponsor_type":
            record["sponsor"] = "non_government" if value == "10" else "public"
    elif filed != value:
        work.issue(
            "side_contradiction", Severity.HARD, record, name, found=f"{shown(filed)}；{place}为{shown(value)}",
            expected="补充信息表与数据文件一致", remedy="改正其中一处；补充信息表只补空白，不改动已填的数",
            message="补充信息表与数据文件不一致。",
        )  # fmt: skip


def unmatched(row: SideRow, found: str, expected: str) -> Issue:
    """The hard issue for an answer that concerns no row."""
    return Issue(
        "side_row_unmatched", Severity.HARD, row.place, "", found, expected, "改正名称或代码（须与数据完全相同），或删去这一行",
        "补充信息表的一行没有对应的数据。",
    )  # fmt: skip


def missing_context(work: Workshop) -> None:
    """One issue for each of year, code and name that nothing gives: per file, or per county for the code of a county.

    A county without a code stops nobody else as long as its name stands in every row: its issue bears the code that its
    name has in other rows, or the name itself (:func:`stand_in_codes`).
    """
    words = {
        "school_year": ("学年", "标题或文件名中的“2023/2024学年”，或“学年”列", "school_year_unknown"),
        "division_code": ("行政区划代码", "六位行政区划代码", "division_code_unknown"),
        "county": ("区县名称", "“统计三级”列，或标题中的“区县名称（六位代码）”", "county_unknown"),
    }
    for name, (header, expected, code) in words.items():
        lacking: dict[tuple[str, str, str], list[dict[str, Any]]] = {}
        for record in work.records:
            if is_missing(record[name]):
                county = text_or_blank(record["county"]) if name == "division_code" else ""
                place = ("", "") if county else (record["source_file"], record["source_sheet"])
                lacking.setdefault((*place, county), []).append(record)
        for (_, _, county), records in lacking.items():
            first, about = records[0], f"（{county}）" if county else ""
            places = list(dict.fromkeys(f"{one['source_file']} {one['source_sheet']}" for one in records))
            found = f"表中、标题和文件名都没有{header}{about}"
            if len(places) > 1:
                found += f"：{'、'.join(places)}，共{len(records)}行"
            work.issues.append(
                Issue(
                    code, Severity.HARD, Place(first["source_file"], first["source_sheet"]), header, found, expected,
                    f"{SIDE_REMEDY}：第一行写表头“区县名称,学年,行政区划代码”，第二行写相应内容", f"不知道{header}。",
                    division_code=_whom(work, county) if county else "",
                )
            )  # fmt: skip


def _whom(work: Workshop, county: str) -> str:
    """Whom a county's lacking code stops: the code of its other rows, the name alone beside other counties, else the file."""
    codes = {record["division_code"] for record in work.records if record["county"] == county}
    codes.discard(None)
    known = {code for code in codes if isinstance(code, str)}
    if len(known) == 1:
        return known.pop()
    others = any(text_or_blank(record["county"]) not in ("", county) for record in work.records)
    return county if others and not known else ""


def stand_in_codes(work: Workshop) -> None:
    """Rows of a county without a code bear its name instead, so that it is listed, and stopped alone."""
    names = {
        issue.division_code
        for issue in work.issues
        if issue.code == "division_code_unknown" and not issue.division_code.isascii()
    }
    for record in work.records:
        if is_missing(record["division_code"]) and record["county"] in names:
            record["division_code"] = record["county"]


def side_template(tables: SchoolTables) -> str:
    """A side file with one row for everything that the tables leave open, ready to be filled in (CSV text).

    Empty text when nothing is open. Rows: one per county without year or code; one per campus without a main
    school; one per school of several stages that lacks a stage.
    """
    rows = list(_open_rows(tables))
    return write_answers(rows, SIDE_HEADERS) if rows else ""


def _open_rows(tables: SchoolTables) -> Iterator[dict[str, str]]:
    codes = {issue.code for issue in tables.issues}
    if codes & {"school_year_unknown", "division_code_unknown", "county_unknown"}:
        context = tables.schools[["school_year", "division_code", "county"]]
        stand_in = context["division_code"] == context["county"]
        open_counties = tables.schools[context.isna().any(axis=1) | stand_in.fillna(False)]
        names = open_counties["county"].map(text_or_blank)
        for county, of_county in open_counties.groupby(names, sort=False):
            years = sorted({int(year) for year in of_county["school_year"].dropna()})
            known = sorted({str(code) for code in of_county["division_code"].dropna()} - {str(county)})
            yield {
                "区县名称": str(county),
                "学年": str(years[0]) if len(years) == 1 else "",
                "行政区划代码": known[0] if len(known) == 1 else "",
            }
    first = tables.schools.drop_duplicates("school_code").set_index("school_code", drop=False)
    for issue in tables.issues:
        if (
            issue.code in ("campus_without_main_school", "stage_file_lacking")
            and issue.school_code in first.index
        ):
            row = first.loc[issue.school_code]
            answer = {
                "区县名称": text_or_blank(row["county"]),
                "学校名称": text_or_blank(row["school_name"]),
            }
            if row["school_code"] != row["school_name"]:
                answer["学校标识码"] = text_or_blank(row["school_code"])
            yield answer
