"""Papers in Word: the report of a notebook, and the county's own evaluation, editable and with real styles."""

from balance_analysis.reporting.word.readback import verify_docx
from balance_analysis.reporting.word.write import WordInfo, notebook_to_docx, render_docx, write_docx

__all__ = ["WordInfo", "notebook_to_docx", "render_docx", "verify_docx", "write_docx"]
