"""The handles that components and targets are tested with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from troposphere import GetAtt, Ref, Template

from generator.components.artifacts import ArtifactStore, add_artifact_store
from generator.components.build import BuildEnvironment, add_build_environment
from generator.components.encryption import Key, add_key
from generator.components.inspection import Inspection, inspect
from generator.components.lifecycle import add_lifecycle
from generator.components.network import Network
from generator.components.pull_policy import add_pull_policy
from generator.components.repository import Repository, add_repository
from generator.components.source import Source, add_repository_name, add_source
from generator.components.topic import Topic, add_topic
from generator.model.owner import Owner
from generator.model.template import new_template
from generator.publishing import render

OWNER = Owner("test")


@dataclass(frozen=True)
class Ground:
    """A template with everything that a stage depends on."""

    template: Template
    source: Source
    network: Network
    key: Key
    store: ArtifactStore
    topic: Topic
    environment: BuildEnvironment
    inspection: Inspection

    def properties(self, name: str) -> dict[str, Any]:
        """The properties of a resource, rendered."""
        return dict(render.to_dict(self.template)["Resources"][name]["Properties"])

    def statements(self, role: str) -> dict[str, dict[str, Any]]:
        """The statements of a role's own policy by their ids, rendered; also those that depend on a condition."""
        items = self.properties(role)["Policies"][0]["PolicyDocument"]["Statement"]
        statements = [each["Fn::If"][1] if "Fn::If" in each else each for each in items]
        return {each["Sid"]: each for each in statements}


def new_ground() -> Ground:
    """A new template with repository, key, bucket, topic and build environment; its network is in no template."""
    template = new_template("Test")
    source, key = add_source(template), add_key(template, OWNER, services=())
    network = Network("vpc-1", ["subnet-1", "subnet-2"], GetAtt("Builds", "GroupId"))
    store, topic = add_artifact_store(template, key), add_topic(template, key)
    environment = add_build_environment(template, OWNER, key, network)
    inspection = inspect(source, Ref("InspectProject"), limits={}, contracts={})
    return Ground(template, source, network, key, store, topic, environment, inspection)


def new_repository() -> tuple[Template, Repository, Key]:
    """A new template with a repository and its key."""
    template = new_template("Test")
    name, key = add_repository_name(template, "Test."), add_key(template, OWNER, services=())
    return template, add_repository(template, name, key, add_lifecycle(template), add_pull_policy(template)), key
