"""CloudFormation templates of pipelines that start at a push to Amazon ECR."""

from __future__ import annotations

__version__ = "0.1.0"
