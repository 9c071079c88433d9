"""The error that a user can fix."""

from __future__ import annotations


class GeneratorError(Exception):
    """What was wrong, where, what was given and what is allowed: the command line prints it and exits with 1."""


def not_installed(package: str, extra: str) -> GeneratorError:
    """The error of a command that needs a Python package of this extra, with the ways to install it."""
    return GeneratorError(
        f"the Python package {package} is not installed: run `make setup` in a checkout of ecr-pipeline, or install "
        f"the wheel with its extra [{extra}]"
    )
