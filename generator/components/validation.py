"""A team's own validation between staging and the approval: a function that judges, a build that tests."""

from __future__ import annotations

import json

from awacs import codebuild
from troposphere import And, Condition, Equals, If, NoValue, Or, Ref, Select, Split, Template

from generator.components.function import call_function
from generator.components.inspection import Inspection
from generator.components.stage_parameters import Place
from generator.model.arn import arn
from generator.model.grants import Grant
from generator.model.parameters import add_condition, add_parameter, add_rule, is_given
from generator.model.stages import Stage, action

GROUP = "Validation"
NAME = "Validation"
FUNCTION, TESTS = "HasValidationFunction", "HasTestProject"


def add_validation(template: Template, inspection: Inspection, of: Place) -> Stage:
    """A stage that validates the stage `of`. It is left out without `of`, or if neither is given.

    The function gets stage, image and digest, and holds the run until it answers with PutJobSuccessResult or
    PutJobFailureResult. The project gets them as environment variables, and the artifact of Inspect as its source.
    https://docs.aws.amazon.com/codepipeline/latest/userguide/actions-invoke-lambda-function.html
    """
    stage = of.name.lower()
    function = add_parameter(
        template,
        "ValidationFunctionArn",
        group=GROUP,
        label="Validation function",
        description=f"ARN of a Lambda function that validates {stage} and can stop the run. Empty: none.",
        Default="",
        AllowedPattern=r"^(arn:[a-z-]+:lambda:[a-z0-9-]+:[0-9]{12}:function:[\w-]{1,64})?$",
        ConstraintDescription="Enter the ARN of a function of this region without version or alias, or leave it empty.",
    )
    project = add_parameter(
        template,
        "TestProjectName",
        group=GROUP,
        label="Test project",
        description=f"CodeBuild project that tests {stage} while the function runs; not Inspect or a deployer. "
        "Empty: none.",
        Default="",
        # The permission to start this project has no conditions. For Inspect or a deployer it would allow more.
        AllowedPattern=r"^((?!ecr-pipeline-(platform|standalone)-|.*-Deploy$)[A-Za-z0-9][\w-]{1,149})?$",
        ConstraintDescription="Enter the name of a project that does not begin with ecr-pipeline-platform- or "
        "ecr-pipeline-standalone- or end with -Deploy, or leave it empty.",
    )
    for condition, parameter in ((FUNCTION, function), (TESTS, project)):
        add_condition(template, condition, is_given(parameter))
    either = Or(Condition(FUNCTION), Condition(TESTS))
    add_condition(template, "Validate", And(Condition(of.only_if), either))
    add_rule(
        template,
        "ValidationFollowsItsStage",
        (
            And(Equals(function, ""), Equals(project, "")),
            f"Validation needs {stage}: leave ValidationFunctionArn and TestProjectName empty.",
        ),
        when=of.left_out(),
    )
    facts = {"STAGE": stage, "IMAGE_URI": inspection.image_uri, "IMAGE_DIGEST": inspection.digest}
    ask = action(
        "Validate",
        category="Invoke",
        provider="Lambda",
        # The action takes the name of a function, not its ARN.
        configuration={
            "FunctionName": Select(6, Split(":", function)),
            "UserParameters": json.dumps(facts, separators=(",", ":")),
        },
    )
    variables = [{"name": name, "value": value} for name, value in facts.items()]
    test = action(
        "Test",
        # The build of a Test action may take eight hours, that of a Build action 36.
        # https://docs.aws.amazon.com/codepipeline/latest/userguide/limits.html
        category="Test",
        provider="CodeBuild",
        configuration={"ProjectName": project, "EnvironmentVariables": json.dumps(variables, separators=(",", ":"))},
        inputs=[inspection.artifact],
    )
    return Stage(
        name=NAME,
        actions=(If(FUNCTION, ask, NoValue), If(TESTS, test, NoValue)),
        grants=_grants(function),
        only_if="Validate",
    )


def _grants(function: Ref) -> tuple[Grant, ...]:
    """Call the function, run the project.

    https://docs.aws.amazon.com/codepipeline/latest/userguide/how-to-custom-role.html
    """
    return (
        *call_function("Validate", function, "The pipeline calls the function that validates.", FUNCTION),
        Grant(
            sid="Test",
            actions=(codebuild.BatchGetBuilds, codebuild.StartBuild),
            resources=(arn("codebuild", "project/${TestProjectName}"),),
            why="The pipeline runs the project that tests.",
            only_if=TESTS,
        ),
    )
