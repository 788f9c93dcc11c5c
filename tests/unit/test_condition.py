"""When CV ≤ limit turns: floats decide far from the limit, fractions beside it, both the same."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pandas as pd
import pytest

from balance_analysis.explain.condition import CoefficientCondition


def rows(*amounts: float, pupils: float = 10.0, **columns: object) -> pd.DataFrame:
    """Schools of ten pupils each, so that values 1 : 3 have a coefficient of exactly one half."""
    return pd.DataFrame({"enrolment": pupils, "resource": amounts, **columns})


class Counted(CoefficientCondition):
    """A condition that notes which changes of which schools were decided in fractions."""

    def __init__(self, table: pd.DataFrame, limit: str) -> None:
        super().__init__(table, limit)
        self.decided: list[tuple[int, Fraction]] = []

    def holds_exactly(self, position: int, more: Fraction) -> bool:
        self.decided.append((position, more))
        return super().holds_exactly(position, more)


def test_one_unit_in_ten_million_million_turns_a_coefficient_at_its_limit() -> None:
    """The two sides differ by 1e-13 of their size, inside the trust of 1e-12: fractions decide."""
    condition = Counted(rows(1e13, 3e13), "0.5")
    assert condition.holds
    assert condition.smallest_additions()[1] == 1
    assert (1, Fraction(1)) in condition.decided
    assert not CoefficientCondition(rows(1e13, 3e13 + 1), "0.5").holds
    assert CoefficientCondition(rows(1e13, 3e13 - 1), "0.5").holds


def test_a_coefficient_at_its_limit_holds_though_the_floats_say_otherwise() -> None:
    """0.3 and 0.9 of three pupils each are values 1 : 3; in floats the left side is larger by one bit."""
    assert 6.0 * (0.3**2 / 3 + 0.9**2 / 3) > 1.25 * 1.2**2
    assert CoefficientCondition(rows(0.3, 0.9, pupils=3.0), "0.5").holds


def test_one_unit_in_a_thousand_million_is_decided_in_floats() -> None:
    condition = Counted(rows(1e9, 3e9), "0.5")
    assert condition.smallest_additions()[1] == 1
    assert (1, Fraction(1)) not in condition.decided


@pytest.mark.parametrize(("richer", "exact"), [(31.0, False), (33.0, True)])
def test_a_school_beside_which_the_others_hold_nearly_nothing_is_decided_in_fractions(
    richer: float, exact: bool
) -> None:
    """Q of the other school is 1/(1 + 31²) and 1/(1 + 33²) of the county's, either side of 1/1024."""
    condition = Counted(rows(1.0, richer), "0.49")
    condition.smallest_additions()
    assert {position for position, _ in condition.decided} == ({1} if exact else set())


def test_a_failing_coefficient_turns_with_more_at_the_poor_school_only() -> None:
    """Values 1 : 4 (CV 0.6) meet 0.5 from 4/3 on: in steps of 0.01 at 1.34."""
    found = CoefficientCondition(rows(1.0, 4.0), "0.5").smallest_additions(step="0.01")
    assert found[0] == 34
    assert np.isnan(found[1])


def test_without_a_school_and_with_units_added_the_verdict_is_that_of_the_changed_county() -> None:
    condition = CoefficientCondition(rows(1.0, 3.0, 100.0), "0.5")
    assert not condition.holds
    assert condition.holds_without(2)  # 1 : 3 is at the limit
    assert not condition.holds_without(0)
    assert CoefficientCondition(rows(0.0, 2.0), "0.6").holds_with(np.array([2.0, 4.0]), "0.5")  # 1 : 4
    assert not CoefficientCondition(rows(0.0, 2.0), "0.59").holds_with(np.array([2.0, 4.0]), "0.5")
