# Everything sets itself up in .venv; nothing has to be installed by hand but Python 3.11+ and git.

PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
READY := .venv/.ready

# A path, in place of a finder that takes longer to load at each start than the interpreter does.
LINKED := --config-settings editable_mode=compat

# What may run longer than pyproject.toml lets a test.
LONG := -o faulthandler_timeout=0

.PHONY: help test demo site lint types tests engines bench fuzz fuzz-input faults mutants coverage storm simulate clean

help:
	@echo "make test    set up, then lint, types and tests"
	@echo "make demo    set up, then play the whole story with real git"
	@echo "make site    build the pages of docs/ into site/, with every link checked"
	@echo "make engines what works on a fleet, a real Ray too, under one contract"
	@echo "make bench   what everything costs beside its peer: BENCH='--rounds 5 TOPIC'"
	@echo "make fuzz    mutated files through the driver: FUZZ='--minutes 10 --seed 2 FOLDER'"
	@echo "make fuzz-input  hostile bytes for what reads them, by atheris: TARGETS='yaml rules' MINUTES=10"
	@echo "make faults  each system call that writes fails, under every command: FAULTS='--only set'"
	@echo "make mutants  changes a place of the code, and asks whether a test notices: MODULES='merge/decide' SAMPLE=50 SEED=1"
	@echo "make coverage  which branches the tests of MODULES reach"
	@echo "make storm   programs, people, upgrades and kills round live files: SEQUENCES=1000 a format"
	@echo "make simulate  histories of sites, people and upgrades against a model: SEED=1 HISTORIES=1000"
	@echo "make clean   remove .venv and caches"

$(READY): pyproject.toml requirements.lock Makefile
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer was not found" >&2; exit 1; }
	@"$(PYTHON)" -m venv .venv || { echo "python -m venv failed: install your system's venv package" >&2; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps $(LINKED) -e .
	@touch $@

# In a fresh clone types take ten seconds of one core: the tests begin meanwhile.
test: $(READY)
	@$(MAKE) --no-print-directory -j2 lint types tests

lint: $(READY)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: $(READY)
	@$(BIN)/mypy

tests: $(READY)
	@$(BIN)/python -m pytest -n auto --dist worksteal

demo: $(READY)
	@$(BIN)/python examples/demo.py

site: $(READY)
	@$(BIN)/zensical build --strict

# Ray is heavy, and what it needs may not fit the lock: it is in an environment of its own.
engines: .cache/engines/.ready
	@.cache/engines/bin/python -m pytest tests/operations/test_fleet_engines.py

.cache/engines/.ready: $(READY)
	@"$(PYTHON)" -m venv .cache/engines
	@.cache/engines/bin/python -m pip install --quiet --disable-pip-version-check \
		-r requirements.lock
	@.cache/engines/bin/python -m pip install --quiet --disable-pip-version-check \
		$(LINKED) -e '.[ray]'
	@touch $@

bench: $(READY)
	@$(BIN)/python bench/run.py $(BENCH)

fuzz: $(READY)
	@$(BIN)/python -m tests.fuzz $(FUZZ)

fuzz-input: $(READY)
	@$(BIN)/python -c 'import atheris' 2>/dev/null || $(BIN)/python -m pip install --quiet $(LINKED) -e '.[fuzz]'
	@for target in $(or $(TARGETS),yaml json toml ini rules record patch pointer outline masked); do \
		$(BIN)/python -m tests.fuzzing.run $$target $(or $(MINUTES),10) || exit 1; done

faults: $(READY)
	@$(BIN)/python -m tests.faults.campaign $(FAULTS)

# What these two need is no part of the lock: nothing else here is run by it.
mutants: $(READY)
	@$(BIN)/python -c 'import cosmic_ray, coverage' 2>/dev/null || \
		$(BIN)/python -m pip install --quiet $(LINKED) -e '.[mutants]'
	@$(BIN)/python -m tests.mutants.campaign $(MODULES) \
		--sample $(or $(SAMPLE),50) --seed $(or $(SEED),1) $(MUTANTS)

coverage: $(READY)
	@$(BIN)/python -c 'import coverage' 2>/dev/null || \
		$(BIN)/python -m pip install --quiet $(LINKED) -e '.[mutants]'
	@$(BIN)/python -m tests.mutants.campaign $(MODULES) --coverage $(MUTANTS)

storm: $(READY)
	@SEQUENCES=$(or $(SEQUENCES),1112) $(BIN)/python -m pytest $(LONG) -n auto tests/operations/test_sync_random.py \
		tests/operations/test_in_place_random.py
	@$(BIN)/python bench/programs.py
	@$(BIN)/python bench/programs.py --in-place
	@$(BIN)/python bench/programs.py --git
	@$(BIN)/python bench/programs.py --in-place --git --rate 10

# A line that a failed history prints has STEPS too: those that matter.
simulate: $(READY)
	@SEED=$(or $(SEED),1) HISTORIES=$(or $(HISTORIES),1) STEPS=$(STEPS) \
		$(BIN)/python -m pytest $(LONG) -n auto --dist worksteal tests/simulator

clean:
	rm -rf .cache .fuzz .venv site .mypy_cache .pytest_cache .ruff_cache .hypothesis
