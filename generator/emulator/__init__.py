"""The parts of AWS that the published templates need, on this machine: moto's services behind our own CloudFormation.

It needs the packages of the extra `try`, so that nothing but `ecr-pipeline try` and the tests imports it.
"""

from __future__ import annotations

import functools
import os

from botocore import loaders

# moto opens many sessions of botocore, and each reads the models of its services: 200 ms for EC2 alone. They are files
# that do not change.
loaders.create_loader = functools.cache(loaders.create_loader)
# EC2's machine images. moto's own list costs a tenth of the time of a trial. https://docs.getmoto.org/en/latest/docs/services/ec2.html
os.environ["MOTO_AMIS_PATH"] = os.path.join(os.path.dirname(__file__), "machine_images.json")  # noqa: PTH118, PTH120
