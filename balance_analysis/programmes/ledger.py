"""The progress ledger (销号台账): what a county reports on its plan, beside what its data show, and next month's sheet.

Computed and reported evidence are kept apart. A line is closed when the data show it, or, where the data cannot tell, when
it is reported completed with a date and a document; a report that the data contradict closes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from importlib import resources
from pathlib import Path
from typing import Any

import pandas as pd

from balance_analysis.assessment import assessment_date
from balance_analysis.errors import Issue, Place
from balance_analysis.programmes.model import Commitment, Plan
from balance_analysis.programmes.own_tasks import own_tasks
from balance_analysis.programmes.reported import closing, evidence_of
from balance_analysis.programmes.status import FINISHED, ProgressStatus
from balance_analysis.regimes.aims import checking_steps
from balance_analysis.terms import Outcome, Severity, chinese_date
from balance_analysis.workbook.grids import open_file
from balance_analysis.workbook.layouts import HOME, Layout, SheetLayout, load_layout
from balance_analysis.workbook.recognition import find_grid, missing_sheet
from balance_analysis.workbook.sheets import read_sheet
from balance_analysis.workbook.tables import SchoolTables

LAYOUT = "progress_ledger"
FOLDER = Path(str(resources.files("balance_analysis.programmes") / "layouts"))
TABLE = "progress"

STATE_COLUMNS = (
    "kind",
    "id",
    "name",
    "offices",
    "deadline",
    "promise",
    "computed",
    "computed_figure",
    "computed_value",
    "reported",
    "reported_value",
    "as_of",
    "completed_on",
    "proof",
    "reporter",
    "evidence",
    "contradicts",
    "closed",
    "closed_by",
    "overdue",
)


@dataclass(frozen=True)
class Ledger:
    """Rows of the sheet 进展 that report something, with where they stand; ``issues`` are the findings of reading.

    Columns of ``rows``: ``source_file, source_sheet, source_row, division_code, id, kind`` (``task`` / ``commitment`` /
    ``own_task`` / ``checking_step``, empty where not filed), ``status`` (:class:`ReportedStatus`, empty where not filed),
    ``actual_value`` (float), ``unit`` (text, empty where it is that of the promise), ``as_of, completed_on`` (date or None;
    a school year alone counts as its last day), ``by_year`` (whether it does), ``proof, reporter``, ``letters`` (field → column
    letter of the file).
    """

    rows: pd.DataFrame
    issues: tuple[Issue, ...] = ()

    def of(self, division_code: str) -> Ledger:
        """The rows of one county, with what reading found in them or in the file as a whole."""
        issues = tuple(one for one in self.issues if one.division_code in ("", division_code))
        return Ledger(self.rows[self.rows["division_code"] == division_code], issues)

    @property
    def texts(self) -> list[str]:
        """What people wrote freely: documents and who reports."""
        return sorted({text for name in ("proof", "reporter") for text in self.rows[name] if text})

    def __add__(self, other: Ledger) -> Ledger:
        return Ledger(pd.concat([self.rows, other.rows], ignore_index=True), (*self.issues, *other.issues))


def ledger_layout() -> tuple[Layout, SheetLayout]:
    """The layout of the sheet 进展."""
    layout = load_layout(LAYOUT, folder=FOLDER)
    return layout, layout.sheets[0]


def no_ledger() -> Ledger:
    """A ledger in which nothing is reported."""
    return Ledger(pd.DataFrame({name: pd.Series(dtype=object) for name in _ROW_COLUMNS}))


def read_ledger(path: str | Path, *, of_its_own: bool = True) -> Ledger:
    """Read the sheet 进展 of a file of its own (Excel or CSV), or of a county's workbook (``of_its_own`` False).

    What is wrong with the file is in ``issues``, never raised. A workbook without the sheet, or with an empty one, is a
    ledger in which nothing is reported; a file of its own without it is a hard issue.
    """
    raw = open_file(Path(path))
    layout, sheet = ledger_layout()
    grid = find_grid(raw, sheet)
    if grid is None:
        absent = [missing_sheet(raw, sheet)] if raw.grids else []
        return Ledger(no_ledger().rows, (*raw.issues, *absent) if of_its_own else ())
    if not of_its_own and len(grid.rows) < 2:
        return no_ledger()
    frame, columns, found = read_sheet(raw, layout, sheet, grid)
    issues = [one for one in found if one.code != "absent_column"]  # nothing rests on a column left out here
    rows = _reports(frame)
    letters = {name: letter for (_, _, name), (_, letter, _) in columns.items()}
    rows["letters"] = pd.Series([letters] * len(rows), index=rows.index, dtype=object)
    return Ledger(rows, (*raw.issues, *issues) if of_its_own else tuple(issues))


def county_ledger(
    division_code: str,
    own: Sequence[str | Path],
    workbooks: Sequence[str | Path] = (),
    *,
    read: Callable[..., Ledger] = read_ledger,
) -> Ledger:
    """What is reported for one county: ledgers of their ``own``, then the sheets 进展 of its ``workbooks`` (:func:`workbooks_of`).

    A file of its own that reports on others only is an issue. ``read`` may remember what it has read.
    """
    found = no_ledger()
    for path in own:
        given = read(path)
        mine = given.of(division_code)
        if len(given.rows) and mine.rows.empty:
            mine = Ledger(mine.rows, (*mine.issues, _of_others(Path(path), division_code, given)))
        found += mine
    for path in workbooks:
        found += read(path, of_its_own=False).of(division_code)
    return found


def workbooks_of(files: Sequence[str | Path], tables: SchoolTables) -> list[Path]:
    """The files that are fill-in workbooks of the template, so that they may have a sheet 进展."""
    names = {Path(source.name).name for source in tables.sources if source.layout == HOME}
    paths = [Path(file) for file in files]
    return [path for path in paths if path.name in names and path.suffix.lower() != ".csv"]


def _of_others(path: Path, division_code: str, ledger: Ledger) -> Issue:
    found = "、".join(dict.fromkeys(str(code) for code in ledger.rows["division_code"]))
    return Issue(
        "ledger_of_others", Severity.NOTE, Place(path.name), "行政区划代码", found, division_code,
        "核对行政区划代码；本县有进展的，补填本县的行", "进展填报表没有本县的行，未采用。", division_code=division_code,
    )  # fmt: skip


_ROW_COLUMNS = (
    *("source_file", "source_sheet", "source_row"),
    *("division_code", "id", "kind", "status", "actual_value", "unit"),
    *("as_of", "completed_on", "by_year", "proof", "reporter", "letters"),
)
_FILED = ("status", "actual_value", "completed_on", "proof", "as_of")
"""A row in which none of these stands reports nothing."""


def _reports(frame: pd.DataFrame) -> pd.DataFrame:
    found = frame.reindex(columns=[*_ROW_COLUMNS, "school_year"])
    found = found[found["id"].notna() & found["division_code"].notna()]
    found = found[found[list(_FILED)].notna().any(axis=1)].reset_index(drop=True)
    texts = {
        name: found[name].astype(object).where(found[name].notna(), "")
        for name in ("kind", "status", "unit", "proof", "reporter")
    }
    years = [None if pd.isna(year) else assessment_date(int(year)) for year in found["school_year"]]
    days = [_day(text) or year for text, year in zip(found["as_of"], years, strict=True)]
    return found.drop(columns="school_year").assign(
        **texts,
        as_of=pd.Series(days, dtype=object),
        by_year=[
            _day(text) is None and year is not None for text, year in zip(found["as_of"], years, strict=True)
        ],
        completed_on=pd.Series([_day(text) for text in found["completed_on"]], dtype=object),
    )


def _day(text: object) -> date | None:
    return date.fromisoformat(text) if isinstance(text, str) else None


def latest_reports(
    ledger: Ledger, known: Collection[tuple[str, str]], *, on: date
) -> dict[tuple[str, str], Mapping[Hashable, Any]]:
    """The report that counts for each line of ``known`` (kind, id): the latest that is not of a day after ``on``."""
    found = []
    for row in ledger.rows.to_dict("records"):
        line = line_of(row, known)
        if line is not None and row["status"] and row["as_of"] is not None and not lies_ahead(row, on):
            found.append((line, row))
    return dict(sorted(found, key=lambda pair: pair[1]["as_of"]))


def line_of(row: Mapping[Hashable, Any], known: Collection[tuple[str, str]]) -> tuple[str, str] | None:
    """The line that a row reports on; None where there is none, or where the id alone means two."""
    kinds = [kind for kind, name in known if name == row["id"] and row["kind"] in ("", kind)]
    return (kinds[0], str(row["id"])) if len(kinds) == 1 else None


def lies_ahead(row: Mapping[Hashable, Any], on: date) -> bool:
    """Whether a report speaks of a day after ``on``; a school year does once it has not begun."""
    begun = date(row["as_of"].year - 1, 9, 1) if row["by_year"] else row["as_of"]
    return bool(begun > on or (row["completed_on"] is not None and row["completed_on"] > on))


def ledger_state(
    plan: Plan,
    ledger: Ledger,
    *,
    division_code: str,
    on: date,
    progress: pd.DataFrame | None = None,
    tasks: pd.DataFrame | None = None,
    say: Callable[[Any], str] = str,
) -> pd.DataFrame:
    """One row per task and commitment that a county owes: what its data show, what it reports, whether it is closed.

    The steps by which its recognition will be checked follow, where they are known for its target year.

    ``progress`` is :func:`balance_analysis.programmes.measure_progress` of the county (its ``kind, id, outcome, figure,
    value, status, basis`` are used; ``done`` by data closes a line), whose figures ``say`` puts into words; ``tasks`` its sheet 任务, for
    lines that the plan does not have.
    Columns: ``kind, id, name, offices, deadline`` (timestamp), ``promise`` (text); ``computed`` (met / not_met /
    not_assessable, empty without data), ``computed_figure`` (text), ``computed_value`` (NaN where not known); ``reported``
    (:class:`ReportedStatus` or empty), ``reported_value, as_of, completed_on`` (date or None), ``proof, reporter``; ``evidence``
    (:class:`Evidence`), ``contradicts`` (reported completed, but not met by the data), ``closed, closed_by`` (``data`` /
    ``report`` / empty), ``overdue`` (open after its deadline). ``kind`` and ``id`` are those of the progress frame, which
    can be merged with it.
    """
    shown = _computed(progress, say)
    lines = list(_lines(plan, division_code, tasks))
    known_lines = {(line["kind"], line["id"]) for line in lines}
    reports = latest_reports(ledger.of(division_code), known_lines, on=on)
    rows = []
    for line in lines:
        key = (line["kind"], line["id"])
        outcome, figure, value, done = shown.get(key, ("", "", float("nan"), False))
        report = reports.get(key, {})
        status = str(report.get("status", ""))
        closed_by = closing(outcome, report, shown=done)
        deadline = line["deadline"]
        rows.append(
            {
                **line,
                "computed": outcome,
                "computed_figure": figure,
                "computed_value": value,
                "reported": status,
                "reported_value": report.get("actual_value", float("nan")),
                "as_of": report.get("as_of"),
                "completed_on": report.get("completed_on"),
                "proof": report.get("proof", ""),
                "reporter": report.get("reporter", ""),
                "evidence": evidence_of(outcome, status).value,
                "contradicts": status in FINISHED and outcome == Outcome.NOT_MET,
                "closed": bool(closed_by),
                "closed_by": closed_by,
                "overdue": not closed_by and deadline is not None and deadline < on,
            }
        )
    frame = pd.DataFrame(rows, columns=list(STATE_COLUMNS))
    frame["deadline"] = pd.to_datetime(frame["deadline"])
    for name in ("computed_value", "reported_value"):
        frame[name] = frame[name].astype(float)
    return frame


def open_first(state: pd.DataFrame) -> pd.DataFrame:
    """The lines in the order of next month's sheet: open ones by deadline (those without one last), then the closed ones."""
    return state.sort_values(["closed", "deadline"], kind="stable", na_position="last", ignore_index=True)


def ledger_rows(state: pd.DataFrame, *, division_code: str) -> list[dict[str, Any]]:
    """Rows of next month's sheet 进展 (fields of the layout), open lines first.

    What is to be reported is blank in open lines, the last report stands beside it; a line that is closed by a report
    keeps that report, so that the sheet alone proves it.
    """
    _, sheet = ledger_layout()
    words = {name: {value: label for label, value in table.items()} for name, table in _choices().items()}
    rows = []
    for line in open_first(state).to_dict("records"):
        row = dict.fromkeys((field.name for field in sheet.fields), None) | {
            "kind": line["kind"],
            "id": line["id"],
            "division_code": division_code,
            "name": line["name"],
            "offices": line["offices"] or None,
            "deadline": None if pd.isna(line["deadline"]) else line["deadline"].date(),
            "promise": line["promise"] or None,
            "computed": _said(line),
            "last_report": _last_report(line, words["status"]),
        }
        if line["closed_by"] == "report":
            value = line["reported_value"]
            row |= {
                "status": line["reported"],
                "actual_value": None if pd.isna(value) else value,
                "as_of": line["as_of"],
                "completed_on": line["completed_on"],
                "proof": line["proof"],
                "reporter": line["reporter"] or None,
            }
        rows.append(row)
    return rows


def plan_lines(plan: Plan, division_code: str, tasks: pd.DataFrame | None = None) -> set[tuple[str, str]]:
    """Kind and id of everything that can be reported on."""
    return {(line["kind"], line["id"]) for line in _lines(plan, division_code, tasks)}


def _lines(plan: Plan, division_code: str, tasks: pd.DataFrame | None) -> Iterator[dict[str, Any]]:
    entries: Sequence[Any] = (*plan.tasks, *plan.commitments_of(division_code))
    for entry in entries:
        promised = isinstance(entry, Commitment)
        offices = entry.offices if promised else (*entry.offices, *entry.supporting_offices)
        unit = entry.unit if promised and entry.unit != "1" else ""
        yield {
            "kind": "commitment" if promised else "task",
            "id": entry.id,
            "name": entry.name,
            "offices": "、".join(offices),
            "deadline": plan.deadline_of(entry, division_code),
            "promise": f"{entry.value}{unit}" if promised else "",
        }
    year = plan.target_year(division_code)
    for step in () if year is None else checking_steps(plan.head.regime, date(year, 12, 31)):
        yield {
            "kind": "checking_step",
            "id": step.id,
            "name": step.name,
            "offices": "",
            "deadline": None,
            "promise": "",
        }
    if tasks is not None:
        planned = {task.items[0].casefold() for task in plan.tasks if len(task.items) == 1}
        for key, own in own_tasks(tasks).items():
            if key in planned:
                continue
            yield {
                "kind": "own_task",
                "id": own.item,
                "name": own.measure,
                "offices": own.offices,
                "deadline": own.deadline,
                "promise": "",
            }


def _computed(
    progress: pd.DataFrame | None, say: Callable[[Any], str]
) -> dict[tuple[str, str], tuple[str, str, float, bool]]:
    """Outcome, figure, value and whether the data show it done, by kind and id."""
    if progress is None:
        return {}
    rows = progress[["kind", "id", "outcome", "figure", "value", "status", "basis"]].to_dict("records")
    return {
        (str(row["kind"]), str(row["id"])): (
            str(row["outcome"]),
            say(row["figure"]),
            float(row["value"]),
            row["status"] == ProgressStatus.DONE and row["basis"] != "reported",
        )
        for row in rows
    }


def _choices() -> Mapping[str, Mapping[str, str]]:
    return ledger_layout()[0].choices


def _said(line: Mapping[Hashable, Any]) -> str | None:
    """What the data show, in the words of the sheet; nothing where they cannot tell."""
    word = {Outcome.MET: "达到", Outcome.NOT_MET: "未达到"}.get(line["computed"])
    return None if word is None else "：".join(text for text in (word, line["computed_figure"]) if text)


def _last_report(line: Mapping[Hashable, Any], words: Mapping[str, str]) -> str | None:
    if not line["reported"]:
        return None
    value = "" if pd.isna(line["reported_value"]) else f"{line['reported_value']:g}"
    day = f"截至{chinese_date(line['as_of'])}"
    return "，".join(text for text in (words[line["reported"]], value, day) if text)
