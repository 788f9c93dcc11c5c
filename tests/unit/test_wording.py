"""Chinese text stands where it belongs: in ``words``, beside the checks, in data, in headings of forms and in command help.

Elsewhere at most 150 literals may remain. The number reached so far stands in REACHED; it only ever goes down.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator, Mapping

import pytest

from balance_analysis.words.library import library
from balance_analysis.words.numbers import UNIT_DECIMALS
from tests.test_architecture import package_sources

LIMIT = 150
REACHED = 150
"""Literals left outside their places; lower it whenever some have moved, down to LIMIT."""

CHINESE = re.compile("[\u4e00-\u9fff]")
SENTENCE = re.compile("[。；，：]")
UNITS = {*UNIT_DECIMALS, "万元", "级", "班", "小时", "平方米", "台", "册"}
"""Units of the law and the template: data, as the column ``unit`` of the frames has them."""
ROOMS_OF_WORDS = ("words", "workbook")
"""``workbook``: checks, layouts, templates and what files may say."""
CHECKING = {
    *("terms", "strict_toml", "parameters", "resources", "options", "errors"),
    *(
        "regimes.loader",
        "regimes.files",
        "regimes.overlays",
        "regimes.consistency",
        "regimes.model",
        "regimes.repeated",
    ),
    *(
        "explain.screening",
        "explain.priors",
        "overview.national",
        "reporting.files",
        "reporting.notebook",
        "reporting.readback",
    ),
    *("programmes.loader", "programmes.references", "programmes.model"),
    *("remediation.costs", "remediation.problem", "remediation.settings", "remediation.saved"),
}
"""Modules whose text is that of errors and issues, collected before they are raised, and of argparse; ``terms`` names the stages."""
WORD = ("reporting.word.fonts", "reporting.word.styles", "reporting.word.numbering")
"""Names of fonts and styles, and the numerals of headings."""
FORMS = ("reporting.forms", "reporting.plan_sheets", "reporting.plan_workbook", "reporting.plan_lists", *WORD)
"""Modules with the fixed headings of forms; their sentences count."""
RAISING = re.compile("(Error|^Issue|^_fault|_issue|^issue_at)$")
HELP = ("help", "description", "metavar")


def is_chinese(node: ast.AST) -> bool:
    """Whether a literal (an f-string counts once) has Chinese characters of its own."""
    parts = node.values if isinstance(node, ast.JoinedStr) else [node]
    return any(
        isinstance(part, ast.Constant) and isinstance(part.value, str) and CHINESE.search(part.value)
        for part in parts
    )


def allowed(tree: ast.Module) -> Iterator[ast.AST]:
    """Everything inside docstrings, raised errors, issues and command help."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield node.value
        elif isinstance(node, ast.Raise):
            yield from ast.walk(node)
        elif isinstance(node, ast.JoinedStr):
            yield from node.values
        elif isinstance(node, ast.Call):
            called = getattr(node.func, "id", "") or getattr(node.func, "attr", "")
            if RAISING.search(called):
                yield from ast.walk(node)
            for keyword in node.keywords:
                if keyword.arg in HELP:
                    yield from ast.walk(keyword.value)


def misplaced(sources: Mapping[str, str]) -> list[str]:
    """Chinese literals outside their places, as ``module:line: text``."""
    found = []
    for module, source in sources.items():
        if module.split(".")[0] in ROOMS_OF_WORDS or module in CHECKING or not CHINESE.search(source):
            continue
        tree = ast.parse(source)
        fine = {id(node) for node in allowed(tree)}
        for node in ast.walk(tree):
            if not isinstance(node, ast.Constant | ast.JoinedStr) or id(node) in fine or not is_chinese(node):
                continue
            plain = node.value if isinstance(node, ast.Constant) else None
            if plain in UNITS or (
                module.startswith(FORMS) and isinstance(plain, str) and not SENTENCE.search(plain)
            ):
                continue
            found.append(f"{module}:{node.lineno}: {_text(node)[:60]}")
    return found


def _text(node: ast.AST) -> str:
    parts = node.values if isinstance(node, ast.JoinedStr) else [node]
    return "…".join(str(part.value) for part in parts if isinstance(part, ast.Constant))


def test_chinese_text_stands_in_words_and_beside_the_checks() -> None:
    found = misplaced(package_sources())
    rooms = Counter(".".join(one.split(":")[0].split(".")[:1]) for one in found)
    assert len(found) <= max(LIMIT, REACHED), f"{len(found)} literals: {dict(rooms)}"


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("verdicts.items", "detail = '没有数据'"),
        ("views.tables", "title = f'{stage}差异系数'"),
        ("reporting.forms.sheets", "note = '本表由填报数据生成，不得手工修改'"),
        ("reporting.forms.sheets", "note = f'共{n}所'"),
        ("explain.gaps", "x = {'a': '小学'}"),
        ("cli", "print('已完成')"),
    ],
)
def test_text_out_of_its_place_is_found(module: str, source: str) -> None:
    assert len(misplaced({module: source})) == 1


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("words.labels", "STAGES = {'primary': '小学'}"),
        ("workbook.hard_checks", "message = '缺少学校标识码'"),
        ("assessment", "raise ParameterError(f'没有{year}学年的数据')"),
        ("explain.screening", "issue = Issue('x', message='末位数字异常集中')"),
        ("measures.items.rooms", "unit = '间'"),
        ("reporting.forms.sheets", "heading = '学校名称'"),
        ("cli", "parser.add_argument('--on', help='依据日期')"),
        ("verdicts.items", '"""差异系数 in a docstring."""'),
    ],
)
def test_text_in_its_place_is_not(module: str, source: str) -> None:
    assert misplaced({module: source}) == []


SAYING = ("Statement", "say", "_say")


def unknown_sentences(sources: Mapping[str, str]) -> list[str]:
    """Ids of sentences in code that no file of ``words`` has; ids put together at run time are not seen."""
    found = []
    for module, source in sources.items():
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
                called = getattr(node.func, "id", "") or getattr(node.func, "attr", "")
                name = node.args[0].value
                if called in SAYING and isinstance(name, str) and name not in library().sentences:
                    found.append(f"{module}:{node.lineno}: {name}")
    return found


def test_every_sentence_that_code_asks_for_is_there() -> None:
    assert unknown_sentences(package_sources()) == []
    assert unknown_sentences({"verdicts.items": "x = Statement('rules.nothing', {})"}) == [
        "verdicts.items:1: rules.nothing"
    ]


if __name__ == "__main__":
    print("\n".join(misplaced(package_sources())))
