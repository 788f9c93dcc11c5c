"""Run the tests on the oldest declared versions, or on the newest Python: ``python benchmarks/oldest_newest.py oldest|newest [pytest options]``.

``oldest`` takes Python 3.11 and the lower end of every range of ``pyproject.toml``; ``newest`` the newest supported Python that is on this
machine and the locked versions. Either is installed into an environment of its own under ``build/``; needs the one that install.py made.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
MINORS = (14, 13, 12, 11)
NEVER = "rfc3987-syntax ; sys_platform == 'never'"
"""As in ``requirements/overrides.in``: an override says all."""
CHOSEN = ["tests/unit", "tests/golden", "tests/properties", "-m", "not slow and not nightly"]
LOCK_ONLY = ["--deselect", "tests/unit/test_environment.py", "--deselect", "tests/unit/test_install.py"]
"""What is true of the locked environment that install.py makes (with a pip in it), and of no other."""


def lower_ends() -> list[str]:
    """``name==version`` of every dependency that is declared as a range."""
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    ranges = (re.match(r"([a-z0-9-]+)>=([0-9.]+),<", line) for line in declared)
    return [f"{found[1]}=={found[2]}" for found in ranges if found]


def interpreter(profile: str) -> str:
    """The Python of a profile: 3.11, or the newest that starts on this machine."""
    for minor in MINORS if profile == "newest" else (11,):
        found = shutil.which(f"python3.{minor}")
        if found and subprocess.run([found, "-c", ""], check=False, capture_output=True).returncode == 0:
            return found
    sys.exit("no supported Python on this machine")


def environment(profile: str) -> Path:
    """Make the environment anew and give its interpreter."""
    uv, folder = [sys.executable, "-m", "uv"], ROOT / "build" / profile
    python = folder / "bin" / "python"
    subprocess.run([*uv, "venv", "--quiet", "--clear", "--python", interpreter(profile), folder], check=True)
    install = [*uv, "pip", "install", "--quiet", "--python", python]
    if profile == "oldest":
        ends = lower_ends()
        overrides, kept = folder / "overrides.txt", folder / "kept.txt"
        overrides.write_text("\n".join([*ends, NEVER]), encoding="utf-8")
        loose = {line.partition("==")[0] for line in ends} | {"contourpy", "pandas-stubs", "scipy-stubs"}
        locked = (ROOT / "requirements" / "test.txt").read_text(encoding="utf-8")
        pins = re.findall(r"^([a-z0-9.-]+)(==\S+(?: ;[^\\\n]*)?)", locked, flags=re.MULTILINE)
        kept.write_text("\n".join(name + pin for name, pin in pins if name not in loose), encoding="utf-8")
        subprocess.run(
            [*install, "-r", "pyproject.toml", "--extra", "test", "--override", overrides, "-c", kept],
            check=True, cwd=ROOT,
        )  # fmt: skip
    else:
        subprocess.run(
            [*install, "--require-hashes", "--no-deps", "-r", "requirements/test.txt"], check=True, cwd=ROOT
        )
    subprocess.run([*install, "--require-hashes", "-r", "requirements/tools.txt"], check=True, cwd=ROOT)
    subprocess.run([*install, "--no-deps", "--no-build-isolation", "--editable", "."], check=True, cwd=ROOT)
    return python


def main(profile: str, options: list[str]) -> int:
    """Install and run the chosen tests; the exit code of pytest."""
    python = environment(profile)
    subprocess.run([python, "-m", "uv", "pip", "list", "--python", python], check=True)
    command = [python, "-m", "pytest", "-p", "no:cacheprovider", *(options or CHOSEN), *LOCK_ONLY]
    return subprocess.run(
        command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=False
    ).returncode


if __name__ == "__main__":
    if len(sys.argv) < 2 or sys.argv[1] not in ("oldest", "newest"):
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1], sys.argv[2:]))
