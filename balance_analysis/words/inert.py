"""Texts of a CSV that no spreadsheet may take for a formula."""

from __future__ import annotations

import re

FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
PLAIN_NUMBER = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?%?")


def inert(text: str) -> str:
    """A text of a CSV that no spreadsheet takes for a formula: an apostrophe before what would begin one; numbers stay.

    >>> inert("=乙县"), inert("甲县"), inert("-5")
    ("'=乙县", '甲县', '-5')
    """
    return f"'{text}" if text.startswith(FORMULA_SIGNS) and not PLAIN_NUMBER.fullmatch(text) else text
