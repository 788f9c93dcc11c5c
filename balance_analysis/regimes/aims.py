"""Dated facts beside the law: national aims of later years and the steps by which a recognition is checked.

An aim decides no verdict; it is printed with its document, in each document's own words.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cache
from importlib import resources

from balance_analysis.errors import RegimeError
from balance_analysis.regimes.consistency import entry_problems
from balance_analysis.regimes.model import Cited, Source
from balance_analysis.strict_toml import file_text, parse_record, read_toml, toml_key
from balance_analysis.terms import Relation

FILE = "aims.toml"


@dataclass(frozen=True, kw_only=True)
class Aim(Cited):
    """What a document wants by ``due`` (None where it holds from its beginning): ``wording`` is its own sentence.

    An aim with a figure names the item (``subject``) and the measured ``figure`` that it is about, with ``relation``,
    ``value`` and ``unit``.
    """

    id: str
    name: str
    wording: str
    due: date | None = None
    subject: str = ""
    figure: str = ""
    relation: Relation = Relation.AT_LEAST
    value: Decimal | None = None
    unit: str = ""

    @property
    def key(self) -> str:
        """Identity among dated entries."""
        return self.id


@dataclass(frozen=True, kw_only=True)
class CheckingStep(Cited):
    """One of the steps by which an application under ``regime`` is checked, in their order."""

    id: str
    regime: str
    number: int
    name: str

    @property
    def key(self) -> str:
        """Identity among dated entries."""
        return self.id


@dataclass(frozen=True, kw_only=True)
class AimsFile:
    """Everything the file says, with the documents it cites."""

    sources: tuple[Source, ...] = field(metadata=toml_key("source"))
    aim: tuple[Aim, ...] = ()
    checking_step: tuple[CheckingStep, ...] = ()

    def source(self, name: str) -> Source:
        """A cited document by id."""
        return next(source for source in self.sources if source.id == name)


def parse_aims(text: str, where: str = FILE) -> AimsFile:
    """Read the file strictly; :class:`RegimeError` tells every problem at once."""
    problems: list[str] = []
    found = parse_record(AimsFile, read_toml(text, where, error=RegimeError), where, problems)
    if found is not None:
        sources = {source.id for source in found.sources}
        for kind in ("aim", "checking_step"):
            for entry in getattr(found, kind):
                problems += entry_problems(entry, kind, sources, where)
        for aim in found.aim:
            if len({bool(aim.subject), bool(aim.figure), aim.value is not None, bool(aim.unit)}) > 1:
                problems.append(f"{where} [[aim]] {aim.id}：subject、figure、value、unit 须一起填写或都不填")
    if problems or found is None:
        raise RegimeError("\n".join(problems))
    return found


@cache
def aims_file() -> AimsFile:
    """The shipped aims and checking steps."""
    return parse_aims(file_text(resources.files("balance_analysis.regimes") / FILE, FILE, error=RegimeError))


def national_aims(on: date) -> tuple[Aim, ...]:
    """The aims that are declared on that day, by due date, those without one first.

    >>> [str(aim.value) for aim in national_aims(date(2024, 1, 1)) if aim.subject == "B24"]
    ['97']
    """
    known = [aim for aim in aims_file().aim if aim.in_force(on)]
    return tuple(sorted(known, key=lambda aim: aim.due or date.min))


def checking_steps(regime: str, on: date) -> tuple[CheckingStep, ...]:
    """The steps of checking that are known of a regime on that day, in their order; none before they are reported.

    >>> [step.name for step in checking_steps("quality_balance_2017", date(2025, 6, 1))]
    ['资格审查', '质量监测', '社会认可度调查', '指标审核', '集中汇审']
    """
    known = (step for step in aims_file().checking_step if step.regime == regime and step.in_force(on))
    return tuple(sorted(known, key=lambda step: step.number))
