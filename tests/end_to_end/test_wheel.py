"""The wheel: unpacked into an empty folder it makes a report, with nothing of the checkout in sight."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.county_tables import ROOT


@pytest.mark.slow
def test_a_wheel_in_an_empty_folder_makes_a_report(tmp_path: Path) -> None:
    built, unpacked, empty = (tmp_path / name for name in ("built", "unpacked", "empty"))
    empty.mkdir()
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(built)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = built.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(unpacked)
    surroundings = {**os.environ, "PYTHONPATH": str(unpacked)}
    where = [sys.executable, "-c", "import balance_analysis; print(balance_analysis.__file__)"]
    found = subprocess.run(
        where, cwd=empty, env=surroundings, check=True, capture_output=True, text=True
    ).stdout
    assert found.startswith(str(unpacked))
    sample = ROOT / "data" / "sample" / "八公山区.xlsx"
    command = [sys.executable, "-m", "balance_analysis.cli", "report", str(sample)]
    options = ["--regime", "quality_balance_2017", "-o", "reports", "--run", "wheel"]
    subprocess.run([*command, *options], cwd=empty, env=surroundings, check=True, capture_output=True)
    assert list((empty / "reports" / "wheel").glob("*/*.pdf"))
