"""A regime as plain text for the terminal: every entry with its source and certainty."""

from __future__ import annotations

import pandas as pd

from balance_analysis.regimes import Regime
from balance_analysis.regimes.diff import excluded_codes
from balance_analysis.regimes.model import (
    Choice,
    Cited,
    Indicator,
    Item,
    Limit,
    Parameter,
    Scope,
    StageWeight,
)
from balance_analysis.words import labels

HEADINGS = {
    "indicator": "指标",
    "limit": "限值",
    "parameter": "参数",
    "choice": "可切换的口径",
    "scope": "评估范围",
    "stage_weight": "学段权重",
    "item": "评估项目",
}


def regime_lines(regime: Regime) -> list[str]:
    """The resolved law line by line, as ``balance-analysis regimes show`` prints it."""
    lines = [
        f"{regime.name}（{regime.id}），依据日期 {regime.on}",
        f"规则文件校验值 {regime.fingerprint}",
        "",
        "来源：",
    ]
    lines += [
        f"  {source.id}：{source.citation} {source.date}{'；' + source.note if source.note else ''}"
        for source in regime.sources
    ]
    last = ""
    for kind, entry in regime.entries():
        if kind != last:
            lines += ["", f"{HEADINGS[kind]}："]
            last = kind
        lines.append(
            f"  {describe(entry)}　〔{entry.clause}；{entry.source}；等级{entry.grade}；{validity(entry)}〕"
        )
    if regime.overlays:
        lines += ["", "补充规定的适用范围："]
        lines += [f"  {overlay.id}：{overlay.name}　〔{overlay.place}〕" for overlay in regime.overlays]
        lines += ["", "补充规定的改动："]
        lines += [
            f"  {labels.ACTIONS[change.action]} {change.target}：{change.before} → {change.after}　〔{change.overlay}；{change.clause}〕"
            for change in regime.changes
        ]
    return lines


def describe(entry: Cited) -> str:
    """One entry in one line, without its citation."""
    if isinstance(entry, Indicator):
        return f"{entry.item} {entry.id} {entry.name}（{entry.unit}）"
    if isinstance(entry, Limit):
        return f"{entry.key} {labels.RELATIONS[entry.relation]} {entry.value} {'' if entry.unit == '1' else entry.unit}".rstrip()
    if isinstance(entry, Parameter):
        return f"{entry.id} = {entry.value} {'' if entry.unit == '1' else entry.unit}".rstrip()
    if isinstance(entry, Choice):
        return f"{entry.id} = {entry.value}（{entry.name}；可选 {'、'.join(entry.options)}）"
    if isinstance(entry, Scope):
        stages = "、".join(labels.STAGES[stage] for stage in entry.stages)
        sponsors = "、".join(labels.SPONSORS[sponsor] for sponsor in entry.sponsors)
        return f"{labels.SCHOOL_TYPES[entry.school_type]}：{stages}；{sponsors}；{excluded_codes(entry)}{entry.minimum_enrolment}人及以上"
    if isinstance(entry, StageWeight):
        return f"{labels.SCHOOL_TYPES[entry.school_type]} 小学:初中:高中 = {entry.primary}:{entry.junior_secondary}:{entry.senior_secondary}"
    assert isinstance(entry, Item)
    return f"{entry.id} {entry.name}：{entry.requirement}"


def validity(entry: Cited) -> str:
    """From when to when an entry holds."""
    return f"{entry.valid_from}起" if entry.valid_to is None else f"{entry.valid_from}至{entry.valid_to}"


def difference_lines(difference: pd.DataFrame) -> list[str]:
    """What changes between two regimes, line by line."""
    if difference.empty:
        return ["两者没有差别。"]
    return [
        f"{HEADINGS.get(row['kind'], '城乡分类')} {row['key']}：{row['before'] or '（无）'} → {row['after'] or '（无）'}"
        f"　〔{row['clause']}；{row['source']}〕"
        for row in difference.to_dict("records")
    ]
