# Two commands are all you need: `make demo` and `make test`. Each sets itself up from nothing.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: demo recording demo-readonly-browser lab lab-zones test test-consoles test-crash test-long check clients docs lock record-powershell bench clean

# tests wait for servers more than they compute
WORKERS ?= $(shell cores=$$(nproc 2>/dev/null || echo 2); echo $$((cores < 4 ? 3 * cores : cores)))
PYTEST = $(BIN)/python -m pytest -q -n $(WORKERS) --dist worksteal

demo: $(READY)  ## A local lab: plan, apply, no changes, a change by hand, drift, heal, a rotated secret
	@PYTHONPATH=examples $(BIN)/python -m lab.demo

demo-readonly-browser: $(READY)  ## A page tries every way to send while it is only read: in an ordinary browser, and in ours
	@PYTHONPATH=examples $(BIN)/python -m lab.demo.readonly_browser

recording: $(READY)  ## docs/demo.svg: the demo as README shows it
	@$(BIN)/python docs/recording.py

lab: $(READY)  ## The same lab, up until Ctrl-C: try plan, verify and apply yourself
	@PYTHONPATH=examples $(BIN)/python -m lab.demo.up

lab-zones: $(READY)  ## Two networks that do not see each other, a broker, a worker in each: zones, plan, apply, verify
	@PYTHONPATH=examples $(BIN)/python -m lab.zones

test: $(READY)  ## All tests, but for the long ones below
	@$(PYTEST) -m "not consoles and not crash and not long"

# where the long ones are: to collect all tests takes half a minute of each worker
LONG := tests/clients tests/conformance tests/contract tests/crash tests/faults tests/platforms tests/security_lines tests/cli/test_canary.py tests/engine/zone/test_broker.py tests/cli/start/test_init_platform.py

test-consoles: $(READY)  ## Whole runs through consoles in a real browser
	@$(PYTEST) -m consoles $(LONG)

test-crash: $(READY)  ## An apply killed before each of its writes, and a network that fails in every way
	@$(PYTEST) -m crash $(LONG)

test-long: $(READY)  ## Both, each program that reads what we write, and each security line broken once
	@$(PYTEST) -m "consoles or crash or long" $(LONG)

check: $(READY)  ## Style, types, layers, our own schemas and workflows
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@PYTHONPATH=. $(BIN)/lint-imports
	@$(BIN)/check-jsonschema --check-metaschema schemas/*.json schemas/platforms/*.json
	@$(BIN)/check-jsonschema --schemafile schemas/target.schema.json $(filter-out %/environment.yaml,$(wildcard environments/*/*.yaml))
	@$(BIN)/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml
	@$(BIN)/check-jsonschema --builtin-schema vendor.github-actions action.yml
	@$(BIN)/zizmor --offline --quiet action.yml .github/workflows

docs: $(READY)  ## Draw and tabulate anew what pages show of the code; a test fails when that is stale
	@$(BIN)/python docs/architecture.py
	@$(BIN)/python docs/settings_tables.py
	@$(BIN)/reconciler checks --format markdown >docs/checks.md.new && mv docs/checks.md.new docs/checks.md
	@$(BIN)/python docs/page_map_tables.py
	@$(BIN)/python docs/rules_page.py
	@$(BIN)/python docs/commands_page.py
	@$(BIN)/python docs/clients_page.py
	@$(BIN)/python docs/relay_shapes.py
	@$(BIN)/python docs/target_schema.py
	@$(BIN)/python docs/schema_page.py

bench: $(READY)  ## The numbers, side by side with peers
	@missed=0; for one in run handshake predict report admin_page powershell; do $(BIN)/python benchmarks/$$one.py || missed=1; done; exit $$missed

clients: $(READY)  ## The real mail clients (.ci/clients brings them) against relays of all shapes: says what changed, and keeps it
	@PYTHONPATH=.:examples:tests $(BIN)/python -m clients
	@$(BIN)/python docs/relay_shapes.py

record-powershell: $(READY)  ## Run each PowerShell script by a real PowerShell (RECONCILER_PWSH, or pwsh on PATH), and keep what it said
	@PYTHONPATH=examples:tests $(BIN)/python -m support.powershell_engine

# what users and releases get is what was tested
COMPILE = $(BIN)/pip-compile --quiet --strip-extras --generate-hashes --no-emit-index-url --no-emit-find-links --no-header \
  --allow-unsafe --constraint requirements/dev.txt

lock: $(READY)  ## Renew the locked versions
	@$(BIN)/pip-compile --quiet --strip-extras --generate-hashes --no-emit-index-url --no-emit-find-links --no-header \
	  --extra dev --allow-unsafe --output-file requirements/dev.txt pyproject.toml
	@$(COMPILE) --extra windows --extra browser --extra celery --output-file requirements/run.txt pyproject.toml
	@$(COMPILE) --output-file requirements/build.txt requirements/build.in
	@$(COMPILE) --output-file requirements/release.txt requirements/release.in
	@$(COMPILE) --output-file requirements/docs.txt requirements/docs.in

$(READY): requirements/dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "reconciler needs Python 3.11 or newer; name it: make PYTHON=python3.12 …"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "the venv module is missing; on Debian: apt-get install python3-venv"; exit 1; }
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

clean:
	rm -rf $(VENV) .demo .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
