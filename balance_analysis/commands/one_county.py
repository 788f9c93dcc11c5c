"""The options of the commands that look at one county of a file, and that county."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from balance_analysis.assessment import CountyAssessment


def add_file_options(parser: argparse.ArgumentParser) -> None:
    """Add the file, which of its counties, and the regime."""
    parser.add_argument("file", type=Path, help="区县填报文件")
    parser.add_argument("--county", default=None, help="文件有多个区县时的行政区划代码")
    parser.add_argument("--regime", default="quality_balance_2017", help="评估办法代号或 .toml 文件")


def add_county_options(parser: argparse.ArgumentParser) -> None:
    """As :func:`add_file_options`, with overlays and year."""
    add_file_options(parser)
    parser.add_argument(
        "--overlay", action="append", default=[], help="地方补充规定代号或 .toml 文件，可重复"
    )
    parser.add_argument("--year", type=int, default=None, help="学年起始年（默认最近一年）")


def county_of(options: argparse.Namespace) -> CountyAssessment:
    """Assess the county that the options name.

    Raises :class:`~balance_analysis.errors.ParameterError` where there is no such file, or where it holds several counties and
    none is named.
    """
    from balance_analysis.door import open_assessment
    from balance_analysis.errors import ParameterError

    if not options.file.is_file():
        raise ParameterError(f"找不到文件：{options.file}")
    return open_assessment(
        options.file, division_code=options.county, regime=options.regime, overlays=options.overlay,
        year=options.year, on=getattr(options, "on", None),
    )  # fmt: skip
