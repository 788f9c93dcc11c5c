"""Where the product's own files lie: beside the package in a checkout, inside it where a wheel was installed."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_SHIPPED = _PACKAGE / "shipped"


def _place(shipped: str, in_checkout: str) -> Path:
    inside = _SHIPPED / shipped
    return inside if inside.exists() else _PACKAGE.parent / in_checkout


NOTEBOOKS = _place("notebooks", "notebooks")
"""The product's notebooks."""
NATIONAL_CONTEXT = _place("national_context.csv", "data/national_context.csv")
"""Published figures of the nation; ``data/national_context.md`` describes them."""
