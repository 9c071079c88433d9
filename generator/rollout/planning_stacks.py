"""The plan of a stack: a change set that CloudFormation creates, read and kept for execution."""

from __future__ import annotations

import hashlib
import json
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from generator.changesets import change_set_reading
from generator.changesets.change_records import BLOCKED, CREATE, UNCHANGED, UPDATE, WAITING, EarlyFinding, StackPlan
from generator.errors import GeneratorError
from generator.rollout.accounts import AccountView, role_for
from generator.rollout.aws_program import AwsRefusalError, CredentialsError, OldProgramError
from generator.rollout.stack_files import StackFile, UnfinishedFile, parameters_json
from generator.rollout.stack_order import exporters
from generator.rollout.stack_states import advice, is_new

_PREFIX = "ecr-pipeline-"
_PAUSES = (0.5, 1, 2, 3, 5)
"""Seconds between two looks at a change set in creation; the last one is repeated."""
_NO_CHANGE_SET: dict[str, Any] = {"change_set": "", "entries": (), "parameters": (), "permissions": (), "findings": ()}


@dataclass(frozen=True, kw_only=True)
class DeployOptions:
    """Options of a deployment, other than template and parameters."""

    tags: tuple[str, ...] = ()
    """KEY=VALUE."""
    role_arn: str = ""


def plan_stack(stack: StackFile, stacks: Sequence[StackFile], view: AccountView, options: DeployOptions) -> StackPlan:
    """The planned changes to a stack. A refusal of AWS is a problem of this stack and ends no other plan.

    At most four calls: create-change-set, describe-change-set (polled, with pages), describe-events, and
    delete-change-set for one that cannot be executed.
    """
    known = view.stacks.get(stack.stack, {})
    status = str(known.get("StackStatus", ""))
    missing = [name for name in stack.imports if name not in view.exports]
    if why := advice(stack.stack, status):
        return _plan(stack, view, state=BLOCKED, status=status, problem=why)
    if missing:
        return _waiting(stack, stacks, view, status, missing)
    try:
        return _planned(stack, view, options, known)
    except (CredentialsError, OldProgramError):
        raise
    except GeneratorError as error:
        return _plan(
            stack, view, state=BLOCKED, status=status, problem=f"{error}; correct it, then run the same command again"
        )


def unfinished_plan(file: UnfinishedFile, view: AccountView | None) -> StackPlan:
    """A stack whose parameter file does not fit its template. Its account is known if other stacks are there."""
    status = str(view.stacks.get(file.stack, {}).get("StackStatus", "")) if view else ""
    return _plan(file, view, state=BLOCKED, status=status, problem="\n".join(file.problems))


def _waiting(
    stack: StackFile, stacks: Sequence[StackFile], view: AccountView, status: str, missing: Sequence[str]
) -> StackPlan:
    """A stack whose imports do not exist yet."""
    sources = [each for each in exporters(stack, stacks) if not each.exports.isdisjoint(missing)]
    given = frozenset(name for each in sources for name in each.exports)
    nobody = [name for name in missing if name not in given]
    if nobody:
        problem = f"imports {', '.join(nobody)}, which no stack exports: deploy the stack that exports it first"
        return _plan(stack, view, state=BLOCKED, status=status, problem=problem)
    return _plan(stack, view, state=WAITING, status=status, waits_for=tuple(each.stack for each in sources))


def _planned(stack: StackFile, view: AccountView, options: DeployOptions, known: Mapping[str, Any]) -> StackPlan:
    status = str(known.get("StackStatus", ""))
    state = CREATE if is_new(status) else UPDATE
    described = _change_set(stack, view, options, known, state)
    arn = str(described["ChangeSetId"])
    if change_set_reading.is_empty(described):
        view.aws.call("cloudformation", "delete-change-set", "--change-set-name", arn)
        return _plan(stack, view, state=UNCHANGED, status=status, drift=_drift(known))
    findings, notes = _findings(view, arn)
    if described["Status"] == "FAILED":
        view.aws.call("cloudformation", *_deletion(stack, arn, status))
        reason = "; ".join(each.text for each in findings if each.mode == "FAIL") or described.get("StatusReason", "")
        problem = f"its change set failed: {' '.join(str(reason).split())}; correct it, then run the same command again"
        return _plan(stack, view, state=BLOCKED, status=status, problem=problem, findings=findings, notes=notes)
    read = change_set_reading.read(described)
    before, after = (() if state == CREATE else known.get("Parameters", ())), described.get("Parameters", ())
    return _plan(
        stack,
        view,
        state=state,
        status=status,
        change_set=arn,
        drift=_drift(known),
        entries=read.entries,
        parameters=() if state == CREATE else change_set_reading.parameter_changes(before, after),
        permissions=() if state == CREATE else read.permissions,
        findings=findings,
        notes=notes,
    )


def _change_set(
    stack: StackFile, view: AccountView, options: DeployOptions, known: Mapping[str, Any], state: str
) -> Mapping[str, Any]:
    """The change set, created or found again: its name identifies its content and its target."""
    order = _order(stack, view, options, known)
    digest = hashlib.sha256(json.dumps([order, stack.template_path.read_text(encoding="utf-8"), state]).encode())
    name = _PREFIX + digest.hexdigest()[:32]
    for _ in range(2):
        try:
            _create(stack, view, order, name, state)
        except AwsRefusalError as error:
            if error.code != "AlreadyExistsException":
                raise
        described = _described(stack, view, name)
        if described["Status"] == "CREATE_COMPLETE" and described.get("ExecutionStatus") != "AVAILABLE":
            # Made by an earlier plan, and the stack was updated since then.
            view.aws.call("cloudformation", "delete-change-set", "--change-set-name", str(described["ChangeSetId"]))
            continue
        return described
    return described


def _order(stack: StackFile, view: AccountView, options: DeployOptions, known: Mapping[str, Any]) -> dict[str, Any]:
    """The request for the change set, and its stack. Parameters that the file leaves out keep their values."""
    there = {each["ParameterKey"] for each in known.get("Parameters", ())}
    kept = sorted((there & stack.declared) - set(stack.parameters))
    tags = {"ecr-pipeline:template": stack.template, "ecr-pipeline:environment": stack.environment}
    tags |= dict(tag.split("=", 1) for tag in options.tags)
    return {
        "parameters": parameters_json(stack.parameters, kept),
        "tags": json.dumps([{"Key": key, "Value": value} for key, value in tags.items()]),
        "role": role_for(options.role_arn, stack.folder, view.account),
        "stack": "" if is_new(str(known.get("StackStatus", ""))) else known.get("StackId"),
        "updated": str(known.get("LastUpdatedTime", "")),
    }


def _create(stack: StackFile, view: AccountView, order: Mapping[str, Any], name: str, state: str) -> None:
    with tempfile.TemporaryDirectory(prefix="ecr-pipeline-plan-") as folder:
        files = {key: Path(folder, f"{key}.json") for key in ("parameters", "tags")}
        for key, file in files.items():
            file.write_text(order[key], encoding="utf-8")
        view.aws.call(
            *("cloudformation", "create-change-set", "--stack-name", stack.stack, "--change-set-name", name),
            *("--change-set-type", "CREATE" if state == CREATE else "UPDATE"),
            *("--template-body", f"file://{stack.template_path}", "--capabilities", "CAPABILITY_IAM"),
            *("--parameters", f"file://{files['parameters']}", "--tags", f"file://{files['tags']}"),
            *(("--role-arn", order["role"]) if order["role"] else ()),
        )


def _described(stack: StackFile, view: AccountView, name: str) -> Mapping[str, Any]:
    """The change set, once it is created or has failed. CloudFormation takes seconds for it."""
    looks = 0
    while True:
        described = view.aws.call(
            *("cloudformation", "describe-change-set", "--stack-name", stack.stack, "--change-set-name", name),
            "--include-property-values",
        )
        if change_set_reading.is_final(described):
            return dict(described)
        time.sleep(_PAUSES[min(looks, len(_PAUSES) - 1)])
        looks += 1


def _findings(view: AccountView, arn: str) -> tuple[tuple[EarlyFinding, ...], tuple[str, ...]]:
    """The findings of early validation.

    Without the permission or the command to read them, the plan is valid without them.
    """
    try:
        events = view.aws.call("cloudformation", "describe-events", "--change-set-name", arn) or {}
    except OldProgramError:
        return (), ("the AWS CLI is too old to show what CloudFormation's validation found: update it",)
    except AwsRefusalError as error:
        return (), (f"what CloudFormation's validation found cannot be read: {error}",)
    return change_set_reading.early_findings(events.get("OperationEvents", [])), ()


def _deletion(stack: StackFile, arn: str, status: str) -> tuple[str, ...]:
    """The command that removes a failed change set, and its stack if the change set created it."""
    if status == "":
        return ("delete-stack", "--stack-name", stack.stack)
    return ("delete-change-set", "--change-set-name", arn)


def _drift(known: Mapping[str, Any]) -> str:
    found = known.get("DriftInformation", {})
    return (
        str(found.get("LastCheckTimestamp", "an earlier check")) if found.get("StackDriftStatus") == "DRIFTED" else ""
    )


def _plan(
    stack: StackFile | UnfinishedFile, view: AccountView | None, *, state: str, status: str, **known: Any
) -> StackPlan:
    arn = str(known.get("change_set") or "")
    values = {
        **_NO_CHANGE_SET,
        "waits_for": (),
        "problem": "",
        "drift": "",
        "notes": (),
        **known,
    }
    return StackPlan(
        folder=stack.folder.name,
        account=view.account if view else stack.folder.account,
        region=arn.split(":")[3] if arn else view.aws.region if view else stack.folder.region,
        stack=stack.stack,
        template=stack.template,
        file=str(stack.path),
        state=state,
        status=status,
        **values,
    )
