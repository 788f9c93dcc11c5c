"""What no official reads: identifiers, file names, names of programs, a dash for a minus, in the text of PDF, Word and Excel files."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import openpyxl
from pypdf import PdfReader

PROGRAMS = (
    *("HiGHS", "scipy", "SciPy", "numpy", "pandas", "matplotlib", "papermill", "Jupyter", "Typst", "Python", "pypdf"),
    *("openpyxl", "OR-Tools", "Gurobi", "CPLEX", "GLPK", "Clarabel", "SCIP", "simplex", "branch and bound"),
)  # fmt: skip
REFUSED = {
    "identifier": re.compile(r"[a-z]+_[a-z]+"),
    "file name": re.compile(r"\.(?:csv|toml|json|parquet|ipynb|py)\b"),
    "table of a file": re.compile(r"\[\["),
    "program": re.compile("|".join(map(re.escape, PROGRAMS))),
    "running of a program": re.compile("运行"),
    "statement without words": re.compile(r"Statement\(|<[a-z_]+\.[a-z_]+>"),
    "dash for a minus": re.compile(
        r"(?<![0-9年月日学所人—])—+(?=[0-9])|(?<![0-9A-Za-z〔Ⅰ-Ⅴ])-(?=[0-9]+(?:\.[0-9]+)?(?![0-9-]))"
    ),
}
"""What is refused, by what it is."""
FINGERPRINTS = re.compile(r"\b[0-9a-f]{40,64}\b")


def refused(text: str) -> list[str]:
    """Everything in a text that no official should read, each once, as ``kind: where it stands``."""
    plain = FINGERPRINTS.sub("", text)
    found: dict[tuple[str, str], str] = {}
    for kind, pattern in REFUSED.items():
        for match in pattern.finditer(plain):
            around = " ".join(plain[max(0, match.start() - 12) : match.end() + 12].split())
            found.setdefault((kind, match.group()), f"{kind}: …{around}…")
    return list(found.values())


def pdf_text(path: Path) -> str:
    """The text of all pages."""
    return "\n".join(page.extract_text() for page in PdfReader(path).pages)


def workbook_text(path: Path) -> str:
    """Sheet names, texts of cells, comments, headers and footers of a workbook; formulas are no text."""
    return "\n".join(_workbook_texts(path))


def _workbook_texts(path: Path) -> Iterator[str]:
    for sheet in openpyxl.load_workbook(path):
        yield sheet.title
        for part in filter(None, (sheet.oddHeader, sheet.oddFooter)):
            yield from (side.text for side in (part.left, part.center, part.right) if side and side.text)
        for row in sheet.iter_rows():
            for cell in row:
                if isinstance(cell.value, str) and cell.data_type != "f":
                    yield cell.value
                if cell.comment is not None:
                    yield cell.comment.text


def word_text(path: Path) -> str:
    """The text of a Word file: body, headers, footers, notes; paragraphs on lines of their own."""
    with zipfile.ZipFile(path) as parts:
        names = [
            name
            for name in parts.namelist()
            if re.fullmatch(r"word/(document|header|footer|footnotes)\d*\.xml", name)
        ]
        texts = [parts.read(name).decode("utf-8") for name in sorted(names)]
    lines = "\n".join(texts).replace("</w:p>", "\n")
    return re.sub(r"<[^>]+>", "", lines)
