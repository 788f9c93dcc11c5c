"""教基 forms to records: cells by form number and address, trusted only where the printed titles say what they should.

A workbook holds the forms of one school, or one form; every sheet with a form number becomes one record, and the records
of a school are joined by its 学校标识码 (:mod:`joining`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pandas as pd

from balance_analysis.errors import Issue, Place
from balance_analysis.terms import Severity
from balance_analysis.workbook.cell_map import Form, MappedCell, map_of_year
from balance_analysis.workbook.cells import is_blank, parse_cell, show
from balance_analysis.workbook.excel import Cell, Grid
from balance_analysis.workbook.file_context import normal, read_context
from balance_analysis.workbook.grids import RawFile
from balance_analysis.workbook.header_paths import Header, clean_level, filled_rows, is_number, unit_factor
from balance_analysis.workbook.layouts import DTYPES, Field, Layout, empty_frame, load_layout, own_fields
from balance_analysis.workbook.sheet_xml import column_letter, position
from balance_analysis.workbook.sheets import SENTENCES, SUMMARIES
from balance_analysis.workbook.workshop import COMPLETED, FORM_NUMBER

LAYOUT = "statistics_forms"
HEAD_ROWS = 8
"""Rows in which a form's number, school and year are printed."""
NUMBER = re.compile(r"(?:.*表号[::])?教基([0-9]{4})(?![0-9]).*")
LABELLED_NUMBER = re.compile(r".*表号[::]教基([0-9]{4})")
OLD_NUMBER = re.compile(r"(?:.*表号[::]|^)基础基([0-9]{3})")
LABELS = {
    "school_code": re.compile(r"(?:学校|机构|\(|\)|代码)*标识码[::]?([A-Za-z0-9]*)"),
    "school_name": re.compile(r"学校(?:\(机构\))?名称(?:\(章\))?[::]?(.*)"),
}
VALUES = {"school_code": re.compile(r"[A-Za-z0-9]{4,20}"), "school_name": re.compile(r"[^::]+")}
"""What stands in the head of a form, in the cell of its label or beside it."""
YEAR = re.compile(r"(20[0-9]{2})年?")
ORDINAL = re.compile(r"^(?:[一二三四五六七八九十]+[、.]|\([一二三四五六七八九十]+\)[、.]?)")

Found = tuple[int, int]


@dataclass
class FormSheet:
    """One sheet with a form number, its cells filled over merged ranges, and what it says in its head."""

    grid: Grid
    number: str
    rows: list[list[Cell]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.rows = filled_rows(self.grid, len(self.grid.rows))

    def titles_beside(self, row: int, column: int) -> dict[str, str]:
        """Cleaned texts to the left of a cell, with their units."""
        return _titles(self.rows[row][:column])

    def titles_above(self, row: int, column: int) -> dict[str, str]:
        """Cleaned texts above a cell, with their units."""
        return _titles(line[column] for line in self.rows[:row] if column < len(line))

    def beside(self, labels: Sequence[str]) -> Found | None:
        """The filled cell to the right of a label."""
        wanted = [clean_level(label)[0] for label in labels]
        for label in wanted:
            for row, line in enumerate(self.grid.rows):
                for column, cell in enumerate(line):
                    if isinstance(cell, str) and clean_level(cell)[0] == label:
                        right = (at for at in range(column + 1, len(line)) if not is_blank(line[at]))
                        found = next(right, None)
                        if found is not None:
                            return row, found
        return None

    def find(self, wanted: MappedCell) -> list[Found]:
        """The cells of the mapped range (or sheet) under the right titles; for a label, its neighbour."""
        if wanted.beside:
            place = self.beside(wanted.beside)
            return [] if place is None else [place]
        (top, left), (bottom, right) = _range(wanted.cell, self.rows)
        return [
            (row, column)
            for row in range(top, min(bottom + 1, len(self.rows)))
            for column in range(left, min(right + 1, len(self.rows[row])))
            if (
                is_number(self.grid.rows[row][column]) or is_blank(self.grid.rows[row][column]) or wanted.cell
            )
            and _all_in(wanted.row, self.titles_beside(row, column))
            and _all_in(wanted.column, self.titles_above(row, column))
        ]


def find_forms(raw: RawFile) -> list[FormSheet]:
    """The sheets that bear a form number in their name or in their head."""
    found = []
    for grid in raw.grids:
        named = NUMBER.fullmatch(normal(grid.name))
        number = named[1] if named else ""
        for text in _head_texts(grid) if not number else ():
            labelled = LABELLED_NUMBER.match(text)
            number = labelled[1] if labelled else number
        if number:
            found.append(FormSheet(grid, number))
    return found


def old_forms(raw: RawFile) -> list[str]:
    """Numbers of forms of 2018–2020 (基础基), whose cells no map knows."""
    names = [normal(grid.name) for grid in raw.grids]
    texts = [*names, *(text for grid in raw.grids for text in _head_texts(grid))]
    return sorted({found[1] for text in texts if (found := OLD_NUMBER.match(text))})


def read_forms(
    raw: RawFile, sheets: Sequence[FormSheet]
) -> tuple[pd.DataFrame, dict[Any, Any], list[Issue], Layout]:
    """One record per form; a form whose titles differ, or whose school is not named, is refused with one hard issue."""
    reader = FormFile(raw, load_layout(LAYOUT))
    reader.read(sheets)
    return reader.frame(), reader.elsewhere, reader.issues, reader.layout


@dataclass
class FormFile:
    """The forms of one file as records with the cell of every figure."""

    raw: RawFile
    layout: Layout
    records: list[dict[str, Any]] = field(default_factory=list)
    elsewhere: dict[Any, Any] = field(default_factory=dict)
    issues: list[Issue] = field(default_factory=list)

    def read(self, sheets: Sequence[FormSheet]) -> None:
        """Read every sheet; what a sheet does not say of school and year is what the file's other sheets agree on."""
        heads = [self._head(sheet) for sheet in sheets]
        for name in ("school_code", "school_name", "school_year", "division_code", "county"):
            values = {head[name][0] for head in heads if name in head}
            if len(values) == 1:
                said = next(head[name] for head in heads if name in head)
                for head in heads:
                    head.setdefault(name, said)
        for sheet, head in zip(sheets, heads, strict=True):
            self._read(sheet, head)

    def _head(self, sheet: FormSheet) -> dict[str, tuple[Any, str, str]]:
        """School, year and county as the head of the form prints them: value, cell, header."""
        cells = [
            (row, column)
            for row in range(min(HEAD_ROWS, len(sheet.grid.rows)))
            for column in range(len(sheet.grid.rows[row]))
        ]
        texts = tuple(
            (row, column, show(sheet.grid.rows[row][column]))
            for row, column in cells
            if not is_blank(sheet.grid.rows[row][column])
        )
        context, issues = read_context(self.raw, sheet.grid, Header((), 0, texts))
        self.issues += issues
        head = {name: (said.value, said.cell, said.text) for name, said in context.items()}
        for name, label in LABELS.items():
            head |= _labelled(name, label, sheet, texts)
        if "school_year" not in head:
            years = {
                int(found[1]): (row, column)
                for row, column, text in texts
                if (found := YEAR.fullmatch(normal(text)))
            }
            if len(years) == 1:
                ((year, place),) = years.items()
                head["school_year"] = (year, _address(place), "学年")
        return head

    def _read(self, sheet: FormSheet, head: Mapping[str, tuple[Any, str, str]]) -> None:
        year = head["school_year"][0] if "school_year" in head else None
        found = map_of_year(year)
        form = None if found is None else found.form(sheet.number)
        if found is None:
            self._issue(
                "form_of_another_year", Severity.HARD, sheet, "", "学年", f"教基{sheet.number}，{year}学年", "有单元格对照的学年（2021年起）",
                "改用统计平台导出表或填报模板", "没有这一学年的单元格对照，未读入。",
            )  # fmt: skip
        elif form is None:
            known = "、".join(f"教基{one.number}" for one in found.forms)
            self._issue(
                "form_not_used",
                Severity.NOTE,
                sheet,
                "",
                "",
                f"教基{sheet.number}",
                known,
                "无需处理",
                "本系统不使用这张表，未读入。",
            )
        elif "school_code" not in head:
            self._issue(
                "form_without_school", Severity.HARD, sheet, "", "学校(机构)标识码", "表头没有学校标识码", "学校(机构)标识码：十位代码",
                "在表头填写学校标识码", "不知道这是哪所学校的表。",
            )  # fmt: skip
        else:
            self._take(sheet, form, head)

    def _take(self, sheet: FormSheet, form: Form, head: Mapping[str, tuple[Any, str, str]]) -> None:
        places: dict[MappedCell, Found] = {}
        wrong: list[tuple[MappedCell, list[Found]]] = []
        for wanted in form.all_cells():
            found = sheet.find(wanted)
            if len(found) == 1:
                places[wanted] = found[0]
            elif not wanted.beside and not wanted.optional:
                wrong.append((wanted, found))
        if wrong:
            self._refuse(sheet, form, wrong)
            return
        first = min((row for row, _ in places.values()), default=0) + 1
        record: dict[str, Any] = {
            "source_file": self.raw.name, "source_sheet": sheet.grid.name, "source_row": first,
            FORM_NUMBER: form.number, COMPLETED: True,
        }  # fmt: skip
        for name, (value, cell, header) in head.items():
            record[name] = value
            self._place(record, name, cell, header)
        for wanted, place in places.items():
            value = self._value(sheet, wanted, place)
            if value is not None:
                record[wanted.field] = value
                self._place(record, wanted.field, _address(place), self._header(form, wanted))
        self.records.append(record)

    def _place(self, record: Mapping[str, Any], name: str, cell: str, header: str) -> None:
        key = (record["source_file"], record["source_sheet"], int(record["source_row"]), name)
        self.elsewhere[key] = (self.raw.name, record["source_sheet"], cell, header)

    @staticmethod
    def _header(form: Form, wanted: MappedCell) -> str:
        titles = wanted.beside[:1] or [title.partition("|")[0] for title in (*wanted.row, *wanted.column)]
        return f"教基{form.number}/{'/'.join(titles)}"

    def _value(self, sheet: FormSheet, wanted: MappedCell, place: Found) -> Any:
        row, column = place
        cell = sheet.grid.rows[row][column]
        item = self._field(wanted.field)
        if is_blank(cell) or show(cell) in self.layout.blanks:
            return None
        units = {**sheet.titles_above(row, column), **sheet.titles_beside(row, column)}
        named = next(
            (unit for title, unit in units.items() if unit and _all_in(wanted.row, {title: unit})), ""
        )
        factor = unit_factor(named, item.unit) or "1"
        item = replace(item, factor=str(Decimal(item.factor) * Decimal(factor)))
        text = show(cell)
        if (
            item.leading_digits
            and text.isdigit()
            and len(text) in (2 * item.leading_digits, item.leading_digits + 3)
        ):
            cell = text[: item.leading_digits]
        value, finding = parse_cell(
            cell, item, dict(self.layout.choices.get(item.choices, {})), text_file=True
        )
        if finding is not None and finding.code not in ("number_as_text", "value_rewritten"):
            soft = value is not None or item.lenient
            severity, message = SUMMARIES[finding.code] if soft else (Severity.HARD, SENTENCES[finding.code])
            self._issue(
                finding.code,
                severity,
                sheet,
                _address(place),
                item.header,
                finding.found,
                finding.expected,
                finding.remedy,
                message,
            )
        return value

    def _field(self, name: str) -> Field:
        known = {item.name: item for item in self.layout.sheets[0].fields}
        return known.get(name) or replace(own_fields()[name], required=False)

    def _refuse(self, sheet: FormSheet, form: Form, wrong: Sequence[tuple[MappedCell, list[Found]]]) -> None:
        """One hard issue for the whole form: every cell whose titles differ, what they say and what they should."""
        found, expected = [], []
        for wanted, places in wrong:
            titles = "、".join((*wanted.row, *wanted.column)).replace("|", "或")
            expected.append(f"{wanted.cell or '某一格'}为“{titles}”")
            if wanted.cell and not places:
                (row, column), _ = _range(wanted.cell, sheet.rows)
                inside = row < len(sheet.rows) and column < len(sheet.rows[row])
                beside = "、".join(sheet.titles_beside(row, column)) if inside else ""
                above = "、".join(sheet.titles_above(row, column)) if inside else ""
                found.append(f"{wanted.cell}：行“{beside}”，列“{above}”")
            else:
                found.append(f"{wanted.cell or titles}：{len(places)}格相符")
        first = wrong[0][0]
        self._issue(
            "form_titles_differ", Severity.HARD, sheet, first.cell.partition(":")[0], self._field(first.field).header,
            f"教基{form.number}：{'；'.join(found)}", "；".join(expected),
            "核对是否改动过表式，或不是2021年起的表；请重新导出原表，或改用统计平台导出表", "印制的行、列标题与单元格对照不符，整张表未采用。",
        )  # fmt: skip

    def _issue(
        self,
        code: str,
        severity: Severity,
        sheet: FormSheet,
        cell: str,
        column: str,
        found: str,
        expected: str,
        remedy: str,
        message: str,
    ) -> None:
        place = Place(self.raw.name, sheet.grid.name, cell)
        self.issues.append(Issue(code, severity, place, column, found, expected, remedy, message))

    def frame(self) -> pd.DataFrame:
        """The records with the types of their fields."""
        if not self.records:
            return empty_frame("schools").assign(**{COMPLETED: pd.Series(dtype=object)})
        types = {item.name: DTYPES.get(item.type, "str") for item in own_fields().values()}
        frame = pd.DataFrame(self.records)
        known = [name for name in frame.columns if name in types]
        return frame.astype({name: types[name] for name in known})


def _labelled(
    name: str, label: re.Pattern[str], sheet: FormSheet, texts: Sequence[tuple[int, int, str]]
) -> dict[str, tuple[Any, str, str]]:
    """A labelled value of the head: in the label's own cell, or in the next filled one of its row."""
    for row, column, text in texts:
        found = label.fullmatch(normal(text))
        if not found:
            continue
        if found[1]:
            return {name: (found[1], _address((row, column)), found[0])}
        line = sheet.grid.rows[row]
        right = next((at for at in range(column + 1, len(line)) if not is_blank(line[at])), None)
        if right is not None and VALUES[name].fullmatch(normal(show(line[right]))):
            return {name: (normal(show(line[right])), _address((row, right)), found[0])}
    return {}


def _head_texts(grid: Grid) -> Iterator[str]:
    """Texts of the head, each also with its right neighbour (a label and its value in two cells)."""
    for line in grid.rows[:HEAD_ROWS]:
        filled = [normal(show(cell)) for cell in line if not is_blank(cell)]
        yield from filled
        yield from (before + after for before, after in pairwise(filled))


def _titles(cells: Any) -> dict[str, str]:
    found = {}
    for cell in cells:
        if isinstance(cell, str) and not is_blank(cell) and not is_number(cell):
            name, unit = clean_level(ORDINAL.sub("", unicodedata.normalize("NFKC", "".join(cell.split()))))
            found[name] = unit
    return found


def _all_in(wanted: Sequence[str], titles: Mapping[str, str]) -> bool:
    return all(any(clean_level(one)[0] in titles for one in title.split("|")) for title in wanted)


def _range(cell: str, rows: Sequence[Sequence[Cell]]) -> tuple[Found, Found]:
    """Zero-based corners of an address or range; the whole sheet for none."""
    if not cell:
        return (0, 0), (len(rows), max(map(len, rows), default=0))
    first, _, last = cell.partition(":")
    return _corner(first), _corner(last or first)


def _corner(cell: str) -> Found:
    letters = cell.rstrip("0123456789")
    return position(letters, int(cell[len(letters) :]))


def _address(place: Found) -> str:
    return f"{column_letter(place[1])}{place[0] + 1}"
