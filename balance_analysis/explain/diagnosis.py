"""Why, which school, and by when: every measure behind a county's verdict, joined to its limits.

A :class:`Diagnosis` computes each frame once, when it is first asked for. The functions stand in the
other modules of this room; here they are handed the regime's limits, the natural units and the county's places.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from functools import cached_property

import pandas as pd

from balance_analysis.assessment import CountyAssessment
from balance_analysis.explain.alternatives import (
    composite_against_indicators,
    hanging_on_tolerance,
    leave_one_out_flips,
    rounding_flips,
    site_size_readings,
)
from balance_analysis.explain.campus_headroom import CampusHeadroom
from balance_analysis.explain.cells import Cells, cells
from balance_analysis.explain.decomposition import (
    decompose_by_group,
    decompose_change,
    decompose_coefficient,
)
from balance_analysis.explain.filed import FILED_ROW, FiledCounty
from balance_analysis.explain.filed_verdicts import Coefficient, SchoolRule
from balance_analysis.explain.headroom import early_warning, indicator_headroom, school_headroom
from balance_analysis.explain.inequality import companion_measures
from balance_analysis.explain.influence import best_single_steps, school_influence, waterfall
from balance_analysis.explain.joint import joint_probability
from balance_analysis.explain.overlap import compare_strata, share_below_limit
from balance_analysis.explain.perturbation import perturbation
from balance_analysis.explain.plausibility import screen
from balance_analysis.explain.projection import (
    SERIES_COLUMNS,
    CutOffs,
    Prospect,
    forecast_intervals,
    project_series,
    projection_frame,
)
from balance_analysis.explain.remedies import several_schools_remedy, single_school_remedy
from balance_analysis.explain.school_places import school_places
from balance_analysis.explain.school_rules import SchoolRules
from balance_analysis.explain.turning import (
    coefficient_turning,
    coefficients_of,
    school_rules_of,
    school_turning,
    what_would_turn,
)
from balance_analysis.explain.variants import Exactly
from balance_analysis.measures.indicators import compute_indicators
from balance_analysis.resources import numerator
from balance_analysis.terms import COMPOSITE, Outcome, SchoolType, Stage

NARROW_HEADROOM_SHARE = 0.05
"""A school whose headroom is at most this share of its pupils is on the early-warning list."""
SITE_MINIMUMS = (0, 50, 100)
TURNING_SCHOOLS = 20
FORECAST_LEVEL = 0.9
"""Share of outcomes that the band around a forecast is to hold."""
FRAMES = (
    "focus", "by_stratum", "levels", "changes", "companions", "influence", "best_steps", "single_remedies",
    "remedies", "indicator_headroom", "headroom", "early_warning", "turning", "perturbation", "rounding",
    "hanging_on_one_school", "hanging_on_tolerance", "site_sizes", "readings", "projection", "intervals", "joint",
    "strata", "below_limit", "plausibility",
)  # fmt: skip
"""Every frame of a diagnosis, in the order of the questions; the names of its files."""


@dataclass(frozen=True)
class Diagnosis:
    """All explanatory frames of one assessed county (columns: the measures' own docstrings)."""

    county: CountyAssessment

    @cached_property
    def indicators(self) -> pd.DataFrame:
        """The judged indicators of the assessed year."""
        return self.county.current("indicators")

    @cached_property
    def known(self) -> pd.DataFrame:
        """Indicators of the year that some school has a value for; the rest cannot be explained."""
        filled = self.indicators.groupby(["stage", "indicator"])["value"].transform("count")
        return self.indicators[filled > 0].reset_index(drop=True)

    @cached_property
    def cells(self) -> Cells:
        """The known indicators, cut into the coefficients they make."""
        return cells(self.known)

    @cached_property
    def rules(self) -> SchoolRules:
        """The rule of every school over all indicators, the unknown ones included."""
        return SchoolRules(self.indicators, self.required)

    @cached_property
    def cv_limits(self) -> dict[tuple[str, str], Decimal]:
        """(stage, indicator) → limit of its coefficient, the composite left out."""
        return {
            (limit.stage, limit.subject): limit.value
            for limit in self.county.regime.limits
            if limit.measure == "cv" and limit.subject != COMPOSITE
        }

    @cached_property
    def required(self) -> int:
        """How many indicators a school must meet; all of them where the regime names no number."""
        regime = self.county.regime
        if regime.has_parameter("school.indicators_met_minimum"):
            return int(regime.parameter("school.indicators_met_minimum"))
        return len(regime.indicators)

    @cached_property
    def unit_sizes(self) -> dict[str, Fraction]:
        """Indicator id → its natural step."""
        return {entry.id: numerator(entry.method).unit_size for entry in self.county.regime.indicators}

    @property
    def cut_offs(self) -> CutOffs:
        """From which probability a series is on track, and what must be known to state one."""
        return CutOffs()

    # --- why ----------------------------------------------------------------------------------------

    @cached_property
    def by_stratum(self) -> pd.DataFrame:
        """CV² between and within the strata, one row per stratum."""
        return decompose_by_group(self.cells, ["stratum"])

    @cached_property
    def levels(self) -> pd.DataFrame:
        """CV² by stratum, then sponsor, then school: nested levels that sum to CV²."""
        return decompose_coefficient(self.cells, ["stratum", "sponsor"])

    @cached_property
    def changes(self) -> pd.DataFrame:
        """Year-to-year changes split into enrolment, resources, schools opened and closed."""
        return decompose_change(self.county.indicators)

    @cached_property
    def companions(self) -> pd.DataFrame:
        """Theil T, mean log deviation and Gini beside the coefficient."""
        return companion_measures(self.cells)

    @cached_property
    def focus(self) -> pd.DataFrame:
        """The coefficients to look at first, worst first within a stage.

        Per stage those above their limit (``failing``); where none is, the one nearest to its limit
        (``nearest``); where no coefficient has a limit of its own, the largest (``largest``).
        Columns: stage, indicator, mean, cv, limit, outcome, standing.
        """
        rows = self.county.current("coefficients")
        rows = rows[(rows["indicator"] != COMPOSITE) & rows["cv"].notna()]
        parts = []
        for stage in self.county.stages:
            of_stage = rows[rows["stage"] == stage]
            limited = of_stage[of_stage["limit"].notna()]
            failing = limited[limited["outcome"] == Outcome.NOT_MET.value]
            if len(failing):
                order = (failing["cv"] / failing["limit"]).sort_values(ascending=False, kind="stable").index
                parts.append(failing.loc[order].assign(standing="failing"))
            elif len(limited):
                nearest = (limited["cv"] / limited["limit"]).idxmax()
                parts.append(limited.loc[[nearest]].assign(standing="nearest"))
            elif len(of_stage):
                parts.append(of_stage.loc[[of_stage["cv"].idxmax()]].assign(standing="largest"))
        columns = ["stage", "indicator", "mean", "cv", "limit", "outcome", "standing"]
        if not parts:
            return pd.DataFrame(columns=columns)
        return pd.concat(parts, ignore_index=True)[columns]

    # --- which school -------------------------------------------------------------------------------

    @cached_property
    def influence(self) -> pd.DataFrame:
        """What every school contributes and what one more unit or ten pupils there would do."""
        return school_influence(self.cells, unit_sizes=self.unit_sizes)

    @cached_property
    def best_steps(self) -> pd.DataFrame:
        """Per indicator the school where one more unit helps the coefficient most."""
        return best_single_steps(self.influence)

    @cached_property
    def single_remedies(self) -> pd.DataFrame:
        """Per indicator the fewest units at one school that bring the coefficient to its limit."""
        return single_school_remedy(self.cells, self.cv_limits, unit_sizes=self.unit_sizes)

    @cached_property
    def remedies(self) -> pd.DataFrame:
        """The fewest units over several schools that bring each failing coefficient to its limit."""
        return several_schools_remedy(self.cells, self.cv_limits, unit_sizes=self.unit_sizes)

    def waterfall(self, stage: str, indicator: str, *, top: int = 12) -> pd.DataFrame:
        """Terms of CV² of one indicator by school, the largest first, the rest in one."""
        chosen = {"stage": stage, "indicator": indicator}
        return waterfall(next(cell for cell in self.cells if chosen.items() <= cell.key.items()), top=top)

    # --- how close ----------------------------------------------------------------------------------

    @cached_property
    def indicator_headroom(self) -> pd.DataFrame:
        """Pupils and units until each indicator of each school reaches limit and floor."""
        return indicator_headroom(self.rules, unit_sizes=self.unit_sizes, merged=self.campuses)

    @cached_property
    def campuses(self) -> CampusHeadroom | None:
        """Headroom of schools whose campuses split what they share differently; None without campuses."""
        if not self.filed.several.any():
            return None
        merged = self.filed.only(self.filed.several)
        rules = school_rules_of(merged, self.indicators, self.required)
        return CampusHeadroom(merged, rules, Exactly(merged))

    @cached_property
    def headroom(self) -> pd.DataFrame:
        """Pupils each school may still take before one of its rules fails."""
        county = self.county
        places = school_places(county.tables.schools, county.regime, county.year)
        return school_headroom(self.rules, places=places, merged=self.campuses)

    @cached_property
    def early_warning(self) -> pd.DataFrame:
        """Schools that fail or will soon, the most urgent first."""
        return early_warning(self.headroom, narrow_share=NARROW_HEADROOM_SHARE)

    @cached_property
    def filed(self) -> FiledCounty:
        """The filed rows of the year, and what each cell bears on."""
        schools = self.county.tables.schools
        return FiledCounty.of(schools[schools["school_year"] == self.county.year], self.county.regime)

    @cached_property
    def exactly(self) -> Exactly:
        """The measure's own answers where floats are too near to a limit."""
        return Exactly(self.filed)

    @cached_property
    def perturbation(self) -> pd.DataFrame:
        """What share of plausible errors in one cell would turn each verdict."""
        regime = self.county.regime
        expected = [str(stage) for entry in regime.scope for stage in entry.stages]
        return perturbation(
            self.filed,
            self.filed_coefficients,
            self.filed_rules,
            self.exactly,
            expected_stages=list(dict.fromkeys(expected)),
        )

    @cached_property
    def filed_coefficients(self) -> list[Coefficient]:
        """The coefficients with a limit, as functions of single cells."""
        return coefficients_of(self.filed, self.cv_limits)

    @cached_property
    def filed_rules(self) -> dict[str, SchoolRule]:
        """The schools' rule by stage, as a function of single cells."""
        return school_rules_of(self.filed, self.indicators, self.required)

    @cached_property
    def turning(self) -> pd.DataFrame:
        """The smallest single filed cell that turns each verdict, with its place (``address``)."""
        filed, exactly = self.filed, self.exactly
        schools = school_turning(filed, self.rules, self.filed_rules, exactly, most=TURNING_SCHOOLS)
        coefficients = coefficient_turning(filed, self.cells, self.filed_coefficients, exactly)
        found = what_would_turn(schools, coefficients, self.cells.keys)
        addresses = [
            self.county.tables.address("schools", int(row), field) if isinstance(field, str) else ""
            for row, field in zip(found[FILED_ROW], found["field"], strict=True)
        ]
        found["address"] = pd.Series(addresses, index=found.index, dtype=object)
        return found.drop(columns=FILED_ROW)

    @cached_property
    def rounding(self) -> pd.DataFrame:
        """Coefficients whose verdict would be another one after rounding to two decimals."""
        coefficients = self.county.current("coefficients")
        values = coefficients.assign(value=coefficients["cv"], relation="at_most")
        return rounding_flips(values[values["limit"].notna()], decimals=2)

    @cached_property
    def hanging_on_one_school(self) -> pd.DataFrame:
        """Coefficients whose verdict is another one without a single school."""
        return leave_one_out_flips(self.cells, self.cv_limits)

    @cached_property
    def hanging_on_tolerance(self) -> pd.DataFrame:
        """Schools that pass only thanks to the tolerated shortfall."""
        return hanging_on_tolerance(self.rules)

    @cached_property
    def site_sizes(self) -> pd.DataFrame:
        """Coefficients under other minimum sizes of teaching sites."""
        tables, regime = self.county.tables, self.county.regime
        open_scope = tuple(replace(entry, minimum_enrolment=Decimal(0)) for entry in regime.scope)
        of_year = tables.schools[tables.schools["school_year"] == self.county.year].reset_index(drop=True)
        table = compute_indicators(replace(tables, schools=of_year), replace(regime, scope=open_scope))
        filled = table.groupby(["stage", "indicator"])["value"].transform("count")
        return site_size_readings(
            table[filled > 0], self.cv_limits, minimums=SITE_MINIMUMS, site_types=[SchoolType.TEACHING_SITE]
        )

    @cached_property
    def readings(self) -> pd.DataFrame:
        """The verdict by indicator beside the verdict by composite coefficient."""
        return composite_against_indicators(self.county.current("coefficients"))

    # --- by when ------------------------------------------------------------------------------------

    @cached_property
    def prospects(self) -> list[Prospect]:
        """Every series with its distribution in the target year (none without one)."""
        county = self.county
        if county.target_year is None:
            return []
        return project_series(
            county.trends,
            target_year=county.target_year,
            newest_year=county.year,
            schools=county.schools,
            cut_offs=self.cut_offs,
        )

    @cached_property
    def projection(self) -> pd.DataFrame:
        """Forecast and probability of every series in the target year (empty without one)."""
        if self.county.target_year is None:
            return pd.DataFrame()
        return projection_frame(self.prospects, SERIES_COLUMNS)

    @cached_property
    def intervals(self) -> pd.DataFrame:
        """The band around each forecast by year, where there are years enough for one."""
        if self.county.target_year is None:
            return pd.DataFrame()
        return forecast_intervals(self.prospects, SERIES_COLUMNS, level=FORECAST_LEVEL)

    @cached_property
    def joint(self) -> pd.DataFrame:
        """How likely all limits hold together in the target year (empty without one)."""
        if self.county.target_year is None:
            return pd.DataFrame()
        judged = {stage for entry in self.county.regime.scope for stage in entry.stages}
        return joint_probability(
            self.prospects,
            target_year=self.county.target_year,
            stages=[stage for stage in Stage if stage in judged],
        )

    # --- strata and plausibility --------------------------------------------------------------------

    @cached_property
    def strata(self) -> pd.DataFrame:
        """Every pair of strata: difference, ratio, overlap, permutation p-value."""
        return compare_strata(self.cells)

    @cached_property
    def below_limit(self) -> pd.DataFrame:
        """Schools and pupils below each limit by stratum."""
        return share_below_limit(self.indicators)

    @cached_property
    def plausibility(self) -> pd.DataFrame:
        """Patterns in the filed figures that are to be checked."""
        known = self.county.patterns
        return screen(self.county.indicators, self.county.tables.schools) if known is None else known

    def frames(self) -> dict[str, pd.DataFrame]:
        """Every frame by name, for files."""
        return {name: getattr(self, name) for name in FRAMES}
