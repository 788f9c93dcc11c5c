"""The campaign: hundreds of spoilt inputs through the public door end decently, and its judge can tell when they do not.

300 cases here; ``BALANCE_CAMPAIGN_CASES=10000`` is the nightly profile. Other seeds: ``python -m tests.campaign.run --first N``.
"""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace

import pytest

from tests.campaign.books import county_book
from tests.campaign.cases import NOTICED, SAME, TOLD, Case
from tests.campaign.mutations import BOOK_MUTATIONS, make_case
from tests.campaign.run import BAD, FINE, TOLD_END, End, judge
from tests.county_tables import ROOT

CASES = int(os.environ.get("BALANCE_CAMPAIGN_CASES", "300"))
GOOD = End(0, 200, False, frozenset({"没有问题"}), "没有问题", "figures")
CASE = Case("", {}, [], TOLD, "good")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the runner forks")
@pytest.mark.slow
def test_spoilt_inputs_end_decently() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.campaign.run", "--cases", str(CASES)], cwd=ROOT, capture_output=True, text=True,
        check=False, env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    counts = dict(
        line.rsplit(maxsplit=1) for line in done.stdout.splitlines() if line.rsplit(maxsplit=1)[-1].isdigit()
    )
    assert sum(map(int, counts.values())) == CASES
    assert int(counts[FINE]) > CASES / 10  # a program that refuses everything would end decently too
    assert int(counts[TOLD_END]) > CASES / 10


@pytest.mark.parametrize(
    ("expected", "end", "kind"),
    [
        (TOLD, GOOD, "silent difference"),
        (TOLD, replace(GOOD, said=frozenset({"没有问题", "[疑问]"})), FINE),
        (TOLD, replace(GOOD, code=1), TOLD_END),
        (NOTICED, GOOD, FINE),
        (NOTICED, replace(GOOD, figures="others"), "silent difference"),
        (NOTICED, replace(GOOD, figures="others", said=frozenset({"[提示]"})), FINE),
        (SAME, GOOD, FINE),
        (SAME, replace(GOOD, figures="others"), "false difference"),
        (SAME, replace(GOOD, code=1), "false difference"),
        (SAME, replace(GOOD, code=1, text="Traceback (most recent call last):"), "traceback"),
        (SAME, replace(GOOD, code=1, text="程序内部错误，请将"), "internal error"),
        (SAME, replace(GOOD, code=-6), "abort"),
        (SAME, replace(GOOD, hung=True), "hang"),
        (SAME, replace(GOOD, mebibytes=1025), "explosion"),
    ],
)
def test_the_judge_tells_every_class(expected: str, end: End, kind: str) -> None:
    assert judge(replace(CASE, expected=expected), end, {"good": GOOD}) == kind
    assert kind in (*BAD, FINE, TOLD_END)


def test_a_case_is_its_seed() -> None:
    assert make_case(17) == make_case(17)
    assert len({make_case(seed).name for seed in range(300)}) > 50


@pytest.mark.parametrize("name", BOOK_MUTATIONS)
def test_every_mutation_changes_the_file(name: str) -> None:
    import random

    good = county_book().content()
    book, dice = county_book(), random.Random(1)
    found = BOOK_MUTATIONS[name][0](book, dice)
    assert (found if isinstance(found, bytes) else book.content()) != good
