"""A reader who follows a page of the documentation in an emulated AWS: its commands, run as they are written."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from generator.emulator.trial import deployment
from generator.emulator.trial.account import Account

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = "123456789012"
"""The account in the pages. A reader types another one."""
READY = ("ready", "ready-dev")
"""The files that make writes into .venv after an installation, in this order."""
ASSIGNMENT = re.compile(r"([a-z]+)=\$\(")
"""The beginning of a command that keeps a value for the commands after it."""


def steps(page: str) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Every command of a page, with the parameters that the page shows before it.

    A command is indented by four spaces, in a list by six, and by two more for each further line. Parameters are a
    block of JSON.
    """
    typed: dict[str, str] = {}
    for block, command in re.findall(
        r"```json\n(.*?)```|(?<=\n)    (?:  (?=aws ))?(\S(?:\\\n|[^\n])*)", page, re.DOTALL
    ):
        if block:
            typed = {each["ParameterKey"]: each["ParameterValue"] for each in json.loads(block)}
        else:
            yield re.sub(r" *\\\n +", " ", command), typed
            typed = {}


@dataclass
class Reader:
    """A reader with a checkout, who types the commands of a page."""

    folder: Path
    here: Account
    files: list[Path] = field(default_factory=list)
    """The parameter files, in the order in which they were started."""
    kept: list[str] = field(default_factory=list)
    """The variables of the shell so far, as assignments."""

    def run(self, command: str) -> str:
        """The output of a command, which must succeed. The value of an assignment is kept for all commands after it."""
        name = ASSIGNMENT.match(command)
        done = self.try_to_run(f'{command}\nprintf %s "${name[1]}"' if name else command)
        assert 0 == done.returncode, f"{command}\n{done.stdout}{done.stderr}"
        if name:
            self.kept.append(f"{name[1]}={shlex.quote(done.stdout)}")
        if " params new " in command:
            self.files.append(Path(re.findall("wrote (.+)", done.stderr)[-1]))
        return done.stdout

    def try_to_run(self, command: str) -> subprocess.CompletedProcess[str]:
        """Run a command, which may fail."""
        known = {name: value for name, value in os.environ.items() if not re.match("AWS_|MAKE|MFLAGS", name)}
        path = f"{self.folder / '.venv/bin'}:{os.environ['PATH']}"
        return subprocess.run(
            ["sh", "-ec", "\n".join([*self.kept, command])],
            cwd=self.folder,
            env={**known, **self.here.cloud.environment(), "PATH": path},
            capture_output=True,
            text=True,
            check=False,
        )

    def fill_in(self, typed: Mapping[str, str]) -> None:
        """Type values into the parameter file that was started last, for the account of the reader."""
        own = {name: value.replace(EXAMPLE, self.here.cloud.account) for name, value in typed.items()}
        self.write({**self.read(), **own})

    def read(self) -> dict[str, str]:
        """The parameter file that was started last."""
        entries = json.loads((self.folder / self.files[-1]).read_text(encoding="utf-8"))
        return {each["ParameterKey"]: each["ParameterValue"] for each in entries}

    def write(self, values: Mapping[str, str]) -> None:
        """Save the parameter file that was started last."""
        entries = [{"ParameterKey": key, "ParameterValue": value} for key, value in values.items()]
        (self.folder / self.files[-1]).write_text(json.dumps(entries), encoding="utf-8")

    def outputs(self, stack: str) -> dict[str, str]:
        """The outputs of a stack."""
        return deployment.outputs(self.here.cloud, stack)

    def statuses(self) -> dict[str, str]:
        """The status of each stack that exists."""
        described = self.here.cloud.inside("cloudformation").describe_stacks()["Stacks"]
        return {each["StackName"]: each["StackStatus"] for each in described}


def checkout(folder: Path) -> Path:
    """A folder for `make deploy`, with an environment that is ready and without parameter files."""
    names = ("Makefile", "buildspec.yml", "docs", "generator", "pyproject.toml", "templates")
    parts = [ROOT / name for name in names]
    for part in (*parts, *ROOT.glob("*.lock"), *ROOT.glob("*.sh")):
        (folder / part.name).symlink_to(part)
    for made in ("params", ".venv"):
        (folder / made).mkdir()
    for entry in Path(sys.prefix).iterdir():
        if entry.name not in READY:
            (folder / ".venv" / entry.name).symlink_to(entry)
    for name in READY:  # newer than everything that make compares them with
        (folder / ".venv" / name).write_text("python3\n", encoding="utf-8")
    return folder
