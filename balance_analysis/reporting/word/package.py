"""A Word file as a package: emptied of what a template brings, and saved so that equal content gives equal bytes."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

import docx
from docx.document import Document
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from balance_analysis.reporting.word.fonts import font_table
from balance_analysis.reporting.word.styles import Look, style_elements
from balance_analysis.reporting.word.xml import element, plain

EARLIEST: Final = (1980, 1, 1, 0, 0, 0)
"""The date of every part of the package; a zip file knows no earlier one."""
CONTENT_TYPES: Final = "[Content_Types].xml"
LEFT_OUT: Final = ("/thumbnail", "/customXml", "/stylesWithEffects", "/webSettings")
"""Kinds of relationships of the template that a paper has no use for."""
_APP: Final = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    '<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/extended-properties">'
    "<Application>balance-analysis</Application></Properties>"
)


def new_document(look: Look) -> Document:
    """An empty document with the styles of one look and none of a template's."""
    document = docx.Document()
    for owner in (document.part.package, document.part):
        for key, relation in list(owner.rels.items()):
            if relation.reltype.endswith(LEFT_OUT):
                del owner.rels[key]
    replace(document.styles.element, style_elements(look))
    for part in document.part.package.iter_parts():
        if str(part.partname) == "/word/fontTable.xml":
            part._blob = font_table()
        elif str(part.partname) == "/docProps/app.xml":
            part._blob = _APP.encode()
    replace(document.settings.element, [parse_xml(text) for text in _settings()])
    replace(document.element.body, [])
    return document


def _settings() -> list[str]:
    name = nsdecls("w")
    modern = 'w:name="compatibilityMode" w:uri="http://schemas.microsoft.com/office/word" w:val="15"'
    return [
        f'<w:zoom {name} w:percent="100"/>',
        f'<w:defaultTabStop {name} w:val="420"/>',
        f'<w:characterSpacingControl {name} w:val="compressPunctuation"/>',
        f"<w:compat {name}><w:spaceForUL/><w:balanceSingleByteDoubleByteWidth/><w:doNotLeaveBackslashAlone/><w:ulTrailSpace/>"
        f"<w:doNotExpandShiftReturn/><w:adjustLineHeightInTable/><w:useFELayout/><w:compatSetting {modern}/></w:compat>",
        f'<w:themeFontLang {name} w:val="en-US" w:eastAsia="zh-CN"/>',
        f'<w:decimalSymbol {name} w:val="."/>',
        f'<w:listSeparator {name} w:val=","/>',
    ]


def replace(owner: Any, children: Sequence[Any]) -> None:
    """Give an element these children and no others."""
    for child in list(owner):
        owner.remove(child)
    for child in children:
        owner.append(child)


def describe(document: Document, *, title: str, author: str, keywords: Sequence[str], created: int) -> None:
    """Properties of the file; the clock is not read."""
    about, moment = document.core_properties, datetime.fromtimestamp(created, UTC).replace(tzinfo=None)
    about.title, about.author, about.last_modified_by = plain(title)[:255], author, author
    about.keywords = plain("，".join(keywords))[:255]
    about.comments, about.language, about.revision = "", "zh-CN", 1
    about.created = about.modified = moment


def saved(document: Document) -> bytes:
    """The bytes of the file: parts in the order of their names, each with the same date."""
    loose, packed = io.BytesIO(), io.BytesIO()
    document.save(loose)
    with zipfile.ZipFile(loose) as parts, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as ordered:
        for name in sorted(parts.namelist(), key=lambda name: (name != CONTENT_TYPES, name)):
            info = zipfile.ZipInfo(name, EARLIEST)
            info.compress_type, info.external_attr, info.create_system = zipfile.ZIP_DEFLATED, 0o600 << 16, 3
            ordered.writestr(info, parts.read(name))
    return packed.getvalue()


__all__ = ["describe", "element", "new_document", "replace", "saved"]
