"""THE pipeline of every report: run the notebook, compare its stamp, typeset, read the PDF back, move all into place.

What is delivered appears as one: until the PDF has been read back everything lies in a half-made folder, and afterwards the PDF is
moved last.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from balance_analysis.assessment import CountyAssessment
from balance_analysis.errors import Issue
from balance_analysis.reporting.files import half_made, move_into_place
from balance_analysis.reporting.notebook import compare_stamp, read_stamp, run_notebook
from balance_analysis.reporting.pdf import PdfInfo, notebook_to_pdf
from balance_analysis.reporting.readback import verify_pdf
from balance_analysis.reporting.warm import prepare_kernel, warm_kernels

AUTHOR = "balance-analysis"
PDF, WORD = "pdf", "docx"


@dataclass(frozen=True, kw_only=True)
class Order:
    """What to run and what must come of it.

    ``stamp`` is what the notebook must say it ran, ``expected`` the texts that the PDF must show (names of schools above all),
    ``known`` names from the data that look like a program's (see :func:`verify_pdf`). Of the ``formats`` the PDF is always set and read back,
    and delivered where it is asked for.
    """

    notebook: Path
    parameters: Mapping[str, Any]
    stamp: Mapping[str, str]
    expected: Sequence[str]
    known: Sequence[str] = ()
    keywords: Sequence[str] = ()
    simulated: bool = False
    keep_notebook: bool = True
    formats: Sequence[str] = (PDF,)


def texts_from_data(county: CountyAssessment) -> list[str]:
    """Texts that somebody else wrote and a report prints as they are: names of files and schools, evidence, what a check found."""
    tables = county.tables
    frames = [(tables.schools, ("school_name",)), (tables.evidence, ("reference", "responsible_office"))]
    filed = [text for frame, names in frames for name in names for text in frame[name].dropna().unique()]
    found = texts_of_issues(county.issues)
    labels = list(tables.stratification.labels.values())
    return list(dict.fromkeys([*(source.name for source in tables.sources), *filed, *found, *labels]))


def texts_of_issues(issues: Iterable[Issue]) -> list[str]:
    """What issues repeat from a file: its name, its sheets, its codes, what a check found in it."""
    return [
        text
        for issue in issues
        for text in (issue.place.file, issue.place.sheet, issue.division_code, issue.school_code, issue.found)
        if text
    ]


@dataclass(frozen=True)
class Delivery:
    """What was delivered: the PDF's facts, and all names in the folder in the order in which they were moved."""

    folder: Path
    pdf: PdfInfo
    names: tuple[str, ...]


def deliver(
    prepare: Callable[[Path], Order],
    folder: Path,
    stem: str,
    *,
    replaces: Sequence[str] = (),
    conclude: Callable[[Path, PdfInfo], None] | None = None,
) -> Delivery:
    """Make ``stem.pdf`` and ``stem.ipynb`` in ``folder`` with all that ``prepare`` writes, or nothing of it.

    ``prepare`` is given the half-made folder; what it writes there is delivered too, and so is what ``conclude`` writes there, which
    is also given the facts of the PDF that has been read back. Names in ``replaces`` that an earlier delivery
    left and this one does not make are taken away. Raises :class:`ReportError` where a name leads out of the folder, the notebook fails
    or ran something else than was ordered, the PDF cannot be set or does not read back: then the folder is as it was.
    """
    existed = folder.exists()
    try:
        with half_made(folder, stem) as partial:
            order = prepare(partial)
            prepare_kernel()  # here, because the process has no thread yet and knows the answer to the notebook's one call
            info = _make(order, partial / f"{stem}.ipynb", partial / f"{stem}.pdf")
            if conclude is not None:
                conclude(partial, info)
            names = move_into_place(partial, folder, replaces)
    finally:
        if not existed:
            with suppress(OSError):  # it is not empty where all went well
                folder.rmdir()
    return Delivery(folder, info, names)


def _make(order: Order, executed: Path, pdf: Path) -> PdfInfo:
    with warm_kernels():
        node = run_notebook(order.notebook, executed, order.parameters)
    compare_stamp(read_stamp(node), order.stamp)
    info = notebook_to_pdf(node, pdf, author=AUTHOR, keywords=order.keywords)
    marks = ["模拟数据"] if order.simulated else []
    verify_pdf(pdf, order.expected, on_every_page=marks, known=order.known)
    if WORD in order.formats:
        from balance_analysis.reporting.word import notebook_to_docx, verify_docx

        word = notebook_to_docx(node, pdf.with_suffix(f".{WORD}"), author=AUTHOR, keywords=order.keywords)
        verify_docx(word.path, order.expected, on_every_page=marks, known=order.known)
    if PDF not in order.formats:
        pdf.unlink()
    if not order.keep_notebook:
        executed.unlink()
    return info
