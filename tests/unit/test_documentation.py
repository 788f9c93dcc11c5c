"""What the guide, the READMEs and the method page say to type works: commands, rules, code and worked examples."""

from __future__ import annotations

import ast
import contextlib
import inspect
import io
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

import balance_analysis as ba
from balance_analysis.analyst import NAMES, County
from balance_analysis.cli import build_parser, main
from balance_analysis.regimes import forget_rules
from balance_analysis.regimes.own_rules import ENVIRONMENT
from balance_analysis.workbook.layouts import load_layout
from tests.county_tables import ROOT, assess, row_of, school

USER = ROOT / "docs" / "user"
PAGES = [ROOT / "README.md", ROOT / "README.en.md", ROOT / "docs" / "index.md", *sorted(USER.glob("*.md"))]
METHOD, GALLERY, DOOR, LAYOUTS, OWN_RULES = (
    USER / f"{name}.md" for name in ("方法", "图集", "函数", "文件版式", "自编规则")
)
PROGRAM = re.compile(r"(?:.*[/\\])?balance-analysis")


# --- reading a page -----------------------------------------------------------------------------------------


def blocks(text: str, *languages: str) -> list[str]:
    """Fenced blocks of these languages, also indented ones, without their fences and options."""
    fence = re.compile(r"^( *)```(\S[^\n]*|)\n(.*?)^\1```", re.MULTILINE | re.DOTALL)
    found = []
    for indent, language, body in fence.findall(text):
        if language.strip() in languages:
            lines = [line.removeprefix(indent) for line in body.splitlines()]
            found.append("\n".join(line for line in lines if not line.startswith(":")))
    return found


def commands(text: str) -> list[list[str]]:
    """The arguments of every ``balance-analysis`` in the ``bash`` blocks of a page; ``…`` stands for anything."""
    found = []
    for block in blocks(text, "bash"):
        for line in re.sub(r"\\\n|&&", lambda cut: " " if "\\" in cut[0] else "\n", block).splitlines():
            words = shlex.split(line, comments=True)
            if words and PROGRAM.fullmatch(words[0]):
                found.append([word for word in words[1:] if word != "…"])
    return found


def refusal(arguments: list[str]) -> str:
    """What the program's own parser has against a command; empty where it takes it."""
    said = io.StringIO()
    with contextlib.redirect_stderr(said):
        try:
            build_parser().parse_args(arguments)
        except SystemExit as refused:
            return said.getvalue() if refused.code else ""
    return ""


def unknown_names(source: str) -> list[str]:
    """``ba.…`` and ``county.…`` in code that the package has not."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Attribute):
            continue
        path = ast.unparse(node)
        if path.startswith("ba."):
            here: Any = ba
            for part in path.split(".")[1:]:
                here = getattr(here, part, None)
            found += [path] if here is None else []
        elif isinstance(node.value, ast.Name) and node.value.id == "county":
            found += [] if node.attr in NAMES or hasattr(County, node.attr) else [path]
    return found


def worked_examples(text: str) -> Iterator[tuple[str, str, str]]:
    """Run the cells of a page in order: the last expression, what it gives, and what the comment after it states."""
    known: dict[str, Any] = {}
    for cell in blocks(text, "{code-cell} python"):
        tree = ast.parse(cell)
        last = tree.body[-1]
        if not isinstance(last, ast.Expr):
            exec(compile(tree, "page", "exec"), known)
            continue
        exec(compile(ast.Module(tree.body[:-1], []), "page", "exec"), known)
        given = eval(compile(ast.Expression(last.value), "page", "eval"), known)
        stated = re.search(r"# (.*)$", cell.splitlines()[-1])
        if stated:
            yield ast.unparse(last), repr(given), stated[1]


# --- commands -----------------------------------------------------------------------------------------------


EVERY_COMMAND = [(page.name, one) for page in PAGES for one in commands(page.read_text(encoding="utf-8"))]


@pytest.mark.parametrize(("page", "arguments"), EVERY_COMMAND, ids=lambda one: " ".join(one)[:60])
def test_the_program_takes_every_command_of_the_pages(page: str, arguments: list[str]) -> None:
    assert refusal(arguments) == ""


def test_the_guide_has_commands_from_the_template_to_the_forms() -> None:
    guide = commands((USER / "快速上手.md").read_text(encoding="utf-8"))
    assert [one[0] for one in guide] == [
        "template", "check", "check", "report", "report", "self-assessment", "forms",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "page",
    [
        "```bash\nbalance-analysis repot a.xlsx\n```\n",
        "- x\n\n  ```bash\n  balance-analysis check a --where b\n  ```\n",
    ],
)
def test_a_wrong_command_is_found(page: str) -> None:
    (arguments,) = commands(page)
    assert refusal(arguments) != ""


def test_a_command_may_continue_on_the_next_line_and_follow_another() -> None:
    page = (
        "```bash\npython3 install.py &&\n    .venv/bin/balance-analysis report a.xlsx \\\n    -o out\n```\n"
    )
    assert commands(page) == [["report", "a.xlsx", "-o", "out"]]


@pytest.mark.parametrize("name", sorted({one[0] for _, one in EVERY_COMMAND}))
def test_every_command_named_has_help(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        build_parser().parse_args([name, "--help"])
    assert left.value.code == 0
    assert f"balance-analysis {name}" in capsys.readouterr().out


# --- code ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_code_of_the_pages_compiles_and_its_names_exist(page: Path) -> None:
    for source in blocks(page.read_text(encoding="utf-8"), "python", "{code-cell} python"):
        assert unknown_names(source) == []


@pytest.mark.parametrize("source", ["ba.open_conty('a')", "ba.plot.pie(county.gaps)", "county.gap"])
def test_a_name_that_does_not_exist_is_found(source: str) -> None:
    assert len(unknown_names(source)) == 1


def test_the_skeleton_of_a_layout_loads(tmp_path: Path) -> None:
    (skeleton,) = blocks(LAYOUTS.read_text(encoding="utf-8"), "toml")
    (tmp_path / "city_register.toml").write_text(skeleton, encoding="utf-8")
    layout = load_layout("city_register", folder=tmp_path)
    sheet = layout.sheet("schools")
    assert sheet is not None
    assert "运动场地" in sheet.by_header()


@pytest.fixture
def no_rules_left(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Rules that a command makes known stand in the environment: other tests must not find them."""
    monkeypatch.setenv(ENVIRONMENT, "")
    yield
    forget_rules()


@pytest.mark.usefixtures("no_rules_left")
def test_the_example_of_a_rule_is_accepted_and_a_looser_figure_refused(tmp_path: Path) -> None:
    example, path = (
        next(iter(blocks(OWN_RULES.read_text(encoding="utf-8"), "toml"))),
        tmp_path / "example_city.toml",
    )
    path.write_text(example, encoding="utf-8")
    assert main(["rules", "check", str(path)]) == 0
    path.write_text(example.replace('value = "8"', 'value = "7"'), encoding="utf-8")
    assert main(["rules", "check", str(path)]) == 1


# --- the method: worked examples ------------------------------------------------------------------------------


def test_every_worked_example_of_the_method_gives_what_the_page_states() -> None:
    found = list(worked_examples(METHOD.read_text(encoding="utf-8")))
    assert [(source, given) for source, given, _ in found] == [
        (source, stated) for source, _, stated in found
    ]
    assert len(found) == 12
    assert "0.515257" in found[3][1]  # the official teaching example, regulation notes §1


def test_a_wrong_worked_example_is_found() -> None:
    page = "```{code-cell} python\nimport math\n```\n\n```{code-cell} python\n:tags: [x]\nmath.sqrt(4)  # 3.0\n```\n"
    assert list(worked_examples(page)) == [("math.sqrt(4)", "2.0", "3.0")]


def test_the_program_measures_the_schools_of_the_page_as_the_page_does() -> None:
    """Sections 1 and 2: 30 万元 for 100 pupils are 3000 yuan, 700 − 100 m² are 6; 21,000 m² for 1000 + 1000 are 10 and 11."""
    plain = school("1", teaching_equipment_value_wan_cny=30, teaching_and_auxiliary_area_m2=700)
    split = school(
        "2", "nine_year", primary_enrolment=1000, junior_secondary_enrolment=1000,
        teaching_and_auxiliary_area_m2=21_000, indoor_sports_area_m2=0,
    )  # fmt: skip
    found = assess(plain, split).indicators

    def value(code: str, stage: str, indicator: str) -> float:
        return float(row_of(found, school_code=code, stage=stage, indicator=indicator)["value"])

    assert value("1", "primary", "equipment_value") == 3000
    assert value("1", "primary", "teaching_area") == 6
    assert value("2", "primary", "teaching_area") == 10
    assert value("2", "junior_secondary", "teaching_area") == 11


# --- the door and the gallery ---------------------------------------------------------------------------------


def test_the_page_of_functions_has_every_name_of_the_door() -> None:
    page = DOOR.read_text(encoding="utf-8")
    missing = [name for name in ba.__all__ if not re.search(rf"\b{name}\b", page)]
    assert missing == ["__version__"]


def test_every_class_and_function_of_the_door_begins_with_a_chinese_sentence() -> None:
    for name in set(ba.__all__) - {"__version__"}:
        first = (inspect.getdoc(getattr(ba, name)) or "").splitlines()[0]
        assert re.search("[\u4e00-\u9fff]", first), name


def test_the_gallery_draws_every_plot_of_the_door() -> None:
    page = GALLERY.read_text(encoding="utf-8")
    assert [name for name in ba.plot.__all__ if f"ba.plot.{name}(" not in page] == []


def test_every_example_of_the_ledgers_page_gives_what_the_page_states() -> None:
    page = (ROOT / "docs" / "developer" / "ledger.md").read_text(encoding="utf-8")
    found = list(worked_examples(page))
    assert [given for _, given, _ in found] == [stated for _, _, stated in found]
    assert len(found) == page.count("```{code-cell}")


# --- READMEs and citation -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["README.md", "README.en.md"])
def test_files_that_a_readme_links_to_are_there(name: str) -> None:
    links = re.findall(r"\]\(([^)#]+)", (ROOT / name).read_text(encoding="utf-8"))
    assert "docs/_static/report-page.png" in links
    assert [link for link in links if not link.startswith("http") and not (ROOT / link).is_file()] == []


def test_the_picture_of_the_readmes_is_small() -> None:
    """At most 150 KB, and no committed file under docs above 300 KB (issue 14)."""
    assert (ROOT / "docs/_static/report-page.png").stat().st_size <= 150_000
    assert [path for path in (ROOT / "docs").rglob("*.*") if path.stat().st_size > 300_000] == []


def test_the_citation_names_this_version_and_licence() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert (citation["version"], citation["license"]) == (ba.__version__, "MIT")
    assert {"cff-version", "message", "title", "authors"} <= citation.keys()
