"""Do stated probabilities come true? Reliability of the projection on years it has not seen.

    python benchmarks/calibration.py [--schools ../shared/data/taiwan_elementary/schools_109_113.csv] [--series FILE.csv]

Three tables: single coefficients, "every school passes", and the county as a whole; on simulated counties of several
kinds and on real records. Every series is cut after each year from the fourth figure on (real ones of five years from the
third), projected from what lies before, and compared with what came; the limits stand at several distances from the
last figure. A column is one bin of stated probabilities: number of cases, and how many points more (+) or
fewer (−) came true than were stated. ``--series`` tries other records: series, year, value, limit (blank: the usual
distances), relation (``at_most`` where blank), and n_schools for shares of passing schools.

Before decision record 0025, 5,544 unseen cases of 66 real series: of probabilities from 0.9 on 86 % held, of those below
0.1 13 % came true.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from balance_analysis.exact import Floats
from balance_analysis.explain.cells import squared_cv
from balance_analysis.explain.joint import joint_probability
from balance_analysis.explain.movement import Movement
from balance_analysis.explain.passing import (
    COUNT_TRANSITIONS,
    SCHOOL_TRANSITIONS,
    Passing,
    count_transitions,
    school_transitions,
)
from balance_analysis.explain.priors import movement_prior, passing_prior
from balance_analysis.explain.projection import CutOffs, project_series
from balance_analysis.terms import Relation

ROOT = Path(__file__).resolve().parents[1]
SCHOOLS = ROOT.parent / "shared" / "data" / "taiwan_elementary" / "schools_109_113.csv"
FAR = (0.6, 0.7, 0.8, 0.9, 0.95, 0.97, 0.99, 1.01, 1.03, 1.05, 1.1, 1.2, 1.3, 1.5)
NEAR = (0.96, 0.97, 0.98, 0.985, 0.99, 0.995, 1.005, 1.01, 1.015, 1.02, 1.03, 1.04)
"""Limits as multiples of the last figure. Close to it, a scale that a few quiet years made too small is found out."""
FIRST, LONGEST, YEARS = 4, 6, 10
HELD_OUT = 4
"""The prior of the real series was taken from their fourth year; what is foretold from here on no choice has seen."""
Case = tuple[float, bool]


def table(title: str, cases: Sequence[Case]) -> str:
    """One line: cases, Brier score, the two ends, and each bin of stated probabilities."""
    stated, held = np.array([one[0] for one in cases]), np.array([one[1] for one in cases])
    place = np.minimum((stated * 10).astype(int), 9)
    bins = []
    for number in range(10):
        inside = place == number
        share = f"{100 * (held[inside].mean() - stated[inside].mean()):+3.0f}" if inside.any() else "  ."
        bins.append(f"{int(inside.sum()):6d}{share}")
    ends = [
        f"{100 * held[chosen].mean():5.1f}" if chosen.any() else "    ."
        for chosen in (stated >= 0.9, stated < 0.1)
    ]
    score = float(((stated - held) ** 2).mean())
    return f"{title:34}{len(cases):7d} {score:.4f} {ends[0]} {ends[1]} {''.join(bins)}"


def heading(subject: str) -> str:
    """The line above the tables of one subject."""
    bins = "".join(f"{f'{number / 10:.1f}–':>9}" for number in range(10))
    return f"\n{subject:34}  cases  Brier  ≥0.9  <0.1 {bins}"


# --- coefficients ------------------------------------------------------------------------------------------


def moving_series(draw: np.random.Generator, number: int) -> dict[str, Floats]:
    """Coefficients of several kinds, one row per series: where they start, how they move, jump or return."""
    shape = (number, YEARS)
    start, scale = draw.uniform(0.2, 0.9, (number, 1)), np.exp(draw.normal(np.log(0.04), 0.6, (number, 1)))
    steps, heavy = draw.standard_normal(shape), draw.standard_t(3, shape) / np.sqrt(3)
    returning = np.zeros(shape)
    for year in range(YEARS):
        before = returning[:, year - 1] if year else scale[:, 0] * draw.standard_normal(number) / 0.8
        returning[:, year] = 0.6 * before + scale[:, 0] * steps[:, year]
    jumps = (draw.random(shape) < 0.08) * draw.normal(0, 0.25, shape)
    drift = draw.normal(0, 0.6, (number, 1)) * scale
    moves = {
        "random walk": np.cumsum(scale * steps, axis=1),
        "random walk, fat tails": np.cumsum(scale * heavy, axis=1),
        "mean-reverting": returning,
        "random walk with drift": np.cumsum(scale * steps + drift, axis=1),
        "trend and noise": np.arange(YEARS) * draw.normal(0, 0.03, (number, 1)) + scale * steps,
        "noise around a level": scale * steps,
        "random walk with level shifts": np.cumsum(0.6 * scale * steps + jumps, axis=1),
    }
    return {name: start * np.exp(move) for name, move in moves.items()}


def coefficient_cases(
    rows: Floats,
    *,
    distances: Sequence[float] = FAR,
    first: int = FIRST,
    measure: str = "cv",
    limits: Sequence[float] = (),
    relation: Relation = Relation.AT_MOST,
    schools: Sequence[float] = (),
) -> Iterator[Case]:
    """Every origin from ``first`` on, horizon and limit of yearly series (rows) of so many ``schools``.

    ``limits`` instead of ``distances``.
    """
    for values, number in zip(rows, schools or [None] * len(rows), strict=True):
        years = np.arange(len(values), dtype=np.int64)
        for origin in range(first, len(values)):
            prior = movement_prior(measure)
            model = Movement.of(years[:origin], values[:origin], prior, schools=number)
            for later in range(origin, min(origin + LONGEST, len(values))):
                for limit in limits or [values[origin - 1] * distance for distance in distances]:
                    stated = model.probability(later - origin + 1, limit, relation)
                    held = values[later] >= limit if relation is Relation.AT_LEAST else values[later] <= limit
                    yield stated, bool(held)


def real_schools(path: Path) -> pd.DataFrame:
    """Schools by year with pupils, and classes, teachers and staff per 100 of them."""
    rows = pd.read_csv(path, dtype=str, encoding="utf-8-sig")
    names = ["students", "classes", "teachers", "staff", "school_year"]
    rows[names] = rows[names].apply(lambda column: pd.to_numeric(column.str.strip()))
    return rows[(rows["students"] > 0) & (rows["teachers"] > 0)]


GROUPINGS = {
    "counties": ["county"],
    "townships": ["county", "township"],
    "remoteness": ["county", "remote_113"],
}
WHAT = ("classes", "teachers", "staff")


def real_coefficients(
    schools: pd.DataFrame, by: Sequence[str], measure: str
) -> dict[tuple[str, ...], Floats]:
    """(group, what is counted) → yearly coefficient or mean, for groups of at least five schools in every year."""
    found = {}
    years = schools["school_year"].nunique()
    for key, group in schools.groupby(list(by)):
        if group.groupby("school_year").size().min() < 5 or group["school_year"].nunique() < years:
            continue
        for what in WHAT:
            values = []
            for _, year in group.groupby("school_year"):
                amount, pupils = year[what].to_numpy(np.float64), year["students"].to_numpy(np.float64)
                mean = float(amount.sum() / pupils.sum())
                values.append(mean if measure == "mean" else squared_cv(amount, pupils) ** 0.5)
            found[(*map(str, key), what)] = np.array(values)
    return found


def schools_of(schools: pd.DataFrame, by: Sequence[str]) -> dict[tuple[str, ...], float]:
    """How many schools the groups of :func:`real_coefficients` have in the mean of the years, by the same keys."""
    sizes = schools.groupby([*by, "school_year"]).size().groupby(list(by)).mean()
    keys = [key if isinstance(key, tuple) else (key,) for key in sizes.index]
    return {
        (*map(str, key), what): float(size) for key, size in zip(keys, sizes, strict=True) for what in WHAT
    }


# --- every school passes -----------------------------------------------------------------------------------


def simulated_slacks(draw: np.random.Generator, number: int) -> Iterator[Floats]:
    """Schools × years: how far each school's rule is from failing (below zero it fails)."""
    for kind in np.arange(number) % 3:
        schools = int(draw.choice([8, 12, 20, 40, 65, 100]))
        rise, scale = draw.uniform(-0.02, 0.05), draw.uniform(0.02, 0.1)
        common = draw.uniform(0, 0.5) * scale * draw.standard_normal(YEARS)
        start = draw.uniform(0.05, 0.6) + draw.uniform(0.1, 0.35) * draw.standard_normal((schools, 1))
        own = draw.standard_normal((schools, YEARS))
        if kind == 1:
            yield start + rise * np.arange(YEARS) + np.cumsum(common) + scale * own
        else:
            heavy = 0.6 * draw.standard_t(2.5, (schools, YEARS))
            yield start + np.cumsum(rise + common + scale * (heavy if kind else own), axis=1)


def real_slacks(schools: pd.DataFrame, by: Sequence[str]) -> Iterator[Floats]:
    """The same for real schools: two of three figures at a limit tried out, the third at 85 % of it at least.

    Limits stand at quantiles of the first two years and beside them.
    """
    per_pupil = schools.assign(**{what: 100 * schools[what] / schools["students"] for what in WHAT})
    for _, group in per_pupil.groupby(list(by)):
        wide = group.pivot(index="school_code", columns="school_year", values=list(WHAT)).dropna()
        if len(wide) < 5:
            continue
        figures = np.stack([wide[what].to_numpy(np.float64) for what in WHAT], axis=2)
        for share, factor in (
            (0, 0.7),
            (0, 0.8),
            (0, 0.9),
            (0, 0.97),
            (0, 1.03),
            (0.05, 1),
            (0.1, 1),
            (0.2, 0.9),
        ):
            limits = factor * np.quantile(figures[:, :2].reshape(-1, 3), share, axis=0)
            if not (limits > 0).all():
                continue
            ratio = np.sort(np.log(np.maximum(figures, 1e-9) / limits), axis=2)
            yield np.minimum(ratio[:, :, 1], ratio[:, :, 0] - np.log(0.85))


def outcome_frame(slack: Floats, stage: str = "primary") -> pd.DataFrame:
    """Schools × years as the frame of judged schools."""
    count, years = slack.shape
    return pd.DataFrame(
        {
            "division_code": "000000",
            "stage": stage,
            "year": np.tile(np.arange(years), count),
            "school_code": np.repeat(np.arange(count), years).astype(str),
            "outcome": np.where(slack >= 0, "met", "not_met").ravel(),
        }
    )


def passing_cases(slacks: Iterator[Floats], *, first: int = FIRST, by_school: bool = True) -> Iterator[Case]:
    """Every origin and horizon: that all schools pass; ``by_school`` False: from the numbers alone."""
    for slack in slacks:
        frame, passes = outcome_frame(slack), slack >= 0
        for origin in range(first, slack.shape[1]):
            known = range(origin)
            counts = {year: int(passes[:, year].sum()) for year in known}
            found = (
                school_transitions(frame[frame["year"] < origin], known)
                if by_school
                else count_transitions(counts, dict.fromkeys(known, len(slack)))
            )
            now = counts[origin - 1]
            method = SCHOOL_TRANSITIONS if by_school else COUNT_TRANSITIONS
            model = Passing(now, len(slack) - now, tuple(found), passing_prior(), method)
            for later in range(origin, min(origin + LONGEST, slack.shape[1])):
                stated = model.probability(later - origin + 1, 1.0, Relation.AT_LEAST)
                yield stated, bool(passes[:, later].all())


# --- the county ------------------------------------------------------------------------------------------


def county_cases(
    counties: Iterator[tuple[Floats, Floats | None]], draw: np.random.Generator, *, first: int = FIRST
) -> Iterator[tuple[float, float, float, bool]]:
    """Probability, product and lowest single probability that all coefficients (rows) and all schools hold."""
    for rows, slack in counties:
        years = np.arange(rows.shape[1])
        for origin in range(first, rows.shape[1]):
            limits = rows[:, origin - 1] * draw.uniform(0.97, 1.3, len(rows))
            frame = pd.DataFrame(
                [
                    {"stage": "primary", "indicator": str(number), "measure": "cv", "year": year,
                     "value": values[year], "limit": limits[number], "relation": "at_most"}
                    for number, values in enumerate(rows) for year in years[:origin]
                ]
            )  # fmt: skip
            schools = None
            if slack is not None:
                schools = outcome_frame(slack[:, :origin])
                share = pd.DataFrame({"year": years[:origin], "value": (slack[:, :origin] >= 0).mean(axis=0)})
                share["stage"], share["indicator"], share["measure"] = "primary", "all", "schools_met_share"
                share["limit"], share["relation"], share["n_schools"] = 1.0, "at_least", len(slack)
                frame = pd.concat([frame, share], ignore_index=True)
            for later in range(origin, min(origin + 3, len(years))):
                found = project_series(
                    frame.assign(division_code="000000"),
                    target_year=later,
                    schools=schools,
                    cut_offs=CutOffs(minimum_origins=first - 1),
                )
                row = joint_probability(found, target_year=later, stages=["primary"]).iloc[-1]
                if np.isnan(row["probability"]):
                    continue
                held = bool((rows[:, later] <= limits).all()) and (
                    slack is None or bool((slack[:, later] >= 0).all())
                )
                yield row["probability"], row["product"], row["lowest_single"], held


def simulated_counties(draw: np.random.Generator, number: int) -> Iterator[tuple[Floats, Floats]]:
    """Seven coefficients that move together more or less, and schools whose passing goes with them."""
    for together in np.resize([0.0, 0.2, 0.5, 0.8], number):
        scale = np.exp(draw.normal(np.log(0.035), 0.5, (7, 1)))
        common = draw.standard_normal((1, YEARS))
        steps = np.sqrt(together) * common + np.sqrt(1 - together) * draw.standard_normal((7, YEARS))
        start = draw.uniform(0.2, 0.5) + draw.uniform(0.05, 0.2) * draw.standard_normal((25, 1))
        own = draw.uniform(0.01, 0.04) * draw.standard_normal((25, YEARS))
        slack = start + np.cumsum(own - 0.02 * np.sqrt(together) * common + 0.01, axis=1)
        yield draw.uniform(0.25, 0.7, (7, 1)) * np.exp(np.cumsum(scale * steps, axis=1)), slack


def print_county(title: str, cases: Sequence[tuple[float, float, float, bool]]) -> None:
    """The joint probability and, beside it, the two ways it must not be stated."""
    for name, place in (("joint", 0), ("product of singles", 1), ("lowest single", 2)):
        print(table(f"{title}: {name}", [(float(one[place]), one[3]) for one in cases]))


# --- other records -----------------------------------------------------------------------------------------


def print_series(path: Path) -> None:
    """The reliability of a file of series that is not ours."""
    given = pd.read_csv(path, dtype={"series": str})
    shares = "n_schools" in given
    cases: list[Case] = []
    for _, rows in given.sort_values("year").groupby("series"):
        rows = rows[rows["value"].notna()]
        if shares and rows["n_schools"].notna().all():
            totals = dict(zip(rows["year"], rows["n_schools"].astype(int), strict=True))
            counts = {
                year: round(value * totals[year]) for year, value in zip(totals, rows["value"], strict=True)
            }
            years = list(totals)
            for origin in range(FIRST, len(years)):
                now, size = counts[years[origin - 1]], totals[years[origin - 1]]
                found = count_transitions({year: counts[year] for year in years[:origin]}, totals)
                model = Passing(now, size - now, tuple(found), passing_prior(), COUNT_TRANSITIONS)
                for year in years[origin:]:
                    stated = model.probability(year - years[origin - 1], 1.0, Relation.AT_LEAST)
                    cases.append((stated, counts[year] == totals[year]))
            continue
        limits = rows["limit"].dropna().unique().tolist() if "limit" in rows else []
        relation = (
            rows["relation"].dropna().iloc[-1]
            if "relation" in rows and rows["relation"].notna().any()
            else "at_most"
        )
        values = rows["value"].to_numpy(np.float64)[None, :]
        cases += coefficient_cases(values, limits=limits, relation=Relation(relation))
    print(heading(f"{path.name}"))
    print(table("all series", cases))


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--schools", type=Path, default=SCHOOLS, help="records of real schools")
    parser.add_argument(
        "--series", type=Path, help="other yearly series: series, year, value, limit, relation, n_schools"
    )
    parser.add_argument("--number", type=int, default=300, help="simulated series of each kind")
    options = parser.parse_args()
    if options.series:
        print_series(options.series)
        return
    real = real_schools(options.schools) if options.schools.exists() else None
    for where, distances in (("far and near", FAR), ("within 4 %", NEAR)):
        print(heading(f"simulated, limits {where}"))
        for name, rows in moving_series(np.random.default_rng(7), options.number).items():
            print(table(name, list(coefficient_cases(rows, distances=distances))))
        if real is None:
            continue
        print(heading(f"real, limits {where}"))
        for name, by in GROUPINGS.items():
            for measure in ("cv", "mean"):
                found = real_coefficients(real, by, measure)
                of_group = schools_of(real, by)
                sizes = [of_group[key] for key in found]
                for first, title in ((3, ""), (HELD_OUT, ", held-out year")):
                    cases = coefficient_cases(
                        np.array(list(found.values())),
                        distances=distances,
                        first=first,
                        measure=measure,
                        schools=sizes,
                    )
                    print(table(f"{name}, {measure}{title}", list(cases)))
    print(heading("every school passes"))
    for by_school in (True, False):
        slacks = simulated_slacks(np.random.default_rng(3), options.number)
        name = "simulated, " + ("school by school" if by_school else "numbers only")
        print(table(name, list(passing_cases(slacks, by_school=by_school))))
    if real is not None:
        for name in ("counties", "townships"):
            print(table(f"real, {name}", list(passing_cases(real_slacks(real, GROUPINGS[name]), first=3))))
    print(heading("the county as a whole"))
    counties = simulated_counties(np.random.default_rng(4), options.number // 4)
    print_county("simulated", list(county_cases(iter(counties), np.random.default_rng(5))))
    if real is not None:
        parts: list[Floats] = []
        for by in GROUPINGS.values():
            found = real_coefficients(real, by, "cv")
            keys = dict.fromkeys(key[:-1] for key in found)
            parts += [np.array([found[(*key, what)] for what in WHAT]) for key in keys]
        together = county_cases(((rows, None) for rows in parts), np.random.default_rng(5), first=3)
        print_county("real, coefficients", list(together))


if __name__ == "__main__":
    main()
