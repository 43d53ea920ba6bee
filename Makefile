# make up            run Tickcast on this machine    make up ARGS="--port 9000 --gateways 4"
# make test          check everything                make test ARGS="tests/wire -k cursor"
# make newcomer      run the tests that may lack a program without Docker, nginx, Redis, Chromium ...
# make faults        break a running Tickcast in every way, with a referee      make faults SEEDS=1-100
# make clients       read a stream with every client of docs/clients.md, those in Rust and Java too
# make soak          break one for half an hour, at random, under load
# make producers     hand in by twenty producers while publishers are killed: 60 s, 20,000 ticks/s
# make exchanges     read an hour of traffic of each exchange, with all that it may do wrong, in a minute
# make tokens        renew tokens of 10 s by 400 clients, with a judge    make tokens ARGS="--seconds 3600"
# make proxies       try Tickcast behind every proxy of docs/proxies.md that is installed
# make hostile       attack a running Tickcast in every way of docs/security.md, beside clients that must stay exact
# make fuzz          put what no program of ours would write into every door, for ten minutes     make fuzz MINUTES=60
# make lock          pin the dependencies in requirements/*.lock
# make page-bench    measure the page with 10,000 symbols at 10,000 ticks/s for ten minutes      make page-bench MINUTES=1
# make screenshots   draw the pictures in docs/screenshots
# make secrets       make passwords in deploy/secrets, for Kubernetes or docker compose
# make describe      write the API for machines into build: openapi.json and asyncapi.json
# make sbom          list what is in the images, with licences, in build/sbom (needs Docker)
# make certs         make a self-signed certificate for docker compose
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
ARGS ?=

# npm and the programs that it starts find Node on PATH.
NPM := PATH=$(CURDIR)/$(BIN):$$PATH $(BIN)/npm

.PHONY: up test pytest newcomer clients faults soak producers tokens proxies hostile fuzz lint install install-dev lock page-bench screenshots clean secrets
.PHONY: certs sbom exchanges describe

up: install
	@exec $(BIN)/tickcast up $(ARGS)

test: lint pytest

# The tests run in four phases (tests/conftest.py). There are more processes than cores, because most tests
# wait most of the time; tests that measure time run alone. Up to five failed tests of a phase run once more, because
# browsers, containers and servers share two cores; the first failure is shown (make test RERUNS= does without).
# ARGS may choose tests of some phases only: pytest ends a phase without tests with the code 5.
RERUNS ?= --reruns 1 --max-suite-reruns 5 --rerun-show-tracebacks
pytest: install-dev
	@passed=5; for phase in pages others pairs alone; do \
		case $$phase in pages) processes=3;; others) processes=6;; pairs) processes=2;; *) processes=0;; esac; \
		$(BIN)/python -m pytest -n $$processes $(RERUNS) --phase=$$phase $(ARGS); code=$$?; \
		case $$code in 0) passed=0;; 5) ;; *) exit $$code;; esac; \
	done; exit $$passed

# Runs tests as on a machine that has none of the programs that some tests need (tests/newcomer.sh).
newcomer: install-dev
	@sh tests/newcomer.sh $(ARGS)

# The clients in Go, Node and Python are among the tests; those in Rust and Java need a toolchain, and minutes to build.
clients: install-dev
	@CLIENTS=all $(BIN)/python -m pytest tests/clients $(ARGS)

# Every fault by itself, about an hour; or random schedules, from seeds that replay them, half a minute each:
# make faults SEEDS=1-100 OUT=results.jsonl    or ARGS="--each --fault clocks", ARGS=--list, ARGS=--help
# make faults ARGS="--sum results.jsonl more.jsonl" adds up what several runs have written.
SEEDS ?=
OUT ?=
faults: install-dev
	@$(BIN)/python -m tests.faults $(or $(ARGS),$(if $(SEEDS),--seeds $(SEEDS),--each)) $(if $(OUT),--out $(OUT))

soak: install-dev
	@$(BIN)/python -m tests.faults --soak $(or $(MINUTES),30) $(ARGS)

exchanges: install-dev
	@EXCHANGE_SECONDS=$(or $(SECONDS),60) $(BIN)/python -m pytest --timeout 600 -q tests/publisher/sources/exchanges $(ARGS)

producers: install-dev
	@$(BIN)/python -m tests.producers.trial $(ARGS)

# CI has the same with 16 clients for 14 s.
tokens: install-dev
	@$(BIN)/python -m tests.access.trial $(ARGS)

# CI tries three of the proxies, this all that are on PATH (Debian: apt install haproxy apache2 varnish squid lighttpd caddy),
# and a quiet feed for 90 s.
proxies: install-dev
	@PROXIES=all $(BIN)/python -m pytest -rs tests/proxies $(ARGS)

# CI has the same attacks, weaker. Figures count on a quiet machine alone: make hostile ARGS="--attack pipelining"
hostile: install-dev
	@$(BIN)/python -m tests.hostile $(ARGS)

# CI has the same with few examples. A seed that was printed begins again: make fuzz SEED=7 ARGS="-- -k tokens"
SEED ?=
fuzz: install-dev
	@$(BIN)/python -m tests.fuzz --minutes $(or $(MINUTES),10) $(if $(SEED),--seed $(SEED)) $(ARGS)

lint: install-dev
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy

# Prints what the page takes; CI runs a minute of it, and asserts the work instead of the seconds.
page-bench: install-dev
	@PAGE_BENCH_MINUTES=$(or $(MINUTES),10) $(BIN)/python -m pytest -s -n 0 tests/web/test_page_bench.py $(ARGS)

# Draws the pictures of the docs.
screenshots: install-dev
	@SCREENSHOTS=docs/screenshots $(BIN)/python -m pytest -q tests/web/test_screenshots.py

# Stamp files make a second call cheap: nothing is installed twice.
install: $(VENV)/.run $(VENV)/.web
install-dev: $(VENV)/.dev $(VENV)/.web

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Tickcast needs Python 3.11 or newer; say which: make PYTHON=python3.12 up"; exit 1; }
	@echo "making $(VENV)"
	@$(PYTHON) -m venv $(VENV) || { echo "the venv module is missing; on Debian: apt install python3-venv"; exit 1; }

$(VENV)/.run: requirements/run.lock pyproject.toml | $(VENV)/bin/python
	@echo "installing what Tickcast runs on (once)"
	@$(PIP) --require-hashes -r requirements/run.lock
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

# The chart of the page, from npm. All else runs without it, so a failure is no error: the next make tries again.
$(VENV)/.web: requirements/web.lock web/package-lock.json | $(VENV)/.run
	@echo "installing the chart of the page (once)"
	@if $(PIP) --require-hashes -r requirements/web.lock && $(NPM) ci --prefix web \
		--ignore-scripts --no-audit --no-fund --no-update-notifier --fetch-retries=1 --loglevel=error >/dev/null; \
	then touch $@; else echo "the page will have no chart: npm cannot reach its registry; set one up" \
		"(npm config set registry URL, or proxy URL), and run: make install"; fi

$(VENV)/.dev: requirements/dev.lock $(VENV)/.run
	@echo "installing what the tests need (once)"
	@$(PIP) --require-hashes -r requirements/dev.lock
	@touch $@

# One set of versions for every lock: dev is compiled under the constraints of run. works-with holds clients that the
# tests run in a venv of their own (tests/support/works_with.py), for they need packages that nobody maintains; go
# holds a Go for CI, where Debian's is too old.
LOCK := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --custom-compile-command "make lock"
lock:
	$(LOCK) pyproject.toml --extra up requirements/build.in -o requirements/run.lock
	$(LOCK) --group web -o requirements/web.lock
	$(LOCK) pyproject.toml --extra up --group dev -c requirements/run.lock -c requirements/web.lock -o requirements/dev.lock
	$(LOCK) pyproject.toml --extra gateway --extra auth requirements/build.in -c requirements/run.lock -o requirements/gateway.lock
	$(LOCK) pyproject.toml --extra publisher --extra auth --extra exchanges requirements/build.in -c requirements/run.lock -c requirements/dev.lock -o requirements/publisher.lock
	$(LOCK) requirements/works-with.in -c requirements/dev.lock -o requirements/works-with.lock
	$(LOCK) requirements/go.in -o requirements/go.lock

# `docker compose up` takes these, or makes its own.
secrets:
	@sh deploy/secrets/make.sh

describe: install
	@mkdir -p build && $(BIN)/python -m tickcast.gateway.http.described build

sbom:
	@sh deploy/sbom/make.sh build/sbom

certs:
	@sh deploy/certs/make.sh

clean:
	rm -rf $(VENV) web/node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis
