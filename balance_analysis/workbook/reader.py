"""Files to checked tables: open, recognise the layout, read each sheet, check what they say together."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from balance_analysis.errors import Issue, Place, limit_issues
from balance_analysis.terms import Severity, Sponsor
from balance_analysis.workbook.attached import settle_attached
from balance_analysis.workbook.cells import show
from balance_analysis.workbook.checks import check_tables
from balance_analysis.workbook.division_codes import settle_codes
from balance_analysis.workbook.form_files import find_forms, old_forms, read_forms
from balance_analysis.workbook.grids import RawFile, open_file
from balance_analysis.workbook.hidden import hidden_parts
from balance_analysis.workbook.joining import complete_tables
from balance_analysis.workbook.layouts import Layout, complete_frame, empty_frame, load_layout
from balance_analysis.workbook.path_files import find_sheets, read_sheets
from balance_analysis.workbook.recognition import find_grid, missing_sheet, recognise, unused_sheets
from balance_analysis.workbook.sheets import Columns, read_sheet
from balance_analysis.workbook.side_file import has_side_headers, read_side_file, side_files_beside
from balance_analysis.workbook.tables import TABLES, SchoolTables, SourceFile, combine_tables
from balance_analysis.workbook.workshop import COMPLETED

GUIDE_SHEET = "填报说明"
LEDGER_SHEET = "进展"
"""A sheet of the template that the ledger reads (``programmes.ledger``), not this module."""
NON_GOVERNMENT_SPONSOR = "10"


Side = str | Path | Sequence[str | Path] | None


def read_workbook(path: str | Path, *, layout: str | None = None, side: Side = None) -> SchoolTables:
    """Read and check one file of any known layout.

    Never raises for what the file contains: findings are in ``tables.issues`` (hard ones forbid an
    assessment). ``layout`` forces a layout id; otherwise it is recognised by sheets and headers.
    ``side`` is a side file (:mod:`side_file`) for exports and forms; those that lie beside them are found anyway.
    """
    return read_workbooks([path], layout=layout, side=side)


def read_workbooks(
    paths: Sequence[str | Path], *, layout: str | None = None, side: Side = None
) -> SchoolTables:
    """Read several files as one and check them together, so that contradictions between files show.

    A file with the content of an earlier one is noted and not read twice. Files of one name in
    different folders keep their folder in messages. Statistics exports of one county are joined school by school.
    """
    data, sides = split_side_files(paths)
    tables = _combined(_read_all(data, layout))
    return _checked(_settled(tables, data, [*sides, *side_paths(side)]))


def split_side_files(paths: Sequence[str | Path]) -> tuple[list[Path], list[Path]]:
    """Data files and side files (补充信息) of a list that may hold both.

    A side file is a TOML file, one whose name says 补充, or one of any name whose headers are those of a side file.
    """
    files = [Path(path) for path in paths]
    sides = [
        path
        for path in files
        if path.suffix.lower() == ".toml" or "补充" in path.name or has_side_headers(path)
    ]
    return [path for path in files if path not in sides], sides


def side_paths(side: Side) -> list[Path]:
    """The side files of an argument that may be one path, several, or none."""
    if side is None:
        return []
    return [Path(side)] if isinstance(side, str | Path) else [Path(path) for path in side]


def read_unchecked(path: str | Path, *, layout: str | None = None, name: str | None = None) -> SchoolTables:
    """Read one file; ``issues`` holds what reading found, the checks on the typed tables come later.

    ``name`` is what messages call the file.
    """
    return _tables(open_file(Path(path), name=name), layout)


def check_workbook(path: str | Path, *, layout: str | None = None, side: Side = None) -> list[Issue]:
    """Every issue of one file at once: hard, soft, notes, each by place."""
    return check_workbooks([path], layout=layout, side=side)


def check_workbooks(
    paths: Sequence[str | Path], *, layout: str | None = None, side: Side = None
) -> list[Issue]:
    """Every issue of several files at once, those between files included."""
    groups = read_groups(paths, layout=layout, side=side)
    return in_order(issue for tables in groups for issue in tables.issues)


def read_groups(
    paths: Sequence[str | Path], *, layout: str | None = None, side: Side = None
) -> list[SchoolTables]:
    """Several files as :func:`read_workbooks` reads them; files whose strata differ, which cannot be assessed together, apart."""
    data, sides = split_side_files(paths)
    given = [*sides, *side_paths(side)]
    groups: list[list[SchoolTables]] = []
    for part in _read_all(data, layout):
        group = next((item for item in groups if item[0].stratification == part.stratification), None)
        if group is None:
            groups.append([part])
        else:
            group.append(part)
    return [_checked(_settled(_combined(group), data, given)) for group in groups]


def in_order(issues: Iterable[Issue]) -> list[Issue]:
    """Issues as they are told: hard before soft before notes, then by file, sheet, row and column."""
    return sorted(issues, key=_order)


def _combined(parts: Sequence[SchoolTables]) -> SchoolTables:
    """Several files as one, with malformed county codes settled."""
    return settle_codes(combine_tables(parts))


def _completed(tables: SchoolTables, data: Sequence[Path], given: Sequence[Path]) -> SchoolTables:
    """Exports and forms joined and answered from side files: the given ones and those beside the files."""
    if COMPLETED not in tables.schools:
        return tables
    places = [path.resolve() for path in (*given, *side_files_beside(data))]
    return complete_tables(tables, [read_side_file(place) for place in dict.fromkeys(places)])


def _settled(tables: SchoolTables, data: Sequence[Path], given: Sequence[Path]) -> SchoolTables:
    """What the files say with everything answered and joined, before it is checked."""
    return settle_attached(_completed(tables, data, given))


def _checked(tables: SchoolTables) -> SchoolTables:
    return replace(tables, issues=tuple(limit_issues((*tables.issues, *check_tables(tables)))))


def _read_all(paths: Sequence[str | Path], layout: str | None) -> list[SchoolTables]:
    files = [Path(path) for path in paths]
    names = _display_names(files)
    parts: list[SchoolTables] = []
    for path, name in zip(files, names, strict=True):
        raw = open_file(path, name=name)
        same = next(
            (part.sources[0].name for part in parts if raw.sha256 and part.sources[0].sha256 == raw.sha256),
            None,
        )
        parts.append(
            _tables(raw, layout) if same is None else _assembled(raw, None, {}, [_repeated(name, same)])
        )
    return parts


def _display_names(files: Sequence[Path]) -> list[str]:
    """File names; where two are the same, with as many folders as it takes to tell them apart."""
    names = [path.name for path in files]
    for depth in range(2, max((len(path.parts) for path in files), default=0) + 1):
        seen = Counter(names)
        names = [
            "/".join(path.parts[-depth:]) if seen[name] > 1 else name
            for path, name in zip(files, names, strict=True)
        ]
    return names


def _repeated(name: str, same: str) -> Issue:
    return Issue(
        code="repeated_file",
        severity=Severity.NOTE,
        place=Place(file=name),
        found=f"内容与 {same} 完全相同",
        expected="每个文件只提交一次",
        remedy="去掉重复的文件",
        message="同一文件提交了两次，只读取一次。",
    )


def _order(issue: Issue) -> tuple[int, str, str, int, int, str]:
    """Hard before soft before notes, then file, sheet, row, column."""
    severity = {Severity.HARD: 0, Severity.SOFT: 1, Severity.NOTE: 2}[issue.severity]
    cell = re.fullmatch(r"([A-Z]*)([0-9]+)", issue.place.cell)
    letters, row = (cell[1], int(cell[2])) if cell else ("", 0)
    return severity, issue.place.file, issue.place.sheet, row, len(letters), letters


def _tables(raw: RawFile, layout: str | None) -> SchoolTables:
    issues = list(raw.issues)
    if not raw.grids:
        return _assembled(raw, None, {}, issues)
    reading = "" if layout is None else load_layout(layout).reading
    forms = find_forms(raw) if reading in ("", "statistics_forms") else []
    if forms:
        frame, elsewhere, found_issues, form_layout = read_forms(raw, forms)
        return _assembled(raw, form_layout, {"schools": frame}, [*issues, *found_issues], elsewhere=elsewhere)
    if reading == "statistics_forms" or (not layout and old_forms(raw)):
        return _assembled(raw, None, {}, [*issues, _no_forms(raw, old_forms(raw))])
    sheets = [] if reading == "exact_headers" else find_sheets(raw, layout=layout)
    if sheets:
        content = read_sheets(raw, sheets)
        used = {(sheet, letter) for sheet, letter, _ in content.columns.values()}
        issues += hidden_parts(raw.name, [sheet.grid for sheet in sheets], used)
        return _assembled(
            raw,
            content.layout,
            {"schools": content.frame},
            [*issues, *content.issues],
            columns=content.columns,
            elsewhere=content.elsewhere,
        )
    if layout is not None:
        chosen = load_layout(layout)
    else:
        found, unknown = recognise(raw)
        if found is None:
            return _assembled(raw, None, {}, [*issues, *unknown])
        chosen = found
    frames: dict[str, pd.DataFrame] = {}
    columns: Columns = {}
    for sheet in chosen.sheets:
        grid = find_grid(raw, sheet)
        if grid is not None:
            frames[sheet.table], addresses, found_issues = read_sheet(raw, chosen, sheet, grid)
            columns.update(addresses)
            issues.extend(found_issues)
        elif sheet.required:
            issues.append(missing_sheet(raw, sheet))
        else:
            issues.append(_absent_sheet(raw, sheet.name))
    found_grids = [grid for sheet in chosen.sheets if (grid := find_grid(raw, sheet)) is not None]
    issues += hidden_parts(raw.name, found_grids, {(sheet, letter) for sheet, letter, _ in columns.values()})
    issues.extend(unused_sheets(raw, chosen, (GUIDE_SHEET, LEDGER_SHEET)))
    return _assembled(raw, chosen, frames, issues, columns=columns)


def _assembled(
    raw: RawFile,
    layout: Layout | None,
    frames: Mapping[str, pd.DataFrame],
    issues: Iterable[Issue],
    **places: Any,
) -> SchoolTables:
    """The tables of one file; without a layout, of a file that says nothing."""
    head = (layout.id, layout.source, _says_simulated(raw)) if layout else ("", "", False)
    tables: dict[str, Any] = {name: _complete(frames.get(name), name) for name in TABLES}
    return SchoolTables(
        **tables,
        sources=(SourceFile(raw.name, raw.sha256, *head),),
        stratification=(layout or load_layout("own_template")).stratification,
        issues=tuple(issues),
        **places,
    )


def _no_forms(raw: RawFile, old: Sequence[str]) -> Issue:
    numbers = "、".join(f"基础基{number}" for number in old)
    return Issue(
        code="forms_of_2018_to_2020" if old else "no_forms",
        severity=Severity.HARD,
        place=Place(file=raw.name),
        found=numbers or f"工作表：{'、'.join(grid.name for grid in raw.grids)}",
        expected="2021年起的教基表（教基1102、3112等），表号印在工作表名或表头",
        remedy="提交2021年起的表；较早学年请用统计平台导出表或填报模板",
        message="2018—2020年的基础基表没有单元格对照，未读入。" if old else "没有找到教基表。",
    )


def _absent_sheet(raw: RawFile, name: str) -> Issue:
    return Issue(
        code="absent_sheet",
        severity=Severity.NOTE,
        place=Place(file=raw.name, sheet=name),
        found="没有这个工作表",
        expected=f"工作表“{name}”（选填）",
        remedy="需要相关结论时补上这个工作表",
        message="缺少选填的工作表，依赖它的项目无法判定。",
    )


def _complete(frame: pd.DataFrame | None, table: str) -> pd.DataFrame:
    """Give a frame every field of its table; schools also their sponsor in two words."""
    frame = empty_frame(table) if frame is None else complete_frame(frame, table)
    if table == "schools":
        sponsors = frame["sponsor_type"].map(
            lambda code: (
                Sponsor.NON_GOVERNMENT.value if code == NON_GOVERNMENT_SPONSOR else Sponsor.PUBLIC.value
            ),
            na_action="ignore",
        )
        frame["sponsor"] = sponsors.astype("str")
    return frame


def _says_simulated(raw: RawFile) -> bool:
    for grid in raw.grids:
        if grid.name == GUIDE_SHEET:
            for row in grid.rows:
                if len(row) > 1 and show(row[0]) == "数据性质":
                    return "模拟" in show(row[1])
    return False
