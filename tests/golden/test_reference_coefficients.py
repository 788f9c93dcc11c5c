"""The coefficient and its companions against R and Python libraries, on two sets and 99 real cells.

Birth certificates: ``reference_coefficients/golden_coefficients.csv`` (40 library calls, 12 decimals) and
``taiwan_elementary/golden_cv.csv`` (exact rational arithmetic, R packages wINEQ 1.2.1 and dineq 0.1.0).
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.weightstats import DescrStatsW

from balance_analysis.explain.cells import squared_cv
from balance_analysis.explain.decomposition import CHANGE_PARTS, decompose_by_group, decompose_change
from balance_analysis.explain.inequality import companion_measures, gini, mean_log_deviation, theil_t

DATA = Path(__file__).resolve().parents[2].parent / "shared" / "data"
NUMERATORS = {"classes_per_100": "classes", "teachers_per_100": "teachers", "staff_per_100": "staff"}

pytestmark = pytest.mark.skipif(
    not DATA.exists(), reason="../shared/data is not there: reference values cannot be read"
)


def reference_set(name: str) -> tuple[np.ndarray, np.ndarray]:
    (path,) = (DATA / "reference_coefficients").glob(f"set_{name}_*.csv")
    rows = pd.read_csv(path)
    return (rows["x"] * rows["scale"]).to_numpy(np.float64), rows["P"].to_numpy(np.float64)


def golden(call: str, language: str, name: str) -> float:
    rows = pd.read_csv(DATA / "reference_coefficients" / "golden_coefficients.csv")
    return float(rows.loc[(rows["call"] == call) & (rows["language"] == language), f"set_{name}"].item())


@pytest.mark.parametrize("name", ["A", "B"])
def test_coefficient_and_companions_equal_the_reference_libraries_to_twelve_decimals(name: str) -> None:
    resource, enrolment = reference_set(name)
    printed = 5.1e-13  # half a unit of the twelfth printed decimal
    assert squared_cv(resource, enrolment) ** 0.5 == pytest.approx(
        golden("CoefVar(X,P)", "R", name), abs=printed
    )
    assert theil_t(resource, enrolment) == pytest.approx(golden("Theil_T(X,P)", "R", name), abs=printed)
    assert mean_log_deviation(resource, enrolment) == pytest.approx(
        golden("mld.wtd(X,P)", "R", name), abs=printed
    )
    assert gini(resource, enrolment) == pytest.approx(golden("gini.wtd(X,P)", "R", name), abs=printed)
    by_repetition = golden("Gini(repeat(X,P)).g", "python", name)
    assert gini(resource, enrolment) == pytest.approx(by_repetition, abs=printed)


def schools() -> pd.DataFrame:
    rows = pd.read_csv(
        DATA / "taiwan_elementary" / "schools_109_113.csv",
        dtype=str,
        encoding="utf-8-sig",
        skipinitialspace=True,
    )
    numbers = ["students", *NUMERATORS.values()]
    rows[numbers] = rows[numbers].apply(lambda column: pd.to_numeric(column.str.strip()))
    remote = rows["remote_113"].str.strip()
    rows["stratum"] = remote.where(remote.isna() | (remote == "general"), "remote")
    long = [
        rows.assign(indicator=name, enrolment=rows["students"].astype(float), resource=100.0 * rows[column])
        for name, column in NUMERATORS.items()
    ]
    table = pd.concat(long, ignore_index=True).rename(columns={"school_year_roc": "slice"})
    return table.assign(year=table["slice"].astype(int))


def golden_cells() -> pd.DataFrame:
    return pd.read_csv(DATA / "taiwan_elementary" / "golden_cv.csv", dtype={"slice": str})


def test_all_99_real_cells_match_exact_arithmetic_and_the_r_packages() -> None:
    table, compared = schools(), 0
    for row in golden_cells().to_dict("records"):
        cell = table[
            (table["slice"] == row["slice"])
            & (table["county"] == row["group"])
            & (table["indicator"] == row["indicator"])
        ]
        if row["level"] == "group_stratum":
            cell = cell[cell["stratum"] == row["stratum"]]
        found = companion_measures(cell[["year", "school_code", "enrolment", "resource"]]).iloc[0]
        held = cell[cell["enrolment"] > 0]
        resource, enrolment = held["resource"].to_numpy(np.float64), held["enrolment"].to_numpy(np.float64)
        assert (found["n_schools"], found["n_zero"]) == (row["n"], row["zeros"])
        assert squared_cv(resource, enrolment) ** 0.5 == pytest.approx(row["cv_exact20"], abs=1e-14)
        assert found["theil_t"] == pytest.approx(row["theil_t_wineq"], abs=1e-13)
        assert found["mld_without_zeros"] == pytest.approx(row["mld_dineq"], abs=1e-13)
        assert found["gini"] == pytest.approx(row["gini_dineq"], abs=1e-13)
        assert np.isnan(found["mld"]) == (row["zeros"] > 0)
        compared += 1
    assert compared == 99


def test_the_parts_of_the_real_cells_agree_with_statsmodels_on_each_stratum() -> None:
    """Between + within from the independent weighted means and variances of ``DescrStatsW``."""
    table = schools()
    groups = decompose_by_group(
        table[table["slice"] == "113"][
            ["year", "county", "indicator", "school_code", "stratum", "enrolment", "resource"]
        ],
        ["stratum"],
    )
    for (county, indicator), cell in groups.groupby(["county", "indicator"]):
        rows = table[
            (table["slice"] == "113") & (table["county"] == county) & (table["indicator"] == indicator)
        ]
        rows = rows[rows["enrolment"] > 0]
        whole = DescrStatsW(rows["resource"] / rows["enrolment"], weights=rows["enrolment"])
        within = 0.0
        for _, part in rows.groupby("stratum", dropna=False):
            inside = DescrStatsW(part["resource"] / part["enrolment"], weights=part["enrolment"])
            within += inside.sum_weights / whole.sum_weights * inside.var / whole.mean**2
        assert cell["within_contribution"].sum() == pytest.approx(within, rel=1e-12)
        contribution = cell[["between_contribution", "within_contribution"]].to_numpy().sum()
        assert contribution == pytest.approx(whole.var / whole.mean**2, rel=1e-12)


def exact_squared_cv(resource: dict[str, Fraction], pupils: dict[str, Fraction]) -> Fraction:
    total = sum(resource.values(), Fraction())
    terms = sum((resource[code] ** 2 / pupils[code] for code in pupils), Fraction())
    return sum(pupils.values(), Fraction()) * terms / total**2 - 1


def test_the_changes_of_real_counties_split_as_exact_fractions_say() -> None:
    """Second route for 60 changes of real coefficients, schools closing and opening included."""
    table = schools()[["year", "county", "indicator", "school_code", "enrolment", "resource"]]
    changes, half = decompose_change(table), Fraction(1, 2)
    assert len(changes) == 60
    assert changes[["n_entering", "n_leaving"]].sum().min() > 0
    held = table[table["enrolment"] > 0]
    for row in changes.to_dict("records"):
        cell = held[(held["county"] == row["county"]) & (held["indicator"] == row["indicator"])]
        r, n = [], []
        for year in (row["previous_year"], row["year"]):
            filed = cell[cell["year"] == year]
            r.append(
                {
                    code: Fraction(amount)
                    for code, amount in zip(filed["school_code"], filed["resource"], strict=True)
                }
            )
            n.append(
                {
                    code: Fraction(pupils)
                    for code, pupils in zip(filed["school_code"], filed["enrolment"], strict=True)
                }
            )
        matched = sorted(set(r[0]) & set(r[1]))
        kept_r = [{code: part[code] for code in matched} for part in r]
        kept_n = [{code: part[code] for code in matched} for part in n]
        f = {(i, j): exact_squared_cv(kept_r[i], kept_n[j]) for i in (0, 1) for j in (0, 1)}
        expected = {
            "enrolment_part": half * (f[0, 1] - f[0, 0] + f[1, 1] - f[1, 0]),
            "resource_part": half * (f[1, 0] - f[0, 0] + f[1, 1] - f[0, 1]),
            "entry_part": exact_squared_cv(r[1], n[1]) - f[1, 1],
            "exit_part": f[0, 0] - exact_squared_cv(r[0], n[0]),
        }
        for part, value in expected.items():
            assert row[part] == pytest.approx(float(value), abs=1e-13)
        assert sum(row[part] for part in CHANGE_PARTS) == pytest.approx(row["change_cv_squared"], abs=1e-13)
