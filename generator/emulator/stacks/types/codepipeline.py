"""AWS CodePipeline."""

from __future__ import annotations

from typing import Any

from generator.emulator.stacks.resource_handler import Properties, ResourceContext, ResourceHandler, changed, without
from generator.emulator.stacks.shapes import request, shaped
from generator.emulator.stacks.tags import dropped

# It starts a run after each change of the stack, and is no part of the pipeline itself.
_APART = ("Name", "RestartExecutionOnUpdate", "Tags")


def _declaration(work: ResourceContext, name: str, properties: Properties) -> Any:
    declared = shaped(work.client("codepipeline"), "PipelineDeclaration", without(properties, *_APART))
    return declared | {"name": name}


def _create_pipeline(work: ResourceContext, properties: Properties) -> str:
    name = str(properties.get("Name") or work.name(100))
    tags = {"Tags": properties["Tags"]} if "Tags" in properties else {}
    request(work.client("codepipeline"), "CreatePipeline", tags, pipeline=_declaration(work, name, properties))
    return name


def _update_pipeline(work: ResourceContext, name: str, new: Properties, old: Properties) -> None:
    client = work.client("codepipeline")
    if without(new, "Tags") != without(old, "Tags"):
        client.update_pipeline(pipeline=_declaration(work, name, new))
    if changed(old, new, "Tags"):
        arn = work.arn("codepipeline", name)
        if lost := dropped(new, old):
            client.untag_resource(resourceArn=arn, tagKeys=lost)
        if "Tags" in new:
            request(client, "TagResource", {"Tags": new["Tags"]}, resourceArn=arn)


def _described(work: ResourceContext, name: str, _properties: Properties) -> dict[str, str]:
    version = work.client("codepipeline").get_pipeline(name=name)["pipeline"]["version"]
    return {"Version": str(version)}


TYPES = {
    "AWS::CodePipeline::Pipeline": ResourceHandler(
        create=_create_pipeline,
        update=_update_pipeline,
        delete=lambda work, name, _: work.client("codepipeline").delete_pipeline(name=name),
        attributes=_described,
    ),
}
