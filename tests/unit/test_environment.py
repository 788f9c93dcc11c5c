"""The set-up says one thing everywhere: pyproject.toml, requirements/, environment.yml, README, .ci/run.

Each checking function returns the list of its findings. It is tried twice: on the repository, where
the list must be empty, and on broken samples, each of which must be named.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

import install as installer

ROOT = Path(__file__).resolve().parents[2]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
CONDA = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
README = (ROOT / "README.md").read_text(encoding="utf-8")
LOCK_FILES = ("tools", "runtime", "docs", "test")
# conda-forge splits this one; the window toolkit is not needed.
CONDA_NAMES = {"matplotlib-base": "matplotlib"}
# Put together here so that this file passes its own check.
REGISTRY_HOSTS = tuple(
    ".".join(parts)
    for parts in [
        ("pypi", "org"),
        ("python" + "hosted", "org"),
        ("pypi", "python", "org"),
        ("anaconda", "org"),
        ("anaconda", "com"),
        ("registry", "npmjs", "org"),
        ("mirrors", "aliyun", "com"),
        ("mirrors", "tuna"),
        ("deb", "debian", "org"),
    ]
)


# ---------------------------------------------------------------- reading the files


def lock_lines(text: str) -> list[str]:
    """Return the logical lines of a requirements file: continuations joined, comments left out."""
    joined = text.replace("\\\n", " ")
    return [line.strip() for line in joined.splitlines() if line.strip() and not line.startswith("#")]


def lock_text(name: str) -> str:
    return (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")


def pins(requirements: list[str]) -> dict[str, set[str]]:
    """Map each package to the exact versions it is pinned to; an inexact requirement maps to nothing."""
    found: dict[str, set[str]] = {}
    for line in requirements:
        requirement = Requirement(line.split(" --hash")[0].strip())
        versions = {part.version for part in requirement.specifier if part.operator == "=="}
        exact = versions if len(requirement.specifier) == 1 and "*" not in str(versions) else set()
        found.setdefault(canonicalize_name(requirement.name), set()).update(exact)
    return found


def conda_requirements(environment: dict[str, Any]) -> list[str]:
    """Return the conda and pip requirements of environment.yml alike, under their names on the index."""
    found = []
    for entry in environment["dependencies"]:
        if isinstance(entry, dict):
            found += [line for line in entry["pip"] if not line.startswith("-")]
        elif not re.match(r"(python|pip)( |$)", entry):
            name, _, version = entry.partition(" ")
            found.append(CONDA_NAMES.get(name, name) + version)
    return found


def bash_blocks(markdown: str) -> list[str]:
    """Return the ``bash`` blocks that start at the margin, in order, without their fences."""
    return re.findall(r"^```bash\n(.*?)^```", markdown, flags=re.MULTILINE | re.DOTALL)


# ---------------------------------------------------------------- checking them


def disagreements(declared: list[str], other: dict[str, set[str]], *, where: str) -> list[str]:
    """Name every declared package that is unpinned, missing in ``other``, or pinned differently there.

    A range with both ends is kept by any one version inside it.
    """
    findings = []
    ranges = {str(canonicalize_name(one.name)): one.specifier for one in map(Requirement, declared)}
    for name, versions in pins(declared).items():
        if {part.operator for part in ranges[name]} == {">=", "<"} and name in other:
            outside = [version for version in other[name] if version not in ranges[name]]
            findings += [f"{name}: {version} outside {ranges[name]} in {where}" for version in outside]
            continue
        if len(versions) != 1:
            findings.append(f"{name}: not pinned to one version")
        elif name not in other:
            findings.append(f"{name}: missing in {where}")
        elif other[name] != versions:
            findings.append(f"{name}: {sorted(versions)} but {sorted(other[name])} in {where}")
    return findings


def unhashed(text: str) -> list[str]:
    """Name every line of a requirements file that is not ``name==version [; marker] --hash=sha256:…``."""
    shape = re.compile(r"[a-z0-9-]+==[^\s;]+( ;[^#]*?)?(\s+--hash=sha256:[0-9a-f]{64})+")
    return [line.split(" --hash")[0] for line in lock_lines(text) if not shape.fullmatch(line)]


def hosts_named(text: str) -> list[str]:
    return [host for host in REGISTRY_HOSTS if host in text.lower()]


def python_ranges(pyproject: dict[str, Any], environment: dict[str, Any]) -> set[str]:
    """Return the different ranges of Python named in pyproject.toml, environment.yml and install.py."""
    conda = next(entry for entry in environment["dependencies"] if str(entry).startswith("python "))
    oldest, untried = (".".join(map(str, pair)) for pair in (installer.OLDEST, installer.FIRST_UNTRIED))
    stated = [
        pyproject["project"]["requires-python"],
        conda.removeprefix("python "),
        f">={oldest},<{untried}",
    ]
    return {str(SpecifierSet(text)) for text in stated}


# ---------------------------------------------------------------- versions


DEPENDENCIES: list[str] = PYPROJECT["project"]["dependencies"]
TEST_EXTRA: list[str] = PYPROJECT["project"]["optional-dependencies"]["test"]
DOCS_EXTRA: list[str] = PYPROJECT["project"]["optional-dependencies"]["docs"]


def test_every_runtime_dependency_has_the_same_version_in_the_lock_file():
    assert disagreements(DEPENDENCIES, pins(lock_lines(lock_text("runtime"))), where="runtime.txt") == []


def test_every_runtime_and_test_dependency_has_the_same_version_in_the_test_lock_file():
    locked = pins(lock_lines(lock_text("test")))
    assert disagreements(DEPENDENCIES + TEST_EXTRA + DOCS_EXTRA, locked, where="test.txt") == []


def test_every_dependency_of_the_site_has_the_same_version_in_its_lock_file():
    assert (
        disagreements(DEPENDENCIES + DOCS_EXTRA, pins(lock_lines(lock_text("docs"))), where="docs.txt") == []
    )


@pytest.mark.parametrize("smaller, larger", [("runtime", "docs"), ("docs", "test")])
def test_a_larger_lock_file_holds_every_line_of_the_smaller(smaller, larger):
    assert set(lock_lines(lock_text(smaller))) <= set(lock_lines(lock_text(larger)))


def test_conda_users_get_the_same_versions_and_nothing_else():
    conda = conda_requirements(CONDA)
    locked = pins(lock_lines(lock_text("runtime")))
    assert disagreements(DEPENDENCIES, pins(conda), where="environment.yml") == []
    assert {name: versions for name, versions in pins(conda).items() if locked[name] != versions} == {}
    assert pins(conda).keys() == pins(DEPENDENCIES).keys()


def test_the_build_backend_is_the_one_that_the_tools_bring():
    required = PYPROJECT["build-system"]["requires"]
    assert disagreements(required, pins(lock_lines(lock_text("tools"))), where="tools.txt") == []


def test_python_ranges_agree():
    assert len(python_ranges(PYPROJECT, CONDA)) == 1


@pytest.mark.parametrize(
    "declared, locked, finding",
    [
        (["pandas==3.1.1"], ["pandas==3.1.0"], "pandas: ['3.1.1'] but ['3.1.0'] in x"),
        (["pandas==3.1.1"], ["numpy==2.4.6"], "pandas: missing in x"),
        (["pandas>=3"], ["pandas==3.1.0"], "pandas: not pinned to one version"),
        (["pandas>=3,<3.1"], ["pandas==3.1.0"], "pandas: 3.1.0 outside <3.1,>=3 in x"),
        (["pandas==3.*"], ["pandas==3.1.0"], "pandas: not pinned to one version"),
        (["pandas"], ["pandas==3.1.0"], "pandas: not pinned to one version"),
        (
            ["pandas==3.1.1"],
            ["pandas==3.1.1 ; python_version < '3.12'", "pandas==3.2.0 ; python_version >= '3.12'"],
            "pandas: ['3.1.1'] but ['3.1.1', '3.2.0'] in x",
        ),
    ],
)
def test_a_disagreement_is_named(declared, locked, finding):
    assert disagreements(declared, pins(locked), where="x") == [finding]


def test_a_conda_line_with_another_version_is_read_and_found():
    environment = {
        "dependencies": ["python >=3.11", "matplotlib-base ==3.10.0", {"pip": ["typst==0.1", "-e ."]}]
    }
    assert pins(conda_requirements(environment)) == {"matplotlib": {"3.10.0"}, "typst": {"0.1"}}


def test_another_python_range_is_found():
    environment = {"dependencies": ["python >=3.12,<3.15"]}
    assert len(python_ranges(PYPROJECT, environment)) == 2


# ---------------------------------------------------------------- hashes and hosts


@pytest.mark.parametrize("name", LOCK_FILES)
def test_every_locked_line_has_a_version_and_hashes(name):
    assert unhashed(lock_text(name)) == []
    assert lock_lines(lock_text(name))


@pytest.mark.parametrize(
    "line",
    [
        "six==1.17.0",
        "six>=1.17.0 --hash=sha256:" + "0" * 64,
        "six==1.17.0 --hash=sha256:" + "0" * 63,
        "six==1.17.0 --hash=md5:" + "0" * 32,
        "--index-url somewhere",
        "-e .",
    ],
)
def test_a_line_without_proper_hashes_is_named(line):
    good = "attrs==26.1.0 ; python_version < '4' \\\n    --hash=sha256:" + "a" * 64
    assert unhashed(f"{good}\n{line}\n") == [line.split(" --hash")[0]]


@pytest.mark.parametrize("name", ["runtime", "docs", "test"])
def test_the_slow_optional_grammar_stays_out(name):
    """Where it is installed every process that imports nbformat builds a grammar (decision 0002)."""
    assert {"rfc3987-syntax", "lark"}.isdisjoint(pins(lock_lines(lock_text(name))))


def test_matplotlib_stays_below_the_version_that_seaborn_cannot_use():
    (declared,) = [one for one in map(Requirement, DEPENDENCIES) if one.name == "matplotlib"]
    assert not declared.specifier.contains("3.13")


def tracked_files() -> list[Path]:
    if not (ROOT / ".git").exists() or shutil.which("git") is None:
        pytest.skip("not a git checkout: the committed files cannot be listed")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True)
    return [path for name in listed.stdout.split("\0") if name and (path := ROOT / name).is_file()]


def test_no_committed_file_names_the_host_of_a_package_registry():
    named = {
        str(path.relative_to(ROOT)): hosts
        for path in tracked_files()
        if (hosts := hosts_named(path.read_bytes().decode("utf-8", errors="replace")))
    }
    assert named == {}


@pytest.mark.parametrize("host", REGISTRY_HOSTS)
def test_a_host_is_found_in_any_case(host):
    assert host in hosts_named(f"--index-url HTTPS://{host.upper()}/simple")


# ---------------------------------------------------------------- README and .ci/run


FIRST_COMMANDS = ["python3 install.py", "balance-analysis report"]
SECOND_COMMANDS = [
    "python3 install.py --tests",
    "ruff check .",
    "mypy -n auto",
    "python -m pytest -n auto --dist loadgroup",
    "python -m pytest -n auto --dist loadfile --nbval --nbval-current-env notebooks/",
]
# Stands for every program of the two blocks: notes its call, and fails where FAIL says so.
RECORDER = """#!/bin/sh
call="$(basename "$0") $*"
call="${call% }"
echo "$call" >> "$LOG"
case "$call" in $FAIL) exit 1 ;; esac
"""


@pytest.fixture
def rehearsal(tmp_path):
    """Return a function that runs a command among recorders instead of programs: (exit code, calls)."""
    stage = tmp_path / "stage"
    programs = [stage / ".venv/bin" / name for name in ("balance-analysis", "ruff", "mypy", "python")]
    for program in [*programs, stage / "bin/python3"]:
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text(RECORDER, encoding="utf-8")
        program.chmod(0o755)
    (stage / ".ci").mkdir()
    shutil.copy(ROOT / ".ci/run", stage / ".ci/run")

    def run(*command: str, fail: str = "nothing", readme: str = README) -> tuple[int, list[str]]:
        log = stage / "log"
        log.write_text("", encoding="utf-8")
        (stage / "README.md").write_text(readme, encoding="utf-8")
        environment = {
            "PATH": f"{stage}/bin:{os.environ['PATH']}",
            "LOG": str(log),
            "FAIL": fail,
            "CI": "true",
        }
        done = subprocess.run(command, cwd=stage, env=environment, capture_output=True, check=False)
        return done.returncode, log.read_text(encoding="utf-8").splitlines()

    return run


def test_readmes_first_command_installs_and_writes_the_sample_reports(rehearsal):
    code, calls = rehearsal("bash", "-c", bash_blocks(README)[0])
    assert code == 0
    assert [call[: len(wanted)] for call, wanted in zip(calls, FIRST_COMMANDS, strict=True)] == FIRST_COMMANDS
    assert "data/sample/" in calls[1]
    assert calls[1].endswith(" -o reports")


def test_readmes_second_command_installs_and_runs_every_check(rehearsal):
    assert rehearsal("bash", "-c", bash_blocks(README)[1]) == (0, SECOND_COMMANDS)


@pytest.mark.parametrize("number", range(len(SECOND_COMMANDS)))
def test_a_failing_step_stops_readmes_second_command(rehearsal, number):
    code, calls = rehearsal("bash", "-c", bash_blocks(README)[1], fail=SECOND_COMMANDS[number])
    assert code == 1
    assert calls == SECOND_COMMANDS[: number + 1]


def test_a_failing_installation_stops_readmes_first_command(rehearsal):
    assert rehearsal("bash", "-c", bash_blocks(README)[0], fail="python3*") == (1, ["python3 install.py"])


def test_ci_runs_readmes_second_command(rehearsal):
    assert rehearsal("bash", ".ci/run") == (0, SECOND_COMMANDS)


def test_ci_follows_readme_when_readme_changes(rehearsal):
    first, other = "```bash\nmypy-first\n```\n", "```python\nx\n```\n"
    readme = f"{first}{other}```bash\npython3 changed &&\n  .venv/bin/mypy\n```\n"
    assert rehearsal("bash", ".ci/run", readme=readme) == (0, ["python3 changed", "mypy"])


@pytest.mark.parametrize("number", range(len(SECOND_COMMANDS)))
def test_ci_fails_with_any_of_its_steps(rehearsal, number):
    code, calls = rehearsal("bash", ".ci/run", fail=SECOND_COMMANDS[number])
    assert code != 0
    assert calls == SECOND_COMMANDS[: number + 1]


def test_ci_fails_when_readme_has_no_second_command(rehearsal):
    code, calls = rehearsal("bash", ".ci/run", readme="```bash\npython3 install.py\n```\n")
    assert code != 0
    assert calls == []
