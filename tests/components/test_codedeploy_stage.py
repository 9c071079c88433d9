"""The stage that CodeDeploy deploys, as its targets use it."""

from __future__ import annotations

import re

from troposphere import Ref, encode_to_dict

from generator.components.codedeploy_stage import codedeploy_stage, deployer_by_codedeploy
from generator.components.stage_parameters import Place

STAGE = codedeploy_stage(Place("Staging", Ref("StagingDeployer"), "DeployStaging"))


def test_one_parameter_names_application_group_and_function() -> None:
    """In this order, and a deployment configuration where the group has its own."""
    plain, own = (deployer_by_codedeploy("deployer-x", "", own_config=own).pattern for own in (False, True))
    assert re.fullmatch(plain, "a-Application-1/a-Group-1/a-Function-1")
    assert not re.fullmatch(plain, "a-Application-1/a-Group-1/a-Function-1/a-Config-1")
    assert re.fullmatch(own, "a-Application-1/a-Group-1/a-Function-1/CodeDeployDefault.OneAtATime")
    assert not re.fullmatch(own, "a-Application-1/a-Group-1/a-Function-1")
    parts = [encode_to_dict(each)["Fn::Select"][0] for each in (STAGE.application, STAGE.group, STAGE.function)]
    assert [0, 1, 2] == parts


def test_the_function_is_called_before_and_after_the_deployment() -> None:
    """It makes the artifact that is deployed, and verifies last."""
    made, verified = STAGE.make("IMAGE", "staging"), STAGE.verify("IMAGE", inputs=("staging",), namespace="Verified")
    assert (1, 3) == (made.RunOrder, verified.RunOrder)
    assert ('{"image": "IMAGE"}', '{"runs": "IMAGE"}') == tuple(
        each.Configuration["UserParameters"] for each in (made, verified)
    )
    assert made.OutputArtifacts[0].Name == verified.InputArtifacts[0].Name == "staging"


def test_the_pipeline_reaches_one_group_and_one_application() -> None:
    """Both are named by the parameter of the stage."""
    grants = {grant.sid: grant for grant in STAGE.grants()}
    assert {"ReviseStaging", "SeeFunctions", "DeployStaging", "RegisterStaging"} == grants.keys()
    for sid in ("DeployStaging", "RegisterStaging"):
        assert "StagingDeployer" in str(encode_to_dict(grants[sid].statement()))
