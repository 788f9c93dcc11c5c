"""``report --format``: the Word file lies beside the PDF, says whose it is, and goes when it is no longer asked for."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from balance_analysis.reporting.word.readback import word_lines
from tests.conftest import HOSTILE_NAME, good_county, run_command
from tests.county_tables import CODE, YEAR, write_county
from tests.plain_words import refused, word_text

pytestmark = pytest.mark.slow
STEM = f"{CODE}_{YEAR}_quality_balance_2017"


def produce(folder: Path, formats: str) -> tuple[set[str], dict[str, str]]:
    """Names of the papers in the run's folder, and the county's line of the summary."""
    options = ["--regime", "quality_balance_2017", "--run", "r", "--jobs", "1", "--format", formats]
    run = run_command(["report", folder / "模拟.xlsx", *options, "-o", folder], folder)
    assert run.code == 0, run.err
    with (folder / "r" / "summary.csv").open(encoding="utf-8") as lines:
        (line,) = csv.DictReader(lines)
    assert line["docx"] in run.out or line["pdf"] in run.out
    return {path.suffix for path in (folder / "r" / STEM).glob(f"{STEM}.*")}, line


def test_what_is_asked_for_is_delivered_and_what_was_asked_for_before_is_taken_away(tmp_path: Path) -> None:
    write_county(tmp_path / "模拟.xlsx", *good_county())
    made, line = produce(tmp_path, "pdf,docx")
    assert made == {".pdf", ".docx", ".ipynb"}
    assert line["docx"] == line["pdf"].replace(".pdf", ".docx") != ""
    (entry,) = json.loads((tmp_path / "r" / "manifest.json").read_text(encoding="utf-8"))["reports"]
    assert entry["docx"] == line["docx"]
    path = tmp_path / "r" / line["docx"]
    assert any(HOSTILE_NAME in text for text in word_lines(path))
    assert refused(word_text(path)) == []
    made, line = produce(tmp_path, "docx")
    assert made == {".docx", ".ipynb"}
    assert (line["pdf"], line["docx"] != "") == ("", True)
    made, line = produce(tmp_path, "pdf")
    assert made == {".pdf", ".ipynb"}
    assert line["docx"] == ""
