"""``balance-analysis dashboard``: sentences, figures and tables of counties on one page that follows a reader's choice."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path


def add_dashboard(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
    add_law_options: Callable[[argparse.ArgumentParser], None],
) -> None:
    """Add the command and its options."""
    parser = commands.add_parser(
        "dashboard", help="在浏览器中查看：选区县、学年、学段、指标，句子、图和表随之改变（只供本机访问）"
    )
    parser.add_argument("files", nargs="+", type=Path, help="区县填报文件")
    parser.add_argument("--county", default=None, help="先看的区县：行政区划代码（默认文件中的第一个）")
    parser.add_argument("--regime", default="quality_balance_2017", help="评估办法代号或 .toml 文件")
    add_law_options(parser)
    parser.add_argument("--target-year", type=int, default=None, help="目标年，如 2020")
    parser.add_argument("--port", type=int, default=8866, help="端口（默认8866，被占用时顺延）")
    parser.add_argument("--no-browser", action="store_true", help="不打开浏览器，只打印地址")
    parser.set_defaults(run=_dashboard)


def _dashboard(options: argparse.Namespace) -> int:
    from tempfile import TemporaryDirectory

    from balance_analysis.parameters import find_file, open_from_parameters
    from balance_analysis.reporting.dashboard import serve, write_dashboard
    from balance_analysis.words import say
    from balance_analysis.workbook.reader import read_workbooks

    files = [find_file(str(path)) for path in options.files]
    codes = read_workbooks(files).division_codes()
    county = options.county or (codes[0] if codes else None)
    parameters = {
        "files": [str(path.resolve()) for path in files],
        "division_code": county,
        "year": options.year,
        "regime": options.regime,
        "overlays": options.overlay,
        "target_year": options.target_year,
        "on": None if options.on is None else options.on.isoformat(),
        "plan": None,
    }
    opened = open_from_parameters(parameters)  # what is wrong with the files is said here, not on a page
    print(say("dashboard.opened", county=opened.county, year=opened.year, n=len(codes)))
    with TemporaryDirectory(prefix="balance-dashboard-") as folder:
        serve(write_dashboard(Path(folder), parameters), port=options.port, browser=not options.no_browser)
    return 0
