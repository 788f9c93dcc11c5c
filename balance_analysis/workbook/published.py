"""Checks on published county tables (table Ⅲ): names, doubles, the composite beside its parts, and school records."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

from balance_analysis.errors import Issue
from balance_analysis.exact import as_filed, half_up_text, printed_reach
from balance_analysis.regimes.names import COMPOSITE_NAME, indicator_sets, known_indicators, plain_name
from balance_analysis.terms import COMPOSITE, Severity
from balance_analysis.workbook.check_kit import STAGE_LABELS, Check, groups, issue_at, text_or_blank
from balance_analysis.workbook.tables import SchoolTables

TABLE = "published"
DIFFERS = "published_differs"
MORE_DIGITS = 3
"""Decimals beyond the printed ones at which a computed figure is set beside a printed one."""


def unknown_indicators(tables: SchoolTables) -> Iterator[Issue]:
    """A row whose indicator no national regime has."""
    for index, name in tables.published["indicator"].dropna().items():
        if plain_name(str(name)) not in known_indicators():
            yield issue_at(
                tables, int(str(index)), "indicator", table=TABLE,
                found=str(name), expected="评估办法中的指标名称、简称或代号，或“综合差异系数”",
                remedy="改为评估办法中的名称（见 balance-analysis regimes show）",
            )  # fmt: skip


def doubled_figures(tables: SchoolTables) -> Iterator[Issue]:
    """The same indicator twice for one county, school year, stage and stratum, in one file or in two."""
    ids = known_indicators()
    rows = tables.published.assign(
        id=tables.published["indicator"].map(lambda name: ids.get(plain_name(name)), na_action="ignore"),
        place=tables.published["stratum"].fillna(""),
    )
    keys = ("division_code", "school_year", "stage", "place", "id")
    for same in groups(rows, *keys).values():
        for index in same[1:]:
            first = tables.place(TABLE, same[0], "indicator")
            yield issue_at(
                tables, index, "indicator", table=TABLE,
                found=f"{rows['indicator'][index]}，与 {first[0] if first else ''} 重复",
                expected="每个区县、学年、学段、地区的每项指标只有一行", remedy="删去多余的一行",
            )  # fmt: skip


def composite_off_its_parts(tables: SchoolTables) -> Iterator[Issue]:
    """A published composite that is not the plain mean of a law's published coefficients, whatever their rounding."""
    county = tables.published[tables.published["stratum"].isna()]
    county = county.assign(plain=county["indicator"].map(plain_name, na_action="ignore"))
    known = county.dropna(subset=["cv", "plain"])
    for of_stage in groups(known, "division_code", "school_year", "stage").values():
        rows = known.loc[of_stage]
        for names, complete in indicator_sets():
            ids = [names.get(name, "") for name in rows["plain"]]
            if {*complete, COMPOSITE} != set(ids) or len(ids) != len(complete) + 1:
                continue
            index = rows.index[ids.index(COMPOSITE)]
            printed = str(rows.loc[index, "cv"])
            parts = [str(text) for text in rows["cv"].drop(index)]
            mean = sum(map(as_filed, parts), Fraction(0)) / len(parts)
            reach = sum(map(printed_reach, parts), Fraction(0)) / len(parts) + printed_reach(printed)
            if abs(as_filed(printed) - mean) > reach:
                shown = half_up_text(mean, len(printed.partition(".")[2]) + MORE_DIGITS)
                yield issue_at(
                    tables, int(index), "cv", table=TABLE,
                    found=f"公布的综合差异系数为{printed}，{len(parts)}项差异系数的平均为{shown}",
                    expected="综合差异系数等于各项差异系数的算术平均", remedy="核对公布的表格，改正抄录错误或说明原因",
                )  # fmt: skip
            break


def difference_issue(
    tables: SchoolTables, index: int, column: str, *, printed: str, computed: float
) -> Issue:
    """A published figure that the school records of the same county, year and stage contradict."""
    row = tables.published.loc[index]
    shown = half_up_text(computed, len(printed.partition(".")[2]) + MORE_DIGITS)
    stage = STAGE_LABELS[str(row["stage"])]
    issue = issue_at(
        tables, index, column, table=TABLE,
        found=f"{stage}{text_or_blank(row['indicator'])}公布为{printed}，按学校数据计算为{shown}",
        expected="两者在舍入范围内一致", remedy="核对学校数据和公布的表格；评估采用学校数据",
    )  # fmt: skip
    return replace(
        issue, code=DIFFERS, severity=Severity.SOFT, message="公布的数字与按学校数据计算的结果不一致。"
    )


PUBLISHED_CHECKS = (
    Check("unknown_indicator", Severity.HARD, "不认识的指标。", unknown_indicators),
    Check("duplicate_published", Severity.HARD, "同一指标公布了两次。", doubled_figures),
    Check(
        "composite_differs", Severity.SOFT, f"{COMPOSITE_NAME}与各项差异系数不符。", composite_off_its_parts
    ),
)
