"""The master list: every finding has its words, and the page in the documentation is the one the program writes."""

from __future__ import annotations

import re

import pytest

from balance_analysis.cli import main
from balance_analysis.errors import ReportError
from balance_analysis.findings import Kind, Tone, every_kind
from balance_analysis.reporting import findings_list
from balance_analysis.words import finding_words, labels
from balance_analysis.words.library import FindingWords
from tests.county_tables import ROOT

MET = Kind(id="verdict.met", tone=Tone.REASSURING)
OPEN = Kind(id="target.open", tone=Tone.OPEN)
WORDS = {
    "verdict.met": FindingWords(when="各项全部达标", sentence="{county}各项全部达标⟦，余量最小的是{name}⟧。"),
    "target.open": FindingWords(when="年数不足", sentence="{year:school_year}起只有{n:n}年数据。"),
}


@pytest.fixture
def two_kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(findings_list, "every_kind", lambda: {one.id: one for one in (OPEN, MET)})
    monkeypatch.setattr(findings_list, "finding_words", lambda: WORDS)


def test_every_kind_of_finding_is_named_by_a_test() -> None:
    """A kind that no test names, by its id or by its sentence, is one that nobody has read on either side of its boundary."""
    tests = "".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "tests").rglob("test_*.py")))
    unnamed = []
    for name in every_kind():
        ids = re.search(rf'"({name}|{name.partition(".")[2]})"', tests)
        fixed = max(re.split(r"\{[^}]*\}|[⟦⟧]", finding_words()[name].sentence), key=len).rstrip("。")
        if not ids and fixed not in tests:
            unnamed.append(name)
    assert unnamed == []


def test_the_page_in_the_documentation_is_up_to_date() -> None:
    page = (ROOT / "docs" / "findings.md").read_text(encoding="utf-8")
    assert page == findings_list.findings_page(), (
        "run: python -m balance_analysis.reporting.findings_list > docs/findings.md"
    )


def test_every_finding_has_words_and_every_topic_a_label() -> None:
    assert every_kind().keys() == finding_words().keys()
    assert {kind.topic for kind in every_kind().values()} <= labels.TOPICS.keys()


@pytest.mark.usefixtures("two_kinds")
def test_a_finding_is_listed_by_topic_with_its_condition_and_marks_for_figures() -> None:
    assert list(findings_list.findings_lines()) == [
        "verdict.met（总体结论，令人放心）",
        "  何时说：各项全部达标",
        "  结论句：〔…〕各项全部达标［，余量最小的是〔…〕］。",
        "target.open（目标年，不能下结论）",
        "  何时说：年数不足",
        "  结论句：〔…〕起只有〔…〕年数据。",
    ]


@pytest.mark.usefixtures("two_kinds")
def test_the_page_has_a_table_for_each_topic() -> None:
    page = findings_list.findings_page()
    assert "共2句" in page
    assert page.index("## 总体结论") < page.index("## 目标年")
    assert "| `target.open` | 年数不足 | 〔…〕起只有〔…〕年数据。 | 不能下结论 |" in page


def test_a_finding_without_words_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(findings_list, "every_kind", lambda: {MET.id: MET})
    monkeypatch.setattr(findings_list, "finding_words", lambda: WORDS)
    with pytest.raises(ReportError, match=r"target\.open"):
        findings_list.listed_findings()


@pytest.mark.usefixtures("two_kinds")
def test_the_command_prints_the_list(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["findings"]) == 0
    assert capsys.readouterr().out.splitlines()[0] == "verdict.met（总体结论，令人放心）"
