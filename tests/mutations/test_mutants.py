"""Seeded defects in published templates: nearly all are noticed, and it is known why the others are not."""

from __future__ import annotations

import re

import pytest

from tests.mutations.defects import DEFECTS, GONE, Change, apply, is_change
from tests.mutations.report import Mutant, Verdict, every, mutants, stopped, survivors, text, verdict
from tests.mutations.survivors import REASONS, reason
from tests.promises import promises

OF_EACH_KIND = 4
# Defects that must be among them: a permission, a resource, an artifact, a condition, an endpoint, an event.
ASKED_FOR = {
    "drop an action",
    "widen a resource",
    "rename an artifact",
    "swap the branches of an If",
    "remove an endpoint",
    "drop a filter of an event pattern",
}


@pytest.mark.slow
def test_nearly_all_defects_are_noticed() -> None:
    """Of a few hundred defects, some of each kind and of each template, 95 of 100 are noticed, and the rest explained.

    None is left to a test that merely stops. `make mutants` tries every one, which takes half an hour.
    """
    found = [verdict(mutant) for mutant in mutants(OF_EACH_KIND)]
    assert len(found) >= 200
    assert [] == [mutant for mutant in survivors(found) if not reason(mutant)], text(found)
    assert [] == stopped(found), text(found)
    assert len(survivors(found)) <= 0.05 * len(found), text(found)


def test_every_kind_of_defect_has_a_place() -> None:
    """A kind that fits no template any more proves nothing."""
    assert [] == [name for name, found in every().items() if not found]
    assert set() == ASKED_FOR - DEFECTS.keys()


def test_a_few_of_each_kind_are_of_all_templates() -> None:
    """The mutants that every change is tested with cover every template, and are the same each time."""
    tried = list(mutants(OF_EACH_KIND))
    assert {mutant.template for mutant in mutants()} == {mutant.template for mutant in tried}
    assert tried == list(mutants(OF_EACH_KIND))


def test_every_reason_is_for_some_defect() -> None:
    """A reason for a defect that no template has any more must be removed."""
    seeded = {str(mutant) for mutant in mutants()}
    seeded |= {mutant.partition(": ")[2] for mutant in seeded}
    assert [] == [pattern for pattern in REASONS if not any(re.fullmatch(pattern, each) for each in seeded)]


def test_a_change_leaves_the_template_as_it_is() -> None:
    """A mutant is a copy, with a replaced or removed value."""
    template = {"Resources": {"Topic": {"Type": "AWS::SNS::Topic", "Properties": {"Tags": [1]}}}}
    assert [2] == apply(template, Change(("Resources", "Topic", "Properties", "Tags"), [2]))["Resources"]["Topic"][
        "Properties"
    ].get("Tags")
    assert (
        {}
        == apply(template, Change(("Resources", "Topic", "Properties", "Tags"), GONE))["Resources"]["Topic"][
            "Properties"
        ]
    )
    assert [1] == template["Resources"]["Topic"]["Properties"]["Tags"]  # type: ignore[index]


def test_a_replacement_by_the_same_value_is_no_change() -> None:
    """A replacement by the same value, or the removal of something absent, makes no mutant."""
    template = {"Resources": {"Topic": {"Type": "AWS::SNS::Topic", "Properties": {"Tags": [1]}}}}
    tags = ("Resources", "Topic", "Properties", "Tags")
    assert [True, False] == [is_change(template, Change(tags, value)) for value in ([2], [1])]
    assert is_change(template, Change(tags, GONE))
    assert is_change(template, Change((*tags[:-1], "TopicName"), "orders"))
    assert not is_change(template, Change((*tags[:-1], "TopicName"), GONE))


def test_the_report_names_what_notices_each_defect() -> None:
    """Numbers first, then what a promise only stops at, then what survives with its reason, or without one."""
    found = [
        Verdict("a: drop a stage: b", "every_image_is_inspected_and_approved"),
        Verdict("a: drop a resource: Resources/KeyAlias", ""),
        Verdict("a: drop a stage: c", ""),
        Verdict("a: drop a property: d", "stopped: logs_expire: KeyError"),
    ]
    assert text(found).splitlines() == [
        "1 of 4 defects are noticed (25.0%)",
        "     1 every_image_is_inspected_and_approved",
        "     1 stopped",
        "stopped: logs_expire: KeyError at a: drop a property: d",
        "nobody notices a: drop a resource: Resources/KeyAlias: " + reason(found[1].mutant),
        "nobody notices a: drop a stage: c: NO REASON",
    ]


def test_a_defect_is_noticed_by_a_promise_or_by_cfn_lint() -> None:
    """Promises come first, then cfn-lint. A promise that raises an error is named if cfn-lint has no finding either."""
    seeded = {mutant.defect: mutant for mutant in mutants(1)}
    assert verdict(seeded["drop a rule"]).noticed_by in promises()
    without_role = Mutant("pipeline-lambda", "drop a resource", Change(("Resources", "RecorderRole"), GONE))
    assert verdict(without_role).noticed_by.startswith("cfn-lint E")  # promises stop at it
