#!/bin/sh
# Replaces every gateway by one of the newest image, one at a time: each drains, goes, and its
# successor is ready before the next one drains. Nobody loses a tick.
#
#   docker compose build && deploy/rollout.sh
set -eu
gateways=$(docker compose ps --quiet gateway)
count=$(echo "$gateways" | wc -l)
for gateway in $gateways; do
    docker stop "$gateway" >/dev/null
    docker rm "$gateway" >/dev/null
    docker compose up --detach --no-deps --no-recreate --wait --scale gateway="$((count))" gateway
done
