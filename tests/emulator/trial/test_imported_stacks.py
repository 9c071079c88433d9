"""Stacks that depend on each other: those that a template imports from are deployed first, by its parameters."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from generator.cloudformation.imports import needs, provides
from generator.emulator.programs.images import sample
from generator.emulator.runs.action import ApprovalDecision
from generator.emulator.trial import deployment
from generator.emulator.trial.account import account
from generator.emulator.trial.existing_resources import TrialPlace
from generator.emulator.trial.imported_stacks import exporting
from generator.emulator.trial.trial import deploy, trial_of
from generator.errors import GeneratorError
from tests.emulator.layers import ENVIRONMENT, TEMPLATES, allow, arn, imported, pipeline
from tests.emulator.office import Office, complete, office, ran
from tests.emulator.people import Approver

pytestmark = pytest.mark.slow

Given = dict[str, dict[str, str]]


@pytest.fixture
def empty() -> Iterator[Office]:
    """An account with nothing in it."""
    with office() as made:
        yield made


# Deployed stacks


def test_stacks_that_a_template_imports_from_are_deployed_first(empty: Office) -> None:
    """Those without imports first, by the real AWS CLI.

    Every existing stack is imported from, however it was created.
    """
    deploy(empty.here, "orders", pipeline(), {"Name": "orders"}, given={"platform": {"RepositoryPattern": "team/*"}})
    assert [f"deploying {name} with the AWS CLI" for name in ("network", "platform", "orders")] == empty.progress[-3:]
    assert dict.fromkeys(("network", "platform", "orders"), "CREATE_COMPLETE") == complete(empty.here)
    cloudformation = empty.here.cloud.inside("cloudformation")
    for name, users in (("network:main:v1:VpcId", ["platform"]), ("platform:main:v1:KeyArn", ["orders"])):
        assert users == cloudformation.list_imports(ExportName=f"ecr-pipeline:{name}")["Imports"]
    deploy(empty.here, "billing", pipeline(), {"Name": "billing", "RepositoryName": "team/billing"})
    assert ["deploying billing with the AWS CLI"] == empty.progress[-1:]
    assert {"network", "platform", "orders", "billing"} == complete(empty.here).keys()


def test_names_in_the_parameters_choose_the_stacks(empty: Office) -> None:
    """A platform of another name is another stack, with the parameters that are given, on the network that it names."""
    given = {"platform": {"RepositoryPattern": "team/*", "Network": "shared"}}
    deploy(empty.here, "orders", pipeline(), {"Name": "orders", "Platform": "blue"}, given=given)
    assert {"ecr-pipeline:network:shared", "ecr-pipeline:platform:blue"} == {
        name.rpartition(":v1:")[0] for name in deployment.exports(empty.here.cloud)
    }
    deploy(empty.here, "billing", pipeline(), {"Name": "billing"}, given={"platform": {"RepositoryPattern": "billing"}})
    assert {"network", "platform", "orders", "network-main", "platform-main", "billing"} == complete(empty.here).keys()


def test_a_platform_in_a_vpc_that_exists_needs_no_network(empty: Office) -> None:
    """A condition decides that nothing is imported; the ids in the parameters are of resources created for them."""
    own = {"Network": "none", "VpcId": "vpc-0a1b2c3d4e5f60718", "SubnetIds": "subnet-0a1b2c3d,subnet-0b1c2d3e"}
    given = {"platform": {"RepositoryPattern": "*", **own}}
    deploy(empty.here, "orders", pipeline(), {"Name": "orders"}, given=given)
    assert {"platform", "orders"} == complete(empty.here).keys()
    [project] = empty.here.cloud.inside("codebuild").batch_get_projects(names=["ecr-pipeline-main-Inspect"])["projects"]
    assert 2 == len(project["vpcConfig"]["subnets"])
    empty.here.cloud.inside("ec2").describe_vpcs(VpcIds=[project["vpcConfig"]["vpcId"]])


def test_without_parameters_a_platform_has_the_fewest(empty: Office) -> None:
    """It may read every repository, and all else is a default."""
    deploy(empty.here, "orders", pipeline(), {"Name": "orders"})
    described = empty.here.cloud.inside("cloudformation").describe_stacks(StackName="platform")["Stacks"][0]
    given = {each["ParameterKey"]: each["ParameterValue"] for each in described["Parameters"]}
    assert ("*", "main", "main") == (given["RepositoryPattern"], given["Platform"], given["Network"])


@pytest.mark.parametrize(
    ("parameters", "given", "templates", "says"),
    [
        (
            {"Platform": "blue"},
            {"platform": {"RepositoryPattern": "*", "Platform": "red"}},
            TEMPLATES,
            "the parameters of platform set Platform=red: allowed: blue",
        ),
        ({}, {"platform": {"Network": "main"}}, TEMPLATES, "Parameters: [RepositoryPattern] must have values"),
        ({}, {}, {"network": TEMPLATES["network"]}, ", which no published template exports"),
        (
            {},
            {},
            {**TEMPLATES, "platform": {**TEMPLATES["platform"], "Outputs": {
                name: output for name, output in TEMPLATES["platform"]["Outputs"].items() if name != "KeyArn"
            }}},
            "v1:KeyArn, which the platform main does not export",
        ),
    ],
    ids=["another name", "a parameter is missing", "nobody exports it", "an older contract"],
)  # fmt: skip
def test_imports_that_cannot_be_deployed_are_reported(
    parameters: dict[str, str], given: Given, templates: dict[str, Any], says: str
) -> None:
    """With the import and the given value; the pipeline is not deployed."""
    with account(TrialPlace(), templates=templates, approver=Approver(), progress=lambda _: None) as here:
        with pytest.raises(GeneratorError) as caught:
            deploy(here, "orders", pipeline(), {"Name": "orders", **parameters}, given=given)
        assert says in str(caught.value)
        assert "orders" not in complete(here)


def test_two_pipelines_of_one_name_are_refused_before_anything_is_made(empty: Office) -> None:
    """The change set fails, as in AWS; the message has the resource, and the stack with its name."""
    deploy(empty.here, "orders", pipeline(), {"Name": "orders"})
    with pytest.raises(GeneratorError) as caught:
        deploy(empty.here, "again", pipeline(), {"Name": "orders"})
    said = "Pipeline: Resource of type 'AWS::CodePipeline::Pipeline' with identifier 'orders' already exists."
    assert f"the stack again was not created: {said}" == str(caught.value)
    assert "REVIEW_IN_PROGRESS" == complete(empty.here)["again"]


def test_the_key_of_a_platform_decides_which_log_groups_it_encrypts(empty: Office) -> None:
    """A pipeline's group under the imported key is refused until the policy of the key lets CloudWatch Logs in."""
    body = json.loads(json.dumps(pipeline()))
    key = imported("platform", "KeyArn")
    group = {"LogGroupName": {"Fn::Sub": "/ecr-pipeline/pipeline/${Name}/Recorder"}, "KmsKeyId": key}
    body["Resources"]["Logs"] = {"Type": "AWS::Logs::LogGroup", "Properties": group}
    with pytest.raises(GeneratorError, match=r"is not allowed to be used with Arn .*/ecr-pipeline/pipeline/orders/"):
        deploy(empty.here, "orders", body, {"Name": "orders"})
    assert "ROLLBACK_COMPLETE" == complete(empty.here)["orders"]
    opened = json.loads(json.dumps(TEMPLATES["platform"]))
    uses = "kms:Encrypt kms:Decrypt kms:ReEncryptFrom kms:ReEncryptTo kms:GenerateDataKey"
    uses += " kms:GenerateDataKeyWithoutPlaintext"
    groups = {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": arn("logs", "log-group:/ecr-pipeline/*")}}
    service = {"Service": {"Fn::Sub": "logs.${AWS::Region}.amazonaws.com"}}
    statement = allow("Logs", uses, "*", Principal=service, Condition=groups)
    opened["Resources"]["Key"]["Properties"]["KeyPolicy"]["Statement"].append(statement)
    deployment.deploy(empty.here.cloud, "platform", opened, {"RepositoryPattern": "*"})
    deploy(empty.here, "orders-again", body, {"Name": "orders"})
    assert "CREATE_COMPLETE" == complete(empty.here)["orders-again"]


def test_the_published_templates_can_be_laid() -> None:
    """Every kind that a published template imports from is exported by one of those that are deployed for it."""
    kinds = {kind for body in exporting().values() for kind in provides(body)}
    assert {"network", "platform"} <= kinds
    assert set() == {kind for body in exporting().values() for kind in needs(body)} - kinds


# Running pipelines


def test_one_push_can_start_several_pipelines(empty: Office) -> None:
    """Two teams watch one repository: both runs exist, each trial's own and the other's."""
    for name in ("orders", "audit"):
        deploy(empty.here, name, pipeline(), {"Name": name, "RepositoryName": "team/orders"})
    push = trial_of(empty.here, "orders").push(sample(["linux/amd64"], "for both"), "v1")
    assert "orders" == ran(push).pipeline["name"]
    assert ["audit"] == [each.pipeline["name"] for each in push.others]
    assert ["Succeeded"] == [each.status for each in push.others]


def test_a_repository_outside_the_pattern_is_refused_to_the_build(empty: Office) -> None:
    """The role of the platform's build decides, whatever repository a pipeline names."""
    given = {"platform": {"RepositoryPattern": "other/*"}}
    trial = deploy(empty.here, "orders", pipeline(), {"Name": "orders"}, given=given)
    push = trial.push(sample(["linux/amd64"], "outside"), "v1")
    assert push.execution is not None
    [failed] = push.execution.failures
    assert ("Inspect", True) == (failed.stage, "DescribeImages" in failed.error)
    [row] = {row for row in trial.account.policies.permissions().refused if row.action == "ecr:DescribeImages"}
    assert "InspectRole" in row.principal


@pytest.mark.parametrize(
    ("variables", "buildspec", "allowed"),
    [
        ({}, "", True),
        ({"LIMIT": "0"}, "", True),
        ({"LIMIT": "0", "PATH": "/tmp"}, "", False),
        ({}, "version: 0.2", False),
    ],
    ids=["one variable", "listed variables", "another variable", "another buildspec"],
)
def test_a_pipeline_may_start_the_shared_build_only_as_listed(
    empty: Office, variables: dict[str, str], buildspec: str, *, allowed: bool
) -> None:
    """Its role has the condition keys of CodeBuild in its policy; the call contains the overrides of the action."""
    body = json.loads(json.dumps(pipeline(**variables)))
    if buildspec:
        [_, inspect, _] = body["Resources"]["Pipeline"]["Properties"]["Stages"]
        inspect["Actions"][0]["Configuration"]["BuildspecOverride"] = buildspec
    assert ENVIRONMENT in json.dumps(body["Resources"]["PipelineRole"])
    push = deploy(empty.here, "orders", body, {"Name": "orders"}).push(sample(["linux/amd64"], "listed"), "v1")
    assert push.execution is not None
    assert allowed == ("Succeeded" == push.execution.status)
    if not allowed:
        [failed] = push.execution.failures
        assert "StartBuild by" in failed.error


def test_another_buildspec_is_run_unless_it_is_denied(empty: Office) -> None:
    """Without the condition, a person who edits a pipeline can run any commands with the role of the build."""
    body = json.loads(json.dumps(pipeline()))
    [_, inspect, _] = body["Resources"]["Pipeline"]["Properties"]["Stages"]
    commands = {"version": 0.2, "env": {"shell": "bash"}, "phases": {"build": {"commands": ["echo other; touch a"]}}}
    own = {**commands, "artifacts": {"files": ["a"]}}
    inspect["Actions"][0]["Configuration"]["BuildspecOverride"] = json.dumps(own)
    body["Resources"]["Pipeline"]["Properties"]["Stages"][2]["Actions"][0]["Configuration"]["CustomData"] = "go on"
    [policy] = body["Resources"]["PipelineRole"]["Properties"]["Policies"]
    for statement in policy["PolicyDocument"]["Statement"]:
        statement.pop("Condition", None)
    execution = ran(deploy(empty.here, "orders", body, {"Name": "orders"}).push(sample(["linux/amd64"], "other"), "v1"))
    assert "other" == execution.results[1].done.summary  # type: ignore[union-attr]


def test_a_platform_is_updated_while_a_run_waits_for_its_approval(empty: Office) -> None:
    """The run continues afterwards, because the resources that it uses are never replaced."""
    trial = deploy(empty.here, "orders", pipeline(), {"Name": "orders"})
    changed = json.loads(json.dumps(TEMPLATES["platform"]))
    changed["Resources"]["Inspect"]["Properties"]["TimeoutInMinutes"] = 15

    def update() -> ApprovalDecision:
        deployment.deploy(empty.here.cloud, "platform", changed, {"RepositoryPattern": "*"})
        return ApprovalDecision(approved=True)

    empty.approver.says = update
    ran(trial.push(sample(["linux/amd64"], "meanwhile"), "v1"))
    assert "UPDATE_COMPLETE" == complete(empty.here)["platform"]


def test_stacks_are_deleted_in_the_right_order_alone(empty: Office) -> None:
    """In the wrong order the stack stays, and its status names the importing stack."""
    deploy(empty.here, "orders", pipeline(), {"Name": "orders"})
    cloudformation = empty.here.cloud.client("cloudformation")
    for name, user in (("network", "platform"), ("platform", "orders")):
        cloudformation.delete_stack(StackName=name)
        [stack] = cloudformation.describe_stacks(StackName=name)["Stacks"]
        assert "CREATE_COMPLETE" == stack["StackStatus"]
        assert stack["StackStatusReason"].startswith("Delete canceled. Cannot delete export ecr-pipeline:")
        assert stack["StackStatusReason"].endswith(f" as it is in use by {user}.")
    for name in ("orders", "platform", "network"):
        cloudformation.delete_stack(StackName=name)
    assert {} == complete(empty.here)
