"""The deployer for instances."""

from __future__ import annotations

import re
from typing import Any

import pytest

from generator import catalog
from generator.buildspec import buildspec
from generator.cloudformation.conditional_parts import chosen
from generator.cloudformation.template_rules import broken
from generator.publishing.render import to_dict
from tests.conftest import RENDERED
from tests.playing import code_of
from tests.resolved import resolved

DEPLOYER = RENDERED["deployer-ec2"]
NO_INSTANCES = "There are no instances: enter InstanceTag, AutoScalingGroupName or OnPremisesTag."


def _made(**values: str) -> dict[str, Any]:
    """The properties in a stack with these values."""
    given = {"PipelineName": "orders", "RepositoryName": "team/orders", "ContainerName": "orders", **values}
    return dict(resolved(to_dict(catalog.build("deployer-ec2")), **given))


def _statements(*left_out: str) -> dict[str, dict[str, Any]]:
    template = chosen(to_dict(catalog.build("deployer-ec2")), left_out)
    document = template["Resources"]["Role"]["Properties"]["Policies"][0]["PolicyDocument"]
    return {statement["Sid"]: statement for statement in document["Statement"]}


def _takes(parameter: str, value: str) -> bool:
    return bool(re.search(DEPLOYER["Parameters"][parameter]["AllowedPattern"], value))


@pytest.mark.parametrize(
    ("values", "kinds"),
    [
        (
            {"InstanceTag": "Service=a b"},
            {"Ec2TagFilters": [{"Key": "Service", "Value": "a b", "Type": "KEY_AND_VALUE"}]},
        ),
        ({"AutoScalingGroupName": "orders"}, {"AutoScalingGroups": ["orders"]}),
        (
            {"OnPremisesTag": "Rack=7"},
            {"OnPremisesInstanceTagFilters": [{"Key": "Rack", "Value": "7", "Type": "KEY_AND_VALUE"}]},
        ),
    ],
)
def test_instances_are_named_in_three_ways(values: dict[str, str], kinds: dict[str, Any]) -> None:
    """By a tag, by an Auto Scaling group, and those on premises by their own tag: each alone, or together."""
    group = _made(**values)["Group"]
    names = {"Ec2TagFilters", "AutoScalingGroups", "OnPremisesInstanceTagFilters"}
    assert kinds == {name: group[name] for name in names & group.keys()}


def test_a_group_without_instances_is_refused() -> None:
    """Before anything is made."""
    empty = {"InstanceTag": "", "AutoScalingGroupName": "", "OnPremisesTag": "", "AlarmName": "", "OtherAlarmName": ""}
    assert [NO_INSTANCES] == [said for _, said in broken(DEPLOYER["Rules"], empty)]
    assert [] == list(broken(DEPLOYER["Rules"], {**empty, "OnPremisesTag": "Rack=7"}))


def test_instances_are_deployed_to_one_at_a_time_or_by_a_share() -> None:
    """CodeDeploy's own configuration has no share that holds for one instance and for many."""
    assert "CodeDeployDefault.OneAtATime" == _made(InstanceTag="a=b")["Group"]["DeploymentConfigName"]
    made = _made(InstanceTag="a=b", MinimumHealthyPercent="75")
    assert {"Type": "FLEET_PERCENT", "Value": "75"} == made["Config"]["MinimumHealthyHosts"]
    assert "Config" in str(made["Group"]["DeploymentConfigName"])
    for value, taken in (("1", True), ("99", True), ("0", False), ("100", False), ("half", False), ("07", False)):
        assert taken == _takes("MinimumHealthyPercent", value)


def test_codedeploy_may_do_what_these_instances_need() -> None:
    """The permissions on Auto Scaling are for the one group, and do not exist without it; none terminates instances."""
    hook = _statements()["HookLaunches"]
    assert hook["Resource"]["Fn::Sub"].endswith(":autoScalingGroup:*:autoScalingGroupName/${AutoScalingGroupName}")
    without = _statements("HasAutoScalingGroup", "HasInstanceTag", "HasOnPremisesTag", "HasAlarm")
    optional = {"HookLaunches", "SeeLaunches", "FindTags", "FindTagsOnPremises", "WatchAlarms"}
    assert optional == _statements().keys() - without.keys()
    assert "Terminate" not in str(_statements())


@pytest.mark.parametrize("tagged", [{"InstanceTag": "a=b"}, {"OnPremisesTag": "a=b"}])
def test_codedeploy_reads_the_tags_of_all_kinds_of_instances(tagged: dict[str, str]) -> None:
    """AWS requires it for instances on premises, too. A group finds its instances without them."""
    assert "tag:GetResources" in str(_made(**tagged)["Role"])
    assert "tag:GetResources" not in str(_made(AutoScalingGroupName="orders")["Role"])


@pytest.mark.parametrize(("percent", "config"), [("", "CodeDeployDefault.OneAtATime"), ("75", "Config")])
def test_the_function_may_read_the_configuration_of_what_it_deploys(percent: str, config: str) -> None:
    """Otherwise AWS refuses the deployment that restores the previous revision."""
    role = _made(InstanceTag="a=b", MinimumHealthyPercent=percent)["BundlerRole"]
    statements = {each["Sid"]: each for each in role["Policies"][0]["PolicyDocument"]["Statement"]}
    assert "codedeploy:GetDeploymentConfig" == statements["SeeConfig"]["Action"]
    assert str(statements["SeeConfig"]["Resource"]).endswith(f":deploymentconfig:{config}")


def test_instances_may_pull_one_repository_and_read_the_revisions_of_one_stage() -> None:
    """And decrypt these, and ask CodeDeploy for commands: nothing else, and no write."""
    document = DEPLOYER["Resources"]["InstancePolicy"]["Properties"]["PolicyDocument"]
    statements = {each["Sid"]: each for each in document["Statement"]}
    assert {
        "LogInToRegistry",
        "PullImage",
        "FetchArtifacts",
        "DecryptArtifacts",
        "FollowCommands",
    } == statements.keys()
    assert statements["PullImage"]["Resource"]["Fn::Sub"].endswith(":repository/${RepositoryName}")
    assert {"Ref": "InstancePolicy"} == DEPLOYER["Outputs"]["InstancePolicyArn"]["Value"]


@pytest.mark.parametrize(
    ("options", "taken"),
    [
        ("--publish=80:8080 --env-file=/etc/orders.env", True),
        ("--init", True),
        ("", True),
        ("--publish=80:8080 nginx", False),
        ("-p 80:8080", False),
        ("--name=other", False),
        ("--rm --init", False),
        ("--init --restart=no", False),
        ("--namespace=x", True),
        ("--env=A='b'", False),
        ("--env=A=$(id)", False),
        ("--init  --init", False),
    ],
)
def test_options_cannot_take_the_place_of_the_image(options: str, *, taken: bool) -> None:
    """A word without hyphens would be the image, and options that the script sets itself are refused."""
    assert taken == _takes("DockerOptions", options)


def test_the_script_is_in_the_code_of_the_function() -> None:
    """Reviewers read it in the template, line by line."""
    script = buildspec("deployers/ec2.sh")
    code = code_of(DEPLOYER["Resources"]["Bundler"]["Properties"])
    assert all(line in code for line in script.splitlines() if line.strip() and not line.lstrip().startswith("#"))
    assert '"""' not in script
