"""Cell maps as data: which cell of which 教基 form holds which field, and what its printed titles must say."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Annotated

from balance_analysis.errors import BalanceAnalysisError
from balance_analysis.strict_toml import folder_texts, one_of, parse_record, read_toml, toml_key
from balance_analysis.terms import Stage
from balance_analysis.workbook.header_paths import split_path
from balance_analysis.workbook.layouts import load_layout, own_fields

GRADE_NAMES = ("一年级", "二年级", "三年级", "四年级", "五年级", "六年级", "七年级", "八年级", "九年级")
ENROLMENT_TITLE = "在校生数|在校学生数"
FIRST_GRADE_OF = {Stage.PRIMARY.value: 1, Stage.JUNIOR_SECONDARY.value: 7}


@dataclass(frozen=True)
class MappedCell:
    """One field of a form. ``cell`` is its address, or a range in which the titles pick one; without it they pick it alone.

    ``row`` and ``column`` must all be found among the printed titles beside and above (``|`` parts wordings); ``beside`` are
    labels whose neighbour on the right is the value. ``optional``: a form without it is not refused.
    """

    field: str
    cell: str = ""
    row: tuple[str, ...] = ()
    column: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    optional: bool = dataclasses.field(default=False, metadata=toml_key(None))


@dataclass(frozen=True)
class Form:
    """One numbered form; ``class_sizes`` and ``grades`` add its bands of class sizes and its grades, found by titles."""

    number: str
    name: str
    stage: Annotated[str, one_of("", *Stage)] = ""
    cells: tuple[MappedCell, ...] = dataclasses.field(default=(), metadata=toml_key("cell"))
    class_sizes: bool = False
    grades: tuple[int, ...] = ()

    def all_cells(self) -> Iterator[MappedCell]:
        """The cells as written, then the bands of class sizes and the grades."""
        yield from self.cells
        if self.class_sizes:
            yield MappedCell(f"{self.stage}_classes", row=("计",), column=("计",))
            for name, title in _bands(self.stage):
                yield MappedCell(name, row=(title,), column=("计",))
        for grade in self.grades:
            own = GRADE_NAMES[grade - 1]
            within = GRADE_NAMES[grade - FIRST_GRADE_OF[self.stage]]
            title = own if own == within else f"{own}|{within}"
            yield MappedCell(
                f"grade_{grade}_pupils", row=("计",), column=(ENROLMENT_TITLE, title), optional=True
            )


@dataclass(frozen=True)
class CellMap:
    """The forms of the years from ``first_year`` on, until the next map begins."""

    id: str
    name: str
    source: str
    first_year: int
    forms: tuple[Form, ...] = dataclasses.field(metadata=toml_key("form"))

    def form(self, number: str) -> Form | None:
        """A form by its number; None where the map does not have it."""
        return next((form for form in self.forms if form.number == number), None)


def _bands(stage: str) -> Iterator[tuple[str, str]]:
    """Fields of the bands of class sizes with the titles that the platform's export gives them."""
    for item in load_layout(f"national_statistics_{stage}").sheets[0].fields:
        if item.name.startswith(f"{stage}_classes_"):
            yield item.name, split_path(item.header)[-1]


def parse_cell_map(text: str, where: str) -> CellMap:
    """Read one map strictly; :class:`BalanceAnalysisError` tells every problem at once."""
    problems: list[str] = []
    found = parse_record(CellMap, read_toml(text, where, error=BalanceAnalysisError), where, problems)
    known = own_fields()
    for form in found.forms if found is not None else ():
        for cell in form.cells:
            place = f"{where} 教基{form.number} {cell.field}"
            if cell.field not in known:
                problems.append(f"{place}：没有这个字段")
            if bool(cell.beside) == bool(cell.row):
                problems.append(f"{place}：row 与 beside 须填且只填一个")
    if problems or found is None:
        raise BalanceAnalysisError("\n".join(problems))
    return found


@cache
def cell_maps() -> tuple[CellMap, ...]:
    """The shipped maps, latest first.

    >>> [(found.id, found.form("3112").stage) for found in cell_maps()]
    [('basic_statistics_2021', 'primary')]
    """
    texts = folder_texts(
        resources.files("balance_analysis.workbook") / "cell_maps", error=BalanceAnalysisError
    )
    found = (parse_cell_map(text, f"单元格对照 {name}") for name, text in texts.items())
    return tuple(sorted(found, key=lambda one: -one.first_year))


def map_of_year(year: int | None) -> CellMap | None:
    """The map of a school year; the latest where the year is not known, None where no map reaches back so far."""
    return next((found for found in cell_maps() if year is None or found.first_year <= year), None)
