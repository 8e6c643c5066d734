# `make run` and `make test` do all of their own set-up; nothing else needs to be installed first
# but Python 3.11. `make help` lists the rest.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
RIGHT_PYTHON := import sys; sys.exit(sys.version_info[:2] != (3, 11))
VENV   := .venv
PY     := $(VENV)/bin/python
DATA   := data/Base_de_datos.csv
# How many checks or tests run at a time.
PARALLEL := 2

.PHONY: help run test lint lint-style lint-types lint-pylint unit stress format train data benchmarks lock clean

help:
	@printf '%s\n' \
	  'make run          entrena si no hay modelo y levanta la API y el dashboard (ONCE=1: comprueba y termina)' \
	  'make train        entrena y publica' \
	  'make test         estilo, tipos, arquitectura y pruebas con cobertura' \
	  'make lint, unit   cada mitad de make test (PARALLEL=2: cuántas comprobaciones a la vez)' \
	  'make stress       las pruebas de resistencia completas (una hora; pide PostgreSQL y ser root)' \
	  'make format       da formato al código' \
	  'make data         genera de nuevo data/Base_de_datos.csv' \
	  'make benchmarks   mediciones' \
	  'make lock         recalcula los requirements*.txt' \
	  'make clean        borra el entorno y los archivos intermedios'

# A stamp is made after its requirements are installed and is older than them when they change.
$(VENV)/.made:
	@$(PYTHON) -c '$(RIGHT_PYTHON)' || { echo 'Se necesita Python 3.11 (PYTHON=/ruta/a/python3.11).' >&2; exit 1; }
	rm -rf $(VENV)
	$(PYTHON) -m venv $(VENV)
	$(PY) -m pip --version
	@touch $@

$(VENV)/.installed: requirements.txt $(VENV)/.made
	$(PY) -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

$(VENV)/.installed-dev: requirements-dev.txt $(VENV)/.installed
	$(PY) -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

$(DATA): | $(VENV)/.installed
	$(PY) -m mlops_pipeline generate --out $@

run: $(VENV)/.installed $(DATA)
	$(PY) -m mlops_pipeline up $(if $(ONCE),--once)

train: $(VENV)/.installed $(DATA)
	$(PY) run_pipeline.py

data: $(VENV)/.installed
	$(PY) -m mlops_pipeline generate --out $(DATA)

# The checks of the code run two at a time, then the tests, so that no check disturbs a test.
test: $(VENV)/.installed-dev
	$(MAKE) --jobs=$(PARALLEL) $(if $(filter output-sync,$(.FEATURES)),--output-sync=target) lint
	$(MAKE) unit

lint: lint-style lint-types lint-pylint

lint-style: $(VENV)/.installed-dev
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/ruff check .
	$(VENV)/bin/lint-imports
	$(VENV)/bin/flake8

lint-types: $(VENV)/.installed-dev
	$(VENV)/bin/mypy

lint-pylint: $(VENV)/.installed-dev
	$(VENV)/bin/pylint mlops_pipeline *.py

# A module's tests stay in one process, slow modules come first (tests/conftest.py).
unit: $(VENV)/.installed-dev
	$(PY) -m pytest -n $(PARALLEL) --no-loadscope-reorder --cov --cov-report=term --cov-report=xml --cov-fail-under=95

stress: $(VENV)/.installed-dev
	STRESS=full REQUIRE_E2E=1 $(PY) -m pytest tests/stress --durations=0

format: $(VENV)/.installed-dev
	$(VENV)/bin/ruff check --fix .
	$(VENV)/bin/ruff format .

benchmarks: $(VENV)/.installed
	$(PY) -m benchmarks.features
	$(PY) -m benchmarks.training
	$(PY) -m benchmarks.serving
	$(PY) -m benchmarks.drift

lock: $(VENV)/.made
	$(PY) -m pip install --quiet --disable-pip-version-check uv==0.13.9
	$(VENV)/bin/uv pip compile -q --python-version 3.11 requirements/train.in -o requirements.txt
	$(VENV)/bin/uv pip compile -q --python-version 3.11 requirements/service.in -c requirements.txt -o requirements-service.txt
	$(VENV)/bin/uv pip compile -q --python-version 3.11 requirements/dev.in -c requirements.txt -o requirements-dev.txt

clean:
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache coverage.xml .coverage .coverage.*
