"""What is counted: numerators of indicators, bands of classes and of rooms, as records of ``resources.toml``.

Every other room asks here for a numerator's columns, step, unit and words; nothing of it is written twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from importlib import resources as package_files

import numpy as np
import numpy.typing as npt
import pandas as pd

from balance_analysis.errors import RegimeError
from balance_analysis.strict_toml import file_text, parse_record, read_toml
from balance_analysis.terms import STAGES_OF_TYPE, Stage


@dataclass(frozen=True, kw_only=True)
class Numerator:
    """One thing that is counted per pupil; the keys are explained at the head of ``resources.toml``.

    ``counter`` is the word behind a number in the filed unit (名, 间, 平方米, 万元), ``unit_size`` a natural step in
    that unit, ``step`` the smallest change of a cell; one filed unit is ``natural_per_filed`` of ``natural_unit``.
    """

    method: str
    name: str
    counter: str
    shared: bool
    columns: tuple[str, ...] = ()
    columns_primary: tuple[str, ...] = ()
    columns_junior_secondary: tuple[str, ...] = ()
    less: tuple[str, ...] = ()
    less_where: str = ""
    conceded: tuple[str, ...] = ()
    unit_size: Fraction
    step: Fraction
    natural_unit: str
    natural_per_filed: Fraction = Fraction(1)
    natural_step: Fraction = Fraction(1)

    def fields(self, stage: str) -> tuple[str, ...]:
        """Template fields whose sum is the amount at that stage.

        >>> numerator("backbone_teachers").fields("primary"), numerator("books").fields("primary")
        (('primary_backbone_teachers',), ('books',))
        """
        if self.shared:
            return self.columns
        own = {Stage.PRIMARY: self.columns_primary, Stage.JUNIOR_SECONDARY: self.columns_junior_secondary}
        return self._of_stage(own[Stage(stage)] or self.columns, stage)

    def conceded_fields(self, stage: str) -> tuple[str, ...]:
        """Template fields that a concession may add at that stage; empty where none can."""
        return self.conceded if self.shared else self._of_stage(self.conceded, stage)

    @staticmethod
    def _of_stage(names: tuple[str, ...], stage: str) -> tuple[str, ...]:
        return tuple(f"{stage}_{name}" for name in names)


@dataclass(frozen=True, kw_only=True)
class ClassBand:
    """Classes of ``smallest`` to ``largest`` pupils (None: no upper end), filed under ``<stage>_<suffix>``."""

    suffix: str
    smallest: int
    largest: int | None = None

    def field(self, stage: str) -> str:
        """The template field of one stage."""
        return f"{stage}_{self.suffix}"


@dataclass(frozen=True, kw_only=True)
class RoomBand:
    """Rooms of one ``kind`` (``music_rooms``, ``art_rooms``) of at least ``from_m2`` and less than ``below_m2``."""

    kind: str
    field: str
    from_m2: int
    below_m2: int | None = None


@dataclass(frozen=True, kw_only=True)
class Resources:
    """Everything that ``resources.toml`` lists."""

    numerator: tuple[Numerator, ...]
    class_band: tuple[ClassBand, ...]
    room_band: tuple[RoomBand, ...]


@cache
def _resources() -> Resources:
    where = "resources.toml"
    text = file_text(package_files.files("balance_analysis") / where, where, error=RegimeError)
    problems: list[str] = []
    found = parse_record(Resources, read_toml(text, where, error=RegimeError), where, problems)
    if found is None:
        raise RegimeError("\n".join(problems))
    return found


@cache
def _shipped() -> Mapping[str, Numerator]:
    return {one.method: one for one in _resources().numerator}


_own: dict[str, Numerator] = {}
"""Numerators that rule files of one's own brought along; a file's are known as soon as it is read."""


def register_numerators(found: Iterable[Numerator], where: str) -> Iterator[str]:
    """Make the numerators of a rule file known; what cannot be is told in Chinese.

    A method of the package cannot be replaced, nor one of another file by something else.
    """
    for one in found:
        if one.method in _shipped():
            yield f"{where} [[numerator]] {one.method}：与附带的分子同名；请改用别的 method"
        elif _own.setdefault(one.method, one) != one:
            yield f"{where} [[numerator]] {one.method}：另一个规则文件已用这一 method 定义了别的分子"


def numerators() -> Mapping[str, Numerator]:
    """Every numerator by the ``method`` that an indicator names."""
    return {**_shipped(), **_own} if _own else _shipped()


def numerator(method: str) -> Numerator:
    """One numerator; :class:`RegimeError` for a method that does not exist."""
    known = numerators()
    if method not in known:
        raise RegimeError(f"指标的计算方法“{method}”不存在；可用：{'、'.join(known)}")
    return known[method]


@cache
def class_bands() -> tuple[ClassBand, ...]:
    """The bands in which class sizes are filed, from small to large."""
    return _resources().class_band


@cache
def room_bands(kind: str) -> tuple[RoomBand, ...]:
    """The area bands of one kind of room, from large to small."""
    return tuple(one for one in _resources().room_band if one.kind == kind)


def without_pupils(schools: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Rows that filed 0 pupils in every stage that their type can have, and none in another; a blank is unknown.

    A row without type may have pupils of both compulsory stages.
    """
    types = schools["school_type"].to_numpy(dtype=object).astype(str)
    empty = np.ones(len(schools), dtype=bool)
    for stage in (*Stage, "senior_secondary"):
        filed = schools.reindex(columns=[f"{stage}_enrolment"]).to_numpy(np.float64, na_value=np.nan)[:, 0]
        lacking = [str(kind) for kind, stages in STAGES_OF_TYPE.items() if stage not in stages]
        cannot = np.isin(types, lacking) | (
            ~np.isin(types, list(STAGES_OF_TYPE)) & (stage not in list(Stage))
        )
        empty &= (filed == 0) | (np.isnan(filed) & cannot)
    return empty
