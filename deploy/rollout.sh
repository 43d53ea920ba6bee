#!/bin/sh
# Replaces every gateway and every publisher by one of the newest image, one at a time. No client loses a tick, and
# prices stand still for less than a second. Before that, each Redis takes the new list of users; one that was started
# by a version that lets nobody load it is replaced, and prices are stale for some seconds.
#
#   docker compose build && deploy/rollout.sh
#   deploy/rollout.sh publisher                              publishers alone; or gateway
#   TICKCAST_VERSION=0.1.0 deploy/rollout.sh back            to images of an older version, which are still there
#   deploy/rollout.sh -f docker-compose.yml -f deploy/compose.sentinel.yml --profile observability
#
# All other arguments go to `docker compose`: name the files and profiles that `docker compose up` was given.
set -eu
case "${1:-}" in
gateway | publisher)
    services=$1
    shift
    ;;
# The way back: publishers first, because older gateways need not be able to read what newer publishers write.
back)
    services="publisher gateway"
    shift
    ;;
# Gateways first: they must be able to read what new publishers write.
*) services="gateway publisher" ;;
esac

# Waits until a new container is ready, 3 minutes at most. It does not ask the others, as `up --wait` does: a container
# that is sick is one more reason to replace it.
ready() {
    left=180
    while [ "$left" -gt 0 ]; do
        left=$((left - 1))
        case $(docker inspect --format '{{.State.Status}} {{.State.Health.Status}}' "$1") in
        "running healthy") return ;;
        "running starting") sleep 1 ;;
        *) break ;;
        esac
    done
    echo "rollout: the new container $1 is not ready; docker logs $1 says why. Old ones that were not replaced yet run on" >&2
    exit 1
}

# Prints the id of a container that does not lead, of those named; the leader, if there is no other.
least() {
    for container in "$@"; do
        if ! docker exec "$container" python -c "$leads" 2>/dev/null; then
            echo "$container"
            return
        fi
    done
    echo "$1"
}
leads='
from urllib.request import urlopen
lines = urlopen("http://127.0.0.1:9100/metrics", timeout=2).read().decode().splitlines()
values = dict(line.split() for line in lines if not line.startswith("#") and line.count(" ") == 1)
raise SystemExit(float(values["tickcast_publisher_leader"]) == 0)
'

# Before anything changes: an image of that version is here, or comes from a registry.
for image in $(docker compose "$@" config --images $services); do
    if ! docker image inspect "$image" >/dev/null 2>&1 && ! docker pull --quiet "$image" >/dev/null 2>&1; then
        echo "rollout: no image $image here, and none can be pulled; build it, or set another TICKCAST_VERSION" >&2
        exit 1
    fi
done

# A newer version may need passwords and rights that an older one did not.
docker compose "$@" run --rm --no-deps -T prepare >/dev/null

load='REDISCLI_AUTH=$(cat /run/secrets/redis/redis_password) redis-cli -e --user server --no-auth-warning acl load'
for redis in $(docker compose "$@" config --services | grep '^redis' || true); do
    for container in $(docker compose "$@" ps --quiet "$redis"); do
        if answer=$(docker exec "$container" sh -c "$load" 2>&1); then continue; fi
        case $answer in
        *NOPERM* | *NOAUTH* | *WRONGPASS*)
            # It reads the list when it starts, and saves its data when it stops.
            echo "rollout: replacing $redis, whose users may not load the new list of users" >&2
            docker compose "$@" up --detach --no-build --no-deps --force-recreate --wait "$redis"
            ;;
        *)
            echo "rollout: $redis did not load the new list of users: $answer" >&2
            exit 1
            ;;
        esac
    done
done

for service in $services; do
    old=$(docker compose "$@" ps --quiet "$service")
    if [ -z "$old" ]; then
        echo "rollout: no $service is running; start it with docker compose up" >&2
        exit 1
    fi
    # A container that has ended would be started again, in place of a new one.
    docker compose "$@" rm --force "$service" >/dev/null
    count=$(echo "$old" | wc -l)
    while [ -n "$old" ]; do
        before=$(docker compose "$@" ps --quiet "$service")
        # The new container is ready before an old one stops, so that a single one can be replaced too.
        docker compose "$@" up --detach --no-build --no-deps --no-recreate --scale "$service=$((count + 1))" "$service"
        for container in $(docker compose "$@" ps --all --quiet "$service" | grep -vxF "$before"); do
            ready "$container"
        done
        case $service in
        # Standbys first: then the last to stop, the leader, hands over to a publisher that stays.
        publisher) container=$(least $old) ;;
        *) container=$(echo "$old" | head -n 1) ;;
        esac
        docker stop "$container" >/dev/null
        docker rm "$container" >/dev/null
        old=$(echo "$old" | grep -v "$container" || true)
    done
done
