"""The consequences of replacing or deleting a resource: the data that is lost, and why AWS may refuse it."""

from __future__ import annotations

from generator.changesets.change_records import LATER, ResourceEntry

_DATA = {
    "AWS::CodeArtifact::Repository": "its packages are lost",
    "AWS::ECR::Repository": "its images are lost",
    "AWS::KMS::Key": "data encrypted with it cannot be read once the key is deleted (after 7 to 30 days)",
    "AWS::Logs::LogGroup": "its logs are lost",
    "AWS::S3::Bucket": "its objects are lost; AWS does not delete a bucket that is not empty",
    "AWS::SQS::Queue": "the messages in it are lost",
    "AWS::SSM::Parameter": "its value and history are lost",
    "AWS::DynamoDB::Table": "its items are lost",
}
"""Types of resources that hold data of users, and what is lost with them."""
_ELSE = {
    "AWS::CodeArtifact::Domain": "its repositories are replaced as well",
    "AWS::CodeBuild::Project": "the history of its builds is lost",
    "AWS::CodeBuild::ReportGroup": "its reports are lost",
    "AWS::CodePipeline::Pipeline": "its history is lost, and runs that wait for an approval end",
    "AWS::EC2::Subnet": "resources that use its ID must move first, or AWS cannot delete the old one",
    "AWS::EC2::SecurityGroup": "resources that use its ID must change first, or AWS cannot delete the old one",
    "AWS::EC2::VPC": "everything in it is replaced as well",
    "AWS::EC2::VPCEndpoint": "builds cannot reach the service meanwhile; two with private DNS cannot exist at once",
    "AWS::IAM::Role": "it gets a new ARN: policies elsewhere that name the role must be changed",
    "AWS::Lambda::Function": "its versions and aliases are lost",
    "AWS::SNS::Subscription": "it must be confirmed again",
    "AWS::SNS::Topic": "it gets a new ARN, and its subscriptions are lost",
    "AWS::Signer::SigningProfile": "it gets a new ARN: signature checks must name it",
}
_CUSTOM = ("Custom::", "AWS::CloudFormation::CustomResource")


def is_replaced(entry: ResourceEntry) -> bool:
    """Whether the resource is replaced, or may be. It is not if only the origin of the value changes."""
    if entry.replacement == "True":
        return True
    if entry.replacement != "Conditional" or entry.type.startswith(_CUSTOM):
        return False  # a custom resource is replaced if its function gives another id
    deciding = [each for each in entry.properties if each.recreation != "Never"]
    return not deciding or not all(each.same for each in deciding)


def replacement_words(entry: ResourceEntry) -> str:
    """The consequences of a replacement, in words."""
    certain = entry.replacement == "True"
    causes = [each.path.split("/")[0] for each in entry.properties if each.recreation != "Never" and not each.same]
    because = f" because of {', '.join(dict.fromkeys(causes))}" if causes else ""
    later = (
        "" if certain or not any(LATER in each.after for each in entry.properties) else " (its value is not known yet)"
    )
    if entry.keeps_name:
        collides = f": AWS refuses that while the template keeps the name {entry.physical_id}; give it another name"
        return f"{_replaced(certain=certain)}{because}{later}{collides}"
    return f"{_replaced(certain=certain)}{because}{later}: {replacement_meaning(entry.type, entry.policy)}"


def loses_data(entry: ResourceEntry) -> bool:
    """Whether the entry deletes a resource together with data."""
    return entry.action == "Remove" and entry.policy in ("", "Delete") and entry.type in _DATA


def deletion_words(entry: ResourceEntry) -> str:
    """The consequences of a deletion, in words."""
    if entry.policy in ("Retain", "Snapshot"):
        kept = "it stays in the account, outside the stack" if entry.policy == "Retain" else "a snapshot is taken"
        return f"removed from the stack: {kept}"
    return f"deleted: {_DATA[entry.type]}" if entry.type in _DATA else "deleted"


def _replaced(*, certain: bool) -> str:
    return "replaced" if certain else "may be replaced"


def replacement_meaning(kind: str, policy: str) -> str:
    """The fate of the old resource of this type, by the PolicyAction of a change set."""
    if policy == "ReplaceAndRetain":
        return "the old one stays in the account, outside the stack, and a new one takes its place"
    meaning = _DATA.get(kind) or _ELSE.get(kind) or "a new one is created, then the old one is deleted"
    return f"{meaning} (a snapshot is taken)" if policy == "ReplaceAndSnapshot" else meaning
