"""Destinations of deployers: each module has DESTINATIONS, by the name of the deployer's template."""
