"""Workbooks that are spoilt, and the case of a seed."""

from __future__ import annotations

import io
import random
import zipfile
from collections.abc import Callable, Mapping, Sequence

from balance_analysis.workbook.layouts import load_layout
from tests.campaign.books import NAMESPACE, RELATIONS, STYLES, Book, Raw, Rows, county_book, letters
from tests.campaign.cases import ANY, NOTICED, SAME, TOLD, Case
from tests.campaign.commands import command_case
from tests.campaign.layouts import other_case
from tests.campaign.sheet_parts import XML_MUTATIONS, Mutation, sheet_changed
from tests.campaign.texts import CSV_ASSESS, CSV_CHECK, argument_case, csv_case, csv_text, toml_case
from tests.hostile import HOSTILE, HOSTILE_NAMES

SCHOOLS, REQUIRED = load_layout("own_template").sheets[0].fields, 9
NUMBERS = [n for n, entry in enumerate(SCHOOLS) if entry.type in ("count", "quantity")]
FILLED_NUMBERS = [n for n in NUMBERS if county_book().sheets["学校"][1][n] is not None]
NAME, CODE, SCHOOL = (
    [entry.name for entry in SCHOOLS].index(name) for name in ("school_name", "division_code", "school_code")
)


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


def _merged(book: Book, dice: random.Random) -> None:
    """Two schools share a figure that stands in the first of two merged cells."""
    row, column = dice.randrange(1, 6), dice.choice(FILLED_NUMBERS)
    book.sheets["学校"][row + 1][column] = None
    area = f"{letters(column)}{row + 1}:{letters(column)}{row + 2}"
    merged = f'</sheetData><mergeCells><mergeCell ref="{area}"/></mergeCells>'
    sheet_changed("</sheetData>", merged)(book, dice)


def _scaled(book: Book, dice: random.Random) -> None:
    """A figure in a format that shows it divided."""
    row, column = _pick(book, dice)
    row[column] = Raw(f'<c{{r}} s="1"><v>{row[column]!r}</v></c>')
    code = dice.choice(["0,", "0.0,,", "0!.0000", "0\\.0,&quot;万&quot;"])
    number = f'<numFmts><numFmt numFmtId="170" formatCode="{code}"/></numFmts><fonts>'
    styles = STYLES.replace("<fonts>", number, 1).replace('numFmtId="9"', 'numFmtId="170"')
    book.members["xl/styles.xml"] = styles.encode()


def _declared_texts(book: Book, dice: random.Random) -> None:
    """A list of texts that says it is enormous; nothing refers to it."""
    head = dice.choice(
        [
            'uniqueCount="2147483647"',
            "count='9' uniqueCount = '99999999999'",
            'x=">" uniqueCount="2147483647"',
        ]
    )
    book.members["xl/sharedStrings.xml"] = f'<sst xmlns="{NAMESPACE}" {head}><si><t>x</t></si></sst>'.encode()
    relation = (
        f'<Relationship Id="rT" Type="{RELATIONS}/sharedStrings" Target="sharedStrings.xml"/></Relationships>'
    )
    with zipfile.ZipFile(io.BytesIO(book.content())) as archive:
        relations = archive.read("xl/_rels/workbook.xml.rels").decode()
    book.members["xl/_rels/workbook.xml.rels"] = relations.replace("</Relationships>", relation).encode()


TEXTS = (
    "无", "约480", "12 5", "１２人", "85%", "=1+1", "0x10", "1e", "480人", "1.2万", "3,00", "1'200", "（5）", "5-", "½", "三百", "1/2", "∞",
    "1.#INF", "1.#QNAN", "-nan", "#REF!", "480。", "4.8.0", "480*", "480①", "#####", "<480", "480±5", "1 200", "1，200", "+480", "４８０．５",
)  # fmt: skip

BOOK_MUTATIONS: Mapping[str, tuple[Mutation, str]] = {
    **XML_MUTATIONS,
    "text in a number": (_cell(*TEXTS), TOLD),
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
    "figures merged": (_merged, TOLD),
    "a row of no height": (sheet_changed('<row r="3"', '<row r="3" ht="0"', '<row ht="0.0" r="3"'), TOLD),
    "figures shown divided": (_scaled, TOLD),
    "texts declared": (_declared_texts, SAME),
}


def make_case(seed: int) -> Case:
    """The case of a seed; the same for ever."""
    dice = random.Random(f"case {seed}")
    kinds = [workbook_case, csv_case, toml_case, argument_case, other_case, command_case]
    return dice.choices(kinds, [48, 12, 8, 8, 12, 12])[0](dice)


def good_inputs() -> Mapping[str, Case]:
    """What the cases are compared with."""
    book, text = county_book().content(), csv_text().encode()
    return {
        "book assess": Case("good", {"县.xlsx": book}, ASSESS, ANY),
        "book check": Case("good", {"县.xlsx": book}, CHECK, ANY),
        "csv assess": Case("good", {"县.csv": text}, CSV_ASSESS, ANY),
        "csv check": Case("good", {"县.csv": text}, CSV_CHECK, ANY),
    }
