"""The five plans walked sentence by sentence: every number, office and sentence of a document is in the data or excused.

Excuses stand in ``not_commitments.toml``, each with its reason; one that excuses nothing fails.
"""

from __future__ import annotations

import re
from decimal import Decimal
from functools import cache

import pytest

from balance_analysis.programmes import Commitment, Plan, Task, load_plan
from balance_analysis.regimes import load_regime
from tests.golden.seed_texts import (
    DOCUMENTS,
    NUMBER,
    OFFICE,
    SEEDS,
    TRADITIONAL,
    SeedText,
    Span,
    acting,
    cited,
    entries,
    excluded,
    exclusions,
    seed_text,
    spellings,
)

pytestmark = pytest.mark.skipif(
    not SEEDS.is_dir(), reason="the seed documents are not on this machine (../shared/seeds)"
)
plans = pytest.mark.parametrize("plan_id", sorted(DOCUMENTS))
BLOCKS = {
    "anshan_2018": re.compile(r"(?<!各县)（[一二三四五]）"),
    "huantai_2017": re.compile(r"B\d{1,2}(?=[^\d])"),
}
"""Where a part of a document begins that names its offices once, besides every new line."""
LINES_OF_A_TABLE = ("anshan_2018", "huantai_2017")
"""Documents in which a part runs over several lines."""
FIGURE = re.compile(r"(\d+(?:\.\d+)?)(?=%|人|平方米|元|名|处|个|万|亿|所|间|分|台|级|学时)")


def unexplained(text: SeedText, wanted: list[Span], covered: list[Span], *, whole: bool) -> list[str]:
    """Spans that no covering span holds (or meets), with their surroundings."""
    return [
        text.said(span, around=0 if span.end - span.start > 20 else 15)
        for span in wanted
        if not any(other.holds(span) if whole else other.meets(span) for other in covered)
    ]


@cache
def covering(plan_id: str) -> tuple[Span, ...]:
    return (*cited(plan_id), *excluded(plan_id))


@plans
def test_every_quote_stands_in_its_document(plan_id: str) -> None:
    text = seed_text(plan_id)
    assert [name for name, quote in entries(load_plan(plan_id)) if not text.find(quote)] == []


@plans
def test_every_number_is_cited_or_excused(plan_id: str) -> None:
    text = seed_text(plan_id)
    assert unexplained(text, text.matches(NUMBER), list(covering(plan_id)), whole=True) == []


@plans
def test_every_sentence_is_cited_or_excused(plan_id: str) -> None:
    text = seed_text(plan_id)
    assert unexplained(text, text.sentences, list(covering(plan_id)), whole=False) == []


@plans
def test_every_office_is_in_the_data_or_excused(plan_id: str) -> None:
    plan, text = load_plan(plan_id), seed_text(plan_id)
    names = {name for _, _, offices in acting(plan) for office in offices for name in spellings(plan, office)}
    names |= {plan.head.issuer, *(name for target in plan.targets for name in target.partners)}
    known = [span for name in names for span in text.find(name)]
    assert (
        unexplained(text, text.matches(OFFICE), [*known, *excluded(plan_id, offices=True)], whole=True) == []
    )


@plans
def test_no_entry_has_an_office_that_its_part_of_the_document_does_not_name(plan_id: str) -> None:
    plan, text = load_plan(plan_id), seed_text(plan_id)
    foreign = []
    for name, quote, offices in acting(plan):
        parts = [part_of_document(plan_id, text, span) for span in text.find(quote)]
        foreign += [
            f"{name}: {office}"
            for office in offices
            if not any(
                spelling.translate(TRADITIONAL) in part
                for part in parts
                for spelling in spellings(plan, office)
            )
        ]
    assert foreign == []


def part_of_document(plan_id: str, text: SeedText, span: Span) -> str:
    marks = {found.start for found in text.matches(BLOCKS[plan_id])} if plan_id in BLOCKS else set()
    inside = any(mark <= span.start for mark in marks)
    return text.block(span, marks if plan_id in LINES_OF_A_TABLE and inside else text.breaks)


@plans
def test_every_figure_outside_the_excuses_is_a_promised_value_or_a_limit_of_the_law(plan_id: str) -> None:
    """A figure with a unit is a commitment, the limit of the item that its task names, or part of a task's own name."""
    plan, text = load_plan(plan_id), seed_text(plan_id)
    skipped = excluded(plan_id)
    values = {Decimal(str(entry.value)) for entry in plan.commitments} | {
        number for task in plan.tasks for number in figures_of_the_law(plan, task.items)
    }
    values |= {Decimal(found) for task in plan.tasks for found in re.findall(r"\d+(?:\.\d+)?", task.name)}
    strange = [
        text.said(span, around=12)
        for span in text.matches(FIGURE)
        if Decimal(text.said(span)) not in values and not any(other.holds(span) for other in skipped)
    ]
    assert strange == []


def figures_of_the_law(plan: Plan, items: tuple[str, ...]) -> set[Decimal]:
    regime = load_regime(plan.head.regime, on=plan.head.issued, overlays=plan.head.overlays)
    known = [item for item in regime.items if item.id in items]
    return {Decimal(found) for item in known for found in re.findall(r"\d+(?:\.\d+)?", item.requirement)}


@plans
def test_every_task_and_commitment_names_its_offices_or_says_that_the_document_does_not(plan_id: str) -> None:
    plan = load_plan(plan_id)
    found: list[Task | Commitment] = [*plan.tasks, *plan.commitments]
    assert [entry.id for entry in found if not entry.offices and not entry.offices_note] == []


@plans
def test_every_excuse_excuses_something_and_says_why(plan_id: str) -> None:
    text = seed_text(plan_id)
    assert [entry.pattern.pattern for entry in exclusions(plan_id) if not text.matches(entry.pattern)] == []
    assert [entry.pattern.pattern for entry in exclusions(plan_id) if len(entry.reason) < 3] == []


# --- the walk can fail ----------------------------------------------------------------------------------------


def test_a_number_an_office_and_a_sentence_that_nobody_cites_are_found() -> None:
    text = SeedText.of("县财政局投入300万元。\n县审计局负责审计经费的使用情况。")
    quoted = text.find("投入300万元")
    assert unexplained(text, text.matches(NUMBER), quoted, whole=True) == []
    assert unexplained(text, text.matches(NUMBER), text.find("投入30"), whole=True) != []
    (found,) = unexplained(text, text.sentences, quoted, whole=False)
    assert found.endswith("县审计局负责审计经费的使用情况。")
    assert len(unexplained(text, text.matches(OFFICE), text.find("县财政局"), whole=True)) == 1


def test_readings_line_breaks_and_blanks_do_not_hide_a_quote() -> None:
    text = SeedText.of("印發(fā)襄汾縣 創(chuàng)建\n方案")
    assert [text.said(span) for span in text.find("印發襄汾縣創建方案")] == ["印发襄汾县创建方案"]
