"""Statistical screening of filed figures as issues *to be checked*, beside the rules of the workbook's own checks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from balance_analysis.assessment import CountyAssessment, with_issues
from balance_analysis.errors import Issue, Place
from balance_analysis.explain import plausibility
from balance_analysis.explain.diagnosis import Diagnosis
from balance_analysis.terms import Severity
from balance_analysis.workbook.layouts import own_fields
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


def screened(county: CountyAssessment) -> CountyAssessment:
    """The county with what the statistical screen asks among its issues.

    The chance of any finding in an honest county is held under 1 % (decision record 0014).
    """
    if county.patterns is not None:
        return county
    patterns = Diagnosis(county).plausibility
    known = [row for row in patterns.to_dict("records") if row["rule"] in SENTENCES]
    asked = [issue for row in known for issue in _issues(row, county.tables)]
    return replace(with_issues(county, asked), patterns=patterns)


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
