"""The page of a run in a browser: every county, hostile names as text, sorted and searched without a server and without the net."""

from __future__ import annotations

import json
import re
from html import escape
from pathlib import Path

import pytest

from balance_analysis.errors import ParameterError
from balance_analysis.reporting.results import ReportRequest, ReportResult
from balance_analysis.reporting.site import index_page
from balance_analysis.workbook.boundaries import read_boundaries
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


SQUARE = [[[118.0, 37.0], [118.5, 37.0], [118.5, 37.4], [118.0, 37.4], [118.0, 37.0]]]


def geojson(folder: Path, *features: object) -> Path:
    path = folder / "counties.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    return path


def feature(shape: object, kind: str = "Polygon", **properties: object) -> dict[str, object]:
    return {"type": "Feature", "properties": properties, "geometry": {"type": kind, "coordinates": shape}}


@pytest.mark.parametrize(
    "code", [{"adcode": 330405}, {"gb": "156330405"}, {"id": 7, "code": "330405000000"}], ids=str
)
def test_a_map_shows_each_county_with_its_outcome_and_a_link(tmp_path: Path, code: dict[str, object]) -> None:
    path = geojson(tmp_path, feature([SQUARE], "MultiPolygon", **code), feature(SQUARE, adcode="999999"))
    page = index_page([result("330405", HOSTILE), result("330406", "丁县")], read_boundaries(path))
    drawn = page.partition("<svg")[2].partition("</svg>")[0]
    # half a degree of longitude at 37.2° north is 0.5·cos 37.2° = 0.398 of a degree of latitude, the height is 0.4
    assert 'viewBox="0 0 896 900"' in drawn
    assert drawn.count("<path") == 1
    assert f'href="330405_2020_{REGIME}/330405_2020_{REGIME}.pdf"' in drawn
    assert "（330405）：未达标</title>" in drawn
    assert f">×{escape(HOSTILE)}</text>" in drawn
    assert HOSTILE not in page
    assert "另有1个区县在边界文件中没有同代码的边界" in page


def test_a_county_without_a_report_is_on_the_map_without_a_link(tmp_path: Path) -> None:
    known = read_boundaries(geojson(tmp_path, feature(SQUARE, adcode="330405")))
    page = index_page([result("330405", "乙县", status="failed", message="有错误")], known)
    drawn = page.partition("<svg")[2].partition("</svg>")[0]
    assert "乙县（330405）：没有报告</title>" in drawn
    assert "href" not in drawn
    assert "没有画地图" in index_page([result("330406", "丁县")], known)
    assert "<svg" not in index_page([result("330405", "乙县")])


def test_a_folder_has_a_file_for_each_county_and_only_those_asked_for_are_read(tmp_path: Path) -> None:
    shape = {"type": "Polygon", "coordinates": SQUARE}
    (tmp_path / "330405.geojson").write_text(json.dumps(shape), encoding="utf-8")
    (tmp_path / "330406.geojson").write_text("no boundary", encoding="utf-8")
    (tmp_path / "330407.json").write_text(json.dumps(feature(SQUARE, adcode="330405")), encoding="utf-8")
    (tmp_path / "readme.geojson").write_text("no county", encoding="utf-8")
    known = read_boundaries(tmp_path, ["330405", "../330405", "330408"])
    assert sorted(known) == ["330405", "330406", "330407"]
    assert index_page([result("330405", "乙县"), result("330407", "丁县")], known).count("<path") == 2
    with pytest.raises(ParameterError, match=r"330406\.geojson 不是 GeoJSON"):
        read_boundaries(tmp_path, ["330406"])
    late = index_page([result("330405", "乙县"), result("330406", "丙县")], known)
    assert "330406.geojson 不是 GeoJSON" in late
    assert "丙县" in late
    assert read_boundaries(tmp_path / "330405.geojson")["330405"] == known["330405"]


def test_a_folder_without_boundaries_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="没有以六位行政区划代码命名"):
        read_boundaries(tmp_path)


def test_a_county_too_narrow_for_its_name_shows_its_mark_alone(tmp_path: Path) -> None:
    narrow = [[[119 + x / 20, y] for x, y in SQUARE[0]]]  # a twentieth of half a degree: 22 of 900 units
    known = read_boundaries(
        geojson(tmp_path, feature(SQUARE, adcode="330405"), feature(narrow, adcode="330406"))
    )
    page = index_page([result("330405", "乙县"), result("330406", "丙县")], known)
    assert ">×乙县</text>" in page
    assert ">×</text>" in page
    assert "丙县（330406）：未达标</title>" in page


@pytest.mark.parametrize(
    "content, said",
    [
        ("[" * 100_000, "JSON 格式有误"),
        ("[]", "没有“features”列表"),
        ('{"features": [5, {"properties": {"name": "x"}}]}', "没有带六位行政区划代码"),
        ('{"features": [{"properties": {"adcode": 330405}}]}', "330405 的坐标有误"),
        (
            json.dumps({"features": [feature([[[float("inf"), 0], [1, 1], [2, 2]]], adcode=330405)]}),
            "应为经纬度",
        ),
    ],
    ids=["deep", "list", "no code", "no geometry", "infinite"],
)
def test_a_file_that_is_no_boundaries_is_one_sentence(tmp_path: Path, content: str, said: str) -> None:
    path = tmp_path / "b.geojson"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ParameterError, match=said):
        read_boundaries(path)


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
