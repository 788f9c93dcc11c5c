"""Output files: THE place where a text becomes a file name, and THE atomic write.

Whatever comes from an input file (a county code above all) passes :func:`inside` before it is part of a path. Nothing
here globs, and nothing here deletes outside a folder that it made itself or was handed as the program's own.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from balance_analysis.errors import ParameterError, ReportError, system_reason
from balance_analysis.workbook.cells import DEVICES, legible

LONGEST_NAME = 200
"""Bytes of a name in UTF-8; file systems end at 255, and names grow by an ending or a prefix."""
FORBIDDEN = frozenset('<>:"/\\|?*[]')
"""Separators, drives, streams and wildcards of any system; one folder of reports may be read on all of them."""

HALF_MADE = ".partial-"
"""How the name of a folder begins in which a county's files are made."""


def safe_name(text: str) -> str:
    """The text itself where it is one plain file name on every system; otherwise :class:`ReportError`.

    >>> safe_name("370321_2016")
    '370321_2016'
    """
    reason = _objection(text)
    if reason:
        raise ReportError(f"“{legible(text)}”不能用作文件名：{reason}；请改用字母、数字或汉字")
    return text


def inside(folder: Path, *names: str) -> Path:
    """The path ``folder/name/…``, sure to lie in ``folder``: plain names, no link on the way.

    Raises :class:`ReportError` otherwise. The folder itself is the user's own word and may be anything.
    """
    path = folder
    for name in names:
        path = path / safe_name(name)
        if path.is_symlink():
            raise ReportError(f"{path} 是链接，可能指向输出文件夹之外；请删去它，或改用另一个输出文件夹")
    if not path.resolve().is_relative_to(folder.resolve()):
        raise ReportError(f"{path} 不在输出文件夹 {folder} 之内；请改用另一个输出文件夹")
    return path


def workbook_to_write(path: Path, what: str, read: Iterable[Path]) -> Path:
    """``path`` as the place of a new workbook: in a folder that is there, and none of the files that are read.

    ``what``: what it will be, for the message. Raises :class:`ParameterError`.
    """
    if path.suffix.lower() != ".xlsx" or not path.resolve().parent.is_dir():
        raise ParameterError(f"{what}应保存为已有文件夹中的 .xlsx 文件，收到 {path}")
    if any(path.resolve() == file.resolve() for file in read):
        raise ParameterError(f"{what}不能写入正在读取的文件 {path}；请改用另一个文件名")
    return path


def write_whole(path: Path, content: str | bytes) -> Path:
    """Write a whole file or nothing: a new sibling first, then a rename; text is UTF-8 with its own line ends.

    Raises :class:`ReportError` where the system does not let it (a full disk, no permission).
    """
    if path.exists() and not path.is_file():  # a rename would put a file in the place of a device or a pipe
        raise ReportError(f"不能写入 {path}：不是普通文件；请改用另一个文件名")
    data = content.encode("utf-8", "backslashreplace") if isinstance(content, str) else content
    partial = path.with_name(f".{uuid4().hex}.partial")
    with writing(path):
        try:
            with partial.open("xb") as stream:  # never through a link that lies there already
                stream.write(data)
            os.replace(partial, path)
        finally:
            with contextlib.suppress(OSError):
                partial.unlink(missing_ok=True)
    return path


def files_below(folder: Path) -> list[Path]:
    """Every file of a folder and its subfolders, in the order of their paths; links to folders are not followed."""
    found = (Path(place, name) for place, _, names in os.walk(folder) for name in names)
    return sorted(path for path in found if path.is_file())


def entries_named(folder: Path, start: str, ending: str) -> list[Path]:
    """What lies directly in a folder under a name that begins and ends so, in the order of the names: plain texts, no pattern."""
    entries = folder.iterdir() if folder.is_dir() else ()
    return sorted(path for path in entries if path.name.startswith(start) and path.name.endswith(ending))


def remove_folder(folder: Path) -> None:
    """Delete a folder of our own with all that is in it; ``OSError`` where the system refuses, also for a link."""
    shutil.rmtree(folder)


def clear_away(folder: Path) -> None:
    """Delete a half-made or replaced folder of our own, if there is one, as far as the system lets us; a link stays."""
    shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def half_made(folder: Path, name: str) -> Iterator[Path]:
    """A fresh folder in ``folder`` for what is not finished; afterwards it is gone with all that is still in it.

    What the system refuses to write meanwhile is a :class:`ReportError`.
    """
    partial = inside(folder, f"{HALF_MADE}{name}")
    with writing(folder):
        try:
            clear_away(partial)
            partial.mkdir(parents=True)
            yield partial
        finally:
            clear_away(partial)


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """What the system refuses meanwhile is a :class:`ReportError` that names ``path``, as it would lie in the end, and the reason."""
    try:
        yield
    except OSError as error:
        shown = Path(*(part.removeprefix(HALF_MADE) for part in path.parts))
        raise ReportError(
            f"不能写入 {shown}：{system_reason(error)}；请检查权限和磁盘空间，或改用另一个输出文件夹"
        ) from None


def deliver_files(partial: Path, folder: Path) -> None:
    """Move every finished file of one folder into another, subfolders too, beside what lies there already.

    A rename needs no room on a full disk.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for path in sorted(partial.iterdir()):
        target = inside(folder, path.name)
        if path.is_dir():
            deliver_files(path, target)
        else:
            os.replace(path, target)


def move_into_place(partial: Path, folder: Path, replaces: Sequence[str] = ()) -> tuple[str, ...]:
    """Move all that lies in a half-made folder into ``folder``, over what has the same name there; the names in the order of moving.

    Names in ``replaces`` that are not made anew are deleted. Every name is looked at before the first is moved (:func:`inside`).
    """
    made = sorted(partial.iterdir(), key=_moved)
    places = [inside(folder, path.name) for path in made]
    for name in set(replaces) - {path.name for path in made}:
        inside(folder, name).unlink(missing_ok=True)
    for path, place in zip(made, places, strict=True):
        if path.is_dir():
            clear_away(place)
        os.replace(path, place)
    return tuple(path.name for path in made)


def _moved(path: Path) -> tuple[bool, bool, str]:
    """Folders first: what a record in them names can be taken away again. The report last."""
    return path.is_file(), path.suffix in (".docx", ".pdf"), path.name


def _objection(text: str) -> str:
    """Why a text is no plain file name; empty where it is one."""
    if not text.strip():
        return "没有内容"
    if text in (".", ".."):
        return "是上级或当前文件夹"
    if any(unicodedata.category(sign).startswith("C") for sign in text):
        return "含有不可见的字符"
    wrong = "".join(sorted(FORBIDDEN & set(text)))
    if wrong:
        return f"含有 {' '.join(wrong)}"
    if text != text.strip() or text.endswith("."):
        return "首尾有空格或句点"
    if text.partition(".")[0].strip().upper() in DEVICES:
        return "是Windows的设备名"
    if len(text.encode()) > LONGEST_NAME:
        return f"超过{LONGEST_NAME}个字节"
    return ""
