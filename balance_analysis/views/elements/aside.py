"""Work done aside: in copies of this process, on the machine's other cores, while this one goes on with its own.

A copy knows everything that this process knew when it was made, so that nothing is sent to it; its results come back as JSON. It must do
nothing but compute. Where the system cannot copy a process, or a copy gives no answer in time, the work is done here; after a copy that
gave none no other is made, so that nobody waits for it twice.
"""

from __future__ import annotations

import json
import os
import select
import signal
import sys
import time
import warnings
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, ClassVar, Final

CORES: Final = min(len(os.sched_getaffinity(0)), 4) if sys.platform == "linux" else 1
"""Processes that work at once; one where the system's libraries do not survive a fork."""
PATIENCE_SECONDS: Final = 5.0
Work = Callable[[], Any]


@dataclass(frozen=True)
class _Copy:
    process: int
    pipe: int
    names: tuple[str, ...]


class Aside:
    """Named pieces of work, shared out over ``cores``: those of the copies begin at once, the others with :meth:`results`.

    ``own`` says how much this process has to do before it asks for the results, in pieces. What a piece gives is what JSON holds.

    >>> Aside({"a": lambda: 1, "b": lambda: [2]}).results()
    {'a': 1, 'b': [2]}
    """

    reliable: ClassVar[bool] = True
    """Whether every copy so far has answered."""

    def __init__(self, works: Mapping[str, Work], *, own: float = 0.0, cores: int = CORES) -> None:
        self._works = dict(works)
        cores = cores if Aside.reliable else 1
        loads, shares = [own, *[0.0] * (cores - 1)], [list[str]() for _ in range(cores)]
        for name in works:
            place = loads.index(min(loads))
            loads[place] += 1
            shares[place].append(name)
        self._copies = [self._copy(tuple(names)) for names in shares[1:] if names]

    def _copy(self, names: tuple[str, ...]) -> _Copy:
        read_end, write_end = os.pipe()
        with warnings.catch_warnings():
            # a kernel has threads; the copy has none of them, and a lock that one of them held costs it its answer only
            warnings.filterwarnings(
                "ignore", message="This process .* is multi-threaded", category=DeprecationWarning
            )
            process = os.fork()
        if process:
            os.close(write_end)
            return _Copy(process, read_end, names)
        try:
            with os.fdopen(write_end, "w", encoding="utf-8") as pipe:
                json.dump({name: self._works[name]() for name in names}, pipe)
        finally:
            os._exit(0)  # whatever happened: the copy must not go on as if it were the page

    def results(self) -> dict[str, Any]:
        """What every piece gives, in their order."""
        given_away = {name for copy in self._copies for name in copy.names}
        found = {name: work() for name, work in self._works.items() if name not in given_away}
        end = time.monotonic() + PATIENCE_SECONDS
        for copy in self._copies:
            answer = _answer(copy, end)
            Aside.reliable = Aside.reliable and answer.keys() == set(copy.names)
            found |= answer
        return {name: found[name] if name in found else work() for name, work in self._works.items()}


def _answer(copy: _Copy, end: float) -> dict[str, Any]:
    """What a copy sent; nothing where it failed or is not ready at ``end``."""
    sent = b""
    with os.fdopen(copy.pipe, "rb", buffering=0) as source:
        while select.select([source], [], [], max(0.0, end - time.monotonic()))[0] and (
            part := source.read(1 << 20)
        ):
            sent += part
    with suppress(ProcessLookupError):
        os.kill(copy.process, signal.SIGKILL)
    with suppress(ChildProcessError):
        os.waitpid(copy.process, 0)
    try:
        return dict(json.loads(sent))
    except ValueError:
        return {}
