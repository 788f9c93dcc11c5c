"""The frames that findings look at: one county, the answer to why and by when, its plan's progress, our remediation plan."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from balance_analysis.assessment import CountyAssessment
from balance_analysis.explain.diagnosis import Diagnosis
from balance_analysis.programmes import Plan, progress_with_roadmap


@dataclass(frozen=True)
class Case:
    """One county as findings see it. ``plan`` is the county's own programme, ``remediation`` our least-cost plan, where given.

    Frames are computed when first asked for and kept, so that every section and every page looks at the same ones.
    """

    county: CountyAssessment
    plan: Plan | None = None
    remediation: Any = None

    @cached_property
    def diagnosis(self) -> Diagnosis:
        """Why, which school, how close, by when."""
        return Diagnosis(self.county)

    @cached_property
    def progress(self) -> pd.DataFrame | None:
        """Tasks and commitments of the county's programme on the day of the law; None without one that applies."""
        return progress_with_roadmap(self.plan, self.county)[0]

    @cached_property
    def roadmap(self) -> pd.DataFrame | None:
        """Stages and dates of the county's programme; None without one that applies."""
        return progress_with_roadmap(self.plan, self.county)[1]
