"""Tables of the explaining pages; titles, columns and notes stand in ``words/tables/explain.toml``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import pandas as pd

from balance_analysis.assessment import CountyAssessment
from balance_analysis.findings import Case, Finding, causes, closeness
from balance_analysis.findings.actions import PLANNED
from balance_analysis.findings.parts import Row, amount, area_names, of, subject
from balance_analysis.findings.target import Matter, Status, matters
from balance_analysis.terms import ALL_STAGES, COMPOSITE
from balance_analysis.views.county import tables as county_tables
from balance_analysis.views.elements import Cell, Column, ReportTable, worded_table
from balance_analysis.words import labels, numbers, say, tell
from balance_analysis.words.subjects import indicator_label

SHOWN = 10
"""Longest list in one table of the body."""
SMALLEST_P = 0.0005
LISTED_SHARE = 0.2
"""Figures of which a larger change would be needed are not listed."""


def in_year(case: Case) -> dict[str, object]:
    """The figures that most titles take."""
    return {"school_year": case.county.year, "county": case.county.county}


def _table(name: str, rows: list[list[object]], **given: Any) -> ReportTable | None:
    """The table, None without rows."""
    return worded_table(f"explain.{name}", rows, **given) if rows else None


# --- target year -----------------------------------------------------------------------------------------


def has_course(case: Case) -> bool:
    """Whether something can be told of the way to a target year ahead: a pace, or a distance to go; else the coefficients say it all."""
    year = case.county.target_year
    series = [one.series for one in matters(case) if one.series is not None]
    return (
        year is not None
        and case.county.year < year
        and any(row["distance"] > 0 or not pd.isna(row["pace_observed"]) for row in series)
    )


def target_table(case: Case, stage: str, *, noted: bool = True) -> ReportTable | None:
    """Every coefficient and the schools of one stage: how far, how fast, and the one status; None without any.

    ``noted`` prints the notes, which are the same for every stage.
    """
    chosen = [one for one in matters(case) if one.stage == stage]
    if not chosen:
        return None
    year, cut_offs = case.county.target_year, case.diagnosis.cut_offs
    paced = any(pd.notna(one.series["pace_observed"]) for one in chosen if one.series is not None)
    rows = [_target_row(one, case.county) for one in chosen]
    notes, figures = ["pace"] if paced else [], {**in_year(case), "stage": stage, "year": year}
    if any(one.series is not None and pd.notna(one.series["probability"]) for one in chosen):
        notes.append("probability")
        figures |= {"likely": cut_offs.on_track, "unlikely": cut_offs.off_track}
    else:
        notes.append("few_years" if paced else "two_years")
        figures["n"] = len(case.county.years)
    return worded_table(
        "explain.target",
        rows,
        figures=figures,
        notes=notes if noted else (),
        without=[
            *([] if paced else ["observed"]),
            *([] if "probability" in notes else ["chance"]),
        ],
    )


def _target_row(one: Matter, county: CountyAssessment) -> list[object]:
    share = one.kind == "schools"
    row, series = one.row, one.series or {}
    now = _share_now(county, one.stage) if share else numbers.coefficient(row["value"], limit=row["limit"])

    def size(value: Any) -> Cell:
        known = numbers.points if share else partial(numbers.coefficient, limit=0)
        return Cell(numbers.MISSING if numbers.is_missing(value) else known(value))

    distance = series.get("distance")
    there = distance is not None and distance <= 0
    return [
        say("target_cell.schools") if share else indicator_label(county.regime, row["indicator"], short=True),
        Cell(now),
        Cell(numbers.percent(1) if share else numbers.limit_text(row["limit"])),
        Cell(say("target_cell.there")) if there else size(distance),
        Cell("0") if there else size(series.get("pace_needed")),
        size(series.get("pace_observed")),
        labels.TARGET_STATUSES[one.status],
        Cell("" if (chance := _chance(one)) is None else numbers.share(chance)),
    ]


def _share_now(county: CountyAssessment, stage: str) -> str:
    """The share of schools that pass, a range where some cannot be judged; missing where no school is known."""
    trends = county.trends
    same = trends[(trends["measure"] == "schools_met_share") & (trends["indicator"] == ALL_STAGES)]
    for row in same[(same["stage"] == stage) & (same["year"] == county.year)].to_dict("records"):
        return county_tables.share_text(row["lowest"], row["highest"])
    return numbers.MISSING


def _chance(one: Matter) -> float | None:
    probable = one.status in (Status.LIKELY, Status.UNCERTAIN, Status.UNLIKELY)
    return float(one.series["probability"]) if probable and one.series is not None else None


def forecast_table(case: Case, stage: str) -> ReportTable | None:
    """Forecast, band, error and probability of every series of one stage that has a distribution; None without any."""
    rows: list[list[object]] = []
    for one in matters(case):
        row = one.series
        if one.stage != stage or row is None or not row["years_left"] > 0 or pd.isna(row["probability"]):
            continue
        prints = numbers.percent if one.kind == "schools" else numbers.coefficient
        same = case.diagnosis.intervals
        same = same[
            (same["stage"] == stage)
            & (same["indicator"] == row["indicator"])
            & (same["measure"] == row["measure"])
        ]
        band = same.iloc[-1]
        error = row["forecast_error"]
        rows.append(
            [
                tell(one.name), prints(row["last_value"]), prints(row["limit"]), prints(row["forecast"]),
                say("target_cell.band", low=prints(band["low"]), high=prints(band["high"])),
                None if error is None or pd.isna(error) else prints(error),
                numbers.share(row["probability"]), labels.METHODS[row["probability_method"]],
            ]
        )  # fmt: skip
    figures = {"stage": stage, "year": case.county.target_year}
    return _table("forecasts", rows, figures=figures, notes=["error"], compact=True)


# --- causes ----------------------------------------------------------------------------------------------


def source_table(case: Case, stage: str) -> ReportTable | None:
    """Shares of CV² by level and the change since the previous year; None without any coefficient."""
    county, rows = case.county, []
    coefficients = county.current("coefficients")
    for row in coefficients[(coefficients["stage"] == stage) & coefficients["cv"].notna()].to_dict("records"):
        found = {} if row["indicator"] == COMPOSITE else causes.shares(case, row)
        if found:
            levels = [found.get(level) for level in ("stratum", "sponsor", "school")]
            name = indicator_label(county.regime, row["indicator"], short=True)
            rows.append(
                [name, numbers.coefficient(row["cv"], limit=row["limit"]), *levels, *_changes(case, row)]
            )
    if not rows:
        return None
    ids = ("indicator", "cv", "stratum", "sponsor", "school", "change", "enrolment", "resources", "came")
    without = [name for place, name in enumerate(ids) if all(row[place] is None for row in rows)]
    notes = ["shares"] if "change" in without else ["shares", "changes"]
    figures = {**in_year(case), "stage": stage}
    return worded_table("explain.sources", rows, figures=figures, notes=notes, without=without)


def _changes(case: Case, row: Row) -> list[object]:
    changes = of(case.diagnosis.changes, row)
    for change in changes[(changes["year"] == case.county.year) & changes["change_cv"].notna()].to_dict(
        "records"
    ):
        moved = change["n_entering"] + change["n_leaving"] > 0
        came = change["entry_part_in_cv"] + change["exit_part_in_cv"] if moved else None
        return [change["change_cv"], change["enrolment_part_in_cv"], change["resource_part_in_cv"], came]
    return [None] * 4


def companion_table(case: Case, stage: str) -> ReportTable | None:
    """Gini and Theil beside the coefficient of one stage; None without any."""
    known = case.county.current("coefficients")[["stage", "indicator", "cv"]]
    merged = case.diagnosis.companions.merge(known, on=["stage", "indicator"])
    merged = merged[merged["gini"].notna() & (merged["stage"] == stage)].set_index("indicator")
    regime = case.county.regime
    rows = [
        [indicator_label(regime, entry.id, short=True), *merged.loc[entry.id, ["cv", "gini", "theil_t"]]]
        for entry in regime.indicators
        if entry.id in merged.index
    ]
    return _table("companions", rows, figures={"stage": stage}, notes=["weights"])


# --- actions ---------------------------------------------------------------------------------------------


def action_table(case: Case, found: Sequence[Finding]) -> ReportTable | None:
    """The actions in their order: school, amount, what it brings, office with date."""
    rows = []
    for rank, one in enumerate(found, start=1):
        figures = one.figures
        rows.append(
            [
                rank,
                figures.get("school", labels.whole_of(case.county.county)),
                tell(figures["what"]) if "what" in figures else None,  # type: ignore[arg-type]
                say(f"action_brings.{one.id.partition('.')[2]}", **figures),
                say("action_cell.task", **figures).strip() if "offices" in figures else "",
            ]
        )
    if not rows:
        return None
    known = any(row[-1] for row in rows)
    order = "planned" if found[0].id == PLANNED else "turns"
    notes, without = ([order, "known"], ()) if known else ([order], ("task",))
    return worded_table(
        "explain.actions", rows, figures={**in_year(case), "n": len(rows)}, notes=notes, without=without
    )


def spread_table(case: Case) -> ReportTable | None:
    """Every school of the fewest units that bring the failing coefficients to their limits; None when none fails."""
    diagnosis, regime, rows = case.diagnosis, case.county.regime, []
    for focus in diagnosis.focus[diagnosis.focus["standing"] == "failing"].to_dict("records"):
        name = str(focus["indicator"])
        for school in of(diagnosis.remedies, focus).to_dict("records"):
            added = amount(regime, name, school["units"] * float(diagnosis.unit_sizes[name]))
            rows.append([tell(subject(regime, focus)), school["school_name"], tell(added)])
    return _table("spread", rows, compact=True)


# --- room for pupils -------------------------------------------------------------------------------------


def headroom_table(case: Case) -> ReportTable | None:
    """Schools that pass now with the least room for more pupils; None where none passes."""
    rows = case.diagnosis.headroom
    passing = rows[rows["headroom"] >= 0].sort_values(["headroom_share", "school_code"], kind="stable")
    notes = ["meaning", *(["left_out"] if len(passing) > SHOWN else [])]
    figures = {**in_year(case), "total": len(passing), "shown": SHOWN}
    table = _room_rows(case, passing.head(SHOWN))
    return _table("headroom", table, figures=figures, notes=notes)


def shortfall_table(case: Case) -> ReportTable | None:
    """Schools that fail now, those with the largest lack first; None where none fails."""
    rows = case.diagnosis.early_warning
    failing = rows[rows["level"] == "out"].sort_values(["headroom_share", "school_code"], kind="stable")
    table = _room_rows(case, failing)
    return _table("shortfall", table, figures=in_year(case), notes=["meaning"], compact=True)


def _room_rows(case: Case, rows: pd.DataFrame) -> list[list[object]]:
    return [
        [
            row["school_name"],
            labels.STAGES[row["stage"]],
            row["enrolment"],
            Cell(say("room_cell.resources"))
            if row["headroom"] <= -row["enrolment"]
            else abs(row["headroom"]),
            abs(row["headroom_share"]),
            _binding(case, row),
        ]
        for row in rows.to_dict("records")
    ]


def _binding(case: Case, row: Row) -> str:
    if row["binding"] != "indicators" or not isinstance(row["binding_indicator"], str):
        return labels.BINDINGS[str(row["binding"])]
    name = indicator_label(case.county.regime, row["binding_indicator"], short=True)
    return say(f"room_cell.{'floor' if row['binding_line'] == 'floor' else 'limit'}", name=name)


# --- figures to look at again ----------------------------------------------------------------------------


def review_table(case: Case, *, complete: bool = False) -> ReportTable | None:
    """The filed figures that deserve a second look; ``complete`` lists all within :data:`LISTED_SHARE`, with their cells."""
    rows = closeness.review_rows(case)
    if complete:
        every = case.diagnosis.turning
        within = every[every["relative_change"] <= LISTED_SHARE]
        rows = within.sort_values("relative_change", kind="stable")
    table = []
    for row in rows.to_dict("records"):
        filed = closeness.filed_figure(case, row)
        table.append(
            [
                filed["school"],
                filed["field"],
                say("room_cell.filed", **filed),
                tell(closeness.whose(case, row)),
                numbers.share(row["relative_change"]),
                row["address"] or None,
            ]
        )
    shown = table if complete else table[:SHOWN]
    if not shown:
        return None
    cut = "complete" if complete else "left_out" if len(shown) < len(table) else ""
    notes = ["purpose", "by", *([cut] if cut else [])]
    figures = {**in_year(case), "total": len(table), "shown": len(shown), "share": LISTED_SHARE}
    without = () if complete else ("address",)
    return worded_table(
        "explain.review", shown, figures=figures, notes=notes, without=without, compact=complete
    )


def pattern_table(case: Case, headers: Mapping[str, str], *, complete: bool = False) -> ReportTable | None:
    """Patterns to be checked; ``complete`` lists all of them with the chance of their coming about by themselves."""
    found = case.diagnosis.plausibility
    if found.empty:
        return None
    schools = case.county.tables.schools
    names = dict(zip(schools["school_code"], schools["school_name"], strict=True))
    rows = []
    for row in (found if complete else found.head(SHOWN)).to_dict("records"):
        about = headers.get(str(row["field"]), "")
        if isinstance(row["indicator"], str) and row["indicator"]:
            about = tell(subject(case.county.regime, row))
        who = [names[code] for code in str(row["school_codes"]).split(";") if code in names]
        count = say("room_cell.count", n=row["count"], of=row["n"]) if pd.notna(row["n"]) else None
        chance = None if pd.isna(row["p_value"]) else f"{row['p_value']:.1e}".replace("-", numbers.MINUS)
        shown = say("room_cell.names", names=who) if who else None
        rows.append(
            [labels.FINDING_RULES[row["rule"]], int(row["year"]), about or None, shown, count, chance]
        )
    notes = ["request", *(["left_out"] if len(rows) < len(found) else [])]
    figures = {"total": len(found), "shown": len(rows)}
    return worded_table(
        "explain.patterns", rows, figures=figures, notes=notes, without=() if complete else ("p",)
    )


# --- areas -----------------------------------------------------------------------------------------------


def below_limit_table(case: Case) -> ReportTable | None:
    """Share of pupils in schools below the limit, by area; None without limits of schools or without such schools."""
    rows, names = case.diagnosis.below_limit, area_names(case.county)
    rows = rows[rows["n_schools"] > 0] if len(rows) else rows
    if rows.empty:
        return None
    known = rows.assign(stratum=rows["stratum"].astype(object).where(rows["stratum"].notna(), ""))
    present = [name for name in [*names, ""] if name in set(known["stratum"])]
    table = []
    for stage in case.county.stages:
        for entry in case.county.regime.indicators:
            own = known[(known["stage"] == stage) & (known["indicator"] == entry.id)].set_index("stratum")
            if own.empty or not (own["n_schools_below"] > 0).any():
                continue
            cells = [_below_cell(own.loc[name].to_dict()) if name in own.index else None for name in present]
            table.append(
                [labels.STAGES[stage], indicator_label(case.county.regime, entry.id, short=True), *cells]
            )
    if not table:
        return None
    plain = worded_table(
        "explain.below_limit", [row[:2] for row in table], figures=in_year(case), notes=["meaning"]
    )
    areas = [
        Column(f"area_{name}", names.get(name, labels.UNKNOWN_STRATUM), align="right") for name in present
    ]
    return ReportTable(title=plain.title, columns=[*plain.columns, *areas], rows=table, notes=plain.notes)


def _below_cell(row: Row) -> str:
    share = row["share_of_pupils_below"]
    return say("room_cell.below", share=share, n=int(row["n_schools_below"]), of=int(row["n_schools"]))


def pair_table(case: Case, stage: str) -> ReportTable | None:
    """Every indicator between two areas: means, ratio, difference, overlap, p-value (annex); None with a single area."""
    pairs, names, regime = case.diagnosis.strata, area_names(case.county), case.county.regime
    if pairs.empty:
        return None
    pairs = pairs[(pairs["stage"] == stage) & pairs["p_value"].notna()]
    rows = []
    for (a, b), pair in pairs.groupby(["stratum_a", "stratum_b"], sort=False):
        by_id = {row["indicator"]: row for row in pair.to_dict("records")}
        for entry in (one for one in regime.indicators if one.id in by_id):
            row = by_id[entry.id]
            mean_a, mean_b, difference = (
                numbers.fixed(row[name], entry.decimals) for name in ("mean_a", "mean_b", "difference")
            )
            chance = row["p_value"]
            p = numbers.fixed(chance, 3) if chance >= SMALLEST_P else say("room_cell.smallest_p")
            rows.append(
                [
                    indicator_label(regime, entry.id, short=True),
                    say("room_cell.pair", a=names.get(str(a), str(a)), b=names.get(str(b), str(b))),
                    say("room_cell.pair", a=mean_a, b=mean_b),
                    difference, row["ratio"], row["superiority_a"], row["overlap"], p,
                ]
            )  # fmt: skip
    figures = {**in_year(case), "stage": stage}
    return _table("pairs", rows, figures=figures, notes=["meaning", "p"], compact=True)
