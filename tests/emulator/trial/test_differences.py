"""Parts that a trial reports as not run."""

from __future__ import annotations

import pytest

from generator.emulator.aws import emulator
from generator.emulator.trial.destinations.awslambda import add_function
from generator.emulator.trial.differences import not_run
from generator.emulator.trial.existing_resources import made

ROLE = "arn:aws:iam::111122223333:role/pipeline"


@pytest.mark.slow
def test_each_kind_of_resource_that_did_not_run_is_named() -> None:
    """Because a role has used it; and a function that only returns success, because a parameter names it."""
    with emulator() as aws:
        assert [] == list(not_run(aws))
        aws.client("ecs").list_clusters()
        assert [] == list(not_run(aws))  # the user who deploys
        aws.client("ecs", ROLE).list_clusters()
        aws.client("eks", ROLE).list_clusters()
        made(aws, {"ValidationFunctionArn": "arn:aws:lambda:eu-central-1:111122223333:function:smoke-test"})
        [task, container, function] = not_run(aws)
        assert task.startswith("no task ran")
        assert container.startswith("no container ran")
        assert "smoke-test was a stand-in" in function
        assert any("each instance was a folder" in line for line in not_run(aws, ["CodeDeploy"]))


@pytest.mark.slow
def test_a_dry_run_deploys_nothing() -> None:
    """Only an update that changes the function is a deployment whose code did not run."""
    with emulator() as aws:
        add_function(aws, "orders", "team/orders")
        image = aws.inside("lambda").get_function(FunctionName="orders")["Code"]["ImageUri"]
        update = aws.client("lambda", ROLE).update_function_code
        update(FunctionName="orders", ImageUri=image, DryRun=True)
        assert [] == list(not_run(aws))
        update(FunctionName="orders", ImageUri=image)
        assert ["no code of the image ran"] == [line.partition(":")[0] for line in not_run(aws)]
