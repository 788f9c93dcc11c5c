"""Cells and columns of report tables: the one place where values become text.

Numbers are rounded here and nowhere earlier; a missing value prints as a dash, a zero as zero.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from numbers import Real
from typing import Final, Literal

import numpy as np
import pandas as pd

from balance_analysis.errors import ReportError
from balance_analysis.statements import Statement
from balance_analysis.views.elements.packed import Align, usual_align
from balance_analysis.views.elements.style import STATUS_STYLES
from balance_analysis.words import numbers, tell
from balance_analysis.words.numbers import MISSING

MISSING_NOTE: Final = "“—”表示数据缺失或不适用，不等于零。"

Kind = Literal["text", "number", "integer", "percent", "status"]


def escape_markdown(text: str) -> str:
    r"""Make data safe inside a Markdown sentence: a school called ``*一*小`` prints its asterisks.

    >>> escape_markdown("第[1]小学*")
    '第\\[1\\]小学\\*'
    """
    return re.sub(r"([\\`*_{}\[\]()#+\-.!|<>~$&])", r"\\\1", text)


@dataclass(frozen=True)
class Cell:
    """Display text of one cell, with an optional status (a value of ``Outcome``)."""

    text: str
    status: str = ""
    emphasis: bool = False

    def __post_init__(self) -> None:
        if self.status and self.status not in STATUS_STYLES:
            raise ReportError(f"表格单元格的状态“{self.status}”未知，应为：{'、'.join(STATUS_STYLES)}。")


@dataclass(frozen=True)
class Column:
    """One column of a table.

    ``group`` puts a shared heading over neighbours; ``status_column`` names the frame column whose
    outcome marks the cell (``from_frame`` only).
    """

    id: str
    label: str
    unit: str = ""
    kind: Kind = "text"
    decimals: int | None = None
    align: Align | None = None
    group: str = ""
    status_column: str = ""

    @property
    def alignment(self) -> Align:
        """The given alignment, else numbers right, statuses centred, text left."""
        if self.align is not None:
            return self.align
        return usual_align(self.kind)

    def cell(self, value: object, status: str = "") -> Cell:
        """Turn one value into a cell; this is where rounding happens.

        >>> Column("cv", "差异系数", kind="number", decimals=3).cell(0.5046)
        Cell(text='0.505', status='', emphasis=False)
        >>> Column("books", "册数", kind="integer").cell(0).text, Column("books", "册数").cell(None).text
        ('0', '—')
        """
        if isinstance(value, Cell):
            return value
        if (
            value is None
            or value is pd.NA
            or value is pd.NaT
            or (isinstance(value, Real) and math.isnan(value))
        ):
            return Cell(MISSING, status)
        if self.kind == "status":
            if str(value) not in STATUS_STYLES:
                raise ReportError(f"列“{self.label}”的状态“{value}”未知，应为：{'、'.join(STATUS_STYLES)}。")
            return Cell(STATUS_STYLES[str(value)].word, str(value))
        if isinstance(value, (bool, np.bool_)):
            return Cell("是" if value else "否", status)
        if isinstance(value, Real) and self.kind != "text":
            decimals = 0 if self.kind == "integer" else self.decimals
            if decimals is None:
                decimals = 1 if self.kind == "percent" else 2
            prints = numbers.percent if self.kind == "percent" else numbers.fixed
            return Cell(prints(float(value), decimals), status)
        return Cell((tell(value) if isinstance(value, Statement | tuple) else str(value)) or MISSING, status)


def marked_text(text: str, status: str) -> str:
    """Text with its mark: words get any symbol in front, other texts get one unless met.

    >>> marked_text("3.41", "not_met"), marked_text("达标", "met"), marked_text("4.20", "met")
    ('3.41 ×', '✓ 达标', '4.20')
    """
    if not status:
        return text
    style = STATUS_STYLES[status]
    if text == style.word:
        return f"{style.symbol} {text}"
    return text if status == "met" or text == MISSING else f"{text} {style.symbol}"
