"""Elastic Load Balancing."""

from __future__ import annotations

from generator.authorization.need import Needs, each_on

NEEDS: Needs = {
    **each_on(
        "*",
        "elasticloadbalancing:DescribeListeners",
        "elasticloadbalancing:DescribeRules",
        "elasticloadbalancing:DescribeTargetGroups",
    ),
    **each_on("{ListenerArn}", "elasticloadbalancing:ModifyListener"),
    **each_on("{RuleArn}", "elasticloadbalancing:ModifyRule"),
}
