"""The words for stages, outcomes and relations inside the sentences of verdicts."""

from __future__ import annotations

from collections.abc import Mapping

from balance_analysis.terms import ALL_STAGES, Outcome, Relation, Stage

STAGES: Mapping[str, str] = {Stage.PRIMARY: "小学", Stage.JUNIOR_SECONDARY: "初中", ALL_STAGES: ""}
OUTCOMES: Mapping[str, str] = {
    Outcome.MET: "达标",
    Outcome.NOT_MET: "未达标",
    Outcome.NOT_ASSESSABLE: "无法判定",
}
CONCLUSIONS: Mapping[str, str] = {
    Outcome.MET: "达标",
    Outcome.NOT_MET: "不达标",
    Outcome.NOT_ASSESSABLE: "未评估",
}
"""What a document concludes, in the words of the evidence sheet."""
FOUND: Mapping[str, str] = {
    Outcome.MET: "未发现该情形",
    Outcome.NOT_MET: "发现该情形",
    Outcome.NOT_ASSESSABLE: "尚未核查",
}
"""What a document concludes about something that must not happen."""
RELATIONS: Mapping[str, str] = {
    Relation.AT_LEAST: "不低于",
    Relation.AT_MOST: "不超过",
    Relation.BELOW: "低于",
}
