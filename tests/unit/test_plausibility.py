"""Plausibility screen: each rule with the sample that trips it and the one beside it that does not."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from balance_analysis.explain import plausibility
from balance_analysis.explain.plausibility import (
    AREA_FIELDS,
    BUNCHING,
    DIGIT_FIELDS,
    FINDING_COLUMNS,
    HEAPING,
    IDENTICAL,
    IDENTITIES,
    JUMP,
    PARTS_DIFFER,
    PARTS_EXCEED,
    ROW_FIELDS,
    Identity,
    area_jumps,
    broken_identities,
    bunching_above_limit,
    identical_rows,
    last_digit_heaping,
    screen,
)

DATA = Path(__file__).resolve().parents[2].parent / "shared" / "data"


def benchmark() -> ModuleType:
    path = Path(__file__).resolve().parents[2] / "benchmarks" / "plausibility_false_alarms.py"
    specification = importlib.util.spec_from_file_location("plausibility_false_alarms", path)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def judged(values: list[float]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "division_code": "370321",
            "year": 2023,
            "stage": "primary",
            "indicator": "above_standard_qualified_teachers",
            "school_code": [f"{number:03d}" for number in range(len(values))],
            "value": values,
            "limit": 4.2,
        }
    )


def schools(year: int = 2023, number: int = 40, **columns: object) -> pd.DataFrame:
    generator = np.random.default_rng(3)
    return pd.DataFrame(
        {
            "division_code": "370321",
            "school_year": year,
            "school_code": [f"{place:03d}" for place in range(number)],
            "built_year": 1990.0,
            "area": generator.integers(1000, 9000, number).astype(float),
            "books": generator.integers(2000, 30_000, number).astype(float),
            "grounds": generator.integers(1500, 9000, number).astype(float),
            "pupils": generator.integers(100, 2000, number).astype(float),
            "teachers": generator.integers(20, 90, number).astype(float),
            **columns,
        }
    )


def test_the_window_counts_the_limit_itself_as_above_and_its_outer_edges_once() -> None:
    """Window 4.2 ± 5 % = [3.99, 4.41): 3.99 and 4.2 are inside, 4.41 is not."""
    row = bunching_above_limit(judged([3.98, 3.99, 4.19, 4.2, 4.4, 4.41])).iloc[0]
    assert (row["n"], row["count"], row["rule"]) == (4, 2, BUNCHING)
    assert row["school_codes"] == "003;004"
    assert row["p_value"] == pytest.approx(float(stats.binom.sf(1, 4, 0.6)))


def test_thirty_schools_just_above_and_one_just_below_is_a_finding_and_an_even_split_is_not() -> None:
    bunched = bunching_above_limit(judged([4.21 + 0.005 * k for k in range(30)] + [4.1])).iloc[0]
    assert bunched["p_value"] <= bunched["level"]
    even = bunching_above_limit(judged([4.0 + 0.01 * k for k in range(40)])).iloc[0]
    assert even["p_value"] > even["level"]
    assert even["expected"] == pytest.approx(0.6 * even["n"])


def test_areas_that_all_end_in_zero_are_heaped_and_mixed_digits_are_not() -> None:
    heaped = last_digit_heaping(schools(area=[1000.0 + 130 * k for k in range(40)]), ["area"]).iloc[0]
    assert (heaped["rule"], heaped["count"], heaped["n"]) == (HEAPING, 40, 40)
    assert heaped["p_value"] < 1e-30
    mixed = last_digit_heaping(schools(), ["area", "absent"]).iloc[0]
    assert mixed["p_value"] > mixed["level"]


def test_zeros_and_fives_together_are_heaped_though_neither_alone_dominates() -> None:
    area = [1000.0 + 135 * k for k in range(40)]
    row = last_digit_heaping(schools(area=area), ["area"]).iloc[0]
    assert row["expected"] == pytest.approx(8)
    assert row["count"] == 40


def test_the_digit_p_value_pays_for_looking_at_ten_digits_and_two_patterns() -> None:
    """8 of 20 numbers end in 7, no digit else thrice: 2 × 10 × P(Bin(20, 0.1) ≥ 8), scipy."""
    digits = [7] * 8 + [0, 1, 1, 2, 2, 3, 3, 4, 5, 6, 8, 9]
    row = last_digit_heaping(
        schools(number=20, area=[1000.0 + 10 * k + d for k, d in enumerate(digits)]), ["area"]
    )
    assert row["p_value"].item() == pytest.approx(20 * float(stats.binom.sf(7, 20, 0.1)), rel=1e-12)
    assert (row["count"].item(), row["expected"].item(), row["n_schools"].item()) == (8, 2.0, 8)


def test_small_numbers_and_decimals_have_no_last_digit_to_judge() -> None:
    assert last_digit_heaping(schools(area=50.0), ["area"]).empty
    assert last_digit_heaping(schools(area=1234.5), ["area"]).empty
    assert last_digit_heaping(schools(area=np.nan), ["area"]).empty


def test_two_schools_with_the_same_figures_are_found_and_two_tiny_sites_are_not() -> None:
    fields = ["area", "books", "grounds", "pupils", "teachers"]
    copied = schools()
    copied.loc[7, fields] = copied.loc[3, fields]
    found = identical_rows(copied, fields)
    assert found["school_codes"].tolist() == ["003;007"]
    assert found["rule"].tolist() == [IDENTICAL]
    nearly = copied.assign(books=copied["books"] + (copied.index == 7))
    assert identical_rows(nearly, fields).empty
    at_least = schools(number=2, area=100.0, books=100.0, grounds=100.0, pupils=100.0, teachers=3.0)
    assert identical_rows(at_least, fields)["school_codes"].tolist() == ["000;001"]
    tiny = schools(number=2, area=80.0, books=90.0, grounds=60.0, pupils=12.0, teachers=3.0)
    assert identical_rows(tiny, fields).empty


def test_an_area_that_doubles_without_building_is_found_and_one_with_a_new_building_is_not() -> None:
    before, after = schools(2022), schools(2023)
    after.loc[4, "area"] = before["area"].iloc[4] * 2
    found = area_jumps(pd.concat([before, after]), ["area"])
    found = found[found["p_value"].isna()]
    assert found["school_codes"].tolist() == ["004"]
    assert (found["rule"].item(), found["year"].item()) == (JUMP, 2023)
    built = after.assign(built_year=np.where(after["school_code"] == "004", 2022.0, 1990.0))
    none = area_jumps(pd.concat([before, built]), ["area"])
    assert none["p_value"].notna().all()
    assert none["n"].item() == 39


def test_many_moderate_jumps_are_improbable_and_one_is_not() -> None:
    before, after = schools(2022), schools(2023)
    after.loc[:11, "area"] = before.loc[:11, "area"] * 1.3
    many = area_jumps(pd.concat([before, after]), ["area"]).iloc[0]
    assert (many["count"], many["n"]) == (12, 40)
    assert many["p_value"] <= many["level"]
    after.loc[1:, "area"] = before.loc[1:, "area"]
    one = area_jumps(pd.concat([before, after]), ["area"]).iloc[0]
    assert one["p_value"] == pytest.approx(1 - 0.98**40)
    assert one["p_value"] > one["level"]


def test_a_year_missing_in_between_is_not_compared() -> None:
    before, after = schools(2021), schools(2023)
    assert area_jumps(pd.concat([before, after.assign(area=after["area"] * 3)]), ["area"]).empty


def test_subject_teachers_above_full_time_teachers_are_found_and_equality_is_not() -> None:
    identity = [Identity("teachers", ("pe", "music"), "exceed", "primary")]
    table = schools(number=4, teachers=[10.0, 10.0, 10.0, 10.0], pe=[5.0, 6.0, 4.0, np.nan], music=5.0)
    found = broken_identities(table, identity)
    assert found["school_codes"].tolist() == ["001"]
    assert (found["rule"].item(), found["n"].item(), found["stage"].item()) == (PARTS_EXCEED, 3, "primary")


def test_parts_that_must_sum_to_the_whole_are_compared_as_filed() -> None:
    identity = [Identity("area", ("indoor", "other"), "differ")]
    table = schools(number=3, area=[0.3, 0.3, 0.3], indoor=0.1, other=[0.2, 0.1, 0.3])
    found = broken_identities(table, identity)
    assert (found["school_codes"].item(), found["rule"].item()) == ("001;002", PARTS_DIFFER)


def test_the_screen_gives_every_finding_the_same_columns_and_nothing_for_a_plain_county() -> None:
    fields = ["area", "books", "grounds", "pupils", "teachers"]
    options: dict[str, object] = {
        "digit_fields": ["area", "books"],
        "area_fields": ["area"],
        "row_fields": fields,
        "identities": [Identity("teachers", ("pe",))],
    }
    plain = screen(judged([4.0, 4.3, 5.0]), schools(pe=1.0), **options)  # type: ignore[arg-type]
    assert plain.empty
    odd = schools(pe=100.0, area=[1000.0 + 130 * k for k in range(40)])
    odd.loc[7, fields] = odd.loc[3, fields]
    found = screen(judged([4.21 + 0.005 * k for k in range(35)]), odd, **options)  # type: ignore[arg-type]
    assert list(found.columns) == list(FINDING_COLUMNS) == list(plain.columns)
    assert set(found["rule"]) == {BUNCHING, HEAPING, IDENTICAL, PARTS_EXCEED}
    assert set(found["status"]) == {"to_be_checked"}


def test_the_levels_of_a_rule_sum_to_its_share_of_the_false_alarms() -> None:
    rows = bunching_above_limit(
        pd.concat([judged([4.2, 4.3]), judged([4.2, 4.1]).assign(indicator="backbone_teachers")])
    )
    assert rows["level"].sum() == pytest.approx(0.3 * 0.01)


def test_the_default_identities_name_fields_of_the_own_template() -> None:
    layout = (
        Path(__file__).resolve().parents[2]
        / "balance_analysis"
        / "workbook"
        / "layouts"
        / "own_template.toml"
    )
    known = set(re.findall(r'^name = "(\w+)"', layout.read_text("utf-8"), re.MULTILINE))
    named = {field for identity in IDENTITIES for field in (identity.whole, *identity.parts)}
    assert named | set(ROW_FIELDS) | set(DIGIT_FIELDS) | set(AREA_FIELDS) <= known
    bands = [identity for identity in IDENTITIES if identity.kind == "differ"]
    assert [len(identity.parts) for identity in bands] == [10, 10]


@pytest.mark.skipif(not DATA.exists(), reason="../shared/data is not there: real records cannot be read")
def test_the_digits_and_rows_of_real_counties_raise_no_alarm(monkeypatch: pytest.MonkeyPatch) -> None:
    """2,048 real school records of five counties, 2020-2024: pupil counts are counted, not rounded."""
    rows = pd.read_csv(DATA / "taiwan_elementary" / "schools_109_113.csv", dtype=str, encoding="utf-8-sig")
    numbers = ["school_year", "students", "students_male", "students_female", "classes", "teachers", "staff"]
    rows[numbers] = rows[numbers].apply(lambda column: pd.to_numeric(column.str.strip()))
    table = rows.rename(columns={"county_code": "division_code"})
    digits = last_digit_heaping(table, ["students", "students_male", "students_female"])
    assert len(digits) == 75
    assert (digits["p_value"] > digits["level"]).all()
    monkeypatch.setattr(plausibility, "INFORMATIVE_FIELDS", 3)  # few of its columns have three digits
    assert identical_rows(table, numbers[1:]).empty
    sums = [
        Identity("students", ("students_male", "students_female"), "differ"),
        Identity("teachers", ("teachers_male",)),
    ]
    teachers = table.assign(teachers_male=pd.to_numeric(table["teachers_male"]))
    assert broken_identities(teachers, sums).empty


def test_honest_simulated_counties_are_seldom_troubled() -> None:
    """Quick version of the benchmark: none of 25 seeded honest counties (the target is under 1 %)."""
    troubled, rules = benchmark().false_alarms(25, 11)
    assert (troubled, dict(rules)) == (0, {})


def test_the_same_simulated_county_with_a_planted_pattern_is_found() -> None:
    module = benchmark()
    county = module.honest_county(np.random.default_rng(5), "370321")
    assert module.findings_of(county).empty
    rounded = county.assign(teaching_and_auxiliary_area_m2=county["teaching_and_auxiliary_area_m2"].round(-1))
    assert HEAPING in set(module.findings_of(rounded)["rule"])
    need = np.ceil(4.2 * county["primary_enrolment"] / 100)
    assert BUNCHING in set(
        module.findings_of(county.assign(qualified=np.maximum(county["qualified"] * 0.5, need)))["rule"]
    )
