"""Draw schools for site visits: by kind and area, reproducible by anybody, with a protocol.

Within each cell (办学类型 × 地区) schools stand in the order of the SHA-256 of ``seed|school code``, and the first are taken: who knows
seed and list can repeat the draw with any program, and nobody can choose a seed for one school without changing the others.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from fractions import Fraction
from typing import Any, TypeVar

import pandas as pd

from balance_analysis.assessment import CountyAssessment
from balance_analysis.errors import ParameterError
from balance_analysis.measures.columns import SchoolColumns, schools_of_year

COLUMNS = ("school_code", "school_name", "school_type", "stratum", "rank", "key", "drawn")
CELL = ["school_type", "stratum"]
Cell = TypeVar("Cell")


def draw_schools(county: CountyAssessment, *, number: int, seed: str) -> pd.DataFrame:
    """Every counted school of the county's year with its place in the draw.

    ``number`` schools are drawn, spread over the cells in proportion to their schools (largest remainders), at least one
    from each where the number allows. Columns: ``school_code, school_name, school_type, stratum`` (empty where unknown),
    ``rank`` (place within the cell, from 1), ``key`` (first 16 digits of the hash), ``drawn``. Sorted by cell and rank.
    Raises :class:`ParameterError` for a number below 1 or above the number of schools, and for an empty seed.
    """
    counted = schools_of_year(county.tables.schools, county.regime, year=county.year)
    schools = SchoolColumns(counted, counted.counts)
    if not seed.strip():
        raise ParameterError("请写明抽取种子（任意文字，如 2025-10-12 现场公布的号码）")
    if not 1 <= number <= len(schools):
        raise ParameterError(f"抽取数应为1至{len(schools)}（计入评估的学校数），收到{number}")
    frame = pd.DataFrame(
        {
            "school_code": schools.code,
            "school_name": schools.name,
            "school_type": schools.school_type,
            "stratum": schools.site_stratum[schools.head],
        }
    )
    frame["key"] = [
        hashlib.sha256(f"{seed}|{code}".encode()).hexdigest()[:16] for code in frame["school_code"]
    ]
    frame = frame.sort_values([*CELL, "key", "school_code"], ignore_index=True)
    frame["rank"] = frame.groupby(CELL).cumcount() + 1
    sizes: dict[Any, int] = {cell: int(size) for cell, size in frame.groupby(CELL).size().items()}
    wanted = allocate(sizes, number)
    cells = zip(*(frame[name] for name in CELL), strict=True)
    frame["drawn"] = [rank <= wanted[cell] for cell, rank in zip(cells, frame["rank"], strict=True)]
    return frame[list(COLUMNS)]


def allocate(sizes: Mapping[Cell, int], number: int) -> dict[Cell, int]:
    """Spread ``number`` over cells in proportion to their sizes by largest remainders, one each first where it suffices.

    No cell gets more than it has. Ties go to the larger cell, then to the earlier.

    >>> allocate({"a": 30, "b": 10, "c": 2}, 6)
    {'a': 4, 'b': 1, 'c': 1}
    >>> allocate({"a": 3, "b": 3}, 1)
    {'a': 1, 'b': 0}
    """
    total = sum(sizes.values())
    least = 1 if number >= len(sizes) else 0
    found = {cell: min(least, size) for cell, size in sizes.items()}
    shares = {cell: Fraction(number * size, total) for cell, size in sizes.items()}
    while sum(found.values()) < number:
        open_cells = [cell for cell in sizes if found[cell] < sizes[cell]]
        cell = max(open_cells, key=lambda one: (shares[one] - found[one], sizes[one]))
        found[cell] += 1
    return found
