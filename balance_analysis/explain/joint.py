"""How likely the county makes it as a whole: every coefficient and every school in the same year.

Series of a county move together, so single probabilities must not be multiplied. The joint residuals of the past years are
resampled: each draw gives every past year a normal weight, the same for all series, and moves each series by its
weighted residuals (a multiplier bootstrap by year, which keeps the correlation between indicators, stages and the
schools' passing); the rest of each movement, as large as ``independent_years`` are against the years there are, is its
own. Given the weights the series are independent and the probability is a product; it is averaged over fixed draws. Each
single probability stays what the projection says. Decision record 0025.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from functools import cache
from math import sqrt

import numpy as np
import pandas as pd
from scipy import special

from balance_analysis.exact import Floats
from balance_analysis.explain.cells import NO_SCHOOL
from balance_analysis.explain.priors import joint_prior
from balance_analysis.explain.projection import SHARE, Prospect
from balance_analysis.terms import ALL_STAGES, COMPOSITE, Relation

RESAMPLED_YEARS = "resampled_years"
DRAWS = 2_048
SEED = 20172
COLUMNS = (
    "subject",
    "stage",
    "target_year",
    "n_series",
    "n_stated",
    "probability",
    "lowest_single",
    "product",
    "method",
    "reason",
)


class Subject(StrEnum):
    """What is to hold together."""

    COEFFICIENTS = "coefficients"
    SCHOOLS = "schools"
    COUNTY = "county"


@cache
def _weights(years: int) -> Floats:
    """Normal weights by year and draw: each draw with its mirror image, every year with variance one."""
    half = np.random.default_rng(SEED).standard_normal((years, DRAWS // 2))
    weights: Floats = np.concatenate([half, -half], axis=1)
    weights /= np.sqrt((weights**2).mean(axis=1, keepdims=True))
    return weights


def joint_probability(
    prospects: Sequence[Prospect], *, target_year: int, stages: Sequence[str]
) -> pd.DataFrame:
    """Return the probability that the limits hold together in the target year, by subject and stage.

    ``prospects``: :func:`balance_analysis.explain.projection.project_series` of one county; ``stages``: those that the
    regime judges. What must hold is what the national verdict asks for: every coefficient with a limit (the composite
    where it alone has one) and that every school passes. Rows: ``coefficients`` and ``schools`` by stage where the
    regime limits them, ``county`` for both over all stages (stage ``all``).

    Columns: subject, stage, target_year, n_series, n_stated (of them with a probability), probability, lowest_single
    (an upper bound), product (what independence would give), method, reason. Where a series has no probability the joint
    one is missing with the reason of the first such series, unless another is certain to fail; a stage without any
    series gives ``no_school``.
    """
    judged = [one for one in prospects if one.row["stage"] in stages and _is_judged(one, prospects)]
    rows = []
    for stage in stages:
        of_stage = [one for one in judged if one.row["stage"] == stage]
        for subject, shares in ((Subject.COEFFICIENTS, False), (Subject.SCHOOLS, True)):
            chosen = [one for one in of_stage if (one.row["measure"] == SHARE) is shares]
            if chosen:
                rows.append({"subject": subject.value, "stage": stage, **_together(chosen)})
    absent = [stage for stage in stages if not any(one.row["stage"] == stage for one in judged)]
    whole = _together(judged)
    if absent and whole["probability"] != 0:
        whole |= {"probability": float("nan"), "product": float("nan"), "reason": NO_SCHOOL}
    rows.append({"subject": Subject.COUNTY.value, "stage": ALL_STAGES, **whole})
    return pd.DataFrame(rows).assign(target_year=target_year)[list(COLUMNS)]


def _is_judged(one: Prospect, prospects: Sequence[Prospect]) -> bool:
    """Whether the national verdict rests on this series."""
    row = one.row
    if np.isnan(float(str(row["limit"]))):
        return False
    if row["measure"] == SHARE:
        return True
    if row["measure"] != "cv":
        return False
    each = any(
        other.row["measure"] == "cv"
        and other.row["stage"] == row["stage"]
        and other.row["indicator"] != COMPOSITE
        and not np.isnan(float(str(other.row["limit"])))
        for other in prospects
    )
    return not each or row["indicator"] != COMPOSITE


def _together(series: Sequence[Prospect]) -> dict[str, object]:
    chances = np.array([one.row.get("probability", np.nan) for one in series], dtype=np.float64)
    stated = ~np.isnan(chances)
    found: dict[str, object] = {
        "n_series": len(series),
        "n_stated": int(stated.sum()),
        "lowest_single": float(chances[stated].min()) if stated.any() else float("nan"),
        "probability": float("nan"),
        "product": float("nan"),
        "method": "",
        "reason": "" if stated.all() else str(series[int(np.argmin(stated))].row["reason"]),
    }
    if (chances == 0).any():
        return found | {"probability": 0.0, "product": 0.0, "method": RESAMPLED_YEARS, "reason": ""}
    if not len(series) or not stated.all():
        return found
    return found | {
        "probability": min(_resampled(series, chances), float(chances.min())),
        "product": float(chances.prod()),
        "method": RESAMPLED_YEARS,
    }


def _resampled(series: Sequence[Prospect], chances: Floats) -> float:
    """The joint probability of series whose single ones are ``chances``."""
    if len(series) == 1:
        return float(chances[0])
    past = [_better_years(one) for one in series]
    years = sorted({year for one in past for year in one})
    weights = _weights(len(years))
    own = float(joint_prior().independent_years)
    certain = np.zeros(DRAWS)
    for residuals, chance in zip(past, chances, strict=True):
        moves = np.array([residuals.get(year, 0.0) for year in years])
        size = float(np.sqrt((moves**2).sum()))
        alone = own / (own + len(residuals)) if size > 0 else 1.0
        common = (moves / size) @ weights if size > 0 else np.zeros(DRAWS)
        edge = float(special.ndtri(chance))
        certain += special.log_ndtr((edge + sqrt(1 - alone) * common) / sqrt(alone))
    return float(np.exp(certain).mean())


def _better_years(one: Prospect) -> dict[int, float]:
    """Year → the residual of that year, positive towards the limit."""
    if one.model is None:
        return {}
    sign = 1.0 if Relation(str(one.row["relation"])) is Relation.AT_LEAST else -1.0
    return {year: sign * rest for year, rest in one.model.residuals.items()}
