"""What every element is, and the elements that are text: title page, verdict, section, paragraph, remark.

Each element is small, frozen and displays itself. Beside HTML for the browser it carries its
content as data under :data:`MIME_TYPE`; ``reporting/collect.py`` reads only that. Numbers are rounded
here and nowhere earlier; a missing value prints as a dash and is explained, a zero prints as zero.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from balance_analysis.errors import ReportError
from balance_analysis.views.elements import html
from balance_analysis.views.elements.packed import packed
from balance_analysis.views.elements.style import STATUS_STYLES

MIME_TYPE: Final = "application/vnd.balance-analysis+json"


class Element(ABC):
    """What Jupyter asks of every element: data for the PDF, HTML for the browser, plain text."""

    @abstractmethod
    def to_json(self) -> dict[str, Any]: ...

    @abstractmethod
    def to_html(self) -> str: ...

    @abstractmethod
    def to_text(self) -> str: ...

    def __str__(self) -> str:
        return self.to_text()

    def below(self) -> Element | None:
        """What a browser shows below it as an output of its own."""
        return None

    def to_line(self) -> str:
        """The plain text that a notebook keeps beside the HTML."""
        return self.to_text()

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, Any]:
        return {
            MIME_TYPE: packed(self.to_json()),
            "text/html": self.to_html(),
            "text/plain": self.to_line(),
        }


@dataclass(frozen=True)
class TitlePage(Element):
    """The first page and what running heads and document properties need; one per notebook.

    ``issued_on`` and ``issuing_office`` are printed where given (no clock is read). ``stamp`` is not printed: whoever ordered the
    report reads it back to be sure what was really run.
    """

    title: str
    county: str
    division_code: str
    school_year: str
    regime: str
    subtitle: str = ""
    target_year: int | None = None
    simulated: bool = False
    issued_on: str = ""
    issuing_office: str = ""
    stamp: Mapping[str, str] = field(default_factory=dict)

    def lines(self) -> list[str]:
        """Every line below the title, in order; none is empty."""
        content = self.to_json()
        names = ("subtitle", "county", "school_year", "regime", "target", "issuing_office", "issued_on")
        return [content[name] for name in names if content[name]]

    def to_json(self) -> dict[str, Any]:
        """Return the data that the PDF is set from."""
        return {
            "type": "title_page",
            "title": self.title,
            "subtitle": self.subtitle,
            "county": self.county,
            "division_code": self.division_code,
            "school_year": self.school_year,
            "regime": self.regime,
            "target": "" if self.target_year is None else f"目标年：{self.target_year}年",
            "issuing_office": self.issuing_office,
            "issued_on": self.issued_on,
            "simulated": self.simulated,
            "stamp": dict(self.stamp),
        }

    def to_html(self) -> str:
        """Return what JupyterLab shows."""
        return html.title_page(self.to_json(), self.lines())

    def to_text(self) -> str:
        """Return the element as plain text."""
        return "\n".join([self.title, *(["模拟数据"] if self.simulated else []), *self.lines()])


@dataclass(frozen=True)
class Verdict(Element):
    """The big line: subject, outcome and one sentence that gives the reason."""

    outcome: str
    subject: str
    sentence: str

    def __post_init__(self) -> None:
        if self.outcome not in STATUS_STYLES:
            raise ReportError(f"结论“{self.outcome}”未知，应为：{'、'.join(STATUS_STYLES)}。")

    def to_json(self) -> dict[str, Any]:
        """Return the data that the PDF is set from."""
        style = STATUS_STYLES[self.outcome]
        headline = f"{style.symbol} {style.word}"
        return {
            "type": "verdict",
            "outcome": self.outcome,
            "headline": headline,
            "subject": self.subject,
            "sentence": self.sentence,
        }

    def to_html(self) -> str:
        """Return what JupyterLab shows."""
        return html.verdict(self.to_json())

    def to_text(self) -> str:
        """Return the element as plain text."""
        return f"{self.subject}：{STATUS_STYLES[self.outcome].word}。{self.sentence}"


@dataclass(frozen=True)
class Section(Element):
    """A heading that is made while the notebook runs, because it says what its section finds.

    ``level`` counts as in Markdown (2 is a section). ``annex`` begins the annexes: this and all later headings are lettered
    (附录A …). ``new_page`` begins a page. ``front``: this section stands
    between the cover and the contents.
    """

    heading: str
    level: int = 2
    annex: bool = False
    new_page: bool = False
    front: bool = False

    def to_json(self) -> dict[str, Any]:
        """Return the data that the PDF is set from, like a Markdown heading's."""
        return {
            "type": "heading",
            "level": self.level,
            "body": [{"type": "text", "text": self.heading}],
            "annex": self.annex,
            "new_page": self.new_page,
            "front": self.front,
        }

    def to_html(self) -> str:
        """Return what JupyterLab shows."""
        return html.heading(self.to_json())

    def to_text(self) -> str:
        """Return the element as plain text."""
        return self.heading


@dataclass(frozen=True)
class Paragraph(Element):
    """One paragraph of plain text; nothing in it is markup."""

    text: str

    def to_json(self) -> dict[str, Any]:
        """Return the data that the PDF is set from, like a Markdown paragraph's."""
        return {"type": "paragraph", "body": [{"type": "text", "text": self.text}]}

    def to_html(self) -> str:
        """Return what JupyterLab shows."""
        return html.paragraph(self.to_json())

    def to_text(self) -> str:
        """Return the element as plain text."""
        return self.text


@dataclass(frozen=True)
class Callout(Element):
    """A framed remark; ``items`` print as a list of points below the text."""

    title: str
    text: str = ""
    items: Sequence[str] = ()
    tone: Literal["note", "warning"] = "note"

    def to_json(self) -> dict[str, Any]:
        """Return the data that the PDF is set from."""
        return {
            "type": "callout",
            "title": self.title,
            "text": self.text,
            "items": list(self.items),
            "tone": self.tone,
        }

    def to_html(self) -> str:
        """Return what JupyterLab shows."""
        return html.callout(self.to_json())

    def to_text(self) -> str:
        """Return the element as plain text."""
        return "\n".join(
            [self.title, *([self.text] if self.text else []), *(f"· {item}" for item in self.items)]
        )


def show(elements: Iterable[Element] | Element) -> None:
    """Put elements out one by one, in Jupyter and in the executed notebook."""
    from IPython.display import display

    for element in [elements] if isinstance(elements, Element) else elements:
        display(element)  # type: ignore[no-untyped-call]
        below = element.below()
        if below is not None:
            display(below)  # type: ignore[no-untyped-call]
