"""The resources that a stage needs at its destination: a template for each target with a deployer, one stack per stage.

The owner of the cluster or the function can own it, in a separate network. A pipeline's template would have no room for
it: 51,200 bytes.
"""

from __future__ import annotations

from collections.abc import Callable

from troposphere import Template

from generator.targets import targets

TEMPLATES: dict[str, Callable[[], Template]] = {f"deployer-{t.name}": t.deployer for t in targets() if t.deployer}
