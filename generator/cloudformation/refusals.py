"""Why a stack cannot be made."""

from __future__ import annotations


class FailedError(Exception):
    """Why a resource could not be made, changed or deleted: the stack rolls back."""


class NotEmulatedError(FailedError):
    """What AWS can do and the emulator cannot. It is never passed over in silence."""


class RefusedError(Exception):
    """An error that the service answers with, by its code."""

    def __init__(self, message: str, code: str = "ValidationError", *, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.status = status
