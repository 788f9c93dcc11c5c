"""The house keeps its rules: who imports whom, what stays pure, what notebooks may hold.

Each checking function takes sources and returns the list of its findings. It is tried twice: on the
repository, where the list must be empty, and on broken samples, each of which must be named.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from balance_analysis.regimes import list_regimes
from tests.county_tables import ROOT, regime_2012, regime_2017

PACKAGE = "balance_analysis"
Sources = Mapping[str, str]

BASE = {"terms", "errors", "exact", "strict_toml", "resources", "statements", "places", "typefaces"}
LAW = BASE | {"regimes"}
JUDGED = LAW | {"workbook", "measures", "verdicts", "assessment"}
ANSWERED = JUDGED | {
    "counties",
    "nation",
    "parameters",
    "explain",
    "programmes",
    "overview",
    "remediation",
}
SPOKEN = {"findings", "words"}
ALLOWED: Mapping[str, set[str]] = {
    "terms": set(),
    "errors": {"terms"},
    "exact": {"terms"},
    "strict_toml": {"errors"},
    "statements": set(),
    "places": set(),
    "typefaces": set(),
    "guard": {"errors", "words"},
    "resources": {"terms", "errors", "strict_toml"},
    "regimes": BASE,
    "workbook": LAW,
    "measures": LAW,
    "verdicts": LAW | {"measures"},
    "assessment": LAW | {"workbook", "measures", "verdicts"},
    "counties": JUDGED | {"explain"},
    "door": JUDGED | {"explain", "words"},
    "frames": ANSWERED | SPOKEN,
    "analyst": ANSWERED | SPOKEN | {"door", "frames", "views"},
    "nation": JUDGED,
    "explain": JUDGED,
    "programmes": JUDGED | {"parameters", "explain"},
    "parameters": LAW | {"assessment", "door", "programmes"},
    "overview": JUDGED | {"counties", "parameters", "programmes", "explain"},
    "remediation": JUDGED | {"parameters", "explain", "programmes"},
    "findings": ANSWERED,
    "words": LAW,
    "views": LAW
    | SPOKEN
    | {"frames", "verdicts", "assessment", "explain", "overview", "workbook.layouts", "programmes.model"},
    "reporting": ANSWERED | SPOKEN | {"door", "views"},
    "listings": ANSWERED | SPOKEN | {"commands", "views", "reporting"},
    "commands": ANSWERED | SPOKEN | {"door", "views", "reporting"},
    "options": ANSWERED | {"commands", "words", "reporting"},
    "report": ANSWERED | SPOKEN | {"options", "reporting"},
    "cli": ANSWERED
    | SPOKEN
    | {"report", "commands", "door", "guard", "listings", "options", "views", "reporting"},
}
"""What each room may import besides itself; ``room.module`` allows that one module only (data without computing)."""

FILE_MODULES = {
    "os",
    "io",
    "pathlib",
    "shutil",
    "tempfile",
    "glob",
    "fileinput",
    "openpyxl",
    "csv",
    "tomllib",
}
FILE_CALLS = {"open", "read_csv", "read_excel", "to_csv", "to_excel", "read_text", "write_text", "read_bytes"}
PURE_ROOMS = ("measures", "verdicts")
BATCH_RUNNER = "reporting.batch"
CATCHES_ALL = (BATCH_RUNNER, "reporting.run", "reporting.processes", "guard", "reporting.warm")
"""The batch runner and what hands its errors on, the door, and the end of a forked kernel: nothing may climb back into its parent."""


def package_sources() -> dict[str, str]:
    """Module name without the package → source."""
    found = {}
    for path in sorted((ROOT / PACKAGE).rglob("*.py")):
        parts = list(path.relative_to(ROOT / PACKAGE).with_suffix("").parts)
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        found[name or "__init__"] = path.read_text(encoding="utf-8")
    return found


def notebooks() -> dict[str, Any]:
    """Name → notebook as JSON."""
    return {
        path.name: json.loads(path.read_text(encoding="utf-8"))
        for path in (ROOT / "notebooks").glob("*.ipynb")
    }


def imports(source: str) -> Iterator[str]:
    """Every module that a source imports, ``from x import y`` as ``x`` and as ``x.y``."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = ("." * node.level) + (node.module or "")
            yield module
            yield from (f"{module}.{alias.name}" for alias in node.names)


def room(module: str) -> str:
    return module.split(".")[0]


# --- who may import whom ------------------------------------------------------------------------------


def wrong_imports(sources: Sources) -> list[str]:
    rooms = set(ALLOWED)
    findings = []
    for module, source in sources.items():
        if module == "__init__":
            continue
        own = room(module)
        if own not in ALLOWED:
            findings.append(f"{module}: no room of the house; say in ALLOWED what it may import")
            continue
        for name in imports(source):
            if name.startswith("."):
                findings.append(f"{module}: relative import {name}")
            if not name.startswith(f"{PACKAGE}."):
                continue
            inner = name.removeprefix(f"{PACKAGE}.")
            if room(inner) not in rooms or room(inner) == own or room(inner) in ALLOWED[own]:
                continue
            if not any(
                inner == module_only or inner.startswith(f"{module_only}.") for module_only in ALLOWED[own]
            ):
                parent = any(module_only.startswith(f"{inner}.") for module_only in ALLOWED[own])
                if not parent:
                    findings.append(f"{module}: imports {name}")
    return sorted(set(findings))


KNOWN_BREACHES: set[str] = set()
"""Modules that still compute what they show, and through what; an entry that is no longer true fails the test."""


def test_every_room_imports_only_what_lies_before_it() -> None:
    found = wrong_imports(package_sources())
    breaches = {finding.replace("imports ", "") for finding in found}
    known = {one for one in breaches if one.rpartition(".")[0] in KNOWN_BREACHES or one in KNOWN_BREACHES}
    assert sorted(breaches - known) == []
    assert {entry for entry in KNOWN_BREACHES if not any(one.startswith(entry) for one in known)} == set()


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("terms", "from balance_analysis.errors import Issue"),
        ("errors", "import balance_analysis.regimes"),
        ("regimes.loader", "from balance_analysis.workbook.layouts import Field"),
        ("measures.gaps", "from balance_analysis.workbook.tables import SchoolTables"),
        ("workbook.checks", "from balance_analysis.measures import gaps"),
        ("measures.gaps", "from balance_analysis.verdicts.resources import combine"),
        ("verdicts", "from balance_analysis.workbook.reader import read_workbook"),
        ("verdicts", "from balance_analysis.words.labels import OUTCOMES"),
        ("assessment", "from balance_analysis.reporting import exports"),
        ("views.tables", "from balance_analysis.measures.coefficients import spread"),
        ("views.tables", "from balance_analysis.workbook.reader import read_workbook"),
        ("views.programme.figures", "from balance_analysis.programmes.loader import load_plan"),
        ("programmes.loader", "from balance_analysis.views import labels"),
        ("reporting.batch", "def f():\n    from balance_analysis.cli import main"),
        ("assessment", "from . import verdicts"),
        ("attic", "import balance_analysis.terms"),
    ],
)
def test_an_import_against_the_direction_is_found(module: str, line: str) -> None:
    assert len(wrong_imports({module: line})) >= 1


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("views.report", "from balance_analysis.workbook.layouts import own_fields"),
        ("views.programme.figures", "from balance_analysis.programmes.model import Plan"),
        ("measures.gaps", "from balance_analysis.measures.coefficients import spread"),
        ("cli", "from balance_analysis import __version__"),
        ("programmes.loader", "import numpy"),
    ],
)
def test_an_import_along_the_direction_is_allowed(module: str, line: str) -> None:
    assert wrong_imports({module: line}) == []


def test_the_package_itself_imports_nothing_of_the_house() -> None:
    assert not [name for name in imports(package_sources()["__init__"]) if name.startswith(PACKAGE)]


def notebook_imports(sources: Sources) -> list[str]:
    return sorted(
        f"{module}: {name}"
        for module, source in sources.items()
        for name in imports(source)
        if room(name) == "notebooks" or name.endswith("county_report")
    )


def test_nothing_imports_a_notebook() -> None:
    assert notebook_imports(package_sources()) == []
    assert notebook_imports({"cli": "from notebooks import county_report"}) != []


# --- pure in the middle -------------------------------------------------------------------------------


def file_access(sources: Sources) -> list[str]:
    findings = []
    for module, source in sources.items():
        if room(module) not in PURE_ROOMS:
            continue
        findings += [f"{module}: imports {name}" for name in imports(source) if room(name) in FILE_MODULES]
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Call):
                called = (
                    node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                )
                if called in FILE_CALLS:
                    findings.append(f"{module}:{node.lineno}: calls {called}")
    return findings


def test_measures_and_verdicts_touch_no_file() -> None:
    assert file_access(package_sources()) == []


@pytest.mark.parametrize(
    "source",
    [
        "import os",
        "from pathlib import Path",
        "import os.path as p",
        "def f():\n    return open('x')",
        "import pandas as pd\npd.read_csv('x')",
        "frame.to_csv('x')",
    ],
)
def test_a_measure_or_verdict_that_touches_a_file_is_found(source: str) -> None:
    for module in ("measures.gaps", "verdicts.resources", "verdicts.parts"):
        assert len(file_access({module: source})) >= 1
    assert file_access({"workbook.reader": source}) == []


def toml_readers(sources: Sources) -> list[str]:
    return [module for module, source in sources.items() if "tomllib" in imports(source)]


def test_only_the_strict_reader_parses_toml() -> None:
    assert toml_readers(package_sources()) == ["strict_toml"]
    assert toml_readers({"workbook.side_file": "def f():\n    import tomllib"}) == ["workbook.side_file"]


COMPUTING_ROOMS = (
    *PURE_ROOMS,
    *(
        "regimes",
        "assessment",
        "parameters",
        "explain",
        "programmes",
        "overview",
        "remediation",
        "cli",
        "report",
        "listings",
        "options",
    ),
)
SPEAKING_ROOMS = ("views", "reporting")
"""Their sentences are read too; their bare numbers are sizes on paper."""


def law_numbers() -> set[float]:
    """Limits on coefficients and school values, and the 85 %, that no code may repeat; 1, 0.5 and 0.9 say nothing."""
    numbers = set()
    for regime in (regime_2012(), regime_2017()):
        numbers |= {float(limit.value) for limit in regime.limits if limit.measure in ("cv", "school_value")}
        numbers |= {float(entry.value) for entry in regime.parameters if entry.id == "school.tolerated_share"}
    return numbers - {1.0, 0.5, 0.9}


def law_words() -> set[str]:
    """Every limit and parameter as a sentence would say it: 0.50, 50%, 85%, 4.2人, 6项, 六项; 100% and places say nothing."""
    words: set[str] = set()
    for regime in (regime_2012(), regime_2017()):
        pairs = [(limit.value, limit.unit) for limit in regime.limits]
        for value, unit in pairs + [(entry.value, entry.unit) for entry in regime.parameters]:
            plain = unit.split("/")[0]
            words |= {f"{value}{plain}"} if unit != "1" else {str(value), f"{float(value) * 100:g}%"}
            if unit == "项":
                words.add(f"{'零一二三四五六七八九十'[int(value)]}{unit}")
    return {word for word in words if word != "100%" and not word.endswith("位")}


def limits_in_code(sources: Sources, numbers: set[float], words: set[str]) -> list[str]:
    """Numbers of the law as bare numbers of the computing rooms, and inside strings (no docstrings) of all rooms."""
    found = []
    for module, source in sources.items():
        if room(module) not in (*COMPUTING_ROOMS, *SPEAKING_ROOMS):
            continue
        tree = ast.parse(source)
        docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        for node in ast.walk(tree):
            if not isinstance(node, ast.Constant) or id(node) in docstrings:
                continue
            if type(node.value) in (int, float) and node.value in numbers and room(module) in COMPUTING_ROOMS:
                found.append(f"{module}: {node.value}")
            if isinstance(node.value, str):
                plain = node.value.replace(" ", "")
                found += [f"{module}: {word}" for word in sorted(words) if _says(plain, word)]
    return found


def _says(text: str, word: str) -> bool:
    """Whether a text holds that number and no longer one; what follows a plain colon is a style (font-size:85%)."""
    return re.search(rf"(?<![0-9.:]){re.escape(word)}(?![0-9])", text) is not None


def test_no_limit_of_the_law_is_written_in_code() -> None:
    numbers, words = law_numbers(), law_words()
    assert {0.45, 0.65, 0.85, 4.2, 2000.0} <= numbers
    assert {"0.50", "0.45", "85%", "6项", "六项", "4.2人", "7.5平方米", "2000元", "45人", "96平方米"} <= words
    assert limits_in_code(package_sources(), numbers, words) == []


@pytest.mark.parametrize(
    ("module", "source", "found"),
    [
        ("verdicts", "floor = limit * 0.85", ["verdicts: 0.85"]),
        ("explain.headroom", "most = 2000", ["explain.headroom: 2000"]),
        ("views.tables", "text = '不低于 85% 的'", ["views.tables: 85%"]),
        ("views.words", "text = f'至少6项，{name}'", ["views.words: 6项"]),
        ("reporting.forms", "text = '差异系数≤0.50'", ["reporting.forms: 0.50"]),
        ("remediation.plan", "text = '至少六项'", ["remediation.plan: 六项"]),
        ("programmes.present", "text = '教室96平方米'", ["programmes.present: 96平方米"]),
        ("views.figures", "size = 7.5", []),
        ("views.elements.html", "style = 'font-size:85%'", []),
        ("views.tables", "text = '之和为100%，16项，0.505，185%，45人次以外'", ["views.tables: 45人"]),
        ("views.tables", 'def f():\n    """A floor of 85%."""', []),
        ("workbook.reader", "x = 0.85", []),
    ],
)
def test_a_number_of_the_law_is_found_in_code_and_in_sentences(
    module: str, source: str, found: list[str]
) -> None:
    assert limits_in_code({module: source}, law_numbers(), law_words()) == found


def regimes_asked_for(sources: Sources, ids: list[str]) -> list[str]:
    rooms = (*PURE_ROOMS, "assessment")
    return [
        f"{module}:{node.lineno}: {node.value}"
        for module, source in sources.items()
        if room(module) in rooms
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Constant) and node.value in ids
    ]


def test_no_code_asks_which_regime_it_is_in() -> None:
    ids = list(list_regimes())
    assert regimes_asked_for(package_sources(), ids) == []
    assert regimes_asked_for({"verdicts": "if regime.id == 'basic_balance_2012': pass"}, ids) != []


LAW_ID = re.compile(r"(?<![A-Za-z0-9_])[BVE]\d{1,2}(?![A-Za-z0-9_])")


def law_ids(sources: Sources) -> list[str]:
    """Item ids of a law (B11, V6) in strings of the code; docstrings may name them."""
    findings = []
    for module, source in sources.items():
        tree = ast.parse(source)
        told = {
            id(node.value)
            for node in ast.walk(tree)
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        }
        findings += [
            f"{module}:{node.lineno}: {node.value}"
            for node in ast.walk(tree)
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in told
            if LAW_ID.search(node.value)
        ]
    return findings


def test_no_code_asks_which_item_of_which_law_it_judges() -> None:
    assert law_ids(package_sources()) == []


def told_of_one_law(texts: Mapping[str, str], words: set[str]) -> list[str]:
    """Numbers and item ids of the law in texts that serve every law."""
    return [
        f"{name}: {word}"
        for name, text in texts.items()
        for word in [*(one for one in sorted(words) if _says(text, one)), *LAW_ID.findall(text)]
    ]


def test_no_sentence_and_no_notebook_repeats_a_number_or_an_item_of_the_law() -> None:
    texts = {
        f"{path.name} {number}": line
        for path in (ROOT / PACKAGE / "words").rglob("*.toml")
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if not line.startswith("when = ")  # the condition, which nobody prints in a report
    }
    for name, notebook in notebooks().items():
        texts |= {
            f"{name} {number}": "".join(cell["source"]) for number, cell in enumerate(notebook["cells"])
        }
    assert told_of_one_law(texts, law_words()) == []
    assert told_of_one_law({"a": "至少6项达标", "b": "见B11", "c": "16项、B3D"}, law_words()) == [
        "a: 6项",
        "b: B11",
    ]


@pytest.mark.parametrize(
    "source",
    [
        'limit = regime.limit("B11", "enrolment_single_stage", "all")',
        'regime.parameter("B10.classes_per_room")',
        'text = f"学校规模（B11）已超限{listed}"',
        'vetoes = ("V1", "V2")',
    ],
)
def test_an_item_id_in_code_is_found(source: str) -> None:
    assert law_ids({"measures.gaps": source}) != []


def test_a_docstring_may_name_an_item_and_a_cell_of_a_form_is_no_item() -> None:
    assert law_ids({"measures.gaps": '"""B11: size."""\n\n\nLIMIT = 3\n"""As in B11."""\n'}) == []
    assert law_ids({"measures.gaps": 'names = ("AB12", "B2017", "XB1", "E")'}) == []


# --- missing is not zero, failure is not empty --------------------------------------------------------


def swallowed(sources: Sources) -> list[str]:
    findings = []
    for module, source in sources.items():
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.ExceptHandler) and module not in CATCHES_ALL:
                kinds = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
                if any(
                    kind is None or getattr(kind, "id", "") in ("Exception", "BaseException")
                    for kind in kinds
                ):
                    findings.append(f"{module}:{node.lineno}: broad except")
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") in ("fillna", "nan_to_num"):
                filled = [*node.args, *(keyword.value for keyword in node.keywords)]
                zero = any(isinstance(value, ast.Constant) and value.value == 0 for value in filled)
                kind = "a boolean" if any(getattr(value, "value", None) is False for value in filled) else ""
                if (zero and not kind) or node.func.attr == "nan_to_num":  # type: ignore[attr-defined]
                    findings.append(f"{module}:{node.lineno}: missing turned to zero")
            if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("warnings."):
                named = any(keyword.arg == "message" for keyword in node.keywords)
                if not named and ast.unparse(node.func) in (
                    "warnings.filterwarnings",
                    "warnings.simplefilter",
                ):
                    findings.append(f"{module}:{node.lineno}: warnings silenced")
    return findings


def test_nothing_is_swallowed_and_no_blank_becomes_zero() -> None:
    assert swallowed(package_sources()) == []


@pytest.mark.parametrize(
    "source",
    [
        "try:\n    f()\nexcept Exception:\n    pass",
        "try:\n    f()\nexcept:\n    pass",
        "try:\n    f()\nexcept (ValueError, Exception) as error:\n    pass",
        "frame.fillna(0)",
        "frame['x'].fillna(value=0.0)",
        "np.nan_to_num(x)",
        "import warnings\nwarnings.filterwarnings('ignore')",
    ],
)
def test_what_swallows_errors_or_blanks_is_found(source: str) -> None:
    assert len(swallowed({"measures.gaps": source})) == 1


def test_only_the_batch_runner_may_catch_everything_and_a_false_is_no_zero() -> None:
    assert swallowed({BATCH_RUNNER: "try:\n    f()\nexcept Exception:\n    pass"}) == []
    assert swallowed({"measures.gaps": "mask.fillna(False)\nname.fillna('')"}) == []


# --- documentation -----------------------------------------------------------------------------------


def undocumented(sources: Sources) -> list[str]:
    findings = []
    for module, source in sources.items():
        tree = ast.parse(source)
        if tree.body and not ast.get_docstring(tree):
            findings.append(f"{module}: module")
        for node in tree.body:
            public = isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_")
            if public and not ast.get_docstring(node):  # type: ignore[arg-type]
                findings.append(f"{module}: {node.name}")  # type: ignore[attr-defined]
    return findings


def test_every_public_function_and_class_says_what_it_means() -> None:
    assert undocumented(package_sources()) == []
    broken = {"gaps": '"""x"""\ndef f():\n    pass\n\n\nclass A:\n    x = 1\n', "cells": "x = 1"}
    assert undocumented(broken) == ["gaps: f", "gaps: A", "cells: module"]


def test_files_stay_small() -> None:
    long = {
        name: source.count("\n") for name, source in package_sources().items() if source.count("\n") > 600
    }
    assert long == {}


# --- notebooks ---------------------------------------------------------------------------------------

EXPLAINING_ROOMS = {
    *("assessment", "parameters", "programmes", "remediation", "views", "explain", "overview", "findings"),
}


def notebook_findings(name: str, notebook: Any) -> list[str]:
    findings = []
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    for number, cell in enumerate(code, start=1):
        where = f"{name}, code cell {number}"
        if cell["execution_count"] != number:
            findings.append(f"{where}: not executed in order (count {cell['execution_count']})")
        if any(output["output_type"] == "error" for output in cell["outputs"]):
            findings.append(f"{where}: committed with an error")
        source = "".join(cell["source"])
        tree = ast.parse(source)
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Lambda | ast.AsyncFunctionDef):
                findings.append(f"{where}: defines something")
            if isinstance(node, ast.Constant) and isinstance(node.value, float):
                findings.append(f"{where}: holds the number {node.value}")
            if isinstance(node, ast.For | ast.While | ast.If | ast.Try):
                findings.append(f"{where}: computes ({type(node).__name__})")
        for imported in imports(source):
            inner = imported.removeprefix(f"{PACKAGE}.")
            if imported.startswith(f"{PACKAGE}.") and room(inner) not in EXPLAINING_ROOMS:
                findings.append(f"{where}: imports {imported}")
    text = json.dumps(notebook, ensure_ascii=False)
    if re.search(r"/(?:work|root|home|Users)/|[A-Z]:\\\\\\\\Users", text):
        findings.append(f"{name}: a machine path")
    return findings


def test_notebooks_are_committed_executed_in_order_and_hold_no_code_of_their_own() -> None:
    found = notebooks()
    assert "county_report.ipynb" in found
    assert [
        finding for name, notebook in found.items() for finding in notebook_findings(name, notebook)
    ] == []


def cell(source: str, count: int | None = 1, outputs: list[Any] | None = None) -> dict[str, Any]:
    return {"cell_type": "code", "source": [source], "execution_count": count, "outputs": outputs or []}


@pytest.mark.parametrize(
    "broken",
    [
        cell("x = 1", None),
        cell("x = 1", 2),
        cell("x = 1", 1, [{"output_type": "error"}]),
        cell("x = 1", 1, [{"output_type": "stream", "text": ["/home/someone/x"]}]),
        cell("def f():\n    return 1"),
        cell("class A:\n    pass"),
        cell("f = lambda x: x"),
        cell("limit = 0.50"),
        cell("for x in y:\n    print(x)"),
        cell("from balance_analysis.measures.gaps import compute_gaps"),
    ],
)
def test_a_notebook_that_breaks_a_rule_is_found(broken: dict[str, Any]) -> None:
    assert len(notebook_findings("x.ipynb", {"cells": [broken]})) >= 1


def test_a_plain_notebook_breaks_no_rule() -> None:
    cells = [cell("year = 2017"), cell("from balance_analysis.views.county import page\npage.show(year)", 2)]
    assert notebook_findings("x.ipynb", {"cells": cells}) == []


def test_the_modules_of_the_house_are_all_seen() -> None:
    rooms = {room(name) for name in package_sources()} - {"__init__"}
    assert rooms == {path.stem for path in Path(ROOT / PACKAGE).iterdir() if is_room(path)}


def is_room(path: Path) -> bool:
    inside = path.is_dir() and any(path.glob("*.py"))
    return inside or (path.suffix == ".py" and path.stem != "__init__")
