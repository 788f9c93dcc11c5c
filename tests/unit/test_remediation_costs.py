"""The costs file: strict, exact, and every fault told at once."""

from fractions import Fraction

import pytest

from balance_analysis.errors import RegimeError
from balance_analysis.remediation import load_costs, settings_from_toml
from balance_analysis.remediation.costs import DEFAULT_COSTS_PATH

DEFAULT = DEFAULT_COSTS_PATH.read_text(encoding="utf-8")


def test_the_defaults_say_that_they_are_assumptions_and_cover_the_seven_indicators():
    settings = load_costs()
    assert settings.grade == "C"
    assert "假设" in settings.title
    assert len(settings.resources) == 7
    assert {name for action in settings.actions for name in action.adds} == {
        r.indicator for r in settings.resources
    }
    assert settings.minimum_backbone_share == Fraction(1, 5)
    assert settings.budget is None


def test_quoted_prices_are_exact_decimals():
    prices = {action.id: action.unit_cost for action in load_costs().actions}
    assert prices["build_teaching_area"] == Fraction(35, 100)


def test_the_optional_tables_named_in_the_defaults_are_read():
    text = (
        'frozen_schools = ["0001"]\n'
        + DEFAULT
        + """
[budget]
total_wan_cny = "900"
[[budget.yearly]]
year = 2026
wan_cny = "300"
[[budget.yearly]]
year = 2027
wan_cny = "450.5"
[[ceilings]]
school_code = "0002"
action = "build_sports_area"
at_most = "0"
[[rezoning]]
stage = "primary"
from_school = "0001"
to_school = "0002"
at_most = "40"
unit_cost_wan_cny = "0.05"
"""
    )
    settings = settings_from_toml(text)
    assert settings.budget == Fraction("750.5")
    assert settings.frozen_schools == {"0001"}
    assert settings.ceilings[0].at_most == 0
    assert settings.rezoning[0].at_most == 40


@pytest.mark.parametrize(
    "old, new, sentence",
    [
        ("schema = 1", "schema = 1\nsurprise = 2", "不认识的键“surprise”"),
        ('title = "默认单价（规划假设）"', "", "缺少“title”"),
        ('unit_cost_wan_cny = "0.35"', "unit_cost_wan_cny = 0.35", "应为加引号的数字文本"),
        ('unit_cost_wan_cny = "0.35"', 'unit_cost_wan_cny = "三千"', "应为加引号的数字文本.*发现“三千”"),
        ('unit_cost_wan_cny = "0.35"', 'unit_cost_wan_cny = "-1"', "应为大于 0 的数，发现“-1”"),
        ('adds = ["teaching_area"]', 'adds = ["swimming_pools"]', "“swimming_pools”没有在"),
        (
            'adds = ["teaching_area"]',
            'adds = ["teaching_area", "backbone_teachers"]',
            "不能同时含全校共用与按学段",
        ),
        ('moves = ["above_standard_qualified_teachers"]', 'moves = ["teaching_area"]', "moves 只能是"),
        ('id = "hire_pe_arts_teacher"', 'id = "hire_teacher"', "“hire_teacher”重复"),
        ('minimum_backbone_share = "0.2"', 'minimum_backbone_share = "1.2"', "应为 0 至 1 的数，发现“1.2”"),
    ],
)
def test_each_fault_is_named_with_its_place(old, new, sentence):
    assert old in DEFAULT
    with pytest.raises(RegimeError, match=sentence):
        settings_from_toml(DEFAULT.replace(old, new, 1))


def test_all_faults_of_a_file_are_told_together():
    faulty = DEFAULT.replace('step = "1"', 'step = "0"', 1).replace("enabled = true", 'enabled = "yes"')
    with pytest.raises(RegimeError) as caught:
        settings_from_toml(faulty + '\n[[rezoning]]\nstage = "senior"\n')
    for part in (
        "应为大于 0 的数",
        "应为 true 或 false",
        "应为 primary、junior_secondary 之一",
        "缺少“from_school”",
    ):
        assert part in str(caught.value)


def test_years_with_a_hole_and_a_missing_file_are_refused(tmp_path):
    years = '\n[budget]\n[[budget.yearly]]\nyear = 2026\nwan_cny = "1"\n[[budget.yearly]]\nyear = 2028\nwan_cny = "1"\n'
    with pytest.raises(RegimeError, match="逐年连续"):
        settings_from_toml(DEFAULT + years)
    with pytest.raises(RegimeError, match="无法读取"):
        load_costs(tmp_path / "none.toml")
    with pytest.raises(RegimeError, match="不是有效的 TOML"):
        settings_from_toml("= 1")
