"""The vocabulary of the house: enums and names that every room shares.

Each identifier stands for one term of the field (see the glossary in ``docs/developer``); the
Chinese labels that people read live in :mod:`balance_analysis.words.labels`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Final


class Stage(StrEnum):
    """学段: the two stages of compulsory education, always judged apart."""

    PRIMARY = "primary"
    JUNIOR_SECONDARY = "junior_secondary"


STAGE_NAMES: Mapping[str, str] = {"primary": "小学", "junior_secondary": "初中", "senior_secondary": "高中"}
"""What a stage is called, here because errors name stages too; ``words.labels`` builds on it."""


class Outcome(StrEnum):
    """What a comparison with a limit can say; an unknown is never a pass."""

    MET = "met"
    TOLERABLE = "tolerable"
    NOT_MET = "not_met"
    NOT_ASSESSABLE = "not_assessable"


class Relation(StrEnum):
    """How a value must stand to its limit; ``BELOW`` is strict (B31), the others admit equality."""

    AT_LEAST = "at_least"
    AT_MOST = "at_most"
    BELOW = "below"


class Severity(StrEnum):
    """``HARD`` stops the county; ``SOFT`` is reported and asks for an explanation."""

    HARD = "hard"
    SOFT = "soft"
    NOTE = "note"


class Grade(StrEnum):
    """How certain a rule is: A several sources or an official text, B one source, C inferred."""

    A = "A"
    B = "B"
    C = "C"


class SchoolType(StrEnum):
    """办学类型 as filed."""

    PRIMARY = "primary_school"
    TEACHING_SITE = "teaching_site"
    JUNIOR_SECONDARY = "junior_secondary_school"
    NINE_YEAR = "nine_year"
    COMPLETE_SECONDARY = "complete_secondary"
    TWELVE_YEAR = "twelve_year"
    SPECIAL_EDUCATION = "special_education"
    SECONDARY_VOCATIONAL = "secondary_vocational"


STAGES_OF_TYPE: Mapping[str, tuple[str, ...]] = {
    SchoolType.PRIMARY: ("primary",),
    SchoolType.TEACHING_SITE: ("primary",),
    SchoolType.JUNIOR_SECONDARY: ("junior_secondary",),
    SchoolType.NINE_YEAR: ("primary", "junior_secondary"),
    SchoolType.COMPLETE_SECONDARY: ("junior_secondary", "senior_secondary"),
    SchoolType.TWELVE_YEAR: ("primary", "junior_secondary", "senior_secondary"),
    SchoolType.SPECIAL_EDUCATION: ("primary", "junior_secondary", "senior_secondary"),
    SchoolType.SECONDARY_VOCATIONAL: ("senior_secondary",),
}
"""The stages that each 办学类型 can have pupils of."""


class Sponsor(StrEnum):
    """公办 / 民办."""

    PUBLIC = "public"
    NON_GOVERNMENT = "non_government"


COMPOSITE = "composite"
"""The pseudo-indicator id of the composite coefficient (综合差异系数)."""

ALL_STAGES = "all"
"""The ``stage`` of a verdict on the county as a whole."""


def is_numbered(item: str) -> bool:
    """Whether an item is known by a letter and a number (B10, V3)."""
    return item[1:].isdigit()


LAST_COHORT_YEAR = 2035
"""The school year up to which grades are moved up unless told otherwise: that of the national aims."""


def chinese_date(day: date) -> str:
    """How people read a day, here because checks name days too: 2018年9月30日.

    >>> chinese_date(date(2018, 9, 30))
    '2018年9月30日'
    """
    return f"{day.year}年{day.month}月{day.day}日"


CHINESE_DAY: Final = re.compile(r"\d+年\d+月\d+日前?")
"""A text that is such a day, or what is to be done by then."""
