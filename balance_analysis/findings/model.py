"""What may be said: a finding, its kind, and the rules by which findings live together on one report.

A finding is a statement of conclusion with the rows and the clause it rests on. Its kind says which group it belongs to (of one group
and subject exactly one may be said), which other kinds it excludes, and whether it reassures: a reassuring finding is said only where the
*overall* outcome is met. Kinds carry no wording; ``words/findings/`` has the sentence and the condition in words for every kind.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from balance_analysis.errors import ReportError
from balance_analysis.statements import Statement
from balance_analysis.terms import Outcome


class Tone(StrEnum):
    """How a finding sounds to its reader."""

    REASSURING = "reassuring"
    """All is well, or will be: only where the overall outcome is met."""
    ADVERSE = "adverse"
    """Something is not met, or will not be."""
    OPEN = "open"
    """Something cannot be said, and why."""
    PLAIN = "plain"
    """A fact or an advice that holds whatever the outcome."""


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One kind of finding.

    ``id`` is ``topic.name``; ``group`` names a question that is answered once per subject; ``excludes`` are ids that may not be said of the
    same subject ("" is everybody's subject).
    """

    id: str
    tone: Tone
    group: str = ""
    excludes: frozenset[str] = frozenset()

    @property
    def topic(self) -> str:
        """The first part of the id: the section it belongs to."""
        return self.id.partition(".")[0]


@dataclass(frozen=True, kw_only=True)
class Finding(Statement):
    """A statement of conclusion.

    ``subject`` tells whom it is about (``primary/books``, a school's code; "" for the county), ``frame`` and ``rows`` the rows it rests on
    (positions in that frame), ``clause`` the clause of the law or of a plan.
    """

    subject: str = ""
    frame: str = ""
    rows: tuple[int, ...] = ()
    clause: str = ""


class Catalogue:
    """The kinds of findings by id; each module of the room registers its own."""

    def __init__(self) -> None:
        self._kinds: dict[str, Kind] = {}

    def add(self, *kinds: Kind) -> None:
        """Register kinds; ``ValueError`` for an id that is known already."""
        for kind in kinds:
            if kind.id in self._kinds:
                raise ValueError(f"finding registered twice: {kind.id}")
            self._kinds[kind.id] = kind

    @property
    def kinds(self) -> Mapping[str, Kind]:
        """All kinds in the order of registration."""
        return self._kinds

    def settle(self, findings: Iterable[Finding], *, overall: str) -> tuple[Finding, ...]:
        """The findings, checked against each other and against the overall outcome.

        ``overall`` is the county's outcome on everything the law judges. Raises :class:`ReportError` for a finding of no kind, for two
        findings that exclude each other, and for one that reassures where ``overall`` is not met: such a report must not leave the house.
        """
        said = tuple(findings)
        faults = [f"unregistered: {one.id}" for one in said if one.id not in self._kinds]
        known = [one for one in said if one.id in self._kinds]
        faults += self._reassuring(known, overall) + self._clashes(known)
        if faults:
            raise ReportError("结论句自相矛盾，报告没有生成：" + "；".join(faults))
        return said

    def _reassuring(self, said: Sequence[Finding], overall: str) -> list[str]:
        if overall == Outcome.MET:
            return []
        return [f"{one.id} ({overall})" for one in said if self._kinds[one.id].tone is Tone.REASSURING]

    def _clashes(self, said: Sequence[Finding]) -> list[str]:
        faults = []
        by_subject: dict[str, list[Finding]] = {}
        for one in said:
            by_subject.setdefault(one.subject, []).append(one)
        for subject, findings in by_subject.items():
            ids = {one.id for one in findings}
            groups: dict[str, str] = {}
            for one in findings:
                kind = self._kinds[one.id]
                faults += [f"{one.id} × {other} {subject}" for other in sorted(kind.excludes & ids)]
                if kind.group and groups.setdefault(kind.group, one.id) != one.id:
                    faults.append(f"{groups[kind.group]} × {one.id} {subject}")
        return faults


CATALOGUE = Catalogue()
"""THE catalogue: what may be said in any report, form, page or summary."""
