"""A workbook as plain values that can be spoilt, and a writer of its own that lets every kind of spoiling through.

No library writes these files: a library would refuse, repair or escape what the campaign wants to try.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from xml.sax.saxutils import escape, quoteattr

from balance_analysis.workbook.layouts import load_layout
from tests.broken_workbooks import county_row, primary_school

NAMESPACE = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
CONTENT_TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>'
)
STYLES = (
    f'<styleSheet xmlns="{NAMESPACE}"><fonts><font/></fonts><fills><fill/></fills><borders><border/></borders>'
    '<cellStyleXfs><xf/></cellStyleXfs><cellXfs><xf numFmtId="0"/><xf numFmtId="9"/></cellXfs></styleSheet>'
)


@dataclass(frozen=True)
class Raw:
    """A cell as the XML it is to be; ``{r}`` stands for its address."""

    xml: str


Value = str | float | int | bool | Raw | None
Rows = list[list[Value]]


@dataclass
class Book:
    """Sheets as rows of values, with what is hidden and what is put into the XML besides."""

    sheets: dict[str, Rows]
    states: dict[str, str] = field(default_factory=dict)
    hidden_rows: dict[str, set[int]] = field(default_factory=dict)
    hidden_columns: dict[str, set[int]] = field(default_factory=dict)
    far: dict[str, str] = field(default_factory=dict)
    addresses: bool = True
    before: str = ""
    members: dict[str, bytes] = field(default_factory=dict)

    def content(self) -> bytes:
        """The bytes of the file."""
        names = list(self.sheets)
        books = "".join(
            f'<sheet name={quoteattr(name)} sheetId="{number}" r:id="rId{number}" state="{self.states.get(name, "visible")}"/>'
            for number, name in enumerate(names, start=1)
        )
        relations = "".join(
            f'<Relationship Id="rId{number}" Type="{RELATIONS}/worksheet" Target="worksheets/sheet{number}.xml"/>'
            for number in range(1, len(names) + 1)
        )
        styles = f'<Relationship Id="rIdS" Type="{RELATIONS}/styles" Target="styles.xml"/>'
        members = {
            "[Content_Types].xml": CONTENT_TYPES,
            "_rels/.rels": f'<Relationships xmlns="{PACKAGE}"><Relationship Id="rId1" Type="{RELATIONS}/officeDocument" '
            'Target="xl/workbook.xml"/></Relationships>',
            "xl/workbook.xml": f'<workbook xmlns="{NAMESPACE}" xmlns:r="{RELATIONS}"><sheets>{books}</sheets></workbook>',
            "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}">{relations}{styles}</Relationships>',
            "xl/styles.xml": STYLES,
        }
        for number, name in enumerate(names, start=1):
            members[f"xl/worksheets/sheet{number}.xml"] = self._sheet(name)
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
            for member, text in {
                **{key: value.encode() for key, value in members.items()},
                **self.members,
            }.items():
                archive.writestr(zipfile.ZipInfo(member), text, zipfile.ZIP_DEFLATED)
        return stream.getvalue()

    def _sheet(self, name: str) -> str:
        hidden = self.hidden_columns.get(name, set())
        columns = "".join(f'<col min="{n + 1}" max="{n + 1}" hidden="1"/>' for n in sorted(hidden))
        rows = []
        for number, row in enumerate(self.sheets[name], start=1):
            cells = "".join(self._cell(value, f"{letters(n)}{number}") for n, value in enumerate(row))
            state = ' hidden="1"' if number in self.hidden_rows.get(name, set()) else ""
            address = f' r="{number}"' if self.addresses else ""
            rows.append(f"<row{address}{state}>{cells}</row>")
        if name in self.far:
            address = self.far[name]
            digits = "".join(sign for sign in address if sign.isdigit())
            rows.append(f'<row r="{digits}"><c r="{address}"><v>1</v></c></row>')
        cols = f"<cols>{columns}</cols>" if columns else ""
        return f'{self.before}<worksheet xmlns="{NAMESPACE}">{cols}<sheetData>{"".join(rows)}</sheetData></worksheet>'

    def _cell(self, value: Value, address: str) -> str:
        place = f' r="{address}"' if self.addresses else ""
        if isinstance(value, Raw):
            return value.xml.replace("{r}", place)
        if value is None:
            return "" if self.addresses else f"<c{place}/>"
        if isinstance(value, bool):
            return f'<c{place} t="b"><v>{int(value)}</v></c>'
        if isinstance(value, str):
            return f'<c{place} t="inlineStr"><is><t xml:space="preserve">{escape(value)}</t></is></c>'
        return f"<c{place}><v>{value!r}</v></c>"


def letters(index: int) -> str:
    """Zero-based column to its letters."""
    text = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        text = chr(65 + rest) + text
    return text


def county_book() -> Book:
    """The valid county of the reader's tests, two years, with evidence and tasks."""
    layout = load_layout("own_template")
    words = {name: {value: word for word, value in table.items()} for name, table in layout.choices.items()}
    rows = {
        "schools": [primary_school(number, year) for year in (2016, 2017) for number in range(3)],
        "counties": [county_row(year) for year in (2016, 2017)],
        "evidence": [
            {"school_year": 2017, "division_code": "010203", "item": item, "conclusion": "met", "reference": "文件"}
            for item in ("B8", "B9")
        ],
        "tasks": [{"item": "B1", "present_state": "缺教师", "measure": "招聘", "investment_wan_cny": 12.5}],
    }  # fmt: skip
    sheets: dict[str, Rows] = {}
    for sheet in layout.sheets:
        table: Rows = [[entry.header for entry in sheet.fields]]
        for row in rows[sheet.table]:
            table.append(
                [_shown(row.get(entry.name), words.get(entry.choices, {})) for entry in sheet.fields]
            )
        sheets[sheet.name] = table
    return Book(sheets)


def _shown(value: Value, words: Mapping[str, str]) -> Value:
    if isinstance(value, bool):
        return "是" if value else "否"
    return words.get(value, value) if isinstance(value, str) else value
