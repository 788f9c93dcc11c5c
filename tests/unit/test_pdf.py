"""Executed notebook → PDF, read back: nothing is lost, nothing acts as markup, nothing is half there."""

from __future__ import annotations

import errno
import hashlib
import json
from pathlib import Path
from typing import Any

import nbformat
import pypdfium2 as pdfium  # type: ignore[import-untyped]
import pytest
from matplotlib.figure import Figure
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from pypdf import PdfReader

from balance_analysis.errors import ReportError
from balance_analysis.reporting.collect import SKIP_TAG, collect_report
from balance_analysis.reporting.pdf import notebook_to_pdf
from balance_analysis.reporting.readback import normalise, read_back, verify_pdf
from balance_analysis.typefaces import LACKING
from balance_analysis.views.elements import (
    MIME_TYPE,
    Callout,
    Column,
    ReportFigure,
    ReportTable,
    TitlePage,
    Verdict,
)
from balance_analysis.views.elements.style import figure_size, report_style
from tests.pdf_tools import embedded_fonts

NASTY_NAME = r"""#let *一* _二_ [三] $四$ @五 <六> \七 = 八 `九` ~ // "双" '单' -- ... #(1+1) %&{}"""


def cover(**changes: Any) -> TitlePage:
    facts: dict[str, Any] = {
        "title": "优质均衡监测报告",
        "county": "桓台县",
        "division_code": "370321",
        "school_year": "2017—2018学年",
        "regime": "评估办法",
    }
    return TitlePage(**{**facts, **changes})


def shown(*elements: Any) -> Any:
    """Return a code cell that has put out the elements, as Jupyter would save it."""
    outputs = [
        new_output("display_data", data=json.loads(json.dumps(item._repr_mimebundle_()))) for item in elements
    ]
    stream = new_output("stream", name="stdout", text="流输出不入报告")
    return new_code_cell("隐藏的代码 = 1", execution_count=1, outputs=[stream, *outputs])


def report(*cells: Any, **cover_changes: Any) -> Any:
    return new_notebook(
        cells=[shown(cover(**cover_changes)), new_markdown_cell("## 总体结论\n\n正文。"), *cells]
    )


def long_table(rows: int = 90) -> ReportTable:
    columns = [Column("school", "学校名称列"), Column("value", "数值", "m²", kind="number")]
    return ReportTable(title="长表", columns=columns, rows=[[f"第{i}小学", i / 7] for i in range(rows)])


def figure(text: str = "图中文字", alt: str = "说明") -> ReportFigure:
    with report_style():
        drawing = Figure(figsize=figure_size(90, 40))
        drawing.text(0.2, 0.5, text)
    return ReportFigure(drawing, "示例图题", alt)


def test_every_special_sign_in_a_school_name_prints_literally(tmp_path: Path) -> None:
    table = ReportTable(
        title=NASTY_NAME, columns=[Column("a", NASTY_NAME)], rows=[[NASTY_NAME]], notes=[NASTY_NAME]
    )
    remarks = [
        Verdict("met", "小学", NASTY_NAME),
        Callout("提示", NASTY_NAME, [NASTY_NAME]),
        figure(NASTY_NAME),
    ]
    notebook = report(shown(table, *remarks), county=NASTY_NAME)
    notebook_to_pdf(notebook, tmp_path / "a.pdf")
    whole = "".join(read_back(tmp_path / "a.pdf"))
    # title page, every running head, table title, header, body and note, verdict, callout twice, figure
    assert whole.count(normalise(NASTY_NAME)) >= 9


def test_markdown_is_set_and_its_data_stays_literal(tmp_path: Path) -> None:
    source = (
        "### 小节\n\n**要点**：列 `cv` 见[说明](https://example.org)。\n\n"
        "- #1 $x$ @y\n\n1. 甲\n2. 乙\n\n| 项 | 值 |\n|---|--:|\n| 一 | 2 |\n\n> 引文"
    )
    notebook_to_pdf(report(new_markdown_cell(source)), tmp_path / "a.pdf")
    verify_pdf(
        tmp_path / "a.pdf", ["（一）小节", "要点：列cv见说明。", "#1 $x$ @y", "1.甲", "2.乙", "项 值", "引文"]
    )
    assert "**" not in "".join(read_back(tmp_path / "a.pdf"))


@pytest.mark.parametrize("place", ["table", "figure", "markdown", "county"])
def test_a_character_without_glyph_is_set_as_a_sign_and_named_under_quality(
    tmp_path: Path, place: str
) -> None:
    school = "阳光\U0001f3eb小学"
    cells = {
        "table": [shown(ReportTable(title="表", columns=[Column("a", "学校")], rows=[[school]]))],
        "figure": [shown(figure(school))],
        "markdown": [new_markdown_cell(school)],
        "county": [],
    }
    changes = {"county": school} if place == "county" else {}
    quality = new_markdown_cell("## 数据质量\n\n按列检查。")
    notebook_to_pdf(
        report(*cells[place], quality, new_markdown_cell("## 末节"), **changes), tmp_path / "a.pdf"
    )
    text = "".join(read_back(tmp_path / "a.pdf"))
    remark = normalise("U+1F3EB SCHOOL，见“阳光〓小学”")
    assert text.rindex(normalise("数据质量")) < text.index(remark) < text.index(normalise("按列检查"))
    verify_pdf(tmp_path / "a.pdf", [school])  # what is read back is what could be set


def test_a_rare_character_is_set_and_says_nothing(tmp_path: Path) -> None:
    notebook_to_pdf(report(shown(figure("𠮷田小学")), county="𠮷县"), tmp_path / "a.pdf")
    verify_pdf(tmp_path / "a.pdf", ["𠮷田小学", "𠮷县"])
    assert LACKING not in "".join(read_back(tmp_path / "a.pdf"))
    assert any("NotoSansCJKjp" in name for name in embedded_fonts(tmp_path / "a.pdf"))


def test_equal_input_gives_equal_bytes_and_the_info_tells_their_hash(tmp_path: Path) -> None:
    notebook = report(shown(long_table(), figure()))
    first = notebook_to_pdf(notebook, tmp_path / "a.pdf")
    second = notebook_to_pdf(report(shown(long_table(), figure())), tmp_path / "b.pdf")
    assert (tmp_path / "a.pdf").read_bytes() == (tmp_path / "b.pdf").read_bytes()
    assert first.sha256 == second.sha256 == hashlib.sha256((tmp_path / "a.pdf").read_bytes()).hexdigest()
    assert (first.tables, first.figures, first.headings, first.county) == (1, 1, 1, "桓台县")


def test_the_date_comes_from_the_caller_or_from_source_date_epoch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")  # 2023-11-14
    notebook_to_pdf(report(), tmp_path / "a.pdf")
    notebook_to_pdf(report(), tmp_path / "b.pdf", created=1_600_000_000)  # 2020-09-13
    dates = []
    for name in ("a.pdf", "b.pdf"):
        metadata = PdfReader(tmp_path / name).metadata
        assert metadata is not None
        dates.append(str(metadata["/CreationDate"])[2:10])
    assert dates == ["20231114", "20200913"]


def test_simulated_data_is_marked_on_every_page(tmp_path: Path) -> None:
    info = notebook_to_pdf(report(shown(long_table())), tmp_path / "plain.pdf")
    assert not info.simulated
    assert "模拟数据" not in "".join(read_back(tmp_path / "plain.pdf"))
    info = notebook_to_pdf(report(shown(long_table()), simulated=True), tmp_path / "simulated.pdf")
    assert info.simulated
    pages = read_back(tmp_path / "simulated.pdf")
    assert len(pages) >= 4
    assert all(
        page.count("模拟数据") == 1 for page in pages
    )  # running head (or box); the watermark is no text


def test_a_table_repeats_its_header_on_every_page_it_covers(tmp_path: Path) -> None:
    notebook_to_pdf(report(shown(long_table())), tmp_path / "a.pdf")
    pages = [page for page in read_back(tmp_path / "a.pdf") if "小学" in page and "目录" not in page]
    assert len(pages) >= 2
    assert all("学校名称列" in page for page in pages)
    verify_pdf(tmp_path / "a.pdf", [f"第{i}小学" for i in range(90)])


def test_no_code_no_prompt_and_no_stream_reaches_the_reader(tmp_path: Path) -> None:
    skipped = new_markdown_cell("只供屏幕查看", metadata={"tags": [SKIP_TAG]})
    value = new_code_cell(
        "x",
        execution_count=7,
        outputs=[new_output("execute_result", data={"text/plain": "<CountyAssessment>"})],
    )
    notebook_to_pdf(report(shown(long_table(3)), skipped, value), tmp_path / "a.pdf")
    whole = "".join(read_back(tmp_path / "a.pdf"))
    for absent in ("隐藏的代码", "流输出", "In[", "Out[", "只供屏幕查看", "CountyAssessment"):
        assert absent not in whole


def test_a_failed_cell_is_refused_with_its_number_and_message(tmp_path: Path) -> None:
    failed = new_code_cell(
        "1/0", execution_count=2, outputs=[new_output("error", ename="ZeroDivisionError", evalue="除零")]
    )
    with pytest.raises(ReportError, match=r"第3个单元格运行出错.*ZeroDivisionError: 除零"):
        notebook_to_pdf(report(failed), tmp_path / "a.pdf")


def test_a_notebook_that_was_not_run_is_refused() -> None:
    with pytest.raises(ReportError, match="没有运行过"):
        collect_report(report(new_code_cell("x = 1")))


@pytest.mark.parametrize("mime", ["image/png", "image/svg+xml", "text/html"])
def test_an_output_without_caption_is_refused_instead_of_dropped(mime: str) -> None:
    bare = new_code_cell("x", execution_count=2, outputs=[new_output("display_data", data={mime: "x"})])
    with pytest.raises(ReportError, match=f"{mime.replace('+', '.')}.*ReportFigure"):
        collect_report(report(bare))


def test_a_figure_without_alternative_text_is_refused() -> None:
    cell = shown(figure())
    cell.outputs[1].data[MIME_TYPE]["alt"] = ""
    with pytest.raises(ReportError, match="替代文字"):
        collect_report(report(cell))


@pytest.mark.parametrize("covers", [0, 2])
def test_a_notebook_has_exactly_one_title_page(covers: int) -> None:
    with pytest.raises(ReportError, match=f"实际有{covers}个"):
        collect_report(new_notebook(cells=[shown(*[cover()] * covers), new_markdown_cell("正文")]))


def test_a_failing_report_leaves_the_older_file_untouched(tmp_path: Path) -> None:
    target = tmp_path / "a.pdf"
    target.write_bytes(b"older")
    with pytest.raises(ReportError):
        notebook_to_pdf(report(new_code_cell("1 + 1")), target)  # a cell that was never run
    assert target.read_bytes() == b"older"
    assert [path.name for path in tmp_path.iterdir()] == ["a.pdf"]


def test_a_write_that_breaks_off_leaves_no_part_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("balance_analysis.reporting.pdf.os.replace", broken)
    with pytest.raises(ReportError, match="磁盘已满"):
        notebook_to_pdf(report(), tmp_path / "a.pdf")
    assert list(tmp_path.iterdir()) == []


def test_fonts_are_embedded_subsets_of_the_two_report_fonts(tmp_path: Path) -> None:
    notebook_to_pdf(report(shown(figure(), long_table(3))), tmp_path / "a.pdf")
    fonts = embedded_fonts(tmp_path / "a.pdf")
    assert fonts
    assert all(fonts.values())
    assert {name.split("+")[1].split("-")[0] for name in fonts} == {"NotoSansSC", "NotoSerifSC"}
    verify_pdf(tmp_path / "a.pdf", ["图中文字", "图1 示例图题", "表1 长表"])


def test_bold_is_a_weight_of_the_font_and_not_a_stroke_around_the_regular_one(tmp_path: Path) -> None:
    notebook_to_pdf(report(shown(long_table(3)), new_markdown_cell("正文**加粗**")), tmp_path / "a.pdf")
    weights = [str(name) for name in embedded_fonts(tmp_path / "a.pdf") if "Sans" in name]
    assert len(weights) == 2  # regular and bold are different subsets
    document = pdfium.PdfDocument(tmp_path / "a.pdf")
    kinds = {
        pdfium.raw.FPDFTextObj_GetTextRenderMode(item.raw)
        for page in document
        for item in page.get_objects(filter=[pdfium.raw.FPDF_PAGEOBJ_TEXT])
    }
    assert kinds == {pdfium.raw.FPDF_TEXTRENDERMODE_FILL}


def test_the_text_of_a_figure_has_the_regular_weight() -> None:
    """The font of all weights draws the thinnest one unless told."""
    block = collect_report(report(shown(figure())))["blocks"][-1]
    assert block["svg"].count("font-variation-settings:'wght' 400") == 1


def test_bookmarks_numbering_contents_and_page_numbers_exist(tmp_path: Path) -> None:
    cells = [new_markdown_cell("### 细节\n\n甲"), new_markdown_cell("## 二、问题清单\n\n乙")]
    notebook_to_pdf(report(*cells), tmp_path / "a.pdf")
    reader = PdfReader(tmp_path / "a.pdf")
    flat: list[Any] = [
        item for entry in reader.outline for item in (entry if isinstance(entry, list) else [entry])
    ]
    assert [normalise(str(item["/Title"])) for item in flat] == [
        normalise(title) for title in ("一、总体结论", "（一）细节", "二、问题清单")
    ]
    pages = read_back(tmp_path / "a.pdf")
    assert "目录" in pages[1]
    assert f"第2页共{len(pages)}页" in pages[1]
    assert reader.metadata is not None
    assert str(reader.metadata.title) == "优质均衡监测报告（桓台县，2017—2018学年）"


def test_the_pdf_declares_pdf_a_2a_and_pdf_ua_1(tmp_path: Path) -> None:
    notebook_to_pdf(report(), tmp_path / "a.pdf")
    root: Any = PdfReader(tmp_path / "a.pdf").trailer["/Root"]
    metadata = root["/Metadata"].get_data().decode()
    assert "<pdfaid:part>2</pdfaid:part><pdfaid:conformance>A</pdfaid:conformance>" in metadata
    assert "<pdfuaid:part>1</pdfuaid:part>" in metadata
    assert root["/Lang"] == "zh-CN"


def test_a_table_too_wide_for_the_page_turns_it_is_divided_or_refused(tmp_path: Path) -> None:
    def wide(columns: int, value: object = 123456) -> ReportTable:
        heads = [Column(f"c{i}", f"列{i}", kind="integer") for i in range(columns)]
        return ReportTable(
            title="宽表", columns=[Column("a", "校名"), *heads], rows=[["甲校", *[value] * columns]]
        )

    notebook_to_pdf(report(shown(wide(15))), tmp_path / "a.pdf")
    turned = [
        page for page in PdfReader(tmp_path / "a.pdf").pages if page.mediabox.width > page.mediabox.height
    ]
    assert len(turned) == 1
    info = notebook_to_pdf(report(shown(wide(60))), tmp_path / "b.pdf")
    whole = "".join(read_back(tmp_path / "b.pdf"))
    assert info.tables == 4
    assert whole.count("甲校") == 4  # every part says whose row it is
    assert [f"宽表({number})" in whole for number in "一二三四五"] == [True] * 4 + [False]
    assert [whole.count(f"列{i}") >= 1 for i in range(60)] == [True] * 60
    with pytest.raises(ReportError, match=r"宽表.*2列.*放不下"):
        notebook_to_pdf(report(shown(wide(1, value="8" * 200))), tmp_path / "b.pdf")


def test_a_few_rows_of_very_long_text_break_over_pages_and_nothing_is_cut_off(tmp_path: Path) -> None:
    sentences = ["".join(f"第{row}行第{part}句。" for part in range(400)) for row in range(3)]
    table = ReportTable(title="长文", columns=[Column("a", "说明")], rows=[[text] for text in sentences])
    notebook_to_pdf(report(shown(table)), tmp_path / "a.pdf")
    verify_pdf(tmp_path / "a.pdf", [f"第{row}行第{part}句。" for row in range(3) for part in (0, 200, 399)])


def test_a_short_table_is_not_split_over_two_pages(tmp_path: Path) -> None:
    filler = "\n\n".join(f"第{i}段。" for i in range(28))
    notebook_to_pdf(report(new_markdown_cell(filler), shown(long_table(10))), tmp_path / "a.pdf")
    holding = [page for page in read_back(tmp_path / "a.pdf") if any(f"第{i}小学" in page for i in range(10))]
    assert len(holding) == 1
    assert "表1长表" in holding[0]


def test_reading_back_lists_everything_that_is_missing(tmp_path: Path) -> None:
    notebook_to_pdf(report(), tmp_path / "a.pdf")
    verify_pdf(tmp_path / "a.pdf", ["桓台县", "2017—2018 学年"], on_every_page=["桓台县"])
    with pytest.raises(ReportError, match="缺少“甲校”\n缺少“乙校”"):
        verify_pdf(tmp_path / "a.pdf", ["甲校", "桓台县", "乙校"])
    with pytest.raises(ReportError, match="页缺少“总体结论”"):
        verify_pdf(tmp_path / "a.pdf", [], on_every_page=["总体结论"])
    with pytest.raises(ReportError, match="没有给出"):
        verify_pdf(tmp_path / "a.pdf", [])


def test_a_notebook_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    for name, content in (("absent.ipynb", None), ("broken.ipynb", "{")):
        if content is not None:
            (tmp_path / name).write_text(content, encoding="utf-8")
        with pytest.raises(ReportError, match=name):
            notebook_to_pdf(tmp_path / name, tmp_path / "a.pdf")


def test_a_saved_notebook_gives_the_same_pdf_as_the_one_in_memory(tmp_path: Path) -> None:
    notebook = report(shown(figure(), long_table(3)))
    nbformat.write(notebook, tmp_path / "a.ipynb")
    from_file = notebook_to_pdf(tmp_path / "a.ipynb", tmp_path / "a.pdf")
    assert from_file.sha256 == notebook_to_pdf(notebook, tmp_path / "b.pdf").sha256
