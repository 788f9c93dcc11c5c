"""How often does the plausibility screen trouble an honest county? Simulated, seeded, counted.

    python benchmarks/plausibility_false_alarms.py --counties 2000

An honest county here: 12–190 schools, two school years; pupils, floor areas, equipment and teachers drawn
smoothly around county levels that themselves differ, so that limits fall anywhere in the distributions; half
of the schools file areas in whole m², half with decimals; 1.5 % of schools a year extend a building by 10–80 %
without a new year of building on file. Nobody rounds, copies or lifts a figure to a limit, and nobody staffs
exactly to the standard: that leaves bunching too, is legitimate, and is why findings are only "to be checked".
"""

from __future__ import annotations

import argparse
from collections import Counter
from time import perf_counter

import numpy as np
import pandas as pd
from scipy import stats

from balance_analysis.explain.plausibility import Identity, screen

LIMITS = {
    "above_standard_qualified_teachers": (("qualified",), 100.0, 4.2),
    "backbone_teachers": (("primary_backbone_teachers",), 100.0, 1.0),
    "pe_arts_teachers": (
        ("primary_pe_teachers", "primary_music_teachers", "primary_fine_arts_teachers"),
        100.0,
        0.9,
    ),
    "teaching_area": (("teaching_and_auxiliary_area_m2",), 1.0, 4.5),
    "sports_area": (("sports_ground_area_m2", "indoor_sports_area_m2"), 1.0, 7.5),
    "equipment_value": (("teaching_equipment_value_wan_cny",), 10_000.0, 2000.0),
    "multimedia_classrooms": (("multimedia_classrooms",), 100.0, 2.3),
}
AREAS = ["teaching_and_auxiliary_area_m2", "indoor_sports_area_m2", "sports_ground_area_m2"]
TEACHERS = [
    "primary_backbone_teachers",
    "primary_pe_teachers",
    "primary_music_teachers",
    "primary_fine_arts_teachers",
]
FIELDS = ["primary_enrolment", "primary_full_time_teachers", *TEACHERS, *AREAS]
FIELDS += ["teaching_equipment_value_wan_cny", "multimedia_classrooms", "books"]
DIGIT_FIELDS = [*AREAS, "books"]
AREA_FIELDS = AREAS[:1] + AREAS[2:]
IDENTITIES = [
    Identity("primary_full_time_teachers", tuple(TEACHERS[1:]), "exceed", "primary"),
    Identity("primary_full_time_teachers", ("primary_backbone_teachers",), "exceed", "primary"),
    Identity("teaching_and_auxiliary_area_m2", ("indoor_sports_area_m2",)),
]


def honest_county(generator: np.random.Generator, code: str) -> pd.DataFrame:
    """Return the filed table of one honest county, two school years."""
    number = int(np.clip(generator.lognormal(np.log(60), 0.6), 12, 190))
    pupils = np.maximum(generator.lognormal(np.log(500), generator.uniform(0.4, 1.0), number), 30).round()
    whole = generator.random(number) < 0.5

    def filed(typical: float, spread: float, elasticity: float) -> np.ndarray:
        level = typical * generator.lognormal(0.2, 0.3)
        amount = level * pupils**elasticity * 500 ** (1 - elasticity) * generator.lognormal(0, spread, number)
        result: np.ndarray = np.where(whole, amount.round(), amount.round(2))
        return result

    table = pd.DataFrame(
        {
            "school_year": 2022,
            "division_code": code,
            "school_code": [f"{code}{place:04d}" for place in range(number)],
            "built_year": generator.integers(1955, 2020, number).astype(float),
            "primary_enrolment": pupils,
            "teaching_and_auxiliary_area_m2": filed(4.8, 0.35, 0.8),
            "sports_ground_area_m2": filed(8.0, 0.45, 0.75),
            "teaching_equipment_value_wan_cny": (filed(2300, 0.4, 0.85) / 10_000).round(2),
            "books": filed(25, 0.3, 0.9).round(),
        }
    )
    indoor = table["teaching_and_auxiliary_area_m2"] * generator.beta(2, 12, number)
    table["indoor_sports_area_m2"] = np.where(generator.random(number) < 0.4, indoor.round(), 0.0)
    rooms = generator.poisson(pupils * 0.026 * generator.lognormal(0, 0.2))
    later = table.assign(school_year=2023)
    later["primary_enrolment"] = np.maximum((pupils * generator.lognormal(-0.01, 0.05, number)).round(), 20)
    extended = generator.random(number) < 0.015
    for field in AREA_FIELDS:
        grown = later[field] * np.where(extended, generator.uniform(1.1, 1.8, number), 1.0)
        later[field] = np.where(whole, grown.round(), grown.round(2))
    years = []
    ratio = generator.lognormal(np.log(0.06), 0.15)
    shares = generator.uniform(0.08, 0.3), generator.uniform(0.05, 0.09), generator.uniform(0.03, 0.06)
    for year in (table, later):
        teachers = (
            generator.poisson(year["primary_enrolment"] * ratio * generator.lognormal(0, 0.1, number)) + 3
        )
        subjects = generator.multinomial(
            teachers, [shares[1], shares[2], shares[2], 1 - shares[1] - 2 * shares[2]]
        )
        year = year.assign(
            primary_full_time_teachers=teachers.astype(float),
            qualified=generator.binomial(teachers, generator.uniform(0.75, 0.99)).astype(float),
            primary_backbone_teachers=generator.binomial(teachers, shares[0]).astype(float),
            multimedia_classrooms=rooms.astype(float),
        )
        for place, field in enumerate(TEACHERS[1:]):
            year[field] = subjects[:, place].astype(float)
        years.append(year)
    return pd.concat(years, ignore_index=True)


def judged_of(schools: pd.DataFrame) -> pd.DataFrame:
    """Return value and limit per school, year and indicator."""
    parts = []
    for indicator, (fields, scale, limit) in LIMITS.items():
        value = scale * schools[list(fields)].sum(axis=1) / schools["primary_enrolment"]
        keys = schools[["division_code", "school_code"]].assign(year=schools["school_year"], stage="primary")
        parts.append(keys.assign(indicator=indicator, value=value, limit=limit))
    return pd.concat(parts, ignore_index=True)


def findings_of(schools: pd.DataFrame) -> pd.DataFrame:
    """Run the whole screen with the benchmark's fields."""
    return screen(
        judged_of(schools),
        schools,
        digit_fields=DIGIT_FIELDS,
        area_fields=AREA_FIELDS,
        row_fields=FIELDS,
        identities=IDENTITIES,
    )


def false_alarms(counties: int, seed: int) -> tuple[int, Counter[str]]:
    """Return how many honest counties had any finding, and the findings by rule."""
    generator = np.random.default_rng(seed)
    troubled, rules = 0, Counter[str]()
    for place in range(counties):
        found = findings_of(honest_county(generator, f"{100_000 + place}"))
        troubled += not found.empty
        rules.update(found["rule"])
    return troubled, rules


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--counties", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=20_170_419)
    options = parser.parse_args()
    begin = perf_counter()
    troubled, rules = false_alarms(options.counties, options.seed)
    upper = stats.binomtest(troubled, options.counties).proportion_ci(0.95, method="exact").high
    print(f"counties {options.counties}, with a finding {troubled} ({troubled / options.counties:.3%})")
    print(f"upper end of the exact 95 % interval {upper:.3%}; findings by rule {dict(rules)}")
    print(f"{(perf_counter() - begin) / options.counties * 1000:.1f} ms per county")


if __name__ == "__main__":
    main()
