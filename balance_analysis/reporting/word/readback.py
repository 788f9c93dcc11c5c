"""Read a finished Word file back, as a suspicious reader would."""

from __future__ import annotations

import os
import re
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from docx.oxml import parse_xml
from docx.oxml.ns import qn

from balance_analysis.errors import ReportError
from balance_analysis.reporting.readback import problems_of_text
from balance_analysis.words import say

_TEXT_PARTS: Final = re.compile(r"word/(?:document|header\d*|footer\d*)\.xml")
_HEADERS: Final = re.compile(r"word/header\d*\.xml")


def word_lines(path: str | os.PathLike[str]) -> list[str]:
    """The text of each paragraph of the body, heads and feet, in the order of the file; numbers that Word makes itself are not in it."""
    return [line for name, lines in _lines(path).items() if _TEXT_PARTS.fullmatch(name) for line in lines]


def _lines(path: str | os.PathLike[str]) -> dict[str, list[str]]:
    found = {}
    with zipfile.ZipFile(Path(path)) as parts:
        for name in parts.namelist():
            if _TEXT_PARTS.fullmatch(name):
                root = parse_xml(parts.read(name))
                found[name] = [
                    "".join(text.text or "" for text in one.iter(qn("w:t"))) for one in root.iter(qn("w:p"))
                ]
    return found


def verify_docx(
    path: str | os.PathLike[str],
    expected: Sequence[str],
    *,
    on_every_page: Sequence[str] = (),
    known: Sequence[str] = (),
) -> None:
    """Raise ``ReportError`` as :func:`balance_analysis.reporting.readback.verify_pdf`; every page means every running head with text."""
    found = _lines(path)
    whole = "\n".join(line for lines in found.values() for line in lines)
    problems = problems_of_text(whole, [*expected, *on_every_page], known=known)
    for text in on_every_page:
        heads = ["".join(lines) for name, lines in found.items() if _HEADERS.fullmatch(name)]
        problems += [say("word.head_lacks", text=text) for head in heads if head and text not in head]
    if problems:
        raise ReportError(f"报告 {os.fspath(path)} 核对未通过：\n" + "\n".join(problems))
