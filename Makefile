.DEFAULT_GOAL := help
SHELL := /bin/sh

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMPS := $(VENV)/.stamps
UV := $(BIN)/uv
PAGES := src/vestibule/pages/index.html
JS := clients/js/dist/node.js
JS_SOURCES := $(wildcard clients/js/src/*.ts) clients/js/tsconfig.json
PACKAGES := src/vestibule/packages/SHA256SUMS
PACKAGE_SOURCES := $(shell find clients/python/src -type f ! -name '*.pyc') clients/python/pyproject.toml clients/python/README.md clients/js/package.json clients/js/README.md tools/client_packages.py
WEB_SOURCES := $(shell find web/src web/public -type f 2>/dev/null) web/index.html web/package.json web/vite.config.ts web/tsconfig.json

.PHONY: help
help: ## Show this list
	@awk 'BEGIN {FS = ":.*## "} /^##@/ {printf "\n%s\n", substr($$0, 5)} /^[a-z-]+:.*## / {printf "  make %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

##@ Use it
.PHONY: setup run
setup: $(STAMPS)/runtime $(PAGES) $(PACKAGES) ## Install what running needs, build the pages and the client packages (nothing is done twice)

run: setup ## Start Vestibule in development: ARGS="--port 9000" passes options on
	@$(BIN)/vestibule dev $(ARGS)

##@ Work on it
.PHONY: test test-under-load fuzz acceptance check bench faults timing trace audit sbom format docs clean
test: $(STAMPS)/dev $(PAGES) $(PACKAGES) ## Run all tests: the pages' own, SQLite, PostgreSQL, Chromium
	@cd web && npm --silent test
	@sh tools/packages.sh chromium pgbouncer nginx caddy apache2 haproxy lua-socket:/usr/share/lua/5.3/socket/http.lua
	@$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder $(ARGS)

test-under-load: ## Run all tests three times with every core kept busy, and record the result: ARGS=FOLDER for a part, not recorded
	@$(BIN)/python tools/under_load.py $(ARGS)

fuzz: $(STAMPS)/dev $(PAGES) $(PACKAGES) ## Run the property tests with all their examples, of which make test runs an eighth
	@VESTIBULE_TEST_PROFILE=fuzz $(BIN)/python -m pytest -n 2 --dist loadfile -m hypothesis $(ARGS)

acceptance: $(STAMPS)/dev $(PAGES) $(PACKAGES) ## What takes over a minute, with its last result in docs/acceptance: ARGS=install
	@sh tools/packages.sh chromium
	@$(BIN)/python tools/acceptance.py $(ARGS)

check: $(STAMPS)/dev $(PAGES) $(JS) ## Everything but the tests: format, lint, types, import contracts, generated files
	@$(BIN)/ruff format --check -q .
	@$(BIN)/ruff check -q --no-cache .  # what sorts imports looks at folders that no cache knows
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache -q 2>/dev/null || $(BIN)/lint-imports --no-cache
	@$(BIN)/bandit -q -r src -ll -s B608  # B608 is ruff's S608, which knows where statements may be made of our own constants
	@$(BIN)/python tools/generate.py --check
	@$(BIN)/vestibule flows check --shipped >/dev/null || $(BIN)/vestibule flows check --shipped
	@cd web && npm run --silent check
	@cd clients/js && npm run --silent check
	@$(BIN)/python tools/acceptance.py --ages
	@echo "check: all good"

bench: $(STAMPS)/dev $(PAGES) ## Measure start, memory and speed as ratios
	@sh tools/packages.sh wrk
	@sh tools/packages.sh postgresql:/usr/lib/postgresql || echo "Debian's PostgreSQL is left out." >&2
	@$(BIN)/python bench/run.py $(ARGS)

faults: $(STAMPS)/dev $(PAGES) ## Break everything for real and write docs/reliability.md: ARGS=--short for a few rows
	@sh tools/packages.sh nginx haproxy faketime
	@$(BIN)/python -W ignore faults/run.py $(ARGS)

timing: $(STAMPS)/dev $(PAGES) ## Compare the answers about known and unknown accounts, by shape and by time
	@PYTHONPATH=tests:tests/security $(BIN)/python bench/timing.py $(ARGS)

trace: $(STAMPS)/dev ## Show how a request travels through the code: ARGS=login for one journey whole
	@PYTHONPATH=tests:tests/boundary $(BIN)/python -W ignore tools/trace.py $(ARGS)

audit: $(STAMPS)/dev $(STAMPS)/web ## Look up known vulnerabilities of everything that is installed (needs the network)
	@$(BIN)/pip-audit --requirement requirements/runtime.txt --no-deps --disable-pip
	@cd web && npm audit --omit=dev

sbom: $(STAMPS)/dev $(STAMPS)/web ## Write the bill of materials (CycloneDX) to dist/
	@sh tools/sbom.sh

format: $(STAMPS)/dev $(STAMPS)/web ## Format everything
	@$(BIN)/ruff format -q . && $(BIN)/ruff check --fix -q .
	@cd web && npm run --silent format

docs: $(STAMPS)/dev $(STAMPS)/web ## Write the generated files anew
	@$(BIN)/python tools/generate.py
	@cd web && npm run --silent generate

clean: ## Remove everything that was built or installed (your data folder stays)
	rm -rf $(VENV) web/node_modules clients/js/node_modules clients/js/dist src/vestibule/pages src/vestibule/packages .mypy_cache .ruff_cache .pytest_cache .hypothesis dist build

$(UV): requirements/uv.txt
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 or newer is needed (python3)."; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt
	@touch $@

$(STAMPS)/runtime: $(UV) requirements/runtime.txt requirements/build.txt pyproject.toml
	@mkdir -p $(STAMPS)
	@VIRTUAL_ENV=$(VENV) $(UV) pip install --quiet --require-hashes -r requirements/runtime.txt -r requirements/build.txt
	@VIRTUAL_ENV=$(VENV) $(UV) pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(STAMPS)/dev: $(STAMPS)/runtime requirements/dev.txt clients/python/pyproject.toml
	@VIRTUAL_ENV=$(VENV) $(UV) pip install --quiet --require-hashes -r requirements/dev.txt
	@VIRTUAL_ENV=$(VENV) $(UV) pip install --quiet --no-deps --no-build-isolation --editable clients/python
	@touch $@

$(STAMPS)/web: web/package-lock.json
	@mkdir -p $(STAMPS)
	@command -v npm >/dev/null || { echo "Node 20.19 or newer with npm is needed to build the pages."; exit 1; }
	@cd web && npm ci --silent --no-fund --no-audit
	@touch $@

$(PAGES): $(STAMPS)/runtime $(STAMPS)/web $(WEB_SOURCES)
	@cd web && npm run --silent build
	@touch $@

$(STAMPS)/js: clients/js/package-lock.json | $(STAMPS)/web
	@cd clients/js && npm ci --ignore-scripts --silent --no-fund --no-audit
	@touch $@

$(JS): $(STAMPS)/js $(JS_SOURCES)
	@cd clients/js && npm run --silent build
	@touch $@

$(PACKAGES): $(STAMPS)/runtime $(JS) $(PACKAGE_SOURCES)
	@$(BIN)/python tools/client_packages.py
