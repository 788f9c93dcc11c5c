"""The one place where the parts meet: tables and a regime in, one county's assessment out.

Its frames carry statements where they explain something; :mod:`balance_analysis.door` gives them words.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Any

import pandas as pd

from balance_analysis.errors import Issue, ParameterError, WorkbookError
from balance_analysis.measures.coefficients import compute_coefficients
from balance_analysis.measures.gaps import compute_gaps
from balance_analysis.measures.indicators import (
    compute_indicators,
    excluded_schools,
    schools_of_unknown_sponsor,
)
from balance_analysis.measures.published import (
    differences,
    published_coefficients,
    published_gaps,
    stages_of,
)
from balance_analysis.measures.strata import assign_strata
from balance_analysis.measures.trends import SERIES, compute_trends
from balance_analysis.regimes import Regime, load_regime, require_place
from balance_analysis.terms import ALL_STAGES, COMPOSITE, STAGE_NAMES, Outcome, Relation
from balance_analysis.verdicts.items import (
    OVERALL,
    judge_groups,
    judge_items,
    verdicts_resting_on_concessions,
)
from balance_analysis.verdicts.published import judge_published
from balance_analysis.verdicts.resource_items import judge_resource_items
from balance_analysis.verdicts.resources import judge_coefficients, judge_county
from balance_analysis.verdicts.values import NO_LIMIT, judge_indicators, judge_schools
from balance_analysis.workbook.layouts import own_headers
from balance_analysis.workbook.published import difference_issue
from balance_analysis.workbook.sponsors import blank_sponsors
from balance_analysis.workbook.tables import SchoolTables

FRAMES = (
    "indicators",
    "coefficients",
    "schools",
    "verdicts",
    "gaps",
    "trends",
    "items",
    "item_schools",
    "groups",
)
HEAD = ("division_code", "county", "year")
CONCESSION_LEVEL = "concession"

FARTHEST_TARGET = 50
"""Years from the assessed one to a target; whatever is laid out year by year would fill the memory beyond."""


@dataclass(frozen=True, repr=False)
class CountyAssessment:
    """Everything known about one county up to one school year (frames: ``docs/developer/frames.md``).

    The resource frames hold every filed year up to ``year`` (:meth:`current` cuts one to ``year``);
    ``items``, ``item_schools`` and ``groups`` judge the whole regime in ``year`` only.
    ``resting_on_concessions`` lists the verdicts that hold only because of a concession; ``patterns`` what the statistical screen
    found, None until it has looked.
    """

    division_code: str
    county: str
    year: int
    target_year: int | None
    regime: Regime
    tables: SchoolTables
    indicators: pd.DataFrame
    coefficients: pd.DataFrame
    schools: pd.DataFrame
    verdicts: pd.DataFrame
    gaps: pd.DataFrame
    trends: pd.DataFrame
    excluded: pd.DataFrame
    items: pd.DataFrame
    item_schools: pd.DataFrame
    groups: pd.DataFrame
    resting_on_concessions: pd.DataFrame
    patterns: pd.DataFrame | None = None

    def __repr__(self) -> str:
        """One line: frames print themselves where they are asked for."""
        return f"CountyAssessment({self.division_code} {self.county}, {self.year}, {self.regime.id}, {self.outcome})"

    @property
    def issues(self) -> tuple[Issue, ...]:
        """Everything the checks found about this county's files."""
        return self.tables.issues

    @property
    def years(self) -> tuple[int, ...]:
        """School years in the frames, ascending."""
        return tuple(sorted(int(year) for year in self.coefficients["year"].unique()))

    @property
    def stages(self) -> tuple[str, ...]:
        """Stages that have schools or published figures in ``year``, primary first."""
        present = set(self.current("coefficients")["stage"])
        return tuple(stage for stage in ("primary", "junior_secondary") if stage in present)

    @property
    def outcome(self) -> str:
        """The county's outcome on resources in ``year`` (national reading)."""
        return _county_outcome(self.verdicts, self.year)

    @property
    def overall_outcome(self) -> str:
        """The county's outcome on everything the regime judges: resources, items, entry, vetoes."""
        return str(self.groups.loc[self.groups["group"] == OVERALL, "outcome"].iloc[0])

    def size(self, stage: str) -> tuple[int | None, float | None]:
        """Schools and pupils of a stage in ``year``; as published where there are no school records, else None."""
        schools, coefficients = self.current("schools"), self.current("coefficients")
        of_stage = schools[schools["stage"] == stage]
        if len(of_stage) or (len(schools) and stage not in self.stages):
            return len(of_stage), float(of_stage["enrolment"].sum())
        whole = coefficients["indicator"] == COMPOSITE
        for row in coefficients[whole & (coefficients["stage"] == stage)].to_dict("records"):
            number, pupils = row["n_schools"], row["enrolment"]
            return None if pd.isna(number) else int(number), None if pd.isna(pupils) else float(pupils)
        return None, None

    def current(self, frame: str) -> pd.DataFrame:
        """One frame cut to the assessed year, cut once: what a caller writes into it stays the caller's."""
        if frame not in self._current:
            rows: pd.DataFrame = getattr(self, frame)
            self._current[frame] = rows[rows["year"] == self.year].reset_index(drop=True)
        return self._current[frame].copy(deep=False)

    @cached_property
    def _current(self) -> dict[str, pd.DataFrame]:
        return {}


def assessment_date(year: int) -> date:
    """The day whose law applies to a school year unless told otherwise: the year's last day, 31 August."""
    return date(year + 1, 8, 31)


def assess_county(
    tables: SchoolTables,
    regime: Regime,
    *,
    division_code: str,
    year: int | None = None,
    target_year: int | None = None,
) -> CountyAssessment:
    """Assess one county of already read tables.

    ``year`` defaults to the county's latest school year. Raises :class:`WorkbookError` when the
    county's data has hard issues, :class:`ParameterError` for a county or year the data lacks, or for an overlay of
    another place.
    """
    county = tables.restrict(division_code)
    require_place(regime, division_code, county=county.county_name(division_code))
    if county.hard_issues:
        raise WorkbookError(county.hard_issues)
    years = county.years(division_code)
    chosen = years[-1] if year is None else year
    if chosen not in years:
        raise ParameterError(
            f"{division_code} 没有{chosen}学年的数据；可选学年：{'、'.join(map(str, years))}"
        )
    if target_year is not None and target_year < chosen:
        raise ParameterError(f"目标年{target_year}早于所评学年{chosen}；请改用不早于{chosen}的目标年")
    if target_year is not None and target_year > chosen + FARTHEST_TARGET:
        raise ParameterError(
            f"目标年{target_year}太远；请改用{chosen}至{chosen + FARTHEST_TARGET}之间的目标年"
        )
    kept, printed = (
        frame[frame["school_year"] <= chosen].reset_index(drop=True)
        for frame in (county.schools, county.published)
    )
    kept["stratum"] = assign_strata(kept, county.stratification.field, regime.area_codes)
    county = replace(county, schools=kept, published=printed)
    unknown = blank_sponsors(county, schools_of_unknown_sponsor(county, regime))
    county = replace(county, issues=(*county.issues, *unknown))
    raw = compute_indicators(county, regime)
    with_schools = stages_of(raw)
    names = [county.county_name(division_code, int(year)) for year in printed["school_year"]]
    printed["county"] = pd.Series(names, index=printed.index, dtype="str")
    published = published_coefficients(printed, regime, without=with_schools)
    if chosen not in {year for year, _ in with_schools | stages_of(published)}:
        raise ParameterError(
            f"{division_code} {chosen}学年没有属于评估范围的学校，无法评估；请核对办学类型和在校生数"
        )
    indicators = judge_indicators(raw, regime)
    schools = judge_schools(indicators, regime)
    coefficients = judge_coefficients(
        compute_coefficients(raw, [entry.id for entry in regime.indicators]), raw, regime
    )
    gaps = compute_gaps(indicators, reference=county.stratification.reference)
    if len(printed):
        county = _compared(county, coefficients, regime)
        coefficients = _joined(coefficients.assign(sentence=""), judge_published(published, regime))
        reference = county.stratification.reference
        gaps = _joined(gaps, published_gaps(printed, regime, reference=reference, without=with_schools))
    verdicts = judge_county(schools, coefficients, regime)
    outcome = _county_outcome(verdicts, chosen)
    of_year, schools_of_year, coefficients_of_year = (
        frame[frame["year"] == chosen] for frame in (indicators, schools, coefficients)
    )
    resources = judge_resource_items(of_year, schools_of_year, coefficients_of_year, regime)
    filed = (county.schools, county.counties, county.evidence)
    items, item_schools = judge_items(*filed, regime, year=chosen, headers=own_headers(), resources=resources)
    head = (division_code, county.county_name(division_code, chosen), chosen)
    assessed = CountyAssessment(
        division_code=division_code,
        county=head[1],
        year=chosen,
        target_year=target_year,
        regime=regime,
        tables=county,
        indicators=indicators,
        coefficients=coefficients,
        schools=schools,
        verdicts=verdicts,
        gaps=gaps,
        trends=compute_trends(
            trend_series(indicators, coefficients, schools, regime), target_year=target_year
        ),
        excluded=excluded_schools(county, regime),
        items=_headed(items, head),
        item_schools=_headed(item_schools, head),
        groups=_headed(judge_groups(items, resource_outcome=outcome), head),
        resting_on_concessions=pd.DataFrame(columns=["frame", "outcome", "outcome_without"]),
    )
    return replace(assessed, resting_on_concessions=_resting_on_concessions(assessed))


def _compared(county: SchoolTables, coefficients: pd.DataFrame, regime: Regime) -> SchoolTables:
    """The tables with an issue for every published figure that the schools' own contradict."""
    found = [
        difference_issue(county, one.index, one.column, printed=one.printed, computed=one.computed)
        for one in differences(county.published, coefficients, regime)
    ]
    return replace(county, issues=(*county.issues, *found))


def with_issues(county: CountyAssessment, issues: Iterable[Issue]) -> CountyAssessment:
    """The same assessment with more to be said of its files."""
    return replace(county, tables=replace(county.tables, issues=(*county.issues, *issues)))


def _joined(*frames: pd.DataFrame) -> pd.DataFrame:
    """Frames of the same columns under each other by year; those without rows are left out while another has some."""
    filled = [frame for frame in frames if len(frame)]
    joined = pd.concat(filled or frames[-1:])
    return joined.sort_values("year", kind="stable", ignore_index=True)


def aimed_at(county: CountyAssessment, target_year: int) -> CountyAssessment:
    """The same assessment with another target year, which only the trends look at."""
    series = trend_series(county.indicators, county.coefficients, county.schools, county.regime)
    return replace(county, target_year=target_year, trends=compute_trends(series, target_year=target_year))


def require_schools(county: CountyAssessment) -> None:
    """Refuse what only school records can give; ``ParameterError`` names the stages that have published figures only."""
    missing = [
        STAGE_NAMES[stage] for stage in county.stages if (county.year, stage) not in stages_of(county.schools)
    ]
    if missing:
        raise ParameterError(
            f"{county.division_code} {county.year}学年{'、'.join(missing)}只有公布的差异系数表，没有学校数据；"
            "报告、申报表和整改方案需要逐校数据，请提交填报模板或统计平台导出表"
        )


def _county_outcome(verdicts: pd.DataFrame, year: int) -> str:
    rows = verdicts[(verdicts["year"] == year) & (verdicts["rule"] == "county_resources")]
    return str(rows["outcome"].iloc[0])


def _headed(frame: pd.DataFrame, head: tuple[str, str, int]) -> pd.DataFrame:
    values: dict[str, Any] = dict(zip(HEAD, head, strict=True))
    return frame.assign(**values)[[*HEAD, *frame.columns]]


def assess_without(assessed: CountyAssessment, overlays: Sequence[str]) -> CountyAssessment:
    """The same county and year judged again without some of its overlays, whose ids are given."""
    kept = [overlay.id for overlay in assessed.regime.overlays if overlay.id not in overlays]
    law = load_regime(assessed.regime.id, on=assessed.regime.on, overlays=kept)
    return assess_county(assessed.tables, law, division_code=assessed.division_code, year=assessed.year)


def _resting_on_concessions(assessed: CountyAssessment) -> pd.DataFrame:
    """Judge again without the concessions and list what was better with them (empty when none is used)."""
    used = [overlay.id for overlay in assessed.regime.overlays if overlay.level == CONCESSION_LEVEL]
    if not used:
        return assessed.resting_on_concessions
    without = assess_without(assessed, used)
    parts = [
        verdicts_resting_on_concessions(assessed.current(name), without.current(name)).assign(frame=name)
        for name in ("indicators", "schools", "verdicts", "items", "groups")
    ]
    return pd.concat(parts, ignore_index=True)


def assess_by_law(
    tables: SchoolTables,
    regime: str,
    *,
    division_code: str,
    overlays: Sequence[str] = (),
    year: int | None = None,
    target_year: int | None = None,
    on: date | None = None,
) -> CountyAssessment:
    """Assess one county of read tables by the law of ``on``, by default of the assessed year's last day.

    Raises as :func:`assess_county`, and :class:`RegimeError` where the law or an overlay does not apply.
    """
    law = law_of_county(tables, regime, division_code=division_code, overlays=overlays, year=year, on=on)
    return assess_county(tables, law, division_code=division_code, year=year, target_year=target_year)


def law_of_county(
    tables: SchoolTables,
    regime: str,
    *,
    division_code: str,
    overlays: Sequence[str] = (),
    year: int | None = None,
    on: date | None = None,
) -> Regime:
    """The law of ``on``, by default of the assessed year's last day; raises as :func:`assess_by_law`."""
    known = tables.years(division_code)
    if not known:
        raise WorkbookError(tables.restrict(division_code).hard_issues)
    if year is not None and year not in known:
        raise ParameterError(f"{division_code} 没有{year}学年的数据；可选学年：{'、'.join(map(str, known))}")
    day = on or assessment_date(known[-1] if year is None else year)
    return load_regime(regime, on=day, overlays=overlays)


def trend_series(
    indicators: pd.DataFrame, coefficients: pd.DataFrame, schools: pd.DataFrame, regime: Regime
) -> pd.DataFrame:
    """The yearly series that trends are made of: county means, coefficients, shares of passing schools.

    A share has every school of the year below its line. Schools that cannot be judged are neither left out nor
    passed: then the share is missing, and ``lowest`` to ``highest`` is what it can be (:func:`compute_trends`).
    """
    cv = coefficients.assign(measure="cv", value=coefficients["cv"])
    cv["relation"] = cv["limit"].notna().map({True: Relation.AT_MOST.value, False: ""})
    means = coefficients[coefficients["indicator"] != COMPOSITE].assign(measure="mean")
    means["value"] = means["mean"]
    limits = [
        regime.limit(indicator, "school_value", stage)
        for indicator, stage in zip(means["indicator"], means["stage"], strict=True)
    ]
    means["limit"] = [float("nan") if limit is None else float(limit.value) for limit in limits]
    means["relation"] = ["" if limit is None else limit.relation.value for limit in limits]
    parts = [
        rows.assign(
            lowest=rows["value"], highest=rows["value"], n_known=rows["n_schools"] - rows["n_missing"]
        )
        for rows in (means, cv)
    ]
    composite = parts[1]["indicator"] == COMPOSITE  # its n_missing counts coefficients
    parts[1]["n_known"] = parts[1]["n_known"].astype(float).mask(composite)
    limited = indicators[indicators["limit"].notna()]
    # every school must pass; a single indicator has no rule of its own (the school rule may spare it)
    whole = _passing_shares(schools[schools["outcome"] != NO_LIMIT], [])
    parts.append(whole.assign(indicator=ALL_STAGES, limit=1.0, relation=Relation.AT_LEAST.value))
    single = _passing_shares(limited, ["indicator"])
    parts.append(single.assign(limit=float("nan"), relation=""))
    columns = [*SERIES, "year", "value", "lowest", "highest", "n_schools", "n_known", "limit", "relation"]
    return pd.concat([part[columns] for part in parts if len(part)], ignore_index=True)


def _passing_shares(judged: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """Share of schools that pass per stage and year, with the range that unknown schools leave open."""
    met, unknown = (judged["outcome"] == name for name in (Outcome.MET, Outcome.NOT_ASSESSABLE))
    rows = judged.assign(n_met=met, n_unknown=unknown, n_schools=1)
    keys = ["division_code", "county", "stage", "year", *by]
    shares = rows.groupby(keys)[["n_met", "n_unknown", "n_schools"]].sum().reset_index()
    shares["lowest"] = shares["n_met"] / shares["n_schools"]
    shares["highest"] = (shares["n_met"] + shares["n_unknown"]) / shares["n_schools"]
    shares["value"] = shares["lowest"].where(shares["n_unknown"] == 0)
    shares["n_known"] = shares["n_schools"] - shares["n_unknown"]
    return shares.assign(measure="schools_met_share")
