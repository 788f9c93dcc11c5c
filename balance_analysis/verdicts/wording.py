"""Words and figures inside the sentences of item verdicts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from functools import partial
from typing import TypeVar

from balance_analysis.exact import digits_beside, half_up_text, holds
from balance_analysis.measures.items.context import (
    EXCEEDS_TOTAL,
    NO_PREVIOUS_YEAR,
    UNREADABLE_LEVEL,
    ZERO_DENOMINATOR,
)
from balance_analysis.terms import Stage
from balance_analysis.verdicts.parts import Part
from balance_analysis.verdicts.words import RELATIONS, STAGES

Named = TypeVar("Named")
LEVELS = {1: "Ⅰ", 2: "Ⅱ", 3: "Ⅲ", 4: "Ⅳ", 5: "Ⅴ"}
DECIMALS = {"%": 1, "元": 0, "人": 0, "间": 0, "个": 0, "分": 1, "1": 3}
NOTES = {
    ZERO_DENOMINATOR: "分母为0，无法计算；确无此类对象的，请在“佐证”表填写结论",
    EXCEEDS_TOTAL: "部分大于总数，填报相互矛盾，请核对",
    UNREADABLE_LEVEL: "学业水平等级无法识别，应填写Ⅰ—Ⅳ级",
    NO_PREVIOUS_YEAR: "缺少上一学年的区县数据，无法比较",
}
_BY_STAGE = {
    "enrolment": "在校生数",
    "catchment_enrolment": "划片内学生数",
    "classes": "班级数",
    "full_time_teachers": "专任教师数",
    "funding_base_cny": "生均公用经费基准定额",
    **{f"classes_{low}_to_{low + 4}": f"{low}-{low + 4}人班级数" for low in range(26, 66, 5)},
    "classes_up_to_25": "25人及以下班级数",
    "classes_66_and_above": "66人及以上班级数",
}
FIELDS = {
    **{
        f"{stage}_{name}": f"{STAGES[stage]}{header}" for stage in Stage for name, header in _BY_STAGE.items()
    },
    "urban_rural_code": "城乡分类代码",
    "sponsor_type": "举办者类型",
    "boarding": "是否寄宿制",
    "certified_full_time_teachers": "持教师资格证专任教师数",
    "teachers_trained_360_hours": "完成360学时培训教师数",
    "operating_funds_budget_wan_cny": "公用经费预算总额",
    "operating_funds_actual_wan_cny": "公用经费决算总额",
    "teacher_training_budget_wan_cny": "教师培训经费预算总额",
    "graduates": "毕业学生数",
    "entrants_three_years_ago": "三年前初一在校生数",
    "moved_in_three_years": "三年转入学生数",
    "moved_out_three_years": "三年转出学生数",
    "deaths_three_years": "三年死亡学生数",
    "music_rooms_96_and_above": "音乐教室96平米及以上间数",
    "music_rooms_73_to_96": "音乐教室73至96平米间数",
    "music_rooms_61_to_73": "音乐教室61至73平米间数",
    "music_rooms_54_to_61": "音乐教室54至61平米间数",
    "art_rooms_90_and_above": "美术教室90平米及以上间数",
    "art_rooms_67_to_90": "美术教室67至90平米间数",
    "art_rooms_61_to_67": "美术教室61至67平米间数",
    "art_rooms_54_to_61": "美术教室54至61平米间数",
    "special_education_funds_cny": "特殊教育学校经费总额",
    "special_education_pupils": "特殊教育学校学生数",
    "teacher_mean_pay_cny": "教师年平均工资收入",
    "civil_servant_mean_pay_cny": "公务员年平均工资收入",
    "rotation_eligible_teachers": "符合交流条件教师数",
    "rotated_teachers": "交流轮岗教师数",
    "rotated_backbone_teachers": "交流轮岗骨干教师数",
    "good_senior_school_places": "优质高中招生计划数",
    "good_senior_school_quota": "优质高中分配名额数",
    "good_senior_school_quota_rural": "分配农村初中名额数",
    "eligible_migrant_children": "符合条件随迁子女数",
    "migrant_children_in_public_schools": "公办就读随迁子女数",
    "migrant_children_in_purchased_places": "购买服务民办就读随迁子女数",
    "disabled_children": "残疾儿童少年数",
    "disabled_children_enrolled": "残疾儿童少年入学数",
    "valid_questionnaires": "有效问卷数",
    "satisfied_questionnaires": "满意问卷数",
    "interviews": "走访人数",
    "satisfied_interviews": "走访满意人数",
    "school_standards_score": "办学标准评估得分",
    "government_work_score": "政府工作评估得分",
    "fiscal_education_appropriation_wan_cny": "财政教育拨款",
    "fiscal_recurrent_revenue_wan_cny": "财政经常性收入",
    "education_cost_per_pupil_cny": "生均教育费用",
    "teacher_average_salary_cny": "教师平均工资",
    "operating_funds_per_pupil_cny": "生均公用经费",
    "achievement_level": "学业水平等级",
    "inter_school_difference_rate": "校际差异率",
}
"""Chinese headers of the fields that items look at (as in the own template; a test compares them)."""
_NAMES_SHOWN = 8


def fields(names: Iterable[str]) -> str:
    """Headers of fields, joined by 、.

    >>> fields(["graduates", "primary_classes_26_to_30"])
    '毕业学生数、小学26-30人班级数'
    """
    return "、".join(FIELDS[name] for name in names)


def names(listed: Sequence[Named], word: Callable[[Named], str] = str) -> str:
    """The first names of a list (each as ``word`` has it) and how many there are.

    >>> names(["甲", "乙"]), names([str(n) for n in range(10)])
    ('甲、乙', '0、1、2、3、4、5、6、7等10所')
    """
    shown = "、".join(map(word, listed[:_NAMES_SHOWN]))
    return shown if len(listed) <= _NAMES_SHOWN else f"{shown}等{len(listed)}所"


def plain(number: Fraction, decimals: int = 2) -> str:
    """A number with at most ``decimals`` decimals, none where it is whole.

    >>> plain(Fraction(12)), plain(Fraction(25, 2)), plain(Fraction(1, 3))
    ('12', '12.5', '0.33')
    """
    text = half_up_text(number, decimals)
    return text.rstrip("0").rstrip(".") if "." in text else text


def quantity(number: Fraction, unit: str, decimals: int | None = None) -> str:
    """A number with its unit, at the decimals customary for the unit.

    >>> quantity(Fraction(95), "%"), quantity(Fraction(3), "级"), quantity(Fraction(1, 8), "1"), quantity(Fraction(5), "人")
    ('95.0%', 'Ⅲ级', '0.125', '5人')
    """
    if unit == "级":
        return f"{LEVELS[int(number)]}级"
    places = DECIMALS.get(unit, 2) if decimals is None else decimals
    return f"{half_up_text(number, places)}{'' if unit == '1' else unit}"


def value_beside_limit(part: Part) -> str:
    """A value with enough decimals that rounding does not carry it across its limit.

    94.96 % against 95 % is printed 94.96%, not 95.0%.
    """
    number, unit = part.measure.exact, part.measure.unit
    assert number is not None
    if unit == "级" or part.limit is None or part.relation is None:
        return quantity(number, unit)
    keeps = partial(holds, relation=part.relation, limit=part.limit)
    return quantity(number, unit, digits_beside(number, keeps, DECIMALS.get(unit, 2)))


def requirement(part: Part) -> str:
    """``标准：不低于50%`` for a part with a limit."""
    assert part.limit is not None
    assert part.relation is not None
    if part.measure.unit == "级":
        return f"标准：{LEVELS[int(part.limit)]}级以上"
    limit = plain(part.limit) if part.measure.unit == "%" else f"{plain(part.limit)} "
    unit = "" if part.measure.unit == "1" else part.measure.unit
    return f"标准：{RELATIONS[part.relation]}{limit.strip()}{unit}"
