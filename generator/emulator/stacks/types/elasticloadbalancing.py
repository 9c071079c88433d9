"""Elastic Load Balancing: load balancers, target groups, listeners."""

from __future__ import annotations

from typing import Any

from generator.emulator.stacks.resource_handler import Properties, ResourceContext, ResourceHandler, changed, without
from generator.emulator.stacks.shapes import request


def _create_balancer(work: ResourceContext, properties: Properties) -> str:
    name = str(properties.get("Name") or work.name(32))
    created = request(work.client("elbv2"), "CreateLoadBalancer", without(properties, "Name"), Name=name)
    return str(created["LoadBalancers"][0]["LoadBalancerArn"])


def _update_balancer(work: ResourceContext, arn: str, new: Properties, old: Properties) -> None:
    client = work.client("elbv2")
    if changed(old, new, "SecurityGroups"):
        client.set_security_groups(LoadBalancerArn=arn, SecurityGroups=new["SecurityGroups"])
    if changed(old, new, "Subnets"):
        client.set_subnets(LoadBalancerArn=arn, Subnets=new["Subnets"])


def _balancer_attributes(work: ResourceContext, arn: str, _properties: Properties) -> dict[str, Any]:
    (found,) = work.client("elbv2").describe_load_balancers(LoadBalancerArns=[arn])["LoadBalancers"]
    return {
        "CanonicalHostedZoneID": found["CanonicalHostedZoneId"],
        "DNSName": found["DNSName"],
        "LoadBalancerArn": arn,
        "LoadBalancerFullName": arn.partition(":loadbalancer/")[2],
        "LoadBalancerName": found["LoadBalancerName"],
        "SecurityGroups": found.get("SecurityGroups", []),
    }


def _create_target_group(work: ResourceContext, properties: Properties) -> str:
    name = str(properties.get("Name") or work.name(32))
    created = request(work.client("elbv2"), "CreateTargetGroup", without(properties, "Name"), Name=name)
    return str(created["TargetGroups"][0]["TargetGroupArn"])


def _update_target_group(work: ResourceContext, arn: str, new: Properties, _old: Properties) -> None:
    checks = {key: value for key, value in new.items() if key.startswith("HealthCheck") or key == "Matcher"}
    request(work.client("elbv2"), "ModifyTargetGroup", checks, TargetGroupArn=arn)


def _target_group_attributes(work: ResourceContext, arn: str, _properties: Properties) -> dict[str, Any]:
    (found,) = work.client("elbv2").describe_target_groups(TargetGroupArns=[arn])["TargetGroups"]
    return {
        "LoadBalancerArns": found.get("LoadBalancerArns", []),
        "TargetGroupArn": arn,
        "TargetGroupFullName": arn.rpartition(":")[2],
        "TargetGroupName": found["TargetGroupName"],
    }


def _create_listener(work: ResourceContext, properties: Properties) -> str:
    created = request(work.client("elbv2"), "CreateListener", properties)
    return str(created["Listeners"][0]["ListenerArn"])


def _update_listener(work: ResourceContext, arn: str, new: Properties, _old: Properties) -> None:
    request(work.client("elbv2"), "ModifyListener", without(new, "LoadBalancerArn"), ListenerArn=arn)


def _create_rule(work: ResourceContext, properties: Properties) -> str:
    created = request(work.client("elbv2"), "CreateRule", properties)
    return str(created["Rules"][0]["RuleArn"])


def _update_rule(work: ResourceContext, arn: str, new: Properties, old: Properties) -> None:
    client = work.client("elbv2")
    request(client, "ModifyRule", without(new, "ListenerArn", "Priority"), RuleArn=arn)
    if changed(old, new, "Priority"):
        client.set_rule_priorities(RulePriorities=[{"RuleArn": arn, "Priority": int(new["Priority"])}])


TYPES = {
    "AWS::ElasticLoadBalancingV2::Listener": ResourceHandler(
        create=_create_listener,
        update=_update_listener,
        delete=lambda work, arn, _: work.client("elbv2").delete_listener(ListenerArn=arn),
        attributes=lambda _work, arn, _: {"ListenerArn": arn},
    ),
    "AWS::ElasticLoadBalancingV2::ListenerRule": ResourceHandler(
        create=_create_rule,
        update=_update_rule,
        delete=lambda work, arn, _: work.client("elbv2").delete_rule(RuleArn=arn),
        attributes=lambda _work, arn, _: {"RuleArn": arn, "IsDefault": False},
    ),
    "AWS::ElasticLoadBalancingV2::LoadBalancer": ResourceHandler(
        create=_create_balancer,
        update=_update_balancer,
        delete=lambda work, arn, _: work.client("elbv2").delete_load_balancer(LoadBalancerArn=arn),
        attributes=_balancer_attributes,
    ),
    "AWS::ElasticLoadBalancingV2::TargetGroup": ResourceHandler(
        create=_create_target_group,
        update=_update_target_group,
        delete=lambda work, arn, _: work.client("elbv2").delete_target_group(TargetGroupArn=arn),
        attributes=_target_group_attributes,
    ),
}
