"""The destination of deployer-lambda: a function."""

from __future__ import annotations

from collections.abc import Mapping

from moto.utilities.utils import get_partition

from generator.emulator.trial.deploy_context import DeployContext, Destination
from generator.emulator.trial.existing_resources import add_role
from generator.model.partitions import url_suffix


def _function(site: DeployContext, stage: str, given: Mapping[str, str]) -> dict[str, str]:
    """A function of package type Image, with an alias on its first version."""
    cloud = site.cloud
    name, alias = f"{given['Name']}-{stage}", "live"
    lambda_, repository = cloud.inside("lambda"), given["RepositoryName"]
    registry = f"{cloud.account}.dkr.ecr.{cloud.region}.{url_suffix(get_partition(cloud.region))}"
    lambda_.create_function(
        FunctionName=name,
        PackageType="Image",
        Code={"ImageUri": f"{registry}/{repository}:before"},
        Role=add_role(cloud, name),
    )
    version = lambda_.publish_version(FunctionName=name)["Version"]
    lambda_.create_alias(FunctionName=name, Name=alias, FunctionVersion=version)
    return {"FunctionName": name, "AliasName": alias, "RepositoryName": repository}


DESTINATIONS = {"deployer-lambda": Destination(_function)}
