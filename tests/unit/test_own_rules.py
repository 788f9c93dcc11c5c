"""Rules of one's own from one's own folder: by path, by folder, faulty ones beside sound ones, and the starting file."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from balance_analysis.cli import main
from balance_analysis.commands.rules import late_lines
from balance_analysis.door import open_assessment
from balance_analysis.errors import RegimeError
from balance_analysis.regimes import (
    forget_rules,
    list_overlays,
    list_regimes,
    load_regime,
    overlay_ids,
    use_rules,
)
from balance_analysis.regimes.own_rules import ENVIRONMENT
from tests.county_tables import SAMPLE, records

NATIONAL = "quality_balance_2017"
ON = date(2018, 8, 31)
TIGHTER = """
id = "{id}"
name = "模拟市补充规定"
base = "quality_balance_2017"
level = "prefecture"
division_prefix = "3703"
valid_from = 2017-05-01

[[source]]
id = "city"
title = "模拟市文件"
number = "模政发〔2017〕1号"
date = 2017-05-01

[[tighten]]
target = "sports_area.school_value.primary"
value = "{value}"
clause = "第一条"
source = "city"
grade = "B"
valid_from = 2017-05-01
"""
Capture = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def _no_rules_left(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv(ENVIRONMENT, "")
    yield
    forget_rules()


def overlay(folder: Path, name: str = "my_city", value: str = "8.0") -> Path:
    path = folder / f"{name}.toml"
    path.write_text(TIGHTER.format(id=name, value=value), encoding="utf-8")
    return path


def started(folder: Path) -> Path:
    """The starting overlay with every example in force."""
    path = folder / "my_city.toml"
    assert main(["rules", "new", str(path)]) == 0
    text = re.sub(r"^# (\[\[|[a-z_]+ = )", r"\1", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    text = text.replace("2025-01-01", "2017-05-01").replace('"0102"', '"3703"')
    path.write_text(text, encoding="utf-8")
    return path


# --- known by path and by folder ---------------------------------------------------------------------------------


def test_an_overlay_of_ones_own_is_known_by_its_id_and_changes_the_law(tmp_path: Path) -> None:
    assert use_rules(overlay(tmp_path)) == ("my_city",)
    limit = load_regime(NATIONAL, on=ON, overlays=["my_city"]).limit("sports_area", "school_value", "primary")
    assert limit is not None
    assert (str(limit.value), limit.origin) == ("8.0", "my_city")
    assert "my_city" in overlay_ids()
    assert "my_city" not in {one.id for one in list_overlays(own=False)}


def test_a_looser_limit_under_tighten_is_refused_as_in_a_shipped_file(tmp_path: Path) -> None:
    use_rules(overlay(tmp_path, value="7.4"))
    with pytest.raises(RegimeError, match=r"7\.4 比原限值 7\.5 更宽松"):
        load_regime(NATIONAL, on=ON, overlays=["my_city"])


def test_a_folder_makes_all_its_files_known_and_a_faulty_one_spoils_no_other(
    tmp_path: Path, capsys: Capture
) -> None:
    overlay(tmp_path)
    (tmp_path / "broken.toml").write_text('id = "broken\n', encoding="utf-8")
    (tmp_path / "binary.toml").write_bytes(b"id = \xff\xfe")
    use_rules(tmp_path)
    assert load_regime(NATIONAL, on=ON, overlays=["my_city"]).changes
    with pytest.raises(RegimeError, match=r"binary\.toml：不是 UTF-8 文本"):
        load_regime(NATIONAL, on=ON, overlays=["binary"])
    county = open_assessment(SAMPLE / "桓台县.xlsx", regime=NATIONAL, overlays=["my_city"], year=2017)
    assert [one.id for one in county.regime.overlays] == ["my_city"]
    assert main(["rules", "check", str(tmp_path)]) == 1
    said = capsys.readouterr().out
    assert "my_city：可以使用" in said
    assert "broken.toml：不是有效的 TOML" in said
    assert "binary.toml：不是 UTF-8 文本" in said
    assert main(["regimes", "--rules", str(tmp_path)]) == 0
    listed = capsys.readouterr().out
    assert "quality_balance_2017" in listed
    assert re.search(r"broken .*（有误，不能使用）", listed)
    assert not re.search(r"my_city .*有误", listed)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("我的规定", "只能用英文字母、数字和下划线"),
        ("2025_city", "以字母开头"),
        ("anshan", "与附带的规定 anshan 同名"),
        ("quality_balance_2017", "与附带的规定 quality_balance_2017 同名"),
    ],
)
def test_a_name_that_is_no_id_or_is_taken_is_refused(tmp_path: Path, name: str, message: str) -> None:
    with pytest.raises(RegimeError, match=message):
        use_rules(overlay(tmp_path, name))


def test_two_files_of_one_name_and_a_place_that_is_not_there_are_refused(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    use_rules(overlay(tmp_path))
    with pytest.raises(RegimeError, match="已使用代号 my_city"):
        use_rules(overlay(tmp_path / "other"))
    with pytest.raises(RegimeError, match="找不到规则文件或文件夹"):
        use_rules(tmp_path / "none.toml")
    assert use_rules(tmp_path / "my_city.toml") == ("my_city",)


# --- the command line --------------------------------------------------------------------------------------------


def test_commands_take_an_overlay_and_a_regime_by_file(tmp_path: Path) -> None:
    province = tmp_path / "my_province_2025.toml"
    assert main(["rules", "new", str(province), "--as-regime"]) == 0
    out = tmp_path / "out"
    out.mkdir()
    given = ["assess", str(SAMPLE / "桓台县.xlsx"), "--year", "2017", "-o", str(out)]
    assert main([*given, "--regime", str(province)]) == 0
    written = json.loads((out / "370321" / "assessment.json").read_text(encoding="utf-8"))
    assert written["regime"]["id"] == "my_province_2025"
    assert main([*given, "--regime", NATIONAL, "--overlay", str(overlay(tmp_path))]) == 0
    written = json.loads((out / "370321" / "assessment.json").read_text(encoding="utf-8"))
    assert written["regime"]["overlays"] == ["my_city"]
    assert main([*given, "--regime", NATIONAL, "--overlay", str(tmp_path / "none.toml")]) == 2


def test_an_adapted_regime_judges_like_the_one_it_was_made_from(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    assert main(["rules", "new", str(path), "--as-regime"]) == 0
    use_rules(path)
    assert "mine" in list_regimes()
    assert "mine" not in list_regimes(own=False)
    book = SAMPLE / "桓台县.xlsx"
    mine, national = (open_assessment(book, regime=name, year=2017) for name in ("mine", NATIONAL))
    for name in ("schools", "coefficients", "items"):
        pd.testing.assert_frame_equal(getattr(mine, name), getattr(national, name))


def test_the_starting_file_says_what_it_lacks_and_loads_with_every_example(
    tmp_path: Path, capsys: Capture
) -> None:
    path = tmp_path / "begun.toml"
    assert main(["rules", "new", str(path)]) == 0
    assert main(["rules", "check", str(path)]) == 1
    assert "没有任何规定" in capsys.readouterr().out
    assert main(["rules", "new", str(path)]) == 2  # nothing is overwritten
    assert main(["rules", "check", str(started(tmp_path))]) == 0


def test_an_overlay_may_add_an_indicator_and_its_item_and_both_are_judged(tmp_path: Path) -> None:
    use_rules(started(tmp_path))
    county = open_assessment(SAMPLE / "桓台县.xlsx", regime=NATIONAL, overlays=["my_city"], year=2017)
    books = county.current("indicators")
    books = books[books["indicator"] == "books"]
    assert len(books) > 40
    for row in records(books[books["value"].notna()]):
        limit = 30 if row["stage"] == "primary" else 40
        assert (row["outcome"] == "met") is (row["value"] >= limit)
        assert row["outcome"] in ("met", "tolerable", "not_met")
    assert "G1" in set(county.items["item"])
    assert county.regime.school_rule is not None
    assert county.regime.school_rule.indicators == 8


NUMERATOR = """
[[numerator]]
method = "{method}"
name = "体育教师"
counter = "名"
shared = false
columns = ["{column}"]
unit_size = "1"
step = "1"
natural_unit = "人"

[[add_indicator]]
id = "pe_only"
item = "G2"
name = "每百名学生拥有体育教师数"
short_name = "体育教师"
unit = "人/百名学生"
method = "{method}"
scale = "100"
decimals = 2
clause = "第二条"
source = "city"
grade = "B"
valid_from = 2017-05-01
"""


def with_numerator(folder: Path, name: str, method: str, column: str = "pe_teachers") -> Path:
    path = overlay(folder, name)
    text = path.read_text(encoding="utf-8") + NUMERATOR.format(method=method, column=column)
    path.write_text(text, encoding="utf-8")
    return path


def test_an_overlay_may_bring_its_own_numerator_of_columns_of_the_form(tmp_path: Path) -> None:
    use_rules(with_numerator(tmp_path, "pe_city", "pe_teachers_only"))
    county = open_assessment(SAMPLE / "桓台县.xlsx", regime=NATIONAL, overlays=["pe_city"], year=2017)
    frame = county.current("indicators")
    frame = frame[(frame["indicator"] == "pe_only") & (frame["stage"] == "primary")]
    filed = county.tables.schools
    filed = filed[(filed["school_year"] == 2017) & (filed["school_type"] == "primary_school")]
    by_code = filed.set_index("school_code")
    checked = 0
    for row in records(frame):
        if row["school_code"] in by_code.index and filed["main_school_code"].ne(row["school_code"]).all():
            own = by_code.loc[row["school_code"]]
            wanted = own["primary_pe_teachers"] * 100 / own["primary_enrolment"]
            assert row["value"] == pytest.approx(wanted)
            checked += 1
    assert checked > 20


def test_a_numerator_of_a_field_that_the_form_lacks_is_told_by_the_check_and_not_used(
    tmp_path: Path, capsys: Capture
) -> None:
    path = with_numerator(tmp_path, "swim_city", "swimming_teachers", "swimming_teachers")
    assert main(["rules", "check", str(path)]) == 1
    assert "填报表没有字段 primary_swimming_teachers；相近的有 primary_" in capsys.readouterr().out
    asked = ["assess", str(SAMPLE / "桓台县.xlsx"), "--regime", NATIONAL, "--overlay", str(path)]
    assert main([*asked, "-o", str(tmp_path / "out")]) == 2
    assert not (tmp_path / "out").exists()


def test_a_numerator_of_the_package_cannot_be_replaced_nor_one_of_another_file(tmp_path: Path) -> None:
    use_rules(with_numerator(tmp_path, "books_city", "books"))
    with pytest.raises(RegimeError, match=r"\[\[numerator\]\] books：与附带的分子同名"):
        load_regime(NATIONAL, on=ON, overlays=["books_city"])
    use_rules(with_numerator(tmp_path, "one_city", "pe_of_one"))
    load_regime(NATIONAL, on=ON, overlays=["one_city"])
    use_rules(with_numerator(tmp_path, "two_city", "pe_of_one", "music_teachers"))
    with pytest.raises(RegimeError, match="另一个规则文件已用这一 method"):
        load_regime(NATIONAL, on=ON, overlays=["two_city"])


def test_an_indicator_of_an_unknown_numerator_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    path = started(tmp_path)
    text = path.read_text(encoding="utf-8").replace(
        'unit = "册"\nmethod = "books"', 'unit = "册"\nmethod = "pens"'
    )
    path.write_text(text, encoding="utf-8")
    use_rules(path)
    with pytest.raises(
        RegimeError, match=r"\[\[add_indicator\]\] books：method 应为 .*books.* 之一，发现“pens”"
    ):
        load_regime(NATIONAL, on=ON, overlays=["my_city"])


def test_regimes_show_prints_every_target(capsys: Capture) -> None:
    assert main(["regimes", "show", NATIONAL, "--on", "2018-08-31"]) == 0
    said = capsys.readouterr().out
    regime = load_regime(NATIONAL, on=ON)
    keys = [entry.key for entry in regime.limits]
    keys += [entry.key for entry in regime.parameters]
    keys += [entry.key for entry in regime.choices]
    keys += [entry.key for entry in regime.scope]
    assert [key for key in keys if key not in said.partition("可改动的条目")[2]] == []


@pytest.mark.parametrize(("on", "late"), [(date(2019, 12, 31), False), (date(2020, 1, 1), True)])
def test_a_concession_without_a_stated_end_is_marked_after_its_first_year(on: date, late: bool) -> None:
    """No source states when the concessions of 2019 expire."""
    regime = load_regime(NATIONAL, on=on, overlays=["concession_2019_older_rooms", "special_education_8000"])
    assert [one.id for one in regime.late_overlays] == (["concession_2019_older_rooms"] if late else [])
    said = list(late_lines(regime))
    assert len(said) == late
    assert all("来源没有写明终止日期" in line for line in said)


def test_every_shipped_concession_says_that_its_end_is_unstated() -> None:
    assert [one.id for one in list_overlays() if one.level == "concession" and not one.expiry_unstated] == []
