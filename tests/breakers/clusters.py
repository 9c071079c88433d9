"""Breakers of the promises in tests/promises/clusters.py."""

from __future__ import annotations

from tests.breakers import breaks, properties_of
from tests.promises import clusters
from tests.rendered import Rendered


@breaks(clusters.access_to_a_cluster_is_to_one_namespace, of="deployer-eks")
def a_build_edits_everything(template: Rendered) -> None:
    policies = properties_of(template, "Access")["AccessPolicies"]["Fn::If"][2]
    policies[0]["AccessScope"] = {"Type": "cluster"}


@breaks(clusters.access_to_a_cluster_is_to_one_namespace, of="deployer-eks")
def the_group_comes_on_top(template: Rendered) -> None:
    access = properties_of(template, "Access")["AccessPolicies"]
    access["Fn::If"] = [access["Fn::If"][number] for number in (0, 2, 2)]


@breaks(clusters.builds_reach_their_cluster, of="deployer-eks")
def the_cluster_lets_nobody_in(template: Rendered) -> None:
    del template["Resources"]["ClusterIngress"]


@breaks(clusters.builds_reach_their_cluster, of="deployer-eks")
def two_rules_are_for_one_group(template: Rendered) -> None:
    template["Conditions"]["EndpointsApart"] = {"Fn::Equals": ["yes", "yes"]}


@breaks(clusters.access_to_a_cluster_is_to_one_namespace, of="deployer-eks")
def access_is_to_another_cluster(template: Rendered) -> None:
    properties_of(template, "Access")["ClusterName"] = {"Ref": "ClusterSecurityGroupId"}


@breaks(clusters.builds_reach_their_cluster_in_every_network, of="deployer-eks")
def a_build_in_the_network_does_not_reach_its_cluster(template: Rendered) -> None:
    template["Conditions"]["EndpointsApart"] = {"Fn::Equals": [{"Ref": "BuildNetwork"}, "existing"]}
