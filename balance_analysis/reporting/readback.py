"""Read a finished PDF back, as a suspicious reader would."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pypdfium2 as pdfium  # type: ignore[import-untyped]

from balance_analysis.errors import ReportError
from balance_analysis.typefaces import settable

_SUPPLEMENT_RADICALS = str.maketrans(
    "⺀⺁⺄⺆⺈⺊⺌⺍⺕⺗⺙⺛⺝⺟⺠⺤⺥⺧⺪⺬⺮⺶⺷⺸⺻⺼⻁⻄⻅⻆⻈⻉⻋⻌⻓⻔⻘⻙⻚⻛⻜⻝⻠⻢⻣⻤⻥⻦⻧⻨⻩⻬⻮⻰⻳",
    "冫厂乙冂刀卜小小彐心攵旡月母民爪爪牛疋示竹羊羊羊聿月虎西见角讠贝车辶长门青韦页风飞食饣马骨鬼鱼鸟卤麦黄齐齿龙龟",
)


def normalise(text: str) -> str:
    r"""Fold what PDF extraction may vary: widths, radicals and every kind of space.

    >>> normalise("⼩ 学（一）\n3.50") == normalise("小学(一) 3.50")
    True
    """
    folded = unicodedata.normalize("NFKC", text.translate(_SUPPLEMENT_RADICALS))
    return re.sub(r"[\s\u00ad\u200b-\u200d\ufeff]+", "", folded)


def read_back(pdf_path: str | os.PathLike[str]) -> list[str]:
    """Normalised text of each page."""
    document = pdfium.PdfDocument(Path(pdf_path))
    try:
        return [normalise(page.get_textpage().get_text_range()) for page in document]
    finally:
        document.close()


FOREIGN: Final = re.compile(r"[a-z]+_[a-z_]+|\.csv|\.toml|\[\[|SCIP|HiGHS|scipy|milp|Traceback|NaN", re.ASCII)
"""What belongs to programs and not on an official page: identifiers, names of their files, solvers."""


def foreign_words(text: str, *, known: Sequence[str] = ()) -> list[str]:
    """Return words of programs in a normalised text, each once; ``known`` are names that come with the data.

    >>> foreign_words("见schools.csv的pupils_per_room", known=["schools.csv"])
    ['pupils_per_room']
    """
    for name in sorted((normalise(settable(name)) for name in known), key=len, reverse=True):
        if FOREIGN.search(name):
            text = text.replace(name, " ")
    return list(dict.fromkeys(FOREIGN.findall(text)))


def verify_pdf(
    pdf_path: str | os.PathLike[str],
    expected: Sequence[str],
    *,
    on_every_page: Sequence[str] = (),
    known: Sequence[str] = (),
) -> None:
    """Raise ``ReportError`` with the list of expected texts that the PDF does not show and of words that must not be in it.

    A text may run over a page end, running heads apart. An empty expectation is refused. ``known`` are names from the data (of files,
    say) that may look like a program's; so may what is expected.
    """
    pages = read_back(pdf_path)
    problems = problems_of_text("".join(pages), [*expected, *on_every_page], known=known)
    for text in on_every_page:
        lacking = [str(number) for number, page in enumerate(pages, start=1) if normalise(text) not in page]
        if lacking:
            problems.append(f"第{'、'.join(lacking)}页缺少“{text}”")
    if problems:
        raise ReportError(f"报告 {os.fspath(pdf_path)} 核对未通过：\n" + "\n".join(problems))


def problems_of_text(text: str, expected: Sequence[str], *, known: Sequence[str] = ()) -> list[str]:
    """What is wrong with the text of a paper: expected texts that it lacks, words of programs in it; ``ReportError`` where nothing is expected."""
    if not expected or any(not normalise(one) for one in expected):
        raise ReportError("核对报告时没有给出应出现的文字。")
    whole = normalise(text)
    lacking = [f"缺少“{one}”" for one in expected if normalise(settable(one)) not in whole]
    foreign = foreign_words(whole, known=[*known, *expected])
    return [*lacking, *(f"出现了程序用语“{word}”" for word in foreign)]
