"""Read plans: strict TOML to frozen records; everything that is wrong with a file is said at once."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import MISSING, dataclass, fields
from importlib import resources
from pathlib import Path
from typing import Any

from balance_analysis.errors import RegimeError
from balance_analysis.programmes.model import (
    Commitment,
    MeasuredBy,
    Office,
    Plan,
    PlanHead,
    Section,
    Step,
    Target,
    Task,
)
from balance_analysis.programmes.references import reference_problems
from balance_analysis.strict_toml import file_text, folder_texts, parse_fields, read_toml
from balance_analysis.terms import ALL_STAGES, Stage

KINDS = ("target", "section", "step", "task", "commitment")
DETAILS: Mapping[MeasuredBy, tuple[str, ...]] = {
    MeasuredBy.ITEM: ("subject",),
    MeasuredBy.ITEM_FIGURE: ("subject", "figure"),
    MeasuredBy.COEFFICIENT: ("subject",),
    MeasuredBy.EVERY_COEFFICIENT: (),
    MeasuredBy.SCHOOLS_SHARE: (),
    MeasuredBy.INDICATOR_SHARE: ("subject",),
    MeasuredBy.SCHOOLS_COVERED: ("numerator", "denominator"),
    MeasuredBy.COUNTY_RATIO: ("numerator", "denominator"),
    MeasuredBy.REPORTED: ("reason",),
}
"""What each way of measuring must be told; nothing else may be given."""
OF_ONE_STAGE = (MeasuredBy.COEFFICIENT, MeasuredBy.EVERY_COEFFICIENT)


@dataclass(frozen=True, kw_only=True)
class _PlanFile(PlanHead):
    target: tuple[Target, ...] = ()
    section: tuple[Section, ...] = ()
    office: tuple[Office, ...] = ()
    step: tuple[Step, ...] = ()
    task: tuple[Task, ...] = ()
    commitment: tuple[Commitment, ...] = ()


def load_plan(plan: str | Path) -> Plan:
    """A shipped plan by id (``huantai_2017``), or a county's own plan by the path of its TOML file.

    Raises :class:`RegimeError` that lists every problem: an unknown id, no such file, an unknown or missing key, a
    figure without quotation marks, a reference that leads nowhere, an end before its beginning.

    >>> load_plan("huantai_2017").target_years
    (2018,)
    """
    name = str(plan)
    if isinstance(plan, str) and name in _shipped():
        return _parse_plan(_shipped()[name], f"{name}.toml", expected_id=name)
    path = Path(plan)
    if path.suffix != ".toml" or not path.is_file():
        known = "、".join(_shipped())
        raise RegimeError(f"没有方案“{name}”；可用：{known}，或给出本县方案的 .toml 文件路径")
    return _parse_plan(file_text(path, path.name, error=RegimeError), path.name)


def list_plans() -> tuple[Plan, ...]:
    """The shipped plans, by date of issue and id."""
    plans = [load_plan(name) for name in _shipped()]
    return tuple(sorted(plans, key=lambda plan: (plan.head.issued, plan.id)))


def _shipped() -> Mapping[str, str]:
    return folder_texts(resources.files("balance_analysis.programmes") / "data", error=RegimeError)


def _parse_plan(text: str, where: str, *, expected_id: str = "") -> Plan:
    problems: list[str] = []
    parts = parse_fields(_PlanFile, read_toml(text, where, error=RegimeError), where, problems)
    targets, sections, steps, tasks, commitments = (parts.pop(kind, ()) for kind in KINDS)
    offices = parts.pop("office", ())
    head = PlanHead(**parts) if _is_whole(parts) else None
    for kind, entries in zip(KINDS, (targets, sections, steps, tasks, commitments), strict=True):
        problems += [f"{where} [[{kind}]] {name}：id 重复" for name in _repeated(entries)]
    if head is not None:
        _check_head(head, where, problems, expected_id)
        _check_targets(head, targets, where, problems)
        problems += reference_problems(head, tasks, commitments, where)
    _check_steps(steps, where, problems)
    _check_tasks(tasks, {step.id for step in steps}, where, problems)
    _check_sections(tasks, commitments, {section.id for section in sections}, where, problems)
    _check_offices(offices, where, problems)
    for commitment in commitments:
        _check_commitment(commitment, f"{where} [[commitment]] {commitment.id}", problems)
    if not problems and not targets:
        problems.append(f"{where}：没有 [[target]]；请写明目标年")
    if problems or head is None:
        raise RegimeError("\n".join(problems))
    return Plan(
        head=head,
        targets=targets,
        steps=steps,
        tasks=tasks,
        commitments=commitments,
        sections=sections,
        offices=offices,
        fingerprint=hashlib.sha256(text.encode()).hexdigest(),
    )


def _is_whole(head: Mapping[str, Any]) -> bool:
    """Whether everything that a plan's head must say could be read."""
    return all(item.name in head for item in fields(PlanHead) if item.default is MISSING)


def _repeated(entries: Iterable[Any]) -> list[str]:
    counted = Counter(entry.id for entry in entries)
    return [name for name, times in counted.items() if times > 1]


def _check_head(head: PlanHead, where: str, problems: list[str], expected_id: str) -> None:
    if expected_id and head.id != expected_id:
        problems.append(f"{where}：id 是 {head.id}，应与文件名一致")
    if not re.fullmatch(r"\d{2,6}", head.division_code):
        problems.append(
            f"{where}：division_code 应为六位行政区划代码（或其前几位）的文本，发现“{head.division_code}”"
        )


def _check_targets(head: PlanHead, targets: Sequence[Target], where: str, problems: list[str]) -> None:
    for target in targets:
        place = f"{where} [[target]] {target.id}"
        code = target.division_code
        if code and not (re.fullmatch(r"\d{6}", code) and code.startswith(head.division_code)):
            problems.append(
                f"{place}：division_code 应为以 {head.division_code} 开头的六位代码，发现“{code}”"
            )
        if target.year < head.issued.year:
            problems.append(f"{place}：目标年 {target.year} 早于方案印发的 {head.issued.year} 年")


def _check_steps(steps: Iterable[Step], where: str, problems: list[str]) -> None:
    by_id = {step.id: step for step in steps}
    for step in by_id.values():
        place = f"{where} [[step]] {step.id}"
        _check_order(step.start, step.end, place, problems)
        if not step.part_of:
            continue
        whole = by_id.get(step.part_of)
        if whole is None or whole.part_of:
            problems.append(f"{place}：part_of 应为一个阶段的 id，发现“{step.part_of}”")
        elif step.start < whole.start or whole.end < step.end:
            problems.append(f"{place}：起止日期超出所属阶段 {whole.id}（{whole.start} 至 {whole.end}）")


def _check_tasks(tasks: Iterable[Task], steps: set[str], where: str, problems: list[str]) -> None:
    by_id = {task.id: task for task in tasks}
    for task in by_id.values():
        place = f"{where} [[task]] {task.id}"
        _check_order(task.start, task.deadline, place, problems)
        if task.step and task.step not in steps:
            problems.append(f"{place}：step 应为一个阶段的 id，发现“{task.step}”")
        if task.due_at_target and task.deadline is not None:
            problems.append(f"{place}：deadline 与 due_at_target 只能填写一个")
        if bool(task.offices) == bool(task.offices_note):
            problems.append(
                f"{place}：offices 不能为空；请写明责任单位，原文没有写的改用 offices_note 说明（二者只填一个）"
            )
        whole = by_id.get(task.belongs_to)
        if task.belongs_to and (whole is None or whole.belongs_to):
            problems.append(f"{place}：belongs_to 应为一项任务的 id，发现“{task.belongs_to}”")


def _check_sections(
    tasks: Iterable[Task],
    commitments: Iterable[Commitment],
    sections: set[str],
    where: str,
    problems: list[str],
) -> None:
    for kind, entries in (("task", tasks), ("commitment", commitments)):
        problems += [
            f"{where} [[{kind}]] {entry.id}：section 应为一个 [[section]] 的 id，发现“{entry.section}”"
            for entry in entries
            if entry.section and entry.section not in sections
        ]


def _check_offices(offices: Iterable[Office], where: str, problems: list[str]) -> None:
    """One name means one body."""
    counted = Counter(name for office in offices for name in dict.fromkeys((office.name, *office.also)))
    problems += [
        f"{where} [[office]]：名称“{name}”出现在{times}个单位中"
        for name, times in counted.items()
        if times > 1
    ]


def _check_commitment(entry: Commitment, place: str, problems: list[str]) -> None:
    _check_order(entry.start, entry.due, place, problems)
    if entry.due_at_target and entry.due is not None:
        problems.append(f"{place}：due 与 due_at_target 只能填写一个")
    needed = DETAILS[entry.measured_by]
    for name in ("subject", "figure", "numerator", "denominator", "reason"):
        given = bool(getattr(entry, name))
        if given and name not in needed:
            problems.append(f"{place}：measured_by 为 {entry.measured_by} 时不能填写“{name}”")
        if not given and name in needed:
            problems.append(f"{place}：measured_by 为 {entry.measured_by} 时须填写“{name}”")
    if entry.offices and entry.offices_note:
        problems.append(f"{place}：offices 与 offices_note 只能填写一个")
    if entry.measured_by in OF_ONE_STAGE and entry.stage == ALL_STAGES:
        problems.append(f"{place}：差异系数分学段计算，stage 应为 {'、'.join(Stage)} 之一")


def _check_order(start: Any, end: Any, place: str, problems: list[str]) -> None:
    if start is not None and end is not None and end < start:
        problems.append(f"{place}：结束日期 {end} 早于开始日期 {start}")
