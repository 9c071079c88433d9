"""Promises about pipelines and their triggers."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from generator.components.source import NO_PUSH
from tests.promises.sources import GIT
from tests.rendered import Rendered, actions, listed, resources
from tests.stacked import imported, is_on_a_platform, value_of_import

BY_CODEDEPLOY = {"CodeDeploy", "CodeDeployToECS", "StepFunctions"}
# Actions that may succeed although not all that was there before is gone.
TO_VERIFY = {"CodeDeploy", "CodeDeployToECS", "ECS"}
STAGES = ("Source", "Inspect", "Staging", "Validation", "Approval", "Window", "Production", "Release")

BLUE_GREEN = {"DeploymentOption": "WITH_TRAFFIC_CONTROL", "DeploymentType": "BLUE_GREEN"}
IN_PLACE = {"DeploymentOption": "WITHOUT_TRAFFIC_CONTROL", "DeploymentType": "IN_PLACE"}
TO_INSTANCES = {"AutoScalingGroups", "Ec2TagFilters", "OnPremisesInstanceTagFilters"}
# Configurations by which a deployment succeeds although only one of many instances has it.
ONE_IS_ENOUGH = ("CodeDeployDefault.AllAtOnce", "CodeDeployDefault.HalfAtATime")
GOES_BACK = {"DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM", "DEPLOYMENT_STOP_ON_REQUEST"}
# EventBridge's metric on events that went into the queue of lost pushes. Other promises hold that the queue takes what
# rules send to it.
KEPT = "InvocationsSentToDlq"
BUCKET_OF_THE_PLATFORM = imported("platform", "ArtifactBucket")
# The revisions that can start a source: the type, its name in the rule, and its place in the event.
PUSHED = {
    "ECR": ("IMAGE_DIGEST", "digest", "$.detail.image-digest"),
    "CodeCommit": ("COMMIT_ID", "commit", "$.detail.commitId"),
}


def pipelines_are_v2(template: Rendered) -> Iterator[str]:
    """Every pipeline is of type V2: without a type it would be V1, which knows no overrides and no variables."""
    for name, pipeline in resources(template, "AWS::CodePipeline::Pipeline"):
        if pipeline.get("PipelineType") != "V2":
            yield f"{name} is not V2"


def pushes_start_with_their_digest(template: Rendered) -> Iterator[str]:
    """A rule passes the pushed digest or commit to the source action, so that no later one is used instead."""
    providers = {a["Name"]: a["ActionTypeId"]["Provider"] for _, _, a in actions(template)}
    for name, target in _starts(template):
        provider = next((each for each in providers.values() if each in PUSHED), "ECR")
        kind, word, path = PUSHED[provider]
        sources = [source for source, each in providers.items() if each == provider]
        pinned = [{"actionName": source, "revisionType": kind, "revisionValue": f"<{word}>"} for source in sources]
        transformer = target.get("InputTransformer", {})
        if json.loads(transformer.get("InputTemplate", "{}")).get("sourceRevisions") != pinned:
            yield f"{name} does not start with what was pushed"
        if transformer.get("InputPathsMap", {}).get(word) != path:
            yield f"{name} takes the {word} from elsewhere"


def only_tagged_pushes_start_a_run(template: Rendered) -> Iterator[str]:
    """A rule filters on success, the repository and a tag pattern that has a literal; or on the branch.

    A push starts a run, and where there is a platform also a replica from an account that is named. Children of an
    image index are pushed without a tag: their events carry an empty one.
    """
    pushes: Rendered = {"action-type": ["PUSH"]}
    accounts = {"Fn::Split": [",", {"Ref": "ReplicatingAccountIds"}]}
    replicas: Rendered = {"action-type": ["REPLICATE"], "source-account": accounts}
    both = is_on_a_platform(template)
    images = {
        "source": ["aws.ecr"],
        "detail-type": ["ECR Image Action", *(["ECR Replication Action"] if both else ())],
        "detail": {
            **({"$or": [pushes, replicas]} if both else pushes),
            "result": ["SUCCESS"],
            "repository-name": [{"Ref": "RepositoryName"}],
            "image-tag": [{"wildcard": {"Ref": "ImageTagPattern"}}],
        },
    }
    commits = {
        "source": ["aws.codecommit"],
        "detail-type": ["CodeCommit Repository State Change"],
        "resources": [
            {"Fn::Sub": "arn:${AWS::Partition}:codecommit:${AWS::Region}:${AWS::AccountId}:${SourceRepository}"}
        ],
        "detail": {
            "event": ["referenceCreated", "referenceUpdated"],
            "referenceType": ["branch"],
            "referenceName": [{"Ref": "BranchName"}],
        },
    }
    of_commits = any(action["ActionTypeId"]["Provider"] == "CodeCommit" for _, _, action in actions(template))
    for name, _ in _starts(template):
        if template["Resources"][name]["Properties"]["EventPattern"] != (commits if of_commits else images):
            yield f"{name} starts a run on other events"


def no_push_is_lost_silently(template: Rendered) -> Iterator[str]:
    """A rule that starts a pipeline has a role, retries, and a queue for undelivered events; an alarm watches it.

    The queue is the stack's or that of its platform. Many rules share that one, so that the alarm is on the rule's own
    metric. A pipeline has no policy of its own that would allow EventBridge.
    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html
    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html
    """
    for name, target in _starts(template):
        if "RoleArn" not in target:
            yield f"{name} has no RoleArn: EventBridge may start nothing"
        queue = target.get("DeadLetterConfig", {}).get("Arn")
        if "RetryPolicy" not in target or queue not in _queues(template):
            yield f"{name} loses what it cannot deliver: it needs a RetryPolicy and the queue of lost pushes"
        if KEPT not in _watched(template, name):
            yield f"no alarm of the topic watches {KEPT} of {name}"


def every_image_is_inspected_and_approved(template: Rendered) -> Iterator[str]:
    """Before anything leaves a pipeline of images it was inspected; before the last stage, a person was asked."""
    for name, pipeline in resources(template, "AWS::CodePipeline::Pipeline"):
        if _makes_images(pipeline):
            continue  # it makes images: what it pushes starts a pipeline that inspects
        order = [stage["Name"] for stage in pipeline["Stages"]]
        if order[:2] != ["Source", "Inspect"]:
            yield f"{name} does not inspect first: {order}"
        if order != [stage for stage in STAGES if stage in order]:
            yield f"{name} has another order: {order}"
        if "Approval" not in order[2:-1]:
            yield f"{name} has no Approval before its last stage: {order}"


def every_build_is_run(template: Rendered) -> Iterator[str]:
    """An action of the pipeline runs each build of its stack."""
    run = [action["Configuration"].get("ProjectName") for _, _, action in actions(template)]
    for name, _ in resources(template, "AWS::CodeBuild::Project") if run else ():
        if {"Ref": name} not in run:
            yield f"no action of the pipeline runs {name}"


def approvers_see_the_facts(template: Rendered) -> Iterator[str]:
    """The message of an approval has repository, digest, pushed tag and findings, and goes through a topic."""
    for _, stage, action in actions(template):
        if action["ActionTypeId"]["Category"] == "Approval":
            text = json.dumps(action["Configuration"])
            for fact in ("REPOSITORY", "IMAGE_DIGEST", "PushedTag", "CRITICAL_FINDINGS", "HIGH_FINDINGS"):
                if f".{fact}}}" not in text:
                    yield f"the message of {stage} has no {fact}"
            if "NotificationArn" not in action["Configuration"]:
                yield f"the approval of {stage} has no NotificationArn, so no one gets the request"


def deployments_roll_back(template: Rendered) -> Iterator[str]:
    """A stage that deploys is rolled back if it fails. CodeDeploy rolls back itself, and nothing else may.

    The state machine of pipeline-lambda has CodeDeploy deploy.
    """
    for name, pipeline in resources(template, "AWS::CodePipeline::Pipeline"):
        for stage in pipeline["Stages"]:
            providers = {
                a["ActionTypeId"]["Provider"]
                for a in stage["Actions"]
                if a["ActionTypeId"]["Category"] == "Deploy" or a["Name"] in ("Commit", "Deploy")
            }
            goes_back = stage.get("OnFailure", {}).get("Result") == "ROLLBACK"
            if providers and goes_back == bool(providers & BY_CODEDEPLOY):
                yield f"{name}: {stage['Name']} {'rolls back twice' if goes_back else 'does not roll back'}"


def deployments_are_verified_before_they_are_recorded(template: Rendered) -> Iterator[str]:
    """A deployment to ECS or to instances is verified before it is recorded.

    Its action may succeed although the old tasks are back, or although some instances do not have the image. Other
    deployers verify it themselves, so that the record must only follow them.
    """
    for name, pipeline in resources(template, "AWS::CodePipeline::Pipeline"):
        for stage in pipeline["Stages"]:
            orders = {a["Name"]: a.get("RunOrder", 1) for a in stage["Actions"]}
            providers = {a["ActionTypeId"]["Provider"] for a in stage["Actions"]}
            order = ["Deploy", "Verify", "Record"] if providers & TO_VERIFY else ["Deploy", "Record"]
            found = [orders.get(each, 0) for each in order]
            if "Deploy" in orders and (0 in found or sorted(set(found)) != found):
                yield f"{name}: {stage['Name']} must have the actions {', '.join(order)} in this order"


def deployment_groups_roll_back(template: Rendered) -> Iterator[str]:
    """CodeDeploy rolls back a deployment that fails, or that an alarm or a person stops.

    https://docs.aws.amazon.com/codedeploy/latest/userguide/deployments-rollback-and-redeploy.html
    """
    for name, group in resources(template, "AWS::CodeDeploy::DeploymentGroup"):
        back = group.get("AutoRollbackConfiguration", {})
        if back.get("Enabled") is not True or {*map(str, back.get("Events", ()))} != GOES_BACK:
            yield f"{name} goes back after {back}"


def deployment_groups_shift_traffic(template: Rendered) -> Iterator[str]:
    """Traffic shifts from the old tasks or version to new ones, on the compute platform that the group is for.

    Instances are deployed to in place.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-codedeploy-application.html
    """
    for name, group in resources(template, "AWS::CodeDeploy::DeploymentGroup"):
        to_instances = bool(TO_INSTANCES & group.keys())
        if group.get("DeploymentStyle") != (IN_PLACE if to_instances else BLUE_GREEN):
            yield f"{name} deploys in another style: {group.get('DeploymentStyle')}"
        application = template["Resources"][group["ApplicationName"]["Ref"]]["Properties"]
        platform = "ECS" if "ECSServices" in group else "Server" if to_instances else "Lambda"
        if application.get("ComputePlatform") != platform:
            yield f"{name} is for {platform}, its application for {application.get('ComputePlatform', 'Server')}"


def one_good_instance_is_no_success(template: Rendered) -> Iterator[str]:
    """Instances are deployed to one at a time, or with a share that must stay healthy. None of them can be 0 percent.

    https://docs.aws.amazon.com/codedeploy/latest/userguide/instances-health.html
    """
    for name, group in resources(template, "AWS::CodeDeploy::DeploymentGroup"):
        if TO_INSTANCES & group.keys() and any(word in json.dumps(group) for word in ONE_IS_ENOUGH):
            yield f"{name} is deployed to with {group['DeploymentConfigName']}"
    for name, config in resources(template, "AWS::CodeDeploy::DeploymentConfig"):
        parameter = config["MinimumHealthyHosts"]["Value"].get("Ref", "")
        pattern = template["Parameters"].get(parameter, {}).get("AllowedPattern", "")
        if not pattern or any(re.search(pattern, each) for each in ("0", "00", "100")):
            yield f"{name}: {parameter or 'the minimum of healthy instances'} may be 0 or 100 percent"


def _looks_before_it_asks(stage: Rendered) -> bool:
    """Whether the record is read, and all checks are complete, before approval is requested."""
    orders = {action["Name"]: int(action["RunOrder"]) for action in stage["Actions"]}
    asked = orders.pop("Approve")
    return "Compare" in orders and max(orders.values()) < asked


def a_run_without_a_push_takes_no_image(template: Rendered) -> Iterator[str]:
    """A run without a digest, such as the one when a pipeline is created, looks for a tag that no image has."""
    for _, stage, action in actions(template):
        if action["ActionTypeId"]["Provider"] == "ECR" and action["Configuration"].get("ImageTag") != NO_PUSH:
            yield f"{stage}/{action['Name']} takes {action['Configuration'].get('ImageTag', 'latest')}"


def every_release_is_recorded(template: Rendered) -> Iterator[str]:
    """A stage that deploys, and the last one, ends with the record; an approval begins with reading it."""
    for name, pipeline in resources(template, "AWS::CodePipeline::Pipeline"):
        for stage in pipeline["Stages"] if not _makes_images(pipeline) else ():
            called = [action["Name"] for action in sorted(stage["Actions"], key=lambda action: int(action["RunOrder"]))]
            releases = "Deploy" in called or "Commit" in called or stage is pipeline["Stages"][-1]
            if releases and (
                called[-1] != "Record" or len({action["RunOrder"] for action in stage["Actions"]}) == 1 < len(called)
            ):
                yield f"{name}: {stage['Name']} records nothing at its end: {called}"
            if "Approve" in called and not _looks_before_it_asks(stage):
                yield f"{name}: {stage['Name']} does not look up what it would replace: {called}"


def artifacts_are_protected_before_there_are_any(template: Rendered) -> Iterator[str]:
    """A pipeline, which starts as soon as it is made, waits for the policy of its bucket.

    The bucket of another stack has its policy: only a stack that is complete can be imported from.
    """
    for name, pipeline in resources(template, "AWS::CodePipeline::Pipeline"):
        location = pipeline["ArtifactStore"]["Location"]
        owner = template
        if location == BUCKET_OF_THE_PLATFORM:
            owner, location = value_of_import(template, "ArtifactBucket")
        found = resources(owner, "AWS::S3::BucketPolicy")
        policies = [title for title, policy in found if policy["Bucket"] == location]
        if not policies:
            yield f"the bucket of {name} has no policy: {json.dumps(location)}"
        elif owner is template and policies[0] not in listed(template["Resources"][name].get("DependsOn", [])):
            yield f"{name} does not wait for the policy of its bucket: it needs DependsOn {policies[0]}"


def only_checked_facts_reach_other_actions(template: Rendered) -> Iterator[str]:
    """A value typed at a manual start is shown to the approver, and no other action uses it."""
    for _, stage, action in actions(template):
        if action["ActionTypeId"]["Category"] != "Approval" and "#{variables." in json.dumps(action["Configuration"]):
            yield f"{stage}/{action['Name']} takes what was typed"


def _queues(template: Rendered) -> list[Rendered]:
    """The queues for lost pushes, as the template names them: its own, or that of its platform."""
    own = [{"Fn::GetAtt": [name, "Arn"]} for name, _ in resources(template, "AWS::SQS::Queue")]
    return own or [imported("platform", "DeadLetterQueueArn")]


def _watched(template: Rendered, rule: str) -> set[str]:
    """The metrics of the rule that alarms with an action watch: each alarm has one metric, or several in `Metrics`."""
    own = [{"Name": "RuleName", "Value": {"Ref": rule}}]
    found = set()
    for _, alarm in resources(template, "AWS::CloudWatch::Alarm"):
        metrics = [alarm, *(each["MetricStat"]["Metric"] for each in alarm.get("Metrics", ()) if "MetricStat" in each)]
        for metric in metrics if alarm.get("AlarmActions") else ():
            if metric.get("Namespace") == "AWS/Events" and metric.get("Dimensions") == own:
                found.add(str(metric["MetricName"]))
    return found


def _makes_images(pipeline: Rendered) -> bool:
    return any(action["ActionTypeId"]["Provider"] in GIT for action in pipeline["Stages"][0]["Actions"])


def _starts(template: Rendered) -> Iterator[tuple[str, Rendered]]:
    """Every rule that starts a pipeline, with the target that does."""
    for name, rule in resources(template, "AWS::Events::Rule"):
        for target in rule.get("Targets", []):
            if "codepipeline" in json.dumps(target["Arn"]):
                yield name, target
