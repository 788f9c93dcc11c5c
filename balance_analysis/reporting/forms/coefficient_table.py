"""Table Ⅲ: county mean and coefficient of variation of every indicator, as live formulas over Ⅱ-2."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from balance_analysis.assessment import CountyAssessment
from balance_analysis.regimes.model import Indicator
from balance_analysis.reporting.forms.school_table import (
    SchoolTable,
    column_codes,
    dress_words,
    indicator_head,
)
from balance_analysis.reporting.forms.sheets import (
    Book,
    Page,
    cell_name,
    counted_text,
    where_filed,
)
from balance_analysis.reporting.forms.styles import (
    DASH,
    OUTCOME_WORDS,
    UNKNOWN,
    decimals,
)
from balance_analysis.terms import COMPOSITE, Relation
from balance_analysis.words import say
from balance_analysis.words.labels import COMPOSITE_NAME, RELATIONS, STAGES

LINES = ("县均值", "差异系数", "差异系数标准", "是否达标")
FIRST_ROW = 4
GUARD = 12
"""Decimals at which a formula compares: what a spreadsheet's arithmetic adds in the sixteenth place decides nothing."""


def write_coefficient_table(
    book: Book, county: CountyAssessment, plan: SchoolTable, *, name: str, title: str
) -> None:
    """Write Ⅲ. Every mean and coefficient is a formula that says what is missing as long as a school did not file the figure.

    mean = SUMPRODUCT(values, pupils) / SUM(pupils); CV = SQRT(SUMPRODUCT(pupils, (values − mean)²) / SUM(pupils)) /
    mean; the composite is the plain AVERAGE of the coefficients. Each cell carries the program's value as cached
    result.
    """
    page = book.page(name, (8, 14, *(13.0,) * (len(plan.indicators) + 1)), landscape=True, footer=title)
    page.text(0, 0, title, "title", until=page.last_column)
    page.height(0, 30)
    half = page.last_column // 2
    page.text(
        1,
        0,
        say("forms.county_place", county=county.county, code=county.division_code, year=county.year),
        "caption",
        until=half,
    )
    page.text(
        1, half + 1, say("table_form.formulas", table=plan.name), "caption_right", until=page.last_column
    )
    page.text(2, 0, "学段", "head")
    page.text(2, 1, "项目", "head")
    for number, indicator in enumerate(plan.indicators):
        page.text(2, 2 + number, indicator_head(number, indicator), "head")
    page.text(2, page.last_column, COMPOSITE_NAME, "head")
    column_codes(page, 3, 2, page.last_column)
    page.repeat_rows(2, 3)
    coefficients = {
        (row["stage"], row["indicator"]): row for row in county.current("coefficients").to_dict("records")
    }
    places = int(county.regime.parameter("display.coefficient_decimals"))
    for offset, block in enumerate(plan.blocks):
        top = FIRST_ROW + offset * len(LINES)
        page.block(top, 0, top + len(LINES) - 1, 0, STAGES[block.stage], "centre")
        for line, label in enumerate(LINES):
            page.text(top + line, 1, label, "label")
            page.height(top + line, 24)
        for number, indicator in enumerate(plan.indicators):
            record = coefficients[block.stage, indicator.id]
            _write_indicator(page, top, 2 + number, record, plan, indicator, decimals(places))
            _write_judgement(page, county, top, 2 + number, record)
        composite = coefficients[block.stage, COMPOSITE]
        page.text(top, page.last_column, DASH, "centre")
        unknown = sum(math.isnan(coefficients[block.stage, entry.id]["cv"]) for entry in plan.indicators)
        _write_composite(page, top, composite, unknown, decimals(places))
        _write_judgement(page, county, top, page.last_column, composite)
    _write_notes(page, county, plan, FIRST_ROW + len(plan.blocks) * len(LINES))


def judged_cells(plan: SchoolTable, name: str, stage: str) -> str:
    """The cells of Ⅲ with the verdicts on a stage's indicators, the composite apart."""
    row = FIRST_ROW + [block.stage for block in plan.blocks].index(stage) * len(LINES) + len(LINES) - 1
    first, last = cell_name(row, 2, absolute=True), cell_name(row, 1 + len(plan.indicators), absolute=True)
    return f"'{name}'!{first}:{last}"


def _write_indicator(
    page: Page,
    top: int,
    column: int,
    record: Mapping[Any, Any],
    plan: SchoolTable,
    indicator: Indicator,
    places: str,
) -> None:
    stage = str(record["stage"])
    values, pupils = plan.values(stage, indicator.id), plan.pupils(stage)
    reason, missing = _unknown(record["reason"]), int(record["n_missing"])
    if math.isnan(record["mean"]) and not missing:
        page.text(top, column, reason, "unknown")
        page.text(top + 1, column, UNKNOWN, "unknown")
        return
    told = _unknown(say("reason.missing", n=0))
    mean = where_filed(values, f"SUMPRODUCT({values},{pupils})/SUM({pupils})", told)
    value = told.replace("0", str(missing)) if missing else record["mean"]
    _write_figure(page, top, column, mean, value, decimals(indicator.decimals))
    if math.isnan(record["cv"]) and not missing:
        page.text(top + 1, column, reason, "unknown")
        return
    at = cell_name(top, column)
    spread = f"SQRT(SUMPRODUCT({pupils},({values}-{at})^2)/SUM({pupils}))/{at}"
    formula = f'=IF(ISNUMBER({at}),{spread},"{UNKNOWN}")'
    _write_figure(page, top + 1, column, formula, UNKNOWN if missing else record["cv"], places)


def _unknown(reason: object) -> str:
    return f"{UNKNOWN}：{reason}"


def _write_figure(page: Page, row: int, column: int, formula: str, value: float | str, places: str) -> None:
    """A live figure, or the words that it is not known: these are pale as long as they stand there."""
    page.formula(row, column, formula, value, places, "figure")
    at = cell_name(row, column)
    page.fill_where(row, column, row, column, f"ISTEXT({at})", "unknown")


def _write_composite(page: Page, top: int, record: Mapping[Any, Any], unknown: int, places: str) -> None:
    if math.isnan(record["cv"]) and not unknown:
        page.text(top + 1, page.last_column, _unknown(record["reason"]), "unknown")
        return
    cells = f"{cell_name(top + 1, 2)}:{cell_name(top + 1, page.last_column - 1)}"
    told = _unknown(say("reason.unknown_coefficients", n=0))
    lacking = f"(COLUMNS({cells})-COUNT({cells}))"
    formula = f"=IF(COUNT({cells})=COLUMNS({cells}),AVERAGE({cells}),{counted_text(told, lacking)})"
    value = told.replace("0", str(unknown)) if unknown else record["cv"]
    _write_figure(page, top + 1, page.last_column, formula, value, places)


def _write_judgement(
    page: Page, county: CountyAssessment, top: int, column: int, record: Mapping[Any, Any]
) -> None:
    limit = county.regime.limit(str(record["indicator"]), "cv", str(record["stage"]))
    if limit is None:
        page.text(top + 2, column, DASH, "centre")
        page.text(top + 3, column, DASH, "centre")
        return
    sign = f'"{RELATIONS[limit.relation]}"' + decimals(limit.decimals)
    page.number(top + 2, column, float(limit.value), sign, "number_centre")
    outcome, found, bound = str(record["outcome"]), cell_name(top + 1, column), cell_name(top + 2, column)
    compared = {Relation.AT_MOST: "<=", Relation.AT_LEAST: ">=", Relation.BELOW: "<"}[limit.relation]
    formula = (
        f'=IF(ISNUMBER({found}),IF(ROUND({found},{GUARD}){compared}{bound},"{OUTCOME_WORDS["met"]}",'
        f'"{OUTCOME_WORDS["not_met"]}"),"{OUTCOME_WORDS["not_assessable"]}")'
    )
    page.formula(top + 3, column, formula, OUTCOME_WORDS[outcome], "", "centre")
    dress_words(page, top + 3, column, top + 3, column)
    page.fill_where(
        top + 1, column, top + 1, column, f'{cell_name(top + 3, column)}="{OUTCOME_WORDS["not_met"]}"', "fail"
    )


def _write_notes(page: Page, county: CountyAssessment, plan: SchoolTable, row: int) -> None:
    """How the table is computed; below, each borderline coefficient as long as its figure is the one told of."""
    fixed = "\n　　".join([say("table_form.how_computed"), say("table_form.composite")])
    page.text(row, 0, say("forms.note", text=fixed), "note", until=page.last_column)
    stages = [block.stage for block in plan.blocks]
    columns = {entry.id: 2 + number for number, entry in enumerate(plan.indicators)}
    columns[COMPOSITE] = page.last_column
    figures = {
        (one["stage"], one["indicator"]): float(one["cv"])
        for one in county.current("coefficients").to_dict("records")
    }
    for record in county.current("verdicts").to_dict("records"):
        if record["rule"] != "coefficient" or not record["borderline"]:
            continue
        row += 1
        stage, subject = str(record["stage"]), str(record["indicator"])
        name = COMPOSITE_NAME if subject == COMPOSITE else county.regime.indicator(subject).short_name
        told = "　　" + say("table_form.borderline", stage=stage, name=name, detail=record["detail"])
        changed = "　　" + say("table_form.borderline_changed", stage=stage, name=name)
        at = cell_name(FIRST_ROW + stages.index(stage) * len(LINES) + 1, columns[subject])
        same = f"ABS({at}-{figures[stage, subject]!r})<1E-{GUARD}"
        formula = f'=IF(ISNUMBER({at}),IF({same},"{told}","{changed}"),"{changed}")'
        page.formula(row, 0, formula, told, "", "caption")
