"""Statistical screening of filed figures as issues *to be checked*, beside the rules of the workbook's own checks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from balance_analysis.assessment import assess_county, assessment_date
from balance_analysis.errors import Issue, ParameterError, Place
from balance_analysis.explain import plausibility
from balance_analysis.explain.diagnosis import Diagnosis
from balance_analysis.regimes import list_regimes, load_regime, regime_head
from balance_analysis.terms import Severity
from balance_analysis.workbook.layouts import own_fields
from balance_analysis.workbook.published import DIFFERS
from balance_analysis.workbook.reader import in_order, read_groups
from balance_analysis.workbook.tables import SchoolTables

SENTENCES: Mapping[str, tuple[str, str, str]] = MappingProxyType(
    {
        plausibility.BUNCHING: (
            "恰好略高于标准值的学校异常集中。",
            "标准值上下的学校数大致相当",
            "核对这些学校的原始台账，说明数值来源",
        ),
        plausibility.HEAPING: (
            "末位数字异常集中（如过多的0和5）。",
            "末位数字大致均匀",
            "核对是否为估计数或凑整数，改填实测数",
        ),
        plausibility.JUMP: (
            "建成年份未变而面积比上年明显增加。",
            "没有新建、改扩建时面积基本不变",
            "补充新建、改扩建的证明，或改正其中一年的面积",
        ),
    }
)
"""Rules of the screen that the workbook's own checks do not cover: message, expectation, remedy."""


def check_and_screen(paths: Sequence[str | Path], regime_id: str) -> list[Issue]:
    """Every issue of the files at once: reading, checks within and between files, then the screen."""
    groups = read_groups(paths)
    issues = in_order(issue for tables in groups for issue in tables.issues)
    for tables in groups:
        issues += screen_tables(tables, regime_id)
    order = {Severity.HARD: 0, Severity.SOFT: 1, Severity.NOTE: 2}
    return sorted(issues, key=lambda issue: order[issue.severity])


def screen_tables(tables: SchoolTables, regime_id: str) -> list[Issue]:
    """Soft issues of the statistical screen, and of published figures beside the schools', for every county of the tables.

    Counties with hard issues, and those without a school in the regime's scope, are not screened:
    their figures cannot be measured. Figures older than the regime are held against its first limits.
    The chance of any finding in an honest county is held under 1 % (decision record 0014).
    """
    issues: list[Issue] = []
    for code in tables.division_codes():
        if tables.restrict(code).hard_issues:
            continue
        day = assessment_date(tables.years(code)[-1])
        if regime_id in list_regimes():  # an unknown one is named by the next line
            day = max(day, regime_head(regime_id).valid_from)
        regime = load_regime(regime_id, on=day)
        try:
            county = assess_county(tables, regime, division_code=code)
        except ParameterError as error:  # what stops an assessment is an error here too
            issues.append(_not_assessable(tables, code, str(error), regime.name))
            continue
        issues += [issue for issue in county.issues if issue.code == DIFFERS]
        findings = Diagnosis(county).plausibility
        known = [row for row in findings.to_dict("records") if row["rule"] in SENTENCES]
        issues += [issue for row in known for issue in _issues(row, tables)]
    return issues


def _not_assessable(tables: SchoolTables, code: str, reason: str, regime: str) -> Issue:
    files = [source.name for source in tables.restrict(code).sources]
    return Issue(
        code="not_assessable",
        severity=Severity.HARD,
        place=Place(files[0] if files else ""),
        found=f"{tables.county_name(code) or code}：{reason}",
        expected=f"可按“{regime}”评估的学校数据",
        remedy="核对办学类型、举办者类型、在校生数和学年；或用 --regime 换一个评估办法",
        message="这个区县不能评估。",
        division_code=code,
    )


def _issues(row: Mapping[Any, Any], tables: SchoolTables) -> Iterator[Issue]:
    message, expected, remedy = SENTENCES[row["rule"]]
    rows = tables.schools[
        (tables.schools["division_code"] == row["division_code"])
        & (tables.schools["school_year"] == row["year"])
    ]
    codes = set(str(row["school_codes"]).split(";"))
    names = list(rows.loc[rows["school_code"].isin(codes), "school_name"])
    fields = own_fields()
    column = fields[row["field"]].header if row["field"] in fields else ""
    probability = f"，偶然出现的概率{row['p_value']:.1g}" if row["p_value"] == row["p_value"] else ""
    shown = "、".join(names[:8]) + (f"等{len(names)}所" if len(names) > 8 else "")
    yield Issue(
        code=str(row["rule"]),
        severity=Severity.SOFT,
        place=Place(str(rows["source_file"].iloc[0]), str(rows["source_sheet"].iloc[0])),
        column=column or str(row["indicator"] or ""),
        found=f"{int(row['year'])}学年{int(row['n'])}个数值中有{int(row['count'])}个{probability}；涉及：{shown}",
        expected=expected,
        remedy=remedy,
        message=message,
        division_code=str(row["division_code"]),
        year=int(row["year"]),
    )
