"""The programs that a build finds."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from generator.emulator.programs.registry import Registry
from generator.emulator.programs.tools import tools

REGISTRY = Registry("a registry", lambda _name, _image: None, '#!/bin/sh\necho docker "$@"\n')


def test_the_programs_of_a_build_come_first(tmp_path: Path) -> None:
    """`docker` is the registry's, `aws` the real CLI, `sleep` short; and they are deleted afterwards."""
    with tools(REGISTRY, git="", clusters=tmp_path, patience=7) as found:
        folder = Path(found.path.partition(":")[0])
        assert "docker pull\n" == subprocess.check_output([folder / "docker", "pull"], text=True)
        assert subprocess.check_output([folder / "aws", "--version"], text=True).startswith("aws-cli/1.")
        assert "--cli-read-timeout 7 " in (folder / "aws").read_text(encoding="utf-8")
        subprocess.run([folder / "sleep", "600"], check=True, timeout=20)
        assert "a registry" in found.said
    assert not folder.exists()


def test_without_jq_its_binding_is_used_and_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without the command can try a template nevertheless."""
    for name in ("sh", "sleep"):
        (tmp_path / name).symlink_to(shutil.which(name) or name)
    monkeypatch.setenv("PATH", str(tmp_path))
    with tools(REGISTRY, git="", clusters=tmp_path, patience=7) as found:
        jq = Path(found.path.partition(":")[0]) / "jq"
        assert "2\n" == subprocess.check_output([jq, "."], input="2", text=True)
        assert any("jq is not installed" in line for line in found.said)
