"""Next month's sheet 进展 as a workbook."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from balance_analysis.programmes.ledger import FOLDER, LAYOUT, TABLE
from balance_analysis.reporting.files import write_whole
from balance_analysis.workbook.template import template_bytes


def write_ledger(path: str | Path, rows: Sequence[Mapping[str, Any]], *, place: str = "") -> Path:
    """Write the rows of :func:`balance_analysis.programmes.ledger_rows` as a fill-in workbook; return the path.

    The file appears at once or not at all.
    """
    content = template_bytes(rows={TABLE: rows}, county_name=place or None, layout_id=LAYOUT, folder=FOLDER)
    return write_whole(Path(path), content)
