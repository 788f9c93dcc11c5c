"""Tables of the remediation plan: frames in, tables out; every price shown is called what it is, an assumption."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Protocol

import pandas as pd

from balance_analysis.assessment import CountyAssessment
from balance_analysis.findings.remediation import beyond
from balance_analysis.regimes import Regime
from balance_analysis.views.elements import Cell, ReportTable, worded_table
from balance_analysis.words import fill, labels, numbers, say, table_words
from balance_analysis.words.subjects import indicator_label

DEAREST_SCHOOLS: Final = 15


class PlanOfCounty(Protocol):
    """What the views need of a county's remediation plan (``remediation.county.CountyPlan``)."""

    @property
    def county(self) -> CountyAssessment: ...
    @property
    def settings(self) -> Any: ...
    @property
    def result(self) -> Any: ...
    @property
    def comparison(self) -> Any: ...
    @property
    def prices(self) -> pd.DataFrame | None: ...
    @property
    def found(self) -> bool: ...


def assumed() -> dict[str, str]:
    """The sentence that stands beside every amount of money, as a figure of other sentences."""
    return {"assumed": say("remediation_page.assumed")}


def spared(regime: Regime) -> int:
    """How many indicators of a passing school may stay below their limit."""
    rule = regime.school_rule
    assert rule is not None, "plans are made under a school rule only"
    return rule.spared


def quantity(value: float, unit: str) -> str:
    """Whole units without decimals, money and parts with two.

    >>> quantity(12.0, "人"), quantity(3.5, "万元"), quantity(1200.25, "平方米")
    ('12人', '3.50万元', '1,200.25平方米')
    """
    places = 0 if value == int(value) and unit != "万元" else 2
    return numbers.fixed(value, places, grouped=True) + unit


def measures_text(measures: list[tuple[str, float, str]]) -> str:
    """``购置教学仪器设备12.50万元；调入骨干教师2人``."""
    return "；".join(
        say("remediation_page.measure", label=label, quantity=quantity(number, unit))
        for label, number, unit in measures
    )


def measures_table(plan: PlanOfCounty) -> ReportTable:
    """What is to be done in all, by measure, with the sum in the last row; what coefficients alone ask for is told below."""
    rows: list[list[object]] = [
        [row["label"], quantity(row["quantity"], row["unit"]), row["cost_wan_cny"]]
        for row in plan.result.totals().to_dict("records")
    ]
    told = [
        say(
            "remediation_page.beyond",
            indicator=indicator_label(plan.county.regime, name, short=True),
            share=share,
        )
        for name, share in beyond(plan.result).items()
    ]
    if rows:
        cost = plan.result.certificate.cost_wan_cny
        rows.append([table_words("remediation.measures").notes["total"], Cell(""), cost])
    last = [len(rows) - 1] if rows else []
    return worded_table(
        "remediation.measures",
        rows,
        figures={**assumed(), "beyond": told},
        notes=["beyond", "assumed"] if told else ["assumed"],
        emphasis_rows=last,
    )


def comparison_table(costs: pd.DataFrame, regime: Regime) -> ReportTable:
    """The usual ways beside the optimum: cost, bound and what their coefficients come to."""
    rows = []
    for row in costs.to_dict("records"):
        above = row["coefficients_above_limit"]
        passes = Cell(labels.OUTCOMES["not_assessable"], "not_assessable")
        if pd.notna(above):
            text = fill(table_words("remediation.comparison").notes["above"], {"n": above})
            passes = Cell(labels.OUTCOMES["met"], "met") if above == 0 else Cell(text, "not_met")
        named = (row[name] for name in ("cost_wan_cny", "lower_bound_wan_cny", "ratio_to_optimum"))
        rows.append([labels.VARIANTS[row["variant"]], *named, passes])
    return worded_table(
        "remediation.comparison", rows, figures={"spared": spared(regime)}, notes=["usual", "bound"]
    )


def years_table(stairs: pd.DataFrame) -> ReportTable:
    """The plan by year."""
    rows = [[year_word(row["year"]), *list(row.values())[1:]] for row in stairs.to_dict("records")]
    return worded_table("remediation.years", rows, notes=["order", "stages"])


def year_word(year: float) -> str:
    """2018年, or that the plan has no years."""
    return say("remediation_sheet.year", year=year) if year else say("remediation_sheet.no_years")


def coefficient_table(frame: pd.DataFrame, regime: Regime) -> ReportTable:
    """Coefficients before and after with their outcome."""
    rows = [
        [
            labels.STAGES[row["stage"]],
            indicator_label(regime, row["indicator"], short=True),
            *(
                Cell(_coefficient(row[f"cv_{when}"], row), row[f"outcome_{when}"])
                for when in ("before", "after")
            ),
            None if pd.isna(row["cv_limit"]) else numbers.limit_text(row["cv_limit"]),
        ]
        for row in frame.to_dict("records")
    ]
    return worded_table("remediation.coefficients", rows, notes=["exact"])


def _coefficient(value: float, row: Mapping[Any, Any]) -> str:
    return numbers.coefficient(value, limit=None if pd.isna(row["cv_limit"]) else row["cv_limit"])


def dearest_table(spending: pd.DataFrame) -> ReportTable | None:
    """The schools that cost most; None where no school costs anything."""
    dear = spending[spending["cost_wan_cny"] > 0].head(DEAREST_SCHOOLS)
    rows = dear[["school_name", "cost_wan_cny", "share"]].to_numpy().tolist()
    figures = {"n": len(dear), **assumed()}
    return (
        worded_table("remediation.dearest", rows, figures=figures, notes=["spent", "assumed"])
        if rows
        else None
    )


def schools_table(spending: pd.DataFrame, *, most: int | None = None) -> ReportTable:
    """What is done at every school, the dearest first; at ``most`` so many where that is given."""
    shown = spending if most is None else spending.head(most)
    rows = [
        [row["school_name"], measures_text(row["measures"]), row["cost_wan_cny"]]
        for row in shown.to_dict("records")
    ]
    left = len(spending) - len(shown)
    figures = {"shown": len(shown), "n": left, **assumed()}
    notes = ["spent", *(["more"] if left else [])]
    return worded_table("remediation.schools", rows, figures=figures, notes=notes, compact=most is None)


def measures_by_school_table(spending: pd.DataFrame, failing: Mapping[str, str]) -> ReportTable:
    """What is done at every school and what it costs: the schools that fail first, the worst first, then the others that take part."""
    rows = {str(row["school_code"]): row for row in spending.to_dict("records")}
    order = [*(code for code in failing), *(code for code in rows if code not in failing)]
    none = say("remediation_sheet.no_measures")
    shown = [
        [rows[code]["school_name"], measures_text(rows[code]["measures"]), rows[code]["cost_wan_cny"]]
        if code in rows
        else [failing[code], none, 0.0]
        for code in order
    ]
    return worded_table("remediation.by_school", shown, figures=assumed(), notes=["spent", "assumed"])


def price_table(prices: pd.DataFrame, regime: Regime) -> ReportTable:
    """The least cost at tighter limits, one coefficient at a time."""
    columns = ("cv_limit", "lower_bound_wan_cny", "cost_wan_cny", "price_per_hundredth_wan_cny")
    rows = [
        [
            f"{labels.STAGES[row['stage']]} {indicator_label(regime, row['indicator'], short=True)}",
            *(row[name] for name in columns),
            labels.PLAN_STATUSES[row["status"]],
        ]
        for row in prices.to_dict("records")
    ]
    return worded_table("remediation.prices", rows, figures=assumed(), notes=["one", "unproven"])


def assumption_rows(settings: Any) -> list[tuple[str, str, float, str]]:
    """Every price used: measure, unit, price in 万元, basis; also the sheet's."""
    words = table_words("remediation.assumptions").notes

    def each(unit: str) -> str:
        return fill(words["each"], {"unit": unit})

    rows = [
        (one.label, each(one.unit), float(one.unit_cost), one.basis or words["unstated"])
        for one in settings.actions
    ]
    rows += [
        (one.label, each(words["person"]), float(one.unit_cost), words["moved"]) for one in settings.profiles
    ]
    rows.append(
        (
            words["open_class"],
            each(words["class"]),
            float(settings.class_cost),
            settings.class_basis or words["open_class_basis"],
        )
    )
    return rows + [
        (
            fill(words["rezone"], {"from_school": link.from_school, "to_school": link.to_school}),
            each(words["person"]),
            float(link.unit_cost),
            fill(words["rezone_basis"], {"stage": link.stage, "n": link.at_most}),
        )
        for link in settings.rezoning
    ]


def assumption_table(settings: Any) -> ReportTable:
    """Every price and rule used, with basis and grade."""
    unset = say("remediation_sheet.unset")
    figures = {
        "title": settings.title,
        "source": settings.source,
        "share": settings.minimum_backbone_share,
        "budget": unset if settings.budget is None else numbers.money(settings.budget),
        "frozen": len(settings.frozen_schools),
        "ceilings": len(settings.ceilings),
        "rezoning": len(settings.rezoning),
        **assumed(),
    }
    programme = settings.programme
    if programme.basis:
        figures["programme"] = say(
            "remediation_sheet.programme",
            margin=float(programme.cv_margin),
            money=float(programme.money_step),
            basis=programme.basis.rstrip("。"),
        )
    notes = [
        "source",
        "assumed",
        *(["programme"] if programme.basis else []),
        *(["rotation"] if settings.profiles else []),
        "limits",
    ]
    rows = [[*row, settings.grade] for row in assumption_rows(settings)]
    return worded_table("remediation.assumptions", rows, figures=figures, notes=notes)
