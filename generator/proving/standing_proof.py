"""Proofs without lasting changes: change sets, policies, rules, quotas, previews."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from generator.errors import GeneratorError
from generator.proving.change_set_checks import change_set_checks, import_in_other_branch
from generator.proving.interrupts import held_signals
from generator.proving.lifecycle_check import lifecycle_checks
from generator.proving.open_questions import IMPORT, TAGS, answered, unanswered
from generator.proving.policy_checks import new_access_checks, policy_checks
from generator.proving.proof_records import NOTED, PASSED, Check, Proof
from generator.proving.prove_cleaning import our_stacks, remove_empty
from generator.proving.prove_scope import is_empty
from generator.proving.proved_templates import ProvedTemplate
from generator.proving.proving_site import ProvingSite
from generator.proving.quota_checks import quota_checks
from generator.proving.rule_checks import hard_patterns, rule_checks


@dataclass(frozen=True, kw_only=True)
class ProofWishes:
    """Optional checks."""

    repositories: Sequence[str] = ()
    """Repositories whose lifecycle is previewed."""
    access_limit: str = ""
    """A policy that no role may exceed. AWS charges for the comparison."""


def standing_proof(site: ProvingSite, templates: Sequence[ProvedTemplate], wishes: ProofWishes) -> Proof:
    """All results. The empty stacks of change sets are deleted even if it fails."""
    checks = [_account(site)]
    with _removed_at_the_end(site) as left:
        there = our_stacks(site)
        checks += _leftovers(there)
        if any(map(is_empty, there)):
            remove_empty(site)
        listed = site.aws.call("cloudformation", "list-exports") or {}
        exports = frozenset(each["Name"] for each in listed.get("Exports", []))
        checks += change_set_checks(site, templates, exports)
        answers = [import_in_other_branch(site, unanswered()[IMPORT])]
    complete = [each for each in templates if not each.missing]
    checks += policy_checks(site, complete)
    checks += rule_checks(site, complete)
    checks += lifecycle_checks(site, complete, wishes.repositories)
    checks += quota_checks(site)
    if wishes.access_limit:
        checks += new_access_checks(site, complete, wishes.access_limit)
    answers.append(hard_patterns(site, unanswered()[TAGS]))
    return Proof(
        account=site.place.account,
        region=site.place.region,
        deployed=False,
        checks=tuple(checks),
        answers=answered(answers),
        left=tuple(left),
    )


@contextmanager
def _removed_at_the_end(site: ProvingSite) -> Iterator[list[str]]:
    """A list for what could not be deleted. If the block fails, it is reported at once."""
    left: list[str] = []
    finished = False
    try:
        yield left
        finished = True
    finally:
        with held_signals(site.warn):
            site.progress("deleting the empty stacks of the change sets")
            left += remove_empty(site)
        for each in left if not finished else ():
            site.warn(f"Not deleted: {each}")


def refuse_leftovers(site: ProvingSite) -> None:
    """GeneratorError with a line for each stack that an earlier run has left."""
    if found := [each for each in our_stacks(site) if not is_empty(each)]:
        raise GeneratorError(
            "\n".join(f"{each['StackName']} is in {each['StackStatus']}: {_LEFT_BEHIND}" for each in found)
        )


_LEFT_BEHIND = "an earlier run left it; `ecr-pipeline prove --clean` deletes it"


def _account(site: ProvingSite) -> Check:
    return Check(area="credentials", subject=f"account {site.place.account}", verdict=PASSED, text=site.place.region)


def _leftovers(stacks: Sequence[dict[str, object]]) -> Iterator[Check]:
    for each in stacks:
        if not is_empty(each):
            text = f"{each['StackStatus']}: {_LEFT_BEHIND}"
            yield Check(area="leftovers", subject=str(each["StackName"]), verdict=NOTED, text=text)
