"""Report elements: what a notebook shows in JupyterLab and the PDF is set from."""

from balance_analysis.views.elements.cells import Cell, Column, escape_markdown
from balance_analysis.views.elements.figure import ReportFigure
from balance_analysis.views.elements.page import (
    MIME_TYPE,
    Callout,
    Element,
    Paragraph,
    Section,
    TitlePage,
    Verdict,
    show,
)
from balance_analysis.views.elements.table import ReportTable, worded_table

__all__ = [
    "MIME_TYPE",
    "Callout",
    "Cell",
    "Column",
    "Element",
    "Paragraph",
    "ReportFigure",
    "ReportTable",
    "Section",
    "TitlePage",
    "Verdict",
    "escape_markdown",
    "show",
    "worded_table",
]
