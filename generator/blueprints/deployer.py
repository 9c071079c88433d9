"""What a stage needs where it deploys to: a template of its own for each target that has one, deployed once a stage.

The owner of the cluster or the function can own it, in a network of its own; and a pipeline has 51,200 bytes.
"""

from __future__ import annotations

from collections.abc import Callable

from troposphere import Template

from generator.targets import targets

TEMPLATES: dict[str, Callable[[], Template]] = {f"deployer-{t.name}": t.deployer for t in targets() if t.deployer}
