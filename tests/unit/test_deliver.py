"""The one pipeline: all of a report or nothing of it, and never another county's."""

from __future__ import annotations

import errno
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest

from balance_analysis.door import open_assessment
from balance_analysis.errors import ReportError
from balance_analysis.reporting import deliver
from balance_analysis.reporting.deliver import Order
from balance_analysis.reporting.pdf import PdfInfo
from balance_analysis.reporting.readback import foreign_words
from balance_analysis.views.elements import Paragraph, Section
from tests.county_tables import juniors, school, write_county
from tests.unit.test_pdf import cover, shown

STAMP = {
    "division_code": "370321",
    "year": "2017",
    "target_year": "2020",
    "on": "2018-08-31",
    "plan": "huantai_2017",
    "findings": "verdict.not_met,target.missed:primary/books",
}


def prepared(**changes: Any) -> Callable[[Path], Order]:
    def prepare(partial: Path) -> Order:
        (partial / "r_data").mkdir()
        (partial / "r_data" / "a.csv").write_text("new", encoding="utf-8")
        order = {
            "notebook": Path("x.ipynb"),
            "parameters": {},
            "stamp": STAMP,
            "expected": ["桓台县", "甲校"],
        }
        return Order(**{**order, **changes})

    return prepare


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the notebook will have shown: its stamp and its text; filled in by the tests."""
    content: dict[str, Any] = {"stamp": dict(STAMP), "text": "甲校。"}

    def run(source: Path, parameters: dict[str, Any]) -> Any:
        cells = [shown(cover(stamp=content["stamp"]), Section("结论"), Paragraph(content["text"]))]
        return nbformat.v4.new_notebook(cells=cells)

    monkeypatch.setattr(deliver, "run_notebook", run)
    return content


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def test_what_was_prepared_comes_with_the_report_and_replaces_the_earlier_delivery(
    tmp_path: Path, ran: dict[str, Any]
) -> None:
    out = tmp_path / "out"
    (out / "r_data").mkdir(parents=True)
    for name in ("r_data/old.csv", "gone.xlsx", "other.txt"):
        (out / name).write_text("old", encoding="utf-8")
    delivery = deliver.deliver(prepared(), out, "r", replaces=("gone.xlsx", "r.pdf"))
    assert names(out) == ["other.txt", "r.ipynb", "r.pdf", "r_data"]
    assert names(out / "r_data") == ["a.csv"]
    assert delivery.names == ("r_data", "r.ipynb", "r.pdf")  # a record first, the report last
    assert delivery.pdf.county == "桓台县"


def test_the_executed_notebook_can_stay_behind(tmp_path: Path, ran: dict[str, Any]) -> None:
    deliver.deliver(prepared(keep_notebook=False), tmp_path / "out", "r")
    assert names(tmp_path / "out") == ["r.pdf", "r_data"]


def test_what_names_the_finished_report_comes_with_it_and_where_that_fails_nothing_comes(
    tmp_path: Path, ran: dict[str, Any]
) -> None:
    def conclude(partial: Path, pdf: PdfInfo) -> None:
        (partial / "hash.txt").write_text(pdf.sha256, encoding="utf-8")

    def refuse(partial: Path, pdf: PdfInfo) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    delivery = deliver.deliver(prepared(), tmp_path / "out", "r", conclude=conclude)
    digest = hashlib.sha256((tmp_path / "out" / "r.pdf").read_bytes()).hexdigest()
    assert (tmp_path / "out" / "hash.txt").read_text(encoding="utf-8") == delivery.pdf.sha256 == digest
    with pytest.raises(ReportError, match="磁盘已满"):
        deliver.deliver(prepared(), tmp_path / "full", "r", conclude=refuse)
    assert names(tmp_path) == ["out"]


@pytest.mark.parametrize("key", list(STAMP))
@pytest.mark.parametrize("said", ["something else", None])
def test_every_part_of_the_stamp_is_compared_and_none_may_be_missing(
    tmp_path: Path, ran: dict[str, Any], key: str, said: str | None
) -> None:
    del ran["stamp"][key]
    if said is not None:
        ran["stamp"][key] = said
    with pytest.raises(ReportError, match=f"{key}：要求 {STAMP[key]}，实际 {said or '（无）'}"):
        deliver.deliver(prepared(), tmp_path / "out", "r")
    assert names(tmp_path) == []


def test_a_stamp_that_says_more_than_was_ordered_passes_and_an_empty_order_does_not(
    tmp_path: Path, ran: dict[str, Any]
) -> None:
    ran["stamp"]["version"] = "1"
    deliver.deliver(prepared(), tmp_path / "a", "r")
    with pytest.raises(ReportError, match="无法核对"):
        deliver.deliver(prepared(stamp={}), tmp_path / "b", "r")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("乙校。", "缺少“甲校”"),
        ("甲校的pupils_per_room。", "出现了程序用语“pupils_per_room”"),
        ("甲校，见schools.csv。", "出现了程序用语“.csv”"),
        ("甲校，见[[附表]]。", "出现了程序用语"),
        ("甲校，由HiGHS求解。", "出现了程序用语“HiGHS”"),
    ],
)
def test_a_page_that_lacks_a_school_or_speaks_like_a_program_is_not_delivered(
    tmp_path: Path, ran: dict[str, Any], text: str, message: str
) -> None:
    ran["text"] = text
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "r.pdf").write_text("older", encoding="utf-8")
    with pytest.raises(ReportError, match=message.replace(".", r"\.")):
        deliver.deliver(prepared(), tmp_path / "out", "r")
    assert names(tmp_path / "out") == ["r.pdf"]
    assert (tmp_path / "out" / "r.pdf").read_text(encoding="utf-8") == "older"


def test_a_name_from_the_data_may_look_like_a_programs(tmp_path: Path, ran: dict[str, Any]) -> None:
    ran["text"] = "甲校。来源：schools_2017.csv，学校my_school。"
    order = prepared(known=["schools_2017.csv"], expected=["甲校", "my_school"])
    assert deliver.deliver(order, tmp_path / "out", "r").names[-1] == "r.pdf"


def test_it_may_have_a_character_besides_that_no_font_has(tmp_path: Path, ran: dict[str, Any]) -> None:
    ran["text"] = "甲校。来源：\U0001f3ebmy_schools.csv。"
    order = prepared(known=["\U0001f3ebmy_schools.csv"], expected=["甲校"])
    assert deliver.deliver(order, tmp_path / "out", "r").names[-1] == "r.pdf"


def test_texts_of_the_county_are_known_and_words_of_the_program_are_not_among_them(tmp_path: Path) -> None:
    path = write_county(
        tmp_path / "my_file.xlsx", school("1", school_name="a_b小学"), school("2"), *juniors()
    )
    known = deliver.texts_from_data(open_assessment(path, regime="quality_balance_2017"))
    assert {"my_file.xlsx", "a_b小学"} <= set(known)
    assert not {"junior_secondary", "not_met", "primary"} & set(known)
    assert foreign_words("a_b小学见my_file.xlsx，junior_secondary", known=known) == ["junior_secondary"]


def test_a_prepared_name_that_leads_elsewhere_is_refused(tmp_path: Path, ran: dict[str, Any]) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "r_data").symlink_to(tmp_path)
    with pytest.raises(ReportError, match="是链接"):
        deliver.deliver(prepared(), out, "r")
    assert names(out) == ["r_data"]
