"""The changes of a plan that a person must accept by name before it is executed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from generator.changesets.change_records import UPDATE, StackPlan
from generator.changesets.losses import deletion_words, is_replaced, loses_data, replacement_words

DRIFT = "drift"
"""The name to accept, like that of a resource: STACK/drift."""


@dataclass(frozen=True, kw_only=True)
class Demand:
    """Something that must be accepted: `--accept STACK/RESOURCE`."""

    folder: str
    stack: str
    resource: str
    text: str

    @property
    def name(self) -> str:
        """The name to type after --accept."""
        return "/".join(part for part in (self.folder, self.stack, self.resource) if part)


def demands(plan: StackPlan) -> Iterator[Demand]:
    """The replacements, the deletions of data and the new permissions in the plan of a stack.

    A new stack has no data to lose, and its permissions are those on its template's page.
    """
    if plan.state != UPDATE:
        return
    for entry in plan.entries:
        if is_replaced(entry):
            yield _demand(plan, entry.logical_id, replacement_words(entry))
        elif loses_data(entry):
            yield _demand(plan, entry.logical_id, deletion_words(entry))
    wider: dict[str, list[str]] = {}
    for each in plan.permissions:
        if each.wider:
            wider.setdefault(each.resource, []).append(each.text)
    added = {entry.logical_id for entry in plan.entries if entry.action == "Add"}
    for resource, texts in wider.items():
        yield _demand(
            plan, resource, f"created, with {len(texts)} permissions" if resource in added else "; ".join(texts)
        )
    drifted = [entry.logical_id for entry in plan.entries if entry.drift]
    if drifted or plan.drift:
        what = ", ".join(drifted) or f"found on {plan.drift}"
        show = f"aws cloudformation describe-stack-resource-drifts --stack-name {plan.stack} shows how"
        yield _demand(
            plan, DRIFT, f"changed outside CloudFormation ({what}): the change set does not show this; {show}"
        )


def is_accepted(demand: Demand, accepted: Collection[str]) -> bool:
    """Whether one of the names is that of the resource or of its stack, with or without the folder."""
    stack, resource = demand.stack, f"{demand.stack}/{demand.resource}"
    names = {stack, resource}
    if demand.folder:
        names |= {f"{demand.folder}/{stack}", f"{demand.folder}/{resource}"}
    return bool(names & set(accepted))


def open_demands(plans: Iterable[StackPlan], accepted: Collection[str]) -> list[Demand]:
    """The demands that are not accepted yet."""
    return [demand for plan in plans for demand in demands(plan) if not is_accepted(demand, accepted)]


def _demand(plan: StackPlan, resource: str, text: str) -> Demand:
    return Demand(folder=plan.folder, stack=plan.stack, resource=resource, text=text)
