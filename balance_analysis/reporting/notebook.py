"""Notebooks as files: run one with parameters, and read back what it really ran."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import chdir
from pathlib import Path
from typing import Any, Final

import nbformat

from balance_analysis.errors import ReportError, system_reason
from balance_analysis.reporting.processes import ProcessLostError
from balance_analysis.views.elements import MIME_TYPE

START_SECONDS: Final = 60
"""So long a kernel may take to start."""


def run_notebook(source: Path, parameters: Mapping[str, Any]) -> nbformat.NotebookNode:
    """Execute ``source`` with exactly these parameters; what it printed and drew is in the notebook that is returned.

    Names that the notebook's parameters cell does not have are refused before anything runs. A
    failing cell raises :class:`ReportError` with the error's own text, a kernel that has died :class:`ProcessLostError`.
    """
    import papermill
    from nbclient.exceptions import DeadKernelError
    from papermill.exceptions import PapermillExecutionError

    content = require_notebook(source)
    for cell in content.cells:
        if cell.cell_type == "code":
            cell.outputs = []  # the last run's, which would be read, copied and checked several times
    known = papermill.inspect_notebook(content)
    unknown = sorted(set(parameters) - set(known))
    if unknown:
        raise ReportError(f"笔记本 {source.name} 没有参数 {'、'.join(unknown)}；可用：{'、'.join(known)}")
    environment = dict(os.environ)
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # else every kernel compiles its imports anew
    try:
        with chdir(source.parent):
            executed = _executed(content, dict(parameters))
    except PapermillExecutionError as error:
        raise ReportError(f"{error.ename}：{error.evalue}") from error
    except DeadKernelError:
        raise ProcessLostError from None
    finally:
        os.environ.clear()
        os.environ.update(environment)
    return _timeless(executed)


def _executed(content: nbformat.NotebookNode, parameters: dict[str, Any]) -> nbformat.NotebookNode:
    """What ``papermill.execute_notebook`` does, apart from writing the notebook once more as text that nobody reads."""
    from papermill.engines import papermill_engines
    from papermill.execute import prepare_notebook_metadata, raise_for_execution_errors
    from papermill.iorw import load_notebook_node
    from papermill.parameterize import parameterize_notebook
    from traitlets.config import Config

    ready = prepare_notebook_metadata(
        parameterize_notebook(load_notebook_node(content), parameters), None, None
    )
    executed: nbformat.NotebookNode = papermill_engines.execute_notebook_with_engine(
        None,
        ready,
        kernel_name=papermill_engines.nb_kernel_name(engine_name=None, nb=ready),
        progress_bar=False,
        start_timeout=START_SECONDS,
        config=Config({"KernelManager": {"transport_encryption": "auto"}}),
    )
    raise_for_execution_errors(executed, None)
    return executed


def _timeless(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Without times, durations and drawn names: equal input gives equal bytes, and the run's journal knows how long it took."""
    parameters = notebook.metadata.get("papermill", {}).get("parameters", {})
    notebook.metadata["papermill"] = {"parameters": parameters}
    for number, cell in enumerate(notebook.cells):
        for name in ("papermill", "execution"):
            cell.metadata.pop(name, None)
        if "injected-parameters" in cell.metadata.get("tags", []):
            cell["id"] = f"injected-parameters-{number}"
    return notebook


def require_notebook(path: Path) -> nbformat.NotebookNode:
    """The notebook; :class:`ReportError` for what is none with cells that could run; its text is not repeated."""
    try:
        content: nbformat.NotebookNode = nbformat.reads(path.read_text(encoding="utf-8"), as_version=4)  # type: ignore[no-untyped-call]
        nbformat.validate(content)
        sound = path.suffix == ".ipynb"
    except OSError as error:
        raise ReportError(f"打不开笔记本 {path.name}：{system_reason(error)}") from None
    except (ValueError, LookupError, AttributeError, TypeError, RecursionError, nbformat.ValidationError):
        sound = False
    if not sound:
        raise ReportError(f"{path.name} 不是 Jupyter 笔记本（.ipynb）；请改用 notebooks 文件夹中笔记本的副本")
    return content


def read_stamp(notebook: nbformat.NotebookNode) -> dict[str, str]:
    """The stamp of the title page in an executed notebook; ReportError when there is none."""
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            content = output.get("data", {}).get(MIME_TYPE)
            if content and content.get("type") == "title_page":
                return dict(content["stamp"])
    raise ReportError("已执行的笔记本中没有首页，无法核对运行的是哪个区县")


def compare_stamp(stamp: Mapping[str, str], ordered: Mapping[str, str]) -> None:
    """Raise :class:`ReportError` when the notebook ran something else than was ordered, or does not say what it ran.

    Every key of the order is compared; an order for nothing is refused.
    """
    if not ordered:
        raise ReportError("没有说明要运行的内容，无法核对笔记本")
    wrong = [
        f"{name}：要求 {value}，实际 {stamp.get(name, '（无）')}"
        for name, value in ordered.items()
        if stamp.get(name) != value
    ]
    if wrong:
        raise ReportError("笔记本运行的内容与要求不符：" + "；".join(wrong))
