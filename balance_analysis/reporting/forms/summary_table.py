"""Table Ⅱ-1: by stage, how many schools meet each limit and all in all, as live counts over Ⅱ-2."""

from __future__ import annotations

import pandas as pd

from balance_analysis.assessment import CountyAssessment
from balance_analysis.reporting.forms.school_table import SchoolTable, indicator_head
from balance_analysis.reporting.forms.sheets import Book, Page, cell_name
from balance_analysis.reporting.forms.styles import DASH, OUTCOME_WORDS, PERCENT_SHARE, UNKNOWN, WHOLE
from balance_analysis.terms import Outcome
from balance_analysis.words.labels import RELATIONS, STAGES
from balance_analysis.words.numbers import school_year


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
        1, 0, f"{county.county}（{county.division_code}）　{school_year(county.year)}", "caption", until=half
    )
    page.text(
        1, half + 1, f"本表由《{plan.name}》逐校计数，单元格为公式", "caption_right", until=page.last_column
    )
    page.block(2, 0, 3, 0, "学段")
    page.block(2, 1, 3, 1, "学校数\n（所）")
    heads = [indicator_head(n, entry) for n, entry in enumerate(plan.indicators)]
    for number, head in enumerate([*heads, "综合评估"]):
        column = 2 + 2 * number
        page.text(2, column, head, "head", until=column + 1)
        page.text(3, column, "达标\n学校数", "head")
        page.text(3, column + 1, "占比", "head")
    page.repeat_rows(2, 3)
    values = county.current("indicators")
    for offset, block in enumerate(plan.blocks):
        row = 4 + offset
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
            formula = f"=COUNTIF({plan.values(block.stage, indicator.id)},{criterion})"
            _write_tally(page, row, 2 + 2 * number, formula, chosen["outcome"])
        formula = f'=COUNTIF({plan.outcomes(block.stage)},"{OUTCOME_WORDS["met"]}")'
        _write_tally(page, row, 2 + 2 * count, formula, block.schools["outcome"])
        page.height(row, 32)
    page.text(
        4 + len(plan.blocks),
        0,
        f"注：{school_rule(county)}学校按学段计，有两个学段的学校各计一次。",
        "note",
        until=page.last_column,
    )


def school_rule(county: CountyAssessment) -> str:
    """When a school passes all in all, as the regime has it; empty where it has no such rule."""
    rule = county.regime.school_rule
    if rule is None:
        return ""
    rest = f"、其余不低于标准值的{rule.share_text}" if rule.share_text and rule.spared else ""
    return f"一所学校{rule.indicators}项中至少{rule.needed}项达标{rest}，为综合达标。"


def _write_tally(page: Page, row: int, column: int, formula: str, outcomes: pd.Series[str]) -> None:
    unknown = int((outcomes == Outcome.NOT_ASSESSABLE).sum())
    if unknown:
        page.text(row, column, f"{UNKNOWN}\n（{unknown}所缺报）", "unknown", until=column + 1)
        page.height(row, 32)
        return
    met, total = int((outcomes == Outcome.MET).sum()), len(outcomes)
    style = "number" if met == total else "fail"
    page.formula(row, column, formula, met, WHOLE, style)
    share = f"={cell_name(row, column)}/{cell_name(row, 1, absolute=True)}"
    page.formula(row, column + 1, share, met / total, PERCENT_SHARE, style)
