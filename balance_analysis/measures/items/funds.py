"""B9, B13–B15, B26 and the three growths: money."""

from __future__ import annotations

from fractions import Fraction

from balance_analysis.measures.items.context import (
    NO_PREVIOUS_YEAR,
    PERCENT,
    ZERO_DENOMINATOR,
    Context,
    Measure,
    share,
)
from balance_analysis.measures.records import WAN, Record, School, Sum
from balance_analysis.regimes.model import Item
from balance_analysis.terms import Relation, SchoolType, Stage

RURAL = "rural"


def funding_base(context: Context, item: Item) -> list[Measure]:
    """The county's per-pupil funding base by stage (yuan), where the regime sets a local one to reach."""
    rows = []
    for stage in Stage:
        if context.regime.limit(item.id, "funding_base", stage) is not None:
            base = context.county_total(f"{stage}_funding_base_cny")
            rows.append(
                Measure(
                    item=item.id,
                    measure="funding_base",
                    exact=base.value,
                    stage=stage,
                    unit="元",
                    missing=base.missing,
                )
            )
    return rows


def small_school_funds(context: Context, item: Item) -> list[Measure]:
    """Operating funds (yuan) of every school below the minimum against that minimum × the base of its stage.

    Teaching sites of any size are covered. A small school with both stages is funded as the minimum number of pupils
    in the proportion of its own; the choice ``small_school_funds.schools`` can narrow the rule to village primary schools and sites.
    """
    minimum = Fraction(context.regime.parameter("small_school_funds.enrolment_minimum"))
    only_villages = context.regime.has_choice("small_school_funds.schools", "village_primary_and_sites")
    rows = []
    for school in context.every_school:
        if school.pupils >= minimum or (only_villages and not _is_village_primary_or_site(school)):
            continue
        bases = Sum.of(
            (name, context.county_total(name).value)
            for name in (f"{stage}_funding_base_cny" for stage in school.stages)
        )
        funds = school.total("operating_funds_actual_wan_cny")
        needed = None
        if bases.value is not None:
            weighted = Fraction(0)
            for stage in school.stages:
                base = context.county_total(f"{stage}_funding_base_cny").value
                pupils = school.number(f"{stage}_enrolment")
                assert base is not None
                assert pupils is not None
                weighted += base * pupils
            needed = minimum * weighted / school.pupils
        exact = None if funds.value is None else funds.value * WAN
        rows.append(
            Measure(
                item=item.id,
                measure="operating_funds",
                exact=exact if needed is not None else None,
                school_code=school.code,
                school_name=school.name,
                numerator=school.pupils,
                needed=needed,
                available=exact,
                relation=Relation.AT_LEAST,
                unit="元",
                missing=(*bases.missing, *funds.missing),
            )
        )
    return rows


def _is_village_primary_or_site(school: School) -> bool:
    return school.school_type == SchoolType.TEACHING_SITE or (
        school.stratum == RURAL and school.stages == (Stage.PRIMARY,)
    )


def special_education_funds(context: Context, item: Item) -> list[Measure]:
    """Operating funds of special education per pupil, in yuan."""
    funds = context.county_total("special_education_funds_cny")
    pupils = context.county_total("special_education_pupils")
    exact, note = None, ""
    if funds.value is not None and pupils.value is not None:
        if pupils.value > 0:
            exact = funds.value / pupils.value
        else:
            note = ZERO_DENOMINATOR
    return [
        Measure(
            item=item.id,
            measure="funds_per_pupil",
            exact=exact,
            numerator=funds.value,
            denominator=pupils.value,
            unit="元",
            missing=(*funds.missing, *pupils.missing),
            note=note,
        )
    ]


def teacher_pay(context: Context, item: Item) -> list[Measure]:
    """Mean pay of teachers in percent of that of civil servants."""
    return [
        share(
            item,
            "pay_ratio",
            context.county_total("teacher_mean_pay_cny"),
            context.county_total("civil_servant_mean_pay_cny"),
            bounded=False,
        )
    ]


def training_funds(context: Context, item: Item) -> list[Measure]:
    """Training budget in percent of the operating budget, by school; ``needed`` stays the regime's percentage."""
    rows = []
    for school in context.schools:
        training = school.total("teacher_training_budget_wan_cny")
        operating = school.total("operating_funds_budget_wan_cny")
        exact, note = None, ""
        if training.value is not None and operating.value is not None:
            if operating.value <= 0:
                note = ZERO_DENOMINATOR
            else:
                exact = PERCENT * training.value / operating.value
        rows.append(
            Measure(
                item=item.id,
                measure="training_share",
                exact=exact,
                school_code=school.code,
                school_name=school.name,
                numerator=training.value,
                denominator=operating.value,
                unit="%",
                missing=(*training.missing, *operating.missing),
                note=note,
            )
        )
    return rows


def three_growths(context: Context, item: Item) -> list[Measure]:
    """The year-on-year growths the education law asks for, in percent, compared with the county's row a year before.

    1 the education appropriation grows faster than recurrent revenue; 2 the cost of education per pupil grows;
    3 the mean salary of teachers and the operating funds per pupil grow. "Faster" and "grows" are strict.
    """
    appropriation = _growth(context, "fiscal_education_appropriation_wan_cny")
    revenue = _growth(context, "fiscal_recurrent_revenue_wan_cny")
    both = appropriation.exact is not None and revenue.exact is not None
    rows = [
        _growth_row(
            item,
            "appropriation_growth",
            appropriation,
            compared=revenue.exact if both else None,
            missing=(*appropriation.missing, *revenue.missing),
            note=appropriation.note or revenue.note,
        )
    ]
    for measure, name in (
        ("cost_per_pupil_growth", "education_cost_per_pupil_cny"),
        ("teacher_salary_growth", "teacher_average_salary_cny"),
        ("operating_funds_growth", "operating_funds_per_pupil_cny"),
    ):
        growth = _growth(context, name)
        rows.append(
            _growth_row(item, measure, growth, compared=Fraction(0), missing=growth.missing, note=growth.note)
        )
    return rows


def _growth(context: Context, name: str) -> Measure:
    now = context.county_total(name)
    note = "" if context.previous_county is not None else NO_PREVIOUS_YEAR
    before = (context.previous_county or Record({})).total(name)
    exact = None
    if now.value is not None and before.value is not None:
        if before.value > 0:
            exact = PERCENT * (now.value - before.value) / before.value
        else:
            note = ZERO_DENOMINATOR
    missing = now.missing or (() if note else before.missing)
    return Measure(
        item="",
        measure=name,
        exact=exact,
        numerator=now.value,
        denominator=before.value,
        missing=missing,
        note=note,
    )


def _growth_row(
    item: Item,
    measure: str,
    growth: Measure,
    *,
    compared: Fraction | None,
    missing: tuple[str, ...],
    note: str,
) -> Measure:
    known = growth.exact is not None and compared is not None
    return Measure(
        item=item.id,
        measure=measure,
        exact=growth.exact if known else None,
        numerator=growth.numerator,
        denominator=growth.denominator,
        needed=compared,
        holds=growth.exact > compared if growth.exact is not None and compared is not None else None,
        unit="%",
        missing=tuple(dict.fromkeys(missing)),
        note=note,
    )
