"""What indicators are called: the law's own names, the composite and the row that stands for all of them."""

from __future__ import annotations

from balance_analysis.regimes.model import Regime
from balance_analysis.terms import ALL_STAGES, COMPOSITE, is_numbered
from balance_analysis.words import labels


def indicator_label(regime: Regime, indicator: str, *, short: bool = False, numbered: bool = True) -> str:
    """Name of an indicator as the law has it, with the number of its item unless ``numbered`` is False."""
    if indicator == COMPOSITE:
        return labels.COMPOSITE_NAME
    if indicator == ALL_STAGES:
        return labels.EVERY_INDICATOR
    entry = regime.indicator(indicator)
    name = entry.short_name if short else entry.name
    return f"{entry.item} {name}" if numbered else name


def item_label(item: str, name: str) -> str:
    """``B10`` for numbered items, the name for the others.

    >>> item_label("B10", "音乐、美术专用教室"), item_label("satisfaction", "公众满意度")
    ('B10', '公众满意度')
    """
    return item if is_numbered(item) else name


def item_title(item: str, name: str) -> str:
    """``B10 音乐、美术专用教室`` for numbered items, the name for the others."""
    return f"{item} {name}" if is_numbered(item) else name


def change_subject(regime: Regime, target: str) -> str:
    """What an overlay's change is about, by the law's own names; empty where the law has none for it (its clause says it)."""
    named = {choice.id: choice.name for choice in regime.choices}
    named |= {item.id: item_title(item.id, item.name) for item in regime.items}
    if target in named:
        return named[target]
    subject, _, rest = target.partition(".")
    if subject in named:
        return named[subject]
    if subject not in {COMPOSITE, *(entry.id for entry in regime.indicators)}:
        return ""
    stage = labels.STAGES.get(rest.rpartition(".")[2], "") if not rest.endswith(ALL_STAGES) else ""
    return f"{stage}{indicator_label(regime, subject, short=True, numbered=False)}"


def choice_value(text: str) -> str:
    """A value of a switch in words; other values as they stand."""
    return labels.CHOICE_VALUES.get(text, text)


def item_words(items: str) -> str:
    """Items joined by ``;`` as people read them; more than three in a row are given by the first and the last.

    >>> item_words("three_growths;B6"), item_words("B1;B2;B3;B4")
    ('三个增长、B6', 'B1—B4')
    """
    ids = items.split(";")
    numbered = [name for name in ids if name not in labels.ITEMS]
    order = [int(name[1:]) for name in numbered if name[1:].isdigit()]
    in_a_row = len(order) == len(numbered) > 3 and order == list(range(order[0], order[-1] + 1))
    shown = [f"{numbered[0]}—{numbered[-1]}"] if in_a_row else numbered
    return "、".join([*(labels.ITEMS[name] for name in ids if name in labels.ITEMS), *shown])
