"""Breakers of the promises in tests/promises/sources.py."""

from __future__ import annotations

from typing import Any

from tests.breakers import breaks, properties_of, statement_of
from tests.promises import sources
from tests.rendered import Rendered


@breaks(sources.builds_need_no_way_to_git, of="image-build-codecommit")
def the_source_is_polled(template: Rendered) -> None:
    del _source(template)["Configuration"]["PollForSourceChanges"]


@breaks(sources.builds_need_no_way_to_git, of="image-build")
def builds_clone_the_source(template: Rendered) -> None:
    _source(template)["Configuration"]["OutputArtifactFormat"] = "CODEBUILD_CLONE_REF"


@breaks(sources.builds_need_no_way_to_git, of="image-build")
def the_source_looks_for_changes(template: Rendered) -> None:
    del _source(template)["Configuration"]["DetectChanges"]


@breaks(sources.free_text_of_commits_stays_in_git, of="image-build")
def a_build_reads_the_commit_message(template: Rendered) -> None:
    publish = properties_of(template, "Pipeline")["Stages"][-1]["Actions"][0]
    publish["Configuration"]["EnvironmentVariables"] = '[{"name":"MESSAGE","value":"#{Source.CommitMessage}"}]'


@breaks(sources.builds_push_to_their_own_repositories, of="image-build")
def publish_pushes_to_any_repository(template: Rendered) -> None:
    statement_of(template, "PublishRole", "TagImage")["Resource"] = [{"Fn::Sub": "arn:${AWS::Partition}:ecr:*:*:*"}]


@breaks(sources.builds_push_to_their_own_repositories, of="image-build")
def a_build_pushes_to_base_images(template: Rendered) -> None:
    pull = statement_of(template, "BuildRole", "PullBases")
    statement_of(template, "BuildRole", "PushImage")["Resource"] = pull["Resource"]


def _source(template: Rendered) -> dict[str, Any]:
    return properties_of(template, "Pipeline")["Stages"][0]["Actions"][0]  # type: ignore[no-any-return]  # JSON
