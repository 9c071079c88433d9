"""Details behind the verdict of a trial, for reviewers: the event, the rules, all stages, the files, the reasons."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from troposphere import Template

from generator import catalog
from generator.authorization.permissions import name_of
from generator.emulator.runs.approval_mails import ApprovalMail, ApprovalMails
from generator.emulator.trial.trial import Push, Trial
from generator.emulator.trial.trial_facts import TrialFacts
from generator.eventbridge.patterns import BusEvent
from generator.publishing.reasons import reasons
from generator.publishing.render import to_dict


@dataclass(frozen=True, kw_only=True)
class RuleAnswer:
    """The result of the event for a rule: `why` is "" if its target got it."""

    rule: str
    pattern: str
    target: str
    why: str
    starts_runs: bool = True
    """Whether it is meant to start the pipeline; other rules are for failures."""


@dataclass(frozen=True, kw_only=True)
class RunDetails:
    """The parts of a trial's page that its text does not have."""

    event: BusEvent = field(default_factory=dict)
    rules: tuple[RuleAnswer, ...] = ()
    stages: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = ()
    """Every stage with its actions and their providers, in order, including those that were not reached."""
    mails: tuple[ApprovalMail, ...] = ()
    """The mails to approvers."""
    files: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """The text of each artifact's files, by name."""
    reasons: Mapping[str, str] = field(default_factory=dict)
    """The reason of each grant, by role or policy and Sid, such as `platform/InspectRole/PullImage`."""
    facts: TrialFacts = field(default_factory=TrialFacts)


def details(trial: Trial, push: Push) -> RunDetails:
    """The details of the push, while the trial still exists."""
    structure = trial.cloud.inside("codepipeline").get_pipeline(name=trial.pipeline)["pipeline"]
    artifacts = push.execution.artifacts if push.execution else {}
    return RunDetails(
        event=push.event,
        rules=tuple(_rules(trial, push)),
        stages=tuple(
            (stage["name"], tuple((each["name"], each["actionTypeId"]["provider"]) for each in stage["actions"]))
            for stage in structure["stages"]
        ),
        mails=trial.cloud.memory(ApprovalMails).of(push.execution.id) if push.execution else (),
        files={
            name: {file: body.decode(errors="replace") for file, body in trial.contents(location).items()}
            for name, location in artifacts.items()
        },
        reasons=dict(_reasons(trial)),
    )


def _rules(trial: Trial, push: Push) -> Iterator[RuleAnswer]:
    """The rules, those that accepted the event first. For an index this is its last event, the one with the tag."""
    events = trial.cloud.inside("events")
    last = {delivery.rule: delivery for delivery in push.deliveries}
    for each in sorted(last.values(), key=lambda delivery: bool(delivery.why)):
        pattern = json.loads(events.describe_rule(Name=each.rule)["EventPattern"])
        yield RuleAnswer(
            rule=trial.called(each.rule),
            pattern=json.dumps(pattern, indent=2),
            target=name_of(each.target, trial.called),
            why=each.why,
            starts_runs=trial.starts_runs(each.rule),
        )


def _reasons(trial: Trial) -> Iterator[tuple[str, str]]:
    """The reasons of every stack of a published template: the emulated AWS has only the JSON, which lacks them."""
    published = {json.dumps(to_dict(template), sort_keys=True): template for template in _built()}
    cloudformation = trial.cloud.inside("cloudformation")
    for stack in (each["StackName"] for each in cloudformation.describe_stacks()["Stacks"]):
        body = cloudformation.get_template(StackName=stack)["TemplateBody"]
        body = json.loads(body) if isinstance(body, str) else body
        template = published.get(json.dumps(body, sort_keys=True))
        label = "" if stack == trial.stack else f"{stack}/"
        for owner, whys in reasons(template).items() if template else ():
            yield from ((f"{label}{owner}/{sid}", why) for sid, why in whys.items())


def _built() -> Iterator[Template]:
    yield from (build() for build in catalog.templates().values())
