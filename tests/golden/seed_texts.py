"""The five seed documents as text to be walked: sentences, numbers and offices with their positions.

The documents lie outside the repository (``../shared/seeds``). What is laid out (blanks, line breaks, the readings that the
page of Xiangfen prints behind characters) is taken away, so that a quote is found wherever it stands.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from balance_analysis.programmes import Commitment, Plan, Step, Task, load_plan
from tests.county_tables import ROOT

SEEDS = ROOT.parent / "shared" / "seeds"
DOCUMENTS = {
    "anshan_2018": "anshan_2018_quality.txt",
    "bagongshan_2020": "bagongshan_2020_quality.txt",
    "huantai_2017": "huantai_2017_quality.txt",
    "shanting_2017": "shanting_2017_basic.txt",
    "xiangfen_2017": "xiangfen_2017_basic.txt",
}
PINYIN = re.compile(r"\([a-zāáǎàēéěèīíǐìōóǒòūúǔùüǖǘǚǜ]+\)")
TRADITIONAL = str.maketrans(
    "縣區鄉鎮導創領組會計國稅殘聯團婦審農監藥資關單義務學廣電聞發財編員門鎮級辦責總處個項週數積達標準幹資產歲條兩億萬類衛統結聯團傷亂農協",
    "县区乡镇导创领组会计国税残联团妇审农监药资关单义务学广电闻发财编员门镇级办责总处个项周数积达标准干资产岁条两亿万类卫统结联团伤乱农协",
)
"""Characters of office names and units that the page of Xiangfen prints in their traditional form."""

SENTENCE_ENDS = "。；;！？"
SHORTEST_SENTENCE = 8
NUMBER = re.compile(
    r"\d+(?:\.\d+)?|[二三四五六七八九十百两]+(?=(?:年|个|项|所|处|类|级|台|名|间|万|亿|天|次|科|大|优)[^级师])|(?<=有)一(?=所|个)"
)
OFFICE = re.compile(
    r"(?<![布局大副])局(?!面|[長长])|(?<![局副])局(?=[長长])|委员会|管委会|办公室|编办|政府办(?!公|学)|督导室|残联|妇联|团县委|团区委|组织部|宣传部|大队(?!长)|镇街|领导组|领导小组"
    r"|中心(?=、)|审计署|教科局|发改委|健康委|农委|各乡镇|各镇(?!街)|乡\(镇\)|部门(?!联)|政府(?!办|教|保|教育督导室|性)|检查组|督查组|评估组"
)
"""What a name of an office ends in."""


class Span(NamedTuple):
    """Part of a document's text."""

    start: int
    end: int

    def holds(self, other: Span) -> bool:
        """Whether the other lies inside."""
        return self.start <= other.start and other.end <= self.end

    def meets(self, other: Span) -> bool:
        """Whether the two have a character in common."""
        return self.start < other.end and other.start < self.end


@dataclass(frozen=True)
class SeedText:
    """A document without its layout; ``breaks`` are the positions at which its lines begin."""

    text: str
    breaks: frozenset[int]

    @classmethod
    def of(cls, document: str) -> SeedText:
        """Take away blanks, line breaks and readings."""
        kept: list[str] = []
        breaks = set()
        for line in PINYIN.sub("", document).splitlines():
            breaks.add(len(kept))
            kept += [sign for sign in line if not sign.isspace()]
        return cls("".join(kept).translate(TRADITIONAL), frozenset(breaks))

    def find(self, quote: str) -> list[Span]:
        """Wherever a quote stands."""
        wanted = re.escape("".join(PINYIN.sub("", quote).split()).translate(TRADITIONAL))
        return [Span(*found.span()) for found in re.finditer(wanted, self.text)] if wanted else []

    def matches(self, pattern: re.Pattern[str]) -> list[Span]:
        """Wherever a pattern matches."""
        return [Span(*found.span()) for found in pattern.finditer(self.text)]

    def said(self, span: Span, around: int = 0) -> str:
        """The words of a span, with some around it."""
        return self.text[max(span.start - around, 0) : span.end + around]

    @cached_property
    def sentences(self) -> list[Span]:
        """Sentences and lines that are long enough to say something."""
        ends = {position + 1 for position, sign in enumerate(self.text) if sign in SENTENCE_ENDS}
        cuts = sorted(self.breaks | ends | {0, len(self.text)})
        spans = (Span(*pair) for pair in pairwise(cuts))
        return [span for span in spans if span.end - span.start >= SHORTEST_SENTENCE]

    def block(self, span: Span, boundaries: Iterable[int]) -> str:
        """The text between the two boundaries around a span."""
        cuts = sorted({0, len(self.text), *boundaries})
        start = max(cut for cut in cuts if cut <= span.start)
        end = min(cut for cut in cuts if cut >= span.end)
        return self.text[start:end]


@cache
def seed_text(plan_id: str) -> SeedText:
    return SeedText.of((SEEDS / DOCUMENTS[plan_id]).read_text(encoding="utf-8"))


class Exclusion(NamedTuple):
    """Words that are no commitment, and why; with ``but_offices`` the offices among them must be in the data all the same."""

    pattern: re.Pattern[str]
    reason: str
    but_offices: bool


@cache
def exclusions(plan_id: str) -> tuple[Exclusion, ...]:
    """The short list of what the plan's data leave out, each with its reason."""
    path = Path(__file__).with_name("not_commitments.toml")
    listed = tomllib.loads(path.read_text(encoding="utf-8"))[plan_id]
    return tuple(
        Exclusion(
            re.compile(entry["pattern"] if "pattern" in entry else re.escape(entry["text"])),
            entry["reason"],
            entry.get("but_offices", False),
        )
        for entry in listed
    )


def excluded(plan_id: str, *, offices: bool = False) -> list[Span]:
    """Where the exclusions match; ``offices`` asks for those that excuse offices too."""
    return [
        span
        for entry in exclusions(plan_id)
        if not (offices and entry.but_offices)
        for span in seed_text(plan_id).matches(entry.pattern)
    ]


def entries(plan: Plan) -> Iterator[tuple[str, str]]:
    """Id and quote of everything the data say."""
    for kind, group in (
        ("target", plan.targets),
        ("section", plan.sections),
        ("step", plan.steps),
        ("task", plan.tasks),
        ("commitment", plan.commitments),
    ):
        yield from ((f"{kind} {entry.id}", entry.quote) for entry in group)


def cited(plan_id: str) -> list[Span]:
    """Where the quotes of the data stand, and the document's own title, number and date."""
    plan = load_plan(plan_id)
    head = (plan.head.title, plan.head.number, plan.head.issued_text)
    texts = [*(quote for _, quote in entries(plan)), *(text for text in head if text)]
    return [span for text in texts for span in seed_text(plan_id).find(text)]


def acting(plan: Plan) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Entry, quote and offices of everything that names some."""
    found: list[Step | Task | Commitment] = [*plan.steps, *plan.tasks, *plan.commitments]
    for entry in found:
        offices = entry.offices + (entry.supporting_offices if isinstance(entry, Task) else ())
        if offices:
            yield entry.id, entry.quote, offices


def spellings(plan: Plan, office: str) -> list[str]:
    """An office's names: as written in the entry, the usual one and the others."""
    known = next((one for one in plan.offices if office in (one.name, *one.also)), None)
    names = [office] if known is None else [office, known.name, *known.also]
    return [spelling for name in names for spelling in (name, short_form(name)) if spelling]


def short_form(name: str) -> str:
    """What stands of ``区人社部门`` in ``区人社、编制、教育等部门``."""
    return re.sub(r"^[区县市]|部门$", "", name) if name.endswith("部门") else ""
