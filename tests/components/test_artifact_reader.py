"""Reading the artifacts of a pipeline of another stack."""

from __future__ import annotations

from troposphere import encode_to_dict

from generator.components.artifact_reader import fetch_artifacts_of_pipeline
from generator.components.platform import import_platform
from generator.model.template import new_template


def test_only_the_artifacts_of_the_named_pipeline_are_read() -> None:
    """Objects under its name in the platform's bucket, and nothing is written."""
    template = new_template("Test")
    grants = fetch_artifacts_of_pipeline(template, import_platform(template))
    statements = {grant.sid: encode_to_dict(grant.statement()) for grant in grants}
    assert {"FindArtifacts", "FetchArtifacts", "DecryptArtifacts"} == statements.keys()
    assert "${Bucket}/${PipelineName}/*" in str(statements["FetchArtifacts"]["Resource"])
    assert "Put" not in str(statements)
    assert "PipelineName" in template.parameters
