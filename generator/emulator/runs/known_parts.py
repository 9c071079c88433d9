"""The parts of a pipeline's declaration that are run here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from generator.emulator.runs import stage_conditions

# The parts that are run here. Any other part of a declaration is an error, so that none is ignored silently.
KNOWN = {
    "stage": {"name", "actions", "onFailure", "blockers", *stage_conditions.KINDS},
    "onFailure": {"result"},
    "action": {
        "name",
        "actionTypeId",
        "runOrder",
        "configuration",
        "inputArtifacts",
        "outputArtifacts",
        "namespace",
        "roleArn",
        "region",
        "timeoutInMinutes",
    },
}


def refuse_unknown(stage: Mapping[str, Any]) -> None:
    """NotImplementedError for a part that is not run here as CodePipeline would run it."""
    failing = stage.get("onFailure", {})
    parts = [("stage", stage), ("onFailure", failing), *(("action", action) for action in stage["actions"])]
    unknown = {f"{where} {key}" for where, part in parts for key in part.keys() - KNOWN[where]}
    if failing.get("result", "ROLLBACK") != "ROLLBACK" or stage.get("blockers"):
        unknown.add("onFailure other than ROLLBACK, or blockers")
    unknown.update(stage_conditions.unknown(stage))
    if unknown:
        raise NotImplementedError(f"stage {stage['name']}: not run here: {', '.join(sorted(unknown))}")
