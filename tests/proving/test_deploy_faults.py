"""`prove --deploy` with a fault at any of its calls: nothing is left but keys that wait for their deletion."""

from __future__ import annotations

import pytest

from generator.emulator.front.answers import Answer, refusal
from generator.emulator.front.calls import Call
from generator.proving.proof_records import PASSED
from tests.proving.faulty_rooms import FaultyRoom

pytestmark = pytest.mark.slow

# Of calls that are repeated until AWS is ready, only the first ones are refused: their number depends on the clock.
POLLED = ("DescribeStacks", "GetPipelineExecution", "GetPipelineState", "ListPipelineExecutions")
MOST = 2


def test_a_fault_at_any_call_leaves_nothing(faulty: FaultyRoom) -> None:
    """Each call is refused in turn, once."""
    whole = faulty.prove()
    assert {"the run", "the push"} <= {each.subject for each in whole.checks if each.verdict == PASSED}
    kinds = list(faulty.faults.calls)
    assert len(set(kinds)) > 25
    seen: dict[str, int] = {}
    for number, operation in enumerate(kinds):
        seen[operation] = seen.get(operation, 0) + 1
        if operation in POLLED and seen[operation] > MOST:
            continue

        def happens(call: Call, count: int, number: int = number) -> Answer | None:
            return refusal(call, "AccessDenied", "a fault") if count == number else None

        faulty.faults.happens = happens
        said = faulty.words_of_a_proof_that_may_end()
        assert frozenset() == faulty.room.left(), f"after a fault at call {number + 1}, {operation}"
        assert not said, f"after a fault at call {number + 1}, {operation}"
