"""What JupyterLab leaves out when it saves a notebook: the dropdowns, which only a running kernel can show.

A server extension (``requirements/jupyter_server.json`` enables it where the program is installed). Widgets of cells without the tag that
keeps them out of a PDF stay as they are.
"""

from __future__ import annotations

from typing import Any

from balance_analysis.reporting.refresh import WIDGET


def leave_out_dropdowns(model: dict[str, Any], **_: object) -> None:
    """Take the widgets of tagged cells out of a notebook that is about to be written: running and saving then changes no file."""
    from balance_analysis.reporting.collect import SKIP_TAG  # brings the typesetter

    if model["type"] == "notebook" and model.get("content"):
        for cell in model["content"]["cells"]:
            if cell.get("outputs") and SKIP_TAG in cell.get("metadata", {}).get("tags", []):
                cell["outputs"] = [one for one in cell["outputs"] if WIDGET not in one.get("data", {})]


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": __name__}]


def _load_jupyter_server_extension(server: Any) -> None:
    server.contents_manager.register_pre_save_hook(leave_out_dropdowns)
