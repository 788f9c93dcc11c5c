"""A Dask cluster as the executor of a run: its workers share no disk with us, are sent all a report is made from, and send back bytes.

Only the package (with its fonts) must be installed on the workers, in the same version: a county that meets another one is not made.
Needs the extra ``dask``.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from contextlib import ExitStack, contextmanager
from typing import Any, Final

from balance_analysis.errors import ParameterError, ReportError
from balance_analysis.reporting.batch import Made, failed
from balance_analysis.reporting.processes import call_apart
from balance_analysis.reporting.run import Elsewhere, RunOptions, package_sha256
from balance_analysis.words import say

LOCAL: Final = "local"
SECONDS_TO_CONNECT: Final = 20
AHEAD: Final = 2
"""Counties per core that are sent ahead."""


@contextmanager
def cluster(address: str, options: RunOptions) -> Iterator[Elsewhere]:
    """An executor on the cluster whose scheduler has this address, or on a cluster of this machine's own (``local``).

    Raises :class:`ParameterError` without Dask, :class:`ReportError` where no scheduler answers.
    """
    try:
        import dask
        from distributed import Client, LocalCluster
    except ImportError:
        raise ParameterError(say("batch.needs_extra")) from None
    with ExitStack() as stack:
        if address == LOCAL:
            stack.enter_context(dask.config.set({"distributed.scheduler.allowed-failures": 1}))
            workers = options.jobs or os.cpu_count() or 1
            local = LocalCluster(
                n_workers=workers, threads_per_worker=1, dashboard_address="127.0.0.1:0", silence_logs=40
            )
            client = stack.enter_context(Client(stack.enter_context(local)))
        else:
            try:
                client = stack.enter_context(Client(address, timeout=SECONDS_TO_CONNECT))
            except (OSError, ValueError, TimeoutError):
                raise ReportError(say("batch.unreachable", address=address)) from None
        cores = sum(client.ncores().values()) or 1
        yield Elsewhere(_Apart(client.get_executor(pure=False), options), AHEAD * cores)


class _Apart(Executor):
    """Sends each call to a worker, which makes it in a process of its own within the limits of one county."""

    def __init__(self, workers: Any, options: RunOptions) -> None:
        self._workers, self._options = workers, options

    def submit(self, call: Callable[..., Any], /, *given: Any, **named: Any) -> Future[Any]:
        limits = {"seconds": self._options.county_seconds, "megabytes": self._options.county_megabytes}
        future: Future[Any] = self._workers.submit(on_worker, package_sha256(), call, given, limits)
        return future


def on_worker(
    package: str, call: Callable[..., Made], given: tuple[Any, ...], limits: dict[str, Any]
) -> Made:
    """On a worker: one county in a process of its own; a failed result where the package installed here is not that of the run."""
    if package_sha256() != package:
        return Made(failed(given[0].request, ReportError(say("batch.other_version"))))
    made: Made = call_apart(call, given, **limits)
    return made
