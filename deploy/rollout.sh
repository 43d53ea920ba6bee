#!/bin/sh
# Replaces every gateway by a gateway of the newest image, one at a time: the old gateway drains and stops, and the
# new gateway is ready before the next drain begins. No client loses a tick.
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
