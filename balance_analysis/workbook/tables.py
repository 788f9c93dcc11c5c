"""What a file says once it is typed: frames that remember their cells."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from balance_analysis.errors import BalanceAnalysisError, Issue, Place
from balance_analysis.terms import Severity
from balance_analysis.workbook.layouts import Stratification, empty_frame

TABLES = ("schools", "counties", "evidence", "tasks", "published")
PROVENANCE = ("source_file", "source_sheet", "source_row")
FOUND_BY = dict.fromkeys(TABLES, "division_code") | {"tasks": "source_file"}
"""What a county's rows are found by; tasks name no county and belong to their file."""
COUNTIES_OF = ("schools", "published")
"""The tables that say which counties there are, schools first."""


@dataclass(frozen=True)
class SourceFile:
    """One file that was read: its name, hash, layout and whether it calls itself simulated."""

    name: str
    sha256: str
    layout: str
    origin: str
    simulated: bool


class Line(NamedTuple):
    """Where a row stands and whom it concerns; a text that is missing is empty."""

    file: str
    sheet: str
    row: int
    division_code: str
    school_code: str
    year: int | None


@dataclass(frozen=True)
class SchoolTables:
    """Typed tables of one or more files (columns: ``docs/developer/frames.md``).

    ``columns`` maps (file, table, field) to (sheet, column letter, header) and gives every figure
    its address; ``issues`` are all findings of reading and checking.
    """

    schools: pd.DataFrame
    counties: pd.DataFrame
    evidence: pd.DataFrame
    tasks: pd.DataFrame
    sources: tuple[SourceFile, ...]
    stratification: Stratification
    columns: Mapping[tuple[str, str, str], tuple[str, str, str]] = field(default_factory=dict)
    elsewhere: Mapping[tuple[str, str, int, str], tuple[str, str, str, str]] = field(default_factory=dict)
    supplements: tuple[SourceFile, ...] = ()
    issues: tuple[Issue, ...] = ()
    published: pd.DataFrame = field(default_factory=lambda: empty_frame("published"))

    @cached_property
    def lines(self) -> Mapping[str, list[Line]]:
        """Every row of every table that was read from a file, by position."""
        frames = {name: getattr(self, name) for name in TABLES}
        return {name: _lines(frame) for name, frame in frames.items() if set(PROVENANCE) <= set(frame)}

    @cached_property
    def _positions(self) -> Mapping[str, Mapping[str, Any]]:
        """Positions of rows by table and by what a county's rows are found by."""
        return {name: getattr(self, name).groupby(key).indices for name, key in FOUND_BY.items()}

    @cached_property
    def _concerned(self) -> Mapping[tuple[str, str], list[int]]:
        """Positions of the issues by county code and, where an issue names no county, by file."""
        found: dict[tuple[str, str], list[int]] = defaultdict(list)
        for position, issue in enumerate(self.issues):
            code = issue.division_code
            found[code, "" if code else issue.place.file].append(position)
        return found

    @cached_property
    def _completing(self) -> Mapping[tuple[str, str, int], set[str]]:
        """(file, sheet, row) → files in which some of the row's figures stand."""
        found: dict[tuple[str, str, int], set[str]] = defaultdict(set)
        for key, moved in self.elsewhere.items():
            found[key[:3]].add(moved[0])
        return found

    @property
    def simulated(self) -> bool:
        """Whether any source calls itself simulated."""
        return any(source.simulated for source in self.sources)

    @property
    def hard_issues(self) -> tuple[Issue, ...]:
        """The issues that stop an assessment."""
        return tuple(issue for issue in self.issues if issue.severity is Severity.HARD)

    def place(self, table: str, index: int, name: str) -> tuple[Place, str] | None:
        """File, sheet and cell of a value, and the header above it; None when no file has it."""
        file, own_sheet, number = self.lines[table][index][:3]
        if table == "schools":
            moved = self.elsewhere.get((file, own_sheet, number, name))
            if moved is not None:
                return Place(*moved[:3]), moved[3]
        found = self.columns.get((file, table, name))
        if found is None:
            return None
        sheet, letter, header = found
        return Place(file, sheet, f"{letter}{number}"), header

    def address(self, table: str, index: int, name: str) -> str:
        """Cell of a value as ``学校!K5``, with its file in front where it stands in another file than its row.

        Empty when no file has it.
        """
        found = self.place(table, index, name)
        if found is None:
            return ""
        place, _ = found
        return str(place if place.file != self.lines[table][index].file else replace(place, file=""))

    def files_of(self, rows: pd.DataFrame) -> set[str]:
        """Names of the files that school rows come from, those that only complete a joined row included."""
        places = zip(*(rows[name].tolist() for name in PROVENANCE), strict=True)
        completing = (self._completing[place] for place in places if place in self._completing)
        return set(rows["source_file"]).union(*completing)

    def useful_files(self) -> set[str]:
        """Names of the files that some school or published figure with a county code comes from."""
        known = self.published[self.published["division_code"].notna()]
        return self.files_of(self.schools[self.schools["division_code"].notna()]) | set(known["source_file"])

    def header(self, table: str, name: str) -> str:
        """What the file calls a field; the field name where no file has it."""
        return next(
            (header for (_, t, n), (_, _, header) in self.columns.items() if (t, n) == (table, name)), name
        )

    def division_codes(self) -> tuple[str, ...]:
        """County codes of schools and published figures, sorted."""
        return tuple(sorted({code for name in COUNTIES_OF for code in self._positions[name] if code}))

    def years(self, division_code: str) -> tuple[int, ...]:
        """School years of one county, ascending."""
        years: set[int] = set()
        for name in COUNTIES_OF:
            rows = self._positions[name].get(division_code, [])
            years.update(getattr(self, name)["school_year"].iloc[rows].dropna().unique().tolist())
        return tuple(sorted(years))

    def county_name(self, division_code: str, year: int | None = None) -> str:
        """What the files call a county (in one school year); empty where they do not say."""
        for name in COUNTIES_OF:
            rows = getattr(self, name).iloc[self._positions[name].get(division_code, [])]
            rows = rows if year is None else rows[rows["school_year"] == year]
            names = [text for text in rows["county"].dropna() if text]
            if names:
                return str(names[0])
        return ""

    def restrict(self, division_code: str) -> SchoolTables:
        """One county's rows and the issues that concern it (its own and those of its files).

        Costs what the county has, not what the files have: rows and issues are grouped once.
        Raises :class:`BalanceAnalysisError` when the county is not in the tables.
        """
        if not division_code or not any(division_code in self._positions[name] for name in COUNTIES_OF):
            known = "、".join(self.division_codes()) or "（没有）"
            raise BalanceAnalysisError(f"数据中没有行政区划代码 {division_code}；可选：{known}")
        schools = self._taken("schools", [division_code])
        files = self.files_of(schools)
        published = self._taken("published", [division_code])
        files |= set(published["source_file"])
        keys = [(division_code, ""), *(("", file) for file in files)]
        concerned = sorted(position for key in keys for position in self._concerned.get(key, ()))
        return replace(
            self,
            schools=schools,
            counties=self._taken("counties", [division_code]),
            evidence=self._taken("evidence", [division_code]),
            tasks=self._taken("tasks", files),
            published=published,
            sources=tuple(source for source in self.sources if source.name in files),
            issues=tuple(self.issues[position] for position in concerned),
        )

    def part(self, division_code: str) -> SchoolTables:
        """One county as if only its own files had been read, for another process: :meth:`restrict` with the addresses of its files only."""
        county = self.restrict(division_code)
        files = {source.name for source in county.sources}
        columns = {key: place for file in files for key, place in self._columns_of.get(file, ())}
        elsewhere = {key: place for file in files for key, place in self._elsewhere_of.get(file, ())}
        return replace(county, columns=columns, elsewhere=elsewhere)

    @cached_property
    def _columns_of(self) -> Mapping[str, list[Any]]:
        return _by_file(self.columns)

    @cached_property
    def _elsewhere_of(self) -> Mapping[str, list[Any]]:
        return _by_file(self.elsewhere)

    def _taken(self, table: str, keys: Iterable[str]) -> pd.DataFrame:
        """The rows of a table that belong to these counties or files, in their order."""
        groups, frame = self._positions[table], getattr(self, table)
        found = [groups[key] for key in keys if key in groups]
        rows = np.sort(np.concatenate(found)) if found else np.array([], dtype=np.intp)
        taken: pd.DataFrame = frame.take(rows).reset_index(drop=True)
        return taken


def _by_file(addresses: Mapping[Any, Any]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = defaultdict(list)
    for key, place in addresses.items():
        found[key[0]].append((key, place))
    return found


def _lines(frame: pd.DataFrame) -> list[Line]:
    columns: list[list[Any]] = [frame[name].tolist() for name in PROVENANCE]
    for name in ("division_code", "school_code"):
        texts = frame[name].tolist() if name in frame else [""] * len(frame)
        columns.append([text if isinstance(text, str) else "" for text in texts])
    years = frame["school_year"].tolist() if "school_year" in frame else [None] * len(frame)
    columns.append([None if pd.isna(year) else int(year) for year in years])
    return list(map(Line, *columns))


def combine_tables(parts: Iterable[SchoolTables]) -> SchoolTables:
    """Several files as one: counties, years or provinces side by side.

    All files that could be read must use the same strata; otherwise areas of different meaning would
    be mixed and :class:`BalanceAnalysisError` is raised.
    """
    tables = list(parts)
    if not tables:
        raise BalanceAnalysisError("没有可读取的文件")
    first = next((part for part in tables if part.sources[0].layout), tables[0])
    for other in tables:
        if other.sources[0].layout and other.stratification != first.stratification:
            raise BalanceAnalysisError(
                f"文件的地区划分不同（{first.stratification.name} 与 {other.stratification.name}），请分开运行"
            )
    frames = {
        name: pd.concat([getattr(part, name) for part in tables], ignore_index=True)
        if len(tables) > 1
        else getattr(first, name)
        for name in TABLES
    }
    columns: dict[tuple[str, str, str], tuple[str, str, str]] = {}
    elsewhere: dict[tuple[str, str, int, str], tuple[str, str, str, str]] = {}
    for part in tables:
        columns.update(part.columns)
        elsewhere.update(part.elsewhere)
    return replace(
        first,
        sources=tuple(source for part in tables for source in part.sources),
        issues=tuple(issue for part in tables for issue in part.issues),
        columns=columns,
        elsewhere=elsewhere,
        **frames,
    )
