"""Commands that print what the house knows and write nothing: laws, findings."""

from __future__ import annotations

import argparse
from datetime import date

from balance_analysis.commands.rules import late_lines, own_lines, target_lines
from balance_analysis.words import say


def list_law(options: argparse.Namespace) -> int:
    """The national regimes and the local overlays."""
    from balance_analysis.regimes import list_overlays, list_regimes, regime_head

    def until(day: date | None) -> str:
        return say("commands.until", day=str(day)) if day else say("commands.open_end")

    print(say("commands.regimes_heading"))
    for name in list_regimes(own=False):
        head = regime_head(name)
        said = {"name": head.name, "since": str(head.valid_from), "until": until(head.valid_to)}
        print(say("commands.regime", id=f"{name:<36}", **said))
    print(say("commands.overlays_heading"))
    for one in list_overlays(own=False):
        said = {"name": one.name, "since": str(one.valid_from), "until": until(one.valid_to)}
        print(say("commands.overlay", id=f"{one.id:<36}", base=one.base, place=str(one.place), **said))
    for line in own_lines():
        print(line)
    return 0


def show_regime(options: argparse.Namespace) -> int:
    """Every entry of a regime on one day."""
    from balance_analysis.regimes import load_regime
    from balance_analysis.words.law import regime_lines

    regime = load_regime(options.id, on=options.on or date.today(), overlays=options.overlay)
    print("\n".join([*regime_lines(regime), "", *target_lines(regime), *late_lines(regime)]))
    return 0


def compare_regimes(options: argparse.Namespace) -> int:
    """What differs between two regimes."""
    from balance_analysis.regimes.diff import diff_regimes, load_reference
    from balance_analysis.words.law import difference_lines

    one, other = (load_reference(text, on=date.today()) for text in (options.a, options.b))
    print("\n".join(difference_lines(diff_regimes(one, other))))
    return 0


def list_findings(options: argparse.Namespace) -> int:
    """Everything that may be said, and when."""
    from balance_analysis.reporting.findings_list import findings_lines

    print("\n".join(findings_lines()))
    return 0
