"""Workbooks whose XML says something that no library would write: addresses, kinds of cells, lists, names of sheets."""

from __future__ import annotations

import io
import random
import zipfile
from collections.abc import Callable, Mapping

from tests.campaign.books import NAMESPACE, RELATIONS, STYLES, Book, Raw, letters
from tests.campaign.cases import ANY, NOTICED, SAME, TOLD

Mutation = Callable[[Book, random.Random], bytes | None]


def sheet_changed(before: str, *after: str) -> Mutation:
    """Something in the XML of the schools' sheet replaced once."""

    def mutate(book: Book, dice: random.Random) -> None:
        xml = book._sheet("学校").replace(before, dice.choice(after), 1)
        book.members["xl/worksheets/sheet1.xml"] = xml.encode()

    return mutate


def _columns(book: Book) -> list[int]:
    """Columns of the schools whose first row holds a figure, but for years and codes."""
    return [n for n, value in enumerate(book.sheets["学校"][1]) if isinstance(value, int | float) and n > 8]


def _raw(*ways: str) -> Mutation:
    """A figure in another kind of cell; ``{v}`` stands for the figure."""

    def mutate(book: Book, dice: random.Random) -> None:
        row, column = book.sheets["学校"][dice.randrange(1, 7)], dice.choice(_columns(book))
        row[column] = Raw(dice.choice(ways).replace("{v}", f"{row[column]}"))

    return mutate


def _formatted(*codes: str) -> Mutation:
    """A figure in a number format of one's own."""

    def mutate(book: Book, dice: random.Random) -> None:
        _raw('<c{r} s="1"><v>{v}</v></c>')(book, dice)
        number = f'<numFmts><numFmt numFmtId="170" formatCode="{dice.choice(codes)}"/></numFmts><fonts>'
        styles = STYLES.replace("<fonts>", number, 1).replace('numFmtId="9"', 'numFmtId="170"')
        book.members["xl/styles.xml"] = styles.encode()

    return mutate


def _changed_part(part: str, change: Callable[[str, random.Random], str]) -> Mutation:
    """A part of the archive written in another way."""

    def mutate(book: Book, dice: random.Random) -> None:
        with zipfile.ZipFile(io.BytesIO(book.content())) as archive:
            book.members[part] = change(archive.read(part).decode(), dice).encode()

    return mutate


def _one_name(text: str, dice: random.Random) -> str:
    """Two sheets of one name."""
    names = ["学校", "区县", "佐证", "任务"]
    one, other = dice.sample(names, 2)
    return text.replace(f'"{one}"', f'"{other}"')


def _one_target(text: str, dice: random.Random) -> str:
    """Two sheets that are one part."""
    one, other = dice.sample("1234", 2)
    return text.replace(f"sheet{one}.xml", f"sheet{other}.xml")


def _no_target(text: str, dice: random.Random) -> str:
    """A sheet whose part is not there, or lies outside."""
    target = dice.choice(
        ["worksheets/none.xml", "../../../etc/passwd", "/xl/none.xml", "", "file:///etc/passwd"]
    )
    return text.replace(f"worksheets/sheet{dice.choice('1234')}.xml", target)


def _shared(book: Book, dice: random.Random) -> None:
    """A figure that is the number of a text in a list that has no such text, or no list."""
    _raw('<c{r} t="s"><v>9</v></c>', '<c{r} t="s"><v>-1</v></c>', '<c{r} t="s"><v>x</v></c>')(book, dice)
    if dice.random() < 0.5:
        return
    listed = dice.choice(
        ["<si><t>x</t></si>", "<si/>", "", "<si><t>x</si>", "<si><t>" + "x" * 40000 + "</t></si>"]
    )
    book.members["xl/sharedStrings.xml"] = f'<sst xmlns="{NAMESPACE}">{listed}</sst>'.encode()
    relation = (
        f'<Relationship Id="rT" Type="{RELATIONS}/sharedStrings" Target="sharedStrings.xml"/></Relationships>'
    )
    _changed_part("xl/_rels/workbook.xml.rels", lambda text, _: text.replace("</Relationships>", relation))(
        book, dice
    )


def _address(book: Book, dice: random.Random) -> None:
    """A cell that stands at another cell's address, or at none."""
    column, row = dice.choice(_columns(book)), dice.randrange(2, 8)
    own = f'r="{letters(column)}{row}"'
    other = f'r="{letters(column - 1)}{row}"'
    new = dice.choice(
        [other, 'r="A0"', 'r="0"', 'r=""', 'r="一1"', 'r="ZZZZ1"', 'r="A99999999999"', 'r="-1"']
    )
    sheet_changed(own, new)(book, dice)


def _row_number(book: Book, dice: random.Random) -> None:
    """A row that has another row's number, or none."""
    new = dice.choice(['r="2"', 'r="0"', 'r="-1"', 'r="x"', 'r="99999999999"', 'r="1"'])
    sheet_changed('<row r="5"', f"<row {new}")(book, dice)


def _rich(book: Book, dice: random.Random) -> None:
    """A name in runs of its own looks, with a reading aid: the same name."""
    row = book.sheets["学校"][dice.randrange(1, 7)]
    column = next(n for n, value in enumerate(row) if isinstance(value, str) and value.endswith("小学"))
    name = str(row[column])
    runs = f"<r><rPr><b/></rPr><t>{name[:2]}</t></r><r><t>{name[2:]}</t></r>"
    aid = dice.choice(["", '<rPh sb="0" eb="1"><t>dì</t></rPh>'])
    row[column] = Raw(f'<c{{r}} t="inlineStr"><is>{runs}{aid}</is></c>')


XML_MUTATIONS: Mapping[str, tuple[Mutation, str]] = {
    "a formula with its value": (_raw("<c{r}><f>1+1</f><v>{v}</v></c>"), SAME),
    "a text as a formula's value": (
        _raw('<c{r} t="str"><f>A1</f><v>#REF!</v></c>', '<c{r} t="str"><f>A1</f><v>甲</v></c>'),
        TOLD,
    ),
    "another error value": (
        _raw('<c{r} t="e"><v>#REF!</v></c>', '<c{r} t="e"><v>#NAME?</v></c>', '<c{r} t="e"><v>#OOPS</v></c>'),
        TOLD,
    ),
    "a date in a number": (_raw('<c{r} t="d"><v>2017-09-01</v></c>', '<c{r} t="d"><v>x</v></c>'), TOLD),
    "a date's format": (
        _formatted("yyyy/m/d", "yyyy&quot;年&quot;m&quot;月&quot;", "h:mm", "[h]:mm", "d"),
        TOLD,
    ),
    "a format that hides": (
        _formatted(";;;", "&quot;480&quot;", "0&quot;0&quot;", "0\\0", "&quot;1&quot;0", "-0", "0%"),
        TOLD,
    ),
    "a format that changes nothing": (
        _formatted("0", "0.00", "#,##0", "General", "@", "0_ ", "0&quot;人&quot;"),
        SAME,
    ),
    "an unknown kind of cell": (_raw('<c{r} t="zzz"><v>{v}</v></c>', '<c{r} t=""><v>{v}</v></c>'), NOTICED),
    "an unknown format": (
        _raw('<c{r} s="99999"><v>{v}</v></c>', '<c{r} s="-1"><v>{v}</v></c>', '<c{r} s="x"><v>{v}</v></c>'),
        NOTICED,
    ),
    "two values in a cell": (_raw("<c{r}><v>{v}</v><v>7</v></c>", "<c{r}><v>7</v><v>{v}</v></c>"), NOTICED),
    "parts of a value": (
        _raw("<c{r}><v>{v}<!-- 1 -->0</v></c>", "<c{r}><v>{v}<x>0</x></v></c>", "<c{r}><v>{v}&#48;</v></c>"),
        ANY,
    ),
    "two sheets of one name": (_changed_part("xl/workbook.xml", _one_name), TOLD),
    "two sheets in one part": (_changed_part("xl/_rels/workbook.xml.rels", _one_target), TOLD),
    "a sheet without part": (_changed_part("xl/_rels/workbook.xml.rels", _no_target), TOLD),
    "a broken list of texts": (_shared, TOLD),
    "another address": (_address, TOLD),
    "another row number": (_row_number, NOTICED),
    "rows that are not filed hidden": (
        sheet_changed("<sheetData>", '<sheetFormatPr zeroHeight="1"/><sheetData>'),
        SAME,
    ),
    "columns of no width": (
        sheet_changed("<sheetData>", '<cols><col min="9" max="16384" width="0"/></cols><sheetData>'),
        TOLD,
    ),
    "a name in runs": (_rich, SAME),
}
"""What is done → how, and what must be seen of it."""
