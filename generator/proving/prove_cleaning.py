"""Everything that `prove` has made is deleted again: what that is, is read from the account, not remembered."""

from __future__ import annotations

from typing import Any

from generator.errors import GeneratorError
from generator.proving.prove_scope import is_empty, is_ours
from generator.proving.proving_site import ProvingSite
from generator.rollout.several import several

ROUNDS = 3
"""How often it is tried: a call may fail once."""


def our_stacks(site: ProvingSite) -> list[dict[str, Any]]:
    """The stacks that `prove` has made and that are there."""
    described = site.aws.call("cloudformation", "describe-stacks") or {}
    return [dict(each) for each in described.get("Stacks", []) if is_ours(each)]


def remove_empty(site: ProvingSite) -> list[str]:
    """Deletes stacks that have a change set and nothing else; what is still there, with the command that deletes it."""
    reason = ""
    for _ in range(ROUNDS):
        try:
            empty = [each for each in our_stacks(site) if is_empty(each)]
            if not empty:
                return []
            several(lambda each: _delete(site, str(each["StackName"])), empty, site.stopping)
            if not [each for each in our_stacks(site) if is_empty(each)]:
                return []
        except GeneratorError as error:
            reason = f": {error}"
    return [f"empty stacks ecr-pipeline-prove-check-*, which the next `ecr-pipeline prove` deletes{reason}"]


def _delete(site: ProvingSite, stack: str) -> None:
    site.aws.call("cloudformation", "delete-stack", "--stack-name", stack)
