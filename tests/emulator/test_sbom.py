"""docs/sbom.md and docs/metrics.md, followed command by command after a release."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from cfn_flip import to_json

from generator.emulator.programs.images import Image, sample
from generator.emulator.services.ecr import ImageScan
from generator.emulator.trial.trial import trial_of
from tests.emulator.following import ROOT, Reader, steps
from tests.emulator.test_together import started

pytestmark = pytest.mark.slow

SBOM, METRICS = ((ROOT / f"docs/{page}.md").read_text(encoding="utf-8") for page in ("sbom", "metrics"))
EXAMPLE = ROOT / "docs/examples/sbom-bucket.yaml"
# Metrics that the dashboard may show, with the dimension that they have.
# https://docs.aws.amazon.com/codepipeline/latest/userguide/metrics-dimensions.html
# https://docs.aws.amazon.com/codebuild/latest/userguide/cloudwatch_metrics-codebuild.html
# https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html
EXISTING = {
    ("AWS/CodePipeline", "FailedPipelineExecutions", "PipelineName"),
    ("AWS/CodePipeline", "PipelineDuration", "PipelineName"),
    ("AWS/CodeBuild", "FailedBuilds", "ProjectName"),
    ("AWS/CodeBuild", "SucceededBuilds", "ProjectName"),
    ("AWS/Events", "InvocationsSentToDlq", "RuleName"),
}


@pytest.fixture(scope="module")
def image() -> Image:
    """The image that is released."""
    return sample(["linux/amd64"], "with packages")


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory, image: Image) -> Iterator[Reader]:
    """Somebody whose pipeline of platform.md has released an image."""
    with started(tmp_path_factory.mktemp("checkout")) as start:
        push = trial_of(start.here, "pipeline-release-orders").push(
            image, "packages-20261120T103015Z", scan=ImageScan()
        )
        assert push.execution
        assert "Succeeded" == push.execution.status, push.execution.failures
        yield start.reader


def follow(reader: Reader, page: str) -> dict[str, str]:
    """The output of each command of a page. The emulator accepts templates in JSON only."""
    (reader.folder / "example.json").write_text(to_json(EXAMPLE.read_text(encoding="utf-8")), encoding="utf-8")
    example = str(EXAMPLE.relative_to(ROOT))
    return {command: reader.run(command.replace(example, "example.json")).strip() for command, _ in steps(page)}


def said(printed: dict[str, str], beginning: str) -> str:
    """The output of the command with this beginning."""
    [found] = [text for command, text in printed.items() if command.startswith(beginning)]
    return found


def test_the_sbom_of_the_released_image_is_exported(reader: Reader, image: Image) -> None:
    """Into the bucket of the example, from where it is downloaded; it names the package that is looked for."""
    printed = follow(reader, SBOM)
    assert ["SUCCEEDED", "None", "None"] == said(printed, "aws inspector2 get-sbom-export").split()
    [file] = said(printed, "grep ").splitlines()
    assert image.digest in file
    assert "CycloneDX" == json.loads((reader.folder / file).read_text(encoding="utf-8"))["bomFormat"]


def test_a_bucket_that_does_not_allow_inspector_gets_nothing(reader: Reader) -> None:
    """The artifact bucket of the platform: its policy does not name Inspector, as the page says."""
    outputs = reader.outputs("platform-main")
    export = next(command for command, _ in steps(SBOM) if command.startswith("report="))
    show = next(command for command, _ in steps(SBOM) if command.startswith("aws inspector2 get"))
    kept = list(reader.kept)
    reader.kept += [f"bucket={outputs['ArtifactBucket']}", f"key={outputs['KeyArn']}"]
    reader.run(export)
    assert "INVALID_PERMISSIONS" == reader.run(show).split()[1]
    reader.kept[:] = kept


def test_the_dashboard_is_put_with_metrics_that_exist(reader: Reader, image: Image) -> None:
    """Every placeholder is filled in, and namespace, metric and dimension are those of AWS's pages."""
    printed = follow(reader, METRICS)
    cloudwatch = reader.here.cloud.inside("cloudwatch")
    body = json.loads(cloudwatch.get_dashboard(DashboardName="pipelines")["DashboardBody"])
    metrics = [metric for widget in body["widgets"] for metric in widget["properties"]["metrics"]]
    assert EXISTING == {tuple(metric[:3]) for metric in metrics}
    assert {"eu-west-1"} == {widget["properties"]["region"] for widget in body["widgets"]}
    values = {metric[2]: metric[3] for metric in metrics}
    assert ("orders", "ecr-pipeline-platform-main-Inspect") == (values["PipelineName"], values["ProjectName"])
    rules = [rule["Name"] for rule in reader.here.cloud.inside("events").list_rules()["Rules"]]
    assert values["RuleName"] in rules
    assert image.digest in said(printed, "aws ssm get-parameter-history")
    assert said(printed, "aws ecr describe-images")
    assert "Succeeded" == said(printed, "aws codepipeline list-pipeline-executions").split()[0]
