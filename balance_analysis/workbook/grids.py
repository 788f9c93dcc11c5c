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
from balance_analysis.workbook.cells import BadCell
from balance_analysis.workbook.xlsx_cells import DAMAGED, cells_without_value

Cell = Any
"""A cell as read: ``""`` when empty, else float, str, bool, date, datetime, or a ``BadCell``."""

OLE_START = bytes.fromhex("d0cf11e0a1b11ae1")
ZIP_START = b"PK"


@dataclass(frozen=True)
class Grid:
    """One sheet from its first row and column on; ``merged`` are zero-based (row, column) corners."""

    name: str
    rows: list[list[Cell]]
    merged: tuple[tuple[tuple[int, int], tuple[int, int]], ...] = ()


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


def open_file(path: Path, *, name: str | None = None) -> RawFile:
    """Read one Excel or CSV file; what cannot be read comes back as a hard issue, never an exception.

    ``name`` is what messages call the file (its own name unless given). What the file is shows in
    its first bytes, not in its name: a workbook renamed to ``.csv`` is still read as a workbook.
    """
    name = name or path.name
    try:
        content = path.read_bytes()
    except OSError as error:
        return _failed(name, "", f"无法打开文件（{error.strerror}）", "可读取的文件", "检查文件路径和权限")
    digest = hashlib.sha256(content).hexdigest()
    if not content:
        return _failed(name, digest, "文件是空的（0字节）", "有数据的文件", "重新导出或另存后提交")
    if content.startswith((OLE_START, ZIP_START)):
        return _open_excel(name, digest, content)
    if path.suffix.lower() in (".csv", ".txt"):
        return _open_csv(name, digest, content)
    return _failed(
        name, digest, "内容不是Excel工作簿", "未损坏的 .xlsx 工作簿", "用Excel打开原文件，另存为 .xlsx 后提交"
    )


def _open_csv(name: str, digest: str, content: bytes) -> RawFile:
    marked = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ("utf-16",) if marked else ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        found, expected = "文字编码无法识别", "UTF-8 或 GB18030 编码的CSV文件"
        return _failed(name, digest, found, expected, "用Excel另存为“CSV UTF-8”后重新提交")
    first = text.split("\n", 1)[0]
    delimiter = max(",\t;", key=first.count)
    try:
        rows: list[list[Cell]] = [
            list(row) for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        ]
    except csv.Error:
        return _failed(
            name,
            digest,
            "逗号分隔的结构已损坏",
            "每行一条记录的CSV文件",
            "用Excel另存为“CSV UTF-8”后重新提交",
        )
    return RawFile(name, digest, "csv", (Grid("", rows),))


def _open_excel(name: str, digest: str, content: bytes) -> RawFile:
    if content.startswith(OLE_START) and "EncryptedPackage".encode("utf-16-le") in content:
        return _encrypted(name, digest)
    zipped = content.startswith(ZIP_START)
    try:
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
        bad = cells_without_value(content) if zipped else {}
        grids = []
        for sheet_name in book.sheet_names:
            sheet = book.get_sheet_by_name(sheet_name)
            rows = _place(sheet.to_python(skip_empty_area=False), bad.get(sheet_name, {}))
            grids.append(Grid(sheet_name, rows, tuple(sheet.merged_cell_ranges or ())))
    except python_calamine.PasswordError:
        return _encrypted(name, digest)
    except (python_calamine.CalamineError, *DAMAGED):
        found = "文件已损坏或不完整（可能没有传完）" if _is_broken(content) else "内容不是可读取的Excel工作簿"
        return _failed(name, digest, found, "未损坏的 .xlsx 工作簿", "用Excel重新打开并另存为 .xlsx 后提交")
    issues = () if zipped and b"xl/workbook.xml" in content else (_old_format(name),)
    return RawFile(name, digest, "excel", tuple(grids), issues)


def _place(rows: list[list[Cell]], bad: dict[tuple[int, int], BadCell]) -> list[list[Cell]]:
    """Put the cells without a value where the reader left them empty (or out, at the edges)."""
    for (row, column), cell in bad.items():
        while len(rows) <= row:
            rows.append([])
        rows[row].extend([""] * (column + 1 - len(rows[row])))
        rows[row][column] = cell
    return rows


def _is_broken(content: bytes) -> bool:
    try:
        return zipfile.ZipFile(io.BytesIO(content)).testzip() is not None
    except DAMAGED:
        return True


def _old_format(name: str) -> Issue:
    return Issue(
        code="old_excel_format",
        severity=Severity.NOTE,
        place=Place(file=name),
        found="不是 .xlsx 格式",
        expected=".xlsx 工作簿",
        remedy="确认表中没有 #DIV/0! 之类的错误值；建议另存为 .xlsx",
        message="这种格式中的公式错误值会被读作空白。",
    )


def _encrypted(name: str, digest: str) -> RawFile:
    remedy = "在Excel中取消“用密码进行加密”后重新保存"
    return _failed(name, digest, "文件已加密", "没有打开密码的 .xlsx 工作簿", remedy, code="encrypted_file")


def _failed(
    name: str, digest: str, found: str, expected: str, remedy: str, *, code: str = "unreadable_file"
) -> RawFile:
    issue = Issue(
        code=code,
        severity=Severity.HARD,
        place=Place(file=name),
        found=found,
        expected=expected,
        remedy=remedy,
        message="文件不能读取，未作任何计算。",
    )
    return RawFile(name, digest, "", (), (issue,))
