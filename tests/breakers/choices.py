"""Breakers of the promises in tests/promises/choices.py."""

from __future__ import annotations

from tests.breakers import ALWAYS, NEVER, breaks, properties_of
from tests.promises import choices
from tests.rendered import Rendered


@breaks(choices.parameters_refuse_rubbish)
def any_name_will_do(template: Rendered) -> None:
    template["Parameters"]["RepositoryName"]["AllowedPattern"] = ".*"


@breaks(choices.numbers_have_limits)
def any_number_will_do(template: Rendered) -> None:
    del template["Parameters"]["ScanTimeoutSeconds"]["MaxValue"]


@breaks(choices.defaults_are_careful)
def a_missing_scan_is_allowed(template: Rendered) -> None:
    template["Parameters"]["MissingScan"]["Default"] = "allow"


@breaks(choices.defaults_are_careful, of="platform")
def the_default_is_not_allowed(template: Rendered) -> None:
    template["Parameters"]["ComputeType"]["Default"] = "BUILD_GENERAL1_HUGE"


@breaks(choices.rules_mention_what_they_check, of="platform")
def a_rule_looks_at_something_else(template: Rendered) -> None:
    rule = template["Rules"]["ExistingVpcIsComplete"]
    rule["RuleCondition"] = {"Fn::Equals": [{"Ref": "MissingScan"}, "allow"]}


@breaks(choices.rules_mention_what_they_check, of="platform")
def a_rule_never_says_no(template: Rendered) -> None:
    template["Rules"]["ExistingVpcIsComplete"]["RuleCondition"]["Fn::Equals"][1] = "never"


@breaks(choices.impossible_combinations_are_refused, of="pipeline-ecs")
def no_stage_is_deployed_to(template: Rendered) -> None:
    del template["Rules"]["StagesDiffer"]


@breaks(choices.impossible_combinations_are_refused, of="platform")
def an_existing_vpc_needs_no_subnets(template: Rendered) -> None:
    del template["Rules"]["ExistingVpcIsComplete"]["Assertions"][1]


@breaks(choices.impossible_combinations_are_refused, of="platform")
def two_networks_are_given(template: Rendered) -> None:
    del template["Rules"]["NoExistingVpc"]


@breaks(choices.rules_let_the_careful_pass, of="platform")
def nobody_gets_past_a_rule(template: Rendered) -> None:
    template["Rules"]["Never"] = {"Assertions": [{"Assert": NEVER, "AssertDescription": "No."}]}


@breaks(choices.empty_values_make_no_property, of="pipeline-release")
def nobody_is_subscribed(template: Rendered) -> None:
    template["Conditions"]["HasNotificationEmail"] = ALWAYS


@breaks(choices.empty_values_make_no_property, of="pipeline-ecs")
def tests_run_for_validation(template: Rendered) -> None:
    template["Conditions"]["HasTestProject"] = template["Conditions"]["HasValidationFunction"]


@breaks(choices.missing_resources_are_created, of="platform")
def the_key_is_made_for_those_who_have_a_boundary(template: Rendered) -> None:
    template["Resources"]["Key"]["Condition"] = "HasPermissionsBoundary"


@breaks(choices.given_values_are_used, of="pipeline-release")
def the_address_is_forgotten(template: Rendered) -> None:
    template["Conditions"]["HasNotificationEmail"] = NEVER


@breaks(choices.empty_values_make_no_property, of="image-build")
def the_cache_has_no_name(template: Rendered) -> None:
    template["Conditions"]["HasCache"] = {"Fn::Not": [{"Fn::Equals": [{"Ref": "Dockerfile"}, ""]}]}


@breaks(choices.impossible_combinations_are_refused, of="image-build")
def a_cache_needs_no_buildkit(template: Rendered) -> None:
    del template["Rules"]["CacheNeedsBuildKit"]


@breaks(choices.impossible_combinations_are_refused, of="deployer-eks")
def a_chart_needs_no_helm(template: Rendered) -> None:
    del template["Rules"]["WithChart"]


@breaks(choices.defaults_are_careful, of="image-build")
def the_branch_is_called_otherwise(template: Rendered) -> None:
    template["Parameters"]["BranchName"]["Default"] = "trunk"


@breaks(choices.rules_let_the_careful_pass, of="image-build")
def who_wants_no_cache_needs_buildkit_all_the_same(template: Rendered) -> None:
    template["Rules"]["CacheNeedsBuildKit"]["RuleCondition"] = {
        "Fn::Not": [{"Fn::Equals": [{"Ref": "Dockerfile"}, ""]}]
    }


@breaks(choices.defaults_are_careful, of="deployer-lambda")
def everybody_gets_the_new_version_at_once(template: Rendered) -> None:
    template["Parameters"]["TrafficShift"]["Default"] = "LambdaAllAtOnce"


@breaks(choices.defaults_are_careful, of="network")
def an_endpoint_costs_unasked(template: Rendered) -> None:
    template["Parameters"]["CreateEksEndpoint"]["Default"] = "yes"


@breaks(choices.empty_values_make_no_property, of="deployer-ecs-codedeploy")
def a_listener_for_tests_is_always_there(template: Rendered) -> None:
    template["Conditions"]["Always"] = ALWAYS
    (pair,) = properties_of(template, "Group")["LoadBalancerInfo"]["TargetGroupPairInfoList"]
    pair["TestTrafficRoute"]["Fn::If"][0] = "Always"


@breaks(choices.impossible_combinations_are_refused, of="network")
def packages_come_from_a_bucket_without_an_endpoint(template: Rendered) -> None:
    del template["Rules"]["PackagesNeedTheirEndpoints"]
