"""Files to plain grids of cells, before anything is understood: Excel through calamine, CSV as text."""

from __future__ import annotations

import csv
import hashlib
import io
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import python_calamine

from balance_analysis.errors import Issue, Place
from balance_analysis.terms import Severity

Cell = Any
"""A cell as read: ``""`` when empty, else float, str, bool, date or datetime."""


@dataclass(frozen=True)
class Grid:
    """One sheet from its first row and column on; ``merged`` are zero-based (row, column) corners."""

    name: str
    rows: list[list[Cell]]
    merged: tuple[tuple[tuple[int, int], tuple[int, int]], ...] = ()
    uncached: frozenset[tuple[int, int]] = frozenset()


@dataclass(frozen=True)
class RawFile:
    """A file as grids, or the hard issues that kept it from being read."""

    name: str
    sha256: str
    kind: str
    grids: tuple[Grid, ...]
    issues: tuple[Issue, ...] = ()


def column_letter(index: int) -> str:
    """Zero-based column index to its letters.

    >>> column_letter(0), column_letter(27)
    ('A', 'AB')
    """
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def open_file(path: Path) -> RawFile:
    """Read one Excel or CSV file; what cannot be read comes back as a hard issue, never an exception."""
    try:
        content = path.read_bytes()
    except OSError as error:
        return _failed(path.name, "", "unreadable_file", f"无法打开文件：{error.strerror}", "可读取的文件", "检查文件路径和权限")
    digest = hashlib.sha256(content).hexdigest()
    if path.suffix.lower() in (".csv", ".txt"):
        return _open_csv(path.name, digest, content)
    return _open_excel(path.name, digest, content)


def _open_csv(name: str, digest: str, content: bytes) -> RawFile:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        return _failed(
            name, digest, "unreadable_file", "文字编码无法识别", "UTF-8 或 GB18030 编码的CSV文件", "用Excel另存为“CSV UTF-8”后重新提交"
        )
    rows: list[list[Cell]] = [list(row) for row in csv.reader(io.StringIO(text, newline=""))]
    return RawFile(name, digest, "csv", (Grid("", rows),))


def _open_excel(name: str, digest: str, content: bytes) -> RawFile:
    if content[:8] == bytes.fromhex("d0cf11e0a1b11ae1") and "EncryptedPackage".encode("utf-16-le") in content:
        return _encrypted(name, digest)
    try:
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
        uncached = _formulas_without_value(content)
        grids = []
        for sheet_name in book.sheet_names:
            sheet = book.get_sheet_by_name(sheet_name)
            merged = tuple((start, end) for start, end in (sheet.merged_cell_ranges or ()))
            grids.append(
                Grid(sheet_name, sheet.to_python(skip_empty_area=False), merged, uncached.get(sheet_name, frozenset()))
            )
    except python_calamine.PasswordError:
        return _encrypted(name, digest)
    except (python_calamine.CalamineError, zipfile.BadZipFile) as error:
        return _failed(
            name, digest, "unreadable_file", f"不是可读取的Excel文件（{error}）", "未损坏的 .xlsx 工作簿", "用Excel重新打开并另存为 .xlsx 后提交"
        )
    return RawFile(name, digest, "excel", tuple(grids))


def _formulas_without_value(content: bytes) -> dict[str, frozenset[tuple[int, int]]]:
    """Cells whose formula was never calculated, by sheet; looked for only where a sheet has formulas."""
    if content[:2] != b"PK":
        return {}
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        sheets = [item for item in archive.namelist() if item.startswith("xl/worksheets/") and item.endswith(".xml")]
        if not any(b"<f" in archive.read(item) for item in sheets):
            return {}
    import openpyxl

    formulas = openpyxl.load_workbook(io.BytesIO(content), data_only=False)
    values = openpyxl.load_workbook(io.BytesIO(content), data_only=True)
    return {
        sheet.title: frozenset(
            (cell.row - 1, cell.column - 1)
            for row in sheet.iter_rows()
            for cell in row
            if cell.data_type == "f" and values[sheet.title].cell(cell.row, cell.column).value is None
        )
        for sheet in formulas.worksheets
    }


def _encrypted(name: str, digest: str) -> RawFile:
    return _failed(name, digest, "encrypted_file", "文件已加密", "没有打开密码的 .xlsx 工作簿", "在Excel中取消“用密码进行加密”后重新保存")


def _failed(name: str, digest: str, code: str, found: str, expected: str, remedy: str) -> RawFile:
    issue = Issue(
        code=code, severity=Severity.HARD, place=Place(file=name), found=found, expected=expected, remedy=remedy,
        message="文件不能读取，未作任何计算。",
    )
    return RawFile(name, digest, "", (), (issue,))
