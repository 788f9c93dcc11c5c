"""The analyst's door: counties opened by one call, their frames by name, their findings as sentences.

``import balance_analysis as ba`` reaches everything here by name (``balance_analysis/__init__.py``).
"""

from __future__ import annotations

import difflib
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from functools import cached_property, partial
from html import escape
from pathlib import Path
from typing import Any

import pandas as pd

from balance_analysis.assessment import FRAMES as ASSESSED
from balance_analysis.counties import FailedCounty, assess_counties
from balance_analysis.door import open_assessment, worded, worded_frame
from balance_analysis.errors import ParameterError
from balance_analysis.explain.diagnosis import FRAMES as DIAGNOSED
from balance_analysis.findings import Case
from balance_analysis.findings.case import open_case
from balance_analysis.frames import Frame, as_frame
from balance_analysis.parameters import (
    files_of,
    find_file,
    find_rule,
    given_parameters,
    ledger_of,
    named_plan,
    overlays_of,
    parse_date,
    with_reports,
)
from balance_analysis.programmes import with_target_year_of
from balance_analysis.views.elements import Paragraph, show
from balance_analysis.views.elements.style import use_report_style
from balance_analysis.words import labels, numbers, say, tell
from balance_analysis.words.columns import frame_words
from balance_analysis.workbook.reader import read_workbooks

NAMES = (*ASSESSED, "excluded", *DIAGNOSED)
"""Every frame of a county by name."""
FIRST = "coefficients"
"""The frame whose first rows a county shows."""
FIRST_COLUMNS = ("stage", "indicator", "mean", "cv", "limit", "outcome")
FIRST_ROWS = 5
MOST_OTHERS = 12
"""Counties of the same files that an explorer offers beside its own."""

Files = str | Path | Sequence[str | Path]


class Answers(list[Paragraph]):
    """Sentences as report elements, which a cell shows as what they say."""

    def __repr__(self) -> str:
        return "\n".join(one.text for one in self)

    def _repr_html_(self) -> str:
        return "".join(f"<p>{escape(one.text)}</p>" for one in self)


class County:
    """一个区县：数据表（``county.coefficients`` 等）、结论句（``answers``）和评估结果（``assessment``）.

    ``frames`` lists every frame; each is an attribute of that name. ``case`` is what pages and findings look at.
    """

    def __init__(self, case: Case, find_others: Callable[[], Counties] | None = None) -> None:
        self.case = case
        self._frames: dict[str, Frame] = {}
        self._find_others = find_others

    @property
    def assessment(self) -> Any:
        """The county's assessment (:class:`balance_analysis.assessment.CountyAssessment`)."""
        return self.case.county

    @property
    def name(self) -> str:
        """The county's name."""
        return self.case.county.county

    @property
    def year(self) -> int:
        """Start year of the assessed school year."""
        return self.case.county.year

    @property
    def school_year(self) -> str:
        """学年的写法，如 2022—2023学年，用在自己的图题里."""
        return numbers.school_year(self.year)

    @property
    def stages(self) -> tuple[str, ...]:
        """Stages that have schools in the year, primary first."""
        return self.case.county.stages

    def frame(self, name: str) -> Frame:
        """按名称取得一张数据表；没有这个名称时列出全部名称."""
        if name not in NAMES:
            near = difflib.get_close_matches(name, NAMES, n=1)
            raise ParameterError(
                say("door.no_frame", name=name, near=near[0] if near else "", known=list(NAMES))
            )
        if name not in self._frames:
            of_county = name in (*ASSESSED, "excluded")
            rows = getattr(self.case.county, name) if of_county else getattr(self.case.diagnosis, name)
            self._frames[name] = as_frame(worded_frame(rows), name, self.case)
        return self._frames[name]

    def __getattr__(self, name: str) -> Frame:
        if name.startswith("_"):
            raise AttributeError(name)
        try:
            return self.frame(name)
        except ParameterError as error:
            raise AttributeError(str(error)) from None

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *NAMES})

    def answers(self, *topics: str) -> Answers:
        """结论句：话题如 verdict、causes、areas、target、actions、warnings、closeness；什么都没有时说明没有."""
        unknown = [topic for topic in topics if topic not in labels.TOPICS]
        if unknown:
            raise ParameterError(say("door.no_topic", name=unknown[0], known=list(labels.TOPICS)))
        found = [one for one in self.case.findings if not topics or one.id.partition(".")[0] in topics]
        said = [Paragraph(tell(one)) for one in found]
        return Answers(said or [Paragraph(say("door.nothing_said", county=self.name))])

    @cached_property
    def others(self) -> Counties:
        """同一批文件中的其他区县：各取自己的最近学年，至多 ``MOST_OTHERS`` 个."""
        return self._find_others() if self._find_others is not None else Counties([], [])

    def __repr__(self) -> str:
        lines = [*self._lines(), say("door.frames")]
        return "\n".join(
            [
                *lines,
                *(say("door.frame", name=name, **_words(name)) for name in NAMES),
                self._head().to_string(),
            ]
        )

    def _repr_html_(self) -> str:
        said = "<br>".join(escape(line) for line in self._lines())
        rows = "".join(
            f"<tr><td><code>{name}</code></td><td>{escape(_words(name)['title'])}</td>"
            f"<td>{escape(_words(name)['row'])}</td><td>{self._size(name)}</td></tr>"
            for name in NAMES
        )
        head = self._head().to_html(index=False, border=0, na_rep="—")
        return (
            f"<p>{said}</p><p>{escape(say('door.first_rows'))}</p>{head}"
            f"<details><summary>{escape(say('door.frames'))}</summary><table>{rows}</table></details>"
        )

    def _lines(self) -> list[str]:
        county = self.case.county
        heading = say(
            "door.county", county=county.county, code=county.division_code, year=county.year,
            regime=county.regime.name, target=county.target_year,
        )  # fmt: skip
        outcome = say("door.outcome", resources=county.outcome, overall=county.overall_outcome)
        years = say("door.years", years=[str(year) for year in county.years])
        return [heading, *([say("door.simulated")] if county.tables.simulated else []), outcome, years]

    def _size(self, name: str) -> str:
        known = name in (*ASSESSED, "excluded")
        return say("door.rows", n=len(self.frame(name))) if known else say("door.on_demand")

    def _head(self) -> pd.DataFrame:
        rows = self.frame(FIRST)
        return rows.loc[rows["year"] == self.year, list(FIRST_COLUMNS)].head(FIRST_ROWS).labelled().round(3)


def _words(name: str) -> dict[str, str]:
    return {"title": frame_words()[name].title, "row": frame_words()[name].row}


class Counties(Sequence[County]):
    """几个区县：可以逐个取用、按名称或代码取用，``frame`` 把各县的同一张表接在一起.

    ``left_out`` holds those that could not be opened, each with its reason.
    """

    def __init__(self, opened: Sequence[County], left_out: Sequence[FailedCounty]) -> None:
        self._opened = tuple(opened)
        self.left_out = tuple(left_out)

    def __len__(self) -> int:
        return len(self._opened)

    def __iter__(self) -> Iterator[County]:
        return iter(self._opened)

    def __getitem__(self, which: Any) -> Any:
        """A county by place, name or code."""
        if not isinstance(which, str):
            return self._opened[which]
        for one in self._opened:
            if which in (one.name, one.case.county.division_code):
                return one
        raise ParameterError(say("door.no_county", name=which, known=[one.name for one in self._opened]))

    def frame(self, name: str) -> Frame:
        """各县的同一张数据表，上下接在一起."""
        if not self._opened:
            raise ParameterError(say("door.no_county", name=name, known=["—"]))
        joined: Frame = pd.concat([one.frame(name) for one in self._opened], ignore_index=True)
        return joined

    def reasons(self) -> list[str]:
        """Why counties were left out, one sentence each."""
        return [
            say("door.left_out", name=one.county or one.division_code, message=one.message.partition("\n")[0])
            for one in self.left_out
        ]

    def _lines(self) -> list[str]:
        return [
            say("door.counties", n=len(self._opened), left=self.reasons()),
            *(one._lines()[0] for one in self._opened),
        ]

    def __repr__(self) -> str:
        return "\n".join(self._lines())

    def _repr_html_(self) -> str:
        head, *each = map(escape, self._lines())
        return f"<p>{head}</p><ul>{''.join(f'<li>{line}</li>' for line in each)}</ul>"


def open_county(
    files: Files,
    *,
    regime: str,
    division_code: str | None = None,
    year: int | None = None,
    target_year: int | None = None,
    overlays: Sequence[str] = (),
    on: date | str | None = None,
    plan: str | None = None,
    ledger: Files = (),
) -> County:
    """打开一个区县：读取文件、按办法评估，得到数据表和结论句；此后自己画的图也用报告的字体和式样.

    ``files``: one path or several, looked for from here upwards; ``regime``: id or file of the evaluation; ``year``: start year of
    the school year (default: the latest); ``overlays``: ids or files of local supplements; ``on``: the day whose law applies (a date,
    or its text 2018-08-31); ``plan``: a programme, whose target year is taken unless ``target_year`` is given; ``ledger``: files of what
    is reported on it, besides the sheets 进展 of ``files``. Raises
    :class:`ParameterError`, :class:`WorkbookError` and :class:`RegimeError` with Chinese text.
    """
    use_report_style()
    programme = named_plan(plan)
    paths, own = ([find_file(str(name)) for name in files_of(given)] for given in (files, ledger))
    found = open_assessment(
        paths,
        division_code=division_code,
        year=year,
        regime=find_rule(regime),
        overlays=overlays_of(overlays),
        target_year=target_year,
        on=_day(on),
    )
    reported = ledger_of(found, programme, paths, own)
    known = with_reports(with_target_year_of(programme, found), programme, reported)
    return County(Case(known, plan=programme, ledger=reported))


def open_counties(
    files: Files,
    *,
    regime: str,
    year: int | None = None,
    target_year: int | None = None,
    overlays: Sequence[str] = (),
    on: date | str | None = None,
) -> Counties:
    """打开文件中的全部区县（各取自己的最近学年）；打不开的列在 ``left_out``，不影响其他区县.

    Parameters as for :func:`open_county`.
    """
    use_report_style()
    tables = read_workbooks([find_file(str(name)) for name in files_of(files)])
    found = list(
        assess_counties(
            tables,
            regime=find_rule(regime),
            overlays=overlays_of(overlays),
            year=year,
            target_year=target_year,
            on=_day(on),
        )
    )
    left_out = [one for one in found if isinstance(one, FailedCounty)]
    return Counties(
        [County(Case(worded(one))) for one in found if not isinstance(one, FailedCounty)], left_out
    )


def _day(on: date | str | None) -> date | None:
    return parse_date(on) if isinstance(on, str) else on


def open_from_parameters(namespace: Mapping[str, Any]) -> County:
    """核对笔记本的参数，打开参数所说的区县；用法：``county = ba.open_from_parameters(globals())``."""
    use_report_style()
    given = given_parameters(namespace)
    case = open_case(namespace)
    return County(case, partial(_others, given, case.county.division_code))


def _others(given: Mapping[str, Any], own: str) -> Counties:
    """The other counties of a notebook's files by the same law, each in its latest year, without a target that lies behind it."""
    tables = read_workbooks([find_file(str(name)) for name in files_of(given["files"])])
    codes = [code for code in tables.division_codes() if code != own]
    opened, left_out = [], list[FailedCounty]()
    for code in codes[:MOST_OTHERS]:
        years, target = tables.years(code), given["target_year"]
        (found,) = assess_counties(
            tables, regime=find_rule(given["regime"]), overlays=overlays_of(given["overlays"]), division_code=code,
            on=parse_date(given["on"]), target_year=target if target and years and target >= years[-1] else None,
        )  # fmt: skip
        if isinstance(found, FailedCounty):
            left_out.append(found)
        else:
            opened.append(County(Case(worded(found))))
    if len(codes) > MOST_OTHERS:
        left_out.append(FailedCounty("", "…", say("door.too_many", n=MOST_OTHERS)))
    return Counties(opened, left_out)


def first_file(wanted: str, *instead: str) -> str:
    """第一个找得到的文件；用的不是第一个时说明一句，都没有时列出找过的文件."""
    for name in (wanted, *instead):
        try:
            found = str(find_file(name))
        except ParameterError:
            continue
        if name != wanted:
            show(Paragraph(say("door.instead", wanted=wanted, taken=name)))
        return found
    raise ParameterError(say("door.none_of", names=[wanted, *instead]))


def explore(county: County | Counties, chart: str) -> Any:
    """下拉框和随之重画的图；``chart`` 为 years、values、balance、areas、trend 之一.

    The county stands first, then the others of the same files; who could not be opened is said below the dropdowns.
    """
    from balance_analysis.views.explain.choices import CHARTS, CountyExplorer  # brings matplotlib and widgets

    if chart not in CHARTS:
        raise ParameterError(say("door.no_chart", name=chart, known=list(CHARTS)))
    counties, remark = _offered(county)
    return CountyExplorer(counties, chart, remark=remark)


def dashboard(county: County | Counties) -> Any:
    """仪表板：区县、学年、学段、指标四个下拉框同时决定全部结论句、图和表；表可排序、筛选，表和图可下载.

    The counties offered are those of :func:`explore`. ``balance-analysis dashboard`` serves it as a page of its own.
    """
    from balance_analysis.views.explain.dashboard import Dashboard  # brings matplotlib and widgets

    counties, remark = _offered(county)
    return Dashboard(counties, remark=remark)


def _offered(opened: County | Counties) -> tuple[list[Any], str]:
    """The county and the others of its files, or all that were opened, and who could not be opened in a sentence."""
    one, others = ([], opened) if isinstance(opened, Counties) else ([opened], opened.others)
    left = others.reasons()
    remark = say("door.others_left_out", left=left) if left else ""
    return [county.assessment for county in (*one, *others)], remark


def details() -> None:
    """打印最近一次错误在程序中的位置（平时只显示中文说明）."""
    last = getattr(sys, "last_value", None)
    if last is None:
        print(say("door.no_details"))
    else:
        print("".join(traceback.format_exception(last)))
