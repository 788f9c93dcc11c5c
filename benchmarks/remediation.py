"""Speed and truth of the least-cost plan on seeded counties: python -m benchmarks.remediation [--schools 40 80 …].

Each county has 7 indicators and 2 stages; about one school in seven is a nine-year school whose rooms, grounds and
equipment are shared. The table says what the usual plan costs beside the optimum, and what is proven in how many seconds.
The limits are those of the 2017 regime, written here as test data.
"""

from __future__ import annotations

import argparse
import time

import numpy as np
import pandas as pd

from balance_analysis.remediation import (
    RemediationProblem,
    RemediationSettings,
    compare_with_naive,
    find_plan,
    load_costs,
    problem_from_indicators,
)

STAGES = ("primary", "junior_secondary")
INDICATORS = {  # scale, limits and floors by stage, shared by the campus
    "above_standard_qualified_teachers": (100, ("4.2", "5.3"), ("3.57", "4.505"), False),
    "backbone_teachers": (100, ("1", "1"), ("0.85", "0.85"), False),
    "pe_arts_teachers": (100, ("0.9", "0.9"), ("0.765", "0.765"), False),
    "teaching_area": (1, ("4.5", "5.8"), ("3.825", "4.93"), True),
    "sports_area": (1, ("7.5", "10.2"), ("6.375", "8.67"), True),
    "equipment_value": (10000, ("2000", "2500"), ("1700", "2125"), True),
    "multimedia_classrooms": (100, ("2.3", "2.4"), ("1.955", "2.04"), True),
}
CV_LIMITS = {"primary": "0.5", "junior_secondary": "0.45"}


def seeded_county(schools: int, seed: int, spread: float = 0.5) -> pd.DataFrame:
    """An ``indicators`` frame of a made-up county; ``spread`` is the log standard deviation of each resource."""
    random = np.random.default_rng(seed)
    rows: list[dict[str, object]] = []
    for number in range(schools):
        kind = str(random.choice(["primary", "junior_secondary", "nine_year"], p=[0.6, 0.25, 0.15]))
        stages = STAGES if kind == "nine_year" else (kind,)
        wealth = float(np.exp(random.normal(0, 0.25)))
        pupils = {stage: int(np.clip(np.exp(random.normal(6, 0.9)), 40, 1900)) for stage in stages}
        weights = {
            stage: 1.1 if kind == "nine_year" and stage == "junior_secondary" else 1.0 for stage in stages
        }
        weighted = sum(weights[stage] * pupils[stage] for stage in stages)
        for name, (scale, limits, _, shared) in INDICATORS.items():
            asked = {stage: float(limits[STAGES.index(stage)]) * pupils[stage] / scale for stage in stages}
            campus = sum(asked.values()) * wealth * float(np.exp(random.normal(0.05, spread)))
            for stage in stages:
                own = round(asked[stage] * wealth * float(np.exp(random.normal(0.1, spread))))
                whole = round(campus, 2) if name == "equipment_value" else float(round(campus))
                rows.append(
                    {
                        "year": 2026,
                        "stage": stage,
                        "school_code": f"{number:010d}",
                        "school_name": f"模拟学校{number}",
                        "indicator": name,
                        "amount": whole if shared else float(own),
                        "scale": scale,
                        "stage_weight": weights[stage] if shared else 1.0,
                        "weighted_pupils": weighted if shared else float(pupils[stage]),
                        "enrolment": pupils[stage],
                    }
                )
    return pd.DataFrame(rows)


def county_problem(indicators: pd.DataFrame, settings: RemediationSettings) -> RemediationProblem:
    """The problem of a seeded county under the limits above."""
    pairs = [(stage, name) for stage in STAGES for name in INDICATORS]
    return problem_from_indicators(
        indicators,
        limits={(stage, name): INDICATORS[name][1][STAGES.index(stage)] for stage, name in pairs},
        floors={(stage, name): INDICATORS[name][2][STAGES.index(stage)] for stage, name in pairs},
        cv_limits={(stage, name): CV_LIMITS[stage] for stage, name in pairs},
        minimum_met=6,
        settings=settings,
    )


def main() -> None:
    """Print one row per county."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--schools", type=int, nargs="+", default=[40, 80, 120, 190])
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--spread", type=float, nargs="+", default=[0.45, 0.6])
    parser.add_argument("--gap", type=float, default=0.005)
    parser.add_argument("--seconds", type=float, default=300.0)
    chosen = parser.parse_args()
    print(
        "schools spread seed | lift_wan above_limit repaired_wan | optimum_wan bound_wan gap_pct seconds | repaired/optimum"
    )
    for schools in chosen.schools:
        for spread in chosen.spread:
            for seed in chosen.seeds:
                problem = county_problem(seeded_county(schools, seed, spread), load_costs())
                start = time.perf_counter()
                found = find_plan(problem, gap=chosen.gap, seconds=chosen.seconds)
                seconds = time.perf_counter() - start
                lift, repaired, best = compare_with_naive(problem, found).costs.to_dict("records")
                print(
                    f"{schools:7d} {spread:6.2f} {seed:4d} | {lift['cost_wan_cny']:8.0f} "
                    f"{lift['coefficients_above_limit']:11.0f} {repaired['cost_wan_cny']:12.0f} | "
                    f"{best['cost_wan_cny']:11.0f} {best['lower_bound_wan_cny']:9.0f} {100 * best['gap']:7.3f} "
                    f"{seconds:7.1f} | {repaired['ratio_to_optimum']:.3f}",
                    flush=True,
                )


if __name__ == "__main__":
    main()
