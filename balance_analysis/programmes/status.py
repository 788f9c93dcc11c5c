"""Words for where a line of a plan stands: by its deadline and the data, by what a county reports, by what that rests on."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from enum import StrEnum

SOON_DAYS = 90
"""How long before its deadline an unfinished task counts as due now, unless the caller says otherwise."""


class ProgressStatus(StrEnum):
    """Where one line of a plan stands.

    ``done``: evidence of the thing itself (reported as done, or a measured figure that is the commitment); ``to_verify``:
    the indicators it is about are met, which does not show that the task was done; ``late``: the deadline has passed and
    data taken after it show that it is not reached; ``due``: not reached, and the deadline is near (or the stage is running);
    ``open``: not reached, the deadline is far or there is none; ``outdated``: the deadline has passed, but the data are
    older; ``not_assessable``: nothing shows, and the deadline has passed or there is none; ``not_comparable``: the plan
    works towards another evaluation than the one that judged.
    """

    DONE = "done"
    TO_VERIFY = "to_verify"
    LATE = "late"
    DUE = "due"
    OPEN = "open"
    OUTDATED = "outdated"
    NOT_ASSESSABLE = "not_assessable"
    NOT_COMPARABLE = "not_comparable"


WORST_FIRST = (
    ProgressStatus.LATE,
    ProgressStatus.OUTDATED,
    ProgressStatus.NOT_ASSESSABLE,
    ProgressStatus.DUE,
    ProgressStatus.OPEN,
    ProgressStatus.NOT_COMPARABLE,
    ProgressStatus.TO_VERIFY,
    ProgressStatus.DONE,
)
"""The status of several lines together is the first of these that one of them has."""


def worst(statuses: Iterable[str]) -> str:
    """The status of several lines together; empty for none."""
    found = set(statuses)
    return next((status.value for status in WORST_FIRST if status in found), "")


def statistics_day(year: int) -> date:
    """The day as of which the figures of a school year are taken (统计时点): 1 September.

    A figure of a school year says nothing about what was done after that day.
    """
    return date(year, 9, 1)


class ReportedStatus(StrEnum):
    """What a county says of a line."""

    NOT_STARTED = "not_started"
    UNDER_WAY = "under_way"
    COMPLETED = "completed"
    CLOSED = "closed"


FINISHED = (ReportedStatus.COMPLETED, ReportedStatus.CLOSED)
"""What claims that a line is done."""


class Evidence(StrEnum):
    """What a line's standing rests on: the data, the county's report, both, or nothing."""

    COMPUTED = "computed"
    REPORTED = "reported"
    BOTH = "both"
    NONE = "none"
