"""The reference page of a template."""

from __future__ import annotations

from troposphere import Ref, Template
from troposphere.s3 import Bucket

from generator import catalog, reference, render
from generator.parameters import add_parameter
from tests.conftest import RENDERED
from tests.rendered import Rendered, resources


def _small() -> Template:
    template = Template(Description="Small")
    add_parameter(template, "Zone", group="Place", label="Zone", description="Where | what", type="AWS::EC2::VPC::Id")
    template.add_resource(Bucket("Bucket", BucketName=Ref("Zone")))
    return template


def test_every_parameter_permission_and_output_is_told(published: Rendered) -> None:
    """Nothing of a template is left out of its page."""
    (name,) = (name for name, rendered in RENDERED.items() if rendered is published)
    page = reference.page(name, catalog.build(name))
    told = {*published["Parameters"], *published.get("Outputs", {})}
    assert {entry for entry in told if f"| `{entry}` |" not in page} == set()
    for role, properties in resources(published, "AWS::IAM::Role", "AWS::IAM::ManagedPolicy"):
        assert f"### {role}" in page
        for policy in properties.get("Policies", [properties]):
            for statement in policy["PolicyDocument"]["Statement"]:
                assert f"| {statement['Sid']} |" in page


def test_who_assumes_a_role_is_told() -> None:
    """A service by its name, an identity provider by the parameter that names it."""
    page = reference.page("registry", catalog.build("registry"))
    assert "### NoticesRole\n\nAssumed by `events.amazonaws.com`." in page
    assert "### GitHubPushRole\n\nAssumed by `${GitHubOidcProviderArn}`." in page


def test_a_picture_shows_each_action_of_each_stage() -> None:
    """The picture is made from the stages: a stage that is added is drawn."""
    picture = reference.diagram(RENDERED["pipeline-release"])
    for text in ('subgraph s0["Source"]', "<small>ECR</small>", 'subgraph s3["Release"]', "rule -->|digest| s0a0"):
        assert text in picture
    assert "s2a1 --> s3a0" in picture


def test_a_picture_shows_which_stages_can_be_left_out() -> None:
    """A stage under a condition is drawn, and marked."""
    picture = reference.diagram(render.to_dict(catalog.build("pipeline-ecs")))
    assert 'subgraph s1["Inspect"]' in picture
    assert 'subgraph s2["Staging (if chosen)"]' in picture
    assert "<small>CodeBuild</small>" in picture.partition("Validation")[2]


def test_a_template_without_a_pipeline_has_no_picture() -> None:
    """Nothing is drawn, no role is explained, where there is none."""
    page = reference.page("small", _small())
    assert "mermaid" not in page
    assert "This template has no roles." in page


def test_a_cell_keeps_its_bars() -> None:
    """A bar in a description does not break the table; what only AWS's type limits shows the type."""
    assert r"| `Zone` | Where \| what | *required* | `AWS::EC2::VPC::Id` |" in reference.page("small", _small())
