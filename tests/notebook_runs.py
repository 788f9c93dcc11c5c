"""Run a notebook's cells in this process: a county in a notebook costs a second or two instead of a kernel's start."""

from __future__ import annotations

import ast
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import IPython.display
import pytest
from IPython.core.formatters import DisplayFormatter
from matplotlib import pyplot


def run_cells(
    notebook: Path, folder: Path, given: Mapping[str, Any], monkeypatch: pytest.MonkeyPatch
) -> list[str]:
    """The texts of everything that a notebook shows, started in ``folder`` with these parameters in place of its own."""
    shown: list[str] = []
    formatter = DisplayFormatter()

    def show(*values: Any, **_options: Any) -> None:
        for value in values:
            data, _ = formatter.format(value)
            shown.append(
                str(data.get("text/plain", ""))
                if "text/html" not in data
                else data["text/plain"] + data["text/html"]
            )

    monkeypatch.setattr(IPython.display, "display", show)
    space: dict[str, Any] = {"__name__": "__main__"}
    with _inside(folder):
        for cell in json.loads(notebook.read_text(encoding="utf-8"))["cells"]:
            if cell["cell_type"] == "code":
                _run(ast.parse("".join(cell["source"])), space, show)
                if "parameters" in cell["metadata"].get("tags", []):
                    space.update(given)
    pyplot.close("all")
    return shown


def _run(tree: ast.Module, space: dict[str, Any], show: Any) -> None:
    """A cell, and what its last line gives, as Jupyter shows it."""
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, "cell", "exec"), space)
    if isinstance(last, ast.Expr):
        value = eval(compile(ast.Expression(last.value), "cell", "eval"), space)
        if value is not None:
            show(value)


@contextmanager
def _inside(folder: Path) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)
