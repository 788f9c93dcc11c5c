"""Read a finished PDF back, as a suspicious reader would."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pypdf import PdfReader
from pypdf.generic import IndirectObject

from balance_analysis.errors import ReportError
from balance_analysis.views.fonts import settable

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
    return [normalise(page.extract_text()) for page in PdfReader(Path(pdf_path)).pages]


def verify_pdf(
    pdf_path: str | os.PathLike[str], expected: Sequence[str], *, on_every_page: Sequence[str] = ()
) -> None:
    """Raise ``ReportError`` with the list of expected texts that the PDF does not show.

    A text may run over a page end, running heads apart. An empty expectation is refused.
    """
    pages = read_back(pdf_path)
    whole = "".join(pages)
    blank = [text for text in (*expected, *on_every_page) if not normalise(text)]
    if blank or not (expected or on_every_page):
        raise ReportError("核对报告时没有给出应出现的文字。")
    problems = [f"缺少“{text}”" for text in expected if normalise(settable(text)) not in whole]
    for text in on_every_page:
        lacking = [str(number) for number, page in enumerate(pages, start=1) if normalise(text) not in page]
        if lacking:
            problems.append(f"第{'、'.join(lacking)}页缺少“{text}”")
    if problems:
        raise ReportError(f"报告 {os.fspath(pdf_path)} 核对未通过：\n" + "\n".join(problems))


def embedded_fonts(pdf_path: str | os.PathLike[str]) -> dict[str, bool]:
    """Every font of the PDF by name → whether it is embedded *and* a subset."""
    fonts: dict[str, bool] = {}
    for page in PdfReader(Path(pdf_path)).pages:
        _fonts_of(page.get("/Resources"), fonts, set())
    return fonts


def _fonts_of(resources: Any, fonts: dict[str, bool], seen: set[int]) -> None:
    """Fonts of a page and of the figures (form objects) on it."""
    resources = _resolve(resources)
    if not resources or id(resources) in seen:
        return
    seen.add(id(resources))
    for reference in _resolve(resources.get("/Font", {})).values():
        font = _resolve(reference)
        descendants = _resolve(font.get("/DescendantFonts", [font]))
        for descendant in descendants:
            descriptor = _resolve(_resolve(descendant).get("/FontDescriptor", {}))
            embedded = any(f"/FontFile{suffix}" in descriptor for suffix in ("", "2", "3"))
            name = str(font["/BaseFont"]).lstrip("/")
            fonts[name] = embedded and re.match(r"[A-Z]{6}\+", name) is not None
    for reference in _resolve(resources.get("/XObject", {})).values():
        _fonts_of(_resolve(reference).get("/Resources"), fonts, seen)


def _resolve(value: Any) -> Any:
    return value.get_object() if isinstance(value, IndirectObject) else value
