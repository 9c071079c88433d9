"""W9705: filters of rules for pushes."""

from __future__ import annotations

from typing import Any

import pytest

from tests.rules.test_rules import ARN, findings, template

PATTERN = "Resources/Trigger/Properties/EventPattern"


def with_detail(**detail: object) -> dict[str, Any]:
    """The template with another filter; None takes a key out."""
    body = template()
    filters = body["Resources"]["Trigger"]["Properties"]["EventPattern"]["detail"]
    filters.update({key.replace("_", "-"): value for key, value in detail.items()})
    for key in [key for key, value in filters.items() if value is None]:
        del filters[key]
    return body


@pytest.mark.parametrize(
    "tags",
    [
        ["latest"],
        [{"anything-but": ""}],
        [{"anything-but": ["", "latest"]}],
        [{"prefix": "v"}, {"suffix": "-prod"}],
        [{"wildcard": "v*"}, {"wildcard": "*-prod"}],
        [{"wildcard": {"Ref": "Pattern"}}],
        [{"anything-but": {"Ref": "Tag"}}],
        [{"anything-but": {"wildcard": "*"}}],
        [{"Ref": "Tag"}],
        [{"Fn::Sub": "${Tag}"}],
        {"Ref": "Tags"},
    ],
)
def test_a_filter_on_the_tag_is_no_finding(tags: object) -> None:
    """A filter that an empty tag does not pass is good, and so is one that is known at deployment."""
    assert [] == findings(with_detail(image_tag=tags), "W9705")


@pytest.mark.parametrize(
    "tag",
    [
        "",
        {"wildcard": "*"},
        {"prefix": ""},
        {"suffix": ""},
        {"exists": True},
        {"anything-but": "latest"},
        {"anything-but": ["latest", "dev"]},
        {"anything-but": {"prefix": "dev-"}},
    ],
)
def test_a_filter_that_matches_an_empty_tag_is_found(tag: object) -> None:
    """A filter that an empty tag passes is found: every manifest without a tag would start the pipeline."""
    found = findings(with_detail(image_tag=["v1", tag]), "W9705")

    assert [f"{PATTERN}/detail/image-tag/1"] == [finding.place for finding in found]
    assert 'lets manifests without a tag through, {"anything-but": ""} does not' in found[0].message


def test_both_filters_are_missed() -> None:
    """A rule without filter on action-type or image-tag is found, also when it filters on nothing."""
    expected = [
        (
            "W9705",
            f"{PATTERN}/detail",
            'The pattern does not filter on image-tag: let a tag, or {"anything-but": ""} through',
        ),
        ("W9705", f"{PATTERN}/detail", 'The pattern does not filter on action-type: let "PUSH" through'),
    ]
    assert expected[:1] == findings(with_detail(image_tag=None), "W9705")
    assert expected[1:] == findings(with_detail(action_type=None), "W9705")

    body = template()
    del body["Resources"]["Trigger"]["Properties"]["EventPattern"]["detail"]
    assert 2 == len(findings(body, "W9705"))


def test_only_pushes_start_the_pipeline() -> None:
    """A deletion may not start it."""
    found = findings(with_detail(action_type=["PUSH", "DELETE"]), "W9705")

    assert [
        (
            "W9705",
            f"{PATTERN}/detail/action-type/1",
            "DELETE starts the pipeline as well: match only PUSH",
        )
    ] == found


def test_alternatives_may_hold_the_filter() -> None:
    """Each of them must: an alternative without the filter lets everything through."""
    alternatives = [{"image-tag": ["v1"]}, {"image-tag": ["v2"]}]
    assert [] == findings(with_detail(image_tag=None, **{"$or": alternatives}), "W9705")

    found = findings(with_detail(image_tag=None, **{"$or": [*alternatives, {"result": ["SUCCESS"]}]}), "W9705")
    assert ["image-tag" in each.message for each in found] == [True]


def test_alternatives_are_filtered() -> None:
    """An empty tag and another action are found in an alternative too."""
    alternatives = [{"action-type": ["PUSH"]}, {"action-type": ["DELETE"], "image-tag": [""]}]
    found = findings(with_detail(action_type=None, **{"$or": alternatives}), "W9705")

    places = [f"{PATTERN}/detail/$or/1/action-type/0", f"{PATTERN}/detail/$or/1/image-tag/0"]
    assert places == [each.place for each in found]


def test_replicas_may_start_the_pipeline() -> None:
    """Where the rule is for them: of pushes alone, REPLICATE is no action."""
    alternatives = [{"action-type": ["PUSH"]}, {"action-type": ["REPLICATE"], "source-account": ["111122223333"]}]
    body = with_detail(action_type=None, **{"$or": alternatives})
    assert ["REPLICATE starts" in each.message for each in findings(body, "W9705")] == [True]

    body["Resources"]["Trigger"]["Properties"]["EventPattern"]["detail-type"].append("ECR Replication Action")
    assert [] == findings(body, "W9705")


def test_rules_for_something_else_are_left_alone() -> None:
    """A rule for scans, and one that starts no pipeline, need no tag."""
    scan = with_detail(image_tag=None)
    scan["Resources"]["Trigger"]["Properties"]["EventPattern"]["detail-type"] = ["ECR Image Scan"]
    assert [] == findings(scan, "W9705")

    notice = with_detail(image_tag=None)
    notice["Resources"]["Trigger"]["Properties"]["Targets"][0]["Arn"] = {"Ref": "Topic"}
    assert [] == findings(notice, "W9705")


@pytest.mark.parametrize(
    "arn",
    [ARN, {"Fn::Join": [":", ["arn", {"Ref": "AWS::Partition"}, "codepipeline", "eu-west-1", "1", "other"]]}],
)
def test_a_pipeline_of_another_template_counts_as_well(arn: object) -> None:
    """A target is recognized as a pipeline by its ARN, in every way of writing it."""
    body = with_detail(image_tag=None)
    body["Resources"]["Trigger"]["Properties"]["Targets"][0]["Arn"] = arn

    assert 1 == len(findings(body, "W9705"))
