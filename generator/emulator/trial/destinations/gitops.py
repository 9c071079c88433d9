"""The destination of deployer-gitops: a file in a Git repository behind a connection."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import yaml
from moto.utilities.utils import get_partition

from generator.emulator.trial.deploy_context import DeployContext, Destination

CONNECTION_ID = "1a2b3c4d-0000-1111-2222-333344445555"
REPOSITORY, BRANCH = "example/deployments", "main"
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
        "GitRepository": REPOSITORY,
        "FilePath": f"apps/{name}/{stage}/kustomization.yaml",
        "ImagePlace": name,
        "PipelineName": name,
        "Platform": given["Platform"],
    }
    site.git.authorized.add(connection)
    site.repositories.create(REPOSITORY, BRANCH, {own["FilePath"]: KUSTOMIZATION.format(name=name)})
    return own


def _running(site: DeployContext) -> Iterator[str]:
    for path in site.repositories.files(REPOSITORY, BRANCH):
        for image in yaml.safe_load(site.repositories.read(REPOSITORY, BRANCH, path)).get("images", ()):
            if "digest" in image:
                yield f"repository {REPOSITORY}, {path}: {image.get('newName', image['name'])}@{image['digest']}"


DESTINATIONS = {
    "deployer-gitops": Destination(
        _kustomization, running=_running, programs={"git": "The deployer clones the repository, commits and pushes"}
    )
}
