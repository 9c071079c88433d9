"""The network of image builds: the private network of the platform, or none."""

from __future__ import annotations

from troposphere import Equals, Split, Template

from generator.components.network import Network
from generator.components.platform import GROUP, KIND
from generator.model.export_names import imported
from generator.model.parameters import add_choice, add_condition

PLATFORM, INTERNET = "platform", "internet"


def add_image_network(template: Template) -> Network:
    """The network of the builds. The parameter `Platform` must exist: `import_platform` adds it.

    Its values are used in properties only, because conditions and rules cannot import. Without the network no resource
    uses them, and CloudFormation does not look up an import in a branch of Fn::If that is not taken.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-importvalue.html
    """
    where = add_choice(
        template,
        "BuildNetwork",
        group=GROUP,
        label="Build network",
        description="platform: private subnets without internet. internet: no VPC.",
        choices=(PLATFORM, INTERNET),
    )
    return Network(
        imported(KIND, "VpcId"),
        Split(",", imported(KIND, "SubnetIds")),
        imported(KIND, "BuildSecurityGroupId"),
        only_if=add_condition(template, "InVpc", Equals(where, PLATFORM)),
        policy=imported(KIND, "BuildPolicyArn"),
    )
