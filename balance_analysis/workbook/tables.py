"""What a file says once it is typed: frames that remember their cells."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

import pandas as pd

from balance_analysis.errors import BalanceAnalysisError, Issue, Place
from balance_analysis.terms import Severity
from balance_analysis.workbook.layouts import Stratification, empty_frame

TABLES = ("schools", "counties", "evidence", "tasks", "published")
PROVENANCE = ("source_file", "source_sheet", "source_row")


@dataclass(frozen=True)
class SourceFile:
    """One file that was read: its name, hash, layout and whether it calls itself simulated."""

    name: str
    sha256: str
    layout: str
    origin: str
    simulated: bool


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
        row = getattr(self, table).loc[index]
        file, number = str(row["source_file"]), int(row["source_row"])
        if table == "schools":
            moved = self.elsewhere.get((file, str(row["source_sheet"]), number, name))
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
        own = getattr(self, table).loc[index, "source_file"]
        return str(place if place.file != own else replace(place, file=""))

    def files_of(self, rows: pd.DataFrame) -> set[str]:
        """Names of the files that school rows come from, those that only complete a joined row included."""
        places = set(
            zip(rows["source_file"], rows["source_sheet"], rows["source_row"].astype(int), strict=True)
        )
        completing = {moved[0] for key, moved in self.elsewhere.items() if key[:3] in places}
        return set(rows["source_file"]) | completing

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
        codes = {*self.schools["division_code"].dropna(), *self.published["division_code"].dropna()}
        return tuple(sorted(code for code in codes if code))

    def years(self, division_code: str) -> tuple[int, ...]:
        """School years of one county, ascending."""
        years = {
            int(year)
            for frame in (self.schools, self.published)
            for year in frame.loc[frame["division_code"] == division_code, "school_year"].dropna().unique()
        }
        return tuple(sorted(years))

    def county_name(self, division_code: str, year: int | None = None) -> str:
        """What the files call a county (in one school year); empty where they do not say."""
        for frame in (self.schools, self.published):
            rows = frame[frame["division_code"] == division_code]
            rows = rows if year is None else rows[rows["school_year"] == year]
            names = [name for name in rows["county"].dropna() if name]
            if names:
                return str(names[0])
        return ""

    def restrict(self, division_code: str) -> SchoolTables:
        """One county's rows and the issues that concern it (its own and those of its files).

        Raises :class:`BalanceAnalysisError` when the county is not in the tables.
        """
        if division_code not in self.division_codes():
            known = "、".join(self.division_codes()) or "（没有）"
            raise BalanceAnalysisError(f"数据中没有行政区划代码 {division_code}；可选：{known}")
        schools = self.schools[self.schools["division_code"] == division_code].reset_index(drop=True)
        files = self.files_of(schools)
        frames = {
            name: getattr(self, name)[getattr(self, name)["division_code"] == division_code].reset_index(
                drop=True
            )
            for name in ("counties", "evidence", "published")
        }
        files |= set(frames["published"]["source_file"])
        tasks = self.tasks[self.tasks["source_file"].isin(files)].reset_index(drop=True)
        issues = tuple(
            issue
            for issue in self.issues
            if issue.division_code == division_code or (not issue.division_code and issue.place.file in files)
        )
        sources = tuple(source for source in self.sources if source.name in files)
        return replace(self, schools=schools, tasks=tasks, sources=sources, issues=issues, **frames)


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
