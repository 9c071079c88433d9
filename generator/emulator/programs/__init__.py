"""Programs for builds, in addition to those of this machine: aws, docker, kubectl, jq."""
