"""Questions on a terminal: wrong answers are refused with the allowed ones, and an end of the answers is no bug."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable, Sequence
from typing import Any, TypeVar, cast

import click

from generator.errors import WrongUsageError
from generator.suggestion import did_you_mean

F = TypeVar("F", bound=Callable[..., Any])

_ANSWERS = {"y": True, "yes": True, "n": False, "no": False}


def asks(question: str) -> Callable[[F], F]:
    """A decorator for commands with questions: WrongUsageError if standard input ends. `question` names the way out."""

    def decorate(function: F) -> F:
        @functools.wraps(function)
        def asking(*arguments: Any, **named: Any) -> Any:
            if sys.stdin is None:  # closed, as in `ecr-pipeline init <&-`
                sys.stdin = open(os.devnull, encoding="utf-8")  # noqa: PTH123, SIM115  see generator/publishing/files.py
            try:
                return function(*arguments, **named)
            except click.Abort as error:
                # Click raises the same for Ctrl-C and for the end of standard input, which is Ctrl-D in a terminal.
                if not isinstance(error.__context__, EOFError):
                    raise
                click.echo(err=True)
                raise WrongUsageError(f"standard input has no answer: {question}") from error

        return cast("F", asking)

    return decorate


def confirmed(question: str, *, default: bool) -> bool:
    """The answer to a question with yes or no. Enter takes the default."""

    def read(answer: str) -> bool:
        if (meant := _ANSWERS.get(answer.strip().lower())) is None:
            raise click.BadParameter("answer y or n")
        return meant

    choices, taken = ("Y/n", "y") if default else ("y/N", "n")
    return click.prompt(f"{question} [{choices}]", default=taken, show_default=False, value_proc=read, err=True)


def chosen(question: str, listed: Sequence[str], known: Sequence[str]) -> str:
    """One of the `listed` names, by its number or its name, or another of the `known` ones by its name.

    Enter takes the first.
    """

    def read(answer: str) -> str:
        word = answer.strip()
        if word in known:
            return word
        if word.isdecimal() and 1 <= int(word) <= len(listed):
            return listed[int(word) - 1]
        raise click.BadParameter(
            f"enter a number from 1 to {len(listed)}, or the name of a template{did_you_mean(word, known)}"
        )

    return click.prompt(question, default="1", value_proc=read, err=True)
