"""The frames as an analyst holds them: pandas frames that know which county they are of and what their columns are called."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

import pandas as pd

from balance_analysis.errors import ParameterError
from balance_analysis.findings import Case
from balance_analysis.findings.parts import area_names
from balance_analysis.terms import ALL_STAGES, COMPOSITE
from balance_analysis.words import say
from balance_analysis.words.columns import INTERNAL, column_names, value_labels
from balance_analysis.words.subjects import indicator_label


@dataclass(frozen=True)
class About:
    """What a frame is: its name among the frames, and the case that it was computed for."""

    name: str
    case: Case


class Frame(pd.DataFrame):
    """一张数据表：普通的 pandas 数据表，另知道自己属于哪个区县，并能换成中文列名（``labelled``）.

    What is cut, sorted or joined from it stays one; ``about`` is None for a frame of another origin.
    """

    _metadata: ClassVar[list[str]] = ["about"]
    about: About | None = None

    @property
    def _constructor(self) -> Callable[..., Frame]:
        return Frame

    def __finalize__(self, other: Any, method: str | None = None, **options: Any) -> Frame:
        """Keep what the first of several joined frames is about."""
        super().__finalize__(other, method=method, **options)  # type: ignore[misc]
        for one in [*getattr(other, "objs", ()), getattr(other, "left", None)]:
            if self.about is None and getattr(one, "about", None) is not None:
                object.__setattr__(self, "about", one.about)
        return self

    def labelled(self) -> pd.DataFrame:
        """换成中文列名和中文取值，去掉内部列；数值不舍入."""
        shown = pd.DataFrame(self).drop(columns=[name for name in INTERNAL if name in self.columns])
        names = column_names()
        known = [str(name) for name in shown if name in names]
        values: dict[str, Any] = {
            name: shown[name].map(self._namer(names[name].kind)) for name in known if names[name].kind
        }
        return shown.assign(**values).rename(columns={name: names[name].label for name in known})

    def _namer(self, kind: str) -> Callable[[Any], Any]:
        """What puts a label in place of an id; a value without a label stays as it is."""
        known = value_labels(kind)
        if self.about is not None and kind == "area":
            known = area_names(self.about.case.county)
        if self.about is not None and kind == "indicator":
            regime = self.about.case.county.regime
            ids = [*(entry.id for entry in regime.indicators), COMPOSITE, ALL_STAGES]
            known = {name: indicator_label(regime, name, short=True) for name in ids}
        return partial(_named, known)


def _named(known: Mapping[str, str], value: Any) -> Any:
    """The label of an id, or of several joined by semicolons."""
    if not isinstance(value, str):
        return value
    return "、".join(known.get(part, part) for part in value.split(";"))


def about_of(frame: pd.DataFrame) -> About:
    """What a frame is about; ``ParameterError`` for one that came from elsewhere."""
    about = getattr(frame, "about", None)
    if not isinstance(about, About):
        raise ParameterError(say("door.foreign_frame"))
    return about


def as_frame(rows: pd.DataFrame, name: str, case: Case) -> Frame:
    """A frame of a county as an analyst holds it."""
    found = Frame(rows)
    object.__setattr__(found, "about", About(name, case))
    return found
