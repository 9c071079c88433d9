"""Change sets that are never executed: CloudFormation's answer for each template, with its early validation.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/validate-stack-deployments.html
"""

from __future__ import annotations

import json
import secrets
import tempfile
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from generator.changesets import change_set_reading
from generator.changesets.change_records import EarlyFinding
from generator.proving.proof_records import FAILED, NO, NOT_REACHED, NOTED, PASSED, YES, Check, QuestionAnswer
from generator.proving.prove_scope import CHECK, PREFIX, TAGS
from generator.proving.proved_templates import ProvedTemplate
from generator.proving.proving_site import ProvingSite
from generator.proving.questioning import asked, once, why_not_answered
from generator.rollout.aws_program import AwsRefusalError
from generator.rollout.several import several

AREA = "change sets"
NAME = f"{PREFIX}-{secrets.token_hex(6)}"
"""The name of every change set of this process. It is random, so that no change set of anybody else can be executed."""
_PAUSES = (0.2, 1, 2, 3, 5)
_TAKEN = "NAME_CONFLICT_VALIDATION"
IMPORT_PROBE: Mapping[str, Any] = {
    "AWSTemplateFormatVersion": "2010-09-09",
    "Conditions": {"Never": {"Fn::Equals": ["yes", "no"]}},
    "Resources": {
        "Topic": {
            "Type": "AWS::SNS::Topic",
            "Properties": {
                "DisplayName": {"Fn::If": ["Never", {"Fn::ImportValue": "ecr-pipeline-prove:missing"}, "prove"]}
            },
        }
    },
}
"""An import that does not exist, in a branch that is not taken."""


def change_set_checks(site: ProvingSite, templates: Sequence[ProvedTemplate], exports: Collection[str]) -> list[Check]:
    """A change set for each template whose imports exist."""
    site.progress(f"making {len(templates)} change sets, none of which is executed")

    def one(template: ProvedTemplate) -> Check:
        stack = f"{CHECK}{template.name}"
        if template.missing:
            return _result(template.name, NOT_REACHED, template.missing)
        missing = [name for name in template.offline(site.place, stack).imported() if name not in exports]
        if missing:
            more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
            return _result(template.name, NOT_REACHED, f"it imports {missing[0]}{more}, which no stack exports here")
        return asked(AREA, template.name, lambda: _checked(site, template, stack))

    return several(one, templates, site.stopping)


def import_in_other_branch(site: ProvingSite, question: QuestionAnswer) -> QuestionAnswer:
    """The answer to the question whether CloudFormation looks up an import in a branch that is not taken."""
    try:
        described = _made(site, f"{CHECK}import", json.dumps(IMPORT_PROBE), {})
        verdict, text = NO, "a change set with such an import can be made"
        if described["Status"] == "FAILED":
            verdict, text = YES, f"a change set with such an import fails: {described.get('StatusReason', '')}"
    except AwsRefusalError as error:
        is_answer = "No export named" in str(error)
        verdict, text = (YES, str(error)) if is_answer else (NOT_REACHED, why_not_answered(error))
    return QuestionAnswer(id=question.id, question=question.question, verdict=verdict, text=text)


def _checked(site: ProvingSite, template: ProvedTemplate, stack: str) -> Check:
    try:
        described = _made(site, stack, template.text, template.parameters)
    except AwsRefusalError as error:
        if error.code != "ValidationError":
            raise
        if template.is_example:
            return _result(
                template.name, NOT_REACHED, f"its parameters are examples: {error}; enter yours into the file"
            )
        return _result(template.name, FAILED, str(error))
    findings, note = _findings(site, str(described["ChangeSetId"]))
    return _judged(template.name, described, findings, note)


def _judged(name: str, described: Mapping[str, Any], findings: Sequence[EarlyFinding], note: str) -> Check:
    """The result of a change set. A name that is in use is no failure: you may have a stack of that name."""
    texts = [f"{each.resource}: {each.text} [{each.name}]" for each in findings]
    wrong = [each for each in findings if each.mode == "FAIL" and each.name != _TAKEN]
    if described["Status"] == "FAILED" and (wrong or not findings):
        return _result(name, FAILED, "; ".join(texts) or str(described.get("StatusReason", "no reason was given")))
    count = sum("ResourceChange" in each for each in described.get("Changes", []))
    said = (
        [f"{count} resources"] if described["Status"] != "FAILED" else ["the only obstacles are names that are taken"]
    )
    return _result(name, NOTED if texts or note else PASSED, "; ".join([*said, *texts, *filter(None, [note])]))


def _result(subject: str, verdict: str, text: str) -> Check:
    return Check(area=AREA, subject=subject, verdict=verdict, text=" ".join(text.split()))


def _made(site: ProvingSite, stack: str, body: str, parameters: Mapping[str, str]) -> Mapping[str, Any]:
    """The change set, once CloudFormation has created it or failed."""
    create_change_set(site, stack, body, parameters)
    return described_change_set(site, stack)


def create_change_set(
    site: ProvingSite, stack: str, body: str, parameters: Mapping[str, str], *, types: Sequence[str] = ()
) -> None:
    """Request a change set for a new stack, with the tag of `prove`.

    One to be executed names the types that it needs.
    """
    given = [{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()]
    with tempfile.TemporaryDirectory(prefix="ecr-pipeline-prove-") as folder:
        template = Path(folder, "template.json")
        template.write_text(body, encoding="utf-8")
        once(
            site,
            "AlreadyExistsException",
            *("cloudformation", "create-change-set", "--stack-name", stack, "--change-set-name", NAME),
            *("--change-set-type", "CREATE", "--capabilities", "CAPABILITY_IAM"),
            *("--template-body", f"file://{template}", "--parameters", json.dumps(given)),
            *("--tags", json.dumps(TAGS)),
            *(("--resource-types", *types) if types else ()),
        )


def described_change_set(site: ProvingSite, stack: str) -> Mapping[str, Any]:
    """The change set of a stack, once it is created or has failed."""
    looks = 0
    while True:
        described = site.aws.call(
            "cloudformation", "describe-change-set", "--stack-name", stack, "--change-set-name", NAME
        )
        if change_set_reading.is_final(described):
            return dict(described)
        site.pause(_PAUSES[min(looks, len(_PAUSES) - 1)])
        looks += 1


def _findings(site: ProvingSite, arn: str) -> tuple[tuple[EarlyFinding, ...], str]:
    """The findings of early validation, and a note if they cannot be read."""
    try:
        events: Iterable[Mapping[str, Any]] = (
            site.aws.call("cloudformation", "describe-events", "--change-set-name", arn) or {}
        ).get("OperationEvents", [])
    except AwsRefusalError as error:
        return (), f"the result of its validation cannot be read: {error}"
    return change_set_reading.early_findings(events), ""
