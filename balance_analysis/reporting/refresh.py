"""Execute notebooks in place as they are committed: ``python -m balance_analysis.reporting.refresh notebooks/0*.ipynb``.

A clean kernel, cells in order, no times of execution, no outputs of dropdowns (they need a kernel), metadata as JupyterLab writes them:
opening and saving the result changes nothing.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

import nbformat

from balance_analysis.reporting.files import write_whole

WIDGET = "application/vnd.jupyter.widget-view+json"


def refresh(path: Path) -> None:
    """Execute one notebook and write it back; a cell that fails raises ``CellExecutionError`` and nothing is written."""
    from nbclient import NotebookClient
    from traitlets.config import Config

    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    notebook = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    quiet = Config({"KernelManager": {"transport_encryption": "auto"}})
    client = NotebookClient(
        notebook, timeout=600, resources={"metadata": {"path": str(path.parent)}}, config=quiet
    )
    client.execute()
    tidy(notebook)
    text = nbformat.writes(notebook)  # type: ignore[no-untyped-call]
    write_whole(path, text + "\n")


def tidy(notebook: nbformat.NotebookNode) -> None:
    """Leave out what changes from run to run and what only a kernel can show."""
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        if cell.cell_type == "code":
            cell.outputs = [one for one in cell.outputs if WIDGET not in one.get("data", {})]
    notebook.metadata.pop("widgets", None)
    notebook.metadata["kernelspec"] = {
        "display_name": "Python 3 (ipykernel)",
        "language": "python",
        "name": "python3",
    }


def main(names: Sequence[str]) -> None:
    """Refresh every notebook named."""
    for name in names:
        refresh(Path(name))
        print(f"{name} {Path(name).stat().st_size // 1024} KB")


if __name__ == "__main__":
    main(sys.argv[1:])
