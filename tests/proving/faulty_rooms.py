"""An account in which `prove --deploy` fails.

The stacks are small copies, with all resources that the real ones retain: a run of these takes seconds.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest

from generator.emulator.front.answers import Answer
from generator.emulator.front.calls import Call
from generator.errors import GeneratorError
from generator.proving.deployed_proof import deployed_proof
from generator.proving.proof_records import Proof
from generator.proving.prove_cleaning import Leftovers, remove_everything
from generator.proving.proving_site import ProvingSite
from generator.rollout.aws_program import AwsProgram
from tests.proving.living_rooms import LivingRoom, living_room
from tests.proving.prover_guard import PLACE
from tests.proving.small_copies import small_copies

NOTHING = Proof(account=PLACE.account, region=PLACE.region, deployed=False, checks=(), answers=())


@dataclass
class Faults:
    """Faults of the calls of `prove`."""

    happens: Callable[[Call, int], Answer | None] = lambda _call, _number: None
    """The answer to a call, by its number."""
    calls: list[str] = field(default_factory=list)

    def __call__(self, call: Call) -> Answer | None:
        """The interception."""
        if call.via or not call.role.endswith("/prover"):
            return None
        self.calls.append(call.operation)
        return self.happens(call, len(self.calls) - 1)


@dataclass
class FaultyRoom:
    """An account in which `prove` fails."""

    room: LivingRoom
    faults: Faults
    said: list[str] = field(default_factory=list)

    def site(self, progress: Callable[[str], None] = lambda _: None) -> ProvingSite:
        """Where it is proved; it is not waited for long."""
        return ProvingSite(
            aws=AwsProgram(),
            place=PLACE,
            progress=progress,
            warn=self.said.append,
            stopping=threading.Event(),
            pause=lambda seconds: time.sleep(min(seconds, 0.1)),
        )

    def prove(self, progress: Callable[[str], None] = lambda _: None) -> Proof:
        """A proof from the deployment on, in which the calls are counted from 0."""
        self.faults.calls.clear()
        return deployed_proof(self.site(progress), (), NOTHING, small_copies())

    def words_of_a_proof_that_may_end(self) -> str:
        """The resources that it lists as left, or its messages before it ends with an error."""
        try:
            return " ".join(self.prove().left)
        except GeneratorError:
            return " ".join(self.said)

    def clean(self) -> Leftovers:
        """`prove --clean`."""
        return remove_everything(self.site())


@contextmanager
def faulty_room(monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultyRoom]:
    """The account, with the credentials of the prover in the environment."""
    faults = Faults()
    with living_room(intercept=faults) as room:
        for name, value in room.environment().items():
            monkeypatch.setenv(name, value)
        yield FaultyRoom(room, faults)
