"""Builds of images in the network of a platform: stacks that import from each other, and a commit for them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from generator import catalog
from generator.emulator.events import service_events
from generator.emulator.events.delivery import deliver
from generator.emulator.programs.images import sample
from generator.emulator.runs import pipeline_run
from generator.emulator.runs.action import ApprovalDecision
from generator.emulator.runs.git import Commit
from generator.emulator.services.ecr import ImagePuts, ImageScan, ImageScans
from generator.emulator.trial import deployment
from generator.emulator.trial.account import Account, account
from generator.emulator.trial.existing_resources import TrialPlace
from generator.publishing import render
from tests.emulator.buildx import DOCKERFILE, with_buildx

pytestmark = pytest.mark.slow

REPOSITORY = "team/orders"
STACKS: Mapping[str, Mapping[str, str]] = {
    "network": {"CreateCodebuildEndpoint": "yes"},
    "platform": {"RepositoryPattern": "team/*"},
    "registry": {"RepositoryName": REPOSITORY, "StagingTagPattern": "*-2*Z", "FeatureTagPattern": "*-2*Z-*"},
    "image-build-codecommit-multi-arch": {"SourceRepository": "orders", "RepositoryName": REPOSITORY},
}
BUILD = "image-build-codecommit-multi-arch"


def _create(here: Account, template: str, parameters: Mapping[str, str]) -> None:
    """A stack that is called like its template."""
    here.cloud.client("cloudformation").create_stack(
        StackName=template,
        TemplateBody=render.to_json(catalog.build(template)),
        Capabilities=["CAPABILITY_IAM"],
        Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
    )
    (made,) = here.cloud.inside("cloudformation").describe_stacks(StackName=template)["Stacks"]
    assert "CREATE_COMPLETE" == made["StackStatus"], made


def test_a_commit_becomes_an_index_without_internet(tmp_path: Path) -> None:
    """Both builds run in the VPC of the platform under its policy, and Publish puts one index of two images.

    The event of the push starts the run; every call is decided by the policies that were deployed.
    """
    with account(
        TrialPlace(region="eu-west-1"), approver=lambda _: ApprovalDecision(approved=True), progress=lambda _: None
    ) as here:
        for template, parameters in STACKS.items():
            _create(here, template, parameters)
        projects = here.cloud.inside("codebuild").batch_get_projects(
            names=[f"{BUILD}-{name}" for name in ("Amd64", "Arm64", "Publish")]
        )["projects"]
        network = deployment.outputs(here.cloud, "network")
        assert [network["VpcId"]] * 3 == [project["vpcConfig"]["vpcId"] for project in projects]

        commit = Commit(files={"Dockerfile": DOCKERFILE})
        here.world.git.push("orders", "main", commit)
        place = {"account": here.cloud.account, "region": here.cloud.region}
        event = service_events.branch_updated(repository="orders", branch="main", commit=commit.id, **place)
        (told,) = (each for each in deliver(here.cloud, event) if each.target)
        images = {name: sample([f"linux/{name}"], "of two") for name in ("amd64", "arm64")}
        for image in images.values():
            here.registry.push(REPOSITORY, image)
            here.cloud.memory(ImageScans).add(image, ImageScan())
        here.cloud.memory(ImagePuts).take()
        execution = pipeline_run.start(
            told.result["pipelineExecutionId"],
            deployment.pipeline(here.cloud, BUILD),
            revisions=json.loads(told.text)["sourceRevisions"],
        )
        pipeline_run.run(with_buildx(here, tmp_path / "machines", images), execution, tell=lambda _: None)
        assert "Succeeded" == execution.status, [each.error for each in execution.failures]
        *halves, index = here.cloud.memory(ImagePuts).take()
        assert {image.digest for image in images.values()} == {each.digest for each in halves}
        ids = [{"imageDigest": index.digest}]
        (put,) = here.cloud.inside("ecr").batch_get_image(repositoryName=REPOSITORY, imageIds=ids)["images"]
        assert [each.digest for each in images.values()] == [
            each["digest"] for each in json.loads(put["imageManifest"])["manifests"]
        ]
