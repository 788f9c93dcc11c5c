"""Seeded mutations: what is done to a good input, and what must be seen of it.

``told``: the run must say something that it does not say of the good input, or fail. ``same``: the figures must be
those of the good input. ``noticed``: if the figures differ, something must be said. ``any``: nothing but a decent end.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path

from balance_analysis.workbook.layouts import load_layout
from tests.campaign.books import Book, Raw, Rows, county_book
from tests.hostile import HOSTILE, HOSTILE_NAMES, OPEN_DATA_COLUMNS

TOLD, SAME, NOTICED, ANY = "told", "same", "noticed", "any"
SCHOOLS, REQUIRED = load_layout("own_template").sheets[0].fields, 9
NUMBERS = [n for n, entry in enumerate(SCHOOLS) if entry.type in ("count", "quantity")]
FILLED_NUMBERS = [n for n in NUMBERS if county_book().sheets["学校"][1][n] is not None]
NAME, CODE, SCHOOL = (
    [entry.name for entry in SCHOOLS].index(name) for name in ("school_name", "division_code", "school_code")
)


@dataclass
class Case:
    """One input of the program: its files, its arguments (file names stand for themselves), and what must be seen."""

    name: str
    files: dict[str, bytes]
    arguments: list[str]
    expected: str
    base: str = ""
    details: str = field(default="")


def make_case(seed: int) -> Case:
    """The case of a seed; the same for ever."""
    dice = random.Random(f"case {seed}")
    kind = dice.choices([workbook_case, csv_case, toml_case, argument_case], [62, 14, 14, 10])[0]
    return kind(dice)


# --- workbooks --------------------------------------------------------------------------------------------------

ASSESS = ["assess", "县.xlsx", "--regime", "quality_balance_2017", "-o", "out"]
CHECK = ["check", "县.xlsx"]


def workbook_case(dice: random.Random) -> Case:
    """A workbook with one thing done to it."""
    name = dice.choice(list(BOOK_MUTATIONS))
    mutate, expected = BOOK_MUTATIONS[name]
    book = county_book()
    found = mutate(book, dice)
    content = found if isinstance(found, bytes) else book.content()
    figures = expected in (SAME, NOTICED) or dice.random() < 0.1
    command = "assess" if figures else "check"
    arguments = ASSESS if figures else CHECK
    return Case(f"workbook: {name}", {"县.xlsx": content}, list(arguments), expected, f"book {command}")


Mutation = Callable[[Book, random.Random], bytes | None]


def _pick(
    book: Book, dice: random.Random, columns: Sequence[int] = FILLED_NUMBERS
) -> tuple[list[object], int]:
    rows: Rows = book.sheets["学校"]
    return rows[dice.randrange(1, len(rows))], dice.choice(columns)  # type: ignore[return-value]


def _cell(*values: object, columns: Sequence[int] = FILLED_NUMBERS) -> Mutation:
    def mutate(book: Book, dice: random.Random) -> None:
        row, column = _pick(book, dice, columns)
        row[column] = dice.choice(values)

    return mutate


def _rewritten(change: Callable[[str], object]) -> Mutation:
    """A filed figure in another way of writing."""

    def mutate(book: Book, dice: random.Random) -> None:
        row, column = _pick(book, dice)
        row[column] = change(str(row[column]))

    return mutate


def _hidden(book: Book, dice: random.Random) -> None:
    what = dice.choice(["row", "column", "sheet"])
    if what == "row":
        book.hidden_rows["学校"] = {dice.randrange(2, 8)}
    elif what == "column":
        book.hidden_columns["学校"] = {dice.choice(FILLED_NUMBERS)}
    else:
        book.states[dice.choice(["学校", "区县", "佐证", "任务"])] = dice.choice(["hidden", "veryHidden"])


def _emptied(book: Book, dice: random.Random) -> None:
    name = dice.choice(list(book.sheets))
    del book.sheets[name][dice.choice([0, 1]) :]


def _doubled(book: Book, dice: random.Random) -> None:
    rows = book.sheets[dice.choice(list(book.sheets))]
    rows.append(list(rows[dice.randrange(1, len(rows))]))


def _sheet_gone(book: Book, dice: random.Random) -> None:
    name = dice.choice(list(book.sheets))
    rows = book.sheets.pop(name)
    if dice.random() < 0.7:
        book.sheets[dice.choice([name + "1", name[0], "Sheet1", name.replace("学", "學") + "x"])] = rows


def _sheet_twice(book: Book, dice: random.Random) -> None:
    name = dice.choice(list(book.sheets))
    book.sheets[dice.choice([name + " ", " " + name, name[0] + " " + name[1:]])] = [
        list(row) for row in book.sheets[name]
    ]


def _header_spoilt(book: Book, dice: random.Random) -> None:
    header = book.sheets["学校"][0]
    column = dice.randrange(len(header))
    header[column] = dice.choice(
        [None, "x", header[column - 1], f"{header[column]}数", str(header[column])[:-1]]
    )


def _columns_swapped(book: Book, dice: random.Random) -> None:
    order = list(range(len(SCHOOLS)))
    dice.shuffle(order)
    book.sheets["学校"] = [[row[n] for n in order] for row in book.sheets["学校"]]


def _sheets_swapped(book: Book, dice: random.Random) -> None:
    names = list(book.sheets)
    dice.shuffle(names)
    book.sheets = {name: book.sheets[name] for name in names}


def _blank_rows(book: Book, dice: random.Random) -> None:
    book.sheets["学校"].insert(dice.randrange(1, 8), [None] * len(SCHOOLS))


def _no_addresses(book: Book, dice: random.Random) -> None:
    book.addresses = False


def _prefixed(book: Book, dice: random.Random) -> None:
    book.before = dice.choice(
        ["<!-- c -->", '<?xml version="1.0"?>', '<?xml version="1.0" encoding="utf-8"?><!-- x -->']
    )


def _entities(book: Book, dice: random.Random) -> None:
    book.before = dice.choice(
        ['<!DOCTYPE a [<!ENTITY b "c">]>', "<!DOCTYPE a>", '<!DOCTYPE a SYSTEM "file:///etc/passwd">']
    )


def _far(book: Book, dice: random.Random) -> None:
    book.far[dice.choice(list(book.sheets))] = dice.choice(["XFD1048576", "A1048576", "XFD20000", "CR900000"])


def _named(book: Book, dice: random.Random) -> None:
    """Another name of a school, however hostile, changes no figure."""
    row, column = _pick(book, dice, [NAME])
    name = dice.choice(list(HOSTILE_NAMES.values()))
    for other in book.sheets["学校"][1:]:
        if other[SCHOOL] == row[SCHOOL]:
            other[column] = name


def _coded(book: Book, dice: random.Random) -> None:
    row, column = _pick(book, dice, [CODE])
    row[column] = dice.choice(
        [code for code in HOSTILE.values() if "{" not in code and "\0" not in code and "\x1b" not in code]
    )


def _lines(book: Book, dice: random.Random) -> None:
    rows = book.sheets["学校"]
    rows += [[2017] for _ in range(dice.choice([50, 3000]))]


def _flipped(book: Book, dice: random.Random) -> bytes:
    content = bytearray(book.content())
    for _ in range(dice.choice([1, 1, 3, 20])):
        content[dice.randrange(len(content))] = dice.randrange(256)
    return bytes(content)


def _cut(book: Book, dice: random.Random) -> bytes:
    content = book.content()
    return content[: dice.randrange(len(content))]


def _zeroed(book: Book, dice: random.Random) -> bytes:
    content = bytearray(book.content())
    start = dice.randrange(len(content))
    content[start : start + 200] = bytes(len(content[start : start + 200]))
    return bytes(content)


def _xml_flipped(book: Book, dice: random.Random) -> None:
    """A sheet's XML with letters changed, in a sound archive: digits may change, so only a decent end is asked for."""
    xml = bytearray(book._sheet("学校").encode())
    for _ in range(dice.choice([1, 3])):
        xml[dice.randrange(len(xml))] = dice.choice(b'<>/"&= 09azAZ')
    book.members["xl/worksheets/sheet1.xml"] = bytes(xml)


def _workbook_flipped(book: Book, dice: random.Random) -> None:
    text = bytearray(book.content() and b"")
    name = dice.choice(["xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/styles.xml"])
    text += b"<x" * dice.choice([0, 1, 2000]) + b'<sheet name="&#1;" r:id="9">'
    book.members[name] = bytes(text)


BOOK_MUTATIONS: Mapping[str, tuple[Mutation, str]] = {
    "text in a number": (_cell("无", "约480", "12 5", "１２人", "85%", "=1+1", "0x10", "1e"), TOLD),
    "an impossible number": (_cell(1e300, -5.0, 1e12, 1.5e308, "1e999", "-1", "9" * 400), TOLD),
    "no finite number": (
        _cell(Raw("<c{r}><v>NaN</v></c>"), Raw("<c{r}><v>inf</v></c>"), "nan", "Infinity"),
        TOLD,
    ),
    "too small a number": (_cell(Raw("<c{r}><v>1e-400</v></c>"), "1e-400"), TOLD),
    "too many digits": (_cell(Raw("<c{r}><v>0.12345678901234567891</v></c>"), "12.123456789012345678"), TOLD),
    "a percentage": (_cell(Raw('<c{r} s="1"><v>1</v></c>'), Raw('<c s="1"{r}><v>0.95</v></c>')), TOLD),
    "a code in a number": (_rewritten(lambda text: "00" + text), TOLD),
    "full-width digits": (
        _rewritten(lambda text: text.translate({ord(c): ord(c) + 0xFEE0 for c in "0123456789"})),
        TOLD,
    ),
    "a number as text": (_rewritten(str), TOLD),
    "blanks around a number": (_rewritten(lambda text: f"\u3000{text}\u200b "), TOLD),
    "a truth value": (_cell(True, False), TOLD),
    "an error value": (
        _cell(Raw('<c{r} t="e"><v>#DIV/0!</v></c>'), Raw('<c{r} t="e"><f>1/0</f><v>#N/A</v></c>')),
        TOLD,
    ),
    "a formula without value": (_cell(Raw("<c{r}><f>A1</f></c>"), Raw("<c{r}><f>A1</f><v></v></c>")), TOLD),
    "an empty number": (_cell(Raw("<c{r}><v></v></c>"), Raw("<c{r}><v/></c>")), TOLD),
    "a required blank": (_cell(None, " ", "\u200b", columns=[0, CODE, 2, SCHOOL, NAME]), TOLD),
    "an unknown word": (_cell("小学校", "X", "999", columns=[5, 7]), TOLD),
    "a wrong year": (_cell("二〇一七", 17.0, "2017-2019", 20177.0, columns=[0]), TOLD),
    "something hidden": (_hidden, TOLD),
    "a sheet emptied": (_emptied, TOLD),
    "a row doubled": (_doubled, TOLD),
    "a sheet gone or renamed": (_sheet_gone, TOLD),
    "a sheet twice": (_sheet_twice, TOLD),
    "a header spoilt": (_header_spoilt, TOLD),
    "columns in another order": (_columns_swapped, SAME),
    "sheets in another order": (_sheets_swapped, SAME),
    "a blank row": (_blank_rows, SAME),
    "cells without addresses": (_no_addresses, SAME),
    "comments and declarations": (_prefixed, SAME),
    "entities": (_entities, TOLD),
    "a far cell": (_far, TOLD),
    "a hostile name": (_named, SAME),
    "a hostile code": (_coded, TOLD),
    "lines of one cell": (_lines, TOLD),
    "bytes flipped": (_flipped, NOTICED),
    "the end cut off": (_cut, TOLD),
    "bytes zeroed": (_zeroed, NOTICED),
    "XML flipped": (_xml_flipped, ANY),
    "a member spoilt": (_workbook_flipped, NOTICED),
}


# --- open data ----------------------------------------------------------------------------------------------------

CSV_ASSESS = ["assess", "县.csv", "--regime", "basic_balance_2012", "-o", "out"]


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
    return Case(f"csv: {kind}", {"县.csv": content}, list(CSV_ASSESS), expected, "csv assess")


# --- TOML -----------------------------------------------------------------------------------------------------------


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
    lines = text.splitlines()
    kind = dice.choice(["flip", "value", "value", "value", "delete", "double", "encoding", "cut", "shape"])
    content = text.encode()
    if kind == "flip":
        spoilt = bytearray(content)
        for _ in range(dice.choice([1, 3, 30])):
            spoilt[dice.randrange(len(spoilt))] = dice.randrange(256)
        content = bytes(spoilt)
    elif kind == "value":
        settings = [n for n, line in enumerate(lines) if " = " in line]
        number = dice.choice(settings)
        lines[number] = lines[number].split(" = ")[0] + " = " + dice.choice(TOML_VALUES)
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
    files = {"file.toml": content, "县.csv": csv_text().encode(), "坏.xlsx": b"no workbook"}
    return Case(f"toml: {name} {kind}", files, arguments, ANY)


# --- arguments ------------------------------------------------------------------------------------------------------

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


def good_inputs() -> Mapping[str, Case]:
    """What the cases are compared with."""
    book, text = county_book().content(), csv_text().encode()
    return {
        "book assess": Case("good", {"县.xlsx": book}, ASSESS, ANY),
        "book check": Case("good", {"县.xlsx": book}, CHECK, ANY),
        "csv assess": Case("good", {"县.csv": text}, CSV_ASSESS, ANY),
    }


def write(case: Case, folder: Path) -> None:
    """Lay a case's files out in a folder."""
    for name, content in case.files.items():
        (folder / name).write_bytes(content)
