"""Chinese labels of every identifier that people see."""

from __future__ import annotations

from collections.abc import Mapping

STAGES: Mapping[str, str] = {"primary": "小学", "junior_secondary": "初中", "all": "全县"}
OUTCOMES: Mapping[str, str] = {
    "met": "达标",
    "tolerable": "未达标准值、在允许下限之上",
    "not_met": "未达标",
    "not_assessable": "无法判定",
    "no_limit": "未设标准",
}
SCHOOL_TYPES: Mapping[str, str] = {
    "primary_school": "小学",
    "teaching_site": "教学点",
    "junior_secondary_school": "初中",
    "nine_year": "九年一贯制",
    "complete_secondary": "完全中学",
    "twelve_year": "十二年一贯制",
    "special_education": "特殊教育",
    "secondary_vocational": "中等职业",
}
GROUPS: Mapping[str, str] = {
    "resource_allocation": "资源配置",
    "government_guarantee": "政府保障程度",
    "education_quality": "教育质量",
    "social_recognition": "社会认可度",
    "school_standards": "学校办学基本标准",
    "government_work": "县级政府工作",
    "satisfaction": "公众满意度",
    "entry_condition": "申报条件",
    "veto": "一票否决事项",
    "check": "核查事项",
    "funding_growth": "教育经费三个增长",
    "overall": "总体",
}
SPONSORS: Mapping[str, str] = {"public": "公办", "non_government": "民办"}
RULES: Mapping[str, str] = {
    "schools": "各校达标",
    "coefficient": "差异系数",
    "stage_coefficients": "校际差异系数（逐项口径）",
    "stage_coefficients_composite": "校际差异系数（综合口径）",
    "stage_resources": "本学段资源配置",
    "stage_resources_composite": "本学段资源配置（综合差异系数口径）",
    "county_resources": "全县资源配置",
    "county_resources_composite": "全县资源配置（综合差异系数口径）",
}
MEASURES: Mapping[str, str] = {"mean": "县均值", "cv": "差异系数", "schools_met_share": "达标学校比例"}
SEVERITIES: Mapping[str, str] = {"hard": "错误", "soft": "疑问", "note": "提示"}
ACTIONS: Mapping[str, str] = {"add": "增加", "tighten": "收紧", "relax": "放宽", "set": "设定", "add_item": "增加项目"}
RELATIONS: Mapping[str, str] = {"at_least": "≥", "at_most": "≤", "below": "<"}
COMPOSITE_NAME = "综合差异系数"
UNKNOWN_STRATUM = "未填报"


def school_year(year: int) -> str:
    """2017 → 2017—2018学年.

    >>> school_year(2017)
    '2017—2018学年'
    """
    return f"{year}—{year + 1}学年"
