"""The destination of deployer-lambda: a function."""

from __future__ import annotations

from collections.abc import Mapping

from generator.emulator.front.cloud import Emulator
from generator.emulator.services.ecr import registry_host
from generator.emulator.trial.deploy_context import DeployContext, Destination
from generator.emulator.trial.existing_resources import add_role

ALIAS = "live"


def _functions(site: DeployContext, stage: str, given: Mapping[str, str]) -> dict[str, str]:
    """One function of the stage, and the parameters of its deployer."""
    name = f"{given['Name']}-{stage}"
    add_function(site.cloud, name, given["RepositoryName"])
    return {
        "FunctionName": name,
        "AliasName": ALIAS,
        "PipelineName": given["Name"],
        "RepositoryName": given["RepositoryName"],
    }


def add_function(cloud: Emulator, name: str, repository: str) -> None:
    """A function of package type Image, with an alias on its first version."""
    lambda_ = cloud.inside("lambda")
    lambda_.create_function(
        FunctionName=name,
        PackageType="Image",
        Code={"ImageUri": f"{registry_host(cloud.account, cloud.region)}/{repository}:before"},
        Role=add_role(cloud, name),
    )
    version = lambda_.publish_version(FunctionName=name)["Version"]
    lambda_.create_alias(FunctionName=name, Name=ALIAS, FunctionVersion=version)


DESTINATIONS = {"deployer-lambda": Destination(_functions)}
