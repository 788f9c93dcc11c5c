"""What the code can do with an entry of the law: methods of items, parameters and choices, as records of ``known.toml``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Annotated

from balance_analysis.errors import RegimeError
from balance_analysis.strict_toml import (
    POSITIVE,
    SHARE,
    WHOLE,
    Rule,
    file_text,
    one_of,
    parse_record,
    read_toml,
)

KINDS: Mapping[str, Rule] = {"whole": WHOLE, "share": SHARE, "amount": POSITIVE}
"""What a parameter of each kind must be."""


@dataclass(frozen=True, kw_only=True)
class KnownMethod:
    """A computation that an item may name: what may be limited of it, and the parameters it needs."""

    method: str
    measures: tuple[str, ...] = ()
    parameters: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class KnownParameter:
    """A number that the code asks for."""

    id: str
    kind: Annotated[str, one_of(*KINDS)]


@dataclass(frozen=True, kw_only=True)
class KnownChoice:
    """A reading that the code asks for, and the parameters that its first option needs."""

    id: str
    options: tuple[str, ...]
    parameters: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Known:
    """Everything that ``known.toml`` lists."""

    method: tuple[KnownMethod, ...]
    parameter: tuple[KnownParameter, ...]
    choice: tuple[KnownChoice, ...]


@cache
def _known() -> Known:
    where = "known.toml"
    text = file_text(resources.files("balance_analysis.regimes") / where, where, error=RegimeError)
    problems: list[str] = []
    found = parse_record(Known, read_toml(text, where, error=RegimeError), where, problems)
    if found is None:
        raise RegimeError("\n".join(problems))
    return found


@cache
def known_methods() -> Mapping[str, KnownMethod]:
    """The computations of items by name."""
    return {one.method: one for one in _known().method}


@cache
def known_parameters() -> Mapping[str, KnownParameter]:
    """The parameters by id."""
    return {one.id: one for one in _known().parameter}


@cache
def known_choices() -> Mapping[str, KnownChoice]:
    """The choices by id."""
    return {one.id: one for one in _known().choice}
