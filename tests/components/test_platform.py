"""A platform: made by one stack, imported by others."""

from __future__ import annotations

from typing import Any

from awacs import codebuild
from troposphere import GetAtt, Ref, Template, encode_to_dict

from generator.components.artifacts import ArtifactStore
from generator.components.encryption import Key
from generator.components.image_network import add_image_network
from generator.components.network import Network
from generator.components.platform import Platform, add_platform, add_platform_exports, import_platform
from generator.model.grants import Grant
from generator.model.stages import Build
from generator.model.template import new_template
from generator.publishing import render
from tests.rendered import strings

RUN = Grant(sid="RunIt", actions=(codebuild.StartBuild,), resources=("arn:project",), why="Test.")
STORE = ArtifactStore(Ref("Bucket"), Key("arn:key"))
NETWORK = Network("vpc-1", ["subnet-1", "subnet-2"], GetAtt("Builds", "GroupId"))
P = Ref("Project")
INSPECT = Build(name="Inspect", project_name=P, project_arn="arn:project", role_arn=P, grants=(), services=())


def _made() -> tuple[Template, Platform]:
    template = new_template("Test")
    return template, add_platform(template, STORE, INSPECT, (RUN,))


def _plain(platform: Platform) -> list[Any]:
    """The values of a platform, rendered."""
    values: list[Any] = encode_to_dict(
        [
            platform.key.arn,
            platform.store.bucket_name,
            platform.inspect_project,
            platform.dead_letters.arn,
            platform.pipeline_policy,
        ]
    )
    return values


def _exports() -> dict[str, Any]:
    """The exports of a platform, by their names."""
    template, platform = _made()
    add_platform_exports(template, platform, NETWORK)
    outputs = render.to_dict(template)["Outputs"].values()
    return {output["Export"]["Name"]["Fn::Sub"]: output["Value"] for output in outputs if "Export" in output}


def test_exports_of_a_platform_are_imported_by_others() -> None:
    """An imported platform has an import in the place of each value of a platform that is created."""
    exports = _exports()
    imports = [value["Fn::ImportValue"]["Fn::Sub"] for value in _plain(import_platform(new_template("Test")))]
    assert _plain(_made()[1]) == [exports[name] for name in imports]


def test_image_builds_import_the_network_of_the_platform() -> None:
    """VPC, subnets as one text, security group and policy are exported under the names that they import."""
    exports = _exports()
    network = add_image_network(new_template("Test"))
    name = "ecr-pipeline:platform:${Platform}:v1:"
    assert "vpc-1" == exports[f"{name}VpcId"]
    assert {"Fn::Join": [",", ["subnet-1", "subnet-2"]]} == exports[f"{name}SubnetIds"]
    imports = encode_to_dict([network.vpc_id, network.subnet_ids, network.security_group_id, network.policy])
    imported = {text for text in strings(imports) if text.startswith(name)}
    assert 4 == len(imported)
    assert imported <= exports.keys()


def test_the_name_of_the_platform_is_a_parameter() -> None:
    """A stack that imports a platform has the parameter that its imports refer to."""
    template = new_template("Test")
    imported = import_platform(template)
    assert {"Fn::Sub": "ecr-pipeline:platform:${Platform}:v1:KeyArn"} == _plain(imported)[0]["Fn::ImportValue"]
    assert "main" == template.parameters["Platform"].to_dict()["Default"]


def test_every_pipeline_finds_artifacts_and_runs_inspect() -> None:
    """The shared policy has neither objects of the bucket nor anything else that differs by pipeline."""
    template, _ = _made()
    statements = render.to_dict(template)["Resources"]["PipelinePolicy"]["Properties"]["PolicyDocument"]["Statement"]
    assert ["FindArtifacts", "SeeVersioning", "UseKey", "RunIt"] == [statement["Sid"] for statement in statements]
    assert "s3:GetObject" not in str(statements)


def test_a_platform_has_the_store_and_the_build_that_it_is_made_of() -> None:
    """Its key is the key of the store, and its project that of the build."""
    _, platform = _made()
    assert (STORE, STORE.key, P) == (platform.store, platform.key, platform.inspect_project)


def test_dead_letters_are_in_a_queue_of_the_platform() -> None:
    """The platform has one queue for the rules of its pipelines."""
    template, platform = _made()
    assert [{"Fn::GetAtt": ["LostPushes", "Arn"]}] == encode_to_dict([platform.dead_letters.arn])
    assert "LostPushes" in template.resources
