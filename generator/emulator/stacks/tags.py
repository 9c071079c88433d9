"""Changes of tags: of any resource, and of Amazon EC2, which sets them in the same way on all its resources."""

from __future__ import annotations

from generator.emulator.stacks.resource_handler import Properties, ResourceContext, changed


def dropped(new: Properties, old: Properties) -> list[str]:
    """The keys of the tags that a resource loses."""
    kept = {one["Key"] for one in new.get("Tags", [])}
    return [one["Key"] for one in old.get("Tags", []) if one["Key"] not in kept]


def tag(work: ResourceContext, resource: str, new: Properties, old: Properties) -> None:
    """Set the tags of a resource, and remove old ones."""
    client = work.client("ec2")
    if changed(old, new, "Tags"):
        if lost := dropped(new, old):
            client.delete_tags(Resources=[resource], Tags=[{"Key": key} for key in lost])
        if new.get("Tags"):
            client.create_tags(Resources=[resource], Tags=new["Tags"])
