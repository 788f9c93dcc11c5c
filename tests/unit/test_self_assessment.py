"""The county's own evaluation: the customary order, the same words as the report, blanks for its author, on both sides of every outcome."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import docx
import pytest
from docx.oxml.ns import qn

from balance_analysis.door import open_assessment
from balance_analysis.errors import ParameterError
from balance_analysis.findings import Case
from balance_analysis.findings.summary import summary
from balance_analysis.parameters import named_plan
from balance_analysis.reporting import saved_plans
from balance_analysis.reporting.lean import lean, notebook_text
from balance_analysis.reporting.self_assessment import write_self_assessment
from balance_analysis.reporting.word.readback import word_lines
from balance_analysis.words import tell
from tests.conftest import run_command
from tests.county_tables import SAMPLE, write_county
from tests.county_tables import juniors as two_juniors
from tests.county_tables import school as one_school
from tests.hostile import HOSTILE_NAMES
from tests.plain_words import refused, word_text

ORDER = ["基本情况", "各项达标情况", "校际均衡情况", "主要做法", "存在问题", "整改措施", "自评结论"]
"""The order in which counties write this paper."""


class Paper:
    """A written paper: its lines, headings by level, and the file."""

    def __init__(self, path: Path) -> None:
        self.path, self.lines = path, word_lines(path)
        self.document = docx.Document(str(path))

    def headings(self, level: int) -> list[str]:
        return [
            one.text
            for one in self.document.paragraphs
            if one.style is not None and one.style.name == f"Heading {level}"
        ]

    def table(self, title: str) -> Any:
        place = next(number for number, line in enumerate(self.captions) if line.endswith(title))
        return self.document.tables[place]

    @property
    def captions(self) -> list[str]:
        return [
            one.text
            for one in self.document.paragraphs
            if one.style is not None and one.style.name == "Caption"
        ]

    def marked(self) -> list[str]:
        """Runs in the style of what is left for the author, those in tables too."""
        runs = self.document.element.iter(qn("w:r"))
        return ["".join(one.itertext()) for one in runs if 'w:rStyle w:val="Blank"' in one.xml]


def paper(folder: Path, name: str, regime: str, plan: str | None = None, **cover: Any) -> tuple[Case, Paper]:
    case = Case(open_assessment(SAMPLE / f"{name}.xlsx", regime=regime), plan=named_plan(plan), **cover)
    return case, Paper(write_self_assessment(case, folder))


@pytest.fixture(scope="module")
def failing(tmp_path_factory: pytest.TempPathFactory) -> tuple[Case, Paper]:
    return paper(tmp_path_factory.mktemp("a"), "桓台县", "quality_balance_2017", "huantai_2017")


@pytest.fixture(scope="module")
def passing(tmp_path_factory: pytest.TempPathFactory) -> tuple[Case, Paper]:
    cover: dict[str, Any] = {"issued_on": date(2018, 9, 20), "issuing_office": "襄汾县人民政府"}
    return paper(tmp_path_factory.mktemp("b"), "襄汾县", "basic_balance_2012", **cover)


@pytest.fixture(scope="module")
def unknown(tmp_path_factory: pytest.TempPathFactory) -> tuple[Case, Paper]:
    """Schools that meet everything, and no sheet of the county or of evidence."""
    folder = tmp_path_factory.mktemp("c")
    path = write_county(folder / "模拟.xlsx", one_school("1"), one_school("2"), *two_juniors())
    case = Case(open_assessment(path, regime="quality_balance_2017"))
    return case, Paper(write_self_assessment(case, folder))


@pytest.fixture(params=["failing", "passing", "unknown"])
def any_paper(request: pytest.FixtureRequest) -> tuple[Case, Paper]:
    found: tuple[Case, Paper] = request.getfixturevalue(request.param)
    return found


def test_the_parts_stand_in_the_customary_order(any_paper: tuple[Case, Paper]) -> None:
    assert any_paper[1].headings(1) == ORDER


def test_it_speaks_plainly(any_paper: tuple[Case, Paper]) -> None:
    assert refused(word_text(any_paper[1].path)) == []


def test_it_says_of_the_whole_what_the_report_says(any_paper: tuple[Case, Paper]) -> None:
    case, written = any_paper
    said = tell(summary(case).overall)
    conclusion = [line for line in written.lines if "自评结论为" in line]
    assert len(conclusion) == 1
    assert conclusion[0].endswith(said)


def test_every_part_of_the_regime_has_its_section_with_its_outcome(
    failing: tuple[Case, Paper], passing: tuple[Case, Paper]
) -> None:
    assert failing[1].headings(2)[:7] == [
        "资源配置：未达标", "政府保障程度：未达标", "教育质量：达标", "社会认可度：达标", "申报条件：达标", "一票否决事项：达标",
        "教育经费三个增长",
    ]  # fmt: skip
    assert passing[1].headings(2)[:5] == [
        "资源配置：达标", "学校办学基本标准：达标", "县级政府工作：达标", "公众满意度：达标", "教育经费三个增长",
    ]  # fmt: skip


def test_the_law_is_named_with_its_document(failing: tuple[Case, Paper], passing: tuple[Case, Paper]) -> None:
    lead = (
        "按照县域义务教育优质均衡发展督导评估的要求（教督〔2017〕6号），桓台县对2017—2018学年义务教育优质均衡发展情况进行了自评，"
        "现将自评情况报告如下。"
    )
    assert lead in failing[1].lines
    assert any("（教督〔2012〕3号）" in line for line in passing[1].lines)


def test_a_failing_county_concludes_with_its_items_and_a_passing_one_with_none(
    failing: tuple[Case, Paper], passing: tuple[Case, Paper], unknown: tuple[Case, Paper]
) -> None:
    assert any("自评结论为：未达标。7项未达标：B3 体艺教师；" in line for line in failing[1].lines)
    assert any(line.endswith("自评结论为：达标。办法要求的各项全部达标。") for line in passing[1].lines)
    assert any("自评结论为：无法判定。现在不能下结论：" in line for line in unknown[1].lines)
    assert any("未达标的项目和学校" in line for line in failing[1].lines)
    for _, written in (passing, unknown):
        assert not any("未达标的项目和学校" in line for line in written.lines)


def test_a_county_that_cannot_be_judged_is_told_what_to_file(unknown: tuple[Case, Paper]) -> None:
    assert "尚不能判定的项目" in unknown[1].headings(2)
    assert any("表待补" in line for line in unknown[1].lines)
    assert "办法要求的各项全部达标。" not in unknown[1].lines


def test_measures_of_the_programme_are_filled_in_and_what_nobody_arranged_is_a_blank(
    failing: tuple[Case, Paper], unknown: tuple[Case, Paper]
) -> None:
    case, written = failing
    rows = [[cell.text for cell in row.cells] for row in written.table("整改任务").rows][1:]
    fails = case.county.items[case.county.items["outcome"] == "not_met"]["item"]
    assert [row[0].split(" ")[0] for row in rows] == list(fails)
    tasks = case.tasks.set_index("item")
    assert [row[2] for row in rows] == [tasks.loc[item, "measure"] for item in fails]
    assert any("各项目已安排的措施" in line for line in written.captions)
    unplanned = [[cell.text for cell in row.cells] for row in unknown[1].table("整改任务").rows][1:]
    assert unplanned[0][2:] == [
        "〔由填报单位补充：措施〕",
        "〔由填报单位补充：责任单位〕",
        "〔由填报单位补充：时限〕",
    ]
    assert not any("各项目已安排的措施" in line for line in unknown[1].captions)


def test_what_is_left_for_the_author_is_marked_wherever_it_stands(any_paper: tuple[Case, Paper]) -> None:
    written = any_paper[1]
    blanks = "".join(written.lines).count("〔由填报单位补充")
    assert blanks == len(written.marked()) > 5
    assert all(text.startswith("〔由填报单位补充") and text.endswith("〕") for text in written.marked())


def test_office_and_date_that_are_given_are_no_blanks(
    failing: tuple[Case, Paper], passing: tuple[Case, Paper]
) -> None:
    assert {"襄汾县人民政府", "2018年9月20日"} <= set(passing[1].lines)
    assert {"〔由填报单位补充：填报单位〕", "〔由填报单位补充：填报日期〕"} <= set(failing[1].lines)
    assert not {"〔由填报单位补充：填报单位〕", "〔由填报单位补充：填报日期〕"} & set(passing[1].lines)


def test_a_figure_that_nobody_filed_is_a_blank_and_a_filed_one_is_printed(
    failing: tuple[Case, Paper],
) -> None:
    rows = {row.cells[0].text: row.cells[4].text for row in failing[1].table("（2017—2018学年）").rows}
    assert (rows["L1"], rows["L9"], rows["L21"]) == ("50.42", "31", "〔由填报单位补充〕")


def test_the_schools_of_the_annex_are_those_of_the_assessment(any_paper: tuple[Case, Paper]) -> None:
    case, written = any_paper
    text = "".join(written.lines)
    assert [name for name in case.county.current("schools")["school_name"] if name not in text] == []


def test_the_same_county_gives_the_same_bytes(failing: tuple[Case, Paper], tmp_path: Path) -> None:
    case, written = failing
    assert write_self_assessment(case, tmp_path).read_bytes() == written.path.read_bytes()


@pytest.mark.parametrize("what", ["typst", "HTML", "a formula", "unseen signs", "a character of private use"])
def test_a_hostile_name_is_printed_and_means_nothing(what: str, tmp_path: Path) -> None:
    name = HOSTILE_NAMES[what]
    rows = (one_school("1", school_name=name, multimedia_classrooms=0), one_school("2"), *two_juniors())
    case = Case(open_assessment(write_county(tmp_path / "x.xlsx", *rows), regime="quality_balance_2017"))
    path = write_self_assessment(case, tmp_path)  # reads every name back
    codes = [code.text for code in Paper(path).document.element.iter(qn("w:instrText"))]
    assert {code.split()[0] for code in codes} == {"SEQ"}


def test_the_command_writes_one_paper_with_the_remediation_plan_and_tells_what_the_data_contradict(
    tmp_path: Path,
) -> None:
    """23 of the 49 schools of the simulated county have the equipment that a false report says all have."""
    ledger = tmp_path / "进展.csv"
    ledger.write_text(
        "行政区划代码,任务编号,状态,截至日期,完成日期,佐证材料\n370321,equipment,已完成,2016-08-25,2016-08-20,验收单\n",
        encoding="utf-8",
    )
    options = ["--regime", "quality_balance_2017", "--year", "2016", "--plan", "huantai_2017"]
    options += ["--ledger", str(ledger), "--with-remediation", "--office", "桓台县教育和体育局"]
    run = run_command(["self-assessment", SAMPLE / "桓台县.xlsx", *options, "-o", tmp_path], tmp_path)
    assert run.code == 0
    assert "46.9% < 100%。不能销号" in run.out
    assert "疑问1条" in run.out
    (path,) = (tmp_path / "370321").iterdir()
    made = Paper(path)
    assert path.name == "370321_2016_自评报告.docx"
    assert "整改方案" in " ".join(made.headings(2))
    assert any(title.endswith("措施汇总") for title in made.captions)


@pytest.mark.parametrize("command", ["self-assessment", "forms"])
@pytest.mark.parametrize(("options", "year"), [([], 2018), (["--target-year", "2020"], 2020)])
def test_a_remediation_plan_is_asked_for_by_the_target_year_of_the_programme(
    command: str, options: list[str], year: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Huantai's programme aims at 2018; ``report`` takes that year too, so all three print the same plan.json."""
    asked = []
    monkeypatch.setattr(
        saved_plans, "plan_of_county", lambda county, given, solve: asked.append(county.target_year)
    )
    rows = [
        row | {"division_code": "370321", "school_year": 2017}
        for row in (one_school("1"), one_school("2"), *two_juniors())
    ]
    book = write_county(tmp_path / "甲.xlsx", *rows)
    law = ["--regime", "quality_balance_2017", "--plan", "huantai_2017"]
    assert run_command([command, book, *law, *options, "-o", tmp_path / "out"], tmp_path).code == 0
    assert asked == [year]


def test_a_county_with_a_blank_and_no_task_sheet_names_its_programme_alone_and_has_nothing_to_do_first(
    tmp_path: Path,
) -> None:
    """Anshan's plan names tasks by their indicator (B7: 每百名学生拥有网络多媒体教室数): that is no measure."""
    rows = [one_school("1", multimedia_classrooms=None), one_school("2"), *two_juniors()]
    book = write_county(tmp_path / "甲.xlsx", *(row | {"division_code": "210311"} for row in rows))
    county = open_assessment(book, regime="quality_balance_2017")
    made = Paper(write_self_assessment(Case(county, plan=named_plan("anshan_2018")), tmp_path))
    sources = next(line for line in made.lines if line.startswith("以下措施取自"))
    assert sources.startswith("以下措施取自《鞍山市")
    assert "先做的事" not in made.headings(2)
    planned = [row.cells[0].text for row in made.table("各项目已安排的措施").rows]
    assert not [name for name in planned if name.startswith("B7")]
    assert [name for name in planned if name.startswith("B10")]


def test_published_coefficients_alone_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "表Ⅲ.csv"
    path.write_text(
        "学年,行政区划代码,区县名称,学段,指标,均值,差异系数\n2017,370321,桓台县,小学,综合差异系数,,0.3\n",
        encoding="utf-8",
    )
    case = Case(open_assessment(path, regime="quality_balance_2017"))
    with pytest.raises(ParameterError, match="学校"):
        write_self_assessment(case, tmp_path)


# --- edited notebooks --------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "begin", "delivered"), [("docx", b"PK", False), ("pdf", b"%PDF", True)])
def test_an_executed_notebook_is_typeset(kind: str, begin: bytes, delivered: bool, tmp_path: Path) -> None:
    import nbformat

    source = SAMPLE.parents[1] / "notebooks" / "county_report.ipynb"
    if delivered:  # as `report` writes it beside the PDF
        small = lean(nbformat.read(source, as_version=4))
        source = tmp_path / "county_report.ipynb"
        source.write_text(notebook_text(small), encoding="utf-8")
    path = tmp_path / f"改过.{kind}"
    run = run_command([kind, source, "-o", path], tmp_path)
    assert (run.code, run.err) == (0, "")
    assert path.read_bytes().startswith(begin)


def test_a_notebook_that_was_not_run_or_has_no_cover_is_refused_with_what_to_do(tmp_path: Path) -> None:
    import nbformat

    bare = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("# 题")])
    nbformat.write(bare, tmp_path / "bare.ipynb")
    idle = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1 + 1")])
    nbformat.write(idle, tmp_path / "idle.ipynb")
    for name, message in (("bare", "封面如 show(county.cover(case))"), ("idle", "没有运行过")):
        run = run_command(["docx", tmp_path / f"{name}.ipynb"], tmp_path)
        assert run.code == 1
        assert message in run.err
    assert not list(tmp_path.glob("*.docx"))


@pytest.mark.parametrize("name", ["x.pdf", "nowhere/x.docx"])
def test_a_paper_of_another_kind_or_in_no_folder_is_wrong_use(name: str, tmp_path: Path) -> None:
    source = SAMPLE.parents[1] / "notebooks" / "county_report.ipynb"
    run = run_command(["docx", source, "-o", tmp_path / name], tmp_path)
    assert run.code == 2
    assert "应保存为已有文件夹中的 .docx 文件" in run.err


@pytest.mark.parametrize(("given", "code"), [("pdf,docx", 0), ("odt", 2), ("pdf,,docx", 2), ("", 2)])
def test_only_known_formats_of_the_report_are_taken(given: str, code: int, capsys: Any) -> None:
    from balance_analysis.cli import build_parser

    command = ["report", "x.xlsx", "--regime", "r", "-o", "out", "--format", given]
    if code:
        with pytest.raises(SystemExit) as left:
            build_parser().parse_args(command)
        assert left.value.code == code
        assert "应为 pdf、docx 或 pdf,docx" in capsys.readouterr().err
    else:
        assert build_parser().parse_args(command).formats == ("pdf", "docx")
