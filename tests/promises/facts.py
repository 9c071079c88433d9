"""Promises about the facts of a run: which ones actions, the approver, the record and the topic get."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import yaml

from tests.playing import buildspec_of
from tests.rendered import Rendered, actions, resources
from tests.stacked import imported, value_of_import

INSPECT_OF_THE_PLATFORM = imported("platform", "InspectProject")
VARIABLE = re.compile(r"#\{(\w+)\.(\w+)\}")
ECR = {"RegistryId", "RepositoryName", "ImageTag", "ImageDigest", "ImageURI"}
# The names under which actions pass facts on, and the variable that holds each fact.
VARIABLE_OF = {
    "digest": "#{Inspect.IMAGE_DIGEST}",
    "tags": "#{Inspect.IMAGE_TAGS}",
    "image": "#{Inspect.IMAGE_URI}",
    "runs": "#{Inspect.IMAGE_URI}",
    "execution": "#{codepipeline.PipelineExecutionId}",
    "IMAGE_DIGEST": "#{Inspect.IMAGE_DIGEST}",
    "IMAGE_URI": "#{Inspect.IMAGE_URI}",
}
# The facts that an action must get, by the name of the action.
REQUIRED = {
    "Compare": {"stage"},
    "Record": {"stage", "digest", "tags", "execution"},
    "Revise": {"image"},
    "Test": {"STAGE", "IMAGE_URI", "IMAGE_DIGEST"},
    "Verify": {"runs"},
    "Validate": {"STAGE", "IMAGE_URI", "IMAGE_DIGEST"},
}
# Actions that come after all others of their stage, in this order.
LAST = {"Verify": 1, "Record": 2}
BLUE_GREEN = (
    "AppSpecTemplateArtifact",
    "Image1ArtifactName",
    "Image1ContainerName",
    "TaskDefinitionTemplateArtifact",
)
FACTS_OF_AN_APPROVAL = (
    "REPOSITORY",
    "IMAGE_DIGEST",
    "IMAGE_TAGS",
    "PLATFORMS",
    "CRITICAL_FINDINGS",
    "HIGH_FINDINGS",
    "SCAN_STATUS",
    "EXCEPTIONS",
)
FAILED = {
    "source": ["aws.codepipeline"],
    "detail-type": ["CodePipeline Pipeline Execution State Change"],
}
# https://docs.aws.amazon.com/codepipeline/latest/userguide/detect-state-changes-cloudwatch-events.html
PATHS = {"pipeline": "$.detail.pipeline", "run": "$.detail.execution-id", "state": "$.detail.state"}
# EventBridge sends no zeros: a period without a lost push has no data.
FIRST_EVENT = {
    "EvaluationPeriods": 1,
    "Threshold": 0,
    "ComparisonOperator": "GreaterThanThreshold",
    "TreatMissingData": "notBreaching",
}
SUM_OF_FIVE_MINUTES = {"Statistic": "Sum", "Period": 300}
# Paths of events whose values have neither quotes nor backslashes, and where AWS says so.
ECR_EVENTS = "https://docs.aws.amazon.com/AmazonECR/latest/userguide/ecr-eventbridge.html"
INSPECTOR_EVENTS = "https://docs.aws.amazon.com/inspector/latest/user/eventbridge-integration.html"
PIPELINE_EVENTS = (
    "https://docs.aws.amazon.com/codepipeline/latest/userguide/detect-state-changes-cloudwatch-events.html"
)
PLAIN = {
    "$.detail.commitId": "https://docs.aws.amazon.com/codecommit/latest/userguide/monitoring-events.html",
    "$.detail.execution-id": PIPELINE_EVENTS,
    "$.detail.finding-severity-counts.CRITICAL": ECR_EVENTS,
    "$.detail.finding-severity-counts.HIGH": ECR_EVENTS,
    "$.detail.finding-severity-counts.MEDIUM": ECR_EVENTS,
    "$.detail.image-digest": ECR_EVENTS,
    "$.detail.image-tag": ECR_EVENTS,
    "$.detail.image-tags": ECR_EVENTS,
    "$.detail.packageVulnerabilityDetails.vulnerabilityId": INSPECTOR_EVENTS,
    "$.detail.pipeline": PIPELINE_EVENTS,
    "$.detail.repository-name": ECR_EVENTS,
    "$.detail.resources[0].details.awsEcrContainerImage.imageTags": INSPECTOR_EVENTS,
    "$.detail.scan-status": ECR_EVENTS,
    "$.detail.scanStatus.reason": "https://docs.aws.amazon.com/inspector/v2/APIReference/API_ScanStatus.html",
    "$.detail.severity": INSPECTOR_EVENTS,
    "$.detail.state": PIPELINE_EVENTS,
    "$.resources[0]": INSPECTOR_EVENTS,
}


def variables_that_are_read_are_set(template: Rendered) -> Iterator[str]:
    """A variable that an action reads is exported by the build, or known from the source, that its namespace names.

    The build may be of another stack: Inspect of the platform.
    """
    spaces = {
        action["Namespace"]: ECR if action["ActionTypeId"]["Provider"] == "ECR" else _exported_by(template, action)
        for _, _, action in actions(template)
        if "Namespace" in action
    }
    for _, stage, action in actions(template):
        for space, name in VARIABLE.findall(json.dumps(action["Configuration"])):
            known = spaces.get(space)
            if known is not None and name not in known:
                yield f"{stage}/{action['Name']} reads {space}.{name}, which is not among {', '.join(sorted(known))}"


def variables_that_are_exported_are_set(template: Rendered) -> Iterator[str]:
    """The commands of a build set each variable that it exports."""
    for name, project in resources(template, "AWS::CodeBuild::Project"):
        text = buildspec_of(template, project)
        for variable in _exported(text):
            if len(re.findall(rf"\b{variable}\b", text)) == 1:
                yield f"{name} exports {variable}, which no command sets"


def approvers_see_every_fact(template: Rendered) -> Iterator[str]:
    """The message of an approval has each fact of the inspection once: none takes the place of another."""
    for _, stage, action in actions(template):
        if action["ActionTypeId"]["Category"] == "Approval":
            facts = [
                name
                for space, name in VARIABLE.findall(action["Configuration"].get("CustomData", ""))
                if space == "Inspect"
            ]
            for fact in FACTS_OF_AN_APPROVAL:
                if facts.count(fact) != 1:
                    yield f"the message of {stage} has {fact} {facts.count(fact)} times, it must have it once"


def approvers_see_where_it_is_deployed(template: Rendered) -> Iterator[str]:
    """The function that looks up a release gets the parameter that says where the next stage deploys, if it has one."""
    for _, stage, action in actions(template):
        facts = dict(_handed_on(action["Configuration"]))
        condition = template.get("Conditions", {}).get(f"Deploy{str(facts.get('stage')).title()}")
        match action["Name"], condition:
            case "Compare", {"Fn::Not": [{"Fn::Equals": [{"Ref": where}, "none"]}]}:
                if facts.get("where") != f"${{{where}}}":
                    yield f"{stage}/{action['Name']} gets {facts.get('where')}, must be the value of {where}"


def facts_are_passed_under_their_names(template: Rendered) -> Iterator[str]:
    """A variable called digest has the digest, one called tags has the tags. The recorded facts are the stage's own."""
    for _, stage, action in actions(template):
        facts = dict(_handed_on(action["Configuration"]))
        for name, value in facts.items():
            if value != VARIABLE_OF.get(name, value):
                yield f"{stage}/{action['Name']} passes {value} on as {name}, which must be {VARIABLE_OF[name]}"
        if facts.get("do") in ("deploy", "record") and facts.get("stage") != stage.lower():
            yield f"{stage}/{action['Name']} records the stage {facts.get('stage')}"
        for missing in sorted(REQUIRED.get(action["Name"], set()) - facts.keys()):
            yield f"{stage}/{action['Name']} does not get {missing}"


def stages_get_the_name_of_their_neighbour(template: Rendered) -> Iterator[str]:
    """Validation gets the name of the stage before it, and an approval reads the record of the stage after it.

    A window is a part of the stage after it.
    """
    for name, pipeline in resources(template, "AWS::CodePipeline::Pipeline"):
        stages = [stage["Name"].lower() for stage in pipeline["Stages"]]
        for number, stage in enumerate(pipeline["Stages"]):
            for action in stage["Actions"]:
                facts = dict(_handed_on(action["Configuration"]))
                after = [stage for stage in stages[number + 1 :] if stage != "window"]
                wanted = {"Compare": after[:1], "Look": after[:1], "Validate": [stages[number - 1]]}
                wanted["Test"] = wanted["Validate"]
                given = [facts[key] for key in ("stage", "STAGE") if key in facts]
                if action["Name"] in wanted and given != wanted[action["Name"]]:
                    yield f"{name}: {stage['Name']}/{action['Name']} gets {given}, must be {wanted[action['Name']]}"


def deployments_get_the_values_of_their_stage(template: Rendered) -> Iterator[str]:
    """A function that deploys gets services and containers, and they are parameters of the stage that it deploys."""
    names = {stage for _, stage, _ in actions(template)}
    for _, stage, action in actions(template):
        facts = dict(_handed_on(action["Configuration"]))
        if facts.get("do") == "deploy":
            for missing in sorted({"services", "containers", "image"} - facts.keys()):
                yield f"{stage}/{action['Name']} does not get {missing}"
        for other in sorted(names - {stage, "Source"}):
            if re.search(rf"\${{{other}[A-Z]", json.dumps(action["Configuration"])) and action["Name"] == "Deploy":
                yield f"{stage}/{action['Name']} gets a parameter of {other}"


def actions_wait_for_each_other(template: Rendered) -> Iterator[str]:
    """An action that reads an artifact or variable of its stage runs after the one that creates it.

    The record runs last.
    """
    for name, pipeline in resources(template, "AWS::CodePipeline::Pipeline"):
        for stage in pipeline["Stages"]:
            for action in stage["Actions"]:
                for earlier in stage["Actions"]:
                    if _needs(action, earlier) and earlier["RunOrder"] >= action["RunOrder"]:
                        yield f"{name}: {stage['Name']}/{action['Name']} does not wait for {earlier['Name']}"


def blue_green_deployments_get_their_files(template: Rendered) -> Iterator[str]:
    """CodeDeploy gets both files, their artifact, and the word in the task definition that the image replaces.

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


def failed_runs_are_reported(template: Rendered) -> Iterator[str]:
    """For every pipeline a rule reports failed runs to a topic: which pipeline, which run, its state."""
    for name, _ in resources(template, "AWS::CodePipeline::Pipeline"):
        wanted = {**FAILED, "detail": {"pipeline": [{"Ref": name}], "state": ["FAILED", "CANCELED"]}}
        rules = [rule for _, rule in resources(template, "AWS::Events::Rule") if rule["EventPattern"] == wanted]
        if not rules:
            yield f"no rule reports failed runs of {name}"
        for rule in rules:
            for target in rule.get("Targets", []):
                if (paths := target.get("InputTransformer", {}).get("InputPathsMap")) != PATHS:
                    yield f"the message on failed runs of {name} is made of {paths}, must be {PATHS}"


def transformers_use_every_variable(template: Rendered) -> Iterator[str]:
    """A transformer uses each path that it names, and no other; the pushed tag is the event's."""
    for name, rule in resources(template, "AWS::Events::Rule"):
        for target in rule.get("Targets", []):
            transformer = target.get("InputTransformer", {"InputPathsMap": {}, "InputTemplate": ""})
            paths = transformer.get("InputPathsMap", {})
            for differing in sorted(paths.keys() ^ set(re.findall(r"<([\w-]+)>", transformer["InputTemplate"]))):
                yield f"{name} has <{differing}> in one of InputPathsMap and InputTemplate, and not in the other"
            if paths.get("tag", "$.detail.image-tag") != "$.detail.image-tag":
                yield f"{name} takes the tag from {paths['tag']}, not from the event"


def transformers_insert_plain_values(template: Rendered) -> Iterator[str]:
    """Every value that a transformer inserts is an id, a name or a word of AWS, which no quote can be in.

    EventBridge does not escape values: with a quote in one, the target gets broken or forged JSON.
    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html#eb-transform-input-issues
    """
    for name, rule in resources(template, "AWS::Events::Rule"):
        for target in rule.get("Targets", []):
            for path in target.get("InputTransformer", {}).get("InputPathsMap", {}).values():
                if path not in PLAIN:
                    yield f"{name} inserts {path}: enter it in PLAIN with the page if no value of it can have a quote"


def the_first_lost_push_sets_off_the_alarm(template: Rendered) -> Iterator[str]:
    """An alarm on undelivered events goes off at the first event, and does not wait for a second one."""
    for name, alarm in resources(template, "AWS::CloudWatch::Alarm"):
        metrics = [each["MetricStat"] for each in alarm.get("Metrics", ()) if "MetricStat" in each]
        of_events = [each for each in metrics if each["Metric"].get("Namespace") == "AWS/Events"]
        if not of_events and alarm.get("Namespace") != "AWS/Events":
            continue
        wanted = FIRST_EVENT if of_events else {**FIRST_EVENT, **SUM_OF_FIVE_MINUTES}
        for key, value in wanted.items():
            if alarm.get(key) != value:
                yield f"{name} has {key} {alarm.get(key)}, must be {value}"
        for metric in of_events:
            if (metric.get("Period"), metric.get("Stat")) != (300, "Sum"):
                yield f"{name} counts {metric['Metric'].get('MetricName')} otherwise than as the sum of five minutes"


@cache
def _exported(buildspec: str) -> tuple[str, ...]:
    """The variables that a build exports: none without `env`."""
    return tuple((yaml.safe_load(buildspec).get("env") or {}).get("exported-variables", ()))


def _exported_by(template: Rendered, action: Rendered) -> set[str] | None:
    """The variables that the build of an action exports; None for a project that no published template makes."""
    owner, project = template, action["Configuration"].get("ProjectName")
    if project == INSPECT_OF_THE_PLATFORM:
        owner, project = value_of_import(template, "InspectProject")
    projects = dict(resources(owner, "AWS::CodeBuild::Project"))
    title = project.get("Ref") if isinstance(project, dict) else None
    return set(_exported(buildspec_of(owner, projects[title]))) if title in projects else None


def _handed_on(configuration: Rendered) -> Iterator[tuple[str, str]]:
    """The facts that an action passes on as JSON."""
    for key in ("UserParameters", "Input", "EnvironmentVariables"):
        text = configuration.get(key)
        if isinstance(text, dict) and isinstance(text.get("Fn::Sub"), str):
            text = text["Fn::Sub"]
        if isinstance(text, str):
            facts: Any = json.loads(text)
            pairs = [(each["name"], each["value"]) for each in facts] if isinstance(facts, list) else facts.items()
            yield from pairs


def _needs(action: Rendered, earlier: Rendered) -> bool:
    """Whether the action can only run after the other one: it uses its output, or records its result."""
    inputs = {each["Name"] for each in action.get("InputArtifacts", ())}
    outputs = {each["Name"] for each in earlier.get("OutputArtifacts", ())}
    reads = f"#{{{earlier.get('Namespace')}." in json.dumps(action["Configuration"])
    after = LAST.get(action["Name"], 0) > LAST.get(earlier["Name"], 0)
    return bool(inputs & outputs) or reads or after
