"""Checks on typed tables: contradictions inside a row, between rows, between sheets, years and files.

Each check is one small function from tables to issues (:mod:`hard_checks`, :mod:`soft_checks`,
:mod:`part_checks`, :mod:`name_checks`, :mod:`published`);
``tests/unit/test_checks.py`` holds a broken sample for each. Statistical screening (bunching,
heaping) needs measures and limits and lives in :mod:`balance_analysis.explain.plausibility`.
"""

from __future__ import annotations

from dataclasses import replace

from balance_analysis.errors import Issue, IssueLimit
from balance_analysis.terms import Severity
from balance_analysis.workbook.hard_checks import HARD_CHECKS
from balance_analysis.workbook.layouts import load_layout
from balance_analysis.workbook.name_checks import NAME_CHECKS
from balance_analysis.workbook.part_checks import PART_CHECKS
from balance_analysis.workbook.published import PUBLISHED_CHECKS
from balance_analysis.workbook.soft_checks import SOFT_CHECKS
from balance_analysis.workbook.tables import SchoolTables

CHECKS = (*HARD_CHECKS, *SOFT_CHECKS, *PART_CHECKS, *NAME_CHECKS, *PUBLISHED_CHECKS)


def check_tables(tables: SchoolTables) -> tuple[Issue, ...]:
    """Run every check; the layout of a file of real records may soften one (``[severities]``)."""
    softened = {
        source.name: load_layout(source.layout).severities for source in tables.sources if source.layout
    }
    limit = IssueLimit()
    issues: list[Issue] = []
    for entry in CHECKS:
        for issue in entry.find(tables):
            severity = Severity(softened.get(issue.place.file, {}).get(entry.code, entry.severity))
            if limit.admits(entry.code, severity, issue.place, issue.division_code):
                issues.append(replace(issue, code=entry.code, severity=severity, message=entry.message))
    return tuple(limit.told(issues))
