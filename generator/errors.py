"""The error that a user can fix."""

from __future__ import annotations


class GeneratorError(Exception):
    """What was wrong, where, what was given and what is allowed: the command line prints it and exits with 1."""
