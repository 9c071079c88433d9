"""The Git server: its repositories on this machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from generator.emulator.programs.git_server import git_server
from generator.errors import GeneratorError


def test_the_files_of_a_branch_are_listed() -> None:
    """After two commits; none of a repository that does not exist."""
    with git_server("eu-west-1", lambda _: "") as server:
        assert [] == server.files("example/deployments", "main")
        server.create("example/deployments", "main", {"b/c.yaml": "x"})
        server.create("example/deployments", "main", {"a.yaml": "y"})
        assert ["a.yaml", "b/c.yaml"] == server.files("example/deployments", "main")
        assert "y" == server.read("example/deployments", "main", "a.yaml").strip()


def test_a_git_that_is_too_old_is_an_error_of_the_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its own words are reported, without a traceback."""
    program = tmp_path / "git"
    program.write_text("#!/bin/sh\necho 'error: unknown option `initial-branch' >&2\nexit 129\n", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with git_server("eu-west-1", lambda _: "") as server, pytest.raises(GeneratorError) as caught:
        server.create("example/deployments", "main", {"a.yaml": "x"})
    assert "git init fails on this machine: error: unknown option `initial-branch" == str(caught.value)
