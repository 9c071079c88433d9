"""Everything that runs: pipelines, builds, functions, state machines, deployments."""
