"""The application form recalculated by LibreOffice after a school's figure is changed: figures at 1e-9, verdicts and fills follow.

Expected coefficients are computed here from the cells by their definition (teaching example of the regulation); verdict words follow
the rule 6 of 7 with the rest at 85 %. Skipped, saying so, where there is no LibreOffice.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from balance_analysis.door import open_assessment
from balance_analysis.reporting.forms import write_forms
from tests.county_tables import SAMPLE
from tests.live_formulas import load

pytestmark = pytest.mark.skipif(
    shutil.which("soffice") is None, reason="LibreOffice (soffice) is not installed"
)
VALUES, VERDICT, REMARK = 6, 13, 14


def converted(path: Path, kind: str, folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    profile = f"-env:UserInstallation=file://{folder / 'profile'}"
    command = ["soffice", profile, "--headless", "--convert-to", kind, "--outdir", str(folder), str(path)]
    subprocess.run(command, check=True, capture_output=True, timeout=180)
    return folder / f"{path.stem}.{kind}"


def row_of_school(page: Any, name: str) -> Any:
    return next(row for row in page.iter_rows(min_row=5) if row[1].value == name)


@pytest.fixture(scope="module")
def changed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Any, Path, str, str]:
    """The form of a county with one passing school made poor, one failing school made rich and a figure of a junior
    secondary school taken out, before and after LibreOffice.
    """
    folder = tmp_path_factory.mktemp("recalculated")
    county = open_assessment(SAMPLE / "襄汾县.xlsx", regime="quality_balance_2017")
    written = write_forms(county, folder)[0]
    book = load(written)
    schools = county.current("schools").query("stage == 'primary'")
    poor = schools.query("outcome == 'met' and indicators_met == 7")["school_name"].iloc[0]
    rich = schools.query("outcome == 'not_met'")["school_name"].iloc[0]
    page = book["表Ⅱ-2"]
    row_of_school(page, poor)[VALUES + 4].value = 1.0  # 7.5 m² of sports ground a pupil are asked for
    for column in range(VALUES, VALUES + 7):
        row_of_school(page, rich)[column].value = 5000.0
    junior = county.current("schools").query("stage == 'junior_secondary'")["school_name"].iloc[-1]
    row_of_school(page, junior)[VALUES + 6].value = None
    book["表Ⅵ"]["D7"].value = 0  # no satisfied questionnaire
    changed = folder / "changed.xlsx"
    book.save(changed)  # openpyxl keeps no cached values: all that is read below was computed by LibreOffice
    again = converted(changed, "xlsx", folder / "out")
    return load(again, data_only=True), load(written, data_only=True), changed, poor, rich


def test_means_and_coefficients_follow_the_changed_figure(changed: Any) -> None:
    book, _, _, _, _ = changed
    page, table = book["表Ⅱ-2"], book["表Ⅲ"]
    rows = []
    for row in page.iter_rows(min_row=5):
        if str(row[0].value).startswith("初中"):
            break
        if isinstance(row[0].value, (int, float)):
            rows.append([cell.value for cell in row])
    pupils = np.array([row[3] for row in rows], dtype=float)
    found = []
    for number in range(7):
        values = np.array([row[VALUES + number] for row in rows], dtype=float)
        mean = (values * pupils).sum() / pupils.sum()
        found.append(np.sqrt((pupils * (values - mean) ** 2).sum() / pupils.sum()) / mean)
        assert table.cell(5, 3 + number).value == pytest.approx(mean, rel=1e-9)
        assert table.cell(6, 3 + number).value == pytest.approx(found[-1], rel=1e-9)
        assert table.cell(8, 3 + number).value == ("达标" if found[-1] <= 0.5 else "未达标")
    assert table.cell(6, 10).value == pytest.approx(np.mean(found), rel=1e-9)
    assert max(found) > 0.5, "the change must carry a coefficient over its limit"


def test_a_figure_that_is_taken_out_is_missing_and_not_zero(changed: Any) -> None:
    book, before, _, _, _ = changed
    table, counts = book["表Ⅲ"], book["表Ⅱ-1"]
    assert isinstance(before["表Ⅲ"]["I9"].value, float)
    assert [table[f"I{row}"].value for row in (9, 10, 12)] == [
        "无法判定：1所学校缺少数据",
        "无法判定",
        "无法判定",
    ]
    assert table["J10"].value == "无法判定：1项指标的差异系数无法计算"
    assert [counts[f"{column}7"].value for column in "OP"] == ["无法判定\n（1所缺报）", "无法判定"]


def test_verdicts_and_remarks_of_schools_follow(changed: Any) -> None:
    book, before, _, poor, rich = changed
    page, old = book["表Ⅱ-2"], before["表Ⅱ-2"]
    assert row_of_school(old, poor)[VERDICT].value == "达标"
    assert row_of_school(page, poor)[VERDICT].value == "未达标"
    assert row_of_school(page, poor)[REMARK].value == "达标：①②③④⑥⑦；不足85%：⑤"
    assert row_of_school(old, rich)[VERDICT].value == "未达标"
    assert row_of_school(page, rich)[VERDICT].value == "达标"
    assert row_of_school(page, rich)[REMARK].value == "7项全部达标"
    assert book["表Ⅵ"]["D11"].value == "未达标"
    assert before["表Ⅵ"]["D11"].value == "达标"


def test_the_annex_follows_what_it_sums_up_and_no_sentence_outlives_its_figures(changed: Any) -> None:
    book, before, _, _, _ = changed
    parts = {row[1].value: [cell.value for cell in row[3:5]] for row in book["附表"]["A5:E11"]}
    old = {row[1].value: [cell.value for cell in row[3:5]] for row in before["附表"]["A5:E11"]}
    moved = "数据已改动，结论见前面各表。"
    assert old["社会认可度"] == ["共1项，达标1项。", "达标"]
    assert parts["社会认可度"] == [moved, "未达标"]
    assert old["资源配置"][0].startswith("小学：")
    assert parts["资源配置"] == [moved, "未达标"]
    untouched = ("政府保障程度", "教育质量", "申报条件", "一票否决事项", "总体")
    assert [parts[name] for name in untouched] == [old[name] for name in untouched]


def test_cells_that_were_not_touched_keep_the_program_s_words_and_figures(changed: Any) -> None:
    book, before, _, poor, rich = changed
    seen = 0
    for row in before["表Ⅱ-2"].iter_rows(min_row=5):
        if isinstance(row[0].value, (int, float)) and row[1].value not in (poor, rich):
            again = book["表Ⅱ-2"][row[0].row]
            if again[VALUES + 6].value is None:  # the one that was taken out
                continue
            assert [cell.value for cell in again[VERDICT : REMARK + 1]] == [
                cell.value for cell in row[VERDICT : REMARK + 1]
            ]
            seen += 1
    assert seen > 20


def test_the_fill_follows_the_verdict(changed: Any, tmp_path: Path) -> None:
    """The printed page: behind the words of the two schools lies what their new verdicts ask for."""
    pdfium = pytest.importorskip("pypdfium2", reason="pypdfium2 is not installed")
    _, _, path, poor, rich = changed
    document = pdfium.PdfDocument(converted(path, "pdf", tmp_path))
    dark: dict[str, bool] = {}
    for number in range(len(document)):
        page = document[number]
        text, picture = page.get_textpage(), page.render(scale=3).to_pil().convert("L")
        for name in (poor, rich):
            place = text.search(name).get_next()
            if place is None or name in dark:
                continue
            _, low, _, high = text.get_charbox(place[0])
            search = text.search("达标")
            while (found := search.get_next()) is not None:
                left, bottom, _, top = text.get_charbox(found[0])
                if left > page.get_width() / 2 and bottom < high and top > low and name not in dark:
                    height = page.get_height()
                    shade = picture.getpixel((int((left - 12) * 3), int((height - (bottom + top) / 2) * 3)))
                    dark[name] = shade < 0x60
    assert dark == {poor: True, rich: False}
