"""The least-cost remediation plan: what to build, buy, hire and move so that the county passes, with a proof.

``load_costs`` → ``problem_from_indicators`` → ``plan_remediation`` → :class:`RemediationResult`; ``compare_with_naive`` and
``price_of_coefficient`` say what it is worth; ``fewest_added_units`` and ``fewest_transfers`` are exact for one resource.
"""

from balance_analysis.remediation.certificate import Certificate, PlanStatus, Reason
from balance_analysis.remediation.costs import load_costs, settings_from_toml
from balance_analysis.remediation.naive import PlanComparison, compare_with_naive, price_of_coefficient
from balance_analysis.remediation.plan import Breach, Plan, breaches
from balance_analysis.remediation.problem import RemediationProblem, problem_from_indicators
from balance_analysis.remediation.result import RemediationResult, plan_remediation, planned_indicators
from balance_analysis.remediation.settings import RemediationSettings
from balance_analysis.remediation.single_resource import (
    SingleResourceOptimum,
    fewest_added_units,
    fewest_transfers,
)
from balance_analysis.remediation.solve import find_plan

__all__ = [
    "Breach",
    "Certificate",
    "Plan",
    "PlanComparison",
    "PlanStatus",
    "Reason",
    "RemediationProblem",
    "RemediationResult",
    "RemediationSettings",
    "SingleResourceOptimum",
    "breaches",
    "compare_with_naive",
    "fewest_added_units",
    "fewest_transfers",
    "find_plan",
    "load_costs",
    "plan_remediation",
    "planned_indicators",
    "price_of_coefficient",
    "problem_from_indicators",
    "settings_from_toml",
]
