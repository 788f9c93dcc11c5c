"""A county code is never a path or a pattern: hostile codes through every command that takes files."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from balance_analysis.errors import ReportError
from balance_analysis.reporting import deliver
from balance_analysis.reporting import run as reporting_run
from balance_analysis.reporting.files import write_whole
from balance_analysis.reporting.journal import ReportNames, record
from balance_analysis.reporting.template_file import write_template
from balance_analysis.workbook.reader import check_workbook, read_workbook
from tests.conftest import CommandRun, run_command
from tests.county_tables import CODE, YEAR, juniors, school, write_county
from tests.hostile import COUNTY_OF_CODE, HOSTILE, code_of, files_under, write_open_data
from tests.reports_here import InThisProcess
from tests.workbook_generators import export_columns, write_export

REGIMES = {"csv": "basic_balance_2012", "xlsx": "quality_balance_2017"}
MALFORMED = "malformed_division_code"
NEIGHBOURS = ("01", "02", CODE)


class Place:
    """A folder deep inside others, an output folder in it, and bystanders wherever a hostile path could lead."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.work = root / "a" / "b" / "work"
        self.out = self.work / "out"
        self.out.mkdir(parents=True)
        for folder in (root, root / "a", root / "a" / "b", self.work):
            for name in ("x", "evil", "x_2020_basic_balance_2012", "x_2020_quality_balance_2017"):
                (folder / f"{name}.pdf").write_text("不得改动", "utf-8")
                (folder / name).mkdir(exist_ok=True)
                (folder / name / "indicators.csv").write_text("不得改动", "utf-8")

    def outside(self) -> dict[str, bytes]:
        return files_under(self.root, but=[self.out])

    def finished(self, run: str = "r") -> dict[str, bytes]:
        """Finished reports of neighbours in a run's folder; their content by name."""
        folder = self.out / run
        for code in NEIGHBOURS:
            for regime in REGIMES.values():
                names = ReportNames(code, YEAR, regime)
                (folder / names.data).mkdir(parents=True)
                write_whole(folder / names.data / "schools.csv", "学校\n")
                write_whole(folder / names.pdf, "报告")
                write_whole(folder / names.notebook, "{}")
                record(names, folder / names.stem)
        return files_under(folder)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    there = Place(tmp_path)
    monkeypatch.chdir(there.work)
    return there


def command(place: Place, name: str, data: Path, kind: str, *more: str) -> CommandRun:
    options: list[str | Path] = [name, data, "--regime", REGIMES[kind]]
    if name != "check":
        options += ["-o", place.out]
    if name == "report":
        options += ["--run", "r", "--jobs", "1"]
    return run_command([*options, *more], place.out)


COMMANDS = ("check", "assess", "report", "plan", "forms", "overview")


@pytest.mark.parametrize("what", HOSTILE)
@pytest.mark.parametrize("name", COMMANDS)
def test_a_hostile_code_of_open_data_stops_its_county_and_touches_nothing(
    name: str, what: str, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(*arguments: object, **options: object) -> None:
        raise AssertionError("no notebook may run")

    monkeypatch.setattr(deliver, "run_notebook", run)
    data = write_open_data(place.work / "开放数据.csv", {code_of(what, place.root): COUNTY_OF_CODE})
    finished = place.finished() if name == "report" else {}
    before = place.outside()
    done = command(place, name, data, "csv")
    assert done.code == 1
    said = done.out + done.err
    if name in ("check", "report", "overview"):
        assert COUNTY_OF_CODE in said or "行政区划代码的写法不对" in said
    assert place.outside() == before
    if name == "report":
        summaries = {"index.html", "journal.jsonl", "manifest.json", "summary.csv"}
        after = files_under(place.out / "r")
        assert {path: content for path, content in after.items() if path not in summaries} == finished
    else:
        assert list(place.out.iterdir()) == []
    assert not any(sign in said for sign in ("\0", "\x1b", "\u202e"))


WRITABLE = [what for what, code in HOSTILE.items() if not set(code) & {"\0", "\x1b"}]
"""Codes that a workbook can hold at all."""


@pytest.mark.parametrize("what", WRITABLE)
def test_in_a_workbook_a_hostile_code_is_named_with_its_cells_and_what_to_do(what: str, place: Place) -> None:
    issues = [issue for issue in check_workbook(two_counties(place, [what])) if issue.code == MALFORMED]
    assert [(issue.place.sheet, issue.place.cell, issue.column) for issue in issues] == [
        ("学校", "B6", "行政区划代码")
    ]
    text = str(issues[0])
    assert "行政区划代码的写法不对，这个区县不能评估。" in text
    assert "应为：六位数字的行政区划代码（文本）" in text
    assert "共2处，首处 B6" in text
    assert text.replace("\u3000", "").isprintable()


@pytest.mark.parametrize("name", ["assess", "forms"])
def test_in_a_workbook_the_hostile_counties_are_stopped_and_their_neighbour_goes_on(
    name: str, place: Place
) -> None:
    data = two_counties(place, WRITABLE)
    before = place.outside()
    done = command(place, name, data, "xlsx")
    assert done.code == 1
    assert done.err.count(MALFORMED) == len(WRITABLE)
    assert f"已写入 {place.out / CODE}" in done.out or name == "forms"
    assert [path.name for path in place.out.iterdir()] == [CODE]
    assert place.outside() == before


def two_counties(place: Place, what: Sequence[str]) -> Path:
    """A good county of four schools, then two schools under each hostile code."""
    bad = [
        school(f"9{number}{n}", division_code=code_of(one, place.root), county=f"{COUNTY_OF_CODE}{number}")
        for number, one in enumerate(what)
        for n in (1, 2)
    ]
    rows = [school("1"), school("2"), *juniors(), *bad]
    return write_template(
        place.work / "两县.xlsx", rows={"schools": rows}, county_name="两县", simulated=True
    )


def test_the_word_for_the_rule_is_that_of_the_layout(place: Place) -> None:
    data = write_open_data(place.work / "开放数据.csv", {"../../x": COUNTY_OF_CODE, "01": "甲县"})
    (issue,) = (issue for issue in check_workbook(data) if issue.code == MALFORMED)
    assert issue.found == "../../x（共2处，首处 B2）"
    assert issue.expected == "1至20位的半角字母、数字或连字符的行政区划代码（文本）"
    assert "不含其他符号" in issue.remedy
    assert issue.division_code == "../../x"


@pytest.mark.parametrize("code", ["01", "A-1", "TPE", "0123456789ABCDEFGHIJ"])
def test_letters_digits_and_hyphens_are_codes_of_open_data(code: str, place: Place) -> None:
    data = write_open_data(place.work / "开放数据.csv", {code: "甲县"})
    assert read_workbook(data).hard_issues == ()
    assert command(place, "assess", data, "csv").code == 0
    assert [path.name for path in place.out.iterdir()] == [code]


def test_full_width_digits_are_read_as_the_digits_they_are(place: Place) -> None:
    data = write_county(
        place.work / "县.xlsx", *(school(n, division_code="０１０２０３") for n in "12"), *juniors()
    )
    assert command(place, "assess", data, "xlsx").code == 0
    assert [path.name for path in place.out.iterdir()] == [CODE]


def test_a_slip_in_one_school_s_code_stops_its_whole_county_and_loses_no_school_silently(
    place: Place,
) -> None:
    data = write_county(
        place.work / "县.xlsx", school("1"), school("2"), school("3", division_code="01020З"), *juniors()
    )  # the last sign is a Cyrillic letter
    done = command(place, "assess", data, "xlsx")
    assert done.code == 1
    assert MALFORMED in done.err
    assert list(place.out.iterdir()) == []


def test_a_hostile_code_in_the_evidence_alone_stops_the_file(place: Place) -> None:
    data = write_template(
        place.work / "县.xlsx",
        rows={
            "schools": [school("1"), school("2"), *juniors()],
            "evidence": [
                {"school_year": YEAR, "division_code": "*", "item": "B8", "conclusion": "是"},
            ],
        },
    )
    done = command(place, "assess", data, "xlsx")
    assert done.code == 1
    assert MALFORMED in done.err
    assert list(place.out.iterdir()) == []


@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_code_of_a_side_file_is_refused_and_answers_nothing(what: str, place: Place) -> None:
    rows = [school(code, school_name=f"第{code}小学") for code in ("3101000001", "3101000002")]
    data = write_export(
        place.work / "小学.xlsx", rows, export_columns("primary"), titles=["2020/2021学年小学校级数据"]
    )
    side = place.work / "补充信息.csv"
    with side.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["行政区划代码"], [code_of(what, place.root)]])
    before = place.outside()
    done = command(place, "assess", data, "xlsx")
    assert done.code == 1
    assert f"[错误 {MALFORMED}] {side.name}" in done.err
    assert (list(place.out.iterdir()), place.outside()) == ([], before)


def test_all_hostile_counties_beside_a_good_one_fail_and_the_good_one_is_reported(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The kernel is left out: the good neighbour's notebook says that it would have run."""
    ran: list[Any] = []

    monkeypatch.setattr(reporting_run, "local_executor", lambda *given: InThisProcess())

    def run(source: Path, parameters: dict[str, Any]) -> None:
        ran.append(parameters["division_code"])
        raise ReportError("到此为止")

    monkeypatch.setattr(deliver, "run_notebook", run)
    counties = {code_of(what, place.root): f"{COUNTY_OF_CODE}{n}" for n, what in enumerate(HOSTILE)}
    data = write_open_data(place.work / "开放数据.csv", counties | {"77": "甲县"})
    finished = place.finished()
    before = place.outside()
    done = command(place, "report", data, "csv")
    assert (done.code, ran) == (1, ["77"])
    assert place.outside() == before
    after = files_under(place.out / "r")
    assert {name: content for name, content in after.items() if name in finished} == finished
    assert set(after) - set(finished) == {"index.html", "journal.jsonl", "manifest.json", "summary.csv"}
    with (place.out / "r" / "summary.csv").open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    assert [line["message"] for line in lines if line["county"] == "甲县"] == ["到此为止"]
    assert {line["status"] for line in lines} == {"failed"}
    assert len(lines) == len(HOSTILE) + 1


@pytest.mark.slow
def test_a_report_of_a_neighbour_is_made_beside_hostile_counties_and_stays_when_they_fail_again(
    place: Place,
) -> None:
    rows = [school("1"), school("2"), *juniors()]
    for number, what in enumerate(WRITABLE):
        code = code_of(what, place.root)
        rows += [school(f"{number}{n}", division_code=code, county=f"{COUNTY_OF_CODE}{number}") for n in "ab"]
    data = write_county(place.work / "多县.xlsx", *rows)
    only_bad = write_county(place.work / "只有敌意县.xlsx", *rows[4:])
    before = place.outside()
    done = command(place, "report", data, "xlsx")
    names = ReportNames(CODE, YEAR, REGIMES["xlsx"])
    made = files_under(place.out / "r")
    assert done.code == 1
    assert "完成1个" in done.out
    assert {names.pdf, names.notebook, names.data, f"{names.stem}/report.json"} <= set(made)
    again = command(place, "report", only_bad, "xlsx")
    assert again.code == 1
    assert "完成0个" in again.out
    kept = files_under(place.out / "r")
    changed = {name for name in made if kept.get(name) != made[name]}
    assert changed == {"index.html", "journal.jsonl", "manifest.json", "summary.csv"}
    assert place.outside() == before


@pytest.mark.slow
def test_an_overview_and_a_plan_of_a_neighbour_write_nothing_for_hostile_counties(place: Place) -> None:
    rows = [school("1"), school("2"), *juniors()]
    for number, what in enumerate(WRITABLE):
        code = code_of(what, place.root)
        rows += [school(f"{number}{n}", division_code=code, county=f"{COUNTY_OF_CODE}{number}") for n in "ab"]
    data = write_county(place.work / "多县.xlsx", *rows)
    before = place.outside()
    plan = command(place, "plan", data, "xlsx", "--seconds", "5")
    assert plan.code == 1
    assert [path.name for path in place.out.iterdir()] == [CODE]
    overview = command(place, "overview", data, "xlsx")
    assert overview.code == 1
    assert "区域总览（1个区县）" in overview.out
    assert f"{COUNTY_OF_CODE}0：未计入总览" in overview.err
    assert not [path for path in place.out.iterdir() if path.is_dir() and path.name != CODE]
    assert place.outside() == before


# --- names that the user gives ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["..", ".", "a/b", "a\\b", "*", "C:x", "CON", "a\n", "a.", " ", "长" * 80])
def test_a_run_is_named_by_a_plain_name_or_not_at_all(
    name: str, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliver, "run_notebook", lambda *given: None)
    data = write_county(place.work / "县.xlsx", school("1"), school("2"))
    before = place.outside()
    with pytest.raises(SystemExit) as stopped:
        run_command(["report", data, "--regime", REGIMES["xlsx"], "-o", place.out, "--run", name], place.out)
    assert stopped.value.code == 2
    assert place.outside() == before
    assert list(place.out.iterdir()) == []


@pytest.mark.parametrize("name", ["assess", "forms"])
def test_a_county_s_folder_that_is_a_link_out_of_the_output_is_refused(name: str, place: Place) -> None:
    data = write_county(place.work / "县.xlsx", school("1"), school("2"), *juniors())
    (place.out / CODE).symlink_to(place.root / "evil", target_is_directory=True)
    before = place.outside()
    done = command(place, name, data, "xlsx")
    assert done.code == 1
    assert "是链接，可能指向输出文件夹之外" in done.err
    assert place.outside() == before


def test_a_run_s_folder_that_is_a_link_out_of_the_output_is_refused(place: Place) -> None:
    data = write_county(place.work / "县.xlsx", school("1"), school("2"))
    (place.out / "r").symlink_to(place.root / "evil", target_is_directory=True)
    before = place.outside()
    done = command(place, "report", data, "xlsx")
    assert done.code == 1
    assert "是链接" in done.err
    assert place.outside() == before
