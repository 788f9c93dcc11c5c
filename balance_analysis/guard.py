"""The outermost guard: nothing ends in a traceback, closed and full streams are no error of the program's own."""

from __future__ import annotations

import contextlib
import io
import os
import signal
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from balance_analysis.errors import BalanceAnalysisError, ParameterError, RegimeError, system_reason
from balance_analysis.words import say
from balance_analysis.words.library import plain_sentence

LEAST_MEMORY = 288 * 2**20
"""Bytes of address space; measured with ``ulimit -v``: at 293 MiB ``assess`` ends well, at 195 MiB OpenBLAS never comes back."""


def guarded(run: Callable[[], int]) -> int:
    """Run a command and return its exit code; whatever happens is one sentence on the error stream, Ctrl-C is 130."""
    os.environ.setdefault(
        "OPENBLAS_NUM_THREADS", "1"
    )  # more ask for memory that a limited process does not get
    _provide_streams()
    if not _enough_memory():
        return _told(plain_sentence("door.memory"), 1)
    with _interrupts() as interrupted:
        code = _caught(run, interrupted)
    return code if _flushed() else 1


def _enough_memory() -> bool:
    """Whether the process may have what the numerical libraries take while they are loaded: with less they wait for ever."""
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return True
    most = resource.getrlimit(resource.RLIMIT_AS)[0]
    return most == resource.RLIM_INFINITY or most >= LEAST_MEMORY


@contextlib.contextmanager
def _interrupts() -> Iterator[list[int]]:
    """Collects the interrupts (Ctrl-C) that came, each of them raised as ever; nothing outside the main thread."""
    came: list[int] = []

    def note(number: int, _: object) -> None:
        came.append(number)
        raise KeyboardInterrupt

    try:
        before = signal.signal(signal.SIGINT, note)
    except ValueError:  # not the main thread
        yield came
        return
    try:
        yield came
    finally:
        signal.signal(signal.SIGINT, before)


def _caught(run: Callable[[], int], interrupted: Sequence[int]) -> int:
    try:
        return run()
    except SystemExit:  # help, version or wrong use, told by argparse
        _flushed()
        raise
    except KeyboardInterrupt:
        return _told(plain_sentence("door.stopped"), 130)
    except BrokenPipeError:  # the reader (head, less) has seen enough
        return 0
    except (ParameterError, RegimeError) as error:
        return _told(say("commands.wrong_use", error=str(error)), 2)
    except BalanceAnalysisError as error:
        return _told(str(error), 1)
    except MemoryError:
        return _told(plain_sentence("door.memory"), 1)
    except OSError as error:
        return _told(
            say(
                "door.system",
                place=str(error.filename) if error.filename else None,
                reason=system_reason(error),
            ),
            1,
        )
    except Exception as error:  # noqa: BLE001 - the door: an error that nobody foresaw is a sentence, not a traceback
        if interrupted:  # a library that was being loaded has made another error of the interrupt
            return _told(plain_sentence("door.stopped"), 130)
        where = traceback.extract_tb(error.__traceback__)[-1]
        found = say(
            "door.unforeseen_at",
            kind=type(error).__name__,
            text=str(error),
            file=Path(where.filename).name,
            line=where.lineno or 0,
        )
        return _told(say("door.unforeseen", error=found), 1)


def _provide_streams() -> None:
    """Standard streams that are there and can print every character, whatever the caller closed or set."""
    for number, (name, mode) in enumerate((("stdin", "r"), ("stdout", "w"), ("stderr", "w"))):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest free number: this one, before a file does
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115
        elif mode == "w" and isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _told(text: str, code: int) -> int:
    with contextlib.suppress(OSError, ValueError):
        print(text, file=sys.stderr, flush=True)
    return code


def _flushed() -> bool:
    """Write out what the streams still hold; False where it cannot be written (a full disk)."""
    fine = True
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError as error:
            os.dup2(
                os.open(os.devnull, os.O_WRONLY), stream.fileno()
            )  # else the end of the program tries again
            if not isinstance(error, BrokenPipeError):
                fine = False
                _told(say("door.streams", reason=system_reason(error)), 1)
    return fine
