"""Every word once: labels of ids, the sentence of every finding, verdict and item, the headings of every table.

Sees ids and figures only: no frame, no file of a user, no decision. An issue's sentence stands beside its check instead.
"""

from __future__ import annotations

from collections.abc import Iterable

from balance_analysis.statements import Statement
from balance_analysis.words.library import FindingWords, TableWords, fill, library, say

__all__ = ["fill", "finding_words", "say", "table_words", "tell"]


def tell(said: Statement | str | Iterable[Statement], *, joint: str = "") -> str:
    """The text of a statement, or of several one after the other (``joint`` between them); texts pass as they are."""
    if isinstance(said, str):
        return said
    if isinstance(said, Statement):
        return say(said.id, **said.figures)
    return joint.join(tell(one) for one in said)


def finding_words() -> dict[str, FindingWords]:
    """The words of every finding by id."""
    return dict(library().findings)


def table_words(name: str) -> TableWords:
    """Title, columns and notes of a report table by id."""
    return library().tables[name]
