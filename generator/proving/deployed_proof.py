"""Proofs that need running stacks: they are deployed, an image runs through them, and they are deleted again."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timezone

from generator.cloudformation.imports import provides
from generator.errors import GeneratorError
from generator.proving.change_set_checks import change_set_checks
from generator.proving.denied_calls import denied_call_checks
from generator.proving.interrupts import held_signals
from generator.proving.open_questions import answered
from generator.proving.proof_records import FAILED, NOT_REACHED, PASSED, Check, Proof, QuestionAnswer
from generator.proving.prove_cleaning import Leftovers, deleted_stacks, remove_everything
from generator.proving.prove_scope import PREFIX, REPOSITORY
from generator.proving.proved_templates import ProvedTemplate
from generator.proving.proving_site import ProvingSite
from generator.proving.run_answers import AREA, log_answer, run_answers, run_checks
from generator.proving.run_following import follow, runs, tagged_digest
from generator.proving.throwaway_stacks import TAG, ThrowawayStack, deploy
from generator.proving.tiny_image import push, tiny_image
from generator.rollout.aws_program import CredentialsError

DEPLOYMENT = "deployment"
RECORD_TAG = "_release"
_SECONDS_OF_IAM = 20
_OTHER = f"{PREFIX}-2"


def deployed_proof(
    site: ProvingSite, templates: Sequence[ProvedTemplate], standing: Proof, stacks: Sequence[ThrowawayStack]
) -> Proof:
    """The proof with the results of the stacks. They are deleted even if it fails."""
    since = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    checks: list[Check] = []
    answers: list[QuestionAnswer] = []
    with _deleted_at_the_end(site) as leftovers:
        try:
            _deploy_all(site, stacks, checks, answers)
            checks += _other_change_sets(site, templates, standing)
            _run(site, checks, answers)
        except CredentialsError:
            raise
        except GeneratorError as error:
            checks.append(Check(area=DEPLOYMENT, subject="the rest of it", verdict=FAILED, text=str(error)))
    checks += denied_call_checks(site, since)
    before = [
        each for each in standing.checks if (each.area, each.subject) not in {(c.area, c.subject) for c in checks}
    ]
    known = [each for each in standing.answers if each.verdict != NOT_REACHED]
    return replace(
        standing,
        deployed=True,
        checks=(*before, *checks),
        answers=answered([*known, *answers]),
        left=(*standing.left, *leftovers.lines()),
        pending=tuple(leftovers.pending),
    )


@contextmanager
def _deleted_at_the_end(site: ProvingSite) -> Iterator[Leftovers]:
    """Collects what could not be deleted. If the block fails, it is reported at once."""
    earlier = deleted_stacks(site)
    found = Leftovers()
    finished = False
    try:
        yield found
        finished = True
    finally:
        with held_signals(site.warn):
            removed = remove_everything(site, earlier)
        found.left, found.pending = removed.left, removed.pending
        for line in () if finished else (*found.lines(), *found.pending):
            site.warn(f"Not deleted: {line}")


def _deploy_all(
    site: ProvingSite, stacks: Sequence[ThrowawayStack], checks: list[Check], answers: list[QuestionAnswer]
) -> None:
    """Create the stacks, in their order. GeneratorError if one fails."""
    for stack in stacks:
        try:
            deploy(site, stack)
        except CredentialsError:
            raise
        except GeneratorError as error:
            answers.append(log_answer(_failed_type(stack, str(error)), str(error)))
            raise
        checks.append(Check(area=DEPLOYMENT, subject=stack.name, verdict=PASSED, text="CREATE_COMPLETE"))
    answers.append(log_answer("", ""))


def _failed_type(stack: ThrowawayStack, reason: str) -> str:
    """The type of the resource with which the reason begins."""
    resources = json.loads(stack.text)["Resources"]
    found = [each["Type"] for title, each in resources.items() if f": {title}: " in reason]
    return str(found[0]) if found else "a change set"


def _other_change_sets(site: ProvingSite, templates: Sequence[ProvedTemplate], standing: Proof) -> list[Check]:
    """Change sets of the templates whose imports exist now: those that import from a network or a platform."""
    passed = {each.subject for each in standing.checks if each.area == "change sets" and each.verdict != NOT_REACHED}
    listed = site.aws.call("cloudformation", "list-exports") or {}
    exports = frozenset(each["Name"] for each in listed.get("Exports", []))
    others = [_on_our_platform(each) for each in templates if each.name not in passed and not each.missing]
    return change_set_checks(site, others, exports)


def _on_our_platform(template: ProvedTemplate) -> ProvedTemplate:
    """A template with imports from the stacks that exist. One with exports gets another name."""
    own = provides(template.body).values()
    declared = template.body.get("Parameters", {})
    ours = {name: _OTHER if name in own else PREFIX for name in ("Network", "Platform") if name in declared}
    return replace(template, parameters={**template.parameters, **ours})


def _run(site: ProvingSite, checks: list[Check], answers: list[QuestionAnswer]) -> None:
    site.progress("pushing an image")
    image = tiny_image(f"made by ecr-pipeline prove at {datetime.now(timezone.utc).isoformat()}\n")
    # A role that is seconds old may be denied, and EventBridge does not repeat a call that is denied.
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html#troubleshoot_general_eventual-consistency
    site.pause(_SECONDS_OF_IAM)
    before = runs(site)
    push(site, REPOSITORY, TAG, image)
    checks.append(Check(area=AREA, subject="the push", verdict=PASSED, text=f"{REPOSITORY}:{TAG} {image.digest}"))
    run = follow(site, before)
    checks += run_checks(run, image.digest, tagged_digest(site, RECORD_TAG))
    answers += run_answers(run)
