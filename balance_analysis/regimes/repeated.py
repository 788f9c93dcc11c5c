"""A limit that is the same for several indicators, or has one value per stage, is written once and read as its parts."""

from __future__ import annotations

from typing import Any

from balance_analysis.strict_toml import entries
from balance_analysis.terms import Stage


def expand_limits(tables: Any, key: str, where: str, problems: list[str]) -> Any:
    """The entries ``[[key]]`` with every repeated limit as single ones: subject by subject, stage by stage.

    ``subject = ["a", "b"]`` stands for one limit of each; ``value = { primary = "…", junior_secondary = "…" }`` for one
    of each stage, and then there is no ``stage``. Everything else of the entry holds for all of them.

    >>> faults = []
    >>> both = {"subject": ["a", "b"], "value": {"primary": "0.50", "junior_secondary": "0.45"}}
    >>> [(*one.values(),) for one in expand_limits([both], "limit", "x.toml", faults)][1:3]
    [('a', '0.45', 'junior_secondary'), ('b', '0.50', 'primary')]
    """
    single = []
    for place, table in entries(tables, key, where, problems):
        subjects, values = table.get("subject"), table.get("value")
        if isinstance(subjects, list) and (
            not subjects or len({str(one) for one in subjects}) < len(subjects)
        ):
            problems.append(f"{place}：subject 的列表应为各不相同的指标或项目")
        if isinstance(values, dict):
            if not values or not set(values) <= set(Stage):
                problems.append(f"{place}：value 分学段时应写成 {{ {' = …, '.join(Stage)} = … }}")
            if "stage" in table:
                problems.append(f"{place}：value 已分学段写明，不能再写 stage")
        by_stage = (
            [{"value": value, "stage": stage} for stage, value in values.items()]
            if isinstance(values, dict)
            else [{}]
        )
        single += [
            {**table, **({"subject": subject} if isinstance(subjects, list) else {}), **of_stage}
            for subject in (subjects if isinstance(subjects, list) else [None])
            for of_stage in by_stage
        ]
    return single
