"""Table Ⅱ-2: every school's values, stage by stage, with the limits they are held to and a remark."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import pandas as pd

from balance_analysis.assessment import CountyAssessment
from balance_analysis.explain.shortfalls import share_text
from balance_analysis.measures.columns import SchoolColumns, schools_of_year
from balance_analysis.regimes.model import Indicator, Limit
from balance_analysis.reporting.forms.sheets import Book, Page, cell_name, column_range
from balance_analysis.reporting.forms.styles import (
    CIRCLED,
    DASH,
    NOT_FILED,
    OUTCOME_WORDS,
    VALUE_STYLES,
    WHOLE,
    WORD_STYLES,
    decimals,
)
from balance_analysis.terms import Outcome, Relation
from balance_analysis.words import say

FIXED_HEADS = ("序号", "学校名称", "举办者\n类型", "在校\n生数", "年级数", "班级数")
PUPILS = 3
FIRST_VALUE = len(FIXED_HEADS)
HEADER_ROWS = (2, 4)
FIRST_BLOCK = 5


@dataclass(frozen=True)
class StageBlock:
    """Where one stage stands in Ⅱ-2: rows of the limits (None without limits) and of the schools."""

    stage: str
    schools: pd.DataFrame
    heading: int
    limit_row: int | None
    floor_row: int | None
    first: int
    last: int


@dataclass(frozen=True)
class SchoolTable:
    """The plan of Ⅱ-2 before it is written, so that other sheets can refer to its cells."""

    name: str
    indicators: tuple[Indicator, ...]
    blocks: tuple[StageBlock, ...]
    limited: bool

    @property
    def outcome_column(self) -> int:
        """Column 是否达标 (only where the regime limits schools)."""
        return FIRST_VALUE + len(self.indicators)

    def block(self, stage: str) -> StageBlock:
        """The block of one stage."""
        return next(block for block in self.blocks if block.stage == stage)

    def values(self, stage: str, indicator: str) -> str:
        """Range of one indicator's values."""
        column = FIRST_VALUE + [entry.id for entry in self.indicators].index(indicator)
        return self._range(stage, column)

    def pupils(self, stage: str) -> str:
        """Range of the pupils."""
        return self._range(stage, PUPILS)

    def outcomes(self, stage: str) -> str:
        """Range of the schools' outcomes."""
        return self._range(stage, self.outcome_column)

    def limit_cell(self, stage: str, indicator: str) -> str:
        """The cell with the stage's limit."""
        row = self.block(stage).limit_row
        assert row is not None
        column = FIRST_VALUE + [entry.id for entry in self.indicators].index(indicator)
        return f"'{self.name}'!{cell_name(row, column, absolute=True)}"

    def _range(self, stage: str, column: int) -> str:
        block = self.block(stage)
        return column_range(self.name, column, block.first, block.last)


def plan_school_table(county: CountyAssessment, name: str) -> SchoolTable:
    """Lay out Ⅱ-2: per stage a heading, the limits where there are any, and one row per school."""
    schools = county.current("schools")
    limited = bool(county.current("indicators")["limit"].notna().any())
    blocks, row = [], FIRST_BLOCK
    for stage in county.stages:
        members = schools[schools["stage"] == stage].reset_index(drop=True)
        first = row + (3 if limited else 1)
        limit_row, floor_row = (row + 1, row + 2) if limited else (None, None)
        blocks.append(StageBlock(stage, members, row, limit_row, floor_row, first, first + len(members) - 1))
        row = first + len(members)
    return SchoolTable(name, county.regime.indicators, tuple(blocks), limited)


def indicator_head(number: int, indicator: Indicator) -> str:
    """``①每百名学生拥有……`` and the unit on a line of its own, as the forms head their columns."""
    said_in_name = any(word in indicator.name for word in ("每百名", "生均"))
    unit = indicator.unit.split("/")[0] if said_in_name else indicator.unit
    return f"{CIRCLED[number]}{indicator.name}\n（{unit}）"


def write_school_table(book: Book, county: CountyAssessment, plan: SchoolTable, title: str) -> None:
    """Write Ⅱ-2."""
    tail = (8.0, 28.0) if plan.limited else (16.0,)
    value_width = 9.6 if len(plan.indicators) < 8 else 10.5
    widths = (4.5, 22, 6.5, 7, 6, 6, *(value_width,) * len(plan.indicators), *tail)
    page = book.page(plan.name, widths, landscape=True, footer=title)
    page.text(0, 0, title, "title", until=page.last_column)
    page.height(0, 30)
    half = FIRST_VALUE
    page.text(
        1,
        0,
        say("forms.county_place", county=county.county, code=county.division_code, year=county.year),
        "caption",
        until=half,
    )
    page.text(1, half + 1, say("table_form.units"), "caption_right", until=page.last_column)
    for column, head in enumerate(FIXED_HEADS):
        page.block(2, column, 3, column, head)
    page.text(2, FIRST_VALUE, "各项指标", "head", until=FIRST_VALUE + len(plan.indicators) - 1)
    for number, indicator in enumerate(plan.indicators):
        page.text(3, FIRST_VALUE + number, indicator_head(number, indicator), "head")
    if plan.limited:
        page.block(2, plan.outcome_column, 3, plan.outcome_column, "综合\n是否达标")
    page.block(2, page.last_column, 3, page.last_column, "备注")
    column_codes(page, 4, PUPILS, page.last_column - 1)
    page.repeat_rows(*HEADER_ROWS, freeze_columns=2)
    counted = schools_of_year(county.tables.schools, county.regime, year=county.year)
    filed = SchoolColumns(counted, counted.counts)
    place = {code: number for number, code in enumerate(filed.code)}
    sponsors = sponsor_codes(county)
    cells = {
        (row["stage"], row["school_code"], row["indicator"]): row
        for row in county.current("indicators").to_dict("records")
    }
    for block in plan.blocks:
        page.text(
            block.heading,
            0,
            say("table_form.block", stage=block.stage, n=len(block.schools)),
            "band",
            until=page.last_column,
        )
        if plan.limited:
            _write_limits(page, county, plan, block)
        classes, grades = filed.number(f"{block.stage}_classes"), filed.most(f"{block.stage}_grades")
        for offset, school in enumerate(block.schools.to_dict("records")):
            row = block.first + offset
            page.number(row, 0, offset + 1, WHOLE, "centre")
            page.text(row, 1, str(school["school_name"]), "text")
            page.text(row, 2, sponsors.get(str(school["school_code"]), NOT_FILED), "centre")
            page.number(row, PUPILS, school["enrolment"], WHOLE)
            own = place.get(str(school["school_code"]))
            _write_count(page, row, 4, None if own is None or not grades[own] > 0 else float(grades[own]))
            _write_count(page, row, 5, None if own is None else classes.at(own))
            values = [cells[block.stage, school["school_code"], entry.id] for entry in plan.indicators]
            live = live_verdicts(county, block.stage)
            for number, (indicator, value) in enumerate(zip(plan.indicators, values, strict=True)):
                _write_value(page, row, FIRST_VALUE + number, value, indicator, live)
            _write_verdict(
                page, county, plan, block, row, str(school["outcome"]), remark(values, county), live
            )
            page.height(row, 18)
        if live_verdicts(county, block.stage):
            _dress(page, plan, block)
    _write_legend(page, county, plan)


def column_codes(page: Page, row: int, first: int, last: int) -> None:
    """The line under the heads that numbers the columns with figures, L1 on; columns of words have none."""
    for column in range(page.last_column + 1):
        inside = first <= column <= last
        page.text(row, column, f"L{column - first + 1}" if inside else "", "code")


def live_verdicts(county: CountyAssessment, stage: str) -> bool:
    """Whether the verdicts of a stage's schools can be formulas: every indicator has a limit that must at least be reached."""
    limits = [county.regime.limit(entry.id, "school_value", stage) for entry in county.regime.indicators]
    return all(limit is not None and limit.relation is Relation.AT_LEAST for limit in limits)


def _write_verdict(
    page: Page, county: CountyAssessment, plan: SchoolTable, block: StageBlock,
    row: int, outcome: str, words: str, live: bool,
) -> None:  # fmt: skip
    """综合是否达标 and 备注: formulas over the row and the limits, with the program's words as cached results."""
    if not plan.limited:
        page.text(row, page.last_column, words, "text")
        return
    if not live:
        page.text(row, plan.outcome_column, OUTCOME_WORDS[outcome], WORD_STYLES[outcome])
        page.text(row, page.last_column, words, "text")
        return
    assert block.limit_row is not None
    assert block.floor_row is not None
    count, rule = len(plan.indicators), county.regime.school_rule
    needed = count if rule is None else rule.needed
    cells, limits, floors = (_across(line, plan) for line in (row, block.limit_row, block.floor_row))
    known = f"ISNUMBER({cells})"
    met = f"SUMPRODUCT({known}*({cells}>={limits}))"
    below = f"SUMPRODUCT({known}*({cells}<{floors}))"
    short = f"SUMPRODUCT({known}*({cells}<{limits}))"
    formula = (
        f'=IF(OR({below}>0,{short}>{count - needed}),"{OUTCOME_WORDS["not_met"]}",'
        f'IF(AND(COUNT({cells})={count},{met}>={needed}),"{OUTCOME_WORDS["met"]}","{OUTCOME_WORDS["not_assessable"]}"))'
    )
    page.formula(row, plan.outcome_column, formula, OUTCOME_WORDS[outcome], "", "centre")
    page.formula(row, page.last_column, _remark_formula(county, plan, block, row), words, "", "text")


def _across(row: int, plan: SchoolTable) -> str:
    """The cells of a row that hold indicators, columns fixed."""
    last = FIRST_VALUE + len(plan.indicators) - 1
    return f"{cell_name(row, FIRST_VALUE, absolute=True)}:{cell_name(row, last, absolute=True)}"


def _remark_formula(county: CountyAssessment, plan: SchoolTable, block: StageBlock, row: int) -> str:
    """What :func:`remark` says, from the cells."""
    assert block.limit_row is not None
    assert block.floor_row is not None
    share = share_text(county.regime) or say("table_form.standard")
    marks: dict[str, list[str]] = {"met": [], "reached": [], "below": [], "missing": []}
    for number in range(len(plan.indicators)):
        at = cell_name(row, FIRST_VALUE + number)
        limit, floor = (
            cell_name(line, FIRST_VALUE + number, absolute=True)
            for line in (block.limit_row, block.floor_row)
        )
        tests = {
            "met": f"{at}>={limit}",
            "reached": f"AND({at}>={floor},{at}<{limit})",
            "below": f"{at}<{floor}",
        }
        for name, test in tests.items():
            marks[name].append(f'IF(ISNUMBER({at}),IF({test},"{CIRCLED[number]}",""),"")')
        marks["missing"].append(f'IF(ISNUMBER({at}),"","{CIRCLED[number]}")')
    pieces = []
    for name, parts in marks.items():
        joined = "&".join(parts)
        lead = say(f"table_form.{name}", marks="", share=share)
        empty = say("table_form.none_met") if name == "met" else ""
        pieces.append(f'IF({joined}="","{"；" + empty if empty else ""}","；{lead}"&{joined})')
    cells, limits = _across(row, plan), _across(block.limit_row, plan)
    count = len(plan.indicators)
    every = say("table_form.all_met", n=count)
    return f'=IF(SUMPRODUCT(ISNUMBER({cells})*({cells}>={limits}))={count},"{every}",MID({"&".join(pieces)},2,200))'


def _dress(page: Page, plan: SchoolTable, block: StageBlock) -> None:
    """Dark where a value is below its limit, darker below the floor, pale where it is missing; the verdict's word likewise."""
    assert block.limit_row is not None
    assert block.floor_row is not None
    if block.last < block.first:
        return
    at = cell_name(block.first, FIRST_VALUE)
    last = FIRST_VALUE + len(plan.indicators) - 1
    floor, limit = (
        f"{cell_name(row, FIRST_VALUE).rstrip('0123456789')}${row + 1}"
        for row in (block.floor_row, block.limit_row)
    )
    for formula, style in (
        (f"AND(ISNUMBER({at}),{at}<{floor})", "fail"),
        (f"AND(ISNUMBER({at}),{at}>={floor},{at}<{limit})", "tolerable"),
        (f"ISTEXT({at})", "unknown"),
    ):
        page.fill_where(block.first, FIRST_VALUE, block.last, last, formula, style)
    dress_words(page, block.first, plan.outcome_column, block.last, plan.outcome_column)


def dress_words(page: Page, first: int, column: int, last: int, last_column: int) -> None:
    """未达标 dark and 无法判定 pale, whatever the cells come to say."""
    at = cell_name(first, column)
    for outcome, style in (("not_met", "fail_word"), ("not_assessable", "unknown")):
        page.fill_where(first, column, last, last_column, f'{at}="{OUTCOME_WORDS[outcome]}"', style)


def _write_limits(page: Page, county: CountyAssessment, plan: SchoolTable, block: StageBlock) -> None:
    rule = county.regime.school_rule
    assert block.limit_row is not None
    assert block.floor_row is not None
    for row, label, factor in (
        (block.limit_row, "标准值", Fraction(1)),
        (
            block.floor_row,
            say("table_form.floor", share=share_text(county.regime) or "100%"),
            Fraction(1) if rule is None else rule.share,
        ),
    ):
        page.text(row, 0, label, "limit_text", until=FIRST_VALUE - 1)
        for number, indicator in enumerate(plan.indicators):
            limit = county.regime.limit(indicator.id, "school_value", block.stage)
            if limit is None:
                page.text(row, FIRST_VALUE + number, DASH, "limit_text")
                continue
            value = Fraction(limit.value) * factor
            page.number(
                row, FIRST_VALUE + number, float(value), _limit_format(value, limit, indicator), "limit"
            )
        page.text(row, plan.outcome_column, "", "limit_text")
        page.text(row, plan.outcome_column + 1, "", "limit_text")


def _limit_format(value: Fraction, limit: Limit, indicator: Indicator) -> str:
    """Enough decimals for the limit itself: 4.505 must not print as 4.51."""
    places = next(
        (digits for digits in range(limit.decimals, 7) if (value * 10**digits).denominator == 1),
        indicator.decimals,
    )
    return decimals(max(places, indicator.decimals))


def _write_count(page: Page, row: int, column: int, value: Fraction | float | None) -> None:
    if value is None:
        page.text(row, column, NOT_FILED, "unknown")
    else:
        page.number(row, column, float(value), WHOLE, "centre")


def _write_value(
    page: Page, row: int, column: int, record: Mapping[Any, Any], indicator: Indicator, live: bool
) -> None:
    """A value; its fill follows the cell where verdicts are live."""
    if pd.isna(record["value"]):
        page.text(row, column, NOT_FILED, "centre" if live else "unknown")
    else:
        style = "number" if live else VALUE_STYLES[str(record["outcome"])]
        page.number(row, column, record["value"], decimals(indicator.decimals), style)


def sponsor_codes(county: CountyAssessment) -> dict[str, str]:
    """举办者类型 code by school code; schools without one are absent."""
    rows = county.tables.schools
    rows = rows[(rows["school_year"] == county.year) & rows["school_code"].notna()]
    return {
        str(row["school_code"]): str(row["sponsor_type"])
        for row in rows.to_dict("records")
        if isinstance(row.get("sponsor_type"), str) and row["sponsor_type"]
    }


def remark(values: Sequence[Mapping[Any, Any]], county: CountyAssessment) -> str:
    """Which indicators are met, which reach the tolerated share, which stay below it, which are not known.

    Without school limits only what is missing is said.
    """
    marks: dict[str, str] = {}
    for number, record in enumerate(values):
        marks[str(record["outcome"])] = marks.get(str(record["outcome"]), "") + CIRCLED[number]
    unknown = marks.get(Outcome.NOT_ASSESSABLE)
    missing = say("table_form.missing", marks=unknown) if unknown else ""
    limited = sum(len(marks.get(outcome, "")) for outcome in ("met", "tolerable", "not_met"))
    if limited == 0:
        return missing
    if limited == len(values) and len(marks.get("met", "")) == len(values):
        return say("table_form.all_met", n=len(values))
    share = share_text(county.regime) or say("table_form.standard")
    parts = [
        say("table_form.met", marks=marks["met"]) if "met" in marks else say("table_form.none_met"),
        say("table_form.reached", share=share, marks=marks["tolerable"]) if "tolerable" in marks else "",
        say("table_form.below", share=share, marks=marks["not_met"]) if "not_met" in marks else "",
        missing,
    ]
    return "；".join(part for part in parts if part)


def _write_legend(page: Page, county: CountyAssessment, plan: SchoolTable) -> None:
    row = max((block.last for block in plan.blocks), default=FIRST_BLOCK) + 1
    lines = [say("table_form.legend_rows")]
    share = share_text(county.regime)
    if plan.limited:
        legend = say("table_form.legend_share", share=share) if share else say("table_form.legend")
        lines.insert(0, legend)
    page.text(row, 0, say("forms.note", text="\n　　".join(lines)), "note", until=page.last_column)
