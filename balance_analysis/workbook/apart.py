"""Reading a workbook in a process of its own, with limits on memory and time.

What is large, old or of another program's format is parsed here: a parser that asks for too much memory, or never
comes back, then ends this process and not the run. Where a platform has no such limits (Windows), the time limit and
the checks of :mod:`archive` and :mod:`sheet_xml` alone hold. Content goes in by the standard input, JSON comes out.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from balance_analysis.workbook.archive import MEBIBYTE, RefusedError, too_large
from balance_analysis.workbook.excel import Grid, read_excel
from balance_analysis.workbook.xlsx_cells import BadCell

MOST_MEMORY = 700 * MEBIBYTE
MOST_SECONDS = 15
MOST_ANSWER = 256 * MEBIBYTE


def read_apart(content: bytes) -> list[Grid]:
    """The sheets of a workbook, read by a process with limits; :class:`RefusedError` where it reaches one."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(part for part in sys.path if part)}
    command = [sys.executable, "-P", "-X", "utf8", "-m", "balance_analysis.workbook.apart"]
    try:
        done = subprocess.run(
            command, input=content, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment,
            timeout=MOST_SECONDS, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise too_large(f"{MOST_SECONDS}秒内没有读完") from None
    except (OSError, MemoryError):
        raise too_large("系统资源不足，不能另开进程读取") from None
    if done.returncode:
        raise too_large("读取所需的内存或时间超出限度")
    answer = json.loads(done.stdout, object_hook=_value)
    if "refused" in answer:
        raise RefusedError(**answer["refused"])
    return [_grid(item) for item in answer["grids"]]


def serve() -> None:
    """What the process of its own does: limit itself, read, answer."""
    content = sys.stdin.buffer.read()
    _limit()
    try:
        answer: dict[str, Any] = {"grids": [vars(grid) for grid in read_excel(content, apart=True)]}
        for grid in answer["grids"]:
            grid["rows"] = [_trimmed(row) for row in grid["rows"]]
        text = json.dumps(answer, ensure_ascii=False, default=_plain).encode("utf-8", "surrogatepass")
        if len(text) > MOST_ANSWER:
            raise too_large("单元格的内容合计过长")
    except RefusedError as reason:
        text = json.dumps({"refused": reason.parts()}).encode()
    except MemoryError:
        text = json.dumps({"refused": too_large("读取时内存不足").parts()}).encode()
    sys.stdout.buffer.write(text)


def _limit() -> None:
    try:
        import resource
    except ImportError:  # Windows
        return
    for kind, most in (
        (resource.RLIMIT_AS, MOST_MEMORY), (resource.RLIMIT_CPU, MOST_SECONDS), (resource.RLIMIT_CORE, 0),
    ):  # fmt: skip
        hard = resource.getrlimit(kind)[1]
        resource.setrlimit(kind, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


def _trimmed(row: list[Any]) -> list[Any]:
    """A row without the blanks at its end."""
    length = len(row)
    while length and isinstance(row[length - 1], str) and not row[length - 1]:
        length -= 1
    return row[:length]


def _plain(value: Any) -> Any:
    """What JSON does not know."""
    if isinstance(value, BadCell):
        return {"bad": [value.kind, value.text]}
    if isinstance(value, datetime | date | time):
        return {type(value).__name__: value.isoformat()}
    return {"timedelta": value.total_seconds()}


def _value(item: Mapping[str, Any]) -> Any:
    """The inverse of :func:`_plain`."""
    if len(item) == 1:
        ((kind, content),) = item.items()
        readers = {"datetime": datetime.fromisoformat, "date": date.fromisoformat, "time": time.fromisoformat}
        if kind in readers:
            return readers[kind](content)
        if kind == "timedelta":
            return timedelta(seconds=content)
        if kind == "bad":
            return BadCell(*content)
    return item


def _grid(item: Mapping[str, Any]) -> Grid:
    merged = tuple(((top, left), (bottom, right)) for (top, left), (bottom, right) in item["merged"])
    columns, rows = tuple(item["hidden_columns"]), tuple(item["hidden_rows"])
    return Grid(item["name"], item["rows"], merged, item["state"], rows, columns)


if __name__ == "__main__":
    serve()
