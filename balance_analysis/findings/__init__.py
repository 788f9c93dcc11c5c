"""What may be said about a county, a region or a plan. Findings see frames and the law; their words stand in ``words/``."""

from __future__ import annotations

import pkgutil
from collections.abc import Mapping
from importlib import import_module

from balance_analysis.findings.case import Case, open_case
from balance_analysis.findings.model import CATALOGUE, Catalogue, Finding, Kind, Tone

__all__ = ["CATALOGUE", "Case", "Catalogue", "Finding", "Kind", "Tone", "every_kind", "open_case"]


def every_kind() -> Mapping[str, Kind]:
    """All kinds of findings by id: every module of this room registers its own when it is imported."""
    for module in pkgutil.iter_modules(__path__, f"{__name__}."):
        import_module(module.name)
    return CATALOGUE.kinds
