"""docs/accounts.md, followed command by command: a build account, and two in another region that receive its images."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field

import pytest

from generator import catalog
from generator.emulator.events.service_events import image_replicated
from generator.emulator.programs.images import sample
from generator.emulator.services.ecr import ImageScan
from generator.emulator.trial import deployment
from generator.emulator.trial.account import Account, account
from generator.emulator.trial.existing_resources import TrialPlace
from generator.emulator.trial.fleet import Fleet, FleetPush, observer
from generator.emulator.trial.trial import Push
from generator.publishing import render
from tests.emulator.following import ROOT, Reader, checkout, steps
from tests.emulator.people import Approver

pytestmark = pytest.mark.slow

BUILD = TrialPlace("111122223333", "eu-central-1")
STAGING = TrialPlace("222233334444", "eu-west-1")
PRODUCTION = TrialPlace("333344445555", "eu-west-1")
RECEIVERS = (STAGING, PRODUCTION)
PROFILES = {"build": BUILD, "staging": STAGING, "production": PRODUCTION}
REPOSITORY = "team/orders"
# The steps that are numbered.
COMMANDS = [*steps((ROOT / "docs/accounts.md").read_text(encoding="utf-8").partition("## What ECR does not copy")[0])]
FIRST_PUSH = "docker push 111122223333.dkr.ecr.eu-central-1.amazonaws.com/team/orders:first"
RECORD = "aws ssm get-parameter --name /ecr-pipeline/orders/release/image --query Parameter.Value --output text"


@dataclass
class Standing:
    """The three accounts."""

    fleet: Fleet
    approver: Approver = field(default_factory=Approver)

    def at(self, place: TrialPlace) -> Account:
        """One of the accounts."""
        [found] = [each for each in self.fleet.accounts if each.place == place]
        return found

    def push(self, content: str, tag: str, *, repository: str = REPOSITORY, platforms: int = 1) -> FleetPush:
        """Push an image in the build account."""
        image = sample(["linux/amd64", "linux/arm64"][:platforms], content)
        return self.fleet.push(self.at(BUILD), repository, image, tag, ImageScan())


def _receives(here: Account, **parameters: str) -> None:
    """The stack of the receiving registry, with other parameters than the page has."""
    given = {"ReplicatingAccountIds": BUILD.account, "RepositoryPrefixes": "team/", "RegistryScanning": "on-push"}
    body = render.to_dict(catalog.build("registry-receiving"))
    deployment.deploy(here.cloud, "registry-receiving-main", body, {**given, **parameters})


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Standing]:
    """Every command of the page, in its order, up to the second push."""
    approver = Approver()
    with account(BUILD, approver=approver, progress=lambda _: None) as build, ExitStack() as others:
        accounts = (build, *(others.enter_context(build.beside(place)) for place in RECEIVERS))
        made = Standing(Fleet(accounts), approver)
        reader = Reader(checkout(tmp_path_factory.mktemp("checkout")), build)
        for command, typed in COMMANDS:
            if typed:
                reader.fill_in(typed)
            if command.startswith("export AWS_PROFILE="):
                reader.here = made.at(PROFILES[command.partition("=")[2]])
            elif command == FIRST_PUSH:
                made.push("first", "first")
            elif command.startswith((".venv/bin/ecr-pipeline params ", "make deploy ")):
                reader.run(command)
        yield made


def released(standing: Standing, place: TrialPlace) -> str:
    """The digest that is recorded in an account."""
    name = "/ecr-pipeline/orders/release/image"
    recorded = standing.at(place).cloud.inside("ssm").get_parameter(Name=name)["Parameter"]["Value"]
    return str(recorded.partition("@")[2])


def test_every_command_of_the_page_is_one_that_is_known_here() -> None:
    """A command that is added to the page is run, or it is one of those that cannot be."""
    run = (".venv/bin/ecr-pipeline params new ", "make deploy ", "export AWS_PROFILE=")
    trial = ".venv/bin/ecr-pipeline try pipeline-release --params params/pipeline-release.orders.json --event"
    assert [
        FIRST_PUSH,
        "aws ecr describe-image-replication-status --repository-name team/orders --image-id imageTag=first",
        FIRST_PUSH.replace("first", "v1.0.0"),
        RECORD,
        f"{trial} replicate",
        f"{trial} failed-replication",
    ] == [command for command, _ in COMMANDS if not command.startswith(run)]


def test_a_stack_set_can_name_the_stacks(standing: Standing) -> None:
    """In a region that joins later, with the values of the StackSet alone and the names that it gives its stacks."""
    with standing.at(PRODUCTION).beside(TrialPlace(PRODUCTION.account, "us-east-1")) as joined:
        for template, given in (("network", {}), ("platform", {"RepositoryPattern": "team/*"})):
            stack = f"StackSet-ecr-pipeline-{template}-6a2b1e0f-8f0d-4c57-9d53-0b1f4c2e7d11"
            deployment.deploy(joined.cloud, stack, render.to_dict(catalog.build(template)), given)
        assert "ecr-pipeline:platform:main:v1:InspectProject" in deployment.exports(joined.cloud)


def test_a_push_starts_the_pipelines_of_both_receivers(standing: Standing) -> None:
    """Once for each tag, in their own accounts and region: they record the digest. The build account runs nothing."""
    for tag in ("v1.0.0", "v1.0.1"):
        pushed = standing.push("both", tag, platforms=2)
        assert (None, ()) == (pushed.source.execution, pushed.source.others)
        assert set(RECEIVERS) == set(pushed.received)
        for place in RECEIVERS:
            [execution] = pushed.received[place].others
            assert "Succeeded" == execution.status, execution.failures
            assert pushed.source.digest == released(standing, place)


def test_the_repository_is_made_as_the_template_says(standing: Standing) -> None:
    """Encrypted with the key of the stack, with lifecycle rules, and immutable except for the tags of stages."""
    for place in RECEIVERS:
        ecr = standing.at(place).cloud.inside("ecr")
        [made] = ecr.describe_repositories(repositoryNames=[REPOSITORY])["repositories"]
        assert "KMS" == made["encryptionConfiguration"]["encryptionType"]
        assert f":kms:{place.region}:{place.account}:key/" in made["encryptionConfiguration"]["kmsKey"]
        assert "IMMUTABLE_WITH_EXCLUSION" == made["imageTagMutability"]
        assert "What runs stays" in ecr.get_lifecycle_policy(repositoryName=REPOSITORY)["lifecyclePolicyText"]


def test_children_and_other_tags_start_nothing(standing: Standing) -> None:
    """The images of an index arrive without a tag; `latest` is not a tag that the pipelines wait for."""
    pushed = standing.push("an index", "latest", platforms=2)
    tags = [each.event["detail"]["image-tag"] for each in pushed.replicas if each.place == STAGING]
    assert ["", "", "latest"] == tags
    for place in RECEIVERS:
        assert () == pushed.received[place].others
        assert 3 == len([why for why in _missed(pushed.received[place]) if "detail.image-tag" in why])


def test_another_repository_starts_nothing(standing: Standing) -> None:
    """One below the prefix is replicated, and starts no other repository's pipeline; any other is not replicated."""
    pushed = standing.push("another", "v3.0.0", repository="team/orders-api")
    for place in RECEIVERS:
        assert () == pushed.received[place].others
        assert any("detail.repository-name" in why for why in _missed(pushed.received[place]))
    assert () == standing.push("elsewhere", "v3.0.0", repository="teamwork/orders").replicas


def test_a_foreign_account_is_refused_twice(standing: Standing) -> None:
    """The registry does not take its images, and the rule of the pipeline would not start on them."""
    receiver = standing.at(STAGING)
    _receives(receiver, ReplicatingAccountIds="999999999999")
    try:
        pushed = standing.push("refused", "v4.0.0", repository="team/refused")
    finally:
        _receives(receiver)
    by_place = {each.place: each for each in pushed.replicas}
    assert ["FAILED", "SUCCESS"] == [by_place[place].event["detail"]["result"] for place in RECEIVERS]
    assert "ecr:CreateRepository" in by_place[STAGING].why
    assert any('detail.result: given "FAILED"' in why for why in _missed(pushed.received[STAGING]))
    event = image_replicated(
        repository=REPOSITORY,
        digest=pushed.source.digest,
        tag="v4.0.0",
        source_account="999999999999",
        source_region=BUILD.region,
        **STAGING._asdict(),
    )
    foreign = observer(receiver, REPOSITORY).receive([event])
    assert () == foreign.others
    assert any('detail.source-account: given "999999999999"' in why for why in _missed(foreign))


def test_an_immutable_tag_that_is_taken_arrives_without_its_tag(standing: Standing) -> None:
    """A tag that is used again in the build account is fixed where it arrives: the image comes, and starts nothing."""
    tag = {"repositoryName": REPOSITORY, "imageIds": [{"imageTag": "first"}]}
    standing.at(BUILD).cloud.client("ecr").batch_delete_image(**tag)
    pushed = standing.push("not the first", "first")
    for place in RECEIVERS:
        assert () == pushed.received[place].others
        ecr = standing.at(place).cloud.inside("ecr")
        wanted = {"repositoryName": REPOSITORY, "imageIds": [{"imageDigest": pushed.source.digest}]}
        [image] = ecr.describe_images(**wanted)["imageDetails"]
        assert [] == image.get("imageTags", [])


def test_the_role_of_the_creation_template_needs_what_it_has(standing: Standing) -> None:
    """On the receiving side: nothing that ECR does is refused, and nothing of the role is left unused."""
    standing.push("permissions", "v6.0.0", repository="team/permissions")
    found = standing.at(STAGING).policies.permissions()
    assert [] == [row for row in found.refused if "ecr:" in row.action]
    assert [] == [grant for grant in found.unused if "CreationRole" in grant.statement]


def test_a_repository_is_not_made_without_the_role(standing: Standing) -> None:
    """Without the permissions of the creation template's role the replication of a new repository fails."""
    iam = standing.at(STAGING).cloud.client("iam")
    [role] = [each["RoleName"] for each in iam.list_roles()["Roles"] if "CreationRole" in each["RoleName"]]
    kept = iam.get_role_policy(RoleName=role, PolicyName="Grants")["PolicyDocument"]
    iam.delete_role_policy(RoleName=role, PolicyName="Grants")
    try:
        pushed = standing.push("no role", "v7.0.0", repository="team/no-role")
    finally:
        iam.put_role_policy(RoleName=role, PolicyName="Grants", PolicyDocument=json.dumps(kept))
    [refused] = [each for each in pushed.replicas if each.place == STAGING]
    assert "ecr:CreateRepository" in refused.why


def _missed(push: Push) -> list[str]:
    """Why the rules let events pass by."""
    return [each.why for each in push.deliveries if not each.target]
