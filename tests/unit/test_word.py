"""Executed notebook → Word, read back: real styles, fonts by name, captions; nothing acts as a field or link; the same bytes again."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docx
import nbformat
import pytest
from docx.enum.section import WD_ORIENT
from docx.oxml import parse_xml
from docx.oxml.ns import qn
from docx.text.paragraph import Paragraph as WordParagraph
from nbformat.v4 import new_markdown_cell

from balance_analysis.errors import ReportError
from balance_analysis.reporting.collect import collect_report
from balance_analysis.reporting.pdf import notebook_to_pdf
from balance_analysis.reporting.readback import normalise, read_back
from balance_analysis.reporting.word import notebook_to_docx, render_docx, verify_docx
from balance_analysis.reporting.word.numbering import chinese
from balance_analysis.reporting.word.pages import title_block
from balance_analysis.reporting.word.readback import word_lines
from balance_analysis.reporting.word.styles import OFFICIAL
from balance_analysis.reporting.word.xml import plain
from balance_analysis.typefaces import settable
from balance_analysis.views.elements import Callout, Cell, Column, Paragraph, ReportTable, Section, Verdict
from tests.county_tables import ROOT
from tests.hostile import HOSTILE_NAMES
from tests.plain_words import refused, word_text
from tests.unit.test_pdf import NASTY_NAME, figure, long_table, report, shown

NOTEBOOK = ROOT / "notebooks" / "county_report.ipynb"
GROUPED = [
    Column("school", "学校"),
    Column("a", "小学", "平方米", kind="number", group="均值"),
    Column("b", "初中", kind="number", group="均值"),
]


def rendered(*cells: Any, **cover: Any) -> bytes:
    return render_docx(collect_report(report(*cells, **cover)))


def opened(content: bytes) -> Any:
    return docx.Document(io.BytesIO(content))


def parts(content: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(content)) as files:
        return {
            name: files.read(name).decode("utf-8")
            for name in files.namelist()
            if name.endswith((".xml", ".rels"))
        }


def styled(document: Any, style: str) -> list[str]:
    return [one.text for one in document.paragraphs if one.style.name == style]


@pytest.fixture(scope="module")
def county_report() -> bytes:
    """The report of the sample county as it is committed."""
    return render_docx(collect_report(nbformat.read(NOTEBOOK, 4)))


@pytest.fixture(scope="module")
def everything() -> bytes:
    grouped = ReportTable(
        title="分组表", columns=GROUPED, rows=[["甲校", 4.5, Cell("3.10", "not_met")], ["乙校", 4.4, 3.2]],
        notes=["尾注。"], source="出处",
    )  # fmt: skip
    wide = ReportTable(
        title="宽表",
        columns=[Column(f"c{number}", f"很长的列名{number}", kind="number") for number in range(16)],
        rows=[[number / 7 for number in range(16)]] * 3,
        landscape=True,
    )
    return rendered(
        shown(
            Verdict("not_met", "桓台县总体结论", "两项未达标。"), Callout("要点", items=["第一点", "第二点"])
        ),
        shown(Section("分节"), Section("小节", level=3), grouped, figure(), long_table()),
        shown(Section("横排"), wide, Section("附录一", annex=True, new_page=True), Paragraph("附文。")),
        new_markdown_cell("1. 甲\n2. 乙\n\n- 丙\n\n[链接](http://x.cn/a)\n\n| 表头 |\n|---|\n| 格 |"),
        simulated=True,
    )


# --- structure ---------------------------------------------------------------------------------------


def test_headings_captions_and_lists_are_words_own(everything: bytes) -> None:
    document = opened(everything)
    assert styled(document, "Title") == ["优质均衡监测报告"]
    assert styled(document, "Heading 1") == ["总体结论", "分节", "横排"]
    assert styled(document, "Heading 2") == ["小节"]
    assert styled(document, "附录标题 1") == ["附录一"]
    assert [text for text in styled(document, "Caption") if text.startswith("表")] == [
        "表1　分组表",
        "表2　长表",
        "表3　宽表",
    ]
    assert [text for text in styled(document, "Caption") if text.startswith("图")] == ["图1　示例图题"]
    assert styled(document, "List Number") == ["甲", "乙"]
    assert styled(document, "List Bullet") == ["丙"]
    assert "正文。" in styled(document, "Body Text")


def test_captions_number_themselves(everything: bytes) -> None:
    codes = re.findall(r"<w:instrText[^>]*> ([A-Z]+ ?[表图]?)", parts(everything)["word/document.xml"])
    assert [code.strip() for code in codes] == ["TOC", "SEQ 表", "SEQ 图", "SEQ 表", "SEQ 表"]


def test_headings_number_themselves_and_annexes_are_lettered(everything: bytes) -> None:
    files = parts(everything)
    levels = re.findall(
        r'<w:numFmt w:val="(\w+)"/><w:pStyle w:val="(\w+)"/>.*?<w:lvlText w:val="([^"]+)"/>',
        files["word/numbering.xml"],
    )
    assert ("chineseCountingThousand", "Heading1", "%1、") in levels
    assert ("chineseCountingThousand", "Heading2", "（%2）") in levels
    assert ("upperLetter", "AnnexHeading1", "附录%1") in levels


@pytest.mark.parametrize(
    ("number", "text"),
    [(9, "九"), (10, "十"), (11, "十一"), (19, "十九"), (20, "二十"), (21, "二十一"), (99, "九十九")],
)
def test_a_chinese_number_at_the_turns(number: int, text: str) -> None:
    assert chinese(number) == text


def test_the_contents_show_their_entries_without_being_updated(everything: bytes) -> None:
    document = opened(everything)
    assert styled(document, "toc 1") == ["一、总体结论", "二、分节", "三、横排", "附录A 附录一"]
    assert styled(document, "toc 2") == ["（一）小节"]
    targets = re.findall(r'w:anchor="(\w+)"', parts(everything)["word/document.xml"])
    marks = re.findall(r'bookmarkStart[^>]*w:name="(\w+)"', parts(everything)["word/document.xml"])
    assert targets == marks


def test_a_report_of_a_front_page_alone_has_no_contents_and_no_further_page() -> None:
    notebook = nbformat.read(NOTEBOOK.with_name("short_report.ipynb"), 4)
    document = opened(render_docx(collect_report(notebook)))
    assert styled(document, "TOC Heading") == []
    assert len(styled(document, "Heading 1")) == 1
    whole = parts(render_docx(collect_report(notebook)))["word/document.xml"]
    # the cover's section and the page's, whose heading stands at its top: nothing begins a third page
    assert [whole.count(mark) for mark in ("<w:sectPr", "<w:pageBreakBefore/>")] == [2, 1]


def test_the_last_rows_of_a_table_stay_with_its_notes(everything: bytes) -> None:
    tables = {table.cell(0, 0).text or table.cell(1, 0).text: table for table in opened(everything).tables}
    kept = [bool(row.cells[0].paragraphs[0].paragraph_format.keep_with_next) for row in tables["学校"].rows]
    assert kept[-1]  # 分组表 has a note


def test_fonts_are_named_for_chinese_and_for_latin(everything: bytes) -> None:
    document = opened(everything)
    fonts = {
        name: document.styles[name].element.rPr.find(qn("w:rFonts"))
        for name in ("Title", "Heading 1", "Caption", "表格文字")
    }
    assert {name: one.get(qn("w:eastAsia")) for name, one in fonts.items()} == {
        "Title": "黑体", "Heading 1": "黑体", "Caption": "黑体", "表格文字": "宋体",
    }  # fmt: skip
    assert fonts["表格文字"].get(qn("w:ascii")) == "Times New Roman"
    defaults = document.styles.element.find(f".//{qn('w:rPrDefault')}//{qn('w:rFonts')}")
    assert defaults.get(qn("w:eastAsia")) == "宋体"
    assert not [
        key for key in defaults.attrib if "Theme" in key
    ]  # a theme's font would win over the named one
    table = parts(everything)["word/fontTable.xml"]
    assert re.findall(r'w:name="(宋体|黑体|仿宋|楷体)"><w:altName w:val="(\w+)"', table) == [
        ("宋体", "SimSun"), ("黑体", "SimHei"), ("仿宋", "FangSong"), ("楷体", "KaiTi"),
    ]  # fmt: skip


def test_the_official_paper_is_set_as_the_standard_for_official_documents_asks() -> None:
    """GB/T 9704—2012, 5 and 7: margins 37 and 28 mm, text width 156 mm, title 二号, text 三号 仿宋, headings 黑体 and 楷体."""
    document = opened(render_docx(collect_report(report()), look=OFFICIAL))
    section = document.sections[0]
    assert [
        round(length.mm)
        for length in (section.page_width, section.page_height, section.top_margin, section.left_margin)
    ] == [210, 297, 37, 28]
    assert round((section.page_width - section.left_margin - section.right_margin) / 36000) == 156
    styles = document.styles
    assert (styles["Title"].font.size.pt, styles["Heading 1"].font.size.pt) == (22, 16)
    assert styles.element.find(f".//{qn('w:rPrDefault')}//{qn('w:sz')}").get(qn("w:val")) == "32"
    fonts = [
        styles[name].element.rPr.find(qn("w:rFonts")).get(qn("w:eastAsia"))
        for name in ("Heading 1", "Heading 2")
    ]
    assert fonts == ["黑体", "楷体"]
    assert styles.element.find(f".//{qn('w:rPrDefault')}//{qn('w:rFonts')}").get(qn("w:eastAsia")) == "仿宋"


def rows_of(table: Any) -> Iterator[tuple[bool, bool]]:
    for row in table._tbl.tr_lst:
        yield row.find(f".//{qn('w:tblHeader')}") is not None, row.find(f".//{qn('w:cantSplit')}") is not None


def table_called(document: Any, title: str) -> Any:
    return next(
        one
        for one in document.tables
        if (name := one._tbl.tblPr.find(qn("w:tblCaption"))) is not None and name.get(qn("w:val")) == title
    )


def test_heads_of_tables_repeat_and_rows_are_not_divided(everything: bytes) -> None:
    document = opened(everything)
    grouped, long = table_called(document, "分组表"), table_called(document, "长表")
    assert [head for head, _ in rows_of(grouped)] == [True, True, False, False]
    assert [head for head, _ in rows_of(long)] == [True] + [False] * 90
    assert all(whole for _, whole in (*rows_of(grouped), *rows_of(long)))
    assert grouped.style.name == "三线表"
    assert [cell.text for cell in grouped.rows[0].cells] == ["学校", "均值", "均值"]
    assert [cell.text for cell in grouped.rows[1].cells] == ["学校", "小学\n（平方米）", "初中"]


def test_lines_of_a_cell_stay_lines() -> None:
    table = ReportTable(title="题", columns=[Column("a", "回答")], rows=[["（1）甲。\n（2）乙。"]])
    assert opened(rendered(shown(table))).tables[0].rows[1].cells[0].text == "（1）甲。\n（2）乙。"


def test_a_wide_table_stands_on_a_turned_page_and_the_next_page_is_upright_again(everything: bytes) -> None:
    turned = [section.orientation == WD_ORIENT.LANDSCAPE for section in opened(everything).sections]
    assert turned == [False, False, True, False]


def test_a_paper_that_ends_on_a_turned_page_has_no_empty_page_behind_it() -> None:
    columns = [Column(f"c{number}", f"很长的列名{number}", kind="number") for number in range(16)]
    wide = ReportTable(title="宽", columns=columns, rows=[[1.5] * 16], landscape=True)
    document = opened(rendered(shown(Section("末节"), wide)))
    assert [section.orientation == WD_ORIENT.LANDSCAPE for section in document.sections] == [
        False,
        False,
        True,
    ]


def test_a_figure_is_a_picture_with_its_alternative_text_within_the_margins(everything: bytes) -> None:
    (shape,) = opened(everything).inline_shapes
    assert shape._inline.docPr.get("descr") == "说明"
    assert shape.width.mm == pytest.approx(90, abs=1)
    assert shape.height.mm == pytest.approx(40, abs=1)


@pytest.mark.parametrize("simulated", [True, False])
def test_simulated_data_are_marked_on_every_page_and_other_data_nowhere(simulated: bool) -> None:
    files = parts(rendered(simulated=simulated))
    heads = [text for name, text in files.items() if re.fullmatch(r"word/header\d+\.xml", name)]
    assert len(heads) == 2  # the cover's and the text's
    assert all(('string="模拟数据"' in head) is simulated for head in heads)
    assert ("模拟数据" in "".join(files.values())) is simulated


def test_head_and_foot_name_county_year_and_page(everything: bytes) -> None:
    section = opened(everything).sections[1]
    assert "桓台县 · 优质均衡监测报告" in section.header.paragraphs[0].text
    assert section.header.paragraphs[0].text.endswith("2017—2018学年")
    assert re.fullmatch(r"第1页　共1页", section.footer.paragraphs[0].text)


# --- says the same, and nothing else -----------------------------------------------------------------


def test_word_says_what_the_pdf_says(tmp_path: Path) -> None:
    node = nbformat.read(NOTEBOOK, 4)
    notebook_to_pdf(node, tmp_path / "a.pdf")
    notebook_to_docx(node, tmp_path / "a.docx")
    pdf = "".join(read_back(tmp_path / "a.pdf"))
    lines = word_lines(tmp_path / "a.docx")
    pieces = {
        normalise(piece) for line in lines for piece in re.split(r"(?<=[。；])", line) if normalise(piece)
    }
    ours = {"第1页共1页"}
    across_pages = [piece for piece in pieces - ours if piece not in pdf]
    assert len(pieces) > 500
    assert len(across_pages) <= len(pieces) / 50, (
        across_pages
    )  # what runs over a page end stands in two parts


def test_the_county_report_speaks_plainly(county_report: bytes, tmp_path: Path) -> None:
    path = tmp_path / "a.docx"
    path.write_bytes(county_report)
    assert refused(word_text(path)) == []


def test_what_lacks_a_school_or_speaks_like_a_program_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.docx"
    path.write_bytes(rendered(shown(Paragraph("甲校的pupils_per_room。")), simulated=True))
    with pytest.raises(ReportError, match="出现了程序用语“pupils_per_room”"):
        verify_docx(path, ["甲校"])
    with pytest.raises(ReportError, match="缺少“乙校”"):
        verify_docx(path, ["乙校"], known=["pupils_per_room"])
    with pytest.raises(ReportError, match="没有给出"):
        verify_docx(path, [])
    verify_docx(path, ["甲校"], known=["pupils_per_room"], on_every_page=["模拟数据"])


def test_a_mark_that_a_running_head_lacks_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.docx"
    path.write_bytes(rendered(shown(Paragraph("模拟数据")), simulated=False))
    with pytest.raises(ReportError, match="页眉缺少“模拟数据”"):
        verify_docx(path, ["桓台县"], on_every_page=["模拟数据"])


MORE_NAMES = (NASTY_NAME, "=1+1", '{ HYPERLINK "x" }', "控制\x1b[2J\x0b符", "\x1b[2J", "两\n行\t名")


@pytest.mark.parametrize("name", [*HOSTILE_NAMES.values(), *MORE_NAMES])
def test_a_name_means_nothing_to_word(name: str) -> None:
    usual = parts(rendered(*naming("甲校")))
    files = parts(rendered(*naming(name)))
    document = files["word/document.xml"]
    for sign in ("<w:instrText", "<w:fldSimple", "<w:hyperlink", "<w:drawing", "<w:p>", "<w:tbl>"):
        assert document.count(sign) - usual["word/document.xml"].count(sign) in (
            0,
            1 if sign == "<w:p>" else 0,
        )
    assert "External" not in "".join(text for key, text in files.items() if key.endswith(".rels"))
    lines = [normalise(one.text) for one in opened_paragraphs(files)]
    assert sum(normalise(settable(plain(name))) in line for line in lines) >= 3


def naming(name: str) -> list[Any]:
    table = ReportTable(title=name, columns=[Column("school", "学校")], rows=[[name]])
    return [
        shown(Section(name), Paragraph(name), Verdict("met", name, name), Callout(name, items=[name]), table)
    ]


def opened_paragraphs(files: dict[str, str]) -> list[Any]:
    root = parse_xml(files["word/document.xml"].encode())
    return [WordParagraph(one, root) for one in root.iter(qn("w:p"))]


def test_a_link_leads_nowhere_and_prints_its_address(everything: bytes) -> None:
    assert "链接（http://x.cn/a）" in styled(opened(everything), "Body Text")
    assert "External" not in "".join(
        text for name, text in parts(everything).items() if name.endswith(".rels")
    )


# --- bytes -------------------------------------------------------------------------------------------


def test_the_same_report_gives_the_same_bytes_and_another_date_other_ones(everything: bytes) -> None:
    collected = collect_report(report(shown(figure(), long_table()), simulated=True))
    first = render_docx(collected, created=0)
    assert render_docx(collected, created=0) == first
    assert render_docx(collected, created=10**9) != first
    with zipfile.ZipFile(io.BytesIO(everything)) as files:
        assert {entry.date_time for entry in files.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        names = files.namelist()
    assert names[0] == "[Content_Types].xml"
    assert names[1:] == sorted(names[1:])


def test_properties_name_report_and_house_and_nothing_of_the_template(everything: bytes) -> None:
    document = opened(
        render_docx(collect_report(report()), author="balance-analysis", keywords=["桓台县", "370321"])
    )
    about = document.core_properties
    assert (about.title, about.author, about.keywords) == (
        "优质均衡监测报告（桓台县，2017—2018学年）",
        "balance-analysis",
        "桓台县，370321",
    )
    assert "python-docx" not in "".join(parts(everything).values())
    names = [
        name for name in parts(everything) if "/_rels/" not in name and not name.startswith("word/header")
    ]
    assert names == [
        "[Content_Types].xml", "_rels/.rels", "docProps/app.xml", "docProps/core.xml", "word/document.xml", "word/fontTable.xml",
        "word/footer1.xml", "word/footer2.xml", "word/numbering.xml", "word/settings.xml", "word/styles.xml", "word/theme/theme1.xml",
    ]  # fmt: skip


def test_a_character_without_glyph_is_a_sign_in_word_too_and_named_under_quality(tmp_path: Path) -> None:
    table = ReportTable(
        title="表", columns=[Column("a", "学校")], rows=[["阳光\U0001f3eb小学"], ["𠮷田小学"]]
    )
    path = tmp_path / "报告.docx"
    path.write_bytes(rendered(shown(table), new_markdown_cell("## 数据质量\n\n按列检查。")))
    text = word_text(path)
    assert "\U0001f3eb" not in text
    assert "阳光〓小学" in text
    assert "𠮷田小学" in text
    assert text.index("数据质量") < text.index("U+1F3EB") < text.index("按列检查")


@pytest.mark.parametrize(
    ("county", "lines"), [("岫岩满族自治", 1), ("岫岩满族自治县", 2)], ids=["twenty characters", "one more"]
)
def test_a_title_too_long_for_its_line_breaks_before_the_name_of_the_paper(county: str, lines: int) -> None:
    """二号 is 22 points: 156 mm hold twenty characters."""
    title = f"{county}义务教育优质均衡发展自评报告"
    cover = dict.fromkeys(("subtitle", "school_year", "issuing_office", "issued_on", "simulated"), "") | {
        "title": title
    }
    (block,) = title_block(cover, OFFICIAL)
    texts = [one.text for one in block.iter(qn("w:t"))]
    assert texts == [[title], [title[:-4], "自评报告"]][lines - 1]
