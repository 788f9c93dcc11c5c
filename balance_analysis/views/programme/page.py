"""The county's implementation plan in the report: what is late and due next in the body, everything else in the annex."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pandas as pd

from balance_analysis.findings import progress as topic
from balance_analysis.findings.case import Case
from balance_analysis.views.elements import Callout, Paragraph, ReportFigure, ReportTable, Section
from balance_analysis.views.programme import tables
from balance_analysis.views.programme.figures import roadmap_figure
from balance_analysis.words import say, tell

Element = Section | Paragraph | Callout | ReportTable | ReportFigure


def progress(case: Case) -> Iterator[Element]:
    """What is late, what is due next, by office; nothing without a programme."""
    found = list(topic.find(case))
    if not found:
        return
    head = found[0]
    yield Section(say(f"{head.id}_heading", **head.figures))
    if case.plan is None or case.progress is None:
        yield Paragraph(tell(head))
        return
    yield Callout(say("progress.findings_title"), items=[tell(one) for one in found])
    matters = topic.agenda(case.progress)
    if len(matters):
        yield tables.agenda_table(matters, case.plan, on=case.county.regime.on)


def annexes(case: Case) -> Iterator[Element]:
    """Every line of the programme with its status, the roadmap, and the task breakdown."""
    plan, frame, roadmap = case.plan, case.progress, case.roadmap
    tasks = case.tasks
    arranged = tasks["deadline"].notna() | (tasks[["measure", "responsible_offices"]] != "").any(axis=1)
    if frame is not None or arranged.any():
        yield Section(say("progress.breakdown_heading" if frame is None else "progress.annex_heading"))
    if plan is not None and frame is not None and roadmap is not None:
        yield from _measured(frame, roadmap, case, case.county.regime.on)
    if arranged.any():
        yield tables.breakdown_table(tasks, plan=None if frame is None else plan)
    yield from national_aims(case.aims, case.county.county)


def _measured(frame: pd.DataFrame, roadmap: pd.DataFrame, case: Case, on: date) -> Iterator[Element]:
    plan = case.plan
    assert plan is not None
    yield tables.counts_table(frame, plan, topic.days(case))
    left_out = int(topic.unseen(frame).sum())
    if left_out:
        yield Paragraph(say("progress.unlisted", n=left_out))
    listed = tables.own_lines(frame, case.tasks)
    if len(listed):
        yield tables.progress_table(listed, plan, on=on)
    years = frame.loc[frame["kind"] == "target", "deadline"].dropna().dt.year.unique()
    drawn = roadmap[~(roadmap["kind"].isin(topic.MATTERS) & (roadmap["status"] == "not_assessable"))]
    if len(drawn):
        yield roadmap_figure(drawn, plan, [int(year) for year in years], on=on)


def national_aims(aims: pd.DataFrame, county: str) -> Iterator[Element]:
    """The national aims of later years beside the county's figures; nothing where none is declared."""
    if len(aims):
        yield Section(say("progress.aims_heading"))
        yield tables.aims_table(aims, county=county)
