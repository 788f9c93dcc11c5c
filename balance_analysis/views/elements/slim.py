"""A drawing of matplotlib in a third of its characters, and the same picture.

Places to a hundredth of a point, the typeface and every look said once, no group, name or line end that nothing reads. A look that occurs
several times is a class whose name is drawn from what it says, so that drawings beside each other on one page cannot disturb each other.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from hashlib import blake2b
from typing import Final

_NEEDLESS = re.compile(
    r'<\?xml[^>]*>|<!DOCTYPE[^>]*>|<metadata>.*?</metadata>|<style type="text/css">.*?</style>|(?<=<g) id="[a-zA-Z0-9.]+_[0-9]+"|'
    r' xmlns:xlink="[^"]*"| version="1.1"| transform="rotate\(-0 [^"]*"',
    re.DOTALL,
)
_TOKEN = re.compile(r"<[^>]*>|[^<]+")
_PLACE = re.compile(r' (?:d|x|y|width|height|transform|points)="[^"]*"')
_DIGITS = re.compile(r"(\.[0-9]{2})[0-9]+")
_ZEROS = re.compile(r"\.00?(?![0-9])|(?<=\.[0-9])0(?![0-9])")
_SPACES = re.compile(r"\s+(?=[A-Za-z\"])|(?<=[A-Za-z\"])\s+")
_LINE = re.compile(r"([ML])(\S+) (\S+?)(?=[A-Za-z\"])")
_STYLE = re.compile(r'(?: clip-path="([^"]*)")? style="([^"]*)"')
_COLOUR = re.compile(r"#([0-9a-f])\1([0-9a-f])\2([0-9a-f])\3(?![0-9a-f])")
_NAME = re.compile(r'((?: id="|#)[a-z][0-9a-f]{6})[0-9a-f]{4}(?=["\)])')
ROOT_LOOK: Final = 'stroke-linejoin="round"'
"""What matplotlib says of every element, inherited from the drawing instead."""


def slim(svg: str, family: str) -> str:
    r"""The same drawing in fewer characters.

    >>> slim('<svg a="1">\n <g id="text_1">\n <text style="font-size: 8px; font-family: sans" x="1.2345">0.515257</text></g></svg>', "sans")
    '<svg font-family="sans" stroke-linejoin="round" a=\'1\'><text style=\'font-size:8px\' x=\'1.23\'>0.515257</text></svg>'
    """
    short = (
        _NEEDLESS.sub("", svg).replace(f" font-family: {family};", "").replace(f"; font-family: {family}", "")
    )
    short = _NAME.sub(r"\1", _PLACE.sub(_shorter, short)).replace("xlink:href", "href")
    tokens = map(_single_quotes, _looks_once(_without_empty_groups(_TOKEN.findall(short))))
    return "".join(tokens).replace("<svg ", f'<svg font-family="{family}" {ROOT_LOOK} ', 1)


def _without_empty_groups(tokens: Iterable[str]) -> list[str]:
    """Groups that say nothing and white space go; neighbouring groups that say the same are one; definitions stand together."""
    drawn: list[str] = []
    definitions: list[str] = []
    target, before = drawn, ""
    openings: list[str] = []
    for token in tokens:
        if token == "<g/>" or (token.isspace() and not (target and target[-1].startswith("<text"))):
            continue
        if token in ("<defs>", "</defs>"):
            target = definitions if token == "<defs>" else drawn
        elif token == "</g>":
            opening = openings.pop()
            if opening != "<g>":
                before = opening
                target.append(token)
        elif token.startswith("<g") and not token.endswith("/>"):
            openings.append(token)
            if token == "<g>":
                continue
            if target[-1:] == ["</g>"] and before == token and " id=" not in token:
                target.pop()
            else:
                target.append(token)
        else:
            target.append(token)
    if definitions:
        drawn[1:1] = ["<defs>", *definitions, "</defs>"]
    return drawn


def _looks_once(tokens: list[str]) -> Iterator[str]:
    """Every look that occurs several times as a class."""
    places = [_STYLE.search(token) for token in tokens]
    looks = [found and _short_look(found[2], found[1]) for found in places]
    counted = Counter(look for look in looks if look)
    names = {
        look: "c" + blake2b(look.encode(), digest_size=3).hexdigest()
        for look, n in counted.items()
        if n > 1 and len(look) > 2
    }
    for number, (token, found, look) in enumerate(zip(tokens, places, looks, strict=True)):
        if found is None or look is None:
            yield token
        else:
            told = f' class="{names[look]}"' if look in names else f' style="{look}"' if look else ""
            yield token[: found.start()] + told + token[found.end() :]
        if number == 0 and names:
            yield "<style>" + "".join(f".{name}{{{look}}}" for look, name in names.items()) + "</style>"


def _short_look(look: str, clip: str | None) -> str:
    parts = [part.strip() for part in look.split(";")] + [f"clip-path:{clip}" if clip else ""]
    return ";".join(_COLOUR.sub(r"#\1\2\3", part.replace(": ", ":")) for part in parts if part)


def _single_quotes(token: str) -> str:
    """A notebook's file puts a mark before every double one."""
    return token.replace('"', "'") if token.startswith("<") and "'" not in token else token


def _shorter(found: re.Match[str]) -> str:
    text = _ZEROS.sub("", _DIGITS.sub(r"\1", found[0]))
    return f" d{_straight(_SPACES.sub('', text[2:]))}" if text.startswith(" d=") else text


def _straight(path: str) -> str:
    """Lines that keep one of their two places say only the other."""
    before: tuple[str, str] = ("", "")

    def straight(found: re.Match[str]) -> str:
        nonlocal before
        (x, y), before = before, (found[2], found[3])
        if found[1] == "M" or (x, y) == ("", ""):
            return found[0]
        return f"V{found[3]}" if x == found[2] else f"H{found[2]}" if y == found[3] else found[0]

    return path if re.search('[^-MLz0-9. ="]', path) else _LINE.sub(straight, path)
