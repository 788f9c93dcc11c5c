"""A sheet's XML as the parser must get it: every cell with its own address, none beyond reach, none twice.

What Excel, LibreOffice and openpyxl write is so already, and costs one scan of its bytes. Everything else (cells without
an address, attributes in another order, comments, other encodings) is written anew in that form by a strict XML
parser, so that what the fast scan sees and what the sheets' parser sees cannot differ.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

from balance_analysis.workbook.archive import RefusedError, forbid_entities

MOST_ROWS, MOST_COLUMNS = 1_048_576, 16_384
MOST_CELLS = 12_000_000
"""Cells of the rectangle that a sheet fills from A1 on; the parser makes room for each."""
ADDRESS = re.compile(rb'<c r="([A-Z]{1,3})([1-9][0-9]{0,6})"(?=[ >/])')
FILLED = re.compile(rb'<c r="([A-Z]{1,3})([1-9][0-9]{0,6})"(?:>|\s[^>]*[^/>]>)(?!</c>)')
"""Cells that are not closed at once."""
_CELLS = (b"<c ", b"<c>", b"<c/>", b"<c\n", b"<c\t", b"<c\r")
_ODD = re.compile(rb"<!|<\?(?!xml )|<\w+:(?:c|row|sheetData)[ >/\s]|\0")
_HEAD = re.compile(rb'<\?xml[^>]*encoding=["\'](?!utf-?8["\'])', re.IGNORECASE)
_CELL_REFERENCE = re.compile(r"\$?([A-Za-z]{1,3})\$?([1-9][0-9]{0,6})")
_RANGE = re.compile(r"([A-Z]{1,3}[1-9][0-9]{0,6}):([A-Z]{1,3}[1-9][0-9]{0,6})")


def regular_sheet(xml: bytes, name: str) -> bytes:
    """The sheet in the plain form; the same bytes where it has it.

    Raises :class:`RefusedError` for a cell that lies too far off, stands twice or has an impossible address, and
    ``expat.ExpatError`` for what is no XML.
    """
    addresses = ADDRESS.findall(xml)
    plain = (
        not xml.startswith((b"\xff\xfe", b"\xfe\xff"))
        and _ODD.search(xml) is None
        and _HEAD.match(xml[:200].lstrip(b"\xef\xbb\xbf")) is None
        and len(addresses) == sum(xml.count(start) for start in _CELLS)
    )
    if not plain:
        xml = _rewritten(xml, name)
        addresses = ADDRESS.findall(xml)
    if len(set(addresses)) != len(addresses):
        (letters, row), _ = Counter(addresses).most_common(1)[0]
        cell = f"{letters.decode()}{int(row)}"
        remedy = "用Excel打开核对这个单元格，另存为 .xlsx 后提交"
        raise RefusedError(f"{cell} 出现两次", "每个单元格只出现一次", remedy, sheet=name, cell=cell)
    return _within_reach(xml, addresses, name)


def position(letters: str, row: int) -> tuple[int, int]:
    """Zero-based row and column of an address."""
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - 64
    return row - 1, column - 1


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


def box(xml: bytes) -> int:
    """Cells of the rectangle from A1 to the farthest filled cell of a plain sheet."""
    rows, columns = _extent(FILLED.findall(xml))
    return rows * columns


def _extent(addresses: list[tuple[bytes, bytes]]) -> tuple[int, int]:
    rows = max((int(row) for row in {row for _, row in addresses}), default=0)
    columns = max((position(text.decode(), 1)[1] + 1 for text in {text for text, _ in addresses}), default=0)
    return rows, columns


def _within_reach(xml: bytes, addresses: list[tuple[bytes, bytes]], name: str) -> bytes:
    """The sheet, if the rectangle of its filled cells is not too large."""
    rows, columns = _extent(addresses)
    if rows * columns > MOST_CELLS:
        filled = FILLED.findall(xml)
        rows, columns = _extent(filled)
    if rows > MOST_ROWS or columns > MOST_COLUMNS or rows * columns > MOST_CELLS:
        letters, row = max(filled, key=lambda one: position(one[0].decode(), int(one[1])))
        cell = f"{letters.decode()}{int(row)}"
        raise RefusedError(
            f"{cell} 有内容，表的范围因此达到{rows:,}行、{columns:,}列",
            f"表头和数据集中在左上方，行数×列数不超过{MOST_CELLS:,}",
            f"删去远处的 {cell} 等单元格（按 Ctrl+End 可以找到最后一个），保存后提交",
            code="far_cell", sheet=name, cell=cell,
        )  # fmt: skip
    return xml


# --- any XML to the plain form ------------------------------------------------------------------------------


@dataclass
class _Writer:
    """Writes the plain form of what an XML parser tells: rows, columns, cells, merged ranges."""

    sheet: str
    parts: list[str] = field(default_factory=list)
    columns: list[str] = field(default_factory=list)
    merged: list[str] = field(default_factory=list)
    row: int = 0
    column: int = 0
    cell: dict[str, str] | None = None
    value: list[str] | None = None
    formula: bool = False
    text: list[str] | None = None
    texts: list[str] = field(default_factory=list)
    phonetic: int = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition(":")[2]
        if name == "row":
            self.row, self.column = _row_number(attributes.get("r"), self.row + 1, self.sheet), 0
            self.parts.append(f'<row r="{self.row}"{_kept(attributes, "hidden", "ht")}>')
        elif name == "c":
            self._open_cell(attributes)
        elif name == "v" and self.cell is not None:
            self.value = []
        elif name == "f" and self.cell is not None:
            self.formula = True
        elif name == "t" and self.cell is not None and not self.phonetic:
            self.text = []
        elif name == "rPh":
            self.phonetic += 1
        elif name == "col":
            self.columns.append(f"<col{_kept(attributes, 'min', 'max', 'hidden', 'width')}/>")
        elif name == "mergeCell" and _RANGE.fullmatch(attributes.get("ref", "")):
            self.merged.append(f'<mergeCell ref="{attributes["ref"]}"/>')

    def end(self, tag: str) -> None:
        name = tag.rpartition(":")[2]
        if name == "row":
            self.parts.append("</row>")
        elif name == "c" and self.cell is not None:
            self._close_cell()
        elif name == "rPh":
            self.phonetic -= 1
        elif name == "t" and self.text is not None:
            self.texts += self.text
            self.text = None

    def data(self, text: str) -> None:
        if self.text is not None:
            self.text.append(text)
        elif self.value is not None:
            self.value.append(text)

    def _open_cell(self, attributes: dict[str, str]) -> None:
        found = _CELL_REFERENCE.fullmatch(attributes.get("r", ""))
        if "r" in attributes and found is None:
            raise _impossible(attributes["r"], self.sheet)
        if found is not None:
            row, column = position(found[1].upper(), int(found[2]))
            self.row, self.column = row + 1, column + 1
        else:
            self.row, self.column = max(self.row, 1), self.column + 1
        if self.row > MOST_ROWS or self.column > MOST_COLUMNS:
            raise _impossible(attributes.get("r", f"第{self.row}行第{self.column}列"), self.sheet)
        self.cell = attributes
        self.value, self.formula, self.text, self.texts = None, False, None, []

    def _close_cell(self) -> None:
        kind = _kept(self.cell or {}, "s", "t")
        body = "<f></f>" if self.formula else ""
        if self.value is not None:
            body += f"<v>{escape(''.join(self.value))}</v>"
        if self.texts:
            body += f'<is><t xml:space="preserve">{escape("".join(self.texts))}</t></is>'
        if body:
            self.parts.append(f'<c r="{column_letter(self.column - 1)}{self.row}"{kind}>{body}</c>')
        self.cell = self.value = None


def _kept(attributes: dict[str, str], *names: str) -> str:
    """These attributes, as far as they are there, as they stand in a tag."""
    return "".join(f" {name}={quoteattr(attributes[name])}" for name in names if name in attributes)


def _rewritten(xml: bytes, name: str) -> bytes:
    forbid_entities(xml)
    writer = _Writer(name)
    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = writer.start, writer.end
    parser.CharacterDataHandler = writer.data
    parser.Parse(xml, True)
    head = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    columns = f"<cols>{''.join(writer.columns)}</cols>" if writer.columns else ""
    merged = f"<mergeCells>{''.join(writer.merged)}</mergeCells>" if writer.merged else ""
    rows = f"<sheetData>{''.join(writer.parts)}</sheetData>"
    return f"{head}{columns}{rows}{merged}</worksheet>".encode()


def _row_number(text: str | None, following: int, sheet: str) -> int:
    """The number that a row gives itself, or the one that follows."""
    number = following if text is None else int(text) if re.fullmatch("[0-9]{1,7}", text) else 0
    if not 1 <= number <= MOST_ROWS:
        raise _impossible(f"第{text or number}行", sheet)
    return number


def _impossible(address: str, sheet: str) -> RefusedError:
    remedy = "用Excel重新打开并另存为 .xlsx 后提交"
    return RefusedError(f"单元格地址“{address[:20]}”", "A1 至 XFD1048576 之间的地址", remedy, sheet=sheet)
