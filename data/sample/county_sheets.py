"""Rows of sheets 区县, 佐证 and 任务 of the sample counties."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import ceil, fsum
from typing import Any

from dice import Dice
from rosters import SPECIAL
from schools import School
from settings import County
from tasks import TASKS

Row = dict[str, Any]

_BASICS: Mapping[str, Row] = {
    "桓台县": {
        "population_wan": 50.42, "rural_population_wan": 31.86, "towns": 8, "villages": 334,
        "gdp_per_capita_cny": 98640, "local_revenue_per_capita_cny": 6580,
        "rural_income_per_capita_cny": 18420, "urban_income_per_capita_cny": 36870,
        "fiscal_education_appropriation_wan_cny": 87460.35, "fiscal_recurrent_revenue_wan_cny": 331870.60,
        "education_cost_per_pupil_cny": 13846.20, "teacher_average_salary_cny": 81640, "quota_share": 0.70,
    },
    "襄汾县": {
        "population_wan": 45.17, "rural_population_wan": 33.92, "towns": 13, "villages": 348,
        "gdp_per_capita_cny": 31260, "local_revenue_per_capita_cny": 1870,
        "rural_income_per_capita_cny": 11940, "urban_income_per_capita_cny": 27680,
        "fiscal_education_appropriation_wan_cny": 52318.74, "fiscal_recurrent_revenue_wan_cny": 118452.27,
        "education_cost_per_pupil_cny": 9718.45, "teacher_average_salary_cny": 58930, "quota_share": 0.60,
    },
    "八公山区": {
        "population_wan": 18.63, "rural_population_wan": 4.81, "towns": 2, "villages": 27,
        "gdp_per_capita_cny": 38540, "local_revenue_per_capita_cny": 2760,
        "rural_income_per_capita_cny": 16380, "urban_income_per_capita_cny": 36150,
        "fiscal_education_appropriation_wan_cny": 19846.51, "fiscal_recurrent_revenue_wan_cny": 46217.93,
        "education_cost_per_pupil_cny": 13275.80, "teacher_average_salary_cny": 88460, "quota_share": 0.80,
    },
}  # fmt: skip
_EARLIER_SHARE = {
    "population_wan": 0.996, "rural_population_wan": 1.008, "towns": 1.0, "villages": 1.0,
    "fiscal_education_appropriation_wan_cny": 0.912, "fiscal_recurrent_revenue_wan_cny": 0.934,
    "education_cost_per_pupil_cny": 0.926, "teacher_average_salary_cny": 0.931,
}  # fmt: skip
_EARLIER_SHARE_OF_MONEY = 0.931


def county_rows(county: County, years: Mapping[int, Sequence[School]]) -> list[Row]:
    """One row per year; sums over schools (special education, migrants) agree with sheet 学校."""
    return [_county_row(county, year, schools) for year, schools in years.items()]


def _county_row(county: County, year: int, schools: Sequence[School]) -> Row:
    back = county.years[-1] - year
    dice = Dice(f"{county.seed}-county-{year}")
    row: Row = {"school_year": year, "division_code": county.division_code, "county": county.name}
    basics = county.basics or _BASICS[county.name]
    for name, value in basics.items():
        if name == "quota_share":
            continue
        share = _EARLIER_SHARE.get(name, _EARLIER_SHARE_OF_MONEY) ** back
        row[name] = round(value * share) if isinstance(value, int) else round(value * share, 2)
    row["primary_funding_base_cny"] = county.primary_funding_base
    row["junior_secondary_funding_base_cny"] = county.junior_funding_base
    special = [school for school in schools if school.entry.school_type == SPECIAL]
    row["special_education_pupils"] = sum(_compulsory(school) for school in special)
    funds = fsum(school.number("operating_funds_actual_wan_cny") for school in special)
    row["special_education_funds_cny"] = round(funds * 10000)
    row["teacher_mean_pay_cny"] = row["teacher_average_salary_cny"] + 1260
    row["civil_servant_mean_pay_cny"] = round(row["teacher_mean_pay_cny"] * dice.uniform(0.965, 0.99))
    teachers = sum(int(school.number("certified_full_time_teachers")) for school in schools)
    row["rotation_eligible_teachers"] = round(teachers * dice.uniform(0.28, 0.34))
    row["rotated_teachers"] = ceil(row["rotation_eligible_teachers"] * dice.uniform(0.118, 0.152))
    row["rotated_backbone_teachers"] = ceil(row["rotated_teachers"] * dice.uniform(0.225, 0.31))
    graduates = [school for school in schools if "graduates" in school.row]
    finishing = sum(int(school.number("graduates")) for school in graduates)
    rural = sum(int(s.number("graduates")) for s in graduates if _outside_the_seat(s))
    row["good_senior_school_places"] = round(finishing * dice.uniform(0.44, 0.48))
    row["good_senior_school_quota"] = ceil(row["good_senior_school_places"] * basics["quota_share"])
    lean = min(0.97, 1.06 * rural / finishing)
    row["good_senior_school_quota_rural"] = ceil(row["good_senior_school_quota"] * lean)
    public = sum(int(s.number("migrant_children_enrolment")) for s in schools if not s.entry.non_government)
    private = sum(int(s.number("migrant_children_enrolment")) for s in schools if s.entry.non_government)
    row["migrant_children_in_public_schools"] = public
    row["migrant_children_in_purchased_places"] = round(private * 0.6)
    row["eligible_migrant_children"] = public + private + dice.between(3, 12)
    children = 2 * row["special_education_pupils"] + dice.between(5, 25)
    row["disabled_children"] = children
    row["disabled_children_enrolled"] = ceil(children * dice.uniform(0.968, 0.988))
    row["questionnaires"] = 1000 + dice.between(20, 380)
    row["parent_questionnaires"] = round(
        row["questionnaires"] * Dice(f"{county.seed}-parents-{year}").uniform(0.55, 0.7)
    )
    row["valid_questionnaires"] = row["questionnaires"] - dice.between(11, 43)
    row["satisfied_questionnaires"] = round(row["valid_questionnaires"] * dice.uniform(0.925, 0.965))
    row["interviews"] = dice.between(163, 247)
    row["satisfied_interviews"] = round(row["interviews"] * dice.uniform(0.93, 0.97))
    lasting = Dice(f"{county.seed}-scores")
    row["school_standards_score"] = round(lasting.uniform(89.5, 92.5) - 1.3 * back, 1)
    row["government_work_score"] = round(lasting.uniform(91.0, 94.0) - 1.1 * back, 1)
    pupils = sum(_compulsory(school) for school in schools)
    money = fsum(school.number("operating_funds_actual_wan_cny") for school in schools)
    row["operating_funds_per_pupil_cny"] = round(money * 10000 / pupils * 0.96**back, 2)
    return row


def _outside_the_seat(school: School) -> bool:
    """Town and village schools outside the county seat: those that do not bear the county's name."""
    entry = school.entry
    return entry.urban_rural_code >= "120" and not entry.name.startswith(str(school.row["county"]))


def _compulsory(school: School) -> int:
    return school.pupils("primary") + school.pupils("junior_secondary")


_EVIDENCE = (
    ("B8", "中小学布局专项规划及年度实施报告", "规划局、教育局"),
    ("B9", "学校建设、教师编制、公用经费、装备配置统一标准文件汇编", "教育局、财政局、编办"),
    ("B15", "教师绩效工资总量核定文件", "人社局、财政局"),
    ("B17", "教职工编制和岗位年度分配文件", "编办、人社局"),
    ("B22", "农村留守儿童关爱服务体系建设台账", "教育局、妇联、团委"),
    ("B25", "学校章程核准名册、教育信息化建设验收表", "教育局"),
    ("B27", "教师信息化教学能力抽测及设备使用记录", "教育局"),
    ("B28", "德育工作与校园文化建设评估结果", "教育局"),
    ("B29", "课程实施检查记录、综合实践活动档案", "教育局"),
    ("B30", "课业负担专项督查通报", "教育督导室"),
    ("E1", "义务教育基本均衡认定文件", "教育督导室"),
    ("E2", "基本均衡年度监测结果", "教育督导室"),
    ("V1", "招生工作专项检查记录", "教育局"),
    ("V2", "招生工作专项检查记录", "教育局"),
    ("V3", "均衡编班检查记录", "教育局"),
    ("V4", "教职工编制使用核查表", "编办、教育局"),
    ("V5", "安全与违纪事件零报告台账", "教育局"),
    ("V6", "数据质量核查报告", "教育督导室"),
)
_NOT_YET = {
    ("襄汾县", "B27", 2017): "not_assessable",
    ("襄汾县", "B25", 2015): "not_assessable",
    **{("襄汾县", "E1", year): "not_met" for year in (2015, 2016, 2017)},
    **{("襄汾县", "E2", year): "not_assessable" for year in (2015, 2016, 2017)},
}
"""Conclusions other than met: Xiangfen had not yet been recognised as basically balanced."""
_MONITORING = (("语文", 0.118), ("数学", 0.127), ("科学", 0.136))


def evidence_rows(county: County) -> list[Row]:
    """Conclusions of the evidence items and the monitoring results per subject, every year."""
    rows: list[Row] = []
    for year in county.years:
        dice = Dice(f"{county.seed}-evidence-{year}")
        for item, document, office in _EVIDENCE:
            rows.append({
                "school_year": year,
                "division_code": county.division_code,
                "item": item,
                "conclusion": county.not_yet.get(
                    (item, year), _NOT_YET.get((county.name, item, year), "met")
                ),
                "reference": f"{year}年度{document}（模拟）",
                "responsible_office": office,
            })  # fmt: skip
        for subject, rate in _MONITORING:
            too_wide = county.name == "襄汾县" and subject == "数学"
            value = round(rate + dice.uniform(-0.012, 0.01) + (0.045 if too_wide else 0.0), 3)
            rows.append({
                "school_year": year,
                "division_code": county.division_code,
                "item": "B31",
                "conclusion": "met" if value < 0.15 else "not_met",
                "reference": f"{year}年国家义务教育质量监测{subject}结果报告（模拟）",
                "subject": subject,
                "achievement_level": "Ⅲ级",
                "inter_school_difference_rate": value,
                "responsible_office": "教育督导室",
            })  # fmt: skip
    return rows


def task_rows(county: County) -> list[Row]:
    """The county's own measures per item; 现状 stays empty because the program writes it."""
    return [
        {
            "item": task.item,
            "measure": task.measure,
            "deadline": task.deadline,
            "responsible_offices": task.offices,
            "investment_wan_cny": task.investment_wan_cny,
        }
        for task in TASKS.get(county.name, ())
    ]
