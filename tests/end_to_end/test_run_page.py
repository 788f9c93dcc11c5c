"""The page of a run in a browser: every county, hostile names as text, sorted and searched without a server and without the net."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from balance_analysis.reporting.results import ReportRequest, ReportResult
from balance_analysis.reporting.site import index_page
from tests.end_to_end.jupyterlab import CHROMIUM, START

HOSTILE = "<script>document.title='x'</script>\"'&县"
REGIME = "quality_balance_2017"


def result(code: str, county: str, status: str = "done", **more: object) -> ReportResult:
    request = ReportRequest(files=(), division_code=code, regime=REGIME)
    stem = f"{code}_2020_{REGIME}"
    done = {
        "outcome": "not_met", "overall_outcome": "not_met", "pdf": f"{stem}/{stem}.pdf",
        "notebook": f"{stem}/{stem}.ipynb", "year": 2020,
    }  # fmt: skip
    given = {**(done if status == "done" else {}), **more}
    return ReportResult(request, code, status, county=county, **given)  # type: ignore[arg-type]


RESULTS = [
    result("020304", "丙县", failing_items=("B3 音乐美术教室",)),
    result("010203", HOSTILE),
    result("030405", "乙县", status="failed", message="有3处错误必须先改正"),
]


def test_a_hostile_name_is_text_and_nothing_comes_from_elsewhere() -> None:
    page = index_page(RESULTS)
    assert HOSTILE not in page
    assert "&lt;script&gt;document.title" in page
    assert "http" not in re.sub(r'http-equiv="', "", page)


def test_a_county_without_a_report_has_its_reason_and_no_link() -> None:
    row = index_page(RESULTS[2:]).partition("<tbody>")[2].partition("</tbody>")[0]
    assert "有3处错误必须先改正" in row
    assert "href" not in row


def test_a_link_leads_to_the_file_whatever_its_name_holds() -> None:
    page = index_page([result("甲 1#", "县")])
    assert f'href="%E7%94%B2%201%23_2020_{REGIME}/%E7%94%B2%201%23_2020_{REGIME}.pdf"' in page


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="没有安装 Chromium：汇总页面未在浏览器中试用")
def test_in_a_browser_the_page_sorts_and_searches(tmp_path: Path) -> None:
    from playwright.sync_api import sync_playwright

    (tmp_path / "index.html").write_text(index_page(RESULTS), encoding="utf-8")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=START)
        try:
            page = browser.new_page()
            errors: list[str] = []
            page.on("pageerror", lambda error: errors.append(str(error)))
            asked: list[str] = []
            page.on("request", lambda request: asked.append(request.url))
            page.goto((tmp_path / "index.html").as_uri())
            codes = "[...document.querySelectorAll('tbody tr')].filter(row => !row.hidden).map(row => row.cells[0].textContent)"
            assert page.title() == "县域义务教育均衡报告"  # no script of a name has run
            assert page.evaluate(codes) == ["020304", "010203", "030405"]
            page.click("th button >> nth=0")
            assert page.evaluate(codes) == ["010203", "020304", "030405"]
            page.click("th button >> nth=0")
            assert page.evaluate(codes) == ["030405", "020304", "010203"]
            page.fill("#search", "音乐 丙")
            assert page.evaluate(codes) == ["020304"]
            page.fill("#search", "")
            assert len(page.evaluate(codes)) == 3
            assert errors == []
            assert len(asked) == 1
        finally:
            browser.close()
