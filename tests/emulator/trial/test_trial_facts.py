"""Where a trial comes from: the version of the generator, and its commit where it has one of its own."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from generator.emulator.trial.trial_facts import commit_of, facts


def test_a_trial_has_its_time_and_the_command_that_repeats_it() -> None:
    """To the minute, in UTC."""
    found = facts("pipeline-ecs", "ecr-pipeline try", {"a.json": {"Name": "orders"}})
    assert re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2} UTC", found.tried_at)
    assert re.fullmatch(r"[0-9.]+(, commit [0-9a-f]{12}(-dirty)?)?", found.generator)
    assert {"a.json": {"Name": "orders"}} == found.parameters


def test_a_commit_is_that_of_the_clone_of_the_package(tmp_path: Path) -> None:
    """Not of a repository that the environment of an installed package happens to be in."""
    git = ["git", "-C", str(tmp_path), "-c", "user.name=a", "-c", "user.email=a@example.com"]
    package = tmp_path / "generator"
    package.mkdir()
    (package / "a.py").write_text("")
    assert "" == commit_of(package)
    for words in (["init", "-q"], ["add", "."], ["commit", "-qm", "a"]):
        subprocess.run([*git, *words], check=True)
    commit = subprocess.run([*git, "rev-parse", "HEAD"], check=True, capture_output=True, text=True).stdout[:12]
    assert commit == commit_of(package)
    (package / "a.py").write_text("changed")
    assert f"{commit}-dirty" == commit_of(package)
    installed = tmp_path / ".venv/lib/ecr_pipeline"
    installed.mkdir(parents=True)
    assert "" == commit_of(installed)
