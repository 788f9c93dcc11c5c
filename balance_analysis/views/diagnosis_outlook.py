"""Sentences on what is ahead and between areas: will the county make it, who has more of what."""

from __future__ import annotations

import pandas as pd

from balance_analysis.explain.diagnosis import Diagnosis
from balance_analysis.explain.projection import NEWEST_YEAR_BLANK
from balance_analysis.views.diagnosis_words import Row, strata_names, subject
from balance_analysis.words import labels, numbers

# --- by when -----------------------------------------------------------------------------------------------


def watched_series(diagnosis: Diagnosis) -> pd.DataFrame:
    """The series that the verdict is made of: limited coefficients and the share of passing schools.

    A series without any figure is left out; one whose newest year is blank stands there without a figure.
    """
    rows = diagnosis.projection
    if rows.empty:
        return rows
    shown = (rows["measure"] == "cv") | (
        (rows["measure"] == "schools_met_share") & (rows["indicator"] == "all")
    )
    rows = rows[shown & rows["limit"].notna() & (rows["n_points"] > 0)]
    stages = {name: number for number, name in enumerate(diagnosis.county.stages)}
    order = {entry.id: number for number, entry in enumerate(diagnosis.county.regime.indicators)}
    rows = rows[rows["stage"].isin(stages)]
    keys = rows.assign(
        _stage=rows["stage"].map(stages), _last=rows["indicator"].map(order).fillna(len(order))
    )
    return (
        keys.sort_values(["_stage", "_last"], kind="stable")
        .drop(columns=["_stage", "_last"])
        .reset_index(drop=True)
    )


def series_name(diagnosis: Diagnosis, row: Row) -> str:
    """``小学体育场馆差异系数`` or ``小学达标学校比例``."""
    if row["indicator"] == "all":
        return f"{labels.STAGES[row['stage']]}{labels.MEASURES[row['measure']]}"
    name = subject(diagnosis.county.regime, row)
    return name if row["indicator"] == "composite" else f"{name}{labels.MEASURES[row['measure']]}"


def target_sentence(diagnosis: Diagnosis) -> str:
    """Whether the county will make it by the target year, in one sentence."""
    rows, year = watched_series(diagnosis), diagnosis.county.target_year
    if year is None:
        return "没有设定目标年，不能回答能否按期达标；在运行参数中设定目标年后重新运行即可。"
    if rows.empty:
        return "现有数据中没有设限值的差异系数，也没有逐校结论，无法判断到目标年能否达标。"
    if (rows["reason"] == "target_year_reached").all():
        missed = rows[rows["distance"] > 0]
        names = "、".join(series_name(diagnosis, row) for row in missed.to_dict("records"))
        return f"目标年{year}年已到：" + (f"{names}没有达到。" if len(missed) else "各项均已达到。")
    blank = rows[rows["reason"] == NEWEST_YEAR_BLANK]
    if len(blank) == len(rows):
        return f"到{year}年能否达标不能判断：各项{labels.REASONS[NEWEST_YEAR_BLANK]}，不用更早的数值代替。"
    if (rows["course"] == "not_assessable").all():
        missing = "、".join(series_name(diagnosis, row) for row in blank.to_dict("records"))
        rest = f"{missing}{labels.REASONS[NEWEST_YEAR_BLANK]}，不作预测。" if missing else ""
        return _outlook_sentence(diagnosis, rows.drop(blank.index), year, whole=blank.empty) + rest
    by_course = {
        name: rows[rows["course"] == name] for name in ("off_track", "at_risk", "on_track", "not_assessable")
    }
    if len(by_course["off_track"]):
        head = f"照目前情况，到{year}年很可能不能全部达标"
    elif len(by_course["at_risk"]) or len(by_course["not_assessable"]):
        head = f"到{year}年能否全部达标没有把握"
    else:
        head = f"照目前情况，到{year}年很可能全部达标"
    said = []
    for name, part in by_course.items():
        if len(part) and name in ("off_track", "at_risk"):
            each = "、".join(
                f"{series_name(diagnosis, row)}（达标概率{numbers.share(row['probability'])}）"
                for row in part.to_dict("records")
            )
            said.append(f"{labels.COURSES[name]}的有{each}")
        elif len(part):
            said.append(f"{labels.COURSES[name]}的有{len(part)}项")
    return f"{head}：{'；'.join(said)}。"


def _outlook_sentence(diagnosis: Diagnosis, rows: pd.DataFrame, year: int, *, whole: bool) -> str:
    """No probability: what the pace of the last years alone would bring; ``whole``: to every judged series."""
    points = sorted({int(number) for number in rows["n_points"]})
    unsure = f"只有{'—'.join(map(str, points))}个学年的数据，年数不足，不能给出达标概率"
    missed = [series_name(diagnosis, row) for row in rows[rows["distance"] > 0].to_dict("records")]
    if (rows["outlook"] == "unknown").all():
        reached = "目前各项均已达到" if whole else "目前有数值的各项均已达到"
        now = f"目前{'、'.join(missed)}尚未达到" if missed else reached
        return f"到{year}年能否达标还不能判断：{now}；{unsure}，也看不出近年的走向。"
    late = [
        series_name(diagnosis, row)
        for row in rows[rows["outlook"].isin(["too_slow", "moves_away", "slips"])].to_dict("records")
    ]
    able = [series_name(diagnosis, row) for row in rows[rows["outlook"] == "reaches"].to_dict("records")]
    kept = int((rows["outlook"] == "stays_met").sum())
    parts = [f"{'、'.join(late)}到时仍达不到"] if late else []
    parts += [f"{'、'.join(able)}能够达到"] if able else []
    parts += [f"{'其余' if late or able else ''}{kept}项保持达标"] if kept else []
    verdict = "不能全部达标" if late else "可以全部达标" if whole else "有数值的各项可以达标"
    return f"照近年的平均速度，到{year}年{verdict}：{'，'.join(parts)}。但{unsure}。"


def joint_sentence(diagnosis: Diagnosis) -> str:
    """How likely all limits hold together, or why that cannot be said; empty without judged series or target year."""
    rows, watched = diagnosis.joint, watched_series(diagnosis)
    if rows.empty or (watched["reason"] == "target_year_reached").all():
        return ""
    row, year = rows.iloc[-1].to_dict(), diagnosis.county.target_year
    head = f"{year}年各项差异系数和各校全部达标的联合概率"
    if pd.isna(row["probability"]):
        return f"{head}不能给出（{labels.REASONS[row['reason']]}）。"
    text = f"{head}为{numbers.share(row['probability'])}"
    if row["n_stated"] > 1:
        text += f"，其中单项最低的为{numbers.share(row['lowest_single'])}"
    return f"{text}（各项往年的共同变动已计入，不是单项概率相乘）。"


def method_sentence(diagnosis: Diagnosis) -> str:
    """How the plain methods did on the county's own past; empty where nothing could be back-tested."""
    rows = watched_series(diagnosis)
    tested = rows[rows["n_back_tests"] > 0] if len(rows) else rows
    if tested.empty:
        return ""
    better = int(tested["last_value_beats_line"].eq(True).sum())
    return f"用本县自己的往年数据检验：{len(tested)}个序列中，有{better}个“沿用上年值”比画直线外推更准。"


# --- areas -------------------------------------------------------------------------------------------------

FULL_COUNT = (
    "这里比较的是全部学校，不是抽样，没有抽样误差。p 值只回答一个问题："
    "假如把同样这些学校随意分成同样大小的两组，碰巧出现这么大差别的可能性有多大；数值小，说明差别不像是碰巧。"
)
NEUTRAL = "生均值高低只说明人均占有多少：学校规模小，人均值自然偏高，并不说明条件好，也不说明哪一方吃亏。"


def area_sentence(diagnosis: Diagnosis, stage: str) -> str:
    """Of how many indicators each area has more per pupil, in neutral words; empty with fewer than two areas."""
    names = strata_names(diagnosis)
    rows = pairs_shown(diagnosis, stage)
    parts = []
    for (a, b), pair in rows.groupby(["stratum_a", "stratum_b"], sort=False):
        more = [
            f"{names.get(name, name)}较高的有{int((pair['higher_stratum'] == name).sum())}项"
            for name in (str(a), str(b))
        ]
        parts.append(
            f"{names.get(str(a), str(a))}与{names.get(str(b), str(b))}相比，{len(pair)}项中{'，'.join(more)}"
        )
    return f"{labels.STAGES[stage]}：{'；'.join(parts)}。" if parts else ""


def pairs_shown(diagnosis: Diagnosis, stage: str) -> pd.DataFrame:
    """Comparisons of one stage that could be made, with the reference area where it has schools."""
    rows = diagnosis.strata
    if rows.empty:
        return rows
    reference = diagnosis.county.tables.stratification.reference
    rows = rows[(rows["stage"] == stage) & rows["p_value"].notna()]
    with_reference = (rows["stratum_a"] == reference) | (rows["stratum_b"] == reference)
    return rows[with_reference | (not with_reference.any())].reset_index(drop=True)
