"""The parts of a school's sheet in 一校一案, top to bottom: who it is, its figures, what it lacks, what is done."""

from __future__ import annotations

from typing import Any

import pandas as pd

from balance_analysis.assessment import CountyAssessment
from balance_analysis.explain.shortfalls import share_text
from balance_analysis.findings.case import Case
from balance_analysis.reporting.forms.issue_rows import MUST, TOLERATED, coded
from balance_analysis.reporting.forms.plan_cells import is_planned, planned_text, write_money
from balance_analysis.reporting.forms.progress_cells import write_deadline
from balance_analysis.reporting.forms.sheets import Page, cell_name
from balance_analysis.reporting.forms.styles import (
    DASH,
    NOT_FILED,
    OUTCOME_WORDS,
    UNKNOWN,
    VALUE_STYLES,
    WAN,
    WORD_STYLES,
    amount_format,
    decimals,
)
from balance_analysis.reporting.forms.summary_table import school_rule
from balance_analysis.terms import Outcome
from balance_analysis.words import say
from balance_analysis.words.labels import SCHOOL_TYPES, SPONSORS, STAGES


def stages_of(county: CountyAssessment, code: str) -> pd.DataFrame:
    """The rows of a school, one for each stage in which it is judged."""
    schools = county.current("schools")
    return schools[schools["school_code"] == code]


def _pupils_after(case: Case, code: str) -> dict[str, float]:
    """Pupils by stage once the plan is carried out; empty without one."""
    if not is_planned(case):
        return {}
    assert case.remediation is not None
    after = case.remediation.result.schools()
    mine = after[after["school_code"] == code].drop_duplicates("stage")
    return dict(zip(mine["stage"], mine["enrolment_after"].astype(float), strict=True))


def write_facts(page: Page, case: Case, code: str, row: int) -> int:
    """Type, sponsor, area, pupils (and pupils after the plan), verdicts of the stages; gives the next free row, as all here do."""
    county, after = case.county, _pupils_after(case, code)
    schools = county.tables.schools
    rows = schools[(schools["school_year"] == county.year) & (schools["school_code"] == code)]
    filed: dict[Any, Any] = rows.to_dict("records")[0] if len(rows) else {}
    kind, sponsor = filed.get("school_type"), filed.get("sponsor")
    stratum = county.tables.stratification.labels.get(str(filed.get("stratum")), NOT_FILED)
    members = stages_of(county, code)
    counted = [(str(row["stage"]), row["enrolment"]) for row in members.to_dict("records")]
    outside = [(stage, filed.get(f"{stage}_enrolment")) for stage in ("primary", "junior_secondary")]
    pupils = "；".join(
        say("school_form.pupils", stage=stage, n=n, after=_changed(n, after.get(stage)))
        for stage, n in counted or outside
        if n is not None and n > 0
    )
    facts = (
        ("学校标识码", code, "办学类型", SCHOOL_TYPES.get(str(kind), NOT_FILED)),
        ("举办者", SPONSORS.get(str(sponsor), NOT_FILED), county.tables.stratification.name, stratum),
        ("在校生", pupils or DASH, "学段判定", _stage_outcomes(members)),
    )
    for left, first, right, second in facts:
        page.text(row, 0, left, "label")
        page.text(row, 1, first, "text", until=2)
        page.text(row, 3, right, "label")
        page.text(row, 4, second, "text", until=page.last_column)
        page.height(row, 20)
        row += 1
    return row


def _stage_outcomes(members: pd.DataFrame) -> str:
    words = [
        f"{STAGES[row['stage']]}{OUTCOME_WORDS[row['outcome']]}"
        for row in members.to_dict("records")
        if row["outcome"] in OUTCOME_WORDS and row["outcome"] != "no_limit"
    ]
    return "；".join(words) or DASH


def _changed(now: float, after: float | None) -> float | None:
    """Pupils after the plan where they are not those of now."""
    return None if after is None or after == now else after


def write_values(page: Page, case: Case, code: str, row: int, short: pd.DataFrame) -> int:
    """The figures of each stage beside limit and floor, what is lacking, and where the plan brings them."""
    county, planned = case.county, is_planned(case)
    values = county.current("indicators")
    values = values[(values["school_code"] == code) & values["limit"].notna()]
    lacking = {(one["stage"], one["indicator"]): one for one in short.to_dict("records")}
    after = {}
    if planned:
        assert case.remediation is not None
        frame = case.remediation.result.schools()
        after = {
            (one["stage"], one["indicator"]): one
            for one in frame[frame["school_code"] == code].to_dict("records")
        }
    share = share_text(county.regime)
    floor = f"距标准{share}\n缺口" if share else "距下限\n缺口"
    heads = (
        "指标",
        "现值",
        "标准值",
        "距标准\n缺口",
        floor,
        "缺口\n单位",
        "判定",
        *(["整改后"] if planned else []),
    )
    for stage in county.stages:
        chosen = values[values["stage"] == stage].to_dict("records")
        if not chosen:
            continue
        members = stages_of(county, code)
        school = members[members["stage"] == stage].iloc[0]
        page.text(row, 0, say("forms.resources_of_stage", stage=stage), "band", until=page.last_column)
        for column, head in enumerate(heads):
            page.text(row + 1, column, head, "head")
        row += 2
        for record in chosen:
            _write_value(page, county, row, record, lacking.get((stage, record["indicator"])))
            if planned:
                _write_after(page, county, row, after.get((stage, record["indicator"])))
            page.height(row, 22)
            row += 1
        page.text(row, 0, stage_sentence(school, len(chosen), county), "text", until=page.last_column)
        row += 1
    if short["whole_campus"].astype(bool).any():
        page.text(row, 0, say("forms.note", text=say("issue_form.campus")), "note", until=page.last_column)
        row += 1
    return row


def _write_value(
    page: Page, county: CountyAssessment, row: int, record: dict[Any, Any], lack: dict[Any, Any] | None
) -> None:
    indicator, outcome = county.regime.indicator(record["indicator"]), str(record["outcome"])
    page.text(row, 0, coded(indicator.name, indicator.item), "text")
    if pd.isna(record["value"]):
        page.text(row, 1, NOT_FILED, "unknown")
    else:
        page.number(row, 1, record["value"], decimals(indicator.decimals), VALUE_STYLES[outcome])
    limit = county.regime.limit(indicator.id, "school_value", str(record["stage"]))
    assert limit is not None
    page.number(row, 2, float(limit.value), decimals(limit.decimals))
    for column, name in ((3, "shortfall"), (4, "shortfall_to_floor")):
        if lack is None or pd.isna(lack[name]):
            page.text(row, column, DASH, "centre")
        else:
            page.number(row, column, lack[name], decimals(int(lack["decimals"])))
    page.text(row, 5, DASH if lack is None else str(lack["unit"]), "centre")
    word = TOLERATED if lack is not None and lack["tolerated"] else OUTCOME_WORDS[outcome]
    page.text(row, 6, word, "centre" if word == TOLERATED else WORD_STYLES[outcome])


def _write_after(page: Page, county: CountyAssessment, row: int, after: dict[Any, Any] | None) -> None:
    """The value once the plan is carried out."""
    if after is None:
        page.text(row, 7, DASH, "centre")
        return
    places = county.regime.indicator(str(after["indicator"])).decimals
    page.number(row, 7, after["value_after"], decimals(places), VALUE_STYLES[str(after["outcome_after"])])


def stage_sentence(school: Any, count: int, county: CountyAssessment) -> str:
    """What the stage still needs: how many indicators must reach the limit, and what the rest must keep."""
    met, unknown = int(school["indicators_met"]), int(school["indicators_not_assessable"])
    known = say("school_form.counts", n=count, met=met, below=count - met - unknown, unknown=unknown)
    rule = county.regime.school_rule
    if rule is None:
        return say("school_form.counts_only", counts=known)
    share = rule.share_text or "100%"
    if school["outcome"] == Outcome.MET:
        return say("school_form.passes", counts=known)
    if met < rule.needed:
        more = say("school_form.needs_more", n=rule.needed - met, share=share)
    else:
        more = say("school_form.needs_floor", share=share) if unknown == 0 else say("school_form.needs_data")
    return say("school_form.needs", counts=known, rule=school_rule(county), more=more)


def write_problems(page: Page, row: int, rows: list[dict[str, Any]]) -> int:
    """The school's own shortfalls, item by item."""
    if not rows:
        return row
    page.text(row, 0, "存在问题", "band", until=page.last_column)
    for column, until, head in (
        (0, 0, "指标"),
        (1, 3, "现状（标准）"),
        (4, 5, "缺口"),
        (6, page.last_column, "判定"),
    ):
        page.text(row + 1, column, head, "head", until=until)
    row += 2
    for one in rows:
        page.text(row, 0, coded(one["name"], one["item"]), "text")
        page.text(row, 1, one["found"], "text", until=3)
        page.text(row, 4, one["lacking"], "text", until=5)
        style = "fail_word" if one["verdict"] != UNKNOWN else "unknown"
        page.text(row, 6, one["verdict"], style, until=page.last_column)
        page.height(row, 22)
        row += 1
    return row


def write_actions(page: Page, case: Case, row: int, rows: list[dict[str, Any]], actions: pd.DataFrame) -> int:
    """What this school does: the plan's measures with their money, else what is lacking; office and deadline of each item."""
    page.text(row, 0, "整改安排", "band", until=page.last_column)
    if not is_planned(case):
        for column, until, head in (
            (0, 0, "指标"),
            (1, 3, "本校须做"),
            (4, 4, "完成时限"),
            (5, 6, "责任单位"),
        ):
            page.text(row + 1, column, head, "head", until=until)
        row += 2
        for one in (one for one in rows if one["verdict"] == MUST):
            page.text(row, 0, coded(one["name"], one["item"]), "text")
            page.text(row, 1, say("school_form.to_do", lacking=one["lacking"]), "text", until=3)
            write_deadline(page, row, 4, one["deadline"])
            page.text(row, 5, one["office"], "text", until=6)
            page.height(row, 30)
            row += 1
        return row
    told = {one["item"]: one for one in rows}
    heads = (
        (0, 0, "指标"),
        (1, 2, "措施"),
        (3, 3, "数量"),
        (4, 4, "投入\n（万元）"),
        (5, 5, "完成\n时限"),
        (6, 7, "责任单位"),
    )
    for column, until, head in heads:
        page.text(row + 1, column, head, "head", until=until)
    row += 2
    first = row
    names = {item.id: item.name for item in case.county.regime.items}
    tasks = case.tasks.set_index("item")
    for action in actions.to_dict("records"):
        item = str(action["item"])
        page.text(row, 0, coded(names[item], item) if item in names else DASH, "text")
        page.text(row, 1, str(action["label"]), "text", until=2)
        page.number(row, 3, number := float(action["quantity"]), amount_format(number, str(action["unit"])))
        write_money(page, row, 4, action["cost_wan_cny"])
        listed = item in tasks.index
        write_deadline(page, row, 5, tasks.loc[item, "deadline"] if listed else pd.NaT)
        page.text(row, 6, str(tasks.loc[item, "responsible_offices"]) if listed else "", "text", until=7)
        page.height(row, 22)
        row += 1
    if len(actions):
        page.text(row, 0, say("issue_form.total"), "label", until=3)
        total = float(actions["cost_wan_cny"].sum())
        if total:
            page.formula(row, 4, f"=SUM({cell_name(first, 4)}:{cell_name(row - 1, 4)})", total, WAN)
        else:
            write_money(page, row, 4, total)
        page.text(row, 5, "", "text", until=page.last_column)
        row += 1
    others = [
        one for one in told.values() if one["item"] not in set(actions["item"]) and one["verdict"] == MUST
    ]
    for one in others:
        page.text(row, 0, coded(one["name"], one["item"]), "text")
        page.text(row, 1, one["measures"], "text", until=page.last_column)
        row += 1
    page.text(row, 0, say("forms.note", text=planned_text(case)), "note", until=page.last_column)
    return row + 1
