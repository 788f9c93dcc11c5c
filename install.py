"""Install balance-analysis into ``.venv`` beside this file: ``python3 install.py [--tests]``.

Without the internet: ``python3 install.py --download FOLDER`` on a machine that has it, then
``python3 install.py --offline FOLDER`` on one of the same kind (operating system, processor, Python) that has not.

Needs Python, pip and a package index, nothing else: no compiler, no administrator, no conda. Every
package is a wheel whose hash is written down in ``requirements/``. Running it again is quick and
changes nothing. Why it is built this way: ``docs/decisions/0001-set-up.md``.
"""

from __future__ import annotations

import argparse
import json
import os
import ssl
import subprocess
import sys
import venv
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent
ENVIRONMENT = ROOT / ".venv"
OLDEST, FIRST_UNTRIED = (3, 11), (3, 15)  # the range of requires-python in pyproject.toml
# These would redirect or slow down the interpreters that are started below.
HINDRANCES = ("PYTHONDONTWRITEBYTECODE", "PYTHONHOME", "PYTHONPATH", "PIP_TARGET", "PIP_USER")


def main(arguments: Sequence[str] | None = None) -> int:
    """Install; return 0, or 1 after saying in Chinese which step failed."""
    parser = argparse.ArgumentParser(description="把 balance-analysis 及其全部依赖安装到本目录的 .venv")
    parser.add_argument("--tests", action="store_true", help="同时安装测试与代码检查工具")
    source = parser.add_mutually_exclusive_group()
    source.add_argument(
        "--download", type=Path, metavar="目录", help="只下载所需的包到这个目录，供不能上网的同类机器安装"
    )
    source.add_argument("--offline", type=Path, metavar="目录", help="不上网，用 --download 备好的目录安装")
    options = parser.parse_args(arguments)
    if not OLDEST <= sys.version_info[:2] < FIRST_UNTRIED:
        found = sys.version.split()[0]
        print(f"安装失败：当前 Python 为 {found}，需要 3.11 至 3.14。", file=sys.stderr)
        print("请换用该范围内的 python3 再运行。", file=sys.stderr)
        return 1
    selection = "test" if options.tests else "runtime"
    if options.offline is not None and not any(options.offline.glob("*.whl")):
        print(f"安装失败：目录 {options.offline} 中没有安装包（.whl）。", file=sys.stderr)
        print(
            "请先在能上网的同类机器上运行 python3 install.py --download 目录，再把该目录带过来。",
            file=sys.stderr,
        )
        return 1
    try:
        if options.download is not None:
            number = download(selection, options.download)
            print(f"已下载{number}个安装包：{options.download}")
            return 0
        install(selection, options.offline)
    except subprocess.CalledProcessError as error:
        print(f"安装失败：{' '.join(map(str, error.cmd))}（退出码 {error.returncode}）。", file=sys.stderr)
        print("请检查网络与软件源设置后重新运行；若仍失败，删除 .venv 目录再试。", file=sys.stderr)
        return 1
    print(f"安装完成：{ENVIRONMENT.relative_to(ROOT)}")
    return 0


LOCKED = ("--require-hashes", "--no-deps", "--only-binary", ":all:", "--requirement")


def download(selection: str, folder: Path) -> int:
    """Put every wheel that :func:`install` needs into ``folder``, by their hashes; return how many there are."""
    surroundings = {name: value for name, value in os.environ.items() if name not in HINDRANCES}
    pip = pip_for(create_environment(), surroundings)
    folder.mkdir(parents=True, exist_ok=True)
    print("正在下载安装包（约 200 MB）……", flush=True)
    for name in ("tools", selection):
        command = (
            *pip,
            "download",
            "--quiet",
            "--disable-pip-version-check",
            "--dest",
            str(folder.resolve()),
        )
        subprocess.run(
            (*command, *LOCKED, f"requirements/{name}.txt"), check=True, cwd=ROOT, env=surroundings
        )
    return len(list(folder.glob("*.whl")))


def install(selection: str, folder: Path | None = None) -> None:
    """Bring ``.venv`` to what ``requirements/<selection>.txt`` lists, and add this checkout to it.

    With ``folder`` nothing is asked of a package index: every package is taken from there.
    """
    from_folder = () if folder is None else ("--no-index", "--find-links", str(folder.resolve()))
    surroundings = {name: value for name, value in os.environ.items() if name not in HINDRANCES}
    python = create_environment()
    pip = pip_for(python, surroundings)

    def run(*command: str | Path) -> None:
        subprocess.run(command, check=True, cwd=ROOT, env=surroundings)

    quiet = ("--quiet", "--disable-pip-version-check")
    run(*pip, "install", *quiet, *from_folder, *LOCKED, "requirements/tools.txt")
    surroundings |= uv_settings(surroundings, configured_index(pip, surroundings))
    uv = (python, "-m", "uv", "pip", "install", "--python", python)
    print("正在安装依赖……" if folder else "正在下载并安装依赖（首次约 200 MB）……", flush=True)
    progress = () if sys.stderr.isatty() else ("--quiet",)
    run(*uv, *progress, "--compile-bytecode", *from_folder, *LOCKED, f"requirements/{selection}.txt")
    # An editable install has no hash, so it is a step of its own; hatchling came with the tools.
    run(*uv, "--quiet", *from_folder, "--no-deps", "--no-build-isolation", "--editable", ".")
    run(python, "-m", "compileall", "-q", "balance_analysis")
    speak_chinese()


def speak_chinese() -> None:
    """Let the environment's JupyterLab open in Chinese and ask no server for news; whoever chooses otherwise in its menu keeps that."""
    folder = ENVIRONMENT / "share" / "jupyter" / "lab" / "settings"
    folder.mkdir(parents=True, exist_ok=True)
    chosen = {
        "@jupyterlab/translation-extension:plugin": {"locale": "zh_CN"},
        "@jupyterlab/apputils-extension:notification": {
            "checkForUpdates": False,
            "fetchNews": "false",
        },  # asks nobody's server
    }
    (folder / "overrides.json").write_text(json.dumps(chosen, indent=1) + "\n", encoding="utf-8")


def create_environment() -> Path:
    """Return the interpreter of ``.venv``, made anew unless a working one is there.

    Debian keeps ensurepip in a package of its own; without it the environment gets no pip, and
    :func:`pip_for` uses the one outside.
    """
    folder, suffix = ("Scripts", ".exe") if os.name == "nt" else ("bin", "")
    python = ENVIRONMENT / folder / f"python{suffix}"
    if not works(python):
        try:
            from ensurepip import bootstrap  # noqa: F401
        except ImportError:
            with_pip = False
        else:
            with_pip = True
        venv.EnvBuilder(clear=True, with_pip=with_pip, symlinks=os.name != "nt").create(ENVIRONMENT)
    return python


def works(python: Path) -> bool:
    """Tell whether an interpreter is there, runs, and is of a supported version."""
    if not python.exists():
        return False
    question = f"import sys; sys.exit(not {OLDEST} <= sys.version_info[:2] < {FIRST_UNTRIED})"
    return subprocess.run([python, "-c", question], check=False, capture_output=True).returncode == 0


def pip_for(python: Path, surroundings: Mapping[str, str]) -> tuple[str | Path, ...]:
    """Return the command of a pip that installs into the environment of ``python``."""
    inside = (python, "-m", "pip")
    found = subprocess.run([*inside, "--version"], check=False, capture_output=True, env=surroundings)
    return inside if found.returncode == 0 else (sys.executable, "-m", "pip", "--python", python)


def configured_index(pip: Sequence[str | Path], surroundings: Mapping[str, str]) -> str | None:
    """Return the package index (a mirror, say) that the user set up for pip; None where none is set."""
    answer = subprocess.run(
        [*pip, "config", "list"],
        check=False, capture_output=True, text=True, env=surroundings,
    )  # fmt: skip
    # "config get" of pip 23.0 (Debian 12) reads the user's own file only; "list" shows what pip will use.
    listed = dict(line.partition("=")[::2] for line in answer.stdout.splitlines() if "=" in line)
    quoted = listed.get("global.index-url") or listed.get("install.index-url") or ""
    return surroundings.get("PIP_INDEX_URL") or quoted.strip().strip("'\"") or None


def uv_settings(surroundings: Mapping[str, str], index: str | None) -> dict[str, str]:
    """Return what makes uv see the world as pip does; settings the user made for uv come first.

    uv reads neither pip's choice of index nor the system's certificates of its own accord.
    """
    settings = {}
    if index:
        settings["UV_DEFAULT_INDEX"] = index
    if system_certificates():
        settings["UV_SYSTEM_CERTS"] = "true"
    return {name: value for name, value in settings.items() if name not in surroundings}


def system_certificates() -> bool:
    """Tell whether the system has a store of certificates (a bare container may have none)."""
    if sys.platform in ("win32", "darwin"):
        return True
    paths = ssl.get_default_verify_paths()
    return paths.cafile is not None or bool(paths.capath and any(Path(paths.capath).iterdir()))


if __name__ == "__main__":
    sys.exit(main())
