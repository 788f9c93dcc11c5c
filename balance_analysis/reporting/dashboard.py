"""The dashboard as a page: the notebook ``dashboard.ipynb`` with somebody's files, served by voila to this machine alone.

Who knows the address knows its token; nobody else gets the page, its kernel or its files. What voila serves is a copy in a folder of
its own, so that neither the data nor the other notebooks lie below the address.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nbformat

from balance_analysis.places import NOTEBOOKS
from balance_analysis.reporting.notebook import require_notebook

TEMPLATES = Path(__file__).parent / "page"
"""The folder that holds voila's template of the page, and in ``server`` the login and what is said of a wrong address."""
IDLE_SECONDS = 4 * 3600
"""A kernel whose page was closed without word ends after so long."""


def write_dashboard(folder: Path, parameters: Mapping[str, Any]) -> Path:
    """Write the notebook with these parameters into ``folder``; no other machine's kernel, no outputs."""
    from papermill.iorw import load_notebook_node
    from papermill.parameterize import parameterize_notebook

    source = require_notebook(NOTEBOOKS / "dashboard.ipynb")
    for cell in source.cells:
        if cell.cell_type == "code":
            cell.outputs = []
    ready = parameterize_notebook(load_notebook_node(source), dict(parameters))
    path = folder / "dashboard.ipynb"
    nbformat.write(ready, path)  # type: ignore[no-untyped-call]
    return path


def serve(notebook: Path, *, port: int, browser: bool, token: str | None = None) -> None:
    """Serve the page on 127.0.0.1 until the process is interrupted; the address is printed once it can be opened."""
    from jinja2 import ChoiceLoader, FileSystemLoader
    from tornado.ioloop import IOLoop
    from voila.app import Voila  # type: ignore[import-untyped]

    from balance_analysis.words import say

    key = token or secrets.token_urlsafe(24)
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # else every kernel compiles its imports anew
    os.environ["JUPYTER_PATH"] = os.pathsep.join(
        filter(None, [str(TEMPLATES), os.environ.get("JUPYTER_PATH", "")])
    )

    class Page(Voila):  # type: ignore[misc]
        """Voila that says its address in Chinese, and whose server's pages are ours."""

        def init_settings(self) -> Any:
            settings = super().init_settings()
            server = settings["jinja2_env"]
            server.loader = ChoiceLoader([FileSystemLoader(TEMPLATES / "server"), server.loader])
            return settings

        def listen(self) -> None:
            IOLoop.current().add_callback(
                lambda: print(say("dashboard.address", address=address(self.port, key)), flush=True)
            )
            super().listen()

    Page.launch_instance(
        [
            str(notebook),
            "--Voila.ip=127.0.0.1",
            f"--port={port}",
            "--Voila.port_retries=20",
            f"--Voila.token={key}",
            f"--Voila.open_browser={browser}",
            "--Voila.log_level=CRITICAL",
            "--VoilaConfiguration.template=balance",
            "--VoilaConfiguration.allow_template_override=NO",
            "--VoilaConfiguration.allow_theme_override=NO",
            "--VoilaConfiguration.file_allowlist=",
            f"--MappingKernelManager.cull_idle_timeout={IDLE_SECONDS}",
            "--KernelManager.transport_encryption=auto",
        ]
    )


def address(port: int, token: str) -> str:
    """What to open in a browser of this machine."""
    return f"http://127.0.0.1:{port}/?token={token}"
