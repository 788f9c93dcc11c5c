"""One county handed in three ways: our template, three statistics exports, and the form's computed values.

The county is the simulated Huantai sample of 2017/18. Through the exports every coefficient is the same number,
digit for digit; through the form the values have gone through a quotient, and agree to 1e-12.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from balance_analysis.assessment import CountyAssessment, assess_county
from balance_analysis.door import open_assessment
from balance_analysis.regimes import load_regime
from balance_analysis.reporting.forms import write_forms
from balance_analysis.workbook.reader import read_workbook, read_workbooks
from balance_analysis.workbook.tables import SchoolTables
from tests.county_tables import SAMPLE
from tests.workbook_generators import form_blocks, write_county_exports, write_form, write_side_file

CODE = "370321"
LAW = load_regime("quality_balance_2017", on=date(2018, 8, 31))
CELL = ["stage", "indicator"]


@pytest.fixture(scope="module")
def template() -> CountyAssessment:
    return assess_county(read_workbook(SAMPLE / "桓台县.xlsx"), LAW, division_code=CODE)


def schools_of(county: CountyAssessment) -> pd.DataFrame:
    rows = county.tables.schools
    return rows[rows["school_year"] == 2017].drop(columns="stratum").reset_index(drop=True)


def answers(schools: pd.DataFrame) -> list[dict[str, str]]:
    """What the exports cannot say: the county's code, and the main school of each campus."""
    campuses = schools[schools["counted_as_school"].eq(False)]
    names = schools.set_index("school_code")["school_name"]
    mains = [
        {"学校名称": row["school_name"], "主校名称": names[row["main_school_code"]]}
        for row in campuses.to_dict("records")
    ]
    return [{"行政区划代码": CODE}, *mains]


def exports(county: CountyAssessment, folder: Path, **options: Any) -> SchoolTables:
    schools = schools_of(county)
    files = write_county_exports(folder, schools, **options)
    write_side_file(folder / "补充信息.csv", answers(schools))
    return read_workbooks(files)


def coefficients(county: CountyAssessment) -> pd.DataFrame:
    return county.current("coefficients").set_index(CELL)


def outcomes(county: CountyAssessment, frame: str, *keys: str) -> dict[Any, Any]:
    return county.current(frame).set_index(list(keys))["outcome"].to_dict()


def test_three_exports_give_the_template_s_coefficients_digit_for_digit(
    template: CountyAssessment, tmp_path: Path
) -> None:
    tables = exports(template, tmp_path, totals=True, notes=["注：数据截止2017年9月1日。"])
    assert not tables.hard_issues, "\n".join(map(str, tables.hard_issues))
    county = assess_county(tables, LAW, division_code=CODE)
    expected, found = coefficients(template), coefficients(county)
    assert len(found) == 16
    for name in ("mean", "sd", "cv", "enrolment", "n_schools", "outcome"):
        assert (found[name] == expected[name]).all() or (
            name in ("mean", "sd") and found[name].equals(expected[name])
        )


def test_three_exports_give_the_template_s_verdict_on_every_school(
    template: CountyAssessment, tmp_path: Path
) -> None:
    county = assess_county(exports(template, tmp_path), LAW, division_code=CODE)
    for frame, keys in (("indicators", (*CELL, "school_code")), ("schools", ("stage", "school_code"))):
        assert outcomes(county, frame, *keys) == outcomes(template, frame, *keys)
    assert county.outcome == template.outcome


def test_the_order_of_the_export_files_changes_nothing(template: CountyAssessment, tmp_path: Path) -> None:
    schools = schools_of(template)
    files = write_county_exports(tmp_path, schools)
    side = write_side_file(tmp_path / "answers.csv", answers(schools))
    there, back = (
        assess_county(read_workbooks(order, side=side), LAW, division_code=CODE)
        for order in (files, files[::-1])
    )
    assert (coefficients(there)["cv"] == coefficients(back)["cv"]).all()


def test_exports_without_merged_ranges_read_the_same(template: CountyAssessment, tmp_path: Path) -> None:
    county = assess_county(exports(template, tmp_path, merged=False), LAW, division_code=CODE)
    assert (coefficients(county)["cv"] == coefficients(template)["cv"]).all()


def test_what_the_export_does_not_hold_is_not_assessable(template: CountyAssessment, tmp_path: Path) -> None:
    county = assess_county(exports(template, tmp_path), LAW, division_code=CODE)
    items = county.items.set_index("item")["outcome"]
    assert items["B10"] == items["B12"] == items["B26"] == "not_assessable"


@pytest.mark.parametrize("marks", ["sections", "column", "numbers"])
def test_the_form_s_values_give_the_coefficients_to_twelve_digits(
    template: CountyAssessment, tmp_path: Path, marks: str
) -> None:
    path = write_form(tmp_path / "申报表.xlsx", form_blocks(template.current("indicators")), marks=marks)
    county = open_assessment(path, regime="quality_balance_2017")
    expected, found = coefficients(template), coefficients(county)
    assert list(found.index) == list(expected.index)
    assert found["cv"].to_list() == pytest.approx(expected["cv"].to_list(), abs=1e-12, rel=0)
    assert outcomes(county, "coefficients", *CELL) == outcomes(template, "coefficients", *CELL)
    keys = ("stage", "school_name")
    assert outcomes(county, "schools", *keys) == outcomes(template, "schools", *keys)
    assert county.outcome == template.outcome


def test_our_own_form_is_read_back_with_the_same_coefficients_and_verdicts(
    template: CountyAssessment, tmp_path: Path
) -> None:
    form = next(path for path in write_forms(template, tmp_path) if path.stem.endswith("申报表"))
    county = open_assessment(form, regime="quality_balance_2017")
    assert (county.county, county.division_code, county.year) == ("桓台县", CODE, 2017)
    expected, found = coefficients(template), coefficients(county)
    assert found["cv"].to_list() == pytest.approx(expected["cv"].to_list(), abs=1e-12, rel=0)
    keys = (*CELL, "school_name")
    assert outcomes(county, "indicators", *keys) == outcomes(template, "indicators", *keys)


def test_the_form_says_that_numerators_were_not_at_hand_and_leaves_every_other_item_open(
    template: CountyAssessment, tmp_path: Path
) -> None:
    path = write_form(tmp_path / "申报表.xlsx", form_blocks(template.current("indicators")))
    county = open_assessment(path, regime="quality_balance_2017")
    assert "分子" in county.tables.sources[0].origin
    (note,) = [issue for issue in county.issues if issue.code == "numerators_not_at_hand"]
    assert "分子不在手中" in note.message
    assert county.current("indicators")["amount"].isna().all()
    assert county.current("indicators")["stratum"].isna().all()
    others = county.items[~county.items["item"].isin([f"B{number}" for number in range(1, 8)])]
    assert set(others["outcome"]) == {"not_assessable"}


def test_forms_can_be_written_from_the_form_s_own_values(template: CountyAssessment, tmp_path: Path) -> None:
    path = write_form(tmp_path / "申报表.xlsx", form_blocks(template.current("indicators")))
    county = open_assessment(path, regime="quality_balance_2017")
    assert len(write_forms(county, tmp_path / "out")) == 3


def test_the_2012_rules_do_not_take_values_per_hundred_pupils_for_values_per_pupil(
    template: CountyAssessment, tmp_path: Path
) -> None:
    path = write_form(tmp_path / "申报表.xlsx", form_blocks(template.current("indicators")))
    county = open_assessment(path, regime="basic_balance_2012")
    values = county.current("indicators").groupby("indicator")["value"].count()
    assert values["above_standard_qualified_teachers"] == 0
    assert values["teaching_area"] > 0
