"""Chinese labels of every identifier that people see."""

from __future__ import annotations

from collections.abc import Mapping

from balance_analysis.terms import STAGE_NAMES

STAGES: Mapping[str, str] = {**STAGE_NAMES, "all": "全县"}
OUTCOMES: Mapping[str, str] = {
    "met": "达标",
    "tolerable": "容许短板",
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
    "county_resources": "全部学段资源配置",
    "county_resources_composite": "全部学段资源配置（综合差异系数口径）",
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
TARGET_STATUSES: Mapping[str, str] = {
    "reached": "已达到",
    "missed": "没有达到",
    "open": "现无法判定",
    "likely": "很可能达到",
    "uncertain": "没有把握",
    "unlikely": "很可能达不到",
    "keeps": "照近年速度能保持",
    "slips": "照近年速度会跌出",
    "pace_reaches": "照近年速度能达到",
    "pace_misses": "照近年速度达不到",
    "met_now": "现已达到，看不出走向",
    "not_met_now": "现未达到，看不出走向",
    "to_do": "现未达标，须专门解决",
    "done_now": "现已达标",
}
RELATION_WORDS: Mapping[str, str] = {"at_least": "不低于", "at_most": "不超过", "below": "低于"}
LIMIT_KEPT: Mapping[str, str] = {"met": "不高于", "not_met": "高于"}
"""A coefficient beside its limit."""
OWN_STAGES: Mapping[str, str] = {**STAGES, "all": ""}
"""A stage before the name of something; nothing where it is the whole county's."""
CONCLUSIONS: Mapping[str, str] = {"met": "达标", "not_met": "不达标", "not_assessable": "未评估"}
"""What a document concludes, in the words of the evidence sheet."""
VETO_CONCLUSIONS: Mapping[str, str] = {
    "met": "未发现该情形",
    "not_met": "发现该情形",
    "not_assessable": "尚未核查",
}
"""What a document concludes about something that must not happen."""
ROOMS: Mapping[str, str] = {"music_rooms": "音乐教室", "art_rooms": "美术教室"}
ENTRIES: Mapping[str, str] = {
    "indicator": "指标",
    "limit": "限值",
    "parameter": "参数",
    "choice": "可切换的口径",
    "scope": "评估范围",
    "stage_weight": "学段权重",
    "item": "评估项目",
    "area_code": "城乡分类",
}
"""Kinds of entries of a law."""
TONES: Mapping[str, str] = {
    "reassuring": "令人放心",
    "adverse": "指出问题",
    "open": "不能下结论",
    "plain": "事实或建议",
}
TOPICS: Mapping[str, str] = {
    "verdict": "总体结论",
    "problems": "问题清单",
    "concessions": "宽限条款",
    "data": "数据缺口",
    "target": "目标年",
    "causes": "原因",
    "actions": "措施",
    "closeness": "临界数据",
    "areas": "城区、镇区和乡村",
    "warnings": "预警",
    "progress": "实施方案进展",
    "remediation": "整改方案",
    "region": "区域总览",
}
"""Topics of findings in the order of the master list."""
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
    "no_school": "一个学段没有学校数据",
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
PROGRESS: Mapping[str, str] = {
    "done": "已完成",
    "to_verify": "相关指标已达标，任务需查证",
    "late": "逾期未达到",
    "due": "当期应办",
    "open": "未到期",
    "outdated": "期限已过、数据较早",
    "not_assessable": "无法判定",
    "not_comparable": "不可比",
}
COHORT_KINDS: Mapping[str, str] = {
    "class_size": "班数不足",
    "school_size": "超过规模",
    "indicator": "低于标准值",
    "below_scope": "不再计入评估",
    "empty": "没有学生",
}
"""What newly fails at a school when grades move up."""
REPORTED: Mapping[str, str] = {
    "not_started": "未启动",
    "under_way": "进行中",
    "completed": "已完成",
    "closed": "已销号",
}
"""What a county reports of a line of its plan."""
LINES: Mapping[str, str] = {
    "target": "目标",
    "step": "阶段",
    "task": "任务",
    "commitment": "承诺指标",
    "own_task": "填报的任务",
}
ITEMS: Mapping[str, str] = {
    "school_standards": "办学基本标准",
    "government_work": "政府推进工作",
    "satisfaction": "公众满意度",
    "recognition": "社会认可度",
    "three_growths": "三个增长",
}
VARIANTS: Mapping[str, str] = {
    "lift_every_school": "逐校逐项补到标准值",
    "lift_then_repair": "逐校补齐后再降差异系数",
    "optimum": "最低成本整改方案",
}
PLAN_STATUSES: Mapping[str, str] = {
    "optimal": "已证明（达到要求的差距）",
    "feasible": "可行，差距未收敛到要求",
    "infeasible": "已证明没有可行方案",
    "no_plan_in_time": "时限内未得出结论",
}
FAMILIES: Mapping[str, str] = {
    "school_need": "学校指标",
    "school_floor": "学校指标下限",
    "school_minimum_met": "学校达标项数",
    "coefficient": "差异系数",
    "class_size": "班额",
    "school_size": "学校规模",
    "budget": "预算",
    "ceiling": "上限或冻结学校",
    "rotation": "交流轮岗",
    "donor_need": "调出学校自身需要",
    "within": "骨干教师来源",
    "smallest": "最小工程规模",
    "ground": "规模超限学校的用地",
    "required_move": "学生分流",
    "class_split": "超标班级拆分",
    "rooms": "音乐、美术专用教室",
    "time": "时限",
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
PASSING_SCHOOLS = "达标学校数"
UNKNOWN = "未知"
DUE = "已到期"
NONE = "无"
VALUE = "数值"
STATUS = "状态"
SOURCE_AND_NOTE = "出处和说明"
GIVEN = "参数"
"""Begins the basis of a planned year that the caller gave."""
UNKNOWN_STRATUM = "未填报"


THINGS: Mapping[str, str] = {
    "music_rooms": "音乐教室",
    "art_rooms": "美术教室",
    "enrolment_single_stage": "超员",
    "enrolment_nine_or_twelve_year": "超员",
    "oversize_classes": "超标班级",
    "operating_funds": "公用经费",
    "training_share": "教师培训经费",
    "completion_share": "完成培训的教师",
    "certified_share": "持教师资格证的教师",
    "nearby_share": "就近入学的学生",
    "retention_rate": "三年巩固的学生",
}
COUNTED: Mapping[str, str] = {
    **THINGS,
    "enrolment_single_stage": "在校生",
    "enrolment_nine_or_twelve_year": "在校生",
}
"""What a figure beside its limit counts; ``THINGS`` names what is lacking or too many."""
FILERS: Mapping[str, str] = {
    "schools": "各学校",
    "counties": "教育行政部门",
    "evidence": "该项工作的主管单位",
}
WHOLES: Mapping[str, str] = {"区": "全区", "市": "全市", "旗": "全旗"}


def whole_of(county_name: str) -> str:
    """What the whole of a county is called: by the last character of its name, 全县 where that says nothing else.

    >>> whole_of("八公山区"), whole_of("桓台县"), whole_of("荣成市"), whole_of("阿鲁科尔沁旗"), whole_of("围场满族蒙古族自治县")
    ('全区', '全县', '全市', '全旗', '全县')
    """
    return WHOLES.get(county_name[-1:], "全县")


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
    "target_status": TARGET_STATUSES,
    "relation_word": RELATION_WORDS,
    "limit_kept": LIMIT_KEPT,
    "entry": ENTRIES,
    "tone": TONES,
    "own_stage": OWN_STAGES,
    "conclusion": CONCLUSIONS,
    "veto_conclusion": VETO_CONCLUSIONS,
    "room": ROOMS,
    "method": METHODS,
    "binding": BINDINGS,
    "warning": WARNINGS,
    "finding_rule": FINDING_RULES,
    "reason": REASONS,
    "thing": THINGS,
    "filer": FILERS,
    "progress": PROGRESS,
    "line": LINES,
    "reported": REPORTED,
    "cohort_kind": COHORT_KINDS,
    "variant": VARIANTS,
    "plan_status": PLAN_STATUSES,
    "family": FAMILIES,
}
"""Every map by the name that sentences call it by (``{stage:stage}``)."""
