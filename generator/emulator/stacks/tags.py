"""Tags of Amazon EC2, which are set in the same way on all its resources."""

from __future__ import annotations

from generator.emulator.stacks.resource_handler import Properties, ResourceContext, changed


def tag(work: ResourceContext, resource: str, new: Properties, old: Properties) -> None:
    """Set the tags of a resource, and remove old ones."""
    client = work.client("ec2")
    if changed(old, new, "Tags"):
        kept = {one["Key"] for one in new.get("Tags", [])}
        dropped = [{"Key": one["Key"]} for one in old.get("Tags", []) if one["Key"] not in kept]
        if dropped:
            client.delete_tags(Resources=[resource], Tags=dropped)
        if new.get("Tags"):
            client.create_tags(Resources=[resource], Tags=new["Tags"])
