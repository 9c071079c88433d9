"""The destination of deployer-gitops: a file in a Git repository behind a connection."""

from __future__ import annotations

from collections.abc import Mapping

from moto.utilities.utils import get_partition

from generator.emulator.trial.deploy_context import DeployContext, Destination

CONNECTION_ID = "1a2b3c4d-0000-1111-2222-333344445555"
KUSTOMIZATION = """# Deployed by Argo CD.
resources:
  - ../base
images:
  - name: {name}
    newTag: before
"""


def _kustomization(site: DeployContext, stage: str, given: Mapping[str, str]) -> dict[str, str]:
    """A kustomization for the stage, behind an authorized connection."""
    cloud, name = site.cloud, given["Name"]
    place = f"{cloud.region}:{cloud.account}"
    connection = f"arn:{get_partition(cloud.region)}:codeconnections:{place}:connection/{CONNECTION_ID}"
    own = {
        "ConnectionArn": connection,
        "GitRepository": "example/deployments",
        "FilePath": f"apps/{name}/{stage}/kustomization.yaml",
        "ImagePlace": name,
        "PipelineName": name,
        "Platform": given["Platform"],
    }
    site.git.authorized.add(connection)
    site.repositories.create(own["GitRepository"], "main", {own["FilePath"]: KUSTOMIZATION.format(name=name)})
    return own


DESTINATIONS = {
    "deployer-gitops": Destination(
        _kustomization, programs={"git": "The deployer clones the repository, commits and pushes"}
    )
}
