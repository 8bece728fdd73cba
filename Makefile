# On a fresh machine two commands do everything: `make demo` and `make test`.
# Without make (Windows): see README.md.

PYTHON ?= python3
BIN := .venv/bin
ARGS ?=

.PHONY: venv demo test check test-slow bench constraints clean

venv: ## set up .venv; instant when nothing changed
	@$(PYTHON) tools/bootstrap.py

demo: venv ## a whole session with a simulated person; arguments by ARGS="…"
	@$(BIN)/biofeedback demo $(ARGS)

test: venv ## lint, import contracts, types, tests
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	$(BIN)/mypy
	$(BIN)/pytest $(ARGS)

check: venv ## before every commit: format as well
	$(BIN)/ruff format --check .
	$(MAKE) test

test-slow: venv ## what is too long for every day
	$(BIN)/pytest -m slow $(ARGS)

bench: venv ## live cost and latency, printed and as JSON in bench-out/
	mkdir -p bench-out
	$(BIN)/python -m benchmarks.live --json bench-out/live.json $(ARGS)

constraints: venv ## write the versions in use to constraints.txt
	$(BIN)/python tools/freeze.py

clean: ## forget everything that can be made again
	rm -rf .venv build dist bench-out *.egg-info .mypy_cache .ruff_cache .pytest_cache \
		.import_linter_cache .hypothesis .benchmarks
