"""What a least-cost plan starts from: schools by stage, what they hold, and the limits they must reach.

Everything is exact (:class:`~fractions.Fraction`) and frozen. A *holding* is one decision: what a campus has of a
shared resource, or what one stage of a school has of a staff category. A *cell* is one indicator value of one school
row; it reads its holding as  value = scale · amount · weight / weighted_pupils.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import pandas as pd

from balance_analysis.errors import ParameterError
from balance_analysis.exact import Number, as_filed
from balance_analysis.remediation.settings import RemediationSettings


@dataclass(frozen=True)
class SchoolRow:
    """One school in one stage.

    ``classes`` is ``None`` where the number of classes was not filed; ``most_pupils`` the most it may come to have,
    where that is not to be read from the re-zoning links. ``oversize`` classes are above the size limit and are split, unless
    at least ``excess`` pupils (all that these classes have too many) leave the school.
    """

    stage: str
    school_code: str
    school_name: str
    enrolment: int
    classes: int | None = None
    most_pupils: int | None = None
    oversize: int = 0
    excess: int = 0


@dataclass(frozen=True)
class RoomNeed:
    """A school's rooms of one kind: ``have`` of them, built by ``action``, one for every ``per_room`` classes.

    The classes are those of ``groups`` of rows: rounded up group by group, and added.
    """

    school_code: str
    action: str
    have: int
    per_room: Fraction
    groups: tuple[tuple[int, ...], ...]

    def needed(self, classes: Sequence[int | None]) -> int:
        """Rooms for so many classes by row."""
        return sum(math.ceil(sum(classes[row] or 0 for row in rows) / self.per_room) for rows in self.groups)


@dataclass(frozen=True)
class Holding:
    """One amount to decide on; ``stage`` is empty for what the whole campus shares."""

    school_code: str
    stage: str
    indicator: str
    amount: Fraction


@dataclass(frozen=True)
class Cell:
    """One indicator of one school row. ``split`` says that several stages share the holding."""

    row: int
    holding: int
    indicator: str
    scale: Fraction
    weight: Fraction
    weighted_pupils: Fraction
    split: bool

    def factor(self, enrolment: int) -> Fraction:
        """Value per unit of amount when the stage has ``enrolment`` pupils."""
        return self.scale / enrolment if not self.split else self.scale * self.weight / self.weighted_pupils


@dataclass(frozen=True)
class StageRule:
    """The limits of one indicator in one stage: value ≥ limit, tolerated from ``floor``, CV ≤ ``cv_limit``.

    A plan keeps ``cv_margin`` below the limit of the coefficient.
    """

    limit: Fraction
    floor: Fraction
    cv_limit: Fraction | None
    cv_margin: Fraction = Fraction(0)

    @property
    def cv_ceiling(self) -> Fraction | None:
        """What the coefficient may at most be after the plan."""
        return None if self.cv_limit is None else self.cv_limit - self.cv_margin


@dataclass(frozen=True)
class RemediationProblem:
    """A county, its limits, and what a plan may do about them.

    ``minimum_met``: how many indicators each school row must meet (6 of 7; the others stay at or above their floor);
    ``class_size_limits`` pupils per class by stage, ``school_size_limits`` pupils of compulsory stages by school; a
    school or stage without an entry is not limited. ``left_out`` lists rows without pupils, which take no part. ``required``
    are the positions of re-zoning links along which all pupils must move; ``barred`` schools get no measure that takes ground.
    """

    rows: tuple[SchoolRow, ...]
    holdings: tuple[Holding, ...]
    cells: tuple[Cell, ...]
    rules: Mapping[tuple[str, str], StageRule]
    minimum_met: Mapping[str, int]
    settings: RemediationSettings
    class_size_limits: Mapping[str, int]
    school_size_limits: Mapping[str, int]
    left_out: tuple[str, ...] = ()
    room_needs: tuple[RoomNeed, ...] = ()
    required: tuple[int, ...] = ()
    barred: frozenset[str] = frozenset()

    @property
    def indicators(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(cell.indicator for cell in self.cells))

    @property
    def stages(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(row.stage for row in self.rows))

    def rule(self, cell: Cell) -> StageRule:
        return self.rules[self.rows[cell.row].stage, cell.indicator]

    def with_settings(self, settings: RemediationSettings) -> RemediationProblem:
        return replace(self, settings=settings)

    def with_cv_limit(self, stage: str, indicator: str, cv_limit: Number) -> RemediationProblem:
        """The same county with another ceiling on one coefficient (for the price of a further 0.01)."""
        rules = dict(self.rules)
        rule = rules[stage, indicator]
        rules[stage, indicator] = replace(rule, cv_limit=as_filed(cv_limit) + rule.cv_margin)
        return replace(self, rules=rules)


_COLUMNS = (
    "stage",
    "school_code",
    "school_name",
    "indicator",
    "amount",
    "scale",
    "stage_weight",
    "weighted_pupils",
    "enrolment",
)


def problem_from_indicators(
    indicators: pd.DataFrame,
    *,
    limits: Mapping[tuple[str, str], Number],
    floors: Mapping[tuple[str, str], Number],
    cv_limits: Mapping[tuple[str, str], Number],
    minimum_met: int | Mapping[str, int],
    settings: RemediationSettings,
    classes: Mapping[tuple[str, str], int] | None = None,
    class_size_limits: Mapping[str, int] | None = None,
    school_size_limits: Mapping[str, int] | None = None,
) -> RemediationProblem:
    """The problem of one county and one year from the ``indicators`` frame of the contract.

    ``limits``, ``floors`` and ``cv_limits`` by (stage, indicator) — pass quoted text or fractions, so that 3.57 is exactly
    3.57; a pair without a CV limit has none. ``classes`` by (stage, school_code); size limits as in
    :class:`RemediationProblem`. Rows without pupils are left out and listed.

    Raises :class:`ParameterError`, naming school and indicator, for missing amounts (missing is not zero: a plan on
    unknown stocks would prove nothing), for several years in the frame, for limits or resources that are not given.
    """
    findings = [f"indicators 缺少列 {name}" for name in _COLUMNS if name not in indicators.columns]
    if findings:
        raise ParameterError("；".join(findings))
    if "year" in indicators.columns and indicators["year"].nunique() > 1:
        raise ParameterError("方案只对一个学年计算，请先选定学年")
    rows: dict[tuple[str, str], SchoolRow] = {}
    holdings: dict[tuple[str, str, str], int] = {}
    held: list[Holding] = []
    cells: list[Cell] = []
    left_out: list[str] = []
    rules: dict[tuple[str, str], StageRule] = {}
    known = {resource.indicator: resource for resource in settings.resources}
    order: dict[tuple[str, str], int] = {}
    for record in indicators[list(_COLUMNS)].itertuples(index=False):
        stage, code, name, indicator = (str(record[position]) for position in range(4))
        amount, scale, weight, weighted, pupils = (float(record[position]) for position in range(4, 9))
        where = f"{name}（{code}）{settings.words(stage, indicator)}"
        if math.isnan(pupils):
            findings.append(f"{where}：在校生数缺失，请先补齐")
            continue
        if pupils == 0:
            if _place(code, stage) not in left_out:
                left_out.append(_place(code, stage))
            continue
        if any(math.isnan(value) for value in (amount, scale, weight, weighted)):
            findings.append(f"{where}：数值缺失，不能编制方案，请先补齐")
            continue
        if indicator not in known:
            findings.append(f"指标 {indicator}：单价文件 [resources] 中没有，请补上")
            continue
        if (stage, indicator) not in limits or (stage, indicator) not in floors:
            findings.append(f"{settings.words(stage, indicator)}：没有给出标准值或下限")
            continue
        key = (stage, code)
        if key not in rows:
            order[key] = len(rows)
            rows[key] = SchoolRow(stage, code, name, round(pupils), (classes or {}).get(key))
        place = (code, "" if known[indicator].shared else stage, indicator)
        if place not in holdings:
            holdings[place] = len(held)
            held.append(Holding(*place, as_filed(amount)))
        elif held[holdings[place]].amount != as_filed(amount):
            findings.append(f"{where}：同一校园各学段的全校数量不一致，请核对")
        split = abs(weighted - weight * pupils) > 1e-9 * weighted
        cells.append(
            Cell(
                order[key],
                holdings[place],
                indicator,
                as_filed(scale),
                as_filed(weight),
                as_filed(weighted),
                split,
            )
        )
        cv_limit = cv_limits.get((stage, indicator))
        rules[stage, indicator] = StageRule(
            as_filed(limits[stage, indicator]),
            as_filed(floors[stage, indicator]),
            as_filed(cv_limit) if cv_limit is not None else None,
            settings.programme.cv_margin if cv_limit is not None else Fraction(0),
        )
    if not cells and not findings:
        findings.append("没有任何有在校生的学校，无从编制方案")
    findings.extend(
        f"{settings.words(stage, name)}：安全余量 {float(rule.cv_margin)} 不小于差异系数限值 {float(rule.cv_limit)}，请改小"
        for (stage, name), rule in rules.items()
        if rule.cv_limit is not None and rule.cv_margin and rule.cv_margin >= rule.cv_limit
    )
    stages = {stage for stage, _ in rows}
    if isinstance(minimum_met, int):
        minimum_met = dict.fromkeys(sorted(stages), minimum_met)
    findings.extend(_link_findings(settings, rows, cells, order))
    if findings:
        raise ParameterError("不能编制方案：\n" + "\n".join(dict.fromkeys(findings)))
    return RemediationProblem(
        tuple(rows.values()),
        tuple(held),
        tuple(cells),
        rules,
        dict(minimum_met),
        settings,
        dict(class_size_limits or {}),
        dict(school_size_limits or {}),
        tuple(left_out),
    )


def _place(code: str, stage: str) -> str:
    return f"{code} {stage}"


def _link_findings(
    settings: RemediationSettings,
    rows: Mapping[tuple[str, str], SchoolRow],
    cells: list[Cell],
    order: Mapping[tuple[str, str], int],
) -> list[str]:
    """Re-zoning needs two known schools whose resources are not split between stages."""
    findings: list[str] = []
    split_rows = {cell.row for cell in cells if cell.split}
    codes = {code for _, code in rows}
    for link in settings.rezoning:
        for code in (link.from_school, link.to_school):
            key = (link.stage, code)
            if key not in rows:
                findings.append(
                    f"[[rezoning]] 学校 {code} 没有{settings.words(link.stage)}在校生，请核对学校标识码"
                )
            elif order[key] in split_rows:
                findings.append(f"[[rezoning]] 学校 {code} 有多个学段分摊资源，划片调整只支持单一学段的学校")
    for code in sorted(settings.frozen_schools - codes):
        findings.append(f"frozen_schools 中的学校 {code} 不在数据中，请核对学校标识码")
    for ceiling in settings.ceilings:
        if ceiling.school_code not in codes:
            findings.append(f"[[ceilings]] 中的学校 {ceiling.school_code} 不在数据中，请核对学校标识码")
    return findings
