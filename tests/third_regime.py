"""A made-up third regime: other limits, ten indicators of which eight must be met, 80 %, item ids without a B.

No place says so. Code that knows the law only from its files judges a county by it without a change; code that
still thinks of 2017 (seven indicators, "6", "85", ``B11``) stumbles here.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

ID = "third_balance_2020"
SINCE = "2020-01-01"
MINIMUM_MET, TOLERATED_SHARE = "8", "0.80"
COEFFICIENTS = {"primary": "0.42", "junior_secondary": "0.37"}


class Indicator(NamedTuple):
    """One indicator as the file lists it; ``primary`` and ``junior_secondary`` are its limits for a school."""

    method: str
    name: str
    unit: str
    scale: str
    primary: str
    junior_secondary: str


PER_100 = "人/百名学生"
INDICATORS = (
    Indicator("full_time_teachers", "每百名学生专任教师数", PER_100, "100", "6", "7"),
    Indicator("above_standard_qualified_teachers", "每百名学生高学历教师数", PER_100, "100", "5", "5.5"),
    Indicator("intermediate_title_teachers", "每百名学生中级职称教师数", PER_100, "100", "3", "3.4"),
    Indicator("backbone_teachers", "每百名学生骨干教师数", PER_100, "100", "1.5", "1.6"),
    Indicator("pe_arts_teachers", "每百名学生体艺教师数", PER_100, "100", "1.2", "1.3"),
    Indicator("teaching_area", "生均教学及辅助用房面积", "平方米", "1", "5", "5.6"),
    Indicator("sports_area", "生均体育运动场馆面积", "平方米", "1", "8", "10.6"),
    Indicator("equipment_value", "生均教学仪器设备值", "元", "10000", "2200", "2800"),
    Indicator("computers", "每百名学生计算机台数", "台/百名学生", "100", "12", "14"),
    Indicator("books", "生均图书册数", "册", "1", "15", "18"),
)
"""The plain school of :func:`tests.county_tables.school` meets every one of these at either stage."""


class Item(NamedTuple):
    """One other item: its limits as ``(measure, stage, relation, value, unit)``."""

    id: str
    group: str
    name: str
    kind: str
    method: str = ""
    limits: tuple[tuple[str, str, str, str, str], ...] = ()


GUARANTEE, QUALITY = "government_guarantee", "education_quality"
ITEMS = (
    Item("G1", GUARANTEE, "学校规划布局", "evidence"),
    Item("G2", GUARANTEE, "专用教室", "numeric", "music_art_rooms"),
    Item("G3", GUARANTEE, "学校规模", "numeric", "school_size", (
        ("enrolment_single_stage", "all", "at_most", "1600", "人"),
        ("enrolment_nine_or_twelve_year", "all", "at_most", "1900", "人"),
    )),
    Item("G4", GUARANTEE, "班额", "numeric", "class_size", (
        ("class_size", "primary", "at_most", "40", "人"),
        ("class_size", "junior_secondary", "at_most", "45", "人"),
    )),
    Item("G5", GUARANTEE, "小规模学校公用经费", "numeric", "small_school_funds"),
    Item("G6", GUARANTEE, "特殊教育公用经费", "numeric", "special_education_funds",
         (("funds_per_pupil", "all", "at_least", "9000", "元"),)),
    Item("G7", GUARANTEE, "教师工资收入", "numeric", "teacher_pay",
         (("pay_ratio", "all", "at_least", "105", "%"),)),
    Item("G8", GUARANTEE, "教师培训", "numeric", "teacher_training",
         (("completion_share", "all", "at_least", "98", "%"),)),
    Item("G9", GUARANTEE, "交流轮岗", "numeric", "teacher_rotation", (
        ("rotation_share", "all", "at_least", "12", "%"),
        ("backbone_share", "all", "at_least", "25", "%"),
    )),
    Item("G10", GUARANTEE, "教师资格", "numeric", "teacher_certificates",
         (("certified_share", "all", "at_least", "99", "%"),)),
    Item("G11", GUARANTEE, "就近入学", "numeric", "nearby_enrolment", (
        ("nearby_share", "primary", "at_least", "98", "%"),
        ("nearby_share", "junior_secondary", "at_least", "92", "%"),
    )),
    Item("G12", GUARANTEE, "名额分配", "numeric", "senior_school_quota",
         (("quota_share", "all", "at_least", "60", "%"),)),
    Item("G13", GUARANTEE, "随迁子女", "numeric", "migrant_children",
         (("public_or_purchased_share", "all", "at_least", "88", "%"),)),
    Item("Q1", QUALITY, "巩固率", "numeric", "retention_rate",
         (("retention_rate", "all", "at_least", "97", "%"),)),
    Item("Q2", QUALITY, "残疾儿童入学率", "numeric", "disabled_children_enrolment",
         (("enrolment_rate", "all", "at_least", "96", "%"),)),
    Item("Q3", QUALITY, "培训经费", "numeric", "training_funds",
         (("training_share", "all", "at_least", "6", "%"),)),
    Item("Q4", QUALITY, "质量监测", "numeric", "quality_monitoring", (
        ("achievement_level", "all", "at_least", "4", "级"),
        ("inter_school_difference_rate", "all", "below", "0.12", "1"),
    )),
    Item("S1", "social_recognition", "社会认可度", "numeric", "social_recognition",
         (("recognition_share", "all", "at_least", "90", "%"),)),
    Item("N1", "veto", "弄虚作假", "veto"),
)  # fmt: skip

PARAMETERS = {
    "school.indicators_met_minimum": (MINIMUM_MET, "项"),
    "school.tolerated_share": (TOLERATED_SHARE, "1"),
    "display.indicator_decimals": ("2", "位"),
    "display.coefficient_decimals": ("3", "位"),
    "display.percent_decimals": ("1", "位"),
    "display.borderline_decimals": ("2", "位"),
    "music_art_rooms.classes_per_room": ("10", "班"),
    "music_art_rooms.music_room_area": ("73", "平方米"),
    "music_art_rooms.art_room_area": ("67", "平方米"),
    "small_school_funds.enrolment_minimum": ("120", "人"),
}
CHOICES = {
    "deduct_indoor_sports_from_teaching_area": ("off", "on"),
    "split_shared_resources": ("on", "off"),
    "items.merge_campuses": ("on", "off"),
    "music_art_rooms.classes_counted": ("school_total", "by_stage"),
    "small_school_funds.schools": ("every_small_school", "village_primary_and_sites"),
    "nearby_enrolment.level": ("county", "school"),
    "senior_school_quota.rural_preference": ("compared", "evidence", "reported"),
    "migrant_children.left_behind_evidence": ("if_filed", "required"),
    "recognition.formula": ("combined", "each"),
}
"""Every reading that the methods ask for; the first word is the one in force."""
BOTH = ("primary", "junior_secondary")
SCOPE = {
    "primary_school": ("primary",),
    "teaching_site": ("primary",),
    "junior_secondary_school": ("junior_secondary",),
    "nine_year": BOTH,
    "complete_secondary": ("junior_secondary",),
    "twelve_year": BOTH,
}
STAGE_WEIGHTS = {
    "nine_year": ("1", "1.2", "0"),
    "twelve_year": ("1", "1.2", "1.4"),
    "complete_secondary": ("0", "1", "1.3"),
}


def write_third_regime(folder: Path) -> Path:
    """Write ``national/`` and an empty ``local/`` into ``folder`` and return it: the ``folder`` of ``load_regime``."""
    for part in ("national", "local"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    (folder / "national" / f"{ID}.toml").write_text(_law(), encoding="utf-8")
    (folder / "national" / "area_codes.toml").write_text(_area_codes(), encoding="utf-8")
    return folder


def _law() -> str:
    resources = [
        Item(f"R{number}", "resource_allocation", one.name, "resource", one.method)
        for number, one in enumerate(INDICATORS, start=1)
    ]
    text = [
        f'id = "{ID}"\nname = "第三种评估办法（虚构）"\nshort_name = "第三办法"\nvalid_from = {SINCE}\n',
        _source(),
    ]
    for number, one in enumerate(INDICATORS, start=1):
        text.append(
            _entry(
                "indicator",
                id=one.method,
                item=f"R{number}",
                name=one.name,
                short_name=one.name[-6:],
                unit=one.unit,
                method=one.method,
                scale=one.scale,
                decimals=2,
            )
        )
        for stage in BOTH:
            text.append(
                _limit(one.method, ("school_value", stage, "at_least", getattr(one, stage), one.unit))
            )
            text.append(_limit(one.method, ("cv", stage, "at_most", COEFFICIENTS[stage], "1")))
    for item in (*resources, *ITEMS):
        given = {"id": item.id, "group": item.group, "name": item.name, "kind": item.kind}
        text.append(_entry("item", **given, requirement=f"{item.name}达到要求", method=item.method))
        text += [_limit(item.id, limit) for limit in item.limits]
    text += [
        _entry("parameter", id=name, value=value, unit=unit) for name, (value, unit) in PARAMETERS.items()
    ]
    text += [
        _entry("choice", id=name, name=f"口径{number}", value=options[0], options=options)
        for number, (name, options) in enumerate(CHOICES.items(), start=1)
    ]
    for school_type, stages in SCOPE.items():
        text.append(
            _entry(
                "scope",
                school_type=school_type,
                stages=stages,
                sponsors=("public", "non_government"),
                minimum_enrolment="0",
            )
        )
    for school_type, weights in STAGE_WEIGHTS.items():
        named = dict(zip(("primary", "junior_secondary", "senior_secondary"), weights, strict=True))
        text.append(_entry("stage_weight", school_type=school_type, **named))
    return "\n".join(text)


def _area_codes() -> str:
    strata = {"urban": ("111", "112"), "town": ("121", "122", "123"), "rural": ("210", "220")}
    return _source() + "\n".join(
        _entry("area", codes=codes, stratum=stratum) for stratum, codes in strata.items()
    )


def _source() -> str:
    return (
        f'[[source]]\nid = "made_up"\ntitle = "虚构的评估办法"\nnumber = "测试〔2020〕1号"\ndate = {SINCE}\n'
    )


def _limit(subject: str, limit: tuple[str, str, str, str, str]) -> str:
    measure, stage, relation, value, unit = limit
    return _entry(
        "limit", subject=subject, measure=measure, stage=stage, relation=relation, value=value, unit=unit
    )


def _entry(kind: str, /, **fields: object) -> str:
    lines = [f"{name} = {_toml(value)}" for name, value in fields.items() if value != ""]
    return "\n".join(
        [
            f"[[{kind}]]",
            *lines,
            'clause = "第三条"\nsource = "made_up"\ngrade = "C"',
            f"valid_from = {SINCE}\n",
        ]
    )


def _toml(value: object) -> str:
    if isinstance(value, tuple):
        return f"[{', '.join(_toml(part) for part in value)}]"
    return (
        str(value).lower()
        if isinstance(value, bool)
        else f'"{value}"'
        if isinstance(value, str)
        else str(value)
    )
