"""What components and targets stand on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from troposphere import Template

from generator import render
from generator.components.artifacts import ArtifactStore, add_artifact_store
from generator.components.build import BuildEnvironment, add_build_environment
from generator.components.encryption import Key, add_key
from generator.components.lifecycle import add_lifecycle
from generator.components.network import Network, add_build_network
from generator.components.pull_policy import add_pull_policy
from generator.components.repository import Repository, add_repository
from generator.components.source import Source, add_repository_name, add_source
from generator.components.topic import Topic, add_topic
from generator.template import new_template


@dataclass(frozen=True)
class Ground:
    """A template with all that a stage stands on."""

    template: Template
    source: Source
    network: Network
    key: Key
    store: ArtifactStore
    topic: Topic
    environment: BuildEnvironment

    def properties(self, name: str) -> dict[str, Any]:
        """The properties of a resource, rendered."""
        return dict(render.to_dict(self.template)["Resources"][name]["Properties"])


def new_ground() -> Ground:
    """A new template with repository, network, key, bucket, topic and build environment."""
    template = new_template("Test")
    source, network, key = add_source(template), add_build_network(template), add_key(template, services=())
    store, topic = add_artifact_store(template, key), add_topic(template, key)
    return Ground(template, source, network, key, store, topic, add_build_environment(template, store, network))


def new_repository() -> tuple[Template, Repository, Key]:
    """A new template with a repository and its key."""
    template = new_template("Test")
    name, key = add_repository_name(template, "Test."), add_key(template, services=())
    return template, add_repository(template, name, key, add_lifecycle(template), add_pull_policy(template)), key
