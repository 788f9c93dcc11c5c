"""A nation's dataset: the same figures as county by county, faults named, memory of one portion.

Birth certificate: the county's own assessment of the same rows (tests elsewhere hold that to clauses and fractions).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from balance_analysis.assessment import assess_by_law
from balance_analysis.cli import main
from balance_analysis.door import worded
from balance_analysis.errors import ParameterError
from balance_analysis.nation import coded, judge_portion
from balance_analysis.terms import COMPOSITE
from balance_analysis.workbook.reader import read_workbooks
from tests.generated_counties import county, write_workbook

pytest.importorskip("pyarrow", reason="没有安装 pyarrow（附加依赖 parquet），未试数据集")

REGIME = "quality_balance_2017"
SEEDS = (3, 5, 8)


def sheets_of(seed: int) -> dict[str, list[dict[str, Any]]]:
    """A drawn county with blanks, figures of eight decimals and of thirteen digits, and a blank sponsor."""
    sheets = county(seed, schools=14, years=3, blanks=0.02, complete=False)
    fine, large, unsaid = sheets["schools"][2], sheets["schools"][6], sheets["schools"][9]
    fine["sports_ground_area_m2"] = 1234.00000001
    large["sports_ground_area_m2"] = 9_999_999.999999
    unsaid["sponsor_type"] = None
    return sheets


def rows_of(seed: int, **changed: Any) -> pd.DataFrame:
    rows = sheets_of(seed)["schools"]
    frame = pd.DataFrame([row | changed for row in rows])
    if "main_school_code" not in frame:
        frame["main_school_code"] = None
    return frame.astype({"division_code": "str", "school_code": "str", "main_school_code": "str"})


Judged = tuple[Path, Path, str]
"""The folder of workbooks, the folder of frames that the command wrote from the same rows as a dataset, the law."""


@pytest.fixture(scope="module", params=[REGIME, "basic_balance_2012"])
def judged(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Judged:
    folder = tmp_path_factory.mktemp("nation")
    for seed in SEEDS:
        write_workbook(folder / f"{seed}.xlsx", sheets_of(seed))
    pd.concat([rows_of(seed) for seed in SEEDS]).to_parquet(folder / "nation.parquet")
    command = ["assess", str(folder / "nation.parquet"), "--regime", request.param]
    assert main([*command, "-o", str(folder / "out")]) == 0
    return folder, folder / "out" / "nation", request.param


@pytest.mark.parametrize("seed", SEEDS)
def test_a_county_of_the_dataset_has_the_bits_of_its_own_assessment(judged: Judged, seed: int) -> None:
    folder, frames, regime = judged
    tables = read_workbooks([folder / f"{seed}.xlsx"])
    code = tables.division_codes()[0]
    own = worded(assess_by_law(tables, regime, division_code=code))
    keys = ["year", "stage", "indicator"]
    names = [name for name in own.coefficients if name not in ("division_code", "county", *keys)]
    there = pd.read_parquet(frames / "coefficients.parquet").query("division_code == @code").set_index(keys)
    here = own.coefficients.set_index(keys)
    pd.testing.assert_frame_equal(
        there.loc[here.index, names], here[names], check_dtype=False, check_exact=True, check_index_type=False
    )
    values = ["amount", "enrolment", "value", "resource", "limit", "margin", "borderline"]
    there = pd.read_parquet(frames / "indicators.parquet").query("division_code == @code")
    both = there.merge(own.indicators, on=[*keys, "school_code"], suffixes=("", "_own"), validate="1:1")
    assert len(both) == len(own.indicators) == len(there)
    for name in values:
        np.testing.assert_array_equal(both[name], both[f"{name}_own"])
    assert both["outcome"].tolist() == both["outcome_own"].tolist()
    schools = pd.read_parquet(frames / "schools.parquet").query("division_code == @code")
    both = schools.merge(
        own.schools, on=["year", "stage", "school_code"], suffixes=("", "_own"), validate="1:1"
    )
    assert len(both) == len(own.schools) == len(schools)
    for name in ("outcome", "indicators_met", "indicators_tolerable", "indicators_not_assessable"):
        assert both[name].tolist() == both[f"{name}_own"].tolist()


def coefficients_of(rows: pd.DataFrame, regime: str, folder: Path) -> pd.DataFrame:
    rows.to_parquet(folder / "x.parquet")
    assert main(["assess", str(folder / "x.parquet"), "--regime", regime, "-o", str(folder)]) == 0
    return coefficients_in(folder / "nation")


def coefficients_in(folder: Path) -> pd.DataFrame:
    keys = ["division_code", "year", "stage", "indicator"]
    return pd.read_parquet(folder / "coefficients.parquet").set_index(keys).sort_index()


def test_the_order_of_the_rows_changes_no_figure(judged: Judged, tmp_path: Path) -> None:
    _, frames, regime = judged
    rows = pd.concat([rows_of(seed) for seed in SEEDS]).sample(frac=1, random_state=1)
    pd.testing.assert_frame_equal(
        coefficients_in(frames), coefficients_of(rows, regime, tmp_path), check_exact=True
    )


def test_a_county_that_lacks_a_stage_is_judged_in_the_other_and_never_met(
    judged: Judged, tmp_path: Path
) -> None:
    _, frames, regime = judged
    rows = pd.concat([rows_of(seed) for seed in SEEDS])
    after = coefficients_of(rows.assign(junior_secondary_enrolment=0), regime, tmp_path)
    before = coefficients_in(frames).query("stage == 'primary'")
    pd.testing.assert_frame_equal(before[["n_schools", "enrolment"]], after[["n_schools", "enrolment"]])
    whole = pd.read_parquet(tmp_path / "nation" / "counties.parquet").query("stage == 'all'")
    assert set(whole["resources"]) <= {"not_met", "not_assessable"}
    assert len(whole) == 3 * len(SEEDS)


@pytest.mark.parametrize("seed", SEEDS)
def test_stages_and_counties_come_to_the_verdicts_of_the_rules(judged: Judged, seed: int) -> None:
    folder, frames, regime = judged
    tables = read_workbooks([folder / f"{seed}.xlsx"])
    code = tables.division_codes()[0]
    rules = assess_by_law(tables, regime, division_code=code).verdicts
    there = pd.read_parquet(frames / "counties.parquet").query("division_code == @code")
    for row in there.to_dict("records"):
        same = rules[(rules["year"] == row["year"]) & (rules["stage"] == row["stage"])].set_index("rule")[
            "outcome"
        ]
        if row["stage"] == "all":
            assert row["resources"] == same["county_resources"]
        else:
            of_schools = same.get("schools", "none")  # the law may judge no school
            filed = "none" if pd.isna(row["schools"]) else row["schools"]
            found = (filed, row["coefficients"], row["resources"])
            coefficients = same["stage_coefficients" if "stage_coefficients" in same else "coefficient"]
            assert found == (of_schools, coefficients, same["stage_resources"])


def test_a_county_with_a_fault_is_left_out_by_name_and_stops_nobody(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good, bad, negative = rows_of(3), rows_of(5, division_code="../evil"), rows_of(8)
    negative.loc[negative.index[0], "books"] = -1.0
    pd.concat([good, bad, negative]).to_parquet(tmp_path / "x.parquet")
    assert main(["assess", str(tmp_path), "--regime", REGIME, "-o", str(tmp_path / "out")]) == 1
    left = pd.read_parquet(tmp_path / "out" / "nation" / "left_out.parquet").set_index("division_code")[
        "reason"
    ]
    assert left["../evil"].startswith("行政区划代码的写法不对")
    assert left[negative["division_code"].iloc[0]] == "有负数或无穷大（1行）"
    assert "已评估1个区县" in capsys.readouterr().out
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"nation"}


def test_a_local_rule_judges_no_county_outside_its_place(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["assess", str(tmp_path), "--regime", REGIME, "--overlay", "anshan"]
    inside = rows_of(3, division_code="210321")
    inside.to_parquet(tmp_path / "x.parquet")
    assert main([*command, "-o", str(tmp_path / "out")]) == 0
    pd.concat([inside, rows_of(5, division_code="330103")]).to_parquet(tmp_path / "x.parquet")
    capsys.readouterr()
    assert main([*command, "-o", str(tmp_path / "other")]) != 0
    said = capsys.readouterr()
    assert "适用于" in said.err + said.out
    assert "不能用于330103" in said.err + said.out
    assert not (tmp_path / "other" / "nation").exists()


def test_what_is_no_dataset_is_said_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "x.parquet").write_text("no parquet")
    with pytest.raises(ParameterError, match="无法作为 Parquet 读取"):
        _open(tmp_path / "x.parquet")
    rows_of(3).drop(columns="school_type").to_parquet(tmp_path / "y.parquet")
    with pytest.raises(ParameterError, match="缺少必需的列：school_type"):
        _open(tmp_path / "y.parquet")
    rows_of(3).assign(books="many").to_parquet(tmp_path / "z.parquet")
    with pytest.raises(ParameterError, match="列 books 应为数值"):
        _open(tmp_path / "z.parquet")


def _open(path: Path) -> None:
    from balance_analysis.workbook.datasets import open_dataset

    open_dataset([path])


def test_the_composite_is_the_plain_mean_of_the_coefficients(judged: Judged) -> None:
    frame = pd.read_parquet(judged[1] / "coefficients.parquet")
    for _, rows in frame.groupby(["division_code", "year", "stage"]):
        parts = rows[rows["indicator"] != COMPOSITE]["cv"].to_numpy()
        total = float(rows.loc[rows["indicator"] == COMPOSITE, "cv"].iloc[0])
        assert np.isnan(total) if np.isnan(parts).any() else abs(total - parts.mean()) < 1e-15


def test_a_county_has_the_same_bits_by_itself_and_among_others() -> None:
    odd = rows_of(
        5
    )  # more decimals than a column of whole numbers holds, and an amount beyond 2**53 of its steps
    first, second = odd.index[odd["primary_enrolment"] > 0][:2]
    odd["sports_ground_area_m2"] = odd["sports_ground_area_m2"].astype("float64")
    odd.loc[first, "sports_ground_area_m2"] = 1234.12345678
    odd.loc[second, "sports_ground_area_m2"] = 9e14 + 0.5
    counties = [rows_of(3), odd, rows_of(8)]
    last = {
        code: int(rows["school_year"].max()) for rows in counties for code in rows["division_code"].unique()
    }

    def coefficients(rows: pd.DataFrame) -> pd.DataFrame:
        parts = [portion.coefficients for portion in judge_portion(rows, last, REGIME)]
        frame = pd.concat(parts).astype({"division_code": "str", "county": "str", "reason": "str"})
        return frame.set_index(["division_code", "year", "stage", "indicator"]).sort_index()

    together = coefficients(pd.concat([_typed(rows) for rows in counties], ignore_index=True))
    alone = pd.concat([coefficients(_typed(rows)) for rows in counties]).sort_index()
    assert together["cv"].notna().any()
    pd.testing.assert_frame_equal(
        together, alone, check_exact=True, check_categorical=False, check_dtype=False, check_index_type=False
    )


def _typed(rows: pd.DataFrame) -> pd.DataFrame:
    return rows if "sponsor" in rows else rows.assign(sponsor="public")


def test_main_schools_are_coded_as_the_schools_they_name() -> None:
    rows = pd.DataFrame({"school_code": ["a", "b", "c"], "main_school_code": [None, "a", "x"]}, dtype="str")
    found = coded(rows)
    own, main = found["school_code"].cat, found["main_school_code"].cat
    assert own.categories is main.categories
    assert main.codes.tolist()[:2] == [-1, own.codes[0]]
    assert main.codes[2] not in own.codes.tolist()
