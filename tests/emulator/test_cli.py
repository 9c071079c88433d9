"""The AWS CLI that was started once: as the program itself in all that a caller sees."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from generator.emulator.cli import CLIENT, aws_cli
from generator.emulator.server import emulator

ITSELF = Path(sys.executable).with_name("aws")


@pytest.mark.parametrize(
    "arguments",
    [
        ["--version"],
        ["sts", "get-caller-identity", "--output", "text", "--query", "Account"],
        ["ecr", "describe-images", "--repository-name", "of/nobody"],
        ["ecr", "no-such-command"],
        ["s3", "cp", "-", "s3://of-nobody/file"],
        [],
    ],
)
def test_a_command_ends_as_the_program_itself_does(arguments: list[str], tmp_path: Path) -> None:
    """What it prints, where, and with which exit code it ends."""
    with emulator() as aws:
        environment = {**aws.environment(), "PATH": "/usr/bin:/bin", "AWS_MAX_ATTEMPTS": "1"}
        ours, theirs = (
            subprocess.run(
                [program, *arguments],
                env=environment,
                cwd=tmp_path,
                input="text",
                capture_output=True,
                text=True,
                check=False,
            )
            for program in (aws_cli(), ITSELF)
        )
    assert (theirs.returncode, theirs.stdout, theirs.stderr) == (ours.returncode, ours.stdout, ours.stderr)


def test_files_are_those_of_the_caller(tmp_path: Path) -> None:
    """A command reads and writes where it was called, and its input is the caller's."""
    (tmp_path / "policy.json").write_text('{"Statement": []}', encoding="utf-8")
    with emulator() as aws:
        aws.inside("s3").create_bucket(
            Bucket="orders", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
        )

        def run(*arguments: str) -> str:
            command, environment = [aws_cli(), *arguments], aws.environment()
            return subprocess.run(
                command, env=environment, cwd=tmp_path, input="text", capture_output=True, text=True, check=True
            ).stdout

        run("s3api", "put-object", "--bucket", "orders", "--key", "a", "--body", "policy.json")
        run("s3", "cp", "-", "s3://orders/b")
        assert "text" == run("s3", "cp", "s3://orders/b", "-")
        run("s3api", "get-object", "--bucket", "orders", "--key", "a", "copy.json")
    assert '{"Statement": []}' == (tmp_path / "copy.json").read_text(encoding="utf-8")


def test_a_command_whose_server_went_away_fails(tmp_path: Path) -> None:
    """Not with a traceback of ours: nobody could tell it from the command's."""
    command = [sys.executable, "-I", "-S", str(CLIENT), str(tmp_path / "socket"), "--version"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (255, "aws: the process that runs it has ended\n") == (done.returncode, done.stderr)


def test_it_ends_with_the_process_that_started_it() -> None:
    """However that ends."""
    code = "from generator.emulator.cli import aws_cli; import os, signal; print(aws_cli(), flush=True); {}"
    for end in ("pass", "os._exit(3)", "os.kill(os.getpid(), signal.SIGKILL)"):
        done = subprocess.run([sys.executable, "-c", code.format(end)], capture_output=True, text=True, check=False)
        program = Path(done.stdout.strip())
        assert "aws" == program.name
        for _ in range(100):
            if not program.exists():
                break
            time.sleep(0.1)
        assert not program.parent.exists()
        listed = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
        assert str(program.with_name("socket")) not in listed
