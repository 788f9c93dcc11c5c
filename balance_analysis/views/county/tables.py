"""The county report's tables: frames and findings to rows; titles, headings and notes stand in ``words/tables/``."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any

import pandas as pd

from balance_analysis.assessment import CountyAssessment
from balance_analysis.exact import Number
from balance_analysis.findings.model import Finding
from balance_analysis.regimes import Regime
from balance_analysis.terms import COMPOSITE, Outcome, is_numbered
from balance_analysis.verdicts.values import NO_LIMIT
from balance_analysis.views.elements import Cell, ReportTable, worded_table
from balance_analysis.words import fill, labels, numbers, say, tell
from balance_analysis.words.subjects import (
    indicator_label,
    item_label,
    item_title,
)

Row = Mapping[Hashable, Any]
MISSING = Cell(numbers.MISSING)
BLANK = Cell("")
UNSAID: Mapping[str, object] = {"n_schools": 0, "lacking": [], "measure": "", "found": None, "detail": ""}
"""What a failing item's finding may leave out."""
ITEM_COUNTS = ("n_items", "n_met", "n_not_met", "n_not_assessable")


def status(outcome: str) -> str:
    """The table status of an outcome; a value without a limit carries none."""
    return "" if outcome == NO_LIMIT else outcome


def outcome_cell(outcome: str) -> Cell:
    """An outcome in its word, with its mark."""
    return Cell(labels.OUTCOMES[outcome], status(outcome))


def value_cell(row: Any, decimals: int, *, marked: bool = True) -> Cell:
    """A school's value; never printed equal to a limit or floor that it misses."""
    if pd.isna(row["value"]):
        return Cell(numbers.MISSING, status(str(row["outcome"])))
    limits = [row[name] for name in ("limit", "floor") if name in row and pd.notna(row[name])]
    text = numbers.between(float(row["value"]), decimals, "at_least", limits)
    return Cell(text, status(str(row["outcome"])) if marked else "")


# --- page 2 and the problem list -------------------------------------------------------------------------


def summary_table(county: CountyAssessment, answers: Iterable[tuple[str, str]]) -> ReportTable:
    """Questions with their answers."""
    rows = [[say(f"question.{question}"), answer] for question, answer in answers]
    return worded_table("county.summary", rows, figures={"county": county.county, "year": county.year})


def numbered(texts: Sequence[str]) -> list[str]:
    """Answers as they are printed: with their numbers where there are several, each on lines of its own."""
    if len(texts) == 1:
        return list(texts)
    return [say("county.numbered", n=number, text=text) for number, text in enumerate(texts, start=1)]


def problem_item_table(items: Sequence[Finding], county: CountyAssessment) -> ReportTable:
    """Every failing item: schools, what they lack in all, coefficients above the limit, office and deadline."""
    rows = []
    for one in items:
        figures = one.figures
        rows.append(
            [
                tell(figures["what"]),  # type: ignore[arg-type]
                figures.get("n_schools") or BLANK,
                say("county.item_found", **{**UNSAID, **figures}),
                figures["office"] or BLANK,
                fill("⟦{deadline}⟧", figures) or BLANK,
            ]
        )
    figures = {"kind": labels.whole_of(county.county)[-1:]}
    return worded_table("county.problem_items", rows, figures=figures, notes=["tasks"])


def item_sentence(one: Finding) -> str:
    """A failing item in one clause by its number (page 2 names it above), without office and date."""
    figures = {**UNSAID, **one.figures}
    if is_numbered(one.subject):
        figures["what"] = one.subject
    return say("county.item_short", **figures).rstrip("：")


def problem_school_table(schools: Sequence[Finding]) -> ReportTable:
    """Every failing school, the worst first, with what it lacks."""
    rows = [
        [number, one.figures["name"], one.figures["n"], fill("{parts:clauses}", one.figures)]
        for number, one in enumerate(schools, start=1)
    ]
    return worded_table("county.problem_schools", rows, notes=["order"], compact=True)


def tolerated_table(problems: pd.DataFrame, county: CountyAssessment) -> ReportTable:
    """Values below their limit that a passing school may have."""
    regime, rows = county.regime, []
    rule = regime.school_rule
    assert rule is not None
    for row in problems[problems["tolerated"].astype(bool)].to_dict("records"):
        entry = regime.indicator(row["indicator"])
        floor = float(rule.share) * row["limit"]
        rows.append(
            [
                row["school_name"],
                labels.STAGES[row["stage"]],
                indicator_label(regime, entry.id, short=True),
                value_cell({**row, "floor": floor}, entry.decimals, marked=False),
                numbers.plain(row["limit"], 6),
                numbers.plain(floor, 6),
                entry.unit,
            ]
        )
    figures = {"share": rule.share_text, "spared": rule.spared}
    return worded_table("county.tolerated", rows, figures=figures, notes=["rule"], compact=True)


# --- coefficients, schools, areas, years -----------------------------------------------------------------


def coefficient_table(county: CountyAssessment, stage: str, remarks: Mapping[str, str]) -> ReportTable:
    """County mean and coefficient of every indicator of one stage against its limit; ``remarks`` by indicator."""
    regime, rows = county.regime, []
    frame = county.current("coefficients")
    for row in frame[frame["stage"] == stage].to_dict("records"):
        entry = None if row["indicator"] == COMPOSITE else regime.indicator(row["indicator"])
        rows.append(
            [
                indicator_label(regime, row["indicator"], short=True),
                "" if entry is None else numbers.fixed(row["mean"], entry.decimals),
                "" if entry is None else entry.unit,
                coefficient_text(regime, row),
                "" if pd.isna(row["limit"]) else numbers.limit_text(row["limit"]),
                outcome_cell(row["outcome"]),
                row["n_schools"],
                row["reason"] if pd.isna(row["cv"]) else remarks.get(row["indicator"], ""),
            ]
        )
    rows = [[BLANK if value == "" else value for value in row] for row in rows]
    spare = [] if any(row[-1] != BLANK for row in rows) else ["remark"]
    figures = {"stage": stage, "whole": labels.whole_of(county.county)}
    notes = ["method", *(["near"] if remarks else [])]
    return worded_table("county.coefficients", rows, figures=figures, notes=notes, without=spare)


def coefficient_text(regime: Regime, row: Any) -> str:
    """A coefficient beside its limit, with as many decimals as that needs."""
    limit = regime.limit(row["indicator"], "cv", row["stage"])
    if limit is None:
        return numbers.coefficient(row["cv"])
    return numbers.coefficient(row["cv"], limit=limit.value, relation=limit.relation.value)


def school_count_table(county: CountyAssessment) -> ReportTable:
    """How many schools meet each indicator and the whole rule, by stage (form table Ⅱ-1)."""
    schools, indicators, regime = county.current("schools"), county.current("indicators"), county.regime
    rows: list[list[object]] = []
    emphasis = []
    for stage in county.stages:
        of_stage = schools[schools["stage"] == stage]
        for entry in regime.indicators:
            mine = (indicators["stage"] == stage) & (indicators["indicator"] == entry.id)
            name = indicator_label(regime, entry.id, short=True)
            rows.append([labels.STAGES[stage], name, *_counts(indicators.loc[mine, "outcome"])])
        emphasis.append(len(rows))
        rows.append([labels.STAGES[stage], say("county.whole_rule"), *_counts(of_stage["outcome"])])
    rule = regime.school_rule
    figures = {} if rule is None else {"needed": rule.needed, "share": rule.share_text if rule.spared else ""}
    notes = [] if rule is None else ["rule"]
    if (indicators["outcome"] == Outcome.NOT_ASSESSABLE).any():
        notes.append("share")
    return worded_table("county.school_counts", rows, figures=figures, notes=notes, emphasis_rows=emphasis)


def _counts(outcomes: pd.Series) -> list[object]:
    counts = outcomes.value_counts()
    met, tolerable, below = (int(counts.get(name, 0)) for name in ("met", "tolerable", "not_met"))
    unknown, number = int(counts.get("not_assessable", 0)), len(outcomes)
    limited = met + tolerable + below + unknown
    share = share_text(Fraction(met, number), Fraction(met + unknown, number)) if limited else None
    return [number, met, tolerable, below, unknown, share]


def share_text(lowest: Number, highest: Number) -> str:
    """A share of schools; where some cannot be judged, what it can be at least and at most."""
    if lowest == highest:
        return numbers.percent(lowest)
    return say("county.range", lowest=numbers.percent(lowest), highest=numbers.percent(highest))


def school_matrix(county: CountyAssessment, stage: str) -> ReportTable:
    """The compliance matrix: every school of a stage with all values and its verdict."""
    regime, strata = county.regime, county.tables.stratification.labels
    indicators, schools = county.current("indicators"), county.current("schools")
    values = indicators[indicators["stage"] == stage]
    filled = set(values.loc[values["value"].notna(), "indicator"])
    shown = [entry for entry in regime.indicators if entry.id in filled]
    hidden = [entry.short_name for entry in regime.indicators if entry.id not in filled]
    by_school = {
        (row["school_code"], row["indicator"]): row
        for row in values[["school_code", "indicator", "value", "limit", "floor", "outcome"]].to_dict(
            "records"
        )
    }
    rows = [
        [
            number,
            school["school_name"],
            strata.get(school["stratum"], labels.UNKNOWN_STRATUM),
            school["enrolment"],
            *(value_cell(by_school[school["school_code"], entry.id], entry.decimals) for entry in shown),
            outcome_cell(school["outcome"]),
        ]
        for number, school in enumerate(schools[schools["stage"] == stage].to_dict("records"), start=1)
    ]
    limits = [
        f"{entry.short_name}≥{limit.value}{entry.unit}"
        for entry in shown
        if (limit := regime.limit(entry.id, "school_value", stage)) is not None
    ]
    judged = bool(values["limit"].notna().any())
    notes = ["limits" if limits else "no_limits", *(["hidden"] if hidden else [])]
    what = say("county.judged_values" if judged else "county.values")
    columns = [
        {"name": entry.short_name, "unit": entry.unit.replace("/百名学生", "/百名")} for entry in shown
    ]
    return worded_table(
        "county.matrix", rows, figures={"stage": stage, "what": what, "limits": limits, "names": hidden}, notes=notes,
        repeat={"value": columns}, without=[] if judged else ["outcome"], landscape=True, compact=True,
    )  # fmt: skip


def gap_table(county: CountyAssessment, stage: str) -> ReportTable:
    """Means of the strata beside each other, with ratio to the reference stratum."""
    gaps, regime = county.current("gaps"), county.regime
    strata = county.tables.stratification.labels
    of_stage = gaps[(gaps["stage"] == stage) & gaps["mean"].notna()]
    present = [name for name in [*strata, ""] if name in set(of_stage["stratum"])]
    reference = str(of_stage["reference_stratum"].iloc[0]) if len(of_stage) else ""
    others = [name for name in present if name != reference] if reference in present else []
    rows = []
    for entry in regime.indicators:
        lines = of_stage[of_stage["indicator"] == entry.id].set_index("stratum")
        if lines.empty:
            continue
        means, ratios = lines["mean"], lines["ratio_to_reference"]
        rows.append(
            [
                f"{entry.short_name}（{entry.unit}）",
                *(numbers.fixed(float(means.get(name, float("nan"))), entry.decimals) for name in present),
                numbers.fixed(float(lines["county_mean"].iloc[0]), entry.decimals),
                *(numbers.fixed(float(ratios.get(name, float("nan"))), 2) for name in others),
            ]
        )
    names = {name: strata.get(name, labels.UNKNOWN_STRATUM) for name in present}
    figures = {
        "stage": stage, "whole": labels.whole_of(county.county), "reference": strata.get(reference, "") if others else "",
        "stratification": county.tables.stratification.name,
    }  # fmt: skip
    repeat = {"mean": [{"name": names[name]} for name in present], "ratio": [{"name": names[name]} for name in others]}  # fmt: skip
    notes = ["means", "ratios"] if others else ["means"]
    return worded_table("county.gaps", rows, figures=figures, notes=notes, repeat=repeat)


def trend_table(county: CountyAssessment, stage: str, measure: str) -> ReportTable:
    """Yearly values, change, limit, distance and pace of one measure of a stage."""
    trends, regime = county.trends, county.regime
    chosen = trends[(trends["stage"] == stage) & (trends["measure"] == measure)]
    years = sorted(int(year) for year in chosen["year"].unique())
    rows = []
    for indicator in [*(entry.id for entry in regime.indicators), COMPOSITE, "all"]:
        lines = chosen[chosen["indicator"] == indicator].sort_values("year")
        if lines.empty or lines["lowest"].isna().all():
            continue
        by_year = {row["year"]: row for row in lines.to_dict("records")}
        last = lines.iloc[-1]
        rows.append(
            [
                indicator_label(regime, indicator, short=True),
                *(_value_or_range(by_year[year], measure) if year in by_year else MISSING for year in years),
                _change(last["change"], measure),
                _said(last["limit"], measure, limit=True),
                _still_to_go(last, measure),
                MISSING if pd.isna(last["pace_needed"]) else _change(last["pace_needed"], measure),
            ]
        )
    target = chosen["target_year"].dropna()
    figures = {"stage": stage, "measure": measure, "target": str(int(target.iloc[0])) if len(target) else ""}
    notes = ["distance", *(["pace"] if len(target) else [])]
    notes += ["open"] if (chosen["lowest"] < chosen["highest"]).any() else []
    repeat, without = {"year": [{"year": year} for year in years]}, [] if len(target) else ["pace"]
    return worded_table("county.trend", rows, figures=figures, notes=notes, repeat=repeat, without=without)


def _said(value: float, measure: str, *, limit: bool = False) -> str:
    if pd.isna(value):
        return numbers.MISSING
    if measure != "cv":
        return numbers.percent(value)
    return numbers.limit_text(value) if limit else numbers.coefficient(value)


def _change(value: float, measure: str) -> str:
    if pd.isna(value):
        return numbers.MISSING
    return numbers.coefficient(value) if measure == "cv" else numbers.points(value)


def _value_or_range(row: Row, measure: str) -> str:
    """The figure of a year; where schools cannot be judged, what it can be at least and at most."""
    if row["lowest"] < row["highest"]:
        return say("county.range", **{edge: _said(row[edge], measure) for edge in ("lowest", "highest")})
    if measure == "cv" and not numbers.is_missing(row["limit"]) and not numbers.is_missing(row["value"]):
        return numbers.coefficient(row["value"], limit=row["limit"], relation=str(row["relation"]))
    return _said(row["value"], measure)


def _still_to_go(last: pd.Series, measure: str) -> str:
    """The distance to the limit; of a range only whether the limit is reached, missed or open."""
    if last["outcome"] == Outcome.MET or (bool(last["outcome"]) and last["lowest"] < last["highest"]):
        return labels.OUTCOMES[str(last["outcome"])]
    return _change(last["distance"], measure)


# --- items -----------------------------------------------------------------------------------------------


def group_table(county: CountyAssessment) -> ReportTable:
    """Outcome of each part of the regime and of the county as a whole."""
    rows: list[list[object]] = [
        [
            labels.GROUPS.get(row["group"], row["group"]),
            outcome_cell(row["outcome"]),
            *(row[name] if row["n_items"] else None for name in ITEM_COUNTS),
            say("county.names", names=item_labels(row["failing"], county.items)),
            say("county.names", names=item_labels(row["unknown"], county.items)),
        ]
        for row in county.groups.to_dict("records")
    ]  # fmt: skip
    rows = [[BLANK if value == "" else value for value in row] for row in rows]
    named = ((-2, "failing"), (-1, "unknown"))
    idle = [name for place, name in named if all(row[place] == BLANK for row in rows)]
    return worded_table("county.groups", rows, notes=["rule"], emphasis_rows=[len(rows) - 1], without=idle)


def item_labels(ids: str, items: pd.DataFrame) -> list[str]:
    """Labels of the items whose ids stand in ``ids``, joined by ``;``; an empty text names none.

    >>> item_labels("B10;satisfaction", pd.DataFrame({"item": ["satisfaction"], "name": ["公众满意度"]}))
    ['B10', '公众满意度']
    """
    names = dict(zip(items["item"], items["name"], strict=True))
    return [item_label(item, names.get(item, item)) for item in ids.split(";") if item]


def item_table(items: pd.DataFrame, name: str, **figures: object) -> ReportTable:
    """Requirement, finding and outcome of items, by the table words ``name``."""
    rows = [
        [
            item_title(row["item"], row["name"]),
            row["requirement"],
            row["detail"],
            outcome_cell(row["outcome"]),
        ]
        for row in items.to_dict("records")
    ]
    return worded_table(name, rows, figures=figures, compact=True)


def rule_table(county: CountyAssessment) -> ReportTable:
    """The county's rules in one table, with the clause beside each."""
    rows = [
        [
            labels.STAGES[row["stage"]] if row["stage"] != "all" else labels.whole_of(county.county),
            labels.RULES[row["rule"]],
            outcome_cell(row["outcome"]),
            row["detail"],
            row["clause"] or BLANK,
        ]
        for row in county.current("verdicts").to_dict("records")
        if row["rule"] not in ("stage_resources_composite", "coefficient")
    ]
    idle = [] if any(row[-1] != BLANK for row in rows) else ["clause"]
    return worded_table("county.rules", rows, without=idle)
