"""Files of the other layouts with one figure, byte or line spoilt."""

from __future__ import annotations

import io
import random
import re
import tempfile
import zipfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import pandas as pd

from balance_analysis.workbook.layouts import load_layout
from tests.broken_workbooks import primary_school
from tests.campaign.cases import ANY, Case
from tests.published_tables import EIGHT, table, write_table
from tests.workbook_generators import export_columns, export_rows, write_export, write_form, write_side_file

STAGES = ("primary", "junior_secondary")
SCHOOLS = load_layout("own_template").sheets[0].fields


@cache
def other_inputs() -> Mapping[str, bytes]:
    """A statistics export, a form Ⅱ-2, a published table and a side file, each as bytes by its name."""
    blocks = {
        stage: [[f"第{n}学校", 7, 300 + n, 6, 12, *(3.5 + n / 7 for _ in range(7))] for n in range(4)]
        for stage in STAGES
    }
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        schools = pd.DataFrame([primary_school(number, 2017) for number in range(3)])
        for entry in SCHOOLS:
            if entry.name not in schools:
                schools[entry.name] = None
        paths = [
            write_form(folder / "申报表Ⅱ-2.xlsx", blocks),
            write_export(folder / "小学.xlsx", export_rows(schools, "primary"), export_columns("primary"),
                         titles=["小学校级数据　2017/2018学年初　某县（010203）"]),
            write_table(folder / "表Ⅲ.csv", table(EIGHT, ["0.5046", "0.31", "0.6", "0.2", "0.41", "0.333", "0.5", "0.64"])),
            write_side_file(folder / "补充信息.csv", [{"学校名称": "第一小学", "学年": "2017", "城乡分类代码": "111", "图书册数": "300"}]),
        ]  # fmt: skip
        return {path.name: path.read_bytes() for path in paths}


SPOILT = (
    "1e300", "-7", "0.1234567890123456789", "1e-400", "99999999", "0", "1e308", "NaN", "", "0012", "3.5", "1E5", "2017", "abc",
)  # fmt: skip


def other_case(dice: random.Random) -> Case:
    """A file of another layout with one figure, byte or line spoilt."""
    files = dict(other_inputs())
    name = dice.choice(list(files))
    if name.endswith(".csv"):
        lines = files[name].decode("utf-8-sig").splitlines()
        row = lines[dice.randrange(len(lines))].split(",")
        row[dice.randrange(len(row))] = dice.choice(
            [*SPOILT, "=1+1", '"', "\0", "\u202e校", "综合差异系数", "x" * 9000]
        )
        at = dice.randrange(len(lines))
        lines[at : at + dice.choice([0, 1])] = [",".join(row)]
        files[name] = "\n".join(lines).encode()
    else:
        members = _members(files[name])
        sheet = next(member for member in members if "worksheets/sheet" in member)
        members[sheet] = _spoilt_xml(members[sheet], dice)
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w") as archive:
            for member, content in members.items():
                archive.writestr(member, content)
        files[name] = stream.getvalue()
    main = name if name != "补充信息.csv" else "小学.xlsx"
    regime = "basic_balance_2012" if main == "表Ⅲ.csv" else "quality_balance_2017"
    arguments = ["check", main] if dice.random() < 0.8 else ["assess", main, "--regime", regime, "-o", "out"]
    return Case(f"other: {name}", files, arguments, ANY)


def _members(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {member: archive.read(member) for member in archive.namelist()}


def _spoilt_xml(xml: bytes, dice: random.Random) -> bytes:
    """One value of a sheet replaced, doubled or taken away, or a merged range invented."""
    found = list(re.finditer(rb"<v>[^<]*</v>|<t[^>]*>[^<]*</t>", xml))
    chosen = dice.choice(found)
    kind = dice.choice(["value", "value", "value", "gone", "text", "merge", "row"])
    new = chosen[0]
    if kind == "value" and chosen[0].startswith(b"<v>"):
        new = b"<v>" + dice.choice(SPOILT).encode() + b"</v>"
    elif kind == "gone":
        new = b""
    elif kind == "text":
        new = (
            b"<t>"
            + dice.choice(["合计", "注：", "小学", "初中", "长" * 500, "2018学年", "(370321)"]).encode()
            + b"</t>"
        )
    spoilt = xml[: chosen.start()] + new + xml[chosen.end() :]
    if kind == "merge":
        ranges = dice.choice(["A1:Z9", "A5:B5", "C3:C99999", "A1:A1"])
        spoilt = spoilt.replace(
            b"</sheetData>", f'</sheetData><mergeCells><mergeCell ref="{ranges}"/></mergeCells>'.encode(), 1
        )
    elif kind == "row":
        rows = list(re.finditer(rb"<row .*?</row>", xml, re.DOTALL))
        gone = dice.choice(rows)
        spoilt = xml[: gone.start()] + xml[gone.end() :]
    return spoilt
