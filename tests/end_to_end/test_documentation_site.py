"""The site of ``docs/``: built with warnings as errors; every link inside it leads somewhere, nothing comes from elsewhere."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from tests.county_tables import ROOT

WANTED = ("sphinx", "myst_nb", "furo")
LOADING = {"img": "src", "script": "src", "link": "href", "iframe": "src", "object": "data", "source": "src"}


class Page(HTMLParser):
    """Links, anchors, files that the browser loads, and pictures of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.anchors: set[str] = set()
        self.loaded: list[str] = []
        self.pictures: list[tuple[str, str]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.anchors |= {given[name] for name in ("id", "name") if name in given}
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        if LOADING.get(tag) in given:
            self.loaded.append(given[LOADING[tag]])
        if tag == "img":
            self.pictures.append((given.get("src", ""), given.get("alt", "")))


def dead_ends(site: Path) -> Iterator[str]:
    """Links inside the site to a file or an anchor that is not there, and files that come from elsewhere."""
    pages = {path: Page(path.read_text(encoding="utf-8")) for path in site.rglob("*.html")}
    for path, page in pages.items():
        name = path.relative_to(site)
        for link in [*page.links, *page.loaded]:
            parts = urlsplit(link)
            if parts.scheme == "data":
                continue
            if parts.scheme or parts.netloc:
                if link in page.loaded:
                    yield f"{name}: {link} is loaded from elsewhere"
                continue
            goal = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            if not goal.is_file():
                yield f"{name}: {link} leads nowhere"
            elif parts.fragment and goal in pages and unquote(parts.fragment) not in pages[goal].anchors:
                yield f"{name}: {link} has no such anchor"


def test_dead_ends_are_found(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text(
        '<a href="b.html#here">x</a><a href="b.html#gone">x</a><a href="c.html">x</a>'
        '<a href="https://example.org">x</a><img src="https://example.org/x.png"><a href="#own" id="own">x</a>',
        encoding="utf-8",
    )
    (tmp_path / "b.html").write_text('<p id="here">x</p>', encoding="utf-8")
    assert list(dead_ends(tmp_path)) == [
        "a.html: b.html#gone has no such anchor",
        "a.html: c.html leads nowhere",
        "a.html: https://example.org/x.png is loaded from elsewhere",
    ]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    absent = [name for name in WANTED if importlib.util.find_spec(name) is None]
    if absent:
        pytest.skip(f"the extra docs is not installed ({', '.join(absent)}): the site is not built")
    folder: Path = tmp_path_factory.mktemp("documentation") / "site"
    done = subprocess.run(
        [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-b", "html", "docs", str(folder)],
        cwd=ROOT, env=os.environ | {"SOURCE_DATE_EPOCH": "1000000000"}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-4000:]
    return folder


@pytest.mark.slow
def test_every_link_inside_the_site_leads_somewhere(site: Path) -> None:
    assert list(dead_ends(site)) == []


@pytest.mark.slow
def test_every_page_of_the_guide_is_there(site: Path) -> None:
    sources = {path.relative_to(ROOT / "docs").with_suffix("") for path in (ROOT / "docs").rglob("*.md")}
    built = {path.relative_to(site).with_suffix("") for path in site.rglob("*.html")}
    assert sources <= built


@pytest.mark.slow
def test_the_gallery_shows_every_figure_with_words(site: Path) -> None:
    gallery = Page((site / "user" / "图集.html").read_text(encoding="utf-8"))
    figures = [(source, alt) for source, alt in gallery.pictures if source.endswith(".svg")]
    assert len(figures) == (ROOT / "docs/user/图集.md").read_text(encoding="utf-8").count("ba.show(")
    assert [source for source, alt in figures if not re.search("[\u4e00-\u9fff]", alt)] == []


@pytest.mark.slow
def test_the_method_shows_limits_of_the_law_and_the_official_example(site: Path) -> None:
    page = re.sub(r"<[^>]+>", "", (site / "user" / "方法.html").read_text(encoding="utf-8"))
    assert "[6.334437, 3.263861, 0.515257]" in page
    assert "≤ 0.45" in page
    assert "《县域义务教育优质均衡发展督导评估办法》（教督〔2017〕6号）（A）" in page
    assert "应得的结果，结果的出处" in page  # a line of the source ends between: no gap


@pytest.mark.slow
def test_chinese_words_can_be_searched(site: Path) -> None:
    index = json.loads((site / "searchindex.js").read_text(encoding="utf-8")[len("Search.setIndex(") : -1])
    words = {
        **index["terms"],
        **index["titleterms"],
    }  # words of titles are not listed again as words of the text
    found = index["titleterms"]["差异"]
    named = {index["docnames"][place] for place in ([found] if isinstance(found, int) else found)}
    assert {"user/方法", "user/图集"} <= named
    assert "台账" in words
