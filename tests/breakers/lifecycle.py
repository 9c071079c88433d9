"""Breakers of the promises in tests/promises/lifecycle.py."""

from __future__ import annotations

import json

from tests.breakers import breaks
from tests.promises import lifecycle
from tests.rendered import Rendered


@breaks(lifecycle.no_lifecycle_rule_takes_a_running_image)
def a_repository_keeps_ten_images_whatever_runs(template: Rendered) -> None:
    rule = {
        "rulePriority": 1,
        "selection": {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 10},
        "action": {"type": "expire"},
    }
    template["Resources"]["Images"] = {
        "Type": "AWS::ECR::Repository",
        "Properties": {"LifecyclePolicy": {"LifecyclePolicyText": json.dumps({"rules": [rule]})}},
    }
