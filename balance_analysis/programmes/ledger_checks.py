"""What is wrong with a progress ledger: by itself, against the plan, and against the data. Each sentence beside its check."""

from __future__ import annotations

import difflib
from collections.abc import Hashable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import groupby, pairwise
from typing import Any

import pandas as pd

from balance_analysis.errors import Issue, Place
from balance_analysis.exact import as_filed, half_up, holds
from balance_analysis.programmes.ledger import Ledger, ReportedStatus, ledger_layout, plan_lines
from balance_analysis.programmes.model import Commitment, Plan
from balance_analysis.terms import Outcome, Severity

Row = Mapping[Hashable, Any]
ORDER = list(ReportedStatus)


def check_ledger(
    plan: Plan,
    ledger: Ledger,
    state: pd.DataFrame,
    *,
    division_code: str,
    on: date,
    data_until: date | None = None,
    tasks: pd.DataFrame | None = None,
) -> list[Issue]:
    """Every issue of the ledger of one county, those of reading first.

    ``state`` is :func:`balance_analysis.programmes.ledger.ledger_state`; ``data_until`` the last day of which the data
    speak: a report of a later day that they contradict is noted, not doubted. ``tasks`` is the county's sheet 任务.
    """
    rows = ledger.of(division_code).rows.to_dict("records")
    known = plan_lines(plan, division_code, tasks)
    commitments = {entry.id: entry for entry in plan.commitments}
    found = [issue for row in rows for issue in _of_row(row, known, on)]
    found += _between_rows(rows)
    sources = {(str(row["kind"]), str(row["id"]), row["reported_on"]): row for row in rows}
    for line in state.to_dict("records"):
        row = sources.get((str(line["kind"]), str(line["id"]), line["reported_on"]))
        if row is not None and line["reported"]:
            promised = commitments.get(str(line["id"])) if line["kind"] == "commitment" else None
            found += _against_data(line, row, promised, data_until)
    return [*ledger.issues, *found]


def _of_row(row: Row, known: set[tuple[str, str]], on: date) -> Iterator[Issue]:
    key = (str(row["kind"]), str(row["id"]))
    if key not in known:
        ids = [name for kind, name in known if kind == key[0]]
        near = difflib.get_close_matches(key[1], ids, n=3, cutoff=0.5)
        yield _issue(
            "ledger_unknown_entry", Severity.HARD, row, "id", key[1],
            f"方案中的编号{'，如 ' + '、'.join(near) if near else ''}",
            "用 balance-analysis ledger 重新生成填报表，不要改动编号", "方案没有这一项，未采用。",
        )  # fmt: skip
    if not row["status"]:
        yield _issue(
            "ledger_no_status", Severity.SOFT, row, "status", "", "未开始、进行中、已完成之一",
            "补填状态", "填写了数值、日期或材料，没有填写状态，未采用。",
        )  # fmt: skip
    day = row["reported_on"]
    if day is not None and day > on:
        yield _issue(
            "ledger_future_date", Severity.SOFT, row, "reported_on", day.isoformat(), f"不晚于{on.isoformat()}",
            "核对日期；到期后再填报", "填报日期晚于核对之日，未采用。",
        )  # fmt: skip
    if row["status"] == ReportedStatus.COMPLETED:
        lacking = [
            name for name, blank in (("reported_on", day is None), ("proof", not row["proof"])) if blank
        ]
        for name in lacking:
            yield _issue(
                "ledger_no_proof", Severity.SOFT, row, name, "", "填报日期和佐证材料",
                "补填完成日期和佐证材料的名称、文号", "填报已完成，没有日期或佐证材料，不能销号。",
            )  # fmt: skip


def _between_rows(rows: list[dict[Hashable, Any]]) -> Iterator[Issue]:
    """Two reports of one day, and a line that was further before."""

    def key(row: Row) -> tuple[str, str]:
        return str(row["kind"]), str(row["id"])

    dated = [row for row in rows if row["status"] and row["reported_on"] is not None]
    ordered = sorted(dated, key=lambda row: (*key(row), row["reported_on"]))
    for _, group in groupby(ordered, key=key):
        for before, after in pairwise(group):
            if before["reported_on"] == after["reported_on"]:
                yield _issue(
                    "ledger_same_day", Severity.HARD, after, "reported_on", after["reported_on"].isoformat(),
                    f"每项每天一行；{before['source_sheet']}第{before['source_row']}行已有同日的填报",
                    "保留一行", "同一项同一天填报了两次，不知道以哪一次为准。",
                )  # fmt: skip
            elif ORDER.index(after["status"]) < ORDER.index(before["status"]):
                yield _issue(
                    "ledger_back_step", Severity.SOFT, after, "status", _word(after["status"]),
                    f"不早于{before['reported_on'].isoformat()}填报的“{_word(before['status'])}”",
                    "核对两次填报；确有反复的在佐证材料中说明", "进展比以前填报的后退。",
                )  # fmt: skip


def _against_data(
    line: Row, row: Row, promised: Commitment | None, data_until: date | None
) -> Iterator[Issue]:
    completed = line["reported"] == ReportedStatus.COMPLETED
    day = line["reported_on"]
    shown = str(line["computed_figure"])
    if completed and line["computed"] == Outcome.NOT_MET:
        later = data_until is not None and day is not None and day > data_until
        until = f"（数据截至{data_until.isoformat()}）" if data_until is not None else ""
        yield _issue(
            "ledger_contradicted", Severity.NOTE if later else Severity.SOFT, row, "status", "已完成",
            f"与数据一致；数据显示 {shown}{until}",
            "填报以后学年的数据，再行销号" if later else "核对填报和数据，更正有误的一方",
            f"填报已完成，数据显示 {shown}。" + ("填报在数据之后，数据不能说明。" if later else "不能销号。"),
        )  # fmt: skip
    if not completed and line["closed_by"] == "data":
        yield _issue(
            "ledger_already_met", Severity.NOTE, row, "status", _word(line["reported"]),
            "已完成，或数据有误", "核对数据；确已达到的改填“已完成”",
            f"填报{_word(line['reported'])}，数据显示已达到" + (f"（{shown}）。" if shown else "。"),
        )  # fmt: skip
    if promised is None or pd.isna(row["actual_value"]):
        return
    value = as_filed(float(row["actual_value"]))
    if completed and not holds(value, promised.relation, Fraction(promised.value)):
        yield _issue(
            "ledger_value_short", Severity.SOFT, row, "actual_value", _digits(row["actual_value"]),
            f"承诺的数值 {line['promise']}", "核对数值，或改填“进行中”",
            "填报已完成，实际数值没有达到承诺的数值。",
        )  # fmt: skip
    computed = line["computed_value"]
    if not pd.isna(computed) and not _agree(row["actual_value"], as_filed(float(computed))):
        yield _issue(
            "ledger_value_differs", Severity.SOFT, row, "actual_value", _digits(row["actual_value"]),
            f"与数据一致；数据显示 {shown}", "核对数值的口径、单位和日期", "填报的实际数值与数据计算的不同。",
        )  # fmt: skip


def _agree(filed: float, computed: Fraction) -> bool:
    """Whether the computed value, rounded to the places that were filed, is the filed one."""
    places = len(_digits(filed).partition(".")[2])
    return half_up(computed, places) == Decimal(_digits(filed))


def _digits(number: float) -> str:
    return f"{Decimal(repr(float(number))).normalize():f}"


def _word(status: object) -> str:
    words = ledger_layout()[0].choices["status"]
    return next(word for word, value in words.items() if value == status)


def _issue(
    code: str, severity: Severity, row: Row, name: str, found: str, expected: str, remedy: str, message: str
) -> Issue:
    """An issue at a row of the ledger: which field, and the line in words."""
    header = next(field.header for field in ledger_layout()[1].fields if field.name == name)
    place = Place(str(row["source_file"]), str(row["source_sheet"]), f"第{row['source_row']}行")
    return Issue(
        code, severity, place, header, found, expected, remedy, f"{row['id']}：{message}",
        division_code=str(row["division_code"]),
    )  # fmt: skip
