"""Issues and exceptions: every message says place, finding, expectation and remedy."""

from __future__ import annotations

import errno
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

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


MOST_PER_RULE = 20
"""Messages of one rule on one sheet; a county beyond them keeps its first, because that one may stop it."""


class IssueLimit:
    """Counts issues by rule, file and sheet, so that a sheet of wrong rows is told in twenty messages and a number."""

    def __init__(self, *, every_county: bool = True) -> None:
        self._every_county = every_county
        self._kept: Counter[tuple[str, ...]] = Counter()
        self._counties: set[tuple[str, ...]] = set()
        self._left: Counter[tuple[str, ...]] = Counter()

    def admits(self, code: str, severity: Severity, place: Place, division_code: str = "") -> bool:
        """Whether one more issue of this kind is to be kept; otherwise it is only counted."""
        rule = (code, severity, place.file, place.sheet)
        key = (*rule, division_code if self._every_county else "")
        if self._kept[rule] >= MOST_PER_RULE and (key in self._counties or not self._every_county):
            self._left[key] += 1
            return False
        self._kept[rule] += 1
        self._counties.add(key)
        return True

    def told(self, issues: Iterable[Issue]) -> list[Issue]:
        """The issues that were kept; the last of each rule, sheet and county says how many more there are."""
        result = list(issues)
        if not self._left:
            return result
        left = dict(self._left)
        for position in range(len(result) - 1, -1, -1):
            issue = result[position]
            county = issue.division_code if self._every_county else ""
            more = left.pop((issue.code, issue.severity, issue.place.file, issue.place.sheet, county), 0)
            if more:
                result[position] = replace(issue, found=f"{issue.found or '（空）'}（另有{more:,}处）")
        return result


def limit_issues(issues: Iterable[Issue], *, every_county: bool = True) -> list[Issue]:
    """At most twenty issues of one rule on one sheet, the last of them with the number of the others.

    ``every_county``: a county that would have none left keeps its first. Without it, for printing, none does.
    """
    limit = IssueLimit(every_county=every_county)
    return limit.told(
        issue
        for issue in issues
        if limit.admits(issue.code, issue.severity, issue.place, issue.division_code)
    )


SYSTEM_REASONS: Mapping[int, str] = {
    errno.ENOENT: "文件或文件夹不存在",
    errno.ENOTDIR: "路径中有一段不是文件夹",
    errno.EISDIR: "是文件夹，不是文件",
    errno.EACCES: "没有权限",
    errno.EPERM: "没有权限",
    errno.EROFS: "磁盘只读",
    errno.ENOSPC: "磁盘已满",
    errno.EFBIG: "文件过大",
    errno.ENAMETOOLONG: "名称过长",
    errno.ELOOP: "链接成环",
    errno.EMFILE: "打开的文件过多",
    errno.ENFILE: "打开的文件过多",
    errno.ENOMEM: "内存不足",
    errno.EEXIST: "已经存在",
    errno.EBUSY: "正被其他程序使用",
    errno.EIO: "磁盘读写出错",
    getattr(errno, "EDQUOT", -1): "磁盘配额已用完",
}
"""What the system says when it will not open or write a file."""


def system_reason(error: OSError) -> str:
    """Why the system refused, in Chinese.

    >>> system_reason(FileNotFoundError(2, "No such file or directory"))
    '文件或文件夹不存在'
    """
    return SYSTEM_REASONS.get(error.errno or 0, f"系统错误 {error.errno}")


SHOW_DETAILS = "（需要程序位置时运行 ba.details()）"
"""Stands below an error's text in a notebook."""


class BalanceAnalysisError(Exception):
    """Base of every error the package raises on purpose; its text is meant to be read."""

    def _render_traceback_(self) -> list[str]:
        """What a notebook shows: the text alone, with a way to the place in the program (:func:`balance_analysis.details`)."""
        return [str(self), SHOW_DETAILS]


class RegimeError(BalanceAnalysisError):
    """A regime, overlay or plan file is incomplete, contradictory or unknown."""


class WorkbookError(BalanceAnalysisError):
    """Input with hard issues was asked to be assessed; carries the issues."""

    def __init__(self, issues: list[Issue] | tuple[Issue, ...], message: str = "") -> None:
        self.issues = tuple(issues)
        text = message or "输入数据存在必须先改正的错误："
        shown = limit_issues(self.issues, every_county=False)
        super().__init__("\n".join([text, *(str(issue) for issue in shown)]))


NO_SCHOOLS_IN_FILE = "文件中没有学校数据"
"""Why a file that could be read says nothing of any county."""


def must_be_corrected(issues: Sequence[Issue]) -> str:
    """One line that stands for hard issues where these are listed apart."""
    return f"有{len(issues)}处错误必须先改正"


class ParameterError(BalanceAnalysisError):
    """A notebook or command-line parameter is missing, unknown or of the wrong type."""


class ReportError(BalanceAnalysisError):
    """A report could not be produced or did not read back as expected."""
