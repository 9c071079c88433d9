"""Findings of IAM Access Analyzer in the policies of templates."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from generator.proving.proof_records import FAILED, NOTED, PASSED, Check
from generator.proving.proved_templates import ProvedTemplate
from generator.proving.proving_site import ProvingSite
from generator.proving.questioning import asked
from generator.proving.template_policies import IDENTITY, template_policies
from generator.rollout.several import several

AREA, NEW_ACCESS = "policies", "new access"
_WRONG = ("ERROR", "SECURITY_WARNING")


class _Document(NamedTuple):
    """A document to send. One that several templates have is sent once."""

    type: str
    resource_type: str
    text: str


def policy_checks(site: ProvingSite, templates: Sequence[ProvedTemplate]) -> list[Check]:
    """ValidatePolicy on every policy.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html
    """
    owners = _documents(site, templates)
    site.progress(f"validating {len(owners)} policies")

    def one(document: _Document) -> Check:
        def ask() -> Check:
            attached = ("--validate-policy-resource-type", document.resource_type) if document.resource_type else ()
            answer = site.aws.call(
                *("accessanalyzer", "validate-policy", "--policy-document", document.text),
                *("--policy-type", document.type, *attached),
            )
            return _check(owners[document], answer.get("findings", []))

        return asked(AREA, _subject(owners[document]), ask)

    return several(one, list(owners), site.stopping)


def new_access_checks(site: ProvingSite, templates: Sequence[ProvedTemplate], limit: str) -> list[Check]:
    """CheckNoNewAccess for each policy of a role: whether it allows more than the policy `limit` does.

    AWS charges each of these calls: https://aws.amazon.com/iam/access-analyzer/pricing/
    """
    owners = {document: names for document, names in _documents(site, templates).items() if document.type == IDENTITY}
    site.progress(f"comparing {len(owners)} policies, each of which is charged")

    def one(document: _Document) -> Check:
        subject = _subject(owners[document])

        def ask() -> Check:
            answer = site.aws.call(
                *("accessanalyzer", "check-no-new-access", "--policy-type", IDENTITY),
                *("--new-policy-document", document.text, "--existing-policy-document", limit),
            )
            verdict = PASSED if answer["result"] == "PASS" else FAILED
            return Check(area=NEW_ACCESS, subject=subject, verdict=verdict, text=_why(answer))

        return asked(NEW_ACCESS, subject, ask)

    return several(one, list(owners), site.stopping)


def _documents(site: ProvingSite, templates: Iterable[ProvedTemplate]) -> dict[_Document, list[str]]:
    """Each document, with the templates that have it."""
    found: dict[_Document, list[str]] = {}
    for template in templates:
        for policy in template_policies(template.offline(site.place, template.name)):
            document = _Document(policy.type, policy.resource_type, policy.document)
            found.setdefault(document, []).append(f"{template.name}/{policy.owner}")
    return found


def _subject(owners: Sequence[str]) -> str:
    more = len(owners) - 1
    return owners[0] + (f" and {more} more" if more else "")


def _check(owners: Sequence[str], findings: Sequence[Mapping[str, Any]]) -> Check:
    wrong = [each for each in findings if each["findingType"] in _WRONG]
    texts = [f"{each['findingType']} {each['issueCode']}: {each['findingDetails']}" for each in wrong or findings]
    verdict = FAILED if wrong else NOTED if findings else PASSED
    return Check(area=AREA, subject=_subject(owners), verdict=verdict, text=" ".join("; ".join(texts).split()))


def _why(answer: Mapping[str, Any]) -> str:
    reasons = [str(each.get("description", "")) for each in answer.get("reasons", [])]
    return "" if answer["result"] == "PASS" else "; ".join([str(answer.get("message", "")), *reasons])
