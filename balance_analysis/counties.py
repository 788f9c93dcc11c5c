"""THE loop over the counties of the files: each is assessed by itself, and one that fails stops nobody."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from balance_analysis.assessment import CountyAssessment, assess_by_law
from balance_analysis.errors import (
    NO_SCHOOLS_IN_FILE,
    Issue,
    ParameterError,
    RegimeError,
    WorkbookError,
    must_be_corrected,
)
from balance_analysis.regimes import list_regimes, overlay_ids
from balance_analysis.regimes.own_rules import require_readable
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
            yield assess_by_law(
                tables,
                regime,
                division_code=code,
                overlays=overlays,
                year=year,
                target_year=target_year,
                on=on,
            )
        except (WorkbookError, ParameterError, RegimeError) as error:
            yield failed_county(tables, code, error)


def failed_county(tables: SchoolTables, code: str, error: Exception) -> FailedCounty:
    """A county whose assessment, or what was to be made of it, ended in an error that is meant to be read."""
    issues = error.issues if isinstance(error, WorkbookError) else ()
    text = str(error).removeprefix(f"{code} ")
    message = must_be_corrected(issues) if issues else text
    return FailedCounty(code, county_name(tables, code), message, issues, text)


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
            found.append(FailedCounty("", source.name, message, issues, text))
    return found


def county_name(tables: SchoolTables, code: str) -> str:
    """What the files call a county; its code where they do not say."""
    return tables.county_name(code) or code


def require_known(regime: str, overlays: Sequence[str]) -> None:
    """An unknown regime or overlay is wrong use (:class:`RegimeError`), not a failure of every county."""
    for name in (regime, *overlays):
        require_readable(name)
    if regime not in list_regimes():
        raise RegimeError(f"没有评估办法 {regime}；可用：{'、'.join(list_regimes())}")
    unknown = [name for name in overlays if name not in overlay_ids()]
    if unknown:
        raise RegimeError(f"没有补充规定 {'、'.join(unknown)}；可用：{'、'.join(overlay_ids())}")
