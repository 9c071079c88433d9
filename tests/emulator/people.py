"""An approver, a stack that can be broken while it exists, and the results of pushes to it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from generator import catalog
from generator.cloudformation.imports import needs
from generator.emulator.front.answers import Answer
from generator.emulator.front.calls import Call
from generator.emulator.front.cloud import Emulator
from generator.emulator.programs.images import sample
from generator.emulator.runs.action import ApprovalDecision, ApprovalRequest
from generator.emulator.runs.pipeline_run import Execution
from generator.emulator.services.ecr import ImageScan
from generator.emulator.trial.trial import Push, Trial, trial
from generator.emulator.trial.try_command import deployer_of
from generator.publishing import render

PARAMS = Path(__file__).parents[2] / "params"
APPROVED = ApprovalDecision(approved=True, summary="looks good")


@dataclass
class Approver:
    """Reads every request, and returns the prepared answer."""

    requests: list[ApprovalRequest] = field(default_factory=list)
    says: Callable[[], ApprovalDecision | None] = lambda: APPROVED

    def __call__(self, request: ApprovalRequest) -> ApprovalDecision | None:
        """The decision."""
        self.requests.append(request)
        return self.says()


@dataclass
class Trouble:
    """The faults."""

    denied: Callable[[Call], str] = lambda _: ""
    """Why a call is refused, or ""."""
    fault: Callable[[Call], Answer | None] = lambda _: None
    """The answer to a call in place of the service's own."""


@dataclass(frozen=True)
class Stack:
    """A deployed template, its approver, and its faults."""

    trial: Trial
    approver: Approver
    trouble: Trouble

    def sound(self) -> Stack:
        """The same without faults, and with an approver who approves."""
        self.approver.requests, self.approver.says = [], lambda: APPROVED
        self.trouble.denied, self.trouble.fault = lambda _: "", lambda _: None
        return self


def run(push: Push) -> Execution:
    """The run that a push started."""
    assert push.execution is not None, push.deliveries
    return push.execution


def pushed(stack: Stack, content: str) -> Push:
    """A push of an image that may pass."""
    return stack.trial.push(sample(["linux/amd64"], content), "v1.0.0", scan=ImageScan())


def all_the_way(stack: Stack, runs: Callable[[Stack, str], set[str]], content: str) -> None:
    """A push is deployed to staging before the approval, to production after it.

    `runs` returns the image of a stage.
    """
    seen: list[set[str]] = []

    def look() -> ApprovalDecision:
        seen.append(runs(stack, "production"))
        return APPROVED

    stack.approver.says = look
    push = pushed(stack, content)
    assert "Succeeded" == run(push).status, run(push).failures
    assert ["Staging", "Validation", "Approval", "Production"] == run(push).succeeded[2:]
    assert [True] == [push.digest not in digests for digests in seen]
    assert {push.digest} == runs(stack, "staging") == runs(stack, "production")


def alarm(stack: Stack, name: str, state: str) -> None:
    """An alarm of the account of a stack, in this state."""
    alarm_in(stack.trial.cloud, name, state)


def alarm_in(cloud: Emulator, name: str, state: str) -> None:
    """An alarm, in this state."""
    cloudwatch = cloud.inside("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName=name,
        MetricName="Errors",
        Namespace="Orders",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
        Statistic="Sum",
    )
    cloudwatch.set_alarm_state(AlarmName=name, StateValue=state, StateReason="as the test wants it")


def parameters_of(template: str, environment: str) -> dict[str, str]:
    """The parameters of a published file."""
    entries = json.loads((PARAMS / f"{template}.{environment}.json").read_text(encoding="utf-8"))
    return {each["ParameterKey"]: each["ParameterValue"] for each in entries}


@contextmanager
def deployed(
    template: str,
    environment: str = "prod",
    *,
    patience: float = 60,
    deployer: Mapping[str, str] | None = None,
    platform: Mapping[str, str] | None = None,
    complete: bool = True,
    **parameters: str,
) -> Iterator[Stack]:
    """The template with the parameters of an environment and these, on the platform of that environment.

    `deployer` has parameters of its deployers, `platform` more parameters of the platform. Unless it is `complete`, the
    tests remove permissions, or make requests that must be refused.
    """
    body = render.to_dict(catalog.build(template))
    approver, trouble = Approver(), Trouble()
    own = deployer_of(template)
    given = {"platform": parameters_of("platform", environment) | dict(platform or {})} if needs(body) else {}
    with trial(
        body,
        parameters_of(template, environment) | parameters,
        deployer=own and own._replace(parameters=deployer or {}),
        given=given,
        approver=approver,
        stack=template,
        progress=lambda _: None,
        patience=patience,
        guard=lambda call: trouble.denied(call),  # noqa: PLW0108  it changes meanwhile
        intercept=lambda call: trouble.fault(call),  # noqa: PLW0108  and so does this
    ) as tried:
        yield Stack(tried, approver, trouble)
        refused = tried.account.policies.permissions().refused
    assert not (refused and complete), f"a role of {template} was not granted: {refused}"
