"""B20–B24: who goes to school where, and who stays."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from balance_analysis.measures.items.context import (
    EXCEEDS_TOTAL,
    PERCENT,
    ZERO_DENOMINATOR,
    Context,
    Measure,
    share,
    summed_share,
)
from balance_analysis.measures.records import School, Sum
from balance_analysis.regimes.model import Item
from balance_analysis.terms import Relation, Sponsor, Stage

URBAN_AND_TOWN = ("urban", "town")
RURAL = "rural"


def nearby_enrolment(context: Context, item: Item) -> list[Measure]:
    """Pupils from the catchment in percent of pupils, by stage: urban and town public non-boarding schools.

    Every campus goes by its own site. The county's sum decides, or every school where the choice
    ``nearby_enrolment.level`` says so. A school of which it is not known whether it is public, boarding, urban or
    rural leaves the stage unknown, and the blank field is named.
    """
    by_school = context.regime.has_choice("nearby_enrolment.level", "school")
    rows = []
    for stage in Stage:
        members = [
            _nearby_row(item, stage, site, by_school) for site in _sites(context) if stage in site.stages
        ]
        concerned = [row for row in members if row is not None]
        if not concerned:
            continue
        if not by_school:
            rows.append(summed_share(item, "nearby_share", concerned, stage=stage))
        rows.extend(concerned)
    return rows


def _sites(context: Context) -> list[School]:
    return [site for school in context.schools for site in school.sites(context.regime)]


def _nearby_row(item: Item, stage: Stage, school: School, decides: bool) -> Measure | None:
    unknown = []
    if not school.stratum:
        unknown.append("urban_rural_code")
    elif school.stratum not in URBAN_AND_TOWN:
        return None
    sponsor = school.head.text("sponsor")
    if not sponsor:
        unknown.append("sponsor_type")
    elif sponsor != Sponsor.PUBLIC:
        return None
    boarding = school.head.flag("boarding")
    if boarding is None:
        unknown.append("boarding")
    elif boarding:
        return None
    pupils = school.total(f"{stage}_enrolment")
    nearby = school.total(f"{stage}_catchment_enrolment")
    missing = (*unknown, *nearby.missing)
    exact, note = None, ""
    if not missing and nearby.value is not None and pupils.value is not None:
        if nearby.value > pupils.value:
            note = EXCEEDS_TOTAL
        else:
            exact = PERCENT * nearby.value / pupils.value
    return Measure(
        item=item.id,
        measure="nearby_share",
        exact=exact,
        stage=stage,
        school_code=school.code,
        school_name=school.name,
        numerator=None if unknown else nearby.value,
        denominator=None if unknown else pupils.value,
        unit="%",
        missing=missing,
        note=note,
        decides=decides,
    )


def senior_school_quota(context: Context, item: Item) -> list[Measure]:
    """Places given out by quota in percent of places, and how the quota leans to rural junior schools.

    The second row compares, in percent, the rural share of the quota with the share of junior pupils who are in
    rural schools (``needed``). It decides only under the choice ``senior_school_quota.rural_preference`` = ``compared``, and only where
    there are rural junior pupils to lean to.
    """
    quota = context.county_total("good_senior_school_quota")
    rows = [share(item, "quota_share", quota, context.county_total("good_senior_school_places"))]
    rural = share(item, "rural_quota_share", context.county_total("good_senior_school_quota_rural"), quota)
    pupils = rural_share_of_junior_pupils(context)
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
    return rows


def rural_share_of_junior_pupils(context: Context) -> Fraction | None:
    """Percent of junior secondary pupils who learn on rural sites; None without junior pupils."""
    stage = Stage.JUNIOR_SECONDARY
    pupils = [
        (site.stratum, site.number(f"{stage}_enrolment")) for site in _sites(context) if stage in site.stages
    ]
    total = sum((number for _, number in pupils if number is not None), Fraction(0))
    rural = sum(
        (number for stratum, number in pupils if number is not None and stratum == RURAL), Fraction(0)
    )
    return None if total == 0 else PERCENT * rural / total


def migrant_children(context: Context, item: Item) -> list[Measure]:
    """Eligible migrant children in public schools or purchased places, in percent of all eligible."""
    placed = context.county_total(
        "migrant_children_in_public_schools", "migrant_children_in_purchased_places"
    )
    return [
        share(item, "public_or_purchased_share", placed, context.county_total("eligible_migrant_children"))
    ]


def retention_rate(context: Context, item: Item) -> list[Measure]:
    """(graduates − moved in + moved out) ÷ (entrants three years ago − deaths) in percent, summed over schools."""
    rows = []
    for school in context.schools:
        if Stage.JUNIOR_SECONDARY not in school.stages:
            continue
        fields = (
            "graduates",
            "moved_in_three_years",
            "moved_out_three_years",
            "entrants_three_years_ago",
            "deaths_three_years",
        )
        graduates, moved_in, moved_out, entrants, deaths = (school.number(name) for name in fields)
        missing = tuple(name for name in fields if school.number(name) is None)
        stayed = started = exact = None
        if graduates is not None and moved_in is not None and moved_out is not None:
            stayed = graduates - moved_in + moved_out
        if entrants is not None and deaths is not None:
            started = entrants - deaths
        if stayed is not None and started is not None and started > 0:
            exact = PERCENT * stayed / started
        rows.append(
            Measure(
                item=item.id,
                measure="retention_rate",
                exact=exact,
                stage=Stage.JUNIOR_SECONDARY,
                school_code=school.code,
                school_name=school.name,
                numerator=stayed,
                denominator=started,
                unit="%",
                missing=missing,
                decides=False,
            )
        )
    county = share(
        item,
        "retention_rate",
        Sum.of(("graduates", row.numerator) for row in rows),
        Sum.of(("entrants_three_years_ago", row.denominator) for row in rows),
        bounded=False,
        stage=Stage.JUNIOR_SECONDARY,
    )
    return [
        replace(county, missing=tuple(dict.fromkeys(name for row in rows for name in row.missing))),
        *rows,
    ]


def disabled_children_enrolment(context: Context, item: Item) -> list[Measure]:
    """Disabled children who are enrolled, in percent of all."""
    return [
        share(
            item,
            "enrolment_rate",
            context.county_total("disabled_children_enrolled"),
            context.county_total("disabled_children"),
        )
    ]
