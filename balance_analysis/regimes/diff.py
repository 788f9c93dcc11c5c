"""What changes between two resolved regimes: another date, another overlay, another document."""

from __future__ import annotations

import re
from dataclasses import fields
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from balance_analysis.errors import RegimeError
from balance_analysis.regimes.loader import load_regime
from balance_analysis.regimes.model import (
    Choice,
    Cited,
    Indicator,
    Item,
    Limit,
    Parameter,
    Regime,
    Scope,
    StageWeight,
)
from balance_analysis.statements import Statement

DIFF_COLUMNS = ("kind", "key", "before", "after", "clause", "source")
_REFERENCE = re.compile(r"(?P<id>\w+)(@(?P<on>\d{4}-\d{2}-\d{2}))?(?P<overlays>(\+\w+)*)", re.ASCII)


def diff_regimes(a: Regime, b: Regime) -> pd.DataFrame:
    """What ``b`` says differently from ``a``, one row per entry.

    Columns ``kind`` (as in the files: ``limit``, ``choice`` … and ``area_code``), ``key``,
    ``before`` and ``after`` (a statement or a text of the law; empty where the entry does not exist), ``clause`` and
    ``source`` of the entry in ``b`` (of ``a`` where ``b`` has none). Only what the law says is
    compared: a new citation of an unchanged rule is no row. Equal regimes give an empty frame.
    """
    before, after = _by_key(a), _by_key(b)
    rows = []
    for kind, key in [*before, *(name for name in after if name not in before)]:
        old, new = before.get((kind, key)), after.get((kind, key))
        texts = [describe(entry) if entry is not None else "" for entry in (old, new)]
        if texts[0] == texts[1]:
            continue
        entry, regime = (new, b) if new is not None else (old, a)
        assert entry is not None
        rows.append((kind, key, *texts, entry.clause, regime.source(entry.source).citation))
    for code in sorted(set(a.area_codes) | set(b.area_codes)):
        old_stratum, new_stratum = a.area_codes.get(code, ""), b.area_codes.get(code, "")
        if old_stratum != new_stratum:
            rows.append(("area_code", code, old_stratum, new_stratum, Statement("law.area_codes"), ""))
    return pd.DataFrame(rows, columns=list(DIFF_COLUMNS))


def load_reference(text: str, *, on: date, folder: Path | None = None) -> Regime:
    """Load ``ID``, ``ID@YYYY-MM-DD``, ``ID+OVERLAY…`` or both together; ``on`` is the day if none is given.

    Raises :class:`RegimeError` for text of another form, and whatever :func:`load_regime` refuses.

    >>> load_reference("quality_balance_2017@2019-06-01+anshan", on=date(2017, 5, 1)).overlays[0].id
    'anshan'
    """
    match = _REFERENCE.fullmatch(text.strip())
    if match is None:
        raise RegimeError(f"无法识别“{text}”；应写成 办法编号、办法编号@日期 或 办法编号@日期+补充规定编号")
    day = on
    if match["on"]:
        try:
            day = date.fromisoformat(match["on"])
        except ValueError:
            raise RegimeError(f"“{text}”中的日期 {match['on']} 不存在；应写成 2019-01-01 的形式") from None
    overlays = [name for name in match["overlays"].split("+") if name]
    return load_regime(match["id"], on=day, overlays=overlays, folder=folder)


def describe(entry: Cited) -> Statement | str:
    """What an entry says, without its citation.

    >>> regime = load_regime("quality_balance_2017", on=date(2018, 1, 1))
    >>> describe(regime.limit("B31", "inter_school_difference_rate", "all"))
    Statement(id='law.limit', figures={'relation': 'below', 'value': '0.15'})
    """
    if isinstance(entry, Limit):
        value = _with_unit(str(entry.value), entry.unit)
        return Statement("law.limit", {"relation": entry.relation.value, "value": value})
    if isinstance(entry, Parameter):
        return _with_unit(str(entry.value), entry.unit)
    if isinstance(entry, Choice):
        chosen = Statement(f"choice.{entry.value}") if entry.value in ("on", "off") else entry.value
        return Statement("law.choice", {"name": entry.name, "value": chosen})
    if isinstance(entry, Scope):
        return Statement(
            "law.scope",
            {
                "stages": list(map(str, entry.stages)),
                "sponsors": list(map(str, entry.sponsors)),
                "excluded": excluded_codes(entry),
                "minimum": str(entry.minimum_enrolment),
            },
        )
    if isinstance(entry, StageWeight):
        weights = {
            "primary": entry.primary,
            "junior": entry.junior_secondary,
            "senior": entry.senior_secondary,
        }
        return Statement("law.stage_weight", {name: str(weight) for name, weight in weights.items()})
    if isinstance(entry, Item):
        return entry.requirement
    if isinstance(entry, Indicator):
        said = {"name": entry.name, "unit": entry.unit, "method": entry.method, "scale": str(entry.scale)}
        return Statement("law.indicator", said)
    raise TypeError(f"no description for {type(entry).__name__}: {_names(entry)}")


def excluded_codes(entry: Scope) -> Statement | str:
    """Which 举办者类型 a scope leaves out; empty where it leaves out none."""
    codes = list(entry.excluded_sponsor_codes)
    return Statement("law.excluded_codes", {"codes": codes}) if codes else ""


def _by_key(regime: Regime) -> dict[tuple[str, str], Any]:
    return {(kind, entry.key): entry for kind, entry in regime.entries()}  # type: ignore[attr-defined]


def _with_unit(value: str, unit: str) -> str:
    return value if unit == "1" else f"{value}{unit}" if unit == "%" else f"{value} {unit}"


def _names(entry: Cited) -> str:
    return ", ".join(item.name for item in fields(entry))
