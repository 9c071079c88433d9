"""Promises about the images that a repository keeps."""

from __future__ import annotations

from collections.abc import Iterator

from generator.lifecycle import declared_repository, policy
from generator.lifecycle.moments import moment
from generator.lifecycle.simulation import simulated
from tests.rendered import Rendered, resources


def no_lifecycle_rule_takes_a_running_image(template: Rendered) -> Iterator[str]:
    """With its defaults, the lifecycle policy of a repository is accepted by ECR and has no hazards.

    Above all no rule can take an image with the tag of a stage.
    """
    for name, properties in resources(template, declared_repository.TYPE):
        if "LifecyclePolicy" in properties:
            found = declared_repository.read(template, None, "template", name)
            rules = policy.read(found.policy_text, name)
            simulation = simulated(rules, [], moment(0), {}, name=name, setting=found.mutability)
            yield from map(str, simulation.findings)
