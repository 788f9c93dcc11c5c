"""What people call an indicator: ids, full and short names, of one resolved law or of every national regime."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import cache

from balance_analysis.regimes.files import regime_file, texts
from balance_analysis.regimes.loader import list_regimes
from balance_analysis.regimes.model import Indicator, Regime
from balance_analysis.terms import COMPOSITE

COMPOSITE_NAME = "综合差异系数"
IGNORED = re.compile(r"\(.*?\)|[\s、,，]")
"""Brackets with what stands in them, white space and commas: published tables leave them out at will."""


def plain_name(text: str) -> str:
    """A name as it is compared: half-width, without brackets, white space and commas.

    >>> plain_name("每百名学生拥有体育、艺术（美术、音乐）专任教师数")
    '每百名学生拥有体育艺术专任教师数'
    """
    return IGNORED.sub("", unicodedata.normalize("NFKC", text))


def indicator_ids(regime: Regime) -> dict[str, str]:
    """Plain name → indicator id (or ``composite``) of one resolved law; each may be called by id, name, short name."""
    return _ids(regime.indicators)


@cache
def known_indicators() -> dict[str, str]:
    """Plain name → id of every indicator that any national regime has on any day, and of the composite."""
    return {name: found for law in list_regimes(own=False) for name, found in _ids(_entries(law)).items()}


@cache
def indicator_sets() -> tuple[tuple[dict[str, str], frozenset[str]], ...]:
    """For every national regime and every day on which its indicators change: its names, and all its ids."""
    found = []
    for law in list_regimes(own=False):
        entries = _entries(law)
        for day in sorted({entry.valid_from for entry in entries}):
            held = [entry for entry in entries if entry.in_force(day)]
            found.append((_ids(held), frozenset(entry.id for entry in held)))
    return tuple(found)


def _entries(law: str) -> tuple[Indicator, ...]:
    return regime_file(law, texts(None, "national")[law]).indicator


def _ids(indicators: Iterable[Indicator]) -> dict[str, str]:
    names = {plain_name(COMPOSITE_NAME): COMPOSITE, COMPOSITE: COMPOSITE}
    for entry in indicators:
        names |= dict.fromkeys(map(plain_name, (entry.id, entry.name, entry.short_name)), entry.id)
    return names
