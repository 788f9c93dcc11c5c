"""Cells of a workbook that hold no value although they are not empty.

The fast reader gives an empty cell for a formula that was never calculated, for an error value such
as ``#DIV/0!`` and for a number that is not finite. An empty cell means "not filed", so these must be
told apart; the sheets' XML says which they are. Only cells that match are looked at, so an ordinary
workbook costs one scan of its bytes.
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
import zlib
from xml.etree import ElementTree

from balance_analysis.workbook.cells import BadCell

DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    ElementTree.ParseError,
    KeyError,
    EOFError,
    NotImplementedError,
    RuntimeError,
)
"""What a damaged archive makes the standard library raise (a password on the archive: RuntimeError)."""

_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_STRICT_RELATION = "{http://purl.oclc.org/ooxml/officeDocument/relationships}id"
_CELL = re.compile(rb"<(?:\w+:)?c\s([^>]*[^/>])>(.*?)</(?:\w+:)?c>", re.DOTALL)
_REFERENCE = re.compile(rb'\br="([A-Z]{1,3})([0-9]+)"')
_TYPE = re.compile(rb'\bt="(\w+)"')
_VALUE = re.compile(rb"<(?:\w+:)?v(?:\s[^>]*)?>([^<]*)</(?:\w+:)?v>")
_EMPTY_VALUE = re.compile(rb"<(?:\w+:)?v\s*/>|<(?:\w+:)?v></")
_FORMULA = re.compile(rb"<(?:\w+:)?f[\s/>]")
_NOT_FINITE = re.compile(rb"[-+]?(?:nan|inf|infinity)", re.IGNORECASE)
_SUSPECT = tuple(
    re.compile(pattern)
    for pattern in (
        rb't="e"', rb"<v(?:\s*/>|></|>[-+]?[niNI])", rb":v(?:\s*/>|></|>[-+]?[niNI])", rb"<f[\s/>]", rb":f[\s/>]",
    )
)  # fmt: skip
"""What a sheet holds that has such cells; each begins with fixed text, which is found ten times as fast."""


def cells_without_value(content: bytes) -> dict[str, dict[tuple[int, int], BadCell]]:
    """Uncalculated formulas, error values and non-finite numbers, by sheet and zero-based cell.

    Raises one of ``DAMAGED`` when the archive cannot be read.
    """
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = set(archive.namelist())
        return {
            name: found
            for name, member in _sheet_members(archive).items()
            if member in members and (found := _scan(archive.read(member)))
        }


def _sheet_members(archive: zipfile.ZipFile) -> dict[str, str]:
    """Sheet name to the archive's member that holds it; none for a workbook of another kind."""
    if "xl/workbook.xml" not in archive.namelist():
        return {}
    relations = {
        item.get("Id"): posixpath.normpath(posixpath.join("/xl", item.get("Target", ""))).lstrip("/")
        for item in ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    }
    book = ElementTree.fromstring(archive.read("xl/workbook.xml"))
    sheets = [item for item in book.iter() if item.tag.endswith("}sheet")]
    return {
        item.get("name", ""): relations.get(item.get(_RELATION) or item.get(_STRICT_RELATION), "")
        for item in sheets
    }


def _scan(xml: bytes) -> dict[tuple[int, int], BadCell]:
    if not any(pattern.search(xml) for pattern in _SUSPECT):
        return {}
    found = {}
    for attributes, body in _CELL.findall(xml):
        reference = _REFERENCE.search(attributes)
        cell = _judge(attributes, body)
        if cell is not None and reference is not None:
            found[_position(reference[1].decode(), int(reference[2]))] = cell
    return found


def _judge(attributes: bytes, body: bytes) -> BadCell | None:
    kind_match = _TYPE.search(attributes)
    kind = kind_match[1] if kind_match else b"n"
    value_match = _VALUE.search(body)
    value = value_match[1].strip() if value_match else b""
    if kind == b"e":
        return BadCell("error", f"{value.decode() or '错误值'}（公式错误值）")
    if kind not in (b"n", b"str"):
        return None
    if _FORMULA.search(body):
        return BadCell("formula", "公式，没有计算结果") if kind == b"n" and not value else None
    if kind == b"n" and _NOT_FINITE.fullmatch(value):
        return BadCell("number", f"{value.decode()}（不是有限的数值）")
    if kind == b"n" and not value and _EMPTY_VALUE.search(body):
        return BadCell("empty", "标为数值，却没有数值")
    return None


def _position(letters: str, row: int) -> tuple[int, int]:
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - 64
    return row - 1, column - 1
