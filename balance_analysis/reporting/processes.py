"""Each call in a process of its own: an executor whose lost, hanging or swelling processes are ended and named, and harm no other.

A process is forked from one that has loaded everything (``preload.py``) and nothing else; where the system cannot fork it starts anew.
It dies with the process that asked for it.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from threading import Event, Thread
from typing import Any, Final

import psutil

from balance_analysis.errors import ReportError
from balance_analysis.reporting.warm import CAN_FORK, allow_fork, die_with_parent
from balance_analysis.words import say

LOOK_SECONDS: Final = 0.2
"""So often a running process is looked at."""
MEGABYTE: Final = 1 << 20


class ProcessEndedError(Exception):
    """A process was ended because it exceeded a limit; ``reason`` is an id of ``batch.ended`` and ``limit`` its figure."""

    def __init__(self, reason: str, limit: float) -> None:
        super().__init__(reason, limit)
        self.reason, self.limit = reason, limit


class ProcessLostError(ReportError):
    """A process ended before it had answered."""

    def __init__(self) -> None:
        super().__init__(say("batch.lost"))

    def __reduce__(self) -> tuple[type[ProcessLostError], tuple[()]]:
        return ProcessLostError, ()


class OneProcessEach(ThreadPoolExecutor):
    """At most ``workers`` calls at a time, each in a process of its own.

    A future ends in :class:`ProcessLostError` where its process died and in :class:`ProcessEndedError` where it ran longer than ``seconds`` or one of
    its processes grew beyond ``megabytes``.
    """

    def __init__(self, workers: int, *, seconds: float | None = None, megabytes: float | None = None) -> None:
        super().__init__(workers, thread_name_prefix="county")
        self._limits = {"seconds": seconds, "megabytes": megabytes}
        self._stopped = Event()

    def submit(self, call: Callable[..., Any], /, *given: Any, **named: Any) -> Future[Any]:
        """Call it in a process of its own as soon as there is room."""
        return super().submit(call_apart, call, given, named, stopped=self._stopped, **self._limits)

    def stop(self) -> None:
        """End every running process and forget the calls that wait."""
        self._stopped.set()
        self.shutdown(wait=True, cancel_futures=True)


def call_apart(
    call: Callable[..., Any],
    given: tuple[Any, ...] = (),
    named: dict[str, Any] | None = None,
    *,
    seconds: float | None = None,
    megabytes: float | None = None,
    stopped: Event | None = None,
) -> Any:
    """The result of one call made in a process of its own; raises what it raised, :class:`ProcessLostError` or :class:`ProcessEndedError`."""
    if stopped is not None and stopped.is_set():
        raise ProcessLostError
    context: Any = multiprocessing.get_context("forkserver" if CAN_FORK else "spawn")
    if CAN_FORK:
        context.set_forkserver_preload(["balance_analysis.reporting.preload"])
    answer, end = context.Pipe(duplex=False)
    process = context.Process(target=_answer, args=(end, call, given, named or {}))
    with answer:
        try:
            with end, _may_have_children():
                process.start()
            until = None if seconds is None else time.monotonic() + seconds
            while not answer.poll(LOOK_SECONDS):
                if stopped is not None and stopped.is_set():
                    raise ProcessLostError
                if until is not None and time.monotonic() > until:
                    raise ProcessEndedError("seconds", seconds or 0)
                if megabytes is not None and _largest(process.pid) > megabytes * MEGABYTE:
                    raise ProcessEndedError("megabytes", megabytes)
            try:
                fine, found = answer.recv()
            except (EOFError, OSError):
                raise ProcessLostError from None
        finally:
            _end(process)
    if not fine:
        raise found
    return found


@contextmanager
def _may_have_children() -> Iterator[None]:
    """A worker of a cluster is a daemon to its own parent, and multiprocessing lets those have no children."""
    settings: dict[str, Any] = getattr(multiprocessing.current_process(), "_config", {})
    before = settings.get("daemon")
    settings["daemon"] = False
    try:
        yield
    finally:
        settings["daemon"] = before


def _answer(end: Connection, call: Callable[..., Any], given: tuple[Any, ...], named: dict[str, Any]) -> None:
    """In the process: Ctrl-C is the parent's business; the one call, its result or its error."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if CAN_FORK:
        _let_the_server_end()
        die_with_parent()
    else:
        Thread(target=_end_with_parent, daemon=True).start()
    allow_fork()
    try:
        said = (True, call(*given, **named))
    except Exception as error:  # noqa: BLE001 - told where it was asked for
        said = (False, error)
    end.send(said)
    end.close()
    if CAN_FORK:
        sys.stdout.flush()
        os._exit(0)  # what was loaded before the fork needs no taking down


def _let_the_server_end() -> None:
    """Let the fork server end with the process that began it, and this process with the server: else both wait for this one to finish."""
    from multiprocessing import forkserver

    server: Any = getattr(forkserver, "_forkserver", None)
    handle = getattr(server, "_forkserver_alive_fd", None)
    if handle is not None:
        os.close(handle)
        server._forkserver_alive_fd = None


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _largest(pid: int | None) -> int:
    """Bytes that the largest of a process and its children holds for itself."""
    sizes = [0]
    with suppress(psutil.Error):
        process = psutil.Process(pid)
        for one in (process, *process.children(recursive=True)):
            with suppress(psutil.Error):
                memory = one.memory_info()
                sizes.append(memory.rss - getattr(memory, "shared", 0))
    return max(sizes)


def _end(process: Any) -> None:
    """End a process with its children; one that has answered is given a moment."""
    if process.pid is None:
        return
    process.join(0.05)
    if process.is_alive():
        children: list[psutil.Process] = []
        with suppress(psutil.Error):
            children = psutil.Process(process.pid).children(recursive=True)
        process.kill()
        for child in children:
            with suppress(psutil.Error):
                child.kill()
        process.join()
    process.close()
