"""Promises about what a run tells: to its own actions, to the approver, to the record, to those who watch."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import yaml

from tests.playing import buildspec_of
from tests.rendered import Rendered, actions, resources

VARIABLE = re.compile(r"#\{(\w+)\.(\w+)\}")
ECR = {"RegistryId", "RepositoryName", "ImageTag", "ImageDigest", "ImageURI"}
# What each fact is called where it is handed on, and the variable that holds it.
HANDED_ON = {
    "digest": "#{Inspect.IMAGE_DIGEST}",
    "tags": "#{Inspect.IMAGE_TAGS}",
    "image": "#{Inspect.IMAGE_URI}",
    "execution": "#{codepipeline.PipelineExecutionId}",
    "IMAGE_DIGEST": "#{Inspect.IMAGE_DIGEST}",
    "IMAGE_URI": "#{Inspect.IMAGE_URI}",
}
# What each action has to be told.
NEEDED = {
    "Compare": {"stage"},
    "Record": {"stage", "digest", "tags", "execution"},
    "Revise": {"image"},
    "Test": {"STAGE", "IMAGE_URI", "IMAGE_DIGEST"},
    "Validate": {"STAGE", "IMAGE_URI", "IMAGE_DIGEST"},
}
BLUE_GREEN = (
    "AppSpecTemplateArtifact",
    "Image1ArtifactName",
    "Image1ContainerName",
    "TaskDefinitionTemplateArtifact",
)
TOLD = ("REPOSITORY", "IMAGE_DIGEST", "IMAGE_TAGS", "PLATFORMS", "CRITICAL_FINDINGS", "HIGH_FINDINGS", "SCAN_STATUS")
FAILED = {
    "source": ["aws.codepipeline"],
    "detail-type": ["CodePipeline Pipeline Execution State Change"],
}
# https://docs.aws.amazon.com/codepipeline/latest/userguide/detect-state-changes-cloudwatch-events.html
PATHS = {"pipeline": "$.detail.pipeline", "run": "$.detail.execution-id", "state": "$.detail.state"}
FIRST_MESSAGE = {
    "Namespace": "AWS/SQS",
    "MetricName": "NumberOfMessagesSent",
    "Statistic": "Sum",
    "Period": 300,
    "EvaluationPeriods": 1,
    "Threshold": 0,
    "ComparisonOperator": "GreaterThanThreshold",
    "TreatMissingData": "notBreaching",
}


def variables_that_are_read_are_set(template: Rendered) -> Iterator[str]:
    """A variable that an action reads is exported by the build, or known from the source, that its namespace names."""
    exported = {
        name: set(_exported(buildspec_of(template, project)))
        for name, project in resources(template, "AWS::CodeBuild::Project")
    }
    spaces = {
        action["Namespace"]: ECR if action["ActionTypeId"]["Provider"] == "ECR" else exported.get(_project(action))
        for _, _, action in actions(template)
        if "Namespace" in action
    }
    for _, stage, action in actions(template):
        for space, name in VARIABLE.findall(json.dumps(action["Configuration"])):
            known = spaces.get(space)
            if known is not None and name not in known:
                yield f"{stage}/{action['Name']} reads {space}.{name}, which is not set"


def variables_that_are_exported_are_set(template: Rendered) -> Iterator[str]:
    """What a build exports, its commands know by that name."""
    for name, project in resources(template, "AWS::CodeBuild::Project"):
        text = buildspec_of(template, project)
        for variable in _exported(text):
            if len(re.findall(rf"\b{variable}\b", text)) == 1:
                yield f"{name} exports {variable}, which no command sets"


def approvers_see_all_that_was_found_out(template: Rendered) -> Iterator[str]:
    """An approval tells each fact of the inspection, each once: none stands in the place of another."""
    for _, stage, action in actions(template):
        if action["ActionTypeId"]["Category"] == "Approval":
            told = [
                name
                for space, name in VARIABLE.findall(action["Configuration"].get("CustomData", ""))
                if space == "Inspect"
            ]
            for fact in TOLD:
                if told.count(fact) != 1:
                    yield f"{stage} tells {fact} {told.count(fact)} times"


def facts_are_handed_on_under_their_names(template: Rendered) -> Iterator[str]:
    """What is called digest is the digest, what is called tags are the tags; what is recorded is the stage's own."""
    for _, stage, action in actions(template):
        facts = dict(_handed_on(action["Configuration"]))
        for name, value in facts.items():
            if value != HANDED_ON.get(name, value):
                yield f"{stage}/{action['Name']} hands on {value} as {name}"
        if "digest" in facts and facts.get("stage") != stage.lower():
            yield f"{stage}/{action['Name']} records {facts.get('stage')}"
        for missing in sorted(NEEDED.get(action["Name"], set()) - facts.keys()):
            yield f"{stage}/{action['Name']} is not told {missing}"


def stages_that_follow_are_told_which_one(template: Rendered) -> Iterator[str]:
    """Validation is told the stage before it, and an approval looks up what the stage after it holds."""
    for name, pipeline in resources(template, "AWS::CodePipeline::Pipeline"):
        stages = [stage["Name"].lower() for stage in pipeline["Stages"]]
        for number, stage in enumerate(pipeline["Stages"]):
            for action in stage["Actions"]:
                facts = dict(_handed_on(action["Configuration"]))
                wanted = {"Compare": stages[number + 1 :][:1], "Validate": [stages[number - 1]]}
                wanted["Test"] = wanted["Validate"]
                told = [facts[key] for key in ("stage", "STAGE") if key in facts]
                if action["Name"] in wanted and told != wanted[action["Name"]]:
                    yield f"{name}: {stage['Name']}/{action['Name']} is told {told}"


def deployments_find_their_containers(template: Rendered) -> Iterator[str]:
    """A build that writes which container gets the image is told the names of the containers, for each stage."""
    told = {
        variable["Name"]
        for _, project in resources(template, "AWS::CodeBuild::Project")
        for variable in project["Environment"].get("EnvironmentVariables", ())
    }
    for _, stage, action in actions(template):
        if "imagedefinitions" in action["Configuration"].get("FileName", ""):
            if action["Configuration"]["FileName"] != f"imagedefinitions.{stage.lower()}.json":
                yield f"{stage} is deployed from {action['Configuration']['FileName']}"
            if f"{stage.upper()}_CONTAINERS" not in told:
                yield f"nobody is told the containers of {stage}"


def actions_wait_for_each_other(template: Rendered) -> Iterator[str]:
    """What reads an artifact or variable of its own stage runs after what makes it; what records a stage runs last."""
    for name, pipeline in resources(template, "AWS::CodePipeline::Pipeline"):
        for stage in pipeline["Stages"]:
            for action in stage["Actions"]:
                for earlier in stage["Actions"]:
                    if _needs(action, earlier) and earlier["RunOrder"] >= action["RunOrder"]:
                        yield f"{name}: {stage['Name']}/{action['Name']} does not wait for {earlier['Name']}"


def blue_green_deployments_get_their_files(template: Rendered) -> Iterator[str]:
    """CodeDeploy is told both files, their artifact, and the word in the task definition that the image replaces.

    https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-ECSbluegreen.html
    """
    for _, stage, action in actions(template):
        if action["ActionTypeId"]["Provider"] == "CodeDeployToECS":
            configuration = action["Configuration"]
            for key in BLUE_GREEN:
                if key not in configuration:
                    yield f"{stage}/{action['Name']} has no {key}"
            inputs = {each["Name"] for each in action["InputArtifacts"]}
            for key, value in configuration.items():
                if re.search(r"Artifact(Name)?$", key) and value not in inputs:
                    yield f"{stage}/{action['Name']} does not get {value}"


def failed_runs_are_told(template: Rendered) -> Iterator[str]:
    """For every pipeline a rule tells a topic of failed runs: which pipeline, which run, what became of it."""
    for name, _ in resources(template, "AWS::CodePipeline::Pipeline"):
        wanted = {**FAILED, "detail": {"pipeline": [{"Ref": name}], "state": ["FAILED", "CANCELED"]}}
        rules = [rule for _, rule in resources(template, "AWS::Events::Rule") if rule["EventPattern"] == wanted]
        if not rules:
            yield f"nobody hears of failed runs of {name}"
        for rule in rules:
            for target in rule["Targets"]:
                if target.get("InputTransformer", {}).get("InputPathsMap") != PATHS:
                    yield f"what is told of failed runs of {name} is something else"


def what_is_told_is_in_the_event(template: Rendered) -> Iterator[str]:
    """A transformer uses each path that it names, and no other; the pushed tag is the event's."""
    for name, rule in resources(template, "AWS::Events::Rule"):
        for target in rule["Targets"]:
            transformer = target.get("InputTransformer", {"InputPathsMap": {}, "InputTemplate": ""})
            paths = transformer.get("InputPathsMap", {})
            for differing in sorted(paths.keys() ^ set(re.findall(r"<([\w-]+)>", transformer["InputTemplate"]))):
                yield f"{name} knows no <{differing}>, or does not tell it"
            if paths.get("tag", "$.detail.image-tag") != "$.detail.image-tag":
                yield f"{name} tells another tag than the pushed one"


def the_first_lost_push_rings(template: Rendered) -> Iterator[str]:
    """An alarm on a queue rings at the first message, and does not wait for a second one."""
    for name, alarm in resources(template, "AWS::CloudWatch::Alarm"):
        if alarm.get("Namespace") == "AWS/SQS" or "QueueName" in json.dumps(alarm.get("Dimensions", "")):
            for key, value in FIRST_MESSAGE.items():
                if alarm.get(key) != value:
                    yield f"{name} has {key} {alarm.get(key)}, not {value}"


@cache
def _exported(buildspec: str) -> tuple[str, ...]:
    """The variables that a build exports."""
    return tuple(yaml.safe_load(buildspec)["env"].get("exported-variables", ()))


def _project(action: Rendered) -> str:
    configured = action["Configuration"].get("ProjectName", {})
    return str(configured.get("Ref", "")) if isinstance(configured, dict) else ""


def _handed_on(configuration: Rendered) -> Iterator[tuple[str, str]]:
    """The facts in JSON that an action hands on."""
    for key in ("UserParameters", "Input", "EnvironmentVariables"):
        text = configuration.get(key)
        if isinstance(text, str):
            facts: Any = json.loads(text)
            pairs = [(each["name"], each["value"]) for each in facts] if isinstance(facts, list) else facts.items()
            yield from pairs


def _needs(action: Rendered, earlier: Rendered) -> bool:
    """Whether the action can only run after the other one: it uses what that one makes, or records what it has done."""
    inputs = {each["Name"] for each in action.get("InputArtifacts", ())}
    outputs = {each["Name"] for each in earlier.get("OutputArtifacts", ())}
    reads = f"#{{{earlier.get('Namespace')}." in json.dumps(action["Configuration"])
    records = action["Name"] == "Record" and earlier["Name"] != "Record"
    return bool(inputs & outputs) or reads or records
