"""Draw the pictures of the READMEs: two pages of the sample report, and the dashboard: ``python docs/readme_picture.py``.

The report is made anew by the program; the pages are found by what they say, so that the picture keeps up with the report.
"""

import io
import sys
import tempfile
from pathlib import Path

import pypdfium2
from PIL import Image, ImageOps

from balance_analysis.cli import main

ROOT = Path(__file__).resolve().parents[1]
PICTURE = ROOT / "docs" / "_static" / "report-page.png"
DASHBOARD = ROOT / "docs" / "_static" / "dashboard.png"
PAGES = ("一、摘要", "图 1")
"""A text of each page to be shown; the first page that has it is taken, the contents apart."""
CONTENTS = "目　录"
HEIGHT, MARGIN, COLOURS = 760, 8, 24


def draw() -> None:
    """Make the sample report in a temporary folder and write the picture."""
    with tempfile.TemporaryDirectory() as folder:
        sample = str(ROOT / "data/sample/桓台县.xlsx")
        arguments = ["report", sample, "--regime", "quality_balance_2017", "--target-year", "2020"]
        if main([*arguments, "-o", folder, "--run", "picture"]):
            sys.exit("the sample report was not made")
        (path,) = Path(folder).glob("picture/*/*.pdf")
        with pypdfium2.PdfDocument(path) as report:
            texts = [page.get_textpage().get_text_bounded() for page in report]
            chosen = [
                next(n for n, text in enumerate(texts) if CONTENTS not in text and wanted in text)
                for wanted in PAGES
            ]
            shown = [report[n].render(scale=HEIGHT / report[n].get_height()).to_pil() for n in chosen]
    framed = [ImageOps.expand(page, border=1, fill="#b0b0b0") for page in shown]
    sheet = Image.new(
        "RGB", (sum(page.width + MARGIN for page in framed) + MARGIN, framed[0].height + 2 * MARGIN), "white"
    )
    left = MARGIN
    for page in framed:
        sheet.paste(page, (left, MARGIN))
        left += page.width + MARGIN
    sheet.quantize(COLOURS, dither=Image.Dither.NONE).save(PICTURE, optimize=True)


def draw_dashboard() -> None:
    """Look at the dashboard of the simulated counties in a browser (Chromium and the packages of ``install.py --tests``)."""
    sys.path.insert(0, str(ROOT))
    from tests.end_to_end.jupyterlab import browser_page
    from tests.end_to_end.test_dashboard import SHOWN, dashboard

    options = ("--overlay", "anshan", "--target-year", "2023", "--county", "210381")
    with dashboard("data/sample/anshan/鞍山市.xlsx", *options) as address, browser_page() as page:
        page.set_viewport_size({"width": 1180, "height": 860})
        page.goto(address)
        page.wait_for_selector(SHOWN, state="attached")
        page.wait_for_selector("a[download$='.png']")
        seen = page.screenshot()
    picture = Image.open(io.BytesIO(seen)).convert("RGB")
    picture.quantize(4 * COLOURS, dither=Image.Dither.NONE).save(DASHBOARD, optimize=True)


if __name__ == "__main__":
    if sys.argv[1:] != ["dashboard"]:
        draw()
    draw_dashboard()
