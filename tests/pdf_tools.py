"""What a PDF holds besides its text: fonts, pages with places of texts, bookmarks. For tests only."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pypdfium2 as pdfium  # type: ignore[import-untyped]
from pypdf import PdfReader
from pypdf.generic import IndirectObject

from balance_analysis.reporting.readback import normalise


@dataclass(frozen=True)
class Line:
    """One line of text: page from 1, distance of its middle from the top of the page and its height, in points, and its parts."""

    page: int
    middle: float
    size: float
    parts: tuple[tuple[float, str], ...]

    @property
    def text(self) -> str:
        """The normalised text from left to right."""
        return "".join(words for _, words in sorted(self.parts))


def text_lines(pdf_path: str | os.PathLike[str], *, margins: bool = False) -> list[Line]:
    """The lines of every page from top to bottom, running heads and feet left out unless ``margins``.

    Neighbouring rectangles of text at one height are one line.
    """
    found: list[Line] = []
    document = pdfium.PdfDocument(Path(pdf_path))
    for number in range(len(document)):
        page = document[number]
        height, text = page.get_height(), page.get_textpage()
        parts = []
        for place in range(text.count_rects()):
            left, bottom, right, top = text.get_rect(place)
            words = normalise(text.get_text_bounded(left, bottom, right, top))
            if words:
                parts.append((height - (bottom + top) / 2, left, top - bottom, words))
        for part in sorted(parts):
            middle, left, size, words = part
            if not (margins or 60 < middle < height - 55):
                continue
            last = found[-1] if found else None
            if last is not None and last.page == number + 1 and middle - last.middle < 4:
                found[-1] = Line(number + 1, last.middle, max(last.size, size), (*last.parts, (left, words)))
            else:
                found.append(Line(number + 1, middle, size, ((left, words),)))
    return found


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


def text_sizes(pdf_path: str | os.PathLike[str]) -> dict[float, str]:
    """Every size of type in points → all text set in it (cover and figures included)."""
    found: dict[float, str] = {}
    document = pdfium.PdfDocument(Path(pdf_path))
    for page in document:
        text = page.get_textpage()
        for place in range(text.count_chars()):
            character = chr(pdfium.raw.FPDFText_GetUnicode(text, place))
            size = round(pdfium.raw.FPDFText_GetFontSize(text, place), 2)
            if not character.isspace():
                found[size] = found.get(size, "") + character
    return found
