"""The defects that nothing notices, with the reason why none of them does harm."""

from __future__ import annotations

import re

# A pattern of `defect: place`, or of `template: defect: place`, and the reason.
REASONS = {
    r"keep it for another time: .*/(Service)?Timeout": "a second more: a promise keeps them in their order",
    r"keep it for another time: .*/TimeoutInMinutes": "a build may run a minute longer",
    r"keep it for another time: .*/DaysAfterInitiation": "when the rests of a broken upload go is a matter of cents",
    r"keep it for another time: .*/ExpirationInDays": "artifacts are kept for a day more",
    r"keep it for another time: .*/NoncurrentDays": "when a version goes that was overwritten is a matter of cents",
    r"keep it for another time: .*/RetryPolicy/\w+": "how often EventBridge tries: what it gives up is kept",
    r"keep it for another time: .*/RunOrder": "the order among the actions of the stage stays the same",
    r"drop a property: .*/(Description|AlarmDescription|Tags)": "words for people in the console",
    r"drop a property: Resources/FlowLog/Properties/(LogDestinationType|MaxAggregationInterval)": (
        "what EC2 takes by itself is the same: log groups, and ten minutes"
    ),
    r"drop a resource: Resources/KeyAlias": "a name for people in the console; nothing refers to it",
    r"change a default: Parameters/(BuildImage|ComputeType|ImageTagPattern|\w+(Days|Minutes|Seconds))/Default": (
        "another value that works as well: a matter of taste, and of cost"
    ),
    r"change a default: Parameters/(Architecture|LintThreshold|MaxImages|\w+ToKeep|NotifySeverity|Zones)/Default": (
        "more of it: builds, remarks, images, messages, zones; a matter of taste, and of cost"
    ),
    r"change a default: Parameters/PackageRepository/Default": "what the repository is called is the user's to say",
    r"change a default: Parameters/PullRepositories/Default": "what base images are called is the user's to say",
    r"allow more: .*/StartInspectFreely/Action": "FollowInspect allows the same action on the same project",
    r"deployer-lambda: allow more: .*/RestoreAlias/Action": (
        "PublishVersion allows the same action on the same functions"
    ),
    r"deployer-lambda: swap the branches of an If: .*/DefinitionSubstitutions/Hooks/.*": (
        "tests/deployers/test_awslambda_machine.py has the AppSpec file with each hook"
    ),
    r"deployer-lambda: .*: Resources/(Second|Third)?Group/Properties/.*": (
        "tests/deployers/test_awslambda.py compares the three groups"
    ),
    r"deployer-lambda: refer to another resource: .*/DefinitionSubstitutions/Groups/.*": (
        "tests/deployers/test_awslambda.py has the list of the groups"
    ),
    r"deployer-lambda: (drop a condition|let a condition hold for anything): .*/EncryptHistory/Condition": (
        "tests/deployers/test_awslambda.py has the condition"
    ),
    r"notices(-chat)?: turn an effect round: .*/NotifierRole/.*/ReadRun/Effect": (
        "tests/emulator/test_news_of_runs.py has the digest in the messages, which needs the call"
    ),
    r"packages: let in anybody: Resources/Packages/.*/Publish/Principal": (
        "the policy of the domain refuses everybody but the publisher"
    ),
    r"deployer-ec2: widen a resource: Resources/InstancePolicy/.*/PullImage/Resource": (
        "tests/deployers/test_ec2.py has the repository"
    ),
    r"platform: ask another condition: Resources/AcceptedFindings/Condition": (
        "without a role for it the bucket is empty, and nothing reads it"
    ),
    r"task-ecs: change a default: Parameters/Stage/Default": "either stage is one that a pipeline can have",
    r"task-ecs: (widen a resource|drop a condition|let a condition .*): Resources/RunRole/.*/RunTask/\w+": (
        "family and cluster limit the same call: the other limit holds; tests/blueprints/test_task.py has both"
    ),
    r"let it go with the stack: Resources/LostPushes/.*": "the queue stays; the next one has another name",
    r"let it go with the stack: Resources/EnhancedScanning/UpdateReplacePolicy": "no change of it is a replacement",
    r"take any value: Parameters/\w+/M(ax|in)Length": "AWS refuses a name of the wrong length at the deployment",
    r"refer to another parameter: Conditions/Deploy(Staging|Production)/.*": (
        "the stage's other parameter is none just when this one is: rules hold the two together"
    ),
    r"pipeline-ecs(-codedeploy)?: refer to another parameter: Rules/ValidationFollowsItsStage/RuleCondition/.*": (
        "the stage's other parameter is none just when this one is: rules hold the two together"
    ),
    r"registry: refer to another parameter: Rules/CopiesGoElsewhere/RuleCondition/.*": (
        "where no region is typed, the assertion holds by itself"
    ),
    r"image-build.*: rename an artifact: .*/OutputArtifacts/\w+Facts/Name": (
        "nothing takes it: people find it in the bucket under any name"
    ),
}


def reason(mutant: str) -> str:
    """Why nothing notices the mutant; "" if no reason is written down."""
    _, _, what = mutant.partition(": ")
    found = (why for pattern, why in REASONS.items() if re.fullmatch(pattern, what) or re.fullmatch(pattern, mutant))
    return next(found, "")
