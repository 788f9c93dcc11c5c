"""What a PDF holds besides its text: fonts, pages with places of texts, bookmarks. For tests only."""

from __future__ import annotations

import ctypes
import math
import os
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pypdfium2 as pdfium  # type: ignore[import-untyped]
from pypdf import PdfReader
from pypdf.generic import IndirectObject

from balance_analysis.reporting.collect import svg_texts
from balance_analysis.reporting.readback import normalise, read_back

PICTURE_POINTS = 7.5


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


@dataclass(frozen=True)
class Sign:
    """One printed sign: page from 1, its size in points as it is seen (a scaled picture's too), whether in the font of running text."""

    page: int
    size: float
    serif: bool
    character: str


def signs(pdf_path: str | os.PathLike[str]) -> list[Sign]:
    """Every sign of a PDF but spaces, pictures included."""
    found: list[Sign] = []
    matrix, raw = pdfium.raw.FS_MATRIX(), pdfium.raw
    for number, page in enumerate(pdfium.PdfDocument(Path(pdf_path)), start=1):
        text = page.get_textpage()
        for place in range(text.count_chars()):
            character = chr(raw.FPDFText_GetUnicode(text, place))
            if character.isspace():
                continue
            name = ctypes.create_string_buffer(80)
            raw.FPDFText_GetFontInfo(text, place, name, len(name), None)
            raw.FPDFText_GetMatrix(text, place, ctypes.byref(matrix))
            size = raw.FPDFText_GetFontSize(text, place) * math.hypot(matrix.c, matrix.d)
            found.append(Sign(number, round(size, 2), b"Serif" in name.value, character))
    return found


def too_small(pdf_path: str | os.PathLike[str], notebook: Mapping[str, Any]) -> list[Sign]:
    """Signs below the sizes that every page keeps: running text 10 points, tables, notes and captions 9 (in annexes 8.5), pictures 7.5.

    ``notebook`` is the executed one: small signs that are not those of its pictures stand outside them.
    """
    outputs = [output for cell in notebook["cells"] for output in cell.get("outputs", ())]
    drawings = [
        output["data"]["image/svg+xml"] for output in outputs if "image/svg+xml" in output.get("data", {})
    ]
    drawn = Counter(sign for svg in drawings for text in svg_texts("".join(svg)) for sign in normalise(text))
    printed = signs(pdf_path)
    pages = read_back(pdf_path)
    annexes = next(
        (place for place, text in enumerate(pages, 1) if place > 3 and "附录A" in text), len(pages) + 1
    )
    wrong = []
    for one in printed:
        least = 10.0 if one.serif else 9.0 if one.page < annexes else 8.5
        if one.size < least:
            sign = normalise(one.character)
            if one.size < PICTURE_POINTS or any(drawn[part] < 1 for part in sign):
                wrong.append(one)
            drawn.subtract(sign)
    return wrong


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
