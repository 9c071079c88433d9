"""The checks of a simulation, by the names that `--ignore` accepts."""

from __future__ import annotations

from types import MappingProxyType

CHECKS = MappingProxyType(
    {
        "deployed": "a rule takes an image that runs",
        "unprotected": "a rule can take an image with the tag of a stage",
        "unused": "none of the images has a tag for the rule",
        "never-matches": "no image can match the rule",
        "stage-tags": "the repository does not allow tags of stages to move",
        "trigger": "the repository does not allow the tag of --trigger to move",
    }
)
