"""Notebook parameters: every wrong one is named, all at once, with what would be right."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from balance_analysis.errors import ParameterError, WorkbookError
from balance_analysis.parameters import (
    DESCRIPTIONS,
    PARAMETERS,
    check_parameters,
    find_file,
    issue_from_parameters,
    namespace_parameters,
    open_from_parameters,
    parse_date,
)
from tests.county_tables import CODE, SAMPLE, school, write_county

GOOD: dict[str, Any] = {
    "files": "x.xlsx",
    "division_code": "010203",
    "year": 2020,
    "regime": "quality_balance_2017",
    "overlays": [],
    "target_year": None,
    "on": None,
    "plan": None,
}


def message(given: dict[str, Any]) -> str:
    with pytest.raises(ParameterError) as caught:
        check_parameters(given)
    return str(caught.value)


def test_good_parameters_pass_unchanged_and_in_order() -> None:
    assert check_parameters(dict(reversed(GOOD.items()))) == GOOD
    assert list(check_parameters(dict(reversed(GOOD.items())))) == list(PARAMETERS)


def test_every_parameter_is_described_in_chinese() -> None:
    assert set(PARAMETERS) == set(GOOD) <= set(DESCRIPTIONS)


def test_date_and_office_of_the_cover_may_be_given_and_are_checked() -> None:
    assert issue_from_parameters(GOOD) == (None, "")
    given = {**GOOD, "issued_on": "2018-06-30", "issuing_office": " 桓台县教育和体育局 "}
    assert issue_from_parameters(given) == (date(2018, 6, 30), "桓台县教育和体育局")
    assert "参数 issuing_office 应为封面上的编制单位" in message({**GOOD, "issuing_office": None})
    with pytest.raises(ParameterError, match="不认识的参数 issued_om，是否想写 issued_on"):
        issue_from_parameters({**GOOD, "issued_on": None, "issued_om": "2018-06-30"})
    with pytest.raises(ParameterError, match="2018-08-31 的形式"):
        issue_from_parameters({**GOOD, "issued_on": "2018年6月"})


@pytest.mark.parametrize("name", list(PARAMETERS))
def test_a_missing_parameter_is_named_with_its_meaning(name: str) -> None:
    text = message({key: value for key, value in GOOD.items() if key != name})
    assert f"缺少参数 {name}：{DESCRIPTIONS[name]}" in text


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("divison_code", "division_code"),
        ("regimes", "regime"),
        ("targetyear", "target_year"),
        ("file", "files"),
    ],
)
def test_a_misspelt_parameter_is_named_with_the_nearest_known_one(wrong: str, right: str) -> None:
    assert f"不认识的参数 {wrong}，是否想写 {right}？" in message(GOOD | {wrong: "x"})


def test_an_unknown_parameter_unlike_any_other_lists_what_there_is() -> None:
    text = message(GOOD | {"zzz": 1})
    assert f"不认识的参数 zzz；可用参数：{'、'.join(PARAMETERS)}" in text


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("files", None),
        ("files", 3),
        ("year", "2020"),
        ("year", 2020.0),
        ("year", True),
        ("regime", None),
        ("overlays", None),
        ("overlays", 5),
        ("target_year", "2020"),
        ("on", 20180831),
    ],
)
def test_a_wrong_type_is_named_with_what_was_given(name: str, value: object) -> None:
    assert f"参数 {name} 应为{DESCRIPTIONS[name]}，收到 {value!r}" in message(GOOD | {name: value})


def test_a_code_that_papermill_turned_into_a_number_is_refused_with_the_way_to_pass_it() -> None:
    """``papermill -p division_code 010203`` hands over the integer 10203."""
    text = message(GOOD | {"division_code": 10203})
    assert "收到 10203" in text
    assert "用 -r 而不是 -p" in text


def test_all_problems_are_said_at_once() -> None:
    given = GOOD | {"year": "2020", "regim": "x"}
    del given["files"]
    text = message(given)
    assert text.count("\n") == 3, text
    assert all(
        part in text for part in ("缺少参数 files", "参数 year", "不认识的参数 regim，是否想写 regime")
    )


def test_an_analysts_own_variables_do_not_stop_a_second_run() -> None:
    namespace = GOOD | {"number_of_schools": 5, "_": 1, "county": object(), "In": [], "Out": {}}
    assert namespace_parameters(namespace) == GOOD


def test_a_variable_named_almost_like_a_parameter_is_taken_for_a_misspelling() -> None:
    assert "divison_code" in namespace_parameters(GOOD | {"divison_code": "020304"})


def test_a_name_that_papermill_injected_is_never_overlooked() -> None:
    cells = ["year = 2020", "# Parameters\nzzz = 1\nyear = 2021\n"]
    assert namespace_parameters(GOOD | {"zzz": 1, "In": cells}) == GOOD | {"zzz": 1}
    assert namespace_parameters(GOOD | {"zzz": 1, "In": cells[:1]}) == GOOD


def test_a_data_file_is_found_from_any_folder_below_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "x.xlsx").write_bytes(b"")
    (tmp_path / "notebooks" / "deep").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "notebooks" / "deep")
    assert find_file("data/x.xlsx") == tmp_path / "data" / "x.xlsx"
    assert find_file(str(tmp_path / "elsewhere.xlsx")) == tmp_path / "elsewhere.xlsx"
    with pytest.raises(ParameterError, match=r"找不到文件 data/y\.xlsx"):
        find_file("data/y.xlsx")


@pytest.mark.parametrize("text", ["2018/08/31", "20180831x", "昨天", ""])
def test_a_date_in_another_form_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ParameterError, match="2018-08-31"):
        parse_date(text)


def test_a_date_or_none_is_understood() -> None:
    assert parse_date("2018-08-31") == date(2018, 8, 31)
    assert parse_date(None) is None


@pytest.fixture
def workbook(tmp_path: Path) -> str:
    return str(write_county(tmp_path / "模拟县.xlsx", school("1"), school("2")))


def test_a_notebooks_namespace_opens_the_county_it_names(workbook: str) -> None:
    county = open_from_parameters(
        GOOD | {"files": [workbook], "overlays": " district_entry_rule ", "on": "2021-08-31"}
    )
    assert (county.division_code, county.year) == (CODE, 2020)
    assert [overlay.id for overlay in county.regime.overlays] == ["district_entry_rule"]
    assert county.regime.on == date(2021, 8, 31)


def test_a_county_or_year_that_the_file_lacks_is_refused_with_what_it_has(workbook: str) -> None:
    with pytest.raises(ParameterError, match="没有行政区划代码 999999；可选：010203"):
        open_from_parameters(GOOD | {"files": workbook, "division_code": "999999"})
    with pytest.raises(ParameterError, match="没有2023学年的数据；可选学年：2020"):
        open_from_parameters(GOOD | {"files": workbook, "year": 2023})


def test_a_file_that_cannot_be_read_is_an_error_with_its_issue(tmp_path: Path) -> None:
    path = tmp_path / "坏.xlsx"
    path.write_bytes(b"no workbook")
    with pytest.raises(WorkbookError, match=r"坏\.xlsx"):
        open_from_parameters(GOOD | {"files": str(path)})


def test_an_ipython_shell_in_the_namespace_does_no_harm(workbook: str) -> None:
    shell = SimpleNamespace(user_ns_hidden={"quit": 1})
    namespace = GOOD | {"files": workbook, "get_ipython": lambda: shell, "quit": "x", "exit": "y"}
    assert open_from_parameters(namespace).county == "模拟县"


@pytest.mark.parametrize(("given", "used"), [(None, 2018), (2020, 2020)])
def test_the_plan_sets_the_target_year_unless_the_parameter_does(given: int | None, used: int) -> None:
    """到2018年底实现县域内所有义务段学校达到 (桓政发〔2017〕21号)."""
    own = {"files": str(SAMPLE / "桓台县.xlsx"), "division_code": "370321", "year": 2017}
    county = open_from_parameters(GOOD | own | {"plan": "huantai_2017", "target_year": given})
    assert county.target_year == used
    assert open_from_parameters(GOOD | own).target_year is None
