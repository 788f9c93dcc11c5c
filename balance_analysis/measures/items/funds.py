"""Money: bases, small schools, special education, pay, training and the three growths."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np

from balance_analysis.exact import Mask
from balance_analysis.measures.columns import Total
from balance_analysis.measures.items.context import (
    NO_PREVIOUS_YEAR,
    PERCENT,
    ZERO_DENOMINATOR,
    Context,
    Measure,
    Measures,
    SchoolMeasures,
    share,
)
from balance_analysis.measures.records import WAN, Record
from balance_analysis.measures.strata import RURAL
from balance_analysis.regimes.model import Item
from balance_analysis.terms import Relation, SchoolType, Stage


def funding_base(context: Context, item: Item) -> Measures:
    """The county's per-pupil funding base by stage (yuan), where the regime sets a local one to reach."""
    rows = []
    for stage in Stage:
        if context.regime.limit(item.id, "funding_base", stage) is not None:
            base = context.county_total(f"{stage}_funding_base_cny")
            rows.append(Measure.filed(item, "funding_base", base, stage=stage, unit="元"))
    return Measures(rows)


def small_school_funds(context: Context, item: Item) -> Measures:
    """Operating funds (yuan) of every school below the minimum against that minimum × the base of its stage.

    The choice ``small_school_funds.schools`` says whose: village primary schools (by their 城乡分类代码) and teaching
    sites of any size, or every small school. A primary school whose site is not known to be rural or not is open where
    its funds would not do. A small school with both stages is funded as the minimum number of pupils in the proportion
    of its own.
    """
    schools = context.every_school
    minimum = Fraction(context.regime.parameter("small_school_funds.enrolment_minimum"))
    small = schools.pupils.below(minimum)
    unlocated: Mask = np.zeros(len(schools), dtype=bool)
    if context.regime.has_choice("small_school_funds.schools", "village_primary_and_sites"):
        stratum, site = schools.site_stratum[schools.head], schools.school_type == SchoolType.TEACHING_SITE
        only_primary = schools.stages[Stage.PRIMARY] & ~schools.stages[Stage.JUNIOR_SECONDARY]
        unlocated = only_primary & ~site & (stratum == "")
        small &= site | (only_primary & (stratum == RURAL)) | unlocated
    bases = {}
    for stage in Stage:
        name = f"{stage}_funding_base_cny"
        base, pupils = context.county_total(name).value, schools.number(f"{stage}_enrolment")
        bases[name] = pupils.where_known(~schools.stages[stage]) if base is None else pupils * base
    weighted, funds = Total.of(bases), schools.total("operating_funds_actual_wan_cny")
    filed, needed = funds.value * Fraction(WAN), weighted.value.per(schools.pupils) * minimum
    unclear: Mask = unlocated & ~(filed.known & needed.known & ~filed.below(needed))
    rows = SchoolMeasures.of(
        item,
        schools,
        filed.where_known(weighted.value.known & ~unclear),
        measure="operating_funds",
        numerator=schools.pupils,
        needed=needed,
        available=filed,
        relation=Relation.AT_LEAST,
        unit="元",
        missing=weighted.blanks + funds.blanks + (("urban_rural_code",), unclear.astype(np.int64)),
    )
    return Measures([], rows[small])


def special_education_funds(context: Context, item: Item) -> Measures:
    """Operating funds of special education per pupil, in yuan."""
    funds = context.county_total("special_education_funds_cny")
    pupils = context.county_total("special_education_pupils")
    return Measures([share(item, "funds_per_pupil", funds, pupils, bounded=False, times=1, unit="元")])


def teacher_pay(context: Context, item: Item) -> Measures:
    """Mean pay of teachers in percent of that of civil servants.

    That their performance pay is set in full is known by evidence only (choice ``teacher_pay.performance_pay``).
    """
    teachers = context.county_total("teacher_mean_pay_cny")
    civil_servants = context.county_total("civil_servant_mean_pay_cny")
    return Measures([share(item, "pay_ratio", teachers, civil_servants, bounded=False)])


def training_funds(context: Context, item: Item) -> Measures:
    """Training budget in percent of the operating budget, by school; ``needed`` stays the regime's percentage."""
    schools = context.schools
    training = schools.total("teacher_training_budget_wan_cny")
    operating = schools.total("operating_funds_budget_wan_cny")
    share = training.value.per(operating.value) * Fraction(PERCENT)
    nothing = training.value.known & operating.value.known & ~share.known
    rows = SchoolMeasures.of(
        item,
        schools,
        share,
        measure="training_share",
        numerator=training.value,
        denominator=operating.value,
        unit="%",
        missing=training.blanks + operating.blanks,
        note=np.where(nothing, ZERO_DENOMINATOR, "").astype(object),
    )
    return Measures([], rows)


def three_growths(context: Context, item: Item) -> Measures:
    """The year-on-year growths the education law asks for, in percent, compared with the county's row a year before.

    1 the education appropriation grows faster than recurrent revenue; 2 the cost of education per pupil grows;
    3 the mean salary of teachers and the operating funds per pupil grow. "Faster" and "grows" are strict.
    """
    growth = _growth(context, item, "appropriation_growth", "fiscal_education_appropriation_wan_cny")
    revenue = _growth(context, item, "", "fiscal_recurrent_revenue_wan_cny")
    both = replace(
        growth,
        exact=None if revenue.exact is None else growth.exact,
        missing=tuple(dict.fromkeys((*growth.missing, *revenue.missing))),
        note=growth.note or revenue.note,
    )
    rows = [_compared(both, None if growth.exact is None else revenue.exact)]
    for measure, name in (
        ("cost_per_pupil_growth", "education_cost_per_pupil_cny"),
        ("teacher_salary_growth", "teacher_average_salary_cny"),
        ("operating_funds_growth", "operating_funds_per_pupil_cny"),
    ):
        rows.append(_compared(_growth(context, item, measure, name), Fraction(0)))
    return Measures(rows)


def _growth(context: Context, item: Item, measure: str, name: str) -> Measure:
    now = context.county_total(name)
    note = "" if context.previous_county is not None else NO_PREVIOUS_YEAR
    before = (context.previous_county or Record({})).total(name)
    exact = None
    if now.value is not None and before.value is not None:
        if before.value > 0:
            exact = PERCENT * (now.value - before.value) / before.value
        else:
            note = ZERO_DENOMINATOR
    return Measure(
        item=item.id,
        measure=measure,
        exact=exact,
        unit="%",
        numerator=now.value,
        denominator=before.value,
        missing=now.missing or (() if note else before.missing),
        note=note,
    )


def _compared(growth: Measure, bound: Fraction | None) -> Measure:
    """A growth that must be larger than ``bound``."""
    known = growth.exact is not None and bound is not None
    return replace(growth, needed=bound, holds=growth.exact > bound if known else None)  # type: ignore[operator]
