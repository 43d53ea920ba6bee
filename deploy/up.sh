#!/bin/sh
# Brings up the cluster with Docker Compose and waits until it serves. First it looks whether this machine is ready for
# it: what is missing is said in one line, with what to do, before anything starts.
#
#   deploy/up.sh
#   deploy/up.sh -f docker-compose.yml -f deploy/compose.replay.yml
#
# All arguments go to `docker compose`: files and profiles, as for deploy/rollout.sh.
set -eu

stop() {
    echo "up: $1" >&2
    exit 1
}

# Tells whether something listens. Without a program that can look, Compose finds out by itself, only later.
taken() {
    if command -v curl >/dev/null; then
        # Only whether somebody takes the connection matters, not what is answered.
        [ "$(curl --silent --output /dev/null --globoff --noproxy '*' --max-time 2 \
            --write-out '%{num_connects}' "http://$1:$2/")" = 1 ]
    elif command -v python3 >/dev/null; then
        python3 -c 'import socket, sys; socket.create_connection((sys.argv[1], int(sys.argv[2])), 2)' \
            "$1" "$2" 2>/dev/null
    else
        false
    fi
}

# Prints service, address and port of each port that is published.
published() {
    printf '%s\n' "$config" | awk '
        /^[a-z]/ { inside = ($1 == "services:") }
        inside && /^  [^ ]+:$/ { service = $1; sub(":", "", service) }
        inside && $1 == "-" && $2 == "mode:" { address = "0.0.0.0" }
        inside && $1 == "host_ip:" { address = $2 }
        inside && $1 == "published:" { gsub("\"", "", $2); print service, address, $2 }'
}

command -v docker >/dev/null ||
    stop "no Docker here: install it (https://docs.docker.com/engine/install), or run \`make up\`, which needs Python alone"

docker compose version >/dev/null 2>&1 ||
    stop "Docker has no Compose plugin: install it (https://docs.docker.com/compose/install), or run \`make up\`"

if ! said=$(docker version --format '{{.Server.Version}}' 2>&1 >/dev/null); then
    case $said in
    *"permission denied"*) stop "you may not use Docker: join the group docker and log in again, or use sudo" ;;
    *) stop "Docker is installed but does not answer${DOCKER_HOST:+ at $DOCKER_HOST}: start it (\`sudo systemctl start docker\`, or Docker Desktop)" ;;
    esac
fi

config=$(docker compose "$@" config) || stop "Compose does not take these files or settings: the line above says why"
project=$(printf '%s\n' "$config" | sed -n 's/^name: //p')

published | while read -r service address port; do
    # What this cluster itself has published is no obstacle.
    [ -z "$(docker ps --quiet --filter "label=com.docker.compose.project=$project" --filter "publish=$port")" ] || continue
    case $address in
    0.0.0.0) address=127.0.0.1 ;;
    *:*) address="[$address]" ;;
    esac
    taken "$address" "$port" || continue
    case $service in
    nginx) name=TICKCAST_HTTP_PORT ;;
    nginx-tls) name=TICKCAST_HTTPS_PORT ;;
    *) name=TICKCAST_$(echo "$service" | tr 'a-z-' 'A-Z_')_PORT ;;
    esac
    # A free port nearby, to begin with; none where nothing can be told of the address.
    other=$((port + 1))
    while [ "$other" -lt $((port + 10)) ] && [ "$other" -le 65535 ] && taken "$address" "$other"; do other=$((other + 1)); done
    [ "$other" -lt $((port + 10)) ] && [ "$other" -le 65535 ] || other=PORT
    stop "port $port of $address is taken: end what listens there, or take another port: $name=$other deploy/up.sh${*:+ $*}"
done

docker compose "$@" up --wait
published | while read -r service address port; do
    echo "up: $service answers at $address:$port"
done
