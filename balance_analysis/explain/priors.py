"""What a projection knows before it looks at a county's own years: records of ``projection.toml`` with their origin."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from importlib import resources as package_files
from math import sqrt

from balance_analysis.errors import ParameterError
from balance_analysis.strict_toml import parse_record, read_toml
from balance_analysis.terms import Grade

OTHER = "other"
"""The record of every measure that has none of its own."""


@dataclass(frozen=True, kw_only=True)
class Origin:
    """Where numbers come from: ``measured`` on what and how, the ``source`` of the records, how certain they are."""

    measured: str
    source: str
    grade: Grade


@dataclass(frozen=True, kw_only=True)
class MovementPrior(Origin):
    """How yearly figures of one kind move; the keys are explained at the head of ``projection.toml``."""

    measure: str
    relative_scale: Fraction
    school_scale: Fraction
    schools: Fraction
    scale_years: Fraction
    drift_years: Fraction

    def typical_change(self, schools: float | None) -> float:
        """Typical yearly change of a figure of so many schools, as a share of its level; of the usual number where unknown.

        >>> round(movement_prior("cv").typical_change(7), 3), round(movement_prior("cv").typical_change(None), 3)
        (0.097, 0.035)
        """
        number = float(schools or self.schools)
        return sqrt(float(self.relative_scale) ** 2 + float(self.school_scale) ** 2 / number)


@dataclass(frozen=True, kw_only=True)
class PassingPrior(Origin):
    """How schools pass and fail from year to year: counts put beside the county's own."""

    stayed: Fraction
    fell: Fraction
    rose: Fraction
    remained: Fraction
    year_shock: Fraction


@dataclass(frozen=True, kw_only=True)
class JointPrior(Origin):
    """How many years without any common movement are put beside the county's own."""

    independent_years: Fraction


KINDS: Mapping[str, type[MovementPrior | PassingPrior | JointPrior]] = {
    "movement": MovementPrior,
    "passing": PassingPrior,
    "joint": JointPrior,
}


def read_priors(text: str) -> Mapping[str, tuple[MovementPrior | PassingPrior | JointPrior, ...]]:
    """Records of a text in the form of ``projection.toml`` by kind; :class:`ParameterError` names every mistake."""
    where = "projection.toml"
    table = read_toml(text, where, error=ParameterError)
    problems = [f"{where}：不认识的部分“{name}”" for name in table if name not in KINDS]
    found = {
        name: tuple(
            parse_record(kind, raw, f"{where} [[{name}]] 第{number}条", problems)
            for number, raw in enumerate(table.get(name, []), start=1)
        )
        for name, kind in KINDS.items()
    }
    if problems:
        raise ParameterError("\n".join(problems))
    return {name: tuple(one for one in records if one is not None) for name, records in found.items()}


@cache
def _shipped() -> Mapping[str, tuple[MovementPrior | PassingPrior | JointPrior, ...]]:
    place = package_files.files("balance_analysis.explain") / "projection.toml"
    return read_priors(place.read_text(encoding="utf-8"))


@cache
def movement_prior(measure: str) -> MovementPrior:
    """How figures of that measure move; the record ``other`` where it has none.

    >>> movement_prior("cv").measure, movement_prior("no such measure").measure
    ('cv', 'other')
    """
    known = {one.measure: one for one in _shipped()["movement"] if isinstance(one, MovementPrior)}
    return known.get(measure, known[OTHER])


@cache
def passing_prior() -> PassingPrior:
    """How schools pass and fail from year to year."""
    return next(one for one in _shipped()["passing"] if isinstance(one, PassingPrior))


@cache
def joint_prior() -> JointPrior:
    """How far the figures of a county move together."""
    return next(one for one in _shipped()["joint"] if isinstance(one, JointPrior))
