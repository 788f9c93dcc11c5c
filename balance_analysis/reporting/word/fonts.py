"""The fonts that Word papers name: those that Windows and WPS bring, each with its Latin partner, and what else each is called."""

from __future__ import annotations

from typing import Final

from docx.oxml.ns import nsdecls

SONG: Final = ("宋体", "Times New Roman")
HEI: Final = ("黑体", "Arial")
FANG: Final = ("仿宋", "Times New Roman")
KAI: Final = ("楷体", "Times New Roman")
XIAOBIAO: Final = ("方正小标宋简体", "Times New Roman")
Font = tuple[str, str]
"""A Chinese font and the Latin one that goes with it."""


def font_table() -> bytes:
    """The fonts of all papers with the other name and the kind of each, for machines that lack them."""
    song, hei = ("auto", "02010600030101010101"), ("modern", "02010609060101010101")
    kinds = {
        "宋体": ("SimSun", *song),
        "黑体": ("SimHei", *hei),
        "仿宋": ("FangSong", *hei),
        "楷体": ("KaiTi", *hei),
        "方正小标宋简体": ("SimSun", *song),
    }
    chinese = "".join(
        f'<w:font w:name="{name}"><w:altName w:val="{other}"/><w:panose1 w:val="{panose}"/><w:charset w:val="86"/>'
        f'<w:family w:val="{family}"/><w:pitch w:val="variable"/></w:font>'
        for name, (other, family, panose) in kinds.items()
    )
    latin = "".join(
        f'<w:font w:name="{name}"><w:charset w:val="00"/><w:family w:val="{family}"/><w:pitch w:val="variable"/></w:font>'
        for name, family in (("Times New Roman", "roman"), ("Arial", "swiss"))
    )
    head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    return f"{head}<w:fonts {nsdecls('w')}>{chinese}{latin}</w:fonts>".encode()
