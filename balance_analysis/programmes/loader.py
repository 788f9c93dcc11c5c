"""Read plans: strict TOML to frozen records; everything that is wrong with a file is said at once."""

from __future__ import annotations

import dataclasses
import hashlib
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from importlib import resources
from pathlib import Path
from typing import Any, TypeVar

from balance_analysis.errors import RegimeError
from balance_analysis.programmes.model import Commitment, MeasuredBy, Plan, PlanHead, Step, Target, Task
from balance_analysis.programmes.references import reference_problems
from balance_analysis.strict_toml import parse_record
from balance_analysis.terms import ALL_STAGES, Stage

Record = TypeVar("Record")
ENTRY_KINDS: Mapping[str, type[Any]] = {
    "target": Target,
    "step": Step,
    "task": Task,
    "commitment": Commitment,
}
DETAILS: Mapping[MeasuredBy, tuple[str, ...]] = {
    MeasuredBy.ITEM: ("subject",),
    MeasuredBy.ITEM_FIGURE: ("subject", "figure"),
    MeasuredBy.COEFFICIENT: ("subject",),
    MeasuredBy.EVERY_COEFFICIENT: (),
    MeasuredBy.SCHOOLS_SHARE: (),
    MeasuredBy.INDICATOR_SHARE: ("subject",),
    MeasuredBy.COUNTY_RATIO: ("numerator", "denominator"),
    MeasuredBy.REPORTED: ("reason",),
}
"""What each way of measuring must be told; nothing else may be given."""
OF_ONE_STAGE = (MeasuredBy.COEFFICIENT, MeasuredBy.EVERY_COEFFICIENT)
STAGES = (ALL_STAGES, *(stage.value for stage in Stage))


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
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise RegimeError(f"{path.name}：不是 UTF-8 文本；请另存为 UTF-8 编码") from None
    return _parse_plan(text, path.name)


def list_plans() -> tuple[Plan, ...]:
    """The shipped plans, by date of issue and id."""
    plans = [load_plan(name) for name in _shipped()]
    return tuple(sorted(plans, key=lambda plan: (plan.head.issued, plan.id)))


def _shipped() -> dict[str, str]:
    folder = resources.files("balance_analysis.programmes") / "data"
    files = sorted(
        (item for item in folder.iterdir() if item.name.endswith(".toml")), key=lambda item: item.name
    )
    return {item.name.removesuffix(".toml"): item.read_text(encoding="utf-8") for item in files}


def _parse_plan(text: str, where: str, *, expected_id: str = "") -> Plan:
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise RegimeError(f"{where}：不是有效的 TOML：{error}") from None
    problems: list[str] = []
    raw_head = {key: value for key, value in table.items() if not _is_entries(value)}
    head = _record(PlanHead, raw_head, where, problems)
    entries: dict[str, tuple[Any, ...]] = {}
    for kind, record in ENTRY_KINDS.items():
        entries[kind] = _entries(kind, record, table.get(kind, []), where, problems)
    for kind in sorted(key for key, value in table.items() if _is_entries(value) and key not in ENTRY_KINDS):
        problems.append(f"{where}：不认识的部分“{kind}”；可用：{'、'.join(ENTRY_KINDS)}")
    if head is not None:
        _check_head(head, where, problems, expected_id)
        _check_targets(head, entries["target"], where, problems)
        problems += reference_problems(head, entries["task"], entries["commitment"], where)
    _check_steps(entries["step"], where, problems)
    _check_tasks(entries["task"], {step.id for step in entries["step"]}, where, problems)
    for commitment in entries["commitment"]:
        _check_commitment(commitment, f"{where} [[commitment]] {commitment.id}", problems)
    if not table.get("target"):
        problems.append(f"{where}：没有 [[target]]；请写明目标年")
    if problems or head is None:
        raise RegimeError("\n".join(problems))
    return Plan(
        head=head,
        targets=entries["target"],
        steps=entries["step"],
        tasks=entries["task"],
        commitments=entries["commitment"],
        fingerprint=hashlib.sha256(text.encode()).hexdigest(),
    )


def _is_entries(value: object) -> bool:
    return isinstance(value, dict) or (
        isinstance(value, list) and any(isinstance(part, dict) for part in value)
    )


def _entries(
    kind: str, record: type[Any], tables: object, where: str, problems: list[str]
) -> tuple[Any, ...]:
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        problems.append(f"{where}：“{kind}”应写成 [[{kind}]]（可重复的一段）")
        return ()
    found, seen = [], set()
    for number, raw in enumerate(tables, start=1):
        name = raw["id"] if isinstance(raw.get("id"), str) else number
        place = f"{where} [[{kind}]] {name}"
        if name in seen:
            problems.append(f"{place}：id 重复")
        seen.add(name)
        entry = _record(record, raw, place, problems)
        if entry is not None:
            found.append(entry)
    return tuple(found)


def _record(kind: type[Record], table: Mapping[str, Any], where: str, problems: list[str]) -> Record | None:
    """One record; what is missing is named here, in words that fit a plan."""
    required = [
        item.name
        for item in dataclasses.fields(kind)  # type: ignore[arg-type]
        if item.default is dataclasses.MISSING and item.default_factory is dataclasses.MISSING
    ]
    missing = [name for name in required if name not in table]
    if missing:
        problems.append(f"{where}：缺少{'、'.join(f'“{name}”' for name in missing)}")
    found: list[str] = []
    record = parse_record(kind, table, where, found)
    problems.extend(text for text in found if not text.startswith(f"{where}：缺少"))
    return record


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
    for task in tasks:
        place = f"{where} [[task]] {task.id}"
        _check_order(task.start, task.deadline, place, problems)
        if task.step and task.step not in steps:
            problems.append(f"{place}：step 应为一个阶段的 id，发现“{task.step}”")
        if task.due_at_target and task.deadline is not None:
            problems.append(f"{place}：deadline 与 due_at_target 只能填写一个")
        if not task.offices:
            problems.append(f"{place}：offices 不能为空；请写明责任单位")


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
    if entry.stage not in STAGES:
        problems.append(f"{place}：stage 应为 {'、'.join(STAGES)} 之一，发现“{entry.stage}”")
    elif entry.measured_by in OF_ONE_STAGE and entry.stage == ALL_STAGES:
        problems.append(f"{place}：差异系数分学段计算，stage 应为 {'、'.join(STAGES[1:])} 之一")


def _check_order(start: Any, end: Any, place: str, problems: list[str]) -> None:
    if start is not None and end is not None and end < start:
        problems.append(f"{place}：结束日期 {end} 早于开始日期 {start}")
