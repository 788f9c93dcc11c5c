"""What may be said about a county, a region or a plan. Findings see frames and the law; their words stand in ``words/``."""

from __future__ import annotations

from balance_analysis.findings.case import Case
from balance_analysis.findings.model import CATALOGUE, Catalogue, Finding, Kind, Tone

__all__ = ["CATALOGUE", "Case", "Catalogue", "Finding", "Kind", "Tone"]
