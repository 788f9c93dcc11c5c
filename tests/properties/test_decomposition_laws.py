"""Laws of the decompositions on random counties, against exact fractions and expansion by repetition."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from balance_analysis.explain.cells import squared_cv
from balance_analysis.explain.decomposition import (
    CHANGE_PARTS,
    decompose_by_group,
    decompose_change,
    decompose_coefficient,
)
from balance_analysis.measures.coefficients import coefficient_of_variation

SCHOOL = st.tuples(
    st.integers(1, 2000),  # pupils
    st.integers(0, 400),  # units
    st.sampled_from(["urban", "town", "rural", None]),
    st.sampled_from(["public", "non_government", None]),
)
COUNTY = st.lists(SCHOOL, min_size=2, max_size=25).filter(lambda schools: sum(row[1] for row in schools) > 0)


def frame(schools: list[tuple[int, int, str | None, str | None]], year: int = 2023) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "year": year,
            "school_code": [f"{number:03d}" for number in range(len(schools))],
            "enrolment": [float(row[0]) for row in schools],
            "resource": [float(row[1]) for row in schools],
            "stratum": pd.Series([row[2] for row in schools], dtype=object),
            "sponsor": pd.Series([row[3] for row in schools], dtype=object),
        }
    )


def exact_squared_cv(schools: list[tuple[int, int]]) -> Fraction:
    pupils, units = sum(n for n, _ in schools), sum(r for _, r in schools)
    return Fraction(pupils, units**2) * sum((Fraction(r * r, n) for n, r in schools), Fraction()) - 1


@given(COUNTY)
@settings(max_examples=60, deadline=None)
def test_levels_sum_to_the_exact_squared_coefficient(
    schools: list[tuple[int, int, str | None, str | None]],
) -> None:
    levels = decompose_coefficient(frame(schools), ["stratum", "sponsor"]).set_index("grouping")[
        "contribution"
    ]
    exact = float(exact_squared_cv([(row[0], row[1]) for row in schools]))
    assert levels.drop("total").sum() == pytest.approx(exact, rel=1e-12, abs=1e-14)
    assert levels["total"] == pytest.approx(exact, rel=1e-12, abs=1e-14)
    assert (levels >= 0).all()


@given(COUNTY)
@settings(max_examples=60, deadline=None)
def test_the_between_part_is_the_coefficient_of_a_county_of_merged_groups(
    schools: list[tuple[int, int, str | None, str | None]],
) -> None:
    """Second route: between strata = exact CV² after merging each stratum into one school."""
    merged: dict[str | None, tuple[int, int]] = {}
    for pupils, units, stratum, _ in schools:
        held = merged.get(stratum, (0, 0))
        merged[stratum] = (held[0] + pupils, held[1] + units)
    groups = decompose_by_group(frame(schools), ["stratum"])
    exact = float(exact_squared_cv(list(merged.values())))
    assert groups["between_contribution"].sum() == pytest.approx(exact, rel=1e-12, abs=1e-14)
    assert len(groups) == len(merged)


@given(COUNTY)
@settings(max_examples=30, deadline=None)
def test_the_within_part_is_that_of_pupils_counted_one_by_one(
    schools: list[tuple[int, int, str | None, str | None]],
) -> None:
    """Second route: every pupil a row (np.repeat), plain unweighted variance inside each stratum."""
    table = frame(schools)
    pupils = table.loc[table.index.repeat(table["enrolment"].astype(int))]
    value = pupils["resource"] / pupils["enrolment"]
    inside = value.groupby(pupils["stratum"], dropna=False).transform("mean")
    expected = float(((value - inside) ** 2).mean() / value.mean() ** 2)
    groups = decompose_by_group(table, ["stratum"])
    assert groups["within_contribution"].sum() == pytest.approx(expected, rel=1e-9, abs=1e-12)


@given(COUNTY, st.data())
@settings(max_examples=60, deadline=None)
def test_the_four_parts_sum_to_the_change(
    schools: list[tuple[int, int, str | None, str | None]], data: st.DataObject
) -> None:
    before, after = frame(schools), frame(schools, 2024)
    after["enrolment"] = [float(data.draw(st.integers(1, 2000))) for _ in schools]
    after["resource"] = [float(data.draw(st.integers(1, 400))) for _ in schools]
    kept = data.draw(st.integers(1, len(schools)))
    after["school_code"] = [
        code if position < kept else f"new{code}" for position, code in enumerate(after["school_code"])
    ]
    change = decompose_change(pd.concat([before, after])).iloc[0]
    if change["reason"]:
        assert before["resource"].head(kept).sum() == 0
        return
    scale = max(change["cv"] ** 2, change["cv_previous"] ** 2, 1e-3)
    assert sum(change[part] for part in CHANGE_PARTS) == pytest.approx(
        change["change_cv_squared"], abs=1e-12 * scale
    )
    assert sum(change[f"{part}_in_cv"] for part in CHANGE_PARTS) == pytest.approx(
        change["change_cv"], abs=1e-11
    )
    back = decompose_change(pd.concat([before.assign(year=2024), after.assign(year=2023)])).iloc[0]
    assert back["enrolment_part"] == pytest.approx(-change["enrolment_part"], abs=1e-12 * scale)
    assert back["entry_part"] == pytest.approx(-change["exit_part"], abs=1e-12 * scale)


@given(COUNTY, st.sampled_from([0.5, 4.0, 1024.0]))
@settings(max_examples=40, deadline=None)
def test_a_change_of_unit_changes_no_contribution(
    schools: list[tuple[int, int, str | None, str | None]], factor: float
) -> None:
    table = frame(schools)
    scaled = table.assign(resource=table["resource"] * factor)
    columns = ["between_contribution", "within_contribution"]
    assert np.array_equal(
        decompose_by_group(table, ["stratum"])[columns], decompose_by_group(scaled, ["stratum"])[columns]
    )
    assert squared_cv(
        table["resource"].to_numpy(np.float64), table["enrolment"].to_numpy(np.float64)
    ) == squared_cv(scaled["resource"].to_numpy(np.float64), scaled["enrolment"].to_numpy(np.float64))


@given(COUNTY)
@settings(max_examples=60, deadline=None)
def test_the_squared_coefficient_here_is_that_of_the_judged_coefficient(
    schools: list[tuple[int, int, str | None, str | None]],
) -> None:
    table = frame(schools)
    judged = coefficient_of_variation(table["resource"], table["enrolment"])
    own = squared_cv(table["resource"].to_numpy(np.float64), table["enrolment"].to_numpy(np.float64)) ** 0.5
    assert own == pytest.approx(judged, rel=1e-12, abs=1e-15)
