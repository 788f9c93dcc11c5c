"""Sentences of the diagnosis, every word of them from the frames: why, which school, how close.

Each function takes a :class:`~balance_analysis.explain.diagnosis.Diagnosis` and a row of its ``focus`` and returns plain
Chinese text. Nothing is computed here beyond counting rows and adding up what is printed side by side.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from balance_analysis.explain.diagnosis import Diagnosis
from balance_analysis.views.diagnosis_words import Row, amount, counted, of, per_pupil, strata_names, subject
from balance_analysis.words import labels, numbers

NEGLIGIBLE = 0.0005
"""A change of a coefficient that prints as 0.000 or 0.001 is called none."""

# --- why -------------------------------------------------------------------------------------------------


def shares(diagnosis: Diagnosis, row: Row) -> dict[str, float]:
    """Share of CV² by level (``stratum``, ``sponsor``, ``school``) of one coefficient, levels of one group left out."""
    found = {}
    for level in of(diagnosis.levels, row).to_dict("records"):
        if level["grouping"] == "total" or pd.isna(level["share"]):
            continue
        if level["grouping"] == "school" or level["n_groups"] > 1:
            found[str(level["grouping"])] = float(level["share"])
    if "stratum" in found and "sponsor" in found:
        levels = of(diagnosis.levels, row).set_index("grouping")["n_groups"]
        if levels["sponsor"] == levels["stratum"]:
            del found["sponsor"]
    return found


def source_sentence(diagnosis: Diagnosis, row: Row) -> str:
    """How much of one coefficient lies between areas, sponsors and schools, and what changed since last year."""
    regime, parts = diagnosis.county.regime, []
    found = shares(diagnosis, row)
    if not found:
        return f"{subject(regime, row)}：各校完全相同，没有差距。{change_sentence(diagnosis, row)}"
    if "stratum" in found:
        names = strata_names(diagnosis)
        areas = "、".join(
            names[name] for name in names if name in set(of(diagnosis.by_stratum, row)["stratum"].dropna())
        )
        parts.append(f"{numbers.share(found['stratum'])}来自{areas}之间的差别")
    if "sponsor" in found:
        parts.append(f"{numbers.share(found['sponsor'])}来自同一地区公办与民办之间的差别")
    alike = "同一地区的学校" if "stratum" in found else "学校"
    if "sponsor" in found:
        alike = "同一地区同类学校"
    if "school" in found:
        parts.append(f"{numbers.share(found['school'])}来自{alike}之间的差别")
    text = f"{subject(regime, row)}差异系数{numbers.coefficient(row['cv'])}：{'，'.join(parts)}。"
    return text + _area_levels(diagnosis, row, found) + change_sentence(diagnosis, row)


def _area_levels(diagnosis: Diagnosis, row: Row, found: Mapping[str, float]) -> str:
    if "stratum" not in found:
        return ""
    names, rows = strata_names(diagnosis), of(diagnosis.by_stratum, row)
    by_name = rows[rows["stratum"].notna()].set_index("stratum")["mean_ratio"]
    said = [
        f"{names[name]}{numbers.fixed(float(by_name[name]), 2)}倍"
        for name in names
        if name in by_name.index and pd.notna(by_name[name])
    ]
    return f"各地区生均值与全县均值之比：{'、'.join(said)}。"


def change_sentence(diagnosis: Diagnosis, row: Row) -> str:
    """The change since the previous year, split into pupils and resources; empty without a previous year."""
    changes = of(diagnosis.changes, row)
    changes = changes[changes["year"] == diagnosis.county.year]
    if changes.empty or pd.isna(changes["change_cv"].iloc[0]):
        return ""
    change = changes.iloc[0]
    parts = [
        _moved("在校生变化", change["enrolment_part_in_cv"]),
        _moved("资源变化", change["resource_part_in_cv"]),
    ]
    both = change["entry_part_in_cv"] + change["exit_part_in_cv"]
    if change["n_entering"] or change["n_leaving"]:
        parts.append(_moved("学校新设和撤并", both))
    total = _moved("", change["change_cv"])
    return f"比{int(change['previous_year'])}学年{total}，其中{'，'.join(parts)}。"


def _moved(what: str, change: float) -> str:
    if abs(change) < NEGLIGIBLE:
        return f"{what}几乎没有影响" if what else "几乎没有变化"
    direction = "上升" if change > 0 else "下降"
    return (
        f"{what}使其{direction}{numbers.coefficient(abs(change))}"
        if what
        else f"{direction}{numbers.coefficient(abs(change))}"
    )


# --- which school -----------------------------------------------------------------------------------------


def standing_sentence(diagnosis: Diagnosis, row: Row) -> str:
    """Where a coefficient stands: above its limit, the nearest to it, or the largest where none has a limit."""
    name = subject(diagnosis.county.regime, row)
    if row["standing"] == "failing":
        return f"{name}差异系数{numbers.coefficient(row['cv'])}，高于限值{numbers.limit_text(row['limit'])}"
    stage = labels.STAGES[row["stage"]]
    if row["standing"] == "nearest":
        return f"{stage}各项差异系数均未超限，离限值最近的是{name}（{numbers.coefficient(row['cv'])}，限值{numbers.limit_text(row['limit'])}）"
    return f"{name}差异系数{numbers.coefficient(row['cv'])}，是{stage}各项中最大的（本办法对单项不设限值）"


def action_sentence(diagnosis: Diagnosis, row: Row) -> str:
    """Which school to act on first for one coefficient, and what that brings."""
    regime, indicator = diagnosis.county.regime, str(row["indicator"])
    text = f"{standing_sentence(diagnosis, row)}。"
    best = of(diagnosis.best_steps, row)
    if best.empty or pd.isna(best["school_code"].iloc[0]):
        return text + "在任何一所学校增加资源都不能使其下降。"
    step = best.iloc[0]
    head = "最先抓" if row["standing"] == "failing" else "若要继续缩小差距，先从"
    tail = "" if row["standing"] == "failing" else "入手"
    text += (
        f"{head}{step['school_name']}（{numbers.plain(step['enrolment'])}人，{per_pupil(regime, indicator, step['value'])}，"
        f"全县{per_pupil(regime, indicator, step['mean'])}）{tail}：增加{amount(regime, indicator, step['unit_size'])}，"
        f"差异系数即下降{numbers.small(step['change_one_unit_more'])}，为全县各校中最多。"
    )
    return text + remedy_sentence(diagnosis, row)


def remedy_sentence(diagnosis: Diagnosis, row: Row) -> str:
    """What it takes until the limit holds: at one school, and spread over several; empty where it holds."""
    regime, indicator = diagnosis.county.regime, str(row["indicator"])
    single, spread = of(diagnosis.single_remedies, row), of(diagnosis.remedies, row)
    if single.empty or single["reason"].iloc[0] == "already_met":
        return ""
    one = single.iloc[0]
    if one["reason"] == "no_single_school":
        text = (
            f"只靠一所学校达不到限值：{one['school_name']}即使增加到最有利的程度，差异系数也只能降到"
            f"{numbers.coefficient(one['lowest_cv_alone'])}。"
        )
    elif pd.notna(one["units_needed"]):
        total = amount(regime, indicator, one["units_needed"] * one["unit_size"])
        text = f"若只在一所学校增加，{one['school_name']}需增加{total}，差异系数降到{numbers.coefficient(one['cv_after'])}，达到限值。"
    else:
        text = ""
    unit = float(one["unit_size"])
    if len(spread) > 1 or (len(spread) and one["reason"]):
        each = [
            f"{school['school_name']}{amount(regime, indicator, school['units'] * unit, named=False)}"
            for school in spread.head(3).to_dict("records")
        ]
        more = f"等{len(spread)}所学校" if len(spread) > 3 else ""
        total = amount(regime, indicator, float(spread["units"].sum()) * unit)
        text += f"按每次都加在最见效的学校计算，共需{total}：{'、'.join(each)}{more}。"
    return text


# --- how close --------------------------------------------------------------------------------------------


def turned_figure(diagnosis: Diagnosis, row: Row) -> str:
    """The figure that turns a verdict, with its cell: ``教学仪器设备值（学校!BW142）由447.31改为444.68万元``."""
    counter, noun = counted(diagnosis, row)
    place = f"（{row['address']}）" if row["address"] else ""
    return f"{noun}{place}由{numbers.plain(row['filed'])}改为{numbers.plain(row['changed_to'])}{counter}"


def turning_sentence(diagnosis: Diagnosis, row: Row) -> str:
    """Whose verdict turns by which single figure."""
    regime = diagnosis.county.regime
    outcome = labels.OUTCOMES[str(row["outcome_then"])]
    whose = (
        f"{row['school_name']}{labels.STAGES[row['stage']]}部分的结论"
        if row["subject"] == "school"
        else f"{subject(regime, row)}差异系数的结论"
    )
    at = "" if row["subject"] == "school" else f"{row['school_name']}的"
    return f"{at}{turned_figure(diagnosis, row)}（变动{numbers.share(row['relative_change'])}），{whose}就变为{outcome}。"


def robustness_sentences(diagnosis: Diagnosis) -> list[str]:
    """What would turn the verdicts, one sentence for each way to look at it."""
    regime, said = diagnosis.county.regime, []
    turning = diagnosis.turning[diagnosis.turning["relative_change"].notna()]
    for kind in ("coefficient", "school"):
        closest = turning[turning["subject"] == kind].sort_values("relative_change", kind="stable").head(1)
        said += [
            f"最接近翻转的{_KINDS[kind]}：{turning_sentence(diagnosis, row)}"
            for row in closest.to_dict("records")
        ]
    for row in diagnosis.rounding.to_dict("records"):
        said.append(
            f"{subject(regime, row)}差异系数{numbers.fixed(row['cv'], 4)}按未舍入的数值判为"
            f"{labels.OUTCOMES[row['outcome_unrounded']]}；若先舍入为{numbers.fixed(row['rounded'], 2)}再比较，结论相反。"
        )
    said += _one_school_sentences(diagnosis)
    tolerated = diagnosis.hanging_on_tolerance
    if len(tolerated) and regime.school_rule is not None:
        most = regime.school_rule.spared
        said.append(
            f"有{len(tolerated)}所学校（分学段计）有{'至多' if most > 1 else ''}{numbers.several(most)}项低于标准值、"
            "但不低于允许下限，靠办法对余项的放宽才达标。"
        )
    said += site_sentences(diagnosis)
    for row in diagnosis.readings.to_dict("records"):
        if row["differ"]:
            said.append(
                f"{labels.STAGES[row['stage']]}按逐项口径为{labels.OUTCOMES[row['outcome_by_indicator']]}，"
                f"按综合口径为{labels.OUTCOMES[row['outcome_by_composite']]}。"
            )
    conceded = diagnosis.county.resting_on_concessions
    if len(conceded):
        said.append(f"有{len(conceded)}条结论只因采用宽限条款才成立，宽限到期后须重新判定。")
    return said


_KINDS = {"coefficient": "差异系数结论", "school": "学校结论"}


def _one_school_sentences(diagnosis: Diagnosis) -> list[str]:
    regime, flips = diagnosis.county.regime, diagnosis.hanging_on_one_school
    if flips.empty:
        return (
            ["没有哪个差异系数的结论只系于一所学校：去掉任何一所，结论都不变。"]
            if diagnosis.cv_limits
            else []
        )
    said = []
    for (_, _), rows in flips.groupby(["stage", "indicator"], sort=False):
        row = rows.to_dict("records")[0]
        names = "、".join(rows["school_name"].head(3)) + (f"等{len(rows)}所" if len(rows) > 3 else "")
        any_one = "中的任何一所" if len(rows) > 1 else ""
        said.append(
            f"{subject(regime, row)}差异系数现为{labels.OUTCOMES[row['outcome']]}，但去掉{names}{any_one}，"
            f"就变为{labels.OUTCOMES[row['outcome_without']]}。"
        )
    return said


def site_sentences(diagnosis: Diagnosis) -> list[str]:
    """Which coefficients another minimum size of teaching sites would turn; empty without small sites."""
    readings = diagnosis.site_sizes
    if readings.empty or not (readings["n_left_out"] > 0).any():
        return []
    turned = readings[readings["turns"].astype(bool)]
    sizes = "、".join(f"{int(size)}" for size in sorted(readings["minimum"].unique()))
    if turned.empty:
        return [f"教学点计入的最低人数取{sizes}人中的任何一个，各差异系数的结论都不变。"]
    return [
        f"教学点满{int(row['minimum'])}人才计入时，{subject(diagnosis.county.regime, row)}差异系数为"
        f"{numbers.coefficient(row['cv'])}，结论变为{labels.OUTCOMES[row['outcome']]}。"
        for row in turned.to_dict("records")
    ]
