"""The one place for output names and writing, and the record by which a report may be taken away again."""

from __future__ import annotations

import ast
import errno
import json
import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from balance_analysis.errors import ReportError
from balance_analysis.reporting.files import (
    LONGEST_NAME,
    clear_away,
    deliver_files,
    entries_named,
    files_below,
    half_made,
    inside,
    remove_folder,
    safe_name,
    write_whole,
    writing,
)
from balance_analysis.reporting.journal import RECORD, ReportNames, record, withdraw
from tests.hostile import HOSTILE, files_under
from tests.test_architecture import package_sources

REGIME = "quality_balance_2017"


# --- names ------------------------------------------------------------------------------------------------

PLAIN = {"a home", "digits of another script", "a full-width path"}
"""Hostile as codes, but plain names; no code has them."""


@pytest.mark.parametrize("what", [what for what in HOSTILE if what not in PLAIN])
def test_a_hostile_text_is_no_file_name_and_the_sentence_can_be_printed(what: str, tmp_path: Path) -> None:
    code = HOSTILE[what].replace("{folder}", str(tmp_path))
    with pytest.raises(ReportError, match="不能用作文件名") as caught:
        safe_name(code)
    assert str(caught.value).isprintable()
    with pytest.raises(ReportError):
        inside(tmp_path, code)
    with pytest.raises(ReportError):
        inside(tmp_path, "370321", code)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "没有内容"), ("　", "没有内容"), ("..", "是上级或当前文件夹"), ("a/b", "含有 /"), ("a|b*", "含有 * |"),
        ("a\0b", "不可见的字符"), ("a\u202eb", "不可见的字符"), ("\ud800", "不可见的字符"), ("a ", "首尾有空格或句点"),
        (" a", "首尾有空格或句点"), ("a.", "首尾有空格或句点"), ("nul.txt", "设备名"), ("COM1", "设备名"), ("aux .x", "设备名"),
        ("长" * 67, "超过200个字节"),
    ],
)  # fmt: skip
def test_the_sentence_says_what_is_wrong_with_a_name(text: str, reason: str) -> None:
    with pytest.raises(ReportError) as caught:
        safe_name(text)
    assert reason in str(caught.value)
    assert "请改用" in str(caught.value)


@pytest.mark.parametrize(
    "text", ["370321", "370321_2016_申报表.xlsx", "A-1", "第一次 运行", "CONTENT", "长" * 66]
)
def test_a_plain_name_stays_as_it_is(text: str, tmp_path: Path) -> None:
    assert safe_name(text) == text
    assert inside(tmp_path, text) == tmp_path / text
    assert len(text.encode()) <= LONGEST_NAME


def test_a_link_on_the_way_is_refused_wherever_it_leads(tmp_path: Path) -> None:
    out = tmp_path / "out"
    (out / "real").mkdir(parents=True)
    (out / "away").symlink_to(tmp_path, target_is_directory=True)
    (out / "near").symlink_to(out / "real", target_is_directory=True)
    (out / "nowhere").symlink_to(tmp_path / "none")
    for names in (("away",), ("away", "x"), ("near",), ("nowhere",)):
        with pytest.raises(ReportError, match="是链接"):
            inside(out, *names)
    assert inside(out, "real", "x") == out / "real" / "x"


def test_a_way_out_that_does_not_look_like_a_link_is_seen_by_where_it_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A junction of Windows, for instance."""
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "away").symlink_to(tmp_path, target_is_directory=True)
    monkeypatch.setattr(Path, "is_symlink", lambda path: False)
    with pytest.raises(ReportError, match="不在输出文件夹"):
        inside(tmp_path / "out", "away")


def test_the_output_folder_itself_may_be_a_link_or_be_reached_through_dots(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real", target_is_directory=True)
    assert inside(tmp_path / "link", "a") == tmp_path / "link" / "a"
    assert inside(tmp_path / "real" / ".." / "link", "a").name == "a"


# --- writing ----------------------------------------------------------------------------------------------


def test_a_file_is_written_whole_with_its_own_line_ends(tmp_path: Path) -> None:
    assert write_whole(tmp_path / "x.csv", "县\n").read_bytes() == "县\n".encode()
    assert write_whole(tmp_path / "x.bin", b"\r\n").read_bytes() == b"\r\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["x.bin", "x.csv"]


def test_a_link_at_the_target_is_replaced_and_never_written_through(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("old")
    (tmp_path / "out").mkdir()
    target = tmp_path / "out" / "x.csv"
    target.symlink_to(victim)
    write_whole(target, "new")
    assert (victim.read_text(), target.read_text(), target.is_symlink()) == ("old", "new", False)


def test_a_write_that_breaks_off_keeps_the_older_file_and_leaves_no_part(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = write_whole(tmp_path / "x.csv", "old\n")

    def refuse(*arguments: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", "x.csv")

    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(ReportError, match=r"不能写入 .*x\.csv：磁盘已满；请检查"):
        write_whole(target, "new\n")
    assert files_under(tmp_path) == {"x.csv": b"old\n"}


def test_a_message_names_the_file_as_it_would_lie_in_the_end(tmp_path: Path) -> None:
    with pytest.raises(ReportError) as told, half_made(tmp_path, "a") as partial, writing(partial / "x.csv"):
        raise OSError(errno.ENOSPC, "No space left on device")
    assert f"不能写入 {tmp_path / 'a' / 'x.csv'}：磁盘已满" in str(told.value)


def test_a_set_of_files_arrives_together_or_not_at_all(tmp_path: Path) -> None:
    write_whole(tmp_path / "old.csv", "old")

    def deliver(last: str) -> None:
        with half_made(tmp_path, "010203") as partial:
            write_whole(partial / "a.csv", "a")
            (partial / "diagnosis").mkdir()
            write_whole(partial / "diagnosis" / last, "b")
            deliver_files(partial, tmp_path / "010203")

    with pytest.raises(ReportError, match="名称过长"):
        deliver("x" * 300)
    assert files_under(tmp_path) == {"old.csv": b"old"}
    deliver("b.csv")
    assert files_under(tmp_path / "010203") == {"a.csv": b"a", "diagnosis": b"", "diagnosis/b.csv": b"b"}


def test_the_longest_name_can_still_be_written(tmp_path: Path) -> None:
    path = inside(tmp_path, "x" * LONGEST_NAME)
    assert write_whole(path, "").is_file()


def test_a_half_made_folder_is_fresh_and_gone_afterwards(tmp_path: Path) -> None:
    (tmp_path / ".partial-a").mkdir()
    (tmp_path / ".partial-a" / "left").write_text("x")
    with half_made(tmp_path, "a") as partial:
        assert list(partial.iterdir()) == []
        (partial / "new").write_text("x")
    assert list(tmp_path.iterdir()) == []


def test_a_half_made_folder_that_is_a_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / "victim").mkdir()
    (tmp_path / "victim" / "x").write_text("x")
    (tmp_path / ".partial-a").symlink_to(tmp_path / "victim", target_is_directory=True)
    with pytest.raises(ReportError, match="是链接"), half_made(tmp_path, "a"):
        pass
    assert (tmp_path / "victim" / "x").is_file()


def stray_writing(sources: Mapping[str, str]) -> list[str]:
    """Calls that write, look for or delete files outside the rooms that may; ``os.replace`` moves what is finished."""
    calls = {"mkstemp", "NamedTemporaryFile", "write_text", "write_bytes", "glob", "rglob", "rmtree"}
    allowed = {
        ("reporting.files", "rmtree"), ("regimes.loader", "glob"), ("regimes.own_rules", "glob"),
    }  # fmt: skip
    return [
        f"{module}: {node.func.attr}"
        for module, source in sources.items()
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in calls
        if (module, node.func.attr) not in allowed
    ]


def test_no_room_has_a_writing_or_a_pattern_of_its_own() -> None:
    assert stray_writing(package_sources()) == []
    broken = {"reporting.batch": "folder.glob(f'{code}_*')", "reporting.pdf": "path.write_bytes(x)"}
    assert stray_writing(broken) == ["reporting.batch: glob", "reporting.pdf: write_bytes"]


# --- the record -------------------------------------------------------------------------------------------


def report(folder: Path, code: str = "370321", year: int = 2016, regime: str = REGIME) -> ReportNames:
    names = ReportNames(code, year, regime)
    (folder / names.data).mkdir(parents=True)
    write_whole(folder / names.data / "schools.csv", "")
    write_whole(folder / names.pdf, "")
    write_whole(folder / names.notebook, "")
    record(names, folder / names.stem)
    return names


def test_a_county_s_reports_of_every_year_go_and_its_neighbours_and_other_regimes_stay(
    tmp_path: Path,
) -> None:
    for code in ("370321", "3703211", "370322"):
        report(tmp_path, code)
    report(tmp_path, year=2017)
    report(tmp_path, regime="basic_balance_2012")
    write_whole(tmp_path / "370321_笔记.txt", "用户自己的文件")
    before = files_under(tmp_path)
    assert withdraw(tmp_path, "370321", REGIME) == ()
    gone = set(before) - set(files_under(tmp_path))
    assert gone == {
        name for name in before if name.startswith((f"370321_2016_{REGIME}", f"370321_2017_{REGIME}"))
    }
    assert len(gone) == 2 * len(["the folder", "pdf", "notebook", "data", "schools.csv", "the record"])


def test_files_are_found_by_plain_names_and_never_through_a_link(tmp_path: Path) -> None:
    for name in ("journal.jsonl", "journal-1-of-2.jsonl", "journal.txt", "a/journal.jsonl", "[a-z]*.jsonl"):
        (tmp_path / "out" / name).parent.mkdir(parents=True, exist_ok=True)
        write_whole(tmp_path / "out" / name, "")
    write_whole(tmp_path / "victim", "")
    (tmp_path / "out" / "away").symlink_to(tmp_path, target_is_directory=True)
    named = entries_named(tmp_path / "out", "journal", ".jsonl")
    assert [path.name for path in named] == ["journal-1-of-2.jsonl", "journal.jsonl"]
    assert [path.name for path in entries_named(tmp_path / "out", "[a-z]*", "")] == ["[a-z]*.jsonl"]
    assert entries_named(tmp_path / "none", "", "") == files_below(tmp_path / "none") == []
    below = [path.relative_to(tmp_path / "out").as_posix() for path in files_below(tmp_path / "out")]
    assert below == [
        "[a-z]*.jsonl",
        "a/journal.jsonl",
        "journal-1-of-2.jsonl",
        "journal.jsonl",
        "journal.txt",
    ]


def test_a_folder_is_taken_away_whole_and_a_link_to_one_never(tmp_path: Path) -> None:
    for name in ("own", "victim", "old"):
        (tmp_path / name).mkdir()
        write_whole(tmp_path / name / "x", "")
    (tmp_path / "link").symlink_to(tmp_path / "victim", target_is_directory=True)
    remove_folder(tmp_path / "own")
    clear_away(tmp_path / "old")
    clear_away(tmp_path / "link")
    clear_away(tmp_path / "none")
    for name in ("link", "none"):
        with pytest.raises(OSError):  # noqa: PT011 - the system's own words
            remove_folder(tmp_path / name)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link", "victim"]
    assert (tmp_path / "victim" / "x").is_file()


@pytest.mark.parametrize("code", [*HOSTILE.values(), "[0-9]*", "", "37032"])
def test_no_pattern_and_no_path_takes_anything_away(code: str, tmp_path: Path) -> None:
    report(tmp_path / "out")
    report(tmp_path, "x")
    before = files_under(tmp_path)
    assert withdraw(tmp_path / "out", code, REGIME) == ()
    assert withdraw(tmp_path / "out", "370321", "*") == ()
    assert files_under(tmp_path) == before


@pytest.mark.parametrize(
    "text",
    [
        "", "[]", "null", "{", '{"program": "balance-analysis"}', "\udcff",
        '{"program": "other", "division_code": "370321", "year": 2016, "regime": "quality_balance_2017"}',
        '{"program": "balance-analysis", "division_code": "370321", "year": "2016", "regime": "quality_balance_2017"}',
        '{"program": "balance-analysis", "division_code": "370321", "year": true, "regime": "quality_balance_2017"}',
        '{"program": "balance-analysis", "division_code": "370321", "year": 2015, "regime": "quality_balance_2017"}',
        "[" * 100_000,
    ],
)  # fmt: skip
def test_a_record_that_is_broken_or_of_something_else_permits_nothing(text: str, tmp_path: Path) -> None:
    names = report(tmp_path)
    (tmp_path / names.stem / RECORD).write_bytes(text.encode("utf-8", "surrogateescape"))
    before = files_under(tmp_path)
    assert withdraw(tmp_path, "370321", REGIME) == ()
    assert files_under(tmp_path) == before


def test_a_report_without_a_record_stays(tmp_path: Path) -> None:
    names = report(tmp_path)
    (tmp_path / names.stem / RECORD).unlink()
    before = files_under(tmp_path)
    assert withdraw(tmp_path, "370321", REGIME) == ()
    assert files_under(tmp_path) == before


def test_a_record_in_another_folder_permits_nothing(tmp_path: Path) -> None:
    names = report(tmp_path)
    (tmp_path / "副本").mkdir()
    (tmp_path / names.stem / RECORD).rename(tmp_path / "副本" / RECORD)
    before = files_under(tmp_path)
    assert withdraw(tmp_path, "370321", REGIME) == ()
    assert files_under(tmp_path) == before


@pytest.mark.parametrize("code", ["../evil", "..", "*", "C:x"])
def test_a_record_that_names_a_path_deletes_nothing(code: str, tmp_path: Path) -> None:
    out = tmp_path / "out"
    names = report(out)
    report(tmp_path, "evil")
    content = {"program": "balance-analysis", "division_code": code, "year": 2016, "regime": REGIME}
    (out / names.stem / RECORD).write_text(json.dumps(content))
    before = files_under(tmp_path)
    assert withdraw(out, code, REGIME) == ()
    assert files_under(tmp_path) == before


def test_a_report_that_is_a_link_is_named_and_what_it_points_to_stays(tmp_path: Path) -> None:
    names = report(tmp_path / "out")
    victim = write_whole(tmp_path / "victim.pdf", "x")
    (tmp_path / "out" / names.pdf).unlink()
    (tmp_path / "out" / names.pdf).symlink_to(victim)
    assert withdraw(tmp_path / "out", "370321", REGIME) == (names.pdf,)
    assert victim.is_file()


def test_a_data_folder_that_is_a_link_is_no_record(tmp_path: Path) -> None:
    elsewhere = report(tmp_path / "elsewhere")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / elsewhere.stem).symlink_to(
        tmp_path / "elsewhere" / elsewhere.stem, target_is_directory=True
    )
    before = files_under(tmp_path / "elsewhere")
    assert withdraw(tmp_path / "out", "370321", REGIME) == ()
    assert files_under(tmp_path / "elsewhere") == before


def test_a_run_s_folder_that_is_not_there_holds_nothing(tmp_path: Path) -> None:
    assert withdraw(tmp_path / "none", "370321", REGIME) == ()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes")
def test_a_pipe_or_folder_is_not_replaced_by_a_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    for name in ("pipe", "folder"):
        with pytest.raises(ReportError, match="不是普通文件"):
            write_whole(tmp_path / name, "甲")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["folder", "pipe"]
    assert (tmp_path / "pipe").is_fifo()
