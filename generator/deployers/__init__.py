"""The resources of a stage at its destination: the templates deployer-<target>."""
