"""Sheets whose columns are found by header path: which rows are schools, which cells belong to which field."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

import pandas as pd

from balance_analysis.terms import Severity
from balance_analysis.workbook.cells import code_and_word, is_blank, show
from balance_analysis.workbook.excel import Cell
from balance_analysis.workbook.header_paths import (
    ColumnPath,
    Header,
    clean_level,
    is_counter,
    is_number,
    match_path,
    read_header,
    split_path,
    unit_factor,
)
from balance_analysis.workbook.layouts import SheetLayout
from balance_analysis.workbook.sheet_xml import column_letter
from balance_analysis.workbook.sheets import Columns, Row, SheetReader

TOTAL_ROW = re.compile(
    r"(?:.{0,12}(?:省|市|县|区|旗|镇|乡|学校|小学|初中|高中)|全[省市县区旗校])?(?:合计|总计|小计|计|汇总|平均|平均值|均值)"
)
GRAND_TOTALS = ("合计", "总计", "全县合计", "全区合计", "全市合计", "全县总计")
MOST_NAMED = 30
"""Schools that one message names."""
NOTE_ROW = re.compile(
    r"(?:注|备注|附注|说明|填表说明|填报说明|填表人|制表人?|制表时间|审核人?|负责人|单位负责人|填报单位|填报时间|填表日期|联系电话|数据来源|资料来源|统计时间|导出时间)(?:[::(\s0-9.、].*|$)|第[0-9]+页.*|[-—]?[0-9]+[-—]"
)


@dataclass
class PathSheetReader(SheetReader):
    """Reads a sheet with a header of several rows, title rows above and totals or notes among the data."""

    header: Header = field(default_factory=lambda: Header((), 0, ()))

    def read(self) -> tuple[pd.DataFrame, Columns]:
        """The typed frame and the address of each column; see :class:`SheetReader`."""
        self.header = read_header(self.grid)
        self.limit = None
        found = find_columns(self.sheet, self.header.columns)
        self._ambiguous(found)
        positions = {name: paths[0] for name, paths in found.items() if len(paths) == 1}
        contained = self._contained(positions)
        self._report_absent(found, contained)
        self._convert(positions)
        indexes = {name: path.index for name, path in positions.items()}
        rows = self._prepared(self._school_rows(indexes), indexes)
        texts = {path.index: path.text for path in self.header.columns}
        width = max([*texts, *indexes.values()], default=-1) + 1
        frame, columns = self._typed(rows, indexes, [texts.get(index, "") for index in range(width)])
        for name, container in contained.items():
            frame[name] = frame[container].where(frame[container].isna(), 0.0)
        return self._leave_out(frame, rows, indexes), columns

    # --- columns -----------------------------------------------------------------------------------

    def _ambiguous(self, found: Mapping[str, tuple[ColumnPath, ...]]) -> None:
        for item in self.sheet.fields:
            paths = found.get(item.name, ())
            if len(paths) > 1:
                places = "、".join(
                    f"{column_letter(path.index)}列“{path.text}”{f'（{path.unit}）' if path.unit else ''}"
                    for path in paths
                )
                self._issue(
                    "ambiguous_column", Severity.HARD, f"{column_letter(paths[0].index)}{paths[0].row + 1}", item.header,
                    places, f"只有一列“{item.header}”", "删去或改名多余的列，使表头路径只对应一列",
                    "几列都像同一项，不知道该用哪一列。",
                )  # fmt: skip

    def _contained(self, positions: dict[str, ColumnPath]) -> dict[str, str]:
        """Fields whose figures another column already holds: 音乐 and 美术 under 艺术 with its own total."""
        result: dict[str, str] = {}
        for item in self.sheet.fields:
            container = positions.get(item.contained_in)
            if not item.contained_in or container is None:
                continue
            group = container.levels[:-1] if container.levels[-1] == "计" else container.levels
            own = positions.get(item.name)
            if own is None or own.levels[: len(group)] == group:
                positions.pop(item.name, None)
                result[item.name] = item.contained_in
        if result:
            headers = {item.name: item.header for item in self.sheet.fields}
            holder = positions[next(iter(result.values()))]
            self._issue(
                "contained_column", Severity.NOTE, f"{column_letter(holder.index)}{holder.row + 1}", holder.text,
                f"“{'”“'.join(headers[name] for name in result)}”没有与它并列的列", "并列的列，或已包含在本列中",
                "如它们不包含在本列中，请补上并列的列", "已按“包含在本列中”处理，不重复相加。",
            )  # fmt: skip
        return result

    def _report_absent(
        self, found: Mapping[str, tuple[ColumnPath, ...]], contained: Mapping[str, str]
    ) -> None:
        absent = [item for item in self.sheet.fields if item.name not in found and item.name not in contained]
        texts = {path.text: path for path in self.header.columns}
        for item in absent:
            if item.required:
                near = difflib.get_close_matches("/".join(split_path(item.header)), texts, n=1, cutoff=0.5)
                cell = f"{column_letter(texts[near[0]].index)}{texts[near[0]].row + 1}" if near else "表头"
                seen = f"没有这一列；{cell} 是“{near[0]}”" if near else "没有这一列"
                self._issue(
                    "missing_column", Severity.HARD, cell, item.header, seen, f"表头路径“{item.header}”",
                    "改正或补上这一列", "缺少必需的列。",
                )  # fmt: skip
        optional = [item.header for item in absent if not item.required]
        if optional:
            self._issue(
                "absent_column", Severity.NOTE, "表头", "", f"缺少{len(optional)}列：{'、'.join(optional)}", "选填的列",
                "需要相关结论时补上这些列，或写在补充信息表中", "缺少选填的列，依赖它们的指标无法判定。",
            )  # fmt: skip
        used = {path.index for paths in found.values() for path in paths}
        extra = [path for path in self.header.columns if path.index not in used]
        if extra:
            shown = "、".join(f"{column_letter(path.index)}列“{path.text}”" for path in extra[:3])
            self._issue(
                "unknown_column", Severity.NOTE, "表头", "", f"{len(extra)}列：{shown}{'等' if len(extra) > 3 else ''}",
                "本系统使用的列", "无需处理", "其余的列未使用。",
            )  # fmt: skip

    def _convert(self, positions: Mapping[str, ColumnPath]) -> None:
        """Take over the unit that the header names (元 for 万元) as the field's factor, and say so."""
        fields = []
        for item in self.sheet.fields:
            path = positions.get(item.name)
            factor = unit_factor(path.unit, item.unit) if path is not None else "1"
            if path is not None and factor is not None and factor != "1":
                item = replace(item, factor=str(Decimal(item.factor) * Decimal(factor)))
                self._issue(
                    "unit_converted", Severity.NOTE, f"{column_letter(path.index)}{path.row + 1}", path.text,
                    f"单位是{path.unit}", f"单位是{item.unit}", "核对表头的单位", f"已折算为{item.unit}。",
                )  # fmt: skip
            fields.append(item)
        self.sheet = replace(self.sheet, fields=tuple(fields))

    # --- rows --------------------------------------------------------------------------------------

    def _school_rows(self, positions: Mapping[str, int]) -> list[Row]:
        """Rows that are schools: not blank, no total, no note; what was passed over is said."""
        name = positions.get("school_name", 0)
        rows: list[Row] = []
        totals: list[Row] = []
        notes: list[int] = []
        for number in range(self.header.first_data_row, len(self.grid.rows)):
            cells = self.grid.rows[number]
            if all(is_blank(cell) for cell in cells) or self.is_header_again(cells):
                continue
            label = first_text(cells, name)
            if TOTAL_ROW.fullmatch(label):
                totals.append((number, cells))
            elif is_note(cells, label) or self._spans(number):
                notes.append(number)
            else:
                rows.append((number, cells))
        self._passed_over(totals, notes)
        self._check_totals(rows, totals, positions, name)
        return rows

    def is_header_again(self, cells: Sequence[Cell]) -> bool:
        """A row of the header repeated among the data (a new page, the next stage), or a row of column numbers."""
        if is_counter(cells):
            return True
        filled = [
            (index, clean_level(show(cell))[0]) for index, cell in enumerate(cells) if not is_blank(cell)
        ]
        levels = {path.index: path.levels for path in self.header.columns}
        return len(filled) > 1 and all(text in levels.get(index, ()) for index, text in filled)

    def _spans(self, row: int) -> bool:
        """A merged text over several columns with nothing else in its row: a footer."""
        filled = [cell for cell in self.grid.rows[row] if not is_blank(cell)]
        return len(filled) == 1 and any(
            top <= row <= bottom and right > left for (top, left), (bottom, right) in self.grid.merged
        )

    def _passed_over(self, totals: Sequence[Row], notes: Sequence[int]) -> None:
        for kind, numbers in (
            ("合计行", [number for number, _ in totals]),
            ("标题、标准或注释行", list(notes)),
        ):
            if numbers:
                lines = "、".join(str(number + 1) for number in numbers)
                self._issue(
                    "row_passed_over", Severity.NOTE, f"第{numbers[0] + 1}行", "", f"第{lines}行是{kind}", "每行一所学校",
                    "如其中有学校，请改正校名", f"{kind}不是学校，未读入。",
                )  # fmt: skip

    def _check_totals(
        self, rows: Sequence[Row], totals: Sequence[Row], positions: Mapping[str, int], name: int
    ) -> None:
        """A grand total that the schools do not add up to: rows are lacking or twice there."""
        grand = [row for row in totals if first_text(row[1], name) in GRAND_TOTALS]
        if len(grand) != 1 or len(totals) != 1:
            return
        number, cells = grand[0]
        for item in self.sheet.fields:
            index = positions.get(item.name)
            if index is None or not item.name.endswith("enrolment"):
                continue
            filed = _plain(cells, index)
            parts = [_plain(row, index) for _, row in rows]
            known = [part for part in parts if part is not None]
            if filed is not None and sum(known) != filed:
                self._issue(
                    "total_mismatch", Severity.SOFT, f"{column_letter(index)}{number + 1}", item.header,
                    f"合计{show(filed)}，各校之和{show(float(sum(known)))}（{len(known)}所）", "两者相等",
                    "核对是否漏了学校、重复了学校或改动过数据", "合计行与各校之和不等。",
                )  # fmt: skip

    def _prepared(self, rows: list[Row], positions: Mapping[str, int]) -> list[Row]:
        """Words for a blank made blank (and said), longer codes cut to the digits that matter, types by their word."""
        digits = {
            positions[item.name]: item.leading_digits
            for item in self.sheet.fields
            if item.leading_digits and item.name in positions
        }
        left = {positions[name]: values for name, values in self.layout.left_out.items() if name in positions}
        result = []
        dashes: dict[int, list[int]] = {}
        for number, cells in rows:
            copied = ["" if show(cell) in self.layout.blanks else cell for cell in cells]
            for index in set(positions.values()):
                if index < len(cells) and not is_blank(cells[index]) and is_blank(copied[index]):
                    dashes.setdefault(index, []).append(number + 1)
            for index, values in left.items():
                text = show(copied[index]) if index < len(copied) else ""
                if text not in values:
                    copied[index : index + 1] = [code_and_word(text, dict.fromkeys(values)) or copied[index]]
            for index, length in digits.items():
                text = show(copied[index]) if index < len(copied) else ""
                if text.isdigit() and len(text) in (2 * length, length + 3):
                    copied[index] = text[:length]
            result.append((number, copied))
        self._dashes(positions, dashes)
        return result

    def _dashes(self, positions: Mapping[str, int], dashes: Mapping[int, Sequence[int]]) -> None:
        """A dash is no figure, and no zero either: which columns hold one."""
        headers = {positions[item.name]: item.header for item in self.sheet.fields if item.name in positions}
        if dashes:
            index, lines = min(dashes.items())
            places = "、".join(f"{headers[at]}（{len(rows)}处）" for at, rows in sorted(dashes.items()))
            self._issue(
                "dash_read_as_blank", Severity.SOFT, f"{column_letter(index)}{lines[0]}", headers[index], places,
                "数字；确实没有的填0", "是0的改填0；没有数据的留空", "“—”之类的符号按空白处理，不作为0。",
            )  # fmt: skip

    def _leave_out(
        self, frame: pd.DataFrame, rows: Sequence[Row], positions: Mapping[str, int]
    ) -> pd.DataFrame:
        """Drop rows of types outside compulsory education, and the refusals of their codes."""
        for name, values in self.layout.left_out.items():
            index = positions.get(name)
            if index is None or frame.empty:
                continue
            out = [index < len(cells) and show(cells[index]) in values for _, cells in rows]
            if not any(out):
                continue
            lines = [number + 1 for (number, _), leave in zip(rows, out, strict=True) if leave]
            cells_out = {f"第{line}行" for line in lines}
            self.issues = [
                issue for issue in self.issues if f"第{_row_of(issue.place.cell)}行" not in cells_out
            ]
            item = next(entry for entry in self.sheet.fields if entry.name == name)
            self._issue(
                "school_left_out", Severity.NOTE, f"{column_letter(index)}{lines[0]}", item.header,
                self._named(rows, out, positions, index), "义务教育学校", "无需处理",
                "不属于评估范围的学校未读入。",
            )  # fmt: skip
            keep = [not leave for leave in out]
            frame = frame[keep].reset_index(drop=True)
            rows = [row for row, kept in zip(rows, keep, strict=True) if kept]
        return frame

    @staticmethod
    def _named(rows: Sequence[Row], out: Sequence[bool], positions: Mapping[str, int], kind: int) -> str:
        """The rows that are left out, by name and type."""
        name = positions.get("school_name", 0)
        names = [
            f"{first_text(cells, name)}（{show(cells[kind])}，第{number + 1}行）"
            for (number, cells), leave in zip(rows, out, strict=True)
            if leave
        ]
        return f"{len(names)}所：{'、'.join(names[:MOST_NAMED])}{'等' if len(names) > MOST_NAMED else ''}"


def find_columns(sheet: SheetLayout, columns: Sequence[ColumnPath]) -> dict[str, tuple[ColumnPath, ...]]:
    """Field name → the columns that fit its first path that finds any; the name column may be found by place."""
    found: dict[str, tuple[ColumnPath, ...]] = {}
    for item in sheet.fields:
        for path in (item.header, *item.also):
            fitting = match_path(path, columns, unit=item.unit)
            if fitting:
                found[item.name] = fitting
                break
    taken = {path.index for paths in found.values() for path in paths}
    if "school_name" not in found and columns and columns[0].index not in taken:
        found["school_name"] = (columns[0],)
    return found


def first_text(cells: Sequence[Cell], name: int) -> str:
    """The name cell, or the first cell with something in it where the name is blank, without white space."""
    chosen = cells[name] if name < len(cells) and not is_blank(cells[name]) else None
    if chosen is None:
        chosen = next((cell for cell in cells if not is_blank(cell)), "")
    return "".join(unicodedata.normalize("NFKC", show(chosen)).split())


def is_note(cells: Sequence[Cell], label: str) -> bool:
    """A row that begins like a note and has no figures."""
    return NOTE_ROW.match(label) is not None and not any(map(is_number, cells))


def _plain(cells: Sequence[Cell], index: int) -> float | None:
    cell = cells[index] if index < len(cells) else ""
    return float(show(cell).replace(",", "")) if is_number(cell) and not show(cell).endswith("%") else None


def _row_of(cell: str) -> str:
    found = re.search(r"[0-9]+", cell)
    return found[0] if found else ""
