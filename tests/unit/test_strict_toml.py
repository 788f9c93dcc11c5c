"""Every reader of our TOML files, given whatever a file may hold: a sentence in Chinese that names the file, no traceback."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any

import pytest

from balance_analysis.errors import BalanceAnalysisError, RegimeError
from balance_analysis.programmes import load_plan
from balance_analysis.regimes import load_regime
from balance_analysis.remediation import load_costs
from balance_analysis.remediation.costs import DEFAULT_COSTS_PATH
from balance_analysis.strict_toml import (
    DISTINCT,
    LARGEST_FILE,
    POSITIVE,
    QUOTED_WHOLE,
    convert,
    one_of,
    parse_record,
    read_toml,
    shown,
    toml_key,
)
from balance_analysis.workbook import layouts
from balance_analysis.workbook.side_file import read_side_file
from tests.small_law import ADD, AREA, ON, SOURCE, TIGHTEN, WHOLE
from tests.unit.test_layouts import GOOD as LAYOUT
from tests.unit.test_plans import OWN as PLAN

OVERLAY = f'id = "here"\nname = "此地"\nbase = "test"\nlevel = "county"\ndivision_prefix = "01"\nvalid_from = 2018-01-01\n{SOURCE}{TIGHTEN}{ADD}'
COSTS = DEFAULT_COSTS_PATH.read_text(encoding="utf-8") + (
    '\n[budget]\ntotal_wan_cny = "9"\n[[budget.yearly]]\nyear = 2026\nwan_cny = "3"\n'
    '[[ceilings]]\nschool_code = "2"\naction = "buy_equipment"\nat_most = "0"\nstage = "primary"\n'
    '[[rezoning]]\nstage = "primary"\nfrom_school = "1"\nto_school = "2"\nat_most = "4"\nunit_cost_wan_cny = "0"\n'
)
SIDE = '"学年" = 2020\n"行政区划代码" = "010203"\n[["区县"]]\n"区县名称" = "模拟县"\n[["学校"]]\n"学校名称" = "东校区"\n"小学在校生数" = 3\n'


def _write(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def _law(folder: Path, name: str, content: bytes) -> None:
    for path, text in {"national/test": WHOLE, "national/area_codes": AREA, "local/here": OVERLAY}.items():
        _write(folder, f"{path}.toml", content if path == name else text.encode())
    load_regime("test", on=ON, overlays=["here"], folder=folder)


def _layout(folder: Path, name: str, content: bytes) -> None:
    _write(folder, f"{name}.toml", content)
    layouts.load_layout.__wrapped__("trial", folder=folder)


def _side(folder: Path, name: str, content: bytes) -> None:
    problems = [str(issue) for issue in read_side_file(_write(folder, f"{name}.toml", content)).issues]
    if problems:
        raise BalanceAnalysisError("\n".join(problems))


READERS: Mapping[str, tuple[str, Callable[[Path, str, bytes], object]]] = {
    "national/test": (WHOLE, _law),
    "national/area_codes": (AREA, _law),
    "local/here": (OVERLAY, _law),
    "trial": (LAYOUT, _layout),
    "own_2023": (PLAN, lambda folder, name, content: load_plan(_write(folder, f"{name}.toml", content))),
    "costs": (COSTS, lambda folder, name, content: load_costs(_write(folder, f"{name}.toml", content))),
    "补充信息": (SIDE, _side),
}


@pytest.fixture
def read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, bytes], str]:
    """The message of the refusal of such a file, or the empty text where it is accepted."""
    monkeypatch.setattr(layouts, "_texts", layouts._texts.__wrapped__)

    def run(name: str, content: bytes) -> str:
        try:
            READERS[name][1](tmp_path, name, content)
        except BalanceAnalysisError as error:
            return str(error)
        return ""

    return run


@pytest.mark.parametrize("name", READERS)
def test_the_sound_file_is_accepted_with_and_without_a_byte_order_mark_and_with_windows_line_ends(
    read: Callable[[str, bytes], str], name: str
) -> None:
    content = READERS[name][0].encode()
    for variant in (content, b"\xef\xbb\xbf" + content, content.replace(b"\n", b"\r\n")):
        assert read(name, variant) == ""


HOSTILE: Mapping[str, tuple[bytes, str]] = {
    "deep lists": (b"a = " + b"[" * 5000 + b"]" * 5000, "嵌套过深"),
    "deep tables": (b"a = " + b"{a=" * 5000 + b"1" + b"}" * 5000, "嵌套过深"),
    "long integer": (b"a = " + b"9" * 5000, "数字过长"),
    "no TOML": (b"a = = 1", "不是有效的 TOML"),
    "control characters": (b"a = '\x00'", "不是有效的 TOML"),
    "a key twice": (b"a = 1\na = 2", "不是有效的 TOML"),
    "no such day": (b"a = 2020-02-30", "不是有效的 TOML"),
    "another encoding": ("# 中文".encode("gb18030"), "不是 UTF-8 文本"),
    "utf-16": ("a = 1".encode("utf-16"), "不是 UTF-8 文本"),
}


@pytest.mark.parametrize("kind", HOSTILE)
@pytest.mark.parametrize("name", READERS)
def test_what_is_no_toml_is_refused_in_chinese_with_the_file_named(
    read: Callable[[str, bytes], str], name: str, kind: str
) -> None:
    content, sentence = HOSTILE[kind]
    message = read(name, content)
    assert sentence in message
    assert name.rpartition("/")[2] in message


@pytest.mark.parametrize(
    "line",
    [
        "a." * 3000 + "a = 1",
        "a = 0x" + "f" * 5000,
        f"a = {'9' * 400}",
        "a = 1e999",
        "a = nan",
        "a = 07:32:00",
    ],
    ids=lambda line: line[:9],
)
@pytest.mark.parametrize("name", READERS)
def test_a_strange_but_valid_value_is_refused_in_chinese_too(
    read: Callable[[str, bytes], str], name: str, line: str
) -> None:
    message = read(name, f"{line}\n{READERS[name][0]}".encode())
    assert name.rpartition("/")[2] in message
    assert "“a”" in message


WRONG: tuple[Any, ...] = (
    1, 10**400, 1.5, True, "", "x", "1e999999999", [], [1], [[]], {}, {"x": 1}, [{}], [{"x": 1}], date(2020, 1, 1), date.max,
)  # fmt: skip


def _paths(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every key of a file; of a list of tables its first table only."""
    parts = node.items() if isinstance(node, dict) else enumerate(node[:1]) if isinstance(node, list) else ()
    for key, value in parts:
        yield (*path, key)
        yield from _paths(value, (*path, key))


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return f"{{{', '.join(f'{_toml(key)} = {_toml(part)}' for key, part in value.items())}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return str(value).lower() if isinstance(value, bool) else str(value)


@pytest.mark.parametrize("name", READERS)
def test_a_value_of_any_wrong_shape_at_any_place_is_accepted_or_refused_but_never_a_traceback(
    read: Callable[[str, bytes], str], name: str
) -> None:
    sound = read_toml(READERS[name][0], name, error=RegimeError)
    refused = 0
    for path in _paths(sound):
        for wrong in WRONG:
            changed = copy.deepcopy(sound)
            node = changed
            for key in path[:-1]:
                node = node[key]
            node[path[-1]] = wrong
            text = "\n".join(f"{_toml(key)} = {_toml(value)}" for key, value in changed.items())
            refused += bool(read(name, text.encode()))
    assert refused > len(list(_paths(sound))) * len(WRONG) / 2


@pytest.mark.parametrize("name", READERS)
def test_a_key_that_nobody_knows_is_named_at_every_place(
    read: Callable[[str, bytes], str], name: str
) -> None:
    sound = read_toml(READERS[name][0], name, error=RegimeError)
    open_tables = {
        "choices",
        "constants",
        "labels",
        "severities",
    }  # their keys are free: only their values are checked
    for path in [(), *_paths(sound)]:
        changed = copy.deepcopy(sound)
        node: Any = changed
        for key in path:
            node = node[key]
        if not isinstance(node, dict) or open_tables & set(path) or path == ("resources",):
            continue
        node["surprise"] = "x"
        text = "\n".join(f"{_toml(key)} = {_toml(value)}" for key, value in changed.items())
        assert "“surprise”" in read(name, text.encode()), path


def test_a_file_that_is_not_there_or_is_a_folder_is_answered_with_a_remedy(tmp_path: Path) -> None:
    (tmp_path / "long.toml").write_bytes(b"#" * (LARGEST_FILE + 1))
    for path in (tmp_path / "none.toml", tmp_path, Path("/dev/zero"), tmp_path / "long.toml"):
        with pytest.raises(RegimeError, match=r"无法读取文件（.*），请检查路径和权限"):
            load_costs(path)


# --- records ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Inner:
    """A nested table."""

    name: str
    share: Annotated[Fraction, POSITIVE] = Fraction(1)


@dataclass(frozen=True)
class Outer:
    """A file of every kind of field."""

    title: str
    kind: Annotated[str, one_of("one", "two")] = "one"
    number: Annotated[int, QUOTED_WHOLE] = 0
    names: Annotated[tuple[str, ...], DISTINCT] = ()
    parts: tuple[Inner, ...] = field(default=(), metadata=toml_key("part"))
    whole: Inner | None = None
    by_name: Mapping[str, Inner] = field(default_factory=dict)
    origin: str = field(default="loader", metadata=toml_key(None))


def parsed(text: str) -> tuple[Outer | None, list[str]]:
    problems: list[str] = []
    return parse_record(Outer, read_toml(text, "x.toml", error=RegimeError), "x.toml", problems), problems


def test_nested_tables_entries_and_renamed_keys_become_records() -> None:
    record, problems = parsed(
        'title = "t"\nnumber = "7"\nnames = ["a", "b"]\n[[part]]\nname = "p"\nshare = "0.1"\n'
        '[whole]\nname = "w"\n[by_name.first]\nname = "f"\n'
    )
    assert problems == []
    assert record == Outer(
        "t",
        number=7,
        names=("a", "b"),
        parts=(Inner("p", Fraction(1, 10)),),
        whole=Inner("w"),
        by_name={"first": Inner("f")},
    )


def test_every_fault_of_every_part_is_told_at_once_with_its_place() -> None:
    record, problems = parsed(
        'origin = "file"\nkind = "three"\nnumber = "7.5"\nnames = ["a", "a"]\nwhole = [1]\n'
        '[[part]]\nname = "p"\nshare = "0"\n[[part]]\nshare = 1\n[by_name]\nfirst = 1\n[by_name.second]\nname = " "\n'
    )
    assert record is None
    assert problems == [
        "x.toml：不认识的键“origin”；可用：by_name、kind、names、number、part、title、whole",
        "x.toml：缺少“title”，请补上",
        "x.toml：“kind”应为 one、two 之一，发现“three”",
        "x.toml：“number”应为整数，发现“7.5”",
        "x.toml：“names”应为没有重复的列表，发现一个列表",
        "x.toml [[part]] p：“share”应为大于 0 的数，发现“0”",
        "x.toml [[part]] 第2条：缺少“name”，请补上",
        'x.toml [[part]] 第2条：“share”应为加引号的数字文本（如 "0.50"），发现 1',
        "x.toml [whole]：应为一个表，发现一个列表",
        "x.toml [by_name] [first]：应为一个表，发现 1",
        "x.toml [by_name] [second]：“name”不能为空",
    ]


def test_a_table_where_entries_are_expected_is_refused_with_the_way_to_write_them() -> None:
    assert parsed('title = "t"\n[part]\nname = "p"\n')[1] == [
        "x.toml：“part”应写成 [[part]]（可重复的一段），发现一个表"
    ]


@pytest.mark.parametrize(
    ("text", "accepted"),
    [("0.50", True), ("-3", True), ("123456789012345.5", True), ("1234567890123456", False), ("1e5", False),
     (".5", False), ("1_000", False), ("０.５", False), ("NaN", False), ("", False), (" 1", False)],
)  # fmt: skip
def test_a_number_is_plain_decimal_text_of_at_most_fifteen_digits(text: str, accepted: bool) -> None:
    if accepted:
        assert convert(text, Decimal) == Decimal(text)
        return
    with pytest.raises(ValueError, match="应为加引号的数字文本"):
        convert(text, Decimal)


def test_a_whole_number_is_bounded_so_that_it_can_be_printed() -> None:
    assert convert(10**9, int) == 10**9
    for number in (10**9 + 1, -(10**9) - 1, 16**5000):
        with pytest.raises(ValueError, match="应为不超过1000000000的整数"):
            convert(number, int)


def test_a_long_text_is_shown_in_one_short_line() -> None:
    assert shown("x" * 60) == f"“{'x' * 60}”"
    assert shown("x" * 61) == f"“{'x' * 60}…”"
    assert shown("a\nb") == "“a b”"
