"""Images that are put by a role while a pipeline runs: to ECR, each of them is a push.

https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutImage.html
"""

from __future__ import annotations

import threading
from typing import NamedTuple

from generator.emulator.front.answers import Answer
from generator.emulator.front.calls import Call
from generator.emulator.front.operations import Operations


class Put(NamedTuple):
    """An image that was put under a tag."""

    repository: str
    digest: str
    tag: str


class Puts:
    """What roles have put since somebody looked."""

    def __init__(self) -> None:
        self._new: list[Put] = []
        self._lock = threading.Lock()

    def take(self) -> list[Put]:
        """What is new: each image once, also where several runs ask at the same time."""
        with self._lock:
            taken, self._new = self._new, []
        return taken

    def operations(self) -> Operations:
        """The operation that puts: it is written down, and moto does it."""
        return {("ecr", "PutImage"): self._put}

    def _put(self, call: Call) -> Answer | None:
        names = ("repositoryName", "imageDigest", "imageTag")
        if call.role:
            with self._lock:
                self._new.append(Put(*(call.parameters.get(name, "") for name in names)))
        return None
