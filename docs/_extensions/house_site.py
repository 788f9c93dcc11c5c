"""What the site needs beside Sphinx: formulas without a script, a search that finds Chinese, lines joined without a gap, words for pictures.

Nothing on a page is loaded from elsewhere: many bureaus have no internet.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

from docutils import nodes
from docutils.utils.math.latex2mathml import tex2mathml
from sphinx.application import Sphinx
from sphinx.search import SearchLanguage, languages
from sphinx.transforms.post_transforms import SphinxPostTransform

CHINESE = "\u3400-\u9fff"
PUNCTUATION = "\u3000-\u303f\uff00-\uffef“”"
STARTS = re.compile(f"[{CHINESE}{PUNCTUATION}]")
ENDS = re.compile(f"[{CHINESE}{PUNCTUATION}]$")
RUN = re.compile(rf"[{CHINESE}]+|[^\W{CHINESE}]+")


def pairs_of(text: str) -> list[str]:
    """Words of letters as they are, Chinese as every two characters that stand side by side.

    >>> pairs_of("差异系数 CV")
    ['差异', '异系', '系数', 'CV']
    """
    found: list[str] = []
    for run in RUN.findall(text):
        chinese = re.match(rf"[{CHINESE}]", run) and len(run) > 1
        found += [a + b for a, b in pairwise(run)] if chinese else [run]
    return found


class ChinesePairs(SearchLanguage):
    """Sphinx's own Chinese search needs a dictionary that has no wheel; pairs of characters need none."""

    lang = "zh_pairs"
    language_name = "Chinese"
    js_splitter_code = """
var splitQuery = (query) => (query.match(/[\\u3400-\\u9fff]+|[^\\s\\p{P}\\u3400-\\u9fff]+/gu) || []).flatMap((run) =>
    /[\\u3400-\\u9fff]/.test(run) && run.length > 1
        ? Array.from({length: run.length - 1}, (_, place) => run.slice(place, place + 2))
        : [run]);
"""

    def split(self, text: str) -> list[str]:
        return pairs_of(text)

    def word_filter(self, word: str) -> bool:
        return bool(word)


def visit_inline(self: Any, node: nodes.math) -> None:
    """A formula in a line, as MathML, which browsers draw themselves."""
    self.body.append(tex2mathml(node.astext()))
    raise nodes.SkipNode


def visit_block(self: Any, node: nodes.math_block) -> None:
    """A formula on its own line."""
    self.body.append(f'<div class="formula">{tex2mathml(node.astext(), as_block=True)}</div>\n')
    raise nodes.SkipNode


class JoinedLines(SphinxPostTransform):
    """A line of the source that ends in Chinese is no word's end: browsers would show a gap."""

    default_priority = 10

    def run(self, **_: Any) -> None:
        for text in [one for one in self.document.findall(nodes.Text) if one == "\n"]:
            place = text.parent.index(text)
            beside = [one.astext() for one in (*text.parent[:place][-1:], *text.parent[place + 1 :][:1])]
            if len(beside) == 2 and ENDS.search(beside[0]) and STARTS.match(beside[1]):
                text.parent.remove(text)


class PictureWords(SphinxPostTransform):
    """Captions and text alternatives of the house's pictures: both stand in the plain text beside the picture."""

    default_priority = 3  # before MyST-NB throws the plain text away

    def run(self, **_: Any) -> None:
        for bundle in self.document.findall(nodes.container):
            if bundle.get("nb_element") != "mime_bundle":
                continue
            texts = [one.astext() for one in bundle if one.get("mime_type") == "text/plain"]
            images = list(bundle.findall(nodes.image))
            if texts and images:
                for image in images:
                    image["alt"] = " ".join(texts[0].split())


def setup(app: Sphinx) -> dict[str, bool]:
    """Make them known to Sphinx."""
    languages[ChinesePairs.lang] = ChinesePairs
    app.add_html_math_renderer("mathml", (visit_inline, None), (visit_block, None))
    app.add_post_transform(PictureWords)
    app.add_post_transform(JoinedLines)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
