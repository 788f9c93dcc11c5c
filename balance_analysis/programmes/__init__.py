"""County plans as data: read them, lay out their timetable, measure a county against its own, break its tasks down.

``load_plan`` and ``list_plans`` read; ``plan_timetable`` and ``roadmap_rows`` lay out; ``office_duties`` is the plan of one
office; ``measure_progress`` measures; ``read_ledger``, ``ledger_state`` and ``check_ledger`` set what is reported beside it;
``break_down_tasks`` makes the 任务分解表. The least-cost remediation stands in :mod:`balance_analysis.remediation`.
"""

from balance_analysis.programmes.ledger import (
    Ledger,
    county_ledger,
    ledger_rows,
    ledger_state,
    no_ledger,
    read_ledger,
    workbooks_of,
)
from balance_analysis.programmes.ledger_checks import check_ledger
from balance_analysis.programmes.loader import list_plans, load_plan
from balance_analysis.programmes.model import Commitment, MeasuredBy, Plan, PlanHead, Step, Target, Task
from balance_analysis.programmes.offices import office_duties, plan_offices
from balance_analysis.programmes.progress import measure_progress
from balance_analysis.programmes.status import ProgressStatus
from balance_analysis.programmes.task_breakdown import break_down_tasks
from balance_analysis.programmes.timetable import (
    plan_timetable,
    plans_overview,
    progress_with_roadmap,
    roadmap_rows,
    with_target_year_of,
)

__all__ = [
    "Commitment",
    "Ledger",
    "MeasuredBy",
    "Plan",
    "PlanHead",
    "ProgressStatus",
    "Step",
    "Target",
    "Task",
    "break_down_tasks",
    "check_ledger",
    "county_ledger",
    "ledger_rows",
    "ledger_state",
    "list_plans",
    "load_plan",
    "measure_progress",
    "no_ledger",
    "office_duties",
    "plan_offices",
    "plan_timetable",
    "plans_overview",
    "progress_with_roadmap",
    "read_ledger",
    "roadmap_rows",
    "with_target_year_of",
    "workbooks_of",
]
