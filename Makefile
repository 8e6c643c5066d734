# `make run` and `make test` do all of their own set-up; nothing else needs to be installed first
# but Python 3.11. `make help` lists the rest.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
RIGHT_PYTHON := import sys; sys.exit(sys.version_info[:2] != (3, 11))
VENV   := .venv
PY     := $(VENV)/bin/python
DATA   := data/Base_de_datos.csv
# How many checks or tests run at a time.
PARALLEL := 2
# Where the benchmarks keep a log of a million loans while they run: on a disk, not in memory.
MEASURED := .mediciones

.PHONY: help install run test lint lint-style lint-types lint-pylint lint-files unit compose audit stress format \
        train data benchmarks lock clean

help:
	@printf '%s\n' \
	  'make run          entrena si no hay modelo y levanta la API y el dashboard (ONCE=1: comprueba y termina)' \
	  'make train        entrena y publica' \
	  'make test         estilo, tipos, arquitectura y pruebas con cobertura' \
	  'make lint, unit   cada mitad de make test (PARALLEL=2: cuántas comprobaciones a la vez)' \
	  'make compose      la pila de Docker en un motor de verdad (la levanta, la prueba y la quita)' \
	  'make audit        vulnerabilidades conocidas de los paquetes fijados (pide internet)' \
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

install: $(VENV)/.installed-dev

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

lint: lint-style lint-types lint-pylint lint-files

lint-style: $(VENV)/.installed-dev
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/ruff check .
	$(VENV)/bin/lint-imports
	$(VENV)/bin/flake8 --tee --output-file=flake8-report.txt

lint-types: $(VENV)/.installed-dev
	$(VENV)/bin/mypy

lint-pylint: $(VENV)/.installed-dev
	$(VENV)/bin/pylint --output-format=text,parseable:pylint-report.txt mlops_pipeline *.py

lint-files: $(VENV)/.installed-dev
	$(VENV)/bin/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml
	$(VENV)/bin/check-jsonschema --builtin-schema custom.github-workflows-require-timeout .github/workflows/*.yml
	$(VENV)/bin/check-jsonschema --builtin-schema vendor.compose-spec docker-compose.yml

# A module's tests stay in one process, slow modules come first (tests/conftest.py). The stack has a
# target of its own: it is brought up once, and its images take minutes.
unit: $(VENV)/.installed-dev
	$(PY) -m pytest --ignore=tests/compose -n $(PARALLEL) --no-loadscope-reorder \
	  --cov --cov-report=term --cov-report=xml --cov-fail-under=95

compose: $(VENV)/.installed-dev
	$(PY) -m pytest tests/compose --durations=10

# The tool has an environment of its own, as its needs are not the project's.
audit: $(VENV)/.made
	$(PYTHON) -m venv $(VENV)/audit
	$(VENV)/audit/bin/python -m pip install --quiet --disable-pip-version-check pip-audit==2.10.1
	$(VENV)/audit/bin/pip-audit --strict --no-deps --disable-pip -r requirements.txt -r requirements-service.txt -r requirements-dev.txt

stress: $(VENV)/.installed-dev
	STRESS=full REQUIRE_E2E=1 $(PY) -m pytest tests/stress tests/test_noise.py tests/test_real_runs.py --durations=0

format: $(VENV)/.installed-dev
	$(VENV)/bin/ruff check --fix .
	$(VENV)/bin/ruff format .

# They need a published model (make train); those of the service, wrk, those of the dashboard, Chromium.
benchmarks: $(VENV)/.installed-dev
	$(PY) -m benchmarks.features
	$(PY) -m benchmarks.training
	$(PY) -m benchmarks.serving
	$(PY) -m benchmarks.drift
	rm -rf $(MEASURED)
	for step in fill count read measure; do \
	  $(PY) -m benchmarks.monitoring $$step --folder $(MEASURED) --models-dir models || exit 1; done
	rm -rf $(MEASURED)
	$(PY) -m benchmarks.dashboard

lock: $(VENV)/.made
	$(PY) -m pip install --quiet --disable-pip-version-check uv==0.13.9
	$(VENV)/bin/uv pip compile -q --python-version 3.11 requirements/train.in -o requirements.txt
	$(VENV)/bin/uv pip compile -q --python-version 3.11 requirements/service.in -c requirements.txt -o requirements-service.txt
	$(VENV)/bin/uv pip compile -q --python-version 3.11 requirements/dev.in -c requirements.txt -o requirements-dev.txt

clean:
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache coverage.xml .coverage .coverage.*
