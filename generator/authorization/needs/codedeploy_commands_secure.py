"""AWS CodeDeploy for its agents on instances: through a VPC endpoint they need permissions.

https://docs.aws.amazon.com/codedeploy/latest/userguide/vpc-endpoints.html
"""

from __future__ import annotations

from generator.authorization.need import Needs, each_on

NEEDS: Needs = {
    **each_on(
        "*",
        "codedeploy-commands-secure:GetDeploymentSpecification",
        "codedeploy-commands-secure:PollHostCommand",
        "codedeploy-commands-secure:PutHostCommandAcknowledgement",
        "codedeploy-commands-secure:PutHostCommandComplete",
    ),
}
