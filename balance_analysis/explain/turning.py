"""What would turn a verdict: the smallest change of a single filed cell, for schools and coefficients.

Every filed cell counts that bears on a verdict: each column of a numerator, indoor sports rooms (which two indicators
count), pupils of this stage (also across the minimum at which a school counts), pupils of a campus's other stages.
Changes are whole steps of what can be filed (one teacher, one pupil, 0.01 m²), found where a line is crossed and
decided exactly; cells of different kinds are compared by ``relative_change`` = |change| ÷ filed. Only one cell moves,
all others stay. Decision records 0012 and 0034.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from balance_analysis.exact import Floats, Number, Whole, as_filed
from balance_analysis.explain.cells import SCHOOL_COLUMNS, Cells
from balance_analysis.explain.filed import FILED_ROW, PUPILS, FiledCounty, Holding
from balance_analysis.explain.filed_verdicts import Coefficient, Judged, SchoolRule
from balance_analysis.explain.school_rules import FLOOR, LIMIT, SchoolRules
from balance_analysis.explain.variants import Exactly, Variant
from balance_analysis.terms import Outcome

NO_SINGLE_FIGURE = "no_single_figure"
TURNING = ("cell", "field", "filed", "step", "change", "changed_to", "relative_change", FILED_ROW)
_MOST_STEPS = 1e15
"""Changes of more steps than this are not looked for (whole numbers of floats end at 9e15)."""
_AT_ONCE = 32
"""About so many unclear changes are decided exactly before the verdicts are looked at again."""


@dataclass
class Candidates:
    """Changes that turn a verdict or may do so, by ``owner`` (the verdict's number), the smallest first."""

    owner: Whole
    row: Whole
    field: Whole
    number: Floats
    unclear: np.ndarray[Any, np.dtype[np.bool_]]
    relative: Floats

    @classmethod
    def joined(cls, parts: Sequence[Candidates]) -> Candidates:
        """All parts, sorted by owner, relative change (from zero: last), steps, row and field."""
        names = ("owner", "row", "field", "number", "unclear", "relative")
        every = [np.concatenate([getattr(part, name) for part in parts]) for name in names]
        owner, row, field, number, _, relative = every
        order = np.lexsort((field, row, np.abs(number), relative, owner))
        return cls(*(column[order] for column in every))


def smallest_changes(
    county: FiledCounty,
    fields: Sequence[str],
    roots: Callable[[str], list[Floats]],
    judge: Callable[[str, Floats], Judged],
    now: Floats,
    owner: Whole,
    exactly: Callable[[Sequence[Variant]], list[bool | None]],
    direction: Floats | None = None,
) -> dict[int, tuple[int, str, int]]:
    """The smallest change that turns each verdict: owner → row, field, steps.

    ``now`` holds per row 1 where the verdict holds, 0 where not, NaN where it cannot be judged; ``owner`` the number
    of the verdict that a row belongs to (−1: none). ``direction`` (1 or −1 per row) leaves only changes that way.
    """
    parts = []
    for place, field in enumerate(fields):
        part = _candidates(county, place, field, roots(field), judge, now, owner, direction)
        if len(part.owner):
            parts.append(part)
    if not parts:
        return {}
    found = Candidates.joined(parts)
    starts = np.flatnonzero(np.diff(found.owner, prepend=-1))
    ends = np.append(starts[1:], len(found.owner))
    rejected = np.zeros(len(found.owner), dtype=bool)
    pointer, chosen = starts.copy(), dict[int, tuple[int, str, int]]()
    waiting = list(range(len(starts)))
    while waiting:
        asked: list[tuple[int, int]] = []
        for verdict in waiting:
            stop = min(int(ends[verdict]), int(pointer[verdict]) + _AT_ONCE // len(waiting) + 2)
            asked += [
                (verdict, position)
                for position in range(int(pointer[verdict]), stop)
                if found.unclear[position]
            ]
        variants = [_variant(county, fields, found, position) for _, position in asked]
        answers = exactly(variants) if variants else []
        for (_, position), holds in zip(asked, answers, strict=True):
            found.unclear[position] = False
            rejected[position] = holds is None or holds == bool(now[found.row[position]])
        left = []
        for verdict in waiting:
            while pointer[verdict] < ends[verdict] and rejected[pointer[verdict]]:
                pointer[verdict] += 1
            position = int(pointer[verdict])
            if position < ends[verdict] and found.unclear[position]:
                left.append(verdict)
            elif position < ends[verdict]:
                cell = int(found.row[position]), fields[int(found.field[position])]
                chosen[int(found.owner[position])] = (*cell, int(found.number[position]))
        waiting = left
    return chosen


def _variant(county: FiledCounty, fields: Sequence[str], found: Candidates, position: int) -> Variant:
    field = fields[int(found.field[position])]
    return int(found.row[position]), field, county.steps[field] * int(found.number[position])


def _candidates(
    county: FiledCounty,
    place: int,
    field: str,
    roots: Sequence[Floats],
    judge: Callable[[str, Floats], Judged],
    now: Floats,
    owner: Whole,
    direction: Floats | None,
) -> Candidates:
    """Whole steps of one field next to where something may turn, and which of them turn the verdict."""
    filed, step = county.filed(field), county.steps[field]
    size = float(step)
    columns = [root / size for root in [*roots, *_jumps(county, field)]]
    with np.errstate(invalid="ignore"):
        near = np.rint(np.column_stack(columns)) if columns else np.empty((len(filed), 0))
    lowest = np.floor(filed / size * (1 + 1e-12))
    near = np.column_stack([near - 1, near, near + 1, np.ones(len(filed)), -np.ones(len(filed)), -lowest])
    usable = (np.abs(near) < _MOST_STEPS) & (near != 0) & (near >= -lowest[:, None])
    usable &= (~np.isnan(filed) & (owner >= 0) & ~np.isnan(now))[:, None]
    if direction is not None:
        usable &= np.sign(near) == direction[:, None]
    rows = np.flatnonzero(usable.any(axis=1))
    numbers = np.where(usable, near, 0.0)
    judged = judge(field, numbers * size)
    turned = usable & judged.known & (judged.unclear | (judged.holds != (now[:, None] == 1)))
    row, column = np.nonzero(turned[rows])
    row = rows[row]
    number = numbers[row, column]
    relative: Floats = np.full(len(row), np.inf)
    np.divide(
        np.abs(number) * step.numerator / step.denominator, filed[row], out=relative, where=filed[row] > 0
    )
    return Candidates(
        owner[row], row, np.full(len(row), place), number, judged.unclear[row, column], relative
    )


def _jumps(county: FiledCounty, field: str) -> Iterator[Floats]:
    """Changes of pupils at which a campus, a school or a concession starts or ceases to count."""
    if field not in PUPILS:
        for holding in county.holdings:
            if field in holding.per_amount:
                slope = holding.per_amount[field]
                ends: Floats = np.full(len(slope), np.nan)
                np.divide(-holding.amount, slope, out=ends, where=slope < 0)
                yield ends
        return
    of_stage = next((holding for holding in county.holdings if holding.own_field == field), None)
    if of_stage is not None:
        pupils = of_stage.rest[0] + np.where(of_stage.pupils > 0, of_stage.pupils, 0.0)
        yield of_stage.minimum - pupils
    for conceded in {id(one.conceded): one.conceded for one in county.holdings if one.conceded}.values():
        yield conceded.lowest - conceded.pupils
        yield conceded.highest - conceded.pupils


# --- frames ----------------------------------------------------------------------------------------------


def school_rules_of(county: FiledCounty, judged: pd.DataFrame, required: int) -> dict[str, SchoolRule]:
    """The rule of the schools by stage, with the limits and floors of the judged indicators."""
    limited = judged[judged["limit"].notna()].drop_duplicates(["stage", "indicator"])
    found: dict[str, SchoolRule] = {}
    for stage, rows in limited.groupby("stage", sort=False):
        lines = {
            str(row["indicator"]): (as_filed(float(row["limit"])), as_filed(float(row["floor"])))
            for row in rows.to_dict("records")
        }
        holdings = [one for one in county.holdings if one.stage == stage and one.indicator.id in lines]
        found[str(stage)] = SchoolRule(tuple(holdings), lines, required)
    return found


def coefficients_of(county: FiledCounty, limits: Mapping[tuple[str, str], Number]) -> list[Coefficient]:
    """The coefficients that have a limit and some school that counts."""
    return [
        Coefficient(holding, limits[holding.key])
        for holding in county.holdings
        if holding.key in limits and holding.counted.any()
    ]


def school_turning(
    county: FiledCounty,
    rules: SchoolRules,
    by_stage: Mapping[str, SchoolRule],
    exactly: Exactly,
    *,
    most: int,
) -> pd.DataFrame:
    """Return, for ``most`` schools of each stage, the smallest change of a filed cell that turns their verdict.

    Those with the smallest relative changes are kept, then those without one. A school that leaves the county has no
    verdict, which is no turn. Columns: school key, outcome, indicator (whose line is crossed), line (``limit`` or
    ``floor``), limit (the value of that line), those of :data:`TURNING`, reason (``no_single_figure`` where no cell
    turns the verdict; why it is not assessable).
    """
    frame = rules.schools.assign(outcome=rules.outcome, reason=rules.reason)
    number = {code: school for school, code in enumerate(county.counted.of_heads("school_code"))}
    school = np.array([number[code] for code in frame["school_code"]], dtype=np.int64)
    records: dict[int, dict[str, Any]] = {}
    for stage, rule in by_stage.items():
        of_stage = np.flatnonzero((frame["stage"] == stage).to_numpy())
        places = of_stage[(frame["outcome"] != Outcome.NOT_ASSESSABLE.value).to_numpy()[of_stage]]
        owner_of: Whole = np.full(county.counted.number, -1)
        owner_of[school[places]] = places
        outcome = np.where(rules.holds, 1.0, 0.0)
        owner = owner_of[county.counted.school]
        now = np.where(owner >= 0, outcome[owner], np.nan)
        fields = [field for field in county.fields if rule.bears(field)]
        found = smallest_changes(
            county, fields, rule.roots, rule.judge, now, owner,
            partial(exactly.schools, stage=stage, lines=rule.lines, required=rule.required),
        )  # fmt: skip
        relative = [
            _relative(county, *found[place]) if place in found else np.nan for place in of_stage.tolist()
        ]
        kept = of_stage[np.argsort(relative, kind="stable")[:most]].tolist()
        found = {place: found[place] for place in kept if place in found}
        crossed = crossed_lines(county, rule, found)
        for place in kept:
            figures = _figures(county, *found[place]) if place in found else {}
            records[place] = figures | crossed.get(place, {})
    shown = sorted(records)
    columns = ["indicator", "line", "limit", *TURNING]
    added = pd.DataFrame.from_records([records[place] for place in shown], columns=columns)
    frame = frame.iloc[shown].reset_index(drop=True).join(added)
    frame["reason"] = frame["reason"].where(frame["cell"].isna(), "")
    nothing = frame["cell"].isna() & (frame["reason"] == "")
    frame["reason"] = frame["reason"].mask(nothing, NO_SINGLE_FIGURE)
    return frame


def _relative(county: FiledCounty, row: int, field: str, number: int) -> float:
    filed = float(county.filed(field)[row])
    return abs(float(county.steps[field] * number)) / filed if filed > 0 else float("nan")


def _figures(county: FiledCounty, row: int, field: str, number: int) -> dict[str, Any]:
    step = county.steps[field]
    filed, change = float(county.filed(field)[row]), step * number
    return {
        "cell": "enrolment" if field in PUPILS else "amount",
        "field": field,
        "filed": filed,
        "step": float(step),
        "change": float(change),
        "changed_to": float(as_filed(filed) + change),
        "relative_change": _relative(county, row, field, number),
        FILED_ROW: county.filed_rows[row],
    }


def crossed_lines(
    county: FiledCounty, rule: SchoolRule, found: Mapping[int, tuple[int, str, int]]
) -> dict[int, dict[str, Any]]:
    """The line that each change crosses: a floor where that is what fails, else a limit; of several the first."""
    result: dict[int, dict[str, Any]] = {}
    for field in dict.fromkeys(cell[1] for cell in found.values()):
        mine = {row: place for place, (row, one, _) in found.items() if one == field}
        steps: Floats = np.zeros((len(county.counted.rows), 2))
        for row, place in mine.items():
            number = found[place][2]
            steps[row] = number, number - np.sign(number)
        levels = rule.levels(field, steps * float(county.steps[field]))[0]
        for row, place in mine.items():
            worse, better = np.sort(levels[:, row], axis=1).T
            moved = np.flatnonzero(worse != better)
            if len(moved):
                which = moved[int(np.argmin(worse[moved]))]
                indicator = rule.holdings[which].indicator.id
                limit, floor = rule.lines[indicator]
                below = worse[which] == 0 and floor != limit
                result[place] = {
                    "indicator": indicator,
                    "line": FLOOR if below else LIMIT,
                    "limit": float(floor if below else limit),
                }
    return result


def coefficient_turning(
    county: FiledCounty, table: Cells, coefficients: Sequence[Coefficient], exactly: Exactly
) -> pd.DataFrame:
    """Return, for every coefficient with a limit, the smallest change of a filed cell that turns its verdict.

    Columns: cell key, limit, outcome, school columns (of the school that the cell belongs to), those of
    :data:`TURNING`, reason (``no_single_figure`` where none turns it; why the coefficient is not assessable).
    """
    by_key = {coefficient.holding.key: coefficient for coefficient in coefficients}
    heads = county.counted.rows.iloc[county.counted.head]
    records = []
    for cell in table:
        coefficient = by_key.get((str(cell.key["stage"]), str(cell.key["indicator"])))
        if coefficient is None:
            continue
        base: dict[str, Any] = {
            **cell.key,
            "limit": float(as_filed(coefficient.limit)),
            "reason": cell.reason,
        }
        if cell.reason:
            records.append({**base, "outcome": Outcome.NOT_ASSESSABLE.value})
            continue
        holds = bool(coefficient.now(exactly)[0])
        base["outcome"] = (Outcome.MET if holds else Outcome.NOT_MET).value
        found = _coefficient_change(county, coefficient, exactly, holds)
        if found is None:
            records.append({**base, "reason": NO_SINGLE_FIGURE})
            continue
        school = heads.iloc[county.counted.school[found[0]]]
        names = {name: school[name] for name in SCHOOL_COLUMNS if name in table.school_columns}
        records.append({**base, **names, **_figures(county, *found)})
    columns = [*table.keys, "limit", "outcome", *table.school_columns, *TURNING, "reason"]
    return pd.DataFrame.from_records(records, columns=columns)


def _coefficient_change(
    county: FiledCounty, coefficient: Coefficient, exactly: Exactly, holds: bool
) -> tuple[int, str, int] | None:
    holding: Holding = coefficient.holding
    rows = len(holding.school)
    found = smallest_changes(
        county,
        holding.fields,
        coefficient.roots,
        lambda field, change: coefficient.judge(holding.after(field, change)),
        np.full(rows, float(holds)),
        np.where(np.isnan(holding.pupils), -1, 0),
        lambda variants: exactly.coefficients(variants, holding.key, coefficient.limit),
    )
    return found.get(0)


def what_would_turn(schools: pd.DataFrame, coefficients: pd.DataFrame, keys: Sequence[str]) -> pd.DataFrame:
    """Return one list of the verdicts and the smallest single cell that turns each, the closest first.

    Takes the frames of :func:`school_turning` and :func:`coefficient_turning`: one row per school and stage
    (``subject`` = ``school``) and one per coefficient (``coefficient``), for which the school columns say where the
    cell is filed. Columns: subject, division_code, county, year, stage, indicator, limit, school columns, outcome,
    outcome_then, line, those of :data:`TURNING`, reason.
    """
    order = [
        "subject", *keys, "limit", *SCHOOL_COLUMNS, "outcome", "outcome_then", "line", *TURNING, "reason",
    ]  # fmt: skip
    parts = [
        part.assign(subject=subject)
        for subject, part in (("school", schools), ("coefficient", coefficients))
        if not part.empty
    ]
    if not parts:
        return pd.DataFrame(columns=order)
    frame = pd.concat([part.reindex(columns=order).astype(object) for part in parts], ignore_index=True)
    turned = {Outcome.MET.value: Outcome.NOT_MET.value, Outcome.NOT_MET.value: Outcome.MET.value}
    frame["outcome_then"] = frame["outcome"].map(turned).where(frame["cell"].notna())
    numbers = ["limit", "filed", "step", "change", "changed_to", "relative_change"]
    frame[numbers] = frame[numbers].astype(float)
    ordered = [name for name in ("division_code", "year", "stage") if name in frame.columns]
    return frame.sort_values(
        [*ordered, "relative_change", "subject"], kind="stable", na_position="last"
    ).reset_index(drop=True)
