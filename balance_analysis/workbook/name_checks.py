"""Names that the reports cannot print letter by letter."""

from __future__ import annotations

from collections.abc import Iterator

from balance_analysis.errors import Issue
from balance_analysis.terms import Severity
from balance_analysis.typefaces import LACKING, missing_characters
from balance_analysis.workbook.check_kit import Check, issue_at
from balance_analysis.workbook.tables import SchoolTables

NAMES = (("schools", "school_name"), ("schools", "county"), ("counties", "county"))
"""Tables and columns of the names that reports print."""


def rare_characters(tables: SchoolTables) -> Iterator[Issue]:
    """A name with a character that no font of the reports has, once for each name of a county."""
    told: set[tuple[str, str]] = set()
    for table, column in NAMES:
        frame = getattr(tables, table)
        codes = frame["division_code"].fillna("").tolist()
        for index, (code, name) in enumerate(zip(codes, frame[column].tolist(), strict=True)):
            if not isinstance(name, str) or (code, name) in told:
                continue
            told.add((code, name))
            missing = missing_characters(name)
            if missing:
                points = "、".join(f"U+{ord(character):04X}" for character in missing)
                yield issue_at(
                    tables, index, column, table=table, found=f"“{name}”中的{points}", expected="报告字体中有的字",
                    remedy="核对是否误用了私有字、表情或部首；确为生僻字的不必改，报告的数据质量部分注明编码",
                )  # fmt: skip


NAME_CHECKS = (
    Check(
        "rare_character", Severity.SOFT, f"名称中有报告字体没有的字，报告中印作{LACKING}。", rare_characters
    ),
)
