"""A collected report as an editable Word file: the same elements in the same order as the PDF's."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat

from balance_analysis.reporting.collect import collect_report
from balance_analysis.reporting.files import write_whole
from balance_analysis.reporting.markdown import Node
from balance_analysis.reporting.pdf import UNDATED
from balance_analysis.reporting.word.blocks import Body
from balance_analysis.reporting.word.numbering import numbering_elements
from balance_analysis.reporting.word.package import describe, new_document, replace, saved
from balance_analysis.reporting.word.pages import Pages, contents_page, cover_page, section_break, title_block
from balance_analysis.reporting.word.styles import REPORT, Look


@dataclass(frozen=True)
class WordInfo:
    """What was written: where, its hash, how many tables, figures and headings of the contents it holds."""

    path: Path
    sha256: str
    tables: int
    figures: int
    headings: int


def write_docx(
    report: dict[str, Any],
    path: str | os.PathLike[str],
    *,
    look: Look = REPORT,
    author: str = "",
    keywords: Sequence[str] = (),
) -> WordInfo:
    """Write what :func:`balance_analysis.reporting.collect.collect_report` returned as a Word file, whole or not at all."""
    content, body = _render(report, look, author, keywords, None)
    place = Path(path)
    place.parent.mkdir(parents=True, exist_ok=True)
    write_whole(place, content)
    digest = hashlib.sha256(content).hexdigest()
    return WordInfo(place, digest, body.tables, body.figures, len(body.entries))


def notebook_to_docx(
    notebook: nbformat.NotebookNode,
    path: str | os.PathLike[str],
    *,
    author: str = "",
    keywords: Sequence[str] = (),
) -> WordInfo:
    """Write an executed notebook as a Word file; raises as :func:`balance_analysis.reporting.collect.collect_report`."""
    return write_docx(collect_report(notebook), path, author=author, keywords=keywords)


def render_docx(
    report: dict[str, Any],
    *,
    look: Look = REPORT,
    author: str = "",
    keywords: Sequence[str] = (),
    created: int | None = None,
) -> bytes:
    """The bytes of the Word file. ``created`` as for :func:`balance_analysis.reporting.pdf.notebook_to_pdf`."""
    return _render(report, look, author, keywords, created)[0]


def _render(
    report: dict[str, Any], look: Look, author: str, keywords: Sequence[str], created: int | None
) -> tuple[bytes, Body]:
    document = new_document(look)
    cover = report["title_page"]
    pages, body = Pages(document, look, cover), Body(document)
    body.content += title_block(cover, look) if look.official else cover_page(cover)
    if not look.official:
        body.content.append(section_break(pages.section(bare=True)))
    _blocks(report["front"], body, pages)
    place = len(body.content)
    if report["blocks"]:
        first, *others = report["blocks"]
        new_page = not look.official or first.get("new_page", False)  # behind the contents
        _blocks([{**first, "new_page": new_page}, *others], body, pages)
    if report["annexes"]:
        body.begin_annexes()
        _blocks(report["annexes"], body, pages)
    if not look.official and len(body.content) > place:  # a front page alone needs no contents
        body.content[place:place] = contents_page(body.entries)
    replace(document.element.body, [*body.content, _ended(body, pages)])
    replace(document.part.numbering_part.element, numbering_elements(body.list_starts))
    title = "，".join(filter(None, (cover["county"], cover["school_year"])))
    if created is None:
        created = int(os.environ.get("SOURCE_DATE_EPOCH") or UNDATED)
    describe(
        document, title=f"{cover['title']}（{title}）", author=author, keywords=keywords, created=created
    )
    return saved(document), body


def _ended(body: Body, pages: Pages) -> Any:
    """The properties of the section that ends here."""
    properties, body.unended = body.unended, None
    return pages.section() if properties is None else properties


def _blocks(blocks: list[Node], body: Body, pages: Pages) -> None:
    """Write blocks one after the other; those of turned pages have a section of their own."""
    for block in blocks:
        turned = block["type"] == "landscape"
        if body.unended is not None or turned:
            body.content.append(section_break(_ended(body, pages)))
        body.turn(landscape=turned)
        for inner in block["blocks"] if turned else [block]:
            body.add(inner)
        if turned:
            body.unended = pages.section(landscape=True)
