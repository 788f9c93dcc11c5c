"""How numbers print: THE place where a figure becomes text. Every rounding goes through :mod:`balance_analysis.exact`.

A printed value never stands on the wrong side of its printed limit (:func:`beside`), a negative number has a true minus sign,
a missing one a dash.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from fractions import Fraction
from functools import partial
from typing import Final

from balance_analysis.errors import ReportError
from balance_analysis.exact import Number, as_filed, digits_beside, half_up, holds
from balance_analysis.terms import Relation
from balance_analysis.words.labels import RELATION_WORDS

MISSING: Final = "—"
MINUS: Final = "−"
CV_DECIMALS: Final = 3
"""Decimals of a coefficient of variation everywhere (one more where three would cross the limit)."""
POINT: Final = "个百分点"
LEVELS: Final = {1: "Ⅰ", 2: "Ⅱ", 3: "Ⅲ", 4: "Ⅳ", 5: "Ⅴ"}
"""Levels of attainment as the monitoring reports write them."""
SIGNS: Final = {Relation.AT_LEAST: "≥", Relation.AT_MOST: "≤", Relation.BELOW: "<"}
OPPOSITE_SIGNS: Final = {Relation.AT_LEAST: "<", Relation.AT_MOST: ">", Relation.BELOW: "≥"}
UNIT_DECIMALS: Final = {"%": 1, "元": 0, "人": 0, "间": 0, "个": 0, "所": 0, "分": 1, "年": 0, "1": 3}
"""Decimals customary for a unit; two for others."""


def is_missing(value: object) -> bool:
    """None, NaN, NaT, NA."""
    if value is None:
        return True
    return value != value if isinstance(value, float) else type(value).__name__ in ("NAType", "NaTType")


def fixed(value: Number, decimals: int, *, grouped: bool = False) -> str:
    """Exactly ``decimals`` decimals, half up on the shortest decimal that denotes ``value``; never a minus zero.

    >>> fixed(0.125, 2), fixed(-0.001, 2), fixed(-1.5, 1), fixed(float("nan"), 1), fixed(10789.3, 2, grouped=True)
    ('0.13', '0.00', '−1.5', '—', '10,789.30')
    """
    if isinstance(value, float) and math.isnan(value):
        return MISSING
    if isinstance(value, float) and math.isinf(value):
        raise ReportError(f"报告中的数值不是有限数：{value!r}。请检查计算该值的步骤。")
    rounded = half_up(value, decimals)
    text = f"{abs(rounded):,f}" if grouped else f"{abs(rounded):f}"
    return f"{MINUS}{text}" if rounded < 0 else text


def plain(value: Number, decimals: int = 2) -> str:
    """At most ``decimals`` decimals, none where the number is whole.

    >>> plain(46700.0), plain(447.31), plain(0.5), plain(Fraction(1, 3))
    ('46700', '447.31', '0.5', '0.33')
    """
    text = fixed(value, decimals)
    return text.rstrip("0").rstrip(".") if "." in text else text


def percent(value: Number, decimals: int = 1) -> str:
    """A share as per cent.

    >>> percent(0.8535), percent(Fraction(1, 3), 2)
    ('85.4%', '33.33%')
    """
    if isinstance(value, float) and math.isnan(value):
        return MISSING
    return f"{fixed(as_filed(value) * 100, decimals)}%"


def share(value: Number) -> str:
    """A share in whole per cent; what is there but rounds to nothing, or is not all but rounds to all, says so.

    >>> share(0.594), share(0.0), share(0.002), share(0.998), share(1.0)
    ('59%', '0%', '不到1%', '99%以上', '100%')
    """
    if isinstance(value, float) and math.isnan(value):
        return MISSING
    exact = as_filed(value)
    if 0 < exact < Fraction(5, 1000):
        return "不到1%"
    return "99%以上" if Fraction(995, 1000) <= exact < 1 else percent(exact, 0)


def points(value: Number, decimals: int = 1) -> str:
    """A difference of two shares in percentage points.

    >>> points(0.05), points(-0.0125)
    ('5.0个百分点', '−1.3个百分点')
    """
    return f"{fixed(as_filed(value) * 100, decimals)}{POINT}"


def small(value: Number) -> str:
    """A small change with as many decimals as it needs to show two figures, no sign.

    >>> small(-0.000462), small(0.0173), small(0.0)
    ('0.00046', '0.017', '0')
    """
    size = abs(as_filed(value))
    if size == 0:
        return "0"
    decimals = next((number for number in range(2, 9) if size >= Fraction(10) / 10**number), 9)
    return fixed(size, decimals)


def beside(value: Number, decimals: int, *, relation: str = "", limit: Number | None = None) -> str:
    """A value at ``decimals``, at more where the print would fall on the wrong side of its limit.

    >>> beside(0.5046, 2, relation="at_most", limit=0.5), beside(0.505, 3, relation="at_most", limit=0.5)
    ('0.505', '0.505')
    """
    if isinstance(value, float) and math.isnan(value):
        return MISSING
    if limit is None or is_missing(limit) or not relation:
        return fixed(value, decimals)
    return fixed(value, decimals_beside(value, decimals, relation=relation, limit=limit))


def decimals_beside(value: Number, decimals: int, *, relation: str, limit: Number) -> int:
    """``decimals``, or as many more as keep the print of a value on its side of the limit.

    >>> decimals_beside(94.96, 1, relation="at_least", limit=95), decimals_beside(94.9, 1, relation="at_least", limit=95)
    (2, 1)
    """
    return digits_beside(value, partial(holds, relation=Relation(relation), limit=as_filed(limit)), decimals)


def between(value: Number, decimals: int, relation: str, limits: Iterable[Number]) -> str:
    """A value at ``decimals``, at more where the print would fall on the wrong side of any of several limits.

    4.9297 with a limit of 5.8 and a floor of 85 % of it, which is 4.93:

    >>> between(4.9297, 2, "at_least", [5.8, 4.93]), between(4.9, 2, "at_least", [5.8, 4.93])
    ('4.9297', '4.90')
    """
    texts = (beside(value, decimals, relation=relation, limit=limit) for limit in limits)
    return max(texts, key=len, default=fixed(value, decimals))


def rounded_to(value: Number, decimals: Iterable[int]) -> str:
    """What a number becomes at these decimals.

    >>> rounded_to(0.504594, [2]), rounded_to(0.5004, [2, 3])
    ('先舍入到两位小数（0.50）', '先舍入到两位或3位小数（0.50、0.500）')
    """
    places = list(decimals)
    words = "或".join(f"{several(number)}位" for number in places)
    return f"先舍入到{words}小数（{'、'.join(fixed(value, number) for number in places)}）"


def coefficient(value: Number, *, limit: Number | None = None, relation: str = "at_most") -> str:
    """A coefficient of variation.

    >>> coefficient(0.5046, limit=0.5), coefficient(0.50004, limit=0.5), coefficient(0.4)
    ('0.505', '0.50004', '0.400')
    """
    return beside(value, CV_DECIMALS, relation=relation, limit=limit)


def limit_text(value: Number) -> str:
    """A limit of a coefficient as the law writes it, with two decimals (more where it has more).

    >>> limit_text(0.5), limit_text(0.485)
    ('0.50', '0.485')
    """
    return plain(value, 6) if as_filed(value) * 100 % 1 else fixed(value, 2)


def quantity(value: Number, unit: str, decimals: int | None = None) -> str:
    """A number with its unit at the unit's customary decimals; the unit ``1`` is not written.

    >>> quantity(Fraction(95), "%"), quantity(Fraction(3), "级"), quantity(0.125, "1"), quantity(5, "人")
    ('95.0%', 'Ⅲ级', '0.125', '5人')
    """
    if unit == "级":
        return f"{LEVELS[int(value)]}级"
    places = UNIT_DECIMALS.get(unit, 2) if decimals is None else decimals
    return f"{fixed(value, places)}{'' if unit == '1' else unit}"


def amount(number: Number, unit: str) -> str:
    """What is lacking or too much: exact, money from 10 000 yuan on in 万元, rounded up to 0.01 so that so much suffices.

    >>> amount(10487325.0, "元"), amount(5128.0, "元"), amount(842.7, "平方米"), amount(5.0, "间")
    ('1048.74万元', '5128元', '842.7平方米', '5间')
    """
    exact = as_filed(number)
    if unit == "元" and exact >= 10_000:
        return f"{plain(Fraction(math.ceil(exact / 100), 100))}万元"
    return f"{plain(exact, 2)}{unit}"


def found(value: Number, relation: str, limit: Number, unit: str) -> str:
    """A value and what is asked for.

    >>> found(0.182, "below", 0.15, "1"), found(94.96, "at_least", 95, "%"), found(2, "at_least", 3, "级")
    ('0.182，要求低于0.15', '94.96%，要求不低于95%', 'Ⅱ级，要求不低于Ⅲ级')
    """
    if unit == "级":
        return f"{quantity(value, unit)}，要求{RELATION_WORDS[relation]}{quantity(limit, unit)}"
    text = beside(value, UNIT_DECIMALS.get(unit, 2), relation=relation, limit=limit)
    shown = "" if unit == "1" else unit
    return f"{text}{shown}，要求{RELATION_WORDS[relation]}{plain(limit, 6)}{shown}"


def requirement(limit: Number, unit: str, relation: str) -> str:
    """A limit in words.

    >>> requirement(95, "%", "at_least"), requirement(Fraction(3), "级", "at_least"), requirement(0.15, "1", "below")
    ('标准：不低于95%', '标准：Ⅲ级以上', '标准：低于0.15')
    """
    if unit == "级":
        return f"标准：{LEVELS[int(limit)]}级以上"
    return f"标准：{RELATION_WORDS[relation]}{plain(limit)}{'' if unit == '1' else unit}"


def wan_yuan(value: Number) -> str:
    """Money in 万元 with two decimals and grouped digits.

    >>> wan_yuan(10789.3)
    '10,789.30万元'
    """
    return f"{fixed(value, 2, grouped=True)}万元"


def money(value: Number) -> str:
    """Money in 万元 as people write it: whole from a hundred on, one decimal from one on, two below.

    >>> money(10789.339), money(99.96), money(8.9), money(0.125), money(0)
    ('10789万元', '100.0万元', '8.9万元', '0.13万元', '0万元')
    """
    return f"{plain(value) if value == 0 else fixed(value, _money_decimals(value))}万元"


def money_at_least(value: Number) -> str:
    """A proven lower bound in 万元, rounded down so that it stays true.

    >>> money_at_least(10789.939), money_at_least(8.99), money_at_least(0.0)
    ('10789万元', '8.9万元', '0万元')
    """
    if value == 0:
        return money(0)
    step = Decimal(1).scaleb(-_money_decimals(value))
    return f"{Decimal(repr(float(value))).quantize(step, ROUND_FLOOR):f}万元"


def _money_decimals(value: Number) -> int:
    size = abs(as_filed(value))
    return 0 if size >= 100 else 1 if size >= 1 else 2


def percent_at_most(value: Number) -> str:
    """A proven upper bound of a share, rounded up so that it stays true.

    >>> percent_at_most(0.0000388), percent_at_most(0.0)
    ('0.01%', '0%')
    """
    if value == 0:
        return "0%"
    return f"{(Decimal(repr(float(value))) * 100).quantize(Decimal('0.01'), ROUND_CEILING):f}%"


def reading(value: Number, relation: str, limit: str, unit: str) -> str:
    """A figure at the decimals of its unit, more where the print would fall on the wrong side of the promised value.

    >>> reading(Fraction(84999, 1000), "at_least", "85", "%"), reading(Fraction(3), "at_least", "4", "所")
    ('84.999%', '3所')
    """
    whole = as_filed(value).denominator == 1 and unit not in ("%", "1")
    text = beside(
        value, 0 if whole else UNIT_DECIMALS.get(unit, 2), relation=relation, limit=as_filed(Decimal(limit))
    )
    return f"{text}{'' if unit == '1' else unit}"


def compared(value: Number, relation: str, limit: str, unit: str) -> str:
    """A figure beside what was promised, with the sign that holds.

    >>> compared(Fraction(70), "at_least", "70.04", "%"), compared(Fraction(2, 5), "at_most", "0.45", "1")
    ('70.0% < 70.04%', '0.400 ≤ 0.45')
    """
    kept = holds(as_filed(value), Relation(relation), as_filed(Decimal(limit)))
    sign = (SIGNS if kept else OPPOSITE_SIGNS)[Relation(relation)]
    return f"{reading(value, relation, limit, unit)} {sign} {limit}{'' if unit == '1' else unit}"


def school_year(year: int) -> str:
    """2017 → 2017—2018学年.

    >>> school_year(2017)
    '2017—2018学年'
    """
    return f"{year}—{year + 1}学年"


def several(number: int) -> str:
    """A number of things in words: 一项, 两项, 3项.

    >>> several(1), several(2), several(3)
    ('一', '两', '3')
    """
    return {1: "一", 2: "两"}.get(number, str(number))
