"""Seeded defects in published templates. Whether nearly all are noticed, `make mutants` tells: it takes minutes."""

from __future__ import annotations

import re

from tests.mutations.defects import DEFECTS, GONE, Change, apply
from tests.mutations.report import Verdict, mutants, text, verdict
from tests.mutations.survivors import REASONS, reason


def test_every_kind_of_defect_has_a_place() -> None:
    """A kind that fits no template any more proves nothing."""
    assert set() == DEFECTS.keys() - {mutant.defect for mutant in mutants(1)}


def test_every_reason_is_for_some_defect() -> None:
    """A reason for what is no longer in any template goes."""
    seeded = [str(mutant).partition(": ")[2] for mutant in mutants()]
    assert [] == [pattern for pattern in REASONS if not any(re.fullmatch(pattern, each) for each in seeded)]


def test_a_change_leaves_the_template_as_it_is() -> None:
    """A mutant is a copy: what is there is replaced, or goes."""
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


def test_the_report_says_who_notices_what() -> None:
    """Numbers first, then what survives with its reason, or without one."""
    found = [
        Verdict("a: drop a stage: b", "every_image_is_inspected_and_approved"),
        Verdict("a: drop a resource: Resources/KeyAlias", ""),
        Verdict("a: drop a stage: c", ""),
    ]
    assert text(found).splitlines() == [
        "1 of 3 defects are noticed (33.3%)",
        "     1 every_image_is_inspected_and_approved",
        "nobody notices a: drop a resource: Resources/KeyAlias: " + reason(found[1].mutant),
        "nobody notices a: drop a stage: c: NO REASON",
    ]


def test_a_defect_is_noticed_by_a_promise_or_by_cfn_lint() -> None:
    """Promises come first, cfn-lint is asked when they all hold; a promise that stops has noticed it too."""
    seeded = {mutant.defect: mutant for mutant in mutants(1)}
    assert verdict(seeded["drop a rule"]).noticed_by in {"what_cannot_work_is_refused", "rules_speak_of_what_they_ask"}
