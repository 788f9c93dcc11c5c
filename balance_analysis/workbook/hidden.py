"""What of a file is read although the person who opens it does not see it: said, because it counts like the rest."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from balance_analysis.errors import Issue, Place
from balance_analysis.terms import Severity
from balance_analysis.workbook.cells import is_blank
from balance_analysis.workbook.excel import VERY_HIDDEN, VISIBLE, Grid

MOST_NAMED = 10


def hidden_parts(file: str, grids: Iterable[Grid], columns: Collection[tuple[str, str]]) -> Iterator[Issue]:
    """Hidden sheets, rows with content and used columns of the sheets that were read.

    ``columns``: sheet and letter of every column that a field is read from.
    """
    for grid in grids:
        if grid.state != VISIBLE:
            deep = "（深度隐藏，只能用宏编辑器取消）" if grid.state == VERY_HIDDEN else ""
            yield _issue(
                file, grid, "hidden_sheet", "", f"工作表“{grid.name}”被隐藏{deep}", "隐藏的工作表已照常读取。"
            )
        rows = [
            number
            for number in grid.hidden_rows
            if number <= len(grid.rows) and not all(map(is_blank, grid.rows[number - 1]))
        ]
        if rows:
            named = "、".join(map(str, rows[:MOST_NAMED])) + ("等" if len(rows) > MOST_NAMED else "")
            found = f"第{named}行被隐藏或被筛选掉（共{len(rows)}行）"
            yield _issue(file, grid, "hidden_rows", f"第{rows[0]}行", found, "隐藏的行已照常读取。")
        letters = [letter for letter in grid.hidden_columns if (grid.name, letter) in columns]
        if letters:
            named = "、".join(letters[:MOST_NAMED]) + ("等" if len(letters) > MOST_NAMED else "")
            found = f"{named}列被隐藏（共{len(letters)}列）"
            yield _issue(file, grid, "hidden_columns", f"{letters[0]}1", found, "隐藏的列已照常读取。")


def _issue(file: str, grid: Grid, code: str, cell: str, found: str, message: str) -> Issue:
    return Issue(
        code=code,
        severity=Severity.SOFT,
        place=Place(file, grid.name, cell),
        found=found,
        expected="填报的内容都看得见",
        remedy="取消隐藏和筛选并核对；不应计入的内容请删去，而不是隐藏",
        message=message,
    )
