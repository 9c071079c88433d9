"""AWS CodePipeline."""

from __future__ import annotations

from generator.authorization.need import Needs, arn, each_on

NEEDS: Needs = {
    **each_on(arn("codepipeline", "{name}"), "codepipeline:StartPipelineExecution"),
    **each_on(
        arn("codepipeline", "{pipelineName}"),
        "codepipeline:GetPipelineExecution",
        "codepipeline:ListPipelineExecutions",
    ),
    **each_on("*", "codepipeline:PutJobFailureResult", "codepipeline:PutJobSuccessResult"),
}
