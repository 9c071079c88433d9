"""The errors of a stack that cannot be created."""

from __future__ import annotations


class FailedError(Exception):
    """A resource could not be created, changed or deleted: the stack rolls back."""


class NotEmulatedError(FailedError):
    """A feature of AWS that the emulator does not have. It is never ignored silently."""


class RefusedError(Exception):
    """An error in the service's answer, with its code."""

    def __init__(self, message: str, code: str = "ValidationError", *, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.status = status
