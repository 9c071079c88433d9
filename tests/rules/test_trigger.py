"""E9704: rules and the pipelines that they start."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.rules.test_rules import ARN, REQUEST, action, findings, messages, pipeline, template

RULE = "Resources/Trigger/Properties"
TEMPLATE = f"{RULE}/Targets/0/InputTransformer/InputTemplate"
REVISION: dict[str, str] = {"actionName": "Image", "revisionType": "IMAGE_DIGEST", "revisionValue": "<digest>"}


def with_request(request: object) -> dict[str, Any]:
    """The template with another InputTemplate; a value that is no text is written as JSON."""
    body = template()
    text = request if isinstance(request, str) or (isinstance(request, dict) and "Fn::Sub" in request) else None
    transformer(body)["InputTemplate"] = text or json.dumps(request)
    return body


def transformer(body: dict[str, Any]) -> dict[str, Any]:
    """The InputTransformer of the trigger."""
    result: dict[str, Any] = body["Resources"]["Trigger"]["Properties"]["Targets"][0]["InputTransformer"]
    return result


@pytest.mark.parametrize(
    "request_",
    [
        REQUEST,
        {"sourceRevisions": [REVISION]},
        {"variables": [{"name": "PushedTag", "value": "<tag>"}]},
        '{"sourceRevisions": [{"actionName": "Image", "revisionType": "IMAGE_DIGEST", "revisionValue": <digest>}]}',
        '{"variables": [{"name": "PushedTag", "value": "of <tag>, \\"<digest>\\", <aws.events.rule-name>"}]}',
        {"Fn::Sub": '{"sourceRevisions": [${Revisions}], "variables": [{"name": "${Name}", "value": "<tag>"}]}'},
    ],
)
def test_requests_that_fit_pass(request_: object) -> None:
    """Overrides of source and variables in AWS's shapes are good, with and without quotes round a placeholder."""
    assert [] == findings(with_request(request_), "E9704")


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        (
            '{"sourceRevisions": [',
            (
                "The InputTemplate is not JSON, even with its placeholders replaced: "
                "Expecting value: line 1 column 22 (char 21)"
            ),
        ),
        (
            '"the digest <digest>"',
            "The InputTemplate starts a pipeline, so it must be an object with sourceRevisions or variables",
        ),
        (
            {"variables": [{"name": "PushedTag", "value": "<tga>"}]},
            "<tga> is not in the InputPathsMap, which has digest, tag",
        ),
        (
            {"sourceRevision": [REVISION]},
            (
                "'sourceRevision' is not among the keys of the request that starts a pipeline; did you mean "
                "'sourceRevisions'? (there: sourceRevisions, variables, clientRequestToken, name)"
            ),
        ),
        (
            {"sourceRevisions": REVISION},
            f"sourceRevisions is a list of {{actionName, revisionType, revisionValue}}, not {json.dumps(REVISION)}",
        ),
        (
            {"sourceRevisions": [{"actionName": "Image", "revisionValue": "<digest>"}]},
            (
                "sourceRevisions is a list of {actionName, revisionType, revisionValue}, "
                'not {"actionName": "Image", "revisionValue": "<digest>"}'
            ),
        ),
        (
            {"sourceRevisions": [{**REVISION, "actionName": "Imgae"}]},
            "'Imgae' is not among the source actions of the pipeline; did you mean 'Image'? (there: Image)",
        ),
        (
            {"sourceRevisions": [{**REVISION, "actionName": "Approve"}]},
            "'Approve' is not among the source actions of the pipeline (there: Image)",
        ),
        (
            {"sourceRevisions": [{**REVISION, "revisionType": "COMMIT_ID"}]},
            "'COMMIT_ID' is not among the revision types of a source of ECR (there: IMAGE_DIGEST)",
        ),
        (
            {"variables": [{"name": "Pushed", "value": "<tag>"}]},
            (
                "'Pushed' is not among the variables that the pipeline declares; did you mean 'PushedTag'? (there: "
                "PushedTag)"
            ),
        ),
        (
            {"variables": {"PushedTag": "<tag>"}},
            'variables is a list of {name, value}, not {"PushedTag": "<tag>"}',
        ),
    ],
)
def test_requests_that_do_not_fit_are_found(request_: object, message: str) -> None:
    """A request that StartPipelineExecution would refuse, or partly ignore, is found at the InputTemplate."""
    assert [("E9704", TEMPLATE, message)] == findings(with_request(request_), "E9704")


def test_overrides_need_v2() -> None:
    """A V1 pipeline takes neither source revisions nor variables."""
    body = template()
    pipeline(body)["PipelineType"] = "V1"

    assert [
        "sourceRevisions requires PipelineType V2, and the pipeline is V1",
        "variables requires PipelineType V2, and the pipeline is V1",
    ] == messages(body, "E9704")


def test_a_rule_without_input_is_checked_for_its_repository_alone() -> None:
    """A target without InputTransformer is good: the pipeline takes the tag of its source action."""
    body = template()
    del body["Resources"]["Trigger"]["Properties"]["Targets"][0]["InputTransformer"]

    assert [] == findings(body, "E9704")


def test_a_placeholder_without_map_is_found() -> None:
    """Without InputPathsMap no placeholder is filled."""
    body = template()
    del transformer(body)["InputPathsMap"]

    assert [
        "<digest> is not in the InputPathsMap, which has nothing",
        "<tag> is not in the InputPathsMap, which has nothing",
    ] == messages(body, "E9704")


@pytest.mark.parametrize(
    ("arn", "name"),
    [
        (ARN, None),
        ({"Ref": "Pipeline"}, None),
        ({"Fn::GetAtt": ["Pipeline", "Arn"]}, None),
        ({"Fn::GetAtt": "Pipeline.Arn"}, None),
        ({"Fn::Join": [":", ["arn", "codepipeline", {"Ref": "AWS::Region"}, {"Ref": "Pipeline"}]]}, None),
        ({"Fn::Sub": ["arn:x:codepipeline:x:x:${Name}", {"Name": {"Ref": "Pipeline"}}]}, None),
        ({"Fn::Sub": "arn:x:codepipeline:x:x:orders"}, "orders"),
        ({"Fn::Sub": "arn:x:codepipeline:x:x:${PipelineName}"}, {"Ref": "PipelineName"}),
        ({"Fn::If": ["Always", ARN, "arn:x:sqs:x:x:q"]}, None),
    ],
)
def test_the_pipeline_is_found_by_its_arn(arn: object, name: object) -> None:
    """Sub, Ref, GetAtt and Join, the logical id and the name lead to the pipeline of the template."""
    body = with_request({"sourceRevisions": [{**REVISION, "actionName": "Nobody"}]})
    body["Resources"]["Trigger"]["Properties"]["Targets"][0]["Arn"] = arn
    if name:
        pipeline(body)["Name"] = name

    assert ["'Nobody' is not among the source actions of the pipeline (there: Image)"] == messages(body, "E9704")


@pytest.mark.parametrize(
    "arn",
    [
        "arn:x:codepipeline:x:x:elsewhere",
        {"Ref": "Topic"},
        {"Fn::ImportValue": "PipelineArn"},
        {"Fn::Sub": "arn:x:sns:x:x:${AWS::StackName}"},
        {"Fn::Join": [":", {"Ref": "Parts"}]},
    ],
)
def test_other_targets_are_left_alone(arn: object) -> None:
    """A target that is no pipeline of this template may be sent anything."""
    body = with_request("any <text>")
    pipeline(body)["Name"] = {"Ref": "AWS::StackName"}
    body["Resources"]["Trigger"]["Properties"]["Targets"][0]["Arn"] = arn

    assert [] == findings(body, "E9704")


def with_repository(in_rule: object, in_source: object) -> dict[str, Any]:
    """The template with these names of the repository."""
    body = template()
    body["Resources"]["Trigger"]["Properties"]["EventPattern"]["detail"]["repository-name"] = in_rule
    pipeline(body)["Stages"][0]["Actions"][0]["Configuration"]["RepositoryName"] = in_source
    return body


@pytest.mark.parametrize(
    ("in_rule", "in_source"),
    [
        (["orders"], "orders"),
        ([{"Fn::Sub": "${RepositoryName}"}], {"Ref": "RepositoryName"}),
        ([{"Fn::Join": ["/", ["team", {"Ref": "Name"}]]}], {"Fn::Sub": "team/${Name}"}),
        ([{"Ref": "Repository"}], {"Ref": "RepositoryName"}),
        ([{"prefix": "team/"}], {"Ref": "RepositoryName"}),
        ([{"Fn::ImportValue": "Name"}], {"Ref": "RepositoryName"}),
        (["orders"], {"Fn::ImportValue": "Name"}),
        ({"Ref": "Names"}, "orders"),
    ],
)
def test_one_repository_in_two_spellings_is_one(in_rule: object, in_source: object) -> None:
    """The same value in two spellings is the same; a value known only at deployment is no finding."""
    body = with_repository(in_rule, in_source)
    body["Resources"]["Repository"] = {
        "Type": "AWS::ECR::Repository",
        "Properties": {"RepositoryName": {"Ref": "RepositoryName"}},
    }

    assert [] == findings(body, "E9704")


def test_another_repository_is_found() -> None:
    """A rule that waits for another repository than the source reads is found, at the name."""
    body = with_repository([{"Ref": "RepositoryName"}, "payments"], {"Ref": "RepositoryName"})

    assert [
        (
            "E9704",
            f"{RULE}/EventPattern/detail/repository-name/1",
            "The rule waits for the repository payments, and the source action reads ${RepositoryName}",
        )
    ] == findings(body, "E9704")


def test_a_rule_for_every_repository_is_found() -> None:
    """Without repository-name, a push to any repository starts the pipeline."""
    body = template()
    del body["Resources"]["Trigger"]["Properties"]["EventPattern"]["detail"]["repository-name"]

    assert ["Pushes to every repository start the pipeline: match only repository-name ${RepositoryName}"] == messages(
        body, "E9704"
    )


def test_the_digest_goes_to_the_action_that_reads_the_repository() -> None:
    """With two ECR sources, the rule waits for the repository of the one that it overrides."""
    body = with_repository(["base"], "orders")
    base = action("Source/ECR", "Base", {"RepositoryName": "base"}, OutputArtifacts=[{"Name": "BaseDetail"}])
    pipeline(body)["Stages"][0]["Actions"].append(base)
    assert ["The rule waits for the repository base, and the source action reads orders"] == messages(body, "E9704")

    transformer(body)["InputTemplate"] = json.dumps({"sourceRevisions": [{**REVISION, "actionName": "Base"}]})
    transformer(body)["InputPathsMap"].pop("tag")
    assert [] == messages(body, "E9704")
