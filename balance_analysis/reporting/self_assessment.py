"""Write a county's own evaluation (自评报告) as a Word file."""

from __future__ import annotations

from pathlib import Path

from balance_analysis.assessment import require_schools
from balance_analysis.findings.case import Case
from balance_analysis.reporting.collect import collect_elements
from balance_analysis.reporting.deliver import AUTHOR, texts_from_data
from balance_analysis.reporting.files import inside
from balance_analysis.reporting.forms.basic_situation import basic_situation
from balance_analysis.reporting.word import verify_docx, write_docx
from balance_analysis.reporting.word.styles import OFFICIAL
from balance_analysis.views.self_assessment.page import elements
from balance_analysis.words import say
from balance_analysis.words.labels import OUTCOMES


def write_self_assessment(case: Case, folder: Path) -> Path:
    """Write ``<code>_<year>_自评报告.docx`` into ``folder`` and read it back; the path.

    Raises ``ParameterError`` for a county of which only the table of coefficients was published, ``ReportError`` where the file lacks a
    school or speaks like a program.
    """
    county = case.county
    require_schools(county)
    path = inside(folder, f"{county.division_code}_{county.year}_{say('self_assessment.name')}.docx")
    basics = [(line.number, line.group, line.name, line.unit, line.value) for line in basic_situation(county)]
    report = collect_elements(elements(case, basics))
    keywords = [county.county, county.division_code]
    write_docx(report, path, look=OFFICIAL, author=AUTHOR, keywords=keywords)
    verify_docx(
        path,
        [county.county, OUTCOMES[county.overall_outcome], *county.current("schools")["school_name"]],
        on_every_page=[say("word.simulated")] if county.tables.simulated else [],
        known=[*texts_from_data(county), case.issuing_office],
    )
    return path
