"""Table Ⅱ-1: by stage, how many schools meet each limit and all in all, as live counts over Ⅱ-2."""

from __future__ import annotations

import pandas as pd

from balance_analysis.assessment import CountyAssessment
from balance_analysis.reporting.forms.school_table import SchoolTable, column_codes, indicator_head
from balance_analysis.reporting.forms.sheets import Book, Page, cell_name, counted_text, where_filed
from balance_analysis.reporting.forms.styles import DASH, OUTCOME_WORDS, PERCENT_SHARE, UNKNOWN, WHOLE
from balance_analysis.terms import Outcome
from balance_analysis.words import say
from balance_analysis.words.labels import RELATIONS, STAGES


def write_summary_table(
    book: Book, county: CountyAssessment, plan: SchoolTable, *, name: str, title: str
) -> None:
    """Write Ⅱ-1: number and share of the schools that meet each limit, and all in all, by stage."""
    count = len(plan.indicators)
    page = book.page(name, (10, 8, *(6.2, 8.2) * (count + 1)), landscape=True, footer=title)
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
        1, half + 1, say("table_form.counted", table=plan.name), "caption_right", until=page.last_column
    )
    page.block(2, 0, 3, 0, "学段")
    page.block(2, 1, 3, 1, "学校数\n（所）")
    heads = [indicator_head(n, entry) for n, entry in enumerate(plan.indicators)]
    for number, head in enumerate([*heads, "综合评估"]):
        column = 2 + 2 * number
        page.text(2, column, head, "head", until=column + 1)
        page.text(3, column, "达标\n学校数", "head")
        page.text(3, column + 1, "占比", "head")
    column_codes(page, 4, 1, page.last_column)
    page.repeat_rows(2, 4)
    values = county.current("indicators")
    for offset, block in enumerate(plan.blocks):
        row = 5 + offset
        page.text(row, 0, STAGES[block.stage], "centre")
        page.formula(row, 1, f"=ROWS({plan.pupils(block.stage)})", len(block.schools), WHOLE)
        for number, indicator in enumerate(plan.indicators):
            chosen = values[(values["stage"] == block.stage) & (values["indicator"] == indicator.id)]
            limit = county.regime.limit(indicator.id, "school_value", block.stage)
            if limit is None:
                page.text(row, 2 + 2 * number, DASH, "centre", until=3 + 2 * number)
                continue
            sign = RELATIONS[limit.relation].replace("≥", ">=").replace("≤", "<=")
            criterion = f'"{sign}"&{plan.limit_cell(block.stage, indicator.id)}'
            cells = plan.values(block.stage, indicator.id)
            formula = where_filed(cells, f"COUNTIF({cells},{criterion})", _lacking())
            _write_tally(page, row, 2 + 2 * number, formula, chosen["outcome"])
        verdicts = plan.outcomes(block.stage)
        open_schools = f'COUNTIF({verdicts},"{UNKNOWN}")'
        formula = (
            f'=IF({open_schools}=0,COUNTIF({verdicts},"{OUTCOME_WORDS["met"]}"),'
            f"{counted_text(_lacking(), open_schools)})"
        )
        _write_tally(page, row, 2 + 2 * count, formula, block.schools["outcome"])
        page.height(row, 32)
    page.text(
        5 + len(plan.blocks),
        0,
        say("forms.note", text=say("table_form.by_stage", rule=school_rule(county))),
        "note",
        until=page.last_column,
    )


def school_rule(county: CountyAssessment) -> str:
    """When a school passes all in all, as the regime has it; empty where it has no such rule."""
    rule = county.regime.school_rule
    if rule is None:
        return ""
    share = rule.share_text if rule.spared else ""
    return say("table_form.school_rule", n=rule.indicators, needed=rule.needed, share=share)


def _write_tally(page: Page, row: int, column: int, formula: str, outcomes: pd.Series[str]) -> None:
    """How many schools meet it and their share, or that some of them cannot be judged."""
    unknown = int((outcomes == Outcome.NOT_ASSESSABLE).sum())
    met, total = int((outcomes == Outcome.MET).sum()), len(outcomes)
    count, whole = cell_name(row, column), cell_name(row, 1, absolute=True)
    told = _lacking().replace("0", str(unknown))
    page.formula(row, column, formula, told if unknown else met, WHOLE, "figure")
    share = f'=IF(ISNUMBER({count}),{count}/{whole},"{UNKNOWN}")'
    page.formula(row, column + 1, share, UNKNOWN if unknown else met / total, PERCENT_SHARE, "figure")
    every = f"IF(ISNUMBER({cell_name(row, column, absolute=True)}),{cell_name(row, column, absolute=True)}<{whole},FALSE)"
    page.fill_where(row, column, row, column + 1, every, "fail")
    page.fill_where(row, column, row, column + 1, f"ISTEXT({count})", "unknown")


def _lacking() -> str:
    return f"{UNKNOWN}\n{say('table_form.lacking_schools', n=0)}"
