"""Which filed figures deserve a second look before the county signs, and what the verdicts hang on.

A figure is on the list when so small a change of it alone would decide a verdict that an error of filing could; the figure, its school
and the size of that change are told, never the value at which the verdict turns.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from balance_analysis.findings.case import Case, once
from balance_analysis.findings.model import CATALOGUE, Finding, Kind, Tone
from balance_analysis.findings.parts import Row, beside_limit, key, positions, subject
from balance_analysis.resources import numerator
from balance_analysis.statements import Statement

REVIEW_SHARE = 0.05
"""A figure is listed when a change of at most this share of it would decide a verdict."""

CATALOGUE.add(
    Kind(id="closeness.figure", tone=Tone.PLAIN, excludes=frozenset({"closeness.no_figure"})),
    Kind(id="closeness.no_figure", tone=Tone.PLAIN),
    Kind(id="closeness.one_school", tone=Tone.PLAIN),
    Kind(id="closeness.tolerated", tone=Tone.PLAIN),
    Kind(id="closeness.sites", tone=Tone.PLAIN),
    Kind(id="closeness.pattern", tone=Tone.PLAIN, group="closeness.patterns"),
    Kind(id="closeness.no_pattern", tone=Tone.PLAIN, group="closeness.patterns"),
)


@once
def find(case: Case) -> Iterator[Finding]:
    """What the verdicts hang on, then the figures to look at again."""
    yield from one_school(case)
    yield from tolerated(case)
    yield from sites(case)
    yield from figures(case)
    yield pattern(case)


def review_rows(case: Case) -> pd.DataFrame:
    """The rows of ``turning`` to look at again, the smallest change first; one per filed cell."""
    rows = case.diagnosis.turning
    near = rows[rows["relative_change"] <= REVIEW_SHARE].sort_values("relative_change", kind="stable")
    return near.drop_duplicates(["school_code", "field"])


def figures(case: Case) -> Iterator[Finding]:
    """One finding per figure on the list; one remark where verdicts could turn but none is so close."""
    every = case.diagnosis.turning
    near = review_rows(case)
    for place, row in zip(positions(every, near), near.to_dict("records"), strict=True):
        yield Finding(
            "closeness.figure",
            filed_figure(case, row) | {"by": row["relative_change"], "whose": whose(case, row)},
            subject=f"{row['school_code']}/{row['field']}",
            frame="turning",
            rows=(place,),
        )
    if near.empty and every["relative_change"].notna().any():
        yield Finding("closeness.no_figure", {"share": REVIEW_SHARE})


def filed_figure(case: Case, row: Row) -> dict[str, Any]:
    """School, heading, filed value and the word behind it of the cell that a row of ``turning`` is about."""
    county, counter = case.county, "人"
    if row["cell"] != "enrolment":
        counter = numerator(county.regime.indicator(str(row["indicator"])).method).counter
    header = county.tables.header("schools", str(row["field"]))
    return {"school": row["school_name"], "field": header, "filed": row["filed"], "counter": counter}


def whose(case: Case, row: Row) -> Statement:
    """The verdict that a row of ``turning`` is about."""
    if row["subject"] == "school":
        return Statement("close_part.school", {"stage": row["stage"]})
    return Statement("close_part.coefficient", {"subject": subject(case.county.regime, row)})


def one_school(case: Case) -> Iterator[Finding]:
    """Coefficients whose verdict is another one without a single school."""
    every = case.diagnosis.hanging_on_one_school
    for (stage, indicator), rows in every.groupby(["stage", "indicator"], sort=False):
        row = rows.iloc[0].to_dict()
        said = {
            "subject": subject(case.county.regime, row), "outcome": row["outcome"],
            "names": list(rows["school_name"]), "several": len(rows) if len(rows) > 1 else 0,
        }  # fmt: skip
        place = positions(every, rows)
        yield Finding(
            "closeness.one_school",
            said,
            subject=f"{stage}/{indicator}",
            frame="hanging_on_one_school",
            rows=place,
        )


def tolerated(case: Case) -> Iterator[Finding]:
    """Schools that pass only by the shortfall the law tolerates."""
    rows, rule = case.diagnosis.hanging_on_tolerance, case.county.regime.school_rule
    if len(rows) and rule is not None:
        said = {"n": len(rows), "spared": rule.spared, "names": list(rows["school_name"])}
        yield Finding("closeness.tolerated", said, frame="hanging_on_tolerance", rows=tuple(range(len(rows))))


def sites(case: Case) -> Iterator[Finding]:
    """Coefficients that another smallest size of teaching sites would turn."""
    rows = case.diagnosis.site_sizes
    for place, row in enumerate(rows.to_dict("records")):
        if row["turns"] and row["n_left_out"] > 0:
            said = {"subject": subject(case.county.regime, row), "minimum": int(row["minimum"])}
            said |= {"cv": beside_limit(row), "outcome": row["outcome"]}
            about = f"{key(row)}/{row['minimum']}"
            yield Finding("closeness.sites", said, subject=about, frame="site_sizes", rows=(place,))


def pattern(case: Case) -> Finding:
    """How many patterns in the filed figures are to be checked; a request, never an accusation."""
    found = case.diagnosis.plausibility
    if found.empty:
        return Finding("closeness.no_pattern", frame="plausibility")
    return Finding(
        "closeness.pattern", {"n": len(found)}, frame="plausibility", rows=tuple(range(len(found)))
    )
