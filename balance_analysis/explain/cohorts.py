"""What if every grade moves up as it is? Enrolment by school to a later year, and what then happens to classes and coefficients.

A scenario with its assumption, not a forecast: grades move up unchanged within their school; leavers of a stage go to the schools of the next
in the proportion in which these hold its first grade today (nowhere where no school holds it); nobody moves in or out; special-education
schools take no part; teachers, rooms, equipment and classes stay as they are.
Who enters grade one: decision 0062.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from balance_analysis.assessment import FARTHEST_TARGET, CountyAssessment
from balance_analysis.errors import ParameterError
from balance_analysis.measures.coefficients import compute_coefficients
from balance_analysis.measures.indicators import compute_indicators
from balance_analysis.terms import Outcome, SchoolType, Stage
from balance_analysis.verdicts.resources import judge_coefficients
from balance_analysis.verdicts.values import judge_indicators

GRADES = range(1, 10)
LAST_PRIMARY = 6
SCHOOL_AGE = 6
"""A child born in a school year (1 September to 31 August) enters grade one this many school years later."""
KINDERGARTEN, BIRTHS, CONSTANT = "kindergarten", "births", "constant"
"""What the number of those who enter rests on."""
WARNING_COLUMNS = (
    "school_code",
    "school_name",
    "stage",
    "year",
    "kind",
    "indicator",
    "value",
    "limit",
    "unit",
)
CLASS_COLUMNS = (
    "school_code", "school_name", "stage", "year", "enrolment", "classes", "needed", "mean_size", "limit",
)  # fmt: skip


@dataclass
class Part:
    """One stage of one filed row with its grades; without grades its pupils stay as they are."""

    row: int
    stage: str
    grades: dict[int, int]
    filed: dict[int, int] = field(init=False)

    def __post_init__(self) -> None:
        self.filed = dict(self.grades)

    @property
    def entry(self) -> int:
        """Its lowest grade."""
        return min(self.filed)

    @property
    def exit(self) -> int:
        """Its highest grade."""
        return max(self.filed)


class Intake(NamedTuple):
    """Those who enter grade one of the county in a year, and what the number rests on."""

    year: int
    pupils: int
    basis: str


@dataclass(frozen=True)
class CohortScenario:
    """The scenario of one county up to ``last_year``.

    ``enrolment``: ``school_code, school_name, stage, year, enrolment, with_grades`` (whether the figure follows from grades); ``classes``: those
    filed beside those ``needed`` under the limit; ``coefficients``: the judged coefficients of every year; ``warnings``:
    :data:`WARNING_COLUMNS`, each the first year of something that does not hold in the base year
    (``kind``: class_size, school_size, indicator, below_scope, empty, coefficient); ``intake``: ``year, pupils, basis``;
    ``without_grades``: stages (school name, stage) that stay as they are.
    """

    county: CountyAssessment
    last_year: int
    enrolment: pd.DataFrame
    classes: pd.DataFrame
    coefficients: pd.DataFrame
    warnings: pd.DataFrame
    intake: pd.DataFrame
    without_grades: tuple[tuple[str, str], ...]

    @property
    def base_year(self) -> int:
        """The school year whose grades move up."""
        return self.county.year


def cohort_scenario(county: CountyAssessment, *, last_year: int) -> CohortScenario:
    """Carry the grades of the assessed year forward to ``last_year``.

    Raises :class:`ParameterError` where no school filed grades that add up to its pupils, or the year is not later
    or too far off.
    """
    base = county.year
    if not base < last_year <= base + FARTHEST_TARGET:
        raise ParameterError(f"推算到的学年应在{base + 1}至{base + FARTHEST_TARGET}之间，收到{last_year}")
    filed = county.tables.schools
    rows = moving_rows(filed, base)
    parts, without = graded_parts(rows)
    if not parts:
        raise ParameterError(
            f"{county.county}{base}学年没有分年级学生数（或与在校生数不等），不能推算；"
            "请在工作表“学校”填写“一年级学生数”至“九年级学生数”"
        )
    intake = _intake(county, rows, parts, last_year)
    frames = [rows]
    for year, entering in ((one.year, one) for one in intake):
        _advance(parts, _by_school(rows, parts, entering, base))
        frames.append(_as_of(rows, parts, year))
    whole = pd.concat(frames, ignore_index=True)
    raw = compute_indicators(_Rows(whole), county.regime)
    indicators = judge_indicators(raw, county.regime)
    coefficients = judge_coefficients(
        compute_coefficients(raw, [entry.id for entry in county.regime.indicators]), raw, county.regime
    )
    enrolment = _enrolment(whole, parts)
    classes = _classes(whole, county)
    warnings = _warnings(county, enrolment, classes, indicators, coefficients)
    listed = pd.DataFrame(intake, columns=list(Intake._fields))
    return CohortScenario(
        county, last_year, enrolment, classes, coefficients, warnings, listed, tuple(without)
    )


class _Rows(NamedTuple):
    schools: pd.DataFrame


def grade_column(grade: int) -> str:
    """The field that holds the pupils of a grade."""
    return f"grade_{grade}_pupils"


def moving_rows(filed: pd.DataFrame, year: int) -> pd.DataFrame:
    """The filed rows of a year whose grades move up: all but special-education schools, which take no leavers of others."""
    own = (filed["school_year"] == year) & (filed["school_type"] != SchoolType.SPECIAL_EDUCATION)
    return filed[own].reset_index(drop=True)


def graded_parts(rows: pd.DataFrame) -> tuple[list[Part], list[tuple[str, str]]]:
    """Stages whose grades add up to their pupils, and those without; grade six is junior where only one to five are primary."""
    parts: list[Part] = []
    without: list[tuple[str, str]] = []
    for row, record in enumerate(rows.to_dict("records")):
        found = {grade: record.get(grade_column(grade)) for grade in GRADES}
        grades = {
            grade: int(number)
            for grade, number in found.items()
            if number is not None and not pd.isna(number) and number
        }
        for last in (LAST_PRIMARY, LAST_PRIMARY - 1):
            split = {
                Stage.PRIMARY: {grade: number for grade, number in grades.items() if grade <= last},
                Stage.JUNIOR_SECONDARY: {grade: number for grade, number in grades.items() if grade > last},
            }
            fits = {stage: sum(own.values()) == record[f"{stage}_enrolment"] for stage, own in split.items()}
            if all(fits.values()):
                break
        for stage, own in split.items():
            pupils = record[f"{stage}_enrolment"]
            if fits[stage] and own:
                parts.append(Part(row, str(stage), own))
            elif not pd.isna(pupils) and pupils > 0:
                without.append((str(record["school_name"]), str(stage)))
    return parts, without


def _intake(
    county: CountyAssessment, rows: pd.DataFrame, parts: Sequence[Part], last_year: int
) -> list[Intake]:
    """Those who enter grade one, year by year, with what the number rests on."""
    base = county.year
    births = {
        int(record["school_year"]): float(record["births"])
        for record in county.tables.counties.to_dict("records")
        if not pd.isna(record.get("births"))
    }
    entering = [part for part in parts if part.entry == 1]
    now = sum(part.filed[1] for part in entering)
    born = births.get(base - SCHOOL_AGE)
    share = Fraction(now) / Fraction(born) if born else Fraction(1)
    known = [rows["kindergarten_leavers"].iloc[part.row] for part in entering]
    found: list[Intake] = []
    last = now
    for year in range(base + 1, last_year + 1):
        if year == base + 1 and known and not any(pd.isna(number) for number in known):
            found.append(Intake(year, int(sum(known)), KINDERGARTEN))
        elif year - SCHOOL_AGE in births:
            found.append(Intake(year, round(Fraction(births[year - SCHOOL_AGE]) * share), BIRTHS))
        else:
            found.append(Intake(year, last, CONSTANT))
        last = found[-1].pupils
    return found


def _by_school(rows: pd.DataFrame, parts: Sequence[Part], intake: Intake, base: int) -> dict[int, int]:
    """Those who enter grade one by position of the part: as filed for next year, later in today's proportion."""
    entering = [position for position, part in enumerate(parts) if part.entry == 1]
    if intake.basis == KINDERGARTEN and intake.year == base + 1:
        return {at: int(rows["kindergarten_leavers"].iloc[parts[at].row]) for at in entering}
    weights = [parts[at].filed[1] for at in entering]
    return dict(zip(entering, apportion(intake.pupils, weights), strict=True))


def _advance(parts: Sequence[Part], entering: Mapping[int, int]) -> None:
    """One year on: grades move up, leavers go where their next grade is, newcomers enter."""
    leaving: dict[int, int] = {}
    for part in parts:
        following = part.exit + 1
        leaving[following] = leaving.get(following, 0) + part.grades.get(part.exit, 0)
        part.grades = {grade + 1: number for grade, number in part.grades.items() if grade < part.exit}
    for position, number in entering.items():
        parts[position].grades[1] = number
    for grade, number in leaving.items():
        holding = [part for part in parts if grade in part.filed]
        taking = [part for part in holding if part.entry == grade] or holding
        for part, share in zip(
            taking, apportion(number, [part.filed[grade] for part in taking]), strict=True
        ):
            part.grades[grade] = part.grades.get(grade, 0) + share


def apportion(total: int, weights: Sequence[int]) -> list[int]:
    """A whole number in proportion to weights, largest remainders first; nothing is lost.

    >>> apportion(10, [1, 1, 1]), apportion(5, [])
    ([4, 3, 3], [])
    """
    if not weights or not sum(weights):
        return [0] * len(weights)
    exact = [Fraction(total * weight, sum(weights)) for weight in weights]
    shares = [math.floor(part) for part in exact]
    by_rest = sorted(range(len(weights)), key=lambda at: shares[at] - exact[at])
    for at in by_rest[: total - sum(shares)]:
        shares[at] += 1
    return shares


def _as_of(rows: pd.DataFrame, parts: Sequence[Part], year: int) -> pd.DataFrame:
    """The filed rows with the pupils of another year; everything else as it is."""
    enrolments = dict.fromkeys(f"{part.stage}_enrolment" for part in parts)
    columns = {name: rows[name].to_numpy(copy=True) for name in enrolments}
    columns |= {grade_column(grade): np.full(len(rows), math.nan) for grade in GRADES}
    for part in parts:
        columns[f"{part.stage}_enrolment"][part.row] = sum(part.grades.values())
        for grade, number in part.grades.items():
            columns[grade_column(grade)][part.row] = number
    when = pd.Series(year, index=rows.index, dtype=rows["school_year"].dtype)
    return rows.assign(school_year=when, **columns)


def _enrolment(whole: pd.DataFrame, parts: Sequence[Part]) -> pd.DataFrame:
    known = {(part.row, part.stage) for part in parts}
    number = len(whole) // whole["school_year"].nunique()
    blocks = []
    for stage in Stage:
        block = whole[
            ["school_code", "school_name", "school_type", "school_year", f"{stage}_enrolment"]
        ].rename(columns={"school_year": "year", f"{stage}_enrolment": "enrolment"})
        block.insert(2, "stage", str(stage))
        block["with_grades"] = [(position % number, str(stage)) in known for position in range(len(whole))]
        base = block.groupby("school_code")["enrolment"].transform("first")
        blocks.append(block[(base > 0) | block["with_grades"]])
    return pd.concat(blocks, ignore_index=True)


def _limit(county: CountyAssessment, method: str, measure: str, stage: str) -> float:
    """A limit of the item that is judged by a method; NaN where the regime has none."""
    item = county.regime.item_of(method)
    found = None if item is None else county.regime.limit(item.id, measure, stage)
    return math.nan if found is None else float(found.value)


def _classes(whole: pd.DataFrame, county: CountyAssessment) -> pd.DataFrame:
    """Classes as filed beside those that the grades need when none may exceed the limit."""
    records = []
    limits = {stage: _limit(county, "class_size", "class_size", stage) for stage in Stage}
    for row in whole.to_dict("records"):
        for stage, limit in limits.items():
            pupils, classes = row[f"{stage}_enrolment"], row.get(f"{stage}_classes")
            if pd.isna(pupils) or not pupils or classes is None or pd.isna(classes) or not classes:
                continue
            of_stage = _grades_of(row, stage, pupils)
            needed = (
                math.nan if math.isnan(limit) or not of_stage else sum(math.ceil(n / limit) for n in of_stage)
            )
            named = row["school_code"], row["school_name"], str(stage), int(row["school_year"])
            records.append((*named, pupils, classes, needed, pupils / classes, limit))
    return pd.DataFrame(records, columns=list(CLASS_COLUMNS))


def _grades_of(row: Mapping[Any, Any], stage: Stage, pupils: float) -> list[float]:
    """The grades of a stage that add up to its pupils; none where they do not."""
    for last in (LAST_PRIMARY, LAST_PRIMARY - 1):
        own = [grade for grade in GRADES if (grade <= last) == (stage is Stage.PRIMARY)]
        numbers = [row[grade_column(grade)] for grade in own if not pd.isna(row[grade_column(grade)])]
        if numbers and sum(numbers) == pupils:
            return numbers
    return []


def _warnings(
    county: CountyAssessment,
    enrolment: pd.DataFrame,
    classes: pd.DataFrame,
    indicators: pd.DataFrame,
    coefficients: pd.DataFrame,
) -> pd.DataFrame:
    """The first year of everything that holds in the base year and no longer then, by year and school."""
    sizes, sites = _sizes(county, enrolment), _below_scope(county, enrolment)
    short = indicators["outcome"].isin([Outcome.NOT_MET, Outcome.TOLERABLE])
    over = coefficients["outcome"] == Outcome.NOT_MET
    units = indicators["indicator"].map({entry.id: entry.unit for entry in county.regime.indicators})
    kinds: list[tuple[str, pd.DataFrame, pd.Series, str, str, str | pd.Series]] = [
        ("class_size", classes, classes["needed"] > classes["classes"], "needed", "classes", "个"),
        ("school_size", sizes, sizes["enrolment"] > sizes["limit"], "enrolment", "limit", "人"),
        ("empty", enrolment.assign(limit=math.nan), enrolment["enrolment"] == 0, "enrolment", "limit", "人"),
        ("below_scope", sites, sites["enrolment"] < sites["limit"], "enrolment", "limit", "人"),
        ("indicator", indicators, short, "value", "limit", units),
        ("coefficient", coefficients.assign(school_code="", school_name=""), over, "cv", "limit", "1"),
    ]
    keys, found = ["kind", "school_code", "stage", "indicator"], list[pd.DataFrame]()
    for kind, rows, fails, value, limit, unit in kinds:
        figures = {name: rows[column].astype(float) for name, column in (("value", value), ("limit", limit))}
        named = rows if "indicator" in rows else rows.assign(indicator="")
        failing = named.assign(kind=kind, unit=unit, year=rows["year"].astype(int), **figures)[
            fails & (rows["year"] >= county.year)
        ]
        found.append(failing[list(WARNING_COLUMNS)])
    first = pd.concat(found, ignore_index=True).sort_values("year", kind="stable").drop_duplicates(keys)
    first = first[first["year"] > county.year]  # what fails today is no warning
    return first.sort_values(["year", "kind", "school_code", "stage"], kind="stable", ignore_index=True)


def _sizes(county: CountyAssessment, enrolment: pd.DataFrame) -> pd.DataFrame:
    """Pupils of compulsory education by school, with the size limit of its type."""
    whole = enrolment.groupby(["school_code", "year"], as_index=False).agg(
        school_name=("school_name", "first"), stage=("stage", "first"),
        enrolment=("enrolment", "sum"), stages=("stage", "nunique"),
    )  # fmt: skip
    measures = np.where(
        whole["stages"] > 1, "enrolment_nine_or_twelve_year", "enrolment_single_stage"
    ).tolist()
    of_stage = zip(measures, whole["stage"], strict=True)
    return whole.assign(limit=[_limit(county, "school_size", name, stage) for name, stage in of_stage])


def _below_scope(county: CountyAssessment, enrolment: pd.DataFrame) -> pd.DataFrame:
    """The pupils with the number from which a school of their type is evaluated; without those that always are."""
    minimum = {
        (str(entry.school_type), str(stage)): float(entry.minimum_enrolment)
        for entry in county.regime.scope
        for stage in entry.stages
    }
    limits = [minimum.get(key, 0.0) for key in zip(enrolment["school_type"], enrolment["stage"], strict=True)]
    rows = enrolment.assign(limit=limits)
    return rows[rows["limit"] > 1]
