"""install.py: what it hands to uv, what it refuses, and what it says when a step fails."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import install as installer


def pip_environment(**changes: str) -> dict[str, str]:
    """Return the surroundings without any choice of index but ``changes``."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PIP_")} | changes


def configured_index(surroundings: dict[str, str]) -> str | None:
    pip = installer.pip_for(Path(sys.executable), surroundings)
    return installer.configured_index(pip, surroundings)


def test_a_mirror_in_pips_settings_is_found(tmp_path):
    settings = tmp_path / "pip.conf"
    settings.write_text("[global]\nindex-url = https://mirror.example/simple\n", encoding="utf-8")
    assert configured_index(pip_environment(PIP_CONFIG_FILE=str(settings))) == "https://mirror.example/simple"


def test_a_mirror_in_the_environment_comes_before_the_settings(tmp_path):
    settings = tmp_path / "pip.conf"
    settings.write_text("[global]\nindex-url = https://mirror.example/simple\n", encoding="utf-8")
    surroundings = pip_environment(
        PIP_CONFIG_FILE=str(settings), PIP_INDEX_URL="https://other.example/simple"
    )
    assert configured_index(surroundings) == "https://other.example/simple"


def test_without_a_mirror_none_is_handed_on():
    assert configured_index(pip_environment(PIP_CONFIG_FILE=os.devnull)) is None


def test_the_users_mirror_and_the_systems_certificates_reach_uv(monkeypatch):
    monkeypatch.setattr(installer, "system_certificates", lambda: True)
    settings = installer.uv_settings({}, "mirror")
    assert settings == {"UV_DEFAULT_INDEX": "mirror", "UV_SYSTEM_CERTS": "true"}


def test_what_the_user_set_for_uv_is_left_alone(monkeypatch):
    monkeypatch.setattr(installer, "system_certificates", lambda: True)
    own = {"UV_DEFAULT_INDEX": "own", "UV_SYSTEM_CERTS": "false"}
    assert installer.uv_settings(own, "mirror") == {}


def test_without_a_store_of_certificates_uv_keeps_its_own(monkeypatch):
    monkeypatch.setattr(installer, "system_certificates", lambda: False)
    assert installer.uv_settings({}, None) == {}


def test_an_unsupported_python_is_refused_in_chinese(monkeypatch, capsys):
    monkeypatch.setattr(installer, "OLDEST", (4, 0))
    assert installer.main([]) == 1
    assert "需要 3.11 至 3.14" in capsys.readouterr().err


def test_a_failing_step_is_reported_in_chinese_with_its_remedy(monkeypatch, capsys):
    def fail(selection: str, folder: Path | None) -> None:
        raise subprocess.CalledProcessError(2, ["uv", selection])

    monkeypatch.setattr(installer, "install", fail)
    assert installer.main(["--tests"]) == 1
    message = capsys.readouterr().err
    assert "安装失败：uv test（退出码 2）" in message
    assert "删除 .venv 目录再试" in message


def test_a_broken_interpreter_is_not_taken_for_a_working_one(tmp_path):
    broken = tmp_path / "python"
    assert not installer.works(broken)
    broken.write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    broken.chmod(0o755)
    assert not installer.works(broken)


def test_an_offline_folder_without_packages_is_refused_in_chinese(tmp_path, capsys):
    assert installer.main(["--offline", str(tmp_path)]) == 1
    assert "没有安装包" in capsys.readouterr().err


def recorder(commands):
    """Stands in for subprocess.run: notes the command and says that it went well."""

    def run(command, **_):
        commands.append([str(part) for part in command])
        return subprocess.CompletedProcess(command, 0, "", "")

    return run


def test_offline_every_package_comes_from_the_folder_and_none_from_an_index(tmp_path, monkeypatch):
    (tmp_path / "one-1.0-py3-none-any.whl").touch()
    commands: list[list[str]] = []
    monkeypatch.setattr(installer, "create_environment", lambda: Path(sys.executable))
    monkeypatch.setattr(subprocess, "run", recorder(commands))
    installer.install("runtime", tmp_path)
    installs = [command for command in commands if "install" in command]
    assert len(installs) == 3
    for command in installs:
        assert command[command.index("--find-links") - 1 :][:3] == [
            "--no-index",
            "--find-links",
            str(tmp_path),
        ]
    commands.clear()
    installer.install("runtime")
    assert not any("--no-index" in command for command in commands)


def test_downloading_takes_the_hashed_files_and_installs_nothing(tmp_path, monkeypatch):
    commands: list[list[str]] = []
    monkeypatch.setattr(installer, "create_environment", lambda: Path(sys.executable))
    monkeypatch.setattr(subprocess, "run", recorder(commands))
    installer.download("test", tmp_path / "wheels")
    fetched = [command for command in commands if "download" in command]
    assert [command[-1] for command in fetched] == ["requirements/tools.txt", "requirements/test.txt"]
    assert all("--require-hashes" in command for command in fetched)
    assert not any("install" in command for command in commands)
