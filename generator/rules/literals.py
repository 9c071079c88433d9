"""Partitions, regions, accounts and availability zones written as literals."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from cfnlint.helpers import REGIONS
from cfnlint.rules import CloudFormationLintRule, RuleMatch  # type: ignore[attr-defined]  # cfn-lint has no __all__
from cfnlint.template.template import Template

REGION = rf"(?<![A-Za-z0-9])(?:{'|'.join(REGIONS)})"
ANOTHER = "or a parameter or mapping for another one"
LITERALS = (
    (re.compile(r"(?<![A-Za-z0-9])arn:aws(?:-[a-z]+)*(?=:)"), "a partition", "arn:${AWS::Partition}"),
    (re.compile(rf"{REGION}(?![A-Za-z0-9])"), "a region", f"${{AWS::Region}}, {ANOTHER}"),
    (re.compile(rf"{REGION}[a-z](?![A-Za-z0-9])"), "an availability zone", "Fn::GetAZs or ${AWS::Region}"),
    (re.compile(r"(?<![A-Za-z0-9.])[0-9]{12}(?![A-Za-z0-9])"), "an account", f"${{AWS::AccountId}}, {ANOTHER}"),
)
# A layer is named by the account that publishes it; AWS publishes its own layers from its own accounts.
# https://docs.aws.amazon.com/lambda/latest/dg/adding-layers.html
LAYER = re.compile(r"(?<=:)[0-9]{12}(?=:layer:)")
# A property that asks for a region, such as the Region of an action or of a replication, is there to name another one.
# https://docs.aws.amazon.com/codepipeline/latest/userguide/actions-create-cross-region.html
ASKS_FOR_A_REGION = re.compile(r"(?:^|[a-z])Regions?$")
RESOURCE = 3  # the keys before those of a property: Resources, its logical id, Properties
# The last group of a UUID can look like an account.
UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


class Literals(CloudFormationLintRule):
    """A template works in every partition, region and account: it has no literals for them.

    AWS itself and other accounts have ids that no pseudo parameter gives, and what is meant for one region names it.
    Where the place shows that, there is no complaint; elsewhere the advice says where such an id belongs.
    """

    id = "W9706"
    shortdesc = "No partition, region, account or availability zone is spelled out"
    description = (
        "In Resources and Outputs, pseudo parameters say where the stack is. Mappings, Conditions and Rules may name a "
        "region to ask for it; parameters, metadata and descriptions may show examples"
    )
    source_url = (
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/pseudo-parameter-reference.html"
    )
    tags = ["resources", "outputs", "arn"]  # noqa: RUF012  (how cfn-lint declares a rule)

    def match(self, cfn: Template) -> list[RuleMatch]:
        """The complaints about every string of the resources and outputs."""
        return [
            RuleMatch(path, f"{found[0]!r} spells out {what}: write {advice}")
            for section in ("Resources", "Outputs")
            for path, text in _texts(cfn.template.get(section), [section])
            if not (text in REGIONS and _asks_for_a_region(path))
            for pattern, what, advice in LITERALS
            for found in pattern.finditer(LAYER.sub("", UUID.sub("", text)))
        ]


def _texts(value: Any, path: list[str | int]) -> Iterator[tuple[list[str | int], str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for key, inner in value.items():
            # Metadata of a resource; a property may have that name as well.
            if not str(key).endswith("Description") and (key, len(path)) != ("Metadata", 2):
                yield from _texts(inner, [*path, key])
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _texts(inner, [*path, index])


def _asks_for_a_region(path: list[str | int]) -> bool:
    """Whether the value belongs to a property for a region, or is a member of one for several."""
    keys = [key for key in path if isinstance(key, str) and not key.startswith("Fn::")]
    return len(keys) > RESOURCE and ASKS_FOR_A_REGION.search(keys[-1]) is not None
