"""Whatever stands above it: a heading never ends a page, a table begins with its rows, a figure stays in its section.

One document per kind of content; in it every section begins a page, with one line more above the heading than the section before.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from nbformat.v4 import new_markdown_cell
from pypdf import PdfReader

from balance_analysis.reporting.collect import collect_report
from balance_analysis.reporting.pdf import notebook_to_pdf
from balance_analysis.reporting.readback import normalise, read_back
from balance_analysis.views.elements import Callout, Column, Paragraph, ReportTable, Section
from tests.pdf_tools import Line, text_lines, text_sizes
from tests.unit.test_page_layout import SENTENCE, wide
from tests.unit.test_pdf import figure, report, shown

ABOVE = range(25, 41)
"""Lines above the heading; a page holds about 40."""


def schools(number: int, rows: int) -> ReportTable:
    columns = [Column("school", "学校"), Column("value", "数值", kind="number"), Column("note", "说明")]
    body = [[f"表{number}校{row}", row / 7, "短"] for row in range(rows)]
    return ReportTable(title=f"题{number}", columns=columns, rows=body, notes=[f"尾注{number}。"])


def sections(content: Callable[[int], Any], above: range = ABOVE) -> list[Any]:
    """Cells of one section per number of lines above: fillers, a heading 节k and what it leads to."""
    cells = []
    for lines in above:
        filler = [Paragraph(f"{lines}号填充行。") for _ in range(lines)]
        cells.append(shown(Section(f"第{lines}章", new_page=True), *filler, Section(f"节{lines}号", level=3)))
        made = content(lines)
        cells.append(made if hasattr(made, "cell_type") else shown(made))
    return cells


def pages_of(path: Path, cells: list[Any]) -> dict[int, list[Line]]:
    notebook_to_pdf(report(*cells), path)
    pages: dict[int, list[Line]] = {}
    found = text_lines(path)
    first = next(line.page for line in found if line.text == "一、总体结论")  # after cover and contents
    for line in found:
        if line.page >= first:
            pages.setdefault(line.page, []).append(line)
    return pages


def following(pages: dict[int, list[Line]], lines: int) -> list[str]:
    """What stands below the heading 节k on its page."""
    for page in pages.values():
        texts = [line.text for line in page]
        place = next((place for place, text in enumerate(texts) if text.endswith(f"节{lines}号")), None)
        if place is not None:
            return texts[place + 1 :]
    raise AssertionError(f"no heading for {lines}")


def crossed(pages: dict[int, list[Line]]) -> int:
    """How many sections' headings moved to a page of their own content, away from the lines above."""
    return sum(not any("填充行" in line.text for line in page) for page in pages.values())


@pytest.mark.parametrize("rows", [1, 2, 5, 60])
def test_below_a_heading_stand_its_table_head_and_at_least_two_rows(tmp_path: Path, rows: int) -> None:
    pages = pages_of(tmp_path / "a.pdf", sections(lambda lines: schools(lines, rows)))
    for lines in ABOVE:
        below = following(pages, lines)
        assert f"题{lines}" in below[0]
        assert below[1].startswith("学校")
        for row in range(min(rows, 2)):
            assert f"表{lines}校{row}" in below[2 + row]
    assert crossed(pages) > 0


def test_the_last_page_of_a_long_table_has_two_rows_at_least_with_its_notes(tmp_path: Path) -> None:
    pages = pages_of(tmp_path / "a.pdf", sections(lambda lines: schools(lines, 60)))
    for lines in ABOVE:
        last = next(page for page in pages.values() if any(f"尾注{lines}" in line.text for line in page))
        assert {f"表{lines}校58", f"表{lines}校59"} <= {line.text.split("8.")[0] for line in last}


def test_a_figure_stands_with_its_caption_below_it_between_its_own_heading_and_the_next(
    tmp_path: Path,
) -> None:
    cells = sections(lambda lines: figure(f"图内{lines}号"))
    for number, lines in enumerate(ABOVE, start=1):
        cells.insert(3 * number - 1, new_markdown_cell(f"图{lines}之后的正文。"))
    pages = pages_of(tmp_path / "a.pdf", cells)
    for lines in ABOVE:
        below = following(pages, lines)
        assert f"图内{lines}号" in below[0]
        assert "示例图题" in below[1]
    whole = [line.text for page in pages.values() for line in page]
    for lines in ABOVE:
        heading = next(place for place, text in enumerate(whole) if text.endswith(f"节{lines}号"))
        assert [f"图内{lines}号" in whole[heading + 1], f"图{lines}之后" in whole[heading + 3]] == [
            True,
            True,
        ]
    assert crossed(pages) > 0


def test_a_line_between_heading_and_table_or_figure_stays_with_it(tmp_path: Path) -> None:
    for name, content in (
        ("a", lambda lines: figure(f"图内{lines}号")),
        ("b", lambda lines: schools(lines, 30)),
    ):
        cells = sections(content)
        for cell in cells[::2]:
            cell.outputs.append(shown(Paragraph("引言一句。")).outputs[1])
        pages = pages_of(tmp_path / f"{name}.pdf", cells)
        for lines in ABOVE:
            below = following(pages, lines)
            assert below[0] == "引言一句。"
            assert f"图内{lines}号" in below[1] or f"题{lines}" in below[1]
        assert crossed(pages) > 0


@pytest.mark.parametrize(
    "content",
    [
        lambda lines: Callout("提示", items=[f"{SENTENCE}{SENTENCE}"] * 14),
        lambda lines: Callout("提示", SENTENCE, [SENTENCE] * 3),
        lambda lines: new_markdown_cell("如下：\n\n" + "\n".join(f"- 点{i}" for i in range(60))),
        lambda lines: new_markdown_cell(f"{SENTENCE}{SENTENCE}{SENTENCE}"),
    ],
    ids=["long remark", "short remark", "long list", "paragraph"],
)
def test_no_heading_ends_a_page_whatever_follows(tmp_path: Path, content: Callable[[int], Any]) -> None:
    pages = pages_of(tmp_path / "a.pdf", sections(content))
    for lines in ABOVE:
        assert len(following(pages, lines)) >= 2
    assert crossed(pages) > 0


def test_no_point_of_a_list_stands_alone_on_a_page_and_the_line_that_leads_to_it_stays(
    tmp_path: Path,
) -> None:
    points = "\n".join(f"- 点{i}号" for i in range(45))
    pages = pages_of(tmp_path / "a.pdf", sections(lambda lines: new_markdown_cell(f"引线：\n\n{points}")))
    for page in pages.values():
        texts = [line.text for line in page]
        listed = [text for text in texts if text.startswith("•")]
        assert len(listed) != 1
        assert not texts[-1].endswith("引线:")


def test_turned_pages_turn_back_and_annexes_are_lettered(tmp_path: Path) -> None:
    cells = [
        shown(Section("横表一节"), wide(30), Section("回到竖排"), Paragraph(SENTENCE)),
        shown(Section("学校明细", annex=True), schools(1, 40), Section("读数", level=3), Paragraph("甲。")),
        shown(Section("方法", annex=True, new_page=True), wide(8, title="附宽表")),
        new_markdown_cell("## 数据来源\n\n乙。"),
    ]
    notebook_to_pdf(report(*cells), tmp_path / "a.pdf")
    reader = PdfReader(tmp_path / "a.pdf")
    outline: list[Any] = reader.outline
    titles = [normalise(str(entry["/Title"])) for entry in outline if not isinstance(entry, list)]
    assert titles == [
        "一、总体结论", "二、横表一节", "三、回到竖排", "附录A学校明细", "附录B方法", "附录C数据来源",
    ]  # fmt: skip
    assert [str(entry["/Title"]) for entry in outline[4]] == ["A.1 读数"]
    pages = read_back(tmp_path / "a.pdf")
    turned = ["T" if page.mediabox.width > page.mediabox.height else "U" for page in reader.pages]
    assert "".join(turned) == "UUTTUUUTU"
    assert "附录B" in pages[7]
    assert {line.page for line in text_lines(tmp_path / "a.pdf")} == set(range(1, 10))  # none is empty


def test_bookmarks_have_two_levels_and_deeper_headings_none(tmp_path: Path) -> None:
    notebook_to_pdf(report(new_markdown_cell("### 二级\n\n#### 三级\n\n甲")), tmp_path / "a.pdf")
    assert "三级" in "".join(read_back(tmp_path / "a.pdf"))
    outline: list[Any] = PdfReader(tmp_path / "a.pdf").outline
    assert [str(entry["/Title"]) for entry in outline[1]] == ["（一） 二级"]
    assert "三级" not in str(outline)


def test_the_watermark_is_drawn_and_not_written(tmp_path: Path) -> None:
    """Every line of the text is a line of the report: no sign of the mark stands in or between the sentences."""
    text = "\n\n".join(f"{SENTENCE}{SENTENCE}{i}" for i in range(30))
    notebook_to_pdf(report(new_markdown_cell(text), simulated=False), tmp_path / "plain.pdf")
    notebook_to_pdf(report(new_markdown_cell(text), simulated=True), tmp_path / "marked.pdf")
    plain, marked = (text_lines(tmp_path / f"{name}.pdf") for name in ("plain", "marked"))
    assert [line for line in marked if line.page > 1] == [line for line in plain if line.page > 1]
    assert (tmp_path / "marked.pdf").read_bytes() != (tmp_path / "plain.pdf").read_bytes()
    ink = PdfReader(tmp_path / "marked.pdf").pages[1].get_contents()
    assert ink is not None
    assert b"/Artifact" in ink.get_data()


def test_no_type_is_smaller_than_readers_can_read(tmp_path: Path) -> None:
    """10 pt for text, 9 for tables, notes and running heads; 8.5 for tables of the annexes."""
    body = [schools(1, 5), wide(4), Callout("提示", SENTENCE, [SENTENCE]), Paragraph(SENTENCE)]
    notebook_to_pdf(report(shown(*body)), tmp_path / "a.pdf")
    annexed = [Section("附表", annex=True), schools(2, 40), wide(4), Paragraph(SENTENCE)]
    notebook_to_pdf(report(shown(*annexed)), tmp_path / "b.pdf")
    assert min(text_sizes(tmp_path / "a.pdf")) >= 9.0
    assert min(text_sizes(tmp_path / "b.pdf")) >= 8.5
    sizes = {size for size, text in text_sizes(tmp_path / "b.pdf").items() if SENTENCE[:8] in text}
    assert min(sizes) >= 10.0


def test_a_heading_that_begins_a_page_begins_a_page_and_other_blocks_know_nothing_of_it() -> None:
    blocks = collect_report(report(shown(Section("甲", new_page=True), wide(), Section("乙", new_page=True))))
    turned, upright = blocks["blocks"][-2:]
    assert [turned["blocks"][0]["new_page"], upright["new_page"]] == [False, True]
