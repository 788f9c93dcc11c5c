"""The notebooks for exploring in JupyterLab in a real browser: run all, move a dropdown, see the figure change."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from .jupyterlab import CHROMIUM, ROOT, browser_page, jupyterlab, open_notebook, output_texts, run_all

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="没有安装 Chromium，未在浏览器中试用下拉框"),
]
EXPLORERS = (
    "01_data_quality",
    "02_indicators",
    "03_inter_school_balance",
    "04_urban_rural_gaps",
    "05_trends_and_targets",
)
FRESH = "?reset"
"""Ask JupyterLab not to open the notebooks of the last visit again."""
DROPDOWN = ".jp-OutputArea .widget-dropdown"
FIGURE = ".jp-OutputArea .widget-html figure svg"


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("explorer")
    shutil.copytree(ROOT / "notebooks", folder / "notebooks")
    shutil.copytree(ROOT / "data" / "sample", folder / "data" / "sample")
    with jupyterlab(folder) as address:
        yield address


def show_explorer(page: Any) -> None:
    """Scroll to the cell with the dropdowns: JupyterLab draws only what is in view."""
    page.evaluate(
        """async () => { const notebook = window.jupyterapp.shell.currentWidget.content;
           const at = notebook.model.toJSON().cells.findIndex(
               cell => cell.source.includes('ba.explore'));
           notebook.activeCellIndex = at; await notebook.scrollToItem(at, 'start'); }"""
    )
    page.wait_for_selector(FIGURE)


def shown(page: Any) -> str:
    """The text alternative of the figure below the dropdowns."""
    return str(page.eval_on_selector(FIGURE, "svg => svg.getAttribute('aria-label')"))


def choose(page: Any, dropdown: str, label: str) -> float:
    """Choose as a person does and wait for another figure; the seconds from the choice to the new figure."""
    before = shown(page)
    control = page.locator(DROPDOWN).filter(has_text=dropdown).locator("select")
    began = time.perf_counter()
    control.select_option(label=label)
    page.wait_for_function(
        "([where, old]) => document.querySelector(where)?.getAttribute('aria-label') !== old",
        arg=[FIGURE, before],
    )
    return time.perf_counter() - began


def test_an_analyst_moves_the_dropdowns_and_sees_the_figure_follow(lab: str, tmp_path: Path) -> None:
    with browser_page() as page:
        open_notebook(page, lab, "notebooks/03_inter_school_balance.ipynb" + FRESH)
        run_all(page)
        assert "Error" not in output_texts(page)
        show_explorer(page)
        first = shown(
            page
        )  # coefficients of sports area: settings of the sample (data/sample/anshan_counties.py)
        assert "差异系数0.515，限值0.50" in first
        trips = [("学段", choose(page, "学段", "初中"))]
        assert "差异系数0.400，限值0.45" in shown(page)
        trips.append(("指标", choose(page, "指标", "B3 体艺教师")))
        trips.append(("学年", choose(page, "学年", "2018—2019学年")))
        trips.append(("区县", choose(page, "区县", "铁东区（模拟数据）")))
        assert "铁东区" in shown(page)
        assert "海城市" not in shown(page)
        page.screenshot(path=str(tmp_path / "explorer.png"))
    print("往返用时（秒）：" + "，".join(f"{name} {seconds:.2f}" for name, seconds in trips))


@pytest.mark.parametrize(
    "name",  # all of them run under nbval and in 03 above; in a browser, one by one, nightly
    [
        pytest.param(name, marks=[] if name == "04_urban_rural_gaps" else pytest.mark.nightly)
        for name in EXPLORERS
    ],
)
def test_every_notebook_for_exploring_runs_and_its_figure_follows_the_stage(lab: str, name: str) -> None:
    with browser_page() as page:
        open_notebook(page, lab, f"notebooks/{name}.ipynb{FRESH}")
        run_all(page)
        assert "Error" not in output_texts(page)
        show_explorer(page)
        before = shown(page)
        choose(page, "学段", "初中")
        after = shown(page)
    assert before
    assert after
    assert before != after
