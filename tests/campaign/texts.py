"""CSVs, TOML files and arguments that are spoilt."""

from __future__ import annotations

import random
from collections.abc import Mapping
from importlib import resources

from tests.campaign.books import county_book
from tests.campaign.cases import ANY, SAME, TOLD, Case
from tests.hostile import OPEN_DATA_COLUMNS

CSV_ASSESS = ["assess", "县.csv", "--regime", "basic_balance_2012", "-o", "out"]
CSV_CHECK = ["check", "县.csv", "--regime", "basic_balance_2012"]


def csv_text() -> str:
    """Two schools of one county for two years."""
    rows = [",".join(OPEN_DATA_COLUMNS)]
    for year in (2019, 2020):
        rows += [
            f"{year},02,宜蘭縣,02131{n},模拟{n}國小,0,general,{300 + n},13,{22 + n},25" for n in range(4)
        ]
    return "\n".join(rows) + "\n"


def csv_case(dice: random.Random) -> Case:
    """An open-data CSV with one thing done to it."""
    text = csv_text()
    lines = text.splitlines()
    kind = dice.choice(
        ["encoding", "delimiter", "flip", "cut", "quote", "nul", "long", "cell", "empty", "swap", "wide"]
    )
    expected = ANY
    content = text.encode()
    if kind == "encoding":
        content, expected = text.encode(dice.choice(["gb18030", "utf-16", "utf-8-sig"])), SAME
    elif kind == "delimiter":
        content, expected = text.replace(",", dice.choice([";", "\t"])).replace("\n", "\r\n").encode(), SAME
    elif kind == "flip":
        spoilt = bytearray(content)
        for _ in range(dice.choice([1, 5, 50])):
            spoilt[dice.randrange(len(spoilt))] = dice.randrange(256)
        content = bytes(spoilt)
    elif kind == "cut":
        content = content[: dice.randrange(len(content))]
    elif kind == "quote":
        place = dice.randrange(len(text))
        content = (text[:place] + '"' + text[place:]).encode()
    elif kind == "nul":
        place = dice.randrange(len(text))
        content = (text[:place] + "\0" * dice.choice([1, 5000]) + text[place:]).encode()
    elif kind == "long":
        content, expected = (text + "2020,02," + "長" * 200_000 + "\n").encode(), TOLD
    elif kind == "cell":
        row = lines[dice.randrange(1, len(lines))].split(",")
        row[dice.choice([7, 9])] = dice.choice(
            ["1e300", "-3", "0012", "1e-400", "１２", "三百", "9" * 300, "inf"]
        )
        content, expected = "\n".join([*lines, ",".join(row)]).encode(), TOLD
    elif kind == "empty":
        content, expected = lines[0].encode(), TOLD
    elif kind == "swap":
        order = list(range(len(OPEN_DATA_COLUMNS)))
        dice.shuffle(order)
        moved = (",".join(line.split(",")[n] for n in order) for line in lines)
        content, expected = "\n".join(moved).encode(), SAME
    else:
        content = "\n".join(line + "," * dice.choice([1, 4000]) for line in lines).encode()
    assessed = expected == SAME or dice.random() < 0.2
    arguments, base = (CSV_ASSESS, "csv assess") if assessed else (CSV_CHECK, "csv check")
    return Case(f"csv: {kind}", {"县.csv": content}, list(arguments), expected, base)


def toml_texts() -> Mapping[str, tuple[str, list[str]]]:
    """Good files of the three kinds a user may write, and the command that reads each."""
    package = resources.files("balance_analysis")
    plan = (package / "programmes" / "data" / "huantai_2017.toml").read_text("utf-8")
    costs = (package / "remediation" / "default_costs.toml").read_text("utf-8")
    side = '"学年" = 2017\n"行政区划代码" = "010203"\n[["学校"]]\n"学校名称" = "第一小学"\n"图书册数" = 300\n'
    return {
        "plan": (plan, ["plans", "file.toml"]),
        "side": (side, ["check", "县.csv", "--side", "file.toml"]),
        "costs": (costs, ["plan", "坏.xlsx", "--regime", "quality_balance_2017", "--costs", "file.toml", "-o", "out"]),
    }  # fmt: skip


TOML_VALUES = (
    "1e400", "9" * 5000, "-0.0", "nan", "true", "[]", "{}", '""', '"\\u0000"', "[[[]]]", "1979-05-27", "07:32:00",
    "{a = {b = 1}}", '"' + "長" * 5000 + '"', "[" * 3000 + "]" * 3000, '"1e999999"', '"' + "9" * 5000 + '"', "'''\n'''",
)  # fmt: skip


def toml_case(dice: random.Random) -> Case:
    """A plan, side or costs file with one thing done to it."""
    name = dice.choice(list(toml_texts()))
    text, arguments = toml_texts()[name]
    kind, content = spoilt_toml(text, dice)
    files = {"file.toml": content, "县.csv": csv_text().encode(), "坏.xlsx": b"no workbook"}
    return Case(f"toml: {name} {kind}", files, arguments, ANY)


def spoilt_toml(text: str, dice: random.Random) -> tuple[str, bytes]:
    """What was done to a TOML text, and its bytes."""
    lines = text.splitlines()
    kind = dice.choice(
        ["flip", "value", "value", "value", "delete", "double", "encoding", "cut", "shape", "name"]
    )
    content = text.encode()
    settings = [n for n, line in enumerate(lines) if " = " in line and not line.startswith("#")]
    if kind == "flip":
        spoilt = bytearray(content)
        for _ in range(dice.choice([1, 3, 30])):
            spoilt[dice.randrange(len(spoilt))] = dice.randrange(256)
        content = bytes(spoilt)
    elif kind == "value":
        number = dice.choice(settings)
        lines[number] = lines[number].split(" = ")[0] + " = " + dice.choice(TOML_VALUES)
        content = "\n".join(lines).encode()
    elif kind == "name":
        number = dice.choice(settings)
        lines[number] = (
            dice.choice(["x", '""', '"\\u202e"', "a.b", "id", "__class__"])
            + " = "
            + lines[number].split(" = ")[1]
        )
        content = "\n".join(lines).encode()
    elif kind == "delete":
        del lines[dice.randrange(len(lines))]
        content = "\n".join(lines).encode()
    elif kind == "double":
        lines.insert(dice.randrange(len(lines)), dice.choice(lines))
        content = "\n".join(lines).encode()
    elif kind == "encoding":
        content = text.encode(dice.choice(["utf-16", "gb18030"]))
    elif kind == "cut":
        content = content[: dice.randrange(len(content))]
    else:
        shapes = [
            "a." * 2000 + "b = 1",
            "[[a]]\n" * 2000,
            'x = "\\ud800"',
            "[task]\nid = 1",
            "task = 3\n" + text,
        ]
        content = dice.choice(shapes).encode("utf-8", "surrogatepass")
    return kind, content


WORDS = (
    "", " ", "-1", "0", "99999999999999999999", "2017", "1e9", "../../x", "/", "/etc/passwd", ".", "甲\n乙", "\udcff", "*", "~",
    "2018-02-30", "9999-12-31", "0001-01-01", "quality_balance_2017", "anshan", "a" * 5000, "县.xlsx", "nan", "--", "CON", "=1+1",
)  # fmt: skip
OPTIONS = (
    "--regime",
    "--overlay",
    "--year",
    "--on",
    "-o",
    "--side",
    "--target-year",
    "--plan",
    "--costs",
    "--write-side",
)


def argument_case(dice: random.Random) -> Case:
    """A command with arguments that nobody would give."""
    command = dice.choice(["check", "assess", "forms", "regimes", "plans", "template", "overview"])
    arguments = [command]
    if command in ("check", "assess", "forms", "overview"):
        arguments += [dice.choice(["县.xlsx", "坏.xlsx", *WORDS[:12]])]
    if command == "regimes":
        arguments += dice.choice([["show"], ["diff"], []])
    for _ in range(dice.randrange(4)):
        arguments += dice.choice([[dice.choice(OPTIONS), dice.choice(WORDS)], [dice.choice(WORDS)]])
    files = {"县.xlsx": county_book().content(), "坏.xlsx": b"PK\x03\x04"}
    return Case(f"arguments: {command}", files, arguments, ANY, details=" ".join(arguments)[:200])
