"""What a projection knows beforehand stands in a file with its origin, and a record without one is refused."""

from __future__ import annotations

from importlib import resources

import pytest

from balance_analysis.errors import ParameterError
from balance_analysis.explain.priors import joint_prior, movement_prior, passing_prior, read_priors

TEXT = (resources.files("balance_analysis.explain") / "projection.toml").read_text(encoding="utf-8")


def test_every_record_says_where_its_numbers_come_from() -> None:
    records = [one for kind in read_priors(TEXT).values() for one in kind]
    assert {movement_prior(name) for name in ("cv", "mean", "other")} | {
        passing_prior(),
        joint_prior(),
    } == set(records)
    for one in records:
        assert one.measured
        assert one.source
        assert one.grade in ("B", "C")
        assert all(
            value > 0 or (name, value) == ("school_scale", 0)
            for name, value in vars(one).items()
            if name not in ("measured", "source", "grade", "measure")
        )


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('relative_scale = "0.035"', "relative_scale = 0.035", "加引号的数字文本"),
        ('school_scale = "0.25"\n', "", "缺少“school_scale”"),
        ('grade = "B"', 'grade = "Z"', "A、B、C"),
        ("\n[[joint]]\n", "\n[[common]]\n", "不认识的部分“common”"),
        ('independent_years = "2"', 'independent_year = "2"', "independent_years"),
        ("source = ", "sauce = ", "缺少“source”"),
    ],
)
def test_a_record_that_is_wrong_is_refused_by_name(old: str, new: str, said: str) -> None:
    assert old in TEXT
    with pytest.raises(ParameterError, match=said):
        read_priors(TEXT.replace(old, new, 1))


@pytest.mark.parametrize(("schools", "change"), [(5, 0.1136), (75, 0.0351), (None, 0.0351), (10**9, 0.02)])
def test_fewer_schools_move_more_from_year_to_year(schools: int | None, change: float) -> None:
    """By hand: the root of 0.02² + 0.25² ÷ schools, 75 of them where nobody says how many (decision record 0079)."""
    assert movement_prior("cv").typical_change(schools) == pytest.approx(change, abs=5e-5)
    assert movement_prior("mean").typical_change(schools) == 0.03
