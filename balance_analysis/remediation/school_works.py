"""Sizes, oversize classes and rooms of an assessed county as part of its problem, and what of them stays open.

What is wrong is read from the rows that the ordinary verdicts found (items on rooms, school size and class size), so that a plan
treats what the county is judged by, concessions included. Pupils above a school's size limit move to schools of the same stage and
kind of area with most free places; where such schools have too few, or resources are split between stages, nobody moves, and
the school gets no ground.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
import pandas as pd

from balance_analysis.assessment import CountyAssessment
from balance_analysis.errors import ParameterError
from balance_analysis.exact import half_up_text
from balance_analysis.explain.school_places import school_places
from balance_analysis.measures.columns import SchoolColumns, schools_of_year
from balance_analysis.measures.concessions import room_areas
from balance_analysis.measures.items.rooms import rooms_of_size
from balance_analysis.remediation.problem import RemediationProblem, RoomNeed
from balance_analysis.remediation.settings import Action, RezoningLink
from balance_analysis.resources import class_bands
from balance_analysis.statements import Statement
from balance_analysis.terms import Stage

MANY = 10**6
"""More pupils than any class has too many: the band has no upper end and the largest class was not filed."""


@dataclass(frozen=True)
class Sizes:
    """Classes by (stage, school), pupils per class by stage, pupils per school, and the schools above that by code."""

    classes: dict[tuple[str, str], int]
    class_limits: dict[str, int]
    size_limits: dict[str, int]
    above: dict[str, int]


def sizes_of(county: CountyAssessment) -> Sizes:
    """The sizes of the assessed year; empty where the regime has no size rules."""
    places = school_places(county.tables.schools, county.regime, county.year)
    if places is None:
        return Sizes({}, {}, {}, {})
    records = places.to_dict("records")
    pupils = county.current("schools").groupby("school_code")["enrolment"].sum()
    limits = {
        str(row["school_code"]): int(row["size_limit"]) for row in records if not pd.isna(row["size_limit"])
    }
    failing = _rows_of(county, "school_size")
    above = {str(row["school_code"]): int(row["limit"]) for row in failing.to_dict("records")}
    for code, count in pupils.items():
        if code in limits and code not in above and count > limits[code]:
            limits[code] = round(count)  # a concession lets it be so large, but not larger
    return Sizes(
        {
            (str(row["stage"]), str(row["school_code"])): int(row["classes"])
            for row in records
            if not pd.isna(row["classes"])
        },
        {str(row["stage"]): int(row["class_limit"]) for row in records if not pd.isna(row["class_limit"])},
        limits | above,
        {code: round(pupils[code]) for code in above if code in pupils},
    )


def with_school_works(
    problem: RemediationProblem, county: CountyAssessment, sizes: Sizes
) -> tuple[RemediationProblem, list[Statement]]:
    """The problem with what must be done about sizes, classes and rooms, and statements of what is assumed or stays open."""
    points: list[Statement] = []
    columns = _columns(county)
    problem = _with_splits(problem, county, columns, points)
    problem = _with_moves(problem, county, sizes, points)
    return _with_rooms(problem, county, columns, points), points


def _rows_of(county: CountyAssessment, role: str) -> pd.DataFrame:
    """The school rows behind the item of a role; none where the regime has no such item."""
    item = county.regime.item_of(role)
    return county.item_schools[county.item_schools["item"] == (item.id if item is not None else None)]


def _columns(county: CountyAssessment) -> SchoolColumns:
    counted = schools_of_year(county.tables.schools, county.regime, year=county.year)
    return SchoolColumns(counted, counted.counts)


def _with_splits(
    problem: RemediationProblem, county: CountyAssessment, columns: SchoolColumns, points: list[Statement]
) -> RemediationProblem:
    """Oversize classes by row. Those that are known only from the largest class of a school of several stages stay open."""
    place = {str(code): number for number, code in enumerate(columns.code)}
    position = {(row.stage, row.school_code): number for number, row in enumerate(problem.rows)}
    rows, opened, left = list(problem.rows), 0, set()
    for record in _rows_of(county, "class_size").to_dict("records"):
        stage, code = str(record["stage"]), str(record["school_code"])
        number = position.get((stage, code))
        limit = problem.class_size_limits.get(stage)
        frozen = code in problem.settings.frozen_schools
        if number is None or limit is None or rows[number].classes is None or frozen:
            left.add(code)
            continue
        count = int(record["value"])
        excess = _excess(columns, place[code], stage, limit, count)
        rows[number] = replace(rows[number], oversize=count, excess=excess)
        opened += count
    if opened:
        points.append(Statement("remediation_open.split", {"n": opened}))
    if left:
        points.append(Statement("remediation_open.crowded", {"n": len(left)}))
    return replace(problem, rows=tuple(rows))


def _excess(columns: SchoolColumns, row: int, stage: str, limit: int, count: int) -> int:
    """Pupils that the oversize classes of a row have too many, at most."""
    largest = columns.largest_class(Stage(stage)).at(row) or columns.largest_class_of_school.at(row)
    total = 0
    for band in class_bands():
        filed = columns.number(band.field(stage)).at(row)
        if band.smallest > limit and filed:
            top = band.largest if band.largest is not None else largest
            total += int(filed) * (MANY if top is None else max(int(top) - limit, 1))
    return total or count * (MANY if largest is None else max(int(largest) - limit, 1))


def _with_moves(
    problem: RemediationProblem, county: CountyAssessment, sizes: Sizes, points: list[Statement]
) -> RemediationProblem:
    """Required links from schools above their size limit; schools from which nobody can move may not grow and get no ground."""
    settings = problem.settings
    named = {link.from_school for link in settings.rezoning}
    strata = {
        (str(row["stage"]), str(row["school_code"])): str(row["stratum"])
        for row in county.current("schools").to_dict("records")
    }
    links: list[RezoningLink] = []
    moved, left = [], []
    free = _free_places(problem, set(sizes.above) | {link.to_school for link in settings.rezoning})
    names = {row.school_code: row.school_name for row in problem.rows}
    limits = dict(problem.school_size_limits)
    for code, pupils in sizes.above.items():
        if code in named or code not in names:
            continue
        told = {"school": names[code], "pupils": pupils, "limit": sizes.size_limits[code]}
        found = (
            _links_from(problem, code, pupils - sizes.size_limits[code], free, strata)
            if settings.programme.move_pupils
            else []
        )
        if not found:
            left.append(told)
            limits[code] = pupils
            continue
        for link in found:
            seats, room = free[link.stage, link.to_school]
            free[link.stage, link.to_school] = (seats - link.at_most, room - link.at_most)
        links += found
        moved.append(told)
    item = county.regime.item_of("school_size")
    if left and item is not None:
        points.append(Statement("remediation_open.large", {"item": item.id, "schools": left}))
    if moved:
        points.append(Statement("remediation_open.moved", {"schools": moved}))
    first = len(settings.rezoning)
    return replace(
        problem,
        settings=replace(settings, rezoning=(*settings.rezoning, *links)),
        required=tuple(range(first, first + len(links))),
        school_size_limits=limits,
        barred=frozenset(code for code in sizes.above if code in names and limits[code] == sizes.above[code]),
    )


def _free_places(problem: RemediationProblem, taken: set[str]) -> dict[tuple[str, str], tuple[int, int]]:
    """Places free in the classes that are there, and below the school's size limit, of rows that may take pupils."""
    pupils: dict[str, int] = {}
    for row in problem.rows:
        pupils[row.school_code] = pupils.get(row.school_code, 0) + row.enrolment
    split = {cell.row for cell in problem.cells if cell.split}
    free = {}
    for number, row in enumerate(problem.rows):
        limit, size = (
            problem.class_size_limits.get(row.stage),
            problem.school_size_limits.get(row.school_code),
        )
        shut = row.school_code in taken | problem.settings.frozen_schools or number in split
        if shut or limit is None or size is None or row.classes is None:
            continue
        room = size - pupils[row.school_code]
        seats = min(limit * (row.classes + row.oversize) - row.enrolment, room)
        free[row.stage, row.school_code] = (max(seats, 0), max(room, 0))
    return free


def _links_from(
    problem: RemediationProblem,
    code: str,
    excess: int,
    free: dict[tuple[str, str], tuple[int, int]],
    strata: dict[tuple[str, str], str],
) -> list[RezoningLink]:
    """Where the pupils above the limit go: most free places first, classes that are there before new ones; empty if too few."""
    rows = [number for number, row in enumerate(problem.rows) if row.school_code == code]
    split = {cell.row for cell in problem.cells if cell.split}
    if len(rows) != 1 or rows[0] in split or code in problem.settings.frozen_schools:
        return []
    stage, programme = problem.rows[rows[0]].stage, problem.settings.programme
    near = {
        other: places
        for (of_stage, other), places in free.items()
        if of_stage == stage and strata[stage, other] == strata[stage, code]
    }
    taken: dict[str, int] = {}
    for which in (0, 1):
        for other in sorted(near, key=lambda one: (-near[one][which], one)):
            left = excess - sum(taken.values())
            part = min(near[other][which] - taken.get(other, 0), left)
            if 0 < left - part < programme.smallest_group:
                part = max(part - (programme.smallest_group - (left - part)), 0)
            if part >= min(programme.smallest_group, left) and part > 0:
                taken[other] = taken.get(other, 0) + part
    if sum(taken.values()) < excess:
        return []
    return [RezoningLink(stage, code, other, count, programme.unit_cost) for other, count in taken.items()]


def _with_rooms(
    problem: RemediationProblem, county: CountyAssessment, columns: SchoolColumns, points: list[Statement]
) -> RemediationProblem:
    """What each school has of music and art rooms of full size; unknown where rooms or classes were not filed."""
    item = county.regime.item_of("music_art_rooms")
    if item is None:
        return problem
    builders = {action.room: action for action in problem.settings.actions if action.room}
    areas = room_areas(columns)
    needs: list[RoomNeed] = []
    untreated: set[str] = set()
    failing = set(_rows_of(county, "music_art_rooms")["school_code"])
    for kind, area in (("music_rooms", areas.music), ("art_rooms", areas.art)):
        action = builders.get(kind)
        if action is None:
            untreated |= failing
            continue
        _require_area(
            action, max((area.at(row) or Fraction(0) for row in range(len(columns))), default=Fraction(0))
        )
        total, _ = rooms_of_size(columns, kind, area)
        for row, code in enumerate(columns.code):
            have = total.value.at(row)
            groups = tuple(_groups(problem, county, str(code)))
            known = (
                have is not None
                and groups
                and all(problem.rows[number].classes is not None for group in groups for number in group)
            )
            if not known or code in problem.settings.frozen_schools:
                untreated |= {code} & failing
                continue
            assert have is not None
            per_room = Fraction(county.regime.parameter("music_art_rooms.classes_per_room"))
            needs.append(RoomNeed(str(code), action.id, int(have), per_room, groups))
    if untreated:
        points.append(Statement("remediation_open.rooms", {"item": item.id, "n": len(untreated)}))
    return replace(problem, room_needs=tuple(needs))


def _groups(problem: RemediationProblem, county: CountyAssessment, code: str) -> Iterator[tuple[int, ...]]:
    """Rows of a school whose classes are rounded up together."""
    rows = tuple(int(number) for number in np.flatnonzero([row.school_code == code for row in problem.rows]))
    if county.regime.has_choice("music_art_rooms.classes_counted", "by_stage"):
        yield from ((row,) for row in rows)
    elif rows:
        yield rows


def _require_area(action: Action, area: Fraction) -> None:
    if action.unit_adds < area:
        raise ParameterError(
            f"单价文件的“{action.label}”每间 {half_up_text(action.unit_adds, 0)} 平方米，小于评估办法要求的 "
            f"{half_up_text(area, 0)} 平方米，请改大 unit_adds"
        )
