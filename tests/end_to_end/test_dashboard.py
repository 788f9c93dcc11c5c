"""The dashboard in a real browser: its token, one choice that changes everything, names, files, phone width."""

from __future__ import annotations

import base64
import contextlib
import re
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from .jupyterlab import CHROMIUM, ROOT, browser_page, free_port

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="没有安装 Chromium，未在浏览器中试用仪表板"),
]
SHOWN = ".balance-shown"
CHOOSE = """async ([label, wanted]) => {
    const list = [...document.querySelectorAll('.widget-dropdown')].find(one => one.innerText.startsWith(label)).querySelector('select');
    const shown = () => document.querySelector('.balance-shown').dataset.choice, before = shown(), began = performance.now();
    list.value = [...list.options].find(one => one.text.includes(wanted)).value;
    list.dispatchEvent(new Event('change', {bubbles: true}));
    while (shown() === before && performance.now() - began < 20000) await new Promise(requestAnimationFrame);
    return [shown(), performance.now() - began];
}"""


@contextlib.contextmanager
def dashboard(*arguments: str) -> Iterator[str]:
    """The command, running; gives the address that it printed."""
    command = [sys.executable, "-m", "balance_analysis.cli", "dashboard", *arguments, "--no-browser"]
    server = subprocess.Popen(
        [*command, "--port", str(free_port())], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )  # fmt: skip
    try:
        assert server.stdout is not None
        printed = ""
        for line in server.stdout:
            printed += line
            if found := re.search(r"http://\S+", line):
                yield found[0]
                return
        raise AssertionError(printed)
    finally:
        server.terminate()
        server.wait(timeout=20)


def refused(address: str) -> bool:
    """Whether an address gives nothing but the way to the login."""
    try:
        with urllib.request.urlopen(address, timeout=20) as answer:
            return "/login" in answer.url
    except urllib.error.HTTPError as error:
        return error.code in (401, 403, 404)


def texts(page: Any, where: str) -> list[str]:
    return [str(text) for text in page.eval_on_selector_all(where, "all => all.map(one => one.textContent)")]


def test_one_choice_changes_sentences_figures_and_tables_for_whoever_has_the_token(tmp_path: Path) -> None:
    with dashboard("data/sample/襄汾县.xlsx", "--target-year", "2020") as address, browser_page() as page:
        base = address.partition("?")[0]
        assert address.startswith("http://127.0.0.1:")
        for place in (
            "",
            "?token=x",
            "api/kernels",
            "voila/render/dashboard.ipynb",
            "voila/files/dashboard.ipynb",
        ):
            assert refused(base + place), place
        outside: list[str] = []
        page.on("request", lambda one: outside.append(one.url) if "127.0.0.1" not in one.url else None)
        page.goto(base)  # without the token: the way in, in Chinese
        assert not re.search(
            "[A-Za-z]{3,}",
            page.inner_text("body").replace("balance-analysis dashboard", "").replace("token", ""),
        )
        page.get_by_label("口令").fill("x")
        page.get_by_role("button").click()
        page.get_by_text("口令不对").wait_for()
        page.get_by_label("口令").fill(address.partition("token=")[2])
        page.get_by_role("button").click()
        page.wait_for_selector(SHOWN, state="attached")
        before = texts(page, ".balance-panels table")
        shown, seconds = page.evaluate(CHOOSE, ["学段", "初中"])
        assert "初中" in shown
        captions, tables = texts(page, ".balance-panels figcaption"), texts(page, ".balance-panels table")
        assert len(captions) == 4
        assert all("初中" in text for text in [*captions, *tables])
        assert any("初中" in text for text in texts(page, ".balance-dashboard p"))
        assert before != tables
        page.wait_for_selector("a[download$='.png']")  # what follows a choice at leisure
        again = page.evaluate(CHOOSE, ["指标", "仪器设备"])
        assert "仪器设备" in again[0]
        names = texts(page, ".balance-panels svg title")
        rows = page.locator(".balance-panels table").first.locator("tbody tr").all_inner_texts()
        assert any(rows[0].split("\t")[0] in name for name in names)
        page.get_by_placeholder("学校、地区、结论").first.fill("乡村")
        page.wait_for_function(
            "document.querySelector('.balance-panels table tbody').rows.length < " + str(len(rows))
        )
        left = page.locator(".balance-panels table").first.locator("tbody tr").all_inner_texts()
        assert left
        assert all("乡村" in row for row in left)
        link = page.locator("a[download$='.csv']").first.get_attribute("href")
        saved = base64.b64decode(link.partition("base64,")[2]).decode("utf-8-sig")
        assert saved.startswith("学校,地区,在校生数（人）")
        assert len(saved.splitlines()) == len(left) + 1
        page.set_viewport_size({"width": 390, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        page.emulate_media(color_scheme="dark")
        page.screenshot(path=str(tmp_path / "phone.png"))
        assert outside == [] or all(url.startswith("data:") for url in outside)
    print(f"重画用时（毫秒）：学段 {seconds:.0f}，指标 {again[1]:.0f}")
