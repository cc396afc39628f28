# Two commands matter: `make run` and `make test`. Both work from a bare checkout with Python >= 3.11.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8501
WORKERS ?= auto
CHECKED = GUANJIA_DATA=$(CURDIR)/.check/data GUANJIA_KEY_FILE=$(CURDIR)/.check/keys.json

.PHONY: help run test check demo bench lint types contracts clean

help:
	@echo "make run    start the portal on http://127.0.0.1:$(PORT)"
	@echo "make test   run every test"
	@echo "make check  the whole gate: ruff, types, contracts, tests with coverage, migrations"
	@echo "make demo   load the demonstration company into an empty portal"
	@echo "make bench  measure against docs/bench.md"

$(BIN)/.ready: pyproject.toml constraints.txt
	test -d $(VENV) || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt \
		$$($(PYTHON) tests/requirements.py)
	touch $@

run: $(BIN)/.ready
	$(BIN)/python manage.py init
	$(BIN)/streamlit run app.py --server.port $(PORT)

demo: $(BIN)/.ready
	$(BIN)/python manage.py init
	$(BIN)/python manage.py demo

test: $(BIN)/.ready
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup $(OPTIONS)

lint: $(BIN)/.ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(BIN)/.ready
	$(BIN)/mypy
	$(BIN)/mypy app.py manage.py

contracts: $(BIN)/.ready
	$(BIN)/lint-imports

check: lint types contracts
	$(MAKE) test OPTIONS="tests/core --cov --cov-branch --cov-report=term:skip-covered"
	$(MAKE) test OPTIONS="--ignore=tests/core"
	rm -rf .check && mkdir -p .check && mkdir -m 700 .check/data
	$(CHECKED) $(BIN)/alembic upgrade head
	$(CHECKED) $(BIN)/alembic check
	rm -rf .check

bench: $(BIN)/.ready
	$(BIN)/python -m bench

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage .check
