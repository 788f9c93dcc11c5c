"""LibreOffice opens the forms and computes every formula anew; its figures are the program's.

The cached values are first replaced by nonsense, so that a spreadsheet that only copies them would fail the test.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import pytest

from balance_analysis.assessment import CountyAssessment
from balance_analysis.door import open_assessment
from balance_analysis.reporting.forms import write_forms
from tests.county_tables import SAMPLE
from tests.live_formulas import load

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        shutil.which("soffice") is None, reason="LibreOffice（soffice）未安装，不核对重算结果"
    ),
]
NONSENSE = "-12345"
ALWAYS_RECALCULATE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry" xmlns:xs="http://www.w3.org/2001/XMLSchema">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load"><prop oor:name="OOXMLRecalcMode" oor:op="fuse">
<value>0</value></prop></item></oor:items>
"""


def spoil_cached_values(source: Path, target: Path) -> int:
    """Copy a workbook with every cached result of a formula replaced; return how many there were."""
    spoilt = 0
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name.startswith("xl/worksheets/sheet"):
                text, count = re.subn(r"(</f>)<v>[^<]*</v>", rf"\g<1><v>{NONSENSE}</v>", data.decode("utf-8"))
                data, spoilt = text.encode("utf-8"), spoilt + count
            new.writestr(name, data)
    return spoilt


def convert(path: Path, kind: str, folder: Path, profile: Path) -> Path:
    """Let LibreOffice load a file, recalculate it and save it as ``kind``."""
    (profile / "user").mkdir(parents=True, exist_ok=True)
    (profile / "user" / "registrymodifications.xcu").write_text(ALWAYS_RECALCULATE, encoding="utf-8")
    command = ["soffice", f"-env:UserInstallation={profile.as_uri()}", "--headless", "--convert-to", kind]
    done = subprocess.run(
        [*command, "--outdir", str(folder), str(path)],
        check=False,
        capture_output=True,
        text=True,
        timeout=180,
    )
    assert done.returncode == 0, done.stderr
    return folder / f"{path.stem}.{kind}"


@pytest.mark.parametrize(
    ("sample", "regime"), [("桓台县.xlsx", "quality_balance_2017"), ("襄汾县.xlsx", "basic_balance_2012")]
)
def test_libreoffice_recalculates_every_mean_and_coefficient_to_the_program_s_at_1e_9(
    sample: str, regime: str, tmp_path: Path
) -> None:
    county = open_assessment(SAMPLE / sample, regime=regime)
    form = write_forms(county, tmp_path / "forms")[0]
    spoilt = tmp_path / form.name
    assert spoil_cached_values(form, spoilt) >= 30
    (tmp_path / "out").mkdir()
    recalculated = convert(spoilt, "xlsx", tmp_path / "out", tmp_path / "profile")
    ours = load(form)
    cached = load(form, data_only=True)
    theirs = load(recalculated, data_only=True)
    numbers = texts = 0
    for page in ours.worksheets:
        for row in page.iter_rows():
            for cell in row:
                if cell.data_type == "f":
                    found = theirs[page.title][cell.coordinate].value
                    expected = cached[page.title][cell.coordinate].value
                    place = page.title, cell.coordinate
                    if isinstance(
                        expected, str
                    ):  # a verdict's word, or the blank of a school with nothing to divide
                        assert (found or "") == expected, place
                        texts += 1
                        continue
                    assert found == pytest.approx(expected, rel=1e-9, abs=1e-9), place
                    numbers += 1
    assert numbers >= 30
    assert texts > 0
    assert_coefficients(county, theirs)


def assert_coefficients(county: CountyAssessment, book: Any) -> None:
    """Table Ⅲ against the assessment's own frame, cell by cell."""
    rows = county.current("coefficients").set_index(["stage", "indicator"])
    names = [*(indicator.id for indicator in county.regime.indicators), "composite"]
    for offset, stage in enumerate(county.stages):
        labels = [book["表Ⅲ"].cell(row + 4 * offset, 2).value for row in (5, 6)]
        assert labels == ["县均值", "差异系数"]
        for column, name in enumerate(names, start=3):
            cv = book["表Ⅲ"].cell(6 + 4 * offset, column).value
            assert cv == pytest.approx(rows.loc[(stage, name), "cv"], rel=1e-9)
            if name != "composite":
                mean = book["表Ⅲ"].cell(5 + 4 * offset, column).value
                assert mean == pytest.approx(rows.loc[(stage, name), "mean"], rel=1e-9)


def test_libreoffice_opens_all_three_forms(tmp_path: Path) -> None:
    county = open_assessment(SAMPLE / "八公山区.xlsx", regime="quality_balance_2017")
    (tmp_path / "out").mkdir()
    for path in write_forms(county, tmp_path / "forms"):
        printed = convert(path, "pdf", tmp_path / "out", tmp_path / "profile")
        assert printed.read_bytes().startswith(b"%PDF")
