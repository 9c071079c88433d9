"""The reference page of a template."""

from __future__ import annotations

import re

import pytest
from awacs import s3
from troposphere import Equals, ImportValue, Ref, Template
from troposphere.s3 import Bucket

from generator import catalog
from generator.model.export_names import add_export
from generator.model.grants import Grant, add_service_role, add_shared_policy, trust_quiet
from generator.model.outputs import add_output
from generator.model.parameters import add_condition, add_parameter
from generator.publishing import reference, render
from tests.conftest import RENDERED, WITH_CONDITIONS
from tests.rendered import Rendered, resources

READ = Grant(sid="Read", actions=(s3.GetObject,), resources=("arn:a",), why="It reads.")
WRITE = Grant(sid="Write", actions=(s3.PutObject,), resources=("arn:b",), why="It writes.", only_if="Wanted")
TRUSTED = trust_quiet("lambda.amazonaws.com")


def _small() -> Template:
    template = Template(Description="Small")
    add_parameter(template, "Zone", group="Place", label="Zone", description="Where | what", type="AWS::EC2::VPC::Id")
    add_condition(template, "Wanted", Equals(Ref("Zone"), "vpc-1"))
    template.add_resource(Bucket("Bucket", BucketName=Ref("Zone")))
    return template


def _permissions(template: Template) -> str:
    return reference.page("small", template).partition("## Permissions\n\n")[2].partition("\n\n## Outputs")[0]


def test_every_parameter_permission_and_output_has_a_row(published: Rendered) -> None:
    """A page leaves nothing of its template out, and has no function of CloudFormation in it."""
    (name,) = (name for name, rendered in RENDERED.items() if rendered is published)
    page = reference.page(name, catalog.build(name))
    entries = {*published["Parameters"], *published.get("Outputs", {})}
    assert {entry for entry in entries if f"| `{entry}` |" not in page} == set()
    for role, properties in resources(published, "AWS::IAM::Role", "AWS::IAM::ManagedPolicy"):
        assert f"### {role}" in page
        own = [properties] if "PolicyDocument" in properties else []
        for policy in properties.get("Policies", own):
            for statement in policy["PolicyDocument"]["Statement"]:
                assert f"| {statement['Sid']} |" in page
    assert "Fn::" not in page


@pytest.mark.parametrize("name", sorted(WITH_CONDITIONS))
def test_a_page_names_every_export(name: str) -> None:
    """An output that other stacks import is shown with the name of its export; others have none."""
    page = reference.page(name, catalog.build(name))
    outputs = WITH_CONDITIONS[name].get("Outputs", {})
    exports = {output["Export"]["Name"]["Fn::Sub"] for output in outputs.values() if "Export" in output}
    assert exports == set(re.findall(r"`(ecr-pipeline:[^`]+)`", page.partition("## Outputs")[2]))


def test_a_statement_shows_its_condition() -> None:
    """A statement that is not always granted has the condition in words; one that always is has an empty cell."""
    template = _small()
    add_service_role(template, "Role", trusted=TRUSTED, grants=[READ, WRITE])
    assert (
        "### Role\n\nAssumed by `lambda.amazonaws.com`, only for this account (if the service names one).\n\n"
        "| Statement | Actions | On | Only if | Why |\n"
        "| --- | --- | --- | --- | --- |\n"
        "| Read | `s3:GetObject` | `arn:a` |  | It reads. |\n"
        "| Write | `s3:PutObject` | `arn:b` | `Zone` is `vpc-1` | It writes. |"
    ) == _permissions(template)


def test_a_role_without_statements_of_its_own_has_its_policies() -> None:
    """Its heading has a sentence, and no empty table follows."""
    template = _small()
    policy = add_shared_policy(template, "Shared", [READ])
    add_service_role(template, "Role", trusted=TRUSTED, grants=[], shared=[policy])
    assert _permissions(template).endswith(" (if the service names one). It has only the policy `Shared`.")


def test_a_column_without_entries_is_left_out() -> None:
    """Where everything is always granted, no column is about conditions."""
    template = _small()
    add_service_role(template, "Role", trusted=TRUSTED, grants=[READ])
    assert "| Statement | Actions | On | Why |" in _permissions(template)


def test_a_role_shows_its_further_policies() -> None:
    """Policies of this stack by their names, those of another one by its page."""
    template = _small()
    own = add_shared_policy(template, "Shared", [READ])
    other = ImportValue("ecr-pipeline:platform:main:v1:PipelinePolicyArn")
    add_service_role(template, "One", trusted=TRUSTED, grants=[READ], shared=[own])
    add_service_role(template, "Two", trusted=TRUSTED, grants=[READ], shared=[own, Ref("Third"), other])
    page = _permissions(template)
    assert "It also has the policy `Shared`." in page
    policy = "`PipelinePolicyArn` of the [platform](platform.md#permissions)"
    assert f"It also has the policies `Shared`, `Third` and {policy}." in page
    assert "### Shared\n\nShared by `One`, `Two`." in page


def test_a_policy_for_other_stacks_shows_its_export() -> None:
    """No role of this stack has it: the page shows how the roles that have it find it."""
    template = _small()
    add_export(template, "platform", "PolicyArn", add_shared_policy(template, "Shared", [READ]), "A policy")
    export = "ecr-pipeline:platform:${Platform}:v1:PolicyArn"
    assert f"### Shared\n\nFor roles of other stacks, which import it as `{export}`." in _permissions(template)


def test_a_role_shows_when_it_exists() -> None:
    """A role under a condition has it in words."""
    template = _small()
    add_service_role(template, "Role", trusted=TRUSTED, grants=[READ], only_if="Wanted")
    assert "It exists only if `Zone` is `vpc-1`." in _permissions(template)


def test_an_output_shows_when_it_exists() -> None:
    """An output under a condition has it in words."""
    template = _small()
    add_output(template, "Name", Ref("Bucket"), "The bucket", only_if="Wanted")
    rows = "| Output | Description | Only if |\n| --- | --- | --- |\n| `Name` | The bucket | `Zone` is `vpc-1` |"
    assert rows in reference.page("small", template)


def test_the_service_that_assumes_a_role_is_shown() -> None:
    """A service by its name, an identity provider by the parameter that names it; with the conditions."""
    page = reference.page("registry", catalog.build("registry"))
    assert "### NoticesRole\n\nAssumed by `events.amazonaws.com`, only for `events:rule/*` of this account." in page
    assert "### GitHubPushRole\n\nAssumed by `${GitHubOidcProviderArn}`, only if `token.actions." in page


def test_a_picture_shows_each_action_of_each_stage() -> None:
    """The picture is made from the stages: a stage that is added is drawn."""
    picture = reference.diagram(RENDERED["pipeline-release"])
    for text in ('subgraph s0["Source"]', "<small>ECR</small>", 'subgraph s3["Release"]', "rule -->|digest| s0a0"):
        assert text in picture
    assert "s2a1 --> s3a0" in picture


def test_a_picture_shows_which_stages_are_optional() -> None:
    """A stage under a condition is drawn and marked."""
    picture = reference.diagram(render.to_dict(catalog.build("pipeline-ecs")))
    assert 'subgraph s1["Inspect"]' in picture
    assert 'subgraph s2["Staging (optional)"]' in picture
    assert "<small>CodeBuild</small>" in picture.partition("Validation")[2]


@pytest.mark.parametrize(
    ("name", "queue"),
    [
        ("pipeline-release", "queue of the platform, alarm"),
        ("standalone", "queue, alarm"),
        ("image-build-codecommit", "queue of the platform, alarm"),
        ("image-build", None),
    ],
)
def test_a_picture_shows_the_queue_of_lost_pushes(name: str, queue: str | None) -> None:
    """To the queue of the platform or of the stack; a pipeline that CodePipeline starts itself has none."""
    found = re.findall(r'rule -\. not delivered \.-> queue\[\("(.*)"\)\]', reference.diagram(WITH_CONDITIONS[name]))
    assert ([queue] if queue else []) == found


@pytest.mark.parametrize("name", ["platform", "network", "registry", "deployer-eks"])
def test_a_template_without_a_pipeline_has_no_picture(name: str) -> None:
    """Nothing is started there, although it may have a queue."""
    assert "" == reference.diagram(WITH_CONDITIONS[name])
    assert "What a push starts" not in reference.page(name, catalog.build(name))


def test_a_template_without_roles_and_outputs_says_so() -> None:
    """Both sections have a sentence then."""
    page = reference.page("small", _small())
    assert "mermaid" not in page
    assert "## Permissions\n\nThis template has no roles." in page
    assert "## Outputs\n\nThis template has no outputs." in page


def test_a_cell_keeps_its_bars() -> None:
    """A bar in a description does not break the table; the type is the constraint of a parameter without another."""
    assert r"| `Zone` | Where \| what | *required* | `AWS::EC2::VPC::Id` |" in reference.page("small", _small())


def test_an_empty_value_is_shown() -> None:
    """An empty default, and an empty value among those that are allowed, would be invisible."""
    template = _small()
    add_parameter(template, "Way", group="G", label="l", description="d", Default="", AllowedValues=["", "fail"])
    assert "| `Way` | d | *empty* | *empty*, `fail` |" in reference.page("small", template)
