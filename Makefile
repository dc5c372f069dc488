# Tieline's commands. `make demo` and `make test` need Python 3.11, make and python3-venv; nothing else.
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.PHONY: help demo test lint format test-production test-browser test-official fuzz chaos functions contracts bench pictures readme clean

PYTHON ?= python3
UV_VERSION := 0.13.8
BIN := .venv/bin
# Browser journeys and the long promises have targets of their own; each is run by .ci/run.
QUICK := not production and not browser and not official and not chaos
# Rooms whose tests use neither a database nor a queue: `make test` has run them.
PURE := architecture conformance connectors functions project sandbox
# The quick tests wait for servers half of their time: a worker more than there are cores.
WORKERS := $(shell echo $$(($$(getconf _NPROCESSORS_ONLN) + 1)))
export UV_PYTHON_DOWNLOADS := never
export UV_LINK_MODE := copy

help: ## What there is
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 18

.make/uv/bin/uv:
	$(PYTHON) -m venv .make/uv
	.make/uv/bin/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)

.venv/.ready: .make/uv/bin/uv uv.lock
	.make/uv/bin/uv sync --quiet --locked --python $(PYTHON)
	@touch $@

.venv/.browser: .venv/.ready
	.make/uv/bin/uv sync --quiet --locked --python $(PYTHON) --group browser
	@touch $@

demo: .venv/.ready ## Everything set up and running at one printed address; Ctrl-C stops it, the data stay
	@exec $(BIN)/python manage.py demo

test: .venv/.ready lint ## Lint, types, layers and the whole quick suite
	$(BIN)/pytest -n $(WORKERS) -m "$(QUICK)"

lint: .venv/.ready ## Style, types, layers, migrations
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy .
	$(BIN)/lint-imports
	$(BIN)/python manage.py makemigrations --check --dry-run

format: .venv/.ready ## Put the code into shape
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

test-production: .venv/.ready ## What uses a database or a queue, on PostgreSQL and a Redis server
	tests/production.sh $(BIN)/pytest -n $(WORKERS) -m "not browser and not official and not chaos" \
	    $(addprefix --ignore=tests/,$(PURE))

test-browser: .venv/.browser ## The journeys, in Chromium
	$(BIN)/pytest -m browser

test-official: .venv/.ready ## The platforms' published clients, and a real server where there is one
	$(BIN)/pytest -m official

fuzz: .venv/.ready ## Wrong requests to every sandbox platform, a minute each, from a new seed
	TIELINE_FUZZ_SECONDS=60 TIELINE_FUZZ_SEED=$(or $(TIELINE_FUZZ_SEED),$$RANDOM) $(BIN)/pytest -n auto -m fuzz

chaos: .venv/.ready ## Workers killed at twenty random points
	$(BIN)/pytest -m chaos

functions: .venv/.ready ## Every platform function proved by a test, and twenty methods broken: the tests must notice
	$(BIN)/python -m tests.functions.report

contracts: .venv/.ready ## The contract test of every connector, and its outcome written down beside it
	$(BIN)/python -m tests.conformance.record

bench: .venv/.ready ## Ratios against a bare limit or a peer: `name ratio bound ok|short`
	$(BIN)/python -m tests.benchmarks.bench

pictures: .venv/.browser ## The README's screenshots, made anew
	mkdir -p tests/browser/pictures && TIELINE_PICTURES=1 $(BIN)/pytest -m browser tests/browser/test_pictures.py

readme: .venv/.ready ## The README's generated tables, made anew
	$(BIN)/python -m tests.readme

clean: ## The environment and caches go; the demo's data stay
	rm -rf .venv .make .mypy_cache .ruff_cache .pytest_cache .hypothesis
