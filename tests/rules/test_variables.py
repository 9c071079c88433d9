"""E9703: variables that actions read."""

from __future__ import annotations

from typing import Any

import pytest

from tests.rules.test_rules import action, findings, messages, pipeline, template, with_action

PLACE = "Resources/Pipeline/Properties/Stages/2/Actions/0/Configuration/CustomData"


def approval(text: object, **more: object) -> dict[str, Any]:
    """An approval that shows the text."""
    return action("Approval/Manual", "Ask", {"CustomData": text}, **more)


@pytest.mark.parametrize(
    "text",
    [
        "#{Image.ImageDigest} #{Inspect.ANY} #{variables.PushedTag} #{codepipeline.PipelineExecutionId}",
        {"Fn::Sub": "${AWS::StackName}: #{Inspect.FINDINGS}"},
        {"Fn::Sub": ["#{Inspect.${Name}} #{variables.${Name}} #{codepipeline.${Name}}", {"Name": "X"}]},
        {"Fn::Sub": "#{${Namespace}.FINDINGS}"},
        {"Fn::Join": ["", ["#{Inspect.", {"Ref": "Name"}, "}"]]},
        "no variable: ${Inspect.X} #Inspect.X #{} {Inspect.X}",
    ],
)
def test_existing_variables_can_be_read(text: object) -> None:
    """Variables of earlier actions, of the pipeline and of the execution are good; half a reference is passed over."""
    assert [] == findings(with_action(approval(text)), "E9703")


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        (
            "#{Inspekt.X}",
            "",
            "#{Inspekt.X}: no action has that namespace; did you mean 'Inspect'? (there: Image, Inspect)",
        ),
        ({"Fn::Sub": "#{Zzz.X}"}, "/Fn::Sub", "#{Zzz.X}: no action has that namespace (there: Image, Inspect)"),
        (
            {"Fn::Join": ["", ["a", {"Fn::Sub": "#{variables.PushdTag}"}]]},
            "/Fn::Join/1/1/Fn::Sub",
            (
                "#{variables.PushdTag}: the pipeline declares no such variable; did you mean 'PushedTag'? "
                "(there: PushedTag)"
            ),
        ),
        (
            {"Fn::If": ["Always", "#{codepipeline.ExecutionId}", ""]},
            "/Fn::If/1",
            "#{codepipeline.ExecutionId}: codepipeline has one variable, PipelineExecutionId",
        ),
    ],
)
def test_missing_variables_are_found(text: object, place: str, message: str) -> None:
    """An unknown namespace, pipeline variable or execution variable is reported at its place, with the known ones."""
    assert [("E9703", PLACE + place, message)] == findings(with_action(approval(text)), "E9703")


def test_an_action_reads_only_variables_of_earlier_actions() -> None:
    """In one stage the lower RunOrder runs first; the same order runs side by side; a later stage runs later."""
    late = "the action of that namespace does not run before this one"
    build = action("Build/CodeBuild", "Build", {"ProjectName": "p"}, Namespace="Later", RunOrder=2)

    assert [f"#{{Later.X}}: {late}"] == messages(with_action(approval("#{Later.X}", RunOrder=1), build), "E9703")
    assert [f"#{{Later.X}}: {late}"] == messages(with_action(approval("#{Later.X}", RunOrder=2), build), "E9703")
    assert [] == messages(with_action(approval("#{Later.X}", RunOrder=3), build), "E9703")
    assert [] == messages(with_action(approval("#{Later.X}", RunOrder={"Ref": "Order"}), build), "E9703")

    body = with_action(build)
    pipeline(body)["Stages"][1]["Actions"].append(approval("#{Later.X}", RunOrder=9))
    assert [f"#{{Later.X}}: {late}"] == messages(body, "E9703")

    own = action("Build/CodeBuild", "Build", {"ProjectName": "#{Own.X}"}, Namespace="Own")
    assert [f"#{{Own.X}}: {late}"] == messages(with_action(own), "E9703")


def test_a_source_cannot_read_the_variables_of_the_pipeline() -> None:
    """`variables` in a Source action is refused, though the variable is declared."""
    body = template()
    pipeline(body)["Stages"][0]["Actions"][0]["Configuration"]["ImageTag"] = "#{variables.PushedTag}"

    assert ["#{variables.PushedTag}: a Source action cannot read the variables of the pipeline"] == messages(
        body, "E9703"
    )


def test_commands_and_environment_are_read_too() -> None:
    """The commands of an action and its environment variables are searched like its configuration."""
    commands = action("Compute/Commands", "Run", {}, Commands=["echo #{No.A}"], InputArtifacts=[{"Name": "Inspection"}])
    deploy = action("Deploy/EKS", "Deploy", {}, EnvironmentVariables=[{"Name": "IMAGE", "Value": "#{No.B}"}])

    assert ["#{No.A}", "#{No.B}"] == [
        message.split(":")[0] for message in messages(with_action(commands, deploy), "E9703")
    ]


@pytest.mark.parametrize(
    ("namespace", "message"),
    [
        ("Inspect", "The namespace 'Inspect' is used by another action: choose another name"),
        ("variables", "The namespace 'variables' is reserved: choose another name"),
        ("codepipeline", "The namespace 'codepipeline' is reserved: choose another name"),
        ("ImageDetail", "The namespace 'ImageDetail' is also the name of an artifact: choose another name"),
    ],
)
def test_a_namespace_is_free(namespace: str, message: str) -> None:
    """A namespace is used once, is not reserved and is not the name of an artifact."""
    build = action("Build/CodeBuild", "Build", {"ProjectName": "p"}, Namespace=namespace)

    assert [("E9703", "Resources/Pipeline/Properties/Stages/2/Actions/0/Namespace", message)] == findings(
        with_action(build), "E9703"
    )


def test_branches_that_exclude_each_other_may_share_a_namespace() -> None:
    """Two actions may have one namespace when only one of them can be in the pipeline."""
    one = action("Build/CodeBuild", "Build", {"ProjectName": "p"}, Namespace="Build")
    other = action("Build/CodeBuild", "Build", {"ProjectName": "q"}, Namespace="Build")
    body = with_action()
    pipeline(body)["Stages"][2]["Actions"] = [{"Fn::If": ["Old", one, other]}]
    body["Conditions"] = {"Old": {"Fn::Equals": [{"Ref": "RepositoryName"}, "orders"]}}

    assert [] == findings(body, "E9703")


def test_names_that_are_known_at_deployment_are_no_finding() -> None:
    """Where a namespace or a variable's name is a parameter, any name may be it."""
    build = action("Build/CodeBuild", "Build", {"ProjectName": "p"}, Namespace={"Ref": "Name"})
    body = with_action(build, approval("#{Any.X} #{variables.Any}", RunOrder=2))
    pipeline(body)["Variables"].append({"Name": {"Ref": "Name"}})

    assert [] == findings(body, "E9703")
