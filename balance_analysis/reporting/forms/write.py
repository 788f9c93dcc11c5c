"""Write the three workbooks of one county."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd

from balance_analysis.assessment import CountyAssessment, require_schools
from balance_analysis.findings.case import Case
from balance_analysis.programmes import Ledger, Plan
from balance_analysis.remediation.county import CountyPlan
from balance_analysis.reporting.files import inside, write_whole
from balance_analysis.reporting.forms.application_form import application_form
from balance_analysis.reporting.forms.issue_list import issue_list
from balance_analysis.reporting.forms.school_sheets import school_sheets

APPLICATION_FORM = "申报表"
ISSUE_LIST = "问题台账"
SCHOOL_SHEETS = "一校一案"


def write_forms(
    county: CountyAssessment,
    folder: Path,
    *,
    items: pd.DataFrame | None = None,
    item_schools: pd.DataFrame | None = None,
    remediation: CountyPlan | None = None,
    plan: Plan | None = None,
    ledger: Ledger | None = None,
) -> list[Path]:
    """Write ``<code>_<year>_申报表.xlsx``, ``…_问题台账.xlsx`` and ``…_一校一案.xlsx`` into ``folder``; return the paths.

    ``items`` and ``item_schools`` are the frames of :mod:`balance_analysis.verdicts.items`; those of the assessment
    where not given. ``remediation`` is the least-cost plan whose measures and
    money the issue list and the school sheets give; ``plan`` is
    the county's own programme, on which ``ledger`` reports. The folder is created when needed. Each file appears whole or not at all; the
    same assessment gives the same bytes. Simulated data say so on the first sheet and in header and footer of every sheet. Raises
    ``ParameterError`` for a county of which only the table of coefficients was published.
    """
    require_schools(county)
    county = replace(
        county,
        items=county.items if items is None else items,
        item_schools=county.item_schools if item_schools is None else item_schools,
    )
    case = Case(county, remediation=remediation, plan=plan, ledger=ledger)
    stem = f"{county.division_code}_{county.year}"
    paths = {
        name: inside(folder, f"{stem}_{name}.xlsx") for name in (APPLICATION_FORM, ISSUE_LIST, SCHOOL_SHEETS)
    }
    folder.mkdir(parents=True, exist_ok=True)
    contents = {
        APPLICATION_FORM: application_form(county, county.items),
        ISSUE_LIST: issue_list(case),
        SCHOOL_SHEETS: school_sheets(case),
    }
    return [write_whole(paths[name], content) for name, content in contents.items()]
