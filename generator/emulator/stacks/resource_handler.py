"""How CloudFormation makes, changes and deletes a type of resource: with calls to its service."""

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
    """What there is to work with for one resource."""

    client: Client
    """A boto3 client that acts with the rights of who deploys."""
    inside: Client
    """A boto3 client for what CloudFormation does by itself."""
    stack_name: str
    stack_id: str
    logical_id: str
    type: str
    account: str
    region: str
    partition: str

    def name(self, limit: int) -> str:
        """A name that nobody has: stack, logical id and a suffix, as long as the service takes it.

        https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-name.html
        """
        suffix = uuid.uuid4().hex[:12].upper()
        room = limit - len(suffix) - 2
        stack = self.stack_name[: max(room - len(self.logical_id), room // 2)]
        return f"{stack}-{self.logical_id[: room - len(stack)]}-{suffix}"

    def arn(self, service: str, resource: str) -> str:
        """The ARN of something in this account and region."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.account}:{resource}"

    def own_arn(self, name: str) -> str:
        """The ARN of a resource of this type."""
        place = {"partition": self.partition, "region": self.region, "account": self.account}
        return resource_type(self.type).arn.format(service=service_of(self.type), name=name, **place)


class _Given(dict[str, Any]):
    """Properties of which one that is needed and missing is an error with a message."""

    def __missing__(self, key: str) -> Any:
        """What the schema of the type does not require, and its kind needs all the same."""
        raise NotEmulatedError(f"a resource without {key} is not emulated")


def given(properties: Any) -> Any:
    """The properties as kinds take them: a missing one that is needed raises NotEmulatedError, at any depth."""
    if isinstance(properties, Mapping):
        return _Given((key, given(value)) for key, value in properties.items())
    return [given(item) for item in properties] if isinstance(properties, list) else properties


def nothing(_work: ResourceContext, _id: str, _properties: Properties) -> dict[str, str]:
    """The attributes of a type that has none."""
    return {}


def arn_of(work: ResourceContext, name: str, _properties: Properties) -> dict[str, str]:
    """The attributes of a type that has only its ARN."""
    return {"Arn": work.own_arn(name)}


class ResourceHandler(NamedTuple):
    """One type of resource."""

    create: Callable[[ResourceContext, Properties], str]
    """Makes it and gives what a Ref gives."""
    delete: Callable[[ResourceContext, str, Properties], object]
    """Deletes it. That it is gone already does not count as an error."""
    settle: Callable[[ResourceContext, str, Properties, Properties], object] | None = None
    """Makes what is there like the properties (last: the ones until now, none after its creation)."""
    update: Callable[[ResourceContext, str, Properties, Properties], object] | None = None
    """The same for an update, for a type whose creation takes all properties at once. A custom resource may turn out to
    be another one by that, and gives the new one's id."""
    attributes: Callable[[ResourceContext, str, Properties], Mapping[str, Any]] = nothing
    """What Fn::GetAtt gives, by name."""


def gone(error: ClientError) -> bool:
    """Whether the service says that there is no such thing."""
    said = str(error.response["Error"].get("Code", ""))
    return bool(re.search(r"NotFound|NoSuch|NonExistent|DoesNotExist|ResourceNotFound", said))


def refuse_existing(work: ResourceContext, name: str, look: Callable[[], object]) -> None:
    """FailedError if `look` finds something of that name: for services whose creation overwrites what exists.

    The handlers of CloudFormation look first: a creation must not take over what is there.
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
    """Whether a property is another one than it was."""
    return bool(old.get(name) != new.get(name))


def without(properties: Properties, *names: str) -> dict[str, Any]:
    """The properties except the named ones."""
    return {name: value for name, value in properties.items() if name not in names}
