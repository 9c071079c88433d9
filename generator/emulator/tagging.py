"""Images that are put by a role while a pipeline runs: to ECR, each of them is a push.

https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutImage.html
"""

from __future__ import annotations

from typing import NamedTuple

from generator.emulator.answers import Answer
from generator.emulator.calls import Call
from generator.emulator.operations import Operations


class Put(NamedTuple):
    """An image that was put under a tag."""

    repository: str
    digest: str
    tag: str


class Puts:
    """What roles have put since somebody looked."""

    def __init__(self) -> None:
        self._new: list[Put] = []

    def take(self) -> list[Put]:
        """What is new."""
        taken, self._new = self._new, []
        return taken

    def operations(self) -> Operations:
        """The operation that puts: it is written down, and moto does it."""
        return {("ecr", "PutImage"): self._put}

    def _put(self, call: Call) -> Answer | None:
        names = ("repositoryName", "imageDigest", "imageTag")
        if call.role:
            self._new.append(Put(*(call.parameters.get(name, "") for name in names)))
        return None
