"""Who goes to school where, and who stays."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np

from balance_analysis.exact import Mask
from balance_analysis.measures.columns import Blanks, SchoolColumns, Sites, Total
from balance_analysis.measures.items.context import (
    EXCEEDS_TOTAL,
    PERCENT,
    ZERO_DENOMINATOR,
    Context,
    Measures,
    SchoolMeasures,
    join,
    share,
    summed_share,
)
from balance_analysis.measures.records import Sum
from balance_analysis.measures.strata import RURAL, URBAN_AND_TOWN
from balance_analysis.regimes.model import Item
from balance_analysis.terms import Relation, Sponsor, Stage


def nearby_enrolment(context: Context, item: Item) -> Measures:
    """Pupils from the catchment in percent of pupils, by stage: urban and town public non-boarding schools.

    Every campus goes by its own site. The county's sum decides, or every school where the choice
    ``nearby_enrolment.level`` says so. A school of which it is not known whether it is public, boarding, urban or
    rural leaves the stage unknown, and the blank field is named.
    """
    by_school = context.regime.has_choice("nearby_enrolment.level", "school")
    of_stage = {stage: _nearby(context.schools, item, stage, decides=by_school) for stage in Stage}
    parts = {stage: rows for stage, rows in of_stage.items() if len(rows)}
    if not parts:
        return Measures([])
    county = [] if by_school else [
        summed_share(item, "nearby_share", rows, stage=stage) for stage, rows in parts.items()
    ]  # fmt: skip
    return Measures(county, join(list(parts.values())))


def _nearby(schools: SchoolColumns, item: Item, stage: Stage, *, decides: bool) -> SchoolMeasures:
    """The sites of one stage that the rule is about, or may be about."""
    sites = schools.sites(stage)
    stratum, sponsor = schools.site_stratum[sites], schools.text("sponsor")[sites]
    boarding, unsaid = (mask[sites] for mask in schools.flag("boarding"))
    concerned: Mask = np.array([where in ("", *URBAN_AND_TOWN) for where in stratum], dtype=bool)
    concerned &= ((sponsor == "") | (sponsor == Sponsor.PUBLIC.value)) & ~boarding
    site = Sites(schools, sites[concerned])
    pupils, nearby = site.number(f"{stage}_enrolment"), site.number(f"{stage}_catchment_enrolment")
    doubts = ((stratum == "")[concerned], (sponsor == "")[concerned], unsaid[concerned])
    blank = np.zeros(len(pupils), dtype=np.int64)
    for bit, doubt in enumerate((*doubts, ~nearby.known)):
        blank |= np.where(doubt, 1 << bit, 0)
    clear = ~np.logical_or.reduce(doubts)
    exceeds = clear & nearby.above(pupils)
    return SchoolMeasures.of(
        item,
        site,
        nearby.per(pupils).where_known(clear & ~exceeds) * Fraction(PERCENT),
        measure="nearby_share",
        stage=stage.value,
        numerator=nearby.where_known(clear),
        denominator=pupils.where_known(clear),
        unit="%",
        missing=Blanks(
            ("urban_rural_code", "sponsor_type", "boarding", f"{stage}_catchment_enrolment"), blank
        ),
        note=np.where(exceeds, EXCEEDS_TOTAL, "").astype(object),
        decides=decides,
    )


def senior_school_quota(context: Context, item: Item) -> Measures:
    """Places given out by quota in percent of places, and how the quota leans to rural junior schools.

    The second row compares, in percent, the rural share of the quota with the share of junior pupils who are in
    rural schools (``needed``). It decides only under the choice ``senior_school_quota.rural_preference`` = ``compared``, and only where
    there are rural junior pupils to lean to.
    """
    quota = context.county_total("good_senior_school_quota")
    rows = [share(item, "quota_share", quota, context.county_total("good_senior_school_places"))]
    rural = share(item, "rural_quota_share", context.county_total("good_senior_school_quota_rural"), quota)
    pupils = rural_share_of_junior_pupils(context.schools)
    decides = context.regime.has_choice("senior_school_quota.rural_preference", "compared") and pupils != 0
    if pupils == 0:
        rural = replace(rural, exact=Fraction(0), missing=(), note="")
    rows.append(
        replace(
            rural,
            needed=pupils,
            relation=Relation.AT_LEAST,
            decides=decides,
            exact=None if pupils is None else rural.exact,
            note=rural.note or (ZERO_DENOMINATOR if pupils is None and not rural.missing else ""),
        )
    )
    return Measures(rows)


def rural_share_of_junior_pupils(schools: SchoolColumns) -> Fraction | None:
    """Percent of junior secondary pupils who learn on rural sites; None without junior pupils."""
    stage = Stage.JUNIOR_SECONDARY
    sites = schools.sites(stage)
    pupils = Sites(schools, sites).number(f"{stage}_enrolment")
    total, rural = pupils.total(), pupils.total(schools.site_stratum[sites] == RURAL)
    return None if total == 0 else PERCENT * rural / total


def migrant_children(context: Context, item: Item) -> Measures:
    """Eligible migrant children in public schools or purchased places, in percent of all eligible."""
    placed = context.county_total(
        "migrant_children_in_public_schools", "migrant_children_in_purchased_places"
    )
    eligible = context.county_total("eligible_migrant_children")
    return Measures([share(item, "public_or_purchased_share", placed, eligible)])


def retention_rate(context: Context, item: Item) -> Measures:
    """(graduates − moved in + moved out) ÷ (entrants three years ago − deaths) in percent, summed over schools."""
    schools, stage = context.schools, Stage.JUNIOR_SECONDARY
    names = (
        "graduates", "moved_in_three_years", "moved_out_three_years", "entrants_three_years_ago", "deaths_three_years",
    )  # fmt: skip
    filed = {name: schools.number(name) for name in names}
    graduates, moved_in, moved_out, entrants, deaths = filed.values()
    stayed, started = graduates - moved_in + moved_out, entrants - deaths
    rows = SchoolMeasures.of(
        item,
        schools,
        stayed.per(started) * Fraction(PERCENT),
        measure="retention_rate",
        stage=stage.value,
        numerator=stayed,
        denominator=started,
        unit="%",
        missing=Total.of(filed).blanks,
        decides=False,
    )[schools.stages[stage]]
    part, whole = (
        Sum(column.total() if column.known.all() else None) for column in (rows.numerator, rows.denominator)
    )
    county = share(item, "retention_rate", part, whole, bounded=False, stage=stage)
    return Measures([replace(county, missing=tuple(rows.missing_in()))], rows)


def disabled_children_enrolment(context: Context, item: Item) -> Measures:
    """Disabled children who are enrolled, in percent of all."""
    enrolled, children = (
        context.county_total(name) for name in ("disabled_children_enrolled", "disabled_children")
    )
    return Measures([share(item, "enrolment_rate", enrolled, children)])
