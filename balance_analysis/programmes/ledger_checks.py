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
from balance_analysis.programmes.ledger import (
    Ledger,
    ledger_layout,
    lies_ahead,
    line_of,
    plan_lines,
)
from balance_analysis.programmes.model import MULTIPLES, Commitment, Plan
from balance_analysis.programmes.status import FINISHED, ReportedStatus
from balance_analysis.terms import Outcome, Severity, chinese_date

Row = Mapping[Hashable, Any]
ORDER = list(ReportedStatus)


def check_ledger(
    plan: Plan,
    ledger: Ledger,
    state: pd.DataFrame,
    *,
    division_code: str,
    on: date,
    data_of: date | None = None,
    tasks: pd.DataFrame | None = None,
) -> list[Issue]:
    """Every issue of the ledger of one county, those of reading first.

    ``state`` is :func:`balance_analysis.programmes.ledger.ledger_state`; ``data_of`` the day the data were
    taken on: a report of a later day that they contradict is noted, not doubted. ``tasks`` is the county's sheet 任务.
    """
    names = {(str(line["kind"]), str(line["id"])): line["name"] for line in state.to_dict("records")}
    known = plan_lines(plan, division_code, tasks)
    rows: list[dict[Hashable, Any]] = [
        {**row, "name": names.get(line_of(row, known) or ("", ""), row["id"])}
        for row in ledger.of(division_code).rows.to_dict("records")
    ]
    commitments = {entry.id: entry for entry in plan.commitments}
    found = [issue for row in rows for issue in _of_row(row, known, on)]
    found += _between_rows(rows, known)
    sources = {(line_of(row, known), row["as_of"]): row for row in rows}
    for line in state.to_dict("records"):
        row = sources.get(((str(line["kind"]), str(line["id"])), line["as_of"]))
        if row is not None and line["reported"]:
            promised = commitments.get(str(line["id"])) if line["kind"] == "commitment" else None
            found += _against_data(line, row, promised, data_of)
    return [*ledger.issues, *found]


def _of_row(row: Row, known: set[tuple[str, str]], on: date) -> Iterator[Issue]:
    kinds = [kind for kind, name in known if name == row["id"]]
    if not kinds or (row["kind"] and row["kind"] not in kinds):
        near = difflib.get_close_matches(str(row["id"]), [name for _, name in known], n=3, cutoff=0.5)
        yield _issue(
            "ledger_unknown_entry", Severity.HARD, row, "id", str(row["id"]),
            f"方案中的编号{'，如 ' + '、'.join(near) if near else ''}",
            "用 balance-analysis ledger 重新生成填报表，不要改动编号", "方案没有这一项，未采用。",
        )  # fmt: skip
        return
    if line_of(row, known) is None:
        yield _issue(
            "ledger_ambiguous_entry", Severity.HARD, row, "kind", "", "任务或承诺指标",
            "在“类别”列写明是任务还是承诺指标", "任务和承诺指标都有这一编号，不知道填报的是哪一项。",
        )  # fmt: skip
    if row["as_of"] is None:
        yield _issue(
            "ledger_no_day", Severity.HARD, row, "as_of", "", "截至日期或学年",
            "补填截至日期", "没有截至日期或学年，未采用。",
        )  # fmt: skip
    if not row["status"]:
        yield _issue(
            "ledger_no_status", Severity.SOFT, row, "status", "", "未启动、进行中、已完成、已销号之一",
            "补填状态", "填写了数值、日期或材料，没有填写状态，未采用。",
        )  # fmt: skip
    if row["as_of"] is not None and lies_ahead(row, on):
        ahead = "completed_on" if row["completed_on"] is not None and row["completed_on"] > on else "as_of"
        yield _issue(
            "ledger_future_date", Severity.SOFT, row, ahead, row[ahead].isoformat(), f"不晚于{on.isoformat()}",
            "核对日期；到期后再填报", "日期晚于核对之日，未采用。",
        )  # fmt: skip
    if row["status"] in FINISHED:
        lacking = [name for name in ("completed_on", "proof") if not row[name]]
        if lacking:
            words = "和".join(_header(name) for name in lacking)
            yield _issue(
                "ledger_no_proof", Severity.SOFT, row, lacking[0], "", "完成日期和佐证材料",
                "补填完成日期和佐证材料的名称、文号", f"填报{_word(row['status'])}，没有{words}，不能销号。",
            )  # fmt: skip


def _between_rows(rows: list[dict[Hashable, Any]], known: set[tuple[str, str]]) -> Iterator[Issue]:
    """Two reports of one day, and a line that was further before."""

    def key(row: Row) -> tuple[str, str]:
        return line_of(row, known) or ("", str(row["id"]))

    dated = [row for row in rows if row["status"] and row["as_of"] is not None]
    ordered = sorted(dated, key=lambda row: (*key(row), row["as_of"]))
    for _, group in groupby(ordered, key=key):
        for before, after in pairwise(group):
            if before["as_of"] == after["as_of"]:
                yield _issue(
                    "ledger_same_day", Severity.HARD, after, "as_of", after["as_of"].isoformat(),
                    f"每项每天一行；{before['source_sheet']}第{before['source_row']}行已有同日的填报",
                    "保留一行", "同一项同一天填报了两次，不知道以哪一次为准。",
                )  # fmt: skip
            elif ORDER.index(after["status"]) < ORDER.index(before["status"]):
                yield _issue(
                    "ledger_back_step", Severity.SOFT, after, "status", _word(after["status"]),
                    f"不早于截至{before['as_of'].isoformat()}填报的“{_word(before['status'])}”",
                    "核对两次填报；确有反复的在说明中写明", "进展比以前填报的后退。",
                )  # fmt: skip


def _against_data(line: Row, row: Row, promised: Commitment | None, data_of: date | None) -> Iterator[Issue]:
    finished = line["reported"] in FINISHED
    word = _word(line["reported"])
    day = line["completed_on"] or line["as_of"]
    shown = str(line["computed_figure"]).rstrip("。")
    if finished and line["computed"] == Outcome.NOT_MET:
        later = data_of is not None and day > data_of
        taken = f"（数据为{chinese_date(data_of)}的）" if data_of is not None else ""
        yield _issue(
            "ledger_contradicted", Severity.NOTE if later else Severity.SOFT, row, "status", word,
            f"与数据一致；数据显示 {shown}{taken}",
            "填报以后学年的数据，再行销号" if later else "核对填报和数据，更正有误的一方",
            f"填报{word}，数据显示 {shown}。" + ("完成日期在数据之后，数据不能说明。" if later else "不能销号。"),
        )  # fmt: skip
    if not finished and line["closed_by"] == "data":
        yield _issue(
            "ledger_already_met", Severity.NOTE, row, "status", word, "已完成，或数据有误",
            "核对数据；确已达到的改填“已完成”",
            f"填报{word}，数据显示已达到" + (f"（{shown}）。" if shown else "。"),
        )  # fmt: skip
    deadline = line["deadline"].date() if _is_known(line["deadline"]) else None
    if finished and line["completed_on"] and deadline is not None and line["completed_on"] > deadline:
        yield _issue(
            "ledger_completed_late", Severity.NOTE, row, "completed_on", line["completed_on"].isoformat(),
            f"不晚于完成时限 {deadline.isoformat()}", "在说明中写明逾期的原因", "完成日期晚于完成时限。",
        )  # fmt: skip
    if promised is not None and _is_known(row["actual_value"]):
        yield from _of_value(line, row, promised, finished=finished)


def _of_value(line: Row, row: Row, promised: Commitment, *, finished: bool) -> Iterator[Issue]:
    """The filed value in the unit of the promise, against the promise and against the computed value."""
    factor = _factor(str(row["unit"]), promised)
    if factor is None:
        unit = "没有单位" if promised.unit == "1" else promised.unit
        yield _issue(
            "ledger_wrong_unit", Severity.SOFT, row, "unit", str(row["unit"]), unit,
            "按承诺数值的单位换算后填写", "实际值的单位与承诺数值不同，未作比较。",
        )  # fmt: skip
        return
    filed = _digits(row["actual_value"]) + str(row["unit"])
    value = as_filed(float(row["actual_value"])) * factor
    if finished and not holds(value, promised.relation, Fraction(promised.value)):
        yield _issue(
            "ledger_value_short", Severity.SOFT, row, "actual_value", filed, f"承诺的数值 {line['promise']}",
            "核对数值，或改填“进行中”", f"填报{_word(line['reported'])}，实际值没有达到承诺的数值。",
        )  # fmt: skip
    computed = line["computed_value"]
    if _is_known(computed) and not _agree(row["actual_value"], as_filed(float(computed)) / factor):
        yield _issue(
            "ledger_value_differs", Severity.SOFT, row, "actual_value", filed,
            f"与数据一致；数据显示 {line['computed_figure']}", "核对数值的口径、单位和日期",
            "填报的实际值与数据计算的不同。",
        )  # fmt: skip


def _is_known(value: object) -> bool:
    """Neither None nor NaN nor NaT."""
    return value is not None and value == value


def _factor(unit: str, promised: Commitment) -> Fraction | None:
    """What turns a figure in ``unit`` into the unit of the promise (69,340,000 元 are 6934 万元); None where nothing does."""
    unit = unit.strip()
    if unit in ("", promised.unit):
        return Fraction(1)
    multiple = MULTIPLES.get(unit[0], 1) if len(unit) > 1 else 1
    base = unit[1:] if multiple != 1 else unit
    own = MULTIPLES[promised.unit[0]] if promised.base_unit != promised.unit else 1
    return Fraction(multiple, own) if base == promised.base_unit else None


def _agree(filed: float, computed: Fraction) -> bool:
    """Whether the computed value, rounded to the places that were filed, is the filed one."""
    places = len(_digits(filed).partition(".")[2])
    return half_up(computed, places) == Decimal(_digits(filed))


def _digits(number: float) -> str:
    return f"{Decimal(repr(float(number))).normalize():f}"


def _word(status: object) -> str:
    words = {value: word for word, value in ledger_layout()[0].choices["status"].items()}
    return words[str(status)]


def _header(name: str) -> str:
    return next(field.header for field in ledger_layout()[1].fields if field.name == name)


def _issue(
    code: str, severity: Severity, row: Row, name: str, found: str, expected: str, remedy: str, message: str
) -> Issue:
    """An issue at a row of the ledger: which field, and the line by its name (its id where the plan has no such line)."""
    header = _header(name)
    letter = row["letters"].get(name, "")
    cell = f"{letter}{row['source_row']}" if letter else f"第{row['source_row']}行"
    place = Place(str(row["source_file"]), str(row["source_sheet"]), cell)
    return Issue(
        code, severity, place, header, found, expected, remedy, f"{row['name']}：{message}",
        division_code=str(row["division_code"]),
    )  # fmt: skip
