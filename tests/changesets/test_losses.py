"""Replaced resources, and the consequences."""

from __future__ import annotations

from generator.changesets.change_records import LATER, ResourceEntry
from generator.changesets.losses import deletion_words, is_replaced, loses_data, replacement_words
from tests.changesets.made import change, plan_of


def entry(
    replacement: str, *, kind: str = "AWS::ECR::Repository", after: str = "b", **further: object
) -> ResourceEntry:
    """A repository whose name changes, as a change set shows it."""
    target = {"Attribute": "Properties", "Name": "RepositoryName", "Path": "/Properties/RepositoryName"}
    details = [
        {
            "Target": {**target, "RequiresRecreation": "Always", "BeforeValue": "a", "AfterValue": after},
            "Evaluation": "Static" if replacement == "True" else "Dynamic",
        }
    ]
    named = {"Replacement": replacement, "Details": details, "PhysicalResourceId": "a", **further}
    [found] = plan_of(change("Modify", "X", kind, {"RepositoryName": "a"}, {"RepositoryName": after}, **named)).entries
    return found


def test_a_replacement_says_what_is_lost() -> None:
    """Data, a name that collides, or no text if the old resource stays."""
    certain = plan_of().entries
    assert () == certain
    lost = entry("True", PolicyAction="ReplaceAndDelete")
    assert "replaced because of RepositoryName: its images are lost" == replacement_words(lost)
    kept = entry("True", PolicyAction="ReplaceAndRetain")
    assert replacement_words(kept).endswith(
        "the old one stays in the account, outside the stack, and a new one takes its place"
    )
    named = entry("True", after="a")
    assert "AWS refuses that while the template keeps the name a" in replacement_words(named)


def test_a_possible_replacement_is_shown_unless_its_value_stays() -> None:
    """CloudFormation reports Conditional for values that depend on a change, even if the value will be the same."""
    later = entry("Conditional", after=LATER)
    assert is_replaced(later)
    assert "may be replaced because of RepositoryName (its value is not known yet)" in replacement_words(later)
    assert not is_replaced(entry("Conditional", after="a"))
    assert not is_replaced(entry("Conditional", kind="Custom::VpcFinish", after=LATER))
    assert not is_replaced(entry("False"))


def test_a_deletion_says_what_is_lost() -> None:
    """With its data, or kept outside the stack."""
    lost, kept, other = plan_of(
        change("Remove", "A", "AWS::S3::Bucket", PolicyAction="Delete"),
        change("Remove", "B", "AWS::S3::Bucket", PolicyAction="Retain"),
        change("Remove", "C", "AWS::IAM::Role", PolicyAction="Delete"),
    ).entries
    assert [True, False, False] == [loses_data(each) for each in (lost, kept, other)]
    assert "deleted: its objects are lost; AWS does not delete a bucket that is not empty" == deletion_words(lost)
    assert "removed from the stack: it stays in the account, outside the stack" == deletion_words(kept)
    assert "deleted" == deletion_words(other)
    [packages] = plan_of(change("Remove", "D", "AWS::CodeArtifact::Repository", PolicyAction="Delete")).entries
    assert "deleted: its packages are lost" == deletion_words(packages)
