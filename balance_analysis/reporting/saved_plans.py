"""Saved remediation plans as files: where a report finds the plan of its county, and how one is written."""

from __future__ import annotations

import json
from pathlib import Path

from balance_analysis.assessment import CountyAssessment
from balance_analysis.errors import ParameterError
from balance_analysis.remediation.costs import load_costs
from balance_analysis.remediation.county import CountyPlan, solve_county
from balance_analysis.remediation.saved import plan_to_dict, read_plan
from balance_analysis.reporting.files import inside, write_whole
from balance_analysis.statements import Statement
from balance_analysis.words import tell

SAVED = "plan.json"


def write_plan(plan: CountyPlan, path: Path) -> Path:
    """A plan as JSON, whole or not at all."""
    content = json.dumps(plan_to_dict(plan), ensure_ascii=False, indent=1, allow_nan=False, default=_plain)
    return write_whole(path, content + "\n")


def saved_plan(given: Path | None, division_code: str) -> str | None:
    """The plan of a county: the file that was named, or ``<code>/plan.json`` in the folder; None where that folder has none.

    Raises :class:`ParameterError` where there is neither file nor folder.
    """
    if given is None:
        return None
    if given.is_file():
        return str(given.resolve())
    if not given.is_dir():
        raise ParameterError(f"找不到整改方案 {given}；应为 plan.json，或命令 plan 的输出文件夹")
    found = inside(given, division_code) / SAVED
    return str(found.resolve()) if found.is_file() else None


def plan_of_county(county: CountyAssessment, given: Path | None, *, solve: bool) -> CountyPlan | None:
    """The remediation plan of a paper: the saved one, or one solved here; None without either.

    Raises :class:`ParameterError` as :func:`saved_plan` and :func:`balance_analysis.remediation.saved.read_plan` do.
    """
    if solve:
        return solve_county(county, load_costs(), worth=False)
    path = saved_plan(given, county.division_code)
    return None if path is None else read_plan(Path(path), county)


def plan_of_report(
    county: CountyAssessment, folder: Path, given: bytes | None, *, solve: bool
) -> Path | None:
    """The plan.json that a report prints, in ``folder``: the content that was given, or a plan solved here; None without either."""
    if given is None and not solve:
        return None
    folder.mkdir(parents=True, exist_ok=True)
    if given is not None:
        return write_whole(folder / SAVED, given)
    return write_plan(solve_county(county, load_costs(), worth=False), folder / SAVED)


def _plain(value: object) -> object:
    """Numpy scalars as plain numbers, statements in words."""
    if isinstance(value, Statement):
        return tell(value)
    item = getattr(value, "item", None)
    if item is None:
        raise TypeError(f"not JSON: {value!r}")
    return item()
