"""From a sentence with places for figures to the sentence: ``{cv:cv}`` → 0.505. The one template language of the house.

A place is ``{name}`` or ``{name:kind}``. ``{name}`` takes a text, a whole number, a limit as the law quotes it (``Decimal``), a
statement or several; other numbers need a kind, so that no number prints by accident unrounded. Kinds: see :data:`KINDS`; besides,
the name of a map in :mod:`balance_analysis.words.labels` in lower case and singular (``{stage:stage}``, ``{outcome:outcome}``) labels an
id or a list of ids, ``.2`` writes two decimals, ``value`` a pair (number, decimals), ``each SENTENCE`` renders a list of figures by
another sentence and joins them by ``、`` (``each; SENTENCE`` by ``；``,
``each, SENTENCE`` by ``，``). A part between ``⟦`` and ``⟧`` is left out when a place inside it
has nothing to say (missing, empty text or list, zero for a count).
"""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any, Final

from balance_analysis.statements import Figures, Quantity, Statement
from balance_analysis.terms import COMPOSITE, chinese_date
from balance_analysis.words import labels, numbers, subjects

NAMES_SHOWN: Final = 8
"""Names of a list that are written before 等…所."""
MOST_ITEMS: Final = 12
"""Items of which nothing is known that a verdict names; how many there are stands before them."""
_OPTIONAL: Final = re.compile(r"⟦([^⟦⟧]*)⟧")
_FORMAT: Final = string.Formatter()


def names(listed: Sequence[object], most: int = NAMES_SHOWN, counter: str = "所") -> str:
    """The first names of a list and how many there are.

    >>> names(["甲", "乙"]), names([str(n) for n in range(10)])
    ('甲、乙', '0、1、2、3、4、5、6、7等10所')
    """
    shown = "、".join(map(str, listed[:most]))
    return shown if len(listed) <= most else f"{shown}等{len(listed)}{counter}"


def _beside(value: object, decimals: int) -> str:
    number, relation, limit = value if isinstance(value, tuple) else (value, "", None)
    return numbers.beside(number, decimals, relation=str(relation), limit=limit)


def _quantity(value: Quantity) -> str:
    decimals = value.decimals if value.unit != "元" else None
    if value.limit is not None and value.relation and value.unit != "级":
        places = numbers.UNIT_DECIMALS.get(value.unit, 2)
        decimals = numbers.decimals_beside(value.value, places, relation=value.relation, limit=value.limit)
    return numbers.quantity(value.value, value.unit, decimals)


KINDS: Final[Mapping[str, Callable[[Any], str]]] = {
    "n": lambda value: str(int(value)),
    "number": numbers.plain,
    "value": lambda pair: numbers.fixed(*pair),
    "whole": labels.whole_of,
    "number4": partial(numbers.plain, decimals=4),
    "quantity": _quantity,
    "requirement": lambda value: numbers.requirement(value.limit, value.unit, value.relation),
    "small": numbers.small,
    "cv": lambda value: _beside(value, numbers.CV_DECIMALS),
    "limit": numbers.limit_text,
    "share": numbers.share,
    "percent": numbers.percent,
    "percent2": partial(numbers.percent, decimals=2),
    "points": numbers.points,
    "wan": numbers.wan_yuan,
    "money": numbers.money,
    "money_at_least": numbers.money_at_least,
    "percent_at_most": numbers.percent_at_most,
    "times": lambda value: f"{numbers.fixed(value, 2)}倍",
    "reading": lambda reading: numbers.reading(*reading),
    "compared": lambda reading: numbers.compared(*reading),
    "item_ids": subjects.item_words,
    "indicator": lambda name: labels.COMPOSITE_NAME if name == COMPOSITE else str(name),
    "date": chinese_date,
    "school_year": numbers.school_year,
    "several": numbers.several,
    "names": names,
    "items": lambda value: names(value, counter="项"),
    "offices": lambda value: names(value, most=3, counter="个单位"),
    "counties": lambda value: names(value, most=12, counter="个县"),
    "list": lambda value: "、".join(map(str, value)),
    "amount": lambda pair: numbers.amount(*pair),
    "found": lambda found: numbers.found(*found),
    "item": lambda pair: subjects.item_title(*pair),
    "rounded_to": lambda pair: numbers.rounded_to(*pair),
    "commas": lambda value: "，".join(map(str, value)),
    "trimmed": lambda value: "；".join(str(one).rstrip("。") for one in value),
    "some": lambda value: "；".join(map(str, value[:MOST_ITEMS])) + ("等" if len(value) > MOST_ITEMS else ""),
    "clauses": lambda value: "；".join(map(str, value)),
    "said": lambda value: "".join(map(str, value)),
}


def render(template: str, figures: Figures, sentences: Mapping[str, str], labels: Mapping[str, Any]) -> str:
    """One sentence with its figures; ``KeyError`` for a place without a figure, ``ValueError`` for an unknown kind.

    >>> figures = {"stage": "primary", "name": "图书", "cv": 0.5046, "more": 0}
    >>> render("{stage:stage}{name}{cv:cv}⟦，另有{more:n}所⟧。", figures, {}, {"stage": {"primary": "小学"}})
    '小学图书0.505。'
    """

    def optional(found: re.Match[str]) -> str:
        inner = found.group(1)
        places = [name for _, name, _, _ in _FORMAT.parse(inner) if name]
        return "" if any(_empty(figures[name]) for name in places) else inner

    while _OPTIONAL.search(template):
        template = _OPTIONAL.sub(optional, template)
    return "".join(_pieces(template, figures, sentences, labels))


def _pieces(
    template: str, figures: Figures, sentences: Mapping[str, str], labels: Mapping[str, Any]
) -> Iterator[str]:
    for literal, name, kind, _ in _FORMAT.parse(template):
        yield literal
        if name is None:
            continue
        value = figures[name]
        yield _text(value, kind or "", sentences, labels)


def _text(value: Any, kind: str, sentences: Mapping[str, str], labels: Mapping[str, Any]) -> str:
    if isinstance(value, Statement):
        return render(sentences[value.id], value.figures, sentences, labels)
    if kind.startswith("each"):
        word, _, sentence = kind.partition(" ")
        joint = {"each;": "；", "each,": "，"}.get(word, "、")
        return joint.join(render(sentences[sentence], one, sentences, labels) for one in value)
    if isinstance(value, list | tuple) and any(isinstance(one, Statement) for one in value):
        value = [_text(one, "", sentences, labels) for one in value]
        if not kind:
            return "".join(value)
    if kind in labels and isinstance(value, list | tuple):
        return "、".join(str(labels[kind][str(one)]) for one in value)
    if kind in labels:
        return str(labels[kind][str(value)])
    if kind in KINDS:
        return numbers.MISSING if numbers.is_missing(value) else KINDS[kind](value)
    if kind.startswith("."):
        return _beside(value, int(kind[1:]))
    if kind:
        raise ValueError(f"unknown kind of figure: {kind!r}")
    if isinstance(value, str | int | date | Decimal) and not isinstance(value, bool):
        return chinese_date(value) if isinstance(value, date) else str(value)
    raise ValueError(f"a figure of type {type(value).__name__} needs a kind: {value!r}")


def _empty(value: object) -> bool:
    if isinstance(value, list | tuple):  # a value beside its limit is missing where the value is
        return not value or (isinstance(value, tuple) and numbers.is_missing(value[0]))
    return numbers.is_missing(value) or value in ("", 0)


def places(template: str) -> list[tuple[str, str]]:
    """Name and kind of every place of a template.

    >>> places("{stage:stage}⟦{n:n}所⟧")
    [('stage', 'stage'), ('n', 'n')]
    """
    bare = template.replace("⟦", "").replace("⟧", "")
    return [(name, kind or "") for _, name, kind, _ in _FORMAT.parse(bare) if name]
