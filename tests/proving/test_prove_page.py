"""docs/prove.md: its commands exist, and create the permissions."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from generator.cli import cli
from generator.emulator.aws import emulator
from generator.emulator.programs.aws_cli import aws_cli
from generator.proving.prove_policy import BOUNDARY, CALLER, STACKS
from tests.emulator.following import ROOT, steps

PAGE = (ROOT / "docs" / "prove.md").read_text(encoding="utf-8")
COMMANDS = [command for command, _ in steps(PAGE)]
OURS = [each for each in COMMANDS if each.startswith(".venv/bin/ecr-pipeline ")]


@pytest.mark.parametrize("command", OURS)
def test_a_command_of_the_page_exists(command: str) -> None:
    """With the options that the page gives it."""
    words = shlex.split(re.sub(" > .*", "", command))[1:]
    done = CliRunner().invoke(cli, [*words, "--help"])
    assert 0 == done.exit_code, done.output


def test_every_option_is_on_the_page() -> None:
    """Except the options that all commands have."""
    common = {"--profile", "--region", "--params-dir", "--help"}
    options = {name for each in cli.commands["prove"].params for name in each.opts if name.startswith("--")}
    assert set() == {each for each in options - common if each not in PAGE}


def test_the_page_creates_the_permissions(tmp_path: Path) -> None:
    """By its two commands, with the real AWS CLI."""
    [deploy] = [each for each in COMMANDS if each.startswith("aws ")]
    [printed] = [each for each in OURS if " > prove-policy.json" in each]
    (tmp_path / "prove-policy.json").write_text(
        CliRunner().invoke(cli, shlex.split(printed.partition(" > ")[0])[1:]).stdout, encoding="utf-8"
    )
    with emulator() as aws:
        path = f"{Path(aws_cli()).parent}:{os.environ['PATH']}"
        done = subprocess.run(
            shlex.split(deploy),
            cwd=tmp_path,
            env={**aws.environment(), "PATH": path},
            capture_output=True,
            text=True,
            check=False,
        )
        assert 0 == done.returncode, done.stderr
        made = {each["PolicyName"] for each in aws.inside("iam").list_policies(Scope="Local")["Policies"]}
        assert {CALLER, STACKS, BOUNDARY} == made
