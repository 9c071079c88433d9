"""Planned change sets are executed layer by layer. The next layer is planned when its imports exist."""

from __future__ import annotations

import threading
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from generator.changesets.change_records import BLOCKED, CREATE, UPDATE, WAITING, StackPlan
from generator.changesets.judgement import Demand, open_demands
from generator.cloudformation.account_folders import AccountFolder
from generator.rollout.accounts import AccountView
from generator.rollout.aws_program import AwsProgram, AwsRefusalError
from generator.rollout.planner import Site, looked_again, plan_all, views
from generator.rollout.several import several
from generator.rollout.stack_files import StackFile
from generator.rollout.stack_order import layers
from generator.rollout.stack_states import DONE, REVIEW, is_busy

_PAUSES = (0.2, 1, 2, 5, 10)
_LOOKS_AT_AN_OLD_STATUS = 10
_SENT_TWICE = ("InvalidChangeSetStatus", "ChangeSetNotFound")
_TIMEOUT = "300"
"""Seconds to wait for the answer of execute-change-set. A second request would be refused."""


@dataclass(kw_only=True)
class Rollout:
    """The result of `apply`, and the reason why it stopped."""

    plans: dict[str, StackPlan] = field(default_factory=dict)
    """The last plan of each stack, by its name."""
    deployed: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    """Why a stack could not be deployed, by its name."""
    demands: list[Demand] = field(default_factory=list)
    """The changes to accept before it continues."""

    @property
    def left(self) -> list[StackPlan]:
        """The stacks that would change and were not deployed."""
        changing = [plan for plan in self.plans.values() if plan.state in (CREATE, UPDATE, WAITING)]
        return [plan for plan in changing if plan.name not in (*self.deployed, *self.failed)]

    @property
    def blocked(self) -> list[StackPlan]:
        """The stacks that could not be planned."""
        return [plan for plan in self.plans.values() if plan.state == BLOCKED]


def apply_all(site: Site, accepted: Collection[str], reviewed: Sequence[StackPlan] = ()) -> Rollout:
    """Deploy the stacks, as far as allowed. `reviewed` is a saved plan.

    Before the first change set is executed, every stack that can be planned is planned and judged: if one of them has a
    problem, all stay unchanged.
    """
    order = layers(site.stacks)
    known = _settled(views(site), site)
    done = Rollout()
    _plan(done, list(site.stacks), known, site)
    _check_review(done, reviewed)
    for layer in order if not done.failed else []:
        waiting = [stack for stack in layer if done.plans[stack.name].state == WAITING]
        if waiting and done.deployed:
            known = looked_again(known, site)
            _plan(done, waiting, known, site)
        done.demands = open_demands(done.plans.values(), accepted)
        if done.blocked or done.demands or any(done.plans[stack.name].state == WAITING for stack in waiting):
            break
        _execute(done, layer, known, site)
        if done.failed:
            break
    return done


def _plan(done: Rollout, stacks: Sequence[StackFile], known: Mapping[AccountFolder, AccountView], site: Site) -> None:
    done.plans |= {plan.name: plan for plan in plan_all(stacks, known, site)}


def _check_review(done: Rollout, reviewed: Sequence[StackPlan]) -> None:
    """Refuse stacks that changed since the review. A stack that was waiting could not be reviewed."""
    for saved in reviewed:
        plan = done.plans.get(saved.name)
        if plan and plan.state in (CREATE, UPDATE) and saved.state != WAITING and plan.change_set != saved.change_set:
            done.failed[saved.name] = "its plan differs from the saved plan: run plan again and review it"


def _settled(known: dict[AccountFolder, AccountView], site: Site) -> dict[AccountFolder, AccountView]:
    """The accounts, once CloudFormation has finished what an interrupted `apply` had begun."""
    busy = [
        (known[stack.folder].aws, stack)
        for stack in site.stacks
        if is_busy(str(known[stack.folder].stacks.get(stack.stack, {}).get("StackStatus", "")))
    ]
    if not busy:
        return known
    for _, stack in busy:
        site.progress(f"waiting for {stack.name}: CloudFormation is still changing it")
    several(lambda pair: _final(pair[0], pair[1].stack, None, site.stopping), busy, site.stopping)
    return looked_again(known, site)


def _execute(done: Rollout, layer: Sequence[StackFile], known: Mapping[AccountFolder, AccountView], site: Site) -> None:
    """Execute the change sets of a layer. After a failure, no further one is begun."""
    failed = threading.Event()

    def one(stack: StackFile) -> None:
        plan, view = done.plans[stack.name], known[stack.folder]
        if plan.state not in (CREATE, UPDATE) or failed.is_set() or site.stopping.is_set():
            return
        site.progress(f"deploying {plan.name}")
        why = _deploy(plan, view, site.stopping)
        if why:
            failed.set()
            done.failed[plan.name] = why
        else:
            done.deployed.append(plan.name)
        site.progress(f"{plan.name}: {why or 'complete'}")

    several(one, layer, site.stopping)


def _deploy(plan: StackPlan, view: AccountView, stopping: threading.Event) -> str:
    """Why the stack could not be deployed, "" if it was."""
    before = _updated(view.stacks.get(plan.stack, {})) if plan.state == UPDATE else None
    try:
        view.aws.call(
            *("cloudformation", "execute-change-set", "--change-set-name", plan.change_set),
            *("--cli-read-timeout", _TIMEOUT),
        )
    except AwsRefusalError as error:
        if error.code not in _SENT_TWICE or not _has_begun(view.aws, plan, before):
            return str(error)
    try:
        stack = _final(view.aws, plan.stack, before, stopping)
        if stack["StackStatus"] in DONE:
            return ""
        return f"{stack['StackStatus']}: {failure_reason(view.aws, stack)}"
    except AwsRefusalError as error:
        return str(error)


def _updated(stack: Mapping[str, Any]) -> str:
    """The time of the last update of the stack; "" if there was none."""
    return str(stack.get("LastUpdatedTime", ""))


def _has_begun(aws: AwsProgram, plan: StackPlan, before: str | None) -> bool:
    """Whether the change set is already being executed: the AWS CLI repeats a call whose answer was lost."""
    [stack] = aws.call("cloudformation", "describe-stacks", "--stack-name", plan.stack)["Stacks"]
    return bool(stack["StackStatus"] != REVIEW if before is None else _updated(stack) != before)


def _final(aws: AwsProgram, name: str, before: str | None, stopping: threading.Event) -> dict[str, Any]:
    """The stack, once CloudFormation has finished. The status from before the update (`before`) does not count."""
    looks = 0
    while True:
        [stack] = aws.call("cloudformation", "describe-stacks", "--stack-name", name)["Stacks"]
        status = str(stack["StackStatus"])
        stale = _updated(stack) == before and looks < _LOOKS_AT_AN_OLD_STATUS
        if not (is_busy(status) or status == REVIEW or stale):
            return dict(stack)
        if stopping.wait(_PAUSES[min(looks, len(_PAUSES) - 1)]):
            return dict(stack)
        looks += 1


def failure_reason(aws: AwsProgram, stack: Mapping[str, Any]) -> str:
    """The first failure of the stack.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/troubleshooting.html
    """
    events = aws.call("cloudformation", "describe-stack-events", "--stack-name", stack["StackId"], "--max-items", "200")
    began = [number for number, each in enumerate(events["StackEvents"]) if _begins(each)]
    recent = events["StackEvents"][: began[0] + 1] if began else events["StackEvents"]
    failed = [
        f"{each['LogicalResourceId']}: {each['ResourceStatusReason']}"
        for each in reversed(recent)
        if str(each.get("ResourceStatus", "")).endswith("_FAILED")
        and "cancelled" not in each.get("ResourceStatusReason", "")
    ]
    return " ".join((failed or [str(stack.get("StackStatusReason", "no reason was given"))])[0].split())


def _begins(event: Mapping[str, Any]) -> bool:
    """Whether the event is the beginning of the last operation on the stack."""
    return event.get("ResourceType") == "AWS::CloudFormation::Stack" and event.get("ResourceStatus") in (
        "CREATE_IN_PROGRESS",
        "UPDATE_IN_PROGRESS",
    )
