"""Notebook parameters, trusted with nothing: names must match exactly and codes must be text.

papermill only warns of a parameter the notebook does not have and then runs the default county;
on its command line ``-p division_code 010203`` becomes an integer. A notebook therefore hands its
whole namespace to :func:`open_from_parameters`, which refuses what it does not know.
"""

from __future__ import annotations

import ast
import difflib
import hashlib
import json
import reprlib
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from balance_analysis.assessment import CountyAssessment, require_schools, with_issues
from balance_analysis.door import open_assessment, worded_frame
from balance_analysis.errors import ParameterError
from balance_analysis.programmes import (
    Ledger,
    Plan,
    check_ledger,
    county_ledger,
    ledger_state,
    list_plans,
    load_plan,
    measure_progress,
    with_target_year_of,
    workbooks_of,
)
from balance_analysis.programmes.status import statistics_day
from balance_analysis.regimes import use_rules

PARAMETERS: Mapping[str, tuple[type, ...]] = {
    "files": (str, list),
    "division_code": (str, type(None)),
    "year": (int, type(None)),
    "regime": (str,),
    "overlays": (list, str),
    "target_year": (int, type(None)),
    "on": (str, type(None)),
    "plan": (str, type(None)),
}
"""Every notebook parameter of a county report and the types it may have."""

ISSUE: Mapping[str, tuple[type, ...]] = {
    "issued_on": (str, type(None)),
    "issuing_office": (str,),
    "remediation": (str, type(None)),
    "ledger": (list, str),
}
"""Parameters that only a report has: the date and the office on its cover, the remediation plan and the progress ledger."""

DESCRIPTIONS: Mapping[str, str] = {
    "files": "数据文件路径（文本，或文本列表）",
    "division_code": "行政区划代码（文本；文件只有一个区县时可为 None）",
    "year": "学年起始年（整数；None 表示最近一年）",
    "regime": "评估办法代号（文本）",
    "overlays": "地方补充规定代号列表",
    "target_year": "目标年（整数或 None）",
    "on": "依据日期（如 2018-08-31；None 表示学年最后一天）",
    "region_name": "区域名称（文本；可为空）",
    "schedule": "验收计划：方案代号或 .toml 文件（可列表），或 代码/县名→年份 的对照表；None 表示没有",
    "costs": "单价与规则文件（costs.toml；None 表示用附带的规划假设）",
    "seconds": "求解时限（秒）",
    "solved": "已求解的 plan.json（None 表示在笔记本中求解）",
    "plan": "对照的实施方案代号或文件（None 表示不对照）",
    "remediation": "整改方案文件 plan.json（None 表示不列整改方案）",
    "ledger": "进展填报表（销号台账）文件列表，与实施方案同用",
    "issued_on": "封面日期（如 2018-06-30；None 表示不印日期）",
    "issuing_office": "封面上的编制单位（文本；可为空）",
}


def check_parameters(
    given: Mapping[str, Any], *, expected: Mapping[str, tuple[type, ...]] = PARAMETERS
) -> dict[str, Any]:
    """Return ``given`` when its names and types are exactly what is expected; those of :data:`ISSUE` may be there.

    Raises :class:`ParameterError` with every problem at once: missing, unknown (with the nearest
    known name), wrong type.
    """
    problems = []
    expected = {**expected, **{name: types for name, types in ISSUE.items() if name in given}}
    for name in given:
        if name not in expected:
            near = difflib.get_close_matches(name, expected, n=1)
            hint = f"，是否想写 {near[0]}？" if near else f"；可用参数：{'、'.join(expected)}"
            problems.append(f"不认识的参数 {name}{hint}")
    for name, types in expected.items():
        if name not in given:
            problems.append(f"缺少参数 {name}：{DESCRIPTIONS.get(name, '')}")
        elif not isinstance(given[name], types) or isinstance(given[name], bool):
            note = ""
            if name == "division_code" and isinstance(given[name], int):
                note = "；代码须为文本以保留前导零，papermill 命令行请用 -r 而不是 -p"
            problems.append(
                f"参数 {name} 应为{DESCRIPTIONS.get(name, '')}，收到 {reprlib.repr(given[name])}{note}"
            )
    if problems:
        raise ParameterError("参数有误：\n" + "\n".join(problems))
    return {name: given[name] for name in expected}


def namespace_parameters(
    namespace: Mapping[str, Any], *, expected: Mapping[str, tuple[type, ...]] = PARAMETERS
) -> dict[str, Any]:
    """Pick the parameters out of a notebook's namespace, and whatever looks like a misspelt one.

    That is: every expected name, every name that papermill injected, and every plain variable whose
    name is close to an expected one. An analyst's own variables are left alone, so that a notebook
    can be run again after exploring.
    """
    injected = _injected_names(namespace)
    names = []
    expected = {**expected, **ISSUE}
    for name, value in namespace.items():
        plain = isinstance(value, str | int | float | bool | list | tuple | dict | type(None))
        near = (
            plain and not name.startswith("_") and difflib.get_close_matches(name, expected, n=1, cutoff=0.75)
        )
        if name in expected or name in injected or near:
            names.append(name)
    return {name: namespace[name] for name in names}


def _injected_names(namespace: Mapping[str, Any]) -> set[str]:
    """Names assigned by the cell that papermill puts in (it begins with ``# Parameters``)."""
    names: set[str] = set()
    for source in namespace.get("In", []):
        if isinstance(source, str) and source.startswith("# Parameters"):
            targets = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Name))
            names |= {node.id for node in targets if isinstance(node.ctx, ast.Store)}
    return names


def find_file(name: str) -> Path:
    """A data file by its path, looked for from here upwards, so that a notebook runs from any folder."""
    path = Path(name)
    if path.is_absolute():
        return path
    for folder in (Path.cwd(), *Path.cwd().parents):
        if (folder / path).is_file():
            return folder / path
    raise ParameterError(f"找不到文件 {name}；已从 {Path.cwd()} 起逐级向上查找，请检查路径")


def open_from_parameters(namespace: Mapping[str, Any]) -> CountyAssessment:
    """Check a notebook's parameters and open the county they name: the one call of a notebook.

    Its plan sets the target year unless ``target_year`` does. A county without school records is refused
    (``ParameterError``): every notebook looks at schools.
    """
    given = check_parameters(namespace_parameters(namespace))
    county = open_assessment(
        [find_file(str(name)) for name in files_of(given["files"])],
        division_code=given["division_code"],
        year=given["year"],
        regime=find_rule(given["regime"]),
        overlays=overlays_of(given["overlays"]),
        target_year=given["target_year"],
        on=parse_date(given["on"]),
    )
    require_schools(county)
    return with_target_year_of(named_plan(given["plan"]), county)


def files_of(files: str | Path | Sequence[str | Path]) -> list[str | Path]:
    """One path or several, as a list."""
    return [files] if isinstance(files, str | Path) else list(files)


def overlays_of(overlays: str | Sequence[str]) -> list[str]:
    """Ids and files of overlays, given as a list or as text with commas; files are looked for from here upwards."""
    names = overlays.split(",") if isinstance(overlays, str) else overlays
    return [find_rule(name.strip()) for name in names if name.strip()]


def find_rule(name: str) -> str:
    """An id as it is; a file (``my_city.toml``), looked for from here upwards, is made known and its id given back."""
    return use_rules(find_file(name))[0] if name.endswith(".toml") else name


def parse_date(text: str | None) -> date | None:
    """ISO date text to a date; None stays None."""
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ParameterError(f"日期应写作 2018-08-31 的形式，收到 {reprlib.repr(text)}") from None


def given_parameters(namespace: Mapping[str, Any]) -> dict[str, Any]:
    """The checked parameters of a county's notebook."""
    return check_parameters(namespace_parameters(namespace))


_vouched: dict[str, str] = {}


def vouch(hashes: Mapping[str, str]) -> None:
    """Let this process and the kernels it forks take files (by their path) for what was read at the run's start; they need not be there."""
    _vouched.update(hashes)


def parameters_key(given: Mapping[str, Any]) -> str:
    """What identifies an opened county: its parameters, and the contents (not only the names) of its files.

    Raises :class:`ParameterError` for a file that is not there.
    """
    files = [str(name) for name in files_of(given["files"])]
    plan = given["plan"]
    if isinstance(plan, str) and plan not in {known.id for known in list_plans()}:
        files.append(plan)
    if given.get("remediation"):
        files.append(given["remediation"])
    files += [str(name) for name in files_of(given.get("ledger") or [])]
    contents = [
        _vouched.get(name) or hashlib.sha256(find_file(name).read_bytes()).hexdigest() for name in files
    ]
    issue = {name: given.get(name) or "" for name in ISSUE}
    return json.dumps([{**given, **issue}, contents], sort_keys=True, ensure_ascii=False)


def issue_from_parameters(namespace: Mapping[str, Any]) -> tuple[date | None, str]:
    """Date and office for a report's cover, from a notebook's parameters ``issued_on`` and ``issuing_office``; (None, "") without."""
    given = check_parameters(namespace_parameters(namespace))
    return parse_date(given.get("issued_on")), str(given.get("issuing_office", "")).strip()


def plan_from_parameters(namespace: Mapping[str, Any]) -> Plan | None:
    """The implementation plan a notebook's parameter ``plan`` names: a shipped id, a file, or none."""
    return named_plan(check_parameters(namespace_parameters(namespace))["plan"])


def ledger_from_parameters(
    namespace: Mapping[str, Any], county: CountyAssessment, plan: Plan | None
) -> Ledger | None:
    """What is reported on the plan: the files of a notebook's parameter ``ledger`` and the sheets 进展 of its workbooks (:func:`ledger_of`)."""
    given = given_parameters(namespace)
    own, files = (files_of(given.get(name) or []) for name in ("ledger", "files"))
    return ledger_of(
        county, plan, [find_file(str(name)) for name in files], [find_file(str(name)) for name in own]
    )


def ledger_of(
    county: CountyAssessment, plan: Plan | None, files: Sequence[Path], own: Sequence[Path]
) -> Ledger | None:
    """What is reported on the plan in ledgers of their ``own`` and in the sheets 进展 of ``files``.

    None without a plan for this county; :class:`ParameterError` for a ledger without any plan, or one that is not there.
    """
    require_plan_of_ledger(own, plan)
    if absent := [str(path) for path in own if not path.is_file()]:
        raise ParameterError(f"找不到文件：{'、'.join(absent)}")
    if plan is None or not plan.covers(county.division_code):
        return None
    return county_ledger(county.division_code, own, workbooks_of(files, county.tables))


def require_plan_of_ledger(ledger: Sequence[str | Path], plan: object) -> None:
    """A ledger reports on a plan: ``ParameterError`` where there is none."""
    if ledger and plan is None:
        raise ParameterError("进展填报表须与实施方案同用，请指定 plan（命令行为 --plan）")


def with_reports(county: CountyAssessment, plan: Plan | None, ledger: Ledger | None) -> CountyAssessment:
    """The county with what is wrong with its progress ledger among its issues: by itself, against the plan, against the data."""
    if plan is None or ledger is None or not (len(ledger.rows) or ledger.issues):
        return county
    code, on, tasks = county.division_code, county.regime.on, county.tables.tasks
    progress = worded_frame(measure_progress(plan, county, county.items, on=on))
    state = ledger_state(plan, ledger, division_code=code, on=on, progress=progress, tasks=tasks)
    taken = statistics_day(county.year)
    found = check_ledger(plan, ledger, state, division_code=code, on=on, data_of=taken, tasks=tasks)
    return with_issues(county, found)


def named_plan(name: str | None) -> Plan | None:
    """A shipped plan by id, a county's own by its file, or none."""
    if name is None:
        return None
    return load_plan(name if name in {plan.id for plan in list_plans()} else find_file(name))
