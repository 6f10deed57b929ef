# Everything a user or a developer runs. `make help` lists the targets.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DATA ?= data/example
OUTPUT ?= outputs
MONTH ?= 2025-08
YEAR ?= 2025
RELEASE ?= $(MONTH)
AS_OF ?= 2025-09-15
TESTS ?=
LAB = $(OUTPUT)/restricted/lab
WORKERS := -n auto --dist loadfile --no-loadscope-reorder
CATALOGUES := src/kuntakoonti/core/locale
POT := $(CATALOGUES)/kuntakoonti.pot
MESSAGES := text plural:1,2 message:1,1t message:1,2c,2t message:1,2c,3t say Sentence UsageError KuntakoontiError finding:2 complaint:2 complain:2 unread:2
# Bytecode is worth its disk space here: without it every start is seconds slower.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help env env-test report test test-slow check month year-end approve status lab example contract rules licences sbom approve-pages pictures catalogues check-pdf lint fuzz bench clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(BIN)/kuntakoonti: requirements.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(BIN)/pytest: $(BIN)/kuntakoonti requirements-test.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-test.lock
	@touch $@

env: $(BIN)/kuntakoonti ## make the environment (.venv) from requirements.lock

env-test: $(BIN)/pytest ## add the test tools from requirements-test.lock

report: env ## the whole main job on the example data: eleven annexes, the board's page, an index
	$(BIN)/kuntakoonti run parameters/runs/2025-08.yml

test: env-test ## run the quick tests (minutes); TESTS=tests/pages for some of them
	$(BIN)/python -m pytest -m "not slow" $(WORKERS) $(TESTS)

test-slow: env-test ## run all tests, the slow ones too, with all drawn examples and coverage (fuzzers by one seed)
	$(BIN)/coverage erase
	KUNTAKOONTI_FUZZ_SEED=$${KUNTAKOONTI_FUZZ_SEED:-1} $(BIN)/coverage run -m pytest $(WORKERS) --hypothesis-profile=full $(TESTS)
	@$(BIN)/coverage combine --quiet && $(BIN)/coverage report | tail -n 25

check: env ## list every problem of DATA (default: the example data)
	$(BIN)/kuntakoonti check --data $(DATA) --as-of $(AS_OF)

# Invented data have a folder of their own: a release of theirs beside real ones is refused.
month year-end: OUTPUT = $(if $(filter data/example,$(DATA)),outputs-example,outputs)
lab check-pdf: OUTPUT = outputs-example

month: env ## draft annexes of MONTH as of AS_OF from DATA into OUTPUT
	$(BIN)/kuntakoonti month $(MONTH) --as-of $(AS_OF) --data $(DATA) --output $(OUTPUT)

year-end: env ## draft the adjustment of YEAR as of AS_OF from DATA into OUTPUT
	$(BIN)/kuntakoonti year-end $(YEAR) --as-of $(AS_OF) --data $(DATA) --output $(OUTPUT)

approve: env ## approve the draft of RELEASE (default: MONTH) as BY (a role); the example's with OUTPUT=outputs-example
	$(BIN)/kuntakoonti approve $(RELEASE) --by "$(BY)" --output $(OUTPUT)

status: env ## what is drafted, approved or failed in OUTPUT; verifies the archive
	$(BIN)/kuntakoonti status --output $(OUTPUT)

lab: env ## open JupyterLab on copies of the notebooks in OUTPUT/restricted/lab, which only you can read
	install -d -m 700 $(OUTPUT)/restricted $(LAB)
	umask 077; for n in notebooks/*.ipynb; do c="$(LAB)/$$(basename $$n)"; test "$$c" -nt $$n || \
	sed -e 's#\\"\.\./outputs[a-z-]*\\"#\\"$(abspath $(OUTPUT))\\"#' -e 's#\\"\.\./#\\"$(CURDIR)/#' $$n > "$$c"; done
	KUNTAKOONTI_OUTPUT="$(abspath $(OUTPUT))" $(BIN)/jupyter lab --notebook-dir="$(LAB)" "$(LAB)/start_here.ipynb"

example: env ## write the invented example data again
	$(BIN)/kuntakoonti example-data data/example

contract: env ## write the tables of docs/contract.md and docs/rules.md that the program knows
	$(BIN)/python docs/contract_tables.py

rules: env ## write docs/rules-by-sentence.md from the markers of the tests
	$(BIN)/python docs/rules_by_sentence.py

licences: env-test ## print the licence of every package that requirements.lock installs
	$(BIN)/python tests/repository/licences.py

sbom: env-test ## write sbom.cdx.json, the bill of materials (CycloneDX), from requirements.lock
	$(BIN)/cyclonedx-py requirements requirements.lock --pyproject pyproject.toml --output-reproducible --of JSON -o sbom.cdx.json

approve-pages: env-test ## rewrite the approval files in tests/approved (then read the diff)
	KUNTAKOONTI_APPROVE_PAGES=1 $(BIN)/python -m pytest tests/pages/test_approved_pages.py

pictures: env ## draw the README's pictures again from the example (needs poppler-utils)
	$(BIN)/python docs/pictures/draw.py

catalogues: env ## new messages into the catalogues of the other languages, compiled (then translate what is empty)
	$(BIN)/pybabel -q extract --no-default-keywords $(MESSAGES:%=-k %) --no-location --sort-output -o $(POT) src/kuntakoonti
	$(BIN)/pybabel -q update -D kuntakoonti -i $(POT) -d $(CATALOGUES) --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date --width 100
	$(BIN)/pybabel -q compile -D kuntakoonti -d $(CATALOGUES)
	$(BIN)/pybabel -q compile -D argparse -d $(CATALOGUES)
	@rm $(POT)

check-pdf: ## validate the PDFs of OUTPUT by veraPDF (needs Java and Maven, which fetches it)
	mvn -q -B -f tests/validators compile dependency:build-classpath -Dmdep.outputFile=target/classpath
	find $(OUTPUT) -name '*.pdf' -print0 | xargs -0 java -cp tests/validators/target/classes:$$(cat tests/validators/target/classpath) CheckPdf

lint: env-test ## ruff, mypy, the rooms, and no notebook with the outputs of a run
	$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy && $(BIN)/lint-imports
	$(BIN)/python -m pytest -n 0 tests/repository/test_notebooks.py -k committed

fuzz: env-test ## thousands of drawn tables, parameters and command lines and damaged archives (CASES=3000; KUNTAKOONTI_FUZZ_SEED repeats a run)
	KUNTAKOONTI_FUZZ_CASES=$(or $(CASES),3000) $(BIN)/python -m pytest -n 0 -s tests/fuzz

bench: env-test ## measure intake, figures and disclosure (minutes)
	$(BIN)/python benchmarks/intake.py && $(BIN)/python benchmarks/figures.py
	$(BIN)/python benchmarks/disclosure.py --quick

clean: ## remove the environment, caches and what the example made; outputs/ stays
	rm -rf $(VENV) outputs-example protected restricted .mypy_cache .pytest_cache .ruff_cache .hypothesis .coverage*
