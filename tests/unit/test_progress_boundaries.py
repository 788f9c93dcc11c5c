"""Boundary cases of a promise: its figure, its day and what is reported of it, each on, before and past its boundary.

What is expected is said by a rule of a few lines that reads neither the data nor the code: the promise is 70 % of 1000 places
(700 allotted), statistics are of 1 September 2020 and tell nothing of later days.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from datetime import date, timedelta
from itertools import product
from pathlib import Path
from typing import NamedTuple

import pandas as pd
import pytest

from balance_analysis.assessment import CountyAssessment
from balance_analysis.programmes import Plan, county_ledger, measure_progress
from tests.county_tables import CODE, school
from tests.programme_counties import commitment, county, plain_county, plan_of

TAKEN, LAST = date(2020, 9, 1), date(2021, 8, 31)
DAY = timedelta(days=1)
PROMISES = {"just below": ("69.9", True), "at": ("70", True), "just above": ("70.1", False)}
"""A promise of at least so much, and whether 70.0 % keep it."""
DUE = {"before the data": TAKEN - DAY, "as the data": TAKEN, "after the data": LAST}
REPORTS: dict[str, dict[str, str]] = {
    "none": {},
    "under way": {"状态": "进行中"},
    "completed without proof": {"状态": "已完成", "完成日期": "2020-09-01"},
    "completed": {"状态": "已完成", "完成日期": "2020-08-31", "佐证材料": "一号"},
    "closed": {"状态": "已销号", "完成日期": "2020-09-01", "佐证材料": "一号"},
    "completed after the data": {"状态": "已完成", "完成日期": "2020-09-02", "佐证材料": "一号"},
    "step back": {"状态": "未开始"},
    "another county's": {"状态": "已完成", "完成日期": "2020-08-31", "佐证材料": "一号", "行政区划代码": "110101"},
}  # fmt: skip


class Case(NamedTuple):
    """One promise with one report."""

    value: str
    kept: bool
    due: date
    report: str


CASES = [
    Case(value, kept, due, report)
    for (value, kept), due, report in product(PROMISES.values(), DUE.values(), REPORTS)
]
DAYS = sorted(
    {due + shift * DAY for due in DUE.values() for shift in (-1, 0, 1)}
    | {LAST - before * DAY for before in (89, 90, 91)}
)
"""Around every deadline, and around the ninetieth day before the last of them."""


def expected(case: Case, on: date) -> tuple[str, bool]:
    """Status and whether a report contradicts the data; what the data tell outweighs every report."""
    given = REPORTS[case.report]
    finished = date.fromisoformat(given["完成日期"]) if "完成日期" in given else None
    heard = bool(given) and "行政区划代码" not in given and (finished is None or finished <= on)
    if case.kept:
        return "done", False
    contradicts = heard and finished is not None and finished <= TAKEN
    if on <= case.due:
        return ("due" if (case.due - on).days <= 90 else "open"), contradicts
    unfinished = heard and finished is None
    return ("late" if case.due < TAKEN or unfinished else "outdated"), contradicts


def ledger_file(folder: Path, reports: Iterable[tuple[str, str]], on: date) -> Path:
    """Reports (id, kind) that are all filed on one day."""
    headers = ["行政区划代码", "任务编号", "截至日期", "状态", "完成日期", "佐证材料"]
    rows = [
        {"行政区划代码": CODE, "任务编号": name, "截至日期": str(on), **REPORTS[kind]}
        for name, kind in reports
        if REPORTS[kind]
    ]
    lines = [",".join(headers), *(",".join(row.get(header, "") for header in headers) for row in rows)]
    path = folder / "进展.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def lines_of(plan: Plan, on: date, files: list[Path], of: CountyAssessment | None = None) -> pd.DataFrame:
    assessed = of or plain_county()
    return measure_progress(plan, assessed, assessed.items, on=on, ledger=county_ledger(CODE, files))


NAMES = {f"promise_{number}": case for number, case in enumerate(CASES)}


@pytest.fixture(scope="module")
def all_promises(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    promises = [
        commitment(id=f'"{name}"', value=f'"{case.value}"', due=str(case.due)) for name, case in NAMES.items()
    ]
    return plan_of(tmp_path_factory.mktemp("plan"), *promises)


@pytest.mark.parametrize("on", DAYS, ids=str)
def test_every_case_stands_where_the_rule_says(tmp_path: Path, all_promises: Plan, on: date) -> None:
    file = ledger_file(tmp_path, [(name, case.report) for name, case in NAMES.items()], on)
    frame = lines_of(all_promises, on, [file]).set_index("id")
    found = {name: (frame.at[name, "status"], frame.at[name, "contradicts"]) for name in NAMES}
    wrong = [(case, found[name]) for name, case in NAMES.items() if found[name] != expected(case, on)]
    assert wrong == []


def commitments(frame: pd.DataFrame) -> list[dict[Hashable, object]]:
    return frame[frame["kind"] == "commitment"].to_dict("records")


@pytest.mark.parametrize(("failing", "kept"), [(0, True), (1, True), (2, False)])
def test_a_share_of_schools_is_kept_at_its_figure_and_not_one_school_below(
    tmp_path: Path, failing: int, kept: bool
) -> None:
    """Nine of ten schools are 90 %."""
    rows = [
        school(f"{number:04}", primary_backbone_teachers=0) if number <= failing else school(f"{number:04}")
        for number in range(1, 11)
    ]
    promise = commitment(
        measured_by='"indicator_share"', subject='"backbone_teachers"', figure="", value='"90"'
    )
    (row,) = commitments(lines_of(plan_of(tmp_path, promise), LAST, [], county(*rows)))
    assert (row["outcome"] == "met") == kept


def test_two_plans_with_one_id_are_told_apart_by_their_promises(tmp_path: Path) -> None:
    """The same report is true of the one and contradicted by the data of the other."""
    files = [ledger_file(tmp_path, [("promise", "completed")], LAST)]
    found = [
        lines_of(plan_of(tmp_path, commitment(value=value, due=str(LAST))), LAST, files)
        for value in ('"70"', '"70.1"')
    ]
    assert [row["contradicts"] for frame in found for row in commitments(frame)] == [False, True]
