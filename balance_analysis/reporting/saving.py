"""What JupyterLab leaves out when it saves a notebook: the dropdowns, which only a running kernel can show.

A server extension (``requirements/jupyter_server.json`` enables it where the program is installed). Other widgets stay as they are.
"""

from __future__ import annotations

from typing import Any

from balance_analysis.reporting.refresh import WIDGET
from balance_analysis.words import say


def leave_out_dropdowns(model: dict[str, Any], **_: object) -> None:
    """Take the outputs of our explorers out of a notebook that is about to be written: running and saving then changes no file."""
    if model["type"] == "notebook" and model.get("content"):
        for cell in model["content"]["cells"]:
            if cell.get("outputs"):
                cell["outputs"] = [one for one in cell["outputs"] if not _is_ours(one.get("data", {}))]


def _is_ours(data: dict[str, Any]) -> bool:
    return WIDGET in data and "".join(data.get("text/plain", "")) == say("explorer.only_in_lab")


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": __name__}]


def _load_jupyter_server_extension(server: Any) -> None:
    server.contents_manager.register_pre_save_hook(leave_out_dropdowns)
