"""The frames that findings look at: one county, the answer to why and by when, its plan's progress, our remediation plan."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property, wraps
from typing import Any, TypeVar

import pandas as pd

from balance_analysis.assessment import CountyAssessment
from balance_analysis.explain.cohort_outlook import report_scenario
from balance_analysis.explain.cohorts import CohortScenario
from balance_analysis.explain.concession_effects import ConcessionEffects, concession_effects
from balance_analysis.explain.diagnosis import Diagnosis
from balance_analysis.explain.problems import county_problems, problem_list, worst_first
from balance_analysis.findings.model import Finding
from balance_analysis.parameters import (
    find_file,
    given_parameters,
    issue_from_parameters,
    ledger_from_parameters,
    open_from_parameters,
    parameters_key,
    plan_from_parameters,
    with_reports,
)
from balance_analysis.programmes import Ledger, Plan, break_down_tasks, progress_with_roadmap
from balance_analysis.programmes.aims import aims_of_county
from balance_analysis.remediation.county import CountyPlan
from balance_analysis.remediation.saved import read_plan

Said = TypeVar("Said")


@dataclass(frozen=True)
class Case:
    """One county as findings see it. ``plan`` is the county's own programme, ``remediation`` our least-cost plan, where given.

    ``ledger`` is what the county reports on its programme; ``issued_on`` and ``issuing_office`` stand on the cover.

    Frames are computed when first asked for and kept, so that every section and every page looks at the same ones.
    """

    county: CountyAssessment
    plan: Plan | None = None
    remediation: CountyPlan | None = None
    ledger: Ledger | None = None
    issued_on: date | None = None
    issuing_office: str = ""

    @cached_property
    def diagnosis(self) -> Diagnosis:
        """Why, which school, how close, by when."""
        return Diagnosis(self.county)

    @cached_property
    def cohorts(self) -> CohortScenario | None:
        """Grades moved up as a scenario; None where none are filed."""
        return report_scenario(self.county)

    @cached_property
    def aims(self) -> pd.DataFrame:
        """National aims that are declared on the day of the law, beside the county's figures."""
        return aims_of_county(self.county, on=self.county.regime.on)

    @cached_property
    def progress(self) -> pd.DataFrame | None:
        """Tasks and commitments of the county's programme on the day of the law; None without one that applies."""
        return self._progress_with_roadmap[0]

    @cached_property
    def roadmap(self) -> pd.DataFrame | None:
        """Stages and dates of the county's programme; None without one that applies."""
        return self._progress_with_roadmap[1]

    @cached_property
    def _progress_with_roadmap(self) -> tuple[pd.DataFrame | None, pd.DataFrame | None]:
        return progress_with_roadmap(self.plan, self.county, self.ledger)

    @cached_property
    def tasks(self) -> pd.DataFrame:
        """The task breakdown: per item what is done, by whom, by when, and how far it is."""
        county = self.county
        return break_down_tasks(
            county, county.items, county.item_schools, plan=self.plan, progress=self.progress
        )

    @cached_property
    def problems(self) -> pd.DataFrame:
        """Every value of a school part that is not as the law asks, tolerated ones included."""
        return problem_list(self.county, self.tasks)

    @cached_property
    def county_problems(self) -> pd.DataFrame:
        """Coefficients above their limit and failing items without schools behind them."""
        return county_problems(self.county, self.tasks, self.problems)

    @cached_property
    def worst_schools(self) -> pd.DataFrame:
        """The schools that fail, the worst first."""
        return worst_first(self.problems)

    @cached_property
    def several_stages(self) -> frozenset[str]:
        """Schools with more than one part in the year."""
        codes = self.county.current("schools")["school_code"]
        return frozenset(codes[codes.duplicated()])

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """Everything that is said of the county, settled."""
        from balance_analysis.findings.summary import all_findings

        return all_findings(self)

    @cached_property
    def said(self) -> dict[Any, tuple[Any, ...]]:
        """What has been found by whom; filled by :func:`once`."""
        return {}

    @cached_property
    def said_of_schools(self) -> dict[tuple[Any, ...], Any]:
        """What has been said of rows of ``problems``, by their positions; filled by :func:`balance_analysis.findings.problems.parts`."""
        return {}

    @cached_property
    def concessions(self) -> ConcessionEffects:
        """What the concessions remove and what they worsen."""
        return concession_effects(self.county)


def once(find: Callable[[Case], Iterable[Said]]) -> Callable[[Case], tuple[Said, ...]]:
    """Let what ``find`` says of a case be found once: the whole report and each of its pages ask for it."""

    @wraps(find)
    def found(case: Case) -> tuple[Said, ...]:
        if find not in case.said:
            case.said[find] = tuple(find(case))
        return case.said[find]

    return found


_remembered: dict[str, Case] = {}


def remember(given: Mapping[str, Any], case: Case) -> None:
    """Let :func:`open_case` hand out ``case`` for these parameters, so that what was computed before a kernel was forked is not computed again."""
    _remembered[parameters_key(given)] = case


def open_case(namespace: Mapping[str, Any]) -> Case:
    """Check a notebook's parameters and open the county, plan and cover that they name: the one call of a county's notebook.

    Raises as :func:`balance_analysis.parameters.open_from_parameters`.
    """
    if _remembered and (known := _remembered.get(parameters_key(given_parameters(namespace)))) is not None:
        return known
    issued_on, office = issue_from_parameters(namespace)
    county, solved = open_from_parameters(namespace), given_parameters(namespace).get("remediation")
    plan = plan_from_parameters(namespace)
    ledger = ledger_from_parameters(namespace, county, plan)
    return Case(
        with_reports(county, plan, ledger),
        plan=plan,
        ledger=ledger,
        remediation=read_plan(find_file(solved), county) if solved else None,
        issued_on=issued_on,
        issuing_office=office,
    )
