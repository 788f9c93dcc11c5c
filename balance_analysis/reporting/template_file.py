"""The workbook that a county fills in, as a file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from balance_analysis.programmes.ledger import ledger_layout
from balance_analysis.reporting.files import write_whole
from balance_analysis.workbook.layouts import HOME
from balance_analysis.workbook.template import Rows, template_bytes


def write_template(
    path: str | Path,
    *,
    rows: Mapping[str, Rows] | None = None,
    county_name: str | None = None,
    simulated: bool = False,
    layout_id: str = HOME,
) -> Path:
    """Write the fill-in workbook of :func:`~balance_analysis.workbook.template.template_bytes` to ``path``; return the path.

    A county's template also has the sheet 进展 of the progress ledger. The file appears at once or not at all.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_template(Path(folder) / "空表.xlsx").name
    '空表.xlsx'
    """
    more = (ledger_layout()[0],) if layout_id == HOME else ()
    content = template_bytes(
        rows=rows, county_name=county_name, simulated=simulated, layout_id=layout_id, more=more
    )
    return write_whole(Path(path), content)
