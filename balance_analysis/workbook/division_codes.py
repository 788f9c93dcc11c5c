"""County codes against their layout's rule: whom a malformed one stops.

A code that the layout's rule refuses never names a county that can be assessed. Where the county's name stands with no
other code, its rows are a county of their own: it is listed and stopped, and its neighbours in the same file go on.
Everywhere else it may be a slip for a neighbour's code, so the code is taken as missing and the whole file is stopped.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pandas as pd

from balance_analysis.errors import Issue
from balance_analysis.workbook.cells import MALFORMED_CODE
from balance_analysis.workbook.tables import SchoolTables


def settle_codes(tables: SchoolTables) -> SchoolTables:
    """Tables in which a malformed code stands only for a county of its own; one issue per sheet, column and code."""
    malformed = {issue.division_code for issue in tables.issues if issue.code == MALFORMED_CODE}
    if not malformed:
        return tables
    named = [frame[["division_code", "county"]] for frame in (tables.schools, tables.published)]
    places = pd.concat([frame for frame in named if len(frame)] or named[:1], ignore_index=True)
    doubtful = {code for code in malformed if not _stands_alone(places, code)}
    frames = {
        name: frame.assign(division_code=frame["division_code"].mask(frame["division_code"].isin(doubtful)))
        for name in ("schools", "counties", "evidence", "published")
        for frame in (getattr(tables, name),)
    }
    issues = tuple(
        replace(issue, division_code="") if issue.division_code in doubtful else issue
        for issue in _gathered(tables.issues)
    )
    return replace(tables, issues=issues, **frames)


def _stands_alone(places: pd.DataFrame, code: str) -> bool:
    """Whether some rows have this code, all with a county's name, and no row of another code has that name."""
    own = places["division_code"] == code
    names = places.loc[own, "county"]
    return bool(len(names)) and bool(names.notna().all()) and not places.loc[~own, "county"].isin(names).any()


def _gathered(issues: Iterable[Issue]) -> list[Issue]:
    """Issues of one malformed code in one column as one, at its first cell, with the count."""
    result: list[Issue] = []
    first: dict[tuple[str, str, str, str], int] = {}
    count: dict[int, int] = {}
    for issue in issues:
        key = (issue.place.file, issue.place.sheet, issue.column, issue.found)
        if issue.code == MALFORMED_CODE and key in first:
            count[first[key]] = count.get(first[key], 1) + 1
            continue
        if issue.code == MALFORMED_CODE:
            first[key] = len(result)
        result.append(issue)
    for index, number in count.items():
        issue = result[index]
        found = f"{issue.found}（共{number}处，首处 {issue.place.cell}）"
        result[index] = replace(issue, found=found, school_code="", year=None)
    return result
