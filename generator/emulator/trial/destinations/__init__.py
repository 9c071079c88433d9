"""What deployers deploy to: each module gives DESTINATIONS, by the name of the deployer's template."""
