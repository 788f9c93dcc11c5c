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
CHOICE_VALUES: Mapping[str, str] = {
    "on": "是",
    "off": "否",
    "combined": "合并计算",
    "each": "分别达到",
    "school_total": "按全校班级合计",
    "by_stage": "分学段计算",
    "every_small_school": "所有不足规模的学校和教学点",
    "village_primary_and_sites": "仅村小学和教学点",
    "county": "全县合计",
    "school": "逐校",
    "compared": "与农村初中在校生占比比较",
    "evidence": "以佐证为准",
    "reported": "只列数值",
    "required": "必须",
    "if_filed": "填报时才计入",
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
ACTIONS: Mapping[str, str] = {
    "add": "增加",
    "tighten": "收紧",
    "relax": "放宽",
    "set": "设定",
    "add_item": "增加项目",
}
RELATIONS: Mapping[str, str] = {"at_least": "≥", "at_most": "≤", "below": "<"}
COURSES: Mapping[str, str] = {
    "on_track": "正常",
    "at_risk": "有风险",
    "off_track": "偏离",
    "not_assessable": "无法判断",
}
OUTLOOKS: Mapping[str, str] = {
    "stays_met": "保持达标",
    "slips": "会跌出",
    "reaches": "能够达到",
    "too_slow": "来不及",
    "moves_away": "没有改善",
    "unknown": "看不出",
}
METHODS: Mapping[str, str] = {
    "last_value": "沿用上年值",
    "theil_sen": "稳健直线",
    "least_squares": "最小二乘直线",
    "shrunken_drift": "上年值加收缩的年均变化",
    "school_transitions": "各校升降",
    "count_transitions": "达标校数增减",
    "resampled_years": "往年共同变动重抽样",
}
BINDINGS: Mapping[str, str] = {"indicators": "资源指标", "school_size": "学校规模", "class_size": "班额"}
WARNINGS: Mapping[str, str] = {
    "out": "已不满足",
    "dated": "有期限",
    "narrow": "余量很小",
    "not_assessable": "无法计算",
}
FINDING_RULES: Mapping[str, str] = {
    "bunching_above_limit": "数值集中在标准值上方",
    "last_digit_heaping": "末位数字过于集中",
    "identical_rows": "不同学校数据完全相同",
    "area_jump_without_building": "面积突增",
    "parts_exceed_whole": "分项大于总数",
    "parts_differ_from_whole": "分项之和不等于总数",
}
REASONS: Mapping[str, str] = {
    "missing_numerator": "缺少数据",
    "no_school": "没有学校",
    "single_school": "只有一所学校",
    "zero_mean": "各校均为零",
    "no_pupils": "没有学生",
    "no_value": "没有数值",
    "newest_year_blank": "最近一个学年没有数值",
    "no_school_count": "不知道学校数",
    "no_limit": "未设限值",
    "too_few_years": "年数不足，不能给出概率",
    "target_year_reached": "目标年已到",
    "no_school_in_stratum": "该地区没有学校",
    "no_matched_schools": "两年没有相同的学校",
    "year_missing_between": "中间缺年份",
    "break_in_series": "口径有变",
}
ACCEPTANCES: Mapping[str, str] = {
    "met": "已达到",
    "late": "到期未达到",
    "unknown": "到期、无法判定",
    "outdated": "已过计划年、数据较早",
    "open": "未到计划年",
    "failed": "没有评估",
    "no_data": "没有数据",
    "unscheduled": "没有计划年",
    "not_comparable": "不可比",
}
AREAS: Mapping[str, str] = {"urban": "城区", "town": "镇区", "rural": "乡村", "total": "合计"}
BALANCES: Mapping[str, str] = {"basic_balance": "基本均衡", "quality_balance": "优质均衡"}
SERIES: Mapping[str, str] = {
    "primary_floor_area": "校舍建筑面积",
    "primary_teaching_area": "教学及辅助用房",
    "primary_indoor_sports_area": "室内体育用房",
    "primary_living_area": "生活用房",
}
"""Published series of the nation."""
SERIES_PARTS: Mapping[str, str] = {"new": "新增", "cumulative": "累计", "share": "占全国县数"}
COMPOSITE_NAME = "综合差异系数"
EVERY_INDICATOR = "全部指标"
EVERY_STAGE = "各学段"
EVERY_RANKING = "全部排名"
WHOLE_RULE = "综合判定"
N_SCHOOLS = "校数"
SHARE_OF_PUPILS = "学生占比"
FAILING_SCHOOLS = "未达标学校"
PASSING_SCHOOLS = "达标学校数"
ABOVE_LIMIT = "差异系数高出限值"
REACHED = "达到"
UNKNOWN = "未知"
DUE = "已到期"
RANGE = "范围"
NONE = "无"
VALUE = "数值"
STATUS = "状态"
SOURCE_AND_NOTE = "出处和说明"
GIVEN = "参数"
"""Begins the basis of a planned year that the caller gave."""
UNKNOWN_STRATUM = "未填报"


LABELS: Mapping[str, Mapping[str, str]] = {
    "acceptance": ACCEPTANCES,
    "area": AREAS,
    "balance": BALANCES,
    "series": SERIES,
    "stage": STAGES,
    "outcome": OUTCOMES,
    "school_type": SCHOOL_TYPES,
    "group": GROUPS,
    "choice_value": CHOICE_VALUES,
    "sponsor": SPONSORS,
    "rule": RULES,
    "measure": MEASURES,
    "severity": SEVERITIES,
    "action": ACTIONS,
    "relation": RELATIONS,
    "course": COURSES,
    "outlook": OUTLOOKS,
    "method": METHODS,
    "binding": BINDINGS,
    "warning": WARNINGS,
    "finding_rule": FINDING_RULES,
    "reason": REASONS,
}
"""Every map by the name that sentences call it by (``{stage:stage}``)."""
