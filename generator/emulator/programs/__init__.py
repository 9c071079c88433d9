"""Programs that builds find beside those of this machine: aws, docker, kubectl, jq."""
