"""The destination of deployer-lambda: a function."""

from __future__ import annotations

from collections.abc import Mapping

from generator.emulator.trial.deploy_context import DeployContext, Destination
from generator.emulator.trial.existing_resources import add_role


def _function(site: DeployContext, stage: str, given: Mapping[str, str]) -> dict[str, str]:
    """A function of package type Image, with an alias on its first version."""
    cloud = site.cloud
    name, alias = f"{given['Name']}-{stage}", "live"
    lambda_ = cloud.inside("lambda")
    lambda_.create_function(
        FunctionName=name,
        PackageType="Image",
        Code={"ImageUri": f"{cloud.account}.dkr.ecr.{cloud.region}.amazonaws.com/{given['RepositoryName']}:before"},
        Role=add_role(cloud, name),
    )
    version = lambda_.publish_version(FunctionName=name)["Version"]
    lambda_.create_alias(FunctionName=name, Name=alias, FunctionVersion=version)
    return {"FunctionName": name, "AliasName": alias, "RepositoryName": given["RepositoryName"]}


DESTINATIONS = {"deployer-lambda": Destination(_function)}
