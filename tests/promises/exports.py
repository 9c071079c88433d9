"""Promises about exports and imports: names that identify their stack, and values that never change."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from generator.cloudformation.parameter_types import problems
from tests.rendered import Rendered, refs, resources, strings
from tests.schemas import create_only
from tests.stacked import EXPORT, IMPORT, Import, deployed, exported_kinds, exports, imports, published
from tests.variants import needed, variants, with_conditions

# The subject of each export: resources of the template that exports it, or the parameter for an existing thing. One
# that is imported from another stack, and exported again, has the same name there.
ABOUT = {
    "ArtifactBucket": {"ArtifactBucket"},
    "BuildPolicyArn": {"BuildPolicy"},
    "BuildSecurityGroupId": {"BuildSecurityGroup"},
    "DeadLetterQueueArn": {"LostPushes"},
    "EndpointSecurityGroupId": {"EndpointSecurityGroup"},
    "InspectProject": {"InspectProject"},
    "KeyArn": {"Key", "KmsKeyArn"},
    "PipelinePolicyArn": {"PipelinePolicy"},
    "S3PrefixListId": {"Finish"},
    "SubnetIds": {"FirstSubnet", "SecondSubnet", "ThirdSubnet"},
    "VpcId": {"Vpc"},
}
_NETWORK = "builds run in the network of their platform: it is chosen once, for a new platform"
# Parameters that change an export, with the reason why they are parameters nevertheless. CloudFormation refuses the
# change as long as a stack imports the export, so nothing breaks: the answer is a stack of another name.
# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-exports.html
FIXED_WHILE_IMPORTED = {
    "KmsKeyArn": "artifacts and logs that exist stay encrypted with the old key: a new key is for a new platform",
    "EndpointSecurityGroupId": _NETWORK,
    "Network": _NETWORK,
    "S3PrefixListId": _NETWORK,
    "SubnetIds": _NETWORK,
    "VpcId": _NETWORK,
    "VpcCidr": "EC2 replaces a VPC whose addresses change: they are chosen once, for a new network",
    "ZoneNames": "EC2 replaces a subnet whose zone changes: zones are chosen once, for a new network",
    "Zones": "another number of zones is another list of subnets: it is chosen once, for a new network",
}


def exports_are_named_after_their_stack_of_a_kind(template: Rendered) -> Iterator[str]:
    """An export is called `ecr-pipeline:KIND:${Kind}:vN:THING`: THING is the output, KIND the same for all of them.

    The name never depends on the stack's name, so that a StackSet can make the stack.
    """
    for name, output in template.get("Outputs", {}).items():
        if "Export" not in output:
            continue
        called = json.dumps(output["Export"]["Name"])
        found = re.fullmatch(rf'{{"Fn::Sub": "{EXPORT.pattern}"}}', called)
        if not found:
            yield f"{name} is exported as {called}: it must be an Fn::Sub of ecr-pipeline:KIND:${{Kind}}:v1:{name}"
        elif found["thing"] != name or found["parameter"] != found["kind"].capitalize():
            yield f"{name} is exported as {called}: use the output's name and the parameter that is called as the kind"
    if len(exported_kinds(template)) > 1:
        yield f"one template exports under several kinds: {', '.join(sorted(exported_kinds(template)))}"


def exports_have_the_value_of_their_name(template: Rendered) -> Iterator[str]:
    """Each export is about the resource that ABOUT has for it."""
    for output in exports(template).values():
        thing = _thing(output)
        if thing not in ABOUT:
            yield f"{thing} is exported, and ABOUT in tests/promises/exports.py has no resource for it: add it"
        elif not _is_about(output["Value"], thing):
            about = ", ".join(sorted(ABOUT[thing]))
            yield f"{thing} has the value {json.dumps(output['Value'])}, but must be about {about}"


def every_import_has_an_export(template: Rendered) -> Iterator[str]:
    """Each import of a published template is the export of a published template, and each export is imported by one.

    The parameter that names the other stack has the same default on both sides, and takes the same names.
    """
    others = [each for each in published().values() if each["Description"] != template["Description"]]
    for other in others:
        for importer, exporter in ((template, other), (other, template)):
            for found in sorted(imports(importer)):
                if found.kind in exported_kinds(exporter):
                    yield from _problems_of_an_import(importer, exporter, found)
    known = {kind for each in (template, *others) for kind in exported_kinds(each)}
    for found in sorted(imports(template)):
        if found.kind not in known:
            yield f"{found.thing} is imported from a stack of {found.kind}, which no published template makes"
    text = json.dumps(template)
    if (unclear := text.count('"Fn::ImportValue"') - len(IMPORT.findall(text))) > 0:
        yield f"{unclear} imports are not written as Fn::ImportValue of one Fn::Sub: use imported() of exports.py"
    for output in exports(template).values():
        if not any(found.thing == _thing(output) for each in others for found in imports(each)):
            yield f"{_thing(output)} is exported, and no published template imports it"


@with_conditions
def exported_values_never_change(template: Rendered) -> Iterator[str]:
    """No parameter changes the value of an export, or replaces the resource behind it, but those with a reason.

    CloudFormation refuses to change an export that a stack imports. The parameter that names the stack makes other
    exports.
    """
    if not exports(template):
        return
    named_by = {found["parameter"] for name in exports(template) if (found := EXPORT.search(name))}
    fixed = FIXED_WHILE_IMPORTED.keys() | named_by
    before = deployed(template, "a-stack", needed(template)).exports()
    for variant, stack in variants(template):
        after = {name: value for name, value in stack.exports().items() if name in before}
        changed = sorted(name for name, value in after.items() if value != before[name])
        given = {name for name, value in stack.parameters.items() if value != needed(template).get(name)}
        if changed and not given & fixed:
            yield f"{variant}: {', '.join(changed)} gets another value"
    for output in exports(template).values():
        for title in _referred(output["Value"]) & template["Resources"].keys():
            kind = template["Resources"][title]["Type"]
            properties = template["Resources"][title].get("Properties", {})
            for key in sorted(create_only(kind) & properties.keys()):
                for parameter in sorted({*_parameters(template, properties[key])} - fixed):
                    yield f"{title}.{key}: another {parameter} replaces what {_thing(output)} exports"


def exported_policies_can_always_be_updated(template: Rendered) -> Iterator[str]:
    """A managed policy that is exported has no property whose change would replace it: no name, path or description.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-iam-managedpolicy.html
    """
    for output in exports(template).values():
        for title in _referred(output["Value"]) & dict(resources(template, "AWS::IAM::ManagedPolicy")).keys():
            properties = template["Resources"][title]["Properties"]
            for key in sorted(create_only("AWS::IAM::ManagedPolicy") & properties.keys()):
                yield f"{title} has {key}: CloudFormation would replace the policy to change it, while it is exported"


def _problems_of_an_import(importer: Rendered, exporter: Rendered, found: Import) -> Iterator[str]:
    """The problems of an import of one thing of one stack."""
    _, parameter, version, thing = found
    exported = [each.group("version", "thing") for name in exports(exporter) if (each := EXPORT.search(name))]
    if (version, thing) not in exported:
        yield f"'{importer['Description']}' imports {version}:{thing}, '{exporter['Description']}' does not export it"
    one, other = importer["Parameters"].get(parameter), exporter["Parameters"].get(parameter)
    if not one or not other:
        yield f"{thing} is imported by a name in {parameter}, which is not a parameter of both templates"
    elif one.get("Default") != other.get("Default"):
        yield f"{parameter} is {one.get('Default')} by default where it is imported, {other.get('Default')} elsewhere"
    else:
        for name in ("main", "a-1", "a" * int(other.get("MaxLength", 255))):
            if not any(problems(other, name)) and any(problems(one, name)):
                yield f"{parameter} can be {name} in one stack, and '{importer['Description']}' does not take that"


def _thing(output: Rendered) -> str:
    found = EXPORT.search(json.dumps(output["Export"]["Name"]))
    return found["thing"] if found else ""


def _is_about(value: Any, thing: str) -> bool:
    """Whether a value belongs to the subject: created by the stack, given by a parameter of its name, or imported."""
    imported = [found["thing"] for found in EXPORT.finditer(json.dumps(value))]
    return _referred(value) == ({thing} if imported else ABOUT[thing]) and set(imported) <= {thing}


def _referred(value: Any) -> set[str]:
    """The resources and parameters that a value is made of."""
    attributes = re.findall(r'"Fn::GetAtt": \["(\w+)"', json.dumps(value))
    return {*refs(value), *attributes} - {"AWS::NoValue"}


def _parameters(template: Rendered, value: Any) -> Iterator[str]:
    """The parameters that a value depends on, those of its conditions included."""
    text = json.dumps(value)
    for name in set(strings(value)) & template.get("Conditions", {}).keys():
        text += json.dumps(template["Conditions"][name])
    for found in re.findall(r'\$\{(\w+)\}|"Ref": "(\w+)"', text):
        yield from (name for name in found if name in template.get("Parameters", {}))
