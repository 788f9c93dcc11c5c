"""Bytes of an Excel file to grids of cells; in this process where the file is small and plain, else in one of its own.

Light on purpose: the process of its own (:mod:`apart`) imports this and no more.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from xml.parsers.expat import ExpatError

import python_calamine

from balance_analysis.workbook.archive import (
    DAMAGED,
    MEBIBYTE,
    RefusedError,
    declared_bytes,
    encrypted,
    is_workbook,
    pack,
    too_large,
    unpack,
    without_counts,
)
from balance_analysis.workbook.sheet_xml import MOST_CELLS, box, regular_sheet
from balance_analysis.workbook.xlsx_cells import BadCell, Sheet, misleading_styles, scan_sheet, sheet_members

Cell = Any
"""A cell as read: ``""`` when empty, else float, str, bool, date, datetime, or a ``BadCell``."""

OLE_START = bytes.fromhex("d0cf11e0a1b11ae1")
ZIP_START = b"PK"
SMALL_FILE = 16 * MEBIBYTE
SMALL_CELLS = 1_000_000
SMALL_TEXTS = 64 * MEBIBYTE
"""What is read in this process: unpacked bytes, cells of all rectangles, bytes that repeated texts may grow to."""
MOST_MERGED_CELLS = 2_000_000
VISIBLE, HIDDEN, VERY_HIDDEN = "visible", "hidden", "very_hidden"
STATES = {"SheetVisibleEnum.Hidden": HIDDEN, "SheetVisibleEnum.VeryHidden": VERY_HIDDEN}
_SHARED_TEXT = re.compile(rb"<(?:\w+:)?si[ >/]")


@dataclass(frozen=True)
class Grid:
    """One sheet from its first row and column on; ``merged`` are zero-based (row, column) corners.

    ``state``: whether the sheet is hidden; ``hidden_rows`` (numbers) and ``hidden_columns`` (letters) of it.
    """

    name: str
    rows: list[list[Cell]]
    merged: tuple[tuple[tuple[int, int], tuple[int, int]], ...] = ()
    state: str = VISIBLE
    hidden_rows: tuple[int, ...] = ()
    hidden_columns: tuple[str, ...] = ()


class TooLargeHereError(Exception):
    """The file is better read in a process of its own."""


def read_excel(content: bytes, *, apart: bool) -> list[Grid]:
    """The sheets of a workbook of any Excel format, or of a spreadsheet of LibreOffice.

    ``apart``: this is the process with limits. Otherwise :class:`TooLargeHereError` is raised for what is not small and plain.
    Raises :class:`RefusedError` for what cannot or must not be read.
    """
    try:
        if not content.startswith(ZIP_START):
            if content.startswith(OLE_START) and "EncryptedPackage".encode("utf-16-le") in content:
                raise encrypted()
            return _parsed(content, [], apart=apart or _raise_too_large())
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            size = declared_bytes(archive)
            zipped = is_workbook(archive.namelist())
            if not apart and (size > SMALL_FILE or not zipped):
                raise TooLargeHereError
            if not zipped:
                return _parsed(content, [], apart=apart)
            members = unpack(archive)
        return _workbook(without_counts(members), apart=apart)
    except python_calamine.PasswordError:
        raise encrypted() from None
    except (python_calamine.CalamineError, ExpatError, *DAMAGED):
        raise _damaged(content) from None
    except MemoryError:
        raise too_large("读取时内存不足") from None


def _raise_too_large() -> bool:
    raise TooLargeHereError


def _workbook(members: dict[str, bytes], *, apart: bool) -> list[Grid]:
    misleading = misleading_styles(members)
    sheets: list[Sheet] = []
    cells = 0
    for name, member in sheet_members(members):
        xml = regular_sheet(members[member], name) if member in members else b""
        if member in members:
            members[member] = xml
        cells += box(xml)
        sheets.append(scan_sheet(name, member, xml, misleading))
    if cells > MOST_CELLS:
        raise too_large(f"各工作表的行数×列数合计{cells:,}")
    if not apart and (cells > SMALL_CELLS or _texts(members) > SMALL_TEXTS):
        raise TooLargeHereError
    return _parsed(pack(members), sheets, apart=apart)


def _texts(members: Mapping[str, bytes]) -> int:
    """Bytes that the shared texts grow to when every cell that has one has the longest."""
    shared = b"".join(
        content for name, content in members.items() if name.lower().endswith("sharedstrings.xml")
    )
    longest = max(map(len, _SHARED_TEXT.split(shared)), default=0)
    return longest * sum(content.count(b't="s"') for content in members.values())


def _parsed(content: bytes, sheets: list[Sheet], *, apart: bool) -> list[Grid]:
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
    known = {sheet.name: sheet for sheet in sheets}
    _distinct(book.sheet_names)
    grids: list[Grid] = []
    for about in book.sheets_metadata:
        if about.typ != python_calamine.SheetTypeEnum.WorkSheet:
            continue
        page = book.get_sheet_by_name(about.name)
        if page.total_height * page.total_width > MOST_CELLS:
            raise too_large(f"工作表“{about.name}”达到{page.total_height:,}行、{page.total_width:,}列")
        rows = page.to_python(skip_empty_area=False)
        grid = Grid(
            about.name, rows, _sane(page.merged_cell_ranges or ()), STATES.get(str(about.visible), VISIBLE)
        )
        sheet = known.get(about.name)
        if sheet is not None:
            grid = replace(
                grid, rows=_place(rows, sheet.odd), hidden_rows=sheet.hidden_rows, hidden_columns=sheet.hidden_columns
            )  # fmt: skip
        grids.append(grid)
    return grids


def _distinct(names: Sequence[str]) -> None:
    """Names that a reader could take for each other are refused: one of the sheets would count, and nobody knows which."""
    seen: set[str] = set()
    for name in names:
        alike = "".join(name.split()).casefold()
        if alike in seen:
            remedy = "删去或改名其中一个工作表，保存后提交"
            raise RefusedError(
                f"有两个工作表都叫“{name.strip()}”",
                "每个工作表的名称不同",
                remedy,
                code="duplicate_sheet",
                sheet=name,
            )
        seen.add(alike)


def _sane(merged: Any) -> tuple[tuple[tuple[int, int], tuple[int, int]], ...]:
    """Merged ranges up to a number of cells that no form has."""
    kept, cells = [], 0
    for (top, left), (bottom, right) in merged:
        cells += min(bottom - top + 1, MOST_CELLS) * min(right - left + 1, MOST_CELLS)
        if cells > MOST_MERGED_CELLS:
            break
        kept.append(((top, left), (bottom, right)))
    return tuple(kept)


def _place(rows: list[list[Cell]], odd: Mapping[tuple[int, int], BadCell]) -> list[list[Cell]]:
    """Put the cells without a value where the reader left them empty (or out, at the edges)."""
    for (row, column), cell in odd.items():
        while len(rows) <= row:
            rows.append([])
        rows[row].extend([""] * (column + 1 - len(rows[row])))
        rows[row][column] = cell
    return rows


def _damaged(content: bytes) -> RefusedError:
    found = "文件已损坏或不完整（可能没有传完）" if _is_broken(content) else "内容不是可读取的Excel工作簿"
    return RefusedError(found, "未损坏的 .xlsx 工作簿", "用Excel重新打开并另存为 .xlsx 后提交")


def _is_broken(content: bytes) -> bool:
    try:
        return zipfile.ZipFile(io.BytesIO(content)).testzip() is not None
    except DAMAGED:
        return True
