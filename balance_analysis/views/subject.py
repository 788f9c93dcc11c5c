"""What a picture of the door is of, and what is said beside it: subject, title, absence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from balance_analysis.errors import ParameterError
from balance_analysis.findings import Case
from balance_analysis.findings.parts import area_names
from balance_analysis.frames import about_of
from balance_analysis.terms import COMPOSITE
from balance_analysis.views.county import figures as county_figures
from balance_analysis.views.elements.style import use_report_style
from balance_analysis.words import labels, say
from balance_analysis.words.subjects import indicator_label

Drawn = tuple[Axes, str] | str
"""A picture and the same facts as text, or the sentence that says why nothing is drawn."""


@dataclass(frozen=True)
class Told:
    """What is said of a picture beside it: caption, the same facts as text, a note."""

    caption: str
    alt: str
    note: str = ""


_told: WeakKeyDictionary[Figure, Told] = WeakKeyDictionary()


def told_of(figure: Figure) -> Told | None:
    """What the door said of a picture when it drew it; None for an analyst's own."""
    return _told.get(figure)


@dataclass(frozen=True)
class Subject:
    """What a picture is of: the frame, its case, stage and indicator as far as they are chosen."""

    frame: pd.DataFrame
    case: Case
    stage: str
    indicator: str = ""

    @property
    def rows(self) -> pd.DataFrame:
        """The rows of the stage (and indicator), all years."""
        own = self.frame[self.frame["stage"] == self.stage]
        return own[own["indicator"] == self.indicator] if self.indicator and "indicator" in own else own

    @property
    def current(self) -> pd.DataFrame:
        """The rows of the stage (and indicator) in the newest year that the frame was cut to, at most the assessed one."""
        rows = self.rows
        return rows[rows["year"] == self.year]

    @property
    def year(self) -> int:
        """The assessed year, or the last one of a frame that was cut to earlier years."""
        newest = self.case.county.year
        if "year" not in self.frame:
            return newest
        known = self.frame.loc[self.frame["year"] <= newest, "year"]
        return int(known.max()) if len(known) else newest

    @property
    def whole(self) -> str:
        """What all of the county is called: 全县, 全市 or 全区."""
        return labels.whole_of(self.case.county.county)

    def words(self, **more: object) -> dict[str, object]:
        """County, year and stage for a sentence."""
        return {"county": self.case.county.county, "year": self.year, "stage": self.stage, **more}


def subject_of(
    frame: pd.DataFrame, stage: str | None, indicator: str | None, *, single: bool = True
) -> Subject | str:
    """The subject of a picture, or the sentence that says what is absent."""
    case = about_of(frame).case
    county = case.county
    chosen = stage or (county.stages[0] if county.stages else "")
    if chosen not in labels.STAGES:
        raise ParameterError(say("door.no_choice", name=chosen, known=list(county.stages)))
    if chosen not in county.stages:
        return say("absent.stage", county=county.county, year=county.year, stage=chosen)
    if not single:
        return Subject(frame, case, chosen)
    known = [entry.id for entry in county.regime.indicators]
    if indicator is not None and indicator not in (*known, COMPOSITE):
        raise ParameterError(say("door.no_choice", name=indicator, known=known))
    focus = case.diagnosis.focus
    first = list(focus.loc[focus["stage"] == chosen, "indicator"])
    filled = (
        [name for name in known if ((frame["stage"] == chosen) & (frame["indicator"] == name)).any()]
        if "indicator" in frame
        else known
    )
    name = indicator or next(iter([*first, *filled]), "")
    return (
        Subject(frame, case, chosen, name)
        if name
        else say("absent.indicator", county=county.county, year=county.year)
    )


def nothing(_: Subject) -> Drawn:
    """What is drawn of a subject that is absent."""
    return ""


def draw_subject(
    chosen: Subject | str, ax: Axes | None, question: str, draw: Callable[[Subject], Drawn], note: str = ""
) -> Axes:
    """Draw with the question as title, or say what is absent; remember what is said beside the picture.

    ``draw`` gives the picture and the same facts as text, or the sentence that says why there is none.
    """
    use_report_style()
    found = chosen if isinstance(chosen, str) else draw(chosen)
    if isinstance(found, str) or isinstance(chosen, str):
        return draw_absent(str(found), ax)
    drawn, alt = found
    name = ""
    if chosen.indicator:
        name = indicator_label(chosen.case.county.regime, chosen.indicator, short=True)
    head = say("picture.head", question=question, **chosen.words(), indicator=name)
    figure = county_figures.figure_of(drawn)
    if ax is None:
        figure.suptitle(head, fontsize=9.5, x=0.02, ha="left")
    else:
        ax.set_title(head, loc="left", fontsize=9.5)
    _told[figure] = Told(head.replace("\n", " "), alt, note)
    return drawn


def draw_absent(sentence: str, ax: Axes | None) -> Axes:
    """Axes that say why nothing is drawn."""
    drawn = ax if ax is not None else county_figures.report_axes(height_mm=18)
    drawn.set_axis_off()
    drawn.text(0.0, 0.5, sentence, transform=drawn.transAxes, va="center", wrap=True)
    _told[county_figures.figure_of(drawn)] = Told(sentence, sentence)
    return drawn


def areas_of(chosen: Subject) -> dict[str, str]:
    """The areas that have schools of the stage, by id, in the file's order."""
    present = set(chosen.current["stratum"].dropna()) if "stratum" in chosen.frame else set()
    return {name: label for name, label in area_names(chosen.case.county).items() if name in present}


def no_areas(chosen: Subject) -> str:
    """The sentence for a stage whose schools lie in one area, or in none that is known."""
    return say("absent.areas", **chosen.words())
