"""What a wheel takes along that stands beside the package in a checkout; ``balance_analysis/places.py`` finds either."""

from __future__ import annotations

from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

SHIPPED = {
    "notebooks": "balance_analysis/shipped/notebooks",
    "data/national_context.csv": "balance_analysis/shipped/national_context.csv",
}


class ShippedFiles(BuildHookInterface):
    """Adds the notebooks and the published figures to a wheel, not to an editable install of a checkout."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called by hatchling; ``version`` is ``standard`` or ``editable``."""
        if version == "standard":
            build_data["force_include"].update(
                {f"{self.root}/{source}": target for source, target in SHIPPED.items()}
            )
