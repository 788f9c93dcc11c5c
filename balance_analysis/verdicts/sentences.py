"""The Chinese sentence that explains an item's outcome with its figures."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction

import numpy as np

from balance_analysis.exact import Mask
from balance_analysis.measures.items.context import (
    CAPPED,
    LARGEST_CLASS_CONTRADICTS,
    NO_PREVIOUS_YEAR,
    ZERO_DENOMINATOR,
    Context,
)
from balance_analysis.measures.records import WAN
from balance_analysis.terms import Outcome, Stage
from balance_analysis.verdicts.parts import JudgedSchools, Judgement, Part
from balance_analysis.verdicts.wording import (
    NOTES,
    names,
    plain,
    quantity,
    requirement,
    value_beside_limit,
)
from balance_analysis.verdicts.words import CONCLUSIONS, FOUND, STAGES

COUNTY_PHRASES: Mapping[str, str] = {
    "funding_base": "{stage}生均公用经费基准定额{value}",
    "funds_per_pupil": "特殊教育公用经费{part}元，学生{whole}人，生均{value}",
    "pay_ratio": "教师年平均工资{part}元，公务员年平均工资{whole}元，前者为后者的{value}",
    "completion_share": "专任教师{whole}人，5年内完成360学时培训{part}人，完成率{value}",
    "certified_share": "专任教师{whole}人，持教师资格证{part}人，持证上岗率{value}",
    "rotation_share": "符合交流条件教师{whole}人，交流轮岗{part}人，占{value}",
    "backbone_share": "交流轮岗教师{whole}人，其中骨干教师{part}人，占{value}",
    "nearby_share": "城区和镇区公办非寄宿制学校{stage}在校生{whole}人，就近划片入学{part}人，占{value}",
    "quota_share": "优质高中招生计划{whole}人，分配名额{part}人，占{value}",
    "public_or_purchased_share": "符合条件的随迁子女{whole}人，在公办学校和政府购买服务的民办学校就读{part}人，占{value}",
    "retention_rate": "三年前初一学生减去死亡后{whole}人，毕业学生扣除转入、计入转出后{part}人，三年巩固率{value}",
    "enrolment_rate": "残疾儿童少年{whole}人，入学{part}人，入学率{value}",
    "recognition_share": "{subject}有效调查{whole}人次，满意{part}人次，占{value}",
    "score": "得分{value}",
    "achievement_level": "{subject}学业水平{value}",
    "inter_school_difference_rate": "{subject}校际差异率{value}",
    "appropriation_growth": "财政教育拨款增长{value}",
    "cost_per_pupil_growth": "生均教育费用增长{value}",
    "teacher_salary_growth": "教师平均工资增长{value}",
    "operating_funds_growth": "生均公用经费增长{value}",
}
UNKNOWN_NAMES: Mapping[str, str] = {
    "funding_base": "{stage}生均公用经费基准定额",
    "funds_per_pupil": "特殊教育生均公用经费",
    "pay_ratio": "教师与公务员平均工资之比",
    "completion_share": "培训完成率",
    "certified_share": "持证上岗率",
    "rotation_share": "交流轮岗比例",
    "backbone_share": "骨干教师交流比例",
    "nearby_share": "{stage}就近划片入学比例",
    "quota_share": "名额分配比例",
    "rural_quota_share": "名额向农村初中倾斜程度",
    "public_or_purchased_share": "随迁子女就读比例",
    "retention_rate": "三年巩固率",
    "enrolment_rate": "残疾儿童少年入学率",
    "recognition_share": "{subject}社会认可度",
    "score": "得分",
    "achievement_level": "{subject}学业水平",
    "inter_school_difference_rate": "{subject}校际差异率",
    "appropriation_growth": "财政教育拨款与经常性收入的增长",
    "cost_per_pupil_growth": "生均教育费用的增长",
    "teacher_salary_growth": "教师平均工资的增长",
    "operating_funds_growth": "生均公用经费的增长",
}
ROOMS = {"music_rooms": "音乐教室", "art_rooms": "美术教室"}
ABOUT_EVIDENCE: Mapping[str, str] = {
    "teacher_pay": "按规定足额核定教师绩效工资总量的",
    "migrant_children": "留守儿童关爱体系",
    "senior_school_quota": "向农村初中倾斜",
}
ASKED = {"questionnaires": "问卷：", "interviews": "走访："}
"""Who was asked about the schools, where the answers are counted apart."""
NO_SCHOOL = "没有学校数据，需要逐校数据才能判定"


def item_sentence(judgement: Judgement, context: Context, headers: Mapping[str, str]) -> str:
    """Why the item has its outcome: figures, schools concerned, what is missing, what the evidence says.

    ``headers`` are the Chinese names of the fields, by which blanks are named.
    """
    if judgement.item.kind == "resource":
        return judgement.given_detail
    clauses: list[str] = []
    by_school = SCHOOL_SENTENCES.get(judgement.item.method)
    if by_school is not None and judgement.schools is None:
        clauses.append(_no_school(judgement, context))
    elif by_school is not None and judgement.schools is not None:
        clauses += by_school(judgement, judgement.schools, context)
    else:
        county = judgement.parts
        if county and all(part.measure.note == NO_PREVIOUS_YEAR for part in county):
            clauses.append(NOTES[NO_PREVIOUS_YEAR])
        else:
            clauses += [_county_clause(part, context, headers) for part in county]
        if any(part.measure.note == CAPPED for part in county):
            clauses.append("个别学校填报人数多于专任教师数，按专任教师数计")
        if not county and judgement.schools is not None:
            clauses += _each_school(judgement.schools, judgement.failing)
        if not county and judgement.schools is None and judgement.item.method == "nearby_enrolment":
            nobody = "没有城区和镇区公办非寄宿制学校，本项没有适用对象"
            clauses.append(nobody if len(context.every_school) else NO_SCHOOL)
    clauses += _unknown_schools(judgement, headers)
    if judgement.evidence.conclusion or judgement.evidence_required:
        clauses.append(_evidence_clause(judgement))
    return "；".join(clauses) + "。"


def school_sentence(part: Part) -> str:
    """What one school lacks."""
    measure = part.measure
    assert measure.exact is not None
    assert part.limit is not None
    kind = ROOMS.get(measure.measure)
    if kind:
        return f"缺{kind}{plain(_lacking(part))}间（应有{plain(part.limit)}间，合格{plain(measure.exact)}间）"
    if measure.measure == "oversize_classes":
        if measure.note == LARGEST_CLASS_CONTRADICTS:
            return f"最大班额{plain(measure.available or Fraction(0))}人，超过标准"
        return f"{STAGES[measure.stage]}超标班级{plain(measure.exact)}个"
    if measure.measure == "operating_funds":
        have, need = plain(measure.exact / WAN, 4), plain(part.limit / WAN, 4)
        return f"学生{plain(measure.numerator or Fraction(0))}人，公用经费{have}万元，按规定应有{need}万元"
    if measure.measure.startswith("enrolment_"):
        return f"义务教育阶段学生{plain(measure.exact)}人，上限{plain(part.limit)}人"
    return f"{value_beside_limit(part)}（{requirement(part)}）"


def _county_clause(part: Part, context: Context, headers: Mapping[str, str]) -> str:
    measure = part.measure
    stage, subject = STAGES[measure.stage], ASKED.get(measure.subject, measure.subject)
    if measure.exact is None:
        name = UNKNOWN_NAMES[measure.measure].format(stage=stage, subject=subject)
        note = NOTES.get(measure.note, "")
        if measure.note == ZERO_DENOMINATOR and not len(context.every_school):
            note = NO_SCHOOL
        reason = "；".join(text for text in (_lack(measure.missing, headers), note) if text) or "没有数据"
        if part.outcome == Outcome.NOT_MET:
            return f"{name}：{reason}，但即使缺少的部分全部符合也低于标准"
        return f"{name}无法计算：{reason}"
    if measure.measure == "rural_quota_share":
        return _rural_quota_clause(part)
    text = COUNTY_PHRASES[measure.measure].format(
        stage=stage,
        subject=subject,
        value=value_beside_limit(part),
        part="" if measure.numerator is None else plain(measure.numerator),
        whole="" if measure.denominator is None else plain(measure.denominator),
    )
    if measure.measure == "appropriation_growth" and part.limit is not None:
        return f"{text}，财政经常性收入增长{quantity(part.limit, '%')}"
    return text if part.limit is None or measure.holds is not None else f"{text}（{requirement(part)}）"


def _rural_quota_clause(part: Part) -> str:
    assert part.limit is not None
    assert part.measure.exact is not None
    if part.limit == 0:
        return "没有乡村初中学生，不涉及向农村初中倾斜"
    filed = "" if part.measure.numerator is None else f"{plain(part.measure.numerator)}人"
    return (
        f"分配农村初中名额{filed}，占分配名额的{value_beside_limit(part)}，"
        f"乡村初中在校生占全县初中的{quantity(part.limit, '%')}"
    )


def _no_school(judgement: Judgement, context: Context) -> str:
    if judgement.item.method != "small_school_funds" or not len(context.every_school):
        return NO_SCHOOL
    return f"没有适用本项的不足{_small(context)}人的学校和教学点"


def _rooms(judgement: Judgement, schools: JudgedSchools, context: Context) -> list[str]:
    area, per_room = (
        {kind: context.regime.parameter(f"music_art_rooms.{kind}_room_area") for kind in ("music", "art")},
        context.regime.parameter("music_art_rooms.classes_per_room"),
    )
    rule = (
        f"每{per_room}个班级音乐、美术专用教室各1间，音乐教室不小于"
        f"{area['music']}平方米、美术教室不小于{area['art']}平方米"
    )
    every, failing = _schools(schools), {part.measure.school_code for part in judgement.failing}
    open_schools = _schools(schools, _open(schools))
    kept = [name for code, name in every.items() if code not in failing and code not in open_schools]
    if not failing:
        return [f"{len(kept)}所学校音乐、美术专用教室均达到要求（{rule}）"] if kept else []
    short = dict.fromkeys(ROOMS, Fraction(0))
    for part in judgement.failing:
        short[part.measure.measure] += _lacking(part)
    clauses = [
        f"{len(every)}所学校中有{len(failing)}所音乐、美术专用教室的间数或面积未达到要求（{rule}）",
        f"共缺{'、'.join(f'{word}{plain(short[kind])}间' for kind, word in ROOMS.items())}",
    ]
    clauses.append(f"达到要求的学校{len(kept)}所" + (f"：{names(kept)}" if kept else ""))
    return clauses


def _size(judgement: Judgement, schools: JudgedSchools, context: Context) -> list[str]:
    failing = judgement.failing
    if failing:
        listed = names(
            failing,
            lambda part: f"{_pupils(part, '人，')}上限{plain(part.limit or Fraction(0))}人）",
        )
        return [f"有{len(failing)}所学校超过规模：{listed}"]
    filed = schools.rows.exact
    known = np.flatnonzero(filed.known).tolist()
    if not known:
        return [NO_SCHOOL]
    largest = schools.part(max(known, key=lambda row: filed.at(row) or Fraction(0)))
    return [f"{len(known)}所学校均未超过规模上限，学生最多的是{_pupils(largest, '人')}）"]


def _class_size(judgement: Judgement, schools: JudgedSchools, context: Context) -> list[str]:
    clauses, over, rows = [], [], schools.rows
    for stage in Stage:
        limit = context.regime.limit(judgement.item.id, "class_size", stage)
        mine = rows.stage == stage.value
        if limit is None or not mine.any():
            continue
        total = rows.exact.total(mine)
        if total > 0:
            over.append(f"超过{limit.value}人的{STAGES[stage]}班级{plain(total)}个")
        elif rows.exact.known[mine].all():
            clauses.append(f"没有超过{limit.value}人的{STAGES[stage]}班级")
    if over:
        failing = {part.measure.school_code: part.measure.school_name for part in judgement.failing}
        clauses.insert(0, "，".join(over))
        clauses.append(f"涉及{len(failing)}所学校：{names(list(failing.values()))}")
    odd = np.flatnonzero(rows.note == LARGEST_CLASS_CONTRADICTS).tolist()
    if odd:
        listed = names(
            odd, lambda row: f"{rows.school_name[row]}（{plain(rows.available.at(row) or Fraction(0))}人）"
        )
        clauses.append(f"最大班额超过标准而班额段没有反映的学校：{listed}")
    return clauses


def _small_schools(judgement: Judgement, schools: JudgedSchools, context: Context) -> list[str]:
    minimum, failing = _small(context), judgement.failing
    head = f"不足{minimum}人的学校和教学点{len(schools.rows)}所"
    if failing:
        listed = names(failing, lambda part: f"{part.measure.school_name}（{school_sentence(part)}）")
        return [f"{head}，其中{len(failing)}所公用经费低于按{minimum}人核定的数额：{listed}"]
    if (schools.outcome == Outcome.MET).all():
        return [f"{head}，公用经费均不低于按{minimum}人核定的数额"]
    return [head]


def _training_funds(judgement: Judgement, schools: JudgedSchools, context: Context) -> list[str]:
    limits, failing = np.flatnonzero(schools.limit.known), judgement.failing
    limit = plain(schools.limit.at(int(limits[0])) or Fraction(0)) if len(limits) else ""
    if failing:
        listed = names(failing, lambda part: f"{part.measure.school_name}（{value_beside_limit(part)}）")
        return [
            f"{len(schools.rows)}所学校中有{len(failing)}所教师培训经费低于公用经费预算总额的{limit}%：{listed}"
        ]
    kept = int((schools.outcome == Outcome.MET).sum())
    return [f"{kept}所学校教师培训经费均不低于公用经费预算总额的{limit}%"] if kept else []


SchoolSentence = Callable[[Judgement, JudgedSchools, Context], list[str]]
SCHOOL_SENTENCES: Mapping[str, SchoolSentence] = {
    "music_art_rooms": _rooms,
    "school_size": _size,
    "class_size": _class_size,
    "small_school_funds": _small_schools,
    "training_funds": _training_funds,
}


def _each_school(schools: JudgedSchools, failing: list[Part]) -> list[str]:
    if failing:
        codes = {part.measure.school_code for part in failing}
        listed = names(
            failing,
            lambda part: (
                f"{part.measure.school_name}（{STAGES[part.measure.stage]}{value_beside_limit(part)}）"
            ),
        )
        return [f"有{len(codes)}所学校未达到要求：{listed}"]
    return ["各校均达到要求"] if (schools.outcome == Outcome.MET).all() else []


def _open(schools: JudgedSchools) -> Mask:
    """Rows that are open because of a blank or for a reason that a note gives."""
    rows = schools.rows
    noted: Mask = np.array([note in NOTES for note in rows.note], dtype=bool)
    found: Mask = (schools.outcome == Outcome.NOT_ASSESSABLE) & ((rows.missing.bits != 0) | noted)
    return found


def _unknown_schools(judgement: Judgement, headers: Mapping[str, str]) -> list[str]:
    schools = judgement.schools
    if judgement.outcome == Outcome.MET or schools is None or not (rows := _open(schools)).any():
        return []
    notes = dict.fromkeys(NOTES[note] for note in schools.rows.note[rows] if note in NOTES)
    why = "；".join(text for text in (_lack(schools.rows.missing_in(rows), headers), *notes) if text)
    unknown = _schools(schools, rows)
    return [f"{len(unknown)}所学校无法判定（{why}）：{names(list(unknown.values()))}"]


def _lack(blank: Sequence[str], headers: Mapping[str, str]) -> str:
    return f"缺少{'、'.join(headers[name] for name in blank)}" if blank else ""


def _evidence_clause(judgement: Judgement) -> str:
    found = judgement.evidence
    if not found.conclusion:
        about = ABOUT_EVIDENCE.get(judgement.item.method, "")
        return f"没有填报{about}佐证结论，请在“佐证”表填写结论和依据"
    sources = [f"依据：{found.reference}"] if found.reference else ["未注明依据"]
    if found.responsible_office:
        sources.append(f"责任单位：{found.responsible_office}")
    said = FOUND[found.conclusion]
    if judgement.item.kind != "veto":
        said = f"佐证结论：{CONCLUSIONS[found.conclusion]}"
    return f"{said}（{'，'.join(sources)}）"


def _small(context: Context) -> str:
    return plain(Fraction(context.regime.parameter("small_school_funds.enrolment_minimum")))


def _pupils(part: Part, after: str) -> str:
    return f"{part.measure.school_name}（{plain(part.measure.exact or Fraction(0))}{after}"


def _lacking(part: Part) -> Fraction:
    assert part.measure.exact is not None
    assert part.limit is not None
    return part.limit - part.measure.exact


def _schools(schools: JudgedSchools, which: Mask | slice = slice(None)) -> dict[str, str]:
    """Codes and names of the schools of some rows."""
    return dict(zip(schools.rows.school_code[which], schools.rows.school_name[which], strict=True))
