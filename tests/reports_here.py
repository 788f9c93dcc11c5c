"""Reports made here and now: without a process of their own, so that a test sees what goes wrong."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Any

from balance_analysis.reporting.batch import Made, Tasks, failed, make_report
from balance_analysis.reporting.results import ReportRequest, ReportResult
from balance_analysis.reporting.run_folder import RunFolder


class InThisProcess(Executor):
    """Calls at once and here, one after another."""

    def submit(self, call: Callable[..., Any], /, *given: Any, **named: Any) -> Future[Any]:
        """Call it now."""
        future: Future[Any] = Future()
        try:
            future.set_result(call(*given, **named))
        except Exception as error:  # noqa: BLE001 - the future's owner is told
            future.set_exception(error)
        return future


def produce_report(request: ReportRequest, folder: str) -> ReportResult:
    """Make one report here and now and put it into ``folder``; whatever goes wrong is in the result."""
    with RunFolder(Path(folder)) as run:
        try:
            made = make_report(Tasks().of(request), str(run.work))
        except Exception as error:  # noqa: BLE001 - what make_report promises
            made = Made(failed(request, error))
        return run.keep(made.result, Path(made.folder) if made.folder else None, "")
