"""A zipped workbook before anything parses it: what it declares is checked, what it holds is unpacked within limits.

The sheets' parser asks for as much memory as the farthest cell says, and inflates whatever there is. So nothing is
handed to it that was not measured here first, and it is handed exactly that: an archive written anew from the
members that were unpacked, so that no difference between two readers of zip files can smuggle another one in.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterable, Mapping
from xml.etree import ElementTree

DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    ElementTree.ParseError,
    KeyError,
    EOFError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    OverflowError,
)
"""What a damaged archive makes the standard library raise (a password on the archive: RuntimeError)."""

MEBIBYTE = 2**20
MOST_INFLATED = 128 * MEBIBYTE
"""Bytes of all sheets and texts of one workbook, unpacked: some 15,000 schools of our template."""
MOST_MEMBERS = 5_000
WANTED = (".xml", ".rels")
UNUSED = (
    "docprops/", "customxml/", "xl/theme/", "xl/comments", "xl/threadedcomments", "xl/drawings/", "xl/charts/",
    "xl/media/", "xl/printersettings/", "xl/externallinks/", "xl/calcchain", "xl/pivot", "xl/tables/", "xl/querytables/",
    "xl/richdata/", "xl/metadata", "xl/persons/", "xl/ctrlprops/", "xl/activex/",
)  # fmt: skip
"""Members that say nothing about cells, in small letters; whatever they hold is left packed."""
ENCRYPTED_FLAG = 0x1
_TEXTS_HEAD = re.compile(rb"""<(?:\w+:)?sst\b(?:[^>"']|"[^"]*"|'[^']*')*>""")
_COUNT = re.compile(rb"""\s(?:uniqueCount|count)\s*=\s*(?:"[^"]*"|'[^']*')""")


class RefusedError(Exception):
    """Why a file is not read: what was found, what should be, what to do, and where where that is known."""

    def __init__(
        self, found: str, expected: str, remedy: str, *, code: str = "unreadable_file", sheet: str = "", cell: str = ""
    ) -> None:  # fmt: skip
        super().__init__(found)
        self.found, self.expected, self.remedy, self.code = found, expected, remedy, code
        self.sheet, self.cell = sheet, cell

    def parts(self) -> dict[str, str]:
        """Everything it says, by name."""
        names = ("found", "expected", "remedy", "code", "sheet", "cell")
        return {name: getattr(self, name) for name in names}


def too_large(found: str, *, sheet: str = "", cell: str = "") -> RefusedError:
    """The refusal of a workbook that would take more memory than a county's figures ever need."""
    expected = f"展开后不超过{MOST_INFLATED // MEBIBYTE}MB的工作簿"
    remedy = "只保留填报的工作表和行列，另存为 .xlsx 后提交；多个区县请分成几个文件"
    return RefusedError(found, expected, remedy, code="file_too_large", sheet=sheet, cell=cell)


def encrypted() -> RefusedError:
    """The refusal of a file that only opens with a password."""
    remedy = "在Excel中取消“用密码进行加密”后重新保存"
    return RefusedError("文件已加密", "没有打开密码的 .xlsx 工作簿", remedy, code="encrypted_file")


def is_workbook(members: Iterable[str]) -> bool:
    """Whether an archive with these members is an .xlsx or .xlsm workbook."""
    return any(_plain(name) == "xl/workbook.xml" for name in members)


def declared_bytes(archive: zipfile.ZipFile) -> int:
    """What the members of an archive say they hold, as far as it would be unpacked; raises :class:`RefusedError` beyond the limits."""
    infos = archive.infolist()
    if len(infos) > MOST_MEMBERS:
        raise too_large(f"压缩包内有{len(infos):,}个文件")
    if any(info.flag_bits & ENCRYPTED_FLAG for info in infos):
        raise encrypted()
    wanted = _wanted(infos) if is_workbook(info.filename for info in infos) else infos
    size = sum(info.file_size for info in wanted)
    if size > MOST_INFLATED:
        raise too_large(f"展开后有{size / MEBIBYTE:,.0f}MB（文件本身{_packed(infos) / MEBIBYTE:.1f}MB）")
    return size


def unpack(archive: zipfile.ZipFile) -> dict[str, bytes]:
    """The members that say something about cells, none longer than it declares.

    Raises :class:`RefusedError` or one of ``DAMAGED``.
    """
    found: dict[str, bytes] = {}
    for info in _wanted(archive.infolist()):
        if info.filename in found:
            raise zipfile.BadZipFile(info.filename)
        declared = info.file_size
        info.file_size = declared + 1  # one byte more than it says it has would otherwise be cut off unseen
        with archive.open(info) as stream:
            content = stream.read(declared + 1)
        if len(content) != declared:
            raise zipfile.BadZipFile(info.filename)
        forbid_entities(content)
        found[info.filename] = content
    return found


def forbid_entities(content: bytes) -> None:
    """No workbook needs a document type; with one, a few bytes can stand for gigabytes or for another file."""
    start = content[:4096].replace(b"\0", b"")  # UTF-16 has a NUL beside every Latin letter
    if b"<!DOCTYPE" in start or b"<!ENTITY" in start or b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        remedy = "用Excel重新打开并另存为 .xlsx 后提交；来源不明的文件请勿使用"
        raise RefusedError(
            "含有XML实体声明", "不含实体声明的 .xlsx 工作簿", remedy, code="xml_entities"
        )  # fmt: skip


def without_counts(members: Mapping[str, bytes]) -> dict[str, bytes]:
    """The members without the number of texts that a list of texts gives itself: the parser makes room for it before it reads one.

    Such a list in UTF-16, or with two heads, is as good as damaged (:class:`zipfile.BadZipFile`): nobody writes it.
    """
    found = dict(members)
    for name, content in members.items():
        heads = _TEXTS_HEAD.findall(content) if b"sst" in content else []
        if len(heads) > 1 or b"<\0s\0s\0t" in content:
            raise zipfile.BadZipFile(name)
        if heads:
            found[name] = content.replace(heads[0], _COUNT.sub(b"", heads[0]), 1)
    return found


def pack(members: Mapping[str, bytes]) -> bytes:
    """The members as an archive, not compressed."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name), content)
    return stream.getvalue()


def _wanted(infos: Iterable[zipfile.ZipInfo]) -> list[zipfile.ZipInfo]:
    return [
        info
        for info in infos
        if _plain(info.filename).endswith(WANTED) and not _plain(info.filename).startswith(UNUSED)
    ]


def _plain(name: str) -> str:
    return name.replace("\\", "/").lstrip("/").lower()


def _packed(infos: Iterable[zipfile.ZipInfo]) -> int:
    return sum(info.compress_size for info in infos)
