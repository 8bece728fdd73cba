# On a fresh machine two commands do everything: `make demo` and `make test`.
# Without make (Windows): see README.md.

PYTHON ?= python3
BIN := .venv/bin
ARGS ?=

.PHONY: venv demo test check test-slow matrix fuzz bench bench-gui accuracy screenshots peers constraints clean

venv: ## set up .venv; instant when nothing changed
	@$(PYTHON) tools/bootstrap.py

demo: venv ## a whole session with a simulated person; arguments by ARGS="…"
	@$(BIN)/biofeedback demo $(ARGS)

test: venv ## lint, import contracts, types, tests
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	$(BIN)/mypy
	$(if $(ARGS),$(BIN)/pytest $(ARGS),$(BIN)/pytest -n auto --dist worksteal -m "not slow and not alone")
	$(if $(ARGS),,$(BIN)/pytest -m "alone and not slow")

check: venv ## before every commit: format as well
	$(BIN)/ruff format --check .
	$(MAKE) test

test-slow: venv ## what is too long for every day
	$(BIN)/pytest -m slow $(ARGS)

matrix: venv ## every simulated sensor against every fault, twenty disconnects; writes docs/faults.md
	mkdir -p bench-out
	$(BIN)/python -m benchmarks.fault_matrix --write docs/faults.md $(ARGS)
	$(BIN)/python -m benchmarks.disconnects --json bench-out/disconnects.json

fuzz: venv ## two million random and mutated inputs for every decoder
	mkdir -p bench-out
	$(BIN)/python -m benchmarks.fuzz --json bench-out/fuzz.json $(ARGS)

bench: venv peers bench-gui ## live cost and latency, an hour's analysis beside a peer, trunk and alerts, the window; JSON in bench-out/
	mkdir -p bench-out
	$(BIN)/python -m benchmarks.live --json bench-out/live.json
	$(BIN)/python -m benchmarks.hour --json bench-out/hour.json
	$(BIN)/python -m benchmarks.clock --json bench-out/clock.json
	$(BIN)/python -m benchmarks.decode --json bench-out/decode.json
	$(BIN)/python -m benchmarks.trunk --json bench-out/trunk.json
	$(BIN)/python -m benchmarks.onset --json bench-out/onset.json
	$(BIN)/python -m benchmarks.alerts --json bench-out/alerts.json
	$(BIN)/python -m benchmarks.walk --json bench-out/walk.json
	$(BIN)/python -m benchmarks.tone --json bench-out/tone.json
	$(BIN)/python -m benchmarks.endurance --json bench-out/endurance.json

accuracy: venv peers ## breaths beside the offline libraries and against truth; writes docs/accuracy.md
	mkdir -p bench-out
	$(BIN)/python -m benchmarks.accuracy --json bench-out/accuracy.json
	$(BIN)/python -m benchmarks.sensitivity --json bench-out/sensitivity.json
	$(BIN)/python -m benchmarks.accuracy_simulated --json bench-out/accuracy_simulated.json
	$(BIN)/python -m benchmarks.accuracy_belts --json bench-out/accuracy_belts.json
	$(BIN)/python -m benchmarks.separation > bench-out/separation.txt
	$(BIN)/python -m benchmarks.imu_breathing > bench-out/imu_breathing.txt
	$(BIN)/python -m benchmarks.accuracy_page bench-out

screenshots: venv ## every screen, into docs/images
	QT_QPA_PLATFORM=offscreen $(BIN)/python -m tools.screenshots $(ARGS)

peers: venv # other people's breath detection, for comparison only
	@$(PYTHON) tools/bootstrap.py --extra peers

bench-gui: venv ## frame time, packet to paint, processor, start of the window
	mkdir -p bench-out
	QT_QPA_PLATFORM=offscreen $(BIN)/python -m benchmarks.gui --json bench-out/gui.json
	if command -v xvfb-run >/dev/null; then xvfb-run -a -s "-screen 0 1600x1000x24" \
		env QT_QPA_PLATFORM=xcb $(BIN)/python -m benchmarks.gui --json bench-out/gui-x11.json; fi

constraints: venv ## write the versions in use to constraints.txt
	$(BIN)/python tools/freeze.py

clean: ## forget everything that can be made again
	rm -rf .venv build dist bench-out *.egg-info .mypy_cache .ruff_cache .pytest_cache \
		.import_linter_cache .hypothesis .benchmarks
