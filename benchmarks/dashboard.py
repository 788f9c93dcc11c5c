"""How long the dashboard takes from a choice to its last figure, in a browser: ``python benchmarks/dashboard.py [FILES …]``.

Cold: choices made one right after the other as soon as the page stands, so that nothing was drawn ahead. Warm: the same kinds of choice
after a time in which nobody chose. Prints the machine's load beside the times, which mean nothing without it.
"""

from __future__ import annotations

import os
import sys
import time
from statistics import median
from typing import Any

from tests.end_to_end.jupyterlab import browser_page
from tests.end_to_end.test_dashboard import CHOOSE, SHOWN, dashboard

DEFAULT = [
    "data/sample/anshan/鞍山市.xlsx",
    "--overlay",
    "anshan",
    "--county",
    "210381",
    "--target-year",
    "2023",
]
IDLE_SECONDS = 60
ORDER = ("指标", "学段", "学年", "区县")
OPTIONS = """label => [...document.querySelectorAll('.widget-dropdown')].find(one => one.innerText.startsWith(label))
    .querySelector('select').innerText.split('\\n')"""


def choices(page: Any, skip: int) -> dict[str, list[float]]:
    """Milliseconds of some choices of every dropdown that has several values; ``skip`` picks other ones."""
    taken: dict[str, list[float]] = {}
    for label in ORDER:
        values = page.evaluate(OPTIONS, label)
        for value in values[skip : skip + 2]:
            taken.setdefault(label, []).append(page.evaluate(CHOOSE, [label, value])[1])
    return taken


def main(arguments: list[str]) -> None:
    """Print a table."""
    with dashboard(*(arguments or DEFAULT)) as address, browser_page() as page:
        began = time.perf_counter()
        page.goto(address)
        page.wait_for_selector(SHOWN, state="attached", timeout=120_000)
        print(f"page open after {time.perf_counter() - began:.1f} s, load {os.getloadavg()[0]:.1f}")
        for name, skip, pause in (
            ("cold", 1, 0),
            ("warm", 3, IDLE_SECONDS),
            ("warm, one right after the other", 5, IDLE_SECONDS),
        ):
            time.sleep(pause)
            for label, times in choices(page, skip).items():
                print(
                    f"{name}: {label} "
                    + ", ".join(f"{one:.0f}" for one in times)
                    + f" ms, median {median(times):.0f}"
                )
            print(f"load {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main(sys.argv[1:])
