# Two commands: `make run` sets everything up and opens the program, `make test` sets up and checks everything.
PYTHON ?= python3
BIN := .venv/bin
export QT_LOGGING_RULES ?= qt.qpa.*=false

.PHONY: setup run test check test-heavy bench screenshots lock clean

setup:
	@$(PYTHON) resources/setup/bootstrap.py

run: setup
	@$(BIN)/python -m leukoscope

test: setup check
	$(BIN)/python -m pytest -n 2 --dist worksteal -m "not heavy" tests

# Lint, types, architecture.
check: setup
	$(BIN)/ruff check leukoscope training tests resources
	$(BIN)/ruff format --check leukoscope training tests resources
	$(BIN)/mypy
	$(BIN)/lint-imports

# Campaigns that take long: the reference networks in full size.
test-heavy: setup
	$(BIN)/python -m pytest -m heavy tests

bench: setup
	$(BIN)/python -m tests.benchmarks

screenshots: setup
	QT_QPA_PLATFORM=offscreen $(BIN)/python -m leukoscope.gui.screenshots docs/screenshots

# Write requirements.lock anew from pyproject.toml: names, versions, hashes, nothing else. Needs uv.
lock:
	uv pip compile --universal --python-version 3.11 --generate-hashes --all-extras \
	  --no-emit-index-url --no-emit-find-links --no-header --no-annotate pyproject.toml -o requirements.lock

clean:
	rm -rf build dist .mypy_cache .ruff_cache .pytest_cache
