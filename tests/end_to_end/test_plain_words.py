"""The printed report of a county says nothing that only programmers understand."""

from __future__ import annotations

import pytest

from tests.conftest import ReportRun
from tests.plain_words import pdf_text, refused

pytestmark = pytest.mark.slow


def test_the_report_speaks_plainly(report_run: ReportRun) -> None:
    paths = sorted(report_run.folder.glob("*/*.pdf"))
    assert paths
    assert [one for path in paths for one in refused(pdf_text(path))] == []
