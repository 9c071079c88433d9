"""Breakers of the promises in tests/promises/gate.py."""

from __future__ import annotations

import json

from tests.breakers import breaks, managed_statements, properties_of, replace_in_script, statement_of
from tests.promises import gate
from tests.rendered import Rendered

EVERY_REPOSITORY = {"Fn::Sub": "arn:${AWS::Partition}:ecr:${AWS::Region}:${AWS::AccountId}:repository/*"}


@breaks(gate.ceilings_are_in_the_text_of_the_script, of="platform")
def a_ceiling_is_a_variable_that_pipelines_can_override(template: Rendered) -> None:
    replace_in_script(template, "InspectProject", "${MaxHighFindings}", "0")


@breaks(gate.ceilings_are_in_the_text_of_the_script, of="platform")
def a_ceiling_is_missing(template: Rendered) -> None:
    del template["Parameters"]["UnsupportedScan"]


@breaks(gate.pipelines_cannot_replace_what_inspect_runs, of="platform")
def pipelines_can_set_any_variable(template: Rendered) -> None:
    _refusal(template, "RefuseOtherVariables")["Effect"] = "Allow"


@breaks(gate.pipelines_cannot_replace_what_inspect_runs, of="platform")
def pipelines_can_bring_another_buildspec(template: Rendered) -> None:
    _refusal(template, "RefuseOtherScript")["Condition"] = {"Null": {"codebuild:source.location": "false"}}


@breaks(gate.pipelines_cannot_replace_what_inspect_runs, of="platform")
def a_second_policy_can_allow_another_buildspec(template: Rendered) -> None:
    statement = _refusal(template, "RefuseOtherScript")
    statement["Effect"], statement["Condition"] = "Allow", {"Null": {"codebuild:source.buildspec": "true"}}


@breaks(gate.pipelines_cannot_replace_what_inspect_runs, of="platform")
def pipelines_can_bring_another_build_image(template: Rendered) -> None:
    del _refusal(template, "StartInspect")["Condition"]["Null"]["codebuild:environment.image"]


@breaks(gate.pipelines_cannot_replace_what_inspect_runs, of="platform")
def pipelines_can_replace_what_deployers_run(template: Rendered) -> None:
    for sid in ("RefuseOtherVariables", "RefuseOtherScript"):
        _refusal(template, sid)["Resource"].pop()


@breaks(gate.pipelines_cannot_replace_what_inspect_runs, of="pipeline-release")
def a_pipeline_passes_a_variable_that_is_not_listed(template: Rendered) -> None:
    for stage in properties_of(template, "Pipeline")["Stages"]:
        for action in stage["Actions"]:
            if action["Name"] == "Inspect":
                text = action["Configuration"]["EnvironmentVariables"]["Fn::Sub"]
                text[0] = text[0].replace("REPOSITORY_NAME", "REPOSITORY")


@breaks(gate.limits_of_a_pipeline_reach_inspect, of="pipeline-release")
def a_limit_is_passed_only_if_there_is_none(template: Rendered) -> None:
    (condition,) = template["Conditions"]["HasUnscannedImage"]["Fn::Not"]
    template["Conditions"]["HasUnscannedImage"] = condition


@breaks(gate.inspect_reaches_images_and_its_own_results, of="platform")
def inspect_reads_every_repository(template: Rendered) -> None:
    statement_of(template, "InspectRole", "PullImage")["Resource"] = EVERY_REPOSITORY


@breaks(gate.inspect_reaches_images_and_its_own_results, of="platform")
def inspect_writes_to_repositories(template: Rendered) -> None:
    statement_of(template, "InspectRole", "PullImage")["Action"].append("ecr:PutImage")


@breaks(gate.inspect_reaches_images_and_its_own_results, of="platform")
def inspect_replaces_the_image_that_it_looks_at(template: Rendered) -> None:
    statement = statement_of(template, "InspectRole", "StoreArtifacts")
    statement["Resource"] = json.loads(json.dumps(statement["Resource"]).replace("/*/Inspection/*", "/*"))


@breaks(gate.inspect_reaches_images_and_its_own_results)
def inspect_of_the_first_hour_reads_every_repository(template: Rendered) -> None:
    statement_of(template, "InspectRole", "PullImage")["Resource"] = EVERY_REPOSITORY


@breaks(gate.ceilings_are_in_the_text_of_the_script, of="platform")
def signatures_are_a_variable(template: Rendered) -> None:
    lines = properties_of(template, "InspectProject")["Source"]["BuildSpec"]["Fn::Join"][1]
    place = lines.index({"Fn::Sub": "   profiles=${SigningProfiles}"})
    lines[place] = "   profiles=$SIGNING_PROFILES"


def _refusal(template: Rendered, sid: str) -> Rendered:
    """The statement about running builds that exists with InspectConditions=on."""
    found = [each["Fn::If"][1] for each in managed_statements(template, "PipelinePolicy") if "Fn::If" in each]
    return next(each for each in found if each["Sid"] == sid)


@breaks(gate.one_role_accepts_findings, of="platform")
def anybody_accepts_findings(template: Rendered) -> None:
    statements = properties_of(template, "AcceptedFindingsPolicy")["PolicyDocument"]["Statement"]
    statements[-1]["Condition"] = {"ArnNotLike": {"aws:PrincipalArn": "arn:*"}}


@breaks(gate.one_role_accepts_findings, of="platform")
def old_versions_of_lists_can_be_deleted(template: Rendered) -> None:
    statements = properties_of(template, "AcceptedFindingsPolicy")["PolicyDocument"]["Statement"]
    statements[-1]["Action"].remove("s3:DeleteObjectVersion")


@breaks(gate.one_role_accepts_findings, of="platform")
def replication_can_hide_lists(template: Rendered) -> None:
    statements = properties_of(template, "AcceptedFindingsPolicy")["PolicyDocument"]["Statement"]
    statements[-1]["Action"].remove("s3:ReplicateDelete")


@breaks(gate.one_role_accepts_findings, of="platform")
def inspect_cannot_read_the_lists(template: Rendered) -> None:
    statement_of(template, "InspectRole", "ReadAcceptedFindings")["Action"] = "s3:GetObjectVersion"
