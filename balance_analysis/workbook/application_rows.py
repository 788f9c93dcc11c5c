"""Table Ⅱ-2 of the application form: which rows are schools, of which stage, and one row per school in the end."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from balance_analysis.terms import Severity, Stage
from balance_analysis.workbook import check_kit
from balance_analysis.workbook.cells import is_blank, show
from balance_analysis.workbook.file_context import stages_named
from balance_analysis.workbook.header_paths import clean_level, is_number
from balance_analysis.workbook.path_sheets import TOTAL_ROW, PathSheetReader, first_text, is_note
from balance_analysis.workbook.sheet_xml import column_letter
from balance_analysis.workbook.sheets import Columns, Row
from balance_analysis.workbook.tables import PROVENANCE

SECTION = re.compile(
    r"(?:[一二三四1-4][、.]|\([一二12]\))?(小学|初中|初级中学)(?:学段|阶段|部分|教育|学校|部)?(?:\(.*\))?(?:[0-9]+所)?[::]?"
)
NO_SCHOOL = re.compile(
    r"(?:标准|达标标准|评估标准|限值|最低|最高|差异系数|标准差|平均|全[县区市]|综合|85%).*"
)
STAGE_FIELDS = ("enrolment", "grades", "classes")
PER = ("_per_100_pupils", "_per_pupil")
FORM_STAGE = "form_stage"

Elsewhere = dict[tuple[str, str, int, str], tuple[str, str, str, str]]
"""(file, sheet, row, field) → (file, sheet, cell, header) of a figure that does not stand in its row's own place."""


@dataclass
class FormReader(PathSheetReader):
    """Reads Ⅱ-2: schools by their number and name, the stage by column, section row, name or restarting numbers."""

    stages: list[str] = field(default_factory=list)

    def _school_rows(self, positions: Mapping[str, int]) -> list[Row]:
        name, serial = positions.get("school_name", 0), positions.get("serial_number", -1)
        values = [index for item, index in positions.items() if item.endswith(("enrolment", *PER))]
        rows: list[Row] = []
        sections: list[str] = []
        passed: list[int] = []
        section = ""
        for number in range(self._first_row(), len(self.grid.rows)):
            cells = self.grid.rows[number]
            if all(is_blank(cell) for cell in cells) or self.is_header_again(cells):
                continue
            label = first_text(cells, name)
            leader = first_text(cells, 0)
            figures = [cells[index] for index in values if index < len(cells)]
            found = next(
                (SECTION.fullmatch(text) for text in (leader, label) if SECTION.fullmatch(text)), None
            )
            if found and not any(map(is_number, figures)):
                section = stages_named(found[1]).pop()
            elif any(TOTAL_ROW.fullmatch(text) or NO_SCHOOL.fullmatch(text) for text in (leader, label)) or (
                is_note(cells, leader) or self._spans(number)
            ):
                passed.append(number)
            else:
                rows.append((number, cells))
                sections.append(section)
        self._passed_over([], passed)
        self.stages = self._stages(rows, sections, positions.get(FORM_STAGE), serial)
        return rows

    def _first_row(self) -> int:
        """Section rows say one thing only and may stand between the header and the first figures."""
        number = self.header.first_data_row
        lowest = max((path.row for path in self.header.columns), default=0)
        return max(min(number, lowest + 1), 1)

    def _stages(self, rows: list[Row], sections: list[str], column: int | None, serial: int) -> list[str]:
        if column is not None:
            named = [stages_named(show(cells[column])) if column < len(cells) else set() for _, cells in rows]
            return [self._certain(row, found) for row, found in zip(rows, named, strict=True)]
        if rows and all(sections):
            return sections
        titles = "".join(text for row, _, text in self.header.texts if row < self._header_top())
        for text in (self.grid.name, titles, self.raw.name.rpartition("/")[2]):
            own = stages_named(text) & set(map(str, Stage))
            if len(own) == 1 and not any(sections):
                return list(own) * len(rows)
        return self._by_serial(rows, sections, serial)

    def _header_top(self) -> int:
        """The first row in which a column's own name stands; titles stand above it."""
        names = {level for path in self.header.columns for level in path.levels}
        return min((row for row, _, text in self.header.texts if clean_level(text)[0] in names), default=0)

    def check_means(self, frame: pd.DataFrame) -> None:
        """A column of values whose mean no county can have holds totals of schools; it is refused."""
        for item in self.sheet.fields:
            largest = self.sheet.largest_mean.get(item.name)
            if largest is None or item.name not in frame:
                continue
            mean = frame[item.name].mean()
            if mean > float(largest):
                index = self.positions[item.name]
                row = next((path.row for path in self.header.columns if path.index == index), 0)
                self._issue(
                    "values_are_totals", Severity.HARD, f"{column_letter(index)}{row + 1}", item.header,
                    f"各校平均{check_kit.number(float(mean))}", f"已算好的生均、每百名数值（各校平均不超过{largest}）",
                    "填写生均、每百名数值；只有总数的，请用填报模板或统计平台导出表", "这一列像是各校的总数，不是申报表的数值。",
                )  # fmt: skip

    def _certain(self, row: Row, found: set[str]) -> str:
        if len(found) == 1 and found <= set(map(str, Stage)):
            return next(iter(found))
        self._issue(
            "stage_unknown", Severity.HARD, f"第{row[0] + 1}行", "学段", "、".join(sorted(found)) or "（空）", "小学或初中",
            "改为“小学”或“初中”", "不知道这一行是哪个学段。",
        )  # fmt: skip
        return ""

    def _by_serial(self, rows: list[Row], sections: list[str], serial: int) -> list[str]:
        """The form puts primary first; where nothing else tells, the number that starts again marks junior."""
        starts = [
            position
            for position, (_, cells) in enumerate(rows)
            if 0 <= serial < len(cells) and show(cells[serial]) == "1"
        ]
        if not any(sections) and len(starts) == 2 and starts[0] == 0:
            line = rows[starts[1]][0] + 1
            self._issue(
                "stage_by_serial", Severity.NOTE, f"第{line}行", "序号", f"序号在第{line}行重新从1起", "分段行或“学段”列",
                "核对：这一行以前是小学，从这一行起是初中", "按申报表“先小学后初中”的顺序区分学段。",
            )  # fmt: skip
            return ["primary"] * starts[1] + ["junior_secondary"] * (len(rows) - starts[1])
        if rows:
            unknown = next(
                (number for (number, _), stage in zip(rows, sections, strict=True) if not stage), 0
            )
            found = (
                "没有“学段”列，分段行不全"
                if any(sections)
                else f"没有“学段”列和分段行，序号从1起{len(starts)}次"
            )
            self._issue(
                "stage_unknown", Severity.HARD, f"第{unknown + 1}行", "学段", found,
                "“学段”列，或“小学”“初中”分段行，或小学、初中各自从1编号",
                "增加“学段”一列，逐行填写小学或初中", "不知道这些行是哪个学段。",
            )  # fmt: skip
        return sections


def widen(frame: pd.DataFrame, columns: Columns) -> tuple[pd.DataFrame, Columns, Elsewhere]:
    """One row per school from one row per school and stage: ``enrolment`` becomes ``primary_enrolment`` and so on.

    A school whose name stands in both stages (of one county and year) is one school; two rows of one stage stay two
    rows. The returned addresses cover both stages; figures of a joined row's second line are told apart.
    """
    staged = [name for name in frame.columns if name in STAGE_FIELDS or str(name).endswith(PER)]
    shared = [name for name in frame.columns if name not in (*staged, FORM_STAGE, "serial_number")]
    wide: list[dict[str, object]] = []
    place: dict[tuple[object, ...], dict[str, object]] = {}
    elsewhere: Elsewhere = {}
    for row in frame.to_dict("records"):
        stage = row[FORM_STAGE]
        key = (row["source_file"], row["school_name"])
        head = place.get(key)
        own = {f"{stage}_{name}": row[name] for name in staged}
        if head is None or not isinstance(row["school_name"], str) or not set(own).isdisjoint(head):
            head = {name: row[name] for name in shared} | own
            place[key] = head
            wide.append(head)
            continue
        head.update(own)
        at = tuple(head[name] for name in PROVENANCE)
        for name in staged:
            found = columns.get((str(row["source_file"]), "schools", name))
            if found is not None:
                cell = f"{found[1]}{row['source_row']}"
                elsewhere[str(at[0]), str(at[1]), int(str(at[2])), f"{stage}_{name}"] = (
                    str(row["source_file"]), str(row["source_sheet"]), cell, found[2],
                )  # fmt: skip
    names = [*shared, *(f"{stage}_{name}" for stage in Stage for name in staged)]
    result = pd.DataFrame(wide, columns=names)
    for name in names:
        if name in frame:
            result[name] = result[name].astype(frame[name].dtype)
        else:
            result[name] = result[name].astype("float64")
    addresses = {
        key: found for key, found in columns.items() if key[2] not in (*staged, FORM_STAGE, "serial_number")
    }
    for (file, table, name), found in columns.items():
        if name in staged:
            addresses |= {(file, table, f"{stage}_{name}"): found for stage in Stage}
    return result, addresses, elsewhere
