"""Repositories of pipelines against the platforms that inspect their images."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from generator import catalog
from generator.checks import inspected_repositories
from generator.findings import Finding
from tests.checks.filling import fill, subjects

PIPELINES = sorted(name for name in catalog.templates() if name.startswith("pipeline-"))


def _found(folder: Path, *names: str, environment: str | None = None) -> list[Finding]:
    return list(inspected_repositories.check(subjects(*names), folder, environment=environment))


@pytest.mark.parametrize("name", PIPELINES)
def test_a_repository_that_the_platform_does_not_include_is_found(tmp_path: Path, name: str) -> None:
    """Its runs would end in Inspect. The finding has the line, both values and both ways out."""
    platform = fill(tmp_path, "platform", "main", RepositoryPattern="team/*")
    pipeline = fill(tmp_path, name, "billing", RepositoryName="shop/billing")
    (finding,) = _found(tmp_path, name)
    line = 1 + next(number for number, line in enumerate(pipeline.read_text().splitlines()) if "shop/billing" in line)
    assert (str(pipeline), line, "RepositoryName") == (finding.path, finding.line, finding.place)
    assert (
        f"given shop/billing, but Inspect of the platform main reads only team/* ({platform}). Widen RepositoryPattern"
        " there, or choose another Platform"
    ) == finding.message


@pytest.mark.parametrize(
    ("pattern", "repository"),
    [
        ("*", "shop/billing"),
        ("shop/*", "shop/a/billing"),
        ("*/billing", "shop/billing"),
        ("shop/billing", "shop/billing"),
    ],
)
def test_a_pattern_means_what_it_means_to_iam(tmp_path: Path, pattern: str, repository: str) -> None:
    """A star includes slashes."""
    fill(tmp_path, "platform", "main", RepositoryPattern=pattern)
    fill(tmp_path, "pipeline-ecs", "billing", RepositoryName=repository)
    assert [] == _found(tmp_path, "pipeline-ecs", "platform")


def test_only_the_platform_that_a_pipeline_names_counts(tmp_path: Path) -> None:
    """A platform without a file may be deployed from elsewhere. Image builds do not run Inspect."""
    fill(tmp_path, "platform", "main", RepositoryPattern="team/*")
    fill(tmp_path, "platform", "payments", RepositoryPattern="payments/*", Platform="payments")
    fill(tmp_path, "pipeline-ecs", "pay", RepositoryName="payments/pay", Platform="payments")
    fill(tmp_path, "pipeline-ecs", "other", RepositoryName="shop/other", Platform="elsewhere")
    fill(tmp_path, "image-build", "shop", RepositoryName="shop/other")
    assert [] == _found(tmp_path, *catalog.templates())


def test_platforms_of_several_accounts_are_kept_apart(tmp_path: Path) -> None:
    """By the folder of the account or the environment; otherwise one that includes the repository is enough."""
    account = tmp_path / "111122223333"
    fill(tmp_path, "platform", "main", RepositoryPattern="team/*")
    fill(account, "pipeline-ecs", "billing", RepositoryName="shop/billing")
    assert [] == _found(tmp_path, "pipeline-ecs")
    fill(account, "platform", "main", RepositoryPattern="sales/*")
    assert 1 == len(_found(tmp_path, "pipeline-ecs"))
    fill(account, "platform", "second", RepositoryPattern="shop/*")
    assert [] == _found(tmp_path, "pipeline-ecs")
    fill(account, "platform", "billing", RepositoryPattern="sales/*")
    assert 1 == len(_found(tmp_path, "pipeline-ecs"))


def test_what_is_deployed_is_checked(tmp_path: Path) -> None:
    """`make deploy` names templates and an environment: of the pipeline, or of the platform that becomes narrower."""
    fill(tmp_path, "platform", "main", RepositoryPattern="team/*")
    fill(tmp_path, "pipeline-ecs", "billing", RepositoryName="shop/billing")
    asked = [("pipeline-ecs", "billing"), ("platform", "main"), ("pipeline-ecs", "main"), ("registry", "billing")]
    assert [1, 1, 0, 0] == [len(_found(tmp_path, name, environment=each)) for name, each in asked]


def test_unchanged_examples_are_compared_with_each_other(tmp_path: Path) -> None:
    """The platform of an example is nobody's, and an example of a pipeline does not run on one's own platform."""
    example = fill(tmp_path, "platform", "dev", RepositoryPattern="team/*")
    mine = fill(tmp_path, "pipeline-ecs", "billing", RepositoryName="shop/billing")
    assert 1 == len(_found(tmp_path, "pipeline-ecs"))

    def listed(*paths: Path) -> str:
        return "".join(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in paths)

    (tmp_path / ".examples").write_text(listed(example))
    assert [] == _found(tmp_path, "pipeline-ecs")
    (tmp_path / ".examples").write_text(listed(example, mine))
    assert 1 == len(_found(tmp_path, "pipeline-ecs"))


def test_a_file_with_other_problems_is_left_to_other_checks(tmp_path: Path) -> None:
    """A repository that is no repository says nothing about the platform."""
    fill(tmp_path, "platform", "main", RepositoryPattern="team/*")
    fill(tmp_path, "pipeline-ecs", "billing", RepositoryName="Shop/Billing")
    assert [] == _found(tmp_path, "pipeline-ecs")
