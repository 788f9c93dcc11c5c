"""The door: files in, a county whose frames are in words out.

Inside the house the columns that explain something (``detail``, ``reason``) carry statements: ids and figures. Here, where frames
leave it, they become Chinese text, as ``docs/developer/frames.md`` promises.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from balance_analysis.assessment import CountyAssessment, assess_by_law
from balance_analysis.errors import ParameterError, WorkbookError
from balance_analysis.explain.screening import screened
from balance_analysis.statements import Statement
from balance_analysis.words import tell
from balance_analysis.workbook.reader import read_workbooks

EXPLAINING = ("detail", "reason", "sentence", "figure", "present_state", "note", "before", "after", "clause")
"""Columns that may carry statements."""


def open_assessment(
    path: str | Path | Sequence[str | Path],
    *,
    division_code: str | None = None,
    year: int | None = None,
    regime: str,
    overlays: Sequence[str] = (),
    target_year: int | None = None,
    on: date | None = None,
) -> CountyAssessment:
    """Read files, load the law and assess one county: the single line a notebook needs. Its frames are in words.

    ``division_code`` may be left out when the files hold exactly one county; ``on`` is the day
    whose law applies (default: :func:`assessment_date` of the year). Raises
    :class:`ParameterError`, :class:`WorkbookError` or :class:`RegimeError`, all with Chinese text.
    """
    paths = [path] if isinstance(path, str | Path) else list(path)
    tables = read_workbooks(paths)
    codes = tables.division_codes()
    if not codes:
        raise WorkbookError(tables.hard_issues)
    if division_code is None:
        if len(codes) > 1:
            raise ParameterError(
                f"文件中有多个区县，请用区县代码指定一个（命令 --county，笔记本 division_code）；可选：{'、'.join(codes)}"
            )
        division_code = codes[0]
    if not isinstance(division_code, str):
        raise ParameterError(
            f"division_code 必须是文本，收到 {division_code!r}；papermill 命令行请用 -r（原样文本）传递，如 -r division_code 010203"
        )
    if division_code not in codes:
        raise ParameterError(f"数据中没有行政区划代码 {division_code}；可选：{'、'.join(codes)}")
    found = assess_by_law(
        tables,
        regime,
        division_code=division_code,
        overlays=overlays,
        year=year,
        target_year=target_year,
        on=on,
    )
    return worded(screened(found))


def worded(county: CountyAssessment) -> CountyAssessment:
    """The same county with text in place of the statements of its frames."""
    frames: dict[str, Any] = {
        one.name: worded_frame(frame)
        for one in fields(county)
        if isinstance(frame := getattr(county, one.name), pd.DataFrame)
    }
    return replace(county, **frames)


def worded_frame(frame: pd.DataFrame) -> pd.DataFrame:
    """A frame with text in place of statements; the frame itself where it has none."""
    told = {
        name: pd.array(
            [tell(said) if isinstance(said, Statement | tuple) else said for said in frame[name]], dtype="str"
        )
        for name in EXPLAINING
        if name in frame and len(frame) and frame[name].dtype == object
    }
    return frame.assign(**told) if told else frame
