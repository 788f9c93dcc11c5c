"""A law of four entries in a folder of its own, and overlays on it: the fixtures ``law`` and ``place`` (in ``conftest``)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

ON = date(2020, 1, 1)
SOURCE = """
[[source]]
id = "law"
title = "某办法"
number = "某〔2017〕1号"
date = 2017-01-01
"""
CITED = """clause = "第一条"
source = "law"
grade = "A"
valid_from = 2017-01-01
"""
HEAD = 'id = "test"\nname = "测试办法"\nshort_name = "测试"\nvalid_from = 2017-01-01\n'
LIMIT = f'[[limit]]\nsubject = "B1"\nmeasure = "share"\nstage = "all"\nrelation = "at_least"\nvalue = "95"\nunit = "%"\n{CITED}'
ITEM = (
    f'[[item]]\nid = "B1"\ngroup = "group"\nname = "项目"\nrequirement = "要求"\nkind = "evidence"\n{CITED}'
)
CHOICE = f'[[choice]]\nid = "attached_classes"\nname = "口径"\nvalue = "on"\noptions = ["on", "off"]\n{CITED}'
SCOPE = f'[[scope]]\nschool_type = "primary_school"\nstages = ["primary"]\nsponsors = ["public"]\nminimum_enrolment = "0"\n{CITED}'
AREA = f'{SOURCE}\n[[area]]\ncodes = ["111"]\nstratum = "urban"\n{CITED}'
WHOLE = HEAD + SOURCE + ITEM + LIMIT + CHOICE + SCOPE
Law = Callable[..., Path]


@pytest.fixture
def law(tmp_path: Path) -> Law:
    """Writes a regime folder with one national file."""

    def write(text: str = WHOLE, *, areas: str = AREA) -> Path:
        (tmp_path / "national").mkdir(exist_ok=True)
        (tmp_path / "local").mkdir(exist_ok=True)
        (tmp_path / "national" / "test.toml").write_text(text, encoding="utf-8")
        (tmp_path / "national" / "area_codes.toml").write_text(areas, encoding="utf-8")
        return tmp_path

    return write


Place = Callable[..., Path]


def action(kind: str, target: str, value: str, extra: str = "") -> str:
    return f'\n[[{kind}]]\ntarget = "{target}"\nvalue = "{value}"\n{CITED}{extra}'


TIGHTEN = action("tighten", "B1.share.all", "96")


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """Adds one overlay of the given level to a folder with a small national law."""
    for part in ("national", "local"):
        (tmp_path / part).mkdir()
    (tmp_path / "national" / "test.toml").write_text(WHOLE, encoding="utf-8")
    (tmp_path / "national" / "area_codes.toml").write_text(AREA, encoding="utf-8")

    def write(name: str, level: str, actions: str, head: str = "") -> Path:
        text = f'id = "{name}"\nname = "{name}"\nbase = "test"\nlevel = "{level}"\nvalid_from = 2018-01-01\n{head}{SOURCE}{actions}'
        (tmp_path / "local" / f"{name}.toml").write_text(text, encoding="utf-8")
        return tmp_path

    return write


ADD = f'\n[[add]]\nsubject = "B1"\nmeasure = "count"\nstage = "all"\nrelation = "at_most"\nvalue = "3"\nunit = "个"\n{CITED}'
ADD_ITEM = f'\n[[add_item]]\nid = "B2"\ngroup = "group"\nname = "本地项目"\nrequirement = "本地要求"\nkind = "evidence"\n{CITED}'
