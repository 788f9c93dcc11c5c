"""The county report in JupyterLab in a real browser: open, run all, change the county, run all."""

from __future__ import annotations

import shutil

import pytest

from .jupyterlab import (
    CHROMIUM,
    ROOT,
    browser_page,
    jupyterlab,
    open_notebook,
    output_texts,
    replace_in_cell,
    run_all,
)

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="没有安装 Chromium，未在浏览器中试用笔记本")


def test_an_analyst_runs_the_report_then_changes_the_county_and_runs_it_again(tmp_path):
    shutil.copytree(ROOT / "notebooks", tmp_path / "notebooks")
    shutil.copytree(ROOT / "data" / "sample", tmp_path / "data" / "sample")
    with jupyterlab(tmp_path) as address, browser_page() as page:
        open_notebook(page, address, "notebooks/county_report.ipynb")
        run_all(page)
        first = output_texts(page)
        assert "八公山区" in first
        assert "Error" not in first
        replace_in_cell(page, "data/sample/八公山区.xlsx", "data/sample/桓台县.xlsx")
        replace_in_cell(page, '"340405"', '"370321"')
        replace_in_cell(page, "year = 2020", "year = None")
        run_all(page)
        second = output_texts(page)
        page.screenshot(path=str(tmp_path / "lab.png"))
    assert "桓台县" in second
    assert "八公山区" not in second
    assert "Error" not in second
