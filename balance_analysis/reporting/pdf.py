"""An executed notebook as a typeset Chinese PDF (PDF/A-2a and PDF/UA-1) through typst.

Equal input gives equal bytes: no clock is read. The file appears whole or not at all.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Final

import nbformat
import typst

from balance_analysis.errors import ReportError
from balance_analysis.reporting.collect import collect_report
from balance_analysis.reporting.files import write_whole
from balance_analysis.views.elements.fonts import compiler_fonts, outlines

PDF_STANDARDS: Final[list[typst.PDFStandard]] = ["a-2a", "ua-1"]


WATERMARK_COLOUR: Final = "#EDEDED"
UNDATED: Final = 315_532_800
"""1 January 1980: the creation date of a PDF for which nobody named one."""


@dataclass(frozen=True)
class PdfInfo:
    """What was written: where, its hash, and how many tables, figures and headings it holds."""

    path: Path
    sha256: str
    bytes: int
    simulated: bool
    county: str
    division_code: str
    tables: int
    figures: int
    headings: int


def notebook_to_pdf(
    notebook: str | os.PathLike[str] | nbformat.NotebookNode,
    pdf_path: str | os.PathLike[str],
    *,
    author: str = "",
    keywords: Sequence[str] = (),
    created: int | None = None,
) -> PdfInfo:
    """Typeset an executed notebook (path or node) and write ``pdf_path`` in one step.

    ``created`` is the creation time in Unix seconds; without it SOURCE_DATE_EPOCH is used, and
    without that :data:`UNDATED` (PDF/A demands a date, and no clock is read). Raises ``ReportError``
    (see :func:`render_pdf`); then nothing is written and an older file stays as it was.
    """
    node = notebook if isinstance(notebook, nbformat.NotebookNode) else _read(Path(notebook))
    report = collect_report(node)
    content = render_pdf(report, author=author, keywords=keywords, created=created)
    path = Path(pdf_path)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, content)
    kinds = [block["type"] for block in _walk([*report["front"], *report["blocks"], *report["annexes"]])]
    cover = report["title_page"]
    return PdfInfo(
        path=path,
        sha256=hashlib.sha256(content).hexdigest(),
        bytes=len(content),
        simulated=bool(cover["simulated"]),
        county=cover["county"],
        division_code=cover["division_code"],
        tables=kinds.count("table"),
        figures=kinds.count("figure"),
        headings=kinds.count("heading"),
    )


def render_pdf(
    report: dict[str, Any], *, author: str = "", keywords: Sequence[str] = (), created: int | None = None
) -> bytes:
    """PDF bytes of what :func:`balance_analysis.reporting.collect.collect_report` returned.

    Compiler errors (a glyph no font has, a missing alternative text) and warnings become ``ReportError``.
    """
    data = {
        **report, "watermark": watermark(), "author": [author] if author else [], "keywords": list(keywords)
    }  # fmt: skip
    if created is None:
        created = int(os.environ.get("SOURCE_DATE_EPOCH") or UNDATED)
    with resources.as_file(resources.files("balance_analysis.reporting") / "typst") as folder:
        try:
            content, warnings = typst.compile_with_warnings(
                str(folder / "report.typ"),
                root=str(folder),
                font_paths=compiler_fonts(),
                ignore_system_fonts=True,
                format="pdf",
                sys_inputs={"report": json.dumps(data, ensure_ascii=False, sort_keys=True)},
                pdf_standards=PDF_STANDARDS,
                timestamp=created,
            )
        except typst.TypstError as error:
            details = "；".join([error.message, *error.hints])
            raise ReportError(f"报告排版失败：{details}") from error
    if warnings:
        raise ReportError("报告排版有警告，未生成文件：" + "；".join(warning.message for warning in warnings))
    return bytes(content)


@cache
def watermark() -> str:
    """The mark on every page of simulated data, as a drawing."""
    return outlines("模拟数据", tracking=0.2).replace("<svg ", f'<svg fill="{WATERMARK_COLOUR}" ')


def _read(path: Path) -> nbformat.NotebookNode:
    try:
        node: nbformat.NotebookNode = nbformat.reads(path.read_text(encoding="utf-8"), as_version=4)  # type: ignore[no-untyped-call]
        return node
    except (OSError, nbformat.reader.NotJSONError) as error:
        raise ReportError(f"读不了笔记本 {path}：{error}") from error


def _walk(blocks: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for block in blocks:
        if block["type"] == "landscape":
            yield from _walk(block["blocks"])
        else:
            yield block
