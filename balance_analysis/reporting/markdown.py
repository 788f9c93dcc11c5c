"""Markdown of a notebook as plain data: blocks and inline parts, never Typst code.

The PDF style walks this data and prints every text literally, so nothing that stands in a school's
name can act as markup. Raw HTML is not interpreted: comments vanish, ``<br>`` breaks the line and
anything else prints as it is written.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from typing import Any

import mistune

Node = dict[str, Any]

_CJK = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff\u3000-\u303f\uff00-\uffef\U00020000-\U0003ffff“”‘’…—]")
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
_TYPED_NUMBER = re.compile(
    r"^\s*(?:[一二三四五六七八九十]+、|（[一二三四五六七八九十]+）|\d{1,2}(?:[、．]|\.(?!\d)))\s*"
)


@cache
def _parser() -> mistune.Markdown:
    return mistune.create_markdown(renderer="ast", plugins=["table", "strikethrough"])


def parse_markdown(source: str) -> list[Node]:
    """Blocks of a Markdown text.

    >>> parse_markdown("## 一、结论")
    [{'type': 'heading', 'level': 2, 'body': [{'type': 'text', 'text': '结论'}]}]
    >>> parse_markdown("**要点**：")[0]["body"][0]
    {'type': 'strong', 'body': [{'type': 'text', 'text': '要点'}]}
    """
    tokens = _parser()(source)
    if isinstance(tokens, str):
        raise TypeError("the Markdown parser was set up to return tokens")
    return [block for token in tokens for block in _block(token)]


def plain_text(nodes: Iterable[Node]) -> str:
    """Return the text of inline parts without their marks."""
    return "".join(node.get("text", "") + plain_text(node.get("body", ())) for node in nodes)


def _block(token: Node) -> list[Node]:
    kind = token["type"]
    if kind == "heading":
        body = _inlines(token["children"])
        if body and body[0]["type"] == "text":
            body[0]["text"] = _TYPED_NUMBER.sub("", body[0]["text"])
        return [{"type": "heading", "level": token["attrs"]["level"], "body": body}]
    if kind in ("paragraph", "block_text"):
        body = _inlines(token["children"])
        return [{"type": "paragraph", "body": body}] if plain_text(body).strip() else []
    if kind == "list":
        items = [
            [block for child in item["children"] for block in _block(child)] for item in token["children"]
        ]
        attributes = token["attrs"]
        return [
            {
                "type": "list",
                "ordered": bool(attributes.get("ordered")),
                "start": attributes.get("start", 1),
                "items": items,
            }
        ]
    if kind == "block_quote":
        return [
            {"type": "quote", "blocks": [block for child in token["children"] for block in _block(child)]}
        ]
    if kind == "block_code":
        return [{"type": "literal", "text": token["raw"].rstrip("\n")}]
    if kind == "table":
        return [_table(token)]
    if kind == "thematic_break":
        return [{"type": "rule"}]
    if kind == "block_html":
        text = _COMMENT.sub("", token["raw"]).strip()
        return [{"type": "paragraph", "body": [{"type": "text", "text": text}]}] if text else []
    return []


def _table(token: Node) -> Node:
    head, body = token["children"][0], token["children"][1:]
    header = [_inlines(cell["children"]) for cell in head["children"]]
    rows = [
        [_inlines(cell["children"]) for cell in row["children"]] for part in body for row in part["children"]
    ]
    align = [cell["attrs"].get("align") or "left" for cell in head["children"]]
    return {"type": "plain_table", "header": header, "rows": rows, "align": align}


def _inlines(tokens: Iterable[Node]) -> list[Node]:
    nodes: list[Node] = []
    for token in tokens:
        nodes.extend(_inline(token))
    return _join_lines(nodes)


def _inline(token: Node) -> list[Node]:
    kind = token["type"]
    if kind == "text":
        return [{"type": "text", "text": token["raw"]}]
    if kind == "inline_html":
        if _BREAK.fullmatch(token["raw"]):
            return [{"type": "break"}]
        text = _COMMENT.sub("", token["raw"])
        return [{"type": "text", "text": text}] if text else []
    if kind == "codespan":
        return [{"type": "code", "text": token["raw"]}]
    if kind == "linebreak":
        return [{"type": "break"}]
    if kind == "softbreak":
        return [{"type": "softbreak"}]
    if kind == "link":
        return [{"type": "link", "url": token["attrs"]["url"], "body": _inlines(token["children"])}]
    if kind in ("strong", "emphasis", "strikethrough"):
        return [{"type": kind, "body": _inlines(token["children"])}]
    return [{"type": "text", "text": plain_text(_inlines(token.get("children", ()))) or token.get("raw", "")}]


def _join_lines(nodes: list[Node]) -> list[Node]:
    """Make line ends of the source a space between Latin words and nothing beside Chinese."""
    joined: list[Node] = []
    for position, node in enumerate(nodes):
        if node["type"] != "softbreak":
            joined.append(node)
            continue
        before = plain_text(nodes[:position])[-1:]
        after = plain_text(nodes[position + 1 :])[:1]
        if before and after and not _CJK.match(before) and not _CJK.match(after):
            joined.append({"type": "text", "text": " "})
    return joined
