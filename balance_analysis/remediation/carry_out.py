"""A plan carried out in a county's own rows: the school table as it would be filed once everything is done.

Where a measure goes, column by column (decision 0016):

* a hired teacher is a full-time teacher with a bachelor's degree and a teaching certificate who has done the training
  hours; a PE or arts teacher teaches the subject (PE, music, fine arts) the school has fewest teachers of;
* a backbone teacher is recognised, nobody is added; a moved teacher leaves with degree, certificate, training and, for
  PE and arts, with the subject the sending school has most teachers of;
* floor area goes to 教学及辅助用房 (indoor sports area unchanged), sports area to the outdoor ground, money for
  equipment to its book value;
* what a stage gets goes to the row of the main school when it has pupils of that stage, else to its largest campus.
  What several stages share goes to the main school, or, where campuses share it too, to all of them in proportion;
* a music or art room goes to its band of size and, with its own area, to 教学及辅助用房; so does the classroom of an opened class;
* zoned pupils leave and enter the enrolment and the catchment of the main school first; a stage whose pupils or
  classes change, or that has classes above the limit, is filed as evenly divided classes.

Blank cells stay blank: a plan never invents what nobody filed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import pandas as pd

from balance_analysis.errors import ParameterError
from balance_analysis.exact import as_filed
from balance_analysis.measures.counted import SENIOR_ENROLMENT
from balance_analysis.regimes.model import Regime
from balance_analysis.remediation.plan import Plan, Site
from balance_analysis.remediation.problem import RemediationProblem
from balance_analysis.remediation.staging import pair_moves
from balance_analysis.resources import class_bands, numerator, room_bands
from balance_analysis.terms import Stage

Row = dict[str, Any]
SHARED_COLUMNS: Mapping[str, str] = {
    "teaching_area": "teaching_and_auxiliary_area_m2",
    "sports_area": "sports_ground_area_m2",
    "equipment_value": "teaching_equipment_value_wan_cny",
    "multimedia_classrooms": "multimedia_classrooms",
    "computers": "teaching_computers",
    "books": "books",
}
"""Method of a shared indicator → the column that a measure adds to."""
HIRED_DEGREE = "teachers_bachelor"
DEGREES: Mapping[str, tuple[str, ...]] = {
    Stage.PRIMARY: ("teachers_bachelor", "teachers_associate", "teachers_master", "teachers_doctor"),
    Stage.JUNIOR_SECONDARY: ("teachers_bachelor", "teachers_master", "teachers_doctor"),
}
"""Degrees that count as above the required qualification, in the order in which teachers are moved."""
HIRED_SUBJECTS = ("pe_teachers", "music_teachers", "fine_arts_teachers")
SUBJECTS = (*HIRED_SUBJECTS, "arts_teachers")
PERSONAL = ("certified_full_time_teachers", "teachers_trained_360_hours")
"""School-wide counts of persons: a hired teacher counts in both, a moved one takes them along."""


def carry_out_in_tables(
    schools: pd.DataFrame, problem: RemediationProblem, plan: Plan, regime: Regime
) -> pd.DataFrame:
    """The rows of one county and one school year after the plan (same columns, index and order).

    ``schools`` holds the fields of the own template. Raises :class:`ParameterError` when a measure names an indicator
    that no column is known for, or a school the rows do not have.
    """
    county, settings = _County(schools, problem, regime), problem.settings
    actions = {action.id: action for action in settings.actions}
    for (name, site), quantity in plan.done.items():
        action = actions[name]
        county.add(site, {county.methods[one] for one in action.adds}, quantity * action.unit_adds)
        if action.room:
            county.add_rooms(site[0], action.room, action.unit_adds, quantity)
    profiles = {profile.id: profile for profile in settings.profiles}
    for name, stage, start, end, count in pair_moves(problem, plan):
        methods = {county.methods[one] for one in profiles[name].moves}
        for _ in range(count):
            county.move(stage, start, end, methods)
    for number, count in plan.rezoned.items():
        link = settings.rezoning[number]
        county.rezone(link.stage, link.from_school, link.to_school, count)
    for position, count in plan.opened.items():
        row = problem.rows[position]
        county.open_classes(row.stage, row.school_code, count)
        for one in settings.class_adds:
            county.add((row.school_code, ""), {county.methods[one]}, settings.class_unit_adds * count)
    county.divide_classes()
    return county.frame()


@dataclass
class _Unit:
    """A school with its campuses, main school first."""

    rows: list[Row]

    def of_stage(self, stage: str) -> list[Row]:
        """Rows that have pupils of the stage: main school first, then the largest campuses."""
        present = [row for row in self.rows if _known(row[f"{stage}_enrolment"])]
        main, campuses = present[:1], present[1:]
        if main and main[0] is not self.rows[0]:
            main, campuses = [], present
        return main + sorted(campuses, key=_pupils_of(stage), reverse=True)


def _pupils_of(stage: str) -> Callable[[Row], float]:
    return lambda row: float(row[f"{stage}_enrolment"])


class _County:
    """The rows being changed, by school."""

    def __init__(self, schools: pd.DataFrame, problem: RemediationProblem, regime: Regime) -> None:
        self.columns, self.index = list(schools.columns), schools.index
        self.dtypes = schools.dtypes
        self.rows: list[Row] = [
            {str(key): value for key, value in row.items()} for row in schools.to_dict("records")
        ]
        self.problem = problem
        self.methods = {entry.id: entry.method for entry in regime.indicators}
        self.units: dict[str, _Unit] = {}
        campuses: list[Row] = []
        for row in self.rows:
            campus = row["counted_as_school"] is False and isinstance(row["main_school_code"], str)
            if campus:
                campuses.append(row)
            else:
                self.units[row["school_code"]] = _Unit([row])
        for row in campuses:
            self.units.setdefault(row["main_school_code"], _Unit([])).rows.append(row)
        self.changed_classes: set[tuple[str, str]] = set()

    def frame(self) -> pd.DataFrame:
        """The rows as a frame with the types it came with."""
        frame = pd.DataFrame(self.rows, columns=self.columns, index=self.index)
        return frame.astype({name: kind for name, kind in self.dtypes.items() if frame[name].dtype != kind})

    def unit(self, code: str) -> _Unit:
        if code not in self.units:
            raise ParameterError(f"数据中没有学校 {code}，方案无法落实到填报表")
        return self.units[code]

    def stage_row(self, stage: str, code: str) -> Row:
        rows = self.unit(code).of_stage(stage)
        if not rows:
            raise ParameterError(f"学校 {code} 没有该学段的在校生，方案无法落实到填报表")
        return rows[0]

    # --- hires, purchases, building ---------------------------------------------------------------------

    def add(self, site: Site, methods: set[str], quantity: Fraction) -> None:
        code, stage = site
        shared = methods & set(SHARED_COLUMNS)
        for method in sorted(shared):
            self._add_shared(code, method, quantity)
        teachers = methods - shared
        unknown = teachers - {"above_standard_qualified_teachers", "backbone_teachers", "pe_arts_teachers"}
        if unknown:
            raise ParameterError(f"措施涉及的指标 {'、'.join(sorted(unknown))} 没有对应的填报列，无法落实")
        if not teachers:
            return
        row = self.stage_row(stage, code)
        if "above_standard_qualified_teachers" in teachers:
            for name in (f"{stage}_full_time_teachers", f"{stage}_{HIRED_DEGREE}", *PERSONAL):
                _change(row, name, quantity)
        if "backbone_teachers" in teachers:
            _change(row, f"{stage}_backbone_teachers", quantity)
        if "pe_arts_teachers" in teachers:
            for _ in range(int(quantity)):
                filed = [name for name in HIRED_SUBJECTS if _is_filed(row[f"{stage}_{name}"])]
                _change(row, f"{stage}_{min(filed, key=lambda name: row[f'{stage}_{name}'])}", Fraction(1))

    def _add_shared(self, code: str, method: str, quantity: Fraction) -> None:
        column = SHARED_COLUMNS[method]
        rows = [
            row for row in self.unit(code).rows if any(_known(row[f"{stage}_enrolment"]) for stage in Stage)
        ]
        split = any(
            cell.split
            and self.problem.rows[cell.row].school_code == code
            and self.methods[cell.indicator] == method
            for cell in self.problem.cells
        )
        if len(rows) == 1 or not split:
            _change(rows[0], column, quantity)
            return
        held = [sum((as_filed(row[name]) for name in numerator(method).columns), Fraction(0)) for row in rows]
        for row, part in zip(rows, _in_proportion(quantity, held), strict=True):
            _change(row, column, part)

    def add_rooms(self, code: str, kind: str, area: Fraction, quantity: Fraction) -> None:
        """Rooms of one area, in the band that holds it, at the main school."""
        for band in room_bands(kind):
            if band.from_m2 <= area and (band.below_m2 is None or area < band.below_m2):
                _change(self.unit(code).rows[0], band.field, quantity)

    # --- teachers who move ------------------------------------------------------------------------------

    def move(self, stage: str, start: str, end: str, methods: set[str]) -> None:
        """One person: every column that counts the person is one less there and one more here."""
        giver = next(
            (
                row
                for row in self.unit(start).of_stage(stage)
                if all(_held(row, names) for names in _wanted(stage, methods))
            ),
            self.stage_row(stage, start),
        )
        taker = self.stage_row(stage, end)
        names = [f"{stage}_full_time_teachers"]
        if "above_standard_qualified_teachers" in methods:
            names.append(next(iter(_held(giver, [f"{stage}_{name}" for name in DEGREES[stage]])), ""))
        if "backbone_teachers" in methods:
            names.append(f"{stage}_backbone_teachers")
        if "pe_arts_teachers" in methods:
            filed = _held(giver, [f"{stage}_{name}" for name in SUBJECTS])
            names.append(max(filed, key=lambda name: float(giver[name]), default=""))
        for name in [name for name in names if name]:
            _change(giver, name, Fraction(-1))
            _change(taker, name, Fraction(1))
        for name in PERSONAL:
            if _known(giver[name]):
                _change(giver, name, Fraction(-1))
                _change(taker, name, Fraction(1))

    # --- pupils and classes -----------------------------------------------------------------------------

    def rezone(self, stage: str, start: str, end: str, count: int) -> None:
        taker, left = self.stage_row(stage, end), count
        for giver in self.unit(start).of_stage(stage):
            part = min(left, int(giver[f"{stage}_enrolment"]))
            for name in (f"{stage}_enrolment", f"{stage}_catchment_enrolment"):
                if _is_filed(giver[name]) and _is_filed(taker[name]):
                    moved = min(part, int(giver[name]))
                    _change(giver, name, Fraction(-moved))
                    _change(taker, name, Fraction(moved))
            left -= part
        self.changed_classes |= {(stage, start), (stage, end)}

    def open_classes(self, stage: str, code: str, count: int) -> None:
        """Opened classes go to the rows that lack most of them."""
        limit = self.problem.class_size_limits[stage]
        rows = [row for row in self.unit(code).of_stage(stage) if _is_filed(row[f"{stage}_classes"])]
        for _ in range(count):
            crowded = max(
                rows, key=lambda row: float(row[f"{stage}_enrolment"]) - limit * row[f"{stage}_classes"]
            )
            _change(crowded, f"{stage}_classes", Fraction(1))
        self.changed_classes.add((stage, code))

    def divide_classes(self) -> None:
        """File even classes where pupils or classes changed or a class is above the limit and all can be held."""
        divided: dict[int, set[str]] = {}
        for row in self.problem.rows:
            limit = self.problem.class_size_limits.get(row.stage)
            if limit is None or row.school_code not in self.units:
                continue
            changed = (row.stage, row.school_code) in self.changed_classes
            for campus in self.unit(row.school_code).of_stage(row.stage):
                crowded = changed or _has_class_above(campus, row.stage, limit)
                if crowded and _divide_evenly(campus, row.stage, limit):
                    divided.setdefault(id(campus), set()).add(row.stage)
        for campus in self.rows:
            stages = divided.get(id(campus), set())
            for stage in stages:
                if _is_filed(campus[f"{stage}_largest_class_size"]):
                    campus[f"{stage}_largest_class_size"] = _even_class(campus, stage)
            if stages and _is_filed(campus["largest_class_size"]) and not _known(campus[SENIOR_ENROLMENT]):
                campus["largest_class_size"] = _largest_class(campus, stages)


def _wanted(stage: str, methods: set[str]) -> list[list[str]]:
    wanted = []
    if "above_standard_qualified_teachers" in methods:
        wanted.append([f"{stage}_{name}" for name in DEGREES[stage]])
    if "backbone_teachers" in methods:
        wanted.append([f"{stage}_backbone_teachers"])
    if "pe_arts_teachers" in methods:
        wanted.append([f"{stage}_{name}" for name in SUBJECTS])
    return wanted


def _held(row: Row, names: Sequence[str]) -> list[str]:
    return [name for name in names if _known(row[name])]


def _is_filed(value: Any) -> bool:
    return value is not None and not pd.isna(value)


def _known(value: Any) -> bool:
    """Filed and more than nothing."""
    return _is_filed(value) and float(value) > 0


def _change(row: Row, name: str, quantity: Fraction) -> None:
    if _is_filed(row[name]):
        row[name] = float(as_filed(float(row[name])) + quantity)


def _in_proportion(quantity: Fraction, held: Sequence[Fraction]) -> list[Fraction]:
    """``quantity`` in shares like ``held``, in whole units (hundredths where it is no whole number), without a rest.

    >>> _in_proportion(Fraction(10), [Fraction(3), Fraction(1)])
    [Fraction(8, 1), Fraction(2, 1)]
    """
    step = Fraction(1) if quantity.denominator == 1 else Fraction(1, 100)
    total = sum(held, Fraction(0))
    shares = [amount / total for amount in held] if total else [Fraction(1, len(held))] * len(held)
    parts = [quantity * share // step * step for share in shares]
    order = sorted(range(len(held)), key=lambda k: (parts[k] - quantity * shares[k], k))
    rest = quantity - sum(parts, Fraction(0))
    for position in order:
        taken = min(step, rest)
        parts[position] += taken
        rest -= taken
    return parts


def _has_class_above(row: Row, stage: str, limit: int) -> bool:
    return any(_known(row[band.field(stage)]) for band in class_bands() if band.smallest > limit)


def _divide_evenly(row: Row, stage: str, limit: int) -> bool:
    """Write bands of evenly divided classes; nothing where the row's classes cannot hold its pupils."""
    pupils, classes = row[f"{stage}_enrolment"], row[f"{stage}_classes"]
    if not _known(pupils) or not _known(classes) or pupils > limit * classes:
        return False
    size, larger = divmod(int(pupils), int(classes))
    counts = {size: int(classes) - larger, size + 1: larger}
    for band in class_bands():
        if _is_filed(row[band.field(stage)]):
            inside = sum(
                n for value, n in counts.items() if band.smallest <= value <= (band.largest or value)
            )
            row[band.field(stage)] = float(inside)
    return True


def _even_class(row: Row, stage: str) -> float:
    """The largest class of a stage whose pupils are divided evenly."""
    return float(-(-int(row[f"{stage}_enrolment"]) // int(row[f"{stage}_classes"])))


def _largest_class(row: Row, divided: set[str]) -> float:
    """The largest class of a row after some stages were divided evenly; other stages keep their highest band."""
    filed, sizes = float(row["largest_class_size"]), []
    for stage in Stage:
        if str(stage) in divided:
            sizes.append(_even_class(row, str(stage)))
            continue
        bands = [band.largest for band in class_bands() if _known(row[band.field(stage)])]
        if bands:
            sizes.append(min(filed, float(bands[-1] or filed)))
    return max(sizes)
