"""The sample of Huantai 2017 agrees with the annex of the county's plan (2017) on every item from B8 to B31.

The annex prints 不达标 for B10, B11 and B12 with their figures (59 primary classes above 45, 4 junior classes above 50, 4
schools above size, 3 schools with rooms of full size) and 达标 for all others. The sample is simulated and calibrated to it.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from balance_analysis.door import worded_frame
from balance_analysis.regimes import load_regime
from balance_analysis.verdicts.items import judge_items
from balance_analysis.workbook.layouts import own_headers
from balance_analysis.workbook.reader import read_workbook

SAMPLE = Path(__file__).resolve().parents[2] / "data" / "sample" / "桓台县.xlsx"
NOT_MET = ("B10", "B11", "B12")


@pytest.fixture(scope="module")
def annex() -> pd.DataFrame:
    tables = read_workbook(SAMPLE)
    regime = load_regime("quality_balance_2017", on=date(2018, 1, 1))
    filed = (tables.schools, tables.counties, tables.evidence)
    items, _ = judge_items(*filed, regime, year=2017, headers=own_headers())
    return worded_frame(items).set_index("item")


@pytest.mark.parametrize("number", range(8, 32))
def test_the_outcome_is_that_of_the_annex(annex: pd.DataFrame, number: int) -> None:
    name = f"B{number}"
    assert annex.loc[name, "outcome"] == ("not_met" if name in NOT_MET else "met"), annex.loc[name, "detail"]


@pytest.mark.parametrize(
    ("name", "figures"),
    [
        ("B10", "达到要求的学校3所"),
        ("B11", "有4所学校超过规模"),
        ("B12", "超过45人的小学班级59个，超过50人的初中班级4个"),
    ],
)
def test_the_sentence_gives_the_figures_of_the_annex(annex: pd.DataFrame, name: str, figures: str) -> None:
    assert figures in str(annex.loc[name, "detail"])
