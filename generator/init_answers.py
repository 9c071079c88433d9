"""The answers to `init` so far, and the command that continues with them after an interrupt."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import click

from generator.program_name import program

if TYPE_CHECKING:
    from generator.publishing.starter_set import StarterFile


@dataclass(kw_only=True)
class InitAnswers:
    """The command line, and the answers since."""

    template: str
    """"" until it is chosen."""
    environment: str
    given: Mapping[str, str]
    """The values of --set."""
    have: tuple[str, ...]
    registry: bool
    params_dir: str
    files: list[StarterFile] = field(default_factory=list)

    def words(self) -> list[str]:
        """The command line that asks only the other questions.

        An answer that differs between the files of two stages has no option: it stays a question.
        """
        found: dict[str, set[str]] = {}
        for file in self.files:
            for name, value in file.values.items():
                found.setdefault(name, set()).update({value} - {""})
        values = {**self.given, **{name: min(each) for name, each in found.items() if len(each) == 1}}
        return [
            *filter(None, [self.template]),
            *(["--env", self.environment] if self.environment else []),
            *(word for each in self.have for word in ("--have", each)),
            *["--new-repository"] * self.registry,
            *["--params-dir", self.params_dir] * (self.params_dir != "params"),
            *(word for name, value in values.items() for word in ("--set", f"{name}={value}")),
        ]


@contextlib.contextmanager
def kept(answers: InitAnswers) -> Iterator[None]:
    """Print the command that continues if the block is interrupted after an answer, by Ctrl-C, Ctrl-D or a signal."""
    import shlex

    before = answers.words()
    try:
        yield
    except (click.Abort, KeyboardInterrupt, SystemExit):
        if (words := answers.words()) != before:
            with contextlib.suppress(OSError):  # a closed terminal
                click.echo("\nNothing was written. To continue with these answers:", err=True)
                click.echo(f"  {program()} init {shlex.join(words)}", err=True)
        raise
