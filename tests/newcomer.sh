#!/bin/sh
# Runs tests as a newcomer has them: Python, git, make and the usual commands are on PATH, and nothing else. No
# Docker engine answers, and CI is not set. What a test lacks must skip it by name; a test that fails is red.
#
#   tests/newcomer.sh               the tests named below, in every phase
#   tests/newcomer.sh tests/web     others
#
# Chosen are the tests that may lack something (tests/test_project.py holds them to this list), and with them
# those of wire/ and publisher/, in which a socket or a process that was left open by a look for a program shows:
# it is an error of whatever test comes next. Nothing is run twice for that reason: it would pass.
set -eu
cd "$(dirname "$0")/.."
tests="tests/wire tests/publisher tests/deploy tests/cluster tests/web tests/bench/rivals
tests/bench/test_balancer.py tests/gateway/test_promptness.py tests/cli/test_end_to_end.py tests/test_project.py tests/test_lacking.py"
[ $# -eq 0 ] || tests="$*"

bare=$(mktemp -d)
trap 'rm -rf "$bare"' EXIT
# A shell that a signal ends does not call it an exit.
trap 'exit 130' INT
trap 'exit 143' TERM
for program in make git sh env awk basename cat chmod chown cp cut date dirname expr find grep head id ln ls mkdir \
    mktemp mv nproc od ps pwd rm rmdir sed sha256sum sleep sort stat tail tee test touch tr true uname wc which xargs
do
    if path=$(command -v "$program") && [ -x "$path" ]; then ln -s "$path" "$bare/$program"; fi
done
ln -s "$(.venv/bin/python -c 'import sys; print(sys._base_executable)')" "$bare/python3"

# Words are meant to be split; nothing of CI may be set in the environment that goes on.
# shellcheck disable=SC2086
env -u CI PATH="$bare" DOCKER_HOST=unix:///nowhere/docker.sock RECORDINGS=/nowhere \
    make --no-print-directory pytest RERUNS= ARGS="$(echo $tests)"
