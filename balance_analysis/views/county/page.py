"""Sections of the county report: cover, one-page summary, problem list, balance, items, annexes. One call per heading.

A section whose findings say nothing yields nothing. What is said stands in ``findings`` and ``words``; here it gets its place.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from balance_analysis import __version__
from balance_analysis.assessment import CountyAssessment
from balance_analysis.findings.actions import NARROW
from balance_analysis.findings.case import Case
from balance_analysis.findings.model import Finding
from balance_analysis.findings.summary import Summary
from balance_analysis.findings.summary import summary as summarised
from balance_analysis.findings.verdict import deciding
from balance_analysis.terms import COMPOSITE, Outcome, chinese_date
from balance_analysis.typefaces import lines_in
from balance_analysis.views.basis import tables as basis
from balance_analysis.views.county import figures, tables
from balance_analysis.views.elements import (
    Callout,
    Paragraph,
    ReportFigure,
    ReportTable,
    Section,
    TitlePage,
    Verdict,
)
from balance_analysis.words import fill, numbers, say, tell

Element = ReportTable | ReportFigure | TitlePage | Verdict | Callout | Section | Paragraph
Elements = Iterator[Element]


SCHOOLS_NAMED = 24
"""Failing schools named on page 2, worst groups first; a group that would exceed it is counted."""
ANSWER_EM, ANSWER_POINTS, ROW_POINTS = 38.9, 12.55, 3.0
"""An answer of page 2: em on a line, points from line to line, points that a row takes beside its lines."""
VERDICT_EM, VERDICT_POINTS = 37.8, 17.4
"""The same of the verdict's sentence."""
PAGE_POINTS = 594.0
"""What the answers and the verdict's sentence may take together; ``tests/unit/test_page_layout.py`` holds all this to the set page."""


def cover(case: Case) -> TitlePage:
    """County, year, law, date and office; marks simulated data."""
    county = case.county
    return TitlePage(
        title=say("county.title"),
        county=county.county,
        division_code=county.division_code,
        school_year=numbers.school_year(county.year),
        regime=county.regime.name,
        target_year=county.target_year,
        simulated=county.tables.simulated,
        issued_on="" if case.issued_on is None else chinese_date(case.issued_on),
        issuing_office=case.issuing_office,
        stamp=stamp(case),
    )


def stamp(case: Case) -> dict[str, str]:
    """What was really assessed and said, for whoever ordered the report to compare with the order."""
    county = case.county
    return {
        "division_code": county.division_code,
        "year": str(county.year),
        "regime": county.regime.id,
        "overlays": ",".join(overlay.id for overlay in county.regime.overlays),
        "on": county.regime.on.isoformat(),
        "target_year": "" if county.target_year is None else str(county.target_year),
        "plan": "" if case.plan is None else case.plan.id,
        "regime_sha256": county.regime.fingerprint,
        "source_sha256": ",".join(source.sha256 for source in county.tables.sources),
        "outcome": county.outcome,
        "overall_outcome": county.overall_outcome,
        "version": __version__,
        "findings": ",".join(f"{one.id}@{one.subject}" if one.subject else one.id for one in case.findings),
    }


def verdict(case: Case) -> Verdict:
    """The county's outcome on everything the law judges, with the names of what fails or is open."""
    county, said = case.county, summarised(case)
    subject = say(
        "county.conclusion", county=county.county, year=county.year, regime=county.regime.short_name
    )
    return Verdict(county.overall_outcome, subject, tell(said.overall))


SHORTER: Sequence[tuple[str, int]] = (
    ("schools", 16), ("verdict", 0), ("schools", 10), ("causes", 2), ("schools", 5), ("cost", 1), ("schools", 3), ("areas", 1),
    ("actions", 4), ("actions", 3), ("causes", 1), ("items", 8), ("missing", 1), ("actions", 2), ("target", 1), ("items", 4),
    ("areas", 0), ("concessions", 2), ("actions", 1), ("causes", 0), ("missing", 0), ("concessions", 1),
)  # fmt: skip
"""What gives way on page 2, one after the other, and to how many, so that the page stays one; the least needed first."""


def summary(case: Case) -> Elements:
    """摘要: the verdict and the answers to the questions of a director, on one page."""
    said = summarised(case)
    yield Section(say("heading.summary"), new_page=True, front=True)
    yield verdict(case)
    most: dict[str, int | None] = {"schools": SCHOOLS_NAMED}
    answers = _answers(case, said, most)
    for topic, number in SHORTER:
        if points_of_page(tell(said.overall), answers.values()) > PAGE_POINTS:
            most[topic] = number
            answers = _answers(case, said, most)
    asked = {
        "causes": "causes" if case.county.overall_outcome == Outcome.NOT_MET else "gaps",
        "actions": "actions" if any(one.id != NARROW for one in said.actions) else "improvements",
    }
    yield tables.summary_table(
        case.county, [(asked.get(name, name), told) for name, told in answers.items() if told]
    )


def _answers(case: Case, said: Summary, most: Mapping[str, int | None]) -> dict[str, str]:
    """Question and answer as printed, in their order, of each no more than ``most``."""
    return {topic: "\n".join(tables.numbered(told)) for topic, told in _told(case, said, most)}


def _told(case: Case, said: Summary, most: Mapping[str, int | None]) -> Iterator[tuple[str, list[str]]]:
    items, shown = said.items, said.items[: most.get("items")]
    yield (
        "items",
        [say("county.items_short", items=[*map(tables.item_sentence, shown)], more=len(items) - len(shown))]
        if shown
        else [],
    )
    yield "schools", _ranked_schools(case, said, most["schools"] or 0)
    for topic in ("missing", "concessions", "causes", "target", "areas", "cost", "actions", "verdict"):
        told = _short_action if topic == "actions" else tell
        yield topic, [told(one) for one in getattr(said, topic)[: most.get(topic)]]


def _short_action(one: Finding) -> str:
    return say(f"action_short.{one.id.partition('.')[2]}", **one.figures)


def points_of_page(sentence: str, answers: Iterable[str]) -> float:
    """Estimated points of page 2 that the verdict's sentence and the answers take; it fits up to :data:`PAGE_POINTS`.

    Signs that are set closer together make the page a line or two lower, never higher.
    """
    lines = [sum(lines_in(line, ANSWER_EM) for line in text.split("\n")) for text in answers if text]
    rows = sum(number * ANSWER_POINTS + ROW_POINTS for number in lines)
    return lines_in(sentence, VERDICT_EM) * VERDICT_POINTS + rows


def _ranked_schools(case: Case, said: Summary, most: int) -> list[str]:
    """The first ``most`` failing schools by name, the worst first, by how many items they fail."""
    ranked, named, counted = [], 0, 0
    for group in said.schools[0].figures["groups"] if said.schools else []:  # type: ignore[attr-defined]
        names = group["names"][: most - named]
        if names:
            cut = len(group["names"]) if len(names) < len(group["names"]) else 0
            ranked.append(say("county.schools_of_items", n_items=group["n_items"], names=names, cut=cut))
            counted += len(group["names"])
        named += len(names)
    failing = len(case.worst_schools)
    number = {"several": failing, "only": 0} if failing > 1 else {"several": 0, "only": failing}
    return [say("county.ranked_schools", groups=ranked, more=failing - counted, **number)] if ranked else []


def problem_list(case: Case) -> Elements:
    """问题清单: failing items with office and date, failing schools with what they lack, what is tolerated."""
    said = summarised(case)
    if not said.items:
        return
    if said.schools:
        yield Section(say("heading.problems", **said.schools[0].figures), new_page=True)
    else:
        yield Section(say("heading.problems_county", n=len(said.items)), new_page=True)
    yield tables.problem_item_table(said.items, case.county)
    schools = [one for one in case.findings if one.id == "problems.school"]
    if schools:
        yield tables.problem_school_table(schools)
    if case.problems["tolerated"].any():
        yield from (Paragraph(tell(one)) for one in case.findings if one.id == "problems.tolerated")
        yield tables.tolerated_table(case.problems, case.county)


def balance(case: Case) -> Elements:
    """校际均衡: per stage the coefficients as a table and a figure."""
    county, said = case.county, case.findings
    above = [one.figures for one in said if one.id == "verdict.coefficients_above"]
    calm = [one for one in said if one.id in ("verdict.coefficients_within", "verdict.coefficients_nearest")]
    if above:
        kinds = ["composite" if not one["name"] else "one" if one["n"] == 1 else "several" for one in above]
        each = [say(f"heading.above_{kind}", **one) for kind, one in zip(kinds, above, strict=True)]
        heading = say("heading.above", stages="、".join(each))
    elif len(calm) == len(county.stages):
        whole = not any(one.id == "data.stage_without_schools" for one in said)
        single = any((deciding(case, stage)["indicator"] != COMPOSITE).any() for stage in county.stages)
        name = "heading.within" if single else "heading.within_composite"
        heading = say(name, stages=[] if whole else list(county.stages))
    else:
        heading = say("heading.balance")
    yield Section(heading, new_page=not summarised(case).items)
    yield from (Paragraph(tell(one)) for one in ([] if above else calm))
    near_or_local = ("verdict.rounding_turns", "verdict.composite_agrees", "verdict.composite_differs")
    yield from (Paragraph(tell(one)) for one in said if one.id in near_or_local)
    near = {
        one.subject: "；".join(say("county.near", decimals=number) for number in one.figures["rounded"][1])  # type: ignore[index]
        for one in said
        if one.id == "verdict.rounding_turns"
    }
    frame = county.current("coefficients")
    for stage in county.stages:
        remarks = {
            subject.partition("/")[2]: text for subject, text in near.items() if subject.startswith(stage)
        }
        yield tables.coefficient_table(county, stage, remarks)
        yield ReportFigure(
            figures.figure_of(figures.plot_coefficients(frame, county.regime, stage)),
            caption=say("figure.coefficients", county=county.county, year=county.year, stage=stage),
            alt=figures.coefficients_alt(frame, county.regime, stage),
            note=say("figure.coefficients_note") if stage == county.stages[-1] else "",
        )


def items(case: Case) -> Elements:
    """Items that cannot be judged (those that fail stand in the problem list), and what the concessions did."""
    said, rows = summarised(case), case.county.items
    open_ones = rows[(rows["outcome"] == Outcome.NOT_ASSESSABLE) & (rows["kind"] != "check")]
    if len(open_ones):
        yield Section(say("heading.items_open", n=len(open_ones)))
        yield tables.item_table(open_ones, "county.items")
    idle = [one for one in case.findings if one.id == "concessions.unused"]
    if said.concessions:
        yield Section(say("heading.concessions"))
        yield Paragraph(say("lead.concessions"))
        yield from (Paragraph(tell(one)) for one in [*said.concessions, *idle])


def _judged_items(case: Case) -> Elements:
    """The law's items with requirement and finding, by part; what a failing one lacks as the problem list says it."""
    rows = case.county.items
    found = {
        one.subject: fill("{said:clauses}", one.figures) for one in case.findings if one.id == "problems.item"
    }
    details = [found.get(item, detail) for item, detail in zip(rows["item"], rows["detail"], strict=True)]
    rows = rows.assign(detail=details)[rows["outcome"] != Outcome.NOT_ASSESSABLE]
    for group in dict.fromkeys(rows["group"]):
        yield tables.item_table(rows[rows["group"] == group], "county.judged_items", group=group)


def annexes(case: Case) -> Elements:
    """附录: schools, years (both on turned pages, where they need them), parts and items, areas, data, basis."""
    county = case.county
    yield Section(say("heading.annex_schools"), annex=True, new_page=True)
    for stage in county.stages:
        yield tables.school_matrix(county, stage)
    yield from _years(case)
    judged = county.current("indicators")["limit"].notna().any()
    yield Section(say("heading.annex_parts" if judged else "heading.annex_parts_plain"))
    yield tables.group_table(county)
    yield tables.rule_table(county)
    if judged:
        yield tables.school_count_table(county)
    yield from _judged_items(case)
    yield from _areas(case)
    yield Section(say("heading.annex_data"))
    yield from quality(case)
    yield Section(say("heading.annex_basis"))
    yield basis.limit_table(county.regime)
    yield basis.reading_table(county.regime)


def provenance(case: Case) -> Elements:
    """数据来源和校验值: the last page, after everybody's annexes."""
    yield Section(say("heading.annex_provenance"))
    yield basis.provenance_table(case.county, __version__)


def quality(case: Case) -> Iterator[ReportTable | Paragraph]:
    """数据质量: what was blank, what was left out, what the checks ask about; a table without rows is left out."""
    said = case.findings
    yield from (Paragraph(tell(one)) for one in said if one.id in ("data.questions", "data.left_out"))
    blanks = [one for one in said if one.id == "data.schools_blank"]
    if blanks:
        yield basis.missing_table(blanks)
    for table in (basis.excluded_table(case.county), basis.issue_table(case.county.issues)):
        if len(table.rows):
            yield table


def _areas(case: Case) -> Elements:
    several = [stage for stage in case.county.stages if _strata(case.county, stage) > 1]
    if several:
        yield Section(say("heading.annex_areas"))
    yield from (tables.gap_table(case.county, stage) for stage in several)


def _strata(county: CountyAssessment, stage: str) -> int:
    gaps = county.current("gaps")
    return int(gaps.loc[(gaps["stage"] == stage) & gaps["mean"].notna(), "stratum"].nunique())


def _years(case: Case) -> Elements:
    county = case.county
    if len(county.years) < 2:
        return
    yield Section(say("heading.annex_years"))
    for stage in county.stages:
        for measure in ("cv", "schools_met_share"):
            chosen = county.trends[(county.trends["stage"] == stage) & (county.trends["measure"] == measure)]
            if chosen["lowest"].notna().sum() > 1:
                yield tables.trend_table(county, stage, measure)
