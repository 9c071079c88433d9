"""AWS on this machine, as far as the published templates need it: moto's services behind our own CloudFormation.

It needs the packages of the extra `try`, so that nothing but `ecr-pipeline try` and the tests imports it.
"""

from __future__ import annotations

import functools

from botocore import loaders

# moto makes a session of botocore where it needs one, and each would read the same service models again: two hundred
# milliseconds for EC2 alone.
loaders.create_loader = functools.cache(loaders.create_loader)
