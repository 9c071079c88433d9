#!/bin/bash
# Runs on each instance as root, at three events of a deployment. The container gets the image by its digest, so a
# deployment of an earlier revision, which is how CodeDeploy rolls back, brings the earlier image back.
# https://docs.aws.amazon.com/codedeploy/latest/userguide/reference-appspec-file-structure-hooks.html
set -Eeuo pipefail
# Messages are ASCII in every locale.
export LC_ALL=C
die() {
  echo "$LIFECYCLE_EVENT: $1" >&2
  exit 1
}
trap 'die "line $LINENO failed, see above"' ERR
# The agent starts scripts in another folder, and has this one in the path of the script.
cd "$(dirname "$0")"
image=$(<image)
container=$(<container)
url=$(<url)
seconds=$(<seconds)
mapfile -t options <options

# The old container runs while the image is pulled. An image that is on the instance is not pulled again, so that
# a rollback needs no registry.
pull() {
  local registry=${image%%/*}
  if docker image inspect "$image" >/dev/null 2>&1; then
    echo "$image is on this instance"
    return
  fi
  # The password stays on the instance no longer than the pull.
  DOCKER_CONFIG=$(mktemp -d)
  export DOCKER_CONFIG
  trap 'rm -rf "$DOCKER_CONFIG"' EXIT
  # The fourth part of the host name of the registry is the region.
  aws ecr get-login-password --region "$(cut -d . -f 4 <<<"$registry")" |
    docker login --username AWS --password-stdin "$registry" >/dev/null ||
    die "no login to $registry. Attach the policy InstancePolicyArn to the role of the instance, and check its network"
  docker pull --quiet "$image" ||
    die "$image cannot be pulled. Attach the policy InstancePolicyArn to the role of the instance, and check its network"
}

start() {
  if docker container inspect "$container" >/dev/null 2>&1; then
    docker container stop "$container" >/dev/null
    docker container rm "$container" >/dev/null
  fi
  # An empty list is an unset variable for the bash of Amazon Linux 2.
  docker run --detach --name "$container" --restart unless-stopped ${options[@]+"${options[@]}"} "$image" >/dev/null ||
    die "$container does not start. Check DockerOptions of the deployer"
}

answers() {
  [[ -z $url ]] || curl --silent --show-error --fail --max-time 5 --output /dev/null "$url"
}

# Three sound readings in a row. A container without a health check is sound while it runs and was not started again.
validate() {
  local id runs from status health restarts same=0 tries=$((seconds / 5))
  id=$(docker image inspect --format '{{.Id}}' "$image")
  # An address that does not answer takes five seconds a reading, and the agent ends a script after an hour.
  while ((tries-- > 0 && SECONDS < seconds)); do
    sleep 5
    read -r runs from status health restarts <<<"$(docker container inspect --format "$(
    )"'{{.Image}} {{.Config.Image}} {{.State.Status}} '"$(
    )"'{{if .State.Health}}{{.State.Health.Status}}{{else}}none{{end}} {{.RestartCount}}' "$container")"
    [[ $runs == "$id" && $from == "$image" ]] || die "$container runs $from, not $image"
    if [[ $status == running && $health =~ ^(healthy|none)$ && $restarts == 0 ]] && answers; then
      same=$((same + 1))
    else
      same=0
    fi
    if ((same == 3)); then
      echo "$container runs $image"
      return
    fi
  done
  docker container logs --tail 20 "$container" >&2
  die "after $seconds seconds $container is $status, health $health, started again $restarts times${url:+, or $url fails}"
}

case $LIFECYCLE_EVENT in
  BeforeInstall) pull ;;
  ApplicationStart) start ;;
  ValidateService) validate ;;
  *) die "this script has nothing to do at this event" ;;
esac
