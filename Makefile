# Two commands: `make run` sets everything up and opens the program, `make test` sets up and checks everything.
PYTHON ?= python3
BIN := .venv/bin
export QT_LOGGING_RULES ?= qt.qpa.*=false
# Tests start hundreds of processes: none but the first need compile the program's files.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: vulnerabilities foreign-software
.PHONY: setup test-tools run test run-tests check test-heavy test-unplug torture ablations figures program-figures demo screenshots translations lock
.PHONY: bench bench-baseline bench-all bench-many test-bench package package-lite package-server test-package package-windows package-windows-lite test-package-windows clean

setup:
	@$(PYTHON) resources/setup/bootstrap.py

run: setup
	@$(BIN)/python -m leukoscope

# What tests judge with (DICOM and PDF readers, PostgreSQL, strace): installed where that is allowed, else the command.
test-tools:
	@$(PYTHON) resources/setup/test_tools.py

# What is checked without running it is checked on the side: types take one core a minute.
test: setup test-tools
	@$(MAKE) --no-print-directory -j 2 check run-tests

# Windows are tested in processes of their own: beside TensorFlow and all that a long run has made they build slowly.
# How many at a time: pytest_xdist_auto_num_workers in tests/conftest.py.
run-tests: setup
	$(BIN)/python -m pytest -n auto --dist worksteal -m "not heavy" --ignore tests/gui tests
	$(BIN)/python -m pytest -n auto --dist worksteal -m "not heavy" tests/gui

# Lint, types, architecture.
check: setup
	$(BIN)/ruff check leukoscope training tests resources
	$(BIN)/ruff format --check leukoscope training tests resources
	$(BIN)/mypy
	$(BIN)/lint-imports

# What takes long: the reference networks in full size; the ensemble from cells to a bundle; a training that is stopped,
# spread over devices or machines, or begun by quickstart; kills at every write point; every act as every role in every
# state, and every edit behind the back, on PostgreSQL too.
test-heavy: setup test-tools
	$(BIN)/python -m pytest -m heavy tests

# Every row of speed as a ratio of one run, held against tests/benchmarks/baseline.json: 1 is a row that got slower. On a
# quiet machine; about ten minutes. GROUPS="hybrid window" measures only these.
bench: setup
	$(BIN)/python -m tests.benchmarks.guard $(GROUPS) --json build/bench.json

# The same run becomes the baseline, and the table in README.
bench-baseline: setup
	$(BIN)/python -m tests.benchmarks.guard $(GROUPS) --write-baseline

# Slows each of our ways down by 15 %: the guard must find every row slower.
test-bench: setup
	$(BIN)/python -m tests.benchmarks.guard $(GROUPS) --processes 1 --plant 0.15

# All tables of tests/benchmarks, with what needs real images where they are at hand; an hour and more.
bench-all: setup
	$(BIN)/python -m tests.benchmarks

# A hundred thousand cells in one run, killed twice and resumed: cost of a cell and memory as it grows, and the same bytes
# as an uninterrupted run. About two hours on two cores, with --models more; CELLS="--cells 5000" is a smaller one.
bench-many: setup
	$(BIN)/python -m tests.benchmarks.many_cells $(CELLS)

# What each part of the recipe is worth: the same folds with one thing changed. About an hour on two cores; goes on
# where it stopped. CELLS is the folder of cells.
ABLATIONS := base with-grain unmixed any-size no-optics-no-stain pretext gray frozen
ablations: setup
	@test -d "$(CELLS)" || { echo "say where the cells are: make ablations CELLS=DIR"; exit 2; }
	for name in $(ABLATIONS); do $(BIN)/python -m training cross-validate training/configs/ablations/$$name.toml \
	  --data "$(CELLS)" --out runs/ablations/$$name || exit 1; done
	$(BIN)/python -m training compare $(addprefix runs/ablations/,$(ABLATIONS)) > docs/ablations.txt
	@cat docs/ablations.txt

# A camera is unplugged and plugged in again a hundred times.
test-unplug: setup
	LEUKOSCOPE_UNPLUGS=100 $(BIN)/python -m pytest -q tests/unit/sources/cameras -k unplugged_mid_stream

# Faults over the real parts, for an hour: kills at every write point, full and broken disks, cut lines, damaged inputs.
# Prints what was tried, what survived and what was lost; see docs/torture.md. TORTURE says which and how long.
torture: setup test-tools
	$(BIN)/python -W ignore -m tests.torture $(TORTURE)

# The figures of docs/figures.txt: what ships and its average beside the published, leaky protocol, then the differential's
# with its misses. RUNS is the folder of runs, CELLS that of C-NMC, LYMPHOCYTES those of PBC's lymphocytes.
RUNS ?= runs
figures: setup
	$(BIN)/python -m training compare $(RUNS)/hybrid-2.0 $(RUNS)/ensemble-2.0 --average > docs/figures.txt
	$(BIN)/python -m training combine --runs $(RUNS)/ensemble-2.0-deal-* --shape training/configs/shape/morphology.toml \
		--data $(CELLS) --lymphocytes $(LYMPHOCYTES) >> docs/figures.txt
	$(BIN)/python -m training compare $(RUNS)/hybrid-leaky $(RUNS)/ensemble-leaky >> docs/figures.txt
	$(BIN)/python -m training.differential figures >> docs/figures.txt
	@cat docs/figures.txt

# What the whole program makes of other labs' blood, what the cut does, and what the search finds, where the real images
# are at hand; takes long.
program-figures: setup
	$(BIN)/python -m tests.benchmarks differential cut localize

# What the shipped models say of the demo case, for the first start: after new weights or another drawing.
demo: setup
	$(BIN)/python resources/demo/judge.py

screenshots: setup
	QT_QPA_PLATFORM=offscreen $(BIN)/python -m leukoscope.gui.screenshots docs/screenshots

# New strings of the program into the catalogs of all languages, then compile these.
translations: setup
	$(BIN)/python resources/translations/update.py

# Write requirements.lock anew from pyproject.toml: names, versions, hashes, nothing else. Needs uv. What packages ask
# for and nothing here uses is left out.
NOT_NEEDED := $(shell grep -v '^\#' resources/packaging/not_needed.txt)
lock:
	uv pip compile --universal --python-version 3.11 --generate-hashes --all-extras \
	  --no-emit-index-url --no-emit-find-links --no-header --no-annotate $(addprefix --no-emit-package ,$(NOT_NEEDED)) pyproject.toml -o requirements.lock
	$(BIN)/python resources/packaging/lock_windows.py

# Which packages of the lock are known to be vulnerable: 0 none, 1 some, 2 no network. Only names and versions leave.
vulnerabilities: setup
	@$(BIN)/python resources/papers/vulnerabilities.py

# Every package of others with version and licence, as a table.
foreign-software: setup
	@$(BIN)/python resources/papers/foreign_software.py

# The installers of this system, into dist/: the whole program, and the light edition without import of models; on Linux
# the server's as well.
package: setup
	$(BIN)/python resources/packaging/make_package.py

# Only the light edition; takes a few minutes.
package-lite: setup
	$(BIN)/python resources/packaging/make_package.py --lite-only

# Only the server's edition, for Linux: the command line and `leukoscope serve`, without a window.
package-server: setup
	$(BIN)/python resources/packaging/make_package.py --server

# What `make package` built: the frozen programs against the source, then (Linux, as root) the .deb and the .run in a
# clean Debian.
# Whole systems and programs are laid out there: they are too large for the memory that other tests keep their files in.
ON_DISK = TMPDIR=$${TMPDIR:-/tmp}

test-package: setup
	@$(PYTHON) resources/setup/test_tools.py --package
	for edition in full lite; do LEUKOSCOPE_EDITION=$$edition $(ON_DISK) $(BIN)/python -m pytest -q -s tests/package/frozen_program.py tests/package/frozen_exports.py \
	  tests/package/frozen_doors.py || exit 1; done
	$(ON_DISK) $(BIN)/python -m pytest -q -s -x tests/package/installed_package.py tests/package/upgraded_package.py
	$(ON_DISK) $(BIN)/python -m pytest -q -s -x tests/package/installed_server.py

# The Windows installers, built on Linux as root: Wine in a Debian of its own, kept in build/windows.
package-windows: setup
	@$(PYTHON) resources/setup/test_tools.py --package
	$(BIN)/python resources/packaging/make_windows_package.py

# Only the light edition.
package-windows-lite: setup
	@$(PYTHON) resources/setup/test_tools.py --package
	$(BIN)/python resources/packaging/make_windows_package.py --lite-only

# What `make package-windows` built, under Wine: the setup's ways, then the installed program of each edition that is
# there: against the source, with its window driven, and away again. EDITIONS="LeukoScope-Lite" tests the light one only.
EDITIONS ?= LeukoScope-Lite LeukoScope
WINDOWS_TESTS := tests/package/windows_installed.py tests/package/windows_libraries.py tests/package/frozen_program.py \
  tests/package/frozen_exports.py tests/package/frozen_doors.py tests/package/windows_window.py tests/package/windows_removed.py
test-package-windows: setup
	@$(PYTHON) resources/setup/test_tools.py --package
	$(ON_DISK) $(BIN)/python -m pytest -q -s tests/package/windows_setup.py tests/package/windows_pages.py \
	  tests/package/windows_signing.py
	for edition in $(EDITIONS); do LEUKOSCOPE_WINDOWS_EDITION=$$edition LEUKOSCOPE_UNDER_WINE=1 \
	  $(ON_DISK) $(BIN)/python -m pytest -q -s $(WINDOWS_TESTS) || exit 1; done

clean:
	rm -rf build dist .mypy_cache .ruff_cache .pytest_cache
