"""Laws of what is said, on 40 drawn counties (nightly 500) of both regimes, with overlays and blanks: no contradiction, no false comfort."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from balance_analysis.door import open_assessment
from balance_analysis.findings import CATALOGUE, Case, Tone, every_kind
from balance_analysis.terms import Outcome
from balance_analysis.words import tell
from tests.generated_counties import county, plan, write_workbook
from tests.plain_words import refused

COUNTIES = int(os.environ.get("BALANCE_FINDINGS_COUNTIES", "40"))
SHARES = 10
"""The counties are drawn in so many tests, so that workers share them."""
LARGEST = 6
"""Schools of a drawn county: few, so that verdicts hang on single schools."""


def drawn(numbers: Iterator[int], folder: Path) -> Iterator[tuple[int, Case]]:
    """Cases of the drawn counties; the names of their schools are made up of figures."""
    for number in numbers:
        how = plan(number)
        keys = ("seed", "schools", "years", "first_year", "blanks", "complete")
        rows = county(**{key: how[key] for key in keys} | {"schools": min(how["schools"], LARGEST)})
        path = write_workbook(folder / f"{number}.xlsx", rows)
        target = how["target_year"]
        if target is not None and number % 4 == 0:  # a target year that is reached
            target = how["first_year"] + how["years"] - 1
        yield (
            number,
            Case(
                open_assessment(path, regime=how["regime"], overlays=how["overlays"], target_year=target),
            ),
        )


@pytest.mark.slow
@pytest.mark.parametrize("share", range(SHARES))
def test_findings_of_a_county_never_contradict_each_other_or_comfort_wrongly(
    share: int, tmp_path: Path
) -> None:
    every_kind()
    for number, case in drawn(iter(range(share, COUNTIES, SHARES)), tmp_path):
        found = case.findings  # settle() has refused exclusions and false comfort, else this raised
        overall = case.county.overall_outcome
        for one in found:
            kind = CATALOGUE.kinds[one.id]
            text = tell(one)
            assert text, (number, one.id)
            assert refused(text) == [], (number, one.id, text)
            assert "各项均已达到" not in text or overall == Outcome.MET, (number, one.id, text)
            assert kind.tone is not Tone.REASSURING or overall == Outcome.MET, (number, one.id)
        topics = {one.id.partition(".")[0] for one in found}
        assert "verdict" in topics, number
        if overall == Outcome.NOT_MET:
            assert any(CATALOGUE.kinds[one.id].tone is Tone.ADVERSE for one in found), number
