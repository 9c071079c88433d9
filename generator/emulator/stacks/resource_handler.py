"""Handlers of resource types: CloudFormation creates, changes and deletes resources by calls to their services."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from botocore.exceptions import ClientError

from generator.cloudformation.refusals import FailedError, NotEmulatedError
from generator.cloudformation.resource_type import resource_type, service_of

Properties = Mapping[str, Any]
Client = Callable[[str], Any]
"""A boto3 client by the name of its service."""


@dataclass(frozen=True, kw_only=True)
class ResourceContext:
    """The environment of one resource."""

    client: Client
    """A boto3 client with the permissions of the user who deploys."""
    inside: Client
    """A boto3 client for CloudFormation's internal calls."""
    stack_name: str
    stack_id: str
    logical_id: str
    type: str
    account: str
    region: str
    partition: str

    def name(self, limit: int) -> str:
        """A unique name: stack, logical id and a suffix, as long as the service allows.

        https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-name.html
        """
        suffix = uuid.uuid4().hex[:12].upper()
        room = limit - len(suffix) - 2
        stack = self.stack_name[: max(room - len(self.logical_id), room // 2)]
        return f"{stack}-{self.logical_id[: room - len(stack)]}-{suffix}"

    def arn(self, service: str, resource: str) -> str:
        """An ARN in this account and region."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.account}:{resource}"

    def own_arn(self, name: str) -> str:
        """The ARN of a resource of this type."""
        place = {"partition": self.partition, "region": self.region, "account": self.account}
        return resource_type(self.type).arn.format(service=service_of(self.type), name=name, **place)


class _Given(dict[str, Any]):
    """Properties that raise an error with a message if a required one is missing."""

    def __missing__(self, key: str) -> Any:
        """Report a property that the schema does not require, but the handler does."""
        raise NotEmulatedError(f"a resource without {key} is not emulated")


def given(properties: Any) -> Any:
    """The properties for handlers: a missing one that is required raises NotEmulatedError, at any depth."""
    if isinstance(properties, Mapping):
        return _Given((key, given(value)) for key, value in properties.items())
    return [given(item) for item in properties] if isinstance(properties, list) else properties


def nothing(_work: ResourceContext, _id: str, _properties: Properties) -> dict[str, str]:
    """The attributes of a type without any."""
    return {}


def arn_of(work: ResourceContext, name: str, _properties: Properties) -> dict[str, str]:
    """The attributes of a type that has only its ARN."""
    return {"Arn": work.own_arn(name)}


class ResourceHandler(NamedTuple):
    """One type of resource."""

    create: Callable[[ResourceContext, Properties], str]
    """Creates it and returns its Ref."""
    delete: Callable[[ResourceContext, str, Properties], object]
    """Deletes it. A resource that does not exist is no error."""
    settle: Callable[[ResourceContext, str, Properties, Properties], object] | None = None
    """Gives it the properties (the last argument is the previous ones, none after creation)."""
    update: Callable[[ResourceContext, str, Properties, Properties], object] | None = None
    """Updates it, for a type whose creation takes all properties at once.

    A custom resource may become another one by that, and returns the new id.
    """
    attributes: Callable[[ResourceContext, str, Properties], Mapping[str, Any]] = nothing
    """The values of Fn::GetAtt, by name."""


def gone(error: ClientError) -> bool:
    """Whether the service reports that the resource does not exist."""
    said = str(error.response["Error"].get("Code", ""))
    return bool(re.search(r"NotFound|NoSuch|NonExistent|DoesNotExist|ResourceNotFound", said))


def refuse_existing(work: ResourceContext, name: str, look: Callable[[], object]) -> None:
    """FailedError if `look` finds something of that name: for services whose creation overwrites what exists.

    CloudFormation's handlers check first, because a creation must not take over an existing resource.
    https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-test-contract.html
    """
    try:
        found = look()
    except ClientError as error:
        if not gone(error):
            raise
        return
    if found:
        raise FailedError(f"Resource of type '{work.type}' with identifier '{name}' already exists.")


def changed(old: Properties, new: Properties, name: str) -> bool:
    """Whether the value of a property has changed."""
    return bool(old.get(name) != new.get(name))


def without(properties: Properties, *names: str) -> dict[str, Any]:
    """The properties except the named ones."""
    return {name: value for name, value in properties.items() if name not in names}
