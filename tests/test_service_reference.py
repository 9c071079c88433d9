"""AWS's Service Authorization Reference on actions that no policy can narrow down."""

from __future__ import annotations

from tests.service_reference import ONLY_EVERYWHERE, has_no_narrower_resource, resource_types


def test_an_action_without_resources_is_for_everything() -> None:
    """A list or login has no resource; an action with resources, or an unknown one, is not allowed on everything."""
    assert has_no_narrower_resource("ecr:GetAuthorizationToken")
    assert not has_no_narrower_resource("ecr:BatchGetImage")
    assert not has_no_narrower_resource("ecr:Fly")
    assert not has_no_narrower_resource("fly:High")
    assert not has_no_narrower_resource("*")


def test_the_pinned_actions_know_resources() -> None:
    """An action that knows none needs no entry."""
    assert [] == [action for action in ONLY_EVERYWHERE if not any(arn for arn, _ in resource_types(action))]
