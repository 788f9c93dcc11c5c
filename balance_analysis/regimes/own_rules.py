"""Rules of one's own: files of a city's overlay or a province's regime outside the package, known by their id.

They are named once, at the door (``--overlay my_city.toml``, ``--regime my_province.toml``, ``--rules FOLDER``, :func:`use_rules`), and from then on
found by id like the shipped ones. The list stands in the environment, so that the processes that run notebooks know it too.
A file with ``base`` is an overlay, any other a regime.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

from balance_analysis.errors import RegimeError
from balance_analysis.strict_toml import file_text

ENVIRONMENT = "BALANCE_ANALYSIS_RULES"
_ID = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,59}", re.ASCII)
_BASE = re.compile(r"^\s*base\s*=", re.MULTILINE)


def use_rules(*places: str | Path) -> tuple[str, ...]:
    """Make files of one's own known; ``places`` are TOML files or folders of them. Returns their ids in order.

    Nothing is read but the names: a faulty file is told when its rules are asked for, and spoils no other. Raises
    :class:`RegimeError` for a place that is not there, a name that is no id, an id that is taken.
    """
    known = own_rules()
    problems: list[str] = []
    ids = []
    for path in _files(places, problems):
        try:
            name = checked_id(path)
        except RegimeError as error:
            problems.append(str(error))
            continue
        if known.setdefault(name, path) != path:
            problems.append(f"{path.name}：{known[name]} 已使用代号 {name}；请只保留一个")
        ids.append(name)
    if problems:
        raise RegimeError("\n".join(problems))
    if known:
        os.environ[ENVIRONMENT] = os.pathsep.join(str(path) for path in known.values())
    return tuple(ids)


def checked_id(path: Path) -> str:
    """The id that a file of that name has; :class:`RegimeError` where the name is no id, or a shipped one."""
    from balance_analysis.regimes.files import shipped_ids

    if path.suffix != ".toml" or not _ID.fullmatch(path.stem):
        raise RegimeError(
            f"{path.name}：文件名即规则代号，只能用英文字母、数字和下划线，以字母开头，以 .toml 结尾"
        )
    if path.stem in shipped_ids():
        raise RegimeError(f"{path.name}：与附带的规定 {path.stem} 同名；请改用别的 id 和文件名")
    return path.stem


def forget_rules() -> None:
    """Forget all rules of one's own."""
    os.environ.pop(ENVIRONMENT, None)


def own_rules() -> dict[str, Path]:
    """The files that are known, by id."""
    listed = os.environ.get(ENVIRONMENT, "")
    return {Path(text).stem: Path(text) for text in listed.split(os.pathsep) if text}


def own_texts(part: str) -> Mapping[str, str]:
    """Text of one's own files by id: overlays for ``local``, regimes for ``national``; unreadable ones are left out."""
    found = {}
    for name, path in own_rules().items():
        try:
            text = file_text(path, path.name, error=RegimeError)
        except RegimeError:  # told by require_readable when it is asked for
            continue
        if is_overlay(text) == (part == "local"):
            found[name] = text
    return found


def require_readable(name: str) -> None:
    """Raise the :class:`RegimeError` of a file of one's own that cannot be read; nothing for any other name."""
    path = own_rules().get(name)
    if path is not None:
        file_text(path, path.name, error=RegimeError)


def is_overlay(text: str) -> bool:
    """Whether a file is an overlay: it names the regime that it rests on.

    >>> is_overlay('base = "quality_balance_2017"'), is_overlay('id = "mine"')
    (True, False)
    """
    return _BASE.search(text) is not None


def _files(places: tuple[str | Path, ...], problems: list[str]) -> list[Path]:
    found: list[Path] = []
    for place in places:
        path = Path(place).resolve()
        if path.is_dir():
            inside = sorted(path.glob("*.toml"))
            found += inside
            if not inside:
                problems.append(f"文件夹 {place} 中没有 .toml 规则文件")
        elif path.is_file() and path.suffix == ".toml":
            found.append(path)
        else:
            problems.append(f"找不到规则文件或文件夹 {place}（规则文件以 .toml 结尾）")
    return list(dict.fromkeys(found))
