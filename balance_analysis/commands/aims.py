"""``balance-analysis aims``: the national aims of later years, in their documents' words, beside a county's figures."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path


def add_aims(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
    add_law_options: Callable[[argparse.ArgumentParser], None],
) -> None:
    """Add the command and its options."""
    parser = commands.add_parser("aims", help="国家目标（如2027年、2035年）和本县现状；不是限值，不参与判定")
    parser.add_argument("file", type=Path, help="区县填报文件")
    parser.add_argument("--county", default=None, help="文件有多个区县时的行政区划代码")
    parser.add_argument("--regime", default="quality_balance_2017", help="评估办法代号或 .toml 文件")
    add_law_options(parser)
    parser.set_defaults(run=_aims)


def _aims(options: argparse.Namespace) -> int:
    from balance_analysis.door import open_assessment
    from balance_analysis.errors import ParameterError
    from balance_analysis.programmes.aims import aims_of_county
    from balance_analysis.views.programme.tables import aims_table
    from balance_analysis.words import say

    if not options.file.is_file():
        raise ParameterError(f"找不到文件：{options.file}")
    county = open_assessment(
        options.file, division_code=options.county, regime=options.regime, overlays=options.overlay,
        year=options.year, on=options.on,
    )  # fmt: skip
    aims = aims_of_county(county, on=county.regime.on)
    if aims.empty:
        print(say("progress.no_aims", on=county.regime.on))
    else:
        print(aims_table(aims, county=county.county).to_text())
    return 0
