"""AWS Lambda."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from typing import Any

from moto.utilities.utils import load_resource_as_str

from generator.cloudformation.refusals import NotEmulatedError
from generator.emulator.stacks.resource_handler import (
    Properties,
    ResourceContext,
    ResourceHandler,
    arn_of,
    changed,
    without,
)
from generator.emulator.stacks.shapes import request

# AWS's own text, which moto contains:
# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cfn-lambda-function-code-cfnresponsemodule.html
_RESPONSE = "awslambda/resources/cfnresponse.py.txt"
_APART = ("Code", "FunctionName", "Tags")


def _code(properties: Properties) -> dict[str, Any]:
    """Inline code: one file, index, in a package that also has the module cfnresponse.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-lambda-function-code.html
    """
    code: Mapping[str, Any] = properties["Code"]
    if "ZipFile" not in code:
        return dict(code)
    if not str(properties["Runtime"]).startswith("python"):
        raise NotEmulatedError("functions with inline code are emulated only in Python")
    package = io.BytesIO()
    files = {"index.py": code["ZipFile"], "cfnresponse.py": load_resource_as_str(_RESPONSE)}
    with zipfile.ZipFile(package, "w") as archive:
        for name, text in files.items():
            # With a fixed date, so that the same code is the same package.
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), text)
    return {"ZipFile": package.getvalue()}


def _create_function(work: ResourceContext, properties: Properties) -> str:
    name = str(properties.get("FunctionName") or work.name(64))
    tags = {tag["Key"]: tag["Value"] for tag in properties.get("Tags", [])}
    settings = without(properties, *_APART)
    request(work.client("lambda"), "CreateFunction", settings, FunctionName=name, Code=_code(properties), Tags=tags)
    return name


def _update_function(work: ResourceContext, name: str, new: Properties, old: Properties) -> None:
    client = work.client("lambda")
    # Code and settings have an operation each. Lambda refuses one while the other is in progress, moto does not.
    # https://docs.aws.amazon.com/lambda/latest/dg/functions-states.html
    if changed(old, new, "Code"):
        client.update_function_code(FunctionName=name, **_code(new))
    if without(new, *_APART) != without(old, *_APART):
        settings = without(new, *_APART, "Architectures", "PackageType")
        request(client, "UpdateFunctionConfiguration", settings, FunctionName=name)


TYPES = {
    "AWS::Lambda::Function": ResourceHandler(
        create=_create_function,
        update=_update_function,
        delete=lambda work, name, _: work.client("lambda").delete_function(FunctionName=name),
        attributes=arn_of,
    ),
}
