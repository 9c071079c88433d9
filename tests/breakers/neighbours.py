"""Breakers of the promises in tests/promises/neighbours.py."""

from __future__ import annotations

import json

from tests.breakers import breaks, properties_of, statement_of
from tests.promises import neighbours
from tests.rendered import Rendered


@breaks(neighbours.pipelines_on_a_platform_reach_nothing_of_each_other, of="pipeline-release")
def a_pipeline_reads_the_artifacts_of_another_one(template: Rendered) -> None:
    statement = statement_of(template, "PipelineRole", "MoveArtifacts")
    statement["Resource"] = json.loads(json.dumps(statement["Resource"]).replace("/${Name}/*", "/${Name}*"))


@breaks(neighbours.pipelines_on_a_platform_reach_nothing_of_each_other, of="pipeline-release")
def a_rule_starts_every_pipeline(template: Rendered) -> None:
    statement_of(template, "EventsRole", "StartPipeline")["Resource"] = {
        "Fn::Sub": "arn:${AWS::Partition}:codepipeline:${AWS::Region}:${AWS::AccountId}:${Name}*"
    }


@breaks(neighbours.pipelines_on_a_platform_reach_nothing_of_each_other, of="pipeline-release")
def the_recorder_writes_records_that_begin_alike(template: Rendered) -> None:
    statement = statement_of(template, "RecorderRole", "KeepRecord")
    statement["Resource"] = json.loads(json.dumps(statement["Resource"]).replace("${Name}/*", "${Name}*"))


@breaks(neighbours.deployers_get_the_artifacts_of_their_pipeline_only, of="deployer-eks")
def a_deployer_reads_the_whole_bucket(template: Rendered) -> None:
    text = json.dumps(properties_of(template, "DeployRole")).replace("/${PipelineName}/*", "/*")
    template["Resources"]["DeployRole"]["Properties"] = json.loads(text)


@breaks(neighbours.deployers_get_the_artifacts_of_their_pipeline_only, of="deployer-eks")
def a_deployer_reads_the_artifacts_of_pipelines_that_begin_alike(template: Rendered) -> None:
    text = json.dumps(properties_of(template, "DeployRole")).replace("/${PipelineName}/*", "/${PipelineName}*")
    template["Resources"]["DeployRole"]["Properties"] = json.loads(text)
