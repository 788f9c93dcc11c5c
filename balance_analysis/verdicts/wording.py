"""Words and figures inside the sentences of item verdicts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import partial
from typing import TypeVar

from balance_analysis.exact import Number, digits_beside, half_up_text, holds, reversing_decimals
from balance_analysis.measures.items.context import (
    EXCEEDS_TOTAL,
    NO_PREVIOUS_YEAR,
    UNREADABLE_LEVEL,
    ZERO_DENOMINATOR,
)
from balance_analysis.regimes.model import Limit
from balance_analysis.verdicts.parts import Part
from balance_analysis.verdicts.words import RELATIONS

Named = TypeVar("Named")
LEVELS = {1: "Ⅰ", 2: "Ⅱ", 3: "Ⅲ", 4: "Ⅳ", 5: "Ⅴ"}
DECIMALS = {"%": 1, "元": 0, "人": 0, "间": 0, "个": 0, "分": 1, "1": 3}
NOTES = {
    ZERO_DENOMINATOR: "分母为0，无法计算；确无此类对象的，请在“佐证”表填写结论",
    EXCEEDS_TOTAL: "部分大于总数，填报相互矛盾，请核对",
    UNREADABLE_LEVEL: "学业水平等级无法识别，应填写Ⅰ—Ⅳ级",
    NO_PREVIOUS_YEAR: "缺少上一学年的区县数据，无法比较",
}
_NAMES_SHOWN = 8


def names(listed: Sequence[Named], word: Callable[[Named], str] = str) -> str:
    """The first names of a list (each as ``word`` has it) and how many there are.

    >>> names(["甲", "乙"]), names([str(n) for n in range(10)])
    ('甲、乙', '0、1、2、3、4、5、6、7等10所')
    """
    shown = "、".join(map(word, listed[:_NAMES_SHOWN]))
    return shown if len(listed) <= _NAMES_SHOWN else f"{shown}等{len(listed)}所"


def plain(number: Fraction, decimals: int = 2) -> str:
    """A number with at most ``decimals`` decimals, none where it is whole.

    >>> plain(Fraction(12)), plain(Fraction(25, 2)), plain(Fraction(1, 3))
    ('12', '12.5', '0.33')
    """
    text = half_up_text(number, decimals)
    return text.rstrip("0").rstrip(".") if "." in text else text


def quantity(number: Fraction, unit: str, decimals: int | None = None) -> str:
    """A number with its unit, at the decimals customary for the unit.

    >>> quantity(Fraction(95), "%"), quantity(Fraction(3), "级"), quantity(Fraction(1, 8), "1"), quantity(Fraction(5), "人")
    ('95.0%', 'Ⅲ级', '0.125', '5人')
    """
    if unit == "级":
        return f"{LEVELS[int(number)]}级"
    places = DECIMALS.get(unit, 2) if decimals is None else decimals
    return f"{half_up_text(number, places)}{'' if unit == '1' else unit}"


def value_beside_limit(part: Part) -> str:
    """A value with enough decimals that rounding does not carry it across its limit.

    94.96 % against 95 % is printed 94.96%, not 95.0%.
    """
    number, unit = part.measure.exact, part.measure.unit
    assert number is not None
    if unit == "级" or part.limit is None or part.relation is None:
        return quantity(number, unit)
    keeps = partial(holds, relation=part.relation, limit=part.limit)
    return quantity(number, unit, digits_beside(number, keeps, DECIMALS.get(unit, 2)))


def near_limit(value: Number, limit: Limit) -> str:
    """Which rounding would turn a comparison around; for values that some rounding turns.

    0.5046 above 0.50: only at two decimals it reads 0.50.
    """
    digits = reversing_decimals(value, limit.holds, limit.decimals)
    return f"临界：舍入到{'或'.join(map(str, digits))}位小数再比较会得出相反结论"


def requirement(part: Part) -> str:
    """``标准：不低于50%`` for a part with a limit."""
    assert part.limit is not None
    assert part.relation is not None
    if part.measure.unit == "级":
        return f"标准：{LEVELS[int(part.limit)]}级以上"
    limit = plain(part.limit) if part.measure.unit == "%" else f"{plain(part.limit)} "
    unit = "" if part.measure.unit == "1" else part.measure.unit
    return f"标准：{RELATIONS[part.relation]}{limit.strip()}{unit}"
