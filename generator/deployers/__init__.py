"""What a stage needs where it deploys to: the templates deployer-<target>."""
