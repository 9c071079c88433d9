"""Operations that moto lacks, or does otherwise than AWS."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest

from generator.emulator.aws import emulator
from generator.emulator.front.cloud import Emulator
from generator.emulator.programs.images import sample
from generator.emulator.trial.destinations.awslambda import add_function
from generator.emulator.trial.existing_resources import add_role

ROLE = "arn:aws:iam::111122223333:role/pipeline"
NAME = "orders"


@pytest.fixture(scope="module")
def aws() -> Iterator[Emulator]:
    """An emulated AWS with a repository and a pipeline."""
    with emulator() as cloud:
        cloud.inside("ecr").create_repository(repositoryName=NAME)
        cloud.inside("ecr").create_repository(repositoryName="immutable", imageTagMutability="IMMUTABLE")
        trust = '{"Statement": [{"Principal": {"Service": "codepipeline.amazonaws.com"}}]}'
        cloud.inside("iam").create_role(RoleName="pipeline", AssumeRolePolicyDocument=trust)
        kind = {"category": "Source", "owner": "AWS", "provider": "ECR", "version": "1"}
        approval = {"category": "Approval", "owner": "AWS", "provider": "Manual", "version": "1"}
        stages = [
            {"name": "Source", "actions": [{"name": "Image", "actionTypeId": kind}]},
            {"name": "Approval", "actions": [{"name": "Approve", "actionTypeId": approval}]},
        ]
        cloud.inside("codepipeline").create_pipeline(
            pipeline={
                "name": NAME,
                "roleArn": ROLE,
                "artifactStore": {"type": "S3", "location": "artifacts"},
                "stages": stages,
                "version": 1,
                "pipelineType": "V2",
                "variables": [{"name": "Tag", "defaultValue": "none"}],
            }
        )
        yield cloud


def put(cloud: Emulator, content: str, tag: str, repository: str = NAME) -> str:
    """The digest of an image that was put under a tag."""
    image = sample(["linux/amd64"], content)
    cloud.client("ecr").put_image(
        repositoryName=repository,
        imageManifest=image.manifest.decode(),
        imageManifestMediaType=image.media_type,
        imageDigest=image.digest,
        imageTag=tag,
    )
    return image.digest


def test_an_image_stays_when_its_only_tag_moves_on(aws: Emulator) -> None:
    """It can be found by its digest, without a tag."""
    first = put(aws, "first", "v1")
    second = put(aws, "second", "v1")
    wanted = [{"imageDigest": digest} for digest in (first, second)]
    found = aws.client("ecr").describe_images(repositoryName=NAME, imageIds=wanted)["imageDetails"]
    assert {first: None, second: ["v1"]} == {each["imageDigest"]: each.get("imageTags") for each in found}


def test_errors_of_ecr_are_its_own(aws: Emulator) -> None:
    """A tag that exists already, one that cannot move, a repository that does not exist."""
    ecr = aws.client("ecr")
    put(aws, "same", "v2")
    with pytest.raises(ecr.exceptions.ImageAlreadyExistsException):
        put(aws, "same", "v2")
    put(aws, "stays", "v1", "immutable")
    with pytest.raises(ecr.exceptions.ClientError, match=r"ImageAlreadyExists|ImageTagAlreadyExists"):
        put(aws, "cannot replace it", "v1", "immutable")
    with pytest.raises(ecr.exceptions.RepositoryNotFoundException):
        put(aws, "nowhere", "v1", "nowhere")


def test_a_layer_has_a_place_at_aws(aws: Emulator) -> None:
    """In the bucket of layers of the region."""
    digest = f"sha256:{'0' * 64}"
    answer = aws.client("ecr").get_download_url_for_layer(repositoryName=NAME, layerDigest=digest)
    assert answer["downloadUrl"].startswith("https://prod-eu-central-1-starport-layer-bucket.s3.")
    assert digest == answer["layerDigest"]


def test_an_interface_can_be_opened_to_a_service(aws: Emulator) -> None:
    """CreateNetworkInterfacePermission grants the requested permission."""
    permission = aws.client("ec2").create_network_interface_permission(
        NetworkInterfaceId="eni-1", AwsService="codebuild.amazonaws.com", Permission="INSTANCE-ATTACH"
    )["InterfacePermission"]
    assert ("eni-1", "granted") == (permission["NetworkInterfaceId"], permission["PermissionState"]["State"])


def test_no_alias_has_provisioned_concurrency(aws: Emulator) -> None:
    """Lambda reports it as an error."""
    lambda_ = aws.client("lambda")
    with pytest.raises(lambda_.exceptions.ProvisionedConcurrencyConfigNotFoundException):
        lambda_.get_provisioned_concurrency_config(FunctionName="orders", Qualifier="live")


def test_an_alias_has_another_revision_after_each_change(aws: Emulator) -> None:
    """Also where it points at the same version again. An update for an earlier revision is refused.

    https://docs.aws.amazon.com/lambda/latest/api/API_UpdateAlias.html
    """
    lambda_ = aws.client("lambda")
    add_function(aws, "orders", NAME)
    alias = {"FunctionName": "orders", "Name": "live"}
    first = lambda_.get_alias(**alias)
    assert first["RevisionId"] == lambda_.get_alias(**alias)["RevisionId"]
    second = lambda_.update_alias(**alias, FunctionVersion="1", RevisionId=first["RevisionId"])
    assert first["RevisionId"] != second["RevisionId"] == lambda_.get_alias(**alias)["RevisionId"]
    with pytest.raises(lambda_.exceptions.PreconditionFailedException):
        lambda_.update_alias(**alias, FunctionVersion="1", RevisionId=first["RevisionId"])
    weights = {"AdditionalVersionWeights": {"1": 0.5}}
    assert weights == lambda_.update_alias(**alias, RoutingConfig=weights)["RoutingConfig"]
    assert "1" == lambda_.get_alias(**alias)["FunctionVersion"]


def test_a_dry_run_of_an_update_changes_nothing(aws: Emulator) -> None:
    """Lambda checks the request.

    https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionCode.html
    """
    lambda_ = aws.client("lambda")
    add_function(aws, "dry", NAME)
    before = lambda_.get_function(FunctionName="dry")
    image = before["Code"]["ImageUri"].replace(":before", ":after")
    answer = lambda_.update_function_code(FunctionName="dry", ImageUri=image, Architectures=["arm64"], DryRun=True)
    again = lambda_.get_function(FunctionName="dry")
    assert (before["Code"], before["Configuration"]) == (again["Code"], again["Configuration"])
    assert "$LATEST" == answer["Version"]


def test_an_update_of_code_fits_the_package_type(aws: Emulator) -> None:
    """A function that was made of an archive takes no image, and one of an image no archive."""
    lambda_, archive = aws.client("lambda"), io.BytesIO()
    with zipfile.ZipFile(archive, "w") as writer:
        writer.writestr("index.py", "def handler(event, context): pass")
    code = {"ZipFile": archive.getvalue()}
    lambda_.create_function(
        FunctionName="zipped", Runtime="python3.12", Handler="index.handler", Code=code, Role=add_role(aws, "zipped")
    )
    add_function(aws, "image", NAME)
    image = lambda_.get_function(FunctionName="image")["Code"]["ImageUri"]
    for dry in (True, False):
        with pytest.raises(lambda_.exceptions.InvalidParameterValueException, match="packageType Zip"):
            lambda_.update_function_code(FunctionName="zipped", ImageUri=image, DryRun=dry)
        with pytest.raises(lambda_.exceptions.InvalidParameterValueException, match="packageType Image"):
            lambda_.update_function_code(FunctionName="image", **code, DryRun=dry)
    assert "zipped" == lambda_.update_function_code(FunctionName="zipped", **code)["FunctionName"]


def test_a_start_has_an_id(aws: Emulator) -> None:
    """A revision of a source action and a variable of the pipeline are taken."""
    revision = {"actionName": "Image", "revisionType": "IMAGE_DIGEST", "revisionValue": f"sha256:{'0' * 64}"}
    codepipeline = aws.client("codepipeline")
    started = codepipeline.start_pipeline_execution(
        name=NAME, sourceRevisions=[revision], variables=[{"name": "Tag", "value": "v1"}]
    )["pipelineExecutionId"]
    codepipeline.get_pipeline_execution(pipelineName=NAME, pipelineExecutionId=started)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"sourceRevisions": [{"actionName": "Approve"}]}, "no source action Approve"),
        ({"variables": [{"name": "Tga", "value": "v1"}]}, "no variable Tga"),
    ],
)
def test_a_start_with_unknown_sources_or_variables_is_refused(aws: Emulator, given: dict[str, Any], says: str) -> None:
    """An override of another action would start the run with another image."""
    digest = {"revisionType": "IMAGE_DIGEST", "revisionValue": f"sha256:{'0' * 64}"}
    asked = {**given, **{key: [{**each, **digest} for each in given[key]] for key in given if key == "sourceRevisions"}}
    codepipeline = aws.client("codepipeline")
    with pytest.raises(codepipeline.exceptions.ValidationException, match=says):
        codepipeline.start_pipeline_execution(name=NAME, **asked)


def test_a_pipeline_of_the_first_type_takes_no_revision(aws: Emulator) -> None:
    """Source revision overrides came with V2."""
    codepipeline = aws.inside("codepipeline")
    first = codepipeline.get_pipeline(name=NAME)["pipeline"] | {"name": "old", "pipelineType": "V1"}
    codepipeline.create_pipeline(pipeline=first)
    revision = {"actionName": "Image", "revisionType": "IMAGE_DIGEST", "revisionValue": f"sha256:{'0' * 64}"}
    with pytest.raises(codepipeline.exceptions.ValidationException, match="V2"):
        codepipeline.start_pipeline_execution(name="old", sourceRevisions=[revision])


def test_a_pipeline_that_does_not_exist_is_not_started(aws: Emulator) -> None:
    """The error is CodePipeline's."""
    codepipeline = aws.client("codepipeline")
    with pytest.raises(codepipeline.exceptions.PipelineNotFoundException):
        codepipeline.start_pipeline_execution(name="gone")


def declared(name: str, **values: str) -> dict[str, Any]:
    """A pipeline whose second stage runs a build with this configuration."""
    build = {"category": "Build", "owner": "AWS", "provider": "CodeBuild", "version": "1"}
    source = {"category": "Source", "owner": "AWS", "provider": "ECR", "version": "1"}
    action = {"name": "Build", "actionTypeId": build, "configuration": {"ProjectName": "p", **values}}
    stages = [
        {"name": "Source", "actions": [{"name": "Image", "actionTypeId": source}]},
        {"name": "Build", "actions": [action]},
    ]
    store = {"type": "S3", "location": "artifacts"}
    return {"name": name, "roleArn": ROLE, "artifactStore": store, "stages": stages, "version": 1}


def test_a_value_of_an_action_has_at_most_1000_characters(aws: Emulator) -> None:
    """Neither CreatePipeline nor UpdatePipeline takes more, with variables as they are written; AWS says where."""
    codepipeline = aws.client("codepipeline")
    codepipeline.create_pipeline(pipeline=declared("limits", EnvironmentVariables="x" * 1000))
    too_long = {"EnvironmentVariables": "#{A.B}" + "x" * 995}
    says = r"Value at 'pipeline.stages.2.member.actions.1.member.configuration' .* less than or equal to 1000"
    for operation, name in (("create_pipeline", "new"), ("update_pipeline", "limits")):
        with pytest.raises(codepipeline.exceptions.ValidationException, match=says):
            getattr(codepipeline, operation)(pipeline=declared(name, **too_long))
    assert "new" not in {each["name"] for each in codepipeline.list_pipelines()["pipelines"]}
    kept = codepipeline.get_pipeline(name="limits")["pipeline"]
    assert ("x" * 1000, 1) == (
        kept["stages"][1]["actions"][0]["configuration"]["EnvironmentVariables"],
        kept["version"],
    )


def test_the_name_of_a_pipeline_is_taken_once(aws: Emulator) -> None:
    """A second one is refused, and the first stays as it is."""
    codepipeline = aws.client("codepipeline")
    codepipeline.create_pipeline(pipeline=declared("twice", PrimarySource="a"))
    with pytest.raises(codepipeline.exceptions.PipelineNameInUseException, match="name 'twice' already exists in"):
        codepipeline.create_pipeline(pipeline=declared("twice", PrimarySource="b"))
    kept = codepipeline.get_pipeline(name="twice")["pipeline"]["stages"][1]["actions"][0]["configuration"]
    assert "a" == kept["PrimarySource"]
    codepipeline.update_pipeline(pipeline=declared("twice", PrimarySource="b"))
    assert 2 == codepipeline.get_pipeline(name="twice")["pipeline"]["version"]
