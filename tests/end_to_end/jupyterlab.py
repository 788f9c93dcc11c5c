"""A JupyterLab server and a headless Chromium looking at it, for the tests that try notebooks as people do."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
ROOT = Path(__file__).resolve().parents[2]
START = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-sync",
    "--disable-component-update",
    "--no-first-run",
    "--disable-quic",
]


def free_port() -> int:
    """A port of this machine that nothing listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@contextlib.contextmanager
def jupyterlab(folder: Path) -> Iterator[str]:
    """A JupyterLab serving ``folder``; gives its address."""
    port = free_port()
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    server = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "jupyterlab",
            f"--port={port}",
            "--no-browser",
            "--allow-root",
            "--ip=127.0.0.1",
            "--IdentityProvider.token=",
            "--ServerApp.password=",
            "--LabApp.expose_app_in_browser=True",
            "--ServerApp.port_retries=0",
            f"--ServerApp.root_dir={folder}",
            f"--ServerApp.config_file={folder / 'none.py'}",
            f"--LabApp.workspaces_dir={folder / '.workspaces'}",
            f"--LabApp.user_settings_dir={folder / '.settings'}",
        ],
        env={**environment, "JUPYTER_CONFIG_DIR": str(folder / ".config")},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        for _ in range(150):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                break
            time.sleep(0.2)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(timeout=20)


@contextlib.contextmanager
def browser_page() -> Iterator[Any]:
    """A page of a headless Chromium; skips the test where no Chromium is installed."""
    if CHROMIUM is None:
        pytest.skip("没有安装 Chromium（Debian：apt-get install chromium），未在浏览器中试用笔记本")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=START)
        try:
            page = browser.new_page(viewport={"width": 1400, "height": 1000})
            page.set_default_timeout(60_000)
            yield page
        finally:
            browser.close()


def open_notebook(page: Any, address: str, name: str) -> None:
    """Open a notebook and wait for its kernel."""
    page.goto(f"{address}/lab/tree/{name}")
    page.wait_for_function(
        "() => window.jupyterapp && window.jupyterapp.commands.hasCommand('notebook:run-all-cells')"
    )
    page.wait_for_selector(".jp-Notebook .jp-Cell")
    page.wait_for_function(
        "() => window.jupyterapp.shell.currentWidget?.sessionContext?.session?.kernel?.status === 'idle'"
    )


def run_all(page: Any) -> None:
    """Run every cell and wait until the kernel has finished them all."""
    page.evaluate("async () => { await window.jupyterapp.commands.execute('notebook:run-all-cells') }")


def output_texts(page: Any) -> str:
    """The text of every output of the open notebook, also of those scrolled out of view."""
    return str(
        page.evaluate(
            """() => window.jupyterapp.shell.currentWidget.content.model.toJSON().cells
               .flatMap(cell => (cell.outputs || []))
               .map(output => (output.evalue || '') + ((output.data || {})['text/plain'] || '')).join('\\n')"""
        )
    )


def replace_in_cell(page: Any, old: str, new: str) -> None:
    """Change the source of the cells that hold ``old``, as a person would by typing."""
    page.evaluate(
        """([old, fresh]) => { for (const cell of window.jupyterapp.shell.currentWidget.content.model.cells)
               if (cell.sharedModel.source.includes(old))
                   cell.sharedModel.setSource(cell.sharedModel.source.replaceAll(old, fresh)) }""",
        [old, new],
    )


def compact(text: str) -> str:
    """Text without white space."""
    return re.sub(r"\s+", "", text)
