"""Warm kernels: a kernel that is forked, libraries and data loaded, instead of started from nothing.

A process that has imported the libraries (and read and assessed a county) forks a :class:`WarmKernel` while it still has no thread and
no socket. The child waits; when a notebook is run, the provisioner hands it the connection file, and it becomes the notebook's kernel within
milliseconds. It is a process of its own like any kernel: nothing it does reaches its parent or another county, and it dies with its parent.
Where the system cannot fork, kernels start as ever.

:class:`WarmProvisioner` is registered under the name ``balance-analysis-warm`` with jupyter_client; plain papermill, nbclient and
JupyterLab use it without a change to the notebook when ``JUPYTER_DEFAULT_PROVISIONER_NAME`` names it.
"""

from __future__ import annotations

import asyncio
import ctypes
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any, Final, NoReturn

from jupyter_client.provisioning.factory import KernelProvisionerFactory
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

CAN_FORK: Final = hasattr(os, "fork") and sys.platform != "darwin"
"""macOS has fork, but its system libraries do not survive it."""
PROVISIONER: Final = "balance-analysis-warm"
_POLL_SECONDS: Final = 0.01
_PR_SET_PDEATHSIG: Final = 1


class WarmKernel:
    """One forked process that waits to become a kernel; looks like a :class:`subprocess.Popen` to the provisioner."""

    stdin = stdout = stderr = None

    def __init__(self) -> None:
        if threading.active_count() > 1:
            raise RuntimeError("a process with threads must not fork a kernel")
        sys.stdout.flush()
        sys.stderr.flush()
        read_end, self._write_end = os.pipe()
        self.returncode: int | None = None
        self.pid = os.fork()
        if self.pid == 0:
            os.close(self._write_end)
            _become_kernel(read_end)
        os.close(read_end)

    def begin(self, argv: Sequence[str], *, cwd: str | Path, env: Mapping[str, str]) -> None:
        """Tell the child which connection file to serve, where, and with which environment."""
        own = {"JPY_PARENT_PID": str(os.getpid())}  # by it the kernel notices that its parent has gone
        order = {"argv": list(argv), "cwd": str(cwd), "env": {**env, **own}}
        with os.fdopen(self._write_end, "w", encoding="utf-8") as pipe:
            json.dump(order, pipe)

    def poll(self) -> int | None:
        """The exit code, None while it runs."""
        if self.returncode is None:
            try:
                pid, status = os.waitpid(self.pid, os.WNOHANG)
            except ChildProcessError:  # somebody else has waited for it
                pid, status = self.pid, 0
            if pid:
                self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the end; ``TimeoutError`` after so many seconds."""
        until = None if timeout is None else time.monotonic() + timeout
        while (code := self.poll()) is None:
            if until is not None and time.monotonic() > until:
                raise TimeoutError(f"kernel {self.pid} still runs")
            time.sleep(_POLL_SECONDS)
        return code

    def send_signal(self, number: int) -> None:
        """Send a signal unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it."""
        self.send_signal(signal.SIGKILL)


_waiting: list[WarmKernel] = []
_fit_to_fork = False


def allow_fork() -> None:
    """Say that this process may fork one kernel: it is new, forked itself, and nothing in it has threads of its own yet."""
    global _fit_to_fork
    _fit_to_fork = CAN_FORK


def prepare_kernel() -> None:
    """Fork a kernel for the next notebook that this process runs, once, and where :func:`allow_fork` has said that it may be done.

    The typesetter keeps threads of its own that no fork survives, so that a process that has set a PDF forks no more.
    """
    global _fit_to_fork
    if _fit_to_fork and threading.active_count() == 1:
        _waiting.append(WarmKernel())
    _fit_to_fork = False


def discard_kernels() -> None:
    """End the kernels that no notebook has asked for."""
    while _waiting:
        kernel = _waiting.pop()
        kernel.kill()
        kernel.wait()


class WarmProvisioner(LocalProvisioner):
    """Gives a notebook the kernel that was forked for it; starts one as usual where none waits."""

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> Any:
        """Hand the connection file to a waiting kernel."""
        if not _waiting or "ipykernel_launcher" not in cmd:
            return await super().launch_kernel(cmd, **kwargs)
        kernel = _waiting.pop()
        kernel.begin(
            cmd[cmd.index("ipykernel_launcher") + 1 :],
            cwd=kwargs.get("cwd") or os.getcwd(),
            env=kwargs.get("env") or dict(os.environ),
        )
        self.process = kernel  # type: ignore[assignment]
        self.pid, self.pgid = kernel.pid, None
        return self.connection_info

    async def wait(self) -> int | None:
        """Wait for the kernel's end without holding up the loop."""
        if not isinstance(self.process, WarmKernel):
            return await super().wait()
        while await self.poll() is None:
            await asyncio.sleep(_POLL_SECONDS)
        code: int | None = self.process.returncode
        self.process = None
        return code


def _become_kernel(read_end: int) -> NoReturn:
    """In the child: wait for the order, then be the kernel. Ends the process, whatever happens."""
    code = 1
    try:
        die_with_parent()
        with os.fdopen(read_end, encoding="utf-8") as pipe:
            text = pipe.read()
        if text:  # else the parent has gone
            code = _run_kernel(json.loads(text))
    except BaseException:  # noqa: BLE001 - nothing may climb back into the parent's code
        import traceback

        traceback.print_exc()
    finally:
        os._exit(code)


def _run_kernel(order: Mapping[str, Any]) -> int:
    from ipykernel.kernelapp import IPKernelApp

    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    os.environ.clear()
    os.environ.update(order["env"])
    os.chdir(order["cwd"])
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nothing, stream)
    sys.argv = ["ipykernel_launcher", *order["argv"]]
    app: Any = IPKernelApp.instance()
    app.initialize(order["argv"])
    app.start()
    return 0


def die_with_parent() -> None:
    """Let the system end this process when its parent ends, however that may be; Linux only, elsewhere nothing."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


@contextmanager
def warm_kernels() -> Iterator[None]:
    """While this lasts, notebooks get the kernels that :func:`prepare_kernel` forked; those that none asked for are ended."""
    KernelProvisionerFactory.instance().provisioners[PROVISIONER] = EntryPoint(
        PROVISIONER, f"{__name__}:{WarmProvisioner.__name__}", KernelProvisionerFactory.GROUP_NAME
    )
    name = KernelProvisionerFactory.default_provisioner_name_env
    before = os.environ.get(name)
    os.environ[name] = PROVISIONER
    KernelProvisionerFactory.instance().default_provisioner_name = PROVISIONER
    try:
        yield
    finally:
        KernelProvisionerFactory.instance().default_provisioner_name = before or "local-provisioner"
        if before is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = before
        discard_kernels()
