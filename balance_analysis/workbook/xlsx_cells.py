"""What the fast reader does not tell of a workbook's cells: those without a value, percentages, hidden rows.

The fast reader gives an empty cell for a formula that was never calculated, for an error value such
as ``#DIV/0!`` and for a number that is not finite. An empty cell means "not filed", so these must be
told apart; the sheets' XML says which they are. It also rounds what has more digits than a float holds, and knows
neither number formats nor what is hidden. Only cells that match are looked at, so an ordinary workbook costs one scan.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from xml.etree import ElementTree

from balance_analysis.workbook.sheet_xml import column_letter, position

_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_STRICT_RELATION = "{http://purl.oclc.org/ooxml/officeDocument/relationships}id"
_CELL = re.compile(rb'<c r="([A-Z]{1,3})([0-9]+)"((?:\s[^>]*[^/>])?)>(.*?)</c>', re.DOTALL)
_TYPE = re.compile(rb'\bt="(\w+)"')
_VALUE = re.compile(rb"<v(?:\s[^>]*)?>([^<]*)</v>")
_EMPTY_VALUE = re.compile(rb"<v\s*/>|<v></")
_FORMULA = re.compile(rb"<f[\s/>]")
_NOT_FINITE = re.compile(rb"[-+]?(?:nan|inf|infinity)", re.IGNORECASE)
_MANY_DIGITS = re.compile(
    rb"[-+]?(?=[0-9.]{18})[0-9]*\.?[0-9]*(?:[eE][-+]?[0-9]{1,4})?|[-+]?[0-9.]+[eE]-[0-9]{3,4}"
)
"""More digits than any double is written with, or a number so small that it may be read as 0."""
_SUSPECT = tuple(
    re.compile(pattern)
    for pattern in (
        rb't="e"', rb"</v><v", rb"<v(?:\s*/>|></|>[-+]?[niNI])", rb"<f[\s/>]", rb"<v>[-+]?[0-9.]{18}", rb"<v>[-+0-9.]+[eE]-[0-9]{3}",
    )
)  # fmt: skip
"""What a sheet holds that has such cells; each begins with fixed text, which is found ten times as fast."""
_HIDDEN = rb'\b(?:hidden="(?:1|true)"|(?:ht|width)="0(?:\.0*)?")'
"""Said to be hidden, or of no height or width."""
_MAY_HIDE = (b"hidden=", b' ht="0', b' width="0')
_HIDDEN_ROW = re.compile(rb"<row\s(?=[^>]*" + _HIDDEN + rb')[^>]*?\br="([0-9]+)"')
_HIDDEN_COLUMN = re.compile(rb"<col\s(?=[^>]*" + _HIDDEN + rb")([^>]*)>")
_MINIMUM, _MAXIMUM = (re.compile(rb"\b" + name + rb'="([0-9]{1,5})"') for name in (b"min", b"max"))
_PERCENT_FORMATS = (9, 10)
_SCALED = re.compile(r"[0#?],+(?![0#?,])|[!\\\\]\.[0#?]")
"""A comma that ends a format divides by a thousand; a decimal point that is only drawn divides by what stands behind it."""
_DRAWN = re.compile(r'"[^"]*"|[\\!_*].')
"""What a number format draws as it stands."""
_MOST_NAMED = 50
"""Hidden columns named by a sheet; nobody looks for more."""


@dataclass(frozen=True)
class BadCell:
    """A cell that holds no value although it is not empty: ``kind`` says why, ``text`` what shows.

    ``formula``: never calculated; ``error``: an Excel error value such as ``#DIV/0!``; ``number``:
    not finite; ``empty``: marked as a number but without one, which is how some programs write NaN
    and infinity and others a blank; ``digits``: a number, but one that a float may not hold: its text as filed;
    ``percent``: a number shown as a percentage, a hundred times what is stored; ``scaled``: one shown divided by a power of ten,
    with signs or digits that are not stored, or not at all; ``error`` also where a cell holds two values.
    """

    kind: str
    text: str


@dataclass(frozen=True)
class Sheet:
    """A sheet's name and member, its odd cells by zero-based row and column, and what of it is hidden."""

    name: str
    member: str
    odd: Mapping[tuple[int, int], BadCell]
    hidden_rows: tuple[int, ...]
    hidden_columns: tuple[str, ...]


def sheet_members(members: Mapping[str, bytes]) -> list[tuple[str, str]]:
    """Sheet names and the members that hold them, in order; none for a workbook of another kind."""
    if "xl/workbook.xml" not in members or "xl/_rels/workbook.xml.rels" not in members:
        return []
    relations = {
        item.get("Id"): posixpath.normpath(
            posixpath.join("/xl", item.get("Target", "").replace("\\", "/"))
        ).lstrip("/")
        for item in ElementTree.fromstring(members["xl/_rels/workbook.xml.rels"])
    }
    book = ElementTree.fromstring(members["xl/workbook.xml"])
    return [
        (item.get("name", ""), relations.get(item.get(_RELATION) or item.get(_STRICT_RELATION), ""))
        for item in book.iter()
        if item.tag.rpartition("}")[2] == "sheet"
    ]


def misleading_styles(members: Mapping[str, bytes]) -> dict[bytes, str]:
    """Numbers of the cell styles that show another number than is stored: as a percentage, divided, with signs or digits added, or none."""
    text = members.get("xl/styles.xml", b"")
    if not any(sign in text for sign in (b"%", b'numFmtId="9"', b'"10"', b"formatCode")):
        return {}
    kinds = dict.fromkeys(_PERCENT_FORMATS, "percent")
    found: dict[bytes, str] = {}
    for item in ElementTree.fromstring(text).iter():
        name = item.tag.rpartition("}")[2]
        if name == "numFmt":
            kinds[_number(item.get("numFmtId"))] = _misleads(item.get("formatCode", ""))
        elif name == "cellXfs":
            found = {
                str(index).encode(): kind
                for index, style in enumerate(item)
                if (kind := kinds.get(_number(style.get("numFmtId")), ""))
            }
    return found


def _misleads(code: str) -> str:
    """How a number format shows another number than is stored; empty where it does not."""
    first = re.sub(r"\[[^\]]*\]", "", code).split(";")[0]
    drawn = "".join(_DRAWN.findall(first))
    plain = re.sub(r'"[^"]*"', "", code)
    if "%" in plain:
        return "percent"
    nothing = bool(code) and not re.search(r"[0#?@a-zA-Z]", _DRAWN.sub("", first))
    added = any(sign.isdigit() for sign in drawn) or re.match(r'[\\!"]*-', first) is not None
    return "scaled" if nothing or added or _SCALED.search(plain) else ""


def scan_sheet(name: str, member: str, xml: bytes, misleading: Mapping[bytes, str]) -> Sheet:
    """What is odd or hidden in a sheet of the plain form (:mod:`sheet_xml`)."""
    odd: dict[tuple[int, int], BadCell] = {}
    if any(pattern.search(xml) for pattern in _SUSPECT):
        for letters, row, attributes, body in _CELL.findall(xml):
            cell = _judge(attributes, body)
            if cell is not None:
                odd[position(letters.decode(), int(row))] = cell
    if misleading:
        for letters, row, style, body in _styled(misleading).findall(xml):
            value = _VALUE.search(body)
            if value is not None and position(letters.decode(), int(row)) not in odd:
                odd[position(letters.decode(), int(row))] = BadCell(misleading[style], value[1].decode())
    hidden = any(sign in xml for sign in _MAY_HIDE)
    rows = tuple(int(number) for number in _HIDDEN_ROW.findall(xml)) if hidden else ()
    return Sheet(name, member, odd, rows, tuple(_hidden_columns(xml)) if hidden else ())


def _styled(styles: Iterable[bytes]) -> re.Pattern[bytes]:
    """Cells of these styles that hold a number."""
    one_of = b"|".join(sorted(styles))
    return re.compile(
        rb'<c r="([A-Z]{1,3})([0-9]+)"(?=[^>]*\bs="('
        + one_of
        + rb')")(?![^>]*\bt="(?!n"))[^>]*[^/]>(.*?)</c>',
        re.DOTALL,
    )


def _hidden_columns(xml: bytes) -> list[str]:
    found: list[str] = []
    for attributes in _HIDDEN_COLUMN.findall(xml):
        first, last = _MINIMUM.search(attributes), _MAXIMUM.search(attributes)
        if first and last:
            numbers = range(int(first[1]), min(int(last[1]), int(first[1]) + _MOST_NAMED) + 1)
            found += [column_letter(number - 1) for number in numbers if number > 0]
    return found[:_MOST_NAMED]


def _number(text: str | None) -> int:
    return int(text) if text is not None and re.fullmatch("[0-9]{1,9}", text) else -1


def _judge(attributes: bytes, body: bytes) -> BadCell | None:
    kind_match = _TYPE.search(attributes)
    kind = kind_match[1] if kind_match else b"n"
    value_match = _VALUE.search(body)
    value = value_match[1].strip() if value_match else b""
    if len(_VALUE.findall(body)) > 1:
        return BadCell("error", "一个单元格有两个值")
    if kind == b"e":
        return BadCell("error", f"{value.decode(errors='replace') or '错误值'}（公式错误值）")
    if kind not in (b"n", b"str"):
        return None
    if _FORMULA.search(body) and (kind != b"n" or not value):
        return BadCell("formula", "公式，没有计算结果") if kind == b"n" and not value else None
    if kind == b"n" and _NOT_FINITE.fullmatch(value):
        return BadCell("number", f"{value.decode()}（不是有限的数值）")
    if kind == b"n" and not value and _EMPTY_VALUE.search(body):
        return BadCell("empty", "标为数值，却没有数值")
    if kind == b"n" and _MANY_DIGITS.fullmatch(value):
        return BadCell("digits", value.decode())
    return None
