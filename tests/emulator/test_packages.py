"""Packages from CodeArtifact: stacks for them, and commits whose images are built with them, without internet."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import pytest

from generator import catalog
from generator.emulator.events import service_events
from generator.emulator.events.delivery import deliver
from generator.emulator.programs.images import Image, sample
from generator.emulator.runs import pipeline_run
from generator.emulator.runs.action import ApprovalDecision
from generator.emulator.runs.git import Commit
from generator.emulator.runs.pipeline_run import Execution
from generator.emulator.services.codeartifact import Packages
from generator.emulator.services.ecr import ImageScan, ImageScans
from generator.emulator.trial import deployment
from generator.emulator.trial.account import Account, account
from generator.emulator.trial.existing_resources import TrialPlace
from generator.publishing import render
from tests.emulator.buildx import BASE, with_buildx

pytestmark = pytest.mark.slow

REPOSITORY, BUILD = "team/orders", "image-build-codecommit"
NETWORK = {
    "CreateCodebuildEndpoint": "yes",
    "CreateCodeartifactApiEndpoint": "yes",
    "CreateCodeartifactRepositoriesEndpoint": "yes",
}
SOURCE = {"SourceRepository": "orders", "RepositoryName": REPOSITORY}


class Site(NamedTuple):
    """An account in which commits are built, and a folder for the machines."""

    here: Account
    folder: Path
    serial: Iterator[int]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The stacks, in the order in which docs/packages.md has them; nothing is typed that an output does not show."""
    with account(
        TrialPlace(region="eu-west-1"), approver=lambda _: ApprovalDecision(approved=True), progress=lambda _: None
    ) as here:
        _deploy(here, "packages", {"DomainName": "example", "PublicNpm": "yes", "PublicPypi": "yes"})
        _deploy(here, "network", NETWORK)
        _deploy(here, "platform", {"RepositoryPattern": "team/*"})
        _deploy(here, "registry", {"RepositoryName": REPOSITORY})
        packages = deployment.outputs(here.cloud, "packages")
        _deploy(here, BUILD, {**SOURCE, "CodeArtifact": packages["CodeArtifact"]})
        yield Site(here, tmp_path_factory.mktemp("packages"), itertools.count())


def _deploy(here: Account, template: str, parameters: Mapping[str, str], *, again: bool = False) -> None:
    """A stack that is called like its template, made or updated."""
    cloudformation = here.cloud.client("cloudformation")
    (cloudformation.update_stack if again else cloudformation.create_stack)(
        StackName=template,
        TemplateBody=render.to_json(catalog.build(template)),
        Capabilities=["CAPABILITY_IAM"],
        Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
    )
    (made,) = here.cloud.inside("cloudformation").describe_stacks(StackName=template)["Stacks"]
    assert made["StackStatus"].endswith("ATE_COMPLETE"), made


def _pip(site: Site, package: str, address: str = "") -> str:
    """A Dockerfile that installs a package, by default from the address in the output of the stack."""
    url = (address or deployment.outputs(site.here.cloud, "packages")["PythonIndex"]).removeprefix("https://")
    return (
        f"FROM {BASE}\nRUN --mount=type=secret,id=codeartifact,env=TOKEN \\\n"
        f'    pip install --index-url "https://aws:$TOKEN@{url}" {package}\n'
    )


def _build(site: Site, dockerfile: str) -> Execution:
    """Push a commit with this Dockerfile, and run the build that it starts."""
    here, number = site.here, next(site.serial)
    commit = Commit(files={"Dockerfile": dockerfile.encode(), "number": str(number).encode()})
    here.world.git.push("orders", "main", commit)
    place = {"account": here.cloud.account, "region": here.cloud.region}
    event = service_events.branch_updated(repository="orders", branch="main", commit=commit.id, **place)
    (told,) = (each for each in deliver(here.cloud, event) if each.target)
    image: Image = sample(["linux/amd64"], f"build {number}")
    here.registry.push(REPOSITORY, image)
    here.cloud.memory(ImageScans).add(image, ImageScan())
    execution = pipeline_run.start(
        told.result["pipelineExecutionId"],
        deployment.pipeline(here.cloud, BUILD),
        revisions=json.loads(told.text)["sourceRevisions"],
    )
    world = with_buildx(here, site.folder / str(number), {"amd64": image})
    pipeline_run.run(world, execution, tell=lambda _: None)
    return execution


def _errors(execution: Execution) -> str:
    return "\n".join(each.error for each in execution.failures)


def test_a_commit_gets_its_packages_without_internet(site: Site) -> None:
    """A public package comes through the repository, with the token that the build mounts, without a manual step.

    Every call passed the policies of role, domain and endpoint that were deployed.
    """
    execution = _build(site, _pip(site, "requests"))
    assert "Succeeded" == execution.status, _errors(execution)
    granted, refused, unused = site.here.policies.permissions()
    assert [] == [each for each in refused if "codeartifact" in each.action]
    assert {"GetAuthorizationToken", "ReadFromRepository"} == {
        each.action.partition(":")[2] for each in granted if each.action.startswith("codeartifact:")
    }
    assert [] == [each for each in unused if each.statement.startswith(f"{BUILD}/") and "PackageToken" in str(each)]
    assert [] == [each for each in unused if each.statement.endswith("/ReadPackages") and "Role" in each.statement]


def test_own_packages_are_found(site: Site) -> None:
    """Packages of the publisher are found in the repository."""
    [repository] = [
        each
        for each in site.here.cloud.inside("codeartifact").list_repositories()["repositories"]
        if each["name"] == "packages"
    ]
    site.here.cloud.memory(Packages).published[repository["arn"]] = {("swift", "orders-internal")}
    address = deployment.outputs(site.here.cloud, "packages")["PythonIndex"].replace("/pypi/", "/swift/")
    found = _build(site, _pip(site, "orders-internal", address))
    assert "Succeeded" == found.status, _errors(found)
    missing = _build(site, _pip(site, "orders-missing", address))
    assert "404 Not Found: no package orders-missing" in _errors(missing)
    assert _errors(missing).splitlines()[-1].startswith("Build: Dockerfile cannot be built, see above")


def test_files_of_npm_need_their_bucket(site: Site) -> None:
    """Files of npm come from AWS's bucket, which the network admits if it is named: the domain has its name."""
    npm = deployment.outputs(site.here.cloud, "packages")["NpmRegistry"]
    refused = _build(site, _pip(site, "express", npm))
    assert "S3Endpoint does not let s3:GetObject" in _errors(refused)
    domain = site.here.cloud.client("codeartifact").describe_domain(domain="example")["domain"]
    _deploy(site.here, "network", {**NETWORK, "CodeArtifactBucketArn": domain["s3BucketArn"]}, again=True)
    allowed = _build(site, _pip(site, "express", npm))
    assert "Succeeded" == allowed.status, _errors(allowed)


def test_another_repository_cannot_be_read(site: Site) -> None:
    """A Dockerfile that names another repository of the domain: the role of the build has no right to it."""
    url = deployment.outputs(site.here.cloud, "packages")["PythonIndex"].replace("/packages/", "/pypi-store/")
    assert "403 Forbidden: nothing allows" in _errors(_build(site, _pip(site, "requests", url)))


def test_without_the_token_nothing_is_read(site: Site) -> None:
    """A Dockerfile that sends another token than the mounted one."""
    dockerfile = _pip(site, "requests").replace("env=TOKEN", "env=OTHER")
    assert "401 Unauthorized" in _errors(_build(site, dockerfile))


@pytest.mark.parametrize(
    ("packages", "complaint"),
    [
        ("example/missing", "404 Not Found: no repository missing"),
        ("nobody/packages", "no token for CodeArtifact, see above"),
    ],
)
def test_packages_that_do_not_exist(site: Site, packages: str, complaint: str) -> None:
    """A repository or domain that does not exist: the run fails in Build, and its last line says what to check."""
    parameters = {**SOURCE, "CodeArtifact": packages}
    _deploy(site.here, BUILD, parameters, again=True)
    domain, repository = packages.split("/")
    address = deployment.outputs(site.here.cloud, "packages")["PythonIndex"]
    url = address.replace("/packages/", f"/{repository}/").replace("//example-", f"//{domain}-")
    execution = _build(site, _pip(site, "requests", url))
    assert "Failed" == execution.status
    assert complaint in _errors(execution)
    assert [{"Build"}] == [{each.stage} for each in execution.failures]
