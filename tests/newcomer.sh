#!/bin/sh
# Runs tests as on the machine of a newcomer: Python, git, make and the usual commands are on PATH, and nothing else.
# No Docker engine answers, and CI is not set. A test that lacks a program must be skipped by name, and never fail.
#
#   tests/newcomer.sh               runs the tests named below, in every phase
#   tests/newcomer.sh tests/web     runs other tests
#
# The list has every test that may lack a program (tests/test_project.py checks that); of the matrix of clients, which
# asks for its programs in one place, one scenario stands for all. It also has the tests of wire/
# and publisher/: if the search for a program leaves a socket or a process open, the next test fails. Failed tests do
# not run once more: such a failure would not come again.
set -eu
cd "$(dirname "$0")/.."
tests="tests/gateway/http/test_asyncapi.py tests/wire tests/publisher tests/deploy tests/cluster tests/web tests/proxies tests/bench/rivals
tests/bench/test_balancer.py tests/faults/test_runs_with_clocks.py tests/gateway/test_feeds.py tests/cli/test_feeds.py tests/cli/test_access_docs.py
tests/producers tests/cli/test_producers.py tests/cli/doctor tests/cli/conform tests/cli/test_trust.py tests/client/test_server.py tests/hostile/test_pipelining.py
tests/gateway/test_promptness.py tests/clients/test_snapshot.py tests/clients/test_react_native.py tests/clients/test_readers_docs.py tests/examples tests/newuser tests/cli/test_end_to_end.py tests/docs tests/test_project.py tests/test_lacking.py"
[ $# -eq 0 ] || tests="$*"

bare=$(mktemp -d)
trap 'rm -rf "$bare"' EXIT
# A signal ends the shell without the EXIT trap, so turn it into an exit.
trap 'exit 130' INT
trap 'exit 143' TERM
for program in make git sh env awk basename cat chmod chown cp cut date dirname expr find grep head id ln ls mkdir \
    mktemp mv nproc od ps pwd rm rmdir sed sha256sum sleep sort stat tail tee test touch tr true uname wc which xargs
do
    if path=$(command -v "$program") && [ -x "$path" ]; then ln -s "$path" "$bare/$program"; fi
done
ln -s "$(.venv/bin/python -c 'import sys; print(sys._base_executable)')" "$bare/python3"

# The list is meant to be split into words. CI must not be set in the environment of the tests.
# shellcheck disable=SC2086
env -u CI PATH="$bare" DOCKER_HOST=unix:///nowhere/docker.sock RECORDINGS=/nowhere KAFKA_HOME=/nowhere \
    make --no-print-directory pytest RERUNS= ARGS="$(echo $tests)"
