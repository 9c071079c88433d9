"""Breakers of the promises in tests/promises/refusals.py."""

from __future__ import annotations

from tests.breakers import breaks, conditions_of, properties_of, pull_statement, statement_of, statements_of
from tests.promises import refusals
from tests.rendered import Rendered


@breaks(refusals.buckets_refuse_unsafe_requests)
def plain_http_is_refused_for_objects_alone(template: Rendered) -> None:
    statement = properties_of(template, "ArtifactBucketPolicy")["PolicyDocument"]["Statement"][0]
    statement["Resource"] = [{"Fn::Sub": "${ArtifactBucket.Arn}/*"}]


@breaks(refusals.buckets_refuse_unsafe_requests)
def nobody_can_read_the_bucket(template: Rendered) -> None:
    for statement in properties_of(template, "ArtifactBucketPolicy")["PolicyDocument"]["Statement"]:
        statement["Action"] = ["s3:*"]


@breaks(refusals.services_act_for_this_stack_only)
def any_build_assumes_the_role(template: Rendered) -> None:
    conditions_of(template, "InspectRole")["ArnLike"]["aws:SourceArn"] = {
        "Fn::Sub": "arn:${AWS::Partition}:codebuild:${AWS::Region}:${AWS::AccountId}:project/*"
    }


@breaks(refusals.services_act_for_this_stack_only)
def rules_of_other_accounts_assume_the_role(template: Rendered) -> None:
    del properties_of(template, "EventsRole")["AssumeRolePolicyDocument"]["Statement"][0]["Condition"]


@breaks(refusals.services_act_for_this_stack_only)
def anything_of_eventbridge_assumes_the_role(template: Rendered) -> None:
    del conditions_of(template, "EventsRole")["ArnLike"]


@breaks(refusals.the_account_keeps_its_keys)
def the_key_can_only_be_used(template: Rendered) -> None:
    properties_of(template, "Key")["KeyPolicy"]["Statement"][0]["Action"] = ["kms:Decrypt"]


@breaks(refusals.roles_act_only_under_their_conditions)
def interfaces_are_for_any_service(template: Rendered) -> None:
    for statement in properties_of(template, "BuildPolicy")["PolicyDocument"]["Statement"]:
        statement.get("Condition", {}).pop("StringEquals", None)


@breaks(refusals.only_the_branch_that_is_named_pushes, of="registry")
def any_branch_pushes(template: Rendered) -> None:
    condition = conditions_of(template, "GitHubPushRole")
    subject = condition["StringEquals"].pop("token.actions.githubusercontent.com:sub")
    wide = {"Fn::Sub": subject["Fn::Sub"].replace("${GitHubBranch}", "*")}
    condition["StringLike"] = {"token.actions.githubusercontent.com:sub": wide}


@breaks(refusals.only_the_branch_that_is_named_pushes, of="registry")
def tokens_for_others_do_as_well(template: Rendered) -> None:
    del conditions_of(template, "GitHubPushRole")["StringEquals"]["token.actions.githubusercontent.com:aud"]


@breaks(refusals.only_those_that_are_named_pull, of="registry")
def lambda_of_any_account_pulls(template: Rendered) -> None:
    del pull_statement(template, 1)["Condition"]


@breaks(refusals.only_those_that_are_named_pull, of="registry")
def lambda_pulls_unasked(template: Rendered) -> None:
    template["Conditions"]["ServeLambda"] = template["Conditions"]["AccountsPull"]


@breaks(refusals.roles_act_only_under_their_conditions, of="image-build")
def tokens_are_borne_to_any_service(template: Rendered) -> None:
    for statement in statements_of(template, "BuildRole"):
        for own in (statement, *statement.get("Fn::If", [])[1:2]):
            if own.get("Sid") == "BearPackageToken":
                del own["Condition"]


@breaks(refusals.roles_act_only_under_their_conditions, of="image-build")
def any_repository_is_fetched(template: Rendered) -> None:
    condition = statement_of(template, "PipelineRole", "FetchSource")["Condition"]
    (keys,) = condition.values()
    condition["StringLikeIfExists"] = {**keys, "codestar-connections:FullRepositoryId": "*"}
    del condition["StringEqualsIfExists"]


@breaks(refusals.those_that_are_named_pull, of="registry")
def lambda_pulls_beside_accounts_alone(template: Rendered) -> None:
    template["Conditions"]["SomebodyPulls"]["Fn::Or"].pop()
    template["Conditions"]["SomebodyPulls"] = template["Conditions"]["SomebodyPulls"]["Fn::Or"][0]


@breaks(refusals.grants_on_keys_are_made_by_services_only)
def anybody_hands_the_key_on(template: Rendered) -> None:
    properties_of(template, "Key")["KeyPolicy"]["Statement"].pop()


@breaks(refusals.grants_on_keys_are_made_by_services_only, of="registry")
def only_a_key_of_the_context_counts(template: Rendered) -> None:
    statement = properties_of(template, "Key")["KeyPolicy"]["Statement"][-1]
    statement["Condition"] = {"Bool": statement["Condition"]["BoolIfExists"]}
