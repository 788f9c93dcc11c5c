"""The workbook that a county fills in, as a file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from balance_analysis.reporting.files import write_whole
from balance_analysis.workbook.template import Rows, template_bytes


def write_template(
    path: str | Path,
    *,
    rows: Mapping[str, Rows] | None = None,
    county_name: str | None = None,
    simulated: bool = False,
    layout_id: str = "own_template",
) -> Path:
    """Write the fill-in workbook of :func:`~balance_analysis.workbook.template.template_bytes` to ``path``; return the path.

    The file appears at once or not at all.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_template(Path(folder) / "空表.xlsx").name
    '空表.xlsx'
    """
    content = template_bytes(rows=rows, county_name=county_name, simulated=simulated, layout_id=layout_id)
    return write_whole(Path(path), content)
