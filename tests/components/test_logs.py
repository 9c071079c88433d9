"""How long logs are kept."""

from __future__ import annotations

from generator.checks.lint import schemas
from generator.components.logs import RETENTION_DAYS, add_log_retention
from generator.model.template import new_template


def test_cloudwatch_takes_every_choice() -> None:
    """The numbers of days are among those of the service."""
    schema = schemas().get_resource_schema("us-east-1", "AWS::Logs::LogGroup").schema
    assert {int(days) for days in RETENTION_DAYS} <= set(schema["properties"]["RetentionInDays"]["enum"])
    template = new_template("Test")
    add_log_retention(template, "Logs")
    assert "30" == template.parameters["LogRetentionDays"].to_dict()["Default"]
