"""自评报告: the county's own evaluation in the customary order, made from the same findings and tables as its report.

What only the county can say is left as a marked blank (``words/sentences/self_assessment.toml``, ``[blank]``).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

import pandas as pd

from balance_analysis.findings.case import Case
from balance_analysis.findings.model import Finding
from balance_analysis.terms import Outcome, chinese_date
from balance_analysis.verdicts.items import OVERALL, RESOURCES
from balance_analysis.views.county import page as county_page
from balance_analysis.views.county import tables as county_tables
from balance_analysis.views.elements import Cell, Paragraph, ReportTable, Section, TitlePage, worded_table
from balance_analysis.views.elements.page import Element
from balance_analysis.views.programme import tables as programme_tables
from balance_analysis.views.remediation import tables as remediation_tables
from balance_analysis.words import numbers, say, tell
from balance_analysis.words.subjects import item_title

Line = tuple[str, str, str, str, Fraction | None]
"""One line of the basic situation: code, group, name, unit, value (None where nobody filed it)."""
PEOPLE_WAN = "万人"


def elements(case: Case, basics: Sequence[Line]) -> Iterator[Element]:
    """The whole paper; ``basics`` are the lines of the application form's first table."""
    yield cover(case)
    yield from situation(case, basics)
    yield from parts(case)
    yield from balance(case)
    yield from practice(case)
    yield from problems(case)
    yield from measures(case)
    yield from conclusion(case)
    yield Section(_heading("schools"), annex=True, new_page=True)
    yield from (county_tables.school_matrix(case.county, stage) for stage in case.county.stages)


def cover(case: Case) -> TitlePage:
    """Title, year, office and date; blanks where these are not given."""
    county, regime = case.county, case.county.regime
    return TitlePage(
        title=say("self_assessment.title", county=county.county, balance=regime.short_name),
        county=county.county,
        division_code=county.division_code,
        school_year=numbers.school_year(county.year),
        regime=regime.name,
        target_year=county.target_year,
        simulated=county.tables.simulated,
        issuing_office=case.issuing_office or say("blank.office"),
        issued_on=say("blank.day") if case.issued_on is None else chinese_date(case.issued_on),
        stamp=county_page.stamp(case),
    )


def situation(case: Case, basics: Sequence[Line]) -> Iterator[Element]:
    """一、基本情况: by which law, how many schools and pupils, the form's figures."""
    county, regime = case.county, case.county.regime
    cited = {limit.source for limit in regime.limits if limit.measure == "cv"}
    documents = [source.number for source in regime.sources if source.id in cited and source.number]
    yield Paragraph(
        say(
            "self_assessment.lead",
            regime=regime.name,
            documents=documents,
            county=county.county,
            year=county.year,
            balance=regime.short_name,
        )
    )
    yield Section(_heading("basics"))
    yield Paragraph(say("blank.situation"))
    schools = county.current("schools")
    stages = [
        {"stage": stage, "n": len(rows), "pupils": int(rows["enrolment"].sum())}
        for stage in county.stages
        if len(rows := schools[schools["stage"] == stage])
    ]
    yield Paragraph(say("self_assessment.counted", stages=stages))
    yield from (
        Paragraph(say("self_assessment.left_out", **one.figures)) for one in _of(case, "data.left_out")
    )
    lines = [[code, group, name, unit, _figure(value, unit)] for code, group, name, unit, value in basics]
    figures = {"county": county.county, "year": county.year}
    yield worded_table("self_assessment.basics", lines, figures=figures, notes=["about"])


def _figure(value: Fraction | None, unit: str) -> str:
    if value is None:
        return say("blank.value")
    return numbers.fixed(float(value), 2 if unit == PEOPLE_WAN else 0)


def parts(case: Case) -> Iterator[Element]:
    """二、各项达标情况: every part of the regime with its items; then what is only shown."""
    county = case.county
    yield Section(_heading("parts"))
    yield county_tables.group_table(county)
    groups = county.groups[county.groups["group"] != OVERALL]
    for group in groups.to_dict("records"):
        name = str(group["group"])
        yield Section(say("self_assessment.part", group=name, outcome=group["outcome"]), level=3)
        if group["n_items"]:
            counts = {"n": group["n_items"], "met": group["n_met"]}
            rest = {"failing": group["n_not_met"], "unknown": group["n_not_assessable"]}
            yield Paragraph(say("self_assessment.part_counts", **counts, **rest))
        if name == RESOURCES:
            yield from _resources(case)
        yield from _items(county.items[(county.items["group"] == name) & (county.items["kind"] != "check")])
    checks = county.items[county.items["kind"] == "check"]
    for name in dict.fromkeys(checks["group"]):
        yield Section(say("self_assessment.check", group=name), level=3)
        yield from _items(checks[checks["group"] == name])


def _resources(case: Case) -> Iterator[Element]:
    county = case.county
    found = _of(case, "verdict.schools_met", "verdict.schools_not_met", "verdict.schools_open")
    yield from _told(found)
    if county.current("indicators")["limit"].notna().any():
        yield county_tables.school_count_table(county)
    else:
        yield county_tables.rule_table(county)


def _items(items: pd.DataFrame) -> Iterator[ReportTable]:
    if len(items):
        yield county_tables.item_table(items, "self_assessment.items", group=items["group"].iloc[0])


def balance(case: Case) -> Iterator[Element]:
    """三、校际均衡: the coefficients by stage, and how areas differ."""
    yield Section(_heading("balance"))
    topics = (
        "coefficients_above", "coefficients_within", "coefficients_nearest", "coefficients_open",
        "rounding_turns", "composite_agrees", "composite_differs",
    )  # fmt: skip
    said = _of(case, *(f"verdict.{topic}" for topic in topics))
    for stage in case.county.stages:
        yield Section(say("self_assessment_heading.stage", stage=stage), level=3)
        yield from _told([one for one in said if one.subject.partition("/")[0] == stage])
        yield county_tables.coefficient_table(case.county, stage, {})
    areas = [one for one in case.findings if one.id.startswith("areas.")]
    if areas:
        yield Section(_heading("areas"), level=3)
        yield from _told(areas)


def practice(case: Case) -> Iterator[Element]:
    """四、主要做法: for the author to write, with what the task sheet and the programme arrange filled in."""
    yield Section(_heading("practice"))
    county = case.county
    for group in county.groups.loc[county.groups["group"] != OVERALL, "group"]:
        if group not in ("veto", "entry_condition"):
            yield Paragraph(say("blank.practice", group=group))
    planned = case.tasks[case.tasks["measure"] != ""]
    if planned.empty:
        return
    from_plan = case.plan is not None and (planned["measure_from"] == "plan").any()
    plan = case.plan.citation if case.plan is not None and from_plan else ""
    sheet = say("self_assessment.sheet") if (planned["measure_from"] == "sheet").any() else ""
    yield Paragraph(say("self_assessment.planned", sources=[one for one in (sheet, plan) if one]))
    rows = [
        [
            item_title(row["item"], row["name"]),
            row["measure"],
            row["responsible_offices"] or Cell(""),
            Cell("" if pd.isna(row["deadline"]) else chinese_date(row["deadline"])),
            programme_tables.status_cell(row["status"]) if row["status"] else Cell(""),
        ]
        for row in planned.to_dict("records")
    ]
    without = [
        name
        for place, name in ((3, "deadline"), (4, "status"))
        if all(row[place] == Cell("") for row in rows)
    ]
    yield worded_table("self_assessment.practice", rows, without=without, compact=True)


def problems(case: Case) -> Iterator[Element]:
    """五、存在问题: what fails, where and how far; what cannot be judged; why."""
    yield Section(_heading("problems"))
    items, schools = _of(case, "problems.item", "problems.county_item"), _of(case, "problems.school")
    if items:
        yield Section(_heading("items"), level=3)
        yield from _told(_of(case, "problems.schools"))
        yield county_tables.problem_item_table(items, case.county)
    if schools:
        yield county_tables.problem_school_table(schools)
    missing = _of(case, "data.stage_without_schools", "data.blanks_together", "data.open_together")
    if missing:
        yield Section(_heading("missing"), level=3)
        yield from _told(missing)
    if not items and not missing:
        yield from _told([_overall(case)])
    yield from _told(_of(case, "problems.tolerated"))
    causes = [one for one in case.findings if one.id.startswith("causes.")] if items else []
    if causes:
        yield Section(_heading("causes"), level=3)
        yield from _told(causes)
        yield Paragraph(say("blank.causes"))
    yield Paragraph(say("blank.problems"))


def measures(case: Case) -> Iterator[Element]:
    """六、整改措施: every item that is not met, with measure, office and date or a blank for each; what to do first; by when."""
    yield Section(_heading("measures"))
    county = case.county
    open_items = county.items[
        county.items["outcome"].isin([Outcome.NOT_MET, Outcome.NOT_ASSESSABLE]) & (county.items["kind"] != "check")
    ]  # fmt: skip
    if len(open_items):
        tasks = {row["item"]: row for row in case.tasks.to_dict("records")}
        rows = [_measure(row, tasks.get(row["item"], {})) for row in open_items.to_dict("records")]
        yield worded_table("self_assessment.measures", rows, compact=True)
    actions = [one for one in case.findings if one.id.startswith("actions.")]
    if actions:
        failing = (open_items["outcome"] == Outcome.NOT_MET).any()  # what is only unknown is filed first
        yield Section(_heading("first" if failing else "closer"), level=3)
        yield from _told(actions)
    yield from _remediation(case)
    target = [one for one in case.findings if one.id.startswith("target.") and one.id != "target.none"][:1]
    if target:
        yield Section(_heading("outlook"), level=3)
        yield from _told(target)
    yield Paragraph(say("blank.measures" if len(open_items) else "blank.consolidate"))


def _remediation(case: Case) -> Iterator[Element]:
    """What the remediation plan costs, does and leaves; nothing without one."""
    if case.remediation is None:
        return
    yield Section(_heading("remediation"), level=3)
    yield from _told([one for one in case.findings if one.id.startswith("remediation.")])
    if case.remediation.found and case.remediation.result.tasks_by_year:
        yield remediation_tables.measures_table(case.remediation)


def _measure(item: Any, task: Any) -> list[object]:
    office = task.get("responsible_offices") or item["responsible_office"]
    deadline = task.get("deadline")
    return [
        item_title(item["item"], item["name"]),
        county_tables.outcome_cell(item["outcome"]),
        task.get("measure") or say("blank.measure"),
        office or say("blank.responsible"),
        say("blank.deadline") if deadline is None or pd.isna(deadline) else chinese_date(deadline),
    ]


def conclusion(case: Case) -> Iterator[Element]:
    """七、自评结论: the outcome, what the concessions did, and room for the signature."""
    county = case.county
    yield Section(_heading("conclusion"))
    figures = {"regime": county.regime.name, "county": county.county, "year": county.year}
    said = tell(_overall(case))
    yield Paragraph(say("self_assessment.conclusion", **figures, outcome=county.overall_outcome, said=said))
    yield from _told(_of(case, "verdict.only_resources_met"))
    yield from _told(_of(case, "concessions.removed", "concessions.worsened"))
    yield Paragraph(say("blank.sign"))


def _overall(case: Case) -> Finding:
    return _of(case, "verdict.met", "verdict.not_met", "verdict.open")[0]


def _of(case: Case, *ids: str) -> list[Finding]:
    """What is said of these kinds, in the order of the ids."""
    return [one for wanted in ids for one in case.findings if one.id == wanted]


def _told(findings: Sequence[Finding]) -> Iterator[Paragraph]:
    yield from (Paragraph(tell(one)) for one in findings)


def _heading(name: str) -> str:
    return say(f"self_assessment_heading.{name}")
