"""Urban, town, rural (or the file's own areas) in both directions: who is crowded below the standard, who has more per pupil, who has none.

A mean per pupil is high where schools are small; it says nothing of a school that has no such teacher at all. So three things are
said of each stage: where most pupils sit in schools below a limit, which areas of small schools have more per pupil than the county,
and where schools have none of a resource. Crowded is an area of large schools only where no other area has a larger share of its
pupils below that limit; of the others it is told without a reason.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from balance_analysis.findings.case import Case, once
from balance_analysis.findings.model import CATALOGUE, Finding, Kind, Tone
from balance_analysis.findings.parts import Row, area_names, positions
from balance_analysis.resources import numerator

CATALOGUE.add(
    Kind(id="areas.single", tone=Tone.OPEN, excludes=frozenset({"areas.crowded", "areas.short"})),
    Kind(id="areas.crowded", tone=Tone.ADVERSE, excludes=frozenset({"areas.none_below"})),
    Kind(id="areas.short", tone=Tone.ADVERSE, excludes=frozenset({"areas.none_below"})),
    Kind(id="areas.none_below", tone=Tone.PLAIN),
    Kind(id="areas.small_have_more", tone=Tone.PLAIN),
    Kind(id="areas.have_none", tone=Tone.ADVERSE),
)

LARGER = 1.2
"""Schools of an area are called large or small where they have so many times the county's mean of pupils, or so many times fewer."""


@once
def find(case: Case) -> Iterator[Finding]:
    """What is said of each stage whose schools lie in two areas or more; one remark where none does."""
    compared = [stage for stage in case.county.stages if several(case, stage)]
    if not compared:
        yield Finding("areas.single", {"county": case.county.county})
    for stage in compared:
        below = list(below_limit(case, stage))
        yield from below[:1]
        yield from small_have_more(case, stage)
        yield from below[1:]
        yield from have_none(case, stage)


def several(case: Case, stage: str) -> bool:
    """Whether the stage has values in two areas."""
    gaps = case.county.current("gaps")
    return bool(gaps.loc[(gaps["stage"] == stage) & gaps["mean"].notna(), "stratum"].nunique() > 1)


def sizes(case: Case, stage: str) -> pd.DataFrame:
    """Schools, pupils and pupils per school by area of one stage, in the order of the file; the whole as ``all``."""
    schools = case.county.current("schools")
    own = schools[schools["stage"] == stage]
    grouped = own.groupby("stratum")["enrolment"].agg(["size", "sum"])
    grouped = grouped.reindex([name for name in area_names(case.county) if name in grouped.index])
    grouped.loc["all"] = [len(own), own["enrolment"].sum()]
    return grouped.assign(mean=grouped["sum"] / grouped["size"])


def below_limit(case: Case, stage: str) -> Iterator[Finding]:
    """Where the largest share of pupils sits in schools below a limit: in a crowded area, and among the others."""
    every, size = case.diagnosis.below_limit, sizes(case, stage)["mean"]
    if every.empty:
        return
    rows = every[(every["stage"] == stage) & every["stratum"].notna() & (every["n_schools"] > 0)]
    most = rows["share_of_pupils_below"] == rows.groupby("indicator")["share_of_pupils_below"].transform(
        "max"
    )
    large = rows["stratum"].map(size) >= LARGER * size["all"]
    below = rows["n_schools_below"] > 0
    if len(rows) and not below.any():
        yield Finding(
            "areas.none_below",
            {"stage": stage, "unknown": _unknown(case, stage)},
            subject=stage,
            frame="below_limit",
            rows=positions(every, rows),
        )
    crowded = rows[below & most & large]
    others = rows[below & ~rows["stratum"].isin(crowded["stratum"])]
    for name, side in (("crowded", crowded), ("short", others)):
        if len(side):
            worst = side.loc[[side["share_of_pupils_below"].idxmax()]]
            figures = _below(case, stage, worst.iloc[0].to_dict(), rows, size)
            yield Finding(
                f"areas.{name}", figures, subject=stage, frame="below_limit", rows=positions(every, worst)
            )


def _below(case: Case, stage: str, row: Row, rows: pd.DataFrame, size: pd.Series) -> dict[str, Any]:
    names = area_names(case.county)
    shares = rows[rows["indicator"] == row["indicator"]].set_index("stratum")["share_of_pupils_below"]
    return {
        "stage": stage,
        "county": case.county.county,
        "area": names.get(row["stratum"], row["stratum"]),
        "thing": case.county.regime.indicator(str(row["indicator"])).short_name,
        "share": row["share_of_pupils_below"],
        "n": int(row["n_schools_below"]),
        "of": int(row["n_schools"]),
        "tolerated": _tolerated(case, stage, row),
        "small": _small(size, row["stratum"]),
        "size": (float(size[row["stratum"]]), 0),
        "whole_size": (float(size["all"]), 0),
        "others": [
            {"area": label, "share": shares[name]}
            for name, label in names.items()
            if name in shares.index and name != row["stratum"]
        ],
    }


def _unknown(case: Case, stage: str) -> int:
    """How many schools lack a figure, so that nobody knows whether they lie below its limit."""
    rows = case.county.current("indicators")
    return int(rows.loc[(rows["stage"] == stage) & rows["value"].isna(), "school_code"].nunique())


def _tolerated(case: Case, stage: str, row: Row) -> int:
    """How many of the schools below the limit pass all the same, because the law tolerates it."""
    listed, schools = case.problems, case.county.current("schools")
    own = listed[
        (listed["stage"] == stage)
        & (listed["indicator"] == row["indicator"])
        & listed["tolerated"].astype(bool)
    ]
    here = schools.loc[schools["stratum"] == row["stratum"], "school_code"]
    return int(own["school_code"].isin(here).sum())


def _small(size: pd.Series, stratum: Any) -> bool:
    return bool(size[stratum] * LARGER <= size["all"])


def small_have_more(case: Case, stage: str) -> Iterator[Finding]:
    """Areas whose schools are small and which have more per pupil of at least half of the indicators."""
    gaps, size = case.county.current("gaps"), sizes(case, stage)["mean"]
    said, chosen = list[dict[str, object]](), list[int]()
    for name, label in area_names(case.county).items():
        rows = gaps[(gaps["stage"] == stage) & (gaps["stratum"] == name) & gaps["ratio_to_county"].notna()]
        more = int((rows["ratio_to_county"] > 1).sum())
        if len(rows) and _small(size, name) and 2 * more >= len(rows):
            chosen += positions(gaps, rows)
            said.append({"area": label, "size": (float(size[name]), 0), "more": more, "of": len(rows)})
    if said:
        figures = {
            "stage": stage,
            "county": case.county.county,
            "areas": said,
            "whole_size": (float(size["all"]), 0),
        }
        yield Finding("areas.small_have_more", figures, subject=stage, frame="gaps", rows=tuple(chosen))


def have_none(case: Case, stage: str) -> Iterator[Finding]:
    """Areas in which schools with pupils have none of a resource at all."""
    every, size = case.diagnosis.indicators, sizes(case, stage)
    none = every[(every["stage"] == stage) & (every["amount"] == 0) & (every["enrolment"] > 0)]
    for entry in case.county.regime.indicators:
        for name, label in area_names(case.county).items():
            rows = none[(none["indicator"] == entry.id) & (none["stratum"] == name)]
            if rows.empty:
                continue
            figures = {
                "stage": stage, "area": label, "thing": numerator(entry.method).name, "n": len(rows),
                "share": float(rows["enrolment"].sum()) / float(size["sum"][name]), "names": list(rows["school_name"]),
                "small": _small(size["mean"], name),
            }  # fmt: skip
            place: dict[str, Any] = {"frame": "indicators", "rows": positions(every, rows)}
            yield Finding("areas.have_none", figures, subject=f"{stage}/{name}/{entry.id}", **place)
