"""Schools that left their sponsor blank, where the law asks who runs them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from balance_analysis.errors import Issue
from balance_analysis.workbook.check_kit import cell_of, groups, issue_at
from balance_analysis.workbook.tables import SchoolTables

BLANK_SPONSOR = "blank_sponsor"
MESSAGE = "举办者类型空白，无法确定学校是否属于评估范围，有关差异系数无法判定。"
NAMED = 5


def blank_sponsors(tables: SchoolTables, indexes: Sequence[int]) -> Iterator[Issue]:
    """One soft issue per file and year, at the first of these rows of ``tables.schools``, naming their cells.

    It depends on the law and is therefore no check of the tables alone.
    """
    schools = tables.schools
    for (_, year), rows in groups(schools.loc[list(indexes)], "source_file", "school_year").items():
        names = [
            f"{schools['school_name'][index]}{f'（{cell}）' if (cell := cell_of(tables, index, 'sponsor_type')) else ''}"
            for index in rows[:NAMED]
        ]
        issue = issue_at(
            tables, rows[0], "sponsor_type",
            found=f"{year}学年{len(rows)}所学校未填：{'、'.join(names)}{'等' if len(rows) > NAMED else ''}",
            expected="1—10的举办者类型代码（7 县级教育部门，10 民办）",
            remedy="补填举办者类型；没有该列的，请增加该列",
        )  # fmt: skip
        yield replace(issue, code=BLANK_SPONSOR, message=MESSAGE)
