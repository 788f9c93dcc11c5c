"""Many counties side by side: who ranks where, who is due for acceptance, and the nation's figures around them.

``assess_region`` meets files and law; ``league_table``, ``unranked``, ``schedule_table`` and ``distances`` are pure
frames from county assessments; ``load_national_context`` reads the project's own file of published figures.
"""

from balance_analysis.counties import FailedCounty
from balance_analysis.overview.league import league_table, rank_exactly, unranked
from balance_analysis.overview.national import NationalContext, load_national_context
from balance_analysis.overview.region import (
    REGION_PARAMETERS,
    RegionAssessment,
    assess_region,
    open_region_from_parameters,
)
from balance_analysis.overview.schedule import (
    AcceptanceStatus,
    Schedule,
    ScheduleEntry,
    distances,
    read_schedule,
    schedule_table,
)

__all__ = [
    "REGION_PARAMETERS",
    "AcceptanceStatus",
    "FailedCounty",
    "NationalContext",
    "RegionAssessment",
    "Schedule",
    "ScheduleEntry",
    "assess_region",
    "distances",
    "league_table",
    "load_national_context",
    "open_region_from_parameters",
    "rank_exactly",
    "read_schedule",
    "schedule_table",
    "unranked",
]
