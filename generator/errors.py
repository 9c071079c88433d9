"""Errors that the user can fix."""

from __future__ import annotations


class GeneratorError(Exception):
    """An error that the user can fix. The command line prints its message and exits with 1.

    The message says what was wrong, where, what was given and what is allowed.
    """


class WrongUsageError(GeneratorError):
    """A typed name or value that the command does not know: the command line exits with 2."""


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
