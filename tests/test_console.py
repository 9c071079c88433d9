"""Shared behaviour of all commands: errors of a user and bugs, imports, interrupts, pipes, a full disk, completion."""

from __future__ import annotations

import errno
import io
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.shell_completion import ShellComplete
from click.testing import CliRunner, Result

from generator import catalog
from generator.cli import cli
from generator.console import Commands, coloured, progress, temporary_space
from generator.errors import GeneratorError, WrongUsageError

ROOT = Path(__file__).resolve().parent.parent
NAME = next(iter(catalog.templates()))
COMMAND = [sys.executable, "-m", "generator"]
HEAVY = ("cfnlint", "sympy", "networkx", "jsonschema", "tempfile", "importlib.metadata")
IMPORTED = """
import sys
from generator.cli import cli
cli(sys.argv[1:], standalone_mode=False)
print(*sys.modules, file=sys.stderr)
"""


def imported(*arguments: str | Path) -> set[str]:
    """The modules that a command has loaded when it ends."""
    command = [sys.executable, "-c", IMPORTED, *arguments]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return set(ended.stderr.splitlines()[-1].split())


def ended_by(error: BaseException) -> Result:
    """The result of a command that ends with this error."""
    group = Commands("demo")

    @group.command()
    def fail() -> None:
        raise error

    return CliRunner().invoke(group, ["fail"])


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (GeneratorError("a is wrong\nb is wrong"), 1, "Error: a is wrong\nb is wrong\n"),
        (WrongUsageError("no such thing"), 2, "Error: no such thing\n"),
        (KeyboardInterrupt(), 130, "Interrupted.\n"),
        (OSError(errno.ENOSPC, "No space left"), 1, "Error: cannot write the output: No space left\n"),
    ],
)
def test_errors_that_a_user_can_cause_are_messages(error: BaseException, code: int, message: str) -> None:
    """On stderr, with the exit code that shells expect."""
    result = ended_by(error)
    assert (code, "", message) == (result.exit_code, result.stdout, result.stderr)


@pytest.mark.parametrize("error", [ValueError("bug"), KeyError("bug"), FileNotFoundError(errno.ENOENT, "no", "file")])
def test_a_bug_keeps_its_traceback(error: Exception) -> None:
    """A file of the generator that is missing is one as well."""
    assert error is ended_by(error).exception


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.ENOENT])
def test_a_full_temporary_folder_is_not_the_output(number: int) -> None:
    """The message says what to do; an error about a file of ours stays a bug."""
    with (
        pytest.raises(GeneratorError, match="; set TMPDIR to a writable folder"),
        temporary_space(),
    ):
        raise OSError(number, os.strerror(number))
    with pytest.raises(OSError, match="gone"), temporary_space():
        raise OSError(number, "gone", "file")


def test_a_choice_suggests_the_closest_word() -> None:
    """With the allowed ones, as for every other word."""
    done = CliRunner().invoke(cli, ["try", "standalone", "--params", "x", "--event", "rollback"])
    assert (2, True) == (done.exit_code, done.stderr.endswith("'failed-replication' (did you mean roll-back?)\n"))


def test_progress_goes_line_by_line(capsys: pytest.CaptureFixture[str]) -> None:
    """Without a terminal: finished steps only. The result of an action is part of the report."""
    with progress() as show:
        show("deploying network")
        show("Source/Image (ECR) ...")
        show("Source/Image (ECR, 0.1 s): Succeeded  team/orders")
    assert ("", "deploying network\nSource/Image (ECR, 0.1 s): Succeeded\n") == tuple(capsys.readouterr())


class Terminal(io.StringIO):
    """A stream that says that it is a terminal."""

    def isatty(self) -> bool:
        """Always."""
        return True


def test_a_terminal_shows_what_is_running(monkeypatch: pytest.MonkeyPatch) -> None:
    """The line is replaced when the step has ended, and all are erased at the end. A dumb terminal gets plain lines."""
    live = "\r\x1b[Kone ...\r\x1b[Kone: Succeeded\n\r\x1b[Ktwo ...\r\x1b[1A\x1b[J"
    for term, shown in (("xterm", live), ("dumb", "one: Succeeded\n")):
        terminal = Terminal()
        monkeypatch.setattr("sys.stderr", terminal)
        monkeypatch.setenv("TERM", term)
        with progress() as show:
            show("one ...")
            show("one: Succeeded")
            show("two ...")
        assert shown == terminal.getvalue()


@pytest.mark.parametrize(
    ("words", "incomplete", "values"),
    [
        (["try"], "", catalog.image_pipelines()),
        (["check", NAME, "--env"], "p", ["prod"]),
        (["params", "order"], "d", ["dev"]),
        (["check", "--params-dir", "nowhere", NAME, "--env"], "", []),
        (["plan"], "platform.d", ["platform.dev"]),
        (["apply", "--params-dir", "nowhere"], "", []),
    ],
)
def test_matching_names_are_completed(
    words: list[str], incomplete: str, values: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """`try` takes pipelines of images alone; an environment is one that has parameter files."""
    monkeypatch.chdir(ROOT)
    completions = ShellComplete(cli, {}, "ecr-pipeline", "_X").get_completions(words, incomplete)
    assert values == [completion.value for completion in completions if completion.type == "plain"]


def test_help_waits_for_nothing() -> None:
    """Help does not load troposphere."""
    assert not {"troposphere", "awacs", *HEAVY} & imported("check", "--help")


@pytest.mark.parametrize("arguments", [("list",), ("show", NAME), ("params", "new", NAME)])
def test_no_command_but_check_loads_the_linter(arguments: tuple[str, ...]) -> None:
    """troposphere, awacs and click are enough."""
    assert not set(HEAVY) & imported(*arguments)


def test_write_loads_no_linter(tmp_path: Path) -> None:
    """troposphere, awacs and click are enough."""
    assert not set(HEAVY) & imported("write", "--templates-dir", tmp_path)


def test_an_interrupt_ends_quietly(tmp_path: Path) -> None:
    """Ctrl-C while a command waits: exit 130 as shells count it, and no traceback."""
    pipe = tmp_path / "file.dev.json"
    os.mkfifo(pipe)
    # A child inherits that SIGINT is ignored, as it is in `make test &`; Python then has no KeyboardInterrupt.
    heard = (
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); import generator.__main__ as entry"
    )
    command = [sys.executable, "-c", f"{heard}; entry.main()", "params", "overrides", str(pipe)]
    with (
        subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process,
        pipe.open("w"),  # opens when the command reads it
    ):
        process.send_signal(signal.SIGINT)
        stdout, stderr = process.communicate(timeout=30)
    assert (130, "", "Interrupted.\n") == (process.returncode, stdout, stderr)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_quietly(tmp_path: Path, number: signal.Signals) -> None:
    """`kill`, or a terminal that is closed: the exit code of shells, and no traceback; `finally` is run."""
    pipe = tmp_path / "file.dev.json"
    os.mkfifo(pipe)
    command = [*COMMAND, "params", "overrides", str(pipe)]
    with (
        subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process,
        pipe.open("w"),  # opens when the command reads it
    ):
        process.send_signal(number)
        stdout, stderr = process.communicate(timeout=60)
    assert (128 + number, "", "") == (process.returncode, stdout, stderr)


def test_a_signal_that_was_ignored_stays_ignored(tmp_path: Path) -> None:
    """`nohup ecr-pipeline ...`: a closed terminal does not end it."""
    pipe = tmp_path / "file.dev.json"
    os.mkfifo(pipe)
    ignoring = "import signal; signal.signal(signal.SIGHUP, signal.SIG_IGN); import generator.__main__ as entry"
    command = [sys.executable, "-c", f"{ignoring}; entry.main()", "params", "overrides", str(pipe)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        with pipe.open("w") as writer:
            process.send_signal(signal.SIGHUP)
            writer.write("[]")
        assert "[]\n" == process.communicate(timeout=60)[0]
    assert 0 == process.returncode


def test_closed_standard_output_is_an_error() -> None:
    """`ecr-pipeline list >&-`: lost output is reported."""
    ended = subprocess.run(
        ["/bin/sh", "-c", 'exec "$@" >&-', "sh", *COMMAND, "list"],
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    assert (1, "Error: cannot write the output: standard output is closed\n") == (ended.returncode, ended.stderr)


def test_a_name_that_is_no_text_is_printed(tmp_path: Path) -> None:
    """The bytes of a file's name that are not UTF-8 are shown as escapes."""
    (tmp_path / "params").mkdir()
    Path(os.fsdecode(b"%b/params/x\xff.dev.json" % os.fsencode(tmp_path))).write_text("[]")
    ended = subprocess.run(
        [*COMMAND, "params", "order", "dev"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (1, True) == (ended.returncode, "x\\udcff.dev.json: there is no template" in ended.stderr)


@pytest.mark.parametrize("words", [("show", NAME), ("params", "new", NAME), ("--help",), ("--version",)], ids=" ".join)
@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_a_full_disk_is_no_traceback(tmp_path: Path, words: tuple[str, ...], stream: str) -> None:
    """`ecr-pipeline show NAME > file` where there is no room: one line, and exit 1, also where stderr is full.

    Python does not complain once more when it ends, which would make it exit 120.
    """
    limited = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (2, 2)); import generator.__main__ as entry"
    command = [sys.executable, "-c", f"{limited}; entry.main()", *words]
    buffered = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    with (tmp_path / "file").open("w") as file:
        streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, stream: file}
        ended = subprocess.run(command, cwd=ROOT, env=buffered, **streams, text=True, check=False)  # type: ignore[call-overload]
    if stream == "stdout":
        assert (1, "Error: cannot write the output: File too large") == (
            ended.returncode,
            ended.stderr.splitlines()[-1],
        )
        assert "Traceback" not in ended.stderr
    else:
        assert ended.returncode == (1 if words[0] == "params" else 0)  # the others say nothing there


@pytest.mark.parametrize("command", ["show", "write", "check"])
def test_names_are_completed(command: str) -> None:
    """The shell gets the possible names."""
    completions = ShellComplete(cli, {}, "ecr-pipeline", "_ECR_PIPELINE_COMPLETE").get_completions([command], NAME[:3])
    assert NAME in [completion.value for completion in completions]


def test_the_shell_gets_its_completions() -> None:
    """The way that the help documents."""
    ended = subprocess.run(
        [*COMMAND],
        cwd=ROOT,
        env={**os.environ, "_ECR_PIPELINE_COMPLETE": "bash_source"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "complete -o nosort -F _ecr_pipeline_completion ecr-pipeline" in ended.stdout


def test_verdicts_are_coloured_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the colours the text is the same; NO_COLOR leaves them out."""
    text = (
        "orders: Succeeded\n\nInspect  Inspect  1.0  FAILED: it Failed\n\nFailed at Inspect/Inspect. Next: Succeeded\n"
    )
    monkeypatch.delenv("NO_COLOR", raising=False)
    found = coloured(text)
    assert text == click.unstyle(found)
    styled = re.findall(r"\x1b\[(\d+)m\x1b\[1m([^\x1b]+)\x1b\[0m", found)
    assert [("32", "Succeeded"), ("31", "FAILED"), ("31", "Failed")] == styled
    monkeypatch.setenv("NO_COLOR", "1")
    assert text == coloured(text)


@pytest.mark.parametrize(
    "arguments",
    [
        ["list"],
        ["explain", "pipeline-ecs"],
        ["show", "pipeline-ecs"],
        ["check", "--help"],
        ["params", "new", "platform"],
    ],
    ids=" ".join,
)
def test_a_reader_that_has_gone_ends_every_command_alike(arguments: list[str]) -> None:
    """With the exit code of shells for SIGPIPE, whatever was left to print, and no word about it."""
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as output:
        done = subprocess.run(
            [sys.executable, "-m", "generator", *arguments],
            stdout=output,
            stderr=subprocess.PIPE,
            check=False,
            text=True,
        )
    assert 141 == done.returncode
    assert not re.search("Traceback|Exception ignored|BrokenPipe|Error", done.stderr)


def test_progress_that_nobody_reads_ends_a_command(tmp_path: Path) -> None:
    """`ecr-pipeline write 2>&1 | head`: it ends like one whose data nobody reads."""
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-m", "generator", "write", "network", "--templates-dir", str(tmp_path)]
    with os.fdopen(writing, "w") as output:
        assert 141 == subprocess.run(command, stdout=output, stderr=output, check=False).returncode
