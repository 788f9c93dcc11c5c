"""Where a page ends: notes stay with their rows, headings with their tables, and rows become low."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from nbformat.v4 import new_markdown_cell
from pypdf import PdfReader

from balance_analysis.reporting.collect import collect_elements, collect_report
from balance_analysis.reporting.pdf import notebook_to_pdf, render_pdf
from balance_analysis.reporting.readback import read_back
from balance_analysis.reporting.table_layout import (
    PORTRAIT_POINTS,
    TEXT_EM,
    TOGETHER_LINES,
    lay_out,
    lay_out_upright,
)
from balance_analysis.views.county.page import ANSWER_POINTS, PAGE_POINTS, points_of_page
from balance_analysis.views.elements import (
    Callout,
    Column,
    ReportTable,
    Section,
    TitlePage,
    Verdict,
    worded_table,
)
from tests.unit.test_pdf import figure, long_table, report, shown

SENTENCE = "这里写着一句不长不短的说明，读的人要能一眼看完。"


def noted(rows: int, **changes: Any) -> ReportTable:
    columns = [Column("school", "学校名称列"), Column("value", "数值", kind="number")]
    body = [[f"第{i}小学", i / 7] for i in range(rows)]
    return ReportTable(title="长表", columns=columns, rows=body, notes=["此注不可独处。"], **changes)


def words(*rows: list[str], landscape: bool = False) -> dict[str, Any]:
    columns = [Column(f"c{i}", f"列{i}") for i in range(len(rows[0]))]
    return ReportTable(title="文字", columns=columns, rows=rows, landscape=landscape).to_json()


def wide(rows: int = 30, title: str = "宽表") -> ReportTable:
    columns = [Column("school", "学校"), *(Column(f"c{i}", f"列{i}", kind="integer") for i in range(15))]
    body = [[f"第{i}小学", *[123456] * 15] for i in range(rows)]
    return ReportTable(title=title, columns=columns, rows=body, notes=["此注不可独处。"], landscape=True)


@pytest.mark.parametrize(("table", "fewest"), [(noted, 32), (wide, 18)])
def test_notes_never_stand_on_a_page_without_rows_of_their_table(
    tmp_path: Path, table: Callable[[int], ReportTable], fewest: int
) -> None:
    """Row counts around the end of the first page: before the notes were glued, some of them failed."""
    crossed = 0
    for rows in range(fewest, fewest + 14):
        notebook_to_pdf(report(shown(table(rows))), tmp_path / "a.pdf")
        pages = read_back(tmp_path / "a.pdf")
        last = next(page for page in pages if "此注不可独处" in page)
        assert f"第{rows - 1}小学" in last
        assert f"第{rows - 2}小学" in last
        crossed += last is not next(page for page in pages if "第0小学" in page)
    assert 0 < crossed < 14


def test_the_heading_of_a_turned_table_stands_on_the_turned_page(tmp_path: Path) -> None:
    heading = new_markdown_cell("## 附表\n\n表的引言。")
    notebook_to_pdf(report(heading, shown(wide())), tmp_path / "a.pdf")
    pages = PdfReader(tmp_path / "a.pdf").pages
    turned = [page.extract_text() for page in pages if page.mediabox.width > page.mediabox.height]
    assert "附表" in turned[0]
    assert "表的引言" in turned[0]
    assert len(pages) == 2 + len(
        turned
    )  # the title, and the short contents with the first section, stay upright


def test_turned_tables_of_two_sections_share_pages_and_long_text_stays_behind() -> None:
    tables = [wide(title=f"宽{number}") for number in (1, 2, 3)]
    prose = new_markdown_cell("## 丙\n\n" + "\n\n".join([SENTENCE] * 6))
    blocks = collect_report(
        report(
            new_markdown_cell("## 甲"),
            shown(tables[0]),
            new_markdown_cell("## 乙\n\n短。"),
            shown(tables[1]),
            prose,
            shown(tables[2]),
        )
    )["blocks"]
    kinds = [block["type"] for block in blocks]
    assert kinds == ["heading", "paragraph", "landscape", "heading", *["paragraph"] * 6, "landscape"]
    assert [block["type"] for block in blocks[2]["blocks"]] == [
        "heading", "table", "heading", "paragraph", "table",
    ]  # fmt: skip


def test_a_short_table_declared_as_landscape_stays_upright_unless_its_neighbour_turns() -> None:
    short = noted(4, landscape=True)
    assert lay_out_upright(short.to_json()) is not None
    assert lay_out_upright(wide().to_json()) is None
    alone = collect_report(report(shown(short)))["blocks"]
    beside = collect_report(report(shown(short, wide())))["blocks"]
    assert [block["type"] for block in alone] == ["heading", "paragraph", "table"]
    assert beside[-1]["type"] == "landscape"
    assert "长表" in str(beside[-1]["blocks"])


def test_text_columns_share_the_width_so_that_the_longest_text_does_not_stand_in_a_narrow_column() -> None:
    table = words(*[["短", SENTENCE, SENTENCE * 5] for _ in range(6)])
    layout = lay_out(table)
    short, middle, long = layout.widths
    assert short < middle < long
    assert sum(layout.widths) == pytest.approx(PORTRAIT_POINTS, abs=0.1)
    assert long > 2 * middle


def test_a_single_text_column_uses_the_whole_width() -> None:
    layout = lay_out(words([SENTENCE * 9]))
    assert list(layout.widths) == pytest.approx([PORTRAIT_POINTS], abs=0.1)
    assert layout.size * TEXT_EM > PORTRAIT_POINTS


def test_statuses_and_other_short_words_do_not_wrap_beside_long_texts() -> None:
    layout = lay_out(words(*[["× 未达标", "人/百名学生", SENTENCE * 4] for _ in range(5)]))
    assert layout.widths[0] >= layout.size * 4.0
    assert layout.widths[1] >= layout.size * 5.5


def test_a_cell_that_is_a_day_does_not_wrap_and_a_day_in_a_sentence_may() -> None:
    """Seven figures of 0.58 em, three characters, and the room that word processors leave between them."""
    for text, firm in (("2022年12月31日", True), ("不迟于2022年12月31日", False)):
        layout = lay_out(words([text, SENTENCE * 9, SENTENCE * 9, SENTENCE * 9, SENTENCE * 9, SENTENCE * 9]))
        assert (layout.widths[0] / layout.size >= 8 * 0.58 + 3 + 1.2 + 0.8) is firm, text


def test_heads_stay_on_one_line_where_the_page_has_room_also_those_of_several_columns() -> None:
    def of(label: str, group: str, others: int) -> float:
        columns = [Column("name", "指标"), Column("a", label, kind="number", group=group)]
        columns += [Column(f"c{i}", f"列{i}", kind="number") for i in range(others)]
        body = [["体育场馆", *[1.25] * (others + 1)]] * 3
        layout = lay_out(ReportTable(title="表", columns=columns, rows=body).to_json())
        return layout.widths[1] / layout.size

    assert of("至二〇二二年每年需", "", 2) >= 9 + 0.8
    assert of("镇区", "与城区之比是多少", 2) >= 8 + 0.8
    assert of("至二〇二二年每年需", "", 13) < 9 + 0.8


def test_only_rows_that_are_very_tall_may_be_divided_between_pages() -> None:
    layout = lay_out(words([SENTENCE], [SENTENCE * 60], [SENTENCE]))
    assert layout.tall_rows == (1,)
    assert layout.glued_rows == 1
    assert not layout.together
    assert lay_out(words(*[["一"]] * TOGETHER_LINES)).together
    assert not lay_out(words(*[["一"]] * (TOGETHER_LINES + 1))).together


def test_figures_lists_and_remarks_fit_together_wherever_the_page_ends(tmp_path: Path) -> None:
    """A list divided by a figure is refused by PDF/UA: no report may depend on where a page ends."""
    remarks = [Callout("长", items=[SENTENCE * 6] * 9), Callout("短", items=[SENTENCE] * 3)]
    for paragraphs in range(0, 30, 3):
        filler = new_markdown_cell("\n\n".join([SENTENCE] * paragraphs))
        points = new_markdown_cell("- 甲\n- 乙\n- 丙\n- 丁")
        cells = [filler, shown(figure(), figure()), points, shown(remarks[0], figure(), remarks[1])]
        notebook_to_pdf(report(*cells, shown(long_table(40), figure())), tmp_path / "a.pdf")
        assert "".join(read_back(tmp_path / "a.pdf")).count("示例图题") == 4


# --- page 2 of a county's report ---------------------------------------------------------------------------

TEXTS = {
    "running text": "缺教学及辅助用房面积的学校较多",
    "figures": "B3：8所，缺体艺教师23人、小学体艺教师差异系数0.505（限值0.50）；B4：17所，缺教学及辅助用房26038.61平方米；",
    "long numbers": "缺体育场馆1234567.89平方米、",
    "names in brackets": "模拟县第一中学（完全中学）（初中部）、“民办”《育才》学校（模拟）、",
}


def set_pages(sentence: str, answers: list[str]) -> int:
    """Pages of the cover and of page 2 as they are set."""
    rows = [["能否按期达标", text] for text in answers]
    figures = {"county": "模拟县", "year": 2017}
    page_2 = [
        Section("摘要", new_page=True, front=True),
        Verdict("not_met", "模拟县2017—2018学年优质均衡总体结论", sentence),
    ]
    cover = TitlePage("报告", "模拟县", "370321", "2017—2018学年", "优质均衡", simulated=True)
    data = render_pdf(
        collect_elements([cover, *page_2, worded_table("county.summary", rows, figures=figures)])
    )
    return len(PdfReader(BytesIO(data)).pages)


@pytest.mark.parametrize("kind", TEXTS)
def test_what_is_estimated_to_fit_on_page_two_does_and_little_more_does_not(kind: str) -> None:
    """The longest answers that the estimate lets through, of every kind of text; a tenth more is no longer one page."""
    long = TEXTS[kind] * 150
    sentence, firm = long[:100], [f"{long[:150]}\n{long[:90]}", long[:60]] * 3
    filled = next(n for n in range(1, 2000) if points_of_page(sentence, [*firm, long[: n + 1]]) > PAGE_POINTS)
    answers = [*firm, long[:filled]]
    assert PAGE_POINTS - points_of_page(sentence, answers) < ANSWER_POINTS
    assert set_pages(sentence, answers) == 2
    assert set_pages(sentence, [*answers, long[:240]]) == 3


@pytest.mark.parametrize(("sections", "pages"), [(9, 2), (10, 3)])
def test_a_short_table_of_contents_shares_its_page_and_a_long_one_does_not(
    tmp_path: Path, sections: int, pages: int
) -> None:
    headings = new_markdown_cell("\n\n".join(f"## 第{n}节" for n in range(sections - 1)))
    notebook_to_pdf(report(headings), tmp_path / "a.pdf")
    assert len(PdfReader(tmp_path / "a.pdf").pages) == pages
