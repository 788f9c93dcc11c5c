"""Filed rows as exact records: a school with its campuses, a county of one year.

The items of the regulation are counted in whole classes, rooms, teachers and yuan, and judged at equality.
A record therefore answers with exact fractions, and with None for a blank: nothing here turns a blank into zero.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import pandas as pd

from balance_analysis.exact import as_filed
from balance_analysis.regimes.model import Regime, Scope
from balance_analysis.terms import Stage

WAN = 10000
"""Yuan in one 万元."""

LARGEST_FIELDS = ("largest_class_size",)
"""Fields of which a school with campuses has the largest, not the sum."""


@dataclass(frozen=True)
class Sum:
    """A sum of filed numbers: ``value`` is None when a part was blank, ``missing`` names the blank fields."""

    value: Fraction | None
    missing: tuple[str, ...] = ()

    @classmethod
    def of(cls, parts: Iterable[tuple[str, Fraction | None]]) -> Sum:
        """Add named parts.

        >>> Sum.of([("graduates", Fraction(3)), ("deaths_three_years", None)])
        Sum(value=None, missing=('deaths_three_years',))
        """
        listed = list(parts)
        missing = tuple(dict.fromkeys(name for name, value in listed if value is None))
        if missing:
            return cls(None, missing)
        return cls(sum((value for _, value in listed if value is not None), Fraction(0)))


@dataclass(frozen=True)
class Record:
    """One filed row, read exactly."""

    row: Mapping[str, Any]

    def number(self, field: str) -> Fraction | None:
        """The decimal that was filed, or None where the cell is blank or the column absent."""
        value = self.row.get(field)
        return None if value is None or pd.isna(value) else as_filed(float(value))

    def text(self, field: str) -> str:
        """Text without surrounding blanks; empty where the cell is blank."""
        value = self.row.get(field)
        return value.strip() if isinstance(value, str) else ""

    def flag(self, field: str) -> bool | None:
        """是 / 否, or None where the cell is blank."""
        value = self.row.get(field)
        return None if value is None or pd.isna(value) else bool(value)

    def total(self, *fields: str) -> Sum:
        """Sum of several fields of the row."""
        return Sum.of((field, self.number(field)) for field in fields)

    @property
    def is_campus(self) -> bool:
        """Whether the row is a campus 不计校数 that names its main school."""
        return self.flag("counted_as_school") is False and bool(self.text("main_school_code"))


@dataclass(frozen=True)
class School:
    """A school as the regime counts it: its own row and the campuses merged into it.

    ``stages`` are the compulsory stages in which it has pupils and which the regime counts for its type;
    ``stratum`` is that of its own site, empty where unknown.
    """

    parts: tuple[Record, ...]
    stages: tuple[Stage, ...]
    stratum: str = ""

    @property
    def head(self) -> Record:
        """The main school's row."""
        return self.parts[0]

    @property
    def code(self) -> str:
        """学校标识码."""
        return self.head.text("school_code")

    @property
    def name(self) -> str:
        """学校名称."""
        return self.head.text("school_name")

    @property
    def school_type(self) -> str:
        """办学类型 id."""
        return self.head.text("school_type")

    def number(self, field: str) -> Fraction | None:
        """The filed number over all campuses; None as soon as one that should file it left it blank.

        A field of one stage is not asked of a campus without pupils of that stage.
        """
        stage = next((stage for stage in Stage if field.startswith(f"{stage}_")), None)
        if stage is not None and stage not in self.stages:
            return Fraction(0)
        numbers = [part.number(field) for part in self.parts if stage is None or _has_pupils(part, stage)]
        known = [number for number in numbers if number is not None]
        if not known or len(known) < len(numbers):
            return None
        return max(known) if field in LARGEST_FIELDS else sum(known, Fraction(0))

    def total(self, *fields: str) -> Sum:
        """Sum of several fields over all campuses."""
        return Sum.of((field, self.number(field)) for field in fields)

    def staged(self, suffix: str) -> Sum:
        """Sum of ``<stage>_<suffix>`` over the school's stages."""
        return self.total(*(f"{stage}_{suffix}" for stage in self.stages))

    def sites(self, regime: Regime) -> tuple[School, ...]:
        """Every campus with pupils by itself, with the stratum of its own site."""
        alone = []
        for part in self.parts:
            stages = tuple(stage for stage in self.stages if _has_pupils(part, stage))
            if stages:
                alone.append(School((part,), stages, stratum_of(part, regime)))
        return tuple(alone)

    @property
    def pupils(self) -> Fraction:
        """Pupils of the counted stages; stages without a filed enrolment are no stages of the school."""
        value = self.staged("enrolment").value
        return Fraction(0) if value is None else value


def rows_of_year(frame: pd.DataFrame, year: int) -> list[Record]:
    """The rows of one school year, in file order."""
    if frame.empty:
        return []
    rows = frame[frame["school_year"].astype("float64") == year]
    return [Record({str(key): value for key, value in row.items()}) for row in rows.to_dict("records")]


def counted_schools(
    schools: pd.DataFrame, regime: Regime, *, year: int, every_size: bool = False, merge_campuses: bool = True
) -> list[School]:
    """The schools in the regime's scope, campuses merged, in file order.

    ``every_size`` also takes the teaching sites below the scope's minimum enrolment (the funding clause covers
    them). A school without a sponsor is counted; one without pupils in a counted stage is not. A campus whose
    main school is not in the table stands for itself.
    """
    records = rows_of_year(schools, year)
    codes = {record.text("school_code") for record in records}
    scope = {entry.school_type: entry for entry in regime.scope}
    groups: dict[str, list[Record]] = {}
    for number, record in enumerate(records):
        main = record.text("main_school_code")
        merges = merge_campuses and record.is_campus and main in codes
        groups.setdefault(main if merges else record.text("school_code") or str(number), []).append(record)
    found = []
    for code, members in groups.items():
        ordered = sorted(members, key=lambda record: record.text("school_code") != code)
        entry = scope.get(ordered[0].text("school_type"))
        sponsor = ordered[0].text("sponsor")
        if entry is None or (sponsor and sponsor not in entry.sponsors):
            continue
        stages = tuple(stage for stage in entry.stages if _counts(ordered, stage, entry, every_size))
        if stages:
            found.append(School(tuple(ordered), stages, stratum_of(ordered[0], regime)))
    return found


def stratum_of(record: Record, regime: Regime) -> str:
    """The row's ``stratum``, or that of its 城乡分类代码; empty where both are blank or the code is unknown."""
    return record.text("stratum") or regime.area_codes.get(record.text("urban_rural_code"), "")


def _has_pupils(record: Record, stage: Stage) -> bool:
    pupils = record.number(f"{stage}_enrolment")
    return pupils is not None and pupils > 0


def _counts(records: list[Record], stage: Stage, entry: Scope, every_size: bool) -> bool:
    filed = [record.number(f"{stage}_enrolment") for record in records if _has_pupils(record, stage)]
    pupils = sum((number for number in filed if number is not None), Fraction(0))
    return pupils > 0 and (every_size or pupils >= Fraction(entry.minimum_enrolment))
