"""``balance-analysis aims``: the national aims of later years, in their documents' words, beside a county's figures."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from balance_analysis.commands.one_county import add_file_options, county_of


def add_aims(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
    add_law_options: Callable[[argparse.ArgumentParser], None],
) -> None:
    """Add the command and its options."""
    parser = commands.add_parser("aims", help="国家目标（如2027年、2035年）和本县现状；不是限值，不参与判定")
    add_file_options(parser)
    add_law_options(parser)
    parser.set_defaults(run=_aims)


def _aims(options: argparse.Namespace) -> int:
    from balance_analysis.programmes.aims import aims_of_county
    from balance_analysis.views.programme.tables import aims_table
    from balance_analysis.words import say

    county = county_of(options)
    aims = aims_of_county(county, on=county.regime.on)
    if aims.empty:
        print(say("progress.no_aims", on=county.regime.on))
    else:
        print(aims_table(aims, county=county.county).to_text())
    return 0
