"""Issues and exceptions: every message says place, finding, expectation and remedy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from balance_analysis.terms import Severity


@dataclass(frozen=True, order=True)
class Place:
    """Where something was found; empty parts are simply not known.

    >>> str(Place(file="桓台县.xlsx", sheet="学校", cell="K5"))
    '桓台县.xlsx 学校!K5'
    """

    file: str = ""
    sheet: str = ""
    cell: str = ""

    def __str__(self) -> str:
        cell = f"{self.sheet}!{self.cell}" if self.sheet and self.cell else self.sheet or self.cell
        return " ".join(part for part in (self.file, cell) if part)


@dataclass(frozen=True)
class Issue:
    """One finding about one place of the input.

    ``code`` is stable and searchable; ``column`` is the Chinese column name; ``found``,
    ``expected`` and ``remedy`` are Chinese sentences or values for the person who files.
    """

    code: str
    severity: Severity
    place: Place
    column: str = ""
    found: str = ""
    expected: str = ""
    remedy: str = ""
    message: str = ""
    division_code: str = ""
    school_code: str = ""
    year: int | None = None

    def __str__(self) -> str:
        kind = {Severity.HARD: "错误", Severity.SOFT: "疑问", Severity.NOTE: "提示"}[self.severity]
        where = str(self.place)
        column = f"“{self.column}”" if self.column else ""
        head = " ".join(part for part in (f"[{kind} {self.code}]", f"{where} {column}".strip()) if part)
        return (
            f"{head}：{self.message}"
            f"　发现：{self.found or '（空）'}；应为：{self.expected}；处理：{self.remedy}"
        )


class BalanceAnalysisError(Exception):
    """Base of every error the package raises on purpose; its text is meant to be read."""


class RegimeError(BalanceAnalysisError):
    """A regime, overlay or plan file is incomplete, contradictory or unknown."""


class WorkbookError(BalanceAnalysisError):
    """Input with hard issues was asked to be assessed; carries the issues."""

    def __init__(self, issues: list[Issue] | tuple[Issue, ...], message: str = "") -> None:
        self.issues = tuple(issues)
        text = message or "输入数据存在必须先改正的错误："
        super().__init__("\n".join([text, *(str(issue) for issue in self.issues)]))


NO_SCHOOLS_IN_FILE = "文件中没有学校数据"
"""Why a file that could be read says nothing of any county."""


def must_be_corrected(issues: Sequence[Issue]) -> str:
    """One line that stands for hard issues where these are listed apart."""
    return f"有{len(issues)}处错误必须先改正"


class ParameterError(BalanceAnalysisError):
    """A notebook or command-line parameter is missing, unknown or of the wrong type."""


class ReportError(BalanceAnalysisError):
    """A report could not be produced or did not read back as expected."""
