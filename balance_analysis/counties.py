"""THE loop over the counties of the files: each is assessed by itself, and one that fails stops nobody."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from difflib import get_close_matches

from balance_analysis.assessment import CountyAssessment, assess_by_law, assessment_date
from balance_analysis.errors import (
    NO_SCHOOLS_IN_FILE,
    Issue,
    ParameterError,
    Place,
    RegimeError,
    WorkbookError,
    must_be_corrected,
)
from balance_analysis.explain.screening import screened
from balance_analysis.regimes import list_regimes, newest_regime, overlay_ids
from balance_analysis.regimes.files import OverlayFile, overlay_file, texts
from balance_analysis.regimes.own_rules import require_readable
from balance_analysis.terms import Severity, Stage
from balance_analysis.workbook.layouts import own_fields
from balance_analysis.workbook.reader import in_order
from balance_analysis.workbook.tables import SchoolTables


@dataclass(frozen=True)
class FailedCounty:
    """A county or file without an assessment and why; ``division_code`` is empty for a file without counties.

    ``message`` is short where ``issues`` tell the rest; ``text`` says everything.
    """

    division_code: str
    county: str
    message: str
    issues: tuple[Issue, ...] = ()
    text: str = ""

    @property
    def head(self) -> tuple[str, str, str]:
        """Code, name and message, as frames want them."""
        return (self.division_code, self.county, self.message)


def assess_counties(
    tables: SchoolTables,
    *,
    regime: str,
    overlays: Sequence[str] = (),
    year: int | None = None,
    target_year: int | None = None,
    on: date | None = None,
    division_code: str | None = None,
) -> Iterator[CountyAssessment | FailedCounty]:
    """Assess every county of the tables (or the one named), by code; failures come in their place.

    Each county is assessed in ``year``, by default in its own latest school year, by the law of ``on``, by default of
    that school year's last day. A county with hard issues, without that year, without schools in scope, outside the
    place of an overlay or the time of the law fails.
    """
    for code in tables.division_codes() if division_code is None else [division_code]:
        try:
            found = assess_by_law(
                tables,
                regime,
                division_code=code,
                overlays=overlays,
                year=year,
                target_year=target_year,
                on=on,
            )
        except WorkbookError as error:
            yield failed_county(tables, code, error)
        except (ParameterError, RegimeError) as error:
            failed = failed_county(tables, code, error)
            file = tables.restrict(code).sources[0].name
            yield replace(failed, issues=(not_assessable(code, file, failed.text),))
        else:
            yield screened(found)


def failed_county(tables: SchoolTables, code: str, error: Exception) -> FailedCounty:
    """A county whose assessment, or what was to be made of it, ended in an error that is meant to be read."""
    issues = error.issues if isinstance(error, WorkbookError) else ()
    text = str(error).removeprefix(f"{code} ")
    message = must_be_corrected(issues) if issues else text
    return FailedCounty(code, county_name(tables, code), message, issues, text)


def not_assessable(code: str, file: str, reason: str) -> Issue:
    """The hard issue of a county to which the law cannot be applied, whatever each cell holds."""
    return Issue(
        code="not_assessable",
        severity=Severity.HARD,
        place=Place(file),
        found=f"{code}：{reason.removeprefix(f'{code} ')}",
        expected="可按所用办法评估的学校数据",
        remedy="核对办学类型、举办者类型、在校生数和学年；或用 --regime 换一个评估办法",
        message="这个区县不能评估。",
        division_code=code,
    )


def every_issue(tables: SchoolTables, found: Iterable[Issue]) -> list[Issue]:
    """What is to be said of the files, each thing once: reading and checks, and what the assessment of each county ``found``.

    THE list of a run: ``check``, ``assess``, ``forms`` and ``report`` count and tell the same for the same files and law.
    """
    return in_order(dict.fromkeys((*tables.issues, *found)))


def check_counties(
    tables: SchoolTables,
    *,
    regime: str | None = None,
    overlays: Sequence[str] = (),
    year: int | None = None,
    on: date | None = None,
) -> tuple[list[Issue], tuple[str, ...]]:
    """:func:`every_issue` of the files, and the regimes by which they were looked at.

    Without ``regime`` each county is looked at by the newest national one in force at the end of its school year.
    """
    found: list[Issue] = [issue for failure in files_without_counties(tables) for issue in failure.issues]
    used: dict[str, None] = {}
    for code in tables.division_codes():
        years = [year] if year is not None else tables.years(code)[-1:]
        law = regime or newest_regime(on or (assessment_date(years[0]) if years else date.max))
        used[law] = None
        for county in assess_counties(
            tables, regime=law, overlays=overlays, year=year, on=on, division_code=code
        ):
            found += county.issues
    return every_issue(tables, found), tuple(used)


def files_without_counties(tables: SchoolTables) -> list[FailedCounty]:
    """The files in which no county was found; a file that was given twice is none of them."""
    useful = tables.useful_files() | {
        issue.place.file for issue in tables.issues if issue.code == "repeated_file"
    }
    found = []
    for source in tables.sources:
        if source.name not in useful:
            issues = tuple(issue for issue in tables.hard_issues if issue.place.file == source.name)
            message = must_be_corrected(issues) if issues else NO_SCHOOLS_IN_FILE
            text = "；".join(f"{issue.message}（{issue.found}）" for issue in issues) or message
            issues = issues or (_no_schools(source.name),)
            found.append(FailedCounty("", source.name, message, issues, text))
    return found


def _no_schools(file: str) -> Issue:
    return Issue(
        code="no_schools",
        severity=Severity.HARD,
        place=Place(file),
        found="没有写明区县的学校",
        expected="至少一个区县的学校数据",
        remedy="核对提交的文件是否正确",
        message=f"{NO_SCHOOLS_IN_FILE}。",
    )


def county_name(tables: SchoolTables, code: str) -> str:
    """What the files call a county; its code where they do not say."""
    return tables.county_name(code) or code


def require_known(regime: str, overlays: Sequence[str]) -> None:
    """An unknown regime or overlay, or one that counts columns nobody can file, is wrong use (:class:`RegimeError`)."""
    for name in (regime, *overlays):
        require_readable(name)
    if regime not in list_regimes():
        raise RegimeError(f"没有评估办法 {regime}；可用：{'、'.join(list_regimes())}")
    unknown = [name for name in overlays if name not in overlay_ids()]
    if unknown:
        raise RegimeError(f"没有补充规定 {'、'.join(unknown)}；可用：{'、'.join(overlay_ids())}")
    files = [overlay_file(name, texts(None, "local")[name]) for name in overlays]
    problems = [problem for file in files for problem in unknown_columns(file)]
    if problems:
        raise RegimeError("\n".join(problems))


def unknown_columns(file: OverlayFile) -> list[str]:
    """Columns of a file's numerators that the template does not have, each with the names that are alike."""
    known = own_fields()
    wanted = [
        (one.method, name)
        for one in file.numerator
        for name in dict.fromkeys(name for stage in Stage for name in one.fields(stage))
        if name not in known
    ]
    return [
        f"{file.id}.toml [[numerator]] {method}：填报表没有字段 {name}"
        + (
            f"；相近的有 {'、'.join(near)}"
            if (near := get_close_matches(name, known, n=4, cutoff=0.5))
            else ""
        )
        for method, name in wanted
    ]
