"""Deletion of everything that `prove` has created. It is read from the account, not remembered.

So it does not matter where a run ended. Stacks retain a key, a bucket and a repository when they are deleted.
CloudFormation lists these for 90 days:
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cfn-console-view-deleted-stacks.html
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from generator.errors import GeneratorError
from generator.proving.prove_scope import CHECK, PREFIX, STACKS, is_empty, is_ours
from generator.proving.proving_site import ProvingSite, refuse_other_account
from generator.proving.retained_resources import remove_records, remove_retained
from generator.proving.throwaway_stacks import settled
from generator.rollout.aws_program import AwsRefusalError, CredentialsError

ROUNDS = 3
"""The number of attempts: a call may fail, and a build may keep a network in use for some minutes."""
BETWEEN_ROUNDS = (0, 20, 120)
"""Seconds before each round."""
_ALL = "everything that was created"
_GONE, _KEY = "DELETE_COMPLETE", "AWS::KMS::Key"
_ORDER = STACKS[::-1]
"""Stacks that import are deleted before those that export."""


@dataclass(kw_only=True)
class Leftovers:
    """Resources that were not deleted."""

    left: dict[str, str] = field(default_factory=dict)
    """The reason, by resource."""
    pending: list[str] = field(default_factory=list)
    """Keys scheduled for deletion."""

    def lines(self) -> list[str]:
        """A line for each, with what to do."""
        return [f"{what}: {why}; `ecr-pipeline prove --clean` tries it again" for what, why in self.left.items()]


def our_stacks(site: ProvingSite) -> list[dict[str, Any]]:
    """The existing stacks that `prove` has created."""
    described = site.aws.call("cloudformation", "describe-stacks") or {}
    return [dict(each) for each in described.get("Stacks", []) if is_ours(each)]


def remove_empty(site: ProvingSite) -> list[str]:
    """Delete stacks that have only a change set. Returns those that remain, with the reason."""
    return _in_rounds(site, lambda found: _empty(site, found), pausing=False).lines()


def remove_everything(site: ProvingSite, earlier: Collection[str] = ()) -> Leftovers:
    """Delete all stacks, the resources that they have retained, and the records of the run.

    `earlier` are the ids of deleted stacks whose resources have been deleted already.
    """
    return _in_rounds(site, lambda found: _everything(site, found, earlier), pausing=True)


def deleted_stacks(site: ProvingSite) -> tuple[str, ...]:
    """The ids of our stacks that were deleted in the last 90 days.

    The list has no tags, so that each stack is described.
    """
    listed = site.aws.call("cloudformation", "list-stacks", "--stack-status-filter", _GONE) or {}
    named = [str(each["StackId"]) for each in listed.get("StackSummaries", []) if each["StackName"] in STACKS]
    return tuple(each for each in named if is_ours(_described(site, each)))


def _described(site: ProvingSite, stack: str) -> dict[str, Any]:
    return dict(site.aws.call("cloudformation", "describe-stacks", "--stack-name", stack)["Stacks"][0])


def _in_rounds(site: ProvingSite, work: Callable[[Leftovers], None], *, pausing: bool) -> Leftovers:
    found = Leftovers()
    for number in range(ROUNDS):
        if pausing and number:
            site.progress(f"not everything could be deleted: trying again in {BETWEEN_ROUNDS[number]} seconds")
            site.pause(BETWEEN_ROUNDS[number])
        found = Leftovers()
        try:
            with _noted(found, _ALL):
                refuse_other_account(site)
                work(found)
        except CredentialsError as error:
            found.left[_ALL] = str(error)
            break
        if not found.left:
            break
    return found


def _empty(site: ProvingSite, found: Leftovers) -> None:
    with _noted(found, f"stacks {CHECK}*"):
        for stack in [each for each in our_stacks(site) if is_empty(each)]:
            with _noted(found, f"stack {stack['StackName']}"):
                site.aws.call("cloudformation", "delete-stack", "--stack-name", str(stack["StackName"]))
        if there := [str(each["StackName"]) for each in our_stacks(site) if is_empty(each)]:
            found.left[f"stacks {', '.join(there)}"] = "they are still there"


def _everything(site: ProvingSite, found: Leftovers, earlier: Collection[str]) -> None:
    with _noted(found, f"stacks {PREFIX}-*"):
        for stack in sorted(our_stacks(site), key=_turn):
            with _noted(found, f"stack {stack['StackName']}"):
                _delete(site, stack)
        # One that looked empty may have been executed at that moment: what it leaves is known once it is deleted.
        for stack in our_stacks(site):
            with _noted(found, f"stack {stack['StackName']}"):
                _delete(site, stack)
                if is_empty(stack):
                    raise GeneratorError("it is still there")
    with _noted(found, "resources that deleted stacks left behind"):
        # Keys last: what they encrypt may need them for its own deletion.
        for kind, physical_id in sorted(dict.fromkeys(_retained(site, earlier)), key=lambda each: each[0] == _KEY):
            with _noted(found, f"{kind} {physical_id}"):
                found.pending += remove_retained(site, kind, physical_id)
    with _noted(found, "records in Parameter Store"):
        remove_records(site)


def _turn(stack: Mapping[str, Any]) -> int:
    """Stacks without resources are first, because they import nothing yet."""
    name = str(stack["StackName"])
    return _ORDER.index(name) if name in _ORDER else -1


def _delete(site: ProvingSite, stack: Mapping[str, Any]) -> None:
    site.progress(f"deleting {stack['StackName']}")
    site.aws.call("cloudformation", "delete-stack", "--stack-name", str(stack["StackName"]))
    if is_empty(stack):
        return
    final = settled(site, str(stack["StackId"]))
    if final["StackStatus"] != _GONE:
        reason = str(final.get("StackStatusReason", "")) or "CloudFormation gave no reason"
        raise GeneratorError(f"{final['StackStatus']}: {' '.join(reason.split())}")


def _retained(site: ProvingSite, earlier: Collection[str]) -> Iterator[tuple[str, str]]:
    """Type and physical id of every resource that our deleted stacks have retained."""
    for stack in deleted_stacks(site):
        if stack in earlier:
            continue
        described = site.aws.call("cloudformation", "describe-stack-resources", "--stack-name", stack)
        for each in described["StackResources"]:
            if each["ResourceStatus"] == "DELETE_SKIPPED":
                yield str(each["ResourceType"]), str(each["PhysicalResourceId"])


@contextmanager
def _noted(found: Leftovers, what: str) -> Iterator[None]:
    """Note a failure in the block as something left, and continue."""
    try:
        yield
    except CredentialsError:
        raise
    except GeneratorError as error:
        code = f"{error.code}: " if isinstance(error, AwsRefusalError) and error.code else ""
        found.left[what] = f"{code}{error}"
