"""What others measured: quality monitoring, social recognition and scores."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace
from datetime import date
from fractions import Fraction

from balance_analysis.measures.items.context import UNREADABLE_LEVEL, Context, Measure, Measures, share
from balance_analysis.measures.records import Record, Sum
from balance_analysis.regimes.model import Item
from balance_analysis.statements import Statement

LEVELS = {
    "I": 1, "II": 2, "III": 3, "IV": 4, "V": 5,
    "1": 1, "2": 2, "3": 3, "4": 4, "5": 5,
    "一": 1, "二": 2, "三": 3, "四": 4, "五": 5,
}  # fmt: skip
_LEVEL = re.compile(r"第?(?P<level>[IV]+|\d|[一二三四五])(级|等级|级水平)?(及?以上)?")


def achievement_level(text: str) -> int | None:
    """The level of the national monitoring as a number; None for text that is no level.

    >>> [achievement_level(text) for text in ("Ⅲ级", "III", "3", "三级", "ⅱ级", "第４级", "良好", "")]
    [3, 3, 3, 3, 2, 4, None, None]
    """
    plain = unicodedata.normalize("NFKC", text).upper().replace(" ", "")
    match = _LEVEL.fullmatch(plain)
    return LEVELS.get(match["level"]) if match else None


def quality_monitoring(context: Context, item: Item) -> Measures:
    """Level and inter-school difference rate of every monitored subject (the evidence rows of the item)."""
    rows = []
    for number, record in enumerate(evidence_rows(context, item.id), start=1):
        subject = record.text("subject") or Statement("items.row_number", {"number": number})
        text = record.text("achievement_level")
        level = achievement_level(text)
        known = Sum(None if level is None else Fraction(level), () if text else ("achievement_level",))
        note = UNREADABLE_LEVEL if text and level is None else ""
        rows.append(Measure.filed(item, "achievement_level", known, subject=subject, unit="级", note=note))
        rate = record.total("inter_school_difference_rate")
        rows.append(Measure.filed(item, "inter_school_difference_rate", rate, subject=subject, unit="1"))
    if not rows:
        nothing = Sum(None, ("achievement_level", "inter_school_difference_rate"))
        rows.append(Measure.filed(item, "achievement_level", nothing, unit="级"))
    return Measures(rows)


def evidence_rows(context: Context, item_id: str) -> list[Record]:
    """Evidence rows of one item; ``b31`` and ``B31`` are the same item."""
    return [record for record in context.evidence if record.text("item").casefold() == item_id.casefold()]


def social_recognition(context: Context, item: Item) -> Measures:
    """Satisfied answers in percent of valid ones: those of questionnaires and of interviews each, or together.

    The choice ``recognition.formula`` says which; together, (satisfied questionnaires + satisfied interviews) ÷
    (valid questionnaires + interviews). Apart, ``subject`` names who was asked.
    """
    answers = {
        "questionnaires": ("satisfied_questionnaires", "valid_questionnaires"),
        "interviews": ("satisfied_interviews", "interviews"),
    }
    total = context.county_total
    if context.regime.has_choice("recognition.formula", "each"):
        return Measures(
            [
                replace(share(item, "recognition_share", total(part), total(whole)), subject=asked)
                for asked, (part, whole) in answers.items()
            ]
        )
    parts, wholes = zip(*answers.values(), strict=True)
    return Measures([share(item, "recognition_share", total(*parts), total(*wholes))])


def school_standards_score(context: Context, item: Item) -> Measures:
    """Score of the county's schools against the basic standards (0–100)."""
    return _score(item, context.county_total("school_standards_score"))


def government_work_score(context: Context, item: Item) -> Measures:
    """Score of the county government's work (0–100)."""
    return _score(item, context.county_total("government_work_score"))


def _score(item: Item, score: Sum) -> Measures:
    return Measures([Measure.filed(item, "score", score, unit="分")])


def years_since_basic_balance(context: Context, item: Item) -> Measures:
    """Whole years from the filed date of recognition as basically balanced to the day of the law; nothing where it is not filed.

    The day of the law is the last of the school year unless told otherwise. A date after it counts as no year.
    """
    filed = context.county.text("basic_balance_recognised_on") if context.county is not None else ""
    if not filed:
        return Measures([])
    then, now = date.fromisoformat(filed), context.regime.on
    whole = now.year - then.year - ((now.month, now.day) < (then.month, then.day))
    years = Sum(Fraction(max(whole, 0)))
    return Measures([Measure.filed(item, "years_since_basic_balance", years, unit="年")])
