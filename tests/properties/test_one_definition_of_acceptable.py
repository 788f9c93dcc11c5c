"""``check``, ``assess`` and ``report`` say the same of the same file by the same law, whatever was done to the file."""

from __future__ import annotations

import csv
import random
import re
from pathlib import Path

import pytest

from balance_analysis.cli import main
from balance_analysis.counties import check_counties
from balance_analysis.reporting import batch
from balance_analysis.reporting.exports import issues_frame
from balance_analysis.workbook.reader import read_groups
from tests.campaign.books import Book, county_book
from tests.campaign.mutations import BOOK_MUTATIONS

LAW = ["--regime", "quality_balance_2017"]
COUNTS = re.compile(r"错误(\d+)条，疑问(\d+)条，提示(\d+)条")
UNPRINTABLE_NAMES = ("第\ue000小学", "\U00031350校", "🏫小学")
"""Private use, extension H, an emoji: no font of the reports has them."""


def said(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> tuple[str, ...]:
    """The counts of a command's last line."""
    main(arguments)
    told = capsys.readouterr()
    found = COUNTS.findall(told.out)
    assert len(found) == 1, told.out + told.err
    return tuple(found[0])


def same(content: bytes, folder: Path, capsys: pytest.CaptureFixture[str]) -> tuple[str, ...]:
    path = folder / "县.xlsx"
    path.write_bytes(content)
    counts = said(["check", str(path), *LAW], capsys)
    assert said(["assess", str(path), *LAW, "-o", str(folder / "out")], capsys) == counts
    report = ["report", str(path), *LAW, "-o", str(folder / "reports"), "--jobs", "1"]
    assert said(report, capsys) == counts
    listed = folder / "out" / "010203" / "issues.csv"
    if listed.is_file():
        (group,) = read_groups([path])
        issues, _ = check_counties(group, regime=LAW[1])
        with listed.open(encoding="utf-8", newline="") as file:
            codes = [row["code"] for row in csv.DictReader(file)]
        assert sorted(codes) == sorted(issues_frame(issues)["code"])
    return counts


@pytest.fixture
def unprinted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reports are made up to their typesetting, which finds nothing in a file."""
    monkeypatch.setattr(batch, "_deliver", lambda *_: {"pdf": "", "notebook": ""})


@pytest.mark.usefixtures("unprinted")
@pytest.mark.parametrize(
    "name",  # the campaign sends all of them through the commands; that all three count alike is tried on every third, on all nightly
    [
        pytest.param(name, marks=[] if number % 3 == 0 else pytest.mark.nightly)
        for number, name in enumerate(BOOK_MUTATIONS)
    ],
)
def test_every_spoilt_file_is_told_alike(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    book, dice = county_book(), random.Random(f"alike {name}")
    found = BOOK_MUTATIONS[name][0](book, dice)
    same(found if isinstance(found, bytes) else book.content(), tmp_path, capsys)


def spoilt(**cells: object) -> Book:
    """The county with one cell of its newest school changed, by header."""
    book = county_book()
    rows = book.sheets["学校"]
    for header, value in cells.items():
        rows[-1][rows[0].index(header)] = value  # type: ignore[call-overload]
    return book


@pytest.mark.usefixtures("unprinted")
@pytest.mark.parametrize("name", UNPRINTABLE_NAMES)
def test_a_name_that_cannot_be_typeset_is_a_question_of_all_three(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert same(spoilt(学校名称=name).content(), tmp_path, capsys) == ("0", "1", "0")
    main(["check", str(tmp_path / "县.xlsx"), *LAW])
    assert f"U+{ord(name[0] if name[0] != '第' else name[1]):04X}" in capsys.readouterr().out


@pytest.mark.usefixtures("unprinted")
def test_a_county_out_of_scope_is_an_error_of_all_three(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    book = county_book()
    kind = [row[0] for row in zip(*book.sheets["学校"], strict=True)].index("办学类型")
    for row in book.sheets["学校"][1:]:
        row[kind] = "中等职业"
        for header in ("小学在校生数", "小学班级数"):
            row[book.sheets["学校"][0].index(header)] = 0
    assert int(same(book.content(), tmp_path, capsys)[0]) >= 1


@pytest.mark.usefixtures("unprinted")
def test_the_screen_asks_in_all_three(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Thirty schools at exactly 4.2 qualified teachers per hundred pupils: chance 0.6³⁰ in an honest county."""
    book = county_book()
    header, first = book.sheets["学校"][0], book.sheets["学校"][-1]
    rows = []
    for number in range(30):
        row = list(first)
        for name, value in (
            ("学校标识码", f"{number:010d}"), ("学校名称", f"第{number}小学"), ("小学在校生数", 500),
            ("小学本科学历教师数", 21), ("小学专科学历教师数", 0), ("小学硕士学历教师数", 0), ("小学博士学历教师数", 0),
            ("小学专任教师数", 40 + number), ("教学及辅助用房面积", 4000.5 + 37 * number), ("图书册数", 9000 + 13 * number),
        ):  # fmt: skip
            row[header.index(name)] = value
        rows.append(row)
    book.sheets["学校"] = [header, *rows]
    same(book.content(), tmp_path, capsys)
    main(["check", str(tmp_path / "县.xlsx"), *LAW])
    assert "bunching" in capsys.readouterr().out
