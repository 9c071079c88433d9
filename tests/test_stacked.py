"""Published templates as the stacks of one account."""

from __future__ import annotations

import pytest

from tests.rendered import has_pipeline
from tests.stacked import (
    SUBJECT,
    Import,
    deployed,
    exported_kinds,
    exporters,
    importers,
    imports,
    names,
    naming,
    published,
    together,
    united,
    users_of,
    value_of_import,
)
from tests.variants import needed, refusals, variants


def test_the_stacks_below_a_pipeline_follow_from_the_names_of_exports() -> None:
    """A pipeline imports from a platform, which imports from a network; standalone imports nothing."""
    pipeline, platform = published()["pipeline-release"], published()["platform"]
    assert Import("platform", "Platform", "v1", "KeyArn") in imports(pipeline)
    assert ["platform"] == list(exporters(pipeline))
    assert ["network"] == list(exporters(platform))
    assert {} == exporters(published()["standalone"])


def test_the_stacks_that_need_a_template() -> None:
    """Pipelines need the platform, and all of them the network; no stack needs a pipeline."""
    on_the_platform, on_the_network = (importers(published()[name]).keys() for name in ("platform", "network"))
    assert {"pipeline-ecs", "deployer-eks", "image-build"} <= on_the_platform
    assert on_the_platform | {"platform"} <= on_the_network
    assert {} == importers(published()["pipeline-ecs"])
    assert {"platform"} == exported_kinds(published()["platform"])


def test_a_stack_has_the_values_of_the_stacks_that_it_imports_from() -> None:
    """The artifacts of a pipeline are in the bucket of its platform, whose builds run in the VPC of its network."""
    template = published()["pipeline-release"]
    stacks = together(template, "a-stack", {**needed(template), "Platform": "team"})
    assert {SUBJECT, "platform", "network"} == stacks.keys()
    assert "team" == stacks["platform"].ref("Platform")
    (_, pipeline), *_ = stacks[SUBJECT].resources("AWS::CodePipeline::Pipeline")
    assert stacks["platform"].ref("ArtifactBucket") == pipeline["ArtifactStore"]["Location"]
    (_, project), *_ = stacks["platform"].resources("AWS::CodeBuild::Project")
    assert stacks["network"].ref("Vpc") == project["VpcConfig"]["VpcId"]


def test_another_template_can_take_the_place_of_a_published_one() -> None:
    """A platform that is damaged, or has other values, under the pipelines that are published."""
    template = published()["pipeline-release"]
    damaged = {**published()["platform"], "Outputs": {}}
    with pytest.raises(LookupError, match="imports ecr-pipeline:platform:main:v1:"):
        list(together(template, "a", needed(template), instead={"platform": (damaged, {})})[SUBJECT].resources())


def test_stacks_are_united_under_labels() -> None:
    """One stack with the resources of all, by names that say whose they are, and the ARNs that they had."""
    template = published()["pipeline-release"]
    stacks = together(template, "a-stack", needed(template))
    whole = united(stacks)
    assert stacks["platform"].arn("InspectRole") == whole.arn("platform.InspectRole")
    assert stacks[SUBJECT].arn("Trigger") == whole.arn("Trigger")
    for label, stack in stacks.items():
        for title, _ in stack.resources():
            assert stack.arn(title) == whole.arn(f"{label}.{title}" if label else title), title


def test_names_distinguish_two_stacks() -> None:
    """The parameters with a default in names of resources and exports, such as Platform and Network."""
    found = {name: naming(template) for name, template in published().items() if naming(template)}
    expected = {"network": {"Network"}, "packages": {"PackageRepository"}, "platform": {"Platform"}}
    expected |= {"standalone": {"Name"}, "task-ecs": {"Stage"}}
    assert expected == found
    assert {"Platform"} == names(published()["platform"], "a").keys()


def test_the_owner_of_a_resource() -> None:
    """The users of a resource, and the origin of an imported one."""
    platform = published()["platform"]
    users = [each["Description"] for each in users_of(platform, "InspectProject")]
    assert platform["Description"] == users[0]
    assert all(has_pipeline(each) for each in users_of(platform, "InspectProject") if each is not platform)
    owner, value = value_of_import(published()["pipeline-ecs"], "ArtifactBucket")
    assert (platform, {"Ref": "ArtifactBucket"}) == (owner, value)
    with pytest.raises(LookupError, match="no published template exports Nothing"):
        value_of_import(published()["pipeline-ecs"], "Nothing")


@pytest.mark.parametrize("name", sorted(published()))
def test_variants_pass_the_rules(name: str) -> None:
    """Every variant can be deployed, and there is at least one."""
    template = published()[name]
    found = list(variants(template))
    assert found
    assert [] == [message for _, stack in found for message in refusals(template, stack.parameters)]


def test_every_network_is_a_variant() -> None:
    """The network stack, an existing VPC with all that it needs, and no VPC where that can be chosen."""
    found = {variant: stack.parameters for variant, stack in variants(published()["platform"])}
    assert {"VpcId", "SubnetIds", "EndpointSecurityGroupId", "S3PrefixListId"} <= found["Network=none"].keys()
    assert not {"VpcId", "SubnetIds"} & found["with things of its own"].keys()
    assert "BuildNetwork=internet" in dict(variants(published()["image-build"]))


@pytest.mark.parametrize("name", sorted(published()))
def test_a_stack_can_be_deployed_with_what_is_required(name: str) -> None:
    """Without optional values, everything that the stack imports is exported."""
    template = published()[name]
    stack = deployed(template, "a-stack", needed(template))
    assert stack.imported() == tuple(each for each in stack.imported() if each in (stack.imports or {}))
    assert list(stack.resources())
