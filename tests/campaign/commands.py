"""The other commands: plans, the ledger, own rules, helpers, documents, with spoilt files, values and places."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from importlib import resources
from typing import Any

from balance_analysis.programmes.ledger import ledger_layout
from tests.campaign.books import county_book
from tests.campaign.cases import ANY, Case
from tests.campaign.texts import OPTIONS, WORDS, spoilt_toml
from tests.county_tables import ROOT
from tests.hostile import HOSTILE, HOSTILE_NAMES

REGIME = ["--regime", "quality_balance_2017"]
PLACES = (
    "out", "县.xlsx", "坏.xlsx", "link", "loop", "gone/deep", "/dev/full", "/dev/null", "out.xlsx", "out.pdf", "", ".", "CON", "甲\n乙",
    "nowhere", "长" * 300, "~", "-", "*", "out/../out",
)  # fmt: skip
"""Where a result is to go; ``link`` and ``nowhere`` lead out of the folder and to nothing, ``loop`` to itself."""
LINKS = {"link": "/dev", "nowhere": "gone/file", "loop": "loop"}
NUMBERS = (
    "0",
    "-1",
    "1e400",
    "nan",
    "inf",
    "3000",
    "9" * 5000,
    "0.05",
    "2",
    "1e-400",
    "0x10",
    "１２",
    "三千",
    "",
    "1_000",
)
HELPERS: Mapping[str, list[str]] = {
    "sample": ["sample", "--group", "家长=3000"],
    "draw": ["draw", "县.xlsx", "--number", "2", "--seed", "甲"],
    "archive": ["archive", "县.xlsx", "-o", "out.xlsx"],
    "cohorts": ["cohorts", "县.xlsx"],
    "aims": ["aims", "县.xlsx"],
    "overview": ["overview", "县.xlsx", *REGIME, "-o", "out"],
    "self-assessment": ["self-assessment", "县.xlsx", *REGIME, "-o", "out"],
    "forms": ["forms", "县.xlsx", *REGIME, "-o", "out"],
    "findings": ["findings"],
    "template": ["template", "-o", "out.xlsx"],
    "rules": ["rules", "new", "out.toml"],
    "regimes": ["regimes", "show", "quality_balance_2017"],
    "programmes": ["programmes", "huantai_2017", "--offices"],
    "ledger": ["ledger", "huantai_2017", "-o", "out.xlsx"],
    "plan": ["plan", "县.xlsx", *REGIME, "--seconds", "1", "-o", "out"],
    "pdf": ["pdf", "notebook.ipynb"],
    "docx": ["docx", "notebook.ipynb"],
}
"""One call of each command that ends well, or would with a notebook that was executed."""
OWN_OPTIONS: Mapping[str, tuple[str, ...]] = {
    "sample": ("--group", "--parents", "--parents-share", "--margin", "--confidence", "--regime"),
    "draw": ("--number", "--seed", "--year", "--overlay"),
    "archive": ("--years", "--year", "--plan"),
    "cohorts": ("--year", "--target-year", "-o"),
    "aims": ("--county", "--regime"),
    "self-assessment": ("--plan", "--ledger", "--issued-on", "--office", "--target-year", "--side"),
    "forms": ("--plan", "--ledger", "--target-year", "--side", "--year"),
    "rules": ("--base", "--as-regime"),
    "regimes": ("--on", "--overlay", "--rules"),
    "programmes": ("--office", "--county", "--sheets"),
    "ledger": ("--county", "--year", "--on", "--ledger"),
}


def command_case(dice: random.Random) -> Case:
    """A command that the other kinds leave out, with one thing wrong about it."""
    return dice.choice([_value, _value, _place, _rules, _ledger, _costs, _notebook])(dice)


def _files() -> dict[str, bytes]:
    return {"县.xlsx": county_book().content(), "坏.xlsx": b"PK\x03\x04"}


def _value(dice: random.Random) -> Case:
    """A value that the command was given replaced, or an option added."""
    name = dice.choice([key for key in HELPERS if key not in ("overview", "plan")])
    arguments = list(HELPERS[name])
    if len(arguments) > 1 and dice.random() < 0.5:
        arguments[dice.randrange(1, len(arguments))] = dice.choice([*WORDS, *NUMBERS])
    else:
        values = [*NUMBERS, *WORDS, *HOSTILE.values(), *HOSTILE_NAMES.values()]
        plain = [value.replace("\0", "") for value in values]
        arguments += [dice.choice(OWN_OPTIONS.get(name, OPTIONS)), dice.choice(plain)]
    return Case(f"value: {name}", _files(), arguments, ANY, details=" ".join(arguments)[:200])


def _place(dice: random.Random) -> Case:
    """A result that is to go where it cannot, or where something lies."""
    name = dice.choice(
        [key for key, call in HELPERS.items() if "-o" in call and key not in ("overview", "plan")]
    )
    arguments = list(HELPERS[name])
    arguments[arguments.index("-o") + 1] = dice.choice(PLACES)
    files = {**_files(), "out.xlsx": b"mine", "out": b"mine"} if dice.random() < 0.4 else _files()
    return Case(f"place: {name}", files, arguments, ANY, details=str(arguments)[:200], links=LINKS)


def _rules(dice: random.Random) -> Case:
    """Own rules that are spoilt, through every door that reads them."""
    text = (ROOT / "notebooks" / "my_city.toml").read_text("utf-8")
    kind, content = spoilt_toml(text, dice)
    arguments = dice.choice(
        [
            ["rules", "check", "my_city.toml"],
            ["regimes", "show", "quality_balance_2017", "--overlay", "my_city.toml", "--on", "2018-08-31"],
            [
                "regimes",
                "--rules",
                "my_city.toml",
                "diff",
                "quality_balance_2017",
                "quality_balance_2017+my_city",
            ],
            ["check", "县.xlsx", *REGIME, "--overlay", "my_city.toml", "--on", "2018-08-31"],
            ["check", "县.xlsx", *REGIME, "--rules", ".", "--overlay", "my_city", "--on", "2018-08-31"],
        ]
    )
    return Case(
        f"rules: {kind}", {**_files(), "my_city.toml": content}, arguments, ANY, details=" ".join(arguments)
    )


def _ledger(dice: random.Random) -> Case:
    """A progress ledger of the recorded programme with one cell, line or byte spoilt."""
    headers = [entry.header for entry in ledger_layout()[1].fields]
    filed = {
        "行政区划代码": "370321",
        "任务编号": "recruits",
        "状态": "已完成",
        "截至日期": "2018-06-25",
        "完成日期": "2018-06-20",
    }
    row = [filed.get(header, "") for header in headers]
    lines = [headers, row, list(row)]
    spoilt = lines[dice.randrange(3)]
    spoilt[dice.randrange(len(spoilt))] = dice.choice(
        [*NUMBERS, *HOSTILE_NAMES.values(), "2018-02-30", "已完成 ", "\0", '"']
    )
    content = "\n".join(",".join(line) for line in lines[: dice.choice([1, 2, 3])]).encode(
        dice.choice(["utf-8", "gb18030", "utf-16"])
    )
    if dice.random() < 0.2:
        content = content[: dice.randrange(len(content))]
    arguments = [
        "ledger",
        "huantai_2017",
        "--ledger",
        "进展.csv",
        "--on",
        dice.choice(["2018-06", "2018-06-30", "2017-09-01"]),
        "-o",
        "out.xlsx",
    ]
    return Case("ledger", {**_files(), "进展.csv": content}, arguments, ANY, details=repr(spoilt)[:200])


def _costs(dice: random.Random) -> Case:
    """Prices that are spoilt, for a county that can be planned."""
    package = resources.files("balance_analysis")
    kind, content = spoilt_toml((package / "remediation" / "default_costs.toml").read_text("utf-8"), dice)
    arguments = [*HELPERS["plan"], "--costs", "costs.toml"]
    return Case(f"costs: {kind}", {**_files(), "costs.toml": content}, arguments, ANY)


def _notebook(dice: random.Random) -> Case:
    """A notebook that is none, or whose parts have other shapes."""
    shown: dict[str, Any] = {
        "output_type": "display_data",
        "data": {"text/plain": "甲", "text/html": "<b>"},
        "metadata": {},
    }
    cell = {
        "cell_type": "code",
        "id": "a",
        "source": "1",
        "metadata": {},
        "execution_count": 1,
        "outputs": [shown],
    }
    book: dict[str, Any] = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [cell]}
    where = dice.choice([book, cell, shown])
    key = dice.choice(list(where))
    values: list[Any] = [
        None,
        [],
        {},
        "甲",
        -1,
        1e300,
        [[]],
        {"a": {"b": []}},
        True,
        "9" * 5000,
        [1],
        ["\ud800"],
    ]
    where[key] = dice.choice(values)
    content = json.dumps(book).encode()
    how = dice.choice(["shape", "shape", "shape", "cut", "deep", "bytes"])
    if how == "cut":
        content = content[: dice.randrange(len(content))]
    elif how == "deep":
        content = b"[" * 100_000
    elif how == "bytes":
        content = bytes(dice.randrange(256) for _ in range(300))
    call = [dice.choice(["pdf", "docx"]), "notebook.ipynb"]
    return Case(
        f"notebook: {how}", {"notebook.ipynb": content}, call, ANY, details=f"{key}={where[key]!r}"[:80]
    )
