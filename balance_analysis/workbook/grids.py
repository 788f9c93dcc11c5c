"""Files to plain grids of cells, before anything is understood: Excel through calamine, CSV as text."""

from __future__ import annotations

import csv
import hashlib
import io
import stat
from dataclasses import dataclass
from pathlib import Path

from balance_analysis.errors import Issue, Place, system_reason
from balance_analysis.terms import Severity
from balance_analysis.workbook.apart import read_apart
from balance_analysis.workbook.archive import MEBIBYTE, RefusedError, too_large
from balance_analysis.workbook.excel import OLE_START, ZIP_START, Cell, Grid, TooLargeHereError, read_excel

MOST_BYTES = 128 * MEBIBYTE
MOST_TEXT_BYTES = 64 * MEBIBYTE
MOST_TEXT_CELLS = 4_000_000
"""What a file may have; of a CSV, which is text from end to end."""


@dataclass(frozen=True)
class RawFile:
    """A file as grids, or the hard issues that kept it from being read."""

    name: str
    sha256: str
    kind: str
    grids: tuple[Grid, ...]
    issues: tuple[Issue, ...] = ()


def open_file(path: Path, *, name: str | None = None) -> RawFile:
    """Read one Excel or CSV file; what cannot be read comes back as a hard issue, never an exception.

    ``name`` is what messages call the file (its own name unless given). What the file is shows in
    its first bytes, not in its name: a workbook renamed to ``.csv`` is still read as a workbook.
    """
    name = name or path.name
    try:
        content = _bytes(path)
    except RefusedError as reason:
        return _refused(name, "", reason)
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


def _bytes(path: Path) -> bytes:
    """The bytes of an ordinary file of a sensible size; :class:`RefusedError` otherwise."""
    expected, remedy = "可读取的文件", "检查文件路径和权限"
    try:
        about = path.stat()
        if not stat.S_ISREG(about.st_mode):
            raise RefusedError("无法打开文件（不是普通文件）", expected, "提交文件本身，而不是文件夹或设备")
        if about.st_size > MOST_BYTES:
            raise too_large(f"文件有{about.st_size / MEBIBYTE:,.0f}MB")
        return path.read_bytes()
    except OSError as error:
        raise RefusedError(f"无法打开文件（{system_reason(error)}）", expected, remedy) from None
    except (MemoryError, ValueError):
        raise RefusedError("无法打开文件", expected, remedy) from None


def _open_csv(name: str, digest: str, content: bytes) -> RawFile:
    if len(content) > MOST_TEXT_BYTES:
        return _refused(name, digest, too_large(f"文件有{len(content) / MEBIBYTE:,.0f}MB"))
    marked = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ("utf-16",) if marked else ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        text = "\0"
    if text.count("\0") * 10 > len(text):  # no encoding that this is, or UTF-16 without its mark
        found, expected = "文字编码无法识别", "UTF-8 或 GB18030 编码的CSV文件"
        return _failed(name, digest, found, expected, "用Excel另存为“CSV UTF-8”后重新提交")
    first = text.split("\n", 1)[0]
    delimiter = max(",\t;", key=first.count)
    cells = text.count(delimiter) + text.count("\n")
    if cells > MOST_TEXT_CELLS:
        return _refused(name, digest, too_large(f"约有{cells:,}个单元格"))
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
    try:
        try:
            grids = read_excel(content, apart=False)
        except TooLargeHereError:
            grids = read_apart(content)
    except RefusedError as reason:
        return _refused(name, digest, reason)
    issues = () if content.startswith(ZIP_START) and b"xl/workbook.xml" in content else (_old_format(name),)
    return RawFile(name, digest, "excel", tuple(grids), issues)


def _old_format(name: str) -> Issue:
    return Issue(
        code="old_excel_format",
        severity=Severity.NOTE,
        place=Place(file=name),
        found="不是 .xlsx 格式",
        expected=".xlsx 工作簿",
        remedy="确认表中没有 #DIV/0! 之类的错误值；建议另存为 .xlsx",
        message="这种格式中的公式错误值会被读作空白，隐藏的行列、百分比格式不能识别。",
    )


def _failed(name: str, digest: str, found: str, expected: str, remedy: str) -> RawFile:
    return _refused(name, digest, RefusedError(found, expected, remedy))


def _refused(name: str, digest: str, reason: RefusedError) -> RawFile:
    issue = Issue(
        code=reason.code,
        severity=Severity.HARD,
        place=Place(name, reason.sheet, reason.cell),
        found=reason.found,
        expected=reason.expected,
        remedy=reason.remedy,
        message="文件不能读取，未作任何计算。",
    )
    return RawFile(name, digest, "", (), (issue,))
