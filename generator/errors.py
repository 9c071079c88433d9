"""Errors that the user can fix."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
U = TypeVar("U")


class GeneratorError(Exception):
    """An error that the user can fix. The command line prints its message and exits with 1.

    The message says what was wrong, where, what was given and what is allowed.
    """


class WrongUsageError(GeneratorError):
    """A typed name or value that the command does not know: the command line exits with 2."""


class Gathered:
    """Errors of the user that are reported together: nobody fixes one only to see the next."""

    def __init__(self) -> None:
        self._errors: list[GeneratorError] = []

    def of(self, read: Callable[[], T], otherwise: U) -> T | U:
        """The result of `read`. If it raises an error of the user, the error is kept and the result is `otherwise`."""
        try:
            return read()
        except GeneratorError as error:
            self._errors.append(error)
            return otherwise

    def add(self, *errors: GeneratorError) -> None:
        """Keep errors that were not raised."""
        self._errors += errors

    def refuse(self) -> None:
        """Raise one error with all messages, if there are any. It is one of wrong usage if one of them is."""
        if self._errors:
            kind = (
                WrongUsageError if any(isinstance(each, WrongUsageError) for each in self._errors) else GeneratorError
            )
            raise kind("\n".join(dict.fromkeys(map(str, self._errors))))


def not_installed(package: str, extra: str) -> GeneratorError:
    """The error of a command that needs a Python package of this extra. It says how to install it."""
    return GeneratorError(
        f"the Python package {package} is not installed: run `make setup` in a checkout of ecr-pipeline, or install "
        f"the wheel with its extra [{extra}]"
    )


def reason(error: OSError) -> str:
    """Why a file could not be read or written, in the words of the operating system where they help."""
    if isinstance(error, FileExistsError):  # makedirs met a file
        return f"{error.filename} is a file, not a folder"
    return error.strerror or str(error)
