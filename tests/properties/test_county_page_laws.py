"""Laws of the county's pages, on counties drawn from seeds: nothing that fails is left unnamed, nothing reassures while the whole fails."""

from __future__ import annotations

import re
from pathlib import Path

import matplotlib.pyplot as plt
import pytest

from balance_analysis.door import open_assessment
from balance_analysis.findings import CATALOGUE, Case, Tone
from balance_analysis.findings.summary import summary
from balance_analysis.terms import Outcome
from balance_analysis.views.county import page
from tests.generated_counties import county, plan, write_workbook

NO_CHINESE_PAGE = re.compile(r"[a-z]+_[a-z]+|\bnan\b|None|\[\[|——|\.toml|\.csv")
SEEDS = (0, 1, 9, 13, 23, 28)
"""Both regimes, 2 to 35 schools, with and without blanks and concessions, one to six years."""
LONG_NAMES = 28
"""The county that is also drawn with school names of 60 characters."""


@pytest.fixture(scope="module", params=[*SEEDS, -LONG_NAMES], ids=str)
def case(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Case:
    drawn = plan(abs(request.param))
    keys = ("seed", "schools", "years", "first_year", "blanks", "complete")
    path: Path = tmp_path_factory.mktemp("drawn") / "县.xlsx"
    rows = county(**{key: drawn[key] for key in keys})
    for row in rows["schools"] if request.param < 0 else ():
        row["school_name"] += "（" + "名称很长的校区" * 7 + "）"
    write_workbook(path, rows)
    return Case(
        open_assessment(
            path,
            regime=drawn["regime"],
            overlays=drawn["overlays"],
            target_year=drawn["target_year"] or drawn["first_year"] + drawn["years"],
        )
    )


def test_page_two_names_every_failing_item_and_every_failing_school(case: Case) -> None:
    assessed, said = case.county, summary(case)
    failing = [item for item in assessed.groups.iloc[-1]["failing"].split(";") if item]
    assert [one.subject for one in said.items if "/" not in one.subject] == failing
    groups = [group for one in said.schools for group in one.figures["groups"]]  # type: ignore[attr-defined]
    named = {name for group in groups for name in group["names"]}
    schools = assessed.current("schools")
    decides = set(assessed.items.loc[assessed.items["kind"] != "check", "item"])
    of_items = assessed.item_schools[assessed.item_schools["item"].isin(decides)]
    unfit = set(schools.loc[schools["outcome"] == Outcome.NOT_MET, "school_name"])
    assert named == unfit | set(of_items["school_name"])


def test_the_number_of_failing_items_never_rises_down_the_list(case: Case) -> None:
    groups = [group for one in summary(case).schools for group in one.figures["groups"]]  # type: ignore[attr-defined]
    numbers = [group["n_items"] for group in groups]
    assert numbers == sorted(set(numbers), reverse=True)


def test_nothing_reassures_unless_the_whole_is_met(case: Case) -> None:
    tones = {CATALOGUE.kinds[one.id].tone for one in case.findings}
    assert (Tone.REASSURING in tones) <= (case.county.overall_outcome == Outcome.MET)


def test_page_two_stays_one_page_by_the_estimate_that_is_held_to_set_pages(case: Case) -> None:
    *_, said, table = page.summary(case)
    answers = [row[1].text for row in table.rows]  # type: ignore[union-attr]
    assert page.points_of_page(said.sentence, answers) <= page.PAGE_POINTS  # type: ignore[union-attr]


def test_no_page_prints_an_id_a_file_or_a_python_value(case: Case) -> None:
    for section in (page.summary, page.problem_list, page.balance, page.items, page.annexes):
        for element in section(case):
            found = NO_CHINESE_PAGE.search(element.to_text())
            assert found is None, (section.__name__, found, element.to_text()[:80])
    plt.close("all")


@pytest.mark.parametrize("text", ["pe_arts_teachers", "x nan", "None", "[[a]]", "——", "a.toml", "b.csv"])
def test_what_no_page_may_print_is_found(text: str) -> None:
    assert NO_CHINESE_PAGE.search(text)
