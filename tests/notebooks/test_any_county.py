"""Any county that can be assessed runs in every notebook; what is absent is said in a sentence.

Every pair of notebook and case is tried nightly (``-m nightly``), the riskiest always.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import matplotlib
import papermill
import pytest

from balance_analysis.errors import ParameterError
from balance_analysis.places import NOTEBOOKS
from balance_analysis.regimes import forget_rules
from tests.county_tables import CODE, ROOT, SAMPLE, YEAR, school, write_county
from tests.notebook_runs import run_cells

matplotlib.use("Agg")
TAIWAN = ROOT.parent / "shared" / "data" / "taiwan_elementary" / "schools_109_113.csv"
EXPLORING = (
    "00_start", "01_data_quality", "02_indicators", "03_inter_school_balance", "04_urban_rural_gaps", "05_trends_and_targets",
    "07_own_analysis",
)  # fmt: skip
"""The notebooks that share the parameters of a county's report."""
Given = Mapping[str, Any]
BASE: Given = {
    "division_code": None, "year": None, "regime": "quality_balance_2017", "overlays": [], "target_year": None, "on": None,
    "plan": None,
}  # fmt: skip


def two_years() -> list[dict[str, Any]]:
    rows = []
    for year in (YEAR - 1, YEAR):
        for number in range(4):
            area = ("111", "121", "220", "111")[number]
            rows.append(
                school(
                    f"000{number}",
                    urban_rural_code=area,
                    school_year=year,
                    primary_enrolment=100 + 40 * number,
                )
            )
        rows.append(school("0009", "junior_secondary_school", school_year=year))
        rows.append(
            school("0010", "junior_secondary_school", urban_rural_code="220", school_year=year, books=70)
        )
    return rows


def juniors() -> list[dict[str, Any]]:
    return [
        school(f"000{number}", "junior_secondary_school", junior_secondary_enrolment=200 + 50 * number)
        for number in range(3)
    ]


def several(folder: Path) -> Path:
    rows = [*two_years()]
    rows += [
        {**row, "division_code": "010204", "county": "邻县", "school_code": f"9{row['school_code'][1:]}"}
        for row in two_years()
    ]
    rows += [school("0077", division_code="010205", county="错误县", primary_enrolment=-5)]
    return write_county(folder / "几个县.xlsx", *rows)


def overlay(folder: Path) -> str:
    path = folder / "own_rule.toml"
    shutil.copyfile(NOTEBOOKS / "my_city.toml", path)
    path.write_text(
        path.read_text(encoding="utf-8").replace('id = "my_city"', 'id = "own_rule"'), encoding="utf-8"
    )
    return str(path)


def case(name: str, folder: Path) -> tuple[Given, Path]:
    """Parameters of a case and the folder that the notebook is started in."""
    huantai = {"files": "data/sample/桓台县.xlsx", "division_code": "370321"}
    if name == "Taiwan records" and not TAIWAN.exists():
        pytest.skip("../shared/data/taiwan_elementary is not there: real records not tried")
    given: dict[str, Given] = {
        "sample": {**huantai, "year": 2017, "target_year": 2020, "plan": "huantai_2017"},
        "Taiwan records": {
            "files": str(TAIWAN),
            "division_code": "02",
            "regime": "basic_balance_2012",
            "target_year": 2027,
        },
        "2012 regime": {
            "files": "data/sample/襄汾县.xlsx",
            "regime": "basic_balance_2012",
            "target_year": 2020,
        },
        "one year": {
            "files": str(write_county(folder / "one.xlsx", *two_years()[6:])),
            "target_year": YEAR + 3,
        },
        "first year": {**huantai, "year": 2015, "target_year": 2020, "on": "2018-08-31"},
        "one stage": {
            "files": str(write_county(folder / "juniors.xlsx", *juniors())),
            "target_year": YEAR + 3,
        },
        "several counties": {"files": str(several(folder)), "division_code": CODE}
        if name == "several counties"
        else {},
        "other folder": {**huantai, "files": ["data/sample/桓台县.xlsx", "data/sample/襄汾县.xlsx"]},
        "own overlay": {**huantai, "overlays": [overlay(folder)]} if name == "own overlay" else {},
    }
    return {**BASE, **given[name]}, ROOT / "docs" / "user" if name == "other folder" else NOTEBOOKS


CASES = (
    "sample", "Taiwan records", "2012 regime", "one year", "first year", "one stage", "several counties", "other folder",
    "own overlay",
)  # fmt: skip
ALWAYS = {
    ("01_data_quality", "first year"), ("05_trends_and_targets", "2012 regime"), ("04_urban_rural_gaps", "Taiwan records"),
    ("02_indicators", "one stage"), ("03_inter_school_balance", "several counties"), ("04_urban_rural_gaps", "one year"),
    ("00_start", "other folder"), ("07_own_analysis", "own overlay"),
}  # fmt: skip
"""Pairs that failed before, or try what no other does; the rest is tried nightly."""


def pairs() -> list[Any]:
    return [
        pytest.param(
            notebook,
            one,
            marks=[] if (notebook, one) in ALWAYS else pytest.mark.nightly,
            id=f"{notebook}-{one}",
        )
        for notebook in (*EXPLORING, "county_report")
        for one in CASES
    ]


@pytest.fixture(autouse=True)
def _no_own_rules() -> Iterator[None]:
    forget_rules()
    yield
    forget_rules()


@pytest.mark.parametrize(("notebook", "name"), pairs())
def test_any_county_runs_in_every_notebook(
    notebook: str, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given, folder = case(name, tmp_path)
    text = "\n".join(run_cells(NOTEBOOKS / f"{notebook}.ipynb", folder, given, monkeypatch))
    assert len(text) > 200
    prose = re.sub(r"<table.*?</table>", "", text, flags=re.DOTALL)
    assert not re.search(r"（）|，，|：。|；。|无法打开", prose)


NO_PLAN = {
    "2012 regime": "最低成本方案只用于有逐校标准值的评估办法",
    "Taiwan records": "最低成本方案只用于有逐校标准值的评估办法",
    "own overlay": "单价文件 [resources] 中没有，请补上",
}
"""Cases for which there is no plan, and what the refusal says."""


@pytest.mark.nightly
@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("notebook", ["region_overview", "06_remediation", "dashboard"])
def test_any_county_runs_in_the_notebooks_with_parameters_of_their_own(
    notebook: str, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The plan's notebook may refuse a county for which there is no such plan: by a sentence, which is all that an analyst sees."""
    given, folder = case(name, tmp_path)
    known = set(papermill.inspect_notebook(NOTEBOOKS / f"{notebook}.ipynb"))
    of_its_own: Mapping[str, Given] = {
        "06_remediation": {"seconds": 20},
        "region_overview": {"schedule": None},
    }
    own = of_its_own.get(notebook, {})
    chosen = {key: value for key, value in given.items() if key in known} | dict(own)
    try:
        text = "\n".join(run_cells(NOTEBOOKS / f"{notebook}.ipynb", folder, chosen, monkeypatch))
    except ParameterError as error:
        assert notebook == "06_remediation"
        text = str(error)
        assert name in NO_PLAN, text
        assert NO_PLAN[name] in text
    prose = re.sub(r"<table.*?</table>", "", text, flags=re.DOTALL)
    assert prose
    assert not re.search(r"（）|，，|：。|；。|无法打开", prose)


# --- what is absent is said -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("notebook", "name", "sentences"),
    [
        ("01_data_quality", "first year", ["没有相邻的上一学年"]),
        ("04_urban_rural_gaps", "one year", [f"只有{YEAR}学年，看不出变化。"]),
        ("04_urban_rural_gaps", "2012 regime", ["没有对学校逐校规定标准值"]),
        ("04_urban_rural_gaps", "one stage", ["都在同一个地区"]),
    ],
)
@pytest.mark.nightly
def test_what_is_absent_is_said_in_a_sentence(
    notebook: str, name: str, sentences: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given, folder = case(name, tmp_path)
    text = "\n".join(run_cells(NOTEBOOKS / f"{notebook}.ipynb", folder, given, monkeypatch))
    for sentence in sentences:
        assert sentence in text


def test_the_dropdowns_offer_the_counties_of_the_same_files_and_name_the_one_left_out(tmp_path: Path) -> None:
    import balance_analysis as ba

    given, _ = case("several counties", tmp_path)
    county = ba.open_from_parameters(dict(given))
    shown = ba.explore(county, "areas")
    assert [label for label, _ in shown.controls["county"].options] == [
        "模拟县（模拟数据）",
        "邻县（模拟数据）",
    ]
    assert "没有列入：错误县（" in shown.box.children[1].value
    assert "错误" in county.others.reasons()[0]


def test_the_samples_of_the_notebooks_are_there() -> None:
    assert (SAMPLE / "anshan" / "鞍山市.xlsx").is_file()


@pytest.mark.nightly
@pytest.mark.parametrize("present", [True, False])
def test_the_notebook_of_real_records_runs_with_them_and_says_so_without(
    present: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if present and not TAIWAN.exists():
        pytest.skip("../shared/data/taiwan_elementary is not there: real records not tried")
    folder = NOTEBOOKS
    if not present:
        if any((above / TAIWAN.relative_to(ROOT.parent)).exists() for above in tmp_path.parents):
            pytest.skip("real records lie above the temporary folder, where the notebook finds them")
        folder = tmp_path / "repo" / "notebooks"
        shutil.copytree(SAMPLE / "anshan", tmp_path / "repo" / "data" / "sample" / "anshan")
        folder.mkdir()
    text = "\n".join(run_cells(NOTEBOOKS / "08_real_records.ipynb", folder, {}, monkeypatch))
    assert ("没有找到" in text) != present
    assert ("海城市" in text) != present
