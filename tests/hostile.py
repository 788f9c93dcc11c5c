"""THE shared set of hostile texts for all tests: whatever shows, writes or names something tries ``HOSTILE_NAMES`` and ``HOSTILE``.

``HOSTILE``: codes that must never become a path or a pattern. ``HOSTILE_NAMES``: names of schools, counties and offices that mean
something to a program that shows them (Markdown, HTML, typst, LaTeX, formulas, links); they stay text wherever they appear. A name is
shown as ``balance_analysis.workbook.cells.clean`` leaves it, in a CSV through ``words.inert.inert``.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

HOSTILE: Mapping[str, str] = {
    "a way up": "../../x",
    "an absolute path": "{folder}/evil",
    "the folder above": "..",
    "the folder itself": ".",
    "a class of digits": "[0-9][0-9]",
    "every name": "*",
    "a sign for any sign": "37032?",
    "a drive": "C:\\x",
    "a share": "\\\\host\\share",
    "a device": "CON",
    "a device in small letters": "lpt1",
    "a stream": "01:x",
    "a NUL": "01\0x",
    "a line break": "01\n02",
    "an escape sequence": "01\x1b[2J",
    "a turn of the reading direction": "01\u202e10",
    "a full-width path": "．．／x",
    "digits of another script": "٠١",
    "an over-long code": "0" * 300,
    "a home": "~",
    "a dot at the end": "01.",
    "markup": "<01>",
}
"""What it is → the code; ``{folder}`` stands for a folder of the test."""

HOSTILE_NAMES: Mapping[str, str] = {
    "Markdown": "**校** _一_ `x` [甲](http://x) ![乙](x.png) # - 1.",
    "Markdown headings": "# 一小\\n---",
    "HTML": "<script>alert(1)</script><img src=x onerror=alert(1)>&amp;&#x41;",
    "a closing tag": "</td></table></svg>]]>",
    "typst": '#import "x.typ": * #eval("1+1") $x$ *a* _b_ @ref <label> \\ #[甲]',
    "LaTeX": "\\input{/etc/passwd} $\\frac{1}{2}$ \\write18{ls} %注",
    "a formula": '=HYPERLINK("http://x","甲")',
    "a formula of another kind": "+1+cmd|' /C calc'!A0",
    "a formula with at": "@SUM(1+1)*cmd|'/C calc'!A0",
    "a formula with minus": "-2+3",
    "a link": "http://example.org/校 mailto:a@b file:///etc/passwd",
    "a path": "../../校/..\\x",
    "quotation marks": "“甲”『乙』\"丙\"'丁'",
    "separators": "甲,乙;丙\t丁|戊",
    "braces": "{{ 7*7 }} {name} %s %(x)s ${x}",
    "JSON": '{"a": [1]}',
    "a turn of the reading direction": "第一\u202e学小\u202c",
    "unseen signs": "第\u200b一\u200d小\u00ad学\ufeff",
    "a rare character": "\U00020bb7田小学",
    "a character of private use": "\ue000小学",
    "an emoji": "🏫小学",
    "an over-long name": "长" * 300,
    "another script": "مدرسة школа 초등학교",
    "a combining mark": "é́́́́小学",
    "a number": "0012",
    "a blank look": "NA",
    "a missing look": "nan",
}
"""What it is → a name of a school or county that means something to some program that shows it."""

COUNTY_OF_CODE = "敌意县"
OPEN_DATA_COLUMNS = (
    "school_year", "county_code", "county", "school_code", "school_name", "private", "remote_113", "students",
    "classes", "teachers", "staff",
)  # fmt: skip


def code_of(what: str, folder: Path) -> str:
    """The code of that kind, an absolute one into ``folder``."""
    return HOSTILE[what].replace("{folder}", str(folder))


def write_open_data(path: Path, counties: Mapping[str, str], *, year: int = 2020) -> Path:
    """Open data with two schools for each code → county name."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(OPEN_DATA_COLUMNS)
        for number, (code, county) in enumerate(counties.items(), start=1):
            for school in (1, 2):
                name = f"模拟{number}{school}國小"
                serial = f"{number:05d}{school}"
                writer.writerow((year, code, county, serial, name, 0, "general", 300, 12, 20 + school, 25))
    return path


def files_under(folder: Path, *, but: Sequence[Path] = ()) -> dict[str, bytes]:
    """Every file, link and folder below ``folder`` with its content; what lies in ``but`` is left out."""
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else b""
        for path in sorted(folder.rglob("*"))
        if not any(path == left or left in path.parents for left in but)
    }
