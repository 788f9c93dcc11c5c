"""Small counties of both laws against a program of its own: one exact reading of the regulation in fractions.

    python benchmarks/exact_counties.py [--counties 60] [--turning 3] [--headroom 40]

``counties``: so many drawn counties of each law (nine-year, twelve-year and complete schools, campuses, sports grounds without pupils,
sites of 49 to 51 pupils, sponsors of every code): coefficients, the composite and every school's verdict. ``turning``: brute
force over every single filed cell of so many counties of 2017: does a smaller change than the stated one turn a verdict?
``headroom``: pupil by pupil at each campus of several-stage schools with a merged campus of one stage. Nothing of the
package is used to find what is expected (``tests/exact_law.py``). The last line of each part counts the differences; any makes the exit code 1.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Iterator
from math import isnan
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from balance_analysis.explain.diagnosis import Diagnosis
from tests.county_tables import assess, records, regime_2012, regime_2017, school
from tests.exact_law import (
    AREA,
    BOOKS,
    COMPUTERS,
    DEGREES,
    GROUND,
    HUNDREDTHS,
    INDICATORS,
    INDOOR,
    NEW,
    OF_TYPE,
    OLD,
    OTHER,
    ROOMS,
    STAGES,
    VALUE,
    WHOLE,
    Row,
    Verdicts,
    expected,
)

LAWS = {NEW: regime_2017, OLD: regime_2012}


# --- drawn counties ------------------------------------------------------------------------------------------


def figures(draw: random.Random, stages: tuple[str, ...], pupils: int) -> Row:
    """About what the limits ask for, so that verdicts lie on both sides."""
    share = draw.choice((0.7, 0.95, 1.05, 1.5))
    found: Row = {
        AREA: round(5 * pupils * share + 10, 1), INDOOR: float(draw.choice((0, 12.5))),
        GROUND: round(8.6 * pupils * draw.choice((0.85, 1, 1.2)), 1),
        VALUE: round(0.22 * pupils * draw.choice((0.9, 1.1, 1.5)), 1),
        ROOMS: max(1, round(0.024 * pupils * draw.choice((0.9, 1.3)))),
        COMPUTERS: round(0.15 * pupils * draw.choice((0.5, 1, 2))), BOOKS: round(20 * pupils * draw.choice((0.6, 1, 1.7))),
    }  # fmt: skip
    for stage in stages:
        found |= {
            f"{stage}_enrolment": pupils // len(stages) + draw.randint(-3, 3),
            **{f"{stage}_teachers_{degree}": draw.randint(low, high) for degree, low, high in (("bachelor", 2, 5), ("master", 0, 1))},
            **{f"{stage}_{kind}_teachers": draw.randint(low, high) for kind, low, high in (
                ("backbone", 0, 2), ("pe", 0, 1), ("music", 0, 1), ("full_time", 5, 9), ("intermediate_title", 1, 5))},
        }  # fmt: skip
    return found


def ground(code: str, main: str, **given: Any) -> Row:
    """A campus without pupils."""
    nothing = {name: 0 for name in school() if name.startswith("primary_")} | dict.fromkeys(WHOLE, 0)
    return school(code, counted_as_school=False, main_school_code=main, **nothing | given)


def drawn_county(seed: int, law: str, *, sponsors: bool) -> list[Row]:
    """Six to eight schools and a campus of one of four kinds."""
    draw = random.Random(f"{law} {seed}")
    primary, junior = STAGES[:1], STAGES[1:]
    rows = [
        school("A1", **figures(draw, primary, draw.randint(50, 66))),
        school("A2", **figures(draw, primary, draw.randint(70, 85))),
        school("S1", "teaching_site", **figures(draw, primary, 52) | {"primary_enrolment": draw.choice((49, 50, 51))}),
        school("N1", "nine_year", **figures(draw, STAGES, draw.randint(80, 110))),
        school("J1", "junior_secondary_school", **figures(draw, junior, draw.randint(45, 60))),
        school("C1", "complete_secondary", **figures(draw, junior, 60), senior_secondary_enrolment=draw.randint(20, 50)),
    ]  # fmt: skip
    away: Row = {"counted_as_school": False}
    rows.append(
        (
            lambda: school("c9", "nine_year", **away, main_school_code="N1", **figures(draw, STAGES, 44)),
            lambda: school("c9", **away, main_school_code="N1", **figures(draw, primary, 33)),
            lambda: school("c9", **away, main_school_code="S1", **figures(draw, primary, 6) | {"primary_enrolment": 3}),
            lambda: ground("c9", "A1", **{GROUND: 120.5, VALUE: 0.5}),
        )[draw.randrange(4)]()
    )  # fmt: skip
    if sponsors:
        for row in rows:
            if draw.random() < 0.4:
                row["sponsor_type"] = str(draw.randint(1, 10))
        if seed % 4 == 1:
            blank = dict.fromkeys((AREA, VALUE, BOOKS), float("nan"))
            rows.append(ground("g1", "N1", **blank | {INDOOR: 0.1, GROUND: 333.3, ROOMS: 1, COMPUTERS: 2}))
    return rows


def compare_counties(number: int) -> Iterator[str]:
    """Coefficients, the composite and every school of so many counties of each law."""
    tried = 0
    for law, regime in LAWS.items():
        for seed in range(number):
            rows = drawn_county(seed, law, sponsors=True)
            county, (verdicts, squares) = assess(*rows, regime=regime()), expected(rows, law)
            found: Verdicts = {}
            for stage in STAGES:
                mine = [row for row in records(county.coefficients) if row["stage"] == stage]
                each = [row for row in mine if row["indicator"] != "composite"]
                for row, (name, *_) in zip(each, INDICATORS[law], strict=False):
                    square = squares[stage, name]
                    tried += 1
                    same = (
                        isnan(row["cv"]) if square is None else abs(float(square) ** 0.5 - row["cv"]) < 1e-12
                    )
                    if not same:
                        yield f"{law} {seed} {stage} {name}: {row['cv']}, expected the root of {square}"
                    found["coefficient", stage, name] = row["outcome"]
                for row in mine:
                    if row["indicator"] == "composite":
                        found["coefficient", stage, "composite"] = row["outcome"]
            for row in records(county.schools):
                found["school", row["stage"], row["school_code"]] = row["outcome"]
            for verdict, outcome in verdicts.items():
                tried += 1
                if found.get(verdict) != outcome:
                    yield f"{law} {seed} {verdict}: {found.get(verdict)}, expected {outcome}"
    print(f"counties: {2 * number}, {tried} values and verdicts")


# --- turning figures and headroom ----------------------------------------------------------------------------


def compare_turning(number: int) -> Iterator[str]:
    """Every single cell of counties of 2017, up to the largest stated change."""
    names = {f"{stage}_teachers_{degree}" for stage in STAGES for degree in DEGREES[stage]}
    names |= {
        f"{stage}_{kind}_teachers"
        for stage in STAGES
        for kind in ("backbone", "pe", "music", "fine_arts", "arts")
    }
    names |= {
        AREA,
        INDOOR,
        GROUND,
        VALUE,
        ROOMS,
        *(f"{stage}_enrolment" for stage in (*STAGES, "senior_secondary")),
    }
    for seed in range(number):
        rows = drawn_county(seed, NEW, sponsors=False)
        stated = {
            (row["subject"], row["stage"], row["indicator"] if row["subject"] == "coefficient" else row["school_code"]): row
            for row in records(Diagnosis(assess(*rows)).turning)
        }  # fmt: skip
        now = expected(rows, NEW)[0]
        for verdict in stated.keys() | now.keys():
            if now.get(verdict) != (stated[verdict]["outcome"] if verdict in stated else "not_assessable"):
                yield f"turning {seed} {verdict}: stated {stated.get(verdict)}, expected {now.get(verdict)}"
        changes = sorted({row["relative_change"] for row in stated.values() if row["relative_change"] > 0})
        best, tried = dict.fromkeys(stated, float("inf")), 0
        for place, row in enumerate(rows):
            for name in sorted(names & row.keys()):
                if not row[name] > 0:
                    continue
                step = 0.01 if name in HUNDREDTHS else 1.0
                most = int(min(changes[-1], 1.5) * row[name] / step) + 1
                steps = {*range(1, min(most, 25) + 1), *(most * part // 14 for part in range(1, 15))}
                steps |= {round(one * row[name] / step) + beside for one in changes for beside in (-1, 0)}
                for value in sorted(
                    {round(row[name] + sign * k * step, 2) for k in steps if k > 0 for sign in (1, -1)}
                ):
                    share = abs(value - row[name]) / row[name]
                    if value < 0 or share >= max(best.values()) or (name == INDOOR and value > row[AREA]):
                        continue
                    tried += 1
                    changed = [dict(one) for one in rows]
                    changed[place][name] = value
                    then = expected(changed, NEW)[0]
                    for verdict, one in stated.items():
                        if then.get(verdict) == OTHER.get(one["outcome"]):
                            best[verdict] = min(best[verdict], share)
        for verdict, one in stated.items():
            said = one["relative_change"] if one["relative_change"] > 0 else float("inf")
            if best[verdict] != said and not abs(best[verdict] - said) <= 1e-9 * said:
                yield f"turning {seed} {verdict}: stated {said} ({one['field']}), found {best[verdict]}"
        print(f"turning: county {seed}, {len(stated)} verdicts, {tried} changed cells")


def compare_headroom(number: int) -> Iterator[str]:
    """Pupil by pupil at each campus, until the verdict of the school turns."""
    kinds = (("nine_year", 0), ("nine_year", 1), ("twelve_year", 0), ("complete_secondary", 1))
    for seed in range(number):
        draw = random.Random(f"headroom {seed}")
        kind, which = kinds[seed % 4]
        stage, field = STAGES[which], f"{STAGES[which]}_enrolment"
        scale = draw.choice((0.85, 1.0, 1.3)) if seed % 3 else 0.6

        def held(
            pupils: int, stages: tuple[str, ...], draw: random.Random = draw, scale: float = scale
        ) -> Row:
            found: Row = {
                AREA: round(pupils * draw.uniform(6, 10) * scale, 1),
                INDOOR: float(draw.choice((0, 30.5))),
            }
            found |= {
                GROUND: round(pupils * draw.uniform(9, 16) * scale, 1),
                VALUE: round(pupils * draw.uniform(0.25, 0.5) * scale, 2),
            }
            found[ROOMS] = int(pupils * draw.uniform(0.03, 0.06) * scale) + 1
            for one, per, least in (
                ("teachers_bachelor", 0.08, 2),
                ("backbone_teachers", 0.03, 1),
                ("pe_teachers", 0.02, 1),
            ):
                found |= {f"{name}_{one}": int(pupils * per * scale) + least for name in stages}
            return found

        pupils, campus = [draw.randint(150, 500), draw.randint(100, 300)], draw.randint(60, 240)
        own = {f"{name}_enrolment": pupils[STAGES.index(name)] for name in OF_TYPE[kind]}
        if kind in ("twelve_year", "complete_secondary"):
            own["senior_secondary_enrolment"] = draw.randint(80, 250)
        of_campus = ("primary_school", "junior_secondary_school")[which]
        rows = [
            school("n1", kind, **held(sum(own.values()), OF_TYPE[kind]) | own),
            school("c1", of_campus, counted_as_school=False, main_school_code="n1", **held(campus, (stage,)) | {field: campus}),
            school("p1"), school("p2"), school("j1", "junior_secondary_school"), school("j2", "junior_secondary_school"),
        ]  # fmt: skip
        said = next(
            row
            for row in records(Diagnosis(assess(*rows)).headroom)
            if (row["school_code"], row["stage"]) == ("n1", stage)
        )
        verdict = ("school", stage, "n1")
        meets = expected(rows, NEW)[0][verdict] == "met"
        found: dict[str, int] = {}
        for place in (0, 1):
            for k in range(1, 3000) if meets else range(-1, -rows[place][field] - 1, -1):
                changed = [dict(row) for row in rows]
                changed[place][field] += k
                if expected(changed, NEW)[0].get(verdict) == ("not_met" if meets else "met"):
                    found[rows[place]["school_code"]] = k - 1 if meets else k
                    break
        nowhere = -sum(rows[place][field] for place in (0, 1))
        true = (min if meets else max)(found.values(), default=nowhere)
        if said["indicator_headroom"] != true or found.get(said["campus"], nowhere) != true:
            yield f"headroom {seed} {kind} {stage}: {said['indicator_headroom']} at {said['campus']}, expected {found}"
    print(f"headroom: {number} merged schools")


def main() -> int:
    """Compare and print what differs."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--counties", type=int, default=60, help="drawn counties of each law")
    parser.add_argument("--turning", type=int, default=3, help="counties of which every cell is moved")
    parser.add_argument("--headroom", type=int, default=40, help="schools with a merged campus")
    options = parser.parse_args()
    differences = 0
    parts = (
        (compare_counties, options.counties),
        (compare_turning, options.turning),
        (compare_headroom, options.headroom),
    )
    for compare, number in parts:
        start = time.perf_counter()
        found = list(compare(number))
        print("\n".join([*found, f"  {len(found)} differences, {time.perf_counter() - start:.0f} s"]))
        differences += len(found)
    return int(differences > 0)


if __name__ == "__main__":
    sys.exit(main())
