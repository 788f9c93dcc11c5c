"""What the house says before it has words: the id of a sentence and the figures in it.

Rooms below ``words/`` know no wording. Where a frame of theirs must explain something, it carries statements; ``words``
turns them into Chinese where the frame leaves the package (the door, the exports, a page).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

Figures = Mapping[str, object]


@dataclass(frozen=True)
class Statement:
    """One sentence or clause without its words.

    ``id`` is that of a sentence in ``words/``; ``figures`` are what it prints: numbers unrounded, ids where words has a
    label (stage, outcome), texts that were filed or stand in the law. A figure may be a list, a statement, or a
    sequence of statements (clauses of the sentence).
    """

    id: str
    figures: Figures = field(default_factory=dict)

    def __str__(self) -> str:
        return f"<{self.id}>"


class Beside(tuple[object, object, object]):
    """A value with the relation and limit it is printed beside, so that print never crosses it."""

    __slots__ = ()

    def __new__(cls, value: object, relation: object, limit: object) -> Beside:
        return super().__new__(cls, (value, relation, limit))


Said = tuple[Statement, ...]
"""A text of several sentences; empty where nothing is to be said."""
