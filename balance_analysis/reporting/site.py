"""What a run leaves beside its reports: a summary for people, a manifest for programs, a page that leads to everything."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from html import escape
from importlib import resources
from pathlib import Path
from string import Template
from typing import Final
from urllib.parse import quote

from balance_analysis.errors import ParameterError
from balance_analysis.regimes import list_regimes, regime_head
from balance_analysis.reporting.files import write_whole
from balance_analysis.reporting.journal import DATA
from balance_analysis.reporting.manifest import write_manifest, write_summary
from balance_analysis.reporting.results import ReportResult
from balance_analysis.views.region.map import Place, county_map
from balance_analysis.words import say
from balance_analysis.words.labels import OUTCOMES
from balance_analysis.workbook.boundaries import Boundaries

COLUMNS: Final = ("code", "county", "year", "regime", "resources", "overall", "failing", "files")


def write_run(
    results: Sequence[ReportResult],
    folder: Path,
    *,
    started: datetime,
    finished: datetime,
    boundaries: Boundaries | None = None,
) -> None:
    """Write ``summary.csv``, ``manifest.json`` and ``index.html`` (with a map where there are boundaries), each whole or not at all."""
    write_summary(results, folder / "summary.csv")
    write_manifest(results, folder / "manifest.json", started=started, finished=finished)
    write_whole(folder / "index.html", index_page(results, boundaries))


def index_page(results: Sequence[ReportResult], boundaries: Boundaries | None = None) -> str:
    """One static page without anything from elsewhere: counties with outcome, failing items and links; sorted and searched in the browser.

    Whatever comes from a file is escaped.
    """
    done = sum(result.status == "done" for result in results)
    template = (resources.files(__package__) / "page" / "index.html").read_text(encoding="utf-8")
    return Template(template).substitute(
        title=escape(say("site.title")),
        summary=escape(say("site.summary", n=len(results), done=done)),
        search=escape(say("site.search")),
        head="".join(
            f'<th scope="col"><button>{escape(say(f"site.{name}"))}</button></th>' for name in COLUMNS
        ),
        map="" if boundaries is None else _map(results, boundaries),
        rows="\n".join(map(_row, results)),
    )


def _map(results: Sequence[ReportResult], boundaries: Boundaries) -> str:
    """The map, or what is wrong with the boundaries of a county that an earlier run has left: its summary must not be lost by it."""
    try:
        return county_map({one.division_code: _place(one) for one in results}, boundaries)
    except ParameterError as error:
        return f"<p>{escape(str(error))}</p>"


def _place(result: ReportResult) -> Place:
    status = result.overall_outcome if result.status == "done" else result.status
    return Place(result.county, result.division_code, status, quote(result.paper))


def _row(result: ReportResult) -> str:
    stem = result.paper.partition("/")[0]
    links = {
        "site.pdf": result.pdf,
        "site.word": result.docx,
        "site.notebook": result.notebook,
        "site.data": f"{stem}/{DATA}/" if stem else "",
    }
    named = " ".join(
        f'<a href="{quote(path)}">{escape(say(label))}</a>' for label, path in links.items() if path
    )
    done = result.status == "done"
    cells = [
        escape(result.division_code),
        escape(result.county),
        "" if result.year is None else say("site.school_year", year=result.year),
        escape(_law(result.regime)),
        _outcome(result.outcome) if done else "",
        _outcome(result.overall_outcome) if done else _status(result.status),
        escape("；".join(result.failing_items) if done else result.message),
        named,
    ]
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"


def _law(regime: str) -> str:
    """What a regime is called; the name of its file where it is one of the user's own."""
    return regime_head(regime).short_name if regime in list_regimes() else Path(regime).stem


def _outcome(outcome: str) -> str:
    return f'<span class="{outcome}">{escape(OUTCOMES[outcome])}</span>'


def _status(status: str) -> str:
    return f'<span class="{status}">{escape(say(f"site.{status}"))}</span>'
