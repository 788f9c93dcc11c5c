"""The master list of everything that may be said: for the command ``findings`` and for ``docs/findings.md``."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from balance_analysis.errors import ReportError
from balance_analysis.findings import Tone, every_kind
from balance_analysis.words import finding_words, labels, say

PLACE: Final = "〔…〕"
"""Where a figure or a name is filled in."""


@dataclass(frozen=True)
class Listed:
    """One finding as people look it up; ``sentence`` has a mark where figures stand."""

    id: str
    topic: str
    tone: Tone
    when: str
    sentence: str


def listed_findings() -> list[Listed]:
    """Every kind of finding with its words, by topic; ``ReportError`` names kinds without words and words without kind."""
    kinds, words = every_kind(), finding_words()
    faults = sorted(kinds.keys() ^ words.keys())
    if faults:
        raise ReportError(f"结论句与文字库不一致：{'、'.join(faults)}")
    found = [
        Listed(one.id, one.topic, one.tone, words[one.id].when, bare(words[one.id].sentence))
        for one in kinds.values()
    ]
    order = list(labels.TOPICS)
    return sorted(found, key=lambda one: order.index(one.topic) if one.topic in order else len(order))


def bare(sentence: str) -> str:
    """A sentence with a mark in place of its figures and brackets around what may be left out.

    >>> bare("{stage:stage}{n:n}项超限⟦，差{more:points}⟧。")
    '〔…〕〔…〕项超限［，差〔…〕］。'
    """
    return re.sub(r"\{[^{}]*\}", PLACE, sentence).replace("⟦", "［").replace("⟧", "］")


def findings_lines() -> Iterator[str]:
    """What the command ``findings`` prints."""
    for one in listed_findings():
        yield say("commands.finding", id=one.id, topic=topic_label(one.topic), tone=one.tone)
        yield say("commands.finding_when", when=one.when)
        yield say("commands.finding_sentence", sentence=one.sentence)


def findings_page() -> str:
    """The page ``docs/findings.md``: one table per topic."""
    found = listed_findings()
    lines = [
        say("findings_page.heading"),
        say("findings_page.introduction", n=len(found)),
        say("findings_page.generated"),
    ]
    for topic in dict.fromkeys(one.topic for one in found):
        rows = [
            say("findings_page.row", id=one.id, when=one.when, sentence=one.sentence, tone=one.tone)
            for one in found
            if one.topic == topic
        ]
        lines.append(say("findings_page.topic", topic=topic_label(topic)))
        lines.append("\n".join([say("findings_page.columns"), *rows]))
    return "\n\n".join(lines) + "\n"


def topic_label(topic: str) -> str:
    """What a topic is called; a topic without a label keeps its id."""
    return labels.TOPICS.get(topic, topic)


if __name__ == "__main__":
    sys.stdout.write(findings_page())
