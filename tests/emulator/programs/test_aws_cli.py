"""The AWS CLI that was started once: it prints, leaves behind and ends as the program itself."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from generator.emulator.aws import emulator
from generator.emulator.front.clients import environment
from generator.emulator.programs.aws_cli import aws_cli
from generator.emulator.programs.prepared import CLIENT
from generator.emulator.programs.prepared_server import finished

pytestmark = pytest.mark.slow

ITSELF = Path(sys.executable).with_name("aws")
NOWHERE = dict.fromkeys(("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"), os.devnull)

IMPORT = "from generator.emulator.programs.aws_cli import"


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
    """Its output, on both streams, and its exit code."""
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


@pytest.mark.parametrize(
    "script",
    [
        'AWS_CONFIG_FILE=configuration "$0" configure get region',
        'AWS_SHARED_CREDENTIALS_FILE=configuration "$0" configure get region',
        'unset AWS_CONFIG_FILE; "$0" configure get region',
        'AWS_PROFILE=nobody "$0" sts get-caller-identity',
        'AWS_DEFAULT_PROFILE=nobody "$0" sts get-caller-identity',
        'AWS_DATA_PATH=models "$0" of-mine',
        '"$0" --version >&-',
        '"$0" --version <&-',
        '"$0" --version 2>&-',
    ],
)
def test_configuration_and_closed_files_are_those_of_the_caller(script: str, tmp_path: Path) -> None:
    """A command that a started program cannot take over goes to the program itself."""
    regional = "[default]\nregion = eu-west-3\n"
    model = '{"metadata": {"serviceId": "Mine"}, "operations": {}}'
    files = {"configuration": regional, ".aws/config": regional, "models/of-mine/2020-01-01/service-2.json": model}
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    variables = {**NOWHERE, "HOME": str(tmp_path), "PATH": "/usr/bin:/bin", "AWS_EC2_METADATA_DISABLED": "true"}
    ours, theirs = (
        subprocess.run(
            ["sh", "-c", script, program], env=variables, cwd=tmp_path, capture_output=True, text=True, check=False
        )
        for program in (aws_cli(), str(ITSELF))
    )
    assert (theirs.returncode, theirs.stdout, theirs.stderr) == (ours.returncode, ours.stdout, ours.stderr)


@pytest.mark.parametrize("program", [aws_cli, lambda: str(ITSELF)], ids=["ours", "itself"])
@pytest.mark.parametrize(("sent", "code", "said"), [("SIGTERM", -15, ""), ("SIGKILL", -9, ""), ("SIGINT", 130, "\n")])
def test_a_command_that_waits_ends_with_its_caller(program: Callable[[], str], sent: str, code: int, said: str) -> None:
    """Its output is closed soon, and nothing of ours is written there."""
    # If the tests were started in the background, Ctrl-C is ignored.
    heard = "import os, signal, sys; signal.signal(signal.SIGINT, signal.SIG_DFL); os.execv(sys.argv[1], sys.argv[1:])"
    command = [sys.executable, "-c", heard, program(), "sts", "get-caller-identity"]
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(60)
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        variables = environment(url, access_key="AKIDEXAMPLE", region="eu-west-1")
        waiting = subprocess.Popen(command, env=variables, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        call, _ = silent.accept()
        with call:
            waiting.send_signal(signal.Signals[sent])
            stdout, stderr = waiting.communicate(timeout=30)
    assert (code, said, "") == (waiting.returncode, stdout, stderr)


@pytest.mark.parametrize("program", [aws_cli, lambda: str(ITSELF)], ids=["ours", "itself"])
def test_output_without_a_reader_is_no_success(program: Callable[[], str]) -> None:
    """Python's exit code for it is 120."""
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as unread:
        done = subprocess.run([program(), "--version"], env=NOWHERE, stdout=unread, stderr=subprocess.PIPE, check=False)
    assert 120 == done.returncode
    assert b"Broken pipe" in done.stderr
    assert b"Traceback" not in done.stderr


def ending(error: BaseException) -> Callable[[list[str]], None]:
    """A program that ends with the exception."""

    def main(_arguments: list[str]) -> None:
        raise error

    return main


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (SystemExit(), 0, ""),
        (SystemExit(3), 3, ""),
        (SystemExit(256 + 3), 3, ""),
        (SystemExit("no"), 1, "no\n"),
        (MemoryError(), 1, "MemoryError\n"),
    ],
)
def test_an_exception_is_the_exit_code_that_python_has_for_it(
    error: BaseException, code: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Only unexpected errors have a traceback."""
    assert code == finished(ending(error), [])
    assert said == re.sub("^Traceback.*\n(  .*\n)*", "", capsys.readouterr().err)


def test_files_are_those_of_the_caller(tmp_path: Path) -> None:
    """A command reads and writes where it was called, with the caller's input and umask."""
    (tmp_path / "policy.json").write_text('{"Statement": []}', encoding="utf-8")
    with emulator() as aws:
        aws.inside("s3").create_bucket(
            Bucket="orders", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
        )

        def run(*arguments: str) -> str:
            command, environment = [aws_cli(), *arguments], aws.environment()
            return subprocess.run(
                command,
                env=environment,
                cwd=tmp_path,
                input="text",
                capture_output=True,
                text=True,
                check=True,
                umask=0o27,
            ).stdout

        run("s3api", "put-object", "--bucket", "orders", "--key", "a", "--body", "policy.json")
        run("s3", "cp", "-", "s3://orders/b")
        assert "text" == run("s3", "cp", "s3://orders/b", "-")
        run("s3api", "get-object", "--bucket", "orders", "--key", "a", "copy.json")
    assert '{"Statement": []}' == (tmp_path / "copy.json").read_text(encoding="utf-8")
    assert 0o640 == (tmp_path / "copy.json").stat().st_mode & 0o777


def test_a_command_whose_server_went_away_fails(tmp_path: Path) -> None:
    """Not with a traceback of ours, which would look like the command's own."""
    command = [sys.executable, "-I", "-S", str(CLIENT), str(tmp_path), "aws", "--version"]
    done = subprocess.run(command, env=NOWHERE, capture_output=True, text=True, check=False)
    assert (255, "aws: the process that runs it has ended\n") == (done.returncode, done.stderr)


def test_it_ends_with_the_process_that_started_it() -> None:
    """However that ends."""
    code = (
        "from generator.emulator.programs.aws_cli import aws_cli; import os, signal; print(aws_cli(), flush=True); {}"
    )
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
        assert str(program.parent) not in listed


def test_a_folder_for_temporary_files_may_have_a_long_name(tmp_path: Path) -> None:
    """Longer than the path of a socket may be."""
    long = tmp_path / ("x" * 120)
    long.mkdir()
    code = f"{IMPORT} aws_cli; import subprocess; subprocess.run([aws_cli(), '--version'])"
    variables = {**os.environ, **NOWHERE, "TMPDIR": str(long)}
    done = subprocess.run([sys.executable, "-c", code], env=variables, capture_output=True, text=True, check=False)
    assert ("aws-cli/", "") == (done.stdout[:8], done.stderr)
    assert not list(long.iterdir())


@pytest.mark.parametrize(("script", "said"), [("raise OSError('no room')", "OSError: no room"), ("", "exit code 0")])
def test_a_start_that_fails_says_why(script: str, said: str, tmp_path: Path) -> None:
    """And leaves nothing behind."""
    server, folder = tmp_path / "server.py", tmp_path / "folder"
    server.write_text(script, encoding="utf-8")
    folder.mkdir()
    code = (
        "import sys; from pathlib import Path; from generator.emulator.programs.prepared import ready, start; "
        "ready(start('aws', Path(sys.argv[1])))"
    )
    command, variables = [sys.executable, "-c", code, str(server)], {**os.environ, "TMPDIR": str(folder)}
    done = subprocess.run(command, env=variables, capture_output=True, text=True, check=False)
    assert done.stderr.endswith(f"GeneratorError: the AWS CLI does not start: {said}\n")
    assert not list(folder.iterdir())
