"""The record of released images: parameters that show other stacks and people which image runs, and a tag on it.

A short Lambda function writes the record, and reads it for the approval. CodePipeline calls it, outside the network of
the builds. A build would take a minute, and an `ssm` endpoint is billed per hour.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import NamedTuple

from awacs import ecr, ssm
from troposphere import Ref, Sub, Template
from troposphere.codepipeline import Actions

from generator.components.encryption import Key
from generator.components.function import Function, add_function, answer_pipeline
from generator.components.inspection import Inspection
from generator.components.source import Source
from generator.model.arn import arn
from generator.model.grants import Grant
from generator.model.outputs import add_output
from generator.model.owner import Owner
from generator.model.stages import Stage, action

PATH = "/ecr-pipeline/${Name}"
LOG_DAYS = 365  # the log shows who recorded what; it is a few lines a run


class Recorder(NamedTuple):
    """The function that reads and writes records."""

    function: Function
    released: str = "#{Released.RELEASE}"

    def read(self, stage: str, where: Ref | None = None) -> Actions:
        """An action that reads the record of the stage: `released` is a variable with the result.

        `where` is the parameter that says where the stage deploys.
        """
        facts = {"stage": stage.lower()}
        if where:
            facts["where"] = f"${{{where.data['Ref']}}}"
        return self.act("Compare", "read", facts, namespace="Released", refers=bool(where))

    def look(self, stage: str) -> Actions:
        """An action that reads the record of the stage and whose result is not used."""
        return self.act("Look", "read", {"stage": stage.lower()})

    def record(self, template: Template, stage: Stage, inspection: Inspection) -> Stage:
        """The stage, with the record of its image as its last action.

        The facts are those that Inspect has checked. A value typed at a manual start is not recorded.
        """
        name = stage.name.lower()
        facts = {
            "stage": name,
            "digest": inspection.digest,
            "tags": inspection.tags,
            "execution": "#{codepipeline.PipelineExecutionId}",
            **stage.facts,
        }
        recorded = ", ".join(["digest", "tags", *stage.facts])
        last = max((step.RunOrder for step in stage.actions if isinstance(step, Actions)), default=0)
        add_output(
            template,
            f"{stage.name}Record",
            Sub(f"{PATH}/{name}/image"),
            f"SSM parameter with the image of {name} by digest; .../release has {recorded} and run",
            stage.only_if,
        )
        write = self.act("Record", "record", facts, run_order=last + 1)
        return replace(stage, actions=(*stage.actions, write), grants=(*stage.grants, *self.run()))

    def act(
        self,
        name: str,
        do: str,
        facts: Mapping[str, str],
        *,
        namespace: str = "",
        run_order: int = 1,
        refers: bool = False,
    ) -> Actions:
        """An action of the function: its operation, and the input. `refers` is for facts that Fn::Sub reads."""
        told = json.dumps({"do": do, **facts}, separators=(",", ":"))
        return action(
            name,
            category="Invoke",
            provider="Lambda",
            configuration={"FunctionName": self.function.name, "UserParameters": Sub(told) if refers else told},
            namespace=namespace,
            run_order=run_order,
        )

    def run(self) -> tuple[Grant, ...]:
        """Call the function."""
        return self.function.call("The function reads and writes the records.")


def add_recorder(
    template: Template,
    source: Source,
    owner: Owner,
    key: Key,
    *,
    more: Sequence[str] = (),
    grants: Iterable[Grant] = (),
    variables: Mapping[str, object] = MappingProxyType({}),
) -> Recorder:
    """A function that keeps, for each stage, the parameters `<path>/<stage>/image` and `<path>/<stage>/release`.

    They are not resources of the stack, because an update of the stack would restore the first value. The image also
    gets the tag `_<stage>`, for the lifecycle rules of its repository; the trigger of the pipeline matches no such tag.
    `more` are files of code that do other actions for the pipeline; `grants` and `variables` are what they need.
    """
    function = add_function(
        template,
        "Recorder",
        description="Deploys images and records them" if more else "Records what the pipeline has deployed",
        grants=(
            Grant(
                sid="KeepRecord",
                actions=(ssm.GetParameter, ssm.PutParameter),
                resources=(arn("ssm", f"parameter{PATH}/*"),),
                why="The record is a parameter under the path of this pipeline.",
            ),
            Grant(
                sid="TagImage",
                actions=(ecr.BatchGetImage, ecr.PutImage),
                resources=(source.repository_arn,),
                why="The deployed image gets the tag of its stage, so that it does not expire.",
            ),
            answer_pipeline(),
            *grants,
        ),
        owner=owner,
        key=key,
        log_retention_days=LOG_DAYS,
        more=more,
        variables={"RECORDS": Sub(PATH), "REPOSITORY_URI": source.repository_uri, **variables},
        comments=False,
    )
    return Recorder(function)
