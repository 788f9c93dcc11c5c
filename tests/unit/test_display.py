"""Report elements: rounding, missing against zero, marks, escaping, and what they refuse."""

from __future__ import annotations

import base64
import dataclasses
import json
import re
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from balance_analysis.errors import ReportError
from balance_analysis.views.elements import (
    MIME_TYPE,
    Callout,
    Cell,
    Column,
    Paragraph,
    ReportFigure,
    ReportTable,
    Section,
    TitlePage,
    Verdict,
    escape_markdown,
)
from balance_analysis.views.elements.cells import MISSING_NOTE, marked_text
from balance_analysis.views.elements.packed import unpacked
from balance_analysis.views.elements.style import STATUS_STYLES, figure_size, report_style
from balance_analysis.words import numbers

VALUE = Column("value", "数值", "m²", kind="number", status_column="outcome")


def table(**changes: object) -> ReportTable:
    options: dict[str, object] = {
        "title": "例",
        "columns": [Column("a", "学校"), VALUE],
        "rows": [["一小", 1.0]],
    }
    return ReportTable(**{**options, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [
        (0.5046, 2, "0.50"),
        (0.505, 2, "0.51"),  # shortest decimal 0.505, half away from zero (四舍五入)
        (2.675, 2, "2.68"),  # binary value lies below the half; the decimal a reader sees does not
        (-2.5, 0, "−3"),
        (-0.004, 2, "0.00"),
        (1e-7, 3, "0.000"),
        (2013.9999999999777, 0, "2014"),
    ],
)
def test_numbers_are_rounded_as_a_reader_would(value: float, decimals: int, text: str) -> None:
    assert numbers.fixed(value, decimals) == text


def test_an_infinite_value_is_refused_instead_of_printed() -> None:
    with pytest.raises(ReportError, match="不是有限数"):
        numbers.fixed(float("inf"), 2)


@pytest.mark.parametrize("missing", [None, float("nan"), np.float64("nan"), pd.NA, pd.NaT, ""])
def test_missing_prints_as_a_dash_and_is_explained(missing: object) -> None:
    shown = table(rows=[["一小", missing]])
    assert shown.to_json()["rows"][0][1]["text"] == "—"
    assert MISSING_NOTE in shown.to_json()["notes"]


def test_a_true_zero_prints_as_zero_without_the_note() -> None:
    shown = table(rows=[["一小", 0]])
    assert shown.to_json()["rows"][0][1]["text"] == "0.00"
    assert shown.to_json()["notes"] == []


def test_numpy_numbers_and_booleans_are_formatted_like_python_ones() -> None:
    assert VALUE.cell(np.float64(1.005)) == VALUE.cell(1.005)
    assert Column("n", "人数", kind="integer").cell(np.int64(7)).text == "7"
    assert Column("b", "寄宿").cell(True).text == "是"
    assert Column("b", "寄宿").cell(np.False_).text == "否"


def test_status_is_a_symbol_and_a_word_and_never_colour_alone() -> None:
    status = Column("outcome", "结论", kind="status")
    assert [marked_text(status.cell(name).text, name) for name in ("met", "not_met", "not_assessable")] == [
        "✓ 达标",
        "× 未达标",
        "○ 无法判定",
    ]
    assert marked_text("3.41", "tolerable") == "3.41 △"
    assert marked_text("4.20", "met") == "4.20"


def test_marks_that_occur_are_explained_and_others_are_not() -> None:
    frame = pd.DataFrame({"a": ["一小", "二小"], "value": [3.0, 5.0], "outcome": ["tolerable", "met"]})
    shown = ReportTable.from_frame(frame, [Column("a", "学校"), VALUE], title="例")
    legend = "".join(shown.explanations)
    assert "△" in legend
    assert "×" not in legend


def test_an_unknown_status_is_refused() -> None:
    with pytest.raises(ReportError, match="passed"):
        Cell("1", "passed")
    with pytest.raises(ReportError, match="passed"):
        Column("o", "结论", kind="status").cell("passed")


def test_a_column_the_frame_lacks_is_named() -> None:
    with pytest.raises(ReportError, match="outcome"):
        ReportTable.from_frame(pd.DataFrame({"value": [1.0]}), [VALUE], title="例")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"title": " "}, "缺少标题"),
        ({"rows": [["一小"]]}, "第1行有1格，应为2格"),
        ({"columns": [VALUE, VALUE]}, "重复"),
        ({"columns": [], "rows": []}, "没有列"),
    ],
)
def test_a_malformed_table_is_refused(changes: dict[str, object], message: str) -> None:
    with pytest.raises(ReportError, match=message):
        table(**changes)


def test_data_is_escaped_in_the_browser_view() -> None:
    nasty = "<script>alert(1)</script>&"
    for shown in (
        table(title=nasty, rows=[[nasty, 1.0]], notes=[nasty], source=nasty).to_html(),
        Verdict("met", nasty, nasty).to_html(),
        Callout(nasty, nasty, [nasty]).to_html(),
        TitlePage(nasty, nasty, "370321", nasty, nasty).to_html(),
    ):
        assert "<script>" not in shown
        assert "&lt;script&gt;" in shown


def test_elements_are_frozen_and_their_data_is_json() -> None:
    verdict = Verdict("not_met", "小学", "两项未达标。")
    with pytest.raises(dataclasses.FrozenInstanceError):
        verdict.outcome = "met"  # type: ignore[misc]
    for element in (
        verdict,
        table(),
        Callout("标题"),
        TitlePage("报告", "县", "370321", "2017", "办法"),
    ):
        bundle = element._repr_mimebundle_()
        assert json.loads(json.dumps(bundle[MIME_TYPE])) == bundle[MIME_TYPE]
        assert {"text/html", "text/plain"} < set(bundle)


AWKWARD = "第<b>1</b>小学&lt;br&gt;\t“二”\n'三' </td><td>"
"""What would be lost if texts were read back from HTML carelessly: tags, references, tabs, line ends, quotes."""


@pytest.mark.parametrize(
    "element",
    [
        ReportTable(
            title=AWKWARD,
            columns=[Column("a", "学校", group="甲"), Column("b", "值", "平方米", kind="number", align="center")],
            rows=[[AWKWARD, Cell("3.4", "not_met")], ["", Cell("—", "not_met", emphasis=True)], ["（无）", 2]],
            notes=[AWKWARD, "二"], source="出处", landscape=True, emphasis_rows=[1],
        ),
        ReportTable(title="空", columns=[Column("a", "甲")], rows=[]),
        Section(AWKWARD, level=3, annex=True), Section("节"), Paragraph(AWKWARD),
        Callout(AWKWARD, AWKWARD, [AWKWARD]), Verdict("met", AWKWARD, AWKWARD),
    ],
)  # fmt: skip
def test_the_typesetter_gets_from_a_notebook_what_the_element_holds(element: Any) -> None:
    """The texts stand once, in the HTML; equality with ``to_json`` is the whole contract."""
    bundle = element._repr_mimebundle_()
    kept = json.loads(json.dumps(bundle[MIME_TYPE]))
    assert unpacked(kept, bundle["text/html"]) == json.loads(json.dumps(element.to_json()))
    assert not {"rows", "body"} & set(kept)


def test_a_table_whose_cells_were_cut_by_hand_is_refused() -> None:
    bundle = table()._repr_mimebundle_()
    cut = bundle["text/html"].replace("<td", "<i", 1)
    with pytest.raises(ReportError, match="被改动过"):
        unpacked(bundle[MIME_TYPE], cut)


@pytest.mark.parametrize(("caption", "alt", "message"), [("图题", " ", "替代文字"), ("", "说明", "标题")])
def test_a_figure_without_caption_or_alternative_text_is_refused(
    caption: str, alt: str, message: str
) -> None:
    with pytest.raises(ReportError, match=message):
        ReportFigure(Figure(), caption, alt)


DECLARATIONS = re.compile(r'style="?([^">]*)')


def test_every_fill_has_its_own_ink_so_that_light_and_dark_pages_can_be_read() -> None:
    """A fill without an ink of its own gets the theme's: white on pale in a dark one; and an ink without a fill is as bad."""
    notes = ["注"]
    cells = [[Cell(name, name) for name in ("met", "tolerable")], [Cell("x", "not_met"), Cell("y")]]
    shown = [
        *(Verdict(outcome, "小学", "说明") for outcome in STATUS_STYLES),
        *(Callout("标题", "文", ["点"], tone=tone) for tone in ("note", "warning")),
        ReportTable(title="例", columns=[Column("a", "甲"), Column("b", "乙")], rows=cells, notes=notes),
        TitlePage("报告", "县", "370321", "2017", "办法", simulated=True),
        Section("节"),
        Paragraph("段"),
    ]
    filled = 0
    for element in shown:
        inherited = ""
        for style in DECLARATIONS.findall(element.to_html()):
            names = {part.partition(":")[0].strip() for part in style.split(";") if "inherit" not in part}
            assert ("background" in names) <= ("color" in names), style
            assert ("color" not in names) or "background" in names or "background" in inherited, style
            inherited += style
            filled += "background" in names
    assert filled >= 8


def test_a_picture_stands_beside_the_drawing_for_pages_that_trust_no_drawing() -> None:
    with report_style():
        figures = []
        for _ in range(2):
            drawing = Figure(figsize=figure_size())
            drawing.text(0.2, 0.5, "图中文字")
            figures.append(ReportFigure(drawing, "图题", "说明"))
    first, second = (base64.b64decode(figure._repr_mimebundle_()["image/png"]) for figure in figures)
    assert first == second  # committed notebooks must not change by themselves
    assert first.startswith(b"\x89PNG")
    assert b"Software" not in first
    assert len(first) < 40_000


def test_a_figure_carries_its_drawing_once_and_its_words_as_data() -> None:
    bundle = ReportFigure(Figure(), "图题", "说明")._repr_mimebundle_()
    assert bundle["image/svg+xml"].startswith("<svg ")
    assert 'aria-label="说明"' in bundle["image/svg+xml"]
    assert "svg" not in bundle[MIME_TYPE]


def test_the_title_page_has_no_line_for_what_was_not_given_and_no_hash() -> None:
    page = TitlePage("报告", "桓台县", "370321", "2017—2018学年", "办法", stamp={"source_sha256": "ab" * 32})
    assert page.lines() == ["桓台县", "2017—2018学年", "办法"]
    full = dataclasses.replace(
        page, target_year=2025, issued_on="2018年6月1日", issuing_office="桓台县教育和体育局"
    )
    assert full.lines()[3:] == ["目标年：2025年", "桓台县教育和体育局", "2018年6月1日"]
    for text in (full.to_text(), full.to_html()):
        assert "abab" not in text
        assert "370321" not in text


def test_markdown_signs_in_a_name_are_escaped() -> None:
    assert escape_markdown("a*b_[c]`$") == r"a\*b\_\[c\]\`\$"


def test_a_short_text_beside_a_long_one_stays_on_one_line_in_the_browser() -> None:
    rows = [["未达标", "长" * 200], ["未达标项目", "短"], ["3.14", "短"]]
    table = ReportTable(title="例", columns=[Column("a", "问题"), Column("b", "回答")], rows=rows)
    cells = table.to_html().split("<td")[1:]
    assert ["nowrap" in cell for cell in cells] == [False, False, True, True, False, False]
