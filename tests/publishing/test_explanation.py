"""`explain`: true of every published template, and short enough for a terminal."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from generator import catalog
from generator.cli import cli
from generator.cloudformation.resource_type import resource_type
from generator.program_name import program
from generator.publishing.explanation import (
    ExplainedParameter,
    ExplainedResource,
    ExplainedStage,
    ExplainedTemplate,
    explained,
    things_of,
)
from generator.publishing.explanation_text import explanation_data, explanation_text
from generator.publishing.granted_statements import statements_of
from tests.conftest import RENDERED
from tests.variants import needed, variants

NAMES = sorted(RENDERED)


@pytest.mark.parametrize("name", NAMES)
def test_everything_in_a_template_is_explained(name: str) -> None:
    """The template, each resource and each parameter, within 80 columns; a longer line is one word, such as a URL."""
    template, body = catalog.build(name), RENDERED[name]
    for thing in ("", *things_of(body)):
        found = explained(name, template, thing)
        for line in explanation_text(found).splitlines():
            assert len(line) <= 80 or len(line.split()) == 1, line
        assert "`" not in explanation_text(found)
        json.dumps(explanation_data(found))


def test_every_type_of_resource_has_a_purpose() -> None:
    """Write it into the record of the type in generator/cloudformation/resource_types/."""
    types = {resource["Type"] for body in RENDERED.values() for resource in body["Resources"].values()}
    assert [] == [each for each in sorted(types) if not each.startswith("Custom::") and not resource_type(each).purpose]


@pytest.mark.parametrize("name", NAMES)
def test_scripts_machines_and_buckets_have_a_purpose_of_their_own(name: str) -> None:
    """The purpose of their type says nothing about them: give `why` to the component, or `purpose` to the resource."""
    kinds = {f"AWS::{kind}" for kind in ("CodeBuild::Project", "Lambda::Function", "S3::Bucket")}
    kinds.add("AWS::StepFunctions::StateMachine")
    template, resources = catalog.build(name), RENDERED[name]["Resources"]
    found = {each: explained(name, template, each) for each, one in resources.items() if one["Type"] in kinds}
    assert [] == [
        each
        for each, said in found.items()
        if not isinstance(said, ExplainedResource) or said.purpose == resource_type(said.type).purpose
    ]


@pytest.mark.parametrize("name", NAMES)
def test_a_role_is_explained_by_all_that_it_may_do(name: str) -> None:
    """Every statement is in the explanation of its owner once, with its reason."""
    template = catalog.build(name)
    for each in statements_of(template, RENDERED[name]):
        found = explained(name, template, each.owner)
        assert isinstance(found, ExplainedResource)
        assert 1 == [one.sid for one in found.allows].count(each.sid)
        said = " ".join(explanation_text(found).split())
        assert " ".join(f"why: {each.why.replace('`', '')}".split()) in said


@pytest.mark.parametrize("name", NAMES)
def test_the_effect_of_a_parameter_is_that_on_stacks(name: str) -> None:
    """A resource that one stack has and another has not is decided by a parameter in which they differ."""
    template, body = catalog.build(name), RENDERED[name]
    plain = {**_defaults(name), **needed(body)}
    decides = {}
    for each in body["Parameters"]:
        found = explained(name, template, each)
        assert isinstance(found, ExplainedParameter)
        decides[each] = {what for what, _ in found.decides}
    _, first = next(iter(variants(body)))
    there = {title for title in body["Resources"] if first.is_made(title)}
    for variant, stack in variants(body):
        differing = {key for key in plain if stack.parameters.get(key) != first.parameters.get(key)}
        for title in there ^ {each for each in body["Resources"] if stack.is_made(each)}:
            assert any(title in decides[key] for key in differing), (variant, title)


def _defaults(name: str) -> dict[str, str]:
    return {key: str(each.get("Default", "")) for key, each in RENDERED[name]["Parameters"].items()}


def test_a_shared_resource_names_the_roles_that_may_use_it() -> None:
    """The bucket of artifacts: roles of this template, by the statements that name it."""
    found = explained("platform", catalog.build("platform"), "ArtifactBucket")
    assert isinstance(found, ExplainedResource)
    assert {("InspectRole", "StoreArtifacts"), ("InspectRole", "FetchArtifacts")} <= {
        (each.owner, each.sid) for each in found.allowed_to
    }
    assert "InspectRole" in found.used_by
    assert "Key" in found.uses


def test_a_stage_is_explained_by_its_actions() -> None:
    """Each that the overview lists; what decides whether it exists counts as what it depends on."""
    for name, body in RENDERED.items():
        found = explained(name, catalog.build(name))
        assert isinstance(found, ExplainedTemplate)
        for stage, actions, condition in found.stages:
            if stage in body["Resources"]:
                continue  # a resource of this name is explained instead
            one = explained(name, catalog.build(name), stage)
            assert isinstance(one, ExplainedStage)
            assert (actions, condition) == (tuple(action for action, _, _ in one.actions), one.only_if)
    staging = explained("pipeline-ecs", catalog.build("pipeline-ecs"), "Staging")
    assert isinstance(staging, ExplainedStage)
    assert ("Name", "StagingService", "StagingContainers", "TaskBeforeDeployment") == staging.parameters
    assert (("Recorder",), "Pipeline") == (staging.uses, staging.pipeline)
    assert ("RunTask", "StepFunctions", "`TaskBeforeDeployment` is `yes`") == staging.actions[0]
    text = CliRunner().invoke(cli, ["explain", "pipeline-ecs", "Staging"]).stdout
    assert text.startswith("Staging (stage of Pipeline)\n  It exists only if StagingService is not none.\n")
    assert "  RunTask  StepFunctions  only if TaskBeforeDeployment is yes\n" in text


def test_the_stages_can_be_completed() -> None:
    """And resources and parameters, each name once."""
    things = things_of(RENDERED["pipeline-ecs"])
    assert {"Staging", "StagingService", "Trigger"} < set(things)
    assert len(things) == len(set(things))


def test_programs_get_an_explanation_too() -> None:
    """One document, with the version of its shape."""
    done = CliRunner().invoke(cli, ["explain", "platform", "InspectRole", "--json"])
    found = json.loads(done.stdout)
    assert (1, "platform", "InspectRole") == (found["version"], found["template"], found["resource"])
    assert {"owner", "sid", "effect", "actions", "resources", "conditions", "only_if", "why"} == set(found["allows"][0])


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["nothing"], "nothing"),
        (["InspectRole"], f"InspectRole is in platform, standalone: `{program()} explain platform InspectRole`"),
        (["platform", "inspectrole"], "did you mean InspectRole?"),
        (["platform", "Nope"], f"`{program()} explain platform` lists them all"),
    ],
)
def test_a_name_that_does_not_exist_cannot_be_explained(arguments: list[str], says: str) -> None:
    """The message suggests names, and the command exits with 2."""
    done = CliRunner().invoke(cli, ["explain", *arguments])
    assert (2, "") == (done.exit_code, done.stdout)
    assert says in done.stderr
