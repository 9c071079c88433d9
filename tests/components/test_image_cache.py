"""The layers of earlier builds."""

from __future__ import annotations

import pytest
from troposphere import Ref, encode_to_dict

from generator.cloudformation.template_rules import broken
from generator.components.image_cache import add_image_cache
from generator.model.template import new_template
from generator.publishing.render import to_dict

PART = add_image_cache(TEMPLATE := new_template("Test"), Ref("RepositoryName"))


def test_without_a_cache_nothing_is_granted() -> None:
    """The permission on the repository of the cache exists only with the cache."""
    (grant,) = PART.grants
    assert "HasCache" == grant.only_if
    assert encode_to_dict(grant.statement())["Resource"]["Fn::Sub"].endswith(":repository/${CacheRepositoryName}")


@pytest.mark.parametrize(
    ("cache", "builder", "complaints"),
    [
        ("", "", 0),
        ("", "buildkit:1", 0),
        ("team/cache", "buildkit:1", 0),
        ("team/cache", "", 1),
        ("team/orders", "buildkit:1", 1),
        ("team/orders", "", 1),
    ],
)
def test_a_cache_needs_buildkit_and_a_repository_of_its_own(cache: str, builder: str, complaints: int) -> None:
    """Docker's own builder writes no cache, and its tags move: they have no place among images."""
    given = {"CacheRepositoryName": cache, "BuildKitImage": builder, "RepositoryName": "team/orders"}
    assert complaints == len(list(broken(to_dict(TEMPLATE)["Rules"], given)))
